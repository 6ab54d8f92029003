//! What can go wrong when cargo is asked.

use camino::Utf8PathBuf;

use crate::sys::SysError;

/// A cargo command that failed, or whose answer can't be read.
#[derive(Debug, thiserror::Error)]
pub enum CargoError {
    /// It could not be run, or said no; carries what it wrote to standard error.
    #[error(transparent)]
    Sys(#[from] SysError),
    /// What it wrote is not the JSON that it documents.
    #[error("cannot read what `{command}` wrote")]
    Output {
        /// The command line.
        command: String,
        /// What is wrong.
        source: serde_json::Error,
    },
    /// `cargo package` made no `.crate`, or more than one could be meant.
    #[error("`{command}` left no single `.crate` file in `{folder}`")]
    NoPackage {
        /// The command line.
        command: String,
        /// Where it should be.
        folder: Utf8PathBuf,
    },
    /// A configuration file that is not TOML.
    #[error("cannot parse cargo's configuration `{path}`: {message}")]
    Config {
        /// The file.
        path: Utf8PathBuf,
        /// What the parser said, without the text.
        message: String,
    },
}

impl CargoError {
    /// The way out, for a `help:` line.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Sys(error) => error.help(),
            Self::Output { .. } => Some(
                "is `cargo` on PATH the real one, and not a wrapper that writes more?".to_owned(),
            ),
            Self::NoPackage { .. } | Self::Config { .. } => None,
        }
    }
}
