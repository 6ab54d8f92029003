//! The parts of a changelog.

use std::fmt;

use jiff::civil::Date;
use semver::Version;

use super::{ChangelogError, parse};

/// A changelog, in the order of its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changelog {
    pub(super) sections: Vec<Section>,
}

/// What a changelog says of one version, or of what is not released yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// `None` for what is not released yet.
    pub version: Option<Version>,
    /// Its heading's text, without the hashes: `[1.2.0] - 2026-01-31`.
    pub title: String,
    /// The day that the heading gives.
    pub date: Option<Date>,
    /// Does the heading say `[YANKED]`?
    pub yanked: bool,
    /// The line of its heading, from 1.
    pub line: u32,
    /// Its entries by their headings; those above any heading first.
    pub groups: Vec<Group>,
    pub(super) notes: String,
}

/// Entries below one heading of a section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// What the heading says, for a heading of Keep a Changelog.
    pub kind: Kind,
    /// The heading's text; empty for entries without a heading.
    pub title: String,
    /// The line of its heading, or of its first entry, from 1.
    pub line: u32,
    /// Its list items and paragraphs.
    pub entries: Vec<Entry>,
}

/// One item of a list, or a paragraph that stands alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its Markdown, without the bullet; items below it included.
    pub text: String,
    /// Its line, from 1.
    pub line: u32,
    /// Does it tell of a break: under "Removed" or "Breaking", or marked as breaking?
    pub breaking: bool,
}

/// The headings of Keep a Changelog 1.1.0, and the one that it lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// "Breaking", "Breaking changes".
    Breaking,
    /// "Added".
    Added,
    /// "Changed".
    Changed,
    /// "Deprecated".
    Deprecated,
    /// "Removed".
    Removed,
    /// "Fixed".
    Fixed,
    /// "Security".
    Security,
    /// Any other, or none.
    Other,
}

impl Changelog {
    /// Reads a changelog.
    ///
    /// # Errors
    /// If no heading names a version, or two name the same one.
    pub fn parse(text: &str) -> Result<Self, ChangelogError> {
        let sections = parse::sections(text);
        if sections.is_empty() {
            return Err(ChangelogError::NoVersions);
        }
        for (at, section) in sections.iter().enumerate() {
            let twin = sections.iter().take(at).find(|earlier| {
                // Build metadata is no part of a version's precedence, nor of its name here.
                match (&earlier.version, &section.version) {
                    (None, None) => true,
                    (Some(a), Some(b)) => a.cmp_precedence(b).is_eq(),
                    _ => false,
                }
            });
            if let Some(twin) = twin {
                return Err(ChangelogError::Twice {
                    title: section.title.clone(),
                    first: twin.line,
                    second: section.line,
                });
            }
        }
        Ok(Self { sections })
    }

    /// All sections, in the order of the text; by custom the newest first.
    pub fn sections(&self) -> impl Iterator<Item = &Section> {
        self.sections.iter()
    }

    /// What is not released yet.
    #[must_use]
    pub fn unreleased(&self) -> Option<&Section> {
        self.sections().find(|section| section.version.is_none())
    }

    /// What it says of a version.
    #[must_use]
    pub fn section(&self, version: &Version) -> Option<&Section> {
        self.sections().find(|section| {
            let named = section.version.as_ref();
            named.is_some_and(|named| named.cmp_precedence(version).is_eq())
        })
    }

    /// The sections of the versions after `after`, up to and with `upto`, newest first.
    #[must_use]
    pub fn between(&self, after: &Version, upto: &Version) -> Vec<&Section> {
        let mut sections: Vec<(&Version, &Section)> = self
            .sections()
            .filter_map(|section| Some((section.version.as_ref()?, section)))
            .filter(|(version, _)| *version > after && *version <= upto)
            .collect();
        sections.sort_by(|(a, _), (b, _)| b.cmp(a));
        sections.into_iter().map(|(_, section)| section).collect()
    }
}

impl Section {
    /// Its text below the heading, trimmed, without the link definitions at the end of the file.
    #[must_use]
    pub fn notes(&self) -> &str {
        &self.notes
    }

    /// Does it say nothing? Headings without an entry say nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries().next().is_none()
    }

    /// All entries, in the order of the text.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.groups.iter().flat_map(|group| &group.entries)
    }

    /// The entries that tell of a break.
    pub fn breaking(&self) -> impl Iterator<Item = &Entry> {
        self.entries().filter(|entry| entry.breaking)
    }
}

impl Kind {
    /// By its heading's text.
    #[must_use]
    pub fn of(title: &str) -> Self {
        let word: String = title
            .trim_start_matches(|c: char| !c.is_alphabetic())
            .chars()
            .take_while(|c| c.is_alphabetic())
            .collect();
        match word.to_lowercase().as_str() {
            "breaking" => Self::Breaking,
            "added" => Self::Added,
            "changed" => Self::Changed,
            "deprecated" => Self::Deprecated,
            "removed" => Self::Removed,
            "fixed" => Self::Fixed,
            "security" => Self::Security,
            _ => Self::Other,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Breaking => "Breaking",
            Self::Added => "Added",
            Self::Changed => "Changed",
            Self::Deprecated => "Deprecated",
            Self::Removed => "Removed",
            Self::Fixed => "Fixed",
            Self::Security => "Security",
            Self::Other => "Other",
        })
    }
}
