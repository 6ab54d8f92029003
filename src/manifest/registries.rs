//! Where cargo's files speak of registries: names in manifests, tokens in configurations.

use toml_edit::{Item, TableLike};

use super::Manifest;
use super::dependency::tables;
use crate::model::Place;

/// What a manifest names a registry for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RegistryUse {
    /// A package comes from it: without it nothing works.
    Dependency,
    /// A package may be published to it.
    Publish,
}

/// A registry that a manifest names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct NamedRegistry {
    /// The name.
    pub name: String,
    /// What for.
    pub used_for: RegistryUse,
    /// Where.
    pub place: Place,
}

/// The registries that a manifest names, in its dependencies, patches, and `publish`.
pub fn named_registries(manifest: &Manifest) -> Vec<NamedRegistry> {
    let mut named = Vec::new();
    let mut add = |used_for, name: &str, span: Option<std::ops::Range<usize>>| {
        named.push(NamedRegistry {
            name: name.to_owned(),
            used_for,
            place: manifest.place(span.unwrap_or_default().start),
        });
    };
    let mut dependencies: Vec<&dyn TableLike> = tables(manifest)
        .into_iter()
        .map(|(_, _, table)| table)
        .collect();
    dependencies.extend(manifest.table(&["workspace", "dependencies"]));
    for item in dependencies.into_iter().flat_map(TableLike::iter) {
        let registry = item
            .1
            .as_table_like()
            .and_then(|entry| entry.get("registry"));
        if let Some((name, item)) = registry.and_then(|item| Some((item.as_str()?, item))) {
            add(RegistryUse::Dependency, name, item.span());
        }
    }
    for package in [
        &["package", "publish"][..],
        &["workspace", "package", "publish"],
    ] {
        let list = manifest.get(package).and_then(Item::as_array);
        for value in list.into_iter().flatten() {
            if let Some(name) = value.as_str() {
                add(RegistryUse::Publish, name, value.span());
            }
        }
    }
    named.sort();
    named
}

/// Where a configuration, or cargo's file of credentials, holds tokens. They are not given.
pub fn places_of_tokens(config: &Manifest) -> Vec<Place> {
    let mut tables: Vec<&dyn TableLike> = config.table(&["registry"]).into_iter().collect();
    let named = config
        .table(&["registries"])
        .into_iter()
        .flat_map(TableLike::iter);
    tables.extend(named.filter_map(|(_, item)| item.as_table_like()));
    let mut places = Vec::new();
    for table in tables {
        for key in ["token", "secret-key"] {
            let item = table.get(key).filter(|item| item.is_str());
            let span = item.map(|item| item.span().unwrap_or_default());
            places.extend(span.map(|span| config.place(span.start)));
        }
    }
    places.sort();
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_names_registries() {
        let text = "[package]\npublish = [\"internal\"]\n[dependencies]\n\
                    a = { version = \"1\", registry = \"one\" }\nb = \"1\"\n\
                    [target.'cfg(unix)'.dev-dependencies.c]\nregistry = \"two\"\n\
                    [workspace.dependencies]\nd = { registry = \"three\" }\n";
        let manifest = Manifest::parse("Cargo.toml".into(), text).unwrap();
        let named: Vec<String> = named_registries(&manifest)
            .iter()
            .map(|named| format!("{} {}", named.name, named.place))
            .collect();
        assert_eq!(
            named,
            [
                "internal Cargo.toml:2:12",
                "one Cargo.toml:4:33",
                "three Cargo.toml:9:18",
                "two Cargo.toml:7:12",
            ]
        );
    }

    #[test]
    fn tokens_are_found_and_not_told() {
        let text =
            "[registries.a]\nindex = \"x\"\ntoken = \"s3cret\"\n[registry]\ntoken = \"s3cret\"\n";
        let config = Manifest::parse("c.toml".into(), text).unwrap();
        let places: Vec<String> = places_of_tokens(&config)
            .iter()
            .map(Place::to_string)
            .collect();
        assert_eq!(places, ["c.toml:3:9", "c.toml:5:9"]);
    }
}
