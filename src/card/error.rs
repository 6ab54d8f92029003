//! What keeps a card from being made.

use semver::Version;

use crate::manifest::ManifestError;
use crate::registry::RegistryError;
use crate::service::ServiceError;
use crate::sys::SysError;

/// An upgrade of which nothing can be said.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The registry has no such version.
    #[error("`{registry}` has no {name} {version}")]
    NoVersion {
        /// The crate.
        name: String,
        /// The version.
        version: Version,
        /// The registry.
        registry: String,
    },
    /// The service, or its registry.
    #[error(transparent)]
    Service(#[from] ServiceError),
    /// A package.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// A manifest.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// Files.
    #[error(transparent)]
    Sys(#[from] SysError),
}

impl BuildError {
    /// The way out, for a `help:` line.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::NoVersion { name, .. } => {
                Some(format!("`cargo quarry outdated {name}` names the latest"))
            }
            Self::Service(error) => error.help(),
            Self::Registry(error) => error.help(),
            Self::Manifest(error) => error.help(),
            Self::Sys(error) => error.help(),
        }
    }
}
