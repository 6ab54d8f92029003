//! What keeps a check from being made.

use camino::Utf8PathBuf;

use crate::cargo::CargoError;
use crate::git::GitError;
use crate::manifest::ManifestError;
use crate::model::NameError;
use crate::surface::SurfaceError;
use crate::sys::SysError;

/// A check that cannot be made. What is wrong with the library is a finding instead.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// No package here.
    #[error("there is no `Cargo.toml` in `{dir}` or above it")]
    NoManifest {
        /// Where it was looked for.
        dir: Utf8PathBuf,
    },
    /// A package that the workspace does not have.
    #[error("the workspace has no package `{name}`")]
    NoPackage {
        /// The name.
        name: String,
        /// The packages that it has.
        known: Vec<String>,
    },
    /// Nothing that could be compared with by that name.
    #[error("`{given}` is no baseline: {reason}")]
    NoBaseline {
        /// What was given.
        given: String,
        /// Why.
        reason: String,
    },
    /// Cargo cannot be asked.
    #[error(transparent)]
    Cargo(#[from] CargoError),
    /// Git cannot be asked.
    #[error(transparent)]
    Git(#[from] GitError),
    /// A manifest cannot be read.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// A name that cannot be one.
    #[error(transparent)]
    Name(#[from] NameError),
    /// The public APIs cannot be compared.
    #[error(transparent)]
    Surface(#[from] SurfaceError),
    /// The system.
    #[error(transparent)]
    Sys(#[from] SysError),
}

impl CheckError {
    /// The way out, for a `help:` line.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::NoManifest { .. } => {
                Some("run it in the folder of a library or a service".to_owned())
            }
            Self::NoPackage { known, .. } => Some(format!("it has {}", known.join(", "))),
            Self::NoBaseline { .. } => Some(
                "give a version that is released, a tag, or the folder of an older copy".to_owned(),
            ),
            Self::Cargo(error) => error.help(),
            Self::Git(error) => error.help(),
            Self::Manifest(error) => error.help(),
            Self::Name(error) => error.help(),
            Self::Surface(error) => error.help(),
            Self::Sys(error) => error.help(),
        }
    }
}
