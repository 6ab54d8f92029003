//! Builds the map: marks, checks, drops marks that break the build, checks again.

use std::collections::BTreeSet;

use camino::Utf8PathBuf;

use super::check::{CompileError, Outcome, package_name};
use super::copy::Copy;
use super::culprits::{accused, nearest};
use super::{
    Checked, FailedFeatures, FailedTarget, FeatureSet, MapRequest, NamedTree, ReferenceError,
    ReferenceMap, RootReference,
};
use crate::model::{Reference, Span};
use crate::syntax::{Item, ItemKind};

/// How often marks are dropped before the features are given up.
const ATTEMPTS: usize = 8;
/// How many errors are shown.
const SHOWN: usize = 5;

/// Marks the items of the request's trees in its scratch copy, checks it with cargo once for each
/// feature set, and reads who uses what from the compiler's warnings.
///
/// Cargo runs the repository's build scripts and procedural macros. `on_progress` gets the lines
/// that cargo writes.
pub fn build_map(
    request: &MapRequest<'_>,
    on_progress: &mut dyn FnMut(&str),
) -> Result<ReferenceMap, ReferenceError> {
    let mut copy = Copy::new(request)?;
    let mut map = ReferenceMap::default();
    let result = copy
        .mark()
        .and_then(|()| copy.build(&mut map, on_progress))
        .and_then(|()| copy.keep());
    // The caller goes on working with the copy, also after an error.
    copy.put_back()?;
    result?;
    map.unmarked = copy.unmarked();
    map.fresh = copy.fresh(&map.checked);
    map.items = copy.marks.items;
    map.index = copy.marks.index;
    Ok(map)
}

impl Copy<'_> {
    /// The files whose marks can be to blame: marks in a package break no other one. All, if
    /// what failed is not among the marked packages.
    fn accountable(&self, failed: &[CompileError]) -> BTreeSet<Utf8PathBuf> {
        let trees = self.request.trees;
        let of =
            |error: &CompileError, named: &NamedTree| named.package == package_name(&error.package);
        let known = |error: &CompileError| trees.iter().any(|named| of(error, named));
        let all = failed.is_empty() || !failed.iter().all(known);
        let blamed = |named: &&NamedTree| all || failed.iter().any(|error| of(error, named));
        let files = trees
            .iter()
            .filter(blamed)
            .flat_map(|named| named.tree.files.keys());
        files.cloned().collect()
    }

    fn build(
        &mut self,
        map: &mut ReferenceMap,
        on_progress: &mut dyn FnMut(&str),
    ) -> Result<(), ReferenceError> {
        for (nth, features) in self.request.feature_sets.iter().enumerate() {
            match self.build_with(features, map, on_progress) {
                Err(
                    ReferenceError::DoesNotBuild { errors, .. }
                    | ReferenceError::Marks { errors, .. },
                ) if nth > 0 => map.failed_features.push(FailedFeatures {
                    features: features.clone(),
                    errors,
                }),
                Err(ReferenceError::Cargo { stderr, .. }) if nth > 0 => {
                    map.failed_features.push(FailedFeatures {
                        features: features.clone(),
                        errors: vec![stderr],
                    });
                }
                result => result?,
            }
        }
        Ok(())
    }

    /// Checks with one feature set until what fails is not the marks' fault.
    fn build_with(
        &mut self,
        features: &FeatureSet,
        map: &mut ReferenceMap,
        on_progress: &mut dyn FnMut(&str),
    ) -> Result<(), ReferenceError> {
        let mut outcome = self.check(features, on_progress)?;
        while self.doubt_drops()? {
            outcome = self.check(features, on_progress)?;
        }
        let mut own_errors: Option<Vec<CompileError>> = None;
        for _ in 0..ATTEMPTS {
            if outcome.success {
                break;
            }
            let mut culprits = accused(&outcome.errors, &self.suspects());
            if culprits.is_empty() {
                let own = match &mut own_errors {
                    Some(own) => own,
                    None => own_errors.insert(self.own_errors(
                        &outcome.errors,
                        features,
                        on_progress,
                    )?),
                };
                let ours = without(&outcome.errors, own);
                if ours.is_empty() {
                    break;
                }
                culprits = nearest(ours, &self.suspects());
            }
            if culprits.is_empty() {
                break;
            }
            self.drop_marks(culprits)?;
            outcome = self.check(features, on_progress)?;
        }
        let own_errors = own_errors.unwrap_or_default();
        let ours = without(&outcome.errors, &own_errors);
        if !ours.is_empty() {
            return Err(ReferenceError::Marks {
                features: features.to_string(),
                errors: rendered(ours.iter().copied()),
            });
        }
        take_failed(map, &own_errors, features);
        map.checked.extend(outcome.checked);
        self.has_references = true;
        for (reference, name) in outcome.references {
            self.take_reference(map, reference, name);
        }
        Ok(())
    }

    /// Is it for this error that a library or program was not checked?
    fn keeps_from_checking(&self, error: &CompileError, outcome: &Outcome) -> bool {
        let checked = || outcome.checked.iter().filter(|unit| !unit.test);
        let trees = self.request.trees;
        let ours = |named: &NamedTree| named.package == package_name(&error.package);
        if trees.iter().any(ours) {
            // A library may well be checked though its unit tests do not build.
            let is_it = |unit: &Checked| {
                (&unit.package, &unit.target, &unit.kind)
                    == (&error.package, &error.target, &error.kind)
            };
            return !is_part(&error.kind) && !checked().any(is_it);
        }
        // A dependency: that of a test may be missed. A build script compiles without those of
        // the library.
        let is_whole = |unit: &Checked| !is_part(&unit.kind) && unit.kind != "custom-build";
        trees.iter().any(|named| {
            let of_package = |unit: &Checked| package_name(&unit.package) == named.package;
            !checked().any(|unit| of_package(unit) && is_whole(unit))
        })
    }

    fn take_reference(&self, map: &mut ReferenceMap, reference: Reference, name: String) {
        if let Some(tree) = self.marks.tree_of_root(reference.item) {
            // The root itself, as in `use super::*`.
            if name == "module ``" || name.starts_with("crate `") {
                return;
            }
            map.made_in_root.insert(RootReference {
                tree,
                name,
                span: reference.span,
                place: reference.place,
            });
            return;
        }
        let marked = self.marks.items[reference.item as usize];
        let item = self.request.trees[marked.tree].tree.item(marked.item);
        if is_definition(item, &reference.span) {
            return;
        }
        if is_inherited(item, &name) {
            map.inherited.insert(reference.clone(), name);
        }
        map.references.insert(reference);
    }

    /// The errors that the project has without marks. They are fatal if they keep a library or
    /// a program from being checked.
    fn own_errors(
        &mut self,
        failed: &[CompileError],
        features: &FeatureSet,
        on_progress: &mut dyn FnMut(&str),
    ) -> Result<Vec<CompileError>, ReferenceError> {
        self.unmark(&self.accountable(failed))?;
        let baseline = self.check(features, on_progress)?;
        self.mark()?;
        let fatal = |error: &&CompileError| self.keeps_from_checking(error, &baseline);
        let fatal = rendered(baseline.errors.iter().filter(fatal));
        if !fatal.is_empty() {
            return Err(ReferenceError::DoesNotBuild {
                features: features.to_string(),
                errors: fatal,
            });
        }
        if !baseline.success && baseline.errors.is_empty() {
            return Err(ReferenceError::Cargo {
                features: features.to_string(),
                stderr: last_lines(&baseline.stderr),
            });
        }
        Ok(baseline.errors)
    }
}

