//! The crates to release and what is known of them, read from the last commit: what is not
//! committed is not released.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};
use cargo_metadata::{DependencyKind, Metadata, Package};
use semver::Version;

use super::ReleaseError;
use super::request::{Event, Listener, Request};
use super::settings::{Replacement, Settings, TagName};
use crate::cargo::{self, Invocation};
use crate::git;
use crate::model::RegistryName;
use crate::sys::durable::Lock;
use crate::sys::scratch::Scratch;

/// What a release starts from.
#[derive(Debug)]
pub struct Subject {
    pub(super) repository: git::Repository,
    /// The folder in the repository that cargo finds the workspace from, relative to its root.
    pub(super) workspace: Utf8PathBuf,
    /// The crates, those that others need first.
    pub(super) crates: Vec<Candidate>,
    /// All packages of the workspace and their versions.
    pub(super) members: BTreeMap<String, Version>,
    /// What counts for all of them.
    pub(super) settings: Settings,
    /// What cargo-release says of itself.
    pub(super) tool: Tool,
    pub(super) twin: Twin,
    // Held until the release has ended.
    _lock: Lock,
}

/// A crate that is to be released.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// Its name.
    pub name: String,
    /// The version in its manifest.
    pub version: Version,
    /// Its folder in the user's checkout.
    pub dir: Utf8PathBuf,
    /// Its folder, relative to the repository's root.
    pub(super) folder: Utf8PathBuf,
    pub(super) publish: Publish,
    pub(super) tags: TagName,
    pub(super) hook: Option<String>,
    /// What cargo-release replaces in other files than the changelog.
    pub(super) replacements: Vec<Replacement>,
}

/// Where a crate may be published, by its manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Publish {
    /// To these.
    To(Vec<RegistryName>),
    /// Nowhere.
    Never,
    /// Anywhere: nothing keeps it from crates.io.
    Anywhere,
}

/// The cargo-release at hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Tool {
    /// This version.
    Version(Version),
    /// It is not installed, or does not start.
    Missing,
    /// It does not understand its settings; what it says.
    Settings(String),
}

/// A second clone to work in. It goes with its owner.
#[derive(Debug)]
pub(super) struct Twin {
    scratch: Scratch,
}

impl Twin {
    /// The root of its worktree.
    pub(super) fn root(&self) -> Utf8PathBuf {
        self.scratch.path().join("twin")
    }

    /// A file of settings for cargo-release, which goes with it.
    pub(super) fn settings(&self) -> Utf8PathBuf {
        self.scratch.path().join("release.toml")
    }
}

impl Subject {
    /// The crates, those that others need first.
    pub fn crates(&self) -> &[Candidate] {
        &self.crates
    }

    /// The branch that is checked out, as far as there is one.
    pub(super) fn branch(&self) -> &str {
        self.repository.branch().unwrap_or("HEAD")
    }

    /// Cargo in a folder of the twin, with the registries that it would find in the user's
    /// checkout.
    pub(super) fn cargo(&self, folder: &Utf8Path) -> Result<Invocation, ReleaseError> {
        let root = self.repository.root();
        cargo_in_twin(root, &self.twin.root().join(folder))
    }
}

/// Where releases keep what they need while they run: in the git folder, which is not tracked.
pub(super) fn place(repository: &git::Repository) -> Utf8PathBuf {
    repository.common_dir().join("quarry").join("release")
}

/// Reads what a release would start from. Nothing of the repository is changed.
///
/// # Errors
/// If there is no repository, no such crate, or another release is under way.
pub fn load(request: &Request, listener: &mut Listener<'_>) -> Result<Subject, ReleaseError> {
    let repository = git::open(&request.dir)?;
    let place = place(&repository);
    let lock = place.with_extension("lock");
    let Some(lock) = Lock::try_acquire(&lock)? else {
        return Err(ReleaseError::UnderWay {
            repository: repository.root().to_owned(),
        });
    };
    // What a run that was killed has left.
    crate::sys::fs::remove_dir_all(&place)?;
    listener(Event::Stage("Reading", repository.root().to_string()));
    let twin = Twin {
        scratch: Scratch::new_in(&place)?,
    };
    let branch = repository.branch().unwrap_or("detached");
    let root = twin.root();
    // The remote's name is that of the settings, which are read in the twin.
    git::make_twin(
        repository.root(),
        &root,
        "origin",
        branch,
        repository.head(),
    )?;
    let here = crate::sys::fs::canonical(&request.dir)?;
    let here = here
        .strip_prefix(repository.root())
        .unwrap_or(Utf8Path::new(""));
    let cargo = cargo_in_twin(repository.root(), &root.join(here))?;
    let metadata = cargo::load_metadata_no_deps(&cargo, None)?;
    let packages = select(&metadata, &request.crates, &cargo.dir)?;
    let (tool, mut crates, mut settings) = (tool(&cargo), Vec::new(), Settings::default());
    let mut understood = true;
    let mut tool = tool?;
    for (at, package) in packages.iter().enumerate() {
        let folder = package.manifest_path.parent().unwrap_or(&root);
        let cargo = Invocation {
            dir: folder.to_owned(),
            ..cargo.clone()
        };
        let effective = match &tool {
            Tool::Version(_) if understood => Settings::load_effective(&cargo),
            _ => Settings::load_files(&metadata.workspace_root, folder),
        };
        let own = match effective {
            Ok(own) => own,
            Err(error) => {
                understood = false;
                tool = Tool::Settings(error.to_string());
                Settings::load_files(&metadata.workspace_root, folder)?
            }
        };
        crates.push(candidate(package, &repository, &root, &own));
        if at == 0 {
            settings = own;
        }
    }
    let workspace = metadata.workspace_root.strip_prefix(&root);
    Ok(Subject {
        workspace: workspace.unwrap_or(Utf8Path::new("")).to_owned(),
        members: members(&metadata),
        repository,
        crates,
        settings,
        tool,
        twin,
        _lock: lock,
    })
}

