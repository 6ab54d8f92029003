//! A package that leaves the workspace as it is: a crate already.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};
use cargo_metadata::{Package, TargetKind};

use super::ExtractError;
use super::analysis::Analysis;
use super::candidate::{Candidate, Manifests, licence_texts};
use super::monolith::MonolithSources;
use super::request::{Event, Listener, Request};
use super::settle::{Settled, Side, broken, invocation, progress, remaining_names, write_monolith};
use super::siblings::{self, named_in};
use super::subject::Subject;
use crate::cargo::{self, Invocation};
use crate::manifest::{
    DependencySource, FeatureSplit, Library, Manifest, PackageInput, Redirect, Sibling,
    derive_package, redirect_dependency, remove_member, seed_lockfile,
};
use crate::{git, sys};

/// What cannot leave whole: the workspace's root, and what git does not hold as plain files.
pub(super) fn refuse(subject: &Subject) -> Result<(), ExtractError> {
    if subject.package_dir() == subject.workspace_dir() {
        return Err(ExtractError::WorkspaceRoot {
            package: subject.package.name.to_string(),
        });
    }
    let files: Vec<Utf8PathBuf> = files(subject, &subject.package)?.into_iter().collect();
    Ok(git::check_paths(&subject.repository, &files)?)
}

/// The committed files of a package, relative to the repository's root: all of its folder but the
/// packages inside.
pub(super) fn files(
    subject: &Subject,
    package: &Package,
) -> Result<BTreeSet<Utf8PathBuf>, ExtractError> {
    let folder = package.manifest_path.parent().unwrap_or(Utf8Path::new(""));
    let folder = subject.relative(folder);
    let repository = &subject.repository;
    let listed = git::files_at(repository.root(), repository.head(), &folder)?;
    let paths = || listed.iter().map(|file| file.path.as_path());
    let nested: BTreeSet<&Utf8Path> = paths()
        .filter(|path| path.file_name() == Some("Cargo.toml"))
        .filter_map(Utf8Path::parent)
        .filter(|other| *other != folder)
        .collect();
    let inside = |path: &Utf8Path| path.ancestors().any(|above| nested.contains(above));
    let own = paths().filter(|path| !inside(path));
    Ok(own.map(ToOwned::to_owned).collect())
}

/// The files of the package that leaves, and how many lines each has; for the report.
pub(super) fn line_counts(subject: &Subject) -> BTreeMap<Utf8PathBuf, usize> {
    let files = files(subject, &subject.package).unwrap_or_default();
    let count = |file: Utf8PathBuf| {
        let folder = subject.scratch.path().join("library");
        let inside = file.strip_prefix(subject.package_dir()).unwrap_or(&file);
        // In the scratch copy they may be gone by now.
        let text = sys::fs::read_text(&subject.tree_root.join(&file))
            .or_else(|_| sys::fs::read_text(&folder.join(inside)));
        let lines = text.map_or(0, |text| text.lines().count());
        (file, lines)
    };
    files.into_iter().map(count).collect()
}

/// Makes both sides in the scratch folder. Nothing is mended: the code is as it was.
pub(super) fn settle(
    analysis: &Analysis,
    request: &Request,
    listener: &mut Listener<'_>,
) -> Result<Settled, ExtractError> {
    let subject = &analysis.subject;
    let manifests = Manifests::load(subject)?;
    let candidate = build_candidate(subject, request, &manifests)?;
    listener(Event::Stage(
        "Building",
        format!("{} in scratch", request.name),
    ));
    let cargo = invocation(subject, request, &candidate.root);
    build(&cargo, Side::Library, &[], listener)?;

    let monolith = MonolithSources {
        written: BTreeMap::new(),
        removed: files(subject, &subject.package)?,
    };
    let source = DependencySource::Path(candidate.root.clone());
    let settled = Settled {
        candidate,
        monolith,
        manifests,
        removed_dependencies: Vec::new(),
        dependents: dependents(subject)?,
    };
    write_monolith(subject, &settled.monolith)?;
    write_manifests(subject, request, &settled, &source)?;
    let remaining = remaining_names(subject, request);
    if !remaining.is_empty() {
        listener(Event::Stage(
            "Building",
            format!("what uses {}", subject.package.name),
        ));
        let cargo = invocation(subject, request, &subject.metadata.workspace_root);
        build(&cargo, Side::Monolith, &remaining, listener)?;
    }
    Ok(settled)
}

fn build(
    cargo: &Invocation,
    side: Side,
    packages: &[String],
    listener: &mut Listener<'_>,
) -> Result<(), ExtractError> {
    let mut args = vec!["--all-targets"];
    args.extend(packages.iter().flat_map(|name| ["-p", name.as_str()]));
    let built = cargo::check(cargo, &args, &mut |line| progress(listener, line))?;
    if built.success {
        return Ok(());
    }
    let errors: Vec<_> = built.errors().map(|(_, error)| error.clone()).collect();
    Err(broken(side, &errors, &built.stderr))
}

