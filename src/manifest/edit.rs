//! Edits of a text: ranges of bytes and what replaces them. Lines are whole, with their ends.

use std::ops::Range;

/// Edits to be made to one text, in any order; they must not overlap.
#[derive(Debug, Default)]
pub(super) struct Edits(Vec<(Range<usize>, String)>);

impl Edits {
    pub(super) fn replace(&mut self, range: Range<usize>, with: impl Into<String>) {
        self.0.push((range, with.into()));
    }

    pub(super) fn remove(&mut self, range: Range<usize>) {
        self.replace(range, "");
    }

    pub(super) fn insert(&mut self, at: usize, text: impl Into<String>) {
        self.replace(at..at, text);
    }

    /// The text with the edits made. Inserts at one place come in the order they were asked for.
    pub(super) fn apply(mut self, text: &str) -> String {
        self.0.sort_by_key(|(range, _)| range.start);
        let mut edited = String::with_capacity(text.len());
        let mut done = 0;
        for (range, with) in self.0 {
            if range.start >= done {
                edited += &text[done..range.start];
            }
            edited += &with;
            done = done.max(range.end);
        }
        edited + &text[done..]
    }
}

/// Where the line with the byte `at` starts.
pub(super) fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |newline| newline + 1)
}

/// Where the line with the byte `at` ends, its newline included.
pub(super) fn line_end(text: &str, at: usize) -> usize {
    text[at..]
        .find('\n')
        .map_or(text.len(), |newline| at + newline + 1)
}

/// The line before the one that starts at `start`; none at the top.
pub(super) fn line_before(text: &str, start: usize) -> Option<Range<usize>> {
    (start > 0).then(|| line_start(text, start - 1)..start)
}

pub(super) fn is_blank(line: &str) -> bool {
    line.trim().is_empty()
}

pub(super) fn is_comment(line: &str) -> bool {
    line.trim_start().starts_with('#')
}

/// The line end that the text uses.
pub(super) fn newline(text: &str) -> &'static str {
    match text.find('\n') {
        Some(at) if text[..at].ends_with('\r') => "\r\n",
        Some(_) | None => "\n",
    }
}

/// Inserts whole lines at the start of a line, or at the end of a text whose last line may lack
/// its end; then the last of the new lines lacks it in its place.
pub(super) fn insert_lines(edits: &mut Edits, text: &str, at: usize, lines: &[String]) {
    let end = newline(text);
    let unfinished = at == text.len() && at > 0 && !text.ends_with('\n');
    let mut inserted = lines.join(end);
    if unfinished {
        inserted.insert_str(0, end);
    } else {
        inserted.push_str(end);
    }
    edits.insert(at, inserted);
}

/// A range of whole lines, taken out such that the text before keeps its last line's end only
/// where a line follows.
pub(super) fn whole_lines(text: &str, range: Range<usize>) -> Range<usize> {
    let at_end = range.end == text.len() && !text[range.clone()].ends_with('\n');
    if !at_end || range.start == 0 {
        return range;
    }
    let before = text[..range.start].trim_end_matches('\n');
    let before = before.strip_suffix('\r').unwrap_or(before);
    // One newline only: blank lines above stay.
    let one = newline(text).len();
    range.start.saturating_sub(one).max(before.len())..range.end
}
