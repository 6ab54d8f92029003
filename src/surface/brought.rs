//! What a glob of another crate brings: `pub use clap_builder::*`. rustdoc's JSON of a crate says
//! nothing of that, so the other crate is read, too, as far as its names go.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};
use cargo_metadata::{Metadata, Package};
use rustdoc_types::ItemEnum;

use super::api::{Api, Namespace, load_api};
use super::rustdoc::{Home, load_rustdoc_at};
use super::{Features, Rustdoc, Subject, SurfaceError};
use crate::cargo::{Invocation, load_metadata};
use crate::manifest::{Manifest, library_alone};
use crate::model::CrateName;
use crate::sys::fs;
use crate::sys::scratch::Scratch;

/// The names that globs bring, by the crate or module as it is written: `clap_builder`. None of one
/// that cannot be read.
pub(super) type Brought = BTreeMap<String, BTreeSet<String>>;

/// Saves parsing what has no glob.
pub(super) fn may_have_globs(json: &[u8]) -> bool {
    let text = b"\"is_glob\":true";
    json.windows(text.len()).any(|window| window == text)
}

/// Reads what the globs of a crate bring that lies in `dir`. What cannot be read is left out.
pub(super) fn load_brought(
    rustdoc: &Rustdoc,
    subject: &Subject,
    (cargo, dir): (&Invocation, &Utf8Path),
    home: &Home<'_>,
    on_line: &mut dyn FnMut(&str),
) -> Result<Brought, SurfaceError> {
    let sources = sources(&load_api(rustdoc)?);
    let mut brought = Brought::new();
    if sources.is_empty() {
        return Ok(brought);
    }
    let manifest = dir.join("Cargo.toml");
    let metadata = load_metadata(cargo, Some(&manifest), &[])?;
    for source in sources {
        let mut segments = source.split("::");
        let krate = segments.next().unwrap_or_default();
        let Some(package) = dependency(&metadata, &manifest, krate) else {
            continue; // the standard library's
        };
        match names(package, &metadata, subject, home, on_line) {
            Ok(names) => {
                let within: Vec<&str> = segments.collect();
                brought.insert(source.clone(), below(&names, &within));
            }
            Err(error) => tracing::debug!(%error, %source, "what it brings is not known"),
        }
    }
    Ok(brought)
}

/// What the globs of other crates are written as.
fn sources(api: &Api) -> BTreeSet<String> {
    let globs = api.entries.iter();
    let globs = globs.filter(|(key, entry)| key.namespace == Namespace::Glob && !entry.hidden);
    let written = globs.filter_map(|(_, entry)| match &api.item(entry.by?)?.inner {
        ItemEnum::Use(import) => Some(import.source.clone()),
        _ => None,
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

/// The public paths of a package's library, without the crate's name.
fn names(
    package: &Package,
    metadata: &Metadata,
    subject: &Subject,
    home: &Home<'_>,
    on_line: &mut dyn FnMut(&str),
) -> Result<BTreeSet<String>, SurfaceError> {
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
    let name = CrateName::new(package.name.as_str());
    let of_it = Subject {
        dir: scratch.path().to_owned(),
        package: name.map_err(|_| SurfaceError::NoPackage {
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
    let api = load_api(&rustdoc);
    if let Some(folder) = rustdoc.json.parent() {
        fs::remove_dir_all(folder)?;
    }
    let api = api?;
    let shown = api.entries.iter().filter(|(_, entry)| !entry.hidden);
    let paths = shown.filter_map(|(key, _)| Some(key.path.split_once("::")?.1.to_owned()));
    Ok(paths.collect())
}

/// The names in a module, from there.
fn below(names: &BTreeSet<String>, within: &[&str]) -> BTreeSet<String> {
    if within.is_empty() {
        return names.clone();
    }
    let module = format!("{}::", within.join("::"));
    let below = names.iter().filter_map(|name| name.strip_prefix(&module));
    below.map(str::to_owned).collect()
}
