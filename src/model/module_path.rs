//! The path of a module inside its crate.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The path of a module from the root of its crate: `crate`, `crate::util::retry`.
///
/// Raw identifiers keep their `r#`. Also names items: an item's path is its module's path and
/// its name.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct ModulePath(Vec<String>);

impl ModulePath {
    /// The root, `crate`.
    pub fn root() -> Self {
        Self::default()
    }

    /// From the segments after `crate`.
    pub fn from_segments<S: Into<String>>(segments: impl IntoIterator<Item = S>) -> Self {
        Self(segments.into_iter().map(Into::into).collect())
    }

    /// Reads `crate::a::b`, `a::b` or `::a::b`; the leading `crate` is optional.
    pub fn parse(text: &str) -> Self {
        let text = text.trim().trim_start_matches("::");
        let mut segments: Vec<String> = text
            .split("::")
            .map(|s| s.trim().to_owned())
            .filter(|s| !s.is_empty())
            .collect();
        if segments.first().is_some_and(|s| s == "crate") {
            segments.remove(0);
        }
        Self(segments)
    }

    /// The segments after `crate`.
    pub fn segments(&self) -> &[String] {
        &self.0
    }

    /// Is this the crate's root?
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// The last segment; none for the root.
    pub fn name(&self) -> Option<&str> {
        self.0.last().map(String::as_str)
    }

    /// The module around this one; none for the root.
    pub fn parent(&self) -> Option<Self> {
        let (_, parents) = self.0.split_last()?;
        Some(Self(parents.to_vec()))
    }

    /// The path of `name` inside this module.
    #[must_use]
    pub fn join(&self, name: &str) -> Self {
        let mut segments = self.0.clone();
        segments.push(name.to_owned());
        Self(segments)
    }

    /// The path as it is written from `root`: `acme_retry`, `acme_retry::backoff`.
    pub fn written_from(&self, root: &str) -> String {
        let segments = self.0.iter();
        segments.fold(root.to_owned(), |path, segment| path + "::" + segment)
    }

    /// Is `self` the module `ancestor` or inside it?
    pub fn is_within(&self, ancestor: &Self) -> bool {
        self.0.starts_with(&ancestor.0)
    }

    /// The segments of `self` below `ancestor`; none if it is not within it.
    pub fn below(&self, ancestor: &Self) -> Option<&[String]> {
        self.0.strip_prefix(ancestor.0.as_slice())
    }
}

impl fmt::Display for ModulePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("crate")?;
        self.0
            .iter()
            .try_for_each(|segment| write!(f, "::{segment}"))
    }
}

impl From<String> for ModulePath {
    fn from(text: String) -> Self {
        Self::parse(&text)
    }
}

impl From<ModulePath> for String {
    fn from(path: ModulePath) -> Self {
        path.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_with_and_without_the_root() {
        for text in ["crate::util::retry", "util::retry", "::util::retry"] {
            assert_eq!(ModulePath::parse(text).to_string(), "crate::util::retry");
        }
        assert!(ModulePath::parse("crate").is_root());
    }

    #[test]
    fn is_written_from_any_root() {
        assert_eq!(ModulePath::parse("a::b").written_from("acme"), "acme::a::b");
        assert_eq!(ModulePath::root().written_from("acme"), "acme");
    }

    #[test]
    fn within_is_by_segment() {
        let retry = ModulePath::parse("util::retry");
        assert!(ModulePath::parse("util::retry::backoff").is_within(&retry));
        assert!(!ModulePath::parse("util::retry2").is_within(&retry));
        assert_eq!(
            ModulePath::parse("util::retry::a").below(&retry),
            Some(&["a".to_owned()][..])
        );
    }
}
