//! What a card says, as data: its JSON is versioned by the commands that write it.

use jiff::civil::Date;
use semver::Version;
use serde::{Deserialize, Serialize};

use crate::model::{Bump, Change, Place};
use crate::surface::Skipped;

/// One upgrade of one crate, and what it means for a service.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Card {
    /// The crate.
    #[serde(rename = "crate")]
    pub krate: String,
    /// The version that is pinned.
    pub from: Version,
    /// The version that is on offer.
    pub to: Version,
    /// The URL of its registry's index.
    pub index: String,
    /// The registry's name in cargo's configuration.
    pub registry: Option<String>,
    /// The service's packages that ask for it; none if only other crates need it.
    pub used_by: Vec<String>,
    /// The private crates of the service that ask for it: `name version`.
    pub through: Vec<String>,
    /// What the version number says of the step, by cargo's rules.
    pub step: Bump,
    /// What the changelog says.
    pub notes: Part<Notes>,
    /// What changed in the public API.
    pub api: Part<Api>,
    /// Which of these changes the service meets.
    pub touches: Part<Touches>,
    /// The upgrade, tried.
    pub trial: Part<Trial>,
    /// What else moves.
    pub pulled: Part<Pulled>,
}

/// A part of a card, or why it is not known.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part<T> {
    /// It is known.
    Known(T),
    /// It is not, and why.
    Unknown(String),
}

impl<T> Part<T> {
    /// What is known.
    pub fn known(&self) -> Option<&T> {
        match self {
            Self::Known(known) => Some(known),
            Self::Unknown(_) => None,
        }
    }
}

/// The sections of the new version's changelog that are after the pinned version.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notes {
    /// The newest first.
    pub sections: Vec<Section>,
    /// Versions of the registry in between of which the changelog says nothing.
    pub unmentioned: Vec<Version>,
}

/// What the changelog says of one version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Section {
    /// The version.
    pub version: Version,
    /// The day that the changelog gives.
    pub date: Option<Date>,
    /// Was it yanked, by the registry or by the changelog?
    pub yanked: bool,
    /// Breaking ones first, else in their order.
    pub entries: Vec<Entry>,
}

/// One entry of a changelog.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The heading that it stands below: `Added`; empty if it has none.
    pub group: String,
    /// Its Markdown.
    pub text: String,
    /// Does it tell of a break?
    pub breaking: bool,
    /// The items in it that the service uses, as the entry writes them.
    pub names: Vec<String>,
}

/// The difference of the two public APIs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Api {
    /// The gravest first.
    pub changes: Vec<Change>,
    /// What could not be compared.
    pub skipped: Vec<Skipped>,
    /// The least step that the changes ask for.
    pub needs: Bump,
    /// Was the step great enough?
    pub promise: Promise,
}

/// Did a version number keep its promise?
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Promise {
    /// By all that could be compared.
    Kept,
    /// The changes ask for a greater step.
    Broken,
}

/// What of the changes a service meets.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Touches {
    /// How many breaking changes there are.
    pub breaking: usize,
    /// How many of them touch the service or a private crate between.
    pub touching: usize,
    /// The changes that touch it, the gravest first.
    pub touches: Vec<Touch>,
    /// Breaking changes that no reading of the code finds: the trial build alone can.
    pub untraced: Vec<Untraced>,
    /// What was compiled to find that out: `service (bin "api"), default features`.
    pub checked: Vec<String>,
    /// What was not, and why.
    pub unchecked: Vec<String>,
}

/// A change that is met.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Touch {
    /// Its index in [`Api::changes`].
    pub change: usize,
    /// Must its uses break?
    pub certainty: Certainty,
    /// Where, in the order of crates and places.
    pub uses: Vec<Use>,
}

/// What a change does to the code that it touches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Certainty {
    /// It breaks: what is used is gone, or has to be used in another way.
    Breaks,
    /// It may: that depends on what is done with a value, or on what is inferred.
    MayBreak,
}

