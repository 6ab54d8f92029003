//! What is asked for, and who is told how far it is.

use std::collections::BTreeSet;

use camino::Utf8PathBuf;

use crate::model::{CrateName, RegistryName};
use crate::template::Source;

/// A crate that is to be begun.
#[derive(Debug, Clone)]
pub struct NewRequest {
    /// Where it was asked for.
    pub dir: Utf8PathBuf,
    /// The crate.
    pub name: CrateName,
    /// The bounded context that it belongs to; none makes it a repository of its own.
    pub context: Option<CrateName>,
    /// The folder of the repository; by default named like the crate or the context.
    pub into: Option<Utf8PathBuf>,
    /// The registry that it is published to.
    pub registry: Option<RegistryName>,
    /// The template; the built-in one without it, or that of the context.
    pub template: Option<Source>,
    /// One line on what it is.
    pub description: Option<String>,
    /// Its licence, as an SPDX expression.
    pub license: Option<String>,
    /// The URL of its repository.
    pub repository: Option<String>,
    /// The lowest Rust version it is to build with; by default the toolchain's.
    pub rust_version: Option<String>,
}

/// A repository that is to be like its template.
#[derive(Debug, Clone)]
pub struct SyncRequest {
    /// In the repository.
    pub dir: Utf8PathBuf,
    /// Another template than the one that is recorded.
    pub template: Option<Source>,
    /// Files that are to be as the template has them, hand edits or not.
    pub restore: BTreeSet<Utf8PathBuf>,
    /// Is the difference wanted in colour?
    pub colour: bool,
}

/// A repository that is to be kept like a template from now on.
#[derive(Debug, Clone)]
pub struct AdoptRequest {
    /// In the repository.
    pub dir: Utf8PathBuf,
    /// The bounded context that its crates belong to.
    pub context: Option<CrateName>,
    /// The registry that it is published to, where its manifest does not say.
    pub registry: Option<RegistryName>,
    /// The template; the built-in one without it.
    pub template: Option<Source>,
    /// Is the difference wanted in colour?
    pub colour: bool,
}

/// What goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A stage begins: a verb, and what it is done to.
    Stage(&'static str, String),
    /// Something to know, and what to do about it.
    Note(String, Option<String>),
}

/// Who is told.
pub type Listener<'a> = dyn FnMut(Event) + 'a;
