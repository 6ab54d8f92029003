//! Relock: lock files and configurations of repositories follow a registry that has moved.
//!
//! All is read, edited and proved in a scratch copy first, for every repository; only then are
//! files written, and put back if one of them cannot be.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};
use serde::Serialize;

use super::MigrateError;
use crate::cargo::{Invocation, load_metadata, registry_names, registry_settings};
use crate::client::Client;
use crate::endpoint;
use crate::git;
use crate::manifest::{self, Manifest, replace_config_index, replace_registry_index};
use crate::model::RegistryName;
use crate::registry::{IndexEntry, PackageName};
use crate::sys::fs;
use crate::sys::scratch::Scratch;

/// Where a registry is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// Where cargo's configuration has that name.
    Name(RegistryName),
    /// At the URL of that index.
    Url(String),
}

/// What is to be relocked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelockRequest {
    /// The folder whose configuration counts for [`Target::Name`] and for the token.
    pub dir: Utf8PathBuf,
    /// The URL of the index that the packages are locked to.
    pub from: String,
    /// Where they are now.
    pub to: Target,
    /// Folders in the repositories.
    pub repositories: Vec<Utf8PathBuf>,
    /// Only prove it, and write nothing.
    pub dry_run: bool,
}

/// What was done, or would be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mended {
    /// The top folder of the repository.
    pub repository: Utf8PathBuf,
    /// The files, relative to it; none if there was nothing to do.
    pub files: Vec<Utf8PathBuf>,
    /// The packages that are locked to the new place: name and version.
    pub packages: BTreeSet<(String, String)>,
    /// The registries of its configuration that are at the new place now.
    pub registries: BTreeSet<RegistryName>,
}

