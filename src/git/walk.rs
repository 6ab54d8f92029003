//! The walk backwards from the head: where the tracked files are in each commit.
//!
//! Newest first by committer time. A commit whose children disagree about where a file was takes
//! the path that it has; clocks that went backwards only make a commit be visited twice.

use std::collections::{BinaryHeap, HashMap};

use gix::ObjectId;
use gix::bstr::{BStr, BString, ByteSlice as _};
use gix::objs::Kind;

use super::GitError;
use super::commit::{Links, links};
use super::objects::{Objects, malformed};
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
    pub(super) links: Links,
    /// Its parents among the visits.
    pub(super) parents: Vec<usize>,
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
    pub(super) moves: Vec<Moved>,
}

/// Follows the files at `paths` from `head` to the roots.
pub(super) fn walk(objects: &Objects, head: ObjectId, paths: Paths) -> Result<Walked, GitError> {
    let mut walk = Walk {
        objects,
        graph: objects.commit_graph(),
        lookup: Lookup::default(),
        detector: Detector::default(),
        known: HashMap::new(),
        queue: BinaryHeap::new(),
        visits: Vec::new(),
        moves: Vec::new(),
        buffer: Vec::new(),
    };
    let paths = walk.lookup.intern(paths);
    let head = walk.enter(head)?;
    walk.arrive(head, paths)?;
    while let Some((_, _, visit)) = walk.queue.pop() {
        // Queued twice, or its paths changed while it waited: once is enough.
        if std::mem::take(&mut walk.visits[visit].waiting) {
            walk.step(visit)?;
        }
    }
    Ok(Walked {
        visits: walk.visits,
        moves: walk.moves,
    })
}

struct Walk<'r> {
    objects: &'r Objects,
    graph: Option<gix::commitgraph::Graph>,
    lookup: Lookup,
    detector: Detector,
    known: HashMap<ObjectId, usize>,
    /// By time, then by id so that equal times always come in the same order.
    queue: BinaryHeap<(i64, ObjectId, usize)>,
    visits: Vec<Visit>,
    moves: Vec<Moved>,
    buffer: Vec<u8>,
}

impl Walk<'_> {
    /// The visit of a commit, a new one if need be.
    fn enter(&mut self, id: ObjectId) -> Result<usize, GitError> {
        if let Some(&visit) = self.known.get(&id) {
            return Ok(visit);
        }
        let links = self.links(id)?;
        let visit = self.visits.len();
        self.known.insert(id, visit);
        self.visits.push(Visit {
            id,
            links,
            parents: Vec::new(),
            snapshot: Snapshot::default(),
            paths: None,
            waiting: false,
        });
        Ok(visit)
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
        seen.snapshot = self.lookup.resolve(self.objects, paths, seen.links.tree)?;
        seen.paths = Some(paths);
        if !std::mem::replace(&mut seen.waiting, true) {
            self.queue.push((seen.links.time, seen.id, visit));
        }
        Ok(())
    }

    /// Two children disagree: a path that the commit has wins over one that it has not, and the
    /// first to arrive over a later one. No path serves two targets.
    fn join(&mut self, visit: usize, old: PathsId, other: PathsId) -> Result<PathsId, GitError> {
        if old == other {
            return Ok(old);
        }
        let tree = self.visits[visit].links.tree;
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
        let ids = self.visits[visit].links.parents.clone();
        let parents = ids
            .into_iter()
            .map(|id| self.enter(id))
            .collect::<Result<Vec<_>, _>>()?;
        self.visits[visit].parents.clone_from(&parents);
        let paths = self.visits[visit]
            .paths
            .expect("it was queued with its paths");
        let befores = parents
            .iter()
            .map(|&parent| {
                let tree = self.visits[parent].links.tree;
                self.lookup.resolve(self.objects, paths, tree)
            })
            .collect::<Result<Vec<_>, _>>()?;
        for (at, &parent) in parents.iter().enumerate() {
            let lost = lost(&self.visits[visit].snapshot, &befores, at);
            let before = if lost.is_empty() {
                paths
            } else {
                self.trace(visit, parent, &befores[at], &lost)?
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
        let parent = self.visits[parent].links.tree;
        let visit = &self.visits[visit];
        let (commit, tree) = (visit.id, visit.links.tree);
        let copies = visit.links.parents.len() == 1;
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
        // In a merge, what the other side copied would be found again, and often wrongly.
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

    fn links(&mut self, id: ObjectId) -> Result<Links, GitError> {
        if let Some(links) = self.graph.as_ref().and_then(|graph| graph_links(graph, id)) {
            return Ok(links);
        }
        let data = self.objects.read(&id, Kind::Commit, &mut self.buffer)?;
        links(data).ok_or_else(|| malformed(&id, Kind::Commit))
    }
}

/// The files of a commit that one of its parents lacks. In a merge that took a file unchanged
/// from another parent, this one has no part in it.
fn lost(snapshot: &Snapshot, befores: &[Snapshot], at: usize) -> Vec<Found> {
    let before = &befores[at];
    if std::sync::Arc::ptr_eq(snapshot, before) {
        return Vec::new();
    }
    let missing = |found: &&Found| find(before, found.target).is_none();
    let taken_over = |found: &&Found| {
        let same = |other: &Snapshot| find(other, found.target).is_some_and(|f| f.id == found.id);
        befores.iter().any(same)
    };
    let lost = snapshot.iter().filter(missing);
    lost.filter(|found| !taken_over(found)).copied().collect()
}

/// The same from a commit-graph file.
fn graph_links(graph: &gix::commitgraph::Graph, id: ObjectId) -> Option<Links> {
    let commit = graph.commit_by_id(id)?;
    let parents = commit
        .iter_parents()
        .map(|position| Some(graph.id_at(position.ok()?).to_owned()))
        .collect::<Option<Vec<_>>>()?;
    Some(Links {
        tree: commit.root_tree_id().to_owned(),
        parents,
        time: i64::try_from(commit.committer_timestamp()).unwrap_or(i64::MAX),
    })
}
