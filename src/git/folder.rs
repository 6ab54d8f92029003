//! Git's own folder, its index, and what it ignores: for what stands beside the files of a
//! worktree.

use camino::{Utf8Path, Utf8PathBuf};

use super::GitError;
use super::program::git;
use super::status::listed_paths;
use crate::sys::{self, Program};

/// The git folder of the worktree that `dir` is in: of a linked worktree, its own.
pub fn git_dir(dir: &Utf8Path) -> Result<Utf8PathBuf, GitError> {
    let found = git(dir, ["rev-parse", "--absolute-git-dir"]).stdout()?;
    Ok(sys::fs::canonical(found.trim_end_matches('\n').into())?)
}

/// Where git looks for `name` (`hooks`, `info/exclude`): for `hooks`, as `core.hooksPath` says.
/// Absolute; it need not be there.
pub fn git_path(dir: &Utf8Path, name: &str) -> Result<Utf8PathBuf, GitError> {
    let found = git(dir, ["rev-parse", "--git-path", name]).stdout()?;
    let path = sys::fs::canonical(dir)?.join(found.trim_end_matches('\n'));
    Ok(sys::fs::normal(&path))
}

/// Is the file, relative to `dir`, in the index?
pub fn is_tracked(dir: &Utf8Path, file: &Utf8Path) -> Result<bool, GitError> {
    let list = git(dir, ["--literal-pathspecs", "ls-files", "-z", "--"]);
    Ok(!list.arg(file.as_str()).stdout()?.is_empty())
}

/// Does git ignore the file, relative to `dir`, where it is not in the index?
pub fn is_ignored(dir: &Utf8Path, file: &Utf8Path) -> Result<bool, GitError> {
    let program = git(dir, ["check-ignore", "--quiet", "--"]).arg(file.as_str());
    let output = program.run()?;
    if output.code != Some(1) {
        program.expect_success(&output)?;
    }
    Ok(output.success())
}

/// The files of the index, relative to the worktree's root `root`, sorted; names that are not
/// UTF-8 are left out. Run by a hook, it is the index of the commit that is being made.
pub fn staged_files(root: &Utf8Path) -> Result<Vec<Utf8PathBuf>, GitError> {
    let program = with_index(root, &["ls-files", "-z"]);
    let output = program.run()?;
    program.expect_success(&output)?;
    Ok(listed_paths(&output.stdout))
}

/// What that index has of a file; none if it does not have it.
pub fn read_staged(root: &Utf8Path, file: &Utf8Path) -> Result<Option<Vec<u8>>, GitError> {
    let list = ["--literal-pathspecs", "ls-files", "-z", "--", file.as_str()];
    if with_index(root, &list).stdout()?.is_empty() {
        return Ok(None);
    }
    let program = with_index(root, &["cat-file", "blob", &format!(":0:{file}")]);
    let output = program.run()?;
    program.expect_success(&output)?;
    Ok(Some(output.stdout))
}

fn with_index(root: &Utf8Path, args: &[&str]) -> Program {
    let program = git(root, args.iter().copied());
    match sys::env::var("GIT_INDEX_FILE") {
        // `git commit FILE` makes an index of its own; its path is relative to the root.
        Some(index) => program.env("GIT_INDEX_FILE", root.join(index).as_str()),
        None => program,
    }
}
