//! The remote: is it reached, is our branch in step with its, which tags does it have.

use std::collections::BTreeMap;

use super::super::ReleaseError;
use super::super::request::Request;
use super::super::subject::Subject;
use super::{finding, from_error};
use crate::findings::{Finding, codes};
use crate::git::{self, GitError, RemoteRef};
use crate::model::CommitId;

/// What the remote has.
#[derive(Debug, Default)]
pub(super) struct Remote {
    references: BTreeMap<String, RemoteRef>,
}

impl Remote {
    /// Asks it. Nothing here is changed, not even what is known of its branches.
    pub(super) fn load(
        subject: &Subject,
        request: &Request,
        findings: &mut Vec<Finding>,
    ) -> Result<Self, ReleaseError> {
        let root = subject.repository.root();
        let remote = subject.settings.remote();
        if !git::has_remote(root, remote)? {
            if request.push {
                let message = format!("there is no remote `{remote}` to push to");
                let help = format!("`git remote add {remote} URL`, or `--no-push`");
                findings.push(finding(&codes::NO_REMOTE, message).help(help));
            }
            return Ok(Self::default());
        }
        let branch = subject.repository.branch();
        let mut patterns: Vec<String> =
            branch.iter().map(|it| format!("refs/heads/{it}")).collect();
        let tags = subject.crates.iter().map(|krate| krate.tags.pattern());
        patterns.extend(tags.map(|tag| format!("refs/tags/{tag}")));
        let references = match git::remote_refs(root, remote, &patterns) {
            Ok(references) => references,
            Err(error) => {
                let what = format!("the remote `{remote}` cannot be asked");
                let help = "is it up, and the URL right?".to_owned();
                findings.push(from_error(
                    &codes::REMOTE_UNREACHABLE,
                    &what,
                    &error,
                    Some(help),
                ));
                return Ok(Self::default());
            }
        };
        let own = branch.and_then(|branch| {
            let name = format!("refs/heads/{branch}");
            Some((branch, references.get(&name)?.object.clone()))
        });
        if let Some((branch, theirs)) = own {
            in_step(subject, branch, &theirs, findings)?;
        }
        Ok(Self { references })
    }

    /// The names of its tags.
    pub(super) fn tags(&self) -> impl Iterator<Item = &str> {
        let names = self.references.keys();
        names.filter_map(|name| name.strip_prefix("refs/tags/"))
    }
}

fn in_step(
    subject: &Subject,
    branch: &str,
    theirs: &CommitId,
    findings: &mut Vec<Finding>,
) -> Result<(), GitError> {
    let root = subject.repository.root();
    let ours = subject.repository.head();
    if ours == theirs {
        return Ok(());
    }
    let remote = subject.settings.remote();
    if git::commit_of(root, theirs.as_str())?.is_none() {
        git::bring_objects(root, remote, &[format!("refs/heads/{branch}")])?;
    }
    if git::is_ancestor(root, theirs, ours)? {
        return Ok(());
    }
    let missing = git::commits_between(root, ours, theirs)?.len();
    let commits = match missing {
        1 => "1 commit".to_owned(),
        many => format!("{many} commits"),
    };
    let found = if git::is_ancestor(root, ours, theirs)? {
        let message = format!("`{branch}` is {commits} behind `{remote}`");
        finding(&codes::BEHIND_REMOTE, message)
            .help(format!("`git pull --ff-only {remote} {branch}`"))
    } else {
        let message = format!(
            "`{branch}` and that of `{remote}` have diverged: {commits} there are not here"
        );
        finding(&codes::DIVERGED, message).help(format!("`git pull --rebase {remote} {branch}`"))
    };
    findings.push(found);
    Ok(())
}
