//! A source file that is edited at places that the compiler names.

use std::ops::Range;

use camino::{Utf8Path, Utf8PathBuf};

use super::Reason;
use crate::cargo::DiagnosticSpan;
use crate::model::Place;
use crate::syntax::{Edit, apply_edits};

/// Edits that belong together.
#[derive(Debug)]
pub(super) struct Fix {
    /// File, bytes, and what comes in their place.
    pub(super) edits: Vec<(Utf8PathBuf, Range<usize>, String)>,
    pub(super) reason: Reason,
}

/// A file, and what is to change in it.
#[derive(Debug)]
pub(super) struct Source {
    text: String,
    edits: Vec<Edit>,
}

/// What rustc drops before it counts columns.
const MARK: char = '\u{feff}';

/// A line as rustc shows it.
fn seen_line(line: &str) -> &str {
    line.trim_end_matches('\r').trim_start_matches(MARK)
}

impl Source {
    pub(super) fn new(text: String) -> Self {
        Self {
            text,
            edits: Vec::new(),
        }
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The bytes of a span, if the file has there what the compiler saw: the same lines, and the
    /// span at its columns.
    pub(super) fn range_of(&self, span: &DiagnosticSpan) -> Option<Range<usize>> {
        let range = usize::try_from(span.byte_start).ok()?..usize::try_from(span.byte_end).ok()?;
        let mut lines = self.text.split('\n').skip(span.line_start.checked_sub(1)?);
        for seen in &span.text {
            if seen_line(lines.next()?) != seen.text.trim_end_matches('\r') {
                return None;
            }
        }
        let start = self.offset(span.line_start, span.column_start)?;
        let end = self.offset(span.line_end, span.column_end)?;
        (!span.text.is_empty() && range == (start..end)).then_some(range)
    }

    /// The byte at a column, both counted from 1.
    fn offset(&self, line: usize, column: usize) -> Option<usize> {
        let before = self.text.split_inclusive('\n').take(line.checked_sub(1)?);
        let start: usize = before.map(str::len).sum();
        let text = self.text[start..].split('\n').next()?;
        let marked = text.len() - text.trim_start_matches(MARK).len();
        let mut columns = text[marked..].char_indices().map(|(at, _)| at);
        let at = columns.nth(column.checked_sub(1)?);
        Some(start + marked + at.unwrap_or(text.len() - marked))
    }

    /// Does a new edit of these bytes meet none that is there?
    pub(super) fn is_free(&self, range: &Range<usize>) -> bool {
        self.edits.iter().all(|edit| {
            let apart = edit.end < range.start || range.end < edit.start;
            // Two replacements can stand side by side; where one inserts, its side is not known.
            let inserts = range.is_empty() || edit.start == edit.end;
            apart || !inserts && (edit.end == range.start || range.end == edit.start)
        })
    }

    pub(super) fn edit(&mut self, range: Range<usize>, text: String) {
        self.edits.push(Edit::replace(range, text));
    }

    /// The text with the edits made; none without any.
    pub(super) fn edited(&self) -> Option<String> {
        (!self.edits.is_empty()).then(|| apply_edits(&self.text, &self.edits))
    }

    pub(super) fn place(&self, file: &Utf8Path, at: usize) -> Place {
        let before = &self.text[..at];
        let line = before.matches('\n').count() + 1;
        let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
        Place {
            file: file.to_owned(),
            line: u32::try_from(line).unwrap_or(u32::MAX),
            column: u32::try_from(column).unwrap_or(u32::MAX),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(text: &str, line: usize, column: usize, bytes: Range<usize>) -> DiagnosticSpan {
        let length = bytes.len();
        let json = serde_json::json!({
            "file_name": "src/main.rs", "byte_start": bytes.start, "byte_end": bytes.end,
            "line_start": line, "line_end": line, "column_start": column, "column_end": column + length,
            "is_primary": true, "label": null, "suggested_replacement": null,
            "suggestion_applicability": null, "expansion": null,
            "text": [{ "text": text, "highlight_start": column, "highlight_end": column + length }],
        });
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn a_span_counts_where_the_file_has_what_was_seen() {
        let source = Source::new("\u{feff}use a;\r\nlet é = b;\r\n".to_owned());
        assert_eq!(source.range_of(&span("use a;", 1, 5, 7..8)), Some(7..8));
        assert_eq!(
            source.range_of(&span("let é = b;", 2, 9, 20..21)),
            Some(20..21)
        );
        assert_eq!(source.range_of(&span("let é = c;", 2, 9, 20..21)), None);
        assert_eq!(source.range_of(&span("let é = b;", 2, 9, 19..20)), None);
        assert_eq!(source.range_of(&span("use a;", 9, 5, 7..8)), None);
    }

    #[test]
    fn edits_do_not_meet() {
        let mut source = Source::new("abcdef".to_owned());
        source.edit(2..4, "X".to_owned());
        assert!(source.is_free(&(0..2)) && source.is_free(&(4..6)));
        assert!(!source.is_free(&(2..4)) && !source.is_free(&(3..5)) && !source.is_free(&(4..4)));
        source.edit(5..5, "Y".to_owned());
        assert!(!source.is_free(&(5..5)) && !source.is_free(&(5..6)) && source.is_free(&(0..1)));
        assert_eq!(source.edited().as_deref(), Some("abXeYf"));
    }
}
