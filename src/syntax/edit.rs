//! Edits of a text: byte ranges and what comes in their place.

use std::ops::Range;

/// A replacement of `range` by `text`; an empty range inserts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edit {
    /// First byte.
    pub start: usize,
    /// The byte after the last one.
    pub end: usize,
    /// What comes in its place.
    pub text: String,
}

impl Edit {
    /// Replaces `range`.
    pub fn replace(range: Range<usize>, text: impl Into<String>) -> Self {
        Self {
            start: range.start,
            end: range.end,
            text: text.into(),
        }
    }

    /// Inserts before byte `at`.
    pub fn insert(at: usize, text: impl Into<String>) -> Self {
        Self::replace(at..at, text)
    }
}

/// `text` with the edits made. What is inserted where a replacement starts comes before it. Of two
/// replacements that overlap, the one that starts first wins (the longer one where both start
/// together); the same edit twice counts once.
pub fn apply_edits(text: &str, edits: &[Edit]) -> String {
    let mut sorted: Vec<&Edit> = edits.iter().collect();
    let inserts = |edit: &Edit| edit.start == edit.end;
    sorted.sort_by(|a, b| {
        let first = (a.start, !inserts(a), b.end, &a.text);
        first.cmp(&(b.start, !inserts(b), a.end, &b.text))
    });
    sorted.dedup();
    let mut result = String::with_capacity(text.len());
    let mut done = 0;
    for edit in sorted {
        if edit.start < done {
            continue;
        }
        result.push_str(&text[done..edit.start]);
        result.push_str(&edit.text);
        done = edit.end;
    }
    result.push_str(&text[done..]);
    result
}

/// `range` widened to whole lines, when nothing but white space stands beside it: for removing
/// an item without leaving its empty lines.
pub fn whole_lines(text: &str, range: Range<usize>) -> Range<usize> {
    let start = text[..range.start].rfind('\n').map_or(0, |at| at + 1);
    let end = text[range.end..]
        .find('\n')
        .map_or(text.len(), |at| range.end + at + 1);
    let blank = |part: &str| part.chars().all(char::is_whitespace);
    if blank(&text[start..range.start]) && blank(&text[range.end..end]) {
        start..end
    } else {
        range
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_apply_in_order_and_the_first_wins() {
        let edits = [
            Edit::replace(4..7, "X"),
            Edit::insert(0, "> "),
            Edit::replace(5..6, "no"),
        ];
        assert_eq!(apply_edits("abc def ghi", &edits), "> abc X ghi");
    }

    #[test]
    fn an_insertion_stands_before_what_is_replaced_there() {
        let edits = [Edit::replace(2..3, "crate"), Edit::insert(2, "pub ")];
        assert_eq!(apply_edits("S(a::b::C)", &edits[..1]), "S(crate::b::C)");
        assert_eq!(apply_edits("S(a::b::C)", &edits), "S(pub crate::b::C)");
    }

    #[test]
    fn lines_go_whole_only_when_alone() {
        assert_eq!(whole_lines("a\n  mod x;\nb", 4..10), 2..11);
        assert_eq!(whole_lines("a mod x;\nb", 2..8), 2..8);
    }
}
