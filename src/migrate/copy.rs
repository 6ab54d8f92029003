//! Copy: every version of chosen crates from one registry to another.
//!
//! A run that was cut off is simply run again: what is there is skipped.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};
use semver::Version;
use serde::{Deserialize, Serialize};

use super::MigrateError;
use super::order::{Versions, needed, order};
use super::rewrite::{Checksums, rewrite};
use crate::client::Client;
use crate::endpoint;
use crate::model::{Digest, RegistryName};
use crate::plan::{Plan, Reach, Step};
use crate::registry::{IndexEntry, PackageName, unpack_crate};
use crate::sys::fs;
use crate::sys::scratch::Scratch;

/// What is to be copied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopyRequest {
    /// The folder whose configuration counts.
    pub dir: Utf8PathBuf,
    /// The registry that has the crates.
    pub from: RegistryName,
    /// The one that gets them.
    pub to: RegistryName,
    /// The crates; none for all.
    pub crates: Vec<PackageName>,
}

/// What is done to the new registry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Action {
    /// A version is published.
    Publish {
        /// The crate.
        name: PackageName,
        /// Its version.
        version: Version,
        /// The checksum of its package there.
        checksum: Digest,
    },
    /// A version is yanked.
    Yank {
        /// The crate.
        name: PackageName,
        /// Its version.
        version: Version,
    },
}

/// How a version stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It is to be published.
    New,
    /// It is there.
    There,
}

/// A version that moves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Moved {
    /// The crate.
    pub name: PackageName,
    /// Its version.
    pub version: Version,
    /// The checksum of its package in the old registry.
    pub old: Digest,
    /// And in the new one.
    pub new: Digest,
    /// Is it there?
    pub state: State,
    /// Is it yanked in the old registry?
    pub yanked: bool,
    /// Was it not asked for, but is needed by what was?
    pub along: bool,
}

/// A copy that is ready to be made.
#[derive(Debug)]
pub struct Prepared {
    /// The URL of the old index.
    pub from: String,
    /// The URL of the new one.
    pub to: String,
    /// All versions, in the order in which they are published.
    pub versions: Vec<Moved>,
    /// What there is to do.
    pub plan: Plan<Action>,
    pub(super) client: Client,
    pub(super) packages: Scratch,
}

/// Reads both registries, and every package of the old one that moves. `on_version` is told of
/// each version before its package is fetched.
pub fn prepare(
    request: &CopyRequest,
    on_version: &mut dyn FnMut(&str),
) -> Result<Prepared, MigrateError> {
    let from = endpoint::open(&request.dir, &request.from)?;
    let to = endpoint::open(&request.dir, &request.to)?;
    if from.index_url() == to.index_url() {
        let index = to.index_url().to_owned();
        return Err(MigrateError::Same { index });
    }
    let (versions, along) = load_versions(&from, request)?;
    let mut preparation = Preparation {
        from: &from,
        to: &to,
        packages: Scratch::new()?,
        there: BTreeMap::new(),
        checksums: Checksums::new(),
        different: Vec::new(),
        steps: Vec::new(),
    };
    let mut moved = Vec::new();
    for entry in order(&versions, from.index_url()) {
        on_version(&format!("{} {}", entry.name, entry.vers));
        let along = along.contains(&entry.name);
        moved.push(preparation.version(entry, along)?);
    }
    if !preparation.different.is_empty() {
        return Err(MigrateError::Different {
            to: request.to.clone(),
            versions: preparation.different,
        });
    }
    let subject = format!("copy from {} to {}", request.from, request.to);
    Ok(Prepared {
        from: from.index_url().to_owned(),
        to: to.index_url().to_owned(),
        versions: moved,
        plan: Plan::new(subject, Vec::new(), preparation.steps),
        packages: preparation.packages,
        client: to,
    })
}

