//! The old version, and the private crates between it and the service, given to cargo as folders
//! in which they can be marked and seen.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};
use cargo_metadata::{Metadata, Package, PackageId};
use semver::Version;

use super::TouchError;
use crate::cargo::{self, CargoError, Invocation};
use crate::registry::{CRATES_IO_INDEX, CRATES_IO_SPARSE};
use crate::service::Copy;
use crate::sys::{SysError, fs};

/// A version of a crate whose files are in a folder of the copy.
#[derive(Debug, Clone)]
pub struct Supplied {
    /// The crate.
    pub name: String,
    /// Its version.
    pub version: Version,
    /// The URL of its registry's index.
    pub index: String,
    /// The root of the package.
    pub dir: Utf8PathBuf,
}

/// A copy whose build takes these crates from their folders, until this is dropped.
pub(super) struct Supply<'a> {
    copy: &'a Copy,
    /// The lockfile as it was.
    lockfile: String,
    /// Cargo's configuration file.
    config: Utf8PathBuf,
    /// What cargo knows of the build.
    pub(super) metadata: Metadata,
    /// No network.
    offline: bool,
}

impl<'a> Supply<'a> {
    /// Writes the configuration and has cargo resolve with it: all of the crates must be taken
    /// from their folders, or what is seen would be another version's.
    pub(super) fn new(
        copy: &'a Copy,
        crates: &[&Supplied],
        offline: bool,
    ) -> Result<Self, TouchError> {
        let path = copy.root().join("Cargo.lock");
        let lockfile = fs::read_text(&path)?;
        let config = copy.top().join(".quarry-patch.toml");
        fs::write_scratch(&config, patches(crates))?;
        let resolved = resolve(copy, &config, offline);
        let metadata = match resolved {
            Ok(metadata) => metadata,
            Err(error) => {
                fs::write_scratch(&path, &lockfile)?;
                return Err(error);
            }
        };
        let supply = Self {
            copy,
            lockfile,
            config,
            metadata,
            offline,
        };
        for krate in crates {
            supply.package(krate)?;
        }
        Ok(supply)
    }

    /// The package of a crate, if cargo takes it from its folder.
    pub(super) fn package(&self, krate: &Supplied) -> Result<&Package, TouchError> {
        let manifest = krate.dir.join("Cargo.toml");
        let resolved = self.metadata.resolve.iter().flat_map(|graph| &graph.nodes);
        let ids: Vec<&PackageId> = resolved.map(|node| &node.id).collect();
        let mut packages = self.metadata.packages.iter();
        packages
            .find(|package| package.manifest_path == manifest && ids.contains(&&package.id))
            .ok_or_else(|| TouchError::NotSupplied {
                name: krate.name.clone(),
                version: krate.version.clone(),
            })
    }

    /// The folders of a package and of what is there for it alone: its macros are in one of them.
    pub(super) fn with_own(&self, package: &Package) -> Vec<Utf8PathBuf> {
        let nodes = self.metadata.resolve.iter().flat_map(|graph| &graph.nodes);
        let graph: Graph<'_> = nodes
            .map(|node| (&node.id, node.dependencies.as_slice()))
            .collect();
        let members = self.metadata.workspace_members.iter().collect();
        let others = reached(&graph, members, Some(&package.id));
        let below = reached(&graph, vec![&package.id], None);
        let packages = self.metadata.packages.iter();
        let own = packages.filter(|of| below.contains(&of.id) && !others.contains(&of.id));
        own.filter_map(|package| Some(package.manifest_path.parent()?.to_owned()))
            .collect()
    }

    /// The arguments that cargo needs for it.
    pub(super) fn cargo_args(&self) -> Vec<String> {
        let mut args = vec!["--config".to_owned(), self.config.to_string()];
        if self.offline {
            args.push("--offline".to_owned());
        }
        args
    }
}

/// What each package depends on.
type Graph<'a> = BTreeMap<&'a PackageId, &'a [PackageId]>;

