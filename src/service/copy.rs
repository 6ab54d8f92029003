//! Copies of a repository to try things in: beside it, so that configuration and packages of
//! folders above it are found as they are from the repository itself.
//!
//! A copy stands at the same place in each run. Cargo tells the packages of a workspace by their
//! paths: at another place each run would build them anew, and leave them in the target folder.

mod dates;
mod files;

use camino::{Utf8Path, Utf8PathBuf};

use dates::Dates;
use files::copy_tree;
pub use files::fingerprint;

use super::ServiceError;
use crate::cargo::{self, Invocation};
use crate::git::{self, GitError};
use crate::model::{CommitId, Digest};
use crate::sys;
use crate::sys::durable::Lock;
use crate::sys::scratch::{self, Scratch};

/// A scratch copy of a repository. It is removed when it is dropped; one that a killed run left,
/// by the next run.
#[derive(Debug)]
pub struct Copy {
    place: Place,
    dates: Dates,
    root: Utf8PathBuf,
    left_out: Vec<Utf8PathBuf>,
    target_dir: Utf8PathBuf,
}

impl Copy {
    /// Copies the files of the repository `top` as they are on disk: what is not committed and
    /// what git ignores may be needed by a build. Without git's own folder, target folders of
    /// cargo and other caches, and `node_modules`. `workspace_root` is at or below `top`.
    pub fn of_worktree(top: &Utf8Path, workspace_root: &Utf8Path) -> Result<Self, ServiceError> {
        let relative = relative(top, workspace_root)?;
        let place = Place::find(top)?;
        let mut left_out = Vec::new();
        copy_tree(top, place.scratch.path(), &mut left_out)?;
        Self::new(place, &relative, left_out)
    }

    /// Writes the files of a commit of the repository `top`.
    pub fn of_commit(
        top: &Utf8Path,
        workspace_root: &Utf8Path,
        commit: &CommitId,
    ) -> Result<Self, ServiceError> {
        let relative = relative(top, workspace_root)?;
        let place = Place::find(top)?;
        let left_out = git::export_tree(top, commit, place.scratch.path())?;
        let manifest = relative.join("Cargo.toml");
        if !place.scratch.path().join(&manifest).is_file() {
            return Err(ServiceError::NotInCommit {
                commit: commit.short().to_owned(),
                manifest,
            });
        }
        Self::new(place, &relative, left_out)
    }

    fn new(
        place: Place,
        relative: &Utf8Path,
        left_out: Vec<Utf8PathBuf>,
    ) -> Result<Self, ServiceError> {
        let top = place.scratch.path();
        let now = sys::fs::modified(&place.scratch.mark_file())?;
        Ok(Self {
            root: sys::fs::normal(&top.join(relative)),
            dates: Dates::give(top, place.record.clone(), now)?,
            left_out,
            target_dir: place.target_dir.clone(),
            place,
        })
    }

    /// What stands for the repository's top folder.
    pub fn top(&self) -> &Utf8Path {
        self.place.scratch.path()
    }

    /// What stands for the workspace's root.
    pub fn root(&self) -> &Utf8Path {
        &self.root
    }

    /// Files that the copy lacks, for they could not be read.
    pub fn left_out(&self) -> &[Utf8PathBuf] {
        &self.left_out
    }

    /// Cargo in the workspace's root, with the target folder for copies.
    pub fn cargo(&self) -> Invocation {
        Invocation {
            target_dir: Some(self.target_dir.clone()),
            ..Invocation::new(&self.root)
        }
    }

    /// The same as `cargo` otherwise says: its environment, its configuration.
    pub fn cargo_like(&self, cargo: &Invocation) -> Invocation {
        Invocation {
            dir: self.root.clone(),
            target_dir: Some(self.target_dir.clone()),
            ..cargo.clone()
        }
    }

    /// Where its builds go.
    pub fn target_dir(&self) -> &Utf8Path {
        &self.target_dir
    }

    /// A path of the copy, relative to the repository's top folder; any other as it is.
    pub fn relative<'a>(&self, path: &'a Utf8Path) -> &'a Utf8Path {
        path.strip_prefix(self.top()).unwrap_or(path)
    }

    /// What is on disk for it now, in bytes.
    pub fn disk_used(&self) -> DiskUsed {
        DiskUsed {
            copy: sys::fs::disk_used(self.top()),
            target: sys::fs::disk_used(&self.target_dir),
        }
    }
}

impl Drop for Copy {
    fn drop(&mut self) {
        if let Err(error) = self.dates.keep(self.top()) {
            tracing::debug!(%error, "the next run builds more");
        }
    }
}

