//! Both sides verified as others will build them: the candidate from an overlay of its registry,
//! so that the monolith's lockfile is final before anything is published.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};
use cargo_metadata::Metadata;

use super::ExtractError;
use super::analysis::Analysis;
use super::earlier::UNPACKED;
use super::overlay::{PackageFile, registry_index, write_overlay_config};
use super::repository::{NewRepository, has_siblings};
use super::request::{Event, Listener, Request};
use super::settle::{
    Settled, invocation, monolith_invocation, package_names, remaining_names, write_manifests,
};
use super::single_version::{Branch, single_version};
use super::subject::Subject;
use crate::cargo::{self, Invocation, TargetName};
use crate::findings::Finding;
use crate::manifest::{DependencySource, Manifest, RegistryConfig, set_registry_config};
use crate::model::{CrateName, RegistryName};
use crate::sys;
use crate::sys::scratch::Scratch;
use crate::trial::{
    Comparison, Expected, ModuleMove, Suite, SuiteResult, Verify, assert_resolved, compare,
    run_suite,
};

/// What the verification came to.
#[derive(Debug)]
pub struct Verification {
    /// The monolith as it was.
    pub before: SuiteResult,
    /// The monolith as it will be.
    pub monolith: SuiteResult,
    /// The new crate.
    pub library: SuiteResult,
    /// Before against both of them.
    pub comparison: Comparison,
    /// The files of the monolith that change, relative to its root.
    pub changed: BTreeSet<Utf8PathBuf>,
    /// The index that the branch's lockfile names; none without a registry.
    pub index: Option<String>,
    /// What should be known of packages of the workspace that the library needs.
    pub findings: Vec<Finding>,
}

/// Runs the monolith's suite as it was committed.
pub(super) fn baseline(
    subject: &Subject,
    request: &Request,
    listener: &mut Listener<'_>,
) -> Result<SuiteResult, ExtractError> {
    listener(Event::Stage(
        "Verifying",
        format!("{} as it is", subject.package.name),
    ));
    let cargo = monolith_invocation(subject, request);
    run(&cargo, request, package_names(subject, request), listener)
}

pub(super) fn run(
    cargo: &Invocation,
    request: &Request,
    packages: Vec<String>,
    listener: &mut Listener<'_>,
) -> Result<SuiteResult, ExtractError> {
    let suite = Suite {
        verify: request.verify.clone(),
        packages,
        features: Vec::new(),
    };
    Ok(run_suite(cargo, &suite, &mut |line| {
        listener(Event::Progress(line.trim().to_owned()));
    })?)
}