/// Targets that a map can do without.
fn is_part(kind: &str) -> bool {
    matches!(kind, "test" | "bench" | "example")
}

/// The errors that are not among the known ones.
fn without<'e>(errors: &'e [CompileError], known: &[CompileError]) -> Vec<&'e CompileError> {
    let same = |a: &CompileError, b: &CompileError| {
        (&a.package, &a.target, &a.kind, &a.message) == (&b.package, &b.target, &b.kind, &b.message)
    };
    let is_new = |error: &&CompileError| !known.iter().any(|known| same(known, error));
    errors.iter().filter(is_new).collect()
}

fn rendered<'e>(errors: impl Iterator<Item = &'e CompileError>) -> Vec<String> {
    errors.take(SHOWN).map(|e| e.rendered.clone()).collect()
}

fn last_lines(text: &str) -> String {
    let lines: Vec<&str> = text.trim_end().lines().collect();
    lines[lines.len().saturating_sub(20)..].join("\n")
}

fn take_failed(map: &mut ReferenceMap, own: &[CompileError], features: &FeatureSet) {
    for error in own {
        let failed = FailedTarget {
            package: error.package.clone(),
            target: error.target.clone(),
            kind: error.kind.clone(),
            features: features.clone(),
            error: error.rendered.clone(),
        };
        let same = |known: &FailedTarget| {
            (&known.package, &known.target, &known.kind, &known.features)
                == (&failed.package, &failed.target, &failed.kind, features)
        };
        if !map.failed_targets.iter().any(same) {
            map.failed_targets.push(failed);
        }
    }
}

/// Is it not the item itself that rustc names, but something in it without a mark of its own?
fn is_inherited(item: &Item, name: &str) -> bool {
    match item.kind {
        ItemKind::Module => !name.starts_with("module "),
        ItemKind::Trait => !name.starts_with("trait "),
        _ => false,
    }
}

/// Is it the item's own definition? The test harness and attribute macros point there.
fn is_definition(item: &Item, span: &Span) -> bool {
    item.file == span.file
        && item.span.start <= span.start
        && span.start <= item.name_span.start
        && item.name_span.end <= span.end
}
