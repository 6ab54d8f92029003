//! What can go wrong while a release is prepared or made. What stands in its way is a finding.

use camino::Utf8PathBuf;

use crate::cargo::CargoError;
use crate::client::ClientError;
use crate::endpoint::EndpointError;
use crate::git::GitError;
use crate::manifest::ManifestError;
use crate::model::{Digest, RegistryName};
use crate::plan::PlanError;
use crate::registry::RegistryError;
use crate::sys::SysError;

/// A release that failed. The repository is as it was, unless the variant says otherwise.
#[derive(Debug, thiserror::Error)]
pub enum ReleaseError {
    /// Somebody else releases from the same clone.
    #[error("another release is under way in `{repository}`")]
    UnderWay {
        /// The repository.
        repository: Utf8PathBuf,
    },
    /// A name that no package has.
    #[error("`{name}` is no package of the workspace")]
    NoSuchCrate {
        /// The name.
        name: String,
        /// Those that there are.
        known: Vec<String>,
    },
    /// Several packages, and none named.
    #[error("the workspace has several packages")]
    WhichCrate {
        /// Their names.
        known: Vec<String>,
    },
    /// A file of settings that cannot be read.
    #[error("cannot read `{path}`")]
    Settings {
        /// The file.
        path: Utf8PathBuf,
        /// What the parser said.
        source: Box<toml_edit::de::Error>,
    },
    /// cargo-release said no.
    #[error("cargo-release failed for {name}; nothing was changed{}", said(output))]
    CargoRelease {
        /// The crate.
        name: String,
        /// What it and its hooks wrote.
        output: String,
    },
    /// cargo-release did something else than what was planned.
    #[error(
        "what cargo-release made for {name} is not what was planned: {what}; nothing was changed"
    )]
    Unexpected {
        /// The crate.
        name: String,
        /// The difference.
        what: String,
        /// What to do about it.
        help: Option<String>,
    },
    /// The push was refused, all of it.
    #[error("the push to `{remote}` failed; nothing was changed")]
    Push {
        /// The remote.
        remote: String,
        /// What git said.
        source: GitError,
    },
    /// Nobody knows whether the push arrived.
    #[error("the connection to `{remote}` broke during the push")]
    Lost {
        /// The remote.
        remote: String,
        /// What git said.
        source: GitError,
    },
    /// A release that was cut off is of a branch that is not checked out.
    #[error("a release of the branch `{branch}` was cut off, and another is checked out")]
    OtherBranch {
        /// The branch.
        branch: String,
    },
    /// Something moved between the checks and the end.
    #[error("the repository has changed since the checks; nothing was changed: {what}")]
    Overtaken {
        /// What moved.
        what: String,
    },
    /// The release is out, and the user's branch cannot follow.
    #[error("the release is pushed, but `{branch}` here cannot follow it")]
    Land {
        /// The branch.
        branch: String,
        /// What git said.
        source: GitError,
    },
    /// No tag at the commit that is checked out.
    #[error("the commit that is checked out in `{repository}` has no tag that names a version")]
    NoTag {
        /// The repository.
        repository: Utf8PathBuf,
    },
    /// Several.
    #[error("several tags could be meant: {}", found.join(", "))]
    WhichTag {
        /// Each with its crate.
        found: Vec<String>,
    },
    /// A tag that is of no crate.
    #[error("the tag `{tag}` names no version of a crate here")]
    TagOfNothing {
        /// The tag.
        tag: String,
    },
    /// A package with other files than cargo lists.
    #[error("cargo lists other files for {name} than are in its package: `{file}`")]
    PackageFiles {
        /// The crate.
        name: String,
        /// One of them.
        file: String,
    },
    /// What was published is not what was planned.
    #[error("`{registry}` has {name} with the checksum {there}, not with the planned {made}")]
    OtherBytes {
        /// The crate.
        name: String,
        /// The registry.
        registry: RegistryName,
        /// The planned checksum.
        made: Digest,
        /// That of the index.
        there: Digest,
    },
    /// The index does not show it.
    #[error("{name} is published, but the index of `{registry}` does not show it")]
    NotShown {
        /// The crate.
        name: String,
        /// The registry.
        registry: RegistryName,
    },
    /// A registry's data.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// Asking a registry.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// Finding a registry.
    #[error(transparent)]
    Endpoint(#[from] EndpointError),
    /// Cargo.
    #[error(transparent)]
    Cargo(#[from] CargoError),
    /// Git.
    #[error(transparent)]
    Git(#[from] GitError),
    /// A manifest.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// The journal.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// A file or a program.
    #[error(transparent)]
    Sys(#[from] SysError),
}

impl ReleaseError {
    /// The way out, for a `help:` line.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::UnderWay { .. } => Some("wait until it has ended".to_owned()),
            Self::NoSuchCrate { known, .. } => Some(format!("there are {}", known.join(", "))),
            Self::WhichCrate { known } => {
                Some(format!("name one or more with `-p`: {}", known.join(", ")))
            }
            Self::Unexpected { help, .. } => help.clone(),
            Self::CargoRelease { .. } => {
                Some("mend what it names, commit, and run it again".to_owned())
            }
            Self::Push { .. } => Some("see what the remote asks for, and run it again".to_owned()),
            Self::Lost { .. } => Some(
                "run it again when the remote is reached: it goes on from where this one got to"
                    .to_owned(),
            ),
            Self::OtherBranch { branch } => Some(format!(
                "`git switch {branch}`, and run it again: it goes on"
            )),
            Self::Overtaken { .. } => Some("run it again".to_owned()),
            Self::Land { branch, .. } => Some(format!(
                "see that nothing on `{branch}` is in the way, and run it again: it goes on from here"
            )),
            Self::NoTag { .. } => {
                Some("check out the tag; a release makes it: `cargo quarry release`".to_owned())
            }
            Self::WhichTag { .. } => Some("name it with `--tag`".to_owned()),
            Self::TagOfNothing { .. } => {
                Some("`tag-name` in release.toml says how tags are named".to_owned())
            }
            Self::OtherBytes { .. } => Some(
                "something changed while it was published; yank it, and release a later version"
                    .to_owned(),
            ),
            Self::NotShown { .. } => Some("run it again: it goes on waiting".to_owned()),
            Self::Settings { .. } | Self::PackageFiles { .. } => None,
            Self::Registry(error) => error.help(),
            Self::Client(error) => error.help(),
            Self::Endpoint(error) => error.help(),
            Self::Cargo(error) => error.help(),
            Self::Git(error) => error.help(),
            Self::Manifest(error) => error.help(),
            Self::Plan(error) => error.help(),
            Self::Sys(error) => error.help(),
        }
    }
}

fn said(output: &str) -> String {
    let text = output.trim();
    if text.is_empty() {
        return String::new();
    }
    format!("\n  {}", text.replace('\n', "\n  "))
}
