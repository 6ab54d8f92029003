//! What a repository pins, and who asks for it: read from `Cargo.lock` and the manifests.

use std::collections::{BTreeMap, BTreeSet};

use semver::{Comparator, Op, Version, VersionReq};

use super::{Member, Pin, PinStyle, PinUse, ServiceError};
use crate::cargo::{Invocation, registry_names, registry_settings};
use crate::manifest::{
    Dependency, DependencyKind, DependencySource, LockedPackage, Manifest, list_dependencies,
    locked_graph, named_registries, place_of_dependency, stated_requirement,
};
use crate::model::{Digest, RegistryName};
use crate::registry::{CRATES_IO_INDEX, CRATES_IO_SPARSE};

/// All that pins are read from.
pub(super) struct Reader<'a> {
    pub(super) cargo: Invocation,
    pub(super) lockfile: &'a Manifest,
    /// The manifest at the workspace's root.
    pub(super) root: &'a Manifest,
    pub(super) members: &'a [Member],
}

/// What `Cargo.lock` says: a package, and those that it depends on.
type Graph = BTreeMap<LockedPackage, Vec<LockedPackage>>;

impl Reader<'_> {
    /// The crates of private registries, and those of crates.io that `also` names.
    pub(super) fn pins(&self, also: &[String]) -> Result<Vec<Pin>, ServiceError> {
        let graph = locked_graph(self.lockfile);
        let registries = self.registries()?;
        let mut pins = Vec::new();
        for package in graph.keys() {
            let Some(index) = package.source.as_deref().and_then(index_of) else {
                continue;
            };
            if index == CRATES_IO_SPARSE && !also.contains(&package.name) {
                continue;
            }
            let name = registries.iter().find(|(_, known)| **known == index);
            let mut pin = Pin {
                name: package.name.clone(),
                version: self.version(package)?,
                registry: name.map(|(name, _)| name.clone()),
                checksum: package.checksum.as_deref().and_then(Digest::new),
                uses: Vec::new(),
                through: self.through(&graph, package),
                index,
            };
            pin.uses = self.uses(&graph, package, &pin, &registries)?;
            pins.push(pin);
        }
        pins.sort();
        Ok(pins)
    }

    fn version(&self, package: &LockedPackage) -> Result<Version, ServiceError> {
        package.version.parse().map_err(|_| ServiceError::Version {
            path: self.lockfile.path().to_owned(),
            name: package.name.clone(),
            version: package.version.clone(),
        })
    }

    /// The registries that cargo knows here, and their indexes: by their names in its files, and in
    /// the manifests, for a variable alone can configure one.
    fn registries(&self) -> Result<BTreeMap<RegistryName, String>, ServiceError> {
        let mut names: BTreeSet<RegistryName> = registry_names(&self.cargo)?.into_iter().collect();
        let manifests = self.members.iter().map(|member| &member.manifest);
        for manifest in manifests.chain([self.root]) {
            let named = named_registries(manifest).into_iter();
            names.extend(named.filter_map(|named| RegistryName::new(&named.name).ok()));
        }
        let mut registries = BTreeMap::new();
        for name in names {
            if let Some(index) = registry_settings(&self.cargo, &name)?.index {
                registries.insert(name, index);
            }
        }
        Ok(registries)
    }

    fn is_member(&self, package: &LockedPackage) -> bool {
        package.source.is_none() && self.members.iter().any(|it| it.name == package.name)
    }

    /// The private crates that depend on a package: all but those of crates.io and the members.
    fn through(&self, graph: &Graph, package: &LockedPackage) -> Vec<String> {
        let is_private = |user: &LockedPackage| {
            let index = user.source.as_deref().and_then(index_of);
            index.as_deref() != Some(CRATES_IO_SPARSE) && !self.is_member(user)
        };
        let users = graph.iter().filter(|(_, on)| on.contains(package));
        let users = users.filter(|(user, _)| is_private(user));
        users
            .map(|(user, _)| format!("{} {}", user.name, user.version))
            .collect()
    }

    fn uses(
        &self,
        graph: &Graph,
        package: &LockedPackage,
        pin: &Pin,
        registries: &BTreeMap<RegistryName, String>,
    ) -> Result<Vec<PinUse>, ServiceError> {
        let is_crates_io = pin.index == CRATES_IO_SPARSE;
        let is_from = |source: &DependencySource| match source {
            DependencySource::CratesIo => is_crates_io,
            DependencySource::Registry(name) if name == "crates-io" => is_crates_io,
            DependencySource::Registry(name) => registries
                .iter()
                .any(|(known, index)| known.as_str() == name && *index == pin.index),
            DependencySource::RegistryIndex(index) => *index == pin.index,
            DependencySource::Path(_) | DependencySource::Git(_) => false,
        };
        let mut uses = Vec::new();
        for member in self.members {
            let is_locked = graph.iter().any(|(user, on)| {
                user.source.is_none() && user.name == member.name && on.contains(package)
            });
            if !is_locked {
                continue;
            }
            for dependency in list_dependencies(&member.manifest, Some(self.root))? {
                if dependency.package == pin.name && is_from(&dependency.source) {
                    uses.push(self.used(member, &dependency));
                }
            }
        }
        uses.retain(|used| fits(&used.requirement, &pin.version));
        uses.sort();
        Ok(uses)
    }

    fn used(&self, member: &Member, dependency: &Dependency) -> PinUse {
        let stated = stated_requirement(&member.manifest, Some(self.root), dependency);
        let (requirement, place) = match stated {
            Some(stated) => (stated.value, stated.place),
            // Cargo takes any version then.
            None => (
                "*".to_owned(),
                place_of_dependency(&member.manifest, dependency),
            ),
        };
        PinUse {
            member: member.name.clone(),
            key: dependency.key.clone(),
            kind: kind(dependency.kind).to_owned(),
            manifest: place.file.clone(),
            inherited: dependency.inherited,
            style: PinStyle::of(&requirement),
            requirement,
            place,
        }
    }
}

