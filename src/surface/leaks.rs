//! Dependencies whose types a library shows to its users, and those that moved to another major
//! version: a release with such a move breaks whoever passes those types on, though no line of
//! the library's own signatures has changed.
//!
//! rustdoc's JSON names the crate that each type and trait comes from, by the file that rustc
//! read it from, and cargo says which package made that file: so the answer costs no build beside
//! the one for the JSON. The compiler has a lint for it, `exported_private_dependencies`, which
//! wants an unstable flag and one build more of each side; it names the same
//! (`tests/it/surface_verdict.rs` compares them), and beside that what is hidden from users.

use std::collections::{BTreeMap, BTreeSet};

use rustdoc_types::{Id, Impl, Item, ItemEnum, StructKind, VariantKind};
use semver::{Version, VersionReq};
use serde::Serialize;
use serde_json::Value;

use super::api::{Api, is_hidden, is_pub, load_api};
use super::{Package, Rustdoc, SurfaceError};
use crate::model::{Bump, Change, Place};

/// The code of the change.
const CODE: &str = "leaked-dependency-major";

/// A dependency that shows, and where.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Exposed {
    /// The package, as cargo resolved it. Not always a direct dependency: that one may show
    /// another's types as its own.
    pub(super) package: Package,
    /// The item that shows it, as a user writes its path.
    pub(super) item: String,
    /// What it shows, as the source names it.
    pub(super) name: String,
    /// Where.
    pub(super) place: Option<Place>,
}

/// The dependencies that show in the public API: of each the first place, by the item's path.
pub(super) fn exposed(api: &Api, rustdoc: &Rustdoc) -> Vec<Exposed> {
    walk(api, rustdoc).exposed.into_values().collect()
}

fn walk<'a>(api: &'a Api, rustdoc: &'a Rustdoc) -> Walk<'a> {
    let mut walk = Walk {
        api,
        rustdoc,
        reached: BTreeMap::new(),
        exposed: BTreeMap::new(),
        names: BTreeMap::new(),
    };
    if let Some(root) = api.item(api.krate.root) {
        let name = root.name.clone().unwrap_or_default();
        walk.visit(root, &name);
    }
    walk.impls();
    walk
}

/// A type or trait of a dependency that shows in a public API.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ExposedType {
    /// As the source names it.
    pub name: String,
    /// The first item that shows it, as a user writes its path.
    pub item: String,
}

/// What of the dependency `of`, in any version, shows in the public API of a library. Each once,
/// sorted.
///
/// # Errors
/// If rustdoc's JSON can't be read.
pub fn exposed_types(rustdoc: &Rustdoc, of: &str) -> Result<Vec<ExposedType>, SurfaceError> {
    let api = load_api(rustdoc)?;
    let walk = walk(&api, rustdoc);
    let named = walk
        .names
        .into_iter()
        .filter(|((package, _), _)| package.name == of);
    let types = named.map(|((_, name), item)| ExposedType { name, item });
    Ok(types.collect())
}

/// A move to another major version (see [`moved`]) as a change of the API.
pub(super) fn into_change((before, after): (&Exposed, &Exposed)) -> Change {
    let name = &before.package.name;
    Change {
        bump: Bump::Major,
        code: CODE.to_owned(),
        item: after.item.clone(),
        message: format!(
            "`{}` shows here, and its crate moved from {name} {} to {name} {}",
            after.name, before.package.version, after.package.version
        ),
        before: before.place.clone(),
        after: after.place.clone(),
    }
}

/// The dependencies that show on both sides, in versions that are not compatible
/// by cargo's rules.
pub(super) fn moved<'a>(
    old: (&Rustdoc, &'a [Exposed]),
    new: (&Rustdoc, &'a [Exposed]),
) -> Vec<(&'a Exposed, &'a Exposed)> {
    let mut moved = Vec::new();
    for before in old.1 {
        let same_name = |other: &&Exposed| other.package.name == before.package.name;
        let now: Vec<&Exposed> = new.1.iter().filter(same_name).collect();
        let line = Line::of(&before.package.version);
        let stays = |other: &&Exposed| Line::of(&other.package.version) == line;
        let Some(after) = now.first().filter(|_| !now.iter().any(stays)) else {
            continue; // it is the same, or shows no more
        };
        if !accepts(new.0, &before.package) && !accepts(old.0, &after.package) {
            moved.push((before, *after));
        }
    }
    moved
}

/// Does a direct dependency on the package accept this version, or a later one that is
/// compatible with it?
fn accepts(rustdoc: &Rustdoc, package: &Package) -> bool {
    let requirements = rustdoc.package.dependencies.get(&package.name);
    let last = Line::of(&package.version).last();
    let fits = |req: &VersionReq| req.matches(&package.version) || req.matches(&last);
    requirements.into_iter().flatten().any(fits)
}

/// Versions that are compatible with each other (the cargo book, "`SemVer` Compatibility"): the
/// numbers up to the leftmost that is not zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Line(u64, Option<u64>, Option<u64>);

impl Line {
    fn of(version: &Version) -> Self {
        match (version.major, version.minor) {
            (0, 0) => Self(0, Some(0), Some(version.patch)),
            (0, minor) => Self(0, Some(minor), None),
            (major, _) => Self(major, None, None),
        }
    }

    /// The last version of the line there can be.
    fn last(self) -> Version {
        let Self(major, minor, patch) = self;
        Version::new(major, minor.unwrap_or(u64::MAX), patch.unwrap_or(u64::MAX))
    }
}

struct Walk<'a> {
    api: &'a Api,
    rustdoc: &'a Rustdoc,
    /// The items of the public API, each with the shortest path to it.
    reached: BTreeMap<Id, String>,
    exposed: BTreeMap<Package, Exposed>,
    /// What shows of each, and the first item that shows it.
    names: BTreeMap<(Package, String), String>,
}

