//! What is wanted, and what is told meanwhile.

use camino::Utf8PathBuf;
use semver::Version;

use crate::model::Bump;

/// A release that is wanted.
#[derive(Debug, Clone)]
pub struct Request {
    /// Where it was asked for: a folder of the repository.
    pub dir: Utf8PathBuf,
    /// The crates, by name; none: the one that `dir` is in.
    pub crates: Vec<String>,
    /// How far the version moves.
    pub wanted: Wanted,
    /// The label of a pre-release, such as `rc`.
    pub pre: Option<String>,
    /// Is it pushed?
    pub push: bool,
}

/// How far the version moves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// As far as the changes need.
    Needed,
    /// So far, by cargo's rules.
    Level(Bump),
    /// To this one.
    Version(Version),
}

/// What goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A stage begins: a verb, and what it is about.
    Stage(&'static str, String),
    /// What a program says meanwhile.
    Progress(String),
    /// Something to mend another time.
    Warning(String),
}

/// Who is told.
pub type Listener<'a> = dyn FnMut(Event) + 'a;
