//! What was found, as JSON.

use cargo_quarry::check::Checked;
use cargo_quarry::findings::Severity;
use serde_json::{Value, json};

/// The document; its `version` is that of its form.
pub(in crate::cli) fn of(checked: &[Checked]) -> Value {
    let count = |severity| {
        checked
            .iter()
            .map(|package| package.count(severity))
            .sum::<usize>()
    };
    json!({
        "version": 1,
        "errors": count(Severity::Error),
        "warnings": count(Severity::Warning),
        "packages": checked.iter().map(package).collect::<Vec<_>>(),
    })
}

fn package(checked: &Checked) -> Value {
    let baseline = checked
        .baseline
        .as_ref()
        .map(|baseline| json!({ "version": baseline.version, "origin": baseline.origin }));
    json!({
        "kind": checked.kind,
        "name": checked.package,
        "version": checked.version,
        "dir": checked.dir,
        "baseline": baseline,
        "bump": checked.bump,
        "next": checked.next,
        "findings": checked.findings,
        "waived": checked.waived,
        "skipped": checked.skipped,
        "changes": checked.changes,
    })
}
