//! Which changes of a library touch the code that uses it, and where.
//!
//! Every item of the old version is marked in a copy of it, the service (and the private crates
//! between) are compiled with that copy, and the compiler's warnings are the uses. What a change
//! has no old item for is looked for in the shapes of the code around the uses of what is near it.
//!
//! | file | owns |
//! |---|---|
//! | `supply` | the crates given to cargo as folders |
//! | `trace` | what stands for which change |
//! | `target` | which old items a change is about |
//! | `code` | the lines and shapes of the code |
//! | `signature` | the types and generic parameters that a change's message names |
//! | `generics` | which uses a change of generic parameters touches |
//! | `noticed` | whether a use notices a change |
//! | `written` | the path by which the code names what is gone |
//! | `certainty` | whether they must break |
//! | `relied` | code that relies on what a type implements |
//! | `told` | what the message and the code of a change tell |
//! | `find` | the uses that a change touches |

mod certainty;
mod code;
mod error;
mod find;
mod generics;
mod noticed;
mod relied;
mod signature;
mod supply;
mod target;
mod told;
mod trace;
mod written;

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};
use cargo_metadata::{Package, Target};

pub use error::TouchError;
pub use supply::Supplied;
pub use trace::{Trace, traces};

use self::certainty::certainty;
use self::find::Finder;
use self::supply::Supply;
use super::{Touch, Touches, Untraced};
use crate::cargo::TargetName;
use crate::model::{Bump, Change};
use crate::references::{FeatureSet, MapRequest, NamedTree, ReferenceMap, build_map};
use crate::service::{Copy, Pin};
use crate::syntax::load_tree;

/// What is asked.
#[derive(Debug)]
pub struct TouchRequest<'a> {
    /// The service with the old version pinned; it may be written to, and is then as it was.
    pub copy: &'a Copy,
    /// The pin.
    pub pin: &'a Pin,
    /// The old version.
    pub krate: &'a Supplied,
    /// The crates that it shows as its own, as far as changes are about what is in them.
    pub parts: &'a [Supplied],
    /// The private crates of the service that depend on it.
    pub between: &'a [Supplied],
    /// The changes.
    pub changes: &'a [Change],
    /// No network.
    pub offline: bool,
    /// The program that stands in for rustc; this one by default.
    pub wrapper: Option<Utf8PathBuf>,
}

/// What the service uses of a library, and what of the changes it meets.
#[derive(Debug, Clone, Default)]
pub struct Touched {
    /// What it meets.
    pub touches: Touches,
    /// The items that it uses, by their paths in the library: `acme_retry::policy::Policy::new`.
    pub used: BTreeSet<String>,
}

/// Finds what the changes touch. `on_line` gets the lines that cargo writes.
///
/// # Errors
/// If the service does not compile with the old version, or cargo does not take the crates from
/// the folders.
pub fn touches(
    request: &TouchRequest<'_>,
    on_line: &mut dyn FnMut(&str),
) -> Result<Touched, TouchError> {
    let crates: Vec<&Supplied> = std::iter::once(request.krate)
        .chain(request.parts)
        .chain(request.between)
        .collect();
    let supply = Supply::new(request.copy, &crates, request.offline)?;
    let marked: Vec<&Supplied> = crates[..=request.parts.len()].to_vec();
    let trees = load_trees(request, &supply, &marked)?;
    let members = supply.metadata.workspace_packages();
    let map = build_map(&map_request(request, &supply, &trees, &members), on_line)?;
    let own = supply.with_own(supply.package(request.krate)?);
    let mut finder = Finder::new(request, &trees, &map, &marked, &own);
    let mut touched = Touched::default();
    let found = &mut touched.touches;
    for (index, change) in request.changes.iter().enumerate() {
        let is_breaking = change.bump == Bump::Major;
        found.breaking += usize::from(is_breaking);
        if !is_breaking && !tells_of_deprecation(&change.code) {
            continue;
        }
        let (uses, untraced) = finder.of(change);
        if !uses.is_empty() {
            found.touching += usize::from(is_breaking);
            let uses = uses.into_iter().collect();
            found.touches.push(Touch {
                change: index,
                certainty: certainty(change),
                uses,
            });
        } else if let (Some(why), true) = (untraced, is_breaking) {
            found.untraced.push(Untraced {
                change: index,
                why: why.to_owned(),
            });
        }
    }
    touched.used = finder.used(&request.krate.name);
    (found.checked, found.unchecked) = looked_at(&map, &members);
    Ok(touched)
}

