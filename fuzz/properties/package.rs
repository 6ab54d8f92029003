//! What holds for any package: the tarball is given, and packed as `.crate` files are.

use std::io::Write as _;

use cargo_quarry::model::Digest;
use cargo_quarry::registry::{
    IndexEntry, Metadata, check_agreement, encode_publish, read_crate, unpack_crate,
};

use super::publish;

const INDEX: &str = "sparse+https://crates.example/index/";
const BLOCK: usize = 512;

/// A tarball is refused, or all its files are below the one folder that its manifest names.
pub fn check(tarball: &[u8]) {
    let package = gzip(&with_checksums(tarball));
    let Ok(archive) = read_crate(&package) else {
        return;
    };
    assert!(!archive.folder.contains('/') && !matches!(&*archive.folder, "" | "." | ".."));
    for file in unpack_crate(&package).expect("it was accepted") {
        let mut parts = file.name().split('/');
        assert!(
            parts.all(|part| !matches!(part, "" | "." | "..")),
            "{}",
            file.name()
        );
    }
    let Ok(packaged) = IndexEntry::from_crate(&package, INDEX) else {
        return;
    };
    assert_eq!(
        archive.folder,
        format!("{}-{}", packaged.name, packaged.vers)
    );
    if let Some(metadata) = metadata_of(&packaged) {
        let asked = IndexEntry::from_publish(&metadata, Digest::of(&package));
        check_agreement(&asked, &packaged, false).expect("it was derived");
        publish::check(&encode_publish(&metadata, &package));
    }
}

/// What an honest publisher would send with it.
fn metadata_of(entry: &IndexEntry) -> Option<Metadata> {
    let mut features = entry.features.clone();
    features.extend(entry.features2.clone());
    let dependencies = entry.deps.iter().map(|dependency| {
        let renamed = dependency.package.as_ref();
        serde_json::json!({
            "name": renamed.unwrap_or(&dependency.name),
            "explicit_name_in_toml": renamed.map(|_| &dependency.name),
            "version_req": dependency.req,
            "features": dependency.features,
            "optional": dependency.optional,
            "default_features": dependency.default_features,
            "target": dependency.target,
            "kind": dependency.kind,
            "registry": dependency.registry,
        })
    });
    let metadata = serde_json::json!({
        "name": entry.name,
        "vers": entry.vers,
        "deps": dependencies.collect::<Vec<_>>(),
        "features": features,
        "links": entry.links,
        "rust_version": entry.rust_version,
    });
    serde_json::from_value(metadata).ok()
}

/// The headers' checksums made right: they keep nobody out.
fn with_checksums(tarball: &[u8]) -> Vec<u8> {
    let mut bytes = tarball.to_vec();
    let mut at = 0;
    while let Some(block) = bytes.get_mut(at..at + BLOCK) {
        let mut header = tar::Header::new_old();
        header.as_mut_bytes().copy_from_slice(block);
        if header.as_bytes().iter().any(|byte| *byte != 0) {
            header.set_cksum();
        }
        block.copy_from_slice(header.as_bytes());
        let size = header
            .entry_size()
            .ok()
            .and_then(|size| usize::try_from(size).ok());
        let blocks = size.unwrap_or(0).div_ceil(BLOCK);
        let Some(next) = blocks
            .checked_mul(BLOCK)
            .and_then(|n| n.checked_add(at + BLOCK))
        else {
            break;
        };
        at = next;
    }
    bytes
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(bytes).expect("memory");
    gzip.finish().expect("memory")
}
