//! What each commit changed, with files by the names that they have at the head.
//!
//! One walk backwards, by trees alone; content is read only where a file might have been renamed.
//! A file is followed through renames (a deleted file and a new one in one commit, the same or at
//! least half of it the same), along each line of history. Not followed: copies, so that what was
//! split off a file that stays begins with the split; and renames that a merge commit makes.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;

use camino::{Utf8Path, Utf8PathBuf};
use gix::ObjectId;

use super::diffs::{Diff, diffs, files_of};
use super::history::{commit_id, object_id};
use super::lineage::{Lineage, Name, Renamed};
use super::objects::Objects;
use super::reachable::{End, Limits, Reachable, reachable};
use super::repository::cannot_open;
use super::{GitError, Repository, read_blob_at};
use crate::model::CommitId;

/// How far back a walk goes.
pub struct ChangeBounds<'a> {
    /// No commit before this moment, by its committer, in seconds since 1970.
    pub since: Option<i64>,
    /// The most commits that are looked at, merges included.
    pub commits: Option<usize>,
    /// Asked now and then, on any thread: is it time to end? What was found until then is given.
    pub stop: &'a (dyn Fn() -> bool + Sync),
}

impl Default for ChangeBounds<'_> {
    fn default() -> Self {
        Self {
            since: None,
            commits: None,
            stop: &|| false,
        }
    }
}

/// A file by its place in [`FileChanges::files`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub u32);

/// A file of some commit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct HistoricFile {
    /// Its path at the head, relative to the repository's root; where it is gone, the last one.
    pub path: Utf8PathBuf,
    /// Does the head have it?
    pub at_head: bool,
}

/// Who wrote a commit, as the commit says it: `.mailmap` is not applied.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Author {
    /// The name, with what is not UTF-8 replaced.
    pub name: String,
    /// The address.
    pub address: String,
}

/// The content of a file at some commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlobId(ObjectId);

impl fmt::Display for BlobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
impl BlobId {
    /// One for histories that are no repository's.
    pub(crate) fn made_up(number: u8) -> Self {
        Self(ObjectId::from_bytes_or_panic(&[number; 20]))
    }
}

/// What happened to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FileChangeKind {
    /// It is new.
    Added,
    /// It has other content.
    Modified,
    /// It is gone.
    Deleted,
    /// It is elsewhere; its content may have changed, too ([`FileChange::same_content`]).
    Renamed,
}

/// A file that a commit changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileChange {
    /// Which one.
    pub file: FileId,
    /// How.
    pub kind: FileChangeKind,
    /// Its path in this commit, or in the one before if this one deleted it; none where that is
    /// the path of [`HistoricFile`].
    pub path: Option<Utf8PathBuf>,
    /// Its content before, if it was there.
    pub before: Option<BlobId>,
    /// Its content after, if it is there.
    pub after: Option<BlobId>,
}

impl FileChange {
    /// Did it only move?
    pub fn same_content(&self) -> bool {
        self.before == self.after
    }
}

/// A commit and the files that it changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitChanges {
    /// The commit.
    pub id: CommitId,
    /// By its place in [`FileChanges::authors`].
    pub author: usize,
    /// When it was written, in seconds since 1970.
    pub authored: i64,
    /// When it got its place in history, in seconds since 1970.
    pub committed: i64,
    /// Does `.git-blame-ignore-revs` of the head list it, as one that only formats?
    pub ignored: bool,
    /// The files, sorted.
    pub files: Vec<FileChange>,
}

/// Why a walk ended before the first commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CutReason {
    /// [`ChangeBounds::since`].
    Since,
    /// [`ChangeBounds::commits`].
    Commits,
    /// [`ChangeBounds::stop`].
    Stopped,
    /// A shallow clone has no more.
    Shallow,
}

/// How far a walk came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// To the first commit.
    Complete,
    /// Not to the first commit.
    CutAt {
        /// When the oldest commit that was looked at was committed, in seconds since 1970.
        time: i64,
        /// How many commits were looked at, merges included.
        commits: usize,
        /// What ended it.
        why: CutReason,
    },
}

