//! Names and numbers as the page shows them.

use super::document::{Candidate, Counts, Target};
use crate::model::plural;

/// Thousands are set off: `63,191`.
pub(super) fn number(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn count(of: usize, noun: &str) -> String {
    format!("{} {}", number(of), plural(of, noun))
}

/// All of it in a sentence.
pub(super) fn sentence(candidates: usize, counts: &Counts) -> String {
    format!(
        "{} in {} of {}: {}, {} without tests",
        count(candidates, "candidate"),
        count(counts.modules, "module"),
        count(counts.packages, "package"),
        count(counts.items, "item"),
        count(counts.lines, "line"),
    )
}

/// The candidate's modules: `crate::a`, or `crate::a + crate::b`.
pub(super) fn name(candidate: &Candidate) -> String {
    candidate.modules.join(" + ")
}

/// What the map calls a module of the candidate's target.
pub(super) fn area(candidate: &Candidate, module: &str) -> String {
    let within = module.strip_prefix("crate").unwrap_or(module);
    match &candidate.target {
        Target::Lib => format!("{}{within}", candidate.package),
        Target::Bin(name) => format!("{}/{name}{within}", candidate.package),
    }
}
