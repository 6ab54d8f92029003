//! `Cargo.lock`: made and brought up to date.

use super::{CargoError, Invocation};

/// Makes `Cargo.lock` anew: all dependencies at their latest compatible versions.
pub fn generate_lockfile(cargo: &Invocation) -> Result<(), CargoError> {
    cargo.program("generate-lockfile").stdout()?;
    Ok(())
}

/// Brings `Cargo.lock` into accord with the manifests and changes nothing else: what is pinned
/// stays, what is new is added, what nothing uses goes.
pub fn update_lockfile(cargo: &Invocation) -> Result<(), CargoError> {
    // `--workspace` is cargo's own name for this (cargo help update).
    cargo.program("update").arg("--workspace").stdout()?;
    Ok(())
}
