//! The links of commits, read ahead of the walk on a thread of their own: a good part of a walk is
//! the commits, the rest the trees.

use std::ops::Range;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::Scope;

use gix::ObjectId;
use gix::hashtable::HashMap;
use gix::objs::Kind;

use super::GitError;
use super::commit::links;
use super::objects::{Objects, malformed};

/// Commits sent at once.
const BATCH: usize = 64;
/// Batches that may wait for the walk.
const AHEAD: usize = 64;
/// Bytes within which nearly all commits have named their parents and their committer.
const HEADERS: usize = 288;

/// Commits are known by their place in the order in which they are read.
pub(super) type Place = usize;

/// A commit, and where it leads.
#[derive(Debug)]
pub(super) struct Linked {
    pub(super) id: ObjectId,
    pub(super) tree: ObjectId,
    /// The committer's time, in seconds since 1970; 0 where it cannot be read.
    pub(super) time: i64,
    /// Its parents' places, by their place in [`Batch::parents`].
    pub(super) parents: Range<usize>,
}

/// The next commits in order.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub(super) commits: Vec<Linked>,
    pub(super) parents: Vec<Place>,
}

/// Reads all commits that can be reached from `head`, which is the first. The sequence ends with
/// the last one, or with an error.
pub(super) fn read_links<'scope>(
    objects: &Objects,
    head: ObjectId,
    scope: &'scope Scope<'scope, '_>,
) -> Receiver<Result<Batch, GitError>> {
    let (sender, receiver) = sync_channel(AHEAD);
    let objects = objects.for_another_thread();
    scope.spawn(move || {
        let objects = objects.into_objects();
        let mut reader = Reader {
            graph: objects.commit_graph(),
            objects: &objects,
            start: [0; HEADERS],
            buffer: Vec::new(),
            found: Vec::new(),
        };
        if let Err(error) = read_ahead(&mut reader, head, &sender) {
            // The walk may have ended early, here and below.
            let _ = sender.send(Err(error));
        }
    });
    receiver
}

/// Parents are read after all commits that were found before them, which is about the order of
/// time, without a queue.
fn read_ahead(
    reader: &mut Reader<'_>,
    head: ObjectId,
    sender: &SyncSender<Result<Batch, GitError>>,
) -> Result<(), GitError> {
    let mut places = HashMap::default();
    places.insert(head, 0);
    let mut ids = vec![head];
    let mut batch = Batch::default();
    let mut next = 0;
    while let Some(&id) = ids.get(next) {
        next += 1;
        let (tree, time) = reader.read(id)?;
        let start = batch.parents.len();
        for parent in reader.found.drain(..) {
            let new = || {
                ids.push(parent);
                ids.len() - 1
            };
            batch
                .parents
                .push(*places.entry(parent).or_insert_with(new));
        }
        let parents = start..batch.parents.len();
        batch.commits.push(Linked {
            id,
            tree,
            time,
            parents,
        });
        let last = next == ids.len();
        if (last || batch.commits.len() == BATCH)
            && sender.send(Ok(std::mem::take(&mut batch))).is_err()
        {
            break;
        }
    }
    Ok(())
}

struct Reader<'o> {
    objects: &'o Objects,
    graph: Option<gix::commitgraph::Graph>,
    start: [u8; HEADERS],
    buffer: Vec<u8>,
    /// The parents of the commit read last.
    found: Vec<ObjectId>,
}

impl Reader<'_> {
    /// Reads a commit's parents into `found`; gives its tree and time.
    fn read(&mut self, id: ObjectId) -> Result<(ObjectId, i64), GitError> {
        let graph = self.graph.as_ref();
        if let Some(read) = graph.and_then(|graph| from_graph(graph, id, &mut self.found)) {
            return Ok(read);
        }
        let start = self.objects.read_start(&id, Kind::Commit, &mut self.start);
        if let Some(read) = start.and_then(|start| links(start, &mut self.found)) {
            return Ok(read);
        }
        let commit = self.objects.read(&id, Kind::Commit, &mut self.buffer)?;
        links(commit, &mut self.found).ok_or_else(|| malformed(&id, Kind::Commit))
    }
}

fn from_graph(
    graph: &gix::commitgraph::Graph,
    id: ObjectId,
    parents: &mut Vec<ObjectId>,
) -> Option<(ObjectId, i64)> {
    let commit = graph.commit_by_id(id)?;
    parents.clear();
    for position in commit.iter_parents() {
        parents.push(graph.id_at(position.ok()?).to_owned());
    }
    let time = i64::try_from(commit.committer_timestamp()).unwrap_or(i64::MAX);
    Some((commit.root_tree_id().to_owned(), time))
}
