//! A history that has grown since the library was made: its new commits on top of the library.

use std::collections::{BTreeMap, HashSet};

use camino::{Utf8Path, Utf8PathBuf};
use gix::ObjectId;
use gix::objs::Kind;

use super::commit::{message, originals, rewrite};
use super::history::{commit_id, object_id};
use super::objects::{Objects, malformed};
use super::pack::Pack;
use super::program::git;
use super::refs::{create_branch, head_of};
use super::repository::open_bare;
use super::write::write_objects;
use super::{GitError, History, Repository, Written};
use crate::model::CommitId;

/// Puts those commits of `history` that the library at `dir` does not have yet (by the trailer
/// [`TRAILER`](super::TRAILER)) on top of its branch `branch`, one by one, oldest first. Authors,
/// dates, messages and trailers are kept; the content is merged with what the library has made of
/// the files. Merges are left out: what they bring comes with their parents.
///
/// A commit that does not apply is an error, and the branch stays where it was. With nothing new,
/// it stays as well.
pub fn carry_over(
    source: &Repository,
    history: &History,
    dir: &Utf8Path,
    branch: &str,
) -> Result<Written, GitError> {
    let start = head_of(dir, branch)?.ok_or_else(|| GitError::UnknownRevision {
        name: branch.to_owned(),
        repository: dir.to_owned(),
    })?;
    let known = carried(dir, &start)?;
    let new: Vec<usize> = (0..history.commits.len())
        .filter(|&at| !known.contains(&history.commits[at].original))
        .filter(|&at| history.commits[at].parents.len() < 2)
        .collect();
    let mut map = BTreeMap::new();
    if new.is_empty() {
        return Ok(Written {
            head: Some(start),
            map,
        });
    }
    // The new commits as the filter makes them: what each changed is seen from its parent there.
    let ids = write_objects(source, history, dir)?;
    let objects = Objects::new(source.objects());
    let mut head = object_id(&start);
    let mut buffer = Vec::new();
    for at in new {
        let commit = &history.commits[at];
        let base = match commit.parents.first() {
            Some(&parent) => ids[parent],
            None => empty_commit(dir, &objects, &commit.original)?,
        };
        let tree = merged_tree(dir, &base, &head, &ids[at], &commit.original)?;
        if tree == tree_of(dir, &head)? {
            continue;
        }
        let original = objects.read(&commit.original, Kind::Commit, &mut buffer)?;
        let mut pack = Pack::new();
        let content = rewrite(original, &tree, &[head], &commit.original);
        head = pack.add(Kind::Commit, &content);
        pack.store(dir)?;
        map.insert(commit_id(&commit.original), commit_id(&head));
    }
    let head = commit_id(&head);
    create_branch(dir, branch, &head, Some(&start))?;
    Ok(Written {
        head: Some(head),
        map,
    })
}

/// The original commits that the library has, by the trailers of its commits.
fn carried(dir: &Utf8Path, head: &CommitId) -> Result<HashSet<ObjectId>, GitError> {
    let library = open_bare(dir)?;
    let objects = Objects::new(library.objects());
    let list = git(dir, ["rev-list", head.as_str()]).stdout()?;
    let mut known = HashSet::new();
    let mut buffer = Vec::new();
    for id in list.lines().filter_map(CommitId::new) {
        let commit = objects.read(&object_id(&id), Kind::Commit, &mut buffer)?;
        // The last one: those before it came with the message.
        known.extend(originals(message(commit)).pop());
    }
    Ok(known)
}

/// The tree of `ours` with what happened between `base` and `theirs`.
fn merged_tree(
    dir: &Utf8Path,
    base: &ObjectId,
    ours: &ObjectId,
    theirs: &ObjectId,
    original: &ObjectId,
) -> Result<ObjectId, GitError> {
    let merge = git(
        dir,
        [
            "merge-tree",
            "--write-tree",
            "--name-only",
            "--no-messages",
            "-z",
        ],
    )
    .arg(format!("--merge-base={base}"))
    .args([ours.to_string(), theirs.to_string()]);
    let output = merge.run()?;
    let said = output.stdout_text();
    let mut parts = said.split('\0').filter(|part| !part.is_empty());
    if output.code == Some(1) {
        let files: Vec<Utf8PathBuf> = parts.skip(1).map(Utf8PathBuf::from).collect();
        return Err(GitError::Conflict {
            commit: commit_id(original),
            files,
        });
    }
    merge.expect_success(&output)?;
    let tree = parts.next().unwrap_or_default();
    ObjectId::from_hex(tree.as_bytes()).map_err(|_| malformed(ours, Kind::Tree))
}

fn tree_of(dir: &Utf8Path, commit: &ObjectId) -> Result<ObjectId, GitError> {
    let tree = git(dir, ["rev-parse", &format!("{commit}^{{tree}}")]).stdout()?;
    ObjectId::from_hex(tree.trim().as_bytes()).map_err(|_| malformed(commit, Kind::Commit))
}

/// A commit like `like` that has no files: what a first commit is compared with.
fn empty_commit(dir: &Utf8Path, objects: &Objects, like: &ObjectId) -> Result<ObjectId, GitError> {
    let mut buffer = Vec::new();
    let content = objects.read(like, Kind::Commit, &mut buffer)?;
    let mut pack = Pack::new();
    let tree = pack.add(Kind::Tree, b"");
    let commit = pack.add(Kind::Commit, &rewrite(content, &tree, &[], like));
    pack.store(dir)?;
    Ok(commit)
}
