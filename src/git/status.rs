//! What about the files concerned cannot be worked with.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};

use super::program::git;
use super::read::tree_entries;
use super::{CommittedFile, FileKind, GitError, Repository, files_at};

/// Refuses paths (files and folders, relative to the root) at or above or below which there are
/// submodules, symbolic links, names that are not UTF-8, or changes that are not committed.
pub fn check_paths(repository: &Repository, paths: &[Utf8PathBuf]) -> Result<(), GitError> {
    let (root, head) = (repository.root(), repository.head());
    let mut files: Vec<CommittedFile> = Vec::new();
    let mut folders: BTreeSet<&Utf8Path> = BTreeSet::new();
    for path in paths {
        files.extend(files_at(root, head, path)?);
        let above = path.ancestors().skip(1);
        folders.extend(above.filter(|folder| !folder.as_str().is_empty()));
    }
    for folder in folders {
        // One by one: with a folder below it, git would list all that is in it.
        files.extend(tree_entries(root, head, &[], &[folder.as_str()])?);
    }
    files.sort();
    files.dedup();
    let of = |kind: FileKind| -> Vec<Utf8PathBuf> {
        let files = files.iter().filter(|file| file.kind == kind);
        files.map(|file| file.path.clone()).collect()
    };
    let submodules = of(FileKind::Submodule);
    if !submodules.is_empty() {
        return Err(GitError::Submodules { paths: submodules });
    }
    let links = of(FileKind::Link);
    if !links.is_empty() {
        return Err(GitError::Symlinks { paths: links });
    }
    let files = uncommitted(root, paths)?;
    if files.is_empty() {
        Ok(())
    } else {
        Err(GitError::Uncommitted { files })
    }
}

/// The files at and below `paths` that are not as they were committed: changed, staged, deleted
/// or new. Ignored files are no concern of git's.
pub fn uncommitted(dir: &Utf8Path, paths: &[Utf8PathBuf]) -> Result<Vec<Utf8PathBuf>, GitError> {
    // Without the lock, the index is not refreshed: it is the user's.
    let args = [
        "--no-optional-locks",
        "--literal-pathspecs",
        "status",
        "--porcelain=v1",
        "-z",
    ];
    let program = git(dir, args)
        .args(["--untracked-files=all", "--no-renames", "--"])
        .args(paths.iter().map(|path| path.as_str()));
    let output = program.run()?;
    program.expect_success(&output)?;
    let entries = output.stdout.split(|byte| *byte == 0);
    // `XY PATH`
    let mut files: Vec<Utf8PathBuf> = entries
        .filter_map(|entry| Some(String::from_utf8_lossy(entry.get(3..)?).into_owned().into()))
        .collect();
    files.sort();
    files.dedup();
    Ok(files)
}

/// The files at and below `dir` that are committed or would be: tracked ones, and new ones that
/// are not ignored. Relative to `dir`, sorted; names that are not UTF-8 are left out.
pub fn visible_files(dir: &Utf8Path) -> Result<Vec<Utf8PathBuf>, GitError> {
    let args = ["--no-optional-locks", "ls-files", "-z"];
    let program = git(dir, args).args(["--cached", "--others", "--exclude-standard"]);
    let output = program.run()?;
    program.expect_success(&output)?;
    Ok(listed_paths(&output.stdout))
}

/// The paths that git lists with `-z`, sorted, each once; those that are not UTF-8 are left out.
pub(super) fn listed_paths(stdout: &[u8]) -> Vec<Utf8PathBuf> {
    let names = stdout.split(|byte| *byte == 0);
    let names = names.filter_map(|name| str::from_utf8(name).ok());
    let mut paths: Vec<Utf8PathBuf> = names
        .filter(|name| !name.is_empty())
        .map(Into::into)
        .collect();
    paths.sort();
    paths.dedup();
    paths
}
