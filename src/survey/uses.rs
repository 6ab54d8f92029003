//! Who uses what, however it was found out.

use std::collections::BTreeMap;

use camino::Utf8Path;

use crate::model::Place;
use crate::references::{MarkedItem, NamedTree, ReferenceMap};

/// A use of an item of the workspace.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct RawUse {
    /// What is used.
    pub item: MarkedItem,
    /// Where: the first byte.
    pub start: usize,
    /// The same for people.
    pub place: Place,
}

/// The uses of a reference map.
pub(super) fn of_map(map: &ReferenceMap) -> Vec<RawUse> {
    let of_reference = |reference| RawUse {
        item: map.marked(reference),
        start: reference.span.start,
        place: reference.place.clone(),
    };
    map.references.iter().map(of_reference).collect()
}

/// The tree that a file belongs to; the first one, where several have it.
pub(super) fn trees_of_files(trees: &[NamedTree]) -> BTreeMap<&Utf8Path, usize> {
    let mut of_files = BTreeMap::new();
    for (at, named) in trees.iter().enumerate() {
        for file in named.tree.files.keys() {
            of_files.entry(file.as_path()).or_insert(at);
        }
    }
    of_files
}
