//! What can go wrong on the way from one registry to another.

use camino::Utf8PathBuf;

use crate::cargo::CargoError;
use crate::client::ClientError;
use crate::endpoint::EndpointError;
use crate::git::GitError;
use crate::manifest::ManifestError;
use crate::model::RegistryName;
use crate::plan::PlanError;
use crate::registry::{PackageName, RegistryError};
use crate::sys::SysError;

/// A move that cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// From and to are one.
    #[error("both registries are at {index}")]
    Same {
        /// The URL.
        index: String,
    },
    /// A crate that was named and is not there.
    #[error("`{from}` has no crate `{name}`")]
    Unknown {
        /// The registry.
        from: RegistryName,
        /// The crate.
        name: PackageName,
    },
    /// Versions that the other registry has with another content.
    #[error("`{to}` has other packages as {}", list(versions))]
    Different {
        /// The registry.
        to: RegistryName,
        /// `NAME VERSION`.
        versions: Vec<String>,
    },
    /// A package whose own lockfile can't be mended.
    #[error(
        "the `Cargo.lock` in the package of `{name}` {version} needs {}, which are not copied",
        list(missing)
    )]
    LockInPackage {
        /// The crate.
        name: PackageName,
        /// Its version.
        version: semver::Version,
        /// `NAME VERSION`.
        missing: Vec<String>,
    },
    /// A published version that does not appear in the index.
    #[error(
        "`{name}` {version} was published, and is not in the index of {url} after {seconds} seconds"
    )]
    NotVisible {
        /// The crate.
        name: PackageName,
        /// Its version.
        version: semver::Version,
        /// The URL of the index.
        url: String,
        /// How long it was waited for.
        seconds: u32,
    },
    /// Versions that the new registry does not yank.
    #[error("all is copied but for the yank of `{}`", versions.join("`, `"))]
    NotYanked {
        /// `NAME VERSION`.
        versions: Vec<String>,
        /// What it said of the last one.
        source: ClientError,
    },
    /// Packages that are locked and that the new registry does not have.
    #[error(
        "{url} does not have {}, which {repository} is locked to",
        list(missing)
    )]
    Missing {
        /// The URL of the index.
        url: String,
        /// The repository.
        repository: Utf8PathBuf,
        /// `NAME VERSION`.
        missing: Vec<String>,
    },
    /// Cargo refuses two names for one index.
    #[error(
        "in {repository}, {} would both be at {index}, which cargo refuses",
        list(names)
    )]
    Twice {
        /// The repository.
        repository: Utf8PathBuf,
        /// The URL.
        index: String,
        /// The names.
        names: Vec<String>,
    },
    /// Files to be changed that have changes already.
    #[error("{repository} has uncommitted changes in {}", files.iter().map(|f| format!("`{f}`")).collect::<Vec<_>>().join(", "))]
    Uncommitted {
        /// The repository.
        repository: Utf8PathBuf,
        /// The files.
        files: Vec<Utf8PathBuf>,
    },
    /// Lock files that cargo does not accept when they are mended. Nothing was changed.
    #[error("cargo does not accept what {repository} would be; nothing was changed")]
    Proof {
        /// The repository.
        repository: Utf8PathBuf,
        /// What cargo said.
        source: CargoError,
    },
    /// A mended lock file from which cargo still takes packages from the old place.
    #[error(
        "cargo would still take {} from {from} in {repository}; nothing was changed",
        list(packages)
    )]
    StillThere {
        /// The repository.
        repository: Utf8PathBuf,
        /// The old URL.
        from: String,
        /// `NAME VERSION`.
        packages: Vec<String>,
    },
    /// Asking cargo, or reading its configuration.
    #[error(transparent)]
    Cargo(#[from] CargoError),
    /// Asking a registry.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// Finding a registry.
    #[error(transparent)]
    Endpoint(#[from] EndpointError),
    /// Data of a registry.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// Editing a file of cargo's.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// Asking git.
    #[error(transparent)]
    Git(#[from] GitError),
    /// The journal.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// A file operation.
    #[error(transparent)]
    Sys(#[from] SysError),
}

impl MigrateError {
    /// The way out, for a `help:` line.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Same { .. } => Some("`cargo quarry registry doctor` shows where they are".to_owned()),
            Self::Different { .. } => Some(
                "a version never changes: copy to a registry where these are free, or leave these \
                 crates out by naming the others"
                    .to_owned(),
            ),
            Self::LockInPackage { .. } | Self::Missing { .. } => {
                Some("`cargo quarry registry copy` brings them there".to_owned())
            }
            Self::NotVisible { .. } => {
                Some("run it again later: it goes on where it was".to_owned())
            }
            Self::NotYanked { .. } => Some(
                "they can be resolved there: yank them in the registry itself, or warn their users"
                    .to_owned(),
            ),
            Self::Twice { .. } => Some(
                "configure the new one in a folder that is not above the repository, and run this \
                 from there"
                    .to_owned(),
            ),
            Self::Uncommitted { .. } => Some("commit or stash them first".to_owned()),
            Self::Proof { .. } => Some(
                "does it build as it is? `cargo quarry registry doctor` looks into the configuration"
                    .to_owned(),
            ),
            Self::StillThere { .. } => {
                Some("a manifest or a configuration outside of the repository names it".to_owned())
            }
            Self::Unknown { .. } => None,
            Self::Cargo(error) => error.help(),
            Self::Client(error) => error.help(),
            Self::Endpoint(error) => error.help(),
            Self::Registry(error) => error.help(),
            Self::Manifest(error) => error.help(),
            Self::Git(error) => error.help(),
            Self::Plan(error) => error.help(),
            Self::Sys(error) => error.help(),
        }
    }
}

fn list(things: &[String]) -> String {
    let things: Vec<String> = things.iter().map(|thing| format!("`{thing}`")).collect();
    things.join(", ")
}
