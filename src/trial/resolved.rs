//! Was the candidate built, and nothing else of its name?

use cargo_metadata::{Metadata, Package};
use semver::Version;

use crate::manifest::{Manifest, locked_package};
use crate::model::{CrateName, Digest};
use crate::registry::{CRATES_IO_INDEX, CRATES_IO_SPARSE};

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
    let of_name = in_build(metadata, expected.name.as_str());
    if of_name.len() > 1 {
        return Err(TrialError::Several {
            name: expected.name.to_string(),
            found: versions(&of_name),
        });
    }
    assert_used(metadata, lockfile, expected)
}

/// The same where other versions may be part of the build as well, for others that need them.
pub fn assert_used(
    metadata: &Metadata,
    lockfile: &Manifest,
    expected: Expected<'_>,
) -> Result<(), TrialError> {
    let name = expected.name.as_str();
    let version = expected.version.to_string();
    let of_name = in_build(metadata, name);
    let mut fitting = of_name.iter().filter(|p| p.version == *expected.version);
    let Some(package) = fitting.next() else {
        return Err(TrialError::NotResolved {
            name: name.to_owned(),
            version,
            found: versions(&of_name),
        });
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

fn in_build<'a>(metadata: &'a Metadata, name: &str) -> Vec<&'a Package> {
    let resolved = metadata.resolve.iter().flat_map(|resolve| &resolve.nodes);
    let ids: Vec<_> = resolved.map(|node| &node.id).collect();
    let packages = metadata.packages.iter();
    let named = packages.filter(|package| package.name == name);
    named.filter(|package| ids.contains(&&package.id)).collect()
}

fn versions(packages: &[&Package]) -> Vec<String> {
    let versions = packages.iter().map(|package| package.version.to_string());
    versions.collect()
}

/// An index URL as lockfiles and metadata write it.
fn source_id(index: &str) -> String {
    if index == CRATES_IO_SPARSE {
        return format!("registry+{CRATES_IO_INDEX}");
    }
    if index.starts_with("sparse+") || index.starts_with("registry+") {
        index.to_owned()
    } else {
        format!("registry+{index}")
    }
}