fn build_candidate(
    subject: &Subject,
    request: &Request,
    manifests: &Manifests,
) -> Result<Candidate, ExtractError> {
    let root = subject.scratch.path().join("library");
    let folder = subject.package_dir();
    let siblings = siblings::in_scratch(subject);
    let (library, outside) = derive(subject, request, manifests, &siblings)?;
    let mut assets = BTreeMap::new();
    for from in files(subject, &subject.package)? {
        let to = from.strip_prefix(&folder).unwrap_or(&from).to_owned();
        assets.insert(to, from);
    }
    for (from, to) in outside {
        assets.entry(to).or_insert_with(|| subject.relative(&from));
    }
    // A licence of its own is in its folder already.
    let mut copies = licence_texts(subject)?;
    copies.retain(|to, _| !assets.contains_key(to));
    for (to, from) in assets.iter().chain(&copies) {
        sys::fs::copy(&subject.tree_root.join(from), &root.join(to))?;
    }
    sys::fs::write(&root.join("Cargo.toml"), &library.manifest)?;
    let lock = subject.metadata.workspace_root.join("Cargo.lock");
    if let Some(text) = sys::fs::read_text_if_exists(&lock)? {
        sys::fs::write(&root.join("Cargo.lock"), seed_lockfile(&lock, &text)?)?;
    }
    Ok(Candidate {
        root,
        files: BTreeMap::new(),
        assets,
        copies,
        library,
        picks: BTreeSet::new(),
        asked: BTreeSet::new(),
        opened: BTreeSet::new(),
        changing: Vec::new(),
    })
}

/// The package's manifest for its own repository, and the files from outside that it names.
pub(super) fn derive(
    subject: &Subject,
    request: &Request,
    manifests: &Manifests,
    siblings: &BTreeMap<String, Sibling>,
) -> Result<(Library, Vec<(Utf8PathBuf, Utf8PathBuf)>), ExtractError> {
    let package = derive_package(&PackageInput {
        package: &manifests.package,
        workspace: manifests.workspace.as_ref(),
        name: &request.name,
        version: &subject.first_version(),
        library: library_name(&subject.package),
        registry: request.registry.as_ref(),
        siblings,
        without_test_siblings: false,
    })?;
    let library = Library {
        manifest: package.manifest,
        dependencies: package.dependencies,
        features: FeatureSplit::default(),
        license_file: None,
        problems: package.problems,
    };
    Ok((library, package.files))
}

/// The name by which code names the package's library, if it has one.
pub(super) fn library_name(package: &Package) -> Option<&str> {
    let mut targets = package.targets.iter();
    let library = targets
        .find(|target| cargo::is_library(target) || target.kind.contains(&TargetKind::ProcMacro));
    library.map(|target| target.name.as_str())
}

/// The manifests that may name the package: those of the workspace's packages, and its root.
fn dependents(subject: &Subject) -> Result<Vec<Manifest>, ExtractError> {
    let root = subject.metadata.workspace_root.join("Cargo.toml");
    let members = subject.metadata.workspace_packages();
    let mut paths: BTreeSet<&Utf8Path> = members
        .iter()
        .filter(|package| package.id != subject.package.id)
        .map(|package| package.manifest_path.as_path())
        .collect();
    paths.insert(&root);
    let load = |path: &Utf8Path| Ok(Manifest::load(path)?);
    paths.into_iter().map(load).collect()
}

/// Writes the manifests of the workspace without the package: what depended on its folder takes
/// it from `source`. Gives the files that change, relative to the repository's root.
pub(super) fn write_manifests(
    subject: &Subject,
    request: &Request,
    settled: &Settled,
    source: &DependencySource,
) -> Result<BTreeSet<Utf8PathBuf>, ExtractError> {
    let root = &subject.metadata.workspace_root;
    let folder = subject.tree_root.join(subject.package_dir());
    let left = members_left(subject);
    let mut changed = BTreeSet::new();
    for manifest in &settled.dependents {
        let redirect = Redirect {
            folder: folder.clone(),
            package: request.name.to_string(),
            requirement: match source {
                DependencySource::Path(_) => None,
                _ => Some(subject.first_version().to_string()),
            },
            source: named_in(subject, request, manifest, source),
        };
        let mut text = redirect_dependency(manifest, &redirect);
        if manifest.folder() == root {
            let edited = Manifest::parse(manifest.path(), text)?;
            let member = folder.strip_prefix(root).unwrap_or(&folder);
            text = remove_member(&edited, member, &left);
        }
        // Parsed again: what is written must be a manifest.
        Manifest::parse(manifest.path(), text.clone())?;
        sys::fs::write(manifest.path(), &text)?;
        if text != manifest.text() {
            changed.insert(subject.relative(manifest.path()));
        }
    }
    Ok(changed)
}

/// The folders of the members that stay, relative to the workspace's root.
fn members_left(subject: &Subject) -> Vec<Utf8PathBuf> {
    let root = &subject.metadata.workspace_root;
    let members = subject.metadata.workspace_packages().into_iter();
    members
        .filter(|package| package.id != subject.package.id)
        .filter_map(|package| package.manifest_path.parent()?.strip_prefix(root).ok())
        .map(ToOwned::to_owned)
        .collect()
}
