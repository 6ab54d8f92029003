//! What the tracked paths hold in a tree: one pass for all of them, and none where a subtree is
//! known already.

use std::collections::HashMap;
use std::sync::Arc;

use gix::ObjectId;
use gix::bstr::{BStr, BString, ByteSlice as _};
use gix::objs::tree::EntryKind;
use gix::objs::{Kind, TreeRefIter};

use super::GitError;
use super::objects::{Objects, malformed};

/// The index of a target in the list of tracked files.
pub(super) type Target = u32;

/// A tracked file as one commit has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Found {
    pub(super) target: Target,
    pub(super) kind: EntryKind,
    pub(super) id: ObjectId,
}

/// The tracked files that one commit has, sorted by target.
pub(super) type Snapshot = Arc<[Found]>;

/// Finds `target` in a snapshot.
pub(super) fn find(snapshot: &[Found], target: Target) -> Option<&Found> {
    let at = snapshot.binary_search_by_key(&target, |found| found.target);
    at.ok().map(|at| &snapshot[at])
}

/// Where each target's file is at some point of history: the path of target `t` at index `t`.
pub(super) type Paths = Vec<BString>;

/// Stands for a [`Paths`] that the lookup has seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PathsId(u32);

#[derive(Debug, Default)]
struct Node {
    /// The target whose file is here.
    file: Option<Target>,
    /// Sorted by name.
    children: Vec<(BString, u32)>,
    /// What it and all below it hold, by the tree that it stands in.
    resolved: gix::hashtable::HashMap<ObjectId, Snapshot>,
}

fn search(children: &[(BString, u32)], name: &BStr) -> Result<usize, usize> {
    children.binary_search_by(|(other, _)| other.as_bstr().cmp(name))
}

/// All sets of paths seen so far as tries in one arena, and what they resolved to.
#[derive(Debug, Default)]
pub(super) struct Lookup {
    paths: Vec<Arc<Paths>>,
    ids: HashMap<Arc<Paths>, PathsId>,
    /// The root node of each set of paths.
    roots: Vec<u32>,
    nodes: Vec<Node>,
    buffer: Vec<u8>,
}

impl Lookup {
    /// The id of a set of paths.
    pub(super) fn intern(&mut self, paths: Paths) -> PathsId {
        if let Some(id) = self.ids.get(&paths) {
            return *id;
        }
        let id = PathsId(u32::try_from(self.paths.len()).expect("fewer than 2^32 renames"));
        let root = self.new_node();
        for (target, path) in (0..).zip(&paths) {
            let mut node = root;
            for name in path.split_str("/") {
                node = self.child(node, name.as_bstr());
            }
            self.nodes[node as usize].file = Some(target);
        }
        let paths = Arc::new(paths);
        self.roots.push(root);
        self.paths.push(Arc::clone(&paths));
        self.ids.insert(paths, id);
        id
    }

    /// The paths that an id stands for.
    pub(super) fn paths(&self, id: PathsId) -> Arc<Paths> {
        Arc::clone(&self.paths[id.0 as usize])
    }

    fn new_node(&mut self) -> u32 {
        self.nodes.push(Node::default());
        u32::try_from(self.nodes.len() - 1).expect("fewer than 2^32 path components")
    }

    fn child(&mut self, node: u32, name: &BStr) -> u32 {
        let children = &self.nodes[node as usize].children;
        match search(children, name) {
            Ok(at) => children[at].1,
            Err(at) => {
                let child = self.new_node();
                let entry = (name.to_owned(), child);
                self.nodes[node as usize].children.insert(at, entry);
                child
            }
        }
    }

    /// What the paths hold in a root tree.
    pub(super) fn resolve(
        &mut self,
        objects: &Objects,
        paths: PathsId,
        tree: ObjectId,
    ) -> Result<Snapshot, GitError> {
        self.resolve_node(objects, self.roots[paths.0 as usize], tree)
    }

    fn resolve_node(
        &mut self,
        objects: &Objects,
        node: u32,
        tree: ObjectId,
    ) -> Result<Snapshot, GitError> {
        if let Some(known) = self.nodes[node as usize].resolved.get(&tree) {
            return Ok(Arc::clone(known));
        }
        let (mut files, folders) = self.matches(objects, node, tree)?;
        let snapshot: Snapshot = if files.is_empty() && folders.len() == 1 {
            // The usual case: shared, so that equality is seen at a glance.
            self.resolve_node(objects, folders[0].0, folders[0].1)?
        } else {
            for (child, tree) in folders {
                files.extend_from_slice(&self.resolve_node(objects, child, tree)?);
            }
            files.sort_unstable_by_key(|found| found.target);
            files.into()
        };
        let resolved = &mut self.nodes[node as usize].resolved;
        resolved.insert(tree, Arc::clone(&snapshot));
        Ok(snapshot)
    }

    /// The entries of one tree that a node's children name: files, and folders to look into.
    #[expect(
        clippy::type_complexity,
        reason = "two lists that only the caller sees"
    )]
    fn matches(
        &mut self,
        objects: &Objects,
        node: u32,
        tree: ObjectId,
    ) -> Result<(Vec<Found>, Vec<(u32, ObjectId)>), GitError> {
        let children = &self.nodes[node as usize].children;
        let (mut files, mut folders) = (Vec::new(), Vec::new());
        let data = objects.read(&tree, Kind::Tree, &mut self.buffer)?;
        let mut left = children.len();
        // Both are sorted, though not in the same way: the next one is a good guess.
        let mut next = 0;
        for entry in TreeRefIter::from_bytes(data, tree.kind()) {
            if left == 0 {
                break;
            }
            let entry = entry.map_err(|_| malformed(&tree, Kind::Tree))?;
            let guess = children.get(next).map(|(name, _)| name.as_bstr());
            let at = if guess == Some(entry.filename) {
                next
            } else if let Ok(at) = search(children, entry.filename) {
                at
            } else {
                continue;
            };
            next = at + 1;
            left -= 1;
            let child = children[at].1;
            let id = entry.oid.to_owned();
            match (entry.mode.kind(), self.nodes[child as usize].file) {
                (EntryKind::Tree, _) => folders.push((child, id)),
                // A submodule is a commit of another repository.
                (EntryKind::Commit, _) | (_, None) => {}
                (kind, Some(target)) => files.push(Found { target, kind, id }),
            }
        }
        Ok((files, folders))
    }
}
