//! What keeps a service from being read.

use semver::Version;

use crate::manifest::ManifestError;
use crate::model::Place;
use crate::sys::SysError;

/// A service that cannot be read, or a registry of its that cannot be asked.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// A requirement that would have to change, and no rule says how.
    #[error("{place}: `{requirement}` does not allow {name} {to}")]
    Requirement {
        /// The crate.
        name: String,
        /// The requirement as written.
        requirement: String,
        /// Where.
        place: Place,
        /// The version that it should allow.
        to: Version,
    },
    /// A manifest or the lockfile.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// A file.
    #[error(transparent)]
    Sys(#[from] SysError),
}

impl ServiceError {
    /// The way out, for a `help:` line.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Requirement { to, .. } => Some(format!(
                "write it so that it allows {to}; requirements such as `=1.2.3`, `1.2` and `~1.2` are \
                 rewritten, others are yours"
            )),
            Self::Manifest(error) => error.help(),
            Self::Sys(error) => error.help(),
        }
    }
}