/// Makes the branch's files final and runs both suites.
pub(super) fn verify(
    analysis: &Analysis,
    request: &Request,
    settled: &Settled,
    repository: &NewRepository,
    mut before: SuiteResult,
    listener: &mut Listener<'_>,
) -> Result<Verification, ExtractError> {
    let subject = &analysis.subject;
    let mut changed: BTreeSet<Utf8PathBuf> = settled.monolith.written.keys().cloned().collect();
    changed.extend(settled.monolith.removed.iter().cloned());
    subject.restore_lockfile()?;
    let mut cargo = monolith_invocation(subject, request);
    let mut library_cargo = invocation(subject, request, &repository.dir);
    let mut index = None;
    if let Some(registry) = &request.registry {
        let url = registry_index(subject, request, registry)?;
        let source = DependencySource::Registry(registry.to_string());
        changed.extend(write_manifests(analysis, request, settled, &source)?);
        changed.extend(configure(subject, registry, &url)?);
        let config = write_overlay_config(subject, &packages(repository), &url)?;
        cargo.config.push(config.to_string());
        library_cargo.config.push(config.to_string());
        if let Verify::Command(_) = request.verify {
            configure_above(&config, [&subject.scratch, &repository.scratch])?;
        }
        index = Some(url);
    } else {
        // Where it depends on folders of the monolith, the way to them is another from there.
        if has_siblings(settled) {
            library_cargo.dir.clone_from(&settled.candidate.root);
        }
        let source = DependencySource::Path(library_cargo.dir.clone());
        changed.extend(write_manifests(analysis, request, settled, &source)?);
    }
    let remaining = remaining_names(subject, request);
    let unpacked = match &index {
        Some(url) if !remaining.is_empty() => {
            let metadata = assert_built(analysis, request, repository, &cargo, url)?;
            Some(Unpacked::find(subject, &request.name, &metadata)?)
        }
        _ => None,
    };
    listener(Event::Stage(
        "Verifying",
        format!("{} without it", subject.package.name),
    ));
    let monolith = if remaining.is_empty() {
        // Nothing used the package that left. That the workspace still resolves is all there is.
        cargo::load_metadata(&cargo, None, &[])?;
        SuiteResult::default()
    } else {
        run(&cargo, request, remaining.clone(), listener)?
    };
    let (monolith, findings) = match &request.registry {
        Some(registry) if !repository.siblings.is_empty() => {
            let branch = Branch {
                subject,
                request,
                siblings: &repository.siblings,
                registry,
                cargo: &cargo,
            };
            let single = single_version(branch, &before, monolith, listener)?;
            before = single.without_unbuilt(before);
            changed.extend(single.changed);
            (single.suite, single.findings)
        }
        _ => (monolith, Vec::new()),
    };
    if let (Some(url), Some(_), [_, ..]) = (&index, &unpacked, repository.siblings.as_slice()) {
        // The lockfile may be another since.
        assert_built(analysis, request, repository, &cargo, url)?;
    }
    listener(Event::Stage("Verifying", request.name.to_string()));
    let library = run(&library_cargo, request, Vec::new(), listener)?;
    drop(unpacked);
    if subject.lockfile.is_some() {
        changed.insert(subject.relative(&subject.metadata.workspace_root.join("Cargo.lock")));
    }
    let moves = moves(analysis, request, settled);
    if subject.is_whole() {
        before = renamed(before, &moves.package, &moves.library);
    }
    let after = monolith.clone().with(library.clone());
    let comparison = compare(&before, &after, &|test| moves.place(test));
    if request.registry.is_none() {
        let source = DependencySource::Path(request.into.clone());
        write_manifests(analysis, request, settled, &source)?;
    }
    Ok(Verification {
        before,
        monolith,
        library,
        comparison,
        changed,
        index,
        findings,
    })
}

/// A suite of a package that has got another name since.
fn renamed(mut suite: SuiteResult, from: &str, to: &str) -> SuiteResult {
    let rename = |target: &mut TargetName| {
        if target.package == from {
            to.clone_into(&mut target.package);
        }
    };
    let targets = suite.targets.into_iter().map(|(mut target, outcome)| {
        rename(&mut target);
        (target, outcome)
    });
    suite.targets = targets.collect();
    let tests = suite.tests.into_iter().map(|(mut test, outcome)| {
        rename(&mut test.target);
        (test, outcome)
    });
    suite.tests = tests.collect();
    suite
}

fn packages(repository: &NewRepository) -> Vec<&PackageFile> {
    let siblings = repository.siblings.iter().map(|sibling| &sibling.package);
    repository.package.iter().chain(siblings).collect()
}

/// Where the tests of what moved are now.
fn moves(analysis: &Analysis, request: &Request, settled: &Settled) -> ModuleMove {
    let subject = &analysis.subject;
    let package = subject.package.name.to_string();
    let files = settled.candidate.files.iter();
    let targets = files.filter_map(|(path, _)| {
        let kind = match path.parent()?.as_str() {
            "tests" => "test",
            "examples" => "example",
            _ => return None,
        };
        Some(TargetName {
            package: package.clone(),
            kind: kind.to_owned(),
            name: path.file_stem()?.to_owned(),
        })
    });
    let modules = analysis.layout.modules().iter();
    ModuleMove {
        targets: targets.collect(),
        modules: modules.map(|(a, b)| (a.clone(), b.clone())).collect(),
        library: request.name.to_string(),
        package,
    }
}

