//! What is looked for, and what is found.

use std::ops::RangeInclusive;

use camino::Utf8PathBuf;

use super::normal::Normal;
use super::{Drift, Home, LeftOut, Origin, Start};

/// What is looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Items of fewer tokens are not compared.
    pub min_tokens: usize,
    /// Nor are those of fewer lines, comments and empty ones aside.
    pub min_lines: usize,
    /// So alike are copies at least, in thousandths.
    pub min_likeness: usize,
    /// Files of more bytes are left out.
    pub max_bytes: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            min_tokens: 40,
            min_lines: 5,
            min_likeness: 700,
            max_bytes: 1 << 20,
        }
    }
}

/// What was copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A function or a method.
    Function,
    /// A struct.
    Struct,
    /// An enum.
    Enum,
    /// A union.
    Union,
    /// A trait with all in it.
    Trait,
    /// An impl with all in it.
    Impl,
    /// A macro by example.
    Macro,
}

impl Kind {
    /// What it is called, for people.
    pub fn noun(self) -> &'static str {
        match self {
            Self::Function => "function",
            Self::Struct => "struct",
            Self::Enum => "enum",
            Self::Union => "union",
            Self::Trait => "trait",
            Self::Impl => "impl",
            Self::Macro => "macro",
        }
    }
}

/// How alike an instance is to the one that is the best start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Likeness {
    /// Token by token; comments, attributes and visibility aside.
    Identical,
    /// But for names of locals, literals, lifetimes and what stands in tables.
    Renamed,
    /// More than that.
    Drifted,
}

/// What was found in a corpus.
#[derive(Debug, Clone, Default)]
pub struct Copies {
    /// Those over several repositories first, then those over several files, each by the lines
    /// that would go away.
    pub findings: Vec<Finding>,
    /// The items that were compared.
    pub items: usize,
    /// Files that turned out not to be Rust, beside those that the corpus left out.
    pub left_out: Vec<LeftOut>,
}

/// Items of the same files that are alike: one thing to know, and one library to make of it.
#[derive(Debug, Clone)]
pub struct Finding {
    /// The files, by repository and path.
    pub places: Vec<Place>,
    /// What they share, most lines first.
    pub groups: Vec<Group>,
    /// In how many repositories it is.
    pub repositories: usize,
    /// The lines that would go away if only one instance of each stayed, each counted once,
    /// comments and empty ones aside.
    pub lines_gone: usize,
    /// The best instance to begin a library with.
    pub start: Start,
}

/// A file of a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Its repository: an index of the corpus's roots.
    pub repository: usize,
    /// The file: an index of the corpus's sources.
    pub source: usize,
    /// Relative to the folder of the repository.
    pub path: Utf8PathBuf,
    /// The package and module that it is.
    pub home: Home,
    /// The lines in it that are shared.
    pub lines: usize,
    /// The lines that it has, tests too. Comments and empty ones count in neither.
    pub of_lines: usize,
}

/// Items that are alike: a clone class.
#[derive(Debug, Clone)]
pub struct Group {
    /// What they are.
    pub kind: Kind,
    /// The name of the instance at the start, with its type: `Type::name`.
    pub title: String,
    /// The items, by place and line.
    pub instances: Vec<Instance>,
    /// The lines that would go away if only one stayed.
    pub lines_gone: usize,
}

impl Group {
    /// The least likeness to the instance at the start, in thousandths.
    pub fn likeness(&self) -> usize {
        let each = self.instances.iter().map(|instance| instance.similarity);
        each.min().unwrap_or(1000)
    }
}

/// One of the items that are alike.
#[derive(Debug, Clone)]
pub struct Instance {
    /// Its file: an index of the finding's places.
    pub place: usize,
    /// Its name, with its type.
    pub title: String,
    /// The inline modules of the file that it is in.
    pub modules: Vec<String>,
    /// Its lines, from 1, without attributes and comments before it.
    pub at: RangeInclusive<usize>,
    /// Those that are neither empty nor comments.
    pub lines: usize,
    /// How alike it is to the instance at the start.
    pub likeness: Likeness,
    /// The same in thousandths, of the normalised tokens.
    pub similarity: usize,
    /// How it differs from the instance at the start, if it does.
    pub drift: Option<Drift>,
    /// When it was first there; none before dates were asked for.
    pub origin: Option<Origin>,
    /// Its bytes.
    pub(super) bytes: std::ops::Range<usize>,
    /// Its symbols.
    pub(super) normal: Normal,
    /// An index of the items compared.
    pub(super) item: usize,
}
