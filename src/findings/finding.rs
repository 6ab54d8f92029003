//! A finding, and how much it weighs.

use serde::{Deserialize, Serialize};

use crate::model::Place;

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// To know.
    Note,
    /// It may bite; the work goes on.
    Warning,
    /// The work cannot go on.
    Error,
}

/// Something found in the user's code or repository.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Finding {
    /// How much it weighs.
    pub severity: Severity,
    /// Stable, kebab-case: `api-break`, `tag-exists`.
    pub code: String,
    /// One line that names the thing.
    pub message: String,
    /// What it is about, where that has a name: an item's path, a dependency, an advisory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item: Option<String>,
    /// Where, the first one foremost.
    pub places: Vec<Place>,
    /// The way out.
    pub help: Option<String>,
}

impl Finding {
    /// A finding with no place and no advice yet; others make one by its code.
    pub(super) fn new(severity: Severity, code: &str, message: impl Into<String>) -> Self {
        Self {
            severity,
            code: code.to_owned(),
            message: message.into(),
            item: None,
            places: Vec::new(),
            help: None,
        }
    }

    /// With another weight than its code has.
    #[must_use]
    pub fn weighing(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    /// With the name of what it is about.
    #[must_use]
    pub fn about(mut self, item: impl Into<String>) -> Self {
        self.item = Some(item.into());
        self
    }

    /// With where it is.
    #[must_use]
    pub fn at(mut self, places: impl IntoIterator<Item = Place>) -> Self {
        self.places.extend(places);
        self
    }

    /// With the way out.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}