impl<'a> Walk<'a> {
    fn visit(&mut self, item: &'a Item, path: &str) {
        let known = self.reached.get(&item.id);
        if is_hidden(item) || known.is_some_and(|known| known.len() <= path.len()) {
            return;
        }
        self.reached.insert(item.id, path.to_owned());
        match &item.inner {
            ItemEnum::Module(module) => self.visit_public(&module.items, path),
            ItemEnum::ExternCrate { name, .. } => self.re_exported(item, path, None, name),
            ItemEnum::Struct(it) => {
                self.mention(item, path, &it.generics);
                self.visit_public(&fields(&it.kind), path);
            }
            ItemEnum::Union(it) => {
                self.mention(item, path, &it.generics);
                self.visit_public(&it.fields, path);
            }
            ItemEnum::Enum(it) => {
                self.mention(item, path, &it.generics);
                self.visit_all(&it.variants, path);
            }
            ItemEnum::Variant(it) => self.visit_all(&variant_fields(&it.kind), path),
            ItemEnum::Trait(it) => {
                self.mention(item, path, &it.generics);
                self.mention(item, path, &it.bounds);
                self.visit_all(&it.items, path);
            }
            // A macro's text is no API; `use` does not come here; impls are looked at later.
            ItemEnum::Macro(_) | ItemEnum::ProcMacro(_) | ItemEnum::Use(_) | ItemEnum::Impl(_) => {}
            other => self.mention(item, path, other),
        }
    }

    fn visit_all(&mut self, ids: &[Id], path: &str) {
        for item in ids.iter().filter_map(|id| self.api.item(*id)) {
            let name = item.name.as_deref().unwrap_or_default();
            self.visit(item, &format!("{path}::{name}"));
        }
    }

    fn visit_public(&mut self, ids: &[Id], path: &str) {
        for item in ids.iter().filter_map(|id| self.api.item(*id)) {
            if !is_pub(item) || is_hidden(item) {
                continue;
            }
            let ItemEnum::Use(it) = &item.inner else {
                self.visit_all(&[item.id], path);
                continue;
            };
            match it.id.and_then(|id| self.api.item(id)) {
                Some(target) if it.is_glob => match &target.inner {
                    // Two globs may name each other.
                    ItemEnum::Module(module)
                        if self.reached.insert(item.id, path.to_owned()).is_none() =>
                    {
                        self.visit_public(&module.items, path);
                    }
                    ItemEnum::Enum(it) => self.visit_all(&it.variants, path),
                    _ => {}
                },
                Some(target) => self.visit(target, &format!("{path}::{}", it.name)),
                None => {
                    let path = format!("{path}::{}", it.name);
                    self.re_exported(item, &path, it.id, &it.source);
                }
            }
        }
    }

    /// Impls of what was reached: the headers of those of traits, and what users can name of the
    /// rest.
    fn impls(&mut self) {
        let mut impls: Vec<(&Item, &Impl)> = self
            .api
            .krate
            .index
            .values()
            .filter_map(|item| match &item.inner {
                ItemEnum::Impl(it) if !it.is_synthetic && it.blanket_impl.is_none() => {
                    (item.crate_id == 0 && !is_hidden(item)).then_some((item, it))
                }
                _ => None,
            })
            .collect();
        impls.sort_by_key(|(item, _)| item.id);
        for (item, it) in impls {
            let head = json(&(&it.trait_, &it.for_));
            let mut local = Vec::new();
            each_path(&head, &mut |id, _| {
                if self.api.item(id).is_some_and(|item| item.crate_id == 0) {
                    local.push(id);
                }
            });
            let reached = |id: &Id| self.reached.get(id).cloned();
            let paths: Option<Vec<String>> = local.iter().map(reached).collect();
            let Some(path) = paths.and_then(|paths| paths.into_iter().next_back()) else {
                continue; // of what is private
            };
            self.mention(item, &path, &(&it.generics, head));
            let items = it.items.iter().filter_map(|id| self.api.item(*id));
            for member in items.filter(|member| !is_hidden(member)) {
                let name = member.name.as_deref().unwrap_or_default();
                let of_trait = it.trait_.is_some();
                let shows = match &member.inner {
                    // Its signature is the trait's.
                    ItemEnum::Function(_) if of_trait => false,
                    _ => of_trait || is_pub(member),
                };
                if shows {
                    self.mention(member, &format!("{path}::{name}"), &member.inner);
                }
            }
        }
    }

