//! What the user asks for, and how the work tells of itself.

use camino::Utf8PathBuf;

use crate::references::FeatureSet;

/// What to look at, and how.
#[derive(Debug, Clone)]
pub struct Options {
    /// Only these packages have candidates; all of the workspace, if empty. Uses are looked for
    /// in all of the workspace.
    pub packages: Vec<String>,
    /// The features that the reference map is built with. The first ones have to compile.
    pub feature_sets: Vec<FeatureSet>,
    /// Ask the compiler who uses what? Else the tokens tell, approximately.
    pub build: bool,
    /// Compile with nothing from the network.
    pub offline: bool,
    /// How the history is read; none leaves it out.
    pub history: Option<HistoryOptions>,
    /// Our own program, which cargo runs as the compiler's wrapper.
    pub wrapper: Utf8PathBuf,
}

/// How much of the history is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryOptions {
    /// No commit before that moment, in seconds since 1970.
    pub since: Option<i64>,
    /// At most so many seconds.
    pub seconds: u64,
}

/// What the work tells while it goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A stage begins: a verb and what it is about.
    Stage(&'static str, String),
    /// A stage goes on: a line of what runs below.
    Progress(String),
    /// Something to know.
    Note(String),
}

/// Who listens.
pub type Listener<'a> = dyn FnMut(Event) + 'a;
