//! A service's repository, read.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use camino::{Utf8Path, Utf8PathBuf};
use cargo_metadata::Metadata;

use super::uses::Reader;
use super::{Pin, ServiceError};
use crate::cargo::{CargoError, Invocation, load_metadata, load_metadata_no_deps};
use crate::client::Client;
use crate::git::{self, GitError};
use crate::manifest::Manifest;
use crate::sys::{SysError, fs};

/// How a service is read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LoadOptions {
    /// Crates that are looked at as private ones are, though they are from crates.io.
    pub also: Vec<String>,
    /// No network.
    pub offline: bool,
}

/// A repository that uses private crates.
#[derive(Debug)]
pub struct Service {
    /// The root of the workspace, links resolved: `Cargo.lock` is there.
    pub root: Utf8PathBuf,
    /// The top of the git repository, or the root where there is none. Places are relative to it.
    pub top: Utf8PathBuf,
    /// What cargo knows of it, dependencies included.
    pub metadata: Metadata,
    /// Its `Cargo.lock`.
    pub lockfile: Manifest,
    /// The manifest at the root of the workspace.
    pub manifest: Manifest,
    /// Its own packages, by name.
    pub members: Vec<Member>,
    /// The private crates that it is built with, its own and other crates' dependencies, by name
    /// and version.
    pub pins: Vec<Pin>,
    pub(super) clients: Mutex<BTreeMap<String, Arc<Client>>>,
}

/// A package of the repository.
#[derive(Debug, Clone)]
pub struct Member {
    /// Its name.
    pub name: String,
    /// Its folder.
    pub dir: Utf8PathBuf,
    /// Its manifest, the path relative to the top of the repository.
    pub manifest: Manifest,
}

/// Reads the service that `dir` is in. Writes nothing, `Cargo.lock` included.
///
/// # Errors
/// If there is no manifest or lockfile, if they don't fit together, or if cargo can't read them. No
/// private crate is no error here: [`Service::pins`] is empty.
pub fn load(dir: &Utf8Path, options: &LoadOptions) -> Result<Service, ServiceError> {
    let dir = fs::canonical(dir)?;
    let is_manifest = |folder: &&Utf8Path| folder.join("Cargo.toml").is_file();
    let Some(nearest) = dir.ancestors().find(is_manifest) else {
        return Err(ServiceError::NoManifest { dir });
    };
    let outline = load_metadata_no_deps(&Invocation::new(nearest), None).map_err(explained)?;
    let root = fs::canonical(&outline.workspace_root)?;
    let top = top_of(&root)?;
    let lock = root.join("Cargo.lock");
    if !lock.is_file() {
        return Err(ServiceError::NoLockfile { root });
    }
    let metadata = resolved(&root, &lock, options.offline)?;
    let lockfile = read(&top, &lock)?;
    let manifest = read(&top, &root.join("Cargo.toml"))?;
    let members = members(&top, &metadata)?;
    let reader = Reader {
        cargo: Invocation::new(&root),
        lockfile: &lockfile,
        root: &manifest,
        members: &members,
    };
    let pins = reader.pins(&options.also)?;
    Ok(Service {
        root,
        top,
        metadata,
        lockfile,
        manifest,
        members,
        pins,
        clients: Mutex::default(),
    })
}

impl Service {
    /// The pins, where there must be some.
    pub fn private(&self) -> Result<&[Pin], ServiceError> {
        if self.pins.is_empty() {
            return Err(ServiceError::NoPrivate {
                root: self.root.clone(),
            });
        }
        Ok(&self.pins)
    }

    /// The URLs of the indexes that pins are from.
    pub fn indexes(&self) -> Vec<&str> {
        let mut indexes: Vec<&str> = self.pins.iter().map(|pin| pin.index.as_str()).collect();
        indexes.sort_unstable();
        indexes.dedup();
        indexes
    }

    /// The pins of a crate, the oldest version first; at least one.
    pub fn pins_of(&self, name: &str) -> Result<Vec<&Pin>, ServiceError> {
        let pins: Vec<&Pin> = self.pins.iter().filter(|pin| pin.name == name).collect();
        if pins.is_empty() {
            let mut known: Vec<String> = self.pins.iter().map(|pin| pin.name.clone()).collect();
            known.dedup();
            return Err(ServiceError::NotPinned {
                name: name.to_owned(),
                known,
            });
        }
        Ok(pins)
    }

    /// Cargo in the root of the workspace.
    pub fn cargo(&self) -> Invocation {
        Invocation::new(&self.root)
    }
}

/// The top of the git repository, if there is one.
fn top_of(root: &Utf8Path) -> Result<Utf8PathBuf, ServiceError> {
    match git::worktree_root(root) {
        Ok(top) => Ok(top),
        Err(GitError::NotARepository { .. }) => Ok(root.to_owned()),
        Err(error) => Err(error.into()),
    }
}

/// A file of the repository, its path relative to the top.
fn read(top: &Utf8Path, path: &Utf8Path) -> Result<Manifest, ServiceError> {
    let shown = path.strip_prefix(top).unwrap_or(path);
    Ok(Manifest::parse(shown, fs::read_text(path)?)?)
}

fn members(top: &Utf8Path, metadata: &Metadata) -> Result<Vec<Member>, ServiceError> {
    let packages = metadata.workspace_packages();
    let members = packages.iter().map(|package| {
        let path = fs::canonical(&package.manifest_path)?;
        Ok(Member {
            name: package.name.to_string(),
            dir: path.parent().unwrap_or(top).to_owned(),
            manifest: read(top, &path)?,
        })
    });
    let mut members = members.collect::<Result<Vec<Member>, ServiceError>>()?;
    members.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(members)
}

/// All that cargo knows of the workspace, from what it has downloaded already if that is enough.
fn resolved(root: &Utf8Path, lock: &Utf8Path, offline: bool) -> Result<Metadata, ServiceError> {
    let cargo = |offline| Invocation {
        offline,
        locked: true,
        ..Invocation::new(root)
    };
    let loaded = load_metadata(&cargo(true), None, &[]);
    let loaded = match loaded {
        Err(CargoError::Sys(SysError::Failed { .. })) if !offline => {
            load_metadata(&cargo(false), None, &[])
        }
        loaded => loaded,
    };
    loaded.map_err(|error| match &error {
        // Cargo has no other sign of it than its words.
        CargoError::Sys(SysError::Failed { stderr, .. })
            if stderr.contains("--locked was passed") =>
        {
            ServiceError::StaleLockfile {
                path: lock.to_owned(),
            }
        }
        _ => explained(error),
    })
}

/// Cargo's error, or what it comes from.
fn explained(error: CargoError) -> ServiceError {
    let CargoError::Sys(SysError::Failed { stderr, .. }) = &error else {
        return error.into();
    };
    let quoted = |after: &str| {
        let (_, rest) = stderr.split_once(after)?;
        let (_, rest) = rest.split_once('`')?;
        let (quoted, _) = rest.split_once('`')?;
        Some(quoted.to_owned())
    };
    match quoted("registry index was not found in any configuration") {
        Some(name) => ServiceError::NotConfigured {
            name,
            manifest: quoted("failed to parse manifest at").map(Utf8PathBuf::from),
        },
        None => error.into(),
    }
}