    fn re_exported(&mut self, item: &'a Item, path: &str, id: Option<Id>, source: &str) {
        let name = source.trim_start_matches("::");
        let name = name.split("::").next().unwrap_or(name);
        let by_id = id.and_then(|id| self.package_of(id));
        let by_name = || {
            let mut crates = self.api.krate.external_crates.values();
            let file = crates.find(|krate| krate.name == name)?;
            self.package_at(&file.path)
        };
        if let Some(package) = by_id.or_else(by_name) {
            self.expose(package, item, path, source);
        }
    }

    fn mention(&mut self, item: &'a Item, path: &str, part: &impl Serialize) {
        let mut found = BTreeSet::new();
        each_path(&json(part), &mut |id, name| {
            if let Some(package) = self.package_of(id) {
                found.insert((package, name.to_owned()));
            }
        });
        for (package, name) in found {
            self.expose(package, item, path, &name);
        }
    }

    fn expose(&mut self, package: Package, item: &'a Item, path: &str, name: &str) {
        let of_name = self.names.entry((package.clone(), name.to_owned()));
        let first = of_name.or_insert_with(|| path.to_owned());
        if path < first.as_str() {
            path.clone_into(first);
        }
        let exposed = Exposed {
            item: path.to_owned(),
            name: name.to_owned(),
            place: self.api.place(item.id),
            package: package.clone(),
        };
        let first = self
            .exposed
            .entry(package)
            .or_insert_with(|| exposed.clone());
        if exposed < *first {
            *first = exposed;
        }
    }

    /// The dependency that an item is of; none for the crate's own and for the standard library.
    fn package_of(&self, id: Id) -> Option<Package> {
        let summary = self.api.krate.paths.get(&id)?;
        let krate = self.api.krate.external_crates.get(&summary.crate_id)?;
        self.package_at(&krate.path)
    }

    fn package_at(&self, file: &std::path::Path) -> Option<Package> {
        let name = file.file_name()?.to_str()?;
        self.rustdoc.made_by.get(name).cloned()
    }
}

fn fields(kind: &StructKind) -> Vec<Id> {
    match kind {
        StructKind::Unit => Vec::new(),
        StructKind::Tuple(fields) => fields.iter().flatten().copied().collect(),
        StructKind::Plain { fields, .. } => fields.clone(),
    }
}

fn variant_fields(kind: &VariantKind) -> Vec<Id> {
    match kind {
        VariantKind::Plain => Vec::new(),
        VariantKind::Tuple(fields) => fields.iter().flatten().copied().collect(),
        VariantKind::Struct { fields, .. } => fields.clone(),
    }
}

fn json(part: &impl Serialize) -> Value {
    serde_json::to_value(part).expect("rustdoc's types are made to be JSON")
}

/// Calls `with` for the id and the text of each path in a part of rustdoc's JSON.
fn each_path(part: &Value, with: &mut dyn FnMut(Id, &str)) {
    match part {
        Value::Object(fields) => {
            if let (Some(id), Some(path)) = (fields.get("id"), fields.get("path"))
                && let (Some(id), Some(path)) = (id.as_u64(), path.as_str())
                && let Ok(id) = u32::try_from(id)
            {
                with(Id(id), path);
            }
            fields.values().for_each(|value| each_path(value, with));
        }
        Value::Array(values) => values.iter().for_each(|value| each_path(value, with)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compatible_versions_are_of_one_line() {
        let line = |text: &str| Line::of(&text.parse().expect("a version"));
        assert_eq!(line("1.2.3"), line("1.9.0"));
        assert_ne!(line("1.2.3"), line("2.0.0"));
        assert_eq!(line("0.2.3"), line("0.2.9"));
        assert_ne!(line("0.2.3"), line("0.3.0"));
        assert_ne!(line("0.0.3"), line("0.0.4"));
        let last = line("0.7.1").last();
        let accepts = |text: &str| VersionReq::parse(text).expect("one").matches(&last);
        assert!(accepts("0.7.4") && accepts(">=0.6, <0.8") && !accepts("0.8"));
    }
}
