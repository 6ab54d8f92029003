//! A change of a public API, and what it asks of the next version.

use serde::{Deserialize, Serialize};

use super::{Bump, Place};

/// One difference between the public APIs of two versions of a library.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Change {
    /// The least that the next version must move.
    pub bump: Bump,
    /// Stable, kebab-case: `parameter-type-changed`, `item-removed`; a lint of
    /// cargo-semver-checks keeps its name.
    pub code: String,
    /// The path of the item as a user writes it: `acme_retry::Policy::new`.
    pub item: String,
    /// One line that names what changed.
    pub message: String,
    /// Where the item stood, below the root of the old package. `None` for what was added.
    pub before: Option<Place>,
    /// Where it stands, below the root of the new package. `None` for what is gone.
    pub after: Option<Place>,
}
