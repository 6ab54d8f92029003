//! Was the candidate built, and nothing else of its name?

use cargo_metadata::Metadata;
use semver::Version;

use crate::manifest::{Manifest, locked_package};
use crate::model::{CrateName, Digest};

use super::TrialError;

/// The package that a build should have used.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// Its name.
    pub name: &'a CrateName,
    /// Its version.
    pub version: &'a Version,
    /// The URL of its registry's index, `sparse+…` for a sparse one.
    pub index: &'a str,
    /// The SHA-256 of its `.crate`.
    pub checksum: &'a Digest,
}

/// Asserts that the build which `metadata` and `lockfile` describe uses the expected package,
/// from the expected registry, with the expected bytes, and no other version of it.
pub fn assert_resolved(
    metadata: &Metadata,
    lockfile: &Manifest,
    expected: Expected<'_>,
) -> Result<(), TrialError> {
    let name = expected.name.as_str();
    let version = expected.version.to_string();
    let resolved = metadata.resolve.iter().flat_map(|resolve| &resolve.nodes);
    let ids: Vec<_> = resolved.map(|node| &node.id).collect();
    let in_build = metadata
        .packages
        .iter()
        .filter(|package| ids.contains(&&package.id));
    let of_name: Vec<_> = in_build.filter(|package| package.name == name).collect();
    let found: Vec<String> = of_name.iter().map(|p| p.version.to_string()).collect();
    let package = match of_name.as_slice() {
        [package] if package.version == *expected.version => package,
        [] | [_] => {
            return Err(TrialError::NotResolved {
                name: name.to_owned(),
                version,
                found,
            });
        }
        [..] => {
            return Err(TrialError::Several {
                name: name.to_owned(),
                found,
            });
        }
    };
    let source = package.source.as_ref().map(|source| source.repr.clone());
    let source = source.unwrap_or_else(|| format!("path+{}", package.manifest_path));
    let wanted = source_id(expected.index);
    if source != wanted {
        return Err(TrialError::Source {
            name: name.to_owned(),
            version,
            expected: wanted,
            found: source,
        });
    }
    let locked = locked_package(lockfile, name, &version).and_then(|locked| locked.checksum);
    let locked = locked.unwrap_or_else(|| "none".to_owned());
    if locked != expected.checksum.as_str() {
        return Err(TrialError::Checksum {
            name: name.to_owned(),
            version,
            expected: expected.checksum.to_string(),
            found: locked,
        });
    }
    Ok(())
}

/// An index URL as lockfiles and metadata write it.
fn source_id(index: &str) -> String {
    if index.starts_with("sparse+") || index.starts_with("registry+") {
        index.to_owned()
    } else {
        format!("registry+{index}")
    }
}
