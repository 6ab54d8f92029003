//! What keeps a service from being read.

use camino::Utf8PathBuf;
use semver::Version;

use crate::cargo::CargoError;
use crate::endpoint::EndpointError;
use crate::git::GitError;
use crate::manifest::ManifestError;
use crate::model::Place;
use crate::sys::SysError;

/// A service that cannot be read, or a registry of its that cannot be asked.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// No manifest at or above the folder.
    #[error("there is no Cargo.toml in `{dir}` or above it")]
    NoManifest {
        /// The folder.
        dir: Utf8PathBuf,
    },
    /// Nothing is pinned.
    #[error("there is no Cargo.lock in `{root}`")]
    NoLockfile {
        /// The workspace's root.
        root: Utf8PathBuf,
    },
    /// The manifests ask for something else than is pinned.
    #[error("`{path}` does not fit the manifests")]
    StaleLockfile {
        /// The lockfile.
        path: Utf8PathBuf,
    },
    /// A lockfile that names no version where it must.
    #[error("`{path}` pins `{name}` to `{version}`, which is no version")]
    Version {
        /// The lockfile.
        path: Utf8PathBuf,
        /// The package.
        name: String,
        /// What it says.
        version: String,
    },
    /// It uses no private crate.
    #[error("nothing that `{root}` depends on is from a private registry")]
    NoPrivate {
        /// The workspace's root.
        root: Utf8PathBuf,
    },
    /// It does not use that crate.
    #[error("`{name}` is not among the private crates that Cargo.lock pins")]
    NotPinned {
        /// The crate.
        name: String,
        /// Those that are.
        known: Vec<String>,
    },
    /// A registry that cargo has under no such name: it reads the manifest no further.
    #[error("{} names the registry `{name}`, which cargo's configuration does not have", manifest.as_ref().map_or_else(|| "a manifest".to_owned(), |path| format!("`{path}`")))]
    NotConfigured {
        /// The name.
        name: String,
        /// The manifest, if cargo tells which.
        manifest: Option<Utf8PathBuf>,
    },
    /// A requirement that would have to change, and no rule says how.
    #[error("{place}: `{requirement}` does not allow {name} {to}")]
    Requirement {
        /// The crate.
        name: String,
        /// The requirement as written.
        requirement: String,
        /// Where.
        place: Place,
        /// The version that it should allow.
        to: Version,
    },
    /// The workspace is not in the folder that is to be copied.
    #[error("the workspace `{workspace}` is not below `{top}`")]
    Outside {
        /// The workspace's root.
        workspace: Utf8PathBuf,
        /// The folder.
        top: Utf8PathBuf,
    },
    /// A commit that has no such workspace.
    #[error("commit {commit} has no `{manifest}`")]
    NotInCommit {
        /// The commit, in short.
        commit: String,
        /// The workspace's manifest, relative to the repository.
        manifest: Utf8PathBuf,
    },
    /// Far too many copies at once.
    #[error("there is no place for one more copy of `{top}`")]
    NoPlace {
        /// The repository.
        top: Utf8PathBuf,
    },
    /// A registry that cannot be asked.
    #[error("cannot ask the registry `{registry}`")]
    Registry {
        /// Its name, or the URL of its index where it has none.
        registry: String,
        /// Why.
        source: Box<EndpointError>,
    },
    /// Cargo.
    #[error(transparent)]
    Cargo(#[from] CargoError),
    /// The git repository.
    #[error(transparent)]
    Git(#[from] GitError),
    /// A manifest or the lockfile.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// A file.
    #[error(transparent)]
    Sys(#[from] SysError),
}

impl ServiceError {
    /// The way out, for a `help:` line.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::NoManifest { .. } => Some("run it in a service's repository".to_owned()),
            Self::NoLockfile { .. } => Some(
                "`cargo generate-lockfile` makes it; a service commits it, so that all builds are of the same versions"
                    .to_owned(),
            ),
            Self::StaleLockfile { .. } => {
                Some("`cargo update --workspace` mends it; commit it".to_owned())
            }
            Self::NoPrivate { .. } => Some(
                "a private crate's dependency names its registry: `cargo add --registry NAME CRATE`"
                    .to_owned(),
            ),
            Self::NotPinned { known, .. } if known.is_empty() => None,
            Self::NotPinned { known, .. } => Some(format!("those are `{}`", known.join("`, `"))),
            Self::NotConfigured { name, .. } => Some(format!(
                "`cargo quarry registry add {name} --kind … URL` adds it"
            )),
            Self::Requirement { to, .. } => Some(format!(
                "write it so that it allows {to}; requirements such as `=1.2.3`, `1.2` and `~1.2` are \
                 rewritten, others are yours"
            )),
            Self::Registry { source, .. } => source.help(),
            Self::Cargo(error) => error.help(),
            Self::Git(error) => error.help(),
            Self::Manifest(error) => error.help(),
            Self::Sys(error) => error.help(),
            Self::NoPlace { .. } => {
                Some("remove the folders `.quarry-…` beside it that are no copies".to_owned())
            }
            Self::Version { .. } | Self::Outside { .. } | Self::NotInCommit { .. } => None,
        }
    }
}
