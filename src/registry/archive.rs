//! A package (`.crate`): a gzipped tarball of one folder, read as if by an enemy.

use std::collections::BTreeSet;
use std::io::Read;

use super::RegistryError;

/// A package must not unpack to more than this. crates.io's limit for the compressed file is 10
/// MiB; text packs to a tenth.
const UNPACKED_LIMIT: u64 = 512 << 20;

/// A manifest must not be longer than this, in bytes.
const MANIFEST_LIMIT: u64 = 4 << 20;

/// A path in the package must not be longer than this, in bytes.
const LONG_NAME_LIMIT: u64 = 64 << 10;

/// What is read of a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CrateArchive {
    /// Its only top folder, `NAME-VERSION`.
    pub folder: String,
    /// The text of its `Cargo.toml`, as cargo normalised it.
    pub manifest: String,
}

/// Reads a package from end to end without writing anything: every entry is a file or folder
/// below the one top folder, and the whole unpacks to no more than half a gibibyte.
pub fn read_crate(bytes: &[u8]) -> Result<CrateArchive, RegistryError> {
    read_within(bytes, UNPACKED_LIMIT)
}

/// The text of a file in a package that [`read_crate`] has accepted, if it is there, is UTF-8 and
/// has at most `limit` bytes. `path` is below the top folder.
pub fn read_crate_file(
    bytes: &[u8],
    path: &str,
    limit: u64,
) -> Result<Option<String>, RegistryError> {
    let unpack = |source| RegistryError::Unpack { source };
    let unpacked = flate2::read::GzDecoder::new(bytes).take(UNPACKED_LIMIT);
    let mut archive = tar::Archive::new(unpacked);
    for entry in archive.entries().map_err(unpack)? {
        let mut entry = entry.map_err(unpack)?;
        let found = String::from_utf8_lossy(&entry.path_bytes())
            .split_once('/')
            .is_some_and(|(_, rest)| rest == path);
        if found && entry.size() <= limit {
            let mut text = Vec::new();
            entry.read_to_end(&mut text).map_err(unpack)?;
            return Ok(String::from_utf8(text).ok());
        }
    }
    Ok(None)
}

fn read_within(bytes: &[u8], limit: u64) -> Result<CrateArchive, RegistryError> {
    check_long_names(bytes, limit)?;
    let unpacked = flate2::read::GzDecoder::new(bytes).take(limit);
    let mut archive = tar::Archive::new(unpacked);
    let mut folder: Option<String> = None;
    let mut manifest = None;
    let mut seen = BTreeSet::new();
    let unpack = |source| RegistryError::Unpack { source };
    for entry in archive.entries().map_err(unpack)? {
        let mut entry = entry.map_err(unpack)?;
        let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let (top, rest) = checked_path(&path, entry.header().entry_type())?;
        if folder.get_or_insert_with(|| top.to_owned()) != top {
            return Err(RegistryError::Entry {
                path,
                reason: "outside of its top folder",
            });
        }
        if rest == "Cargo.toml" {
            manifest = Some(read_manifest(&mut entry)?);
        }
        // What is unpacked last stays: another `Cargo.toml` than the one that was checked, be it
        // only on disks that do not tell `cargo.toml` from it.
        let in_top_folder = !rest.contains('/');
        let key = if in_top_folder {
            rest.to_lowercase()
        } else {
            rest.to_owned()
        };
        if !entry.header().entry_type().is_dir() && !seen.insert(key) {
            return Err(RegistryError::Entry {
                path,
                reason: "which is in it twice",
            });
        }
    }
    // The limit looks like the end of the tarball: what is behind it was not seen.
    if archive.into_inner().limit() == 0 {
        return Err(RegistryError::TooLarge { limit });
    }
    let (Some(folder), Some(manifest)) = (folder, manifest) else {
        return Err(RegistryError::NoManifest);
    };
    Ok(CrateArchive { folder, manifest })
}

