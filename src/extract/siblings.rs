//! Packages of the workspace that the new crate needs: where each build finds them.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};
use cargo_metadata::{DependencyKind, Package};
use semver::Version;

use super::ExtractError;
use super::candidate::normal;
use super::overlay::{PackageFile, write_overlay_config};
use super::request::{Event, Listener, Request};
use super::settle::{Settled, invocation};
use super::subject::Subject;
use super::whole;
use crate::cargo::{self, Dirty};
use crate::manifest::{
    Dependency, DependencySource, Manifest, PackageInput, Redirect, Sibling, derive_package,
    redirect_dependency, seed_lockfile,
};
use crate::model::{CrateName, Digest, RegistryName};
use crate::sys;

/// A package of the workspace as it will be published before the library.
#[derive(Debug)]
pub struct PackagedSibling {
    /// Its name.
    pub name: CrateName,
    /// Its version.
    pub version: Version,
    /// A copy of its folder that can be published: kept in the monolith's git folder, since that
    /// may happen later.
    pub folder: Utf8PathBuf,
    /// Its package.
    pub package: PackageFile,
}

/// All packages that are folders of the scratch copy, as a crate beside it names them.
pub(super) fn in_scratch(subject: &Subject) -> BTreeMap<String, Sibling> {
    siblings(subject, |folder| DependencySource::Path(folder.to_owned()))
}

/// The same as the finished library names them: from its registry, or else by the way from its
/// place to the monolith.
pub(super) fn in_library(subject: &Subject, request: &Request) -> BTreeMap<String, Sibling> {
    siblings(subject, |folder| {
        if let Some(registry) = &request.registry {
            return DependencySource::Registry(registry.to_string());
        }
        let folder = subject.repository.root().join(subject.relative(folder));
        DependencySource::Path(path_between(&request.into, &folder))
    })
}

fn siblings(
    subject: &Subject,
    source: impl Fn(&Utf8Path) -> DependencySource,
) -> BTreeMap<String, Sibling> {
    let sibling = |package: &Package| {
        let folder = package.manifest_path.parent()?;
        let sibling = Sibling {
            version: package.version.clone(),
            source: source(folder),
        };
        Some((package.name.to_string(), sibling))
    };
    folders(subject).filter_map(sibling).collect()
}

/// The packages that are folders, members of the workspace or not.
fn folders(subject: &Subject) -> impl Iterator<Item = &Package> {
    let packages = subject.metadata.packages.iter();
    packages.filter(|package| package.source.is_none())
}

/// The packages of the workspace that a crate with these dependencies needs, directly or through
/// others: each after those that it needs itself. What only their tests need is left out.
pub(super) fn needed_siblings<'a>(
    subject: &'a Subject,
    dependencies: &[Dependency],
) -> Vec<&'a Package> {
    let mut order = Vec::new();
    let mut seen = BTreeSet::new();
    for dependency in dependencies {
        if matches!(dependency.source, DependencySource::Path(_)) {
            let named = folders(subject).find(|p| p.name.as_str() == dependency.package);
            visit(subject, named, &mut seen, &mut order);
        }
    }
    order
}

fn visit<'a>(
    subject: &'a Subject,
    package: Option<&'a Package>,
    seen: &mut BTreeSet<&'a Utf8Path>,
    order: &mut Vec<&'a Package>,
) {
    let Some(package) = package.filter(|package| seen.insert(&package.manifest_path)) else {
        return;
    };
    for dependency in &package.dependencies {
        if dependency.kind != DependencyKind::Development {
            visit(subject, folder_of(subject, dependency), seen, order);
        }
    }
    order.push(package);
}

/// The package that a dependency by path means.
pub(super) fn folder_of<'a>(
    subject: &'a Subject,
    dependency: &cargo_metadata::Dependency,
) -> Option<&'a Package> {
    let path = dependency.path.as_ref()?;
    folders(subject).find(|package| package.manifest_path.parent() == Some(path))
}

/// A source as a manifest of the scratch copy is to name it in the end: the library's final place
/// by the way to it.
pub(super) fn named_in(
    subject: &Subject,
    request: &Request,
    manifest: &Manifest,
    source: &DependencySource,
) -> DependencySource {
    match source {
        DependencySource::Path(path) if *path == request.into => {
            let folder = subject.relative(manifest.folder());
            let folder = subject.repository.root().join(folder);
            DependencySource::Path(path_between(&folder, path))
        }
        other => other.clone(),
    }
}

/// The way from one folder to another, with `/`.
pub(super) fn path_between(from: &Utf8Path, to: &Utf8Path) -> Utf8PathBuf {
    let (from, to) = (normal(from), normal(to));
    let pairs = from.components().zip(to.components());
    let shared = pairs.take_while(|(a, b)| a == b).count();
    let up = from.components().skip(shared).map(|_| "..");
    let down = to.components().skip(shared).map(|part| part.as_str());
    up.chain(down).collect::<Vec<_>>().join("/").into()
}

