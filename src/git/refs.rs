//! Branches, tags and remotes: moved only from where they were seen.

use camino::Utf8Path;

use super::GitError;
use super::history::commit_id;
use super::program::{NO_HOOKS, git};
use super::repository::{cannot_open, discover};
use crate::model::CommitId;

/// The commit that `name` (a branch, a tag, `HEAD`, an id) stands for; none if there is no such
/// name.
pub fn commit_of(dir: &Utf8Path, name: &str) -> Result<Option<CommitId>, GitError> {
    let args = ["rev-parse", "--verify", "--quiet", "--end-of-options"];
    let output = git(dir, args).arg(format!("{name}^{{commit}}")).run()?;
    Ok(CommitId::new(output.stdout_text().trim()))
}

/// The commit at the head of a branch; none if there is no such branch.
pub fn head_of(dir: &Utf8Path, branch: &str) -> Result<Option<CommitId>, GitError> {
    let repository = discover(dir)?;
    let name = format!("refs/heads/{branch}");
    let found = repository.try_find_reference(name.as_str());
    Ok(found
        .map_err(|error| cannot_open(dir, error))?
        .and_then(|reference| Some(commit_id(&reference.try_id()?.detach()))))
}

/// The branch that is checked out; none where HEAD is detached.
pub fn current_branch(dir: &Utf8Path) -> Result<Option<String>, GitError> {
    let asked = git(dir, ["symbolic-ref", "--quiet", "--short", "HEAD"]).run()?;
    Ok(asked
        .success()
        .then(|| asked.stdout_text().trim_end().to_owned()))
}

/// Is `ancestor` the commit `of` or one that it was built on?
pub fn is_ancestor(dir: &Utf8Path, ancestor: &CommitId, of: &CommitId) -> Result<bool, GitError> {
    let args = [
        "merge-base",
        "--is-ancestor",
        ancestor.as_str(),
        of.as_str(),
    ];
    let program = git(dir, args);
    let output = program.run()?;
    if output.code != Some(1) {
        program.expect_success(&output)?;
    }
    Ok(output.success())
}

/// Makes a branch, or moves it from `expected` to `commit`. A branch that is anywhere else stays
/// where it is: it holds what we did not make. Atomic.
pub fn create_branch(
    dir: &Utf8Path,
    branch: &str,
    commit: &CommitId,
    expected: Option<&CommitId>,
) -> Result<(), GitError> {
    let now = head_of(dir, branch)?;
    if let Some(now) = now.as_ref().filter(|now| Some(*now) != expected) {
        if now == commit {
            return Ok(());
        }
        return Err(GitError::BranchExists {
            branch: branch.to_owned(),
            commit: now.clone(),
        });
    }
    // The old value again: somebody may move it in between. All zeros: it must not exist.
    let absent = "0".repeat(commit.as_str().len());
    let old = now.as_ref().map_or(absent.as_str(), CommitId::as_str);
    let name = format!("refs/heads/{branch}");
    git(dir, NO_HOOKS)
        .args(["update-ref", "-m", "cargo quarry", &name])
        .args([commit.as_str(), old])
        .stdout()?;
    Ok(())
}

/// Makes a branch, or moves it forward to `commit`.
pub(super) fn advance(dir: &Utf8Path, branch: &str, commit: &CommitId) -> Result<(), GitError> {
    let now = head_of(dir, branch)?;
    let built_on = match &now {
        Some(now) if is_ancestor(dir, now, commit)? => Some(now),
        _ => None,
    };
    create_branch(dir, branch, commit, built_on)
}

/// Removes a branch that is at `commit`, and no other.
pub fn delete_branch(dir: &Utf8Path, branch: &str, commit: &CommitId) -> Result<(), GitError> {
    let name = format!("refs/heads/{branch}");
    git(dir, NO_HOOKS)
        .args(["update-ref", "-d", &name, commit.as_str()])
        .stdout()?;
    Ok(())
}

/// Makes an annotated tag. One of that name at the same commit is fine.
pub fn tag(dir: &Utf8Path, name: &str, commit: &CommitId, message: &str) -> Result<(), GitError> {
    if commit_of(dir, &format!("refs/tags/{name}"))?.as_ref() == Some(commit) {
        return Ok(());
    }
    let args = ["tag", "--annotate", "--no-sign", "--message", message];
    git(dir, args).args([name, commit.as_str()]).stdout()?;
    Ok(())
}

/// The names of all tags, sorted.
pub fn tags(dir: &Utf8Path) -> Result<Vec<String>, GitError> {
    let list = git(
        dir,
        ["for-each-ref", "--format=%(refname:strip=2)", "refs/tags"],
    )
    .stdout()?;
    Ok(list.lines().map(str::to_owned).collect())
}

/// The names of the tags at a commit, sorted.
pub fn tags_at(dir: &Utf8Path, commit: &CommitId) -> Result<Vec<String>, GitError> {
    let list = git(dir, ["tag", "--points-at", commit.as_str()]).stdout()?;
    Ok(list.lines().map(str::to_owned).collect())
}

