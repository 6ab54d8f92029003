//! Edits of a package's dependencies: added, removed, features forwarded.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};
use toml_edit::Item;

use super::dependency::declared_keys;
use super::document::{key, quoted_list};
use super::edit::Edits;
use super::feature_text::{edit_list, list};
use super::features::{Entry, declared_features};
use super::section::Section;
use super::{Dependency, DependencyKind, Manifest, ManifestError};

/// Names one entry of a package's dependency tables.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct DependencyKey {
    /// The key.
    pub key: String,
    /// The kind of its table.
    pub kind: DependencyKind,
    /// The target of its table; none for all.
    pub target: Option<String>,
}

impl From<&Dependency> for DependencyKey {
    fn from(dependency: &Dependency) -> Self {
        Self {
            key: dependency.key.clone(),
            kind: dependency.kind,
            target: dependency.target.clone(),
        }
    }
}

/// A feature of a package that switches on one of the same name of a dependency.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Forward {
    /// The feature, on both sides.
    pub feature: String,
    /// The dependency's key.
    pub dependency: String,
    /// Only if the dependency is on anyway (`dependency?/feature`); for an optional one.
    pub weak: bool,
}

impl Forward {
    fn entry(&self) -> String {
        let mark = if self.weak { "?" } else { "" };
        format!("{}{mark}/{}", self.dependency, self.feature)
    }
}

/// What is to change.
#[derive(Debug, Clone, Default)]
pub struct ConsumerEdit {
    /// Dependencies that come; one with `inherited` becomes `workspace = true`.
    pub add: Vec<Dependency>,
    /// Dependencies that go.
    pub remove: Vec<DependencyKey>,
    /// Features to be forwarded to a dependency.
    pub forwards: Vec<Forward>,
}

/// A manifest after the edit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsumerEdited {
    /// Its text.
    pub manifest: String,
    /// The dependencies that stayed, though they were to go.
    pub conflicts: Vec<Conflict>,
}

/// A dependency that can't go, for a feature names it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Conflict {
    /// The dependency's key.
    pub key: String,
    /// The feature.
    pub feature: String,
    /// What it says.
    pub entry: String,
}

impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            key,
            feature,
            entry,
        } = self;
        write!(
            f,
            "`{key}` stays a dependency: the feature `{feature}` names it (`{entry}`)"
        )
    }
}

/// Edits a package's manifest. A dependency that a feature names stays and is given as a
/// conflict, unless that feature is forwarded by this edit: then its entry moves to the library.
pub fn edit_consumer(
    manifest: &Manifest,
    edit: &ConsumerEdit,
) -> Result<ConsumerEdited, ManifestError> {
    let (remove, conflicts) = removable(manifest, edit);
    let mut edits = Edits::default();
    let tables: BTreeSet<_> = edit.add.iter().map(|d| (d.kind, &d.target)).collect();
    for (kind, target) in tables {
        let of_table = edit
            .add
            .iter()
            .filter(|d| (d.kind, &d.target) == (kind, target));
        let before: &[&str] = match kind {
            DependencyKind::Normal => &["dev-dependencies", "build-dependencies", "target"],
            DependencyKind::Dev => &["build-dependencies", "target"],
            DependencyKind::Build => &["target"],
        };
        let path = table_path(kind, target.as_deref());
        add(manifest, &path, of_table, before, &mut edits)?;
    }
    let tables: BTreeSet<_> = remove.iter().map(|d| (d.kind, &d.target)).collect();
    for (kind, target) in tables {
        let of_table = remove
            .iter()
            .filter(|d| (d.kind, &d.target) == (kind, target));
        let keys: Vec<&str> = of_table.map(|d| d.key.as_str()).collect();
        let section = Section::find(manifest, &table_path(kind, target.as_deref()))?;
        let others_come = edit
            .add
            .iter()
            .any(|d| (d.kind, &d.target) == (kind, target));
        section.remove(&mut edits, &keys, others_come);
    }
    edit_features(manifest, edit, &remove, &mut edits)?;
    Ok(ConsumerEdited {
        manifest: edits.apply(manifest.text()),
        conflicts,
    })
}

fn table_path(kind: DependencyKind, target: Option<&str>) -> Vec<&str> {
    match target {
        None => vec![kind.table()],
        Some(target) => vec!["target", target, kind.table()],
    }
}

/// Adds dependencies to the table at `path`, which must not have them.
fn add<'a>(
    manifest: &Manifest,
    path: &[&str],
    dependencies: impl Iterator<Item = &'a Dependency>,
    before: &[&str],
    edits: &mut Edits,
) -> Result<(), ManifestError> {
    let section = Section::find(manifest, path)?;
    let mut new = BTreeMap::new();
    for dependency in dependencies {
        if !section.lines_of(&dependency.key).is_empty() {
            return Err(ManifestError::Exists {
                path: manifest.path().to_owned(),
                key: format!("{}.{}", path.join("."), dependency.key),
            });
        }
        new.insert(dependency.key.as_str(), dependency.line());
    }
    section.add(edits, &new, before);
    Ok(())
}

