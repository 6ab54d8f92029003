//! The new repository, made beside its place: the old commits of the moved files, one commit on
//! top with what the library needs, and the package that comes of it.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use super::ExtractError;
use super::analysis::Analysis;
use super::candidate::derive_with;
use super::overlay::{PackageFile, registry_index, write_overlay_config};
use super::request::{Event, Listener, Request};
use super::settle::{Settled, invocation};
use super::siblings::{self, PackagedSibling, package_siblings};
use super::subject::Subject;
use super::whole;
use crate::cargo::{self, Dirty, Invocation};
use crate::git::{self, TrackedFile};
use crate::manifest::DependencySource;
use crate::model::{CommitId, Digest, RegistryName};
use crate::sys;
use crate::sys::scratch::Scratch;
use crate::template::{Origin, TemplateInput, render};

/// The branch of every library repository.
pub const BRANCH: &str = "main";

/// The new repository before it lands.
#[derive(Debug)]
pub struct NewRepository {
    /// The scratch folder that holds it, beside its place: landing is a rename.
    pub scratch: Scratch,
    /// The repository in it.
    pub dir: Utf8PathBuf,
    /// Its head.
    pub head: CommitId,
    /// How many commits of the monolith it has.
    pub carried: usize,
    /// Its package; none where it depends on folders of the monolith, which no package can.
    pub package: Option<PackageFile>,
    /// The packages of the workspace that must be published before it, in that order.
    pub siblings: Vec<PackagedSibling>,
}

/// Makes the repository and packages it.
pub(super) fn make_repository(
    analysis: &Analysis,
    request: &Request,
    settled: &Settled,
    listener: &mut Listener<'_>,
) -> Result<NewRepository, ExtractError> {
    let subject = &analysis.subject;
    let parent = request.into.parent().unwrap_or(Utf8Path::new("/"));
    let scratch = Scratch::new_in(parent)?;
    let dir = scratch.path().join("repository");
    git::init_repository(&dir, BRANCH)?;
    let carried = if request.no_history {
        0
    } else {
        let files = tracked(settled);
        listener(Event::Stage(
            "Filtering",
            format!("the history of {} files", files.len()),
        ));
        let history = git::plan_history(&subject.repository, subject.repository.head(), &files)?;
        git::write_history(&subject.repository, &history, &dir, BRANCH)?.commits()
    };
    if carried > 0 {
        git::checkout_head(&dir)?;
    }
    write_library(analysis, request, settled, &dir)?;
    let mut cargo = invocation(subject, request, &dir);
    let mut siblings = Vec::new();
    if let (Some(registry), true) = (&request.registry, has_siblings(settled)) {
        let index = registry_index(subject, request, registry)?;
        siblings = package_siblings(subject, request, settled, &index, listener)?;
        let packages: Vec<&PackageFile> = siblings.iter().map(|it| &it.package).collect();
        let config = write_overlay_config(subject, &packages, &index)?;
        cargo.config.push(config.to_string());
        // Writes the lockfile, which is committed, with what will be in the registry.
        cargo::load_metadata(&cargo, None, &[])?;
    }
    let message = message(analysis, request);
    let head = git::commit_all(&dir, &message)?;
    let package = if request.registry.is_none() && has_siblings(settled) {
        None
    } else {
        Some(package(subject, request, &cargo, listener)?)
    };
    Ok(NewRepository {
        scratch,
        dir,
        head,
        carried,
        package,
        siblings,
    })
}

/// Does the library depend on packages of the monolith's workspace?
pub(super) fn has_siblings(settled: &Settled) -> bool {
    let mut dependencies = settled.candidate.library.dependencies.iter();
    dependencies.any(|dependency| matches!(dependency.source, DependencySource::Path(_)))
}

fn package(
    subject: &Subject,
    request: &Request,
    cargo: &Invocation,
    listener: &mut Listener<'_>,
) -> Result<PackageFile, ExtractError> {
    listener(Event::Stage(
        "Packaging",
        format!("{} {}", request.name, subject.first_version()),
    ));
    let target = subject.scratch.path().join("package");
    let path = cargo::package(cargo, &target, Dirty::Refuse, &[])?;
    let checksum = Digest::of(&sys::fs::read(&path)?);
    Ok(PackageFile { path, checksum })
}

