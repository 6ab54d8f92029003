//! A line of an index file: what cargo needs to know of a version to resolve with it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::publish::{Metadata, PublishDependency};
use super::{PackageName, RegistryError};
use crate::model::Digest;

/// How an index entry names crates.io, whatever way cargo reaches it.
pub const CRATES_IO_INDEX: &str = "https://github.com/rust-lang/crates.io-index";

/// The index of crates.io as it is asked over HTTP.
pub const CRATES_IO_SPARSE: &str = "sparse+https://index.crates.io/";

/// Feature names and what each turns on.
pub(super) type Features = BTreeMap<String, Vec<String>>;

/// A version in an index (the cargo book, "Index files").
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndexEntry {
    /// The package.
    pub name: PackageName,
    /// Its version.
    pub vers: semver::Version,
    /// Its direct dependencies.
    pub deps: Vec<IndexDependency>,
    /// SHA-256 of the `.crate` file.
    pub cksum: Digest,
    /// Features that every cargo understands.
    pub features: Features,
    /// Features with `dep:` or `?/`, which cargo before 1.60 would choke on.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub features2: Features,
    /// Withdrawn: only existing lock files may use it. The only field that ever changes.
    pub yanked: bool,
    /// The `links` of its manifest.
    #[serde(default)]
    pub links: Option<String>,
    /// The oldest Rust that it builds with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rust_version: Option<String>,
    /// When it was published, `YYYY-MM-DDThh:mm:ssZ`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pubtime: Option<String>,
    /// The version of this format: 2 when `features2` is used; absent is 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub v: Option<u32>,
}

/// A dependency of a version in an index.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct IndexDependency {
    /// How the dependent names it: its alias, if it was renamed.
    pub name: String,
    /// The requirement, with its operator.
    pub req: String,
    /// Features turned on.
    pub features: Vec<String>,
    /// Is it optional?
    pub optional: bool,
    /// Are its default features on?
    pub default_features: bool,
    /// The target or `cfg(…)` that it is for.
    pub target: Option<String>,
    /// What it is for.
    #[serde(default)]
    pub kind: DependencyKind,
    /// The URL of the index that it comes from; none is this index.
    pub registry: Option<String>,
    /// The package's real name, if it was renamed.
    pub package: Option<String>,
}

/// What a dependency is for.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum DependencyKind {
    /// The code itself.
    #[default]
    Normal,
    /// Tests, examples and benches.
    Dev,
    /// The build script.
    Build,
}

impl IndexEntry {
    /// The entry of a version that is published with `metadata`, as a package whose checksum is
    /// `cksum`.
    pub fn from_publish(metadata: &Metadata, cksum: Digest) -> Self {
        let deps = metadata.deps.iter().map(IndexDependency::from_publish);
        Self {
            deps: deps.collect(),
            links: metadata.links.clone(),
            rust_version: metadata.rust_version.clone(),
            ..Self::bare(
                metadata.name.clone(),
                metadata.vers.clone(),
                cksum,
                metadata.features.clone(),
            )
        }
    }

    pub(super) fn bare(
        name: PackageName,
        vers: semver::Version,
        cksum: Digest,
        features: Features,
    ) -> Self {
        let new_syntax = |value: &String| value.starts_with("dep:") || value.contains("?/");
        let (features2, features): (Features, Features) = features
            .into_iter()
            .partition(|(_, values)| values.iter().any(new_syntax));
        Self {
            name,
            vers,
            deps: Vec::new(),
            cksum,
            v: (!features2.is_empty()).then_some(2),
            features,
            features2,
            yanked: false,
            links: None,
            rust_version: None,
            pubtime: None,
        }
    }

    /// Are these one version to a registry? Build metadata does not tell versions apart.
    pub fn is_version(&self, version: &semver::Version) -> bool {
        self.vers.cmp_precedence(version).is_eq()
    }

    /// The line, without its end.
    pub fn to_line(&self) -> String {
        serde_json::to_string(self).expect("strings, lists and maps with string keys serialise")
    }
}

