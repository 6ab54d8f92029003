//! rustdoc's JSON of a subject.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use cargo_metadata::{DependencyKind, Package, TargetKind};

use super::api::load_api;
use super::brought::{load_parts, may_have_parts};
use super::gates::asked_for;
use super::made_by::made_by;
use super::opaque::load_opaque;
use super::{PackageFacts, Rustdoc, Subject, SurfaceError, wrapper};
use crate::cargo::{Invocation, is_library, load_metadata_no_deps};
use crate::model::Digest;
use crate::sys;
use crate::sys::scratch::Scratch;

/// What rustdoc gets besides what cargo gives it: the arguments of cargo-semver-checks, so that
/// its lints can read the same file.
const ARGS: [&str; 5] = [
    "-Zunstable-options",
    "--output-format=json",
    "--document-private-items",
    "--document-hidden-items",
    "--cap-lints=allow",
];

/// Runs rustdoc on `subject` and gives the JSON, in a folder of its own below the target folder.
/// It stays until the next load of the same folder with the same features.
///
/// Cargo builds (and caches) the dependencies. `on_line` gets the lines that cargo writes.
pub fn load_rustdoc(
    subject: &Subject,
    on_line: &mut dyn FnMut(&str),
) -> Result<Rustdoc, SurfaceError> {
    load_rustdoc_at(subject, &Home::default(), on_line)
}

/// The same for an unpacked package that is built as the workspace in `dir` would build it: with
/// its cargo configuration and toolchain, and with what its lock file pins, which overwrites the
/// package's own.
pub fn load_rustdoc_with(
    subject: &Subject,
    dir: &Utf8Path,
    lockfile: &Utf8Path,
    offline: bool,
    on_line: &mut dyn FnMut(&str),
) -> Result<Rustdoc, SurfaceError> {
    let home = Home {
        dir: Some(dir),
        lockfile: Some(lockfile),
        offline,
        alone: false,
    };
    load_rustdoc_at(subject, &home, on_line)
}

/// What an unpacked package gets from the repository that it is compared with.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Home<'a> {
    /// The folder whose cargo configuration and toolchain count; by default the package's.
    pub(super) dir: Option<&'a Utf8Path>,
    /// A lock file to begin with: both sides are built with the same dependencies as far as
    /// their requirements go. Overwrites the package's own.
    pub(super) lockfile: Option<&'a Utf8Path>,
    /// No network.
    pub(super) offline: bool,
    /// Leave out what opaque results implement, and the crates that are shown as its own.
    pub(super) alone: bool,
}

/// The same for a package that lies elsewhere than what it belongs to.
pub(super) fn load_rustdoc_at(
    subject: &Subject,
    home: &Home<'_>,
    on_line: &mut dyn FnMut(&str),
) -> Result<Rustdoc, SurfaceError> {
    let dir = sys::fs::canonical(&subject.dir)?;
    let cargo = Invocation {
        target_dir: Some(subject.target_dir.clone()),
        offline: home.offline,
        ..Invocation::new(home.dir.unwrap_or(&dir))
    };
    let metadata = load_metadata_no_deps(&cargo, Some(&dir.join("Cargo.toml")))?;
    let mut packages = metadata.packages.iter();
    let Some(package) = packages.find(|p| p.name.as_str() == subject.package.as_str()) else {
        return Err(SurfaceError::NoPackage {
            package: subject.package.to_string(),
            dir,
        });
    };
    let library = library_name(package)?;
    let workspace = sys::fs::canonical(&metadata.workspace_root)?;
    if let Some(lockfile) = home.lockfile {
        sys::fs::copy(lockfile, &workspace.join("Cargo.lock"))?;
    }
    let facts = facts(package, &dir, &workspace)?;
    let target = (package.id.repr.as_str(), library.as_str());
    let (json, messages) = run(subject, &cargo, &dir, target, &facts, on_line)?;
    let mut rustdoc = Rustdoc {
        json,
        package: facts,
        opaque: BTreeMap::new(),
        whole: None,
        parts: Vec::new(),
        made_by: made_by(&messages),
    };
    if home.alone {
        return Ok(rustdoc);
    }
    let bytes = sys::fs::read(&rustdoc.json)?;
    if may_have_parts(&bytes, &rustdoc.package.name) {
        let place = (&cargo, dir.as_path());
        load_parts(&mut rustdoc, subject, place, home, on_line)?;
    }
    if may_be_opaque(&bytes) {
        let api = load_api(&rustdoc)?;
        rustdoc.opaque = load_opaque(subject, &cargo, (&dir, target.0), &api, on_line)?;
    }
    Ok(rustdoc)
}