/// Bytes on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DiskUsed {
    /// Of the copy, which goes.
    pub copy: u64,
    /// Of the target folder, which stays for the next run.
    pub target: u64,
}

/// Where builds of copies of the repository `top` go: kept between runs, and not mixed with the
/// user's own, whose packages have the same names.
pub fn target_dir(top: &Utf8Path) -> Result<Utf8PathBuf, ServiceError> {
    Ok(state_dir(top)?.join("target"))
}

/// In git's own folder, which git does not track. Where there is none, in cargo's target folder.
fn state_dir(top: &Utf8Path) -> Result<Utf8PathBuf, ServiceError> {
    match git::common_dir(top) {
        Ok(folder) => Ok(folder.join("quarry")),
        Err(GitError::NotARepository { .. }) => {
            let metadata = cargo::load_metadata_no_deps(&Invocation::new(top), None)?;
            Ok(metadata.target_directory.join("quarry"))
        }
        Err(error) => Err(error.into()),
    }
}

fn relative(top: &Utf8Path, workspace_root: &Utf8Path) -> Result<Utf8PathBuf, ServiceError> {
    let (top, workspace) = (
        sys::fs::canonical(top)?,
        sys::fs::canonical(workspace_root)?,
    );
    match workspace.strip_prefix(&top) {
        Ok(relative) => Ok(relative.to_owned()),
        Err(_) => Err(ServiceError::Outside { workspace, top }),
    }
}

/// How many copies of one repository there can be at once.
const PLACES: u32 = 32;

/// A new folder for a copy.
#[derive(Debug)]
struct Place {
    // Dropped before the lock: who gets that finds the place free.
    scratch: Scratch,
    /// Where the dates of its files are kept.
    record: Utf8PathBuf,
    target_dir: Utf8PathBuf,
    _lock: Lock,
}

impl Place {
    /// Finds one, beside the repository if that can be. What killed runs left is removed.
    fn find(top: &Utf8Path) -> Result<Self, ServiceError> {
        let top = sys::fs::canonical(top)?;
        let state = state_dir(&top)?;
        let name = top.file_name().unwrap_or("root");
        if let Some(parent) = top.parent()
            && let Some(place) = Self::find_in(parent, &format!(".quarry-{name}"), &top, &state)?
        {
            return Ok(place);
        }
        // The system's place for temporary files, which others of that name may use as well.
        let parent = scratch::system_place()?;
        let digest = Digest::of(top.as_str().as_bytes());
        let name = format!("cargo-quarry-{}", &digest.as_str()[..12]);
        Self::find_in(&parent, &name, &top, &state)?.ok_or(ServiceError::NoPlace { top })
    }

    /// The first of `NAME-1`, `NAME-2`, … that nobody has. None if no folder can be made.
    fn find_in(
        parent: &Utf8Path,
        name: &str,
        top: &Utf8Path,
        state: &Utf8Path,
    ) -> Result<Option<Self>, ServiceError> {
        let owner = top.join(OWNER);
        let file = |name: &str, end: &str| state.join("copies").join(format!("{name}.{end}"));
        for left in scratch::abandoned(parent, &owner) {
            let name = left.file_name().unwrap_or_default();
            if let Some(_lock) = Lock::try_acquire(&file(name, "lock"))?
                && let Err(error) = sys::fs::remove_dir_all(&left)
            {
                tracing::debug!(%left, %error, "left for the next run");
            }
        }
        for number in 1..=PLACES {
            let name = format!("{name}-{number}");
            let Some(lock) = Lock::try_acquire(&file(&name, "lock"))? else {
                continue;
            };
            let path = parent.join(&name);
            // Its run was killed before it could be marked.
            if sys::fs::list(&path).is_ok_and(|entries| entries.is_empty()) {
                sys::fs::remove_dir_all(&path)?;
            }
            match Scratch::named(parent, &name) {
                Ok(scratch) => {
                    scratch.mark(&owner)?;
                    return Ok(Some(Self {
                        scratch,
                        record: file(&name, "json"),
                        target_dir: state.join("target"),
                        _lock: lock,
                    }));
                }
                Err(_) if path.exists() => {} // not ours, or it cannot be removed
                Err(error) => {
                    tracing::debug!(%error, "no copies here");
                    return Ok(None);
                }
            }
        }
        Ok(None)
    }
}

/// Whom a folder is marked for: not the repository itself, for which an extraction's are.
const OWNER: &str = ".quarry-copy";
