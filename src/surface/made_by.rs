//! Which package a crate's file was made from.

use std::collections::BTreeMap;

use cargo_metadata::Message;

use super::Package;
use crate::model::package_of_id;

/// The packages by the names of the files that cargo's messages say were made of them. The names
/// have a hash in them that tells versions apart.
pub(super) fn made_by(messages: &[u8]) -> BTreeMap<String, Package> {
    let mut found = BTreeMap::new();
    for message in Message::parse_stream(messages).flatten() {
        let Message::CompilerArtifact(artifact) = message else {
            continue;
        };
        let Some(package) = package(&artifact.package_id.repr) else {
            continue;
        };
        for file in artifact.filenames {
            if let Some(name) = file.file_name() {
                found.insert(name.to_owned(), package.clone());
            }
        }
    }
    found
}

fn package(id: &str) -> Option<Package> {
    let (name, version) = package_of_id(id);
    Some(Package {
        name: name.to_owned(),
        version: version.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_read_from_their_ids() {
        for id in [
            "registry+https://github.com/rust-lang/crates.io-index#retry@1.0.0",
            "path+file:///home/a/work/retry#1.0.0",
        ] {
            let package = package(id).expect("a package");
            assert_eq!(
                (&*package.name, package.version.to_string()),
                ("retry", "1.0.0".to_owned())
            );
        }
    }
}
