//! The commits that can be reached from a head, newest first, within bounds of time and number:
//! with their people, and their links to each other.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use gix::ObjectId;
use gix::bstr::BString;
use gix::hashtable::HashMap;
use gix::objs::Kind;

use super::GitError;
use super::commit::header;
use super::objects::{Objects, malformed};

/// Bytes within which nearly all commits have named their people.
const HEADERS: usize = 416;

/// A commit, and where it leads.
#[derive(Debug)]
pub(super) struct Commit {
    pub(super) id: ObjectId,
    pub(super) tree: ObjectId,
    /// Their places in [`Reachable::commits`]; those beyond the bounds are there, too.
    pub(super) parents: Vec<usize>,
    /// Among [`Reachable::authors`].
    pub(super) author: usize,
    /// Of the author and the committer, in seconds since 1970.
    pub(super) authored: i64,
    pub(super) committed: i64,
    /// Do parents exist that the repository has not?
    pub(super) cut_off: bool,
}

/// Why a walk ended before the first commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Since,
    Count,
    Stopped,
}

#[derive(Debug, Default)]
pub(super) struct Reachable {
    pub(super) commits: Vec<Commit>,
    /// Name and address.
    pub(super) authors: Vec<(BString, BString)>,
    /// Those within the bounds, children before parents, else newest first by committer time.
    pub(super) order: Vec<usize>,
    /// Why there are no more, if there are.
    pub(super) end: Option<End>,
}

pub(super) struct Limits<'a> {
    /// Committer time in seconds since 1970: no commit before it, and none behind one.
    pub(super) since: Option<i64>,
    pub(super) count: usize,
    pub(super) stop: &'a (dyn Fn() -> bool + Sync),
}

/// Commits that are read before `stop` is asked again.
const BETWEEN_STOPS: usize = 256;

/// Lists them. `boundary` are the commits whose parents a shallow clone lacks.
pub(super) fn reachable(
    objects: &Objects,
    head: ObjectId,
    boundary: &[ObjectId],
    limits: &Limits<'_>,
) -> Result<Reachable, GitError> {
    let mut reader = Reader {
        objects,
        boundary,
        found: Reachable::default(),
        parents: Vec::new(),
        places: HashMap::default(),
        authors: std::collections::HashMap::new(),
        start: [0; HEADERS],
        buffer: Vec::new(),
    };
    let mut queue = BinaryHeap::new();
    let mut within = Vec::new();
    let mut end = None;
    reader.enter(head, &mut queue)?;
    while let Some((time, Reverse(place))) = queue.pop() {
        if limits.since.is_some_and(|since| time < since) {
            // What is left in the queue is no younger.
            end = Some(End::Since);
            break;
        }
        if within.len() >= limits.count {
            end = Some(End::Count);
            break;
        }
        if within.len() % BETWEEN_STOPS == 0 && (limits.stop)() {
            end = Some(End::Stopped);
            break;
        }
        within.push(place);
        for parent in std::mem::take(&mut reader.parents[place]) {
            let parent = reader.enter(parent, &mut queue)?;
            reader.found.commits[place].parents.push(parent);
        }
    }
    let mut found = reader.found;
    found.order = children_first(&found.commits, &within);
    found.end = end;
    Ok(found)
}

struct Reader<'a> {
    objects: &'a Objects,
    boundary: &'a [ObjectId],
    found: Reachable,
    /// The parents of each commit that were not entered yet.
    parents: Vec<Vec<ObjectId>>,
    places: HashMap<ObjectId, usize>,
    authors: std::collections::HashMap<(BString, BString), usize>,
    start: [u8; HEADERS],
    buffer: Vec<u8>,
}

impl Reader<'_> {
    /// Gives a commit its place, and puts it into the queue when it is seen first.
    fn enter(
        &mut self,
        id: ObjectId,
        queue: &mut BinaryHeap<(i64, Reverse<usize>)>,
    ) -> Result<usize, GitError> {
        if let Some(place) = self.places.get(&id) {
            return Ok(*place);
        }
        let mut commit = self
            .objects
            .read_start(&id, Kind::Commit, &mut self.start)
            .and_then(header);
        if commit.is_none() {
            let whole = self.objects.read(&id, Kind::Commit, &mut self.buffer)?;
            commit = header(whole);
        }
        let commit = commit.ok_or_else(|| malformed(&id, Kind::Commit))?;
        let cut_off = self.boundary.contains(&id);
        let author = (commit.author.name.into(), commit.author.address.into());
        let next = self.authors.len();
        let author = *self.authors.entry(author).or_insert_with_key(|author| {
            self.found.authors.push(author.clone());
            next
        });
        let place = self.found.commits.len();
        self.places.insert(id, place);
        queue.push((commit.committer.time, Reverse(place)));
        self.found.commits.push(Commit {
            id,
            tree: commit.tree,
            parents: Vec::with_capacity(commit.parents.len()),
            author,
            authored: commit.author.time,
            committed: commit.committer.time,
            cut_off,
        });
        let parents = if cut_off { Vec::new() } else { commit.parents };
        self.parents.push(parents);
        Ok(place)
    }
}

/// Clocks go wrong: a parent may be younger than its child, and comes after it all the same.
fn children_first(commits: &[Commit], within: &[usize]) -> Vec<usize> {
    let mut children = vec![0_usize; commits.len()];
    for &place in within {
        for &parent in &commits[place].parents {
            children[parent] += 1;
        }
    }
    let mut inside = vec![false; commits.len()];
    for &place in within {
        inside[place] = true;
    }
    let key = |place: usize| (commits[place].committed, Reverse(place));
    let heads = within.iter().filter(|place| children[**place] == 0);
    let mut queue: BinaryHeap<_> = heads.map(|place| key(*place)).collect();
    let mut order = Vec::with_capacity(within.len());
    while let Some((_, Reverse(place))) = queue.pop() {
        order.push(place);
        for &parent in &commits[place].parents {
            children[parent] -= 1;
            if children[parent] == 0 && inside[parent] {
                queue.push(key(parent));
            }
        }
    }
    order
}