/// The versions of the chosen crates and of what they need, and which of these crates were not
/// chosen.
fn load_versions(
    from: &Client,
    request: &CopyRequest,
) -> Result<(Versions, BTreeSet<PackageName>), MigrateError> {
    let chosen: BTreeSet<PackageName> = if request.crates.is_empty() {
        from.crates()?
    } else {
        request.crates.iter().cloned().collect()
    };
    let mut versions = Versions::new();
    let mut open: Vec<PackageName> = chosen.iter().cloned().collect();
    while let Some(name) = open.pop() {
        if versions.contains_key(&name) {
            continue;
        }
        let entries = from.versions(&name)?;
        let own = entries.first().map(|entry| entry.name.clone());
        let Some(own) = own else {
            if chosen.contains(&name) {
                let from = request.from.clone();
                return Err(MigrateError::Unknown { from, name });
            }
            // What nobody can resolve now, nobody could before.
            continue;
        };
        let deps = entries.iter().flat_map(|entry| &entry.deps);
        open.extend(deps.filter_map(|dependency| needed(dependency, from.index_url())));
        versions.insert(own, entries);
    }
    let along = versions.keys().filter(|name| !chosen.contains(name));
    let along = along.cloned().collect();
    Ok((versions, along))
}

struct Preparation<'a> {
    from: &'a Client,
    to: &'a Client,
    packages: Scratch,
    there: Versions,
    checksums: Checksums,
    different: Vec<String>,
    steps: Vec<Step<Action>>,
}

impl Preparation<'_> {
    fn version(&mut self, entry: &IndexEntry, along: bool) -> Result<Moved, MigrateError> {
        let (name, version) = (&entry.name, &entry.vers);
        let bytes = self.from.download(entry)?;
        let (from, to) = (self.from.index_url(), self.to.index_url());
        let package = rewrite(entry, bytes, from, to, &self.checksums)?;
        let mut checksum = Digest::of(&package);
        let there = self.there(entry)?;
        let state = match &there {
            None => State::New,
            Some(there) => {
                if there.cksum != checksum && !self.same_files(there, &package)? {
                    self.different.push(format!("{name} {version}"));
                }
                checksum = there.cksum.clone();
                State::There
            }
        };
        if state == State::New {
            fs::write_scratch(&package_path(self.packages.path(), name, version), &package)?;
            self.step(
                format!("publish {name} {version}"),
                Action::Publish {
                    name: name.clone(),
                    version: version.clone(),
                    checksum: checksum.clone(),
                },
            );
        }
        if entry.yanked && !there.is_some_and(|there| there.yanked) {
            self.step(
                format!("yank {name} {version}"),
                Action::Yank {
                    name: name.clone(),
                    version: version.clone(),
                },
            );
        }
        let key = (name.to_string(), version.to_string());
        self.checksums.insert(key, checksum.clone());
        Ok(Moved {
            name: name.clone(),
            version: version.clone(),
            old: entry.cksum.clone(),
            new: checksum,
            state,
            yanked: entry.yanked,
            along,
        })
    }

    fn step(&mut self, name: String, action: Action) {
        self.steps.push(Step {
            title: name.clone(),
            name,
            reach: Reach::Permanent,
            action,
        });
    }

    /// The version as the new registry has it.
    fn there(&mut self, entry: &IndexEntry) -> Result<Option<IndexEntry>, MigrateError> {
        if !self.there.contains_key(&entry.name) {
            let entries = self.to.versions(&entry.name)?;
            self.there.insert(entry.name.clone(), entries);
        }
        let entries = self.there.get(&entry.name).into_iter().flatten();
        let same = |it: &&IndexEntry| it.is_version(&entry.vers);
        Ok(entries.into_iter().find(same).cloned())
    }

    /// Packed by another release of this tool, the same files may be other bytes.
    fn same_files(&self, there: &IndexEntry, package: &[u8]) -> Result<bool, MigrateError> {
        let theirs = unpack_crate(&self.to.download(there)?)?;
        let ours = unpack_crate(package)?;
        let same = theirs.iter().zip(&ours).all(|(a, b)| a.is_same(b));
        Ok(same && theirs.len() == ours.len())
    }
}

pub(super) fn package_path(
    folder: &Utf8Path,
    name: &PackageName,
    version: &Version,
) -> Utf8PathBuf {
    folder.join(name.crate_file(version))
}