/// What the commits of a repository changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileChanges {
    /// The wanted files, sorted by path: those of the head, and those that are gone.
    pub files: Vec<HistoricFile>,
    /// Who wrote the commits, in order of their newest one.
    pub authors: Vec<Author>,
    /// The commits that changed wanted files, children before parents, else newest first; no
    /// merges.
    pub commits: Vec<CommitChanges>,
    /// When the head was committed, in seconds since 1970.
    pub head_time: i64,
    /// How many commits were looked at.
    pub walked: usize,
    /// How far it came.
    pub reach: Reach,
    /// Is the repository a shallow clone?
    pub shallow: bool,
}

/// Walks from `head` backwards. `wanted` says which paths matter.
pub fn file_changes(
    repository: &Repository,
    head: &CommitId,
    wanted: &(dyn Fn(&Utf8Path) -> bool + Sync),
    bounds: &ChangeBounds<'_>,
) -> Result<FileChanges, GitError> {
    let objects = Objects::new(repository.objects());
    let boundary = boundary(repository)?;
    let limits = Limits {
        since: bounds.since,
        count: bounds.commits.unwrap_or(usize::MAX),
        stop: bounds.stop,
    };
    let commits = reachable(&objects, object_id(head), &boundary, &limits)?;
    let diffs = diffs(&objects, &commits, wanted, bounds.stop)?;
    let walked = diffs.len();
    let reach = reach(&commits, walked);
    let mut lineage = Lineage::default();
    for path in files_of(&objects, commits.commits[0].tree, wanted)? {
        lineage.add_at_head(&path);
    }
    let ignored = ignored(repository, head)?;
    let mut changes = FileChanges {
        files: Vec::new(),
        authors: Vec::new(),
        commits: name_files(&commits, diffs, &mut lineage, &ignored),
        head_time: commits.commits[0].committed,
        walked,
        reach,
        shallow: !boundary.is_empty(),
    };
    number_files(&mut changes, &lineage);
    number_authors(&mut changes, &commits);
    Ok(changes)
}

/// Reads contents of files at some commit, for one thread.
pub struct Blobs {
    objects: Objects,
}

impl Blobs {
    /// A reader of a repository's objects.
    pub fn open(repository: &Repository) -> Self {
        Self {
            objects: Objects::new(repository.objects()),
        }
    }

    /// The content.
    pub fn read(&self, id: BlobId) -> Result<Vec<u8>, GitError> {
        let kind = gix::objs::Kind::Blob;
        Ok(self.objects.read(&id.0, kind, &mut Vec::new())?.to_vec())
    }
}

/// The commits whose parents a shallow clone lacks.
fn boundary(repository: &Repository) -> Result<Vec<ObjectId>, GitError> {
    let shallow = repository.objects().to_thread_local();
    let shallow = shallow.shallow_commits();
    let shallow = shallow.map_err(|error| cannot_open(repository.root(), error))?;
    Ok(shallow.map_or_else(Vec::new, |commits| commits.iter().copied().collect()))
}

fn reach(commits: &Reachable, walked: usize) -> Reach {
    let cut_off = || {
        let mut within = commits.order.iter();
        within.any(|place| commits.commits[*place].cut_off)
    };
    let why = match commits.end {
        _ if walked < commits.order.len() => CutReason::Stopped,
        Some(End::Stopped) => CutReason::Stopped,
        Some(End::Since) => CutReason::Since,
        Some(End::Count) => CutReason::Commits,
        None if cut_off() => CutReason::Shallow,
        None => return Reach::Complete,
    };
    let looked_at = commits.order[..walked].iter();
    let oldest = looked_at
        .map(|place| commits.commits[*place].committed)
        .min();
    Reach::CutAt {
        time: oldest.unwrap_or(commits.commits[0].committed),
        commits: walked,
        why,
    }
}

