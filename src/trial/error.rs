//! What can go wrong with a trial build, other than that it fails.

use crate::cargo::CargoError;
use crate::manifest::ManifestError;
use crate::sys::SysError;

/// A trial that could not be made, or did not build what it was meant to.
#[derive(Debug, thiserror::Error)]
pub enum TrialError {
    /// A cargo command.
    #[error(transparent)]
    Cargo(#[from] CargoError),
    /// A program.
    #[error(transparent)]
    Sys(#[from] SysError),
    /// The lockfile.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// The candidate is not in the build.
    #[error("`{name}` {version} is not part of the build{}", found_instead(found))]
    NotResolved {
        /// The crate.
        name: String,
        /// The version that was to be built.
        version: String,
        /// The versions that are in the build.
        found: Vec<String>,
    },
    /// It is there, but not alone.
    #[error("more than one version of `{name}` is part of the build: {}", found.join(", "))]
    Several {
        /// The crate.
        name: String,
        /// The versions that are in the build.
        found: Vec<String>,
    },
    /// It is from somewhere else.
    #[error("`{name}` {version} was built from `{found}`, not from `{expected}`")]
    Source {
        /// The crate.
        name: String,
        /// Its version.
        version: String,
        /// Where it was to be from.
        expected: String,
        /// Where it is from.
        found: String,
    },
    /// Its bytes are others.
    #[error("`{name}` {version} is locked with the checksum {found}, not with {expected}")]
    Checksum {
        /// The crate.
        name: String,
        /// Its version.
        version: String,
        /// The SHA-256 of the bytes that were to be built.
        expected: String,
        /// The one in `Cargo.lock`.
        found: String,
    },
}

impl TrialError {
    /// The way out, for a `help:` line.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Cargo(error) => error.help(),
            Self::Sys(error) => error.help(),
            Self::Manifest(error) => error.help(),
            Self::NotResolved { name, .. } | Self::Source { name, .. } => Some(format!(
                "is `{name}` patched or replaced in cargo's configuration, or in `[patch]`?"
            )),
            Self::Several { name, .. } => Some(format!(
                "`cargo tree -i {name}` shows who asks for which version"
            )),
            Self::Checksum { .. } => {
                Some("the lockfile was made with another package of that version".to_owned())
            }
        }
    }
}

fn found_instead(found: &[String]) -> String {
    match found {
        [] => String::new(),
        found => format!(", but {}", found.join(", ")),
    }
}