/// Names that do not fit a tarball's header come as entries of their own, which are read into
/// memory: they must be short.
fn check_long_names(bytes: &[u8], limit: u64) -> Result<(), RegistryError> {
    let unpack = |source| RegistryError::Unpack { source };
    let unpacked = flate2::read::GzDecoder::new(bytes).take(limit);
    let mut archive = tar::Archive::new(unpacked);
    for entry in archive.entries().map_err(unpack)?.raw(true) {
        let entry = entry.map_err(unpack)?;
        let kind = entry.header().entry_type();
        let names = kind.is_gnu_longname()
            || kind.is_gnu_longlink()
            || kind.is_pax_local_extensions()
            || kind.is_pax_global_extensions();
        if names && entry.size() > LONG_NAME_LIMIT {
            return Err(RegistryError::Entry {
                path: String::from_utf8_lossy(&entry.path_bytes()).into_owned(),
                reason: "which is longer than a name may be",
            });
        }
    }
    Ok(())
}

/// The top folder and the path below it, if the entry may be in a package at all.
fn checked_path(path: &str, kind: tar::EntryType) -> Result<(&str, &str), RegistryError> {
    let refuse = |reason| {
        let path = path.to_owned();
        Err(RegistryError::Entry { path, reason })
    };
    if !(kind.is_file() || kind.is_dir()) {
        return refuse("which is neither a file nor a folder");
    }
    let odd = |part: &str| matches!(part, "" | "." | "..") || part.contains(['\\', '\0', ':']);
    // Only a folder's path may end with a slash: some readers take a file of such a path for one.
    let named = if kind.is_dir() {
        path.trim_end_matches('/')
    } else {
        path
    };
    if named.split('/').any(odd) {
        return refuse("which could leave its folder");
    }
    match path.split_once('/') {
        Some(parts) => Ok(parts),
        None if kind.is_dir() => Ok((path, "")),
        None => refuse("outside of its top folder"),
    }
}

