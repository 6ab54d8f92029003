//! What keeps a local copy from being used.

use camino::Utf8PathBuf;
use semver::Version;

use super::graph::Uses;
use crate::cargo::CargoError;
use crate::git::GitError;
use crate::manifest::ManifestError;
use crate::sys::SysError;

/// A link that cannot be made or ended. Nothing has changed, unless it says so.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// No workspace here.
    #[error("there is no `Cargo.toml` in `{dir}` or above it")]
    NoManifest {
        /// Where it was looked for.
        dir: Utf8PathBuf,
    },
    /// The folder that is to be linked holds no library.
    #[error("`{dir}` holds no library")]
    NoLibrary {
        /// The folder.
        dir: Utf8PathBuf,
    },
    /// The folder that is to be linked is the workspace's own.
    #[error("`{name}` is a package of this workspace: cargo builds it from its folder already")]
    Member {
        /// The package.
        name: String,
    },
    /// Cargo cannot resolve the service as it is.
    #[error("cargo cannot resolve this workspace without the local copy: {said}")]
    Unresolved {
        /// What cargo said.
        said: String,
    },
    /// Nothing uses the crate.
    #[error("nothing here uses {}", quoted(names))]
    NotUsed {
        /// The packages of the folder.
        names: Vec<String>,
        /// The crates from private registries that are used.
        private: Vec<String>,
    },
    /// The crate is there in several versions, or from several registries.
    #[error(
        "`{name}` is used in several versions, and a local copy would replace each: {}",
        each(uses)
    )]
    Several {
        /// The crate.
        name: String,
        /// Each of them.
        uses: Vec<Uses>,
    },
    /// Cargo refuses the local copy.
    #[error("cargo cannot use `{name}` {version} from `{dir}`: {said}; nothing has changed")]
    Refused {
        /// The crate.
        name: String,
        /// The version of the local copy.
        version: Version,
        /// The folder.
        dir: Utf8PathBuf,
        /// What cargo said.
        said: String,
    },
    /// Cargo took something else than the local copy.
    #[error("cargo does not use `{name}` from `{dir}` but {found}; nothing has changed")]
    Elsewhere {
        /// The crate.
        name: String,
        /// The folder.
        dir: Utf8PathBuf,
        /// What cargo uses, and who asks for it.
        found: String,
    },
    /// The crate is linked to another folder.
    #[error("`{name}` is linked to `{dir}` already")]
    LinkedElsewhere {
        /// The crate.
        name: String,
        /// That folder.
        dir: Utf8PathBuf,
    },
    /// Nothing of that name is linked.
    #[error("`{name}` is not linked")]
    NotLinked {
        /// The name.
        name: String,
        /// The crates that are.
        linked: Vec<String>,
    },
    /// Nothing is linked.
    #[error("nothing is linked in `{dir}`")]
    NothingLinked {
        /// The workspace.
        dir: Utf8PathBuf,
    },
    /// Another run is under way.
    #[error("another `cargo quarry link` or `unlink` is at work in `{dir}`")]
    Busy {
        /// The workspace.
        dir: Utf8PathBuf,
    },
    /// What an earlier run wrote cannot be understood.
    #[error("cannot read what is linked from `{path}`")]
    State {
        /// The file.
        path: Utf8PathBuf,
        /// What is wrong.
        source: serde_json::Error,
    },
    /// Cargo cannot be asked.
    #[error(transparent)]
    Cargo(#[from] CargoError),
    /// Git cannot be asked.
    #[error(transparent)]
    Git(#[from] GitError),
    /// A configuration cannot be edited.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// The system.
    #[error(transparent)]
    Sys(#[from] SysError),
}

impl LinkError {
    /// The way out, for a `help:` line.
    pub fn help(&self) -> Option<String> {
        let help = match self {
            Self::NoManifest { .. } => "run it in the repository of a service",
            Self::NoLibrary { .. } => {
                "give the folder of a package with a library, or of its workspace"
            }
            Self::Member { .. } => return None,
            Self::Unresolved { .. } => {
                "ask only for versions and features that are released; the local copy then stands \
                 for them, whatever its own version is"
            }
            Self::NotUsed { private, .. } if private.is_empty() => {
                "nothing here comes from a private registry; `cargo add --registry NAME CRATE` adds a crate"
            }
            Self::NotUsed { private, .. } => {
                return Some(format!(
                    "from private registries it uses {}",
                    private.join(", ")
                ));
            }
            Self::Several { name, .. } => {
                return Some(format!(
                    "bring `{name}` to one version first: `cargo tree --invert {name}` shows who asks for each"
                ));
            }
            Self::Refused { .. } => {
                "the local copy needs the features that are asked for, and dependencies from \
                 registries that this workspace knows by the same names"
            }
            Self::Elsewhere { .. } => {
                "another override or `[patch]` in cargo's configuration stands in its way; \
                 `cargo quarry link -v` shows what is run"
            }
            Self::LinkedElsewhere { name, .. } => {
                return Some(format!("`cargo quarry unlink {name}` first"));
            }
            Self::NotLinked { linked, .. } => {
                return Some(format!("linked are {}", linked.join(", ")));
            }
            Self::NothingLinked { .. } => "`cargo quarry link FOLDER` links a local copy",
            Self::Busy { .. } => "wait for it to end",
            Self::State { path, .. } => {
                return Some(format!(
                    "take the lines of `cargo quarry link` out of cargo's configuration, and remove `{path}`"
                ));
            }
            Self::Cargo(error) => return error.help(),
            Self::Git(error) => return error.help(),
            Self::Manifest(error) => return error.help(),
            Self::Sys(error) => return error.help(),
        };
        Some(help.to_owned())
    }
}

fn quoted(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(" or ")
}

fn each(uses: &[Uses]) -> String {
    let each: Vec<String> = uses.iter().map(Uses::to_string).collect();
    each.join("; ")
}
