//! The history of some files, planned: which commits it has, and what each holds.

use camino::{Utf8Path, Utf8PathBuf};
use gix::ObjectId;
use gix::bstr::{BString, ByteSlice as _};

use super::objects::Objects;
use super::simplify::simplify;
use super::snapshot::Snapshot;
use super::walk::{Moved, walk};
use super::{GitError, Repository};
use crate::model::CommitId;

/// A file whose history is wanted, and where it lies in the new repository.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct TrackedFile {
    /// Its path at the head of the source, relative to the repository's root.
    pub source: Utf8PathBuf,
    /// Its path in the new repository, at every commit.
    pub target: Utf8PathBuf,
}

/// A rename or copy that was followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rename {
    /// The commit that made it.
    pub commit: CommitId,
    /// The path before, with what is not UTF-8 replaced.
    pub from: Utf8PathBuf,
    /// The path after.
    pub to: Utf8PathBuf,
    /// How much of the content stayed, in percent.
    pub similarity: u64,
    /// Did the old file stay, as after a split?
    pub copied: bool,
}

/// A commit of the filtered history.
#[derive(Debug, Clone)]
pub(super) struct Filtered {
    pub(super) original: ObjectId,
    /// Parents by their place in the history, each before this commit.
    pub(super) parents: Vec<usize>,
    pub(super) files: Snapshot,
}

/// The filtered history of some files: read, and not written yet.
#[derive(Debug, Clone)]
pub struct History {
    /// Parents come before their children; the last one is the head.
    pub(super) commits: Vec<Filtered>,
    /// The target paths; a file names one by its place.
    pub(super) targets: Vec<BString>,
    renames: Vec<Rename>,
    walked: usize,
}

impl History {
    /// How many commits it has.
    pub fn len(&self) -> usize {
        self.commits.len()
    }

    /// Has none of the files a history?
    pub fn is_empty(&self) -> bool {
        self.commits.is_empty()
    }

    /// How many commits of the source were looked at.
    pub fn walked(&self) -> usize {
        self.walked
    }

    /// The renames and copies that were followed, newest first.
    pub fn renames(&self) -> &[Rename] {
        &self.renames
    }

    /// The original commits, parents before children.
    pub fn originals(&self) -> impl Iterator<Item = CommitId> {
        self.commits
            .iter()
            .map(|commit| commit_id(&commit.original))
    }
}

/// Reads the history of `files` as it is seen from `head`: only commits that touched them, each
/// holding the files at their new paths. Nothing is written.
///
/// A file keeps its path backwards until a commit that made it; there its source is looked for
/// (see [`Rename`]). Merges are kept where both sides still matter.
pub fn plan_history(
    repository: &Repository,
    head: &CommitId,
    files: &[TrackedFile],
) -> Result<History, GitError> {
    check_targets(files)?;
    check_sources(files)?;
    let mut files = files.to_vec();
    files.sort_by(|a, b| a.target.cmp(&b.target));
    let objects = Objects::new(repository.objects());
    let paths = files.iter().map(|file| bytes(&file.source)).collect();
    let walked = walk(&objects, object_id(head), paths)?;
    for (target, file) in (0..).zip(&files) {
        if super::snapshot::find(&walked.visits[0].snapshot, target).is_none() {
            return Err(GitError::NoSuchFile {
                path: file.source.clone(),
                commit: head.clone(),
            });
        }
    }
    Ok(History {
        commits: simplify(&walked),
        targets: files.iter().map(|file| bytes(&file.target)).collect(),
        renames: walked.moves.iter().map(rename).collect(),
        walked: walked.visits.len(),
    })
}

/// No two files in one place, and none where another needs a folder.
fn check_targets(files: &[TrackedFile]) -> Result<(), GitError> {
    let mut files: Vec<&TrackedFile> = files.iter().collect();
    // By components, so that what lies in a folder follows it at once.
    files.sort_by(|a, b| a.target.components().cmp(b.target.components()));
    for pair in files.windows(2) {
        if pair[1].target.starts_with(&pair[0].target) {
            return Err(GitError::TargetClash {
                target: pair[0].target.clone(),
                first: pair[0].source.clone(),
                second: pair[1].source.clone(),
            });
        }
    }
    Ok(())
}

/// No file twice: a commit's files are some of the original's, each in one place.
fn check_sources(files: &[TrackedFile]) -> Result<(), GitError> {
    let mut sources: Vec<&Utf8Path> = files.iter().map(|file| file.source.as_path()).collect();
    sources.sort_unstable();
    match sources.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(GitError::TrackedTwice {
            path: pair[0].to_owned(),
        }),
        None => Ok(()),
    }
}

fn rename(moved: &Moved) -> Rename {
    Rename {
        commit: commit_id(&moved.commit),
        from: moved.from.to_str_lossy().into_owned().into(),
        to: moved.to.to_str_lossy().into_owned().into(),
        similarity: moved.similarity,
        copied: moved.copied,
    }
}

fn bytes(path: &Utf8Path) -> BString {
    // git separates by `/` everywhere.
    let names: Vec<&str> = path.components().map(|name| name.as_str()).collect();
    names.join("/").into()
}

pub(super) fn commit_id(id: &ObjectId) -> CommitId {
    CommitId::new(&id.to_string()).expect("an object id is hexadecimal")
}

pub(super) fn object_id(id: &CommitId) -> ObjectId {
    ObjectId::from_hex(id.as_str().as_bytes()).expect("a commit id is hexadecimal")
}
