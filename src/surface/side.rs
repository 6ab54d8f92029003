//! One side of a comparison with the names that both sides share.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use rustdoc_types::{Id, ItemEnum, ItemSummary};

use super::api::{Api, Key, Namespace};
use super::term::Name;

/// An API, and what its items are called: the same on both sides for what is the same item.
pub(super) struct Side<'a> {
    pub(super) api: &'a Api,
    local: HashMap<Id, String>,
    /// Paths of other crates' items that have moved since the other side.
    moved: BTreeMap<String, String>,
}

/// Both sides, named by the paths that they have in common.
pub(super) fn sides<'a>(before: &'a Api, after: &'a Api) -> (Side<'a>, Side<'a>) {
    let moved = moved(before, after);
    let before_side = Side {
        api: before,
        local: local_names(before, after),
        moved: BTreeMap::new(),
    };
    let after_side = Side {
        api: after,
        local: local_names(after, before),
        moved,
    };
    (before_side, after_side)
}

fn local_names(api: &Api, other: &Api) -> HashMap<Id, String> {
    let shortest = |keys: &mut dyn Iterator<Item = &Key>| {
        let by_length = |key: &&Key| (key.path.matches("::").count(), key.path.clone());
        keys.min_by_key(by_length).map(|key| key.path.clone())
    };
    // What the other side has at the same place without a public name: it only got one since.
    let private: BTreeSet<&[String]> = other
        .krate
        .paths
        .iter()
        .filter(|(id, summary)| summary.crate_id == 0 && !other.keys.contains_key(id))
        .map(|(_, summary)| summary.path.as_slice())
        .collect();
    let was_private = |id: Id| {
        let summary = api.krate.paths.get(&id);
        summary.is_some_and(|summary| private.contains(summary.path.as_slice()))
    };
    let name = |(id, keys): (&Id, &Vec<Key>)| {
        // What is re-exported keeps the name that its own crate gives it.
        api.item(*id).filter(|item| item.crate_id == 0)?;
        if !keys.iter().any(|key| other.entries.contains_key(key)) && was_private(*id) {
            return None;
        }
        let shown = |key: &&Key| !api.entries[*key].hidden;
        let common = |key: &&Key| shown(key) && other.entries.get(*key).is_some_and(|e| !e.hidden);
        let name = shortest(&mut keys.iter().filter(common))
            .or_else(|| shortest(&mut keys.iter().filter(shown)))
            .or_else(|| shortest(&mut keys.iter()))?;
        Some((*id, name))
    };
    api.keys.iter().filter_map(name).collect()
}

/// The path at which another crate defines an item; the parts of the standard library are one.
fn external_path(api: &Api, summary: &ItemSummary) -> String {
    let mut path = summary.path.clone();
    if let Some(root) = path.first_mut() {
        let of_std = |name: &str| matches!(name, "core" | "alloc" | "std");
        let krate = api.krate.external_crates.get(&summary.crate_id);
        if of_std(root) && krate.is_none_or(|krate| of_std(&krate.name)) {
            "std".clone_into(root);
        }
    }
    path.join("::")
}

/// `serde` of `serde_core::de::Deserialize`, with `Deserialize`: what facade crates split and
/// join from release to release.
fn family(path: &str) -> (&str, &str) {
    let root = path.split("::").next().unwrap_or(path);
    let parts = ["_core", "_internal", "_types", "_impl", "_traits", "_util"];
    let root = parts
        .iter()
        .find_map(|part| root.strip_suffix(part))
        .unwrap_or(root);
    (root, path.rsplit("::").next().unwrap_or(path))
}

/// Where items of other crates are now defined, and were before: a dependency may define a type
/// elsewhere in its next release without that anyone notices. Of one and the same build of a
/// dependency, two paths are two items.
fn moved(before: &Api, after: &Api) -> BTreeMap<String, String> {
    let old = external_paths(before);
    let new = external_paths(after);
    let mut moved = BTreeMap::new();
    for (path, build) in &new {
        if old.contains_key(path) || path.starts_with("std::") {
            continue;
        }
        let same_build = |old: &String| old == build;
        let candidates: Vec<&String> = old
            .iter()
            .filter(|(other, other_build)| {
                family(other) == family(path)
                    && !new.contains_key(*other)
                    && !same_build(other_build)
            })
            .map(|(other, _)| other)
            .collect();
        if let [only] = candidates.as_slice() {
            moved.insert(path.clone(), (*only).clone());
        }
    }
    moved
}

/// The items of other crates but the standard library, with the file of the crate's build.
fn external_paths(api: &Api) -> BTreeMap<String, String> {
    let summaries = api.krate.paths.values();
    let external = summaries.filter(|summary| summary.crate_id != 0);
    let named = external.filter_map(|summary| {
        let krate = api.krate.external_crates.get(&summary.crate_id)?;
        let build = krate.path.file_name()?.to_string_lossy().into_owned();
        Some((external_path(api, summary), build))
    });
    named
        .filter(|(path, _)| !path.starts_with("std::"))
        .collect()
}

impl Side<'_> {
    /// What an item is called. `written` is its path in the source.
    pub(super) fn name(&self, id: Id, written: &str) -> Name {
        let last = |path: &str| path.rsplit("::").next().unwrap_or(path).to_owned();
        if let Some(path) = self.local.get(&id) {
            return Name::new(path, last(path));
        }
        let summary = self.api.krate.paths.get(&id);
        match summary {
            Some(summary) if summary.crate_id != 0 => {
                let path = external_path(self.api, summary);
                let path = self.moved.get(&path).cloned().unwrap_or(path);
                let shown = last(&path);
                Name::new(path, shown)
            }
            // Nobody can name it, so where it stands is nobody's business.
            _ => Name::new(format!("private::{}", last(written)), last(written)),
        }
    }

    /// The public path of an item of this crate.
    pub(super) fn path(&self, id: Id) -> Option<&str> {
        self.local.get(&id).map(String::as_str)
    }

    /// The type or trait of this crate that has this name.
    pub(super) fn id_of(&self, name: &str) -> Option<Id> {
        let key = Key {
            path: name.to_owned(),
            namespace: Namespace::Type,
        };
        self.api.entries.get(&key).map(|entry| entry.id)
    }

    /// Does the name stand for a type or trait of this crate that is no alias, or for a private
    /// one?
    pub(super) fn defines(&self, name: &str) -> bool {
        let item = self.id_of(name).and_then(|id| self.api.item(id));
        name.starts_with("private::")
            || item.is_some_and(|item| !matches!(item.inner, ItemEnum::TypeAlias(_)))
    }

    /// Does the name stand for something of this crate?
    pub(super) fn is_local(&self, name: &str) -> bool {
        name.starts_with("private::") || self.id_of(name).is_some()
    }
}
