//! What changed in the public API.

use super::request::Skipped;
use super::subject::{Known, Subject, said};
use super::tree::Tree;
use super::{Baseline, CheckError, Part};
use crate::findings::{Finding, codes};
use crate::manifest::place_of_package;
use crate::model::{Bump, Change, CrateName, Place};
use crate::surface::{Features, Progress, SurfaceError, Tools, verdict};

/// The parts of a verdict that look at the API itself; without both, nothing is known of it.
const OF_THE_API: [&str; 2] = ["signatures", "cargo-semver-checks"];

/// What the comparison came to.
#[derive(Debug, Default)]
pub(super) struct Judged {
    /// What changed.
    pub(super) changes: Vec<Change>,
    /// Was anything compared?
    pub(super) compared: bool,
    /// What was not.
    pub(super) skipped: Vec<Skipped>,
    /// Why it cannot be.
    pub(super) finding: Option<Finding>,
}

impl Judged {
    fn skip(reason: impl Into<String>) -> Self {
        Self {
            skipped: vec![Skipped::new(Part::Api(None), reason)],
            ..Self::default()
        }
    }
}

/// Compares the package with the baseline.
pub(super) fn judge(
    subject: &Subject,
    known: &Known,
    tree: Result<&Tree, &String>,
    baseline: &Baseline,
    offline: bool,
    tell: &dyn Fn(&str),
) -> Result<Judged, CheckError> {
    if !known.has_library {
        return Ok(Judged::skip("it has no library"));
    }
    let Ok(package) = CrateName::new(&subject.name) else {
        return Ok(Judged::skip("its name is not one for every registry"));
    };
    let tree = match tree {
        Ok(tree) => tree,
        Err(reason) => return Ok(Judged::skip(reason)),
    };
    let new = crate::surface::Subject {
        dir: tree.dir.clone(),
        package,
        target_dir: known.target_dir.clone(),
        features: Features::Stable,
        wrapper: None,
    };
    let mut on_progress = |progress: Progress<'_>| match progress {
        Progress::Documenting(_) => tell("reading the public API"),
        Progress::Comparing => tell("comparing the public APIs"),
        Progress::Cached(_) | Progress::Line(_) => {}
    };
    let tools = Tools {
        offline,
        ..Tools::of_user()
    };
    match verdict(&new, &baseline.unpacked, &tools, &mut on_progress) {
        Ok(verdict) => {
            let skipped = |part: &str| verdict.skipped.iter().any(|s| s.part == part);
            Ok(Judged {
                compared: !OF_THE_API.iter().all(|part| skipped(part)),
                skipped: verdict
                    .skipped
                    .into_iter()
                    .map(|skipped| Skipped::new(Part::Api(Some(skipped.part)), skipped.reason))
                    .collect(),
                changes: verdict.changes,
                finding: None,
            })
        }
        Err(SurfaceError::DoesNotBuild { stderr, .. }) if !came_to_compile(&stderr) => {
            Ok(Judged::skip(said(&stderr))) // dependencies that cannot be had, say
        }
        Err(SurfaceError::DoesNotBuild { stderr, .. }) => {
            let first = stderr.lines().find(|line| line.starts_with("error"));
            let message = format!("it does not compile: {}", first.unwrap_or("cargo says no"));
            let finding = codes::DOES_NOT_COMPILE.finding(message);
            let finding = finding.at([place_of_package(&subject.manifest)]);
            Ok(Judged {
                finding: Some(finding.help("`cargo doc --no-deps` says all of it")),
                ..Judged::skip("it does not compile")
            })
        }
        Err(error @ (SurfaceError::NoLibrary { .. } | SurfaceError::ProcMacro { .. })) => {
            Ok(Judged::skip(error.to_string()))
        }
        Err(error) => Err(error.into()),
    }
}

/// Did cargo come so far as to compile something? Before that, dependencies may be missing.
fn came_to_compile(stderr: &str) -> bool {
    stderr.contains("could not compile `") || stderr.contains("could not document `")
}

/// A change as a finding, its places relative to the repository.
pub(super) fn finding(subject: &Subject, change: &Change) -> Option<Finding> {
    let code = match change.bump {
        Bump::Major => &codes::API_BREAK,
        Bump::Minor => &codes::API_ADDITION,
        Bump::Patch => return None,
    };
    let place = change.after.as_ref().map(|place| Place {
        file: subject.folder.join(&place.file),
        ..place.clone()
    });
    // A place in the baseline is in no file of this repository.
    let before = match &change.before {
        Some(before) => format!("; in the baseline at {before}"),
        None => String::new(),
    };
    let Change { item, message, .. } = change;
    let message = format!("`{item}`: {message} ({}){before}", change.code);
    Some(code.finding(message).about(item).at(place))
}
