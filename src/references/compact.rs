//! What the wrapper passes on of rustc's messages: uses of marked items, without all that nobody
//! reads.
//!
//! Beside each use rustc writes the source lines of each macro call that leads to it, which can be
//! whole files, and how it would look on a terminal. Cargo keeps that, and reads and writes it again
//! each time. So the wrapper collects the uses of a target and passes them on in few messages.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::marks::NOTE;
use super::messages::{Diagnostic, DiagnosticSpan};

/// So many uses make one message.
const AT_ONCE: usize = 500;

/// A use of a marked item.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Use {
    /// The compiler's message, with the mark's note.
    #[serde(rename = "m")]
    pub(super) message: String,
    /// Where the code stands, then the macro calls that lead there, from the inside out.
    #[serde(rename = "s")]
    sites: Vec<Site>,
}

/// A place that rustc points at.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Site {
    /// Relative to the workspace's root for its packages.
    #[serde(rename = "f")]
    pub(super) file: String,
    #[serde(rename = "b")]
    pub(super) start: usize,
    #[serde(rename = "e")]
    pub(super) end: usize,
    #[serde(rename = "l")]
    pub(super) line: u32,
    #[serde(rename = "c")]
    pub(super) column: u32,
    /// The macro that made the code there; it was called at the next site.
    #[serde(rename = "x", default, skip_serializing_if = "Option::is_none")]
    made_by: Option<Maker>,
}

/// A macro.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Maker {
    /// Is it a `macro_rules!`? Code that carries its expansion was written in its definition:
    /// arguments keep the place that they have.
    #[serde(rename = "d")]
    is_declarative: bool,
    /// The file in which it is defined.
    #[serde(rename = "f", default, skip_serializing_if = "Option::is_none")]
    file: Option<String>,
}

impl Use {
    /// The place of the user's code that this use stands for, and whether a macro made what is
    /// there. Code from a macro's definition stands for the call; what a procedural macro made
    /// stands for the token that it gave as its source, if that is in the workspace.
    pub(super) fn user_site(&self, in_workspace: &dyn Fn(&str) -> bool) -> Option<(&Site, bool)> {
        let first = self.sites.first()?;
        let mut chosen = first;
        for pair in self.sites.windows(2) {
            let declarative = pair[0].made_by.as_ref().is_some_and(|it| it.is_declarative);
            if declarative || !in_workspace(&chosen.file) {
                chosen = &pair[1];
            }
        }
        Some((chosen, first.made_by.is_some()))
    }

    /// The file in which the macro is defined that wrote the code there.
    pub(super) fn made_by(&self) -> Option<&str> {
        self.sites.first()?.made_by.as_ref()?.file.as_deref()
    }
}

/// The uses of one target.
#[derive(Debug, Default)]
pub(super) struct Uses(BTreeSet<Use>);

impl Uses {
    /// Takes what rustc wrote, line by line, and gives what is to be passed on at once.
    pub(super) fn take(&mut self, line: Vec<u8>) -> Vec<u8> {
        let is_diagnostic = line.starts_with(b"{\"$message_type\":\"diagnostic\"");
        if !is_diagnostic {
            return line;
        }
        match serde_json::from_slice::<Diagnostic>(&line) {
            Ok(message) if message.is_deprecation() => {
                self.add(&message);
                Vec::new()
            }
            // Who reads it finds out what cannot be read of it.
            _ => line,
        }
    }

    fn add(&mut self, message: &Diagnostic) {
        // What the user's own code deprecates is nobody's business here.
        if !message.message.contains(NOTE) {
            return;
        }
        let spans = message.spans.iter().filter(|span| span.is_primary);
        let spans = spans.filter(|span| !span.is_test_harness());
        self.0.extend(spans.map(|span| Use {
            message: message.message.clone(),
            sites: span.with_call_sites().map(site).collect(),
        }));
    }

    /// The messages with all of them, a line each.
    pub(super) fn messages(&self) -> Vec<u8> {
        let uses: Vec<&Use> = self.0.iter().collect();
        let mut lines = Vec::new();
        for uses in uses.chunks(AT_ONCE) {
            let message = serde_json::json!({
                "$message_type": "diagnostic",
                "message": "uses of marked items",
                "code": null,
                "level": "note",
                "spans": [],
                "children": [],
                "rendered": "",
                "uses": uses,
            });
            lines.extend(message.to_string().into_bytes());
            lines.push(b'\n');
        }
        lines
    }
}

fn site(span: &DiagnosticSpan) -> Site {
    Site {
        file: span.file_name.clone(),
        start: span.byte_start,
        end: span.byte_end,
        line: span.line_start,
        column: span.column_start,
        made_by: span.expansion.as_ref().map(|expansion| Maker {
            is_declarative: expansion.is_declarative(),
            file: expansion.defined_in().map(ToOwned::to_owned),
        }),
    }
}
