//! What an extraction does on the registry: publish the bytes that were verified, and build the
//! monolith with what comes back.

use camino::Utf8Path;
use semver::Version;

use super::ExtractError;
use super::request::{Event, Listener, Request};
use crate::cargo::{self, Dirty, Existence, Invocation};
use crate::git;
use crate::model::{CommitId, CrateName, Digest, RegistryName};
use crate::sys;
use crate::sys::scratch::Scratch;

/// A version of a crate, as it was verified.
#[derive(Debug, Clone, Copy)]
pub(super) struct PublishedCrate<'a> {
    pub(super) repository: &'a Utf8Path,
    pub(super) registry: &'a RegistryName,
    pub(super) name: &'a CrateName,
    pub(super) version: &'a Version,
    pub(super) checksum: &'a Digest,
    pub(super) dirty: Dirty,
}

/// Publishes it, unless the registry has it already; those bytes and no others.
pub(super) fn publish(
    it: &PublishedCrate<'_>,
    request: &Request,
    listener: &mut Listener<'_>,
) -> Result<(), ExtractError> {
    // Configuration is found from the monolith: the new repository may lie elsewhere.
    let settings = cargo::registry_settings(&Invocation::new(&request.dir), it.registry)?;
    let mut cargo = Invocation::new(it.repository);
    if let Some(index) = settings.index {
        cargo.env.push((
            format!("CARGO_REGISTRIES_{}_INDEX", it.registry.environment()),
            index,
        ));
    }
    match cargo::crate_exists(&cargo, it.registry, it.name, Some(it.version))? {
        Existence::Found => {
            let message = format!("{} {} is in `{}` already", it.name, it.version, it.registry);
            listener(Event::Note(message));
            return Ok(());
        }
        Existence::NotFound => {}
        Existence::NotConfigured => {
            return Err(ExtractError::NoRegistry {
                registry: it.registry.clone(),
                repository: it.repository.to_owned(),
            });
        }
        Existence::Unauthorized(why) => {
            return Err(ExtractError::Unauthorized {
                registry: it.registry.clone(),
                why,
            });
        }
        Existence::Unreachable(why) => {
            return Err(ExtractError::Unreachable {
                registry: it.registry.clone(),
                why,
            });
        }
    }
    let target = Scratch::new()?;
    target.mark(git::open(&request.dir)?.root())?;
    let package = cargo::package(&cargo, target.path(), it.dirty, &[])?;
    let checksum = Digest::of(&sys::fs::read(&package)?);
    if checksum != *it.checksum {
        return Err(ExtractError::OtherBytes {
            name: it.name.clone(),
            verified: it.checksum.clone(),
            now: checksum,
        });
    }
    cargo.target_dir = Some(target.path().to_owned());
    let mut on_line = |line: &str| listener(Event::Progress(line.trim().to_owned()));
    let args: &[&str] = match it.dirty {
        Dirty::Allow => &["--allow-dirty"],
        Dirty::Refuse => &[],
    };
    cargo::publish(&cargo, it.registry, args, &mut on_line)?;
    Ok(())
}

/// Builds the monolith's branch from the registry, as everybody will.
pub(super) fn verify_published(
    repository: &Utf8Path,
    commit: &CommitId,
    workspace: &Utf8Path,
    packages: &[String],
    request: &Request,
    listener: &mut Listener<'_>,
) -> Result<(), ExtractError> {
    let opened = git::open(repository)?;
    let scratch = super::subject::scratch_beside(repository)?;
    let tree = scratch.path().join("tree");
    git::export_tree(repository, commit, &tree)?;
    let cargo = Invocation {
        target_dir: Some(super::subject::target_dir(&opened)),
        locked: true,
        offline: request.offline,
        ..Invocation::new(tree.join(workspace))
    };
    let mut args = vec!["--all-targets"];
    args.extend(packages.iter().flat_map(|name| ["-p", name.as_str()]));
    let built = cargo::check(&cargo, &args, &mut |line| {
        listener(Event::Progress(line.trim().to_owned()));
    })?;
    if built.success {
        return Ok(());
    }
    let errors: Vec<String> = built
        .errors()
        .map(|(_, error)| {
            error
                .rendered
                .clone()
                .unwrap_or_else(|| error.message.clone())
        })
        .collect();
    let errors = if errors.is_empty() {
        vec![built.stderr]
    } else {
        errors
    };
    Err(ExtractError::PublishedDoesNotBuild { errors })
}
