//! Both sides of a trial, compared.

use std::collections::BTreeSet;

use cargo_metadata::{Metadata, TargetKind};

use super::super::facts::{Broken, CompilerError, Trial};
use super::cause::cause;
use super::shown::shown;
use super::untried::untried;
use super::{Before, Side, TrialRequest};
use crate::cargo::{Diagnostic, TargetName};
use crate::service::Copy;
use crate::trial::{Subject, SuiteResult, TargetOutcome, TestOutcome, Verify, compare};

/// What the upgrade did.
pub(super) fn trial(
    request: &TrialRequest<'_>,
    before: &Before,
    after: &Side,
    copy: &Copy,
) -> Trial {
    let (mut was, mut is) = (before.side.result.clone(), after.result.clone());
    let mut targets = targets_of(&before.side.metadata);
    targets.extend(was.targets.keys().cloned());
    add_unreached(&mut was, &targets);
    targets.extend(targets_of(&after.metadata));
    add_unreached(&mut is, &targets);
    let mut comparison = compare(&was, &is, &Clone::clone);
    if is.message.is_some() {
        // It stopped before it came to them.
        comparison.broken.append(&mut comparison.lost);
    }
    let local = Locals::of(&after.metadata);
    let new = |list: &[(TargetName, Diagnostic)]| -> Vec<CompilerError> {
        let new = list.iter().filter(|(target, diagnostic)| {
            local.has(target) && !before.known.has(diagnostic, copy)
        });
        new.map(|(target, diagnostic)| with_cause(request, target, diagnostic, copy))
            .collect()
    };
    let passed = is.tests.values().filter(|o| **o == TestOutcome::Passed);
    Trial {
        tried: tried(request.verify),
        broken: broken(&comparison.broken),
        broken_already: names(&comparison.broken_already),
        fixed: names(&comparison.fixed),
        not_tried: untried(request, before, after, &comparison, copy),
        built: is.targets.iter().filter(|(t, o)| counts(t, **o)).count(),
        passed: passed.count(),
        errors: new(&after.result.errors),
        deprecated: new(&after.result.deprecated),
    }
}

fn with_cause(
    request: &TrialRequest<'_>,
    target: &TargetName,
    diagnostic: &Diagnostic,
    copy: &Copy,
) -> CompilerError {
    let package = format!("{}-{}", request.name, request.version);
    let shown = shown(target, diagnostic, copy);
    let change = cause(&shown, request.changes, request.touches, &package);
    CompilerError {
        change,
        ..shown.error
    }
}

fn tried(verify: &Verify) -> String {
    match verify {
        Verify::Check => "check".to_owned(),
        Verify::Test => "check and tests".to_owned(),
        Verify::Command(command) => format!("check and `{command}`"),
    }
}

/// The packages whose sources the service has.
pub(super) struct Locals<'a>(BTreeSet<&'a str>);

impl<'a> Locals<'a> {
    pub(super) fn of(metadata: &'a Metadata) -> Self {
        let local = metadata.packages.iter().filter(|p| p.source.is_none());
        Self(local.map(|package| package.name.as_str()).collect())
    }

    pub(super) fn has(&self, target: &TargetName) -> bool {
        self.has_package(&target.package)
    }

    pub(super) fn has_package(&self, name: &str) -> bool {
        self.0.contains(name)
    }
}

/// All targets that a check of all targets comes to.
fn targets_of(metadata: &Metadata) -> BTreeSet<TargetName> {
    let mut found = BTreeSet::new();
    for package in metadata.workspace_packages() {
        for target in &package.targets {
            let is = |kind: TargetKind| target.kind.contains(&kind);
            let left_out = is(TargetKind::CustomBuild)
                || is(TargetKind::Bench)
                || is(TargetKind::Test) && !target.test
                || !target.required_features.is_empty();
            if !left_out {
                found.insert(TargetName::new(package.name.as_str(), target));
            }
        }
    }
    found
}

/// Where something was not built, what is missing was not reached: it does not build.
fn add_unreached(result: &mut SuiteResult, targets: &BTreeSet<TargetName>) {
    let stopped = !result.errors.is_empty() || !result.unbuilt.is_empty();
    if stopped || result.targets.is_empty() {
        for target in targets {
            let outcome = result.targets.entry(target.clone());
            outcome.or_insert(TargetOutcome::Failed);
        }
    }
}

/// A library with its unit tests is no other target, nor is a build script.
fn counts(target: &TargetName, outcome: TargetOutcome) -> bool {
    let other = target.kind.ends_with(" test") || target.kind == "custom-build";
    outcome == TargetOutcome::Built && !other
}

fn broken(subjects: &BTreeSet<Subject>) -> Vec<Broken> {
    let broken = without_repeats(subjects).map(|subject| Broken {
        what: subject.to_string(),
        test: matches!(subject, Subject::Test(_)),
    });
    broken.collect()
}

pub(super) fn names(subjects: &BTreeSet<Subject>) -> Vec<String> {
    let names = without_repeats(subjects).map(ToString::to_string);
    names.collect()
}

/// What says of a library that it does not build, says it of its unit tests as well.
fn without_repeats(subjects: &BTreeSet<Subject>) -> impl Iterator<Item = &Subject> {
    let repeats = |subject: &Subject| match subject {
        Subject::Target(target) => target.kind.strip_suffix(" test").is_some_and(|kind| {
            let plain = TargetName {
                kind: kind.to_owned(),
                ..target.clone()
            };
            subjects.contains(&Subject::Target(plain))
        }),
        Subject::Test(_) | Subject::Command(_) => false,
    };
    subjects.iter().filter(move |subject| !repeats(subject))
}
