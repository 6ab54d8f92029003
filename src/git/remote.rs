//! What a remote has, asked without anything being written down here, and pushes of exact objects.

use std::collections::BTreeMap;

use camino::Utf8Path;

use super::GitError;
use super::program::git;
use crate::model::CommitId;

/// What a reference of a remote names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteRef {
    /// The object: a commit, or an annotated tag.
    pub object: CommitId,
    /// The commit that an annotated tag stands for; else the object itself.
    pub commit: CommitId,
}

/// Does the repository know a remote of that name?
pub fn has_remote(dir: &Utf8Path, remote: &str) -> Result<bool, GitError> {
    Ok(git(dir, ["remote", "get-url", remote]).run()?.success())
}

/// The URL that a remote is fetched from; none if there is no such remote.
pub fn remote_url(dir: &Utf8Path, remote: &str) -> Result<Option<String>, GitError> {
    let asked = git(dir, ["remote", "get-url", remote]).run()?;
    let url = asked.stdout_text().trim_end().to_owned();
    Ok(asked.success().then_some(url))
}

/// The references of a remote whose full names match one of the patterns (`refs/heads/main`,
/// `refs/tags/v*`), by their names.
pub fn remote_refs(
    dir: &Utf8Path,
    remote: &str,
    patterns: &[String],
) -> Result<BTreeMap<String, RemoteRef>, GitError> {
    // An annotated tag is listed twice, the second time with `^{}` and its commit.
    let asked = patterns
        .iter()
        .flat_map(|pattern| [pattern.clone(), format!("{pattern}^{{}}")]);
    let listed = git(dir, ["ls-remote", remote]).args(asked).stdout()?;
    let mut found: BTreeMap<String, RemoteRef> = BTreeMap::new();
    for line in listed.lines() {
        let Some((id, name)) = line.split_once('\t') else {
            continue;
        };
        let Some(id) = CommitId::new(id) else {
            continue;
        };
        if let Some(tag) = name.strip_suffix("^{}") {
            if let Some(known) = found.get_mut(tag) {
                known.commit = id;
            }
            continue;
        }
        let reference = RemoteRef {
            object: id.clone(),
            commit: id,
        };
        found.insert(name.to_owned(), reference);
    }
    Ok(found)
}

/// Brings the objects of references (full names) from `from`, a remote or a folder; no reference
/// here is made or moved.
pub fn bring_objects(dir: &Utf8Path, from: &str, references: &[String]) -> Result<(), GitError> {
    let args = ["fetch", "--quiet", "--no-tags", "--no-write-fetch-head"];
    git(dir, args)
        // No tracking branch follows, either.
        .args(["--refmap=", from])
        .args(references.iter().cloned())
        .stdout()?;
    Ok(())
}

/// Pushes objects to references (full names), all or none of them, with the hooks and the options
/// that a push has here.
pub fn push_objects(
    dir: &Utf8Path,
    remote: &str,
    references: &[(CommitId, String)],
    options: &[String],
) -> Result<(), GitError> {
    let options = options
        .iter()
        .flat_map(|option| ["--push-option".to_owned(), option.clone()]);
    // Else a setting may have other tags follow.
    git(dir, ["push", "--quiet", "--atomic", "--no-follow-tags"])
        .args(options)
        .arg(remote)
        .args(references.iter().map(|(id, name)| format!("{id}:{name}")))
        .stdout()?;
    Ok(())
}

/// Pushes a commit to a branch that the remote has at `expected`, or does not have; one that is
/// anywhere else there stays. If it is at that commit already, nothing is pushed.
pub fn push_branch(
    dir: &Utf8Path,
    remote: &str,
    branch: &str,
    commit: &CommitId,
    expected: Option<&CommitId>,
) -> Result<(), GitError> {
    let name = format!("refs/heads/{branch}");
    let there = remote_refs(dir, remote, std::slice::from_ref(&name))?;
    if there.get(&name).is_some_and(|it| it.commit == *commit) {
        return Ok(());
    }
    let expected = there.get(&name).and(expected).map_or("", CommitId::as_str);
    let lease = format!("--force-with-lease={name}:{expected}");
    git(dir, ["push", "--quiet", "--no-follow-tags", &lease, remote])
        .arg(format!("{commit}:{name}"))
        .stdout()?;
    Ok(())
}
