//! When files, and what is in them, were first and last changed.

use camino::Utf8Path;

use super::GitError;
use super::program::git;
use crate::model::CommitId;

/// A commit with the time at which its author made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dated {
    /// The commit.
    pub commit: CommitId,
    /// Seconds since 1970, UTC.
    pub seconds: i64,
}

/// The first commit before HEAD after which the file (relative to `dir`) had a text that
/// matches `pattern`, a POSIX extended regular expression; renames of the file are followed, a
/// text that came from another file is not. None if no commit has it.
pub fn first_with(
    dir: &Utf8Path,
    file: &Utf8Path,
    pattern: &str,
) -> Result<Option<Dated>, GitError> {
    let search = format!("-S{pattern}");
    let args = [
        "log",
        "--follow",
        "--pickaxe-regex",
        &search,
        FORMAT,
        "--",
        file.as_str(),
    ];
    Ok(git(dir, args).stdout()?.lines().rev().find_map(dated))
}

/// The last commit before HEAD that touched the file (relative to `dir`), by its author's clock.
pub fn last_touching(dir: &Utf8Path, file: &Utf8Path) -> Result<Option<Dated>, GitError> {
    let args = [
        "--literal-pathspecs",
        "log",
        "-1",
        FORMAT,
        "--",
        file.as_str(),
    ];
    Ok(git(dir, args).stdout()?.lines().find_map(dated))
}

const FORMAT: &str = "--format=%H %at";

fn dated(line: &str) -> Option<Dated> {
    let (commit, seconds) = line.split_once(' ')?;
    Some(Dated {
        commit: CommitId::new(commit)?,
        seconds: seconds.parse().ok()?,
    })
}
