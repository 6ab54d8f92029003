//! Copies of a repository to try things in: beside it, so that configuration and packages of
//! folders above it are found as they are from the repository itself.
//!
//! A copy stands at the same place in each run. Cargo tells the packages of a workspace by their
//! paths: at another place each run would build them anew, and leave them in the target folder.

use camino::{Utf8Path, Utf8PathBuf};

use crate::cargo::{self, CargoError, Invocation};
use crate::git::{self, GitError};
use crate::model::{CommitId, Digest};
use crate::sys::durable::Lock;
use crate::sys::fs::EntryKind;
use crate::sys::scratch::{self, Scratch};
use crate::sys::{self, SysError};

/// A copy that cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// Files.
    #[error(transparent)]
    Sys(#[from] SysError),
    /// The repository.
    #[error(transparent)]
    Git(#[from] GitError),
    /// Where cargo builds.
    #[error(transparent)]
    Cargo(#[from] CargoError),
    /// The workspace is in another folder.
    #[error("the workspace `{workspace}` is not below `{top}`")]
    Outside {
        /// The workspace's root.
        workspace: Utf8PathBuf,
        /// The folder that was to be copied.
        top: Utf8PathBuf,
    },
    /// The workspace is not in the commit.
    #[error("commit {commit} has no `{manifest}`")]
    NoManifest {
        /// The commit, in short.
        commit: String,
        /// The manifest, relative to the repository.
        manifest: Utf8PathBuf,
    },
    /// Far too many copies at once.
    #[error("there is no place for one more copy of `{top}`")]
    NoPlace {
        /// The repository.
        top: Utf8PathBuf,
    },
}

impl CopyError {
    /// The way out, for a `help:` line.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Sys(error) => error.help(),
            Self::Git(error) => error.help(),
            Self::Cargo(error) => error.help(),
            Self::NoPlace { .. } => {
                Some("remove the folders `.quarry-…` beside it that are no copies".to_owned())
            }
            Self::Outside { .. } | Self::NoManifest { .. } => None,
        }
    }
}

/// A scratch copy of a repository. It is removed when it is dropped; one that a killed run left,
/// by the next run.
#[derive(Debug)]
pub struct Copy {
    // Dropped before the lock: who gets that finds the place free.
    scratch: Scratch,
    root: Utf8PathBuf,
    left_out: Vec<Utf8PathBuf>,
    target_dir: Utf8PathBuf,
    _lock: Lock,
}

impl Copy {
    /// Copies the files of the repository `top` as they are on disk: what is not committed and
    /// what git ignores may be needed by a build. Without git's own folder, target folders of
    /// cargo and other caches, and `node_modules`. `workspace_root` is at or below `top`.
    pub fn of_worktree(top: &Utf8Path, workspace_root: &Utf8Path) -> Result<Self, CopyError> {
        let relative = relative(top, workspace_root)?;
        let (scratch, lock) = place(top)?;
        let mut left_out = Vec::new();
        copy_tree(top, scratch.path(), &mut left_out)?;
        Self::new(scratch, lock, &relative, left_out, top)
    }

    /// Writes the files of a commit of the repository `top`.
    pub fn of_commit(
        top: &Utf8Path,
        workspace_root: &Utf8Path,
        commit: &CommitId,
    ) -> Result<Self, CopyError> {
        let relative = relative(top, workspace_root)?;
        let (scratch, lock) = place(top)?;
        let left_out = git::export_tree(top, commit, scratch.path())?;
        let manifest = relative.join("Cargo.toml");
        if !scratch.path().join(&manifest).is_file() {
            return Err(CopyError::NoManifest {
                commit: commit.short().to_owned(),
                manifest,
            });
        }
        Self::new(scratch, lock, &relative, left_out, top)
    }

    fn new(
        scratch: Scratch,
        lock: Lock,
        relative: &Utf8Path,
        left_out: Vec<Utf8PathBuf>,
        top: &Utf8Path,
    ) -> Result<Self, CopyError> {
        Ok(Self {
            root: sys::fs::normal(&scratch.path().join(relative)),
            scratch,
            left_out,
            target_dir: target_dir(top)?,
            _lock: lock,
        })
    }

