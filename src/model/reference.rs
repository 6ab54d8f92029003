//! References: a use of an item, at a place in the source.

use std::fmt;

use camino::Utf8PathBuf;
use serde::{Deserialize, Serialize};

/// Where something stands, for people.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Place {
    /// Relative to the root of the repository.
    pub file: Utf8PathBuf,
    /// From 1.
    pub line: u32,
    /// From 1, in characters.
    pub column: u32,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// A range of bytes of a source file as the user has it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Span {
    /// Relative to the root of the repository.
    pub file: Utf8PathBuf,
    /// First byte.
    pub start: usize,
    /// The byte after the last one.
    pub end: usize,
}

/// A use of a marked item, resolved by rustc.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Reference {
    /// The item used: its id in the map's table of items.
    pub item: u32,
    /// The bytes that rustc points at, in the source as the user has it. Not always a bare
    /// identifier: `self.inner`, an attribute, a derive's string literal.
    pub span: Span,
    /// The same for people.
    pub place: Place,
    /// Does a macro's expansion make the use? Then `span` is where the macro was called.
    pub in_macro: bool,
    /// The file that defines that macro, as rustc prints it; none if it is not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made_by: Option<Utf8PathBuf>,
}
