//! From the analysis to a plan: both sides built, the library made, all of it verified.

use semver::Version;

use super::ExtractError;
use super::analysis::Analysis;
use super::land::{Action, describe, journal_path, perform, plan};
use super::repository::{NewRepository, make_repository};
use super::request::{Listener, Request};
use super::settle::{Settled, remaining_names, settle};
use super::verify::{Verification, baseline, verify};
use crate::cargo::{self, Existence, Invocation};
use crate::git;
use crate::model::{CommitId, CrateName};
use crate::plan::{Applied, Journal, Plan, Precondition, Reach, apply};

/// An extraction that was verified and has changed nothing yet.
#[derive(Debug)]
pub struct Prepared {
    /// Both sides.
    pub settled: Settled,
    /// The new repository.
    pub repository: NewRepository,
    /// What the suites said.
    pub verification: Verification,
    /// What is to be done.
    pub plan: Plan<Action>,
}

/// Builds and verifies both sides.
pub fn prepare(
    analysis: &Analysis,
    request: &Request,
    listener: &mut Listener<'_>,
) -> Result<Prepared, ExtractError> {
    git::check_identity(analysis.subject.repository.root())?;
    check_registry(request)?;
    let before = baseline(&analysis.subject, request, listener)?;
    let settled = settle(analysis, request, listener)?;
    let repository = make_repository(analysis, request, &settled, listener)?;
    let siblings = repository.siblings.iter().map(|it| (&it.name, &it.version));
    refuse_siblings(request, siblings)?;
    let verification = verify(analysis, request, &settled, &repository, before, listener)?;
    if !verification.comparison.is_clean() {
        return Err(ExtractError::NotVerified {
            comparison: Box::new(verification.comparison),
        });
    }
    let packages = remaining_names(&analysis.subject, request);
    let plan = plan(analysis, request, &repository, &verification, packages)?;
    Ok(Prepared {
        settled,
        repository,
        verification,
        plan,
    })
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

/// Asks the registry whether the name is free, before long work begins.
fn check_registry(request: &Request) -> Result<(), ExtractError> {
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
    if request.execute && !settings.has_token && settings.credential_provider.is_none() {
        return Err(ExtractError::NoToken {
            registry: registry.clone(),
        });
    }
    match cargo::crate_exists(&cargo, registry, &request.name, None)? {
        Existence::NotFound => Ok(()),
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
    prepared: Prepared,
    listener: &mut Listener<'_>,
) -> Result<Applied, ExtractError> {
    let path = journal_path(&analysis.subject.repository, &request.name);
    let mut journal = Journal {
        plan: prepared.plan,
        done: Vec::new(),
    };
    // From here on the journal knows of the folder: it outlives this process.
    prepared.repository.scratch.keep();
    apply(&mut journal, &path, reach(request), &mut |step| {
        perform(step, request, listener)
    })
}

fn reach(request: &Request) -> Reach {
    if request.execute {
        Reach::Permanent
    } else {
        Reach::Local
    }
}

/// What an earlier run of the same extraction left.
#[derive(Debug)]
pub enum Earlier {
    /// Nothing, or another extraction under that name.
    None,
    /// Steps of it are not done, and leave is given for them.
    Pending(Journal<Action>),
    /// All that leave is given for is done, and the monolith is where it was.
    Done(Journal<Action>),
    /// It is done, and the monolith has gone on since.
    Moved {
        /// That run's journal.
        journal: Journal<Action>,
        /// Where the monolith was.
        from: CommitId,
    },
}

/// Looks for an earlier run.
pub fn earlier(request: &Request) -> Result<Earlier, ExtractError> {
    let repository = git::open(&request.dir)?;
    let path = journal_path(&repository, &request.name);
    let Some(journal) = Journal::<Action>::load(&path)? else {
        return Ok(Earlier::None);
    };
    let landed = request.into.join(".git").is_dir();
    if journal.plan.subject != describe(request) || !landed && !journal.done.is_empty() {
        return Ok(Earlier::None);
    }
    let head = journal
        .plan
        .preconditions
        .iter()
        .find_map(|precondition| match precondition {
            Precondition::Head { commit, .. } => Some(commit.clone()),
            Precondition::Reference { .. }
            | Precondition::File { .. }
            | Precondition::Vacant { .. } => None,
        });
    let allowed = reach(request);
    let pending = journal.pending().any(|step| step.reach <= allowed);
    match head {
        _ if pending => Ok(Earlier::Pending(journal)),
        Some(head) if head != *repository.head() => Ok(Earlier::Moved {
            journal,
            from: head,
        }),
        _ => Ok(Earlier::Done(journal)),
    }
}

/// Goes on with an earlier run.
pub fn resume(
    mut journal: Journal<Action>,
    request: &Request,
    listener: &mut Listener<'_>,
) -> Result<Applied, ExtractError> {
    let repository = git::open(&request.dir)?;
    let path = journal_path(&repository, &request.name);
    let siblings = journal.pending().filter_map(|step| match &step.action {
        Action::PublishSibling { name, version, .. } => Some((name, version)),
        _ => None,
    });
    refuse_siblings(request, siblings)?;
    apply(&mut journal, &path, reach(request), &mut |step| {
        perform(step, request, listener)
    })
}
