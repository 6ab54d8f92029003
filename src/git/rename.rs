//! Where a file came from: the file of the parent commit that its content was taken from.
//!
//! As in git's own detection, a deleted file with the same content comes first, then a deleted
//! one that is similar, then (a split leaves the old file in place) one that the same commit
//! modified.

use std::collections::HashMap;
use std::sync::Arc;

use gix::ObjectId;
use gix::bstr::{BStr, BString, ByteSlice as _};
use gix::diff::tree::recorder::Change;
use gix::objs::Kind;
use gix::objs::tree::EntryKind;

use super::GitError;
use super::objects::Objects;
use super::similarity::{Chunks, chunks, similarity, sizes_allow};
use super::snapshot::Found;

/// Similar enough, in percent: git's default.
const SIMILAR: u64 = 50;
/// Pairs of files that are compared by content, at most: git's default (`diff.renameLimit`).
const PAIR_LIMIT: usize = 1000 * 1000;
/// Files whose chunks are kept.
const KEPT: usize = 4096;

/// A file that a commit has and its parent has not.
#[derive(Debug)]
pub(super) struct Lost {
    pub(super) found: Found,
    pub(super) path: BString,
}

/// Where it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Source {
    pub(super) path: BString,
    /// In percent.
    pub(super) similarity: u64,
    /// Is the old file still there?
    pub(super) copied: bool,
}

struct Candidate {
    path: BString,
    id: ObjectId,
    copied: bool,
}

/// Finds sources, and keeps what it has read.
#[derive(Default)]
pub(super) struct Detector {
    /// In bytes; none of what is missing.
    sizes: gix::hashtable::HashMap<ObjectId, Option<u64>>,
    chunks: HashMap<ObjectId, Arc<Chunks>>,
}

impl Detector {
    /// For each file that the first tree lacks and the second has: its source among the files of
    /// the first, but for those that are `taken`, and (without `splits`) those that are in both.
    /// No source serves twice.
    pub(super) fn sources(
        &mut self,
        objects: &Objects,
        (before, after): (&ObjectId, &ObjectId),
        lost: &[Lost],
        splits: bool,
        taken: &dyn Fn(&BStr) -> bool,
    ) -> Result<Vec<Option<Source>>, GitError> {
        let changes = objects.tree_changes(Some(before), after)?;
        let candidates: Vec<Candidate> = changes
            .into_iter()
            .filter_map(|change| candidate(change, splits))
            .filter(|candidate| !taken(candidate.path.as_bstr()))
            .collect();
        let (mut deleted, mut modified): (Vec<_>, Vec<_>) =
            candidates.into_iter().partition(|c| !c.copied);
        let mut sources = vec![None; lost.len()];
        for group in [&mut deleted, &mut modified] {
            self.assign(objects, lost, group, &mut sources)?;
        }
        Ok(sources)
    }

    /// For each file of `added`: its source among the files that the same commit `deleted`. No
    /// source serves twice.
    pub(super) fn renames(
        &mut self,
        objects: &Objects,
        added: &[Lost],
        deleted: Vec<(BString, ObjectId)>,
    ) -> Result<Vec<Option<Source>>, GitError> {
        let copied = false;
        let mut candidates = deleted
            .into_iter()
            .map(|(path, id)| Candidate { path, id, copied })
            .collect();
        let mut sources = vec![None; added.len()];
        self.assign(objects, added, &mut candidates, &mut sources)?;
        Ok(sources)
    }

    fn assign(
        &mut self,
        objects: &Objects,
        lost: &[Lost],
        candidates: &mut Vec<Candidate>,
        sources: &mut [Option<Source>],
    ) -> Result<(), GitError> {
        let pairs = self::pairs(lost, candidates, sources, |lost, candidate| {
            Ok(same_content(lost, candidate).then_some(100))
        })?;
        settle(lost, candidates, pairs, sources);

        let open = sources.iter().filter(|source| source.is_none()).count();
        if open * candidates.len() > PAIR_LIMIT {
            tracing::debug!(
                open,
                candidates = candidates.len(),
                "too many files to compare"
            );
            return Ok(());
        }
        let pairs = self::pairs(lost, candidates, sources, |lost, candidate| {
            self.compare(objects, &lost.found.id, &candidate.id)
        })?;
        settle(lost, candidates, pairs, sources);
        Ok(())
    }

