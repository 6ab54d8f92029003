//! Overlay registries: a folder of packages that cargo takes in place of a registry.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use camino::{Utf8Path, Utf8PathBuf};
use toml_edit::{DocumentMut, Item, Table, value};

use super::{IndexEntry, PackageName, RegistryError, render_index};
use crate::model::Digest;
use crate::sys::fs;

/// A package for an overlay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OverlayCrate {
    /// The `.crate` file.
    pub bytes: Vec<u8>,
}

/// An overlay that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overlay {
    /// The folder to give to cargo.
    pub path: Utf8PathBuf,
    /// What is in it, by name and version.
    pub entries: Vec<IndexEntry>,
}

/// Writes a folder below `parent` that stands for the registry whose index is at `index_url`
/// and holds `crates`, in cargo's layout of a *local registry*. The same package twice is no
/// error.
///
/// The folder is named by what is in it: cargo keeps what it unpacked by the overlay's path, and
/// would build an earlier candidate of the same version if the path were used again.
pub fn write_overlay(
    parent: &Utf8Path,
    crates: &[OverlayCrate],
    index_url: &str,
) -> Result<Overlay, RegistryError> {
    let mut versions: BTreeMap<(PackageName, semver::Version), (IndexEntry, &[u8])> =
        BTreeMap::new();
    for OverlayCrate { bytes } in crates {
        let entry = IndexEntry::from_crate(bytes, index_url)?;
        let key = (entry.name.clone(), entry.vers.clone());
        let cksum = entry.cksum.clone();
        let (first, _) = versions.entry(key).or_insert((entry, bytes));
        if first.cksum != cksum {
            return Err(RegistryError::Twice {
                name: first.name.to_string(),
                version: first.vers.clone(),
            });
        }
    }
    let mut contents = String::new();
    let mut files: BTreeMap<String, Vec<&IndexEntry>> = BTreeMap::new();
    for (entry, _) in versions.values() {
        let _ = writeln!(contents, "{}", entry.to_line());
        let file = files.entry(entry.name.index_path()).or_default();
        file.push(entry);
    }
    let path = parent.join(&Digest::of(contents.as_bytes()).as_str()[..16]);
    let index = path.join("index");
    // Cargo wants the folder even where nothing is in it.
    fs::create_dir_all(&index)?;
    for (entry, bytes) in versions.values() {
        fs::write(&path.join(entry.name.crate_file(&entry.vers)), bytes)?;
    }
    for (file, entries) in files {
        fs::write(&index.join(file), render_index(entries))?;
    }
    let entries = versions.into_values().map(|(entry, _)| entry).collect();
    Ok(Overlay { path, entries })
}

/// The cargo configuration that puts `overlay` in the place of the registry whose index is at
/// `index_url`: a file for `cargo --config FILE`. The registry is not asked at all, and
/// `Cargo.lock` names it all the same.
pub fn source_replacement(index_url: &str, overlay: &Utf8Path) -> String {
    let mut upstream = Table::new();
    upstream["registry"] = value(index_url);
    upstream["replace-with"] = value("quarry-overlay");
    let mut local = Table::new();
    local["local-registry"] = value(overlay.as_str());
    let mut source = Table::new();
    source.set_implicit(true);
    source["quarry-upstream"] = Item::Table(upstream);
    source["quarry-overlay"] = Item::Table(local);
    let mut document = DocumentMut::new();
    document["source"] = Item::Table(source);
    document.to_string()
}

#[cfg(test)]
mod tests {
    use super::super::archive::tests::pack;
    use super::*;
    use crate::sys::scratch::Scratch;

    fn package(version: &str, extra: &str) -> OverlayCrate {
        let manifest = format!("[package]\nname = \"acme-a\"\nversion = \"{version}\"\n{extra}");
        let path = format!("acme-a-{version}/Cargo.toml");
        OverlayCrate {
            bytes: pack(&[(&path, &manifest)]),
        }
    }

    #[test]
    fn the_folder_has_cargos_layout_and_is_named_by_its_contents() {
        let scratch = Scratch::new().unwrap();
        let crates = [package("1.10.0", ""), package("1.9.0", "")];
        let overlay = write_overlay(scratch.path(), &crates, "sparse+http://x/").unwrap();
        let files = fs::walk(&overlay.path, &|_| false).unwrap();
        let names: Vec<_> = files
            .iter()
            .map(|f| f.strip_prefix(&overlay.path).unwrap().as_str())
            .collect();
        assert_eq!(
            names,
            [
                "acme-a-1.10.0.crate",
                "acme-a-1.9.0.crate",
                "index/ac/me/acme-a"
            ]
        );
        let versions: Vec<_> = overlay.entries.iter().map(|e| e.vers.to_string()).collect();
        assert_eq!(versions, ["1.9.0", "1.10.0"]);

        let again = write_overlay(scratch.path(), &crates, "sparse+http://x/").unwrap();
        assert_eq!(again, overlay);
        let other = [package("1.10.0", "# other bytes"), package("1.9.0", "")];
        let other = write_overlay(scratch.path(), &other, "sparse+http://x/").unwrap();
        assert_ne!(other.path, overlay.path);
    }

    #[test]
    fn one_version_has_one_content() {
        let scratch = Scratch::new().unwrap();
        let crates = [package("1.0.0", ""), package("1.0.0", "# other bytes")];
        let error = write_overlay(scratch.path(), &crates, "sparse+http://x/").unwrap_err();
        assert_eq!(
            error.to_string(),
            "two different packages are both `acme-a` 1.0.0"
        );
    }

    #[test]
    fn the_configuration_is_what_cargo_reads() {
        assert_eq!(
            source_replacement("sparse+http://x/index/", Utf8Path::new("/a \"b\"/c")),
            concat!(
                "[source.quarry-upstream]\n",
                "registry = \"sparse+http://x/index/\"\n",
                "replace-with = \"quarry-overlay\"\n",
                "\n[source.quarry-overlay]\n",
                "local-registry = '/a \"b\"/c'\n",
            )
        );
    }
}
