//! What several repositories have copied from each other.

use camino::Utf8PathBuf;
use cargo_quarry::copies::{
    self, Copies, Corpus, Finding, Group, Instance, Likeness, Options, Origin, Root,
    extract_arguments,
};
use cargo_quarry::sys::clock::timestamp_of;
use serde_json::{Value, json};

use crate::cli::{CliError, Shell};

/// So many findings are dated: each takes a look at the history of its files.
const DATED: usize = 20;

/// What was found, and in what.
pub(super) struct Found {
    corpus: Corpus,
    copies: Copies,
}

/// Looks for copies in the repositories at these folders.
pub(super) fn find(tops: impl Iterator<Item = Utf8PathBuf>) -> Result<Found, CliError> {
    let roots: Vec<Root> = tops
        .map(|dir| Root {
            name: dir.file_name().unwrap_or(dir.as_str()).to_owned(),
            dir,
        })
        .collect();
    let options = Options::default();
    let corpus = copies::load_corpus(&roots, &options)?;
    let mut copies = copies::find_copies(&corpus, &options);
    // What one repository has twice is its own affair.
    copies.findings.retain(|finding| finding.repositories > 1);
    let dated = copies.findings.len().min(DATED);
    let dates = copies::load_dates(&corpus, &copies.findings[..dated])?;
    copies::apply_dates(&corpus, &dates, &mut copies.findings[..dated]);
    Ok(Found { corpus, copies })
}

impl Found {
    /// A document for programs.
    pub(super) fn document(&self) -> Value {
        let findings = self.copies.findings.iter();
        findings.map(|finding| self.finding(finding)).collect()
    }

    fn finding(&self, finding: &Finding) -> Value {
        let places: Vec<Value> = finding
            .places
            .iter()
            .map(|place| {
                json!({
                    "repository": self.corpus.roots[place.repository].name,
                    "path": place.path, "lines": place.lines, "of_lines": place.of_lines,
                })
            })
            .collect();
        let groups: Vec<Value> = finding.groups.iter().map(group).collect();
        json!({
            "lines_gone": finding.lines_gone, "repositories": finding.repositories,
            "places": places, "start": finding.start.place, "groups": groups,
            "command": self.command(finding),
        })
    }

    /// The findings in a row each, for a page.
    pub(super) fn table(&self) -> Value {
        let row = |finding: &Finding| {
            [
                titles(finding, 4),
                finding.lines_gone.to_string(),
                self.places(finding).join(", "),
                self.place(finding, finding.start.place),
                self.command(finding).unwrap_or_default(),
            ]
        };
        let rows: Vec<[String; 5]> = self.copies.findings.iter().map(row).collect();
        json!({
            "names": ["what", "lines that would go", "where", "best start", "command"],
            "rows": rows,
        })
    }

    fn command(&self, finding: &Finding) -> Option<String> {
        let arguments = extract_arguments(&self.corpus, finding)?;
        Some(format!("cargo quarry {}", arguments.join(" ")))
    }

    fn place(&self, finding: &Finding, at: usize) -> String {
        let place = &finding.places[at];
        let name = &self.corpus.roots[place.repository].name;
        format!("{name}/{}", place.path)
    }

    fn places(&self, finding: &Finding) -> Vec<String> {
        let places = 0..finding.places.len();
        places.map(|at| self.place(finding, at)).collect()
    }

    /// The findings for people, the heaviest first.
    pub(super) fn show(&self, shell: &Shell, top: usize) {
        let findings = &self.copies.findings;
        if findings.is_empty() {
            shell.status(
                "Compared",
                "nothing that these repositories copied from each other",
            );
            return;
        }
        shell.out("\nCopied between these repositories:");
        for (nth, finding) in findings.iter().take(top).enumerate() {
            shell.out(format_args!(
                "{}. {}: {} lines would go away",
                nth + 1,
                titles(finding, 4),
                finding.lines_gone
            ));
            for (at, place) in finding.places.iter().enumerate() {
                let best = if at == finding.start.place {
                    ", the best start"
                } else {
                    ""
                };
                shell.out(format_args!(
                    "     {}: {} of {} lines{}{best}",
                    self.place(finding, at),
                    place.lines,
                    place.of_lines,
                    origin(finding, at)
                ));
            }
            if let Some(command) = self.command(finding) {
                shell.out(format_args!("     {command}"));
            }
        }
        let more = findings.len().saturating_sub(top);
        if more > 0 {
            shell.out(format_args!("   and {more} more: --top shows them"));
        }
    }
}

/// What a finding is about, by the names of its groups.
fn titles(finding: &Finding, most: usize) -> String {
    let names: Vec<&str> = finding
        .groups
        .iter()
        .take(most)
        .map(|group| group.title.as_str())
        .collect();
    match finding.groups.len().saturating_sub(most) {
        0 => names.join(", "),
        more => format!("{} and {more} more", names.join(", ")),
    }
}

/// Since when a place has the first of the copied items, and how it has drifted.
fn origin(finding: &Finding, at: usize) -> String {
    let mut instances = finding.groups.iter().flat_map(|group| &group.instances);
    let first = instances.find_map(|it| match &it.origin {
        Some(Origin::First(date)) if it.place == at => Some(day(date.seconds)),
        _ => None,
    });
    let lines: usize = finding
        .groups
        .iter()
        .flat_map(|group| &group.instances)
        .filter(|it| it.place == at)
        .filter_map(|it| it.drift.as_ref())
        .map(|drift| drift.lines_here)
        .sum();
    let since = first.map_or_else(String::new, |day| format!(", since {day}"));
    match lines {
        0 => since,
        lines => format!("{since}, {lines} lines drifted"),
    }
}

fn day(seconds: i64) -> String {
    timestamp_of(seconds)[..10].to_owned()
}

fn group(group: &Group) -> Value {
    let copies: Vec<Value> = group.instances.iter().map(instance).collect();
    json!({
        "kind": group.kind.noun(), "title": group.title, "lines_gone": group.lines_gone,
        "copies": copies,
    })
}

fn instance(it: &Instance) -> Value {
    let likeness = match it.likeness {
        Likeness::Identical => "identical",
        Likeness::Renamed => "renamed",
        Likeness::Drifted => "drifted",
    };
    let drift = it.drift.as_ref().map(|drift| {
        json!({
            "lines_here": drift.lines_here, "lines_at_start": drift.lines_at_start,
            "words_here": drift.words_here, "words_at_start": drift.words_at_start,
        })
    });
    let since = match &it.origin {
        Some(Origin::First(date)) => Some(json!({
            "commit": date.commit.to_string(), "day": day(date.seconds),
        })),
        _ => None,
    };
    json!({
        "place": it.place, "item": it.title, "first_line": it.at.start(),
        "last_line": it.at.end(), "likeness": likeness, "similarity": it.similarity,
        "drift": drift, "since": since,
    })
}
