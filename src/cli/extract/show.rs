//! What an extraction says to people.

use std::collections::{BTreeMap, BTreeSet};

use cargo_quarry::extract::{Above, BoundaryReport, NeededItem, Obstacle, Request};
use cargo_quarry::findings::{Finding, Severity};
use cargo_quarry::model::{Place, count};
use cargo_quarry::trial::{SuiteResult, TargetOutcome, TestOutcome, Verify};

use super::{Outcome, StepState, Summary};
use crate::cli::Shell;

/// All that crosses the boundary.
pub(super) fn boundary(shell: &Shell, report: &BoundaryReport) {
    shell.out(headline(report));
    for item in &report.entering {
        let mark = if item.opened { ", becomes pub" } else { "" };
        shell.out(format_args!("  enters  {} {}{mark}", item.kind, item.item));
        places(shell, &item.used_at);
    }
    if report.needed.len() <= FEW || shell.is_verbose() {
        for item in &report.needed {
            needed(shell, item);
        }
    } else {
        for obstacle in &report.obstacles {
            self::obstacle(shell, obstacle);
        }
    }
}

/// So many items are read one by one; of more, only those that bring the others.
const FEW: usize = 12;

fn obstacle(shell: &Shell, obstacle: &Obstacle) {
    let Obstacle {
        item,
        kind,
        place,
        used_at,
        items,
        lines,
        help,
    } = obstacle;
    let name = if *kind == "impl" {
        item.clone()
    } else {
        format!("{kind} {item}")
    };
    shell.out(format_args!(
        "  needs   {name} ({place}): brings {}, {}",
        count(*items, "item"),
        count(*lines, "line")
    ));
    places(shell, used_at);
    shell.out(format_args!("            {help}"));
}

fn headline(report: &BoundaryReport) -> String {
    let lines = report.files.values().sum();
    format!(
        "{} of {}: {}, {}",
        report.modules.join(", "),
        report.package,
        count(report.files.len(), "file"),
        count(lines, "line")
    )
}

fn needed(shell: &Shell, item: &NeededItem) {
    let NeededItem {
        item: name,
        kind,
        place,
        lines,
        reason,
        ..
    } = item;
    // The header of an impl begins with the word itself.
    let name = if *kind == "impl" {
        name.clone()
    } else {
        format!("{kind} {name}")
    };
    let lines = count(*lines, "line");
    shell.out(format_args!(
        "  needs   {name} ({place}, {lines}): {reason}"
    ));
    places(shell, &item.used_at);
    for back in &item.uses_back {
        let users = item.used_by.join("`, `");
        shell.out(format_args!(
            "          cycle: `{users}` uses `{}`, which uses `{}` ({})",
            item.item, back.item, back.place
        ));
    }
}

fn places(shell: &Shell, places: &[Place]) {
    few(shell, "          ", places);
}

/// The first few of many, each behind the same words.
fn few(shell: &Shell, words: &str, items: &[impl std::fmt::Display]) {
    let shown = if shell.is_verbose() { items.len() } else { 4 };
    for item in items.iter().take(shown) {
        shell.out(format_args!("  {words}{item}"));
    }
    if items.len() > shown {
        let more = items.len() - shown;
        let space = " ".repeat(words.len());
        shell.out(format_args!("  {space}and {more} more (-v shows them)"));
    }
}

/// What the map cannot see, or should be known.
pub(super) fn findings(shell: &Shell, findings: &[Finding]) {
    for finding in findings {
        let at = match finding.places.as_slice() {
            [] => String::new(),
            [place] => format!(" ({place})"),
            [place, more @ ..] => format!(" ({place} and {} more)", more.len()),
        };
        let message = format!("{}{at} [{}]", finding.message, finding.code);
        match finding.severity {
            Severity::Error | Severity::Warning => shell.warn(message),
            Severity::Note => shell.note(message),
        }
        if let Some(help) = &finding.help {
            shell.help(help);
        }
    }
}

/// Why it stops here, and the way on.
pub(super) fn refusal(shell: &Shell, report: &BoundaryReport) {
    let lines = report.needed.iter().map(|item| item.lines).sum();
    let cycles = report.needed.iter().filter(|it| !it.uses_back.is_empty());
    let cycles = match cycles.count() {
        0 => String::new(),
        n => format!("; {n} in a cycle with what moves"),
    };
    shell.refuse(format_args!(
        "what moves needs {} of the monolith, {}{cycles}",
        count(report.needed.len(), "item"),
        count(lines, "line")
    ));
    shell.help("take them along with `--with-needed`, or cut these uses first");
    if let Some(above) = &report.above {
        self::above(shell, &report.package, above);
    }
}

/// The other cut: the new crate on top of the one it leaves.
fn above(shell: &Shell, package: &str, above: &Above) {
    let Above { used_back, to_open } = above;
    let used = if used_back.is_empty() {
        format!("{package} itself does not use what moves")
    } else {
        let places = count(used_back.len(), "place");
        format!("{package} itself uses what moves at {places} only")
    };
    let open = match to_open.len() {
        0 => String::new(),
        1 => ", and 1 item becomes pub".to_owned(),
        n => format!(", and {n} items become pub"),
    };
    shell.help(format_args!(
        "{used}: it can as well become a crate that depends on {package}, then nothing comes \
         along{open} (made by hand)"
    ));
    few(shell, "to cut  ", used_back);
    few(shell, "to open ", to_open);
}

