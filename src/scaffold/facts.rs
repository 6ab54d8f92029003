//! What is found out before anything is made: registry, toolchain, index.

use camino::{Utf8Path, Utf8PathBuf};

use super::ScaffoldError;
use super::request::{Event, Listener};
use crate::cargo::{self, Existence, Invocation};
use crate::model::{CrateName, RegistryName};

/// The registry of a library for which none was named.
pub(super) fn default_registry() -> RegistryName {
    RegistryName::new("internal").expect("it is a valid name")
}

/// The nearest folder that is there: what will be below it finds cargo's configuration there.
pub(super) fn existing(path: &Utf8Path) -> Utf8PathBuf {
    let found = path.ancestors().find(|folder| folder.is_dir());
    found.unwrap_or(Utf8Path::new("/")).to_owned()
}

/// The index of a registry: as the place finds it, or as who asks does.
pub(super) fn index_of(
    registry: &RegistryName,
    place: &Utf8Path,
    dir: &Utf8Path,
) -> Result<Option<String>, ScaffoldError> {
    let at = |dir: &Utf8Path| cargo::registry_settings(&Invocation::new(dir), registry);
    Ok(match at(&existing(place))?.index {
        Some(index) => Some(index),
        None => at(dir)?.index,
    })
}

/// Asks the registries that cargo knows whether they have the crate. The one that it is for must
/// not; what others say is told. Never crates.io: it would learn the name.
pub(super) fn ask_registries(
    name: &CrateName,
    registry: &RegistryName,
    dir: &Utf8Path,
    listener: &mut Listener<'_>,
) -> Result<(), ScaffoldError> {
    let cargo = Invocation::new(dir);
    let mut registries = cargo::registry_names(&cargo)?;
    registries.retain(|other| other != registry);
    registries.insert(0, registry.clone());
    for other in registries {
        let message = format!("`{other}` for {name}");
        listener(Event::Stage("Asking", message));
        let (said, help) = match cargo::crate_exists(&cargo, &other, name, None)? {
            Existence::NotFound => continue,
            Existence::Found if other == *registry => {
                return Err(ScaffoldError::NameTaken {
                    name: name.clone(),
                    registry: other,
                });
            }
            Existence::Found => (
                format!("the registry `{other}` has a crate `{name}`, too"),
                None,
            ),
            Existence::NotConfigured => (
                format!("cargo's configuration has no registry `{other}`"),
                Some(format!(
                    "`cargo quarry registry add {other} --kind … URL` adds it"
                )),
            ),
            Existence::Unauthorized(_) | Existence::Unreachable(_) => (
                format!("`{other}` cannot be asked whether it has a crate `{name}`"),
                Some(format!(
                    "`cargo quarry registry doctor {other}` looks into it"
                )),
            ),
        };
        listener(Event::Note(said, help));
    }
    Ok(())
}

/// One line of text for a manifest, without the full stop at its end.
pub(super) fn one_line(what: &'static str, value: &str) -> Result<String, ScaffoldError> {
    let refuse = |reason| {
        Err(ScaffoldError::Value {
            what,
            value: value.escape_debug().to_string(),
            reason,
        })
    };
    let text = value.trim().trim_end_matches('.').to_owned();
    if text.is_empty() {
        return refuse("it is empty");
    }
    if text.chars().any(char::is_control) {
        return refuse("it is more than a line of text");
    }
    Ok(text)
}

/// An SPDX expression, as far as its form goes.
pub(super) fn license(value: &str) -> Result<String, ScaffoldError> {
    let text = one_line("licence", value)?;
    let allowed = |c: char| c.is_ascii_alphanumeric() || " .+-:()".contains(c);
    if text.chars().all(allowed) {
        return Ok(text);
    }
    Err(ScaffoldError::Value {
        what: "licence",
        value: text,
        reason: "write an SPDX expression, such as `MIT OR Apache-2.0`",
    })
}

/// A Rust version as manifests state it.
pub(super) fn rust_version(value: &str) -> Result<String, ScaffoldError> {
    let parts: Vec<&str> = value.split('.').collect();
    let numbers = parts.iter().all(|part| part.parse::<u32>().is_ok());
    if numbers && matches!(parts.len(), 1..=3) {
        return Ok(value.to_owned());
    }
    Err(ScaffoldError::Value {
        what: "Rust version",
        value: value.to_owned(),
        reason: "write it as `1.85`",
    })
}
