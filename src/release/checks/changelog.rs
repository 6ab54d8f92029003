//! The changelog: does it say what is released.

use semver::Version;

use super::super::ReleaseError;
use super::super::request::{Event, Listener};
use super::super::subject::{Candidate, Subject};
use super::{finding, from_error};
use crate::changelog::{Changelog, Section};
use crate::findings::{Finding, codes};
use crate::model::Place;
use crate::sys;

/// The name of the file.
pub(in crate::release) const FILE: &str = "CHANGELOG.md";

/// What the changelog says of a release.
#[derive(Debug, Default)]
pub(super) struct Said {
    pub(super) notes: String,
    /// Does it say that under the version's number already?
    pub(super) is_under_version: bool,
}

impl From<String> for Said {
    fn from(notes: String) -> Self {
        Self {
            notes,
            is_under_version: false,
        }
    }
}

/// What the changelog says of the release; nothing if that is a finding.
pub(super) fn check(
    subject: &Subject,
    candidate: &Candidate,
    to: Option<&Version>,
    findings: &mut Vec<Finding>,
    listener: &mut Listener<'_>,
) -> Result<Said, ReleaseError> {
    let path = candidate.folder.join(FILE);
    let text = sys::fs::read_text_if_exists(&subject.twin.root().join(&path))?;
    let Some(text) = text else {
        let message = format!("{}: there is no `{path}`", candidate.name);
        let help = "write one in the form of https://keepachangelog.com";
        findings.push(finding(&codes::NO_CHANGELOG, message).help(help));
        return Ok(Said::default());
    };
    let changelog = match Changelog::parse(&text) {
        Ok(changelog) => changelog,
        Err(error) => {
            let help = error.help();
            findings.push(from_error(
                &codes::CHANGELOG_INVALID,
                &format!("`{path}`"),
                &error,
                help,
            ));
            return Ok(Said::default());
        }
    };
    let place = |line| Place {
        file: path.clone(),
        line,
        column: 1,
    };
    if let Some(section) = to.and_then(|to| changelog.section(to)) {
        if is_as_it_is(&changelog, section, candidate) {
            let today = sys::clock::today();
            if let Some(day) = section.date.filter(|day| day.to_string() != today) {
                let version = &candidate.version;
                let said = format!("`{path}` says that {version} is of {day}, and stays as it is");
                listener(Event::Warning(said));
            }
            return Ok(Said {
                notes: section.notes().to_owned(),
                is_under_version: true,
            });
        }
        let message = format!("`{path}` has a section `{}` already", section.title);
        let found = finding(&codes::CHANGELOG_HAS_VERSION, message).at([place(section.line)]);
        findings.push(found.help(
            "move it under `## [Unreleased]`: the release makes its heading; with nothing there, \
             the newest section may be that of the version in Cargo.toml",
        ));
        return Ok(Said::default());
    }
    let Some(unreleased) = changelog.unreleased() else {
        let message = format!("`{path}` has no section `## [Unreleased]`");
        let help = "add one above the latest version, and describe in it what has changed";
        findings.push(finding(&codes::CHANGELOG_EMPTY, message).help(help));
        return Ok(Said::default());
    };
    if !unreleased.is_empty() {
        return Ok(unreleased.notes().to_owned().into());
    }
    let notes = to.map_or_else(String::new, |to| of_pre_releases(&changelog, to));
    if notes.is_empty() {
        let message = format!("`{path}` says nothing under `## [Unreleased]`");
        let found = finding(&codes::CHANGELOG_EMPTY, message).at([place(unreleased.line)]);
        findings.push(found.help("describe what has changed, in the words of who uses it"));
    }
    Ok(notes.into())
}

/// Is the version in the manifest described as it is to be, with nothing to add? Such a library
/// comes from `extract`, where its first version was not published at once, or from a hand.
fn is_as_it_is(changelog: &Changelog, section: &Section, candidate: &Candidate) -> bool {
    let newest = changelog.sections().find(|it| it.version.is_some());
    section.version.as_ref() == Some(&candidate.version)
        && newest == Some(section)
        && !section.is_empty()
        && changelog.unreleased().is_none_or(Section::is_empty)
}

/// What the sections of a version's pre-releases say, the newest first: a final version may come
/// after them without another change.
pub(in crate::release) fn of_pre_releases(changelog: &Changelog, version: &Version) -> String {
    let core = |it: &Version| (it.major, it.minor, it.patch);
    if !version.pre.is_empty() {
        return String::new();
    }
    let notes = changelog.sections().filter(|section| {
        let named = section.version.as_ref();
        named.is_some_and(|it| !it.pre.is_empty() && core(it) == core(version))
    });
    let notes: Vec<&str> = notes.map(Section::notes).collect();
    notes.join("\n\n").trim().to_owned()
}
