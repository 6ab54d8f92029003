//! From the analysis to a plan: both sides built, the library made, all of it verified.

use semver::Version;

use super::ExtractError;
use super::analysis::Analysis;
use super::earlier::{Earlier, Record, clear_scratch, reach, what_changed};
use super::grow::grow_repository;
use super::land::{Action, journal_path, perform, plan};
use super::repository::{NewRepository, make_repository};
use super::request::{Listener, Request};
use super::settle::{Settled, remaining_names, settle};
use super::verify::{Verification, baseline, verify};
use crate::cargo::{self, Existence, Invocation};
use crate::git;
use crate::model::CrateName;
use crate::plan::{Applied, Journal, apply};
use crate::trial::SuiteResult;

/// An extraction that was verified and has changed nothing yet.
#[derive(Debug)]
pub struct Prepared {
    /// Both sides.
    pub settled: Settled,
    /// The new repository.
    pub repository: NewRepository,
    /// What the suites said.
    pub verification: Verification,
    /// What is to be done, and what of it is done for good.
    pub journal: Journal<Action>,
}

/// Builds and verifies both sides. Where an earlier run has made the library already, its later
/// commits go on top of it.
pub fn prepare(
    analysis: &Analysis,
    request: &Request,
    earlier: &Earlier,
    listener: &mut Listener<'_>,
) -> Result<Prepared, ExtractError> {
    let library = match earlier {
        Earlier::Moved(journal) => Record::of(journal),
        Earlier::None | Earlier::Pending(_) | Earlier::Done(_) => None,
    };
    let published = library.as_ref().is_some_and(|it| it.published.is_some());
    let before = baseline(&analysis.subject, request, listener)?;
    let settled = settle(analysis, request, listener)?;
    let repository = match &library {
        None => make_repository(analysis, request, &settled, listener)?,
        Some(library) => grow_repository(analysis, request, &settled, library, listener)?,
    };
    let siblings = repository.siblings.iter().map(|it| (&it.name, &it.version));
    refuse_siblings(request, siblings)?;
    let verification = verify(analysis, request, &settled, &repository, before, listener)?;
    if !verification.comparison.is_clean() {
        let sides = [&verification.monolith, &verification.library];
        return Err(ExtractError::NotVerified {
            errors: sides.into_iter().flat_map(said).collect(),
            comparison: Box::new(verification.comparison),
        });
    }
    let packages = remaining_names(&analysis.subject, request);
    let plan = plan(analysis, request, &repository, &verification, packages)?;
    let done = match earlier {
        Earlier::Moved(journal) if published => done_for_good(journal),
        _ => Vec::new(),
    };
    Ok(Prepared {
        journal: Journal { plan, done },
        settled,
        repository,
        verification,
    })
}

/// What the compiler, cargo or the user's command said of a suite that failed.
fn said(result: &SuiteResult) -> Vec<String> {
    let errors = result.errors.iter().map(|(_, error)| {
        let rendered = error.rendered.as_ref().unwrap_or(&error.message);
        rendered.trim_end().to_owned()
    });
    errors.chain(result.message.clone()).collect()
}

/// What the library needs must be published before it, which is for the user to say.
fn refuse_siblings<'a>(
    request: &Request,
    siblings: impl Iterator<Item = (&'a CrateName, &'a Version)>,
) -> Result<(), ExtractError> {
    let Some(registry) = request.registry.as_ref().filter(|_| request.execute) else {
        return Ok(());
    };
    if request.with_siblings {
        return Ok(());
    }
    let cargo = Invocation::new(&request.dir);
    let mut missing = Vec::new();
    for (name, version) in siblings {
        let found = cargo::crate_exists(&cargo, registry, name, Some(version))?;
        if found != Existence::Found {
            missing.push(name.clone());
        }
    }
    if missing.is_empty() {
        return Ok(());
    }
    Err(ExtractError::SiblingsUnpublished {
        siblings: missing,
        registry: registry.clone(),
    })
}

/// The steps that are not done again: a version that is published stays as it is.
fn done_for_good(journal: &Journal<Action>) -> Vec<String> {
    let stays = ["tag", "publish", "push-tag"];
    let done = journal.done.iter();
    done.filter(|name| stays.contains(&name.as_str()) || name.starts_with("publish-"))
        .cloned()
        .collect()
}

/// What needs no build to be refused: before long work begins.
pub fn check(request: &Request, earlier: &Earlier) -> Result<(), ExtractError> {
    git::check_identity(&request.dir)?;
    let published = match earlier {
        Earlier::Moved(journal) => Record::of(journal).is_some_and(|it| it.published.is_some()),
        Earlier::None | Earlier::Pending(_) | Earlier::Done(_) => false,
    };
    check_registry(request, published)
}

/// Asks the registry whether the name is free.
fn check_registry(request: &Request, published: bool) -> Result<(), ExtractError> {
    let Some(registry) = &request.registry else {
        return Ok(());
    };
    let cargo = Invocation::new(&request.dir);
    let settings = cargo::registry_settings(&cargo, registry)?;
    if settings.index.is_none() {
        return Err(ExtractError::NoRegistry {
            registry: registry.clone(),
            repository: request.dir.clone(),
        });
    }
    if request.execute && !settings.has_credentials() {
        return Err(ExtractError::NoToken {
            registry: registry.clone(),
        });
    }
    match cargo::crate_exists(&cargo, registry, &request.name, None)? {
        Existence::NotFound => Ok(()),
        Existence::Found if published => Ok(()),
        Existence::Found => Err(ExtractError::NameTaken {
            name: request.name.clone(),
            registry: registry.clone(),
        }),
        Existence::NotConfigured => Err(ExtractError::NoRegistry {
            registry: registry.clone(),
            repository: request.dir.clone(),
        }),
        // Only publishing needs them.
        Existence::Unauthorized(_) | Existence::Unreachable(_) if !request.execute => Ok(()),
        Existence::Unauthorized(why) => Err(ExtractError::Unauthorized {
            registry: registry.clone(),
            why,
        }),
        Existence::Unreachable(why) => Err(ExtractError::Unreachable {
            registry: registry.clone(),
            why,
        }),
    }
}

/// Lands what was prepared: the steps that the request gives leave for.
pub fn land(
    analysis: &Analysis,
    request: &Request,
    journal: &mut Journal<Action>,
    library: NewRepository,
    listener: &mut Listener<'_>,
) -> Result<Applied, ExtractError> {
    if let Some(changed) = what_changed(&journal.plan)? {
        return Err(ExtractError::Stale { changed });
    }
    // From here on the journal knows of the folder: it outlives this process.
    library.scratch.keep();
    run_steps(journal, request, &analysis.subject.repository, listener)
}

/// Goes on with an earlier run.
pub fn resume(
    journal: &mut Journal<Action>,
    request: &Request,
    listener: &mut Listener<'_>,
) -> Result<Applied, ExtractError> {
    let repository = git::open(&request.dir)?;
    let siblings = journal.pending().filter_map(|step| match &step.action {
        Action::PublishSibling { name, version, .. } => Some((name, version)),
        _ => None,
    });
    refuse_siblings(request, siblings)?;
    let applied = run_steps(journal, request, &repository, listener)?;
    clear_scratch(repository.root(), &request.into);
    Ok(applied)
}

fn run_steps(
    journal: &mut Journal<Action>,
    request: &Request,
    repository: &git::Repository,
    listener: &mut Listener<'_>,
) -> Result<Applied, ExtractError> {
    let path = journal_path(repository, &request.name);
    apply(journal, &path, reach(request), &mut |step| {
        perform(step, request, listener)
    })
}
