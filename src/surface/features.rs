//! The features of a package: those that are gone, and those that switch on less than before.
//!
//! The codes are the lints of cargo-semver-checks, which sees no manifests here (see
//! [`super::lints`]). Source of the rules: the cargo book, "`SemVer` Compatibility", "Cargo".

use std::collections::{BTreeMap, BTreeSet};

use super::subject::is_stable;
use crate::model::{Bump, Change, Place};

/// Features, implicit ones of optional dependencies included, and what each switches on.
pub(super) type Features = BTreeMap<String, Vec<String>>;

/// What changed between the features of `package`.
pub(super) fn compare(package: &str, old: &Features, new: &Features) -> Vec<Change> {
    let mut changes = Vec::new();
    // Every package has `default`, if only an empty one.
    let promised = old
        .keys()
        .filter(|name| *name != "default" && is_stable(name));
    for name in promised {
        if !new.contains_key(name) {
            changes.push(change(
                package,
                "feature_missing",
                Bump::Major,
                name,
                format!("the feature `{name}` is gone"),
            ));
        }
    }
    let added = new
        .keys()
        .filter(|name| *name != "default" && is_stable(name));
    for name in added.filter(|name| !old.contains_key(*name)) {
        changes.push(change(
            package,
            "feature_added",
            Bump::Minor,
            name,
            format!("the feature `{name}` is new"),
        ));
    }
    for (name, before) in old.iter().filter(|(name, _)| is_stable(name)) {
        let now = match closure(new, name) {
            Some(now) => now,
            None if name == "default" => BTreeSet::new(),
            None => continue,
        };
        let before: BTreeSet<&str> = if name == "default" {
            closure(old, name).unwrap_or_default()
        } else {
            before
                .iter()
                .filter_map(|entry| feature(old, entry))
                .collect()
        };
        let lost = before.difference(&now);
        for lost in lost.filter(|lost| is_stable(lost) && new.contains_key(**lost)) {
            let (code, message) = if name == "default" {
                let message = format!("the feature `{lost}` is no longer on by default");
                ("feature_not_enabled_by_default", message)
            } else {
                let message = format!("the feature `{name}` no longer switches on `{lost}`");
                ("feature_no_longer_enables_feature", message)
            };
            changes.push(change(package, code, Bump::Major, lost, message));
        }
    }
    changes
}

fn change(package: &str, code: &str, bump: Bump, feature: &str, message: String) -> Change {
    let manifest = || Place {
        file: "Cargo.toml".into(),
        line: 1,
        column: 1,
    };
    Change {
        bump,
        code: code.to_owned(),
        item: format!("{package}/{feature}"),
        message,
        before: (code != "feature_added").then(manifest),
        after: (code != "feature_missing").then(manifest),
    }
}

/// The feature that an entry of a feature's list switches on.
fn feature<'a>(features: &'a Features, entry: &str) -> Option<&'a str> {
    let name = match entry.split_once('/') {
        // An optional dependency's feature of the same name goes with it.
        Some((dependency, _)) => dependency,
        None => entry,
    };
    features.get_key_value(name).map(|(name, _)| name.as_str())
}

/// The feature and all that it switches on; none if there is no such feature.
fn closure<'a>(features: &'a Features, name: &str) -> Option<BTreeSet<&'a str>> {
    let mut found = BTreeSet::new();
    let mut next = vec![features.get_key_value(name)?.0.as_str()];
    while let Some(name) = next.pop() {
        if found.insert(name) {
            let entries = features.get(name).into_iter().flatten();
            next.extend(entries.filter_map(|entry| feature(features, entry)));
        }
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn features(text: &str) -> Features {
        let lines = text.split("; ").filter(|line| !line.is_empty());
        let lines = lines.map(|line| {
            let (name, entries) = line.split_once(" = ").unwrap_or((line, ""));
            let entries = entries.split(' ').filter(|entry| !entry.is_empty());
            (name.to_owned(), entries.map(str::to_owned).collect())
        });
        lines.collect()
    }

    fn check(old: &str, new: &str, expected: &[&str]) {
        let changes = compare("a", &features(old), &features(new));
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
            &["feature_missing a/x", "feature_added a/z"],
        );
        check("_x; unstable-y; nightly; bench", "", &[]);
        check("benchmark", "", &["feature_missing a/benchmark"]);
        let by_default = ["feature_not_enabled_by_default a/std"];
        check("default = std; std", "default; std", &by_default);
        check("default = std; std", "std", &by_default);
        check(
            "default = full; full = std; std",
            "default = full; full; std",
            &[
                "feature_not_enabled_by_default a/std",
                "feature_no_longer_enables_feature a/std",
            ],
        );
        check(
            "full = std; std",
            "full = more; more = std; std",
            &["feature_added a/more"],
        );
        check("full = dep:x; x", "full; x", &[]);
        check(
            "full = x/f; x = dep:x",
            "full; x = dep:x",
            &["feature_no_longer_enables_feature a/x"],
        );
        check("full = x?/f; x = dep:x", "full; x = dep:x", &[]);
    }
}