/// `.git-blame-ignore-revs` (git-blame(1), `--ignore-revs-file`; the name is what forges read).
fn ignored(repository: &Repository, head: &CommitId) -> Result<BTreeSet<CommitId>, GitError> {
    let path = Utf8Path::new(".git-blame-ignore-revs");
    let file = read_blob_at(repository.root(), head, path)?.unwrap_or_default();
    let text = String::from_utf8_lossy(&file);
    let lines = text
        .lines()
        .map(|line| line.split('#').next().unwrap_or_default().trim());
    Ok(lines.filter_map(CommitId::new).collect())
}

/// Gives the files of all commits the names of the head; a [`FileId`] is a [`Name`] until
/// [`number_files`].
fn name_files(
    commits: &Reachable,
    diffs: Vec<Vec<Diff>>,
    lineage: &mut Lineage,
    ignored: &BTreeSet<CommitId>,
) -> Vec<CommitChanges> {
    let mut renamed: HashMap<usize, Renamed> = HashMap::from([(0, Renamed::default())]);
    let mut named = Vec::new();
    for (place, diffs) in commits.order.iter().zip(diffs) {
        let commit = &commits.commits[*place];
        // All its children came before it.
        let here = renamed.remove(place).unwrap_or_default();
        let mut before = HashMap::new();
        let mut files: Vec<FileChange> = Vec::with_capacity(diffs.len());
        for diff in diffs {
            let name = lineage.name(&diff.path);
            let file = Lineage::file(&here, name);
            let kind = match (&diff.from, diff.before, diff.after) {
                (Some(_), ..) => FileChangeKind::Renamed,
                (None, None, _) => FileChangeKind::Added,
                (None, Some(_), None) => FileChangeKind::Deleted,
                (None, Some(_), Some(_)) => FileChangeKind::Modified,
            };
            if let Some(from) = &diff.from {
                before.insert(lineage.name(from), file);
            }
            files.push(FileChange {
                file: FileId(file),
                kind,
                path: Some(diff.path.into()),
                before: diff.before.map(BlobId),
                after: diff.after.map(BlobId),
            });
        }
        let behind = if before.is_empty() {
            here
        } else {
            let mut all = HashMap::clone(&here);
            all.extend(before);
            Renamed::new(all)
        };
        for parent in &commit.parents {
            let known = match renamed.get(parent) {
                Some(known) => lineage.join(known, &behind),
                None => Renamed::clone(&behind),
            };
            renamed.insert(*parent, known);
        }
        if files.is_empty() {
            continue;
        }
        let id = commit_id(&commit.id);
        named.push(CommitChanges {
            author: commit.author,
            authored: commit.authored,
            committed: commit.committed,
            ignored: ignored.contains(&id),
            id,
            files,
        });
    }
    named
}

/// Lists the files by path, and makes names their places in that list.
fn number_files(changes: &mut FileChanges, lineage: &Lineage) {
    let mut used: BTreeSet<Name> = lineage.at_head().collect();
    for change in changes.commits.iter_mut().flat_map(|c| &mut c.files) {
        change.file.0 = lineage.resolve(change.file.0);
        used.insert(change.file.0);
    }
    let mut used: Vec<Name> = used.into_iter().collect();
    used.sort_by_key(|name| lineage.path(*name));
    let places: BTreeMap<Name, u32> = used.iter().copied().zip(0..).collect();
    changes.files = used
        .iter()
        .map(|name| HistoricFile {
            path: lineage.path(*name).into(),
            at_head: lineage.is_at_head(*name),
        })
        .collect();
    for commit in &mut changes.commits {
        for change in &mut commit.files {
            change.file.0 = places[&change.file.0];
            let path = &changes.files[change.file.0 as usize].path;
            change.path = change.path.take().filter(|there| there != path);
        }
        commit
            .files
            .sort_by(|a, b| (a.file, &a.path).cmp(&(b.file, &b.path)));
    }
}

/// Lists the authors of the commits that are left.
fn number_authors(changes: &mut FileChanges, commits: &Reachable) {
    let mut places = HashMap::new();
    for commit in &mut changes.commits {
        let next = places.len();
        let place = *places.entry(commit.author).or_insert(next);
        if place == next {
            let (name, address) = &commits.authors[commit.author];
            changes.authors.push(Author {
                name: name.to_string(),
                address: address.to_string(),
            });
        }
        commit.author = place;
    }
}
