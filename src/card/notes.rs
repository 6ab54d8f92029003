//! Release notes: what the new version's own changelog says of the versions in between.
//!
//! Nothing is invented: where the changelog says nothing, the card says that.

use std::collections::BTreeSet;

use semver::Version;

use super::mentions::{Mentions, used_names};
use super::{Entry, Notes, Part, Section};
use crate::changelog::{self, Changelog};
use crate::registry::{IndexEntry, PackageFile};

/// The names that a changelog has, in lower case; the first one that is there counts.
const NAMES: [&str; 6] = [
    "changelog.md",
    "changes.md",
    "releases.md",
    "history.md",
    "changelog",
    "changes",
];

/// The notes of the versions after `from`, up to `to`, newest first. `files` are those of the
/// package of `to`, `entries` the index's of the crate, `used` the items that the service uses, by
/// their paths: `acme_retry::Policy::new`.
pub fn notes(
    files: &[PackageFile],
    entries: &[IndexEntry],
    from: &Version,
    to: &Version,
    used: &BTreeSet<String>,
) -> Part<Notes> {
    if to.cmp_precedence(from).is_lt() {
        return Part::Unknown(format!(
            "{to} is older than {from}: its changelog does not know what is taken back"
        ));
    }
    let Some(file) = changelog_file(files) else {
        return Part::Unknown("the package has no CHANGELOG.md".to_owned());
    };
    let name = file.name();
    let Some(text) = file.text() else {
        return Part::Unknown(format!("{name} is not UTF-8 text"));
    };
    match Changelog::parse(text) {
        Ok(changelog) => Part::Known(Notes {
            sections: changelog
                .between(from, to)
                .into_iter()
                .filter_map(|section| read(section, entries, used))
                .collect(),
            unmentioned: unmentioned(&changelog, entries, from, to),
        }),
        Err(error) => Part::Unknown(format!("{name} is no changelog: {error}")),
    }
}

fn changelog_file(files: &[PackageFile]) -> Option<&PackageFile> {
    NAMES.iter().find_map(|name| {
        let mut files = files.iter();
        files.find(|file| file.name().eq_ignore_ascii_case(name))
    })
}

fn read(
    section: &changelog::Section,
    entries: &[IndexEntry],
    used: &BTreeSet<String>,
) -> Option<Section> {
    let version = section.version.clone()?;
    let mut index = entries.iter().filter(|entry| entry.is_version(&version));
    let groups = section.groups.iter();
    let of_group = |group: &changelog::Group| {
        let title = group.title.clone();
        let read = move |entry: &changelog::Entry| Entry {
            group: title.clone(),
            breaking: entry.breaking,
            names: used_names(&Mentions::of(&entry.text), used),
            text: entry.text.clone(),
        };
        group.entries.iter().map(read).collect::<Vec<Entry>>()
    };
    let mut told: Vec<Entry> = groups.flat_map(of_group).collect();
    told.sort_by_key(|entry| !entry.breaking);
    Some(Section {
        date: section.date,
        yanked: section.yanked || index.any(|entry| entry.yanked),
        entries: told,
        version,
    })
}

/// The versions of the registry in between that have no section, newest first. A pre-release is
/// told of with its version, unless it is the one that is on offer.
fn unmentioned(
    changelog: &Changelog,
    entries: &[IndexEntry],
    from: &Version,
    to: &Version,
) -> Vec<Version> {
    let versions = entries.iter().map(|entry| &entry.vers);
    let between = versions.filter(|version| {
        version.cmp_precedence(from).is_gt() && version.cmp_precedence(to).is_le()
    });
    let counts = |version: &&Version| version.pre.is_empty() || *version == to;
    let silent = between.filter(|version| changelog.section(version).is_none());
    let mut silent: Vec<Version> = silent.filter(counts).cloned().collect();
    silent.sort_by(|a, b| b.cmp(a));
    silent
}

#[cfg(test)]
mod tests;
