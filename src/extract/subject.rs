//! What is to be taken out of what: the repository, the package, the target and its modules, and
//! the refusals that can be known before anything is built.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};
use cargo_metadata::{Metadata, Package, TargetKind};
use semver::Version;

use super::ExtractError;
use super::request::{Event, Listener, Request, TargetChoice};
use super::whole;
use crate::cargo::Invocation;
use crate::model::ModulePath;
use crate::syntax::{Module, SourceTree, load_tree};
use crate::sys::scratch::Scratch;
use crate::{cargo, git, sys};

/// The monolith as it was committed, in a scratch folder, and what is to leave it.
#[derive(Debug)]
pub struct Subject {
    /// The user's repository.
    pub repository: git::Repository,
    /// Holds all that this run builds.
    pub scratch: Scratch,
    /// The committed files, in the scratch folder.
    pub tree_root: Utf8PathBuf,
    /// `cargo metadata` of the scratch copy.
    pub metadata: Metadata,
    /// The package.
    pub package: Package,
    /// The target that declares the modules.
    pub target: cargo_metadata::Target,
    /// Its source.
    pub source: SourceTree,
    /// The modules.
    pub modules: Vec<ModulePath>,
    /// Where builds go: kept between runs.
    pub target_dir: Utf8PathBuf,
    /// The committed `Cargo.lock`.
    pub lockfile: Option<String>,
}

impl Subject {
    /// Puts the committed `Cargo.lock` back into the scratch copy.
    pub fn restore_lockfile(&self) -> Result<(), ExtractError> {
        let path = self.metadata.workspace_root.join("Cargo.lock");
        match &self.lockfile {
            Some(text) => Ok(sys::fs::write(&path, text)?),
            None => Ok(sys::fs::remove_file(&path)?),
        }
    }

    /// A path of the scratch copy, relative to the repository's root.
    pub fn relative(&self, path: &Utf8Path) -> Utf8PathBuf {
        path.strip_prefix(&self.tree_root)
            .unwrap_or(path)
            .to_owned()
    }

    /// The package's folder, relative to the repository's root.
    pub fn package_dir(&self) -> Utf8PathBuf {
        let manifest = self.relative(&self.package.manifest_path);
        manifest.parent().map(ToOwned::to_owned).unwrap_or_default()
    }

    /// The workspace's folder, relative to the repository's root.
    pub fn workspace_dir(&self) -> Utf8PathBuf {
        self.relative(&self.metadata.workspace_root)
    }

    /// The names of the package's dependencies, as Rust code writes them.
    pub fn externs(&self) -> BTreeSet<String> {
        let name = |dependency: &cargo_metadata::Dependency| {
            dependency
                .rename
                .clone()
                .unwrap_or_else(|| dependency.name.clone())
                .replace('-', "_")
        };
        self.package.dependencies.iter().map(name).collect()
    }

    /// The name of the package's library, as its tests and docs write it; its package name where
    /// it has none.
    pub fn own_name(&self) -> String {
        let lib = self
            .package
            .targets
            .iter()
            .find(|target| cargo::is_library(target));
        let name = lib.map_or(self.package.name.as_str(), |target| target.name.as_str());
        name.replace('-', "_")
    }

    /// Is the package to leave as a whole?
    pub fn is_whole(&self) -> bool {
        self.modules.is_empty()
    }

    /// What is taken, for commit messages.
    pub fn taken(&self) -> String {
        let package = &self.package.name;
        if self.is_whole() {
            return format!("the package {package}");
        }
        let modules: Vec<String> = self.modules.iter().map(ToString::to_string).collect();
        format!("{} of {package}", modules.join(", "))
    }

    /// The first version of the library: a package that has one keeps it.
    pub fn first_version(&self) -> Version {
        let own = &self.package.version;
        let none = Version::new(0, 0, 0);
        if self.is_whole() && *own != none {
            own.clone()
        } else {
            Version::new(0, 1, 0)
        }
    }

    /// The files of the modules, relative to the repository's root.
    pub fn files(&self) -> BTreeSet<Utf8PathBuf> {
        let within = self
            .modules
            .iter()
            .flat_map(|module| self.source.within(module));
        within
            .flat_map(Module::bodies)
            .map(|body| body.file.clone())
            .collect()
    }

    /// Is the module written in braces, inside a file that stays?
    pub fn inline(&self) -> Vec<&ModulePath> {
        let inline = |module: &&ModulePath| {
            let declaration = self
                .source
                .find_module(module)
                .and_then(|m| m.declaration.as_ref());
            declaration.is_some_and(|declaration| declaration.inline)
        };
        self.modules.iter().filter(inline).collect()
    }
}

