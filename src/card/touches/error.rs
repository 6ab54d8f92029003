//! What keeps uses from being found.

use semver::Version;

use crate::cargo::CargoError;
use crate::references::ReferenceError;
use crate::syntax::SyntaxError;
use crate::sys::SysError;

/// Uses that cannot be looked for.
#[derive(Debug, thiserror::Error)]
pub enum TouchError {
    /// Cargo builds another package than the one with the marks.
    #[error("cargo does not take {name} {version} from the folder that it was given")]
    NotSupplied {
        /// The crate.
        name: String,
        /// Its version.
        version: Version,
    },
    /// It has no library that could be used.
    #[error("{name} has no library")]
    NoLibrary {
        /// The crate.
        name: String,
    },
    /// The map of references.
    #[error(transparent)]
    References(#[from] ReferenceError),
    /// Cargo.
    #[error(transparent)]
    Cargo(#[from] CargoError),
    /// The source.
    #[error(transparent)]
    Syntax(#[from] SyntaxError),
    /// Files.
    #[error(transparent)]
    Sys(#[from] SysError),
}

impl TouchError {
    /// The way out, for a `help:` line.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::NotSupplied { .. } | Self::NoLibrary { .. } => None,
            Self::References(error) => error.help(),
            Self::Cargo(error) => error.help(),
            Self::Syntax(error) => error.help(),
            Self::Sys(error) => error.help(),
        }
    }
}
