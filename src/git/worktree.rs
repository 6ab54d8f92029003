//! Files of commits, and commits of files: with an index of our own, so that the user's worktree
//! and index stay as they are.

use camino::Utf8Path;

use super::GitError;
use super::program::git;

/// Makes a repository at `dir` whose first branch is `branch`. The user's templates (and with them
/// hooks) stay out.
pub fn init_repository(dir: &Utf8Path, branch: &str) -> Result<(), GitError> {
    crate::sys::fs::create_dir_all(dir)?;
    git(
        dir,
        ["init", "--quiet", "--template=", "--initial-branch", branch],
    )
    .stdout()?;
    Ok(())
}
