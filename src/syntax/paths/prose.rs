//! Paths in prose: in the text of doc comments and in the strings of attributes.

use std::ops::Range;

use super::path::{Anchor, Relocate, Relocation};
use super::scan::{Found, Scan};
use crate::syntax::edit::Edit;

/// Paths in the text of a doc comment or an attribute's string: found by their first word.
pub(super) fn rewrite_prose(
    scan: &Scan<'_>,
    range: Range<usize>,
    relocate: &Relocate<'_>,
    edits: &mut Vec<Edit>,
) {
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    let text = &scan.text[range.clone()];
    let mut at = 0;
    while let Some(offset) = text[at..].find("::") {
        let colons = at + offset;
        at = colons + 2;
        let word_start = text[..colons]
            .rfind(|c| !is_name(c))
            .map_or(0, |p| p + char_len(text, p));
        let word = &text[word_start..colons];
        let anchored =
            matches!(word, "crate" | "self" | "super") || scan.extern_names.contains(word);
        // `::acme` is anchored, `std::acme` is not.
        let goes_on = text[..word_start].strip_suffix("::").is_some_and(|before| {
            before.ends_with(is_name) || matches!(word, "crate" | "self" | "super")
        });
        if !anchored || goes_on {
            continue;
        }
        let mut end = colons;
        let mut segments = Vec::new();
        while text[end..].starts_with("::") {
            let length = text[end + 2..]
                .find(|c| !is_name(c))
                .unwrap_or(text.len() - end - 2);
            if length == 0 {
                break;
            }
            segments.push(range.start + end + 2..range.start + end + 2 + length);
            end += 2 + length;
        }
        at = at.max(end);
        let Some(found) = prose_path(
            scan,
            range.start + word_start..range.start + colons,
            segments,
        ) else {
            continue;
        };
        if let Relocation::Prefix { segments, with } = relocate(&found.written(scan.text, false)) {
            let imported = text[..word_start].ends_with("use ") && text[end..].starts_with(';');
            let with = match found.segments.last() {
                Some(last) if imported && segments == found.segments.len() => {
                    bound_as(with, &scan.text[last.clone()])
                }
                _ => with,
            };
            edits.push(found.replace_prefix(segments, with));
        }
    }
}

/// The import of a path that binds that name.
fn bound_as(path: String, name: &str) -> String {
    match path.rsplit("::").next() {
        Some(last) if last == name => path,
        _ => format!("{path} as {name}"),
    }
}

fn prose_path(scan: &Scan<'_>, word: Range<usize>, segments: Vec<Range<usize>>) -> Option<Found> {
    let mut supers = 0;
    let mut anchor_range = word.clone();
    let mut segments = segments;
    let anchor = match &scan.text[word] {
        "crate" => Anchor::Crate,
        name @ ("self" | "super") => {
            supers += usize::from(name == "super");
            while segments
                .first()
                .is_some_and(|s| &scan.text[s.clone()] == "super")
            {
                anchor_range.end = segments.remove(0).end;
                supers += 1;
            }
            if supers == 0 {
                Anchor::SelfModule
            } else {
                Anchor::Super(supers)
            }
        }
        name => Anchor::Extern(name.to_owned()),
    };
    (!segments.is_empty()).then_some(Found {
        anchor,
        anchor_range,
        segments,
        glob: false,
        dollar: false,
    })
}

fn char_len(text: &str, at: usize) -> usize {
    text[at..].chars().next().map_or(1, char::len_utf8)
}
