//! What a manifest states of its package, each with its place; what it inherits from its
//! workspace is resolved.

use std::collections::BTreeMap;

use toml_edit::{Item, TableLike};

use super::dependency::tables;
use super::inherit::{inherits, is_inherited, package_field};
use super::{Dependency, Manifest, ManifestError};
use crate::model::Place;

/// A value, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stated<T> {
    /// The value.
    pub value: T,
    /// Where.
    pub place: Place,
}

/// Where a package may be published to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PublishTo {
    /// To any registry, crates.io among them.
    Anywhere,
    /// To these, by their names; to none if the list is empty.
    Registries(Vec<String>),
}

/// The text of a field of `[package]`; none if it is not stated, or is no text.
pub fn stated_field(
    package: &Manifest,
    workspace: Option<&Manifest>,
    field: &str,
) -> Result<Option<Stated<String>>, ManifestError> {
    let Some((item, place)) = find(package, workspace, field)? else {
        return Ok(None);
    };
    let value = item.as_str().map(str::to_owned);
    Ok(value.map(|value| Stated { value, place }))
}

/// `publish`, with its place, or that of `[package]` where it says nothing.
pub fn stated_publish(
    package: &Manifest,
    workspace: Option<&Manifest>,
) -> Result<Stated<PublishTo>, ManifestError> {
    let Some((item, place)) = find(package, workspace, "publish")? else {
        return Ok(Stated {
            value: PublishTo::Anywhere,
            place: place_of_package(package),
        });
    };
    let value = match (item.as_bool(), item.as_array()) {
        (Some(false), _) => PublishTo::Registries(Vec::new()),
        (_, Some(list)) => PublishTo::Registries(super::document::array_strings(list)),
        (Some(true) | None, None) => PublishTo::Anywhere,
    };
    Ok(Stated { value, place })
}

/// Does it state lints, its own or the workspace's?
pub fn states_lints(package: &Manifest, workspace: Option<&Manifest>) -> bool {
    let Some(lints) = package.get(&["lints"]) else {
        return false;
    };
    let workspace = workspace.unwrap_or(package);
    !inherits(lints) || workspace.get(&["workspace", "lints"]).is_some()
}

/// The place of the package's name, or the first of the file where there is none.
pub fn place_of_package(package: &Manifest) -> Place {
    place_of(package, package.get(&["package", "name"]))
}

/// The place of a dependency in the manifest of the package that has it.
pub fn place_of_dependency(package: &Manifest, dependency: &Dependency) -> Place {
    let mut tables = tables(package).into_iter();
    let found = tables.find_map(|(kind, target, table)| {
        let is_here = kind == dependency.kind && target == dependency.target;
        let (key, item) = table.get_key_value(&dependency.key).filter(|_| is_here)?;
        key.span().or_else(|| item.span())
    });
    package.place(found.unwrap_or_default().start)
}

/// The version requirement of a dependency, and the place of its text: in the workspace's manifest
/// where it is inherited from there. None if it states none.
pub fn stated_requirement(
    package: &Manifest,
    workspace: Option<&Manifest>,
    dependency: &Dependency,
) -> Option<Stated<String>> {
    let key = dependency.key.as_str();
    let (manifest, item) = if dependency.inherited {
        let root = workspace.unwrap_or(package);
        (root, root.get(&["workspace", "dependencies", key])?)
    } else {
        let mut tables = tables(package).into_iter();
        let (.., table) = tables
            .find(|(kind, target, _)| *kind == dependency.kind && *target == dependency.target)?;
        (package, table.get(key)?)
    };
    let item = match item.as_table_like() {
        Some(entry) => entry.get("version")?,
        None => item,
    };
    Some(Stated {
        value: item.as_str()?.to_owned(),
        place: place_of(manifest, Some(item)),
    })
}

/// The tables of a list below `[package.metadata]`, each as its entries, whatever is no text as
/// it is written; with their places. Something else than a list of tables is an error.
pub fn metadata_tables(
    package: &Manifest,
    keys: &[&str],
) -> Result<Vec<Stated<BTreeMap<String, String>>>, ManifestError> {
    let keys = [&["package", "metadata"], keys].concat();
    let Some(item) = package.get(&keys) else {
        return Ok(Vec::new());
    };
    let shape = || package.shape(keys.join("."), "a list of tables");
    let stated = |table: &dyn TableLike, span: Option<std::ops::Range<usize>>| {
        let entries = table.iter().map(|(key, item)| (key.to_owned(), text(item)));
        Stated {
            value: entries.collect(),
            place: package.place(span.unwrap_or_default().start),
        }
    };
    match (item.as_array_of_tables(), item.as_array()) {
        (Some(list), _) => Ok(list
            .iter()
            .map(|table| stated(table, table.span()))
            .collect()),
        (None, Some(list)) => {
            let tables = list.iter().map(|value| {
                let table = value.as_inline_table().ok_or_else(shape)?;
                Ok(stated(table, value.span()))
            });
            tables.collect()
        }
        (None, None) => Err(shape()),
    }
}

