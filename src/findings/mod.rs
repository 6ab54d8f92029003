//! What stands in the way: stable codes, severity, advice. Bad code of a user is a finding, not
//! an error.

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
    /// Stable, kebab-case: `needed-item`, `orphan-impl`.
    pub code: String,
    /// One line that names the thing.
    pub message: String,
    /// Where, the first one foremost.
    pub places: Vec<Place>,
    /// The way out.
    pub help: Option<String>,
}

impl Finding {
    /// A finding with no place and no advice yet.
    pub fn new(severity: Severity, code: &str, message: impl Into<String>) -> Self {
        Self {
            severity,
            code: code.to_owned(),
            message: message.into(),
            places: Vec::new(),
            help: None,
        }
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
