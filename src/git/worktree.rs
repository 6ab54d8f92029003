//! Files of commits, and commits of files: with an index of our own, so that the user's worktree
//! and index stay as they are. No hook of the user runs.

use camino::{Utf8Path, Utf8PathBuf};

use super::GitError;
use super::program::{NO_HOOKS, git};
use super::refs::commit_of;
use crate::model::CommitId;
use crate::sys::scratch::Scratch;
use crate::sys::{self, Program};

/// Makes a repository at `dir` whose first branch is `branch`. The user's templates (and with them
/// hooks) stay out.
pub fn init_repository(dir: &Utf8Path, branch: &str) -> Result<(), GitError> {
    sys::fs::create_dir_all(dir)?;
    let args = ["init", "--quiet", "--template=", "--initial-branch", branch];
    git(dir, args).stdout()?;
    Ok(())
}

/// Lets commits in the repository `to` be made by who makes those in `from`: a name or an address
/// may be set for that one only.
pub fn share_identity(from: &Utf8Path, to: &Utf8Path) -> Result<(), GitError> {
    for key in ["user.name", "user.email"] {
        let value = |dir| -> Result<Option<String>, GitError> {
            let asked = git(dir, ["config", "--get", key]).run()?;
            Ok(asked
                .success()
                .then(|| asked.stdout_text().trim_end().to_owned()))
        };
        if let Some(name) = value(from)?.filter(|name| !name.is_empty())
            && value(to)?.as_ref() != Some(&name)
        {
            git(to, ["config", key, &name]).stdout()?;
        }
    }
    Ok(())
}

/// Writes the files of a commit into the folder `to`, which is made if need be, as a checkout
/// would (line ends and attributes included). Gives the paths of files whose content the
/// repository does not have, as in a partial mirror: those are not written.
pub fn export_tree(
    dir: &Utf8Path,
    commit: &CommitId,
    to: &Utf8Path,
) -> Result<Vec<Utf8PathBuf>, GitError> {
    sys::fs::create_dir_all(to)?;
    let index = Scratch::new()?;
    let apart = apart(dir, to, index.path())?;
    apart.run(["read-tree", commit.as_str()])?;
    let checkout = apart.git(["checkout-index", "--all", "--force"]);
    let mut output = checkout.run()?;
    if !output.success() {
        // A partial clone fetches what is missing; where it cannot, go on without.
        output = checkout.env("GIT_NO_LAZY_FETCH", "1").run()?;
    }
    let said = output.stderr_text();
    let missing: Vec<Utf8PathBuf> = said.lines().filter_map(missing_file).collect();
    if missing.is_empty() {
        apart.git(["checkout-index"]).expect_success(&output)?;
    }
    Ok(missing)
}

/// `error: unable to read sha1 file of PATH (ID)`
fn missing_file(line: &str) -> Option<Utf8PathBuf> {
    let rest = line.strip_prefix("error: unable to read sha1 file of ")?;
    Some(rest.rsplit_once(" (")?.0.into())
}

/// Makes a commit on top of `base` that has the `changed` paths as the folder `from` has them:
/// written, or deleted where it has none. All other files stay as in `base`. Gives `base` itself
/// if that changes nothing.
pub fn commit_tree_from_dir(
    dir: &Utf8Path,
    base: &CommitId,
    from: &Utf8Path,
    changed: &[Utf8PathBuf],
    message: &str,
) -> Result<CommitId, GitError> {
    check_identity(dir)?;
    let index = Scratch::new()?;
    let apart = apart(dir, from, index.path())?;
    apart.run(["read-tree", base.as_str()])?;
    let list: Vec<&str> = changed.iter().map(|path| path.as_str()).collect();
    let args = [
        "update-index",
        "--add",
        "--remove",
        "--replace",
        "-z",
        "--stdin",
    ];
    apart.git(args).input(list.join("\0")).stdout()?;
    let tree = apart.run(["write-tree"])?;
    if tree == apart.run(["rev-parse", &format!("{base}^{{tree}}")])? {
        return Ok(base.clone());
    }
    let args = [
        "commit-tree",
        "--no-gpg-sign",
        "-p",
        base.as_str(),
        "-F",
        "-",
        &tree,
    ];
    let id = dated(apart.git(args)).input(message).stdout()?;
    CommitId::new(id.trim()).ok_or_else(|| unknown(dir, id.trim()))
}

