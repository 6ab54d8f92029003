//! A package taken apart and put together again.

use std::io::Read as _;

use super::{RegistryError, read_crate};

/// A file of a package.
#[derive(Debug, Clone)]
pub struct PackageFile {
    header: tar::Header,
    /// Its path, the top folder included.
    path: String,
    /// What is in it.
    pub data: Vec<u8>,
}

impl PackageFile {
    /// Its path below the top folder.
    pub fn name(&self) -> &str {
        self.path.split_once('/').map_or("", |(_, name)| name)
    }

    /// Its text, if it is one.
    pub fn text(&self) -> Option<&str> {
        str::from_utf8(&self.data).ok()
    }

    /// Have both the same path and content?
    pub fn is_same(&self, other: &Self) -> bool {
        self.path == other.path && self.data == other.data
    }
}

/// The files of a package, in its order; read as [`read_crate`] reads.
pub fn unpack_crate(bytes: &[u8]) -> Result<Vec<PackageFile>, RegistryError> {
    read_crate(bytes)?;
    let unpack = |source| RegistryError::Unpack { source };
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(bytes));
    let mut files = Vec::new();
    for entry in archive.entries().map_err(unpack)? {
        let mut entry = entry.map_err(unpack)?;
        if !entry.header().entry_type().is_file() {
            continue;
        }
        let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let mut data = Vec::new();
        entry.read_to_end(&mut data).map_err(unpack)?;
        files.push(PackageFile {
            header: entry.header().clone(),
            path,
            data,
        });
    }
    Ok(files)
}

/// The package of these files. The same files give the same bytes.
pub fn pack_crate(files: &[PackageFile]) -> Result<Vec<u8>, RegistryError> {
    let gzip = flate2::GzBuilder::new()
        .mtime(0)
        .write(Vec::new(), flate2::Compression::best());
    let mut tarball = tar::Builder::new(gzip);
    let unpack = |source| RegistryError::Unpack { source };
    for file in files {
        let mut header = file.header.clone();
        header.set_size(file.data.len() as u64);
        tarball
            .append_data(&mut header, &file.path, file.data.as_slice())
            .map_err(unpack)?;
    }
    let gzip = tarball.into_inner().map_err(unpack)?;
    gzip.finish().map_err(unpack)
}

#[cfg(test)]
mod tests {
    use super::super::archive::tests::pack;
    use super::*;

    #[test]
    fn a_package_survives_and_comes_out_the_same_twice() {
        let long = format!("a-1.0.0/src/{}.rs", "deep/".repeat(18) + "file");
        let bytes = pack(&[("a-1.0.0/Cargo.toml", "text"), (&long[..99], "code")]);
        let mut files = unpack_crate(&bytes).unwrap();
        assert_eq!(
            (files[0].name(), files[0].text()),
            ("Cargo.toml", Some("text"))
        );
        files[0].data = b"another text, longer".to_vec();
        let again = pack_crate(&files).unwrap();
        assert_eq!(pack_crate(&files).unwrap(), again);
        let read = unpack_crate(&again).unwrap();
        assert!(read.iter().zip(&files).all(|(a, b)| a.is_same(b)));
        assert_eq!(read.len(), 2);
    }
}
