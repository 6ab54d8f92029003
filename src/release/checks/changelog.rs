//! The changelog: does it say what is released.

use semver::Version;

use super::super::ReleaseError;
use super::super::subject::{Candidate, Subject};
use super::{finding, from_error};
use crate::changelog::{Changelog, Section};
use crate::findings::{Finding, codes};
use crate::model::Place;
use crate::sys;

/// The name of the file.
pub(in crate::release) const FILE: &str = "CHANGELOG.md";

/// What the changelog says of the release; nothing if that is a finding.
pub(super) fn check(
    subject: &Subject,
    candidate: &Candidate,
    to: Option<&Version>,
    findings: &mut Vec<Finding>,
) -> Result<String, ReleaseError> {
    let path = candidate.folder.join(FILE);
    let text = sys::fs::read_text_if_exists(&subject.twin.root().join(&path))?;
    let Some(text) = text else {
        let message = format!("{}: there is no `{path}`", candidate.name);
        let help = "write one in the form of https://keepachangelog.com";
        findings.push(finding(&codes::NO_CHANGELOG, message).help(help));
        return Ok(String::new());
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
            return Ok(String::new());
        }
    };
    let place = |line| Place {
        file: path.clone(),
        line,
        column: 1,
    };
    if let Some(section) = to.and_then(|to| changelog.section(to)) {
        let message = format!("`{path}` has a section `{}` already", section.title);
        let found = finding(&codes::CHANGELOG_HAS_VERSION, message).at([place(section.line)]);
        findings.push(found.help("move it under `## [Unreleased]`: the release makes its heading"));
        return Ok(String::new());
    }
    let Some(unreleased) = changelog.unreleased() else {
        let message = format!("`{path}` has no section `## [Unreleased]`");
        let help = "add one above the latest version, and describe in it what has changed";
        findings.push(finding(&codes::CHANGELOG_EMPTY, message).help(help));
        return Ok(String::new());
    };
    if !unreleased.is_empty() {
        return Ok(unreleased.notes().to_owned());
    }
    let notes = to.map_or_else(String::new, |to| of_pre_releases(&changelog, to));
    if notes.is_empty() {
        let message = format!("`{path}` says nothing under `## [Unreleased]`");
        let found = finding(&codes::CHANGELOG_EMPTY, message).at([place(unreleased.line)]);
        findings.push(found.help("describe what has changed, in the words of who uses it"));
    }
    Ok(notes)
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