/// Notes files of the worktree at `dir` as executable for the next commit, also where the file
/// system has no modes.
pub fn stage_executable(dir: &Utf8Path, files: &[&Utf8Path]) -> Result<(), GitError> {
    if files.is_empty() {
        return Ok(());
    }
    let args = ["update-index", "--add", "--chmod=+x", "--"];
    let files = files.iter().map(|path| path.as_str());
    git(dir, args).args(files).stdout()?;
    Ok(())
}

/// Commits all files of the worktree at `dir` to its branch; what only the user's own ignore file
/// names is committed as well. Gives the head as it is if nothing has changed.
pub fn commit_all(dir: &Utf8Path, message: &str) -> Result<CommitId, GitError> {
    check_identity(dir)?;
    // No such file: nothing is ignored by it.
    git(dir, ["-c", "core.excludesFile=", "add", "--all"]).stdout()?;
    let staged = git(dir, ["diff", "--cached", "--quiet"]).run()?;
    let head = commit_of(dir, "HEAD")?;
    if let (true, Some(head)) = (staged.success(), head) {
        return Ok(head);
    }
    let program = git(dir, NO_HOOKS)
        .args(["commit", "--quiet", "--no-gpg-sign", "--allow-empty"])
        .args(["--cleanup=verbatim", "-F", "-"]);
    dated(program).input(message).stdout()?;
    commit_of(dir, "HEAD")?.ok_or_else(|| unknown(dir, "HEAD"))
}

/// Makes the worktree at `dir` what its branch says; changes that are not committed are lost.
pub fn checkout_head(dir: &Utf8Path) -> Result<(), GitError> {
    git(dir, ["reset", "--quiet", "--hard"]).stdout()?;
    Ok(())
}

/// Makes a copy of the repository at `from` in the new folder `to`, at `commit`, which is then the
/// head of the branch `branch`.
pub fn clone_at(
    from: &Utf8Path,
    to: &Utf8Path,
    branch: &str,
    commit: &CommitId,
) -> Result<(), GitError> {
    let folder = to.parent().unwrap_or(to);
    sys::fs::create_dir_all(folder)?;
    let args = [
        "clone",
        "--quiet",
        "--no-hardlinks",
        "--no-checkout",
        "--template=",
    ];
    git(folder, args)
        .args([from.as_str(), to.as_str()])
        .stdout()?;
    git(to, NO_HOOKS)
        .args(["checkout", "--quiet", "-B", branch, commit.as_str()])
        .stdout()?;
    Ok(())
}

/// Clones the newest commit of a repository into the new folder `to`: of a branch or a tag, or of
/// the branch that the repository has checked out. Gives that commit.
pub fn clone_shallow(
    url: &str,
    reference: Option<&str>,
    to: &Utf8Path,
) -> Result<CommitId, GitError> {
    let folder = to.parent().unwrap_or(to);
    sys::fs::create_dir_all(folder)?;
    // A path is cloned in full: git takes no depth for one, and says so.
    let depth: &[&str] = if url.contains("://") {
        &["--depth", "1"]
    } else {
        &[]
    };
    let branch = reference.into_iter().flat_map(|name| ["--branch", name]);
    git(folder, NO_HOOKS)
        .args(["clone", "--quiet", "--template=", "--no-tags"])
        .args(depth.iter().copied())
        .args(branch)
        .args(["--", url, to.as_str()])
        .stdout()?;
    commit_of(to, "HEAD")?.ok_or_else(|| GitError::NoCommit { path: url.into() })
}

/// Checks a commit out at `dir`, on no branch.
pub fn checkout(dir: &Utf8Path, commit: &CommitId) -> Result<(), GitError> {
    git(dir, NO_HOOKS)
        .args(["checkout", "--quiet", "--detach", commit.as_str()])
        .stdout()?;
    Ok(())
}

/// Checks a branch out at `dir`.
pub fn switch(dir: &Utf8Path, branch: &str) -> Result<(), GitError> {
    git(dir, NO_HOOKS)
        .args(["checkout", "--quiet", branch])
        .stdout()?;
    Ok(())
}

