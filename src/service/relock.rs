//! `Cargo.lock` moved to another version of one crate, and as little else as can be.

use semver::Version;

use crate::cargo::{self, Invocation};
use crate::manifest::{Manifest, locked_packages};
use crate::model::Bump;

use super::ServiceError;

/// Brings the `Cargo.lock` of the workspace in `cargo.dir` to version `to` of a crate that it has
/// at `from`, after the manifests ask for it. Crates that accept only the old one keep it.
pub fn relock(
    cargo: &Invocation,
    name: &str,
    from: &Version,
    to: &Version,
) -> Result<(), ServiceError> {
    let cargo = Invocation {
        locked: false,
        ..cargo.clone()
    };
    if Bump::between(from, to) == Bump::Major {
        // The manifests ask for another than is locked: cargo takes the latest.
        cargo::update_lockfile(&cargo)?;
    } else {
        cargo::update_precise(&cargo, name, from, to)?;
    }
    let lockfile = Manifest::load(&cargo.dir.join("Cargo.lock"))?;
    let locked = locked_packages(&lockfile).into_iter();
    let versions: Vec<Version> = locked
        .filter(|package| package.name == name)
        .filter_map(|package| package.version.parse().ok())
        .collect();
    if versions.contains(to) {
        return Ok(());
    }
    let near = |version: &&Version| {
        let (old, new) = (to.min(version), to.max(version));
        Bump::between(old, new) != Bump::Major
    };
    match versions.iter().find(near) {
        Some(taken) => Ok(cargo::update_precise(&cargo, name, taken, to)?),
        None => Ok(()), // nobody asks for it; who builds it will see
    }
}