/// Files that are the whole of a file of the monolith: those have its history.
fn tracked(settled: &Settled) -> Vec<TrackedFile> {
    let candidate = &settled.candidate;
    let sources = candidate
        .files
        .iter()
        .filter(|(_, file)| file.whole)
        .filter_map(|(path, file)| {
            Some(TrackedFile {
                source: file.origin.clone()?,
                target: path.clone(),
            })
        });
    let assets = candidate.assets.iter().map(|(path, from)| TrackedFile {
        source: from.clone(),
        target: path.clone(),
    });
    sources.chain(assets).collect()
}

fn write_library(
    analysis: &Analysis,
    request: &Request,
    settled: &Settled,
    dir: &Utf8Path,
) -> Result<(), ExtractError> {
    let candidate = &settled.candidate;
    for path in candidate
        .files
        .keys()
        .chain(candidate.assets.keys())
        .chain(candidate.copies.keys())
    {
        sys::fs::copy(&candidate.root.join(path), &dir.join(path))?;
    }
    sys::fs::copy(&candidate.root.join("Cargo.lock"), &dir.join("Cargo.lock"))?;
    let subject = &analysis.subject;
    let siblings = siblings::in_library(subject, request);
    let library = if subject.is_whole() {
        whole::derive(subject, request, &settled.manifests, &siblings)?.0
    } else {
        derive_with(subject, request, &settled.manifests, candidate, &siblings)?
    };
    sys::fs::write(&dir.join("Cargo.toml"), library.manifest)?;
    if let Some((_, to)) = &candidate.library.license_file {
        sys::fs::copy(&candidate.root.join(to), &dir.join(to))?;
    }
    for (path, text) in render(&template_input(analysis, request, settled)?)? {
        if !candidate.files.contains_key(&path) && !candidate.assets.contains_key(&path) {
            sys::fs::write(&dir.join(path), text)?;
        }
    }
    Ok(())
}

/// The registry of a library for which none was named.
fn default_registry() -> RegistryName {
    RegistryName::new("internal").expect("it is a valid name")
}

fn template_input(
    analysis: &Analysis,
    request: &Request,
    settled: &Settled,
) -> Result<TemplateInput, ExtractError> {
    let subject = &analysis.subject;
    let package = &subject.package;
    let modules: Vec<String> = if subject.is_whole() {
        vec!["all of it".to_owned()]
    } else {
        subject.modules.iter().map(ToString::to_string).collect()
    };
    let name = subject
        .repository
        .root()
        .file_name()
        .unwrap_or("the monolith");
    let taken = || format!("{} of {}, as a library", modules.join(", "), package.name);
    let described = package.description.clone().filter(|_| subject.is_whole());
    let description = described.unwrap_or_else(taken);
    let private = |dependency: &crate::manifest::Dependency| {
        !matches!(dependency.source, DependencySource::CratesIo)
    };
    let index = match &request.registry {
        Some(registry) => cargo::registry_settings(&Invocation::new(&request.dir), registry)?.index,
        None => None,
    };
    Ok(TemplateInput {
        name: request.name.clone(),
        version: subject.first_version(),
        description,
        date: sys::clock::today(),
        origin: Some(Origin {
            repository: name.to_owned(),
            modules,
            package: package.name.to_string(),
            commit: subject.repository.head().to_string(),
        }),
        registry: request.registry.clone().unwrap_or_else(default_registry),
        index,
        branch: BRANCH.to_owned(),
        license: package.license.clone(),
        rust_version: package.rust_version.as_ref().map(ToString::to_string),
        private_dependencies: settled.candidate.library.dependencies.iter().any(private),
        all_features: true,
        extra: shared_settings(analysis)?,
    })
}

/// The monolith's settings for the formatter and the linter, which its code was written under.
fn shared_settings(analysis: &Analysis) -> Result<BTreeMap<Utf8PathBuf, String>, ExtractError> {
    let mut settings = BTreeMap::new();
    for name in [
        "rustfmt.toml",
        ".rustfmt.toml",
        "clippy.toml",
        ".clippy.toml",
    ] {
        let path = analysis.subject.metadata.workspace_root.join(name);
        if let Some(text) = sys::fs::read_text_if_exists(&path)? {
            settings.insert(name.into(), text);
        }
    }
    Ok(settings)
}

fn message(analysis: &Analysis, request: &Request) -> String {
    let subject = &analysis.subject;
    format!(
        "Make {name} a library of its own\n\n{modules}, as it was at {commit}, with what a library needs\nto stand alone: manifest, changelog, release settings, CI.\n",
        name = request.name,
        modules = subject.taken(),
        commit = subject.repository.head().short(),
    )
}
