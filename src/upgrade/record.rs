//! What a run has made, kept in git's own folder: the next one goes on from it, and knows that the
//! branch is ours.

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};

use super::UpgradeError;
use crate::forge::Pulled;
use crate::git;
use crate::model::CommitId;
use crate::plan::PlanError;
use crate::sys::{self, durable};

/// An upgrade on its branch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Landed {
    /// The format of this data; 1.
    pub(super) version: u32,
    /// The branch.
    pub branch: String,
    /// The commit that it was made on.
    pub base: CommitId,
    /// The commit that it is at.
    pub commit: CommitId,
    /// What moved: `acme-retry 1.2.0 -> 2.0.0`.
    pub moves: Vec<String>,
    /// Does the service build with it, and pass its tests as before?
    pub builds: bool,
    /// The commit's subject, and the title of the pull request.
    pub title: String,
    /// The text of the pull request.
    pub text: String,
    /// The commit that is pushed.
    pub pushed: Option<CommitId>,
    /// Its pull request.
    pub pull_request: Option<Pulled>,
}

/// Where the records of a repository are.
pub(super) fn place(top: &Utf8Path) -> Result<Utf8PathBuf, UpgradeError> {
    Ok(git::common_dir(top)?.join("quarry").join("upgrade"))
}

impl Landed {
    fn path(place: &Utf8Path, branch: &str) -> Utf8PathBuf {
        place.join(format!("{}.json", branch.replace('/', "-")))
    }

    /// What was made on a branch; none if nothing was.
    pub(super) fn load(place: &Utf8Path, branch: &str) -> Result<Option<Self>, UpgradeError> {
        let path = Self::path(place, branch);
        let Some(text) = sys::fs::read_text_if_exists(&path)? else {
            return Ok(None);
        };
        let read = serde_json::from_str(&text);
        let read = read.map_err(|source| PlanError::Journal { path, source })?;
        Ok(Some(read))
    }

    /// Writes it, so that it outlives a power cut.
    pub(super) fn save(&self, place: &Utf8Path) -> Result<(), UpgradeError> {
        let text = serde_json::to_string_pretty(self).expect("strings and numbers serialise");
        Ok(durable::write(
            &Self::path(place, &self.branch),
            text + "\n",
        )?)
    }
}
