//! What the manifest promises: features, and the oldest supported Rust.

use std::collections::{BTreeMap, BTreeSet};

use super::PackageFacts;
use super::subject::is_promised;
use crate::model::{Bump, Change};

type Declared = BTreeMap<String, Vec<String>>;

/// What changed in the manifest.
pub(super) fn compare_manifests(before: &PackageFacts, after: &PackageFacts) -> Vec<Change> {
    let mut changes = Vec::new();
    let mut add = |bump, code: &str, item: String, message: String| {
        changes.push(Change {
            bump,
            code: code.to_owned(),
            item,
            message,
            before: None,
            after: None,
        });
    };
    let item = |feature: &str| format!("{}/{feature}", after.name);
    let (old, new) = (&before.features, &after.features);
    for name in old.keys().filter(|name| is_promised(name, old)) {
        if !new.contains_key(name) && name != "default" {
            let message = format!("the feature `{name}` was removed");
            add(Bump::Major, "feature-removed", item(name), message);
            continue;
        }
        let now = reach(new, name);
        let lost = reach(old, name);
        let lost = lost.difference(&now).filter(|lost| is_promised(lost, old));
        // Another name for what is still on, or a name that does nothing any more.
        let is_alias = |lost: &str| {
            let mut of_lost = reach(new, lost);
            of_lost.remove(lost);
            let does_nothing = || new[lost].is_empty() && !after.asked.contains(lost);
            (!of_lost.is_empty() || does_nothing()) && of_lost.is_subset(&now)
        };
        // An optional dependency that no code of its own goes with.
        let is_dependency = |lost: &str| {
            let entries = new.get(lost).into_iter().flatten();
            entries.eq([&format!("dep:{lost}")]) && !after.asked.contains(lost)
        };
        let lost = lost.filter(|lost| new.contains_key(**lost));
        for lost in lost.filter(|lost| !is_alias(lost) && !is_dependency(lost)) {
            let message = format!("the feature `{name}` no longer switches `{lost}` on");
            add(Bump::Major, "feature-disabled", item(name), message);
        }
    }
    for name in new.keys().filter(|name| is_promised(name, new)) {
        if !old.contains_key(name) && name != "default" {
            let message = format!("the feature `{name}` was added");
            add(Bump::Minor, "feature-added", item(name), message);
        }
    }
    if let (Some(old), Some(new)) = (&before.rust_version, &after.rust_version)
        && old < new
    {
        let message = format!("the oldest supported Rust was {old}, is {new}");
        add(
            Bump::Minor,
            "rust-version-raised",
            after.name.clone(),
            message,
        );
    }
    changes
}

/// The features that `feature` switches on, itself included.
fn reach<'a>(features: &'a Declared, feature: &str) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut open: Vec<&str> = key(features, feature).into_iter().collect();
    while let Some(name) = open.pop() {
        if reached.insert(name) {
            let entries = features.get(name).into_iter().flatten();
            open.extend(entries.filter_map(|entry| match entry.split_once('/') {
                // An optional dependency's feature of the same name goes with it.
                Some((dependency, _)) => key(features, dependency),
                None => key(features, entry),
            }));
        }
    }
    reached
}

fn key<'a>(features: &'a Declared, name: &str) -> Option<&'a str> {
    features.get_key_value(name).map(|(name, _)| name.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(text: &str) -> PackageFacts {
        let lines = text.split("; ").filter(|line| !line.is_empty());
        let lines = lines.map(|line| {
            let (name, entries) = line.split_once(" = ").unwrap_or((line, ""));
            let entries = entries.split(' ').filter(|entry| !entry.is_empty());
            (name.to_owned(), entries.map(str::to_owned).collect())
        });
        PackageFacts {
            name: "a".to_owned(),
            version: semver::Version::new(1, 0, 0),
            rust_version: None,
            asked: lines.clone().map(|(name, _): (String, _)| name).collect(),
            features: lines.collect(),
            dependencies: BTreeMap::new(),
            root: "".into(),
        }
    }

    fn check(old: &str, new: &str, expected: &[&str]) {
        let changes = compare_manifests(&facts(old), &facts(new));
        let codes: Vec<String> = changes
            .iter()
            .map(|change| format!("{} {}", change.code, change.item))
            .collect();
        assert_eq!(codes, expected, "{old} -> {new}");
    }

    #[test]
    fn what_features_lose_is_seen() {
        check(
            "x; y",
            "y; z",
            &["feature-removed a/x", "feature-added a/z"],
        );
        check("_x; unstable-y; nightly; bench", "", &[]);
        check("rustc-dep-of-std = core; core = dep:core", "", &[]);
        check(
            "rustc-dep-of-std = core; core = dep:core; x = core",
            "",
            &["feature-removed a/core", "feature-removed a/x"],
        );
        check("benchmark", "", &["feature-removed a/benchmark"]);
        check(
            "default = std; std",
            "default; std",
            &["feature-disabled a/default"],
        );
        check("default = std; std", "std", &["feature-disabled a/default"]);
        let serde = "default; serde = dep:serde";
        let lost = ["feature-disabled a/default"];
        check("default = serde; serde = dep:serde", serde, &lost);
        check("default", "", &[]);
        check(
            "default = full; full = std; std",
            "default = full; full; std",
            &["feature-disabled a/default", "feature-disabled a/full"],
        );
        check(
            "full = std; std",
            "full = more; more = std; std",
            &["feature-added a/more"],
        );
        check("full = dep:x; x", "full; x", &[]);
        let implied = ["feature-disabled a/full"];
        check("full = x/f; x = dep:x", "full; x = dep:x", &implied);
        let mut idle = facts("default; old");
        idle.asked.clear();
        let changes = compare_manifests(&facts("default = old; old"), &idle);
        assert_eq!(changes, []);
        check("full = x?/f; x = dep:x", "full; x = dep:x", &[]);
    }
}
