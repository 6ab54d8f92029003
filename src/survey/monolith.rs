//! The repository as it is committed: its packages, and the source of their targets.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};
use cargo_metadata::{Metadata, Package, TargetKind};

use super::SurveyError;
use super::request::{Event, Listener, Options};
use crate::cargo::{self, Invocation};
use crate::model::CommitId;
use crate::references::NamedTree;
use crate::service::Copy;
use crate::syntax::load_tree;
use crate::{git, sys};

/// A repository, its committed files copied, and its targets read.
#[derive(Debug)]
pub(super) struct Monolith {
    /// Its top folder.
    pub top: Utf8PathBuf,
    /// The commit.
    pub head: String,
    /// Has it only the last commits?
    pub shallow: bool,
    /// The committed files.
    pub copy: Copy,
    /// The sources of its libraries and binaries; paths are relative to the top folder.
    pub trees: Vec<NamedTree>,
    /// What is known of each of them beside that, in the same order.
    pub targets: Vec<Target>,
    /// What is not looked at.
    pub left_out: Vec<LeftOut>,
}

/// A library or a binary of the workspace.
#[derive(Debug, Clone)]
pub(super) struct Target {
    /// Its package.
    pub package: String,
    /// The name of the target, as Rust code writes it.
    pub name: String,
    /// The same, as its manifest writes it.
    pub binary: String,
    /// Is it the library?
    pub library: bool,
    /// Is it a library of procedural macros?
    pub proc_macro: bool,
    /// The names of the crates that its code can name.
    pub externs: BTreeSet<String>,
    /// Those of them that are libraries of this workspace: the index of each.
    pub siblings: BTreeMap<String, usize>,
    /// Is it of the edition of 2015?
    pub edition2015: bool,
}

/// Code that is not looked at.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct LeftOut {
    /// The file or folder, relative to the top folder.
    pub path: Utf8PathBuf,
    /// Why.
    pub why: String,
}

/// Opens the repository that `dir` is in and reads its packages.
pub(super) fn load(
    dir: &Utf8Path,
    options: &Options,
    listener: &mut Listener<'_>,
) -> Result<Monolith, SurveyError> {
    let top = git::worktree_root(dir)?;
    listener(Event::Stage("Reading", top.to_string()));
    let repository = git::open_bare(&top)?;
    let workspace = workspace_folder(dir, &top, repository.head())?;
    let copy = Copy::of_commit(&top, &workspace, repository.head())?;
    let invocation = Invocation {
        offline: options.offline,
        ..copy.cargo()
    };
    let metadata = cargo::load_metadata_no_deps(&invocation, None)?;
    let mut monolith = Monolith {
        shallow: git::is_shallow(&top)?,
        head: repository.head().to_string(),
        top,
        trees: Vec::new(),
        targets: Vec::new(),
        left_out: Vec::new(),
        copy,
    };
    for file in monolith.copy.left_out().to_vec() {
        let why = "its content is not in the repository".to_owned();
        monolith.left_out.push(LeftOut { path: file, why });
    }
    read_targets(&mut monolith, &metadata)?;
    if monolith.trees.is_empty() {
        return Err(SurveyError::NoTarget {
            top: monolith.top.clone(),
        });
    }
    Ok(monolith)
}

/// The folder of the workspace that `dir` is in, or else the one below it that is nearest to the
/// top.
fn workspace_folder(
    dir: &Utf8Path,
    top: &Utf8Path,
    head: &CommitId,
) -> Result<Utf8PathBuf, SurveyError> {
    let dir = sys::fs::canonical(dir)?;
    let above = dir.ancestors().take_while(|folder| folder.starts_with(top));
    let has_manifest = |folder: &&Utf8Path| folder.join("Cargo.toml").is_file();
    if let Some(folder) = above.clone().find(has_manifest) {
        let invocation = Invocation::new(folder);
        let metadata = cargo::load_metadata_no_deps(&invocation, None)?;
        return Ok(metadata.workspace_root);
    }
    let files = git::files_at(top, head, Utf8Path::new(""))?;
    let folders = files
        .iter()
        .filter(|file| file.path.file_name() == Some("Cargo.toml"))
        .filter_map(|file| file.path.parent());
    let nearest = folders.min_by_key(|path| (path.components().count(), path.as_str()));
    let folder = nearest.ok_or_else(|| SurveyError::NoRust {
        top: top.to_owned(),
    })?;
    Ok(top.join(folder))
}

fn read_targets(monolith: &mut Monolith, metadata: &Metadata) -> Result<(), SurveyError> {
    let root = sys::fs::canonical(monolith.copy.top())?;
    let mut packages = metadata.workspace_packages();
    packages.sort_by(|a, b| a.manifest_path.cmp(&b.manifest_path));
    let mut known: BTreeSet<Utf8PathBuf> = BTreeSet::new();
    for package in &packages {
        for target in &package.targets {
            let (is_library, is_macro) = (cargo::is_library(target), is_proc_macro(target));
            if !is_library && !is_macro && !target.kind.contains(&TargetKind::Bin) {
                continue;
            }
            let Ok(file) = target.src_path.strip_prefix(&root) else {
                continue;
            };
            // Two targets of one root file have the same items.
            if !known.insert(file.to_owned()) {
                continue;
            }
            let tree = load_tree(&root, file)?;
            for unparsed in &tree.unparsed {
                let message = &unparsed.message;
                let why = format!("line {}: {message}", unparsed.line);
                let path = unparsed.file.clone();
                monolith.left_out.push(LeftOut { path, why });
            }
            monolith.trees.push(NamedTree {
                package: package.name.to_string(),
                tree,
            });
            monolith.targets.push(Target {
                package: package.name.to_string(),
                name: target.name.replace('-', "_"),
                binary: target.name.clone(),
                library: is_library || is_macro,
                proc_macro: is_macro,
                externs: externs(package),
                siblings: BTreeMap::new(),
                edition2015: target.edition == cargo_metadata::Edition::E2015,
            });
        }
    }
    link(&mut monolith.targets, &packages);
    monolith.left_out.sort();
    monolith.left_out.dedup();
    Ok(())
}

fn is_proc_macro(target: &cargo_metadata::Target) -> bool {
    target.kind.contains(&TargetKind::ProcMacro)
}

fn written_name(dependency: &cargo_metadata::Dependency) -> String {
    let name = dependency.rename.as_ref().unwrap_or(&dependency.name);
    name.replace('-', "_")
}

fn externs(package: &Package) -> BTreeSet<String> {
    package.dependencies.iter().map(written_name).collect()
}

/// Finds which crates that a target can name are libraries of the workspace.
fn link(targets: &mut [Target], packages: &[&Package]) {
    let libraries: BTreeMap<String, (usize, String)> = targets
        .iter()
        .enumerate()
        .filter(|(_, target)| target.library)
        .map(|(at, target)| (target.package.clone(), (at, target.name.clone())))
        .collect();
    for target in targets.iter_mut() {
        let Some(package) = packages
            .iter()
            .find(|it| it.name.as_str() == target.package)
        else {
            continue;
        };
        for dependency in &package.dependencies {
            if let Some((at, name)) = libraries.get(&dependency.name)
                && dependency.path.is_some()
            {
                let written = match &dependency.rename {
                    Some(name) => name.replace('-', "_"),
                    None => name.clone(),
                };
                target.externs.insert(written.clone());
                target.siblings.insert(written, *at);
            }
        }
        if !target.library
            && let Some((at, name)) = libraries.get(&target.package)
        {
            target.externs.insert(name.clone());
            target.siblings.insert(name.clone(), *at);
        }
    }
}