    /// What stands for the repository's top folder.
    pub fn top(&self) -> &Utf8Path {
        self.scratch.path()
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
pub fn target_dir(top: &Utf8Path) -> Result<Utf8PathBuf, CopyError> {
    Ok(state_dir(top)?.join("target"))
}

/// In git's own folder, which git does not track. Where there is none, in cargo's target folder.
fn state_dir(top: &Utf8Path) -> Result<Utf8PathBuf, CopyError> {
    match git::common_dir(top) {
        Ok(folder) => Ok(folder.join("quarry")),
        Err(GitError::NotARepository { .. }) => {
            let metadata = cargo::load_metadata_no_deps(&Invocation::new(top), None)?;
            Ok(metadata.target_directory.join("quarry"))
        }
        Err(error) => Err(error.into()),
    }
}

fn relative(top: &Utf8Path, workspace_root: &Utf8Path) -> Result<Utf8PathBuf, CopyError> {
    let (top, workspace) = (
        sys::fs::canonical(top)?,
        sys::fs::canonical(workspace_root)?,
    );
    match workspace.strip_prefix(&top) {
        Ok(relative) => Ok(relative.to_owned()),
        Err(_) => Err(CopyError::Outside { workspace, top }),
    }
}

/// How many copies of one repository there can be at once.
const PLACES: u32 = 32;

/// A new folder for a copy, and the lock on it. What killed runs left is removed.
fn place(top: &Utf8Path) -> Result<(Scratch, Lock), CopyError> {
    let top = sys::fs::canonical(top)?;
    let locks = state_dir(&top)?.join("copies");
    let name = top.file_name().unwrap_or("root");
    if let Some(parent) = top.parent()
        && let Some(placed) = place_in(parent, &format!(".quarry-{name}"), &top, &locks)?
    {
        return Ok(placed);
    }
    // Beside it nothing can be made: the system's place for temporary files serves, which other
    // repositories of that name may use as well.
    let place = scratch::system_place()?;
    let digest = Digest::of(top.as_str().as_bytes());
    let name = format!("cargo-quarry-{}", &digest.as_str()[..12]);
    place_in(&place, &name, &top, &locks)?.ok_or(CopyError::NoPlace { top })
}

/// The first place of `NAME-1`, `NAME-2`, … that nobody has. None if no folder can be made.
fn place_in(
    parent: &Utf8Path,
    name: &str,
    top: &Utf8Path,
    locks: &Utf8Path,
) -> Result<Option<(Scratch, Lock)>, CopyError> {
    let owner = top.join(OWNER);
    let lock_of = |name: &str| Lock::try_acquire(&locks.join(format!("{name}.lock")));
    for left in scratch::abandoned(parent, &owner) {
        let Some(name) = left.file_name() else {
            continue;
        };
        if let Some(_lock) = lock_of(name)?
            && let Err(error) = sys::fs::remove_dir_all(&left)
        {
            tracing::debug!(%left, %error, "left for the next run");
        }
    }
    for number in 1..=PLACES {
        let name = format!("{name}-{number}");
        let Some(lock) = lock_of(&name)? else {
            continue;
        };
        let path = parent.join(&name);
        // One that was killed before it could mark its folder.
        if sys::fs::list(&path).is_ok_and(|entries| entries.is_empty()) {
            sys::fs::remove_dir_all(&path)?;
        }
        match Scratch::named(parent, &name) {
            Ok(scratch) => {
                scratch.mark(&owner)?;
                return Ok(Some((scratch, lock)));
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

/// Whom a folder is marked for: not the repository itself, for which an extraction's are.
const OWNER: &str = ".quarry-copy";

/// Copies what a build may need. What cannot be read is named in `left_out`, relative to `from`;
/// names that are not UTF-8 are not copied.
fn copy_tree(
    from: &Utf8Path,
    to: &Utf8Path,
    left_out: &mut Vec<Utf8PathBuf>,
) -> Result<(), CopyError> {
    let mut folders = vec![Utf8PathBuf::new()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = sys::fs::list_utf8(&from.join(&folder)) else {
            left_out.push(folder);
            continue;
        };
        let is_file = |name: &str| {
            let named = |entry: &sys::fs::Entry| entry.path.file_name() == Some(name);
            entries.iter().any(named)
        };
        if is_file("CACHEDIR.TAG") || is_file(".rustc_info.json") {
            continue;
        }
        sys::fs::create_dir_all(&to.join(&folder))?;
        for entry in &entries {
            let name = entry.path.file_name().unwrap_or_default();
            let path = folder.join(name);
            match entry.kind {
                _ if matches!(name, ".git" | "node_modules") => {}
                EntryKind::Folder => folders.push(path),
                EntryKind::Link => copy_link(from, to, &path)?,
                EntryKind::File => {
                    if copy_file(&entry.path, &to.join(&path)).is_err() {
                        left_out.push(path);
                    }
                }
            }
        }
    }
    left_out.sort();
    Ok(())
}

/// A link into the repository by its full path leads into the copy.
fn copy_link(from: &Utf8Path, to: &Utf8Path, path: &Utf8Path) -> Result<(), CopyError> {
    let target = sys::fs::read_link(&from.join(path))?;
    let target = match target.strip_prefix(from) {
        Ok(within) => to.join(within),
        Err(_) => target,
    };
    Ok(sys::fs::make_link(&to.join(path), &target)?)
}

fn copy_file(from: &Utf8Path, to: &Utf8Path) -> Result<(), SysError> {
    // Reading from a pipe would wait for who writes to it.
    if sys::fs::file_length(from)?.is_some() {
        sys::fs::copy(from, to)?;
    }
    Ok(())
}