/// The sources of the crates that are marked.
fn load_trees(
    request: &TouchRequest<'_>,
    supply: &Supply<'_>,
    marked: &[&Supplied],
) -> Result<Vec<NamedTree>, TouchError> {
    let top = request.copy.top();
    let mut trees = Vec::new();
    for krate in marked {
        let package = supply.package(krate)?;
        let Some(root_file) = library_file(package, top) else {
            return Err(TouchError::NoLibrary {
                name: krate.name.clone(),
            });
        };
        trees.push(NamedTree {
            package: krate.name.clone(),
            tree: load_tree(top, &root_file)?,
        });
    }
    Ok(trees)
}

fn tells_of_deprecation(code: &str) -> bool {
    code == "deprecated-added" || code.ends_with("_marked_deprecated")
}

/// The root of the library's source, relative to the top of the copy.
fn library_file(package: &Package, top: &Utf8Path) -> Option<Utf8PathBuf> {
    let is_library = |target: &&Target| TargetName::new("", target).is_library();
    let target = package.targets.iter().find(is_library)?;
    Some(target.src_path.strip_prefix(top).ok()?.to_owned())
}

fn map_request<'a>(
    request: &TouchRequest<'_>,
    supply: &Supply<'_>,
    trees: &'a [NamedTree],
    members: &[&Package],
) -> MapRequest<'a> {
    let top = request.copy.top();
    let manifest = request.copy.root().join("Cargo.toml");
    let selection = members
        .iter()
        .flat_map(|package| ["-p", package.name.as_str()]);
    let mut feature_sets = vec![FeatureSet::Default];
    let has_more = |package: &&Package| package.features.keys().any(|name| name != "default");
    if members.iter().any(has_more) {
        feature_sets.push(FeatureSet::All);
    }
    let marked = [request.krate].into_iter().chain(request.parts);
    let supplied = request.between.iter().chain(marked);
    MapRequest {
        root: top.to_owned(),
        manifest: manifest.strip_prefix(top).unwrap_or(&manifest).to_owned(),
        selection: selection.map(str::to_owned).collect(),
        targets: vec!["--all-targets".to_owned()],
        trees,
        feature_sets,
        target_dir: request.copy.cargo().target_dir.unwrap_or_default(),
        keep_record: false,
        wrapper: request.wrapper.clone(),
        packages: supplied.map(|krate| krate.dir.clone()).collect(),
        cargo_args: supply.cargo_args(),
    }
}

/// What was compiled, and what was not, in words.
fn looked_at(map: &ReferenceMap, members: &[&Package]) -> (Vec<String>, Vec<String>) {
    let names: BTreeMap<&str, &str> = members
        .iter()
        .map(|package| (package.id.repr.as_str(), package.name.as_str()))
        .collect();
    let own = map.checked.iter().filter_map(|unit| {
        let name = names.get(unit.package.as_str())?;
        let test = if unit.test { " with its tests" } else { "" };
        let (kind, target) = (&unit.kind, &unit.target);
        Some(format!(
            "{name} ({kind} `{target}`){test}, {}",
            unit.features
        ))
    });
    let mut unchecked: Vec<String> = map
        .failed_targets
        .iter()
        .map(|failed| {
            let first = failed.error.lines().next().unwrap_or_default();
            format!(
                "{} `{}` does not compile: {first}",
                failed.kind, failed.target
            )
        })
        .collect();
    unchecked.extend(map.failed_features.iter().map(|failed| {
        let first = failed.errors.first().map_or("", String::as_str);
        let first = first.lines().next().unwrap_or_default();
        format!("{}: {first}", failed.features)
    }));
    if let Some(first) = map.unmarked.first() {
        let count = map.unmarked.len();
        let items = if count == 1 { "item" } else { "items" };
        unchecked.push(format!(
            "uses of {count} {items} that take no mark: {}",
            first.why
        ));
    }
    unchecked.push("code that is switched off by `cfg` or features here, and doc tests".to_owned());
    (own.collect(), unchecked)
}