/// Was its history cut off when it was cloned? Then tags may be missing, too.
pub fn is_shallow(dir: &Utf8Path) -> Result<bool, GitError> {
    let answer = git(dir, ["rev-parse", "--is-shallow-repository"]).stdout()?;
    Ok(answer.trim() == "true")
}

/// Sets the URL of a remote, which is made if need be.
pub fn set_remote(dir: &Utf8Path, remote: &str, url: &str) -> Result<(), GitError> {
    let exists = git(dir, ["remote", "get-url", remote]).run()?.success();
    let verb = if exists { "set-url" } else { "add" };
    git(dir, ["remote", verb, remote, url]).stdout()?;
    Ok(())
}

/// Pushes references (`main`, `v0.1.0`, …), all or none of them.
pub fn push(dir: &Utf8Path, remote: &str, references: &[&str]) -> Result<(), GitError> {
    git(dir, ["push", "--quiet", "--atomic", remote])
        .args(references.iter().copied())
        .stdout()?;
    Ok(())
}

/// The object that a reference names itself, an annotated tag where it is one; none if there is
/// no such reference.
pub fn object_of(dir: &Utf8Path, name: &str) -> Result<Option<CommitId>, GitError> {
    let args = ["rev-parse", "--verify", "--quiet", "--end-of-options", name];
    let output = git(dir, args).run()?;
    Ok(CommitId::new(output.stdout_text().trim()))
}

/// Is the object an annotated tag?
pub fn is_annotated(dir: &Utf8Path, object: &CommitId) -> Result<bool, GitError> {
    let kind = git(dir, ["cat-file", "-t", object.as_str()]).stdout()?;
    Ok(kind.trim() == "tag")
}

/// Makes the tag `name` of an object that is here already. One that names another object stays,
/// and is an error.
pub fn place_tag(dir: &Utf8Path, name: &str, object: &CommitId) -> Result<(), GitError> {
    let full = format!("refs/tags/{name}");
    if object_of(dir, &full)?.as_ref() == Some(object) {
        return Ok(());
    }
    let absent = "0".repeat(object.as_str().len());
    git(dir, NO_HOOKS)
        .args(["update-ref", "-m", "cargo quarry", &full])
        .args([object.as_str(), &absent])
        .stdout()?;
    Ok(())
}

/// The best common ancestor of two commits; none if their histories have nothing in common, or are
/// cut off before it.
pub fn merge_base(
    dir: &Utf8Path,
    one: &CommitId,
    other: &CommitId,
) -> Result<Option<CommitId>, GitError> {
    let output = git(dir, ["merge-base", one.as_str(), other.as_str()]).run()?;
    Ok(CommitId::new(output.stdout_text().trim()))
}

/// The commits that `head` has and `base` does not, oldest first.
pub fn commits_between(
    dir: &Utf8Path,
    base: &CommitId,
    head: &CommitId,
) -> Result<Vec<CommitId>, GitError> {
    let range = format!("{base}..{head}");
    let listed = git(dir, ["rev-list", "--reverse", &range]).stdout()?;
    Ok(listed.lines().filter_map(CommitId::new).collect())
}

/// Does one of the patterns, in the notation of `.gitignore`, match the name of a branch? The
/// last that matches counts, and `!` takes back.
pub fn branch_matches(branch: &str, patterns: &[String]) -> bool {
    use gix::glob::wildmatch::Mode;
    let mut names: Vec<&str> = vec![branch];
    // A pattern that matches what a name begins with, up to a `/`, matches the name.
    names.extend(branch.match_indices('/').map(|(at, _)| &branch[..at]));
    let is_match = |text: &str| {
        let Some(pattern) = gix::glob::parse(text) else {
            return false;
        };
        names.iter().any(|name| {
            let base = name.rfind('/').map(|at| at + 1);
            let is_dir = Some(*name != branch);
            let case = gix::glob::pattern::Case::Sensitive;
            let mode = Mode::NO_MATCH_SLASH_LITERAL;
            pattern.matches_repo_relative_path((*name).into(), base, is_dir, case, mode)
        })
    };
    let last = patterns.iter().rev().find(|pattern| is_match(pattern));
    last.is_some_and(|pattern| !pattern.starts_with('!'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn branches_match_as_files_are_ignored() {
        let matches = |branch, patterns: &[&str]| {
            let patterns: Vec<String> = patterns.iter().map(|&p| p.to_owned()).collect();
            branch_matches(branch, &patterns)
        };
        assert!(matches("main", &["main"]));
        assert!(!matches("mainly", &["main"]));
        assert!(matches("release/1.x", &["main", "release/*"]));
        assert!(!matches("topic", &["main", "release/*"]));
        assert!(matches("topic", &["*", "!HEAD"]));
        assert!(!matches("HEAD", &["*", "!HEAD"]));
        assert!(matches("team/topic", &["*"]));
        assert!(!matches("main", &[]));
    }
}
