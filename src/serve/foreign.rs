//! Dependencies that come from other registries: whoever uses the crate needs those, too.

use crate::registry::{CRATES_IO_INDEX, CRATES_IO_SPARSE, IndexEntry};

/// What becomes of a version that depends on crates of other registries. crates.io is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum ForeignDependencies {
    /// It is published.
    Allow,
    /// It is published, and its publisher is told.
    #[default]
    Warn,
    /// It is refused.
    Deny,
}

/// A sentence on each dependency of a version that comes from another registry.
pub(super) fn foreign_dependencies(entry: &IndexEntry) -> Vec<String> {
    let foreign = entry.deps.iter().filter_map(|dependency| {
        let registry = dependency.registry.as_deref()?;
        let real = dependency.package.as_ref().unwrap_or(&dependency.name);
        let is_crates_io = [CRATES_IO_INDEX, CRATES_IO_SPARSE].contains(&registry);
        (!is_crates_io)
            .then(|| format!("its dependency `{real}` comes from another registry, `{registry}`"))
    });
    let mut sentences: Vec<String> = foreign.collect();
    sentences.sort();
    sentences.dedup();
    sentences
}
