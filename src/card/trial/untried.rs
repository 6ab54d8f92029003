//! What a trial did not try, and why.

use std::collections::BTreeSet;

use cargo_metadata::{Metadata, Package};

use super::result::{Locals, names};
use super::shown::without_paths;
use super::{Before, Side, TrialRequest};
use crate::cargo::{Diagnostic, TargetName};
use crate::service::Copy;
use crate::trial::{Comparison, SuiteResult, TestOutcome, Unbuilt, Verify, Why, missing_library};

/// How many names of a list are said.
const SAID: usize = 8;

/// What was not tried, a line each.
pub(super) fn untried(
    request: &TrialRequest<'_>,
    before: &Before,
    after: &Side,
    comparison: &Comparison,
    copy: &Copy,
) -> Vec<String> {
    let mut lines = Vec::new();
    let local = Locals::of(&after.metadata);
    for side in [&after.result, &before.side.result] {
        lines.extend(unbuilt(side, &local));
        lines.extend(unlinked(side));
    }
    if lines.is_empty()
        && let Some(message) = stopped(&after.result)
    {
        lines.push(format!("what cargo did not come to: {message}"));
    }
    lines.extend(untested(request.verify, &after.result));
    lines.extend(undocumented(request.verify, after));
    lines.extend(features(&after.metadata));
    if after.result.message.is_none() {
        let lost = names(&comparison.lost).into_iter();
        lines.extend(lost.map(|what| format!("{what}: it was there before, and is not now")));
    }
    if !copy.left_out().is_empty() {
        let files = listed(copy.left_out().iter().map(ToString::to_string).collect());
        lines.push(format!("files that cannot be read: {files}"));
    }
    let mut said = BTreeSet::new();
    lines.retain(|line| said.insert(line.clone()));
    let clean = |line: String| without_paths(&line, copy);
    lines.into_iter().map(clean).collect()
}

/// Packages of others that do not build here: neither the service nor the upgrade is tried by
/// that.
fn unbuilt(result: &SuiteResult, local: &Locals<'_>) -> Vec<String> {
    let lines = result.unbuilt.iter().filter_map(|it| {
        let name = match &it.version {
            Some(version) => format!("{} {version}", it.package),
            None => it.package.clone(),
        };
        let why = match &it.why {
            Why::Toolchain(wanted) => format!("it requires {wanted}"),
            Why::Library(library) => format!("its build script needs `{library}` of the system"),
            Why::Script(said) => format!("its build script failed: {said}"),
            Why::Compiler if local.has_package(&it.package) => return None,
            Why::Compiler => first_error(result, it)?,
        };
        Some(format!(
            "what needs `{name}`, which does not build here: {why}"
        ))
    });
    lines.collect()
}

fn first_error(result: &SuiteResult, of: &Unbuilt) -> Option<String> {
    let mut errors = result.errors.iter();
    let is_it = |(target, _): &&(TargetName, Diagnostic)| target.package == of.package;
    let (_, error) = errors.find(is_it)?;
    let rendered = error.rendered.as_deref().unwrap_or(&error.message);
    rendered.lines().next().map(ToOwned::to_owned)
}

/// Programs whose linker misses a library.
fn unlinked(result: &SuiteResult) -> Vec<String> {
    let lines = result.errors.iter().filter_map(|(target, error)| {
        let linked = error.message.starts_with("linking with ");
        let mut lines = error.rendered.iter().flat_map(|text| text.lines());
        let library = lines.find_map(missing_library).filter(|_| linked)?;
        Some(format!(
            "{target}: to link it needs `{library}` of the system"
        ))
    });
    lines.collect()
}

/// Why cargo stopped without an error of the compiler's.
fn stopped(result: &SuiteResult) -> Option<&str> {
    let message = result.message.as_deref()?;
    (result.command.is_none() && result.tests.is_empty()).then(|| {
        let first = message.lines().next().unwrap_or(message);
        first.trim_start_matches("error: ")
    })
}

fn untested(verify: &Verify, result: &SuiteResult) -> Option<String> {
    match verify {
        Verify::Check => Some("tests: they were compiled, not run".to_owned()),
        Verify::Command(_) => None,
        Verify::Test => {
            let ignored = result.tests.iter();
            let ignored = ignored.filter(|(_, outcome)| **outcome == TestOutcome::Ignored);
            let ignored: Vec<String> = ignored.map(|(test, _)| test.to_string()).collect();
            let is_any = !ignored.is_empty();
            is_any.then(|| format!("tests that are ignored: {}", listed(ignored)))
        }
    }
}

/// Doc tests of libraries that were not built, or of all.
fn undocumented(verify: &Verify, side: &Side) -> Option<String> {
    let libraries = || {
        side.result
            .targets
            .iter()
            .filter(|(target, _)| target.kind == "lib")
    };
    match verify {
        Verify::Check if has_library(&side.metadata) => Some("doc tests".to_owned()),
        Verify::Check | Verify::Command(_) => None,
        Verify::Test => {
            let failed = libraries().filter(|(_, o)| **o == crate::trial::TargetOutcome::Failed);
            let failed: Vec<String> = failed.map(|(target, _)| target.package.clone()).collect();
            let is_any = !failed.is_empty();
            is_any.then(|| format!("doc tests of {}, which does not build", listed(failed)))
        }
    }
}

fn has_library(metadata: &Metadata) -> bool {
    metadata.workspace_packages().iter().any(|package| {
        let mut targets = package.targets.iter();
        targets.any(|target| TargetName::new(package.name.as_str(), target).kind == "lib")
    })
}

/// Features that the build leaves off, and the targets that need them.
fn features(metadata: &Metadata) -> Vec<String> {
    let mut lines = Vec::new();
    for package in metadata.workspace_packages() {
        let on = features_on(metadata, package);
        let off = package
            .features
            .keys()
            .filter(|name| !on.contains(name.as_str()));
        let off: Vec<String> = off.filter(|name| *name != "default").cloned().collect();
        if !off.is_empty() {
            lines.push(format!(
                "features of {} that are off: {}",
                package.name,
                listed(off)
            ));
        }
        for target in &package.targets {
            let missing = target.required_features.iter();
            let missing: Vec<String> = missing
                .filter(|name| !on.contains(name.as_str()))
                .cloned()
                .collect();
            if !missing.is_empty() {
                let name = TargetName::new(package.name.as_str(), target);
                lines.push(format!("{name}: it needs the feature {}", listed(missing)));
            }
        }
    }
    lines
}

fn features_on<'a>(metadata: &'a Metadata, package: &Package) -> BTreeSet<&'a str> {
    let mut nodes = metadata.resolve.iter().flat_map(|resolve| &resolve.nodes);
    let node = nodes.find(|node| node.id == package.id);
    let features = node.into_iter().flat_map(|node| &node.features);
    features.map(|feature| feature.as_str()).collect()
}

fn listed(mut names: Vec<String>) -> String {
    names.dedup();
    let more = names.len().saturating_sub(SAID);
    names.truncate(SAID);
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    let names = names.join(", ");
    match more {
        0 => names,
        more => format!("{names} and {more} more"),
    }
}
