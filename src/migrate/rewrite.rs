//! What the URL of the new registry changes in a package.

use std::collections::BTreeMap;

use super::MigrateError;
use crate::manifest::{Manifest, relock, replace_registry_index};
use crate::model::Digest;
use crate::registry::{IndexEntry, PackageFile, pack_crate, unpack_crate};

/// The checksums that versions have in the new registry, by name and version.
pub(super) type Checksums = BTreeMap<(String, String), Digest>;

/// The package as it is to be in the new registry: its dependencies on crates of the old one
/// point to the new one, and so does its own lockfile. One in which nothing points there keeps
/// its bytes.
pub(super) fn rewrite(
    entry: &IndexEntry,
    bytes: Vec<u8>,
    from: &str,
    to: &str,
    checksums: &Checksums,
) -> Result<Vec<u8>, MigrateError> {
    let mut files = unpack_crate(&bytes)?;
    let mut changed = false;
    for file in &mut files {
        let Some(new) = rewritten(entry, file, from, to, checksums)? else {
            continue;
        };
        if new.as_bytes() != file.data {
            file.data = new.into_bytes();
            changed = true;
        }
    }
    if changed {
        Ok(pack_crate(&files)?)
    } else {
        Ok(bytes)
    }
}

fn rewritten(
    entry: &IndexEntry,
    file: &PackageFile,
    from: &str,
    to: &str,
    checksums: &Checksums,
) -> Result<Option<String>, MigrateError> {
    let name = file.name();
    if !matches!(name, "Cargo.toml" | "Cargo.lock") {
        return Ok(None);
    }
    let Some(text) = file.text().filter(|text| text.contains(from)) else {
        return Ok(None);
    };
    let path = entry.name.crate_file(&entry.vers);
    let document = Manifest::parse(&camino::Utf8Path::new(&path).join(name), text)?;
    if name == "Cargo.toml" {
        return Ok(Some(replace_registry_index(&document, from, to)));
    }
    let mut known = |name: &str, version: &str| {
        let key = (name.to_owned(), version.to_owned());
        checksums.get(&key).map(Digest::to_string)
    };
    let relocked = relock(&document, from, to, &mut known);
    if relocked.missing.is_empty() {
        return Ok(Some(relocked.text));
    }
    let missing = relocked.missing.iter();
    Err(MigrateError::LockInPackage {
        name: entry.name.clone(),
        version: entry.vers.clone(),
        missing: missing
            .map(|(name, version)| format!("{name} {version}"))
            .collect(),
    })
}
