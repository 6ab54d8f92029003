//! What is wrong with a changelog.

/// A text that is no changelog.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChangelogError {
    /// No heading names a version, or what is not released yet.
    #[error("no heading names a version")]
    NoVersions,
    /// A version that has two sections.
    #[error("line {second} has `{title}` a second time, after line {first}")]
    Twice {
        /// What both headings name.
        title: String,
        /// The line of the first one, from 1.
        first: u32,
        /// The line of the second one, from 1.
        second: u32,
    },
    /// Nothing stands for what is not released yet.
    #[error("there is no `## [Unreleased]` section")]
    NoUnreleased,
}

impl ChangelogError {
    /// The way out, for a `help:` line.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        match self {
            Self::NoVersions => Some(
                "give each version a heading as in `## [1.2.0] - 2026-01-31`, and what comes next \
                 `## [Unreleased]`"
                    .to_owned(),
            ),
            Self::Twice { .. } => Some("make one section of them".to_owned()),
            Self::NoUnreleased => Some("add one above the latest version".to_owned()),
        }
    }
}
