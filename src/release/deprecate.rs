//! Deprecations: an entry in the ledger of `Cargo.toml`, one in the changelog, and the attribute
//! in the source. All three are worked out before any is written.

mod item;

use camino::{Utf8Path, Utf8PathBuf};
use cargo_metadata::Package;
use jiff::civil::Date;
use semver::Version;
use serde::Serialize;

use super::ReleaseError;
use super::checks::{changelog, finding, from_error};
use super::settings::Settings;
use super::subject::{self, Publish};
use crate::cargo::{self, Invocation};
use crate::changelog::{Changelog, Kind, with_entry};
use crate::endpoint;
use crate::findings::{Finding, codes};
use crate::git;
use crate::manifest::{Deprecated, Deprecation, Manifest, add_deprecation, deprecations};
use crate::model::Bump;
use crate::registry::PackageName;
use crate::sys;

/// A deprecation that is wanted.
#[derive(Debug, Clone)]
pub struct DeprecationRequest {
    /// A folder of the repository.
    pub dir: Utf8PathBuf,
    /// The crate, by name; none: the one that `dir` is in.
    pub krate: Option<String>,
    /// A version, or the path of an item.
    pub what: String,
    /// Why.
    pub reason: String,
    /// What to use instead.
    pub use_instead: Option<String>,
    /// Until when.
    pub until: Option<Date>,
    /// The version that is the first to say so; none: the next minor one. For an item.
    pub since: Option<Version>,
    /// Add the attribute `#[deprecated]` to an item that has none?
    pub mark: bool,
}

/// A file and what it will be.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Change {
    path: Utf8PathBuf,
    text: String,
}

/// What is deprecated, once it is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Deprecating {
    /// The crate.
    pub name: String,
    /// The entry of the ledger.
    pub entry: Deprecation,
    /// The files that change, relative to the repository's root.
    pub files: Vec<Utf8PathBuf>,
    /// An item whose source does not say that it is deprecated, and will not.
    pub unmarked: bool,
}

/// A deprecation, ready to be written; or why it may not be.
#[derive(Debug)]
pub struct Prepared {
    /// What stands in the way. With any, nothing can be applied.
    pub findings: Vec<Finding>,
    /// What will be.
    pub deprecating: Deprecating,
    changes: Vec<Change>,
}

/// The ledger of a crate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Ledger {
    /// The crate.
    pub name: String,
    /// Its entries, in their order.
    pub entries: Vec<Deprecation>,
}

/// The ledgers of the crates of a workspace, or of the one that is named.
pub fn load_ledgers(dir: &Utf8Path, krate: Option<&str>) -> Result<Vec<Ledger>, ReleaseError> {
    let metadata = cargo::load_metadata_no_deps(&Invocation::new(dir), None)?;
    let mut ledgers = Vec::new();
    for package in metadata.workspace_packages() {
        if krate.is_none_or(|name| package.name.as_str() == name) {
            ledgers.push(Ledger {
                name: package.name.to_string(),
                entries: deprecations(&Manifest::load(&package.manifest_path)?)?,
            });
        }
    }
    ledgers.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(ledgers)
}

/// Works out what a deprecation writes. Writes nothing.
pub fn prepare_deprecation(request: &DeprecationRequest) -> Result<Prepared, ReleaseError> {
    let root = git::worktree_root(&request.dir)?;
    let here = sys::fs::canonical(&request.dir)?;
    let metadata = cargo::load_metadata_no_deps(&Invocation::new(&here), None)?;
    let package = subject::one(&metadata, request.krate.as_deref(), &here)?;
    let mut findings = Vec::new();
    let mut changes = Vec::new();
    let mut unmarked = false;
    let until = request
        .until
        .filter(|day| day.to_string() <= sys::clock::today());
    if let Some(day) = until {
        let message = format!("{day} is not in the future");
        findings.push(finding(&codes::UNTIL_PAST, message).help("give who uses it time to follow"));
    }
    let (what, since) = if let Ok(version) = Version::parse(&request.what) {
        check_version(
            &root,
            &metadata.workspace_root,
            package,
            &version,
            &mut findings,
        )?;
        (Deprecated::Version(version), None)
    } else {
        let since = request.since.clone();
        let since = since.unwrap_or_else(|| Bump::Minor.next(&package.version));
        let found = item::find(&root, package, request, &since, &mut findings);
        unmarked = found.unmarked;
        changes.extend(found.marked.map(|(path, text)| Change { path, text }));
        (Deprecated::Item(found.path), Some(since))
    };
    let entry = Deprecation {
        what,
        since,
        reason: request.reason.trim().trim_end_matches('.').to_owned(),
        use_instead: request.use_instead.clone(),
        until: request.until,
    };
    changes.extend(in_changelog(&root, package, &entry, &mut findings)?);
    // Last: with it, the deprecation is made; without it, it can be made again.
    changes.extend(in_ledger(package, &entry, &mut findings)?);
    let relative = |path: &Utf8PathBuf| path.strip_prefix(&root).unwrap_or(path).to_owned();
    let deprecating = Deprecating {
        name: package.name.to_string(),
        entry,
        files: changes
            .iter()
            .map(|change| relative(&change.path))
            .collect(),
        unmarked,
    };
    Ok(Prepared {
        findings,
        deprecating,
        changes,
    })
}