    fn compare(
        &mut self,
        objects: &Objects,
        a: &ObjectId,
        b: &ObjectId,
    ) -> Result<Option<u64>, GitError> {
        // A partial clone may lack the content of files that nobody tracks.
        let (Some(a_size), Some(b_size)) = (self.size(objects, a)?, self.size(objects, b)?) else {
            return Ok(None);
        };
        if a_size == 0 || b_size == 0 || !sizes_allow(a_size, b_size, SIMILAR) {
            return Ok(None);
        }
        let percent = similarity(&*self.read(objects, a)?, &*self.read(objects, b)?);
        Ok((percent >= SIMILAR).then_some(percent))
    }

    /// A file that may be the source of many is asked for once.
    fn size(&mut self, objects: &Objects, id: &ObjectId) -> Result<Option<u64>, GitError> {
        if let Some(known) = self.sizes.get(id) {
            return Ok(*known);
        }
        if self.sizes.len() >= KEPT {
            self.sizes.clear();
        }
        let size = objects.size(id)?;
        self.sizes.insert(*id, size);
        Ok(size)
    }

    fn read(&mut self, objects: &Objects, id: &ObjectId) -> Result<Arc<Chunks>, GitError> {
        if let Some(known) = self.chunks.get(id) {
            return Ok(Arc::clone(known));
        }
        if self.chunks.len() >= KEPT {
            self.chunks.clear();
        }
        let mut buffer = Vec::new();
        let new = Arc::new(chunks(objects.read(id, Kind::Blob, &mut buffer)?));
        self.chunks.insert(*id, Arc::clone(&new));
        Ok(new)
    }
}

fn candidate(change: Change, splits: bool) -> Option<Candidate> {
    let (mode, candidate) = match change {
        Change::Addition { .. } => return None,
        Change::Deletion {
            entry_mode: mode,
            oid: id,
            path,
            ..
        } => {
            let copied = false;
            (mode, Candidate { path, id, copied })
        }
        Change::Modification {
            previous_entry_mode: mode,
            previous_oid: id,
            path,
            ..
        } => {
            let copied = true;
            (mode, Candidate { path, id, copied })
        }
    };
    let file = matches!(mode.kind(), EntryKind::Blob | EntryKind::BlobExecutable);
    (file && (splits || !candidate.copied)).then_some(candidate)
}

/// A lost file and a candidate, both by index, and how similar they are.
type Pair = (usize, usize, u64);

fn pairs(
    lost: &[Lost],
    candidates: &[Candidate],
    sources: &[Option<Source>],
    mut compare: impl FnMut(&Lost, &Candidate) -> Result<Option<u64>, GitError>,
) -> Result<Vec<Pair>, GitError> {
    let mut pairs = Vec::new();
    for (l, file) in lost.iter().enumerate() {
        if sources[l].is_some() || file.found.kind == EntryKind::Link {
            continue;
        }
        for (c, candidate) in candidates.iter().enumerate() {
            if let Some(percent) = compare(file, candidate)? {
                pairs.push((l, c, percent));
            }
        }
    }
    Ok(pairs)
}

/// All empty files are the same; one of the same name is the one that moved.
fn same_content(lost: &Lost, candidate: &Candidate) -> bool {
    let id = &lost.found.id;
    *id == candidate.id && (!id.is_empty_blob() || name(&lost.path) == name(&candidate.path))
}

/// Gives each lost file the best candidate that is left: by similarity, then the same name, then
/// in order of paths.
fn settle(
    lost: &[Lost],
    candidates: &mut Vec<Candidate>,
    mut pairs: Vec<Pair>,
    sources: &mut [Option<Source>],
) {
    pairs.sort_by(|a, b| {
        let key = |&(l, c, percent): &Pair| {
            let renamed = name(&lost[l].path) != name(&candidates[c].path);
            (std::cmp::Reverse(percent), renamed)
        };
        let paths = |&(l, c, _): &Pair| (&candidates[c].path, &lost[l].path);
        key(a).cmp(&key(b)).then_with(|| paths(a).cmp(&paths(b)))
    });
    let mut used = vec![false; candidates.len()];
    for (l, c, similarity) in pairs {
        if sources[l].is_none() && !used[c] {
            used[c] = true;
            sources[l] = Some(Source {
                path: candidates[c].path.clone(),
                similarity,
                copied: candidates[c].copied,
            });
        }
    }
    let mut used = used.into_iter();
    candidates.retain(|_| !used.next().expect("one each"));
}

fn name(path: &BString) -> &[u8] {
    path.rsplit_str("/").next().unwrap_or_default()
}
