//! `cargo package` and `cargo publish`.

use camino::{Utf8Path, Utf8PathBuf};

use crate::model::RegistryName;
use crate::sys::SysError;
use crate::sys::fs::{self, EntryKind};

use super::{CargoError, Invocation};

/// May the package be made from a working tree with uncommitted changes?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dirty {
    /// It may.
    Allow,
    /// It may not.
    Refuse,
}

/// Packages the package of `cargo.dir` and gives the path of its `.crate`, in the folder
/// `package/` below `target_dir`. Nothing is built.
pub fn package(
    cargo: &Invocation,
    target_dir: &Utf8Path,
    dirty: Dirty,
    args: &[&str],
) -> Result<Utf8PathBuf, CargoError> {
    let cargo = Invocation {
        target_dir: Some(target_dir.to_owned()),
        ..cargo.clone()
    };
    let mut program = cargo.program("package").arg("--no-verify");
    if dirty == Dirty::Allow {
        program = program.arg("--allow-dirty");
    }
    let program = program.args(args.iter().copied());
    let folder = target_dir.join("package");
    // What an earlier run left must not be taken for the result of this one.
    for old in crates_in(&folder)? {
        fs::remove_file(&old)?;
    }
    program.stdout()?;
    let mut made = crates_in(&folder)?;
    match (made.pop(), made.is_empty()) {
        (Some(path), true) => Ok(path),
        _ => Err(CargoError::NoPackage {
            command: program.line(),
            folder,
        }),
    }
}

fn crates_in(folder: &Utf8Path) -> Result<Vec<Utf8PathBuf>, CargoError> {
    let entries = match fs::list(folder) {
        Ok(entries) => entries,
        Err(error) if error.is_not_found() => return Ok(Vec::new()),
        Err(error) => return Err(error.into()),
    };
    let is_crate = |e: &fs::Entry| e.kind == EntryKind::File && e.path.extension() == Some("crate");
    let crates = entries.into_iter().filter(is_crate);
    Ok(crates.map(|entry| entry.path).collect())
}

/// The files that the package `name` of this workspace consists of, relative to its folder, with
/// those that cargo makes. May bring `Cargo.lock` up to date, if it is not to be locked.
pub fn packaged_files(cargo: &Invocation, name: &str) -> Result<Vec<Utf8PathBuf>, CargoError> {
    list(cargo, name, &[])
}

/// The same without the lock file; writes nothing but to the target folder.
pub fn packaged_sources(cargo: &Invocation, name: &str) -> Result<Vec<Utf8PathBuf>, CargoError> {
    match list(cargo, name, &["--exclude-lockfile"]) {
        Err(CargoError::Sys(SysError::Failed { stderr, .. }))
            if stderr.contains("'--exclude-lockfile'") =>
        {
            list(cargo, name, &[]) // before 1.84
        }
        list => list,
    }
}

fn list(cargo: &Invocation, name: &str, more: &[&str]) -> Result<Vec<Utf8PathBuf>, CargoError> {
    let program = cargo.program("package");
    let program = program.args(["--list", "--allow-dirty", "-p", name]);
    let list = program.args(more.iter().copied()).stdout()?;
    let files = list.lines().map(|line| line.replace('\\', "/").into());
    Ok(files.collect())
}

/// Makes the package `name` in the target folder and builds it from there, as cargo does before
/// it publishes.
pub fn verify_package(cargo: &Invocation, name: &str) -> Result<(), CargoError> {
    let program = cargo.program("package");
    program.args(["--allow-dirty", "-p", name]).stdout()?;
    Ok(())
}

/// Publishes the package of `cargo.dir` to `registry`, without building it again: what is
/// published was verified before. The token comes from where cargo finds it. Gives what cargo
/// wrote to standard error.
pub fn publish(
    cargo: &Invocation,
    registry: &RegistryName,
    args: &[&str],
    on_line: &mut dyn FnMut(&str),
) -> Result<String, CargoError> {
    let args = [&["--no-verify"], args].concat();
    publish_verified(cargo, registry, &args, on_line)
}

/// The same, after cargo has built what it packaged.
pub fn publish_verified(
    cargo: &Invocation,
    registry: &RegistryName,
    args: &[&str],
    on_line: &mut dyn FnMut(&str),
) -> Result<String, CargoError> {
    let program = cargo
        .program("publish")
        .args(args.iter().copied())
        .args(["--registry", registry.as_str()]);
    let output = program.run_lines(on_line)?;
    program.expect_success(&output)?;
    Ok(output.stderr_text())
}
