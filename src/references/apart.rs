//! Packages that cargo builds apart from what it knows of them.
//!
//! A test, a benchmark or an example that does not compile is checked once more without the marks
//! of its package, to tell the project's errors from those that marks make. Were that done in
//! place, the package and all that depend on it would have to be checked anew in each map. So
//! the package gets another profile, by which cargo tells what it builds from what it has built
//! (`cargo check` has no use for the setting), and only the failed targets are asked for.

use std::collections::BTreeSet;

use super::NamedTree;
use super::check::{CompileError, Outcome};
use crate::model::package_of_id;

/// Nobody sets that.
const CODEGEN_UNITS: u32 = 1021;

/// What is built apart.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Apart {
    /// The names of the packages.
    packages: BTreeSet<String>,
    /// Cargo's arguments for the targets.
    pub(super) targets: Vec<String>,
}

/// Targets that a map can do without.
pub(super) fn is_part(kind: &str) -> bool {
    matches!(kind, "test" | "bench" | "example")
}

impl Apart {
    /// What it takes to check the targets that failed. None if more than that would see the files
    /// without marks that is not built apart: they would not be told that the marks are back.
    pub(super) fn of(
        trees: &[NamedTree],
        failed: &[&CompileError],
        outcome: &Outcome,
    ) -> Option<Self> {
        let names = failed.iter().map(|error| package_of_id(&error.package).0);
        let packages: BTreeSet<String> = names.map(ToOwned::to_owned).collect();
        let is_marked = |name: &String| trees.iter().any(|named| named.package == *name);
        let is_whole = |error: &&CompileError| !is_part(&error.kind);
        if failed.is_empty() || failed.iter().any(is_whole) || !packages.iter().all(is_marked) {
            return None;
        }
        let (inside, outside): (Vec<_>, Vec<_>) = trees
            .iter()
            .partition(|named| packages.contains(&named.package));
        let files = inside.iter().flat_map(|named| named.tree.files.keys());
        let is_shared = |file| {
            outside
                .iter()
                .any(|named| named.tree.files.contains_key(file))
        };
        let targets: BTreeSet<(&str, &str)> = failed
            .iter()
            .map(|error| (error.kind.as_str(), error.target.as_str()))
            .collect();
        // Cargo takes a target's name in each package.
        let checked = outcome.checked.iter();
        let checked = checked.map(|unit| (&unit.package, &unit.kind, &unit.target));
        let errors = outcome.errors.iter();
        let errors = errors.map(|error| (&error.package, &error.kind, &error.target));
        let has_namesake = checked.chain(errors).any(|(package, kind, target)| {
            targets.contains(&(kind.as_str(), target.as_str()))
                && !packages.contains(package_of_id(package).0)
        });
        if has_namesake || files.into_iter().any(is_shared) {
            return None;
        }
        let targets = targets
            .into_iter()
            .flat_map(|(kind, name)| [format!("--{kind}"), name.to_owned()]);
        Some(Self {
            targets: targets.collect(),
            packages,
        })
    }

    /// Cargo's arguments that set the packages apart.
    pub(super) fn args(&self) -> Vec<String> {
        let packages = self.packages.iter();
        let settings = packages.map(|name| {
            format!("--config=profile.dev.package.\"{name}\".codegen-units={CODEGEN_UNITS}")
        });
        settings.collect()
    }
}
