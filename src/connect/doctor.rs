//! What is wrong where cargo and a registry do not get along.
//!
//! Looked at: what cargo's configuration says, what the registry answers, and what the files of
//! the repository give away. Nothing is changed.

mod configuration;
mod dockerfile;
mod repository;
mod server;

use std::collections::{BTreeMap, BTreeSet};

use camino::Utf8Path;
use serde::Serialize;

use super::ConnectError;
use crate::cargo::{Invocation, registry_names, registry_settings};
use crate::findings::{Finding, Severity, codes};
use crate::model::RegistryName;
use crate::sys::fs;

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Examination {
    /// The registries that were looked at.
    pub registries: Vec<Examined>,
    /// What is wrong, or should be known.
    pub findings: Vec<Finding>,
}

impl Examination {
    /// How many findings are more than a note.
    pub fn wrong(&self) -> usize {
        let wrong = |finding: &&Finding| finding.severity > Severity::Note;
        self.findings.iter().filter(wrong).count()
    }
}

/// A registry that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Examined {
    /// Its name.
    pub name: RegistryName,
    /// The URL of its index, as cargo has it.
    pub index: Option<String>,
    /// Does reading need a token? None if it did not say.
    pub auth_required: Option<bool>,
    /// Where the token comes from; none if there is none.
    pub token: Option<String>,
    /// Did it take the token? None if it was not asked to.
    pub accepted: Option<bool>,
}

/// Examines all registries that cargo, run in `dir`, has configured and the repository around it
/// names; or `only` one.
pub fn examine(dir: &Utf8Path, only: Option<&RegistryName>) -> Result<Examination, ConnectError> {
    let dir = fs::canonical(dir)?;
    let cargo = Invocation::new(dir.clone());
    let configured = registry_names(&cargo)?;
    let files = repository::load(&dir)?;
    let mut examination = Examination::default();
    let mut names: BTreeSet<RegistryName> = match only {
        Some(name) => BTreeSet::from([name.clone()]),
        None => configured.iter().cloned().collect(),
    };
    if only.is_none() {
        names.extend(files.named());
    }
    let mut by_index: BTreeMap<String, Vec<&RegistryName>> = BTreeMap::new();
    for name in &configured {
        if let Some(index) = registry_settings(&cargo, name)?.index {
            by_index.entry(index).or_default().push(name);
        }
    }
    for (index, names) in by_index.iter().filter(|(_, names)| names.len() > 1) {
        examination.findings.push(twice(index, names));
    }
    let mut indexes: BTreeSet<String> = by_index.keys().cloned().collect();
    for name in names {
        let seen = configuration::look(&cargo, &name, &files)?;
        indexes.extend(seen.settings.index.clone());
        examination.findings.extend(seen.findings.iter().cloned());
        let (examined, findings) = server::ask(&name, &seen);
        examination.findings.extend(findings);
        examination.registries.push(examined);
    }
    examination
        .findings
        .extend(files.findings(&indexes, &configured));
    // The worst first; then in the order in which they were found.
    examination
        .findings
        .sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    Ok(examination)
}

/// Cargo itself says so only when it needs one of them.
fn twice(index: &str, names: &[&RegistryName]) -> Finding {
    let named: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    let message = format!(
        "{} are one registry, at {index}: cargo refuses that",
        named.join(" and ")
    );
    codes::INDEX_TWICE
        .finding(message)
        .help("leave one of these names")
}