/// Saves parsing what has neither an `async fn` nor an `impl Trait`.
fn may_be_opaque(json: &[u8]) -> bool {
    let has = |text: &[u8]| json.windows(text.len()).any(|window| window == text);
    has(b"\"is_async\":true") || has(b"\"impl_trait\":")
}

fn library_name(package: &Package) -> Result<String, SurfaceError> {
    let name = package.name.to_string();
    let has = |kind: TargetKind| package.targets.iter().any(|t| t.kind.contains(&kind));
    if has(TargetKind::ProcMacro) {
        return Err(SurfaceError::ProcMacro { package: name });
    }
    let mut targets = package.targets.iter();
    let library = targets.find(|target| is_library(target));
    match library {
        Some(target) => Ok(target.name.replace('-', "_")),
        None => Err(SurfaceError::NoLibrary { package: name }),
    }
}

fn facts(
    package: &Package,
    dir: &Utf8Path,
    workspace: &Utf8Path,
) -> Result<PackageFacts, SurfaceError> {
    Ok(PackageFacts {
        name: package.name.to_string(),
        version: package.version.clone(),
        rust_version: package.rust_version.clone(),
        features: package.features.clone(),
        dependencies: dependencies(package),
        root: dir.strip_prefix(workspace).unwrap_or(dir).to_owned(),
        asked: asked_for(dir, &package.features)?,
    })
}

fn dependencies(package: &Package) -> BTreeMap<String, Vec<semver::VersionReq>> {
    let mut found: BTreeMap<String, Vec<_>> = BTreeMap::new();
    let dependencies = package.dependencies.iter();
    for dependency in dependencies.filter(|dep| dep.kind == DependencyKind::Normal) {
        let requirements = found.entry(dependency.name.clone()).or_default();
        requirements.push(dependency.req.clone());
    }
    found
}

/// The JSON, and the messages that cargo wrote.
fn run(
    subject: &Subject,
    cargo: &Invocation,
    dir: &Utf8Path,
    (id, library): (&str, &str),
    facts: &PackageFacts,
    on_line: &mut dyn FnMut(&str),
) -> Result<(Utf8PathBuf, Vec<u8>), SurfaceError> {
    let program = match &subject.wrapper {
        Some(program) => program.clone(),
        None => sys::env::current_exe()?,
    };
    let real = sys::env::var("RUSTDOC").unwrap_or_else(|| "rustdoc".to_owned());
    let folder = subject.target_dir.join("surface");
    let out = Scratch::new_in(&folder)?;
    let command = cargo
        .program("rustdoc")
        .args(["--manifest-path", dir.join("Cargo.toml").as_str()])
        // By its whole id: dev-dependencies may lead back to another version of it.
        .args(["--package", id, "--lib"])
        .args(subject.features.args(&facts.features))
        .arg("--message-format=json-render-diagnostics")
        .arg("--")
        .args(ARGS)
        .arg(format!("{}{}", wrapper::OUT, out.path()))
        .env("RUSTDOC", program.as_str())
        .env(wrapper::VARIABLE, real)
        // The user's flags are for pages: they deny warnings, or set `--cfg docsrs`.
        .env("CARGO_ENCODED_RUSTDOCFLAGS", "");
    let output = command.run_lines(on_line)?;
    if !output.success() {
        return Err(SurfaceError::DoesNotBuild {
            package: subject.package.to_string(),
            dir: dir.to_owned(),
            stderr: last_lines(&output.stderr_text()),
        });
    }
    let made = out.path().join(format!("{library}.json"));
    if sys::fs::list(out.path())?.iter().all(|e| e.path != made) {
        return Err(SurfaceError::NoJson {
            command: command.line(),
            folder: out.path().to_owned(),
        });
    }
    // One place for each folder and choice of features, so that nothing piles up.
    let key = format!("{dir}\n{:?}", subject.features);
    let place = folder.join(Digest::of(key.as_bytes()).to_string());
    sys::fs::create_dir_all(&place)?;
    let json = place.join(format!("{library}.json"));
    sys::fs::rename(&made, &json)?;
    Ok((json, output.stdout))
}

fn last_lines(text: &str) -> String {
    const SHOWN: usize = 20;
    let lines: Vec<&str> = text.trim_end().lines().collect();
    lines[lines.len().saturating_sub(SHOWN)..].join("\n")
}
