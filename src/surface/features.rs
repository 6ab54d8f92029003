//! What the manifest promises: features, and the oldest supported Rust.

use std::collections::{BTreeMap, BTreeSet};

use super::PackageFacts;
use crate::model::{Bump, Change};

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
    for (name, _) in before.features.iter().filter(|(name, _)| is_shown(name)) {
        if !after.features.contains_key(name) {
            let message = format!("the feature `{name}` was removed");
            add(Bump::Major, "feature-removed", item(name), message);
            continue;
        }
        let now = reach(&after.features, name);
        let lost = reach(&before.features, name);
        let lost = lost.difference(&now).filter(|lost| is_shown(lost));
        // Another name for what is still on.
        let is_alias = |lost: &str| {
            let mut of_lost = reach(&after.features, lost);
            of_lost.remove(lost);
            !of_lost.is_empty() && of_lost.is_subset(&now)
        };
        // What has no code of its own is an optional dependency.
        let is_dependency = |lost: &str| {
            let entries = after.features.get(lost).into_iter().flatten();
            entries.eq([&format!("dep:{lost}")])
        };
        let lost = lost.filter(|lost| !is_alias(lost) && !is_dependency(lost));
        for lost in lost.filter(|lost| after.features.contains_key(**lost)) {
            let message = format!("the feature `{name}` no longer switches `{lost}` on");
            add(Bump::Major, "feature-disabled", item(name), message);
        }
    }
    for name in after.features.keys().filter(|name| is_shown(name)) {
        if !before.features.contains_key(name) && name != "default" {
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

/// A leading `_` says that it is nobody else's.
fn is_shown(feature: &str) -> bool {
    !feature.starts_with('_')
}

/// The features that `feature` switches on.
fn reach<'a>(features: &'a BTreeMap<String, Vec<String>>, feature: &'a str) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut open = vec![feature];
    while let Some(name) = open.pop() {
        if let Some(entries) = features.get(name)
            && reached.insert(name)
        {
            open.extend(entries.iter().map(String::as_str));
        }
    }
    reached
}
