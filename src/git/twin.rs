//! A second clone to work in, in place of the user's own.

use std::collections::BTreeMap;

use camino::Utf8Path;

use super::GitError;
use super::program::{NO_HOOKS, git};
use super::refs::commit_of;
use crate::model::CommitId;

/// The settings that commits and tags depend on, wherever they are set.
const SETTINGS: &[&str] = &[
    "user.",
    "author.",
    "committer.",
    "gpg.",
    "commit.gpgsign",
    "tag.gpgsign",
    "tag.forcesignannotated",
    "core.autocrlf",
    "core.eol",
    "core.filemode",
];

/// Makes a twin of the repository `from` in the new folder `to`: it borrows its objects, so it is
/// made in no time and must not outlive it. It has its tags, the settings that commits depend on,
/// and `branch` at `commit` checked out; `from` is its remote `remote`. No hook runs in it.
pub fn make_twin(
    from: &Utf8Path,
    to: &Utf8Path,
    remote: &str,
    branch: &str,
    commit: &CommitId,
) -> Result<(), GitError> {
    let folder = to.parent().unwrap_or(to);
    crate::sys::fs::create_dir_all(folder)?;
    let args = ["clone", "--quiet", "--shared", "--no-checkout"];
    git(folder, args)
        .args(["--template=", "--origin", remote])
        .args([from.as_str(), to.as_str()])
        .stdout()?;
    git(to, ["config", "core.hooksPath", "/dev/null"]).stdout()?;
    let (ours, theirs) = (settings(from)?, settings(to)?);
    for (key, value) in &ours {
        if theirs.get(key) != Some(value) {
            git(to, ["config", key, value]).stdout()?;
        }
    }
    git(to, NO_HOOKS)
        .args(["checkout", "--quiet", "-B", branch, commit.as_str()])
        .stdout()?;
    Ok(())
}

fn settings(dir: &Utf8Path) -> Result<BTreeMap<String, String>, GitError> {
    let listed = git(dir, ["config", "--list", "-z"]).stdout()?;
    // `KEY<newline>VALUE`, the one that counts last.
    let pairs = listed
        .split('\0')
        .filter_map(|entry| entry.split_once('\n'));
    let matters = |key: &str| SETTINGS.iter().any(|start| key.starts_with(start));
    Ok(pairs
        .filter(|(key, _)| matters(key))
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect())
}

/// Is a setting of git's `true` for this repository?
pub fn is_set(dir: &Utf8Path, key: &str) -> Result<bool, GitError> {
    let asked = git(dir, ["config", "--type=bool", "--get", key]).run()?;
    Ok(asked.stdout_text().trim() == "true")
}

/// Tries to sign, with the key that commits here are signed with. Nothing is left of it. Gives
/// what git says if it cannot.
pub fn try_to_sign(dir: &Utf8Path) -> Result<Option<String>, GitError> {
    let objects = git(dir, ["rev-parse", "--path-format=absolute", "--git-path"])
        .arg("objects")
        .stdout()?;
    let Some(head) = commit_of(dir, "HEAD")? else {
        return Err(GitError::NoCommit {
            path: dir.to_owned(),
        });
    };
    let scratch = crate::sys::scratch::Scratch::new()?;
    let output = git(dir, ["commit-tree", "-S", "-m", "Try to sign"])
        .arg(format!("{head}^{{tree}}"))
        .env("GIT_OBJECT_DIRECTORY", scratch.path().as_str())
        .env("GIT_ALTERNATE_OBJECT_DIRECTORIES", objects.trim_end())
        .run()?;
    if output.success() {
        return Ok(None);
    }
    Ok(Some(output.stderr_text().trim().to_owned()))
}
