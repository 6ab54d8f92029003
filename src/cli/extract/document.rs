//! What an extraction says to programs: one JSON document, whatever came of it.
//!
//! `version` is 1. `status` is `done`, `resumed`, `fresh` (there was nothing to do), `planned`
//! (`--dry-run`), `blocked` (exit code 1) or `failed` (101). A field may come, none will go or
//! change its meaning within a version.

use cargo_quarry::extract::{BoundaryReport, Request};
use cargo_quarry::trial::SuiteResult;
use serde_json::{Map, Value, json};

use super::{Outcome, StepState, Summary};
use crate::cli::CliError;

/// The boundary alone.
pub(super) fn boundary(request: &Request, report: &BoundaryReport, status: &str) -> Value {
    let mut document = begin(request, status);
    document.insert("boundary".to_owned(), json!(report));
    document.into()
}

/// A whole run.
pub(super) fn done(request: &Request, summary: &Summary, outcome: &Outcome) -> Value {
    let mut document = begin(request, "done");
    document.insert("boundary".to_owned(), json!(summary.report));
    let settled = &summary.settled;
    let removed = settled.removed_dependencies.iter();
    let more = json!({
        "opened": settled.candidate.opened,
        "dependencies": settled.candidate.library.dependencies.iter()
            .map(|dependency| &dependency.package).collect::<Vec<_>>(),
        "removed_dependencies": removed.map(|key| &key.key).collect::<Vec<_>>(),
        "carried_commits": summary.carried,
        "unreleased": summary.unreleased,
        "verification": {
            "before": suite(&summary.verification.before),
            "monolith": suite(&summary.verification.monolith),
            "library": suite(&summary.verification.library),
            "passed": summary.verification.comparison.passed,
            "moved": summary.verification.comparison.moved.len(),
        },
    });
    extend(&mut document, more);
    add_outcome(&mut document, outcome);
    document.into()
}

/// What an earlier run has done.
pub(super) fn earlier(request: &Request, outcome: &Outcome, status: &str) -> Value {
    let mut document = begin(request, status);
    add_outcome(&mut document, outcome);
    document.into()
}

/// An error.
pub(super) fn failed(error: &CliError) -> Value {
    let mut chain = error.chain().into_iter();
    json!({
        "version": 1,
        "command": "extract",
        "status": "failed",
        "error": {
            "message": chain.next(),
            "causes": chain.collect::<Vec<_>>(),
            "help": error.help(),
        },
    })
}

fn begin(request: &Request, status: &str) -> Map<String, Value> {
    let mut document = Map::new();
    let fields = json!({
        "version": 1,
        "command": "extract",
        "status": status,
        "name": request.name,
        "into": request.into,
        "registry": request.registry,
        "branch": request.branch(),
    });
    extend(&mut document, fields);
    document
}

fn add_outcome(document: &mut Map<String, Value>, outcome: &Outcome) {
    let step = |(step, state): &(_, StepState)| {
        let step: &cargo_quarry::plan::Step<cargo_quarry::extract::Action> = step;
        json!({
            "name": step.name,
            "title": step.title,
            "reach": step.reach,
            "done": *state == StepState::Done,
        })
    };
    let steps: Vec<Value> = outcome.steps.iter().map(step).collect();
    let record = outcome.record.as_ref();
    let fields = json!({
        "steps": steps,
        "monolith_commit": record.map(|record| &record.from),
        "library_commit": record.map(|record| &record.head),
        "branch_commit": record.map(|record| &record.branch),
        "checksum": record.and_then(|record| record.checksum.as_ref()),
    });
    extend(document, fields);
}

fn suite(result: &SuiteResult) -> Value {
    let targets = result.targets.iter();
    let tests = result.tests.iter();
    json!({
        "targets": targets.map(|(name, outcome)| json!({"target": name, "outcome": outcome}))
            .collect::<Vec<_>>(),
        "tests": tests.map(|(name, outcome)| json!({"test": name.to_string(), "outcome": outcome}))
            .collect::<Vec<_>>(),
        "seconds": result.seconds,
    })
}

fn extend(document: &mut Map<String, Value>, fields: Value) {
    if let Value::Object(fields) = fields {
        document.extend(fields);
    }
}
