//! How the public face of files changed, commit by commit.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::History;
use super::face::{Face, FaceChange};
use super::history::content_changes;
use super::known::{self, KnownFaces};
use crate::git::{BlobId, Blobs, FileId, GitError};

/// What the changes of some files mean for those who use them. Reading it takes a parse for each
/// version of each file, but where it is known how two of them differ: load the files that matter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FaceHistory {
    files: BTreeSet<FileId>,
    /// By the place of the commit.
    changes: BTreeMap<(usize, FileId), FaceChange>,
    known: KnownFaces,
}

impl FaceHistory {
    /// One that has read nothing yet, and need not read what is known.
    pub fn with_known(known: KnownFaces) -> Self {
        Self {
            known,
            ..Self::default()
        }
    }

    /// All that is known now.
    pub fn known(&self) -> &KnownFaces {
        &self.known
    }

    /// Reads the files that are not known yet, one after the other, in order, until `stop` says
    /// that it is time to end. Gives whether all are known now.
    pub fn load(
        &mut self,
        history: &History<'_>,
        blobs: &Blobs,
        files: &BTreeSet<FileId>,
        stop: &dyn Fn() -> bool,
    ) -> Result<bool, GitError> {
        let unknown: Vec<FileId> = files.difference(&self.files).copied().collect();
        for file in unknown {
            if stop() {
                return Ok(false);
            }
            self.load_file(history, blobs, file)?;
        }
        Ok(true)
    }

    fn load_file(
        &mut self,
        history: &History<'_>,
        blobs: &Blobs,
        file: FileId,
    ) -> Result<(), GitError> {
        let mut versions = Versions {
            blobs,
            known: BTreeMap::new(),
            is_rust: history.path(file).extension() == Some("rs"),
        };
        for commit in history.touching(&BTreeSet::from([file])) {
            let changes = content_changes(&history.commits()[commit]);
            for change in changes.filter(|change| change.file == file) {
                let change = versions.change(change.before, change.after, &mut self.known)?;
                self.changes.insert((commit, file), change);
            }
        }
        self.files.insert(file);
        Ok(())
    }

    /// Are all of these files known?
    pub fn knows(&self, files: &BTreeSet<FileId>) -> bool {
        files.is_subset(&self.files)
    }

    /// What a commit, by its place in [`History::commits`], did to a file; none if it changed
    /// nothing in it, or the file is not known.
    pub fn change(&self, commit: usize, file: FileId) -> Option<&FaceChange> {
        self.changes.get(&(commit, file))
    }

    /// Notes what a commit did to a file, for histories that are no repository's.
    #[cfg(test)]
    pub(super) fn note(&mut self, commit: usize, file: FileId, change: FaceChange) {
        self.files.insert(file);
        self.changes.insert((commit, file), change);
    }
}

/// The versions of a file: what one commit made is what the next one changed.
struct Versions<'b> {
    blobs: &'b Blobs,
    known: BTreeMap<BlobId, Rc<Option<Face>>>,
    is_rust: bool,
}

impl Versions<'_> {
    fn change(
        &mut self,
        before: Option<BlobId>,
        after: Option<BlobId>,
        known: &mut KnownFaces,
    ) -> Result<FaceChange, GitError> {
        let key = known::key(before, after);
        if self.is_rust
            && let Some(change) = known.find(&key)
        {
            return Ok(change);
        }
        let (before, after) = (self.face(before)?, self.face(after)?);
        let change = match (&*before, &*after) {
            (Some(before), Some(after)) => before.compare(after),
            _ => FaceChange::Unreadable,
        };
        if self.is_rust {
            known.add(key, change.clone());
        }
        Ok(change)
    }

    /// That of a file that is not there is empty.
    fn face(&mut self, blob: Option<BlobId>) -> Result<Rc<Option<Face>>, GitError> {
        let Some(blob) = blob else {
            return Ok(Rc::new(Some(Face::default())));
        };
        if let Some(known) = self.known.get(&blob) {
            return Ok(Rc::clone(known));
        }
        let face = if self.is_rust {
            let text = String::from_utf8(self.blobs.read(blob)?).ok();
            text.and_then(|text| Face::read(&text))
        } else {
            None
        };
        let face = Rc::new(face);
        self.known.insert(blob, Rc::clone(&face));
        Ok(face)
    }
}
