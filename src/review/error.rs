//! What keeps a service's upgrades from being looked at.

use crate::service::ServiceError;

/// A service whose upgrades cannot be looked at.
#[derive(Debug, thiserror::Error)]
pub enum ReviewError {
    /// The service, or a registry of its.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl ReviewError {
    /// The way out, for a `help:` line.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Service(error) => error.help(),
        }
    }
}
