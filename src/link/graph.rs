//! Which package cargo uses, and who asks for it: read from `cargo metadata`.

use std::collections::BTreeSet;
use std::fmt;

use camino::{Utf8Path, Utf8PathBuf};
use cargo_metadata::{Metadata, Package, PackageId};
use semver::{Version, VersionReq};

/// A package that asks for a crate.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct User {
    /// `name version`.
    pub package: String,
    /// What it asks for.
    pub requirement: String,
}

impl User {
    /// Would it take that version by itself?
    pub fn takes(&self, version: &Version) -> bool {
        let requirement = VersionReq::parse(&self.requirement);
        requirement.is_ok_and(|requirement| requirement.matches(version))
    }
}

/// A version of a crate in the graph, and who asks for it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Uses {
    /// The version.
    pub version: Version,
    /// Its registry or git repository; none for a folder.
    pub source: Option<String>,
    /// The folder of its manifest.
    pub dir: Utf8PathBuf,
    /// Who asks for it.
    pub users: Vec<User>,
}

impl fmt::Display for Uses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let users: Vec<String> = self
            .users
            .iter()
            .map(|user| format!("`{}` by {}", user.requirement, user.package))
            .collect();
        let from = match &self.source {
            Some(source) => source.as_str(),
            None => self.dir.as_str(),
        };
        write!(f, "{} from {from} ({})", self.version, users.join(", "))
    }
}

/// All that the graph has of the crate `name`.
pub(super) fn uses(metadata: &Metadata, name: &str) -> Vec<Uses> {
    let mut found: Vec<Uses> = resolved(metadata)
        .filter(|package| package.name.as_str() == name)
        .map(|package| Uses {
            version: package.version.clone(),
            source: package.source.as_ref().map(|source| source.repr.clone()),
            dir: folder(package).to_owned(),
            users: users(metadata, package),
        })
        .collect();
    found.sort();
    found
}

fn users(metadata: &Metadata, used: &Package) -> Vec<User> {
    let nodes = metadata.resolve.iter().flat_map(|resolve| &resolve.nodes);
    let nodes = nodes.filter(|node| node.deps.iter().any(|dep| dep.pkg == used.id));
    let mut users: Vec<User> = nodes
        .filter_map(|node| metadata.packages.iter().find(|p| p.id == node.id))
        .flat_map(|user| {
            let asks = user
                .dependencies
                .iter()
                .filter(|d| d.name == used.name.as_str());
            asks.map(|dependency| User {
                package: format!("{} {}", user.name, user.version),
                requirement: dependency.req.to_string(),
            })
        })
        .collect();
    users.sort();
    users.dedup();
    users
}

/// The packages of the graph that are neither the workspace's own nor from anywhere else: by
/// name.
pub(super) fn local(metadata: &Metadata) -> BTreeSet<String> {
    let members: BTreeSet<&PackageId> = metadata.workspace_members.iter().collect();
    resolved(metadata)
        .filter(|package| package.source.is_none() && !members.contains(&package.id))
        .map(|package| package.name.to_string())
        .collect()
}

/// The crates of the graph that come from registries other than crates.io, by name.
pub(super) fn private(metadata: &Metadata) -> Vec<String> {
    let names: BTreeSet<String> = resolved(metadata)
        .filter(|package| package.source.as_ref().is_some_and(|s| !s.is_crates_io()))
        .map(|package| package.name.to_string())
        .collect();
    names.into_iter().collect()
}

fn resolved(metadata: &Metadata) -> impl Iterator<Item = &Package> {
    let nodes = metadata.resolve.iter().flat_map(|resolve| &resolve.nodes);
    let ids: BTreeSet<&PackageId> = nodes.map(|node| &node.id).collect();
    metadata
        .packages
        .iter()
        .filter(move |package| ids.contains(&package.id))
}

pub(super) fn folder(package: &Package) -> &Utf8Path {
    let folder = package.manifest_path.parent();
    folder.expect("a manifest is in a folder")
}
