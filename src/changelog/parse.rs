//! From Markdown to sections.

use std::ops::Range;

use pulldown_cmark::{Event, HeadingLevel, Parser, Tag, TagEnd};

use super::heading;
use super::section::{Entry, Group, Kind, Section};

/// A block at the top level of the text.
struct Block {
    what: What,
    range: Range<usize>,
}

enum What {
    Heading(HeadingLevel),
    /// An item of a list that is no item's own.
    Item,
    Paragraph,
}

pub(super) fn sections(text: &str) -> Vec<Section> {
    let lines = Lines::of(text);
    let mut sections: Vec<(Section, HeadingLevel, usize)> = Vec::new();
    let mut ended = true;
    for block in blocks(text) {
        let source = &text[block.range.clone()];
        match block.what {
            What::Heading(level) => {
                let title = heading_text(source);
                let start = block.range.start;
                if let Some(read) = heading::read(&title) {
                    close(&mut sections, text, start, ended);
                    ended = false;
                    let section = Section {
                        version: read.version,
                        title,
                        date: read.date,
                        yanked: read.yanked,
                        line: lines.at(start),
                        groups: Vec::new(),
                        notes: String::new(),
                    };
                    sections.push((section, level, block.range.end));
                } else if let Some((section, own, _)) = sections.last_mut().filter(|_| !ended) {
                    if level <= *own {
                        close(&mut sections, text, start, false);
                        ended = true;
                    } else {
                        section.groups.push(Group {
                            kind: Kind::of(&title),
                            title,
                            line: lines.at(start),
                            entries: Vec::new(),
                        });
                    }
                }
            }
            What::Item | What::Paragraph => {
                if let Some((section, ..)) = sections.last_mut().filter(|_| !ended) {
                    add(section, entry_text(source), lines.at(block.range.start));
                }
            }
        }
    }
    close(&mut sections, text, text.len(), ended);
    sections.into_iter().map(|(section, ..)| section).collect()
}

/// Gives the last section its notes, which end at `end`.
fn close(sections: &mut [(Section, HeadingLevel, usize)], text: &str, end: usize, ended: bool) {
    if let Some((section, _, start)) = sections.last_mut().filter(|_| !ended) {
        without_definitions(&text[*start..end]).clone_into(&mut section.notes);
    }
}

fn add(section: &mut Section, text: String, line: u32) {
    if section.groups.is_empty() {
        section.groups.push(Group {
            kind: Kind::Other,
            title: String::new(),
            line,
            entries: Vec::new(),
        });
    }
    let group = section.groups.last_mut().expect("one was pushed");
    let breaking = matches!(group.kind, Kind::Removed | Kind::Breaking) || says_breaking(&text);
    group.entries.push(Entry {
        text,
        line,
        breaking,
    });
}

/// "**Breaking:** …", "[breaking] …", "BREAKING CHANGE: …", "feat!: …".
fn says_breaking(text: &str) -> bool {
    let start = text.trim_start_matches(|c: char| !c.is_alphanumeric());
    let breaking = start
        .get(..8)
        .is_some_and(|word| word.eq_ignore_ascii_case("breaking"));
    let conventional = start
        .split_once("!:")
        .is_some_and(|(kind, _)| !kind.contains(char::is_whitespace));
    breaking || conventional || text.to_lowercase().contains("breaking change")
}

/// Without the bullet, and without the indentation that it asks of the lines below.
fn entry_text(source: &str) -> String {
    let bullet = source
        .strip_prefix(['-', '*', '+'])
        .or_else(|| {
            let rest = source.trim_start_matches(|c: char| c.is_ascii_digit());
            (rest.len() < source.len())
                .then(|| rest.strip_prefix(['.', ')']))
                .flatten()
        })
        .filter(|rest| rest.starts_with([' ', '\t', '\n']));
    let Some(rest) = bullet else {
        return source.trim().to_owned();
    };
    let indent = source.len() - rest.trim_start().len();
    let mut lines = rest.trim().lines();
    let mut text = lines.next().unwrap_or_default().to_owned();
    for line in lines {
        let spaces = line.len() - line.trim_start().len();
        text.push('\n');
        text.push_str(line.get(spaces.min(indent)..).unwrap_or_default());
    }
    text
}

/// The text of a heading, its Markdown kept, without the hashes or the underline.
fn heading_text(source: &str) -> String {
    let line = source.trim().lines().next().unwrap_or_default();
    let line = line.trim().trim_start_matches('#').trim();
    line.trim_end_matches('#').trim().to_owned()
}

/// Link definitions (`[1.2.0]: https://…`) at the end belong to the whole file.
fn without_definitions(notes: &str) -> &str {
    let mut notes = notes.trim();
    while let Some(last) = notes.lines().next_back() {
        let definition = last.starts_with('[') && last.contains("]: ");
        if !definition {
            break;
        }
        notes = notes[..notes.len() - last.len()].trim_end();
    }
    notes
}

