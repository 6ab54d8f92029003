//! What the user asks for, and how the work tells of itself.

use camino::Utf8PathBuf;

use crate::model::{CrateName, ModulePath, RegistryName};
use crate::references::FeatureSet;
use crate::trial::Verify;

/// Which target of the package declares the modules.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum TargetChoice {
    /// The library, or else the only binary that declares them.
    #[default]
    Any,
    /// The library.
    Lib,
    /// The binary of that name.
    Bin(String),
}

/// Which packages of the workspace are built and tested, before and after.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Scope {
    /// The one that the code leaves.
    Package,
    /// That one and those that depend on it, however far.
    #[default]
    Dependents,
    /// All of them.
    Workspace,
}

/// What to take out, and how.
#[derive(Debug, Clone)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command line"
)]
pub struct Request {
    /// Where the command runs: somewhere in the monolith.
    pub dir: Utf8PathBuf,
    /// The manifest of the package, if it is not the one of `dir`.
    pub manifest_path: Option<Utf8PathBuf>,
    /// The package of the workspace.
    pub package: Option<String>,
    /// The modules. Empty: the whole package.
    pub modules: Vec<ModulePath>,
    /// Which target declares them.
    pub target: TargetChoice,
    /// The new crate's name.
    pub name: CrateName,
    /// The folder of the new repository: not there, or empty.
    pub into: Utf8PathBuf,
    /// The registry that it will be published to.
    pub registry: Option<RegistryName>,
    /// The sets of features that the map and the trial builds use.
    pub feature_sets: Vec<FeatureSet>,
    /// Take along the items that the modules need.
    pub with_needed: bool,
    /// Items that stay although they seem to be needed: by path, an impl by its header.
    pub leave: Vec<String>,
    /// Publish first what the library needs of the workspace.
    pub with_siblings: bool,
    /// Change the call sites and leave no re-export.
    pub rewrite_paths: bool,
    /// Begin the new repository without the old commits.
    pub no_history: bool,
    /// How both sides are verified.
    pub verify: Verify,
    /// How much of the workspace is.
    pub scope: Scope,
    /// The branch of the monolith; without it, `quarry/NAME`.
    pub branch: Option<String>,
    /// Where the new repository is pushed to.
    pub remote: Option<String>,
    /// Reach further than this machine: publish, push.
    pub execute: bool,
    /// Compile with nothing from the network.
    pub offline: bool,
    /// Our own program, which cargo runs as the compiler's wrapper.
    pub wrapper: Utf8PathBuf,
}

impl Request {
    /// The branch that the monolith's side lands on.
    pub fn branch(&self) -> String {
        self.branch
            .clone()
            .unwrap_or_else(|| format!("quarry/{}", self.name))
    }
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
