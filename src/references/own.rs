//! The errors that a project has of its own, marks or not.

use std::collections::BTreeSet;

use camino::Utf8PathBuf;

use super::apart::{Apart, is_part};
use super::build::rendered;
use super::check::{CompileError, Outcome};
use super::copy::Copy;
use super::record::Builds;
use super::{Checked, FeatureSet, NamedTree, ReferenceError};
use crate::model::package_of_id;

/// What is known of them.
#[derive(Debug, Default)]
pub(super) struct OwnErrors {
    pub(super) errors: Vec<CompileError>,
    /// The targets that were asked for: package, name, kind.
    asked: BTreeSet<(String, String, String)>,
}

impl OwnErrors {
    /// The errors that are not among them.
    pub(super) fn without<'e>(&self, errors: &'e [CompileError]) -> Vec<&'e CompileError> {
        let same =
            |a: &CompileError, b: &CompileError| target(a) == target(b) && a.message == b.message;
        let is_new = |error: &&CompileError| !self.errors.iter().any(|known| same(known, error));
        errors.iter().filter(is_new).collect()
    }
}

fn target(error: &CompileError) -> (String, String, String) {
    let CompileError {
        package,
        target,
        kind,
        ..
    } = error;
    (package.clone(), target.clone(), kind.clone())
}

impl Copy<'_> {
    /// Finds out which errors the failed targets have without marks, where that is not known.
    /// They are fatal if they keep a library or a program from being checked.
    pub(super) fn learn(
        &mut self,
        own: &mut OwnErrors,
        outcome: &Outcome,
        features: &FeatureSet,
        on_progress: &mut dyn FnMut(&str),
    ) -> Result<(), ReferenceError> {
        let unknown = |error: &&CompileError| !own.asked.contains(&target(error));
        let failed: Vec<&CompileError> = outcome.errors.iter().filter(unknown).collect();
        if failed.is_empty() && !own.asked.is_empty() {
            return Ok(());
        }
        let baseline = match Apart::of(self.request.trees, &failed, outcome) {
            Some(apart) => self.baseline_apart(&apart, &failed, features, on_progress)?,
            None => None,
        };
        let baseline = match baseline {
            Some(baseline) => baseline,
            None => self.baseline(&failed, features, on_progress)?,
        };
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
        own.asked.extend(failed.into_iter().map(target));
        own.errors.extend(baseline.errors);
        Ok(())
    }

    /// What cargo says of all targets without the marks that can be to blame.
    fn baseline(
        &mut self,
        failed: &[&CompileError],
        features: &FeatureSet,
        on_progress: &mut dyn FnMut(&str),
    ) -> Result<Outcome, ReferenceError> {
        self.unmark(&self.accountable(failed), Builds::All)?;
        let baseline = self.check(features, on_progress)?;
        self.mark()?;
        Ok(baseline)
    }

    /// The same of the failed targets alone, which leaves what cargo knows of the marked files as
    /// it is. None if cargo does not know how.
    fn baseline_apart(
        &mut self,
        apart: &Apart,
        failed: &[&CompileError],
        features: &FeatureSet,
        on_progress: &mut dyn FnMut(&str),
    ) -> Result<Option<Outcome>, ReferenceError> {
        self.unmark(&self.accountable(failed), Builds::Apart)?;
        let baseline = self.check_apart(features, apart, on_progress)?;
        self.mark()?;
        let is_known = baseline.success || !baseline.errors.is_empty();
        Ok((is_known && !baseline.is_stale).then_some(baseline))
    }

    /// The files whose marks can be to blame: marks in a package break no other one. All, if
    /// what failed is not among the marked packages.
    fn accountable(&self, failed: &[&CompileError]) -> BTreeSet<Utf8PathBuf> {
        let trees = self.request.trees;
        let of = |error: &CompileError, named: &NamedTree| {
            named.package == package_of_id(&error.package).0
        };
        let known = |error: &&CompileError| trees.iter().any(|named| of(error, named));
        let all = failed.is_empty() || !failed.iter().all(known);
        let blamed = |named: &&NamedTree| all || failed.iter().any(|error| of(error, named));
        let files = trees
            .iter()
            .filter(blamed)
            .flat_map(|named| named.tree.files.keys());
        files.cloned().collect()
    }

    /// Is it for this error that a library or program was not checked?
    fn keeps_from_checking(&self, error: &CompileError, outcome: &Outcome) -> bool {
        let checked = || outcome.checked.iter().filter(|unit| !unit.test);
        let trees = self.request.trees;
        let ours = |named: &NamedTree| named.package == package_of_id(&error.package).0;
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
            let of_package = |unit: &Checked| package_of_id(&unit.package).0 == named.package;
            !checked().any(|unit| of_package(unit) && is_whole(unit))
        })
    }
}

fn last_lines(text: &str) -> String {
    let lines: Vec<&str> = text.trim_end().lines().collect();
    lines[lines.len().saturating_sub(20)..].join("\n")
}
