//! What a repository's files are made from.

use camino::Utf8PathBuf;
use semver::Version;
use serde::{Deserialize, Serialize};

use crate::model::{CrateName, RegistryName};

/// What the files of a repository are made from; kept in the repository, for the next time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Inputs {
    /// The bounded context whose crates the repository has; none for one library by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context: Option<CrateName>,
    /// The registry that the crates are published to.
    pub registry: RegistryName,
    /// The URL of its index, for `.cargo/config.toml`; none if that is configured elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub index: Option<String>,
    /// The branch that releases are made from.
    pub branch: String,
    /// Its licence, as an SPDX expression; none reserves all rights.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub license: Option<String>,
    /// The URL of the repository, if it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repository: Option<String>,
    /// The lowest Rust version that the crates build with, if that is stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rust_version: Option<String>,
    /// Do the crates build with all features at once?
    pub all_features: bool,
    /// The crates, sorted by name; one, unless there is a context.
    pub crates: Vec<CrateInputs>,
}

/// What the files of one crate are made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct CrateInputs {
    /// Its name.
    pub name: CrateName,
    /// Its first version.
    pub version: Version,
    /// One line on what it is.
    pub description: String,
    /// The day on which it was made, `YYYY-MM-DD`.
    pub date: String,
    /// Is its first version published as it is made? Then the changelog has it under its number.
    pub released: bool,
    /// Where its code comes from; none for a new crate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
}

/// Where a library's code comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// The repository, by name or URL.
    pub repository: String,
    /// What was taken, such as `crate::util::retry`.
    pub modules: Vec<String>,
    /// The package it was in.
    pub package: String,
    /// The commit it was taken from.
    pub commit: String,
}

impl Inputs {
    /// The folder of a crate in the repository: its top, or `crates/NAME` in a context.
    pub fn folder(&self, krate: &CrateName) -> Utf8PathBuf {
        match &self.context {
            Some(_) => Utf8PathBuf::from("crates").join(krate.as_str()),
            None => Utf8PathBuf::new(),
        }
    }
}