/// Writes the registry's name into the branch's cargo configuration, unless it is there.
fn configure(
    subject: &Subject,
    registry: &RegistryName,
    url: &str,
) -> Result<Option<Utf8PathBuf>, ExtractError> {
    let folder = subject.metadata.workspace_root.join(".cargo");
    let old = folder.join("config");
    let path = if sys::fs::read(&old).is_ok() {
        old
    } else {
        folder.join("config.toml")
    };
    let existing = sys::fs::read_text_if_exists(&path)?;
    let config = RegistryConfig {
        name: registry,
        index: url,
        credential_provider: None,
    };
    let text = set_registry_config(&path, existing.as_deref(), config)?;
    if existing.as_deref() == Some(&text) {
        return Ok(None);
    }
    sys::fs::write(&path, text)?;
    Ok(Some(subject.relative(&path)))
}

/// Puts the overlay's configuration above both sides: the cargo that a user's command starts has
/// no other way to it, as variables cannot replace a source.
fn configure_above(config: &Utf8Path, folders: [&Scratch; 2]) -> Result<(), ExtractError> {
    for folder in folders {
        sys::fs::copy(config, &folder.path().join(".cargo/config.toml"))?;
    }
    Ok(())
}

/// What was built is what will be published, from where it will be.
fn assert_built(
    analysis: &Analysis,
    request: &Request,
    repository: &NewRepository,
    cargo: &Invocation,
    url: &str,
) -> Result<Metadata, ExtractError> {
    let subject = &analysis.subject;
    let metadata = cargo::load_metadata(cargo, None, &[])?;
    let lockfile = Manifest::load(&subject.metadata.workspace_root.join("Cargo.lock"))?;
    if let Some(package) = &repository.package {
        let expected = Expected {
            name: &request.name,
            version: &subject.first_version(),
            index: url,
            checksum: &package.checksum,
        };
        assert_resolved(&metadata, &lockfile, expected)?;
    }
    Ok(metadata)
}

/// What cargo unpacked from an overlay, in its home, in a folder for each overlay: nobody will use
/// this one again. Removed when dropped; the scratch folder names it, for the case that this
/// process is killed.
struct Unpacked {
    folder: Option<Utf8PathBuf>,
}

impl Unpacked {
    fn find(
        subject: &Subject,
        name: &CrateName,
        metadata: &Metadata,
    ) -> Result<Self, ExtractError> {
        let packages = &metadata.packages;
        let package = packages.iter().find(|p| p.name.as_str() == name.as_str());
        let folder = package.and_then(|package| package.manifest_path.parent()?.parent());
        let sources = sys::env::cargo_home().map(|home| home.join("registry/src"));
        let sources = sources.and_then(|path| sys::fs::canonical(&path).ok());
        // A registry's own folder begins with the name of its host, an overlay's has none.
        let is_overlay = |folder: &&Utf8Path| {
            let place = folder.parent().and_then(|it| sys::fs::canonical(it).ok());
            place.is_some()
                && place == sources
                && folder.file_name().is_some_and(|name| name.starts_with('-'))
        };
        let folder = folder.filter(is_overlay).map(ToOwned::to_owned);
        if let Some(folder) = &folder {
            let note = subject.scratch.path().join(UNPACKED);
            sys::fs::write(&note, format!("{folder}\n"))?;
        }
        Ok(Self { folder })
    }
}

impl Drop for Unpacked {
    fn drop(&mut self) {
        if let Some(folder) = &self.folder
            && let Err(error) = sys::fs::remove_dir_all(folder)
        {
            tracing::debug!(%folder, %error, "left behind");
        }
    }
}
