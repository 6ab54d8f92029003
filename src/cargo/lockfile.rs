//! `Cargo.lock`: made and brought up to date.

use semver::Version;

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

/// Moves one package of `Cargo.lock` from a version to another. Whoever accepts the old version
/// must accept the new one: cargo's `--precise` leaves nobody behind.
pub fn update_precise(
    cargo: &Invocation,
    name: &str,
    from: &Version,
    to: &Version,
) -> Result<(), CargoError> {
    let spec = format!("{name}@{from}");
    let to = to.to_string();
    let update = cargo.program("update");
    update.args(["-p", &spec, "--precise", &to]).stdout()?;
    Ok(())
}
