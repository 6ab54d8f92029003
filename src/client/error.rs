//! What can go wrong between us and a registry.

use crate::registry::RegistryError;

/// A registry that does not answer, or not as a registry does.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// It can't be reached.
    #[error("cannot reach {url}")]
    Reach {
        /// The URL, without a password.
        url: String,
        /// What went wrong.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// It refuses.
    #[error("{url} answers {status}{}", detail.as_ref().map(|d| format!(": {d}")).unwrap_or_default())]
    Status {
        /// The URL, without a password.
        url: String,
        /// The status.
        status: u16,
        /// What it says.
        detail: Option<String>,
    },
    /// An answer that the protocol does not know.
    #[error("{url} does not answer as a registry")]
    Answer {
        /// The URL, without a password.
        url: String,
        /// What is wrong with it.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A registry whose index is not a sparse one.
    #[error("the index {url} is not a sparse one")]
    NotSparse {
        /// The URL, without a password.
        url: String,
    },
    /// A registry that has no web API: it can only be read.
    #[error("the registry at {url} has no web API")]
    NoApi {
        /// The URL of its index.
        url: String,
    },
    /// A package that is not the one that the index promises.
    #[error("the package {url} does not have the checksum in the index")]
    Checksum {
        /// Where it came from.
        url: String,
    },
    /// A registry that does not name all its crates.
    #[error("{url} names {named} of its {total} crates")]
    Incomplete {
        /// Where they were asked for.
        url: String,
        /// How many it named.
        named: usize,
        /// How many it says there are.
        total: usize,
    },
    /// Data that cannot be read.
    #[error(transparent)]
    Registry(#[from] RegistryError),
}

impl ClientError {
    /// The way out, for a `help:` line.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Reach { .. } => Some("is it up, and the URL right? A proxy is taken from HTTPS_PROXY".to_owned()),
            Self::Status { status: 401 | 403, .. } => Some(
                "`cargo quarry registry doctor` looks into it; `cargo quarry registry login` stores a token"
                    .to_owned(),
            ),
            Self::NotSparse { .. } => {
                Some("a sparse index has the URL `sparse+https://…/`; git indexes are not read".to_owned())
            }
            Self::Incomplete { .. } => Some("name the crates".to_owned()),
            Self::Registry(error) => error.help(),
            Self::Status { .. }
            | Self::Answer { .. }
            | Self::NoApi { .. }
            | Self::Checksum { .. } => None,
        }
    }
}
