//! What is compared: a package in a folder, with some of its features.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};

use crate::model::CrateName;

/// One side of a comparison.
#[derive(Debug, Clone)]
pub struct Subject {
    /// The root of the package: the folder of its `Cargo.toml`.
    pub dir: Utf8PathBuf,
    /// Its name.
    pub package: CrateName,
    /// Where cargo builds. Both sides may share it: their results are kept apart.
    pub target_dir: Utf8PathBuf,
    /// The features whose API is compared.
    pub features: Features,
    /// The program that cargo runs in rustdoc's place; by default this one, which must then call
    /// [`run_as_wrapper`](super::run_as_wrapper) first of all.
    pub wrapper: Option<Utf8PathBuf>,
}

/// A choice of features.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Features {
    /// All of them.
    All,
    /// All but those whose names say that nobody may count on them: `unstable`, `nightly`,
    /// `bench`, what begins so or with `_`, `no_std` and `rustc-dep-of-std`.
    Stable,
    /// Those of `default`.
    Default,
    /// These, without `default` unless it is named.
    List(Vec<String>),
}

impl Features {
    /// Cargo's arguments for it, of a package that has the features `declared`.
    pub fn args(&self, declared: &BTreeMap<String, Vec<String>>) -> Vec<String> {
        match self {
            Self::All => vec!["--all-features".to_owned()],
            Self::Stable => {
                let names = declared.keys().map(String::as_str);
                let names = names.filter(|name| is_promised(name, declared) && *name != "no_std");
                let names: Vec<&str> = names.collect();
                vec![format!("--features={}", names.join(","))]
            }
            Self::Default => Vec::new(),
            Self::List(names) => vec![
                "--no-default-features".to_owned(),
                format!("--features={}", names.join(",")),
            ],
        }
    }
}

/// May one count on a feature? Not if its name says otherwise, nor on what only the standard
/// library's own build uses: `rustc-dep-of-std`, which builds nowhere else, and the optional
/// dependencies that it alone switches on.
pub(super) fn is_promised(name: &str, declared: &BTreeMap<String, Vec<String>>) -> bool {
    let marked = |word: &str| {
        let rest = name.strip_prefix(word);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', '_']))
    };
    let hidden = name.starts_with('_') || ["unstable", "nightly", "bench"].into_iter().any(marked);
    !hidden && name != OF_STD && !is_of_std(name, declared)
}

const OF_STD: &str = "rustc-dep-of-std";

fn is_of_std(name: &str, declared: &BTreeMap<String, Vec<String>>) -> bool {
    let itself = format!("dep:{name}");
    let is_implicit = declared
        .get(name)
        .is_some_and(|entries| *entries == [itself.as_str()]);
    let mut users = declared
        .iter()
        .filter(|(user, entries)| {
            *user != name && entries.iter().any(|e| *e == name || *e == itself)
        })
        .map(|(user, _)| user);
    is_implicit && users.next().is_some_and(|user| user == OF_STD) && users.next().is_none()
}

/// What rustdoc made of a [`Subject`]. Can be kept, if the JSON is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rustdoc {
    /// The JSON; documents private and hidden items too, as cargo-semver-checks wants it.
    pub json: Utf8PathBuf,
    /// What the manifest says.
    pub package: PackageFacts,
    /// The auto traits of what functions return as a future or `impl Trait`, by the function's
    /// path, as far as the compiler could say.
    pub opaque: BTreeMap<String, BTreeSet<String>>,
    /// The JSON with the crates in it that are shown as its own, if there are any: what globs of
    /// other crates bring, and re-exports of its parts.
    pub whole: Option<Utf8PathBuf>,
    /// Those crates.
    pub parts: Vec<Package>,
    /// The packages whose crates it was made with, by the names of the files that the compiler
    /// read them from; those are in the JSON.
    pub made_by: BTreeMap<String, Package>,
}

/// A version of a package.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: semver::Version,
}

/// What a package's manifest promises besides its code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackageFacts {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: semver::Version,
    /// The oldest supported Rust.
    pub rust_version: Option<semver::Version>,
    /// The features, with those that optional dependencies imply.
    pub features: BTreeMap<String, Vec<String>>,
    /// Those of them that its code asks for.
    pub asked: BTreeSet<String>,
    /// What it requires of the packages that its code depends on.
    pub dependencies: BTreeMap<String, Vec<semver::VersionReq>>,
    /// The package's root, relative to the folder that rustdoc's places start from.
    pub root: Utf8PathBuf,
}

impl PackageFacts {
    /// A path as rustdoc gives it, below the package's root.
    pub(super) fn below_root<'a>(&self, file: &'a Utf8Path) -> &'a Utf8Path {
        file.strip_prefix(&self.root).unwrap_or(file)
    }
}
