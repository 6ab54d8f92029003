//! Commits, read: their files, and who touched them.

use camino::{Utf8Path, Utf8PathBuf};

use super::GitError;
use super::program::git;
use crate::model::CommitId;

/// What stands at a path of a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FileKind {
    /// A file.
    Regular,
    /// A file that may be run.
    Executable,
    /// A symbolic link.
    Link,
    /// A commit of another repository.
    Submodule,
}

/// A path of a commit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct CommittedFile {
    /// Relative to the repository's root.
    pub path: Utf8PathBuf,
    /// What it is.
    pub kind: FileKind,
}

/// What a commit has at and below `under` (a file, a folder, or nothing for all), sorted by path.
/// Paths that are not UTF-8 are an error that names them.
pub fn files_at(
    dir: &Utf8Path,
    commit: &CommitId,
    under: &Utf8Path,
) -> Result<Vec<CommittedFile>, GitError> {
    let under: &[&str] = match under.as_str() {
        "" => &[],
        path => &[path],
    };
    tree_entries(dir, commit, &["-r"], under)
}

/// What `git ls-tree` with `options` has for `paths`, but for folders.
pub(super) fn tree_entries(
    dir: &Utf8Path,
    commit: &CommitId,
    options: &[&str],
    paths: &[&str],
) -> Result<Vec<CommittedFile>, GitError> {
    let program = git(dir, ["--literal-pathspecs", "ls-tree", "-z", "--full-tree"])
        .args(options.iter().copied())
        .args([commit.as_str(), "--"])
        .args(paths.iter().copied());
    let output = program.run()?;
    program.expect_success(&output)?;
    let mut files = Vec::new();
    let mut foreign = Vec::new();
    for entry in output.stdout.split(|byte| *byte == 0) {
        // MODE TYPE ID<TAB>PATH
        let Some(tab) = entry.iter().position(|byte| *byte == b'\t') else {
            continue;
        };
        let kind = match entry.split(|byte| *byte == b' ').next() {
            Some(b"100755") => FileKind::Executable,
            Some(b"120000") => FileKind::Link,
            Some(b"160000") => FileKind::Submodule,
            Some(b"040000") => continue,
            _ => FileKind::Regular,
        };
        match str::from_utf8(&entry[tab + 1..]) {
            Ok(path) => files.push(CommittedFile {
                path: path.into(),
                kind,
            }),
            Err(_) => foreign.push(
                String::from_utf8_lossy(&entry[tab + 1..])
                    .into_owned()
                    .into(),
            ),
        }
    }
    if foreign.is_empty() {
        files.sort();
        Ok(files)
    } else {
        Err(GitError::NotUtf8Paths { paths: foreign })
    }
}

/// The content of a file at a commit; none if the commit does not have it.
pub fn read_blob_at(
    dir: &Utf8Path,
    commit: &CommitId,
    path: &Utf8Path,
) -> Result<Option<Vec<u8>>, GitError> {
    let files = files_at(dir, commit, path)?;
    if !files.iter().any(|file| file.path == path) {
        return Ok(None);
    }
    let program = git(dir, ["cat-file", "blob", &format!("{commit}:{path}")]);
    let output = program.run()?;
    program.expect_success(&output)?;
    Ok(Some(output.stdout))
}

/// The commits before `head` (and after `since`, if given) that touched the paths, newest first.
/// Renames are not followed.
pub fn commits_touching(
    dir: &Utf8Path,
    head: &CommitId,
    since: Option<&CommitId>,
    paths: &[Utf8PathBuf],
) -> Result<Vec<CommitId>, GitError> {
    let mut program = git(dir, ["--literal-pathspecs", "rev-list", head.as_str()]);
    if let Some(since) = since {
        program = program.arg(format!("^{since}"));
    }
    let list = program
        .arg("--")
        .args(paths.iter().map(|path| path.as_str()))
        .stdout()?;
    Ok(list.lines().filter_map(CommitId::new).collect())
}
