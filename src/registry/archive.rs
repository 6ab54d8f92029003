//! A package (`.crate`): a gzipped tarball of one folder, read as if by an enemy.

use std::io::Read;

use super::RegistryError;

/// A package must not unpack to more than this. crates.io's limit for the compressed file is 10
/// MiB; text packs to a tenth.
const UNPACKED_LIMIT: u64 = 512 << 20;

/// A manifest must not be longer than this, in bytes.
const MANIFEST_LIMIT: u64 = 4 << 20;

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

fn read_within(bytes: &[u8], limit: u64) -> Result<CrateArchive, RegistryError> {
    let unpacked = flate2::read::GzDecoder::new(bytes).take(limit);
    let mut archive = tar::Archive::new(unpacked);
    let mut folder: Option<String> = None;
    let mut manifest = None;
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
        if rest == "Cargo.toml" && manifest.is_none() {
            manifest = Some(read_manifest(&mut entry)?);
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
    if path.trim_end_matches('/').split('/').any(odd) {
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
}
