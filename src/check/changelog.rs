//! What the changelog says of the changes.

use jiff::civil::Date;
use semver::Version;

use super::CheckError;
use super::baseline::{Compared, changed_code};
use super::request::Found;
use super::subject::Subject;
use crate::changelog::{Changelog, ChangelogError, Entry, Section};
use crate::findings::{Finding, Severity, codes};
use crate::manifest::place_of_package;
use crate::model::{Bump, Place};
use crate::sys::{SysError, fs};

const FILE: &str = "CHANGELOG.md";

/// Looks at it, where the changes ask for `bump`, if that is known.
pub(super) fn look(
    subject: &Subject,
    compared: &Compared,
    bump: Option<Bump>,
    today: Date,
) -> Result<Found, CheckError> {
    let text = match fs::read_text_if_exists(&subject.dir.join(FILE)) {
        Ok(Some(text)) => text,
        Ok(None) => {
            let finding = codes::NO_CHANGELOG
                .finding("there is no CHANGELOG.md")
                .help("begin one, as https://keepachangelog.com describes it");
            return Ok(found([finding.at([place_of_package(&subject.manifest)])]));
        }
        Err(SysError::NotText { .. }) => {
            let finding = codes::CHANGELOG_INVALID.finding("CHANGELOG.md is not UTF-8 text");
            return Ok(found([finding.at([subject.place_of_file(FILE.into())])]));
        }
        Err(error) => return Err(error.into()),
    };
    let changelog = match Changelog::parse(&text) {
        Ok(changelog) => changelog,
        Err(error) => return Ok(found([invalid(subject, &error)])),
    };
    let mut findings = order(subject, &changelog, today);
    findings.extend(entries(subject, compared, bump, &changelog)?);
    Ok(found(findings))
}

fn found(findings: impl IntoIterator<Item = Finding>) -> Found {
    Found {
        findings: findings.into_iter().collect(),
        skipped: Vec::new(),
    }
}

fn at(subject: &Subject, line: u32) -> Place {
    Place {
        line,
        ..subject.place_of_file(FILE.into())
    }
}

fn invalid(subject: &Subject, error: &ChangelogError) -> Finding {
    let line = match error {
        ChangelogError::Twice { second, .. } => *second,
        ChangelogError::NoVersions | ChangelogError::NoUnreleased => 1,
    };
    let finding = codes::CHANGELOG_INVALID.finding(format!("CHANGELOG.md: {error}"));
    let finding = finding.at([at(subject, line)]);
    match error.help() {
        Some(help) => finding.help(help),
        None => finding,
    }
}

/// Headings and days.
fn order(subject: &Subject, changelog: &Changelog, today: Date) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut say = |section: &Section, message: String, help: &str| {
        let finding = codes::CHANGELOG_ORDER.finding(message);
        findings.push(finding.at([at(subject, section.line)]).help(help));
    };
    let sections: Vec<&Section> = changelog.sections().collect();
    let unreleased = sections
        .iter()
        .position(|section| section.version.is_none());
    match (unreleased, sections.first()) {
        (Some(0), _) | (_, None) => {}
        (Some(index), _) => {
            let message = "`Unreleased` stands below a version".to_owned();
            say(sections[index], message, "move it above all versions");
        }
        (None, Some(first)) => {
            let message = "there is no `## [Unreleased]` section".to_owned();
            say(first, message, "add it above the latest version");
        }
    }
    let released = sections
        .iter()
        .copied()
        .filter(|section| section.version.is_some());
    let released: Vec<&Section> = released.collect();
    // The author's day may have begun already.
    let tomorrow = today.saturating_add(jiff::Span::new().days(1));
    for section in &released {
        if section.date.is_some_and(|date| date > tomorrow) {
            let message = format!("`{}` is in the future", section.title);
            say(section, message, "write the day of its release");
        }
    }
    let undated: Vec<&Section> = released
        .iter()
        .copied()
        .filter(|s| s.date.is_none())
        .collect();
    if let Some(first) = undated.first() {
        let message = match undated.len() {
            1 => format!("`{}` has no day", first.title),
            many => format!(
                "{many} versions have no day, `{}` the first of them",
                first.title
            ),
        };
        say(first, message, "write it as `## [1.2.0] - 2026-01-31`");
    }
    for pair in released.windows(2) {
        let (above, below) = (pair[0], pair[1]);
        let by_version = above.version > below.version;
        // A fix of an older line may come after a newer one.
        let days = above.date.zip(below.date);
        let by_day = days.is_some_and(|(above, below)| above > below);
        if !by_version && !by_day {
            let message = format!("`{}` stands below `{}`", below.title, above.title);
            say(below, message, "sort the versions, the newest first");
        }
    }
    findings
}

