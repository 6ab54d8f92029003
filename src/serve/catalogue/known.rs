//! What is kept in memory of each crate, so that a search and the dependents of a crate need not
//! read every index file.

use crate::registry::{IndexEntry, Metadata, PackageName};
use crate::serve::storage::Storage;

use super::metadata_key;

/// A crate by the version that a newcomer would be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Known {
    pub(super) name: PackageName,
    pub(super) latest: IndexEntry,
    pub(super) description: Option<String>,
}

impl Known {
    /// What is to be known of the crate with these versions; nothing of none.
    pub(super) fn load(storage: &dyn Storage, entries: &[IndexEntry]) -> Option<Self> {
        let latest = latest(entries)?.clone();
        let metadata = storage.read(&metadata_key(&latest.name, &latest.vers));
        let metadata = metadata.unwrap_or_else(|error| {
            tracing::error!(%error, "cannot read what a crate's publisher said of it");
            None
        });
        let metadata = metadata.and_then(|bytes| serde_json::from_slice::<Metadata>(&bytes).ok());
        Some(Self {
            name: latest.name.clone(),
            description: metadata.and_then(|metadata| metadata.description),
            latest,
        })
    }
}

/// What a newcomer would be shown: the highest that is neither yanked nor a pre-release, if any.
pub(super) fn latest(entries: &[IndexEntry]) -> Option<&IndexEntry> {
    entries
        .iter()
        .max_by_key(|entry| (!entry.yanked, entry.vers.pre.is_empty(), &entry.vers))
}
