//! Imports that nothing uses any more because what used them moved: rustc names them and says how
//! to remove them.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use camino::{Utf8Path, Utf8PathBuf};
use cargo_metadata::diagnostic::{Applicability, Diagnostic, DiagnosticSpan};

use crate::syntax::{Edit, TokenKind, apply_edits, lex, whole_lines};

/// The files of `texts` without the imports that `diagnostics` call unused. `place` gives the key
/// of a file that rustc names. Only what no other code of the file mentions goes: under other
/// `cfg`s than those that were built it may be used.
pub(super) fn without_unused_imports(
    diagnostics: &[Diagnostic],
    texts: &BTreeMap<Utf8PathBuf, String>,
    place: &dyn Fn(&Utf8Path) -> Option<Utf8PathBuf>,
) -> BTreeMap<Utf8PathBuf, String> {
    let mut edits: BTreeMap<Utf8PathBuf, Vec<Edit>> = BTreeMap::new();
    for diagnostic in diagnostics {
        let code = diagnostic.code.as_ref().map(|code| code.code.as_str());
        if code != Some("unused_imports") {
            continue;
        }
        let Some(first) = diagnostic.spans.first() else {
            continue;
        };
        let Some(file) = place(Utf8Path::new(&first.file_name)) else {
            continue;
        };
        let Some(text) = texts.get(&file) else {
            continue;
        };
        let unused: Vec<Range<usize>> = diagnostic.spans.iter().map(bytes).collect();
        if unused.iter().all(|range| range.end <= text.len()) && !is_mentioned(text, &unused) {
            edits
                .entry(file)
                .or_default()
                .extend(removals(diagnostic, text));
        }
    }
    let edited = edits.into_iter().filter(|(_, edits)| !edits.is_empty());
    edited
        .map(|(file, edits)| {
            let text = apply_edits(&texts[&file], &edits);
            (file, text)
        })
        .collect()
}

fn bytes(span: &DiagnosticSpan) -> Range<usize> {
    let offset = |byte| usize::try_from(byte).unwrap_or(usize::MAX);
    offset(span.byte_start)..offset(span.byte_end)
}

/// Does the file mention what these imports bind in any other place?
fn is_mentioned(text: &str, imports: &[Range<usize>]) -> bool {
    let tokens = lex(text).unwrap_or_default();
    let inside = |at: usize| imports.iter().any(|range| range.contains(&at));
    let idents = || {
        let tokens = tokens.iter().filter(|token| token.kind == TokenKind::Ident);
        tokens.map(|token| (token.range.start, &text[token.range.clone()]))
    };
    let bound: BTreeSet<&str> = imports
        .iter()
        .filter_map(|range| idents().rfind(|(at, _)| range.contains(at)))
        .map(|(_, name)| name)
        .collect();
    idents().any(|(at, name)| !inside(at) && bound.contains(name))
}

/// What rustc would replace, whole lines where nothing else is left of them.
fn removals(diagnostic: &Diagnostic, text: &str) -> Vec<Edit> {
    let spans = diagnostic.children.iter().flat_map(|child| &child.spans);
    let sure = spans.filter(|span| {
        span.suggestion_applicability == Some(Applicability::MachineApplicable)
            && bytes(span).end <= text.len()
    });
    sure.filter_map(|span| {
        let with = span.suggested_replacement.as_deref()?;
        let range = bytes(span);
        let range = if with.is_empty() {
            whole_lines(text, range)
        } else {
            range
        };
        Some(Edit::replace(range, with))
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What rustc says of an import: the bytes that name it, and those to remove.
    fn unused(name: Range<usize>, removed: Range<usize>) -> Diagnostic {
        let span = |range: Range<usize>, replacement: Option<&str>| {
            serde_json::json!({
                "file_name": "src/a.rs", "byte_start": range.start, "byte_end": range.end,
                "line_start": 1, "line_end": 1, "column_start": 1, "column_end": 1,
                "is_primary": true, "text": [], "label": null, "expansion": null,
                "suggested_replacement": replacement,
                "suggestion_applicability": replacement.map(|_| "MachineApplicable"),
            })
        };
        let diagnostic = serde_json::json!({
            "message": "unused import", "code": { "code": "unused_imports", "explanation": null },
            "level": "warning", "spans": [span(name, None)], "rendered": null,
            "children": [{
                "message": "remove it", "code": null, "level": "help", "children": [],
                "rendered": null, "spans": [span(removed, Some(""))],
            }],
        });
        serde_json::from_value(diagnostic).expect("as rustc writes it")
    }

    fn pruned(text: &str, diagnostic: Diagnostic) -> Option<String> {
        let file = Utf8PathBuf::from("src/a.rs");
        let texts = BTreeMap::from([(file.clone(), text.to_owned())]);
        let place = |path: &Utf8Path| Some(path.to_owned());
        without_unused_imports(&[diagnostic], &texts, &place).remove(&file)
    }

    #[test]
    fn an_unused_import_goes_with_its_line() {
        let text = "use a::B;\nfn f() {}\n";
        let expected = Some("fn f() {}\n".to_owned());
        assert_eq!(pruned(text, unused(4..8, 0..9)), expected);
    }

    #[test]
    fn what_other_code_mentions_stays() {
        let text = "use a::B;\n#[cfg(windows)]\nfn f() -> B {}\n";
        assert_eq!(pruned(text, unused(4..8, 0..9)), None);
    }
}
