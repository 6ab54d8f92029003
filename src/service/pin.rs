//! Pins: which version of a private crate a repository is built with, and who asks for it.

use camino::Utf8PathBuf;
use semver::Version;
use serde::{Deserialize, Serialize};

use crate::model::{Digest, Place, RegistryName};

/// A private crate at the version that `Cargo.lock` has it at.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Pin {
    /// The package.
    pub name: String,
    /// Its version.
    pub version: Version,
    /// The URL of its registry's index, as cargo's configuration has it: `sparse+https://…/`.
    pub index: String,
    /// The registry's name in cargo's configuration; none if it has none there.
    pub registry: Option<RegistryName>,
    /// The SHA-256 of its `.crate`, as `Cargo.lock` has it.
    pub checksum: Option<Digest>,
    /// Where the repository's own packages ask for it; nowhere if only other crates need it.
    pub uses: Vec<PinUse>,
    /// The private crates among the repository's dependencies that ask for it: `name version`.
    pub through: Vec<String>,
}

impl Pin {
    /// Do the repository's own packages ask for it?
    pub fn is_direct(&self) -> bool {
        !self.uses.is_empty()
    }

    /// Its registry as people know it: by its name, or by the URL of its index.
    pub fn registry_label(&self) -> &str {
        match &self.registry {
            Some(name) => name.as_str(),
            None => &self.index,
        }
    }
}

/// A package of the repository that asks for a crate.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PinUse {
    /// The package.
    pub member: String,
    /// Its key in the package's dependency table.
    pub key: String,
    /// `normal`, `dev` or `build`.
    pub kind: String,
    /// The manifest that states the requirement, relative to the repository's root: the
    /// workspace's where it is inherited from there.
    pub manifest: Utf8PathBuf,
    /// Is it inherited from the workspace?
    pub inherited: bool,
    /// The requirement as written: `1.2`, `=1.2.3`.
    pub requirement: String,
    /// How it pins.
    pub style: PinStyle,
    /// The place of the requirement.
    pub place: Place,
}

/// How a requirement pins (the cargo book, "Version requirement syntax").
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PinStyle {
    /// `=1.2.3`: that version.
    Exact,
    /// `1.2.3` or `^1.2.3`: all compatible ones.
    Caret,
    /// `~1.2.3`.
    Tilde,
    /// Anything else: `>=1, <3`, `*`, `1.*`.
    Other,
}
