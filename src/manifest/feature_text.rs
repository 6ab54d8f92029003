//! The lists of `[features]` as text: entries added and taken out, the list's layout kept.

use std::ops::Range;

use toml_edit::{Array, Value};

use super::Manifest;
use super::document::{quoted, quoted_list};
use super::edit::{Edits, is_blank, line_end, line_start, newline};

/// The list of a feature; none if it isn't declared.
pub(super) fn list<'a>(manifest: &'a Manifest, feature: &str) -> Option<&'a Array> {
    manifest.get(&["features", feature])?.as_array()
}

/// Takes out the entries that `gone` says yes to and adds others at the end.
pub(super) fn edit_list(
    edits: &mut Edits,
    text: &str,
    list: &Array,
    gone: &dyn Fn(&str) -> bool,
    add: &[&str],
) {
    let Some(span) = list.span() else { return };
    let goes = |value: &Value| value.as_str().is_some_and(gone);
    let (out, stay): (Vec<&Value>, Vec<&Value>) = list.iter().partition(|value| goes(value));
    if out.is_empty() && add.is_empty() {
        return;
    }
    let spans: Vec<Range<usize>> = list.iter().filter_map(Value::span).collect();
    let (Some(head), Some(tail)) = (spans.first(), spans.last()) else {
        edits.replace(span, quoted_list(add.iter().copied()));
        return;
    };
    if stay.is_empty() {
        edits.replace(span, quoted_list(add.iter().copied()));
    } else if !text[span.clone()].contains('\n') {
        let stay = stay
            .iter()
            .filter_map(|value| Some(text[value.span()?].to_owned()));
        let all: Vec<String> = stay.chain(add.iter().map(|entry| quoted(entry))).collect();
        edits.replace(head.start..tail.end, all.join(", "));
    } else if spans.iter().all(|span| stands_alone(text, span)) {
        for span in out.iter().filter_map(|value| value.span()) {
            edits.remove(line_start(text, span.start)..line_end(text, span.end));
        }
        add_lines(edits, text, tail, list.iter().last().is_some_and(goes), add);
    } else {
        let stay = stay.iter().filter_map(|value| value.as_str());
        let all = stay.chain(add.iter().copied()).map(quoted);
        let end = newline(text);
        let lines: Vec<String> = all.map(|entry| format!("{end}    {entry},")).collect();
        edits.replace(span, format!("[{}{end}]", lines.concat()));
    }
}

fn add_lines(edits: &mut Edits, text: &str, last: &Range<usize>, last_goes: bool, add: &[&str]) {
    if add.is_empty() {
        return;
    }
    if !last_goes && !text[last.end..].trim_start().starts_with(',') {
        edits.insert(last.end, ",");
    }
    let indent = &text[line_start(text, last.start)..last.start];
    let end = newline(text);
    let lines: Vec<String> = add
        .iter()
        .map(|entry| format!("{indent}{},{end}", quoted(entry)))
        .collect();
    edits.insert(line_end(text, last.end), lines.concat());
}

/// Has the entry a line of its own, but for its comma and a comment?
fn stands_alone(text: &str, span: &Range<usize>) -> bool {
    let line = line_start(text, span.start)..line_end(text, span.end);
    let after = text[span.end..line.end].trim_start();
    let after = after.strip_prefix(',').unwrap_or(after).trim_start();
    is_blank(&text[line.start..span.start])
        && text[span.clone()].lines().count() == 1
        && (after.is_empty() || after.starts_with('#'))
}
