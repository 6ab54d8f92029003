//! Packages that a lock file pins, found among what cargo has downloaded.

use camino::{Utf8Path, Utf8PathBuf};
use serde::Deserialize;

use super::{OverlayCrate, RegistryError};
use crate::model::Digest;
use crate::sys::fs::{self, EntryKind};

/// A version of a registry that a lock file pins.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub struct LockedCrate {
    /// The package.
    pub name: String,
    /// Its version.
    pub version: semver::Version,
    /// The checksum of its `.crate` file.
    pub checksum: Digest,
}

/// What was found of a lock file's crates.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CachedCrates {
    /// Those whose checksum is the one in the lock file.
    pub crates: Vec<OverlayCrate>,
    /// Those that cargo has not downloaded (`cargo fetch` would).
    pub missing: Vec<LockedCrate>,
}

#[derive(Deserialize)]
struct Lock {
    #[serde(default)]
    package: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    version: semver::Version,
    source: Option<String>,
    checksum: Option<Digest>,
}

/// The crates of the registry at `index_url` that the text of a `Cargo.lock` pins, sorted.
pub fn locked_crates(lock: &str, index_url: &str) -> Result<Vec<LockedCrate>, RegistryError> {
    let lock: Lock =
        toml_edit::de::from_str(lock).map_err(|source| RegistryError::Lock { source })?;
    let ours = |source: &str| {
        // A sparse index is written as it is, a git index with `registry+` before it.
        source == index_url || source.strip_prefix("registry+") == Some(index_url)
    };
    let locked = lock.package.into_iter().filter_map(|package| {
        ours(package.source.as_deref()?).then_some(LockedCrate {
            name: package.name,
            version: package.version,
            checksum: package.checksum?,
        })
    });
    let mut locked: Vec<_> = locked.collect();
    locked.sort();
    Ok(locked)
}

/// Looks for `locked` in `cargo_home/registry/cache`, in the folder of any registry: the
/// checksum says whether it is the one.
pub fn load_from_cargo_cache(
    cargo_home: &Utf8Path,
    locked: &[LockedCrate],
) -> Result<CachedCrates, RegistryError> {
    let folders = cache_folders(&cargo_home.join("registry/cache"))?;
    let mut found = CachedCrates::default();
    for krate in locked {
        let file = format!("{}-{}.crate", krate.name, krate.version);
        match find(&folders, &file, &krate.checksum)? {
            Some(bytes) => found.crates.push(OverlayCrate { bytes }),
            None => found.missing.push(krate.clone()),
        }
    }
    Ok(found)
}

fn cache_folders(cache: &Utf8Path) -> Result<Vec<Utf8PathBuf>, RegistryError> {
    match fs::list(cache) {
        Ok(entries) => Ok(entries
            .into_iter()
            .filter(|entry| entry.kind != EntryKind::File)
            .map(|entry| entry.path)
            .collect()),
        Err(error) if error.is_not_found() => Ok(Vec::new()),
        Err(error) => Err(error.into()),
    }
}

fn find(
    folders: &[Utf8PathBuf],
    file: &str,
    checksum: &Digest,
) -> Result<Option<Vec<u8>>, RegistryError> {
    for folder in folders {
        match fs::read(&folder.join(file)) {
            Ok(bytes) if Digest::of(&bytes) == *checksum => return Ok(Some(bytes)),
            Ok(_) => {}
            Err(error) if error.is_not_found() => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::scratch::Scratch;

    #[test]
    fn the_checksum_says_which_file_it_is() {
        let home = Scratch::new().unwrap();
        let put = |path: &str, bytes: &str| {
            fs::write(&home.path().join("registry/cache").join(path), bytes).unwrap();
        };
        put("10.0.0.1-aa/acme-a-1.0.0.crate", "another registry's");
        put("10.0.0.2-bb/acme-a-1.0.0.crate", "ours");
        let lock = format!(
            "version = 4\n\
             [[package]]\nname = \"here\"\nversion = \"0.1.0\"\n\
             [[package]]\nname = \"acme-a\"\nversion = \"1.0.0\"\nsource = \"sparse+http://x/\"\nchecksum = \"{}\"\n\
             [[package]]\nname = \"acme-b\"\nversion = \"2.0.0\"\nsource = \"sparse+http://x/\"\nchecksum = \"{}\"\n\
             [[package]]\nname = \"serde\"\nversion = \"1.0.0\"\nsource = \"registry+https://github.com/rust-lang/crates.io-index\"\nchecksum = \"0\"\n",
            Digest::of(b"ours"),
            Digest::of(b"never downloaded"),
        );
        let locked = locked_crates(&lock, "sparse+http://x/").unwrap();
        let names: Vec<_> = locked.iter().map(|l| l.name.as_str()).collect();
        assert_eq!(names, ["acme-a", "acme-b"]);
        let found = load_from_cargo_cache(home.path(), &locked).unwrap();
        assert_eq!(found.crates[0].bytes, b"ours");
        assert_eq!(found.missing, locked[1..]);
        let serde = locked_crates(&lock, crate::registry::CRATES_IO_INDEX).unwrap();
        assert_eq!(serde.len(), 1);
    }

    #[test]
    fn an_empty_cache_has_nothing() {
        let home = Scratch::new().unwrap();
        let found = load_from_cargo_cache(home.path(), &[]).unwrap();
        assert_eq!(found, CachedCrates::default());
    }
}