/// What `[package.metadata.quarry]` or `[workspace.metadata.quarry]` says, a text or a list of
/// texts; `of` is `package` or `workspace`. None where it says nothing.
pub fn metadata_setting(manifest: &Manifest, of: &str, key: &str) -> Option<Stated<Setting>> {
    let item = manifest.get(&[of, "metadata", "quarry", key])?;
    let texts = item.as_array().map(|list| {
        let texts = list.iter().map(|value| value.as_str().map(str::to_owned));
        texts.collect::<Option<Vec<String>>>()
    });
    let value = match (item.as_str(), texts.flatten()) {
        (Some(text), _) => Setting::Text(text.to_owned()),
        (None, Some(list)) => Setting::List(list),
        (None, None) => Setting::Other,
    };
    let place = place_of(manifest, Some(item));
    Some(Stated { value, place })
}

/// The value of a setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Setting {
    /// A text.
    Text(String),
    /// A list of texts.
    List(Vec<String>),
    /// Something else.
    Other,
}

fn text(item: &Item) -> String {
    match item.as_str() {
        Some(text) => text.to_owned(),
        None => item.to_string().trim().to_owned(),
    }
}

fn find<'a>(
    package: &'a Manifest,
    workspace: Option<&'a Manifest>,
    field: &str,
) -> Result<Option<(&'a Item, Place)>, ManifestError> {
    let root = workspace.unwrap_or(package);
    let from = if is_inherited(package, field) {
        root
    } else {
        package
    };
    let item = package_field(package, root, field)?;
    Ok(item.map(|item| (item, place_of(from, Some(item)))))
}

fn place_of(manifest: &Manifest, item: Option<&Item>) -> Place {
    let span = item.and_then(Item::span).unwrap_or_default();
    manifest.place(span.start)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(path: &str, text: &str) -> Manifest {
        Manifest::parse(path.into(), text).unwrap()
    }

    #[test]
    fn fields_are_found_in_the_package_and_its_workspace() {
        let package = manifest(
            "a/Cargo.toml",
            "[package]\nname = \"a\"\nlicense.workspace = true\npublish = [\"internal\"]\n\
             [lints]\nworkspace = true\n[dependencies]\nb = \"1\"\n",
        );
        let root = manifest(
            "Cargo.toml",
            "[workspace.package]\nlicense = \"MIT\"\n[workspace.lints]\n",
        );
        let license = stated_field(&package, Some(&root), "license").unwrap();
        let license = license.map(|stated| format!("{} {}", stated.value, stated.place));
        assert_eq!(license.as_deref(), Some("MIT Cargo.toml:2:11"));
        let publish = stated_publish(&package, Some(&root)).unwrap();
        let to = PublishTo::Registries(vec!["internal".to_owned()]);
        assert_eq!((publish.value, publish.place.line), (to, 4));
        assert!(states_lints(&package, Some(&root)) && !states_lints(&root, None));
        let dependency = &super::super::list_dependencies(&package, Some(&root)).unwrap()[0];
        assert_eq!(place_of_dependency(&package, dependency).line, 8);
        let stated = stated_requirement(&package, Some(&root), dependency).unwrap();
        assert_eq!(
            (&*stated.value, &*stated.place.to_string()),
            ("1", "a/Cargo.toml:8:5")
        );
        let missing = stated_field(&package, None, "license").unwrap_err();
        assert!(missing.to_string().contains("workspace.package.license"));
    }

    #[test]
    fn tables_of_metadata_have_their_places() {
        let text = "[[package.metadata.quarry.waivers]]\ncode = \"x\"\nuntil = 2026-01-01\n\
                    [[package.metadata.quarry.waivers]]\n";
        let tables = metadata_tables(&manifest("Cargo.toml", text), &["quarry", "waivers"]);
        let tables = tables.unwrap();
        assert_eq!(tables[0].value["until"], "2026-01-01");
        let lines: Vec<u32> = tables.iter().map(|table| table.place.line).collect();
        assert_eq!(lines, [1, 4]);
        let text = "[package.metadata.quarry]\nwaivers = [{ code = 1 }]\n";
        let inline = manifest("Cargo.toml", text);
        let tables = metadata_tables(&inline, &["quarry", "waivers"]).unwrap();
        assert_eq!(tables[0].value["code"], "1");
        let wrong = manifest(
            "Cargo.toml",
            "[package.metadata]\nquarry = { waivers = 1 }\n",
        );
        metadata_tables(&wrong, &["quarry", "waivers"]).unwrap_err();
    }
}