/// The packages of a workspace and their versions.
pub(super) fn members(metadata: &Metadata) -> BTreeMap<String, Version> {
    let packages = metadata.workspace_packages().into_iter();
    packages
        .map(|package| (package.name.to_string(), package.version.clone()))
        .collect()
}

fn candidate(
    package: &Package,
    repository: &git::Repository,
    twin: &Utf8Path,
    settings: &Settings,
) -> Candidate {
    let folder = package.manifest_path.parent().unwrap_or(twin);
    let folder = folder.strip_prefix(twin).unwrap_or(Utf8Path::new(""));
    Candidate {
        name: package.name.to_string(),
        version: package.version.clone(),
        dir: repository.root().join(folder),
        publish: publish(package),
        tags: settings.tags(&package.name, folder.as_str().is_empty()),
        hook: settings.hook(),
        replacements: settings.other_replacements(),
        folder: folder.to_owned(),
    }
}

/// Where the manifest of a package lets it be published.
pub(super) fn publish(package: &Package) -> Publish {
    match &package.publish {
        None => Publish::Anywhere,
        Some(list) if list.is_empty() => Publish::Never,
        Some(list) => Publish::To(
            list.iter()
                .filter_map(|name| RegistryName::new(name).ok())
                .collect(),
        ),
    }
}

/// Cargo in a folder of the twin. Its configuration is found from the user's checkout: the twin
/// lies elsewhere.
fn cargo_in_twin(root: &Utf8Path, folder: &Utf8Path) -> Result<Invocation, ReleaseError> {
    let mut cargo = Invocation::new(folder);
    let here = Invocation::new(root);
    for name in cargo::registry_names(&here)? {
        if let Some(index) = cargo::registry_settings(&here, &name)?.index {
            let variable = format!("CARGO_REGISTRIES_{}_INDEX", name.environment());
            cargo.env.push((variable, index));
        }
    }
    Ok(cargo)
}

fn tool(cargo: &Invocation) -> Result<Tool, ReleaseError> {
    // Cargo itself says that there is no such command, with its own exit code.
    let output = cargo.program("release").arg("--version").run()?;
    // `cargo-release 1.1.6`
    let said = output.stdout_text();
    let version = said
        .split_whitespace()
        .find_map(|word| Version::parse(word).ok());
    Ok(match version {
        Some(version) if output.success() => Tool::Version(version),
        _ => Tool::Missing,
    })
}

/// The packages that are meant, those that others need first.
fn select<'a>(
    metadata: &'a Metadata,
    names: &[String],
    here: &Utf8Path,
) -> Result<Vec<&'a Package>, ReleaseError> {
    let members = metadata.workspace_packages();
    let known = || {
        let mut names: Vec<String> = members.iter().map(|it| it.name.to_string()).collect();
        names.sort();
        names
    };
    let mut chosen: Vec<&Package> = Vec::new();
    for name in names {
        let Some(package) = members.iter().find(|it| it.name.as_str() == name) else {
            let (name, known) = (name.clone(), known());
            return Err(ReleaseError::NoSuchCrate { name, known });
        };
        chosen.push(package);
    }
    if chosen.is_empty() {
        let folder = |package: &&&Package| {
            let folder = package.manifest_path.parent()?;
            here.starts_with(folder).then(|| folder.as_str().len())
        };
        let around = members.iter().filter(|it| folder(it).is_some());
        match (around.max_by_key(folder), members.as_slice()) {
            (_, [only]) => chosen.push(only),
            (Some(package), _) if here != metadata.workspace_root => chosen.push(package),
            _ => return Err(ReleaseError::WhichCrate { known: known() }),
        }
    }
    Ok(in_order(chosen))
}

/// The package that is named, or that `here` is in.
pub(super) fn one<'a>(
    metadata: &'a Metadata,
    name: Option<&str>,
    here: &Utf8Path,
) -> Result<&'a Package, ReleaseError> {
    let names: Vec<String> = name.iter().map(|&name| name.to_owned()).collect();
    Ok(select(metadata, &names, here)?[0])
}

/// Those that others need first; else by name. Dependencies of tests are no matter of order.
pub(super) fn in_order(mut packages: Vec<&Package>) -> Vec<&Package> {
    packages.sort_by(|a, b| a.name.cmp(&b.name));
    packages.dedup_by(|a, b| a.id == b.id);
    let mut ordered: Vec<&Package> = Vec::new();
    while !packages.is_empty() {
        let waiting: BTreeSet<&str> = packages.iter().map(|it| it.name.as_str()).collect();
        let is_ready = |package: &&Package| {
            let mut needs = package.dependencies.iter().filter(|dependency| {
                dependency.path.is_some() && dependency.kind != DependencyKind::Development
            });
            !needs.any(|it| waiting.contains(it.name.as_str()) && it.name != package.name.as_str())
        };
        // Cargo knows no cycles but those of tests, so that one is always ready.
        let at = packages.iter().position(is_ready).unwrap_or(0);
        ordered.push(packages.remove(at));
    }
    ordered
}