/// Writes it.
pub fn apply_deprecation(prepared: &Prepared) -> Result<(), ReleaseError> {
    for change in &prepared.changes {
        sys::fs::write(&change.path, &change.text)?;
    }
    Ok(())
}

fn in_ledger(
    package: &Package,
    entry: &Deprecation,
    findings: &mut Vec<Finding>,
) -> Result<Option<Change>, ReleaseError> {
    let manifest = Manifest::load(&package.manifest_path)?;
    if deprecations(&manifest)?
        .iter()
        .any(|it| it.what == entry.what)
    {
        let message = format!("{} is deprecated already", entry.what);
        let help = format!("its entry is in `{}`", package.manifest_path);
        findings.push(finding(&codes::DEPRECATED_ALREADY, message).help(help));
        return Ok(None);
    }
    Ok(Some(Change {
        path: package.manifest_path.clone(),
        text: add_deprecation(&manifest, entry)?,
    }))
}

fn in_changelog(
    root: &Utf8Path,
    package: &Package,
    entry: &Deprecation,
    findings: &mut Vec<Finding>,
) -> Result<Option<Change>, ReleaseError> {
    let folder = package.manifest_path.parent().unwrap_or(root);
    let path = folder.join(changelog::FILE);
    let Some(text) = sys::fs::read_text_if_exists(&path)? else {
        let message = format!("{}: there is no {}", package.name, changelog::FILE);
        findings.push(finding(&codes::NO_CHANGELOG, message));
        return Ok(None);
    };
    let what = match &entry.what {
        Deprecated::Version(version) => format!("Version {version}"),
        Deprecated::Item(path) => format!("`{path}`"),
    };
    let note = format!("{what}: {}. {}", entry.reason, entry.advice());
    let note = note.trim_end();
    // A run that was cut off may have written it.
    let says = |changelog: Changelog| {
        let unreleased = changelog.unreleased();
        unreleased.is_some_and(|section| section.entries().any(|it| it.text == note))
    };
    if Changelog::parse(&text).is_ok_and(says) {
        return Ok(None);
    }
    match with_entry(&text, Kind::Deprecated, note) {
        Ok(text) => Ok(Some(Change { path, text })),
        Err(error) => {
            let (what, help) = (format!("`{path}`"), error.help());
            findings.push(from_error(&codes::CHANGELOG_INVALID, &what, &error, help));
            Ok(None)
        }
    }
}

/// A version must be out: by its tag, or in a registry.
fn check_version(
    root: &Utf8Path,
    workspace: &Utf8Path,
    package: &Package,
    version: &Version,
    findings: &mut Vec<Finding>,
) -> Result<(), ReleaseError> {
    let folder = package.manifest_path.parent().unwrap_or(root);
    let settings = Settings::load_files(workspace, folder)?;
    let names = settings.tags(&package.name, sys::fs::canonical(folder)? == *root);
    let tags = git::tags(root)?;
    let mut known: Vec<Version> = tags.iter().filter_map(|tag| names.version(tag)).collect();
    if known.contains(version) {
        return Ok(());
    }
    let mut unasked = String::new();
    if let (Publish::To(registries), Ok(name)) =
        (subject::publish(package), PackageName::new(&package.name))
    {
        for registry in registries {
            let asked = endpoint::open(folder, &registry)
                .map_err(|error| error.to_string())
                .and_then(|client| client.versions(&name).map_err(|error| error.to_string()));
            match asked {
                Ok(entries) => known.extend(entries.into_iter().map(|entry| entry.vers)),
                Err(error) => unasked = format!("; `{registry}` could not be asked: {error}"),
            }
        }
    }
    if known.contains(version) {
        return Ok(());
    }
    known.sort();
    known.dedup();
    let message = format!("{} has no version {version}{unasked}", package.name);
    let found = finding(&codes::UNKNOWN_VERSION, message);
    let known: Vec<String> = known.iter().map(ToString::to_string).collect();
    findings.push(match known.as_slice() {
        [] => found,
        known => found.help(format!("there are {}", known.join(", "))),
    });
    Ok(())
}
