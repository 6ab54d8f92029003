//! The links of commits, read ahead of the walk on a thread of their own: half of a walk's time is
//! the commits, half the trees.

use std::collections::BinaryHeap;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::Scope;

use gix::ObjectId;
use gix::hashtable::{HashMap, HashSet};
use gix::objs::Kind;

use super::GitError;
use super::commit::{Links, links};
use super::objects::{Objects, malformed};

/// Commits sent at once.
const BATCH: usize = 64;
/// Batches that may wait for the walk.
const AHEAD: usize = 64;

type Batch = Vec<(ObjectId, Links)>;

/// Gives the links of commits, newest first at little cost, in any order at some.
pub(super) struct LinkReader<'r> {
    objects: &'r Objects,
    graph: Option<gix::commitgraph::Graph>,
    ahead: Option<Receiver<Batch>>,
    ready: HashMap<ObjectId, Links>,
    buffer: Vec<u8>,
}

impl<'r> LinkReader<'r> {
    /// A reader for a walk that starts at `head`. A commit-graph file has all links at hand;
    /// without one, a thread reads ahead.
    pub(super) fn new<'scope>(
        objects: &'r Objects,
        head: ObjectId,
        scope: &'scope Scope<'scope, '_>,
    ) -> Self {
        let graph = objects.commit_graph();
        let ahead = graph.is_none().then(|| {
            let (sender, receiver) = sync_channel(AHEAD);
            let objects = objects.for_another_thread();
            scope.spawn(move || read_ahead(&Objects::new(&objects), head, &sender));
            receiver
        });
        Self {
            objects,
            graph,
            ahead,
            ready: HashMap::default(),
            buffer: Vec::new(),
        }
    }

    /// The links of one commit. Each is given once.
    pub(super) fn take(&mut self, id: ObjectId) -> Result<Links, GitError> {
        if let Some(links) = self.graph.as_ref().and_then(|graph| from_graph(graph, id)) {
            return Ok(links);
        }
        loop {
            if let Some(links) = self.ready.remove(&id) {
                return Ok(links);
            }
            // The thread ends at the last commit, or at one that it cannot read.
            match self.ahead.as_ref().map(Receiver::recv) {
                Some(Ok(batch)) => self.ready.extend(batch),
                Some(Err(_)) => self.ahead = None,
                None => return read(self.objects, id, &mut self.buffer),
            }
        }
    }
}

/// Walks in the order in which the other walk will come by. What cannot be read is left to it,
/// and so is the error.
fn read_ahead(objects: &Objects, head: ObjectId, sender: &SyncSender<Batch>) {
    let mut buffer = Vec::new();
    let mut batch = Vec::with_capacity(BATCH);
    let mut seen = HashSet::default();
    seen.insert(head);
    let mut queue = BinaryHeap::new();
    let mut found = vec![head];
    loop {
        for id in found.drain(..) {
            let Ok(links) = read(objects, id, &mut buffer) else {
                return;
            };
            queue.push((links.time, id, links.parents.clone()));
            batch.push((id, links));
            if batch.len() == BATCH {
                let full = std::mem::replace(&mut batch, Vec::with_capacity(BATCH));
                if sender.send(full).is_err() {
                    return;
                }
            }
        }
        let Some((_, _, parents)) = queue.pop() else {
            break;
        };
        found.extend(parents.into_iter().filter(|id| seen.insert(*id)));
    }
    // The walk may have ended early.
    let _ = sender.send(batch);
}

fn read(objects: &Objects, id: ObjectId, buffer: &mut Vec<u8>) -> Result<Links, GitError> {
    let data = objects.read(&id, Kind::Commit, buffer)?;
    links(data).ok_or_else(|| malformed(&id, Kind::Commit))
}

fn from_graph(graph: &gix::commitgraph::Graph, id: ObjectId) -> Option<Links> {
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
