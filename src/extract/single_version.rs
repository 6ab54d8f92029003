//! One version in every build of each package of the workspace that the library needs.
//!
//! The library has them from the registry, the monolith as folders: two crates each. Only the
//! compiler knows whether their types cross, so it is tried.

use std::collections::BTreeSet;

use camino::Utf8PathBuf;

use super::ExtractError;
use super::request::{Event, Listener, Request};
use super::settle::remaining_names;
use super::siblings::{PackagedSibling, use_published};
use super::subject::Subject;
use super::verify::run;
use crate::cargo::{Invocation, TargetName};
use crate::findings::{Finding, codes};
use crate::model::{CrateName, Place, RegistryName};
use crate::trial::{SuiteResult, TargetOutcome};

/// The monolith's branch, built with an overlay of the registry.
#[derive(Clone, Copy)]
pub(super) struct Branch<'a> {
    pub(super) subject: &'a Subject,
    pub(super) request: &'a Request,
    pub(super) siblings: &'a [PackagedSibling],
    pub(super) registry: &'a RegistryName,
    pub(super) cargo: &'a Invocation,
}

/// What came of it.
pub(super) struct Single {
    /// What the monolith's suite says in the end.
    pub(super) suite: SuiteResult,
    /// The files that had to change for it, relative to the repository's root.
    pub(super) changed: BTreeSet<Utf8PathBuf>,
    /// What is to be known.
    pub(super) findings: Vec<Finding>,
    unbuilt: BTreeSet<String>,
}

impl Single {
    /// The suite of before without the packages that the monolith no longer builds itself.
    pub(super) fn without_unbuilt(&self, mut before: SuiteResult) -> SuiteResult {
        let unbuilt = |target: &TargetName| {
            self.unbuilt.contains(&target.package) && !self.suite.targets.contains_key(target)
        };
        before.targets.retain(|target, _| !unbuilt(target));
        before
    }
}

/// Where `suite`, the branch with both, does not compile, the workspace takes the packages from
/// the registry as well and is built again.
pub(super) fn single_version(
    branch: Branch<'_>,
    before: &SuiteResult,
    suite: SuiteResult,
    listener: &mut Listener<'_>,
) -> Result<Single, ExtractError> {
    let Branch {
        subject,
        request,
        siblings,
        registry,
        cargo,
    } = branch;
    let names: Vec<&str> = siblings.iter().map(|it| it.name.as_str()).collect();
    let names = names.join(", ");
    if compiles(before, &suite) {
        return Ok(Single {
            suite,
            changed: BTreeSet::new(),
            findings: vec![twice(&names, registry)],
            unbuilt: BTreeSet::new(),
        });
    }
    let places = places(subject, &suite);
    listener(Event::Stage(
        "Verifying",
        format!(
            "{} with {names} from `{registry}` alone",
            subject.package.name
        ),
    ));
    let changed = use_published(subject, siblings, registry)?;
    let remaining = remaining_names(subject, request);
    let suite = run(cargo, request, remaining, listener)?;
    if !compiles(before, &suite) {
        return Err(ExtractError::SiblingTypesCross {
            siblings: siblings.iter().map(|it| it.name.clone()).collect(),
            places,
        });
    }
    let finding = cross(&names, registry, &siblings[0].name).at(places);
    Ok(Single {
        suite,
        changed,
        findings: vec![finding],
        unbuilt: siblings.iter().map(|it| it.name.to_string()).collect(),
    })
}

fn twice(names: &str, registry: &RegistryName) -> Finding {
    let message = format!(
        "the branch has {names} twice, as folders and from `{registry}`: it compiles, for none of their types crosses the boundary"
    );
    codes::SIBLING_TWICE.finding(message)
}

fn cross(names: &str, registry: &RegistryName, first: &CrateName) -> Finding {
    let message = format!(
        "types of {names} cross the boundary: the branch takes them from `{registry}`, no longer from their folders"
    );
    let help = format!(
        "a change to them now needs a release; to give one a repository of its own: `cargo quarry extract -p {first} --name {first}`"
    );
    codes::SIBLING_TYPES_CROSS.finding(message).help(help)
}

/// Do all targets compile that did before?
fn compiles(before: &SuiteResult, after: &SuiteResult) -> bool {
    let built = |suite: &SuiteResult, target: &TargetName| {
        suite.targets.get(target) == Some(&TargetOutcome::Built)
    };
    let mut targets = before.targets.keys();
    // A target that depends on a failed one is missing.
    let has = |target: &TargetName| built(after, target) || after.errors.is_empty();
    after.message.is_none() && targets.all(|target| !built(before, target) || has(target))
}

/// Where the compiler's errors are, in the monolith.
fn places(subject: &Subject, suite: &SuiteResult) -> Vec<Place> {
    let spans = suite.errors.iter().flat_map(|(_, error)| &error.spans);
    let places: BTreeSet<Place> = spans
        .filter(|span| span.is_primary)
        .map(|span| Place {
            file: subject.relative(&subject.metadata.workspace_root.join(&span.file_name)),
            line: u32::try_from(span.line_start).unwrap_or(u32::MAX),
            column: u32::try_from(span.column_start).unwrap_or(u32::MAX),
        })
        .collect();
    places.into_iter().collect()
}
