//! The branch, pushed, and its pull request. Doing either twice is the same as doing it once.

use serde::Serialize;

use super::UpgradeError;
use super::plan::{Prepared, REMOTE};
use super::record::Landed;
use super::request::{Event, Listener};
use crate::forge::{PullRequest, Pulled};
use crate::git;

/// Where others see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Shared {
    /// The remote that the branch was pushed to.
    pub remote: String,
    /// The pull request.
    pub pull_request: Pulled,
}

/// Pushes the branch and opens its pull request, or brings both up to date. None if it was not
/// asked for when the upgrade was prepared.
pub fn share(
    prepared: &Prepared,
    landed: &Landed,
    listener: &mut Listener<'_>,
) -> Result<Option<Shared>, UpgradeError> {
    let Some(github) = &prepared.github else {
        return Ok(None);
    };
    let top = &prepared.service.top;
    let mut landed = landed.clone();
    let branch = landed.branch.clone();
    listener(Event::Stage("Pushing", format!("{branch} to {REMOTE}")));
    let pushed = git::push_branch(top, REMOTE, &branch, &landed.commit, landed.pushed.as_ref());
    pushed.map_err(|source| UpgradeError::Push {
        branch: branch.clone(),
        source: Box::new(source),
    })?;
    landed.pushed = Some(landed.commit.clone());
    landed.save(&prepared.place)?;
    listener(Event::Stage(
        "Opening",
        format!("a pull request at {}", github.repository()),
    ));
    let base = base(prepared)?;
    let pull_request = github.open_pull_request(&PullRequest {
        head: &branch,
        base: base.as_deref(),
        title: &landed.title,
        body: &landed.text,
    })?;
    landed.pull_request = Some(pull_request.clone());
    landed.save(&prepared.place)?;
    Ok(Some(Shared {
        remote: REMOTE.to_owned(),
        pull_request,
    }))
}

/// The branch that it was made on, if the remote has it.
fn base(prepared: &Prepared) -> Result<Option<String>, UpgradeError> {
    let top = &prepared.service.top;
    let Some(branch) = git::current_branch(top)? else {
        return Ok(None);
    };
    let name = format!("refs/heads/{branch}");
    let known = git::remote_refs(top, REMOTE, std::slice::from_ref(&name))?;
    Ok(known.contains_key(&name).then_some(branch))
}
