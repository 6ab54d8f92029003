//! The verdict on two folders of one package, as JSON.
//!
//! `semver OLD NEW TARGET_DIR [--cache FOLDER] [--features all|stable|default]`
//!
//! With `--cache`, the old folder's API is kept there by the digest of its files' paths and text.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "it is a program")]

use std::error::Error;
use std::process::ExitCode;
use std::time::Instant;

use camino::{Utf8Path, Utf8PathBuf};
use cargo_metadata::{Metadata, MetadataCommand, Package};
use cargo_quarry::model::{CrateName, Digest};
use cargo_quarry::surface::{
    Baseline, Cache, Features, Progress, Subject, Tools, run_as_wrapper, verdict,
};
use cargo_quarry::sys;

fn main() -> ExitCode {
    if let Some(code) = run_as_wrapper() {
        return code;
    }
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let usage = "usage: semver OLD NEW TARGET_DIR [--cache FOLDER] [--features all|stable|default]";
    let old = Utf8PathBuf::from(args.next().ok_or(usage)?).canonicalize_utf8()?;
    let new = Utf8PathBuf::from(args.next().ok_or(usage)?).canonicalize_utf8()?;
    let target_dir = std::path::absolute(args.next().ok_or(usage)?)?;
    let mut tools = Tools {
        cache: None,
        ..Tools::of_user()
    };
    let mut features = Features::Stable;
    while let Some(arg) = args.next() {
        let value = args.next().ok_or(usage)?;
        match (arg.as_str(), value.as_str()) {
            ("--cache", folder) => tools.cache = Some(Cache::at(folder)),
            ("--features", "all") => features = Features::All,
            ("--features", "stable") => features = Features::Stable,
            ("--features", "default") => features = Features::Default,
            _ => return Err(usage.into()),
        }
    }
    let (before, after) = (package(&old)?, package(&new)?);
    let subject = Subject {
        dir: new,
        package: CrateName::new(&after.name)?,
        target_dir: Utf8PathBuf::try_from(target_dir)?,
        features,
        wrapper: None,
    };
    let baseline = match &tools.cache {
        Some(_) => Baseline::from_folder_kept(&old, before.version, digest(&old)?),
        None => Baseline::from_folder(&old, before.version),
    };
    let start = Instant::now();
    let verdict = verdict(
        &subject,
        &baseline,
        &tools,
        &mut |progress| match progress {
            Progress::Line(line) => eprintln!("  {line}"),
            other => eprintln!("{:.2} {other:?}", start.elapsed().as_secs_f32()),
        },
    )?;
    eprintln!("{:.2} done", start.elapsed().as_secs_f32());
    println!("{}", serde_json::to_string_pretty(&verdict)?);
    Ok(())
}

fn package(dir: &Utf8Path) -> Result<Package, Box<dyn Error>> {
    let manifest = dir.join("Cargo.toml");
    let mut command = MetadataCommand::new();
    let metadata: Metadata = command.manifest_path(&manifest).no_deps().exec()?;
    let mut packages = metadata.packages.into_iter();
    let found = packages.find(|package| package.manifest_path == manifest);
    Ok(found.ok_or("no package in the folder")?)
}

fn digest(dir: &Utf8Path) -> Result<Digest, Box<dyn Error>> {
    let is_built = |path: &Utf8Path| path.file_name() == Some("target");
    let mut all = Vec::new();
    for path in sys::fs::walk(dir, &is_built)? {
        all.extend_from_slice(path.as_str().as_bytes());
        all.extend(sys::fs::read(&path)?);
    }
    Ok(Digest::of(&all))
}
