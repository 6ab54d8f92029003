//! Cargo's configuration, `.cargo/config.toml`: the registry's name.

use std::collections::BTreeMap;

use camino::Utf8Path;
use toml_edit::Item;

use crate::model::RegistryName;

use super::document::quoted;
use super::edit::Edits;
use super::section::Section;
use super::{Manifest, ManifestError};

/// A registry as cargo's configuration has it.
#[derive(Debug, Clone, Copy)]
pub struct RegistryConfig<'a> {
    /// Its name.
    pub name: &'a RegistryName,
    /// The URL of its index, `sparse+…` for a sparse one.
    pub index: &'a str,
    /// Where cargo gets a token from, such as `cargo:token`; none leaves that to each user.
    pub credential_provider: Option<&'a str>,
}

/// The text of a configuration with the registry in it; `existing` is what is there, if anything.
/// `path` is for errors.
pub fn set_registry_config(
    path: &Utf8Path,
    existing: Option<&str>,
    registry: RegistryConfig<'_>,
) -> Result<String, ManifestError> {
    let config = Manifest::parse(path, existing.unwrap_or_default())?;
    let name = registry.name.as_str();
    let fields = [
        ("index", Some(registry.index)),
        ("credential-provider", registry.credential_provider),
    ];
    if config.get(&["registries"]).is_some_and(Item::is_value) {
        return Err(config.shape("registries", "a table"));
    }
    let table = config.table(&["registries", name]);
    let mut edits = Edits::default();
    let mut new = BTreeMap::new();
    for (key, value) in fields {
        let Some(value) = value else { continue };
        match table.and_then(|table| table.get(key)) {
            Some(item) if item.as_str() == Some(value) => {}
            Some(item) => edits.replace(item.span().unwrap_or_default(), quoted(value)),
            None => {
                new.insert(key, format!("{key} = {}", quoted(value)));
            }
        }
    }
    if !new.is_empty() {
        let section = Section::find(&config, &["registries", name])?;
        section.add(&mut edits, &new, &[]);
    }
    Ok(edits.apply(config.text()))
}

/// What one configuration says of a registry.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConfiguredRegistry {
    /// Is it named at all?
    pub is_there: bool,
    /// The URL of its index.
    pub index: Option<String>,
    /// Does it say where cargo gets a token from?
    pub has_provider: bool,
}

/// What the text of a configuration says of the registry `name`. `path` is for errors.
pub fn configured_registry(
    path: &Utf8Path,
    text: &str,
    name: &RegistryName,
) -> Result<ConfiguredRegistry, ManifestError> {
    let config = Manifest::parse(path, text)?;
    let Some(table) = config.table(&["registries", name.as_str()]) else {
        return Ok(ConfiguredRegistry::default());
    };
    let index = table.get("index").and_then(Item::as_str);
    Ok(ConfiguredRegistry {
        is_there: true,
        index: index.map(str::to_owned),
        has_provider: table.contains_key("credential-provider"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(existing: Option<&str>, expect: &str) {
        let name = RegistryName::new("internal").unwrap();
        let registry = RegistryConfig {
            name: &name,
            index: "sparse+http://new/",
            credential_provider: Some("cargo:token"),
        };
        let set = |text| set_registry_config("config.toml".into(), text, registry).unwrap();
        let text = set(existing);
        assert_eq!(text, expect);
        assert_eq!(set(Some(&text)), text, "it is set already");
    }

    #[test]
    fn a_registry_is_added_or_set() {
        let new = "[registries.internal]\ncredential-provider = \"cargo:token\"\nindex = \"sparse+http://new/\"\n";
        check(None, new);
        check(
            Some("[build]\njobs = 1 # c\n"),
            &format!("[build]\njobs = 1 # c\n\n{new}"),
        );
        check(
            Some("[registries]\nother = { index = \"x\" }\n"),
            &format!("[registries]\nother = {{ index = \"x\" }}\n\n{new}"),
        );
        check(
            Some("[registries.internal]\nindex = \"old\" # c\n\n[net]\n"),
            "[registries.internal]\nindex = \"sparse+http://new/\" # c\ncredential-provider = \"cargo:token\"\n\n[net]\n",
        );
        check(
            Some(
                "[registries]\ninternal = { index = \"old\", credential-provider = \"cargo:token\" }\n",
            ),
            "[registries]\ninternal = { index = \"sparse+http://new/\", credential-provider = \"cargo:token\" }\n",
        );
    }
}
