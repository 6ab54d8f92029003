//! `cargo metadata`.

use camino::Utf8Path;
use cargo_metadata::{Metadata, Target, TargetKind};

use super::{CargoError, Invocation};

/// The packages, targets and resolved dependencies of the workspace that `manifest` belongs to.
/// `args` are further arguments (`--all-features`, `--filter-platform`, …). May write
/// `Cargo.lock`.
pub fn load_metadata(
    cargo: &Invocation,
    manifest: Option<&Utf8Path>,
    args: &[&str],
) -> Result<Metadata, CargoError> {
    let mut program = cargo.program("metadata").args(["--format-version", "1"]);
    if let Some(manifest) = manifest {
        program = program.args(["--manifest-path", manifest.as_str()]);
    }
    let program = program.args(args.iter().copied());
    let text = program.stdout()?;
    serde_json::from_str(&text).map_err(|source| CargoError::Output {
        command: program.line(),
        source,
    })
}

/// The same without dependencies: reads no registry, resolves and writes nothing.
pub fn load_metadata_no_deps(
    cargo: &Invocation,
    manifest: Option<&Utf8Path>,
) -> Result<Metadata, CargoError> {
    load_metadata(cargo, manifest, &["--no-deps"])
}

/// Is it a library that other crates can depend on? Libraries of procedural macros are apart.
pub fn is_library(target: &Target) -> bool {
    let kinds = [
        TargetKind::Lib,
        TargetKind::RLib,
        TargetKind::DyLib,
        TargetKind::CDyLib,
        TargetKind::StaticLib,
    ];
    target.kind.iter().any(|kind| kinds.contains(kind))
}
