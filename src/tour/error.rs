//! What can go wrong while the sample is made.

use camino::Utf8PathBuf;

use crate::sys::SysError;

/// A sample organisation that could not be made.
#[derive(Debug, thiserror::Error)]
pub enum TourError {
    /// Somebody's files lie where the sample should go.
    #[error("the folder `{path}` is not empty")]
    NotEmpty {
        /// The folder.
        path: Utf8PathBuf,
    },
    /// A service that the sample does not have.
    #[error("the sample has no service `{name}`")]
    NoSuchService {
        /// The name that was asked for.
        name: String,
    },
    /// The sample contradicts itself: a mistake of ours.
    #[error("the sample is wrong: {why}")]
    Sample {
        /// What is wrong, and where.
        why: String,
    },
    /// The history of a sample cannot be read: a mistake of ours.
    #[error("the history of the sample is wrong")]
    History(#[from] toml_edit::de::Error),
    /// A file or git.
    #[error(transparent)]
    Sys(#[from] SysError),
}

impl TourError {
    /// The way out, for a `help:` line.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::NotEmpty { .. } => {
                Some("name a folder that is empty, or not there yet".to_owned())
            }
            Self::NoSuchService { .. } => Some(format!(
                "its services are {}",
                super::SERVICES.join(" and ")
            )),
            Self::Sample { .. } | Self::History(_) => None,
            Self::Sys(error) => error.help(),
        }
    }

    pub(super) fn sample(why: impl Into<String>) -> Self {
        Self::Sample { why: why.into() }
    }
}
