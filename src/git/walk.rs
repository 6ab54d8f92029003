//! The walk backwards from the head: where the tracked files are in each commit.
//!
//! Newest first by committer time. A commit whose children disagree about where a file was takes
//! the path that it has; clocks that went backwards only make a commit be visited twice.

use std::collections::BinaryHeap;
use std::ops::Range;
use std::sync::Arc;
use std::sync::mpsc::Receiver;

use gix::ObjectId;
use gix::bstr::{BStr, BString, ByteSlice as _};

use super::GitError;
use super::links::{Batch, Place, read_links};
use super::objects::Objects;
use super::rename::{Detector, Lost};
use super::snapshot::{Found, Lookup, Paths, PathsId, Snapshot, find};

/// A file that had another path before a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Moved {
    pub(super) commit: ObjectId,
    pub(super) from: BString,
    pub(super) to: BString,
    pub(super) similarity: u64,
    pub(super) copied: bool,
}

/// A commit that the walk has seen.
#[derive(Debug)]
pub(super) struct Visit {
    pub(super) id: ObjectId,
    tree: ObjectId,
    time: i64,
    /// Among [`Walked::parents`].
    parents: Range<usize>,
    /// The tracked files in it.
    pub(super) snapshot: Snapshot,
    /// None until a child has said where the files are.
    paths: Option<PathsId>,
    waiting: bool,
}

/// All commits that can be reached from the head (which is the first), and the moves found.
#[derive(Debug)]
pub(super) struct Walked {
    pub(super) visits: Vec<Visit>,
    /// The parents of one visit after the other, by their place among the visits.
    parents: Vec<Place>,
    /// The visits in an order in which parents come before children, and the head last.
    pub(super) parents_first: Vec<usize>,
    pub(super) moves: Vec<Moved>,
}

impl Walked {
    /// The parents of a visit.
    pub(super) fn parents(&self, visit: &Visit) -> &[Place] {
        &self.parents[visit.parents.clone()]
    }
}

/// Follows the files at `paths` from `head` to the roots.
pub(super) fn walk(objects: &Objects, head: ObjectId, paths: Paths) -> Result<Walked, GitError> {
    std::thread::scope(|scope| {
        let mut walk = Walk {
            objects,
            ahead: read_links(objects, head, scope),
            lookup: Lookup::default(),
            detector: Detector::default(),
            queue: BinaryHeap::new(),
            visits: Vec::new(),
            parents: Vec::new(),
            moves: Vec::new(),
        };
        let parents_first = walk.run(paths)?;
        Ok(Walked {
            parents_first,
            visits: walk.visits,
            parents: walk.parents,
            moves: walk.moves,
        })
    })
}

struct Walk<'r> {
    objects: &'r Objects,
    /// The commits that are not among the visits yet.
    ahead: Receiver<Result<Batch, GitError>>,
    lookup: Lookup,
    detector: Detector,
    /// By time, then by id so that equal times always come in the same order.
    queue: BinaryHeap<(i64, ObjectId, usize)>,
    visits: Vec<Visit>,
    parents: Vec<Place>,
    moves: Vec<Moved>,
}