/// A place of the code that a change touches.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Use {
    /// The private crate between, `name version`; none for the service's own code.
    pub of: Option<String>,
    /// Relative to the service's repository, or to that crate's root.
    pub place: Place,
    /// The line of code.
    pub text: String,
    /// What stands there for the change.
    pub stand: Stand,
    /// Does a macro's expansion make the use? Then the place is where it is called.
    pub in_macro: bool,
    /// What the compiler says of it with the new version.
    pub now: Now,
}

/// What the trial build says of a place.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Now {
    /// Nothing: it was not tried, or errors elsewhere stopped the compiler before.
    #[default]
    Untold,
    /// An error is there.
    Fails,
    /// It compiles as it is. What it does at run time is another matter.
    Compiles,
}

/// What in a user's code stands for a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stand {
    /// A use of the item itself.
    Use,
    /// A `match` on the enum without an arm for all else.
    Match,
    /// A literal or pattern of the struct that names its fields.
    Literal,
    /// An impl of the trait.
    Impl,
    /// A function of an impl of the trait.
    ImplItem,
    /// What a derive is for, or a field of which a derive needs an impl.
    Derive,
    /// A value that moves where it was copied.
    Move,
}

/// A breaking change that leaves no trace in the code of who uses it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Untraced {
    /// Its index in [`Api::changes`].
    pub change: usize,
    /// Why.
    pub why: String,
}

/// The upgrade, tried in a copy of the service.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trial {
    /// What was done with each side: `check`, or `check and tests`.
    pub tried: String,
    /// What worked before and does not now.
    pub broken: Vec<Broken>,
    /// What did not work before either.
    pub broken_already: Vec<String>,
    /// What did not work before, and does now.
    pub fixed: Vec<String>,
    /// What was not tried, and why.
    pub not_tried: Vec<String>,
    /// Targets that were built with the new version.
    pub built: usize,
    /// Tests that passed with the new version.
    pub passed: usize,
    /// The compiler's errors that were not there before.
    pub errors: Vec<CompilerError>,
    /// Warnings of deprecation that were not there before.
    pub deprecated: Vec<CompilerError>,
}

/// Something that the upgrade breaks.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Broken {
    /// A target or a test.
    pub what: String,
    /// Is it a test?
    pub test: bool,
}

/// An error or a warning of the compiler.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompilerError {
    /// The target.
    pub target: String,
    /// `E0061`; none if it has no code.
    pub code: Option<String>,
    /// Its first line.
    pub message: String,
    /// Where, relative to the service's repository.
    pub place: Option<Place>,
    /// As the compiler shows it.
    pub rendered: String,
    /// The change that causes it, an index in [`Api::changes`].
    pub change: Option<usize>,
}

/// What else an upgrade moves.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pulled {
    /// Other crates that come, go or move in `Cargo.lock`.
    pub moved: Vec<Moved>,
    /// Crates that are there in several versions now, and were not.
    pub duplicates: Vec<Duplicate>,
    /// Private crates that are there in two incompatible versions now, and were not.
    pub two_majors: Vec<TwoMajors>,
}

/// A crate whose version in `Cargo.lock` changes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Moved {
    /// The crate.
    #[serde(rename = "crate")]
    pub krate: String,
    /// None for one that comes.
    pub from: Option<Version>,
    /// None for one that goes.
    pub to: Option<Version>,
    /// Is it from a private registry?
    pub private: bool,
}

/// A crate in several versions.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Duplicate {
    /// The crate.
    #[serde(rename = "crate")]
    pub krate: String,
    /// Its versions, the oldest first.
    pub versions: Vec<Version>,
}

/// A private crate in two incompatible versions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TwoMajors {
    /// The crate.
    #[serde(rename = "crate")]
    pub krate: String,
    /// The versions and who asks for each.
    pub versions: Vec<VersionUsers>,
    /// Types of it that stand in the public API of who stays with the old one: they are no longer
    /// the service's.
    pub types: Vec<String>,
    /// The crates that must be released with the new version first, with their repository where
    /// their manifest names it.
    pub first: Vec<String>,
}

/// A version and the packages that ask for it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct VersionUsers {
    /// The version.
    pub version: Version,
    /// `name version`.
    pub users: Vec<String>,
}