/// The dependencies of `edit.remove` that can go, and why others can't.
fn removable<'a>(
    manifest: &Manifest,
    edit: &'a ConsumerEdit,
) -> (Vec<&'a DependencyKey>, Vec<Conflict>) {
    let declared = declared_keys(manifest);
    let mut conflicts = BTreeSet::new();
    for (feature, entries) in declared_features(manifest) {
        if edit.forwards.iter().any(|f| f.feature == feature) {
            continue;
        }
        for text in entries {
            let entry = Entry::parse(&text);
            let implicit = match entry {
                Entry::Feature(name) if list(manifest, name).is_none() => Some(name),
                Entry::Feature(_) | Entry::Dependency(_) | Entry::Of { .. } => None,
            };
            let Some(key) = entry.dependency().or(implicit) else {
                continue;
            };
            let forwarded = edit.forwards.iter().any(|f| f.feature == key);
            let goes = edit.remove.iter().any(|d| d.key == key);
            let stays = declared.iter().any(|(other, optional)| {
                let needs_optional = !matches!(entry, Entry::Of { .. });
                other.key == key && !edit.remove.contains(other) && (*optional || !needs_optional)
            });
            if goes && !stays && !(forwarded && implicit.is_some()) {
                conflicts.insert(Conflict {
                    key: key.to_owned(),
                    feature: feature.clone(),
                    entry: text.clone(),
                });
            }
        }
    }
    let free = |d: &&DependencyKey| !conflicts.iter().any(|c| c.key == d.key);
    let remove = edit.remove.iter().filter(free).collect();
    (remove, conflicts.into_iter().collect())
}

fn edit_features(
    manifest: &Manifest,
    edit: &ConsumerEdit,
    removed: &[&DependencyKey],
    edits: &mut Edits,
) -> Result<(), ManifestError> {
    let features: BTreeSet<&str> = edit.forwards.iter().map(|f| f.feature.as_str()).collect();
    let gone = |entry: &str| {
        let dependency = Entry::parse(entry).dependency();
        dependency.is_some_and(|key| removed.iter().any(|d| d.key == key))
    };
    let mut undeclared = BTreeMap::new();
    for feature in features {
        let forwards = edit.forwards.iter().filter(|f| f.feature == feature);
        let new: Vec<String> = forwards.map(Forward::entry).collect();
        if let Some(list) = list(manifest, feature) {
            let present: Vec<&str> = list.iter().filter_map(toml_edit::Value::as_str).collect();
            let missing = new.iter().map(String::as_str);
            let missing: Vec<&str> = missing.filter(|entry| !present.contains(entry)).collect();
            edit_list(edits, manifest.text(), list, &gone, &missing);
            continue;
        }
        // The implicit feature of an optional dependency, which must now be spelled out.
        let is_own = |(d, optional): &(DependencyKey, bool)| {
            *optional && d.key == feature && !removed.contains(&d)
        };
        let own = declared_keys(manifest).iter().any(is_own);
        let own = own.then(|| format!("dep:{feature}"));
        let entries = quoted_list(own.iter().chain(&new).map(String::as_str));
        let line = format!("{} = {entries}", key(feature));
        undeclared.insert(feature, line);
    }
    if !undeclared.is_empty() {
        let before = [
            "dependencies",
            "dev-dependencies",
            "build-dependencies",
            "target",
        ];
        let section = Section::find(manifest, &["features"])?;
        section.add(edits, &undeclared, &before);
    }
    Ok(())
}

/// Does the package take most of its dependencies from its workspace? Then a new one should be
/// inherited too.
pub fn inherits_dependencies(manifest: &Manifest) -> bool {
    let mut inherited = 0_usize;
    let mut own = 0_usize;
    for kind in DependencyKind::ALL {
        let table = manifest.table(&[kind.table()]).into_iter();
        for (_, item) in table.flat_map(toml_edit::TableLike::iter) {
            let is = item.as_table_like().and_then(|t| t.get("workspace"));
            if is.and_then(Item::as_bool) == Some(true) {
                inherited += 1;
            } else {
                own += 1;
            }
        }
    }
    inherited > own
}

/// Adds an entry to `[workspace.dependencies]` of a root manifest, for members to inherit.
/// What a member says for itself (`optional`, its kind and target) is left out.
pub fn add_workspace_dependency(
    root: &Manifest,
    dependency: &Dependency,
) -> Result<String, ManifestError> {
    let entry = Dependency {
        inherited: false,
        optional: false,
        ..dependency.clone()
    };
    let mut edits = Edits::default();
    let path = ["workspace", "dependencies"];
    add(root, &path, std::iter::once(&entry), &[], &mut edits)?;
    Ok(edits.apply(root.text()))
}

/// Removes entries from `[workspace.dependencies]` that no member inherits any more.
pub fn remove_workspace_dependencies(
    root: &Manifest,
    keys: &[&str],
) -> Result<String, ManifestError> {
    let mut edits = Edits::default();
    Section::find(root, &["workspace", "dependencies"])?.remove(&mut edits, keys, false);
    Ok(edits.apply(root.text()))
}

#[cfg(test)]
mod tests;