/// The boundary in a few lines, and what was verified.
pub(super) fn summary(shell: &Shell, request: &Request, summary: &Summary) {
    let report = &summary.report;
    if shell.is_verbose() {
        boundary(shell, report);
        for name in &summary.settled.candidate.opened {
            shell.out(format_args!("  opened  {name}"));
        }
    } else {
        shell.out(headline(report));
        short_boundary(shell, report);
    }
    dependencies(shell, request, summary);
    let commits = count(summary.carried, "commit");
    shell.out(format_args!("  {commits} of its history carried over"));
    shell.out("");
    shell.out(verification(request, summary));
    if request.verify == Verify::Check {
        shell.out("compiled, and no test run: `--verify test` runs them");
        return;
    }
    let comparison = &summary.verification.comparison;
    let passed = count(comparison.passed, "test");
    let moved = comparison.moved.len();
    shell.out(format_args!(
        "{passed} passed before and after, {moved} of them in {} now",
        request.name
    ));
}

fn short_boundary(shell: &Shell, report: &BoundaryReport) {
    let opened = report.entering.iter().filter(|item| item.opened).count();
    let used: BTreeSet<&Place> = report.entering.iter().flat_map(|it| &it.used_at).collect();
    let files: BTreeSet<_> = used.iter().map(|place| &place.file).collect();
    let entering = count(report.entering.len(), "item");
    shell.out(format_args!(
        "  {entering} used from outside, at {} in {}; {opened} become pub",
        count(used.len(), "place"),
        count(files.len(), "file")
    ));
    if !report.needed.is_empty() {
        let lines = report.needed.iter().map(|item| item.lines).sum();
        let items = count(report.needed.len(), "item");
        let lines = count(lines, "line");
        shell.out(format_args!(
            "  {items} of the monolith come along, {lines}"
        ));
    }
}

fn dependencies(shell: &Shell, request: &Request, summary: &Summary) {
    let list = |names: BTreeSet<&str>| names.into_iter().collect::<Vec<_>>().join(", ");
    let crates = &summary.settled.candidate.library.dependencies;
    let crates: BTreeSet<&str> = crates.iter().map(|it| it.package.as_str()).collect();
    if !crates.is_empty() {
        let list = list(crates);
        shell.out(format_args!("  {} depends on {list}", request.name));
    }
    let removed = &summary.settled.removed_dependencies;
    let removed: BTreeSet<&str> = removed.iter().map(|it| it.key.as_str()).collect();
    if !removed.is_empty() {
        let package = &summary.report.package;
        shell.out(format_args!(
            "  {package} no longer depends on {}",
            list(removed)
        ));
    }
}

/// Each side, and what its suite came to.
fn verification(request: &Request, summary: &Summary) -> String {
    let it = &summary.verification;
    let package = &summary.report.package;
    let mut table = comfy_table::Table::new();
    let columns = ["", "targets built", "tests passed", "doc tests passed"];
    // What only compiles runs no tests.
    let shown = if request.verify == Verify::Check {
        2
    } else {
        columns.len()
    };
    let row = |side: String, result: &SuiteResult| row(side, result).into_iter().take(shown);
    table
        .load_style(comfy_table::presets::NOTHING)
        .set_header(columns.into_iter().take(shown));
    table.add_row(row(format!("{package}, before"), &it.before));
    // By path, the library's own target is built with the monolith's: it has a row of its own.
    let mut monolith = it.monolith.clone();
    let library = request.name.as_str();
    monolith
        .targets
        .retain(|target, _| target.package != library);
    table.add_row(row(format!("{package}, after"), &monolith));
    table.add_row(row(request.name.to_string(), &it.library));
    table.trim_fmt()
}

fn row(side: String, result: &SuiteResult) -> [String; 4] {
    let built = result.targets.values();
    let built = built.filter(|outcome| **outcome == TargetOutcome::Built);
    let tests = |doc: bool| {
        let mut outcomes: BTreeMap<TestOutcome, usize> = BTreeMap::new();
        let of_kind = |name: &str| (name == "doc") == doc;
        for (test, outcome) in &result.tests {
            if of_kind(&test.target.kind) {
                *outcomes.entry(*outcome).or_default() += 1;
            }
        }
        let passed = outcomes.remove(&TestOutcome::Passed).unwrap_or(0);
        let ignored = outcomes.remove(&TestOutcome::Ignored).unwrap_or(0);
        let run = passed + outcomes.into_values().sum::<usize>();
        let ignored = match ignored {
            0 => String::new(),
            n => format!(", {n} ignored"),
        };
        format!("{passed} of {run}{ignored}")
    };
    let built = format!("{} of {}", built.count(), result.targets.len());
    [side, built, tests(false), tests(true)]
}

/// The steps, done and held, and what to do next.
pub(super) fn outcome(shell: &Shell, request: &Request, outcome: &Outcome) {
    shell.out("");
    for (step, state) in &outcome.steps {
        let mark = match state {
            StepState::Done => "done",
            StepState::Held => "held",
        };
        shell.out(format_args!("  {mark}  {}", step.title));
    }
    if request.registry.is_none() {
        shell.warn(format_args!(
            "the branch depends on {} by path: it does not build for others yet",
            request.name
        ));
        shell.help("name a registry with `--registry` to publish it and pin the monolith to it");
    } else if !outcome.is_done("publish") {
        shell.warn(format_args!(
            "{} is not published: the branch does not build for others yet",
            request.name
        ));
    }
    shell.out("");
    if outcome.has_held() {
        shell.out("next: run the same with `--execute`, to do what is held");
    }
    shell.out(format_args!("next: git merge {}", request.branch()));
}

/// The library has more than the version that the monolith depends on.
pub(super) fn unreleased(shell: &Shell, request: &Request) {
    shell.warn(format_args!(
        "{} has commits that its published version does not have, and the branch neither",
        request.name
    ));
    shell.help(format_args!(
        "release its next version from `{}`, then upgrade the monolith to it",
        request.into
    ));
}