/// Packages what the library needs of the workspace, each with those before it in an overlay of
/// the registry at `index`.
pub(super) fn package_siblings(
    subject: &Subject,
    request: &Request,
    settled: &Settled,
    index: &str,
    listener: &mut Listener<'_>,
) -> Result<Vec<PackagedSibling>, ExtractError> {
    let needed = needed_siblings(subject, &settled.candidate.library.dependencies);
    if needed
        .iter()
        .any(|package| package.id == subject.package.id)
    {
        return Err(ExtractError::SiblingCycle {
            package: subject.package.name.to_string(),
            name: request.name.clone(),
        });
    }
    let parent = subject.target_dir.with_file_name("siblings");
    let parent = parent.join(request.name.as_str());
    sys::fs::remove_dir_all(&parent)?;
    let mut packaged: Vec<PackagedSibling> = Vec::new();
    for package in needed {
        let what = format!("{} {}", package.name, package.version);
        listener(Event::Stage("Packaging", what));
        let folder = parent.join(package.name.as_str());
        copy_package(subject, request, package, &folder)?;
        let before: Vec<&PackageFile> = packaged.iter().map(|other| &other.package).collect();
        let config = write_overlay_config(subject, &before, index)?;
        let mut cargo = invocation(subject, request, &folder);
        cargo.config.push(config.to_string());
        let target = subject.scratch.path().join("siblings");
        let made = cargo::package(&cargo, &target, Dirty::Allow, &[])?;
        let path = parent.join(made.file_name().unwrap_or("package.crate"));
        sys::fs::copy(&made, &path)?;
        let checksum = Digest::of(&sys::fs::read(&path)?);
        packaged.push(PackagedSibling {
            name: crate_name(package)?,
            version: package.version.clone(),
            folder,
            package: PackageFile { path, checksum },
        });
    }
    Ok(packaged)
}

fn crate_name(package: &Package) -> Result<CrateName, ExtractError> {
    let name = package.name.as_str();
    CrateName::new(name).map_err(|source| ExtractError::SiblingName {
        package: name.to_owned(),
        source,
    })
}

/// A package of the workspace in a folder of its own, with a manifest that needs no workspace.
fn copy_package(
    subject: &Subject,
    request: &Request,
    package: &Package,
    to: &Utf8Path,
) -> Result<(), ExtractError> {
    let manifest = Manifest::load(&package.manifest_path)?;
    let root = subject.metadata.workspace_root.join("Cargo.toml");
    let workspace = if root == package.manifest_path {
        None
    } else {
        Some(Manifest::load(&root)?)
    };
    let derived = derive_package(&PackageInput {
        package: &manifest,
        workspace: workspace.as_ref(),
        name: &crate_name(package)?,
        version: &package.version,
        library: None,
        registry: request.registry.as_ref(),
        siblings: &in_library(subject, request),
        without_test_siblings: true,
    })?;
    let folder = manifest.folder();
    for path in whole::files(subject, package)? {
        let from = subject.tree_root.join(&path);
        let inside = from.strip_prefix(folder).unwrap_or(&path).to_owned();
        sys::fs::copy(&from, &to.join(inside))?;
    }
    for (from, name) in derived.files {
        sys::fs::copy(&from, &to.join(name))?;
    }
    // The copy lies below the monolith, whose workspace it is no member of.
    let text = derived.manifest + "\n[workspace]\n";
    sys::fs::write(&to.join("Cargo.toml"), text)?;
    let lock = subject.metadata.workspace_root.join("Cargo.lock");
    if let Some(text) = &subject.lockfile {
        sys::fs::write(&to.join("Cargo.lock"), seed_lockfile(&lock, text)?)?;
    }
    Ok(())
}

/// Lets the workspace's packages take these from the registry as well, but for what they need of
/// each other. Gives the files that change, relative to the repository's root.
pub(super) fn use_published(
    subject: &Subject,
    siblings: &[PackagedSibling],
    registry: &RegistryName,
) -> Result<BTreeSet<Utf8PathBuf>, ExtractError> {
    let is_sibling = |package: &Package| {
        let mut names = siblings.iter().map(|sibling| sibling.name.as_str());
        names.any(|name| name == package.name.as_str())
    };
    let root = subject.metadata.workspace_root.join("Cargo.toml");
    let members = subject.metadata.workspace_packages();
    let users = members.iter().filter(|package| !is_sibling(package));
    let mut paths: BTreeSet<&Utf8Path> = users.map(|p| p.manifest_path.as_path()).collect();
    paths.insert(&root);
    let mut changed = BTreeSet::new();
    for path in paths {
        let Some(before) = sys::fs::read_text_if_exists(path)? else {
            continue;
        };
        let mut text = before.clone();
        for package in folders(subject).filter(|package| is_sibling(package)) {
            let redirect = Redirect {
                folder: package.manifest_path.parent().unwrap_or(path).to_owned(),
                package: package.name.to_string(),
                requirement: Some(package.version.to_string()),
                source: DependencySource::Registry(registry.to_string()),
            };
            text = redirect_dependency(&Manifest::parse(path, text)?, &redirect);
        }
        if text != before {
            sys::fs::write(path, &text)?;
            changed.insert(subject.relative(path));
        }
    }
    Ok(changed)
}
