//! Packages of a registry, unpacked into the copy of a service: there the service's toolchain and
//! cargo's configuration count for them.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};
use semver::Version;

use super::{BuildError, Supplied};
use crate::manifest::{Manifest, library_alone, locked_packages, seed_lockfile};
use crate::model::{Change, Digest};
use crate::registry::{IndexEntry, LockedCrate, PackageFile, load_from_cargo_cache, unpack_crate};
use crate::service::{Copy, Pin, Service};
use crate::sys::{self, fs};

/// A package and its files.
#[derive(Debug)]
pub(super) struct Unpacked {
    pub(super) krate: Supplied,
    pub(super) checksum: Digest,
    pub(super) files: Vec<PackageFile>,
}

/// The package of a version that is on offer.
pub(super) fn from_registry(
    service: &Service,
    copy: &Copy,
    pin: &Pin,
    entry: &IndexEntry,
) -> Result<Unpacked, BuildError> {
    let bytes = service.package(pin, entry)?;
    unpack(copy, (&pin.name, &pin.index), &entry.vers, &bytes)
}

/// The package of a pin: as cargo has downloaded it, else from its registry. None if neither has
/// it any more.
pub(super) fn of_pin(
    service: &Service,
    copy: &Copy,
    pin: &Pin,
    entries: &[IndexEntry],
) -> Result<Option<Unpacked>, BuildError> {
    if let Some(bytes) = downloaded(pin)? {
        return unpack(copy, (&pin.name, &pin.index), &pin.version, &bytes).map(Some);
    }
    match entries.iter().find(|entry| entry.vers == pin.version) {
        Some(entry) => from_registry(service, copy, pin, entry).map(Some),
        None => Ok(None),
    }
}

fn downloaded(pin: &Pin) -> Result<Option<Vec<u8>>, BuildError> {
    let Some(checksum) = &pin.checksum else {
        return Ok(None);
    };
    kept_by_cargo(LockedCrate {
        name: pin.name.clone(),
        version: pin.version.clone(),
        checksum: checksum.clone(),
    })
}

fn kept_by_cargo(krate: LockedCrate) -> Result<Option<Vec<u8>>, BuildError> {
    let Some(home) = sys::env::cargo_home() else {
        return Ok(None);
    };
    let found = load_from_cargo_cache(&home, &[krate])?;
    Ok(found.crates.into_iter().next().map(|krate| krate.bytes))
}

/// The packages that the service is built with and whose places in changes begin with their name
/// and version: the parts of a library. Those that cargo has not kept are left out.
pub(super) fn parts(copy: &Copy, changes: &[Change]) -> Result<Vec<Supplied>, BuildError> {
    let folder = |change: &Change| {
        let file = &change.before.as_ref()?.file;
        let first = file.components().next()?;
        Some(first.as_str().to_owned())
    };
    let folders: BTreeSet<String> = changes.iter().filter_map(folder).collect();
    let lockfile = Manifest::load(&copy.root().join("Cargo.lock"))?;
    let mut parts = Vec::new();
    for package in locked_packages(&lockfile) {
        let (Some(index), Some(checksum)) = (package.source, package.checksum) else {
            continue;
        };
        if !folders.contains(&format!("{}-{}", package.name, package.version)) {
            continue;
        }
        let checksum = Digest::new(&checksum);
        let (Ok(version), Some(checksum)) = (package.version.parse(), checksum) else {
            continue;
        };
        let locked = LockedCrate {
            name: package.name.clone(),
            version,
            checksum,
        };
        let version = locked.version.clone();
        if let Some(bytes) = kept_by_cargo(locked)? {
            let part = unpack(copy, (&package.name, &index), &version, &bytes)?;
            parts.push(part.krate);
        }
    }
    Ok(parts)
}

fn unpack(
    copy: &Copy,
    (name, index): (&str, &str),
    version: &Version,
    bytes: &[u8],
) -> Result<Unpacked, BuildError> {
    let folder = format!("{name}-{version}");
    let dir: Utf8PathBuf = copy.root().join(".quarry").join(folder);
    let files = unpack_crate(bytes)?;
    for file in &files {
        let path = dir.join(file.name());
        fs::create_dir_all(path.parent().unwrap_or(&dir))?;
        fs::write_scratch(&path, &file.data)?;
    }
    stand_alone(&dir)?;
    // With the service's own dependencies, as far as they fit: those are what it meets, and they
    // are compiled already. A lockfile in the package is its author's, of that day.
    let lockfile = fs::read_text(&copy.root().join("Cargo.lock"))?;
    let path = dir.join("Cargo.lock");
    fs::write_scratch(&path, seed_lockfile(&path, &lockfile)?)?;
    Ok(Unpacked {
        krate: Supplied {
            name: name.to_owned(),
            version: version.clone(),
            index: index.to_owned(),
            dir,
        },
        checksum: Digest::of(bytes),
        files,
    })
}

/// Makes it a workspace of its own: cargo would ask why the service's, below whose root it lies,
/// does not list it. What only its tests need goes: it is not built, and may be there no longer.
fn stand_alone(dir: &Utf8Path) -> Result<(), BuildError> {
    let path = dir.join("Cargo.toml");
    let manifest = Manifest::load(&path)?;
    fs::write_scratch(&path, library_alone(&manifest)?)?;
    Ok(())
}
