//! A planned history becomes commits of a repository.
//!
//! The files' contents are copied as they lie in the source's packs; trees and commits are made
//! here. The same history gives the same ids, always.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use camino::Utf8Path;
use gix::ObjectId;
use gix::bstr::{BStr, ByteSlice as _};
use gix::objs::Kind;
use gix::objs::tree::EntryKind;

use super::commit::rewrite;
use super::history::commit_id;
use super::objects::Objects;
use super::pack::Pack;
use super::program::git;
use super::refs::advance;
use super::repository::objects_dir;
use super::snapshot::{Found, Snapshot};
use super::{GitError, History, Repository};
use crate::model::CommitId;

/// What [`write_history`] has written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The newest commit; none where the history is empty.
    pub head: Option<CommitId>,
    /// What each original commit became.
    pub map: BTreeMap<CommitId, CommitId>,
}

impl Written {
    /// How many commits the history has.
    pub fn commits(&self) -> usize {
        self.map.len()
    }
}

/// Writes `history` into the repository at `dir`, and sets its branch `branch` to the head. The
/// source is only read. The branch must not exist, or be at an ancestor of the new head.
pub fn write_history(
    source: &Repository,
    history: &History,
    dir: &Utf8Path,
    branch: &str,
) -> Result<Written, GitError> {
    let ids = write_objects(source, history, dir)?;
    let head = ids.last().map(commit_id);
    if let Some(head) = &head {
        advance(dir, branch, head)?;
    }
    let originals = history.originals();
    let map = originals.zip(ids.iter().map(commit_id)).collect();
    Ok(Written { head, map })
}

/// Writes all objects of the history; gives the ids of its commits.
pub(super) fn write_objects(
    source: &Repository,
    history: &History,
    dir: &Utf8Path,
) -> Result<Vec<ObjectId>, GitError> {
    copy_blobs(source, history, dir)?;
    let objects = Objects::new(source.objects());
    let mut pack = Pack::new();
    let mut trees: HashMap<Snapshot, ObjectId> = HashMap::new();
    let mut ids: Vec<ObjectId> = Vec::with_capacity(history.commits.len());
    let mut buffer = Vec::new();
    for commit in &history.commits {
        let tree = *trees
            .entry(commit.files.clone())
            .or_insert_with(|| write_tree(&mut pack, history, &commit.files));
        let parents: Vec<ObjectId> = commit.parents.iter().map(|&parent| ids[parent]).collect();
        let original = objects.read(&commit.original, Kind::Commit, &mut buffer)?;
        let new = rewrite(original, &tree, &parents, &commit.original);
        ids.push(pack.add(Kind::Commit, &new));
    }
    pack.store(dir)?;
    Ok(ids)
}

/// Copies the contents of all files of all commits, as the source's packs have them: no delta is
/// searched for that is not there already.
fn copy_blobs(source: &Repository, history: &History, dir: &Utf8Path) -> Result<(), GitError> {
    let blobs: BTreeSet<ObjectId> = history
        .commits
        .iter()
        .flat_map(|commit| commit.files.iter().map(|found| found.id))
        .collect();
    if blobs.is_empty() {
        return Ok(());
    }
    let list: Vec<String> = blobs.iter().map(ObjectId::to_string).collect();
    let args = ["pack-objects", "-q", "--window=0", "--delta-base-offset"];
    git(dir, args)
        .arg(objects_dir(dir)?.join("pack/pack"))
        .env(
            "GIT_ALTERNATE_OBJECT_DIRECTORIES",
            quoted(&source.objects_dir()),
        )
        .input(list.join("\n"))
        .stdout()?;
    Ok(())
}

/// A path in a list of paths, where it may hold the separator (git(1), "Git Repository").
fn quoted(path: &Utf8Path) -> String {
    let path = path.as_str().replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{path}\"")
}

/// A folder of the tree that is being built.
#[derive(Default)]
struct Folder<'a> {
    files: Vec<(&'a BStr, EntryKind, ObjectId)>,
    folders: BTreeMap<&'a BStr, Folder<'a>>,
}

fn write_tree(pack: &mut Pack, history: &History, files: &[Found]) -> ObjectId {
    let mut root = Folder::default();
    for found in files {
        let path = history.targets[found.target as usize].as_bstr();
        let mut folder = &mut root;
        let (folders, name) = match path.rsplit_once_str("/") {
            Some((folders, name)) => (folders, name.as_bstr()),
            None => (&b""[..], path),
        };
        for part in folders.split_str("/").filter(|part| !part.is_empty()) {
            folder = folder.folders.entry(part.as_bstr()).or_default();
        }
        folder.files.push((name, found.kind, found.id));
    }
    write_folder(pack, &root)
}

fn write_folder(pack: &mut Pack, folder: &Folder<'_>) -> ObjectId {
    let mut entries = folder.files.clone();
    for (name, inner) in &folder.folders {
        entries.push((name, EntryKind::Tree, write_folder(pack, inner)));
    }
    // git sorts a folder as if its name ended in a slash.
    entries.sort_by(|a, b| {
        let is_tree = |kind: EntryKind| kind == EntryKind::Tree;
        gix::objs::tree::name_order(a.0, is_tree(a.1), b.0, is_tree(b.1))
    });
    let mut content = Vec::new();
    for (name, kind, id) in entries {
        content.extend_from_slice(kind.as_octal_str());
        content.push(b' ');
        content.extend_from_slice(name);
        content.push(0);
        content.extend_from_slice(id.as_slice());
    }
    pack.add(Kind::Tree, &content)
}
