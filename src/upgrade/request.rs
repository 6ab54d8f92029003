//! What is wanted, and what is told meanwhile.

use camino::Utf8PathBuf;
use semver::Version;

use crate::forge::Access;
use crate::service::LoadOptions;
use crate::trial::Verify;

/// An upgrade that is wanted.
#[derive(Debug, Clone)]
pub struct Request {
    /// Where it was asked for: a folder of the service.
    pub dir: Utf8PathBuf,
    /// The crates, by name; none: all that the service's own packages ask for.
    pub crates: Vec<String>,
    /// How far they move.
    pub wanted: Wanted,
    /// What is tried with the new versions.
    pub verify: Verify,
    /// How the service is read.
    pub load: LoadOptions,
    /// What is said of GitHub, if the branch is to be pushed and a pull request opened.
    pub share: Option<Access>,
}

/// How far a crate moves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// To the latest version that is compatible with the pinned one.
    Compatible,
    /// To the latest version.
    Breaking,
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
    /// Something to know, that keeps nothing from going on.
    Warning(String),
}

/// Who is told.
pub type Listener<'a> = dyn FnMut(Event) + 'a;