/// Is what changed described?
fn entries(
    subject: &Subject,
    compared: &Compared,
    bump: Option<Bump>,
    changelog: &Changelog,
) -> Result<Vec<Finding>, CheckError> {
    let Some(current) = &subject.version else {
        return Ok(Vec::new());
    };
    let about = Described::of(changelog, compared, current);
    let baseline = compared.baseline.as_ref();
    let raised = baseline.is_some_and(|baseline| current.cmp_precedence(&baseline.version).is_gt());
    let mut findings = Vec::new();
    // A pre-release has no section of its own: what it brings is not released yet.
    let wants_section = compared.is_tagged && current.pre.is_empty();
    if wants_section && changelog.section(current).is_none() {
        let message = format!("{current} is tagged here, and CHANGELOG.md does not have it");
        let finding = codes::CHANGELOG_EMPTY
            .finding(message)
            .weighing(Severity::Error);
        let help = format!("a heading `## [{current}] - YYYY-MM-DD`, before the tag is made");
        findings.push(finding.at([at(subject, about.line)]).help(help));
    } else if about.entries.is_empty() {
        let code = match baseline {
            Some(baseline) => changed_code(subject, baseline)?,
            None => Vec::new(),
        };
        let grave = raised || bump.is_some_and(|bump| bump > Bump::Patch);
        let message = match (baseline, code.as_slice()) {
            (None, _) => Some("CHANGELOG.md says nothing of this version".to_owned()),
            (Some(_), []) if !grave => None,
            (Some(baseline), []) => Some(format!(
                "CHANGELOG.md says nothing of what changed since {}",
                baseline.version
            )),
            (Some(baseline), [first, ..]) => Some(format!(
                "the code changed since {} ({first}{}), and CHANGELOG.md does not say how",
                baseline.version,
                and_more(code.len() - 1),
            )),
        };
        let severity = if grave {
            Severity::Error
        } else {
            Severity::Warning
        };
        findings.extend(message.map(|message| {
            let finding = codes::CHANGELOG_EMPTY.finding(message).weighing(severity);
            let help = "describe it under `## [Unreleased]`, in the words of who uses it";
            finding.at([at(subject, about.line)]).help(help)
        }));
    }
    let named = about.entries.iter().any(|entry| entry.breaking);
    if bump == Some(Bump::Major) && !named {
        let message = "the public API breaks, and no entry of CHANGELOG.md says so";
        let finding = codes::CHANGELOG_BREAKING.finding(message);
        let help = "begin the entry with **Breaking**, or put it under `### Removed`";
        findings.push(finding.at([at(subject, about.line)]).help(help));
    }
    Ok(findings)
}

fn and_more(count: usize) -> String {
    match count {
        0 => String::new(),
        1 => " and another file".to_owned(),
        many => format!(" and {many} other files"),
    }
}

/// What the changelog says of the changes since the baseline.
struct Described<'a> {
    entries: Vec<&'a Entry>,
    /// Where it does, or should.
    line: u32,
}

impl<'a> Described<'a> {
    fn of(changelog: &'a Changelog, compared: &Compared, current: &Version) -> Self {
        let is_new = |section: &&Section| match &section.version {
            None => !compared.is_tagged || !current.pre.is_empty(),
            Some(version) => {
                let after = compared
                    .baseline
                    .as_ref()
                    .is_none_or(|baseline| version.cmp_precedence(&baseline.version).is_gt());
                after && version.cmp_precedence(current).is_le()
            }
        };
        let sections: Vec<&Section> = changelog.sections().filter(is_new).collect();
        let groups = sections.iter().flat_map(|section| &section.groups);
        Self {
            entries: groups.flat_map(|group| &group.entries).collect(),
            line: sections.first().map_or(1, |section| section.line),
        }
    }
}
