//! The toolchain that cargo is part of.

use super::{CargoError, Invocation};

/// The Rust version of the toolchain, as `rust-version` in a manifest states it: `1.95`. None if
/// cargo does not say.
pub fn rust_version(cargo: &Invocation) -> Result<Option<String>, CargoError> {
    // `cargo 1.95.0 (f2d3ce0bd 2026-03-21)`
    let said = cargo.program("--version").stdout()?;
    let version = said.split(' ').nth(1).unwrap_or_default();
    let parsed = semver::Version::parse(version.trim()).ok();
    Ok(parsed.map(|version| format!("{}.{}", version.major, version.minor)))
}