/// Opens the repository, copies its committed state and finds what the request names.
pub(super) fn load_subject(
    request: &Request,
    listener: &mut Listener<'_>,
) -> Result<Subject, ExtractError> {
    let repository = git::open(&request.dir)?;
    listener(Event::Stage("Reading", repository.root().to_string()));
    let scratch = scratch_beside(repository.root())?;
    let tree_root = scratch.path().join("tree");
    let absent = git::export_tree(repository.root(), repository.head(), &tree_root)?;
    if !absent.is_empty() {
        let list: Vec<&str> = absent.iter().map(|path| path.as_str()).collect();
        listener(Event::Note(format!(
            "the repository lacks the content of {}",
            list.join(", ")
        )));
    }
    let manifest = scratch_manifest(request, &repository, &tree_root)?;
    let dir = manifest.parent().unwrap_or(&tree_root);
    let invocation = Invocation {
        offline: request.offline,
        ..Invocation::new(dir)
    };
    let root = cargo::load_metadata_no_deps(&invocation, Some(&manifest))?.workspace_root;
    let lockfile = sys::fs::read_text_if_exists(&root.join("Cargo.lock"))?;
    let metadata = cargo::load_metadata(&invocation, Some(&manifest), &[])?;
    let package = find_package(request, &metadata, &manifest)?;
    let target_dir = target_dir(&repository);
    let (target, source) = find_target(request, &package, &repository, &tree_root)?;
    let modules = disjoint(&request.modules);
    let subject = Subject {
        repository,
        scratch,
        tree_root,
        metadata,
        package,
        target,
        source,
        modules,
        target_dir,
        lockfile,
    };
    refuse_files(&subject)?;
    Ok(subject)
}

/// The arguments that every cargo run of an extraction takes.
pub(super) fn cargo_args(request: &Request) -> Vec<String> {
    if request.offline {
        vec!["--offline".to_owned()]
    } else {
        Vec::new()
    }
}

/// A scratch folder beside the repository: there, configuration and paths that lead out of the
/// repository are found as they are from the repository itself. Where that folder takes no new
/// ones, the system's place for temporary files serves.
pub(super) fn scratch_beside(root: &Utf8Path) -> Result<Scratch, ExtractError> {
    let beside = root
        .parent()
        .and_then(|parent| Scratch::new_in(parent).ok());
    let scratch = match beside {
        Some(scratch) => scratch,
        None => Scratch::new()?,
    };
    scratch.mark(root)?;
    Ok(scratch)
}

/// Builds are kept in the repository's own git folder: not tracked, and not mixed with the
/// user's, whose packages have the same names.
pub(super) fn target_dir(repository: &git::Repository) -> Utf8PathBuf {
    repository.common_dir().join("quarry").join("target")
}

fn scratch_manifest(
    request: &Request,
    repository: &git::Repository,
    tree_root: &Utf8Path,
) -> Result<Utf8PathBuf, ExtractError> {
    let named = match &request.manifest_path {
        Some(path) => sys::fs::canonical(&request.dir.join(path))?,
        None => nearest_manifest(&request.dir, repository.root())?,
    };
    let relative =
        named
            .strip_prefix(repository.root())
            .map_err(|_| ExtractError::OutsideManifest {
                manifest: named.clone(),
                root: repository.root().to_owned(),
            })?;
    let manifest = tree_root.join(relative);
    if sys::fs::read(&manifest).is_err() {
        return Err(ExtractError::UntrackedManifest { manifest: named });
    }
    Ok(manifest)
}

fn nearest_manifest(dir: &Utf8Path, root: &Utf8Path) -> Result<Utf8PathBuf, ExtractError> {
    let dir = sys::fs::canonical(dir)?;
    dir.ancestors()
        .take_while(|folder| folder.starts_with(root))
        .map(|folder| folder.join("Cargo.toml"))
        .find(|manifest| sys::fs::read(manifest).is_ok())
        .ok_or_else(|| ExtractError::NoManifest { dir: dir.clone() })
}

fn find_package(
    request: &Request,
    metadata: &Metadata,
    manifest: &Utf8Path,
) -> Result<Package, ExtractError> {
    let members = metadata.workspace_packages();
    let found = match &request.package {
        Some(name) => members.iter().find(|package| package.name.as_str() == name),
        None => members
            .iter()
            .find(|package| package.manifest_path == manifest)
            .or(if members.len() == 1 {
                members.first()
            } else {
                None
            }),
    };
    let names = || {
        members
            .iter()
            .map(|package| package.name.to_string())
            .collect()
    };
    match (found, &request.package) {
        (Some(package), _) => Ok((*package).clone()),
        (None, Some(name)) => Err(ExtractError::NoPackage {
            name: name.clone(),
            members: names(),
        }),
        (None, None) => Err(ExtractError::WhichPackage { members: names() }),
    }
}

