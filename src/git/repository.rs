//! A repository and what is known of it.

use camino::{Utf8Path, Utf8PathBuf};
use gix::bstr::ByteSlice as _;

use super::GitError;
use super::history::commit_id;
use crate::model::CommitId;
use crate::sys;

/// A git repository with a worktree and at least one commit, its history complete.
#[derive(Clone)]
pub struct Repository {
    objects: gix::ThreadSafeRepository,
    root: Utf8PathBuf,
    common_dir: Utf8PathBuf,
    head: CommitId,
    branch: Option<String>,
    remote_branch: Option<String>,
}

impl std::fmt::Debug for Repository {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Repository")
            .field("root", &self.root)
            .field("head", &self.head)
            .field("branch", &self.branch)
            .finish_non_exhaustive()
    }
}

impl Repository {
    /// The top folder of its worktree, links resolved.
    pub fn root(&self) -> &Utf8Path {
        &self.root
    }

    /// Where its objects and branches are, also for a linked worktree.
    pub fn common_dir(&self) -> &Utf8Path {
        &self.common_dir
    }

    /// The commit that was checked out when it was opened.
    pub fn head(&self) -> &CommitId {
        &self.head
    }

    /// The branch that is checked out; none where HEAD is detached.
    pub fn branch(&self) -> Option<&str> {
        self.branch.as_deref()
    }

    /// The main branch as the remote `origin` names it, such as `origin/main`, if it is known.
    pub fn remote_branch(&self) -> Option<&str> {
        self.remote_branch.as_deref()
    }

    pub(super) fn objects(&self) -> &gix::ThreadSafeRepository {
        &self.objects
    }

    /// Where objects are stored.
    pub(super) fn objects_dir(&self) -> Utf8PathBuf {
        self.common_dir.join("objects")
    }
}

/// Opens the repository that `path` is in, and refuses what history cannot be taken from: a bare
/// repository, a shallow clone, one without a commit.
pub fn open(path: &Utf8Path) -> Result<Repository, GitError> {
    let repository = discover(path)?;
    let here = || path.to_owned();
    let Some(workdir) = repository.workdir() else {
        return Err(GitError::Bare { path: here() });
    };
    let root = sys::fs::canonical(&sys::env::utf8(workdir.to_owned())?)?;
    let shallow = repository.is_shallow();
    if shallow.map_err(|error| cannot_open(path, error))? {
        return Err(GitError::Shallow { path: here() });
    }
    facts(&repository, path, root)
}

/// The top folder of the worktree that `path` is in, links resolved. A clone without its whole
/// history, as CI makes it, has one, too.
pub fn worktree_root(path: &Utf8Path) -> Result<Utf8PathBuf, GitError> {
    let repository = discover(path)?;
    let Some(workdir) = repository.workdir() else {
        return Err(GitError::Bare {
            path: path.to_owned(),
        });
    };
    Ok(sys::fs::canonical(&sys::env::utf8(workdir.to_owned())?)?)
}

/// Opens a repository to read its history only: it may be bare. Its root is then the folder
/// itself.
pub fn open_bare(path: &Utf8Path) -> Result<Repository, GitError> {
    let repository = discover(path)?;
    let folder = repository.workdir().unwrap_or(repository.git_dir());
    let root = sys::fs::canonical(&sys::env::utf8(folder.to_owned())?)?;
    facts(&repository, path, root)
}

fn facts(
    repository: &gix::Repository,
    path: &Utf8Path,
    root: Utf8PathBuf,
) -> Result<Repository, GitError> {
    let head = repository
        .head()
        .map_err(|error| cannot_open(path, error))?;
    if head.is_unborn() {
        return Err(GitError::NoCommit {
            path: path.to_owned(),
        });
    }
    let branch = head.referent_name().and_then(short);
    let id = head
        .into_peeled_id()
        .map_err(|error| cannot_open(path, error))?;
    let remote = repository.try_find_reference("refs/remotes/origin/HEAD");
    let remote = remote.ok().flatten();
    Ok(Repository {
        head: commit_id(&id.detach()),
        branch,
        remote_branch: remote.and_then(|reference| short(reference.target().try_name()?)),
        common_dir: sys::fs::canonical(&sys::env::utf8(repository.common_dir().to_owned())?)?,
        root,
        objects: repository.clone().into_sync(),
    })
}

/// Where the repository that `dir` is in has its objects and branches; it may have no commit yet.
pub fn common_dir(dir: &Utf8Path) -> Result<Utf8PathBuf, GitError> {
    let repository = discover(dir)?;
    let common = sys::env::utf8(repository.common_dir().to_owned())?;
    Ok(sys::fs::canonical(&common)?)
}

/// Where the repository that `dir` is in stores objects.
pub(super) fn objects_dir(dir: &Utf8Path) -> Result<Utf8PathBuf, GitError> {
    Ok(common_dir(dir)?.join("objects"))
}

fn short(name: &gix::refs::FullNameRef) -> Option<String> {
    Some(name.shorten().to_str().ok()?.to_owned())
}

pub(super) fn discover(path: &Utf8Path) -> Result<gix::Repository, GitError> {
    // The error for a path that is not there names it, and is not about git.
    let folder = sys::fs::canonical(path)?;
    let found = gix::discover(folder.as_std_path());
    found.map_err(|error| {
        if has_git_dir(&folder) {
            cannot_open(path, error)
        } else {
            GitError::NotARepository {
                path: path.to_owned(),
            }
        }
    })
}

fn has_git_dir(folder: &Utf8Path) -> bool {
    folder
        .ancestors()
        .any(|above| sys::fs::canonical(&above.join(".git")).is_ok())
}

pub(super) fn cannot_open(
    path: &Utf8Path,
    source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> GitError {
    GitError::Open {
        path: path.to_owned(),
        source: source.into(),
    }
}
