//! What keeps an upgrade from being made.

use camino::Utf8PathBuf;
use semver::Version;

use crate::card::BuildError;
use crate::cargo::CargoError;
use crate::forge::ForgeError;
use crate::git::GitError;
use crate::manifest::ManifestError;
use crate::model::CommitId;
use crate::plan::PlanError;
use crate::registry::RegistryError;
use crate::service::ServiceError;
use crate::syntax::SyntaxError;
use crate::sys::SysError;
use crate::trial::TrialError;

/// An upgrade that cannot be made. The user's checkout is as it was.
#[derive(Debug, thiserror::Error)]
pub enum UpgradeError {
    /// The registry has no such version.
    #[error("the registry has no {name} {version}")]
    NoVersion {
        /// The crate.
        name: String,
        /// The version.
        version: Version,
        /// The latest that it has.
        latest: Option<Version>,
    },
    /// A version that nobody should move to.
    #[error("{name} {version} is yanked")]
    Yanked {
        /// The crate.
        name: String,
        /// The version.
        version: Version,
    },
    /// A version is asked for, and it is not said of which crate.
    #[error("it is not said which crate moves to {version}")]
    WhichCrate {
        /// The version.
        version: Version,
    },
    /// Only other crates ask for it, and the step would leave them behind.
    #[error("{step} is no compatible step, and only {} for it", asks(through))]
    NotDirect {
        /// `acme-retry 1.2.0 -> 2.0.0`.
        step: String,
        /// Who asks for it.
        through: Vec<String>,
    },
    /// Another upgrade of this repository runs.
    #[error("another upgrade of `{repository}` is under way")]
    UnderWay {
        /// The repository.
        repository: Utf8PathBuf,
    },
    /// The branch is somebody else's, or was gone on with.
    #[error("the branch `{branch}` exists, at {commit}, and holds what this command did not make")]
    BranchTaken {
        /// The branch.
        branch: String,
        /// Where it is.
        commit: CommitId,
    },
    /// The service does not build as it is.
    #[error("the service does not build before the upgrade:\n  {}", errors.join("\n  "))]
    BrokenBefore {
        /// The compiler's errors, each its first line.
        errors: Vec<String>,
    },
    /// Nothing that is committed would change.
    #[error("the upgrade changes no file that is committed")]
    NothingChanged,
    /// Another commit was checked out meanwhile.
    #[error("another commit is checked out than when the upgrade began")]
    Overtaken,
    /// No such remote.
    #[error("the repository has no remote `{remote}`")]
    NoRemote {
        /// Its name.
        remote: String,
    },
    /// The push was refused.
    #[error("the push of `{branch}` failed; the branch is here")]
    Push {
        /// The branch.
        branch: String,
        /// What git said.
        source: Box<GitError>,
    },
    /// GitHub.
    #[error(transparent)]
    Forge(#[from] ForgeError),
    /// The service, or a registry of its.
    #[error(transparent)]
    Service(#[from] ServiceError),
    /// A card.
    #[error(transparent)]
    Card(#[from] BuildError),
    /// The repository.
    #[error(transparent)]
    Git(#[from] GitError),
    /// Cargo.
    #[error(transparent)]
    Cargo(#[from] CargoError),
    /// The trial.
    #[error(transparent)]
    Trial(#[from] TrialError),
    /// The new version's package.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// A manifest.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// A source file.
    #[error(transparent)]
    Syntax(#[from] SyntaxError),
    /// The record of an earlier run.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// A file.
    #[error(transparent)]
    Sys(#[from] SysError),
}

impl UpgradeError {
    /// The way out, for a `help:` line.
    pub fn help(&self) -> Option<String> {
        let help = match self {
            Self::NoVersion { latest, .. } => {
                let latest = latest.as_ref()?;
                return Some(format!("its latest is {latest}"));
            }
            Self::Yanked { .. } => "choose another with `--to`; `cargo quarry outdated` names them",
            Self::WhichCrate { .. } => "name the crate: `cargo quarry upgrade CRATE --to VERSION`",
            Self::NotDirect { .. } => "upgrade the crates that ask for it first",
            Self::UnderWay { .. } => "wait until it has ended",
            Self::BranchTaken { branch, .. } => {
                return Some(format!(
                    "keep it under another name with `git branch -m {branch} NAME`, or remove it with \
                     `git branch -D {branch}`"
                ));
            }
            Self::BrokenBefore { .. } => {
                "mend that first: else nobody can tell what the upgrade breaks"
            }
            Self::NothingChanged => "commit Cargo.lock: without it, nothing is pinned",
            Self::Overtaken => "run it again",
            Self::NoRemote { .. } => "`git remote add origin URL` adds it",
            Self::Push { .. } => "mend that, and run it again: what is done is not done again",
            Self::Forge(error) => return error.help(),
            Self::Service(error) => return error.help(),
            Self::Card(error) => return error.help(),
            Self::Git(error) => return error.help(),
            Self::Cargo(error) => return error.help(),
            Self::Trial(error) => return error.help(),
            Self::Registry(error) => return error.help(),
            Self::Manifest(error) => return error.help(),
            Self::Plan(error) => return error.help(),
            Self::Sys(error) => return error.help(),
            Self::Syntax(_) => return None,
        };
        Some(help.to_owned())
    }
}

fn asks(through: &[String]) -> String {
    match through {
        [] => "crates of others ask".to_owned(),
        [one] => format!("{one} asks"),
        many => format!("{} ask", many.join(", ")),
    }
}
