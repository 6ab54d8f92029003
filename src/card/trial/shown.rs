//! What the compiler says of a copy, as it would say it of the service: without the copy's paths.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};

use crate::cargo::{Diagnostic, DiagnosticSpan, TargetName};
use crate::model::Place;
use crate::service::Copy;
use crate::sys;
use crate::trial::SuiteResult;

use super::super::facts::CompilerError;

/// A diagnostic of the compiler's, and all places that it speaks of.
#[derive(Debug)]
pub(super) struct Shown {
    pub(super) error: CompilerError,
    /// Places of the service that it points at besides.
    pub(super) others: Vec<Place>,
    /// Places elsewhere, by their full paths.
    pub(super) outside: Vec<Place>,
}

/// Tells a diagnostic from others, also if lines above it come or go.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    code: Option<String>,
    message: String,
    file: Option<Utf8PathBuf>,
    line: String,
}

/// What the compiler says of the service as it is.
#[derive(Debug)]
pub(super) struct Known(BTreeSet<Key>);

impl Known {
    pub(super) fn new(result: &SuiteResult, copy: &Copy) -> Self {
        let said = result.errors.iter().chain(&result.deprecated);
        Self(said.map(|(_, diagnostic)| key(diagnostic, copy)).collect())
    }

    pub(super) fn has(&self, diagnostic: &Diagnostic, copy: &Copy) -> bool {
        self.0.contains(&key(diagnostic, copy))
    }
}

fn key(diagnostic: &Diagnostic, copy: &Copy) -> Key {
    let span = primary(diagnostic, copy);
    let lines = span.iter().flat_map(|span| &span.text);
    Key {
        code: code(diagnostic),
        message: diagnostic.message.clone(),
        file: span.map(|span| place(span, copy).unwrap_or_else(|place| place).file),
        line: lines.map(|line| line.text.trim()).collect(),
    }
}

fn code(diagnostic: &Diagnostic) -> Option<String> {
    diagnostic.code.as_ref().map(|code| code.code.clone())
}

/// As it is shown.
pub(super) fn shown(target: &TargetName, diagnostic: &Diagnostic, copy: &Copy) -> Shown {
    let main = primary(diagnostic, copy).map(|span| place(span, copy));
    let mut spans = Vec::new();
    all_spans(diagnostic, &mut spans);
    let (mut others, mut outside) = (Vec::new(), Vec::new());
    for span in spans {
        match place(span, copy) {
            Ok(place) => others.push(place),
            Err(place) => outside.push(place),
        }
    }
    let rendered = diagnostic.rendered.as_deref().unwrap_or_default();
    Shown {
        error: CompilerError {
            target: target.to_string(),
            code: code(diagnostic),
            message: diagnostic.message.clone(),
            place: main.and_then(Result::ok),
            rendered: without_paths(rendered, copy),
            change: None,
        },
        others,
        outside,
    }
}

/// Where it points at: in the service, if it is about a macro's expansion.
fn primary<'a>(diagnostic: &'a Diagnostic, copy: &Copy) -> Option<&'a DiagnosticSpan> {
    let spans = diagnostic.spans.iter();
    let first = spans.clone().find(|span| span.is_primary);
    let first = first.or(diagnostic.spans.first())?;
    let mut span = first;
    while place(span, copy).is_err() {
        match &span.expansion {
            Some(expansion) => span = &expansion.span,
            None => return Some(first),
        }
    }
    Some(span)
}

fn all_spans<'a>(diagnostic: &'a Diagnostic, spans: &mut Vec<&'a DiagnosticSpan>) {
    for span in &diagnostic.spans {
        let mut next = Some(span);
        while let Some(span) = next {
            spans.push(span);
            next = span.expansion.as_ref().map(|expansion| &expansion.span);
        }
    }
    for child in &diagnostic.children {
        all_spans(child, spans);
    }
}

/// A place relative to the service's repository; as an error, one elsewhere.
fn place(span: &DiagnosticSpan, copy: &Copy) -> Result<Place, Place> {
    // Cargo runs the compiler in the workspace's root.
    let path = sys::fs::normal(&copy.root().join(&span.file_name));
    let at = |file: &Utf8Path| Place {
        file: file.to_owned(),
        line: u32::try_from(span.line_start).unwrap_or(u32::MAX),
        column: u32::try_from(span.column_start).unwrap_or(u32::MAX),
    };
    match path.strip_prefix(copy.top()) {
        Ok(file) => Ok(at(file)),
        Err(_) => Err(at(&path)),
    }
}

/// A text without the paths of this machine: those of the copy become the service's, those of
/// packages and of the standard library begin with their names.
pub(super) fn without_paths(text: &str, copy: &Copy) -> String {
    let text = text.replace(&format!("{}/", copy.target_dir()), "target/");
    let text = text.replace(&format!("{}/", copy.top()), "");
    let text = without_lead(&text, "/registry/src/", 1);
    without_lead(&text, "/lib/rustlib/src/rust/", 0)
}

/// Removes from each path that has `mark` in it all up to the mark, and so many folders after it.
fn without_lead(text: &str, mark: &str, folders: usize) -> String {
    let mut rest = text;
    let mut done = String::new();
    while let Some(at) = rest.find(mark) {
        let is_before = |c: char| c.is_whitespace() || "\"'`(<".contains(c);
        let start = rest[..at].rfind(is_before).map_or(0, |before| {
            before + rest[before..].chars().next().map_or(1, char::len_utf8)
        });
        done.push_str(&rest[..start]);
        rest = &rest[at + mark.len()..];
        for _ in 0..folders {
            rest = rest.split_once('/').map_or(rest, |(_, rest)| rest);
        }
    }
    done + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_begin_with_the_package() {
        let text = "note: method defined here\n  --> /home/ann/.cargo/registry/src/\
                    internal-0a/acme-retry-2.0.0/src/lib.rs:4:12\n and `/x/registry/src/y/b-1.0.0`";
        assert_eq!(
            without_lead(text, "/registry/src/", 1),
            "note: method defined here\n  --> acme-retry-2.0.0/src/lib.rs:4:12\n and `b-1.0.0`"
        );
    }
}
