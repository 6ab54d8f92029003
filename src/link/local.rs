//! The packages of a folder that is to be linked.

use camino::{Utf8Path, Utf8PathBuf};
use semver::Version;

use super::LinkError;
use super::graph::folder;
use crate::cargo::{Invocation, load_metadata_no_deps};
use crate::sys::fs;

/// A library in a folder of this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Local {
    pub(super) name: String,
    pub(super) version: Version,
    /// Absolute, links resolved: cargo has to know it by one name.
    pub(super) dir: Utf8PathBuf,
}

/// The library in `dir`, or, where that is a workspace without a package of its own, all of its
/// libraries.
pub(super) fn load(dir: &Utf8Path) -> Result<Vec<Local>, LinkError> {
    let dir = fs::canonical(dir)?;
    if !dir.join("Cargo.toml").is_file() {
        return Err(LinkError::NoLibrary { dir });
    }
    let metadata = load_metadata_no_deps(&Invocation::new(dir.clone()), None)?;
    let has_library = |package: &cargo_metadata::Package| {
        let kinds = package.targets.iter().flat_map(|target| &target.kind);
        let programs = ["bin", "test", "example", "bench", "custom-build"];
        kinds
            .map(ToString::to_string)
            .any(|kind| !programs.contains(&kind.as_str()))
    };
    let here = metadata
        .packages
        .iter()
        .any(|package| folder(package) == dir);
    let mut found: Vec<Local> = metadata
        .packages
        .iter()
        .filter(|package| has_library(package) && (!here || folder(package) == dir))
        .map(|package| Local {
            name: package.name.to_string(),
            version: package.version.clone(),
            dir: folder(package).to_owned(),
        })
        .collect();
    found.sort_by(|a, b| a.name.cmp(&b.name));
    if found.is_empty() {
        return Err(LinkError::NoLibrary { dir });
    }
    Ok(found)
}
