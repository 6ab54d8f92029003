//! Two lines of history joined: what happened elsewhere comes on top of a branch.

use camino::{Utf8Path, Utf8PathBuf};

use super::program::git;
use super::worktree::dated;
use super::{GitError, check_identity};
use crate::model::CommitId;

/// What a join came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Joined {
    /// The new commit.
    Commit(CommitId),
    /// Both have changed the same lines of these files.
    Conflict(Vec<Utf8PathBuf>),
}

/// Makes a commit on top of `ours` whose files are those of `ours` with what `theirs` has
/// changed since their common commit. Its further parent is `history`, which says where that
/// comes from. No branch is moved. Where `ours` has it all already, it is `ours` itself.
pub fn join(
    dir: &Utf8Path,
    ours: &CommitId,
    theirs: &CommitId,
    history: Option<&CommitId>,
    message: &str,
) -> Result<Joined, GitError> {
    check_identity(dir)?;
    let options = ["--write-tree", "--name-only", "--no-messages", "-z"];
    let merge = git(dir, ["merge-tree"])
        .args(options)
        .args([ours.as_str(), theirs.as_str()]);
    let output = merge.run()?;
    let said = output.stdout_text();
    let mut parts = said.split('\0').filter(|part| !part.is_empty());
    let tree = parts.next().unwrap_or_default().to_owned();
    if output.code == Some(1) {
        return Ok(Joined::Conflict(parts.map(Into::into).collect()));
    }
    merge.expect_success(&output)?;
    let own = git(dir, ["rev-parse", &format!("{ours}^{{tree}}")]).stdout()?;
    if history.is_none() && own.trim() == tree {
        return Ok(Joined::Commit(ours.clone()));
    }
    let mut program = git(dir, ["commit-tree", "--no-gpg-sign", "-F", "-"]);
    for parent in [Some(ours), history].into_iter().flatten() {
        program = program.args(["-p", parent.as_str()]);
    }
    let id = dated(program.arg(tree)).input(message).stdout()?;
    let id = CommitId::new(id.trim());
    id.map(Joined::Commit)
        .ok_or_else(|| GitError::UnknownRevision {
            name: "the new commit".to_owned(),
            repository: dir.to_owned(),
        })
}
