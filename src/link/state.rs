//! What is linked, and what was there before: a file in git's own folder, so that it is neither
//! committed nor cleaned away.

use camino::{Utf8Path, Utf8PathBuf};
use semver::Version;
use serde::{Deserialize, Serialize};

use super::LinkError;
use super::graph::Uses;
use super::local::Local;
use crate::sys::{durable, fs};

/// All links of a worktree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct State {
    /// Of this form.
    pub(super) version: u32,
    /// Cargo's configuration, which has the links.
    pub(super) config: Utf8PathBuf,
    /// Its text before the first link; none if there was no such file.
    pub(super) before: Option<String>,
    /// Its text with all the links.
    pub(super) after: String,
    /// The file that lists what git ignores, and the lines that were added to it.
    pub(super) ignored: Option<Ignored>,
    /// The hook; none if there is no place for one.
    pub(super) hook: Option<Utf8PathBuf>,
    pub(super) links: Vec<StoredLink>,
}

/// A link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct StoredLink {
    #[serde(rename = "crate")]
    pub(super) krate: String,
    pub(super) dir: Utf8PathBuf,
    /// The version that is pinned, in whose place the folder is built.
    pub(super) instead_of: Version,
    /// Is it about to be made, or to go? A run that ended like that is undone by the next.
    pub(super) unsettled: bool,
}

/// Lines that were added to a list of what git ignores.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Ignored {
    pub(super) file: Utf8PathBuf,
    pub(super) before: Option<String>,
    pub(super) after: String,
}

impl State {
    pub(super) const FILE: &str = "quarry/link.json";

    pub(super) fn load(path: &Utf8Path) -> Result<Option<Self>, LinkError> {
        let Some(text) = fs::read_text_if_exists(path)? else {
            return Ok(None);
        };
        let state = serde_json::from_str(&text);
        state.map(Some).map_err(|source| LinkError::State {
            path: path.to_owned(),
            source,
        })
    }

    /// On the disk when this returns.
    pub(super) fn save(&self, path: &Utf8Path) -> Result<(), LinkError> {
        let text = serde_json::to_string_pretty(self).map_err(|source| LinkError::State {
            path: path.to_owned(),
            source,
        })?;
        Ok(durable::write(path, text + "\n")?)
    }

    pub(super) fn dirs(&self) -> Vec<Utf8PathBuf> {
        self.links.iter().map(|link| link.dir.clone()).collect()
    }

    pub(super) fn names(&self) -> Vec<String> {
        self.links.iter().map(|link| link.krate.clone()).collect()
    }
}

impl StoredLink {
    pub(super) fn new(local: &Local, instead_of: &Uses) -> Self {
        Self {
            krate: local.name.clone(),
            dir: local.dir.clone(),
            instead_of: instead_of.version.clone(),
            unsettled: true,
        }
    }
}
