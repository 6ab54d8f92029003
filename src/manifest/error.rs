//! What can go wrong with a manifest.

use camino::Utf8PathBuf;

/// A manifest, lockfile or configuration that cannot be read or edited.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// It cannot be read.
    #[error(transparent)]
    Sys(#[from] crate::sys::SysError),
    /// It is not TOML.
    #[error("cannot parse `{path}`")]
    Syntax {
        /// The file.
        path: Utf8PathBuf,
        /// What the parser said, with the place.
        source: Box<toml_edit::TomlError>,
    },
    /// It has no `[package]`.
    #[error("`{path}` has no `[package]`")]
    NoPackage {
        /// The manifest.
        path: Utf8PathBuf,
    },
    /// A member says `workspace = true` and the workspace has no such entry.
    #[error("`{path}` inherits `{key}`, which the workspace does not define")]
    NotInWorkspace {
        /// The member's manifest.
        path: Utf8PathBuf,
        /// What it inherits, dotted.
        key: String,
    },
    /// An entry that is not of the type that cargo's manifest format asks for.
    #[error("`{key}` in `{path}` is not {expected}")]
    Shape {
        /// The file.
        path: Utf8PathBuf,
        /// The entry, dotted.
        key: String,
        /// What it should be.
        expected: &'static str,
    },
    /// An entry that is to be changed is not there.
    #[error("`{path}` has no `{key}`")]
    Missing {
        /// The file.
        path: Utf8PathBuf,
        /// The entry, dotted.
        key: String,
    },
    /// An entry that is to be added is there already.
    #[error("`{path}` already has `{key}`")]
    Exists {
        /// The file.
        path: Utf8PathBuf,
        /// The entry, dotted.
        key: String,
    },
}

impl ManifestError {
    /// The way out, for a `help:` line.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Sys(error) => error.help(),
            Self::NoPackage { .. } => {
                Some("choose a package of the workspace with `-p`".to_owned())
            }
            Self::NotInWorkspace { key, .. } => {
                Some(format!("define `{key}` in the workspace's root manifest"))
            }
            Self::Shape { .. } => {
                Some("write it as a table of its own, one entry a line".to_owned())
            }
            Self::Syntax { .. } | Self::Missing { .. } | Self::Exists { .. } => None,
        }
    }
}
