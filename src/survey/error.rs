//! What can go wrong.

use camino::Utf8PathBuf;

use crate::cargo::CargoError;
use crate::git::GitError;
use crate::service::ServiceError;
use crate::syntax::SyntaxError;
use crate::sys::SysError;

/// A survey that cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum SurveyError {
    /// No package at all.
    #[error("{top} has no Cargo.toml: there is no Rust to survey")]
    NoRust {
        /// The repository.
        top: Utf8PathBuf,
    },
    /// Packages without a library or a binary.
    #[error("no package of {top} has a library or a binary")]
    NoTarget {
        /// The repository.
        top: Utf8PathBuf,
    },
    /// A package that was asked for is not there.
    #[error("there is no package `{name}`")]
    NoPackage {
        /// What was asked for.
        name: String,
        /// Those that there are.
        members: Vec<String>,
    },
    /// The copy cannot be made.
    #[error(transparent)]
    Service(#[from] ServiceError),
    /// Git.
    #[error(transparent)]
    Git(#[from] GitError),
    /// Cargo.
    #[error(transparent)]
    Cargo(#[from] CargoError),
    /// A source file.
    #[error(transparent)]
    Syntax(#[from] SyntaxError),
    /// A file.
    #[error(transparent)]
    Sys(#[from] SysError),
}

impl SurveyError {
    /// The way out.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::NoRust { .. } => Some("name a repository that has a Rust package".to_owned()),
            Self::NoPackage { members, .. } => Some(format!("there are {}", members.join(", "))),
            Self::Service(error) => error.help(),
            Self::Git(error) => error.help(),
            Self::Cargo(error) => error.help(),
            Self::NoTarget { .. } | Self::Syntax(_) | Self::Sys(_) => None,
        }
    }
}