/// The target that declares the modules, and its source.
fn find_target(
    request: &Request,
    package: &Package,
    repository: &git::Repository,
    tree_root: &Utf8Path,
) -> Result<(cargo_metadata::Target, SourceTree), ExtractError> {
    let is_macro = |target: &cargo_metadata::Target| target.kind.contains(&TargetKind::ProcMacro);
    if request.modules.is_empty() {
        let first = package
            .targets
            .iter()
            .find(|target| cargo::is_library(target));
        let target = first.or(package.targets.first()).cloned();
        let target = target.ok_or_else(|| ExtractError::NoTarget {
            package: package.name.to_string(),
        })?;
        return Ok((target, SourceTree::default()));
    }
    if package.targets.iter().any(is_macro) {
        return Err(ExtractError::ProcMacro {
            package: package.name.to_string(),
        });
    }
    let mut declaring = Vec::new();
    let mut near = BTreeSet::new();
    let mut missing = None;
    let mut refusal = None;
    for target in &package.targets {
        let wanted = match &request.target {
            TargetChoice::Any => {
                cargo::is_library(target) || target.kind.contains(&TargetKind::Bin)
            }
            TargetChoice::Lib => cargo::is_library(target),
            TargetChoice::Bin(name) => {
                target.kind.contains(&TargetKind::Bin) && target.name == *name
            }
        };
        let Ok(root_file) = target.src_path.strip_prefix(tree_root) else {
            continue;
        };
        if !wanted {
            continue;
        }
        let source = load_tree(tree_root, root_file)?;
        match request
            .modules
            .iter()
            .find(|module| source.find_module(module).is_none())
        {
            None => declaring.push((target.clone(), source)),
            Some(module) => {
                if refusal.is_none() {
                    refusal = refuse_missing(repository, &source, module).err();
                }
                near.extend(
                    source
                        .near_modules(module)
                        .into_iter()
                        .map(ToString::to_string),
                );
                missing.get_or_insert_with(|| module.clone());
            }
        }
    }
    if let (1.., Some(at)) = (
        declaring.len(),
        declaring.iter().position(|(t, _)| cargo::is_library(t)),
    ) && (request.target != TargetChoice::Any || declaring.len() == 1)
    {
        return Ok(declaring.swap_remove(at));
    }
    match declaring.len() {
        1 => Ok(declaring.swap_remove(0)),
        0 => Err(refusal.unwrap_or_else(|| ExtractError::NoModule {
            module: missing.unwrap_or_default(),
            package: package.name.to_string(),
            near: near.into_iter().collect(),
        })),
        _ => Err(ExtractError::WhichTarget {
            targets: declaring
                .iter()
                .map(|(target, _)| {
                    if cargo::is_library(target) {
                        "--lib".to_owned()
                    } else {
                        format!("--bin {}", target.name)
                    }
                })
                .collect(),
        }),
    }
}

/// Refuses a module that is declared and whose file the commit does not have.
fn refuse_missing(
    repository: &git::Repository,
    source: &SourceTree,
    module: &ModulePath,
) -> Result<(), ExtractError> {
    let missing = source
        .missing
        .iter()
        .find(|missing| module.is_within(&missing.module));
    let Some(missing) = missing else {
        return Ok(());
    };
    // It may be one that is not committed, or in a submodule.
    git::check_paths(repository, &missing.files)?;
    Err(ExtractError::NoModuleFile {
        module: missing.module.clone(),
        files: missing.files.clone(),
    })
}

/// Modules inside others of the list go with them.
fn disjoint(modules: &[ModulePath]) -> Vec<ModulePath> {
    let mut kept: Vec<ModulePath> = Vec::new();
    let mut sorted = modules.to_vec();
    sorted.sort();
    sorted.dedup();
    for module in sorted {
        if !kept.iter().any(|other| module.is_within(other)) {
            kept.push(module);
        }
    }
    kept
}

/// What the user's files must not be: changed, links, in a submodule.
fn refuse_files(subject: &Subject) -> Result<(), ExtractError> {
    if subject.modules.iter().any(ModulePath::is_root) {
        return Err(ExtractError::Root {
            package: subject.package.name.to_string(),
        });
    }
    if subject.is_whole() {
        return whole::refuse(subject);
    }
    let files: Vec<Utf8PathBuf> = subject.files().into_iter().collect();
    let unparsed = subject
        .source
        .unparsed
        .iter()
        .find(|unparsed| files.contains(&unparsed.file));
    if let Some(unparsed) = unparsed {
        return Err(ExtractError::Unparsed {
            file: unparsed.file.clone(),
            line: unparsed.line,
            message: unparsed.message.clone(),
        });
    }
    git::check_paths(&subject.repository, &files)?;
    Ok(())
}
