//! What an earlier run of the same extraction left, whose turn it is, and whether a plan is stale.

use camino::{Utf8Path, Utf8PathBuf};

use super::ExtractError;
use super::land::{Action, describe, journal_path};
use super::request::{Event, Listener, Request};
use crate::git;
use crate::model::{CommitId, Digest};
use crate::plan::{Journal, Plan, Precondition, Reach};
use crate::sys::durable::Lock;
use crate::sys::{self, SysError};

/// What an earlier run of the same extraction left.
#[derive(Debug)]
pub enum Earlier {
    /// Nothing that could be gone on with.
    None,
    /// Steps of it are not done, and leave is given for them.
    Pending(Journal<Action>),
    /// All that leave is given for is done, and the monolith is where it was, or has the branch.
    Done(Journal<Action>),
    /// It is done, and the monolith has gone on since.
    Moved(Journal<Action>),
}

/// This process's turn on a monolith: nobody else extracts from it, nor uses its scratch folders,
/// until it is dropped.
#[derive(Debug)]
pub struct Turn {
    // Held for its Drop.
    _lock: Lock,
}

/// What the journal of an extraction says, where it has the steps that every one has.
#[derive(Debug, Clone)]
pub struct Record {
    /// The commit of the monolith that it was made from.
    pub from: CommitId,
    /// The folder that holds the new repository until it lands.
    pub scratch: Utf8PathBuf,
    /// The new repository.
    pub library: Utf8PathBuf,
    /// Its head.
    pub head: CommitId,
    /// Its head before, where it was there already.
    pub was: Option<CommitId>,
    /// The head of the monolith's branch.
    pub branch: CommitId,
    /// The commit and the checksum of the version that was published.
    pub published: Option<(CommitId, Digest)>,
    /// The checksum that is published, or will be; none without a registry.
    pub checksum: Option<Digest>,
}

impl Record {
    /// Reads a journal.
    pub fn of(journal: &Journal<Action>) -> Option<Self> {
        let plan = &journal.plan;
        let from = plan.preconditions.iter().find_map(|it| match it {
            Precondition::Head { commit, .. } => Some(commit.clone()),
            Precondition::Reference { .. }
            | Precondition::File { .. }
            | Precondition::Vacant { .. } => None,
        })?;
        let action = |name: &str| Some(&plan.steps.iter().find(|step| step.name == name)?.action);
        let (scratch, library, head, was) = match action("repository")? {
            Action::Repository { from, to, head } => (from, to, head, None),
            Action::Advance {
                from,
                to,
                head,
                was,
            } => (from, to, head, Some(was.clone())),
            _ => return None,
        };
        let Action::Branch { commit: branch, .. } = action("branch")? else {
            return None;
        };
        let is_published = journal.done.iter().any(|done| done == "publish");
        let published = match (is_published, action("tag"), action("publish")) {
            (true, Some(Action::Tag { commit, .. }), Some(Action::Publish { checksum, .. })) => {
                Some((commit.clone(), checksum.clone()))
            }
            _ => None,
        };
        Some(Self {
            from,
            scratch: scratch.clone(),
            library: library.clone(),
            head: head.clone(),
            was,
            branch: branch.clone(),
            checksum: match action("publish") {
                Some(Action::Publish { checksum, .. }) => Some(checksum.clone()),
                _ => None,
            },
            published,
        })
    }

    /// Is the new repository in its place?
    fn has_landed(&self) -> Result<bool, ExtractError> {
        has_commit(&self.library, &self.head)
    }
}

/// Takes the turn on the monolith, looks for an earlier run of the same extraction, and removes
/// what killed runs left in scratch folders.
pub fn begin(
    request: &Request,
    listener: &mut Listener<'_>,
) -> Result<(Turn, Earlier), ExtractError> {
    let repository = git::open(&request.dir)?;
    let turn = take_turn(&repository, listener)?;
    let earlier = find(request, &repository)?;
    match &earlier {
        // Its scratch folder is needed yet.
        Earlier::Pending(_) => return Ok((turn, earlier)),
        Earlier::None => refuse_folder(request, &repository)?,
        Earlier::Done(_) | Earlier::Moved(_) => {}
    }
    clear_scratch(repository.root(), &request.into);
    Ok((turn, earlier))
}

fn take_turn(
    repository: &git::Repository,
    listener: &mut Listener<'_>,
) -> Result<Turn, ExtractError> {
    let path = repository.common_dir().join("quarry").join("lock");
    let lock = if let Some(lock) = Lock::try_acquire(&path)? {
        lock
    } else {
        let message = format!("waiting for another extraction from {}", repository.root());
        listener(Event::Stage("Blocking", message));
        Lock::acquire(&path)?
    };
    Ok(Turn { _lock: lock })
}