fn read_manifest(entry: &mut impl Read) -> Result<String, RegistryError> {
    let mut text = String::new();
    let read = entry.take(MANIFEST_LIMIT).read_to_string(&mut text);
    let length = read.map_err(|source| RegistryError::Unpack { source })?;
    if length as u64 == MANIFEST_LIMIT {
        return Err(RegistryError::Entry {
            path: "Cargo.toml".to_owned(),
            reason: "which is longer than a manifest may be",
        });
    }
    Ok(text)
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A package of these files.
    pub(in crate::registry) fn pack(files: &[(&str, &str)]) -> Vec<u8> {
        pack_entries(files, tar::EntryType::Regular)
    }

    fn pack_entries(files: &[(&str, &str)], kind: tar::EntryType) -> Vec<u8> {
        let gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        let mut tarball = tar::Builder::new(gzip);
        for (path, text) in files {
            let mut header = tar::Header::new_gnu();
            // Written by hand, for tar itself refuses what an enemy would send.
            header.as_mut_bytes()[..path.len()].copy_from_slice(path.as_bytes());
            header.set_size(text.len() as u64);
            header.set_entry_type(kind);
            header.set_mode(0o644);
            header.set_cksum();
            tarball.append(&header, text.as_bytes()).unwrap();
        }
        tarball.into_inner().unwrap().finish().unwrap()
    }

    #[test]
    fn the_manifest_is_found() {
        let bytes = pack(&[("a-1.0.0/src/lib.rs", ""), ("a-1.0.0/Cargo.toml", "text")]);
        let archive = read_crate(&bytes).unwrap();
        assert_eq!((&*archive.folder, &*archive.manifest), ("a-1.0.0", "text"));
    }

    #[test]
    fn hostile_packages_are_refused() {
        let says = |path: &str| {
            let bytes = pack(&[("a-1.0.0/Cargo.toml", ""), (path, "x")]);
            read_crate(&bytes).unwrap_err().to_string()
        };
        let leaves =
            |path: &str| format!("the package contains `{path}`, which could leave its folder");
        for path in [
            "../a",
            "/etc/passwd",
            "a-1.0.0/../../b",
            "a-1.0.0//b",
            "a-1.0.0/c:d",
            "a-1.0.0/src/",
        ] {
            assert_eq!(says(path), leaves(path));
        }
        for path in ["b-1.0.0/Cargo.toml", "Cargo.toml"] {
            let expected = format!("the package contains `{path}`, outside of its top folder");
            assert_eq!(says(path), expected);
        }
        for kind in [
            tar::EntryType::Symlink,
            tar::EntryType::Link,
            tar::EntryType::Char,
        ] {
            let error = read_crate(&pack_entries(&[("a-1.0.0/x", "")], kind)).unwrap_err();
            assert_eq!(
                error.to_string(),
                "the package contains `a-1.0.0/x`, which is neither a file nor a folder"
            );
        }
    }

    #[test]
    fn a_second_manifest_is_refused() {
        for second in ["a-1.0.0/Cargo.toml", "a-1.0.0/cargo.toml"] {
            let bytes = pack(&[("a-1.0.0/Cargo.toml", "text"), (second, "other")]);
            let error = read_crate(&bytes).unwrap_err().to_string();
            assert_eq!(
                error,
                format!("the package contains `{second}`, which is in it twice")
            );
        }
        let bytes = pack(&[
            ("a-1.0.0/Cargo.toml", "text"),
            ("a-1.0.0/src/Cargo.toml", ""),
            ("a-1.0.0/src/cargo.toml", ""),
        ]);
        assert_eq!(read_crate(&bytes).unwrap().manifest, "text");
    }

    #[test]
    fn a_name_that_fills_the_memory_is_refused() {
        let name = "x".repeat(1 << 20);
        for kind in [tar::EntryType::GNULongName, tar::EntryType::XHeader] {
            let bytes = pack_entries(&[("long", &name)], kind);
            let error = read_crate(&bytes).unwrap_err().to_string();
            let expected = "the package contains `long`, which is longer than a name may be";
            assert_eq!(error, expected);
        }
    }

    #[test]
    fn a_file_is_found_by_its_path() {
        let bytes = pack(&[
            ("a-1.0.0/Cargo.toml", ""),
            ("a-1.0.0/docs/CHANGELOG.md", "no"),
            ("a-1.0.0/CHANGELOG.md", "yes"),
        ]);
        let read = |path: &str, limit| read_crate_file(&bytes, path, limit).unwrap();
        assert_eq!(read("CHANGELOG.md", 3).as_deref(), Some("yes"));
        assert_eq!(read("CHANGELOG.md", 2), None);
        assert_eq!(read("README.md", 9), None);
    }

    #[test]
    fn a_package_cut_off_is_refused() {
        let bytes = pack(&[("a-1.0.0/Cargo.toml", "text")]);
        assert!(read_crate(&bytes[..bytes.len() / 2]).is_err());
        assert!(read_crate(b"not gzip").is_err());
        assert!(matches!(
            read_crate(&pack(&[])),
            Err(RegistryError::NoManifest)
        ));
    }

    #[test]
    fn a_bomb_is_refused() {
        let zeros = "\0".repeat(1 << 20);
        let bytes = pack(&[("a-1.0.0/Cargo.toml", ""), ("a-1.0.0/zeros", &zeros)]);
        assert!(bytes.len() < 10_000);
        assert!(read_within(&bytes, 2 << 20).is_ok());
        // Cut off between two files, and within one.
        for limit in [1024, 1536, 1 << 20] {
            assert!(read_within(&bytes, limit).is_err(), "{limit}");
        }
    }

    proptest! {
        /// A tarball with bytes of an enemy's choice is read or refused, and a manifest that is
        /// read is the one in its only top folder.
        #[test]
        fn any_package_is_read_or_refused(
            changes in prop::collection::vec((0..4096_usize, any::<u8>()), 0..8),
        ) {
            let mut tarball = tar::Builder::new(Vec::new());
            for (path, text) in [("a-1.0.0/Cargo.toml", "text"), ("a-1.0.0/src/lib.rs", "")] {
                let mut header = tar::Header::new_gnu();
                header.set_size(text.len() as u64);
                tarball.append_data(&mut header, path, text.as_bytes()).unwrap();
            }
            let mut bytes = tarball.into_inner().unwrap();
            for (at, byte) in changes {
                let at = at % bytes.len();
                bytes[at] = byte;
            }
            // The checksums of the headers are no secret.
            for header in [0, 1024] {
                let mut header_bytes = tar::Header::new_old();
                header_bytes.as_mut_bytes().copy_from_slice(&bytes[header..header + 512]);
                header_bytes.set_cksum();
                bytes[header..header + 512].copy_from_slice(header_bytes.as_bytes());
            }
            let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            std::io::Write::write_all(&mut gzip, &bytes).unwrap();
            if let Ok(archive) = read_crate(&gzip.finish().unwrap()) {
                prop_assert!(!archive.folder.contains('/') && archive.folder != "..");
            }
        }
    }
}
