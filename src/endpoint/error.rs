//! What keeps a registry from being asked.

use crate::cargo::CargoError;
use crate::client::ClientError;
use crate::model::RegistryName;

/// A registry that cannot be asked.
#[derive(Debug, thiserror::Error)]
pub enum EndpointError {
    /// Cargo has no such registry.
    #[error("cargo's configuration has no registry `{name}`")]
    NotConfigured {
        /// Its name.
        name: RegistryName,
    },
    /// A token that only cargo can get.
    #[error("the token of `{name}` is with `{provider}`")]
    Provider {
        /// The registry.
        name: RegistryName,
        /// Its credential provider.
        provider: String,
    },
    /// Reading cargo's configuration.
    #[error(transparent)]
    Cargo(#[from] CargoError),
    /// Asking the registry.
    #[error(transparent)]
    Client(#[from] ClientError),
}

impl EndpointError {
    /// The way out, for a `help:` line.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        match self {
            Self::NotConfigured { name } => Some(format!(
                "`cargo quarry registry add {name} --kind … URL` adds it"
            )),
            Self::Provider { name, .. } => Some(format!(
                "set CARGO_REGISTRIES_{0}_TOKEN, and CARGO_REGISTRIES_{0}_CREDENTIAL_PROVIDER=cargo:token",
                name.environment()
            )),
            Self::Cargo(error) => error.help(),
            Self::Client(error) => error.help(),
        }
    }
}
