//! Builds the map: marks, checks, drops marks that break the build, checks again.

use super::check::CompileError;
use super::copy::Copy;
use super::culprits::{accused, nearest};
use super::own::OwnErrors;
use super::{
    FailedFeatures, FailedTarget, FeatureSet, MapRequest, ReferenceError, ReferenceMap,
    RootReference,
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
    // Cargo checks targets in no certain order.
    let target = |it: &FailedTarget| (it.package.clone(), it.target.clone(), it.kind.clone());
    map.failed_targets.sort_by_cached_key(target);
    map.unmarked = copy.unmarked();
    map.fresh = copy.fresh(&map.checked);
    map.items = copy.marks.items;
    map.index = copy.marks.index;
    Ok(map)
}

impl Copy<'_> {
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
        let mut own = OwnErrors::default();
        for _ in 0..ATTEMPTS {
            if outcome.success {
                break;
            }
            let mut culprits = accused(&outcome.errors, &self.suspects());
            if culprits.is_empty() {
                self.learn(&mut own, &outcome, features, on_progress)?;
                let ours = own.without(&outcome.errors);
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
        let ours = own.without(&outcome.errors);
        if !ours.is_empty() {
            return Err(ReferenceError::Marks {
                features: features.to_string(),
                errors: rendered(ours.iter().copied()),
            });
        }
        take_failed(map, &own.errors, features);
        map.checked.extend(outcome.checked);
        self.has_references = true;
        for (reference, name) in outcome.references {
            self.take_reference(map, reference, name);
        }
        Ok(())
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
}

pub(super) fn rendered<'e>(errors: impl Iterator<Item = &'e CompileError>) -> Vec<String> {
    errors.take(SHOWN).map(|e| e.rendered.clone()).collect()
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
