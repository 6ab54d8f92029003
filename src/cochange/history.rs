//! The changes of all files, by file, and how much each commit counts.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};

use crate::git::{Author, CommitChanges, FileChange, FileChanges, FileId, Reach};

/// The most files that a commit with a subject of its own changes; one that changes more is a mass
/// commit. The value of code-maat's `--max-changeset-size`.
pub const MASS: usize = 30;

/// Seconds of a year of 365.25 days.
pub(super) const YEAR: f64 = 31_557_600.0;

/// The changes of a repository, ready for questions about some of its files.
#[derive(Debug)]
pub struct History<'a> {
    changes: &'a FileChanges,
    by_path: BTreeMap<&'a Utf8Path, FileId>,
    /// For each file the places of the commits that changed it, newest first.
    touching: Vec<Vec<usize>>,
    /// For each commit.
    weights: Vec<f64>,
}

impl<'a> History<'a> {
    /// Takes what [`file_changes`](crate::git::file_changes) found.
    pub fn new(changes: &'a FileChanges) -> Self {
        let mut touching = vec![Vec::new(); changes.files.len()];
        for (place, commit) in changes.commits.iter().enumerate() {
            for change in &commit.files {
                let of_file: &mut Vec<usize> = &mut touching[change.file.0 as usize];
                if of_file.last() != Some(&place) {
                    of_file.push(place);
                }
            }
        }
        let paths = changes.files.iter().zip(0..);
        Self {
            changes,
            by_path: paths
                .map(|(file, id)| (file.path.as_path(), FileId(id)))
                .collect(),
            touching,
            weights: changes.commits.iter().map(weight).collect(),
        }
    }

    /// The commits that changed anything, newest first.
    pub fn commits(&self) -> &'a [CommitChanges] {
        &self.changes.commits
    }

    /// Who wrote a commit, by its place in [`History::commits`].
    pub fn author(&self, commit: usize) -> &'a Author {
        &self.changes.authors[self.changes.commits[commit].author]
    }

    /// How much a commit (by its place in [`History::commits`]) counts, from 0 to 1.
    ///
    /// One that changes the content of at most [`MASS`] files counts 1. Of a larger one with `n`
    /// files, it is `(MASS / n)²`: pairs of files grow with the square, so that a sweep over the
    /// whole repository couples no more of them than a commit of `MASS` files. One that
    /// `.git-blame-ignore-revs` lists counts nothing, and so does one that only moves files.
    pub fn weight(&self, commit: usize) -> f64 {
        self.weights[commit]
    }

    /// The file that has this path at the head, or had it last.
    pub fn file(&self, path: &Utf8Path) -> Option<FileId> {
        self.by_path.get(path).copied()
    }

    /// The path of a file.
    pub fn path(&self, file: FileId) -> &'a Utf8Path {
        &self.changes.files[file.0 as usize].path
    }

    /// Those of the files that the history knows.
    pub fn files<'p>(&self, paths: impl IntoIterator<Item = &'p Utf8PathBuf>) -> BTreeSet<FileId> {
        paths
            .into_iter()
            .filter_map(|path| self.file(path))
            .collect()
    }

    /// The places of the commits that changed any of the files, newest first; also those that
    /// only moved them.
    pub fn touching(&self, files: &BTreeSet<FileId>) -> Vec<usize> {
        let mut places: Vec<usize> = files
            .iter()
            .flat_map(|file| &self.touching[file.0 as usize])
            .copied()
            .collect();
        places.sort_unstable();
        places.dedup();
        places
    }

    /// When the head was committed, in seconds since 1970.
    pub fn head_time(&self) -> i64 {
        self.changes.head_time
    }

    /// When the oldest commit was committed that was looked at, in seconds since 1970.
    pub fn start_time(&self) -> i64 {
        match self.changes.reach {
            Reach::CutAt { time, .. } => time,
            Reach::Complete => {
                let times = self.commits().iter().map(|commit| commit.committed);
                times.min().unwrap_or(self.head_time())
            }
        }
    }
}

/// The changes of a commit that gave a file other content.
pub(super) fn content_changes(commit: &CommitChanges) -> impl Iterator<Item = &FileChange> + Clone {
    commit.files.iter().filter(|change| !change.same_content())
}

#[expect(clippy::cast_precision_loss, reason = "no commit has 2^52 files")]
fn weight(commit: &CommitChanges) -> f64 {
    let count = content_changes(commit).count();
    if commit.ignored || count == 0 {
        0.0
    } else if count <= MASS {
        1.0
    } else {
        (MASS as f64 / count as f64).powi(2)
    }
}