impl IndexDependency {
    /// The publish request names the package and, beside it, the alias; the index the reverse.
    fn from_publish(dependency: &PublishDependency) -> Self {
        let alias = dependency.explicit_name_in_toml.clone();
        let package = alias.is_some().then(|| dependency.name.clone());
        Self {
            name: alias.unwrap_or_else(|| dependency.name.clone()),
            req: dependency.version_req.clone(),
            features: dependency.features.clone(),
            optional: dependency.optional,
            default_features: dependency.default_features,
            target: dependency.target.clone(),
            kind: dependency.kind,
            registry: dependency.registry.clone(),
            package,
        }
    }
}

/// The entries of an index file, in its order.
pub fn parse_index(name: &str, text: &str) -> Result<Vec<IndexEntry>, RegistryError> {
    let lines = text
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.is_empty());
    let parse = |(number, line): (usize, &str)| {
        serde_json::from_str(line).map_err(|source| RegistryError::Index {
            name: name.to_owned(),
            line: number + 1,
            source,
        })
    };
    lines.map(parse).collect()
}

/// The text of an index file.
pub fn render_index<'a>(entries: impl IntoIterator<Item = &'a IndexEntry>) -> String {
    entries
        .into_iter()
        .fold(String::new(), |text, entry| text + &entry.to_line() + "\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn published(json: &str) -> IndexEntry {
        let metadata: Metadata = serde_json::from_str(json).unwrap();
        IndexEntry::from_publish(&metadata, Digest::of(b""))
    }

    #[test]
    fn a_renamed_dependency_changes_sides() {
        let entry = published(
            r#"{"name":"a","vers":"1.0.0","deps":[{"name":"real","version_req":"^1",
                "explicit_name_in_toml":"alias","registry":null,"kind":"dev","target":"cfg(unix)",
                "features":["x"],"optional":false,"default_features":true}],"features":{}}"#,
        );
        assert_eq!(
            entry.to_line(),
            concat!(
                r#"{"name":"a","vers":"1.0.0","deps":[{"name":"alias","req":"^1","features":["x"],"#,
                r#""optional":false,"default_features":true,"target":"cfg(unix)","kind":"dev","#,
                r#""registry":null,"package":"real"}],"#,
                r#""cksum":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855","#,
                r#""features":{},"yanked":false,"links":null}"#
            )
        );
    }

    #[test]
    fn new_feature_syntax_goes_to_features2() {
        let entry = published(
            r#"{"name":"a","vers":"1.0.0","features":
                {"default":["std"],"std":[],"json":["dep:serde"],"fast":["serde?/std"]}}"#,
        );
        let names = |features: &Features| features.keys().cloned().collect::<Vec<_>>();
        assert_eq!(names(&entry.features), ["default", "std"]);
        assert_eq!(names(&entry.features2), ["fast", "json"]);
        assert_eq!(entry.v, Some(2));
    }

    #[test]
    fn nulls_from_cargo_are_nothing_and_build_metadata_is_no_version() {
        let entry = published(r#"{"name":"a","vers":"1.0.0+x","deps":null,"features":null}"#);
        assert!(entry.deps.is_empty() && entry.features.is_empty());
        assert!(entry.is_version(&"1.0.0".parse().unwrap()));
        assert!(entry.is_version(&"1.0.0+y".parse().unwrap()));
        assert!(!entry.is_version(&"1.0.0-y".parse().unwrap()));
    }

    #[test]
    fn an_index_survives_reading_and_writing() {
        let text = published(r#"{"name":"a","vers":"1.0.0"}"#).to_line() + "\n";
        let entries = parse_index("a", &text).unwrap();
        assert_eq!(render_index(&entries), text);
        let error = parse_index("a", &format!("{text}{{")).unwrap_err();
        assert_eq!(
            error.to_string(),
            "cannot read line 2 of the index file of `a`"
        );
    }
}