fn blocks(text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut inside = 0_u32;
    for (event, range) in Parser::new(text).into_offset_iter() {
        match event {
            Event::Start(Tag::Heading { level, .. }) if inside == 0 => {
                let what = What::Heading(level);
                blocks.push(Block { what, range });
            }
            Event::Start(Tag::Paragraph) if inside == 0 => {
                let what = What::Paragraph;
                blocks.push(Block { what, range });
            }
            Event::Start(Tag::Item) => {
                if inside == 0 {
                    let what = What::Item;
                    blocks.push(Block { what, range });
                }
                inside += 1;
            }
            Event::Start(Tag::BlockQuote(_)) => inside += 1,
            Event::End(TagEnd::Item | TagEnd::BlockQuote(_)) => inside -= 1,
            _ => {}
        }
    }
    blocks
}

/// Where lines begin.
struct Lines(Vec<usize>);

impl Lines {
    fn of(text: &str) -> Self {
        let breaks = text.match_indices('\n').map(|(at, _)| at + 1);
        Self(std::iter::once(0).chain(breaks).collect())
    }

    /// The line, from 1, of a byte.
    fn at(&self, byte: usize) -> u32 {
        let line = self.0.partition_point(|start| *start <= byte);
        u32::try_from(line).unwrap_or(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use insta::assert_snapshot;

    use crate::changelog::{Changelog, Section};

    fn shown(text: &str) -> String {
        let changelog = match Changelog::parse(text) {
            Ok(changelog) => changelog,
            Err(error) => return error.to_string(),
        };
        let mut out = String::new();
        for section in changelog.sections() {
            let version = section.version.as_ref();
            let version = version.map_or_else(|| "unreleased".to_owned(), ToString::to_string);
            writeln!(out, "{}: {version}", section.line).expect("a string");
            for group in &section.groups {
                writeln!(out, "{}:   {} `{}`", group.line, group.kind, group.title)
                    .expect("a string");
                for entry in &group.entries {
                    let mark = if entry.breaking { " !" } else { "" };
                    writeln!(out, "{}:    {mark} {:?}", entry.line, entry.text).expect("a string");
                }
            }
        }
        out
    }

    #[test]
    fn keep_a_changelog() {
        assert_snapshot!(shown("# Changelog\n\nAll notable changes.\n\n## [Unreleased]\n\n### Added\n\n- One\n  over two lines\n  - with a part\n- Two\n\n### Removed\n\n- `old()`\n\n## [0.1.0] - 2026-01-31\n\n- **Breaking:** first\n\n[Unreleased]: https://a.example/compare\n[0.1.0]: https://a.example/0.1.0\n"), @r#"
        5: unreleased
        7:   Added `Added`
        9:     "One\nover two lines\n- with a part"
        12:     "Two"
        14:   Removed `Removed`
        16:     ! "`old()`"
        18: 0.1.0
        20:   Other ``
        20:     ! "**Breaking:** first"
        "#);
    }

    #[test]
    fn other_forms() {
        assert_snapshot!(shown("Version 1.1.0\n=============\n\nSome prose.\n\n```\n## 9.9.9\n```\n\n* feat!: new `Error`\n1. numbered\n\n> - quoted\n\nVersion 1.0.0\n=============\n\n#### Fixes ####\n\n+ that\n\nContributors\n============\n\n- nobody\n"), @r#"
        1: 1.1.0
        4:   Other ``
        4:     "Some prose."
        10:     ! "feat!: new `Error`"
        11:     "numbered"
        15: 1.0.0
        18:   Other `Fixes`
        20:     "that"
        "#);
    }

    #[test]
    fn what_is_no_changelog_is_said_to_be_none() {
        assert_snapshot!(shown("# Notes\n\n- nothing\n"), @"no heading names a version");
        assert_snapshot!(shown("# 1.0.0\n\n# v1.0.0+again\n"), @"line 3 has `v1.0.0+again` a second time, after line 1");
    }

    #[test]
    fn notes_are_the_text_without_the_links_below() {
        let text = "## [Unreleased]\n\n## [1.1.0]\n\nSee [this].\n\n### Fixed\n\n- it\n\n## [1.0.0]\n\n- all\n\n[this]: https://a.example\n[1.0.0]: https://a.example\n";
        let changelog = Changelog::parse(text).expect("a changelog");
        let notes: Vec<_> = changelog.sections().map(Section::notes).collect();
        assert_eq!(notes, ["", "See [this].\n\n### Fixed\n\n- it", "- all"]);
        assert!(changelog.unreleased().expect("it is there").is_empty());
        let version = |v: &str| v.parse().expect("a version");
        let between = changelog.between(&version("1.0.0"), &version("1.1.0"));
        assert_eq!(between.len(), 1);
        assert_eq!(between[0].version, Some(version("1.1.0")));
    }
}
