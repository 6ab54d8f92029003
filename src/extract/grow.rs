//! A library that an earlier run made, grown by what the monolith has committed since.

use camino::Utf8Path;

use super::ExtractError;
use super::analysis::Analysis;
use super::earlier::Record;
use super::repository::{BRANCH, NewRepository, package, siblings_first, tracked, write_candidate};
use super::request::{Event, Listener, Request};
use super::settle::Settled;
use super::siblings::PackagedSibling;
use crate::git::{self, Joined};
use crate::model::CommitId;
use crate::sys::scratch::Scratch;

/// Makes a copy of the library that an earlier run made, with the monolith's later commits on
/// top. A version that is published stays what it is: then those commits are for the next one.
pub(super) fn grow_repository(
    analysis: &Analysis,
    request: &Request,
    settled: &Settled,
    library: &Record,
    listener: &mut Listener<'_>,
) -> Result<NewRepository, ExtractError> {
    let subject = &analysis.subject;
    let was = library_head(request)?;
    let parent = request.into.parent().unwrap_or(Utf8Path::new("/"));
    let scratch = Scratch::new_in(parent)?;
    scratch.mark(subject.repository.root())?;
    let dir = scratch.path().join("repository");
    git::clone_at(&request.into, &dir, BRANCH, &was)?;
    listener(Event::Stage(
        "Carrying",
        format!("later commits over to {}", request.into),
    ));
    let later = if request.no_history {
        None
    } else {
        later_commits(analysis, settled, &dir, &was)?
    };
    let carried = later.as_ref().map_or(0, |(_, count)| *count);
    let history = later.map(|(head, _)| head);
    let siblings = siblings_first(subject, request, settled, listener)?;
    let grown = Grown {
        siblings: &siblings,
        was: &was,
        from: &library.head,
        history: history.as_ref(),
    };
    let head = join_later(analysis, request, settled, &dir, &grown)?;
    let (release, from) = match &library.published {
        None => (head.clone(), dir.clone()),
        Some((commit, _)) => {
            let released = scratch.path().join("released");
            git::clone_at(&request.into, &released, BRANCH, commit)?;
            (commit.clone(), released)
        }
    };
    let package = package(subject, request, settled, &siblings, &from, listener)?;
    if let (Some((_, published)), Some(package)) = (&library.published, &package)
        && *published != package.checksum
    {
        return Err(ExtractError::OtherBytes {
            name: request.name.clone(),
            verified: published.clone(),
            now: package.checksum.clone(),
        });
    }
    Ok(NewRepository {
        scratch,
        dir,
        head,
        carried,
        package,
        siblings,
        release,
        was: Some(was),
    })
}

struct Grown<'a> {
    /// What of the workspace must be published first.
    siblings: &'a [PackagedSibling],
    /// Where the library is.
    was: &'a CommitId,
    /// Where it was left by the last run.
    from: &'a CommitId,
    /// The later commits, if there are any.
    history: Option<&'a CommitId>,
}

/// Moves the branch of the copy at `dir` on to what the library has made of the code, joined with
/// what the monolith has. The later commits themselves are its second parent, as they were made.
fn join_later(
    analysis: &Analysis,
    request: &Request,
    settled: &Settled,
    dir: &Utf8Path,
    grown: &Grown<'_>,
) -> Result<CommitId, ExtractError> {
    // What the monolith's commits mean for the library, seen from where it was last.
    git::checkout(dir, grown.from)?;
    write_candidate(analysis, request, settled, grown.siblings, dir)?;
    let message = later_message(analysis, request);
    let fitted = git::commit_all(dir, &message)?;
    let head = match git::join(dir, grown.was, &fitted, grown.history, &message)? {
        Joined::Commit(head) => head,
        Joined::Conflict(files) => {
            return Err(ExtractError::BothChanged {
                library: request.into.clone(),
                files,
            });
        }
    };
    git::create_branch(dir, BRANCH, &head, Some(grown.was))?;
    git::switch(dir, BRANCH)?;
    Ok(head)
}

/// Where the library's branch is: it must be checked out, with nothing uncommitted.
fn library_head(request: &Request) -> Result<CommitId, ExtractError> {
    let refuse = |why: String| ExtractError::Library {
        library: request.into.clone(),
        why,
    };
    let opened = git::open(&request.into)?;
    if opened.branch() != Some(BRANCH) {
        return Err(refuse(format!("is not on its branch `{BRANCH}`")));
    }
    let changed = git::uncommitted(&request.into, &[".".into()])?;
    if let Some(first) = changed.first() {
        return Err(refuse(format!(
            "has changes that are not committed: `{first}`"
        )));
    }
    Ok(opened.head().clone())
}

/// Writes the history of the moved files as it is now into the copy of the library. Gives its
/// head, and how many of its commits the library at `was` has not; none where it has all.
fn later_commits(
    analysis: &Analysis,
    settled: &Settled,
    dir: &Utf8Path,
    was: &CommitId,
) -> Result<Option<(CommitId, usize)>, ExtractError> {
    /// The same history has the same ids, so that only the later commits are new.
    const HISTORY: &str = "quarry-history";
    let source = &analysis.subject.repository;
    let history = git::plan_history(source, source.head(), &tracked(settled))?;
    let Some(head) = git::write_history(source, &history, dir, HISTORY)?.head else {
        return Ok(None);
    };
    let new = git::commits_touching(dir, &head, Some(was), &[])?.len();
    Ok((new > 0).then_some((head, new)))
}

fn later_message(analysis: &Analysis, request: &Request) -> String {
    let subject = &analysis.subject;
    format!(
        "Take over later commits of {}\n\n{} as it is there at {}.\n",
        subject.package.name,
        request.name,
        subject.repository.head().short()
    )
}