fn find(request: &Request, repository: &git::Repository) -> Result<Earlier, ExtractError> {
    let path = journal_path(repository, &request.name);
    let Some(journal) = Journal::<Action>::load(&path)? else {
        return Ok(Earlier::None);
    };
    let Some(record) = Record::of(&journal).filter(|_| journal.plan.subject == describe(request))
    else {
        return Ok(Earlier::None);
    };
    let is_done = |name: &str| journal.done.iter().any(|done| done == name);
    if !record.has_landed()? {
        let made = record.scratch.is_dir() && !is_done("repository");
        if made && what_changed(&journal.plan)?.is_none() {
            return Ok(Earlier::Pending(journal));
        }
        // Its own commits are lost with its scratch folder; what was there before them is not.
        return Ok(match &record.was {
            Some(was) if has_commit(&record.library, was)? => Earlier::Moved(journal),
            _ => Earlier::None,
        });
    }
    if !is_done("repository") || !is_done("branch") {
        return Ok(Earlier::Pending(journal));
    }
    let head = repository.head();
    let merged = || git::is_ancestor(repository.root(), &record.branch, head);
    let moved = *head != record.from && !merged()?;
    let allowed = reach(request);
    let pending = journal.pending().any(|step| step.reach <= allowed);
    // What others may have seen already is finished as it was begun.
    let begun = journal.pending().next().is_some() && is_done("tag") && !is_done("publish");
    Ok(match (moved, pending) {
        (true, true) if begun => Earlier::Pending(journal),
        (true, _) => Earlier::Moved(journal),
        (false, true) => Earlier::Pending(journal),
        (false, false) => Earlier::Done(journal),
    })
}

fn has_commit(repository: &Utf8Path, commit: &CommitId) -> Result<bool, ExtractError> {
    // A folder inside another repository would be found as that one.
    Ok(repository.join(".git").is_dir() && git::commit_of(repository, commit.as_str())?.is_some())
}

/// How far the steps of a run may reach.
pub(super) fn reach(request: &Request) -> Reach {
    if request.execute {
        Reach::Permanent
    } else {
        Reach::Local
    }
}

/// The place of the new repository must be free, or an empty folder.
fn refuse_folder(request: &Request, repository: &git::Repository) -> Result<(), ExtractError> {
    if is_vacant(&request.into)? {
        return Ok(());
    }
    let path = journal_path(repository, &request.name);
    let earlier = Journal::<Action>::load(&path)?
        .filter(|journal| journal.done.iter().any(|done| done == "repository"))
        .filter(|journal| Record::of(journal).is_some_and(|it| it.library == request.into));
    Err(ExtractError::NotVacant {
        path: request.into.clone(),
        made_by: earlier.map(|journal| journal.plan.subject),
    })
}

/// Is there nothing at `path`, or a folder with nothing in it?
pub(super) fn is_vacant(path: &Utf8Path) -> Result<bool, ExtractError> {
    match sys::fs::list(path) {
        Ok(entries) => Ok(entries.is_empty()),
        Err(SysError::NotUtf8 { .. }) => Ok(false),
        Err(error) if error.is_not_found() => Ok(true),
        Err(error) => Err(error.into()),
    }
}

/// What is not as the plan found it, for people; none: it can be applied.
pub(super) fn what_changed(plan: &Plan<Action>) -> Result<Option<String>, ExtractError> {
    let named = |commit: &Option<CommitId>| match commit {
        Some(commit) => format!("at {}", commit.short()),
        None => "gone".to_owned(),
    };
    for precondition in &plan.preconditions {
        let changed = match precondition {
            Precondition::Head { repository, commit } => {
                let now = git::commit_of(repository, "HEAD")?;
                (now.as_ref() != Some(commit)).then(|| {
                    let was = commit.short();
                    format!(
                        "HEAD of `{repository}` is {}, and was at {was}",
                        named(&now)
                    )
                })
            }
            Precondition::Reference {
                repository,
                name,
                commit,
            } => {
                let now = git::commit_of(repository, name)?;
                let now_is = named(&now);
                (now != *commit).then(|| format!("`{name}` of `{repository}` is {now_is}"))
            }
            Precondition::File { path, digest } => {
                let now = sys::fs::read(path).map(|bytes| Digest::of(&bytes));
                (now.ok().as_ref() != Some(digest)).then(|| format!("`{path}` has changed"))
            }
            Precondition::Vacant { path } => {
                (!is_vacant(path)?).then(|| format!("`{path}` is not empty"))
            }
        };
        if changed.is_some() {
            return Ok(changed);
        }
    }
    Ok(None)
}

/// Where a scratch folder says what cargo unpacked for it, elsewhere.
pub(super) const UNPACKED: &str = "unpacked";

/// Removes what killed runs on this monolith left. What cannot be removed now (a compiler of
/// theirs may still be writing) is left to the next run.
pub(super) fn clear_scratch(root: &Utf8Path, into: &Utf8Path) {
    let places = [root.parent(), into.parent()].into_iter().flatten();
    let mut places: Vec<Utf8PathBuf> = places.map(ToOwned::to_owned).collect();
    places.extend(sys::scratch::system_place());
    for place in places {
        for folder in sys::scratch::abandoned(&place, root) {
            let unpacked = sys::fs::read_text(&folder.join(UNPACKED)).unwrap_or_default();
            for path in unpacked
                .lines()
                .map(Utf8Path::new)
                .chain([folder.as_path()])
            {
                if let Err(error) = sys::fs::remove_dir_all(path) {
                    tracing::debug!(%path, %error, "left for the next run");
                }
            }
        }
    }
}
