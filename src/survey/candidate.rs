//! A candidate and all that is known of it.

use std::collections::{BTreeMap, BTreeSet};

use camino::Utf8PathBuf;
use serde::Serialize;

use super::obstacle::Obstacle;
use crate::cochange::Cost;
use crate::model::ModulePath;

/// Modules that could be a library of their own.
#[derive(Debug, Clone, Serialize)]
pub struct Candidate {
    /// From 1, the best one first.
    pub rank: usize,
    /// From 0 to 100.
    pub score: f64,
    /// What the score is made of.
    pub parts: BTreeMap<&'static str, f64>,
    /// The package.
    pub package: String,
    /// The target that declares the modules.
    pub target: TargetName,
    /// The modules, each with all below it.
    pub modules: Vec<ModulePath>,
    /// Their files, relative to the top folder.
    pub files: Vec<Utf8PathBuf>,
    /// Is it compiled for tests only? Then it is what tests share.
    pub for_tests: bool,
    /// How large it is.
    pub size: Size,
    /// Who uses it.
    pub users: Users,
    /// How much its least used module is used: see `rank`.
    #[serde(skip)]
    pub(super) least_use: usize,
    /// Do its files hold nothing else?
    #[serde(skip)]
    pub(super) has_own_files: bool,
    /// The files of its users.
    #[serde(skip)]
    pub(super) user_files: BTreeSet<Utf8PathBuf>,
    /// What others see of it.
    pub face: Face,
    /// What it needs.
    pub needs: Needs,
    /// What stands in the way, the heaviest first.
    pub obstacles: Vec<Obstacle>,
    /// What it is by what it depends on.
    pub character: Character,
    /// What it would have cost as a repository of its own. None where the history says nothing:
    /// it was not read, or a file has more than the candidate.
    pub cost: Option<Cost>,
    /// What to do about it.
    pub advice: Advice,
    /// The command that takes it out.
    pub command: String,
}

impl Candidate {
    /// The modules for people: `crate::a`, or `crate::a + crate::b`.
    pub fn name(&self) -> String {
        let names: Vec<String> = self.modules.iter().map(ToString::to_string).collect();
        names.join(" + ")
    }

    /// The first module as [`Users::modules`] names modules.
    pub(super) fn area_name(&self) -> String {
        let root = match &self.target {
            TargetName::Lib => self.package.clone(),
            TargetName::Bin(name) => format!("{}/{name}", self.package),
        };
        let first = self.modules.first().cloned().unwrap_or_default();
        first.written_from(&root)
    }
}

/// A library or a binary.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(tag = "kind", content = "name", rename_all = "kebab-case")]
pub enum TargetName {
    /// The package's library.
    Lib,
    /// That binary of it.
    Bin(String),
}

/// How large a candidate is. Tests are left out but where it says so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Size {
    /// Lines of its items.
    pub lines: usize,
    /// Its items, parts of items not counted.
    pub items: usize,
    /// Test functions in it.
    pub tests: usize,
    /// `macro_rules!` definitions.
    pub macros: usize,
    /// `unsafe` in its code.
    pub unsafes: usize,
    /// Does it read what a build script makes (`OUT_DIR`)?
    pub reads_generated: bool,
}

/// Who uses a candidate, outside of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Users {
    /// The modules of the workspace, `package::module`, tests left out.
    pub modules: Vec<String>,
    /// The packages of the workspace; its own, where modules of it do.
    pub packages: Vec<String>,
    /// The parts that these modules are in: the modules right below the roots of targets.
    pub areas: usize,
    /// Other repositories that were given.
    pub services: Vec<String>,
    /// How often, tests left out.
    pub uses: usize,
    /// How often by tests, benchmarks and examples.
    pub uses_in_tests: usize,
}

/// What others see of a candidate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Face {
    /// Its items, and parts of them, that others use.
    pub used: usize,
    /// Those of them that are not `pub` yet: they must become so.
    pub to_open: Vec<String>,
}

/// What a candidate needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Needs {
    /// Items of its target that must come along.
    pub items: usize,
    /// Their lines.
    pub lines: usize,
    /// Are there more, too many to go on counting?
    pub more: bool,
    /// Items of the target that only its tests use.
    pub by_tests: usize,
    /// Other packages of the workspace.
    pub siblings: Vec<String>,
    /// Crates from outside of the workspace, as its code names them.
    pub externs: Vec<String>,
}

/// What a candidate is, by what it depends on: what it is called does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Character {
    /// It needs nothing of the rest, or hardly anything.
    Utility,
    /// It needs some of the rest, less than it has itself.
    Mixed,
    /// It rests on more of the monolith than it has itself.
    Domain,
}

impl Character {
    /// In a word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Utility => "utility",
            Self::Mixed => "mixed",
            Self::Domain => "domain",
        }
    }
}

/// What to do about a candidate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Advice {
    /// It can go as it is.
    TakeOut,
    /// It can go with a few items more.
    TakeAlong,
    /// It stands above its crate: what is left does without it, and it can depend on that.
    DependOnTheRest,
    /// Its dependencies have to be cut first.
    Untangle,
    /// It can go, and would change with its users all the time.
    Stay,
}

impl Advice {
    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::TakeOut => "take out",
            Self::TakeAlong => "take out with what it needs",
            Self::DependOnTheRest => "let it depend on the rest",
            Self::Untangle => "untangle first",
            Self::Stay => "stays: changes with its users",
        }
    }
}
