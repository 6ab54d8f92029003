//! What cargo and rustc write with `--message-format=json`, as far as it is needed here.
//!
//! Source: the cargo book, "External tools", "JSON messages"; the rustc book, "JSON Output".

use std::borrow::Cow;

use serde::Deserialize;

use super::ReferenceError;
use super::compact::Use;

/// A line that cargo writes.
#[derive(Debug, Deserialize)]
#[serde(tag = "reason")]
pub(super) enum Message {
    #[serde(rename = "compiler-message")]
    Diagnostic {
        package_id: String,
        target: Target,
        message: Diagnostic,
    },
    #[serde(rename = "compiler-artifact")]
    Artifact {
        package_id: String,
        target: Target,
        profile: Profile,
        fresh: bool,
    },
    #[serde(other)]
    Other,
}

#[derive(Debug, Deserialize)]
pub(super) struct Target {
    pub(super) name: String,
    pub(super) kind: Vec<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Profile {
    pub(super) test: bool,
}

#[derive(Debug, Deserialize)]
pub(super) struct Diagnostic {
    pub(super) message: String,
    pub(super) code: Option<Code>,
    pub(super) level: String,
    pub(super) spans: Vec<DiagnosticSpan>,
    pub(super) rendered: Option<String>,
    /// What the wrapper has collected; rustc itself writes no such thing.
    #[serde(default)]
    pub(super) uses: Vec<Use>,
}

impl Diagnostic {
    /// Does it say that something deprecated is used?
    pub(super) fn is_deprecation(&self) -> bool {
        let code = self.code.as_ref();
        code.is_some_and(|code| code.code == "deprecated")
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct Code {
    pub(super) code: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct DiagnosticSpan {
    /// Relative to the workspace's root for its packages.
    pub(super) file_name: String,
    pub(super) byte_start: usize,
    pub(super) byte_end: usize,
    pub(super) line_start: u32,
    pub(super) column_start: u32,
    pub(super) is_primary: bool,
    pub(super) expansion: Option<Box<Expansion>>,
}

/// A macro's definition: its file and its header. The source lines of other spans, which can be whole macro
/// calls, are most of what rustc writes, and are not read.
#[derive(Debug, Deserialize)]
struct Definition {
    file_name: String,
    text: Vec<SpanText>,
}

#[derive(Debug, Deserialize)]
struct SpanText {
    text: String,
}

/// The macro that made the code at a span.
#[derive(Debug, Deserialize)]
pub(super) struct Expansion {
    /// Where it was called.
    span: DiagnosticSpan,
    /// `name!`, `#[name]` or `#[derive(Name)]`.
    macro_decl_name: String,
    def_site_span: Option<Definition>,
}

impl Expansion {
    /// Is it a `macro_rules!`? Code that carries its expansion was written in its definition:
    /// arguments keep the place that they have.
    pub(super) fn is_declarative(&self) -> bool {
        let mut header = self.def_site_span.iter().flat_map(|span| &span.text);
        let by_rules = |line: &SpanText| line.text.contains("macro_rules!");
        self.macro_decl_name.ends_with('!') && header.any(by_rules)
    }

    /// The file in which the macro is defined.
    pub(super) fn defined_in(&self) -> Option<&str> {
        let definition = self.def_site_span.as_ref()?;
        Some(&definition.file_name)
    }
}

impl DiagnosticSpan {
    /// Is it code that rustc adds to run the tests?
    pub(super) fn is_test_harness(&self) -> bool {
        let expansion = self.expansion.as_ref();
        expansion.is_some_and(|expansion| expansion.macro_decl_name == "test harness")
    }

    /// This span and those of the macro calls that lead to it, innermost first.
    pub(super) fn with_call_sites(&self) -> impl Iterator<Item = &Self> {
        std::iter::successors(Some(self), |span| {
            span.expansion.as_ref().map(|expansion| &expansion.span)
        })
    }
}

/// Reads what cargo wrote to standard output. Lines that are no JSON come from build scripts and
/// procedural macros that print.
pub(super) fn read(stdout: &[u8]) -> impl Iterator<Item = Result<Message, ReferenceError>> {
    stdout
        .split(|byte| *byte == b'\n')
        .filter(|line| line.starts_with(b"{\"reason\":"))
        .map(|line| {
            serde_json::from_slice(line).map_err(|source| {
                let line: Cow<'_, str> = String::from_utf8_lossy(line);
                ReferenceError::Message {
                    line: line.chars().take(200).collect(),
                    source,
                }
            })
        })
}