/// Relocks the repositories, all or none. `on_stage` is told what goes on.
pub fn relock(
    request: &RelockRequest,
    on_stage: &mut dyn FnMut(&'static str, &str),
) -> Result<Vec<Mended>, MigrateError> {
    let client = match &request.to {
        Target::Name(name) => endpoint::open(&request.dir, name)?,
        Target::Url(url) => endpoint::open_url(&request.dir, url)?,
    };
    if client.index_url() == request.from {
        let index = request.from.clone();
        return Err(MigrateError::Same { index });
    }
    let mut registry = Registry {
        client,
        versions: BTreeMap::new(),
    };
    let mut edits = Vec::new();
    for dir in &request.repositories {
        on_stage("Reading", dir.as_str());
        let mut edit = plan_repository(dir, &request.from, &mut registry)?;
        if !edit.files.is_empty() {
            check_names(&mut edit, &request.from, registry.client.index_url())?;
            on_stage("Proving", edit.root.as_str());
            prove(&edit, &request.from, &registry.client)?;
        }
        edits.push(edit);
    }
    if !request.dry_run {
        write(&edits)?;
    }
    Ok(edits.into_iter().map(Edit::mended).collect())
}

/// The new registry, each crate asked for once.
struct Registry {
    client: Client,
    versions: BTreeMap<String, Vec<IndexEntry>>,
}

impl Registry {
    fn load(&mut self, name: &str) -> Result<(), MigrateError> {
        if !self.versions.contains_key(name) {
            let entries = self.client.versions(&PackageName::new(name)?)?;
            self.versions.insert(name.to_owned(), entries);
        }
        Ok(())
    }

    fn checksum(&self, name: &str, version: &str) -> Option<String> {
        let entries = self.versions.get(name)?.iter();
        let mut entries = entries.filter(|it| it.name.as_str() == name);
        let entry = entries.find(|it| it.vers.to_string() == version)?;
        Some(entry.cksum.to_string())
    }
}

/// What changes in one repository.
struct Edit {
    root: Utf8PathBuf,
    /// Relative to the root, with the text before and after.
    files: BTreeMap<Utf8PathBuf, (String, String)>,
    packages: BTreeSet<(String, String)>,
    registries: BTreeSet<RegistryName>,
    /// All of cargo's files that are in the repository, as they are.
    cargo_files: Vec<Utf8PathBuf>,
}

impl Edit {
    fn mended(self) -> Mended {
        Mended {
            repository: self.root,
            files: self.files.into_keys().collect(),
            packages: self.packages,
            registries: self.registries,
        }
    }
}

fn plan_repository(
    dir: &Utf8Path,
    from: &str,
    registry: &mut Registry,
) -> Result<Edit, MigrateError> {
    let root = git::open(dir)?.root().to_owned();
    let mut edit = Edit {
        files: BTreeMap::new(),
        packages: BTreeSet::new(),
        registries: BTreeSet::new(),
        cargo_files: Vec::new(),
        root,
    };
    for path in git::visible_files(&edit.root)? {
        let Some(kind) = kind_of(&path) else { continue };
        // Git may still know a file that is gone.
        let Some(text) = fs::read_text_if_exists(&edit.root.join(&path))? else {
            continue;
        };
        edit.cargo_files.push(path.clone());
        if !text.contains(from) {
            continue;
        }
        let document = Manifest::parse(&edit.root.join(&path), text.clone())?;
        let to = registry.client.index_url().to_owned();
        let new = match kind {
            Kind::Manifest => replace_registry_index(&document, from, &to),
            Kind::Config => replace_config_index(&document, from, &to),
            Kind::Lock => lock(&document, from, registry, &mut edit)?,
        };
        if new != text {
            edit.files.insert(path, (text, new));
        }
    }
    let paths: Vec<Utf8PathBuf> = edit.files.keys().cloned().collect();
    if !paths.is_empty() {
        let files = git::uncommitted(&edit.root, &paths)?;
        if !files.is_empty() {
            let repository = edit.root;
            return Err(MigrateError::Uncommitted { repository, files });
        }
    }
    Ok(edit)
}

enum Kind {
    Manifest,
    Lock,
    Config,
}

fn kind_of(path: &Utf8Path) -> Option<Kind> {
    let in_cargo = path.parent().and_then(Utf8Path::file_name) == Some(".cargo");
    match path.file_name()? {
        "Cargo.toml" => Some(Kind::Manifest),
        "Cargo.lock" => Some(Kind::Lock),
        "config" | "config.toml" if in_cargo => Some(Kind::Config),
        _ => None,
    }
}

fn lock(
    document: &Manifest,
    from: &str,
    registry: &mut Registry,
    edit: &mut Edit,
) -> Result<String, MigrateError> {
    for package in manifest::locked_packages(document) {
        let source = package.source.unwrap_or_default();
        if source.strip_prefix("registry+").unwrap_or(&source) == from {
            registry.load(&package.name)?;
        }
    }
    let to = registry.client.index_url().to_owned();
    let mut checksum = |name: &str, version: &str| registry.checksum(name, version);
    let relocked = manifest::relock(document, from, &to, &mut checksum);
    if !relocked.missing.is_empty() {
        return Err(MigrateError::Missing {
            url: to,
            repository: edit.root.clone(),
            missing: named(&relocked.missing),
        });
    }
    edit.packages.extend(relocked.moved);
    Ok(relocked.text)
}

fn named(packages: &BTreeSet<(String, String)>) -> Vec<String> {
    let packages = packages.iter();
    packages
        .map(|(name, version)| format!("{name} {version}"))
        .collect()
}

/// Will each registry that the repository sees have one name?
fn check_names(edit: &mut Edit, from: &str, to: &str) -> Result<(), MigrateError> {
    let cargo = Invocation::new(edit.root.clone());
    let mut names = BTreeSet::new();
    for name in registry_names(&cargo)? {
        let settings = registry_settings(&cargo, &name)?;
        let moves = settings
            .index_from
            .is_some_and(|path| path.starts_with(&edit.root));
        let index = settings.index.as_deref();
        if moves && index == Some(from) {
            names.insert(name.to_string());
            edit.registries.insert(name);
        } else if index == Some(to) {
            names.insert(name.to_string());
        }
    }
    if names.len() < 2 {
        return Ok(());
    }
    Err(MigrateError::Twice {
        repository: edit.root.clone(),
        index: to.to_owned(),
        names: names.into_iter().collect(),
    })
}

/// Does cargo accept the lock files as they would be, and take nothing from the old place? Beside
/// the repository, so that configurations and packages above it count.
fn prove(edit: &Edit, from: &str, client: &Client) -> Result<(), MigrateError> {
    let parent = edit.root.parent().unwrap_or(&edit.root);
    let scratch = Scratch::new_in(parent)?;
    let head = git::open(&edit.root)?.head().clone();
    git::export_tree(&edit.root, &head, scratch.path())?;
    for path in &edit.cargo_files {
        let text = match edit.files.get(path) {
            Some((_, new)) => new.clone(),
            None => fs::read_text(&edit.root.join(path))?,
        };
        fs::write(&scratch.path().join(path), text)?;
    }
    for path in &edit.cargo_files {
        if !matches!(kind_of(path), Some(Kind::Lock)) {
            continue;
        }
        let folder = path.parent().unwrap_or(Utf8Path::new(""));
        let mut cargo = Invocation {
            locked: true,
            ..Invocation::new(scratch.path().join(folder))
        };
        lend_token(&mut cargo, client)?;
        let metadata = load_metadata(&cargo, None, &[]).map_err(|source| MigrateError::Proof {
            repository: edit.root.clone(),
            source,
        })?;
        let left = metadata.packages.iter().filter(|package| {
            let source = package.source.as_ref().map(|source| source.repr.as_str());
            source.is_some_and(|it| it.strip_prefix("registry+").unwrap_or(it) == from)
        });
        let packages: Vec<String> = left
            .map(|it| format!("{} {}", it.name, it.version))
            .collect();
        if !packages.is_empty() {
            return Err(MigrateError::StillThere {
                repository: edit.root.clone(),
                from: from.to_owned(),
                packages,
            });
        }
    }
    Ok(())
}

/// Cargo keeps tokens by the registry's name, and under the name that the repository has for it
/// may still be the one for the old place.
fn lend_token(cargo: &mut Invocation, client: &Client) -> Result<(), MigrateError> {
    let Some(token) = client.token() else {
        return Ok(());
    };
    for name in registry_names(cargo)? {
        if registry_settings(cargo, &name)?.index.as_deref() != Some(client.index_url()) {
            continue;
        }
        let variable = format!("CARGO_REGISTRIES_{}", name.environment());
        let provider = (
            format!("{variable}_CREDENTIAL_PROVIDER"),
            "cargo:token".to_owned(),
        );
        cargo.env.push(provider);
        cargo
            .secrets
            .push((format!("{variable}_TOKEN"), token.clone()));
    }
    Ok(())
}

/// Writes all files; if one can't be written, those before it get their text back.
fn write(edits: &[Edit]) -> Result<(), MigrateError> {
    let files = edits.iter().flat_map(|edit| {
        let files = edit.files.iter();
        files.map(|(path, (old, new))| (edit.root.join(path), old, new))
    });
    let mut written: Vec<(Utf8PathBuf, &String)> = Vec::new();
    for (path, old, new) in files {
        if let Err(error) = fs::write(&path, new) {
            for (path, old) in written {
                fs::write(&path, old)?;
            }
            return Err(error.into());
        }
        written.push((path, old));
    }
    Ok(())
}