fn kind(kind: DependencyKind) -> &'static str {
    match kind {
        DependencyKind::Normal => "normal",
        DependencyKind::Dev => "dev",
        DependencyKind::Build => "build",
    }
}

/// The index of a source in a lockfile, as cargo's configuration has it; none for one that is no
/// registry. crates.io has many names, and gets one.
fn index_of(source: &str) -> Option<String> {
    let index = if source.starts_with("sparse+") {
        source
    } else {
        source.strip_prefix("registry+")?
    };
    let is_crates_io = [CRATES_IO_INDEX, CRATES_IO_SPARSE].contains(&index);
    Some(
        if is_crates_io {
            CRATES_IO_SPARSE
        } else {
            index
        }
        .to_owned(),
    )
}

/// Does a requirement take a version? One that is none takes nothing.
fn fits(requirement: &str, version: &Version) -> bool {
    VersionReq::parse(requirement).is_ok_and(|requirement| requirement.matches(version))
}

impl PinStyle {
    /// The style of a requirement, as it is written.
    pub fn of(requirement: &str) -> Self {
        let Ok(requirement) = VersionReq::parse(requirement) else {
            return Self::Other;
        };
        match requirement.comparators.as_slice() {
            [
                Comparator {
                    op: Op::Exact,
                    patch: Some(_),
                    ..
                },
            ] => Self::Exact,
            [Comparator { op: Op::Caret, .. }] => Self::Caret,
            [Comparator { op: Op::Tilde, .. }] => Self::Tilde,
            _ => Self::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requirements_have_a_style() {
        let cases = [
            ("=1.2.3", PinStyle::Exact),
            ("= 1.2.3-rc.1", PinStyle::Exact),
            ("=1.2", PinStyle::Other),
            ("1.2", PinStyle::Caret),
            ("^0.3.1", PinStyle::Caret),
            ("~1.2", PinStyle::Tilde),
            (">=1, <3", PinStyle::Other),
            ("1.*", PinStyle::Other),
            ("*", PinStyle::Other),
            ("one", PinStyle::Other),
        ];
        for (requirement, style) in cases {
            assert_eq!(PinStyle::of(requirement), style, "{requirement}");
        }
    }

    #[test]
    fn sources_name_their_index() {
        let crates_io = "registry+https://github.com/rust-lang/crates.io-index";
        assert_eq!(index_of(crates_io).as_deref(), Some(CRATES_IO_SPARSE));
        let sparse = "sparse+http://127.0.0.1:1/index/";
        assert_eq!(index_of(sparse).as_deref(), Some(sparse));
        let git = index_of("registry+https://git.acme.example/index");
        assert_eq!(git.as_deref(), Some("https://git.acme.example/index"));
        assert_eq!(index_of("git+https://git.acme.example/retry#1"), None);
    }
}