/// What packages depend on, they among it, but for one and what only it leads to.
fn reached<'a>(
    graph: &Graph<'a>,
    from: Vec<&'a PackageId>,
    without: Option<&PackageId>,
) -> BTreeSet<&'a PackageId> {
    let mut found = BTreeSet::new();
    let mut left = from;
    while let Some(id) = left.pop() {
        if Some(id) != without && found.insert(id) {
            left.extend(graph.get(id).copied().unwrap_or_default());
        }
    }
    found
}

impl Drop for Supply<'_> {
    fn drop(&mut self) {
        let path = self.copy.root().join("Cargo.lock");
        for result in [
            fs::write_scratch(&path, &self.lockfile),
            fs::remove_file(&self.config),
        ] {
            if let Err(error) = result {
                tracing::warn!(%error, "the copy is not as it was");
            }
        }
    }
}

/// What cargo makes of the copy with that configuration; with what it has downloaded already, if
/// that is enough: then no index is asked for what is locked anyway.
fn resolve(copy: &Copy, config: &Utf8Path, offline: bool) -> Result<Metadata, TouchError> {
    let cargo = |offline| Invocation {
        config: vec![config.to_string()],
        offline,
        ..copy.cargo()
    };
    match cargo::load_metadata(&cargo(true), None, &[]) {
        Ok(metadata) => Ok(metadata),
        Err(CargoError::Sys(SysError::Failed { .. })) if !offline => {
            Ok(cargo::load_metadata(&cargo(false), None, &[])?)
        }
        Err(error) => Err(error.into()),
    }
}

/// The `[patch]` tables that put folders in the place of packages of the same version. Their keys
/// are numbers, for there may be two versions of one crate.
fn patches(crates: &[&Supplied]) -> String {
    let mut document = toml_edit::DocumentMut::new();
    for (number, krate) in crates.iter().enumerate() {
        let url = krate.index.trim_start_matches("registry+");
        let source = match url {
            CRATES_IO_INDEX | CRATES_IO_SPARSE => "crates-io",
            url => url,
        };
        let mut entry = toml_edit::InlineTable::new();
        entry.insert("package", krate.name.as_str().into());
        entry.insert("path", krate.dir.as_str().into());
        document["patch"][source][&format!("quarry-{number}")] = toml_edit::value(entry);
    }
    document.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_derive_that_others_use_too_is_not_the_librarys_own() {
        let id = |name: &str| PackageId {
            repr: name.to_owned(),
        };
        let edges = [
            ("service", vec!["clap", "serde"]),
            ("clap", vec!["clap_derive", "serde"]),
            ("clap_derive", vec![]),
            ("serde", vec!["serde_derive"]),
            ("serde_derive", vec![]),
        ];
        let edges = edges.map(|(name, to)| (id(name), to.into_iter().map(id).collect::<Vec<_>>()));
        let graph: Graph<'_> = edges.iter().map(|(id, to)| (id, to.as_slice())).collect();
        let names = |found: BTreeSet<&PackageId>| -> Vec<String> {
            found.into_iter().map(|id| id.repr.clone()).collect()
        };
        let (service, clap) = (id("service"), id("clap"));
        let others = names(reached(&graph, vec![&service], Some(&clap)));
        assert_eq!(others, ["serde", "serde_derive", "service"]);
        let below = names(reached(&graph, vec![&clap], None));
        assert_eq!(below, ["clap", "clap_derive", "serde", "serde_derive"]);
    }

    #[test]
    fn patches_name_the_registry_as_cargo_does() {
        let krate = |name: &str, index: &str| Supplied {
            name: name.to_owned(),
            version: Version::new(1, 0, 0),
            index: index.to_owned(),
            dir: format!("/w/{name}").into(),
        };
        let crates = [
            krate("a", "sparse+http://x/index/"),
            krate("b", "registry+https://github.com/rust-lang/crates.io-index"),
        ];
        let text = patches(&crates.iter().collect::<Vec<_>>());
        let read: toml_edit::DocumentMut = text.parse().expect("TOML");
        let path = |source: &str, key: &str| read["patch"][source][key]["path"].as_str();
        assert_eq!(path("sparse+http://x/index/", "quarry-0"), Some("/w/a"));
        assert_eq!(path("crates-io", "quarry-1"), Some("/w/b"));
    }
}
