//! Plans and their steps.

use camino::Utf8PathBuf;
use serde::{Deserialize, Serialize};

use crate::model::{CommitId, Digest};

/// How far a step reaches. The order is the order in which steps run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Reach {
    /// A scratch folder, a new folder, a branch: undone by deleting it.
    Local,
    /// A push, a pull request: others see it.
    Remote,
    /// A published version, a pushed tag: it can't be taken back.
    Permanent,
}

/// Something to do. Doing it twice must be the same as doing it once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step<A> {
    /// Unique in its plan, stable between runs: the journal's key.
    pub name: String,
    /// How far it reaches.
    pub reach: Reach,
    /// One line for people, an imperative.
    pub title: String,
    /// What the capability does.
    pub action: A,
}

/// What must be so when a plan is applied; else the plan is stale.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Precondition {
    /// The repository's HEAD is this commit.
    Head {
        /// The repository's root.
        repository: Utf8PathBuf,
        /// The commit.
        commit: CommitId,
    },
    /// A reference has this value; none: it does not exist.
    Reference {
        /// The repository's root.
        repository: Utf8PathBuf,
        /// Its full name.
        name: String,
        /// Its value.
        commit: Option<CommitId>,
    },
    /// A file has this content.
    File {
        /// The file.
        path: Utf8PathBuf,
        /// Its digest.
        digest: Digest,
    },
    /// A folder is not there, or is empty.
    Vacant {
        /// The folder.
        path: Utf8PathBuf,
    },
}

/// What a command will do, as data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan<A> {
    /// The format of this data; 1.
    pub version: u32,
    /// What it is for, one line: `extract crate::util::retry as acme-retry`.
    pub subject: String,
    /// What must be so when it starts.
    pub preconditions: Vec<Precondition>,
    /// In the order in which they run: by reach, then as given.
    pub steps: Vec<Step<A>>,
}

impl<A> Plan<A> {
    /// A plan with its steps put in order.
    pub fn new(subject: String, preconditions: Vec<Precondition>, mut steps: Vec<Step<A>>) -> Self {
        steps.sort_by_key(|step| step.reach);
        Self {
            version: 1,
            subject,
            preconditions,
            steps,
        }
    }

    /// Is there nothing to do?
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }
}
