//! Release notes.

use semver::Version;
use serde::Serialize;

use crate::card::{Entry, Notes, Section};
use crate::markdown::{Showing, Tags, render_markdown};

/// So many versions are open from the start.
const OPEN: usize = 3;

#[derive(Debug, Serialize)]
pub(super) struct NotesView {
    sections: Vec<SectionView>,
    unmentioned: Vec<Version>,
}

#[derive(Debug, Serialize)]
struct SectionView {
    version: Version,
    date: Option<String>,
    yanked: bool,
    open: bool,
    breaking: usize,
    entries: Vec<EntryView>,
}

#[derive(Debug, Serialize)]
struct EntryView {
    group: String,
    breaking: bool,
    /// HTML.
    text: String,
    names: Vec<String>,
}

impl NotesView {
    pub(super) fn new(notes: &Notes) -> Self {
        let sections = notes.sections.iter().enumerate();
        Self {
            sections: sections
                .map(|(at, section)| SectionView::new(section, at < OPEN))
                .collect(),
            unmentioned: notes.unmentioned.clone(),
        }
    }
}

impl SectionView {
    fn new(section: &Section, open: bool) -> Self {
        let breaking = section.entries.iter().filter(|entry| entry.breaking);
        Self {
            version: section.version.clone(),
            date: section.date.map(|date| date.to_string()),
            yanked: section.yanked,
            open,
            breaking: breaking.count(),
            entries: section.entries.iter().map(EntryView::new).collect(),
        }
    }
}

impl EntryView {
    fn new(entry: &Entry) -> Self {
        let showing = Showing {
            source: None,
            lowered: 4,
            tags: Tags::Read,
        };
        Self {
            group: entry.group.clone(),
            breaking: entry.breaking,
            text: render_markdown(&entry.text, showing),
            names: entry.names.clone(),
        }
    }
}
