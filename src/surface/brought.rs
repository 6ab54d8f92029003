//! The crates that a crate shows as its own: `pub use clap_builder::*`, and re-exports of crates
//! that are parts of it by their names. rustdoc's JSON says nothing of what is in them, so they are
//! read, too.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};
use cargo_metadata::{Metadata, Package};
use rustdoc_types::ItemEnum;
use serde_json::Value;

use super::api::{Api, Namespace, load_api};
use super::graft::{Part, graft};
use super::rustdoc::{Home, load_rustdoc_at};
use super::{Features, Rustdoc, Subject, SurfaceError};
use crate::cargo::{Invocation, load_metadata};
use crate::manifest::{Manifest, library_alone};
use crate::model::CrateName;
use crate::sys::fs;
use crate::sys::scratch::Scratch;

/// The file's name, beside the crate's own JSON.
const WHOLE: &str = "whole.json";

/// Saves parsing what shows no other crate as its own.
pub(super) fn may_have_parts(json: &[u8], package: &str) -> bool {
    let has = |text: &str| {
        json.windows(text.len())
            .any(|window| window == text.as_bytes())
    };
    let part = format!("\"source\":\"{}_", package.replace('-', "_"));
    has("\"is_glob\":true") || has(&part)
}

/// Reads the crates that one in `dir` shows as its own, and writes the JSON of all together. What
/// cannot be read is left out.
pub(super) fn load_parts(
    rustdoc: &mut Rustdoc,
    subject: &Subject,
    (cargo, dir): (&Invocation, &Utf8Path),
    home: &Home<'_>,
    on_line: &mut dyn FnMut(&str),
) -> Result<(), SurfaceError> {
    let names = names(&load_api(rustdoc)?, &rustdoc.package.name);
    if names.is_empty() {
        return Ok(());
    }
    let manifest = dir.join("Cargo.toml");
    let metadata = load_metadata(cargo, Some(&manifest), &[])?;
    let mut parts = Vec::new();
    for name in names {
        let Some(package) = dependency(&metadata, &manifest, &name) else {
            continue; // the standard library's
        };
        match part(package, name, (&metadata, subject), home, on_line) {
            Ok(part) => parts.push(part),
            Err(error) => tracing::debug!(%error, %package.name, "what it shows is not known"),
        }
    }
    if parts.is_empty() {
        return Ok(());
    }
    rustdoc.parts = parts.iter().map(|part| part.package.clone()).collect();
    let whole = graft(read(&rustdoc.json)?, &rustdoc.made_by, parts);
    let path = rustdoc.json.with_file_name(WHOLE);
    fs::write_scratch(&path, whole.to_string())?;
    rustdoc.whole = Some(path);
    Ok(())
}

fn read(json: &Utf8Path) -> Result<Value, SurfaceError> {
    serde_json::from_slice(&fs::read(json)?).map_err(|source| SurfaceError::Json {
        path: json.to_owned(),
        source,
    })
}

/// The crates that globs are of, and those parts of `package` that are re-exported by name.
fn names(api: &Api, package: &str) -> BTreeSet<String> {
    let prefix = format!("{}_", package.replace('-', "_"));
    let shown = api.entries.iter().filter(|(_, entry)| !entry.hidden);
    let written = shown.filter_map(|(key, entry)| {
        let ItemEnum::Use(import) = &api.item(entry.by?)?.inner else {
            return None;
        };
        let krate = import.source.split("::").next()?;
        let is_part = krate.starts_with(&prefix) && api.item(entry.id).is_none();
        (key.namespace == Namespace::Glob || is_part).then(|| krate.to_owned())
    });
    written.collect()
}

/// The package that the code of the one at `manifest` calls `krate`.
fn dependency<'a>(metadata: &'a Metadata, manifest: &Utf8Path, krate: &str) -> Option<&'a Package> {
    let is_root = |package: &&Package| package.manifest_path == manifest;
    let root = metadata.packages.iter().find(is_root)?;
    let mut nodes = metadata.resolve.as_ref()?.nodes.iter();
    let node = nodes.find(|node| node.id == root.id)?;
    let id = &node.deps.iter().find(|dep| dep.name == krate)?.pkg;
    metadata.packages.iter().find(|package| package.id == *id)
}

/// What rustdoc says of a package's library.
fn part(
    package: &Package,
    name: String,
    (metadata, subject): (&Metadata, &Subject),
    home: &Home<'_>,
    on_line: &mut dyn FnMut(&str),
) -> Result<Part, SurfaceError> {
    let scratch = Scratch::new()?;
    let from = package.manifest_path.parent().unwrap_or(Utf8Path::new(""));
    for file in fs::walk_utf8(from, &|path| path.ends_with("target"))? {
        let within = file.strip_prefix(from).unwrap_or(&file);
        let to = scratch.path().join(within);
        fs::create_dir_all(to.parent().unwrap_or(scratch.path()))?;
        fs::write_scratch(&to, fs::read(&file)?)?;
    }
    let manifest = scratch.path().join("Cargo.toml");
    let alone = Manifest::load(&manifest).and_then(|manifest| library_alone(&manifest));
    // As it is, cargo may read it all the same.
    if let Ok(alone) = alone {
        fs::write_scratch(&manifest, alone)?;
    }
    let of_it = Subject {
        dir: scratch.path().to_owned(),
        package: CrateName::new(package.name.as_str()).map_err(|_| SurfaceError::NoPackage {
            package: package.name.to_string(),
            dir: from.to_owned(),
        })?,
        features: Features::Stable,
        ..subject.clone()
    };
    let lockfile: Utf8PathBuf = metadata.workspace_root.join("Cargo.lock");
    let home = Home {
        dir: home.dir.or(Some(&subject.dir)),
        lockfile: lockfile.is_file().then_some(lockfile.as_path()),
        offline: home.offline,
        alone: true,
    };
    let rustdoc = load_rustdoc_at(&of_it, &home, on_line)?;
    let json = read(&rustdoc.json);
    if let Some(folder) = rustdoc.json.parent() {
        fs::remove_dir_all(folder)?;
    }
    Ok(Part {
        name,
        package: super::Package {
            name: package.name.to_string(),
            version: package.version.clone(),
        },
        json: json?,
        made_by: rustdoc.made_by,
    })
}
