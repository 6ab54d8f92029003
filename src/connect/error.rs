//! What can go wrong when cargo and a registry are brought together.

use camino::Utf8PathBuf;

use super::Kind;
use crate::cargo::CargoError;
use crate::client::ClientError;
use crate::git::GitError;
use crate::manifest::ManifestError;
use crate::model::RegistryName;
use crate::service::ServiceError;
use crate::sys::SysError;

/// A connection that cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// A URL that is not one of such a registry.
    #[error("that is not the URL of a registry of the kind {kind}")]
    Form {
        /// The kind.
        kind: Kind,
        /// What its URLs look like.
        form: &'static str,
    },
    /// A URL with a user's name or password in it. It is not repeated.
    #[error("the URL carries a user's name or password")]
    UserInfo,
    /// Cargo knows the registry by another URL.
    #[error("`{path}` has `{name}` at {index}")]
    Other {
        /// Its name.
        name: RegistryName,
        /// The file.
        path: Utf8PathBuf,
        /// The URL that is there.
        index: String,
    },
    /// Cargo has no such registry.
    #[error("cargo's configuration has no registry `{name}`")]
    NotConfigured {
        /// Its name.
        name: RegistryName,
    },
    /// The registry refuses the token.
    #[error("`{name}` refuses the token ({status}){}; nothing was stored", detail.as_ref().map(|d| format!(": {d}")).unwrap_or_default())]
    Refused {
        /// Its name.
        name: RegistryName,
        /// The status of its answer.
        status: u16,
        /// What it says.
        detail: Option<String>,
    },
    /// Neither `CARGO_HOME` nor a home.
    #[error("there is no cargo home")]
    NoHome,
    /// Asking cargo, or reading its configuration.
    #[error(transparent)]
    Cargo(#[from] CargoError),
    /// Asking a registry.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// Asking git.
    #[error(transparent)]
    Git(#[from] GitError),
    /// Editing cargo's configuration.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// Reading what a repository pins.
    #[error(transparent)]
    Service(#[from] Box<ServiceError>),
    /// A file operation.
    #[error(transparent)]
    Sys(#[from] SysError),
}

impl ConnectError {
    /// The way out, for a `help:` line.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Form { form, .. } => Some(format!("it looks like {form}")),
            Self::UserInfo => {
                Some("leave it out: `cargo quarry registry login` asks for the token".to_owned())
            }
            Self::Other { .. } => Some(
                "lock files hold that URL: `--force` changes it here, and then \
                 `cargo quarry registry relock` mends them"
                    .to_owned(),
            ),
            Self::NotConfigured { name } => Some(format!(
                "`cargo quarry registry add {name} --kind … URL` adds it"
            )),
            Self::Refused { .. } => {
                Some("is it whole, for this registry, and neither expired nor revoked?".to_owned())
            }
            Self::NoHome => Some("set CARGO_HOME".to_owned()),
            Self::Cargo(error) => error.help(),
            Self::Client(error) => error.help(),
            Self::Git(error) => error.help(),
            Self::Manifest(error) => error.help(),
            Self::Service(error) => error.help(),
            Self::Sys(error) => error.help(),
        }
    }
}
