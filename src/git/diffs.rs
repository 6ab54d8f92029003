//! Which files each of many commits changed, by trees alone: on several threads, each taking the
//! next block of commits.

use std::collections::{HashMap, HashSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use camino::Utf8Path;
use gix::ObjectId;
use gix::bstr::{BString, ByteSlice as _};
use gix::diff::tree::recorder::Change;
use gix::objs::tree::{EntryKind, EntryMode};

use super::GitError;
use super::objects::Objects;
use super::reachable::Reachable;
use super::rename::{Detector, Lost};
use super::snapshot::Found;

/// A file that a commit changed: at least one of both sides is there.
#[derive(Debug)]
pub(super) struct Diff {
    /// Where it is after the commit, or was before one that deleted it.
    pub(super) path: String,
    /// Where it was, if elsewhere.
    pub(super) from: Option<String>,
    pub(super) before: Option<ObjectId>,
    pub(super) after: Option<ObjectId>,
}

/// Which paths are looked at.
pub(super) type Wanted<'a> = &'a (dyn Fn(&Utf8Path) -> bool + Sync);

/// The diffs of a block of commits, once they are there.
type Block = Mutex<Option<Vec<Vec<Diff>>>>;

/// Commits that a thread takes at once: neighbours have most of their trees in common.
const BLOCK: usize = 128;

/// What the commits of [`Reachable::order`] changed, in that order, as far as it got before `stop`
/// said so. A merge changes nothing of its own, and neither does a commit whose parents are not
/// there.
pub(super) fn diffs(
    objects: &Objects,
    commits: &Reachable,
    wanted: Wanted<'_>,
    stop: &(dyn Fn() -> bool + Sync),
) -> Result<Vec<Vec<Diff>>, GitError> {
    let blocks: Vec<&[usize]> = commits.order.chunks(BLOCK).collect();
    let done: Vec<Block> = blocks.iter().map(|_| Mutex::default()).collect();
    let (next, ended) = (AtomicUsize::new(0), AtomicBool::new(false));
    let work = |objects: &Objects| -> Result<(), GitError> {
        let mut detector = Detector::default();
        loop {
            let block = next.fetch_add(1, Ordering::Relaxed);
            let Some(places) = blocks.get(block) else {
                return Ok(());
            };
            if ended.load(Ordering::Relaxed) || stop() {
                ended.store(true, Ordering::Relaxed);
                return Ok(());
            }
            let one = |place: &usize| diff(objects, &mut detector, commits, *place, wanted);
            let found = places.iter().map(one).collect::<Result<_, _>>();
            if found.is_err() {
                ended.store(true, Ordering::Relaxed);
            }
            *done[block].lock().expect("nobody panics with it") = Some(found?);
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads.min(blocks.len()))
            .map(|_| {
                let objects = objects.for_another_thread();
                scope.spawn(|| work(&objects.into_objects()))
            })
            .collect();
        let mut results = vec![work(objects)];
        results.extend(others.into_iter().map(|other| match other.join() {
            Ok(result) => result,
            Err(panic) => std::panic::resume_unwind(panic),
        }));
        results.into_iter().collect::<Result<Vec<()>, _>>()
    })?;
    let done = done
        .into_iter()
        .map(|block| block.into_inner().expect("nobody panics with it"));
    Ok(done.map_while(|block| block).flatten().collect())
}

fn diff(
    objects: &Objects,
    detector: &mut Detector,
    commits: &Reachable,
    place: usize,
    wanted: Wanted<'_>,
) -> Result<Vec<Diff>, GitError> {
    let commit = &commits.commits[place];
    if commit.parents.len() > 1 || commit.cut_off {
        return Ok(Vec::new());
    }
    let parent = commit
        .parents
        .first()
        .map(|parent| &commits.commits[*parent].tree);
    if parent == Some(&commit.tree) {
        return Ok(Vec::new());
    }
    let changes = objects.tree_changes(parent.map(|id| &**id), &commit.tree)?;
    let changes = changes.into_iter();
    let all: Vec<Diff> = changes
        .filter_map(|change| file_change(change, wanted))
        .collect();
    with_renames(objects, detector, all)
}

/// All files of a tree that are wanted.
pub(super) fn files_of(
    objects: &Objects,
    tree: ObjectId,
    wanted: Wanted<'_>,
) -> Result<Vec<String>, GitError> {
    let files = objects.tree_changes(None, &tree)?.into_iter();
    Ok(files
        .filter_map(|change| Some(file_change(change, wanted)?.path))
        .collect())
}

/// What a change of a tree is for a wanted file. A link is no file, and its mode is not its
/// content.
fn file_change(change: Change, wanted: Wanted<'_>) -> Option<Diff> {
    let file = |mode: EntryMode, id: ObjectId| {
        matches!(mode.kind(), EntryKind::Blob | EntryKind::BlobExecutable).then_some(id)
    };
    let (path, before, after) = match change {
        Change::Addition {
            entry_mode,
            oid,
            path,
            ..
        } => (path, None, file(entry_mode, oid)),
        Change::Deletion {
            entry_mode,
            oid,
            path,
            ..
        } => (path, file(entry_mode, oid), None),
        Change::Modification {
            previous_entry_mode,
            previous_oid,
            entry_mode,
            oid,
            path,
        } => (
            path,
            file(previous_entry_mode, previous_oid),
            file(entry_mode, oid),
        ),
    };
    if before == after {
        return None;
    }
    let path = String::from_utf8(path.into()).ok()?;
    wanted(Utf8Path::new(&path)).then_some(Diff {
        path,
        from: None,
        before,
        after,
    })
}

/// Makes one of a file that is gone and one that came from it.
fn with_renames(
    objects: &Objects,
    detector: &mut Detector,
    all: Vec<Diff>,
) -> Result<Vec<Diff>, GitError> {
    let (mut added, mut deleted) = (Vec::new(), Vec::new());
    for diff in &all {
        match (diff.before, diff.after) {
            (None, Some(id)) => added.push(Lost {
                found: Found {
                    target: 0,
                    kind: EntryKind::Blob,
                    id,
                },
                path: diff.path.as_str().into(),
            }),
            (Some(id), None) => deleted.push((BString::from(diff.path.as_str()), id)),
            _ => {}
        }
    }
    if added.is_empty() || deleted.is_empty() {
        return Ok(all);
    }
    let sources = detector.renames(objects, &added, deleted)?;
    let mut origins = HashMap::new();
    for (lost, source) in added.iter().zip(sources) {
        if let Some(source) = source {
            origins.insert(lost.path.to_str_lossy().into_owned(), source);
        }
    }
    let gone: HashMap<String, ObjectId> = all
        .iter()
        .filter(|diff| diff.after.is_none())
        .filter_map(|diff| Some((diff.path.clone(), diff.before?)))
        .collect();
    let taken: HashSet<String> = origins
        .values()
        .map(|source| source.path.to_str_lossy().into_owned())
        .collect();
    let mut found = Vec::with_capacity(all.len());
    for mut diff in all {
        if diff.after.is_none() && taken.contains(&diff.path) {
            continue;
        }
        if diff.before.is_none()
            && let Some(source) = origins.get(&diff.path)
        {
            let from = source.path.to_str_lossy().into_owned();
            diff.before = gone.get(&from).copied();
            diff.from = Some(from);
        }
        found.push(diff);
    }
    Ok(found)
}