impl Walk<'_> {
    fn run(&mut self, paths: Paths) -> Result<Vec<usize>, GitError> {
        let paths = self.lookup.intern(paths);
        self.enter(0)?;
        self.arrive(0, paths)?;
        while let Some((_, _, visit)) = self.queue.pop() {
            // Paths that changed while it waited are in already.
            if std::mem::take(&mut self.visits[visit].waiting) {
                self.step(visit)?;
            }
        }
        let order = parents_first(&self.visits, &self.parents);
        for visit in &order {
            self.carry_forward(*visit)?;
        }
        Ok(order)
    }

    /// Waits until a commit is among the visits.
    fn enter(&mut self, place: Place) -> Result<(), GitError> {
        while self.visits.len() <= place {
            let batch = self.ahead.recv();
            let batch = batch.expect("it ends with the last commit, or an error")?;
            let start = self.parents.len();
            self.parents.extend(batch.parents);
            self.visits
                .extend(batch.commits.into_iter().map(|commit| Visit {
                    id: commit.id,
                    tree: commit.tree,
                    time: commit.time,
                    parents: start + commit.parents.start..start + commit.parents.end,
                    snapshot: Snapshot::default(),
                    paths: None,
                    waiting: false,
                }));
        }
        Ok(())
    }

    /// Takes note that the files are at `paths` in a commit, as one of its children sees it.
    fn arrive(&mut self, visit: usize, paths: PathsId) -> Result<(), GitError> {
        let old = self.visits[visit].paths;
        let paths = match old {
            Some(old) => self.join(visit, old, paths)?,
            None => paths,
        };
        if old == Some(paths) {
            return Ok(());
        }
        let seen = &mut self.visits[visit];
        seen.snapshot = self.lookup.resolve(self.objects, paths, seen.tree)?;
        seen.paths = Some(paths);
        if !std::mem::replace(&mut seen.waiting, true) {
            self.queue.push((seen.time, seen.id, visit));
        }
        Ok(())
    }

    /// Two children disagree: a path that the commit has wins over one that it has not, and the
    /// first to arrive over a later one. No path serves two targets.
    fn join(&mut self, visit: usize, old: PathsId, other: PathsId) -> Result<PathsId, GitError> {
        if old == other {
            return Ok(old);
        }
        let tree = self.visits[visit].tree;
        let ours = self.lookup.resolve(self.objects, old, tree)?;
        let theirs = self.lookup.resolve(self.objects, other, tree)?;
        let mut joined = (*self.lookup.paths(old)).clone();
        let other = self.lookup.paths(other);
        for found in &*theirs {
            let path = &other[found.target as usize];
            if find(&ours, found.target).is_none() && !joined.contains(path) {
                joined[found.target as usize].clone_from(path);
            }
        }
        Ok(self.lookup.intern(joined))
    }

    /// From a commit to its parents.
    fn step(&mut self, visit: usize) -> Result<(), GitError> {
        let parents = self.visits[visit].parents.clone();
        for at in parents.clone() {
            self.enter(self.parents[at])?;
        }
        let paths = self.visits[visit]
            .paths
            .expect("it was queued with its paths");
        let befores = self.parents[parents.clone()]
            .iter()
            .map(|&parent| {
                let before = &self.visits[parent];
                if before.paths == Some(paths) {
                    return Ok(before.snapshot.clone());
                }
                self.lookup.resolve(self.objects, paths, before.tree)
            })
            .collect::<Result<Vec<_>, _>>()?;
        let lost = lost(&self.visits[visit].snapshot, &befores);
        for (at, before) in parents.zip(&befores) {
            let parent = self.parents[at];
            let before = if lost.is_empty() {
                paths
            } else {
                self.trace(visit, parent, before, &lost)?
            };
            self.arrive(parent, before)?;
        }
        Ok(())
    }

    /// Where the files were in a parent that lacks some of them.
    fn trace(
        &mut self,
        visit: usize,
        parent: usize,
        before: &[Found],
        lost: &[Found],
    ) -> Result<PathsId, GitError> {
        let parent = self.visits[parent].tree;
        let visit = &self.visits[visit];
        let (commit, tree) = (visit.id, visit.tree);
        let copies = visit.parents.len() == 1;
        let current = self
            .lookup
            .paths(visit.paths.expect("it was queued with its paths"));
        let lost: Vec<Lost> = lost
            .iter()
            .map(|found| Lost {
                found: *found,
                path: current[found.target as usize].clone(),
            })
            .collect();
        // A path that the parent has keeps its target: the filtered commit then shows the same
        // move as the original does.
        let taken = |path: &BStr| {
            let held = |found: &Found| current[found.target as usize].as_bstr() == path;
            before.iter().any(held)
        };
        // A merge changes too much at once for a copy to be told from a likeness.
        let sources =
            self.detector
                .sources(self.objects, (&parent, &tree), &lost, copies, &taken)?;
        let mut earlier = (*current).clone();
        for (lost, source) in lost.into_iter().zip(sources) {
            let Some(source) = source else { continue };
            let here = &mut earlier[lost.found.target as usize];
            here.clone_from(&source.path);
            let moved = Moved {
                commit,
                from: source.path,
                to: lost.path,
                similarity: source.similarity,
                copied: source.copied,
            };
            if !self.moves.contains(&moved) {
                self.moves.push(moved);
            }
        }
        Ok(self.lookup.intern(earlier))
    }

    /// A line of commits that left before a rename and was merged after it was looked through for
    /// the new path. The commit that it left from knows better.
    fn carry_forward(&mut self, visit: usize) -> Result<(), GitError> {
        for at in self.visits[visit].parents.clone() {
            let parent = self.parents[at];
            let (ours, theirs) = (&self.visits[visit], &self.visits[parent]);
            let gone = |found: &Found| find(&ours.snapshot, found.target).is_none();
            if ours.paths != theirs.paths && theirs.snapshot.iter().any(gone) {
                let paths = theirs.paths.expect("every visit was reached");
                self.arrive(visit, paths)?;
            }
        }
        Ok(())
    }
}

/// The files of a commit that none of its parents has. What one parent of a merge has comes from
/// there.
fn lost(snapshot: &Snapshot, befores: &[Snapshot]) -> Vec<Found> {
    if befores.iter().any(|before| Arc::ptr_eq(snapshot, before)) {
        return Vec::new();
    }
    let missing = |found: &&Found| {
        let mut others = befores.iter();
        others.all(|before| find(before, found.target).is_none())
    };
    snapshot.iter().filter(missing).copied().collect()
}

/// All visits, parents before children, first parents first; the head comes last.
fn parents_first(visits: &[Visit], parents: &[Place]) -> Vec<usize> {
    let mut order = Vec::with_capacity(visits.len());
    let mut entered = vec![false; visits.len()];
    // A visit, and how many of its parents were looked at.
    let mut stack = vec![(0, 0)];
    entered[0] = true;
    while let Some((at, next)) = stack.last_mut() {
        if let Some(&parent) = parents[visits[*at].parents.clone()].get(*next) {
            *next += 1;
            if !std::mem::replace(&mut entered[parent], true) {
                stack.push((parent, 0));
            }
        } else {
            order.push(*at);
            stack.pop();
        }
    }
    order
}