/// Moves the worktree and the branch that is checked out at `dir` on to `commit`, which the
/// repository at `from` has on its branch `branch`. Refuses where that is no step forward, or
/// would overwrite what is not committed.
pub fn fast_forward(
    dir: &Utf8Path,
    from: &Utf8Path,
    branch: &str,
    commit: &CommitId,
) -> Result<(), GitError> {
    let fetch = ["fetch", "--quiet", "--no-tags", from.as_str(), branch];
    git(dir, fetch).stdout()?;
    git(dir, NO_HOOKS)
        .args(["merge", "--quiet", "--ff-only", commit.as_str()])
        .stdout()?;
    Ok(())
}

/// Moves the worktree and the branch that is checked out at `dir` on to `commit`, which the
/// repository has. Refuses where that is no step forward, or would overwrite what is not
/// committed.
pub fn land(dir: &Utf8Path, commit: &CommitId) -> Result<(), GitError> {
    git(dir, NO_HOOKS)
        .args(["merge", "--quiet", "--ff-only", commit.as_str()])
        .stdout()?;
    Ok(())
}

/// After a [`land`] that was cut off: where files that are not as the head has them are as
/// `commit` has them, they are what it had written, and the worktree may follow to it. Other
/// changes are an error; without any, nothing is done.
pub fn settle(dir: &Utf8Path, commit: &CommitId) -> Result<(), GitError> {
    let files = super::uncommitted(dir, &[])?;
    if files.is_empty() {
        return Ok(());
    }
    let program = git(dir, ["--literal-pathspecs", "diff", "--name-only", "-z"])
        .args([commit.as_str(), "--"])
        .args(files.iter().map(|path| path.as_str()));
    let differing = program.stdout()?;
    let differing = differing.split('\0').filter(|path| !path.is_empty());
    let files: Vec<Utf8PathBuf> = differing.map(Into::into).collect();
    if !files.is_empty() {
        return Err(GitError::Uncommitted { files });
    }
    git(dir, NO_HOOKS)
        .args(["reset", "--quiet", "--hard", commit.as_str()])
        .stdout()?;
    Ok(())
}

/// Fails if git would have to guess who makes a commit.
pub fn check_identity(dir: &Utf8Path) -> Result<(), GitError> {
    for who in ["GIT_AUTHOR_IDENT", "GIT_COMMITTER_IDENT"] {
        let asked = git(dir, ["-c", "user.useConfigOnly=true", "var", who]).run()?;
        if !asked.success() {
            return Err(GitError::NoIdentity {
                repository: dir.to_owned(),
            });
        }
    }
    Ok(())
}

/// A repository with another worktree and another index than its own.
struct Apart {
    git_dir: String,
    worktree: Utf8PathBuf,
    index: Utf8PathBuf,
}

fn apart(dir: &Utf8Path, worktree: &Utf8Path, scratch: &Utf8Path) -> Result<Apart, GitError> {
    let git_dir = git(dir, ["rev-parse", "--absolute-git-dir"]).stdout()?;
    Ok(Apart {
        git_dir: git_dir.trim_end().to_owned(),
        worktree: sys::fs::canonical(worktree)?,
        index: scratch.join("index"),
    })
}

impl Apart {
    fn git<'a>(&self, args: impl IntoIterator<Item = &'a str>) -> Program {
        let place = [
            format!("--git-dir={}", self.git_dir),
            format!("--work-tree={}", self.worktree),
        ];
        let all = [
            "-c",
            "core.sparseCheckout=false",
            "-c",
            "core.fsmonitor=false",
        ];
        git(&self.worktree, place)
            .args(all)
            .args(args)
            .env("GIT_INDEX_FILE", self.index.as_str())
    }

    fn run<'a>(&self, args: impl IntoIterator<Item = &'a str>) -> Result<String, GitError> {
        Ok(self.git(args).stdout()?.trim_end().to_owned())
    }
}

/// With the clock set (see [`sys::clock`]), commits come out the same twice.
pub(super) fn dated(program: Program) -> Program {
    if sys::env::var("CARGO_QUARRY_NOW").is_none() {
        return program;
    }
    let now = format!("{} +0000", sys::clock::now_unix());
    program
        .env("GIT_AUTHOR_DATE", &now)
        .env("GIT_COMMITTER_DATE", &now)
}

fn unknown(dir: &Utf8Path, name: &str) -> GitError {
    GitError::UnknownRevision {
        name: name.to_owned(),
        repository: dir.to_owned(),
    }
}
