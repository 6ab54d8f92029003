//! What is asked, and what comes of it.

use camino::Utf8PathBuf;
use semver::Version;
use serde::{Serialize, Serializer};

use super::Baseline;
use crate::findings::{Finding, Severity};
use crate::model::{Bump, Change};

/// What is to be checked, and how.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// Where: the package of this folder, unless others are named.
    pub dir: Utf8PathBuf,
    /// These packages of the workspace.
    pub packages: Vec<String>,
    /// All packages of the workspace that are published.
    pub workspace: bool,
    /// What to compare with: a version, a tag, or a folder. Otherwise the latest version.
    pub baseline: Option<String>,
    /// No network: what needs it is skipped.
    pub offline: bool,
    /// Build the package as cargo does before it publishes.
    pub package: bool,
}

/// A part of a check.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// `Cargo.toml`.
    Manifest,
    /// `Cargo.lock`.
    Lockfile,
    /// `rust-version`.
    RustVersion,
    /// What would be published.
    Package,
    /// The version that is compared with.
    Baseline,
    /// The public API: all of the comparison, or a part of it by its name.
    Api(Option<String>),
    /// The changelog.
    Changelog,
    /// Licences and advisories.
    Deny,
    /// Advisories alone.
    Advisories,
    /// The private crates that a service pins.
    Pins,
}

impl std::fmt::Display for Part {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Manifest => "manifest",
            Self::Lockfile => "lockfile",
            Self::RustVersion => "rust-version",
            Self::Package => "package",
            Self::Baseline => "baseline",
            Self::Api(None) => "semver verdict",
            Self::Api(Some(part)) => return write!(f, "semver verdict by {part}"),
            Self::Changelog => "changelog",
            Self::Deny => "licences and advisories",
            Self::Advisories => "advisories",
            Self::Pins => "pins",
        })
    }
}

impl Serialize for Part {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A part that was not looked at.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Skipped {
    /// Which.
    pub part: Part,
    /// Why.
    pub reason: String,
}

impl Skipped {
    pub(super) fn new(part: Part, reason: impl Into<String>) -> Self {
        Self {
            part,
            reason: reason.into(),
        }
    }
}

/// A finding that the repository lives with.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Waived {
    /// The finding.
    pub finding: Finding,
    /// Why.
    pub reason: String,
    /// The last day on which it is waived, `YYYY-MM-DD`.
    pub until: String,
}

/// What a package is checked as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// One that others depend on, by its releases.
    Library,
    /// One that is never published, and depends on others.
    Service,
}

/// What comes of a check of one package.
#[derive(Debug)]
pub struct Checked {
    /// What it is checked as.
    pub kind: Kind,
    /// The package; the path of its manifest where that cannot be read.
    pub package: String,
    /// Its version, where it has one.
    pub version: Option<Version>,
    /// The folder of its manifest.
    pub dir: Utf8PathBuf,
    /// What stands in the way, the worst first.
    pub findings: Vec<Finding>,
    /// What does not count, for a while.
    pub waived: Vec<Waived>,
    /// What was not looked at.
    pub skipped: Vec<Skipped>,
    /// What it is compared with; none if it was never released, or the baseline was skipped.
    pub baseline: Option<Baseline>,
    /// What changed in the public API, waived changes included.
    pub changes: Vec<Change>,
    /// The step that the changes ask for, waived ones not counted; where a part of the verdict
    /// was skipped, at least that. None without a verdict.
    pub bump: Option<Bump>,
    /// The least version that the next release can have.
    pub next: Option<Version>,
}

impl Checked {
    /// How many findings weigh so much.
    pub fn count(&self, severity: Severity) -> usize {
        let same = |finding: &&Finding| finding.severity == severity;
        self.findings.iter().filter(same).count()
    }

    /// Does something stand in the way? Warnings do where they are denied.
    pub fn stands_in_the_way(&self, deny_warnings: bool) -> bool {
        let least = if deny_warnings {
            Severity::Warning
        } else {
            Severity::Error
        };
        self.findings
            .iter()
            .any(|finding| finding.severity >= least)
    }
}

/// What one part found.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) findings: Vec<Finding>,
    pub(super) skipped: Vec<Skipped>,
}

impl Found {
    pub(super) fn skip(part: Part, reason: impl Into<String>) -> Self {
        Self {
            findings: Vec::new(),
            skipped: vec![Skipped::new(part, reason)],
        }
    }

    pub(super) fn add(&mut self, other: Self) {
        self.findings.extend(other.findings);
        self.skipped.extend(other.skipped);
    }
}
