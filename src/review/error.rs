//! What keeps a service's upgrades from being looked at.

use crate::card::BuildError;
use crate::git::GitError;
use crate::model::NameError;
use crate::service::ServiceError;
use crate::trial::TrialError;

/// A service whose upgrades cannot be looked at.
#[derive(Debug, thiserror::Error)]
pub enum ReviewError {
    /// The commit to compare with is not there.
    #[error("`{revision}` is no commit of this repository")]
    NoCommit {
        /// As it was given.
        revision: String,
    },
    /// It has no history in common with what is checked out.
    #[error("`{revision}` and what is checked out have no commit in common")]
    Unrelated {
        /// As it was given.
        revision: String,
    },
    /// The service, a copy of it, or a registry of its.
    #[error(transparent)]
    Service(#[from] ServiceError),
    /// A card.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// The trial.
    #[error(transparent)]
    Trial(#[from] TrialError),
    /// The git repository.
    #[error(transparent)]
    Git(#[from] GitError),
    /// A crate's name.
    #[error(transparent)]
    Name(#[from] NameError),
}

impl ReviewError {
    /// The way out, for a `help:` line.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::NoCommit { .. } => Some("`git fetch` brings it, if it is a remote's".to_owned()),
            Self::Unrelated { .. } => {
                Some("in a shallow clone `git fetch --unshallow` brings it".to_owned())
            }
            Self::Service(error) => error.help(),
            Self::Build(error) => error.help(),
            Self::Trial(error) => error.help(),
            Self::Git(error) => error.help(),
            Self::Name(error) => error.help(),
        }
    }
}
