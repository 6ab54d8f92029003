//! The new repository, made beside its place: the old commits of the moved files, one commit on
//! top with what the library needs, and the package that comes of it.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use super::ExtractError;
use super::analysis::Analysis;
use super::candidate::{derive_with, first_words};
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
use crate::template::{
    self, BASE, Base, CrateInputs, Inputs, Origin, RECORD, Record, Rendered, Source,
};

/// The branch of every library repository.
pub(super) const BRANCH: &str = "main";

/// What the manifest room derives.
const MANIFEST: &str = "Cargo.toml";
/// Its author's from now on, like code, but begun here.
const CHANGELOG: &str = "CHANGELOG.md";
/// Settings of the formatter and the linter: the monolith's, not the template's.
const SETTINGS: [&str; 2] = ["clippy.toml", "rustfmt.toml"];

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
    /// The commit that it was packaged from, and is tagged.
    pub release: CommitId,
    /// Where it was, if it was there already.
    pub was: Option<CommitId>,
}

impl NewRepository {
    /// Does its head have more than the version that is published?
    pub fn has_unreleased(&self) -> bool {
        self.release != self.head
    }
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
    scratch.mark(subject.repository.root())?;
    let dir = scratch.path().join("repository");
    git::init_repository(&dir, BRANCH)?;
    git::share_identity(subject.repository.root(), &dir)?;
    let carried = if request.no_history {
        0
    } else {
        let files = tracked(settled);
        let s = if files.len() == 1 { "" } else { "s" };
        let message = format!("the history of {} file{s}", files.len());
        listener(Event::Stage("Filtering", message));
        let history = git::plan_history(&subject.repository, subject.repository.head(), &files)?;
        git::write_history(&subject.repository, &history, &dir, BRANCH)?.commits()
    };
    if carried > 0 {
        git::checkout_head(&dir)?;
    }
    let siblings = siblings_first(subject, request, settled, listener)?;
    write_candidate(analysis, request, settled, &siblings, &dir)?;
    write_library(analysis, request, settled, &dir)?;
    let message = message(analysis, request);
    let head = git::commit_all(&dir, &message)?;
    let package = package(subject, request, settled, &siblings, &dir, listener)?;
    Ok(NewRepository {
        scratch,
        dir,
        release: head.clone(),
        head,
        carried,
        package,
        siblings,
        was: None,
    })
}

/// Does the library depend on packages of the monolith's workspace?
pub(super) fn has_siblings(settled: &Settled) -> bool {
    let mut dependencies = settled.candidate.library.dependencies.iter();
    dependencies.any(|dependency| matches!(dependency.source, DependencySource::Path(_)))
}

/// Packages what must be published before the library.
pub(super) fn siblings_first(
    subject: &Subject,
    request: &Request,
    settled: &Settled,
    listener: &mut Listener<'_>,
) -> Result<Vec<PackagedSibling>, ExtractError> {
    match &request.registry {
        Some(registry) if has_siblings(settled) => {
            let index = registry_index(subject, request, registry)?;
            package_siblings(subject, request, settled, &index, listener)
        }
        _ => Ok(Vec::new()),
    }
}

/// Cargo in a copy of the library, with the registry as it will be when these are published.
fn library_invocation(
    subject: &Subject,
    request: &Request,
    siblings: &[PackagedSibling],
    dir: &Utf8Path,
) -> Result<Invocation, ExtractError> {
    let mut cargo = invocation(subject, request, dir);
    if let (Some(registry), [_, ..]) = (&request.registry, siblings) {
        let index = registry_index(subject, request, registry)?;
        let packages: Vec<&PackageFile> = siblings.iter().map(|it| &it.package).collect();
        let config = write_overlay_config(subject, &packages, &index)?;
        cargo.config.push(config.to_string());
    }
    Ok(cargo)
}

/// Packages the library at `dir`, if it can be.
pub(super) fn package(
    subject: &Subject,
    request: &Request,
    settled: &Settled,
    siblings: &[PackagedSibling],
    dir: &Utf8Path,
    listener: &mut Listener<'_>,
) -> Result<Option<PackageFile>, ExtractError> {
    if request.registry.is_none() && has_siblings(settled) {
        return Ok(None);
    }
    let cargo = library_invocation(subject, request, siblings, dir)?;
    let version = subject.first_version();
    listener(Event::Stage(
        "Packaging",
        format!("{} {version}", request.name),
    ));
    let target = subject.scratch.path().join("package");
    let path = cargo::package(&cargo, &target, Dirty::Refuse, &[])?;
    let checksum = Digest::of(&sys::fs::read(&path)?);
    Ok(Some(PackageFile { path, checksum }))
}

