//! A table of a manifest as lines of text: where its entries stand, where a new one goes, and
//! what belongs to one that goes.

use std::collections::BTreeMap;
use std::ops::Range;

use toml_edit::{Item, Table};

use super::edit::{
    Edits, insert_lines, is_blank, is_comment, line_before, line_end, line_start, whole_lines,
};
use super::{Manifest, ManifestError};

/// A table under a `[header]` of its own, or none yet.
#[derive(Debug)]
pub(super) struct Section<'a> {
    manifest: &'a Manifest,
    path: Vec<String>,
    table: Option<&'a Table>,
}

impl<'a> Section<'a> {
    /// The table at `path`. One that is written inline can't be edited line by line.
    pub(super) fn find(manifest: &'a Manifest, path: &[&str]) -> Result<Self, ManifestError> {
        let table = match manifest.get(path) {
            None => None,
            Some(Item::Table(table)) if !table.is_dotted() => Some(table),
            Some(_) => return Err(manifest.shape(path.join("."), "a table under its own header")),
        };
        Ok(Self {
            manifest,
            path: path.iter().map(|&key| key.to_owned()).collect(),
            table,
        })
    }

    fn text(&self) -> &'a str {
        self.manifest.text()
    }

    /// The line of its `[header]`; none if only tables below it have one.
    fn header(&self) -> Option<Range<usize>> {
        let table = self.table.filter(|table| !table.is_implicit())?;
        let span = table.span()?;
        Some(line_start(self.text(), span.start)..line_end(self.text(), span.end))
    }

    /// The lines of the entry `key`, one range for each run of its own: `key = …`, the lines of
    /// `key.field = …`, or `[table.key]` with what is below.
    pub(super) fn lines_of(&self, key: &str) -> Vec<Range<usize>> {
        let Some((key, item)) = self.table.and_then(|table| table.get_key_value(key)) else {
            return Vec::new();
        };
        let mut lines = Vec::new();
        collect_lines(self.text(), key.span(), item, &mut lines);
        lines.sort_by_key(|range| range.start);
        lines.dedup();
        lines
    }

    /// The entries that are lines below the header, in the order of the text.
    fn entries(&self) -> Vec<(&'a str, Range<usize>)> {
        let mut entries = Vec::new();
        for (key, item) in self.table.into_iter().flat_map(Table::iter) {
            let below = match item {
                Item::Value(_) => true,
                Item::Table(table) => table.is_dotted(),
                Item::None | Item::ArrayOfTables(_) => false,
            };
            let lines = self.lines_of(key);
            if let (true, Some(first), Some(last)) = (below, lines.first(), lines.last()) {
                entries.push((key, first.start..last.end));
            }
        }
        entries.sort_by_key(|(_, range)| range.start);
        entries
    }

    /// Adds entries, given as key and line: each where it sorts if what is there is sorted, else
    /// last. A table that isn't there is made, before the first of the tables `before`, else at
    /// the end.
    pub(super) fn add(&self, edits: &mut Edits, new: &BTreeMap<&str, String>, before: &[&str]) {
        let entries = self.entries();
        let after_header = self.header().map(|header| header.end);
        let Some(last) = entries.last().map(|(_, range)| range.end).or(after_header) else {
            self.make(edits, new.values().cloned(), before);
            return;
        };
        let sorted = entries.len() > 1 && entries.is_sorted_by_key(|(key, _)| *key);
        for (&key, line) in new {
            let previous = entries.iter().rfind(|(other, _)| *other < key);
            let sorts = previous.map(|(_, range)| range.end).or(after_header);
            let at = sorts.filter(|_| sorted).unwrap_or(last);
            insert_lines(edits, self.text(), at, std::slice::from_ref(line));
        }
    }

    fn make(&self, edits: &mut Edits, lines: impl Iterator<Item = String>, before: &[&str]) {
        let text = self.text();
        let keys = self.path.iter().map(|key| super::document::key(key));
        let header = format!("[{}]", keys.collect::<Vec<_>>().join("."));
        let place = before
            .iter()
            .filter_map(|key| first_header(text, self.manifest.root().get(key)?))
            .min();
        let at = place.map_or(text.len(), |header| end_of_content(text, header));
        let gap = (!is_blank(&text[..at])).then(String::new);
        let lines = gap.into_iter().chain([header]).chain(lines);
        insert_lines(edits, text, at, &lines.collect::<Vec<_>>());
    }

    /// Removes entries, with the comments that are about them alone, and the header too if nothing
    /// is left below it and nothing comes.
    pub(super) fn remove(&self, edits: &mut Edits, keys: &[&str], others_come: bool) {
        let text = self.text();
        let mut gone: Vec<Range<usize>> = Vec::new();
        for key in keys {
            for range in self.lines_of(key) {
                let start = own_comments(text, &range, key);
                gone.push(without_gap(text, start..range.end));
            }
        }
        let left = self.entries();
        let left = left.iter().filter(|(key, _)| !keys.contains(key)).count();
        if let (0, false, Some(header)) = (left, others_come, self.header())
            && rest_of_body(text, header.end, &gone)
        {
            let blank =
                line_before(text, header.start).filter(|line| is_blank(&text[line.clone()]));
            let start = blank.map_or(header.start, |line| line.start);
            gone.push(start..header.end);
        }
        gone.sort_by_key(|range| range.start);
        for range in merged(gone) {
            edits.remove(whole_lines(text, range));
        }
    }
}

