//! What can go wrong with a repository.

use camino::Utf8PathBuf;

use crate::model::CommitId;
use crate::sys::SysError;

/// A repository that cannot be worked with, or an operation on it that failed.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    /// No repository at or above the path.
    #[error("`{path}` is not in a git repository")]
    NotARepository {
        /// The path as it was given.
        path: Utf8PathBuf,
    },
    /// A repository of a form that cannot be read in process.
    #[error("cannot open the git repository of `{path}`")]
    Open {
        /// The path as it was given.
        path: Utf8PathBuf,
        /// What the git library said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// No worktree, so no files to build.
    #[error("`{path}` is a bare git repository")]
    Bare {
        /// The repository.
        path: Utf8PathBuf,
    },
    /// Its history was cut off when it was cloned.
    #[error("`{path}` is a shallow clone: its history is not complete")]
    Shallow {
        /// The repository.
        path: Utf8PathBuf,
    },
    /// HEAD names a branch that has no commit.
    #[error("`{path}` has no commit yet")]
    NoCommit {
        /// The repository.
        path: Utf8PathBuf,
    },
    /// Files concerned are not as they were committed.
    #[error("{} not committed: {}", are(files), listed(files))]
    Uncommitted {
        /// The files, relative to the repository's root.
        files: Vec<Utf8PathBuf>,
    },
    /// Submodules at or below the paths concerned.
    #[error("{} in a submodule: {}", are(paths), listed(paths))]
    Submodules {
        /// The submodules, relative to the repository's root.
        paths: Vec<Utf8PathBuf>,
    },
    /// Symbolic links among the files concerned.
    #[error("{} a symbolic link: {}", are(paths), listed(paths))]
    Symlinks {
        /// The links, relative to the repository's root.
        paths: Vec<Utf8PathBuf>,
    },
    /// Paths that cannot be shown as text.
    #[error("{} not UTF-8: {}", are(paths), listed(paths))]
    NotUtf8Paths {
        /// The paths, with what cannot be shown replaced.
        paths: Vec<Utf8PathBuf>,
    },
    /// A file that the commit does not have.
    #[error("`{path}` is not a file of commit {commit}")]
    NoSuchFile {
        /// The path in the repository.
        path: Utf8PathBuf,
        /// The commit that was searched.
        commit: CommitId,
    },
    /// Two files would come to lie in the same place.
    #[error("`{target}` cannot hold both `{first}` and `{second}`")]
    TargetClash {
        /// The path in the new repository.
        target: Utf8PathBuf,
        /// The source of one.
        first: Utf8PathBuf,
        /// The source of the other.
        second: Utf8PathBuf,
    },
    /// One file that is to go to two places.
    #[error("`{path}` is listed twice")]
    TrackedTwice {
        /// The file.
        path: Utf8PathBuf,
    },
    /// An object that other objects name, and the repository does not have.
    #[error("object {id} is missing from the repository")]
    MissingObject {
        /// The object's id.
        id: String,
    },
    /// An object that cannot be read.
    #[error("cannot read object {id}")]
    Object {
        /// The object's id.
        id: String,
        /// What the git library said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// An object whose content is not what its kind asks for.
    #[error("object {id} is not a valid {kind}")]
    Malformed {
        /// The object's id.
        id: String,
        /// What it should be.
        kind: &'static str,
    },
    /// A name that is no commit.
    #[error("`{name}` does not name a commit in `{repository}`")]
    UnknownRevision {
        /// The name as it was given.
        name: String,
        /// The repository.
        repository: Utf8PathBuf,
    },
    /// Commits need an author.
    #[error("git does not know who you are in `{repository}`")]
    NoIdentity {
        /// The repository.
        repository: Utf8PathBuf,
    },
    /// A branch that holds something else.
    #[error("the branch `{branch}` exists already, at {commit}")]
    BranchExists {
        /// The branch.
        branch: String,
        /// The commit it is at.
        commit: CommitId,
    },
    /// A later commit that does not fit onto the library.
    #[error(
        "commit {commit} does not apply to the library: conflicts in {}",
        listed(files)
    )]
    Conflict {
        /// The commit of the monolith.
        commit: CommitId,
        /// The files of the library.
        files: Vec<Utf8PathBuf>,
    },
    /// A file or the git program.
    #[error(transparent)]
    Sys(#[from] SysError),
}

impl GitError {
    /// The way out, for a `help:` line.
    pub fn help(&self) -> Option<String> {
        let help = match self {
            Self::NotARepository { .. } => {
                "history is taken from git: run it inside a clone of the repository"
            }
            Self::Bare { .. } => "clone it, and run it in the clone",
            Self::Shallow { .. } => "fetch the rest with `git fetch --unshallow`",
            Self::NoCommit { .. } => "commit the files first",
            Self::Uncommitted { .. } => "commit or stash them first",
            Self::Submodules { .. } => "code in a submodule has its own repository already",
            Self::Symlinks { .. } => "replace each link by the file it stands for, and commit",
            Self::NotUtf8Paths { .. } => "rename them with `git mv`: paths must be UTF-8",
            Self::NoIdentity { .. } => {
                "run `git config user.name NAME` and `git config user.email ADDRESS`"
            }
            Self::MissingObject { .. } => {
                "fetch the complete repository; `git fsck` names what is missing"
            }
            Self::BranchExists { branch, .. } => {
                return Some(format!(
                    "choose another name, or remove it with `git branch -D {branch}`"
                ));
            }
            Self::Conflict { .. } => {
                "bring that change to the library by hand, with its `Original-commit` trailer"
            }
            Self::Sys(error) => return error.help(),
            Self::Open { .. }
            | Self::NoSuchFile { .. }
            | Self::TargetClash { .. }
            | Self::TrackedTwice { .. }
            | Self::Object { .. }
            | Self::Malformed { .. }
            | Self::UnknownRevision { .. } => return None,
        };
        Some(help.to_owned())
    }
}

/// How many, with the verb: a list too long to read says its length first.
fn are(paths: &[Utf8PathBuf]) -> String {
    match paths.len() {
        1 => "a path is".to_owned(),
        n => format!("{n} paths are"),
    }
}

fn listed(paths: &[Utf8PathBuf]) -> String {
    const SHOWN: usize = 8;
    let mut text = paths
        .iter()
        .take(SHOWN)
        .map(|path| format!("`{path}`"))
        .collect::<Vec<_>>()
        .join(", ");
    if paths.len() > SHOWN {
        text.push_str(", …");
    }
    text
}