/// Files that are the whole of a file of the monolith: those have its history.
pub(super) fn tracked(settled: &Settled) -> Vec<TrackedFile> {
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
    let inputs = template_inputs(analysis, request, settled)?;
    let template = template::load(&Source::BuiltIn, dir)?;
    let rendered = template::render(&template, &inputs)?;
    let base = Base::new(&rendered, &inputs);
    let mut record = Record::new(&template, inputs);
    let settings = shared_settings(analysis)?;
    // Without settings of the monolith the code was written under none.
    record.without.extend(
        SETTINGS
            .iter()
            .map(Utf8PathBuf::from)
            .filter(|path| !settings.contains_key(path)),
    );
    let kept = rendered.into_iter().filter(|(path, _)| {
        path == CHANGELOG
            || !(path == MANIFEST
                || record.without.contains(path)
                || template::is_authors(path, &record.inputs))
    });
    let mut files: Rendered = kept.collect();
    let settings = settings.into_iter();
    files.extend(settings.map(|(path, text)| (path, text.into())));
    files.insert(RECORD.into(), record.render().into());
    files.insert(BASE.into(), base.render().into());
    for (path, file) in files {
        if !candidate.files.contains_key(&path) && !candidate.assets.contains_key(&path) {
            sys::fs::write_with_mode(&dir.join(path), file.text, file.executable)?;
        }
    }
    Ok(())
}

/// The candidate as it was tried; what it has by way of the scratch copy, from where it will be.
pub(super) fn write_candidate(
    analysis: &Analysis,
    request: &Request,
    settled: &Settled,
    siblings: &[PackagedSibling],
    dir: &Utf8Path,
) -> Result<(), ExtractError> {
    let candidate = &settled.candidate;
    let sources = candidate
        .files
        .keys()
        .chain(candidate.assets.keys())
        .chain(candidate.copies.keys());
    let manifests = ["Cargo.toml", "Cargo.lock"].map(Utf8PathBuf::from);
    let license = candidate.library.license_file.as_ref().map(|(_, to)| to);
    for path in sources.chain(&manifests).chain(license) {
        sys::fs::copy(&candidate.root.join(path), &dir.join(path))?;
    }
    if !has_siblings(settled) {
        return Ok(());
    }
    let subject = &analysis.subject;
    let sources = siblings::in_library(subject, request);
    let library = if subject.is_whole() {
        whole::derive(subject, request, &settled.manifests, &sources)?.0
    } else {
        derive_with(subject, request, &settled.manifests, candidate, &sources)?
    };
    sys::fs::write(&dir.join("Cargo.toml"), library.manifest)?;
    if !siblings.is_empty() {
        // Writes the lockfile, which is committed, with what will be in the registry.
        let cargo = library_invocation(subject, request, siblings, dir)?;
        cargo::load_metadata(&cargo, None, &[])?;
    }
    Ok(())
}

/// The registry of a library for which none was named.
fn default_registry() -> RegistryName {
    RegistryName::new("internal").expect("it is a valid name")
}

fn template_inputs(
    analysis: &Analysis,
    request: &Request,
    settled: &Settled,
) -> Result<Inputs, ExtractError> {
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
    let own = described.or_else(|| first_words(&settled.candidate));
    let description = own.unwrap_or_else(taken);
    let index = match &request.registry {
        Some(registry) => cargo::registry_settings(&Invocation::new(&request.dir), registry)?.index,
        None => None,
    };
    Ok(Inputs {
        context: None,
        registry: request.registry.clone().unwrap_or_else(default_registry),
        index,
        branch: BRANCH.to_owned(),
        license: package.license.clone(),
        repository: request.remote.clone(),
        rust_version: package.rust_version.as_ref().map(ToString::to_string),
        all_features: analysis.builds_with_all_features(),
        crates: vec![CrateInputs {
            name: request.name.clone(),
            version: subject.first_version(),
            description,
            date: sys::clock::today(),
            // Then it is published as it is: by this very run, or released so later.
            released: request.registry.is_some(),
            origin: Some(Origin {
                repository: name.to_owned(),
                modules,
                package: package.name.to_string(),
                commit: subject.repository.head().to_string(),
            }),
        }],
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
        "Make {name} a library of its own\n\nIt was {modules}, as it was at {commit}, with what a library needs\nto stand alone: manifest, changelog, release settings, CI.\n",
        name = request.name,
        modules = subject.taken(),
        commit = subject.repository.head().short(),
    )
}