/// Ranges of which none touches another.
fn merged(sorted: Vec<Range<usize>>) -> Vec<Range<usize>> {
    let mut merged: Vec<Range<usize>> = Vec::new();
    for range in sorted {
        match merged.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            Some(_) | None => merged.push(range),
        }
    }
    merged
}

fn collect_lines(
    text: &str,
    key: Option<Range<usize>>,
    item: &Item,
    lines: &mut Vec<Range<usize>>,
) {
    match item {
        Item::Value(value) => {
            if let (Some(key), Some(value)) = (key, value.span()) {
                lines.push(line_start(text, key.start)..line_end(text, value.end));
            }
        }
        Item::Table(table) => {
            let header = table.span().filter(|_| !table.is_implicit());
            let own = header.map(|span| line_start(text, span.start)..line_end(text, span.end));
            let mut below = Vec::new();
            for (key, item) in table {
                let span = table.key(key).and_then(toml_edit::Key::span);
                collect_lines(text, span, item, &mut below);
            }
            match own {
                // A table with a header is one run of lines, comments between them included.
                Some(own) => {
                    let end = below.iter().map(|range| range.end).max();
                    lines.push(own.start..end.unwrap_or(own.end));
                }
                None => lines.extend(below),
            }
        }
        Item::None | Item::ArrayOfTables(_) => {}
    }
}

/// Where the header of a table starts, or the first one below it.
fn first_header(text: &str, item: &Item) -> Option<usize> {
    let table = item.as_table()?;
    if !table.is_implicit() {
        return Some(line_start(text, table.span()?.start));
    }
    let below = table
        .iter()
        .filter_map(|(_, item)| first_header(text, item));
    below.min()
}

/// The end of the last line above `at` that is neither blank nor a comment: what stands between
/// belongs to what is at `at`.
fn end_of_content(text: &str, at: usize) -> usize {
    let mut end = at;
    while let Some(line) = line_before(text, end) {
        if !is_blank(&text[line.clone()]) && !is_comment(&text[line.clone()]) {
            break;
        }
        end = line.start;
    }
    end
}

/// Where the comments start that go with the entry `key` at `entry`; its own start if there are
/// none. Comments right above it are its own if they name it, or if nothing follows right below
/// that they could head as well.
fn own_comments(text: &str, entry: &Range<usize>, key: &str) -> usize {
    let mut start = entry.start;
    while let Some(line) = line_before(text, start).filter(|line| is_comment(&text[line.clone()])) {
        start = line.start;
    }
    let next = &text[entry.end..line_end(text, entry.end)];
    let alone = is_blank(next) || is_comment(next) || next.trim_start().starts_with('[');
    let named = text[start..entry.start]
        .split(|c: char| !c.is_alphanumeric() && c != '-' && c != '_')
        .any(|word| word == key);
    if alone || named { start } else { entry.start }
}

/// The range with the blank line above it, if there is one below it as well.
fn without_gap(text: &str, range: Range<usize>) -> Range<usize> {
    let below = &text[range.end..line_end(text, range.end)];
    let above = line_before(text, range.start).filter(|line| is_blank(&text[line.clone()]));
    match above {
        Some(above) if is_blank(below) => above.start..range.end,
        Some(_) | None => range,
    }
}

/// Is all that stands below a header, up to the first blank line, in `gone`?
fn rest_of_body(text: &str, header_end: usize, gone: &[Range<usize>]) -> bool {
    let mut at = header_end;
    while at < text.len() {
        if let Some(range) = gone.iter().find(|range| range.contains(&at)) {
            at = range.end;
            continue;
        }
        let line = &text[at..line_end(text, at)];
        return is_blank(line) || line.trim_start().starts_with('[');
    }
    true
}
