//! What is known already of the changes of contents: two contents differ for ever as they do.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::face::FaceChange;
use crate::git::BlobId;

/// Counts what changes how a face is read.
const FORMAT: u32 = 1;
/// If there are more, those that nobody asked for are forgotten.
const MOST: usize = 200_000;

/// How the public faces of contents differ, for the next history to know it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KnownFaces {
    /// By both contents.
    changes: BTreeMap<String, FaceChange>,
    /// Those that were asked for.
    used: BTreeSet<String>,
    has_grown: bool,
}

#[derive(Deserialize)]
struct Kept {
    maker: String,
    changes: BTreeMap<String, FaceChange>,
}

#[derive(Serialize)]
struct Keep<'a> {
    maker: String,
    changes: BTreeMap<&'a String, &'a FaceChange>,
}

impl KnownFaces {
    /// Reads what [`KnownFaces::text`] wrote; nothing is known from what another version of this
    /// program wrote.
    pub fn read(text: &str) -> Self {
        let kept: Option<Kept> = serde_json::from_str(text).ok();
        let kept = kept.filter(|kept| kept.maker == maker());
        Self {
            changes: kept.map(|kept| kept.changes).unwrap_or_default(),
            ..Self::default()
        }
    }

    /// All of it, to be kept.
    pub fn text(&self) -> String {
        let few = self.changes.len() <= MOST;
        let changes = self.changes.iter();
        let keep = Keep {
            maker: maker(),
            changes: changes
                .filter(|(key, _)| few || self.used.contains(*key))
                .collect(),
        };
        serde_json::to_string(&keep).expect("a map of texts is JSON")
    }

    /// Is there more than was read?
    pub fn has_grown(&self) -> bool {
        self.has_grown
    }

    pub(super) fn find(&mut self, key: &str) -> Option<FaceChange> {
        let change = self.changes.get(key)?.clone();
        self.used.insert(key.to_owned());
        Some(change)
    }

    pub(super) fn add(&mut self, key: String, change: FaceChange) {
        self.has_grown = true;
        self.used.insert(key.clone());
        self.changes.insert(key, change);
    }
}

/// What a change from one content to another is known by; none for a file that is not there.
pub(super) fn key(before: Option<BlobId>, after: Option<BlobId>) -> String {
    let name = |blob: Option<BlobId>| blob.map(|blob| blob.to_string()).unwrap_or_default();
    format!("{}-{}", name(before), name(after))
}

fn maker() -> String {
    format!("{} {FORMAT}", env!("CARGO_PKG_VERSION"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cochange::compare_faces;

    #[test]
    fn what_is_known_is_read_back() {
        let blob = BlobId::made_up;
        let texts = ["pub fn f() {}", "pub fn g(a: u8) { }", "fn f(", "fn f() {}"];
        let mut known = KnownFaces::default();
        for (nth, before) in (1..).zip(texts) {
            let change = compare_faces(Some(before), Some(texts[0]));
            known.add(key(Some(blob(nth)), Some(blob(1))), change);
        }
        known.add(
            key(None, Some(blob(1))),
            compare_faces(None, Some(texts[0])),
        );
        let mut again = KnownFaces::read(&known.text());
        assert_eq!(again.changes, known.changes);
        assert!(!again.has_grown());
        assert_eq!(again.find(&key(Some(blob(1)), Some(blob(2)))), None);
        let other = known.text().replace(&maker(), "0.0.0");
        assert_eq!(KnownFaces::read(&other), KnownFaces::default());
        assert_eq!(KnownFaces::read("{"), KnownFaces::default());
    }
}
