//! Which features a library takes along from the package that it leaves.

use std::collections::{BTreeMap, BTreeSet};

use super::Manifest;
use super::document::strings;

/// A dependency that the library takes along, as far as features are concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Carried {
    /// Is it optional in the package?
    pub optional: bool,
    /// Does the code that moves use it whatever the features are?
    pub required: bool,
}

/// The features of a new library, and what the package that it leaves must forward.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FeatureSplit {
    /// The library's `[features]`, `default` included.
    pub table: BTreeMap<String, Vec<String>>,
    /// The dependencies that stay optional, by key.
    pub optional: BTreeSet<String>,
    /// The features of the package that must switch on the library's feature of the same name.
    pub forwards: BTreeSet<String>,
}

/// The `[features]` of a manifest, as written.
pub fn declared_features(package: &Manifest) -> BTreeMap<String, Vec<String>> {
    let table = package.table(&["features"]);
    let entries = table.into_iter().flat_map(toml_edit::TableLike::iter);
    entries
        .map(|(name, item)| (name.to_owned(), strings(item)))
        .collect()
}

/// An entry of a feature's list (the cargo book, "Features").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Entry<'a> {
    /// `dep:x`: switches the optional dependency on.
    Dependency(&'a str),
    /// `x/f`, or `x?/f` if weak: a feature of a dependency.
    Of {
        dependency: &'a str,
        feature: &'a str,
        weak: bool,
    },
    /// Another feature, or the implicit one of an optional dependency.
    Feature(&'a str),
}

impl<'a> Entry<'a> {
    pub(super) fn parse(text: &'a str) -> Self {
        if let Some(dependency) = text.strip_prefix("dep:") {
            return Self::Dependency(dependency);
        }
        let Some((dependency, feature)) = text.split_once('/') else {
            return Self::Feature(text);
        };
        let strong = dependency.strip_suffix('?');
        Self::Of {
            dependency: strong.unwrap_or(dependency),
            feature,
            weak: strong.is_some(),
        }
    }

    /// The dependency that it names, unless it is only a feature.
    pub(super) fn dependency(self) -> Option<&'a str> {
        match self {
            Self::Dependency(name)
            | Self::Of {
                dependency: name, ..
            } => Some(name),
            Self::Feature(_) => None,
        }
    }
}

/// Splits the features `declared` by a package: `used` are those that the moved code asks for by
/// `cfg(feature = "…")`, `carried` the dependencies that go with it, by key.
///
/// A feature is kept if the code asks for it, if it sets a feature of a carried dependency, or if
/// it lies between such features. An optional dependency stays optional if a feature that the
/// code asks for switches it on; else nothing in the moved code could be written so that it
/// builds without, and it is required.
pub fn split_features(
    declared: &BTreeMap<String, Vec<String>>,
    used: &BTreeSet<String>,
    carried: &BTreeMap<String, Carried>,
) -> FeatureSplit {
    let split = Split { declared, carried };
    let known = |name: &&String| declared.contains_key(*name) || split.is_implicit(name);
    let asked: BTreeSet<&str> = used.iter().filter(known).map(String::as_str).collect();
    let optional = split.optional(&asked);
    let kept = split.kept(&asked);
    let mut result = FeatureSplit {
        optional: optional.iter().map(|&name| name.to_owned()).collect(),
        ..FeatureSplit::default()
    };
    for &name in &kept {
        if let Some(entries) = declared.get(name) {
            let entries = entries.iter();
            let entries = entries.filter_map(|text| split.entry(text, &kept, &optional));
            result.table.insert(name.to_owned(), entries.collect());
            result.forwards.insert(name.to_owned());
        } else if optional.contains(name) {
            result.forwards.insert(name.to_owned());
        }
    }
    split.add_default(&kept, &optional, &mut result);
    result
}

struct Split<'a> {
    declared: &'a BTreeMap<String, Vec<String>>,
    carried: &'a BTreeMap<String, Carried>,
}

impl<'a> Split<'a> {
    fn entries(&self, feature: &str) -> impl Iterator<Item = Entry<'a>> + use<'a> {
        let texts = self.declared.get(feature).into_iter().flatten();
        texts.map(|text| Entry::parse(text))
    }

    /// Does `name` have the feature that cargo makes for an optional dependency? It doesn't if
    /// some feature names it as `dep:name`.
    fn is_implicit(&self, name: &str) -> bool {
        let named = |text: &String| Entry::parse(text) == Entry::Dependency(name);
        self.carried.get(name).is_some_and(|c| c.optional)
            && !self.declared.contains_key(name)
            && !self.declared.values().flatten().any(named)
    }

    /// The features that `roots` switch on, with themselves.
    fn reach(&self, roots: &BTreeSet<&'a str>) -> BTreeSet<&'a str> {
        let mut reached = BTreeSet::new();
        let mut open: Vec<&str> = roots.iter().copied().collect();
        while let Some(name) = open.pop() {
            if reached.insert(name) {
                open.extend(self.entries(name).filter_map(|entry| match entry {
                    Entry::Feature(name) => Some(name),
                    Entry::Dependency(_) | Entry::Of { .. } => None,
                }));
            }
        }
        reached
    }

    fn optional(&self, asked: &BTreeSet<&'a str>) -> BTreeSet<&'a str> {
        let mut on = BTreeSet::new();
        for name in self.reach(asked) {
            on.insert(name);
            on.extend(self.entries(name).filter_map(|entry| match entry {
                Entry::Dependency(name)
                | Entry::Of {
                    dependency: name,
                    weak: false,
                    ..
                } => Some(name),
                Entry::Of { .. } | Entry::Feature(_) => None,
            }));
        }
        on.retain(|name| {
            let carried = self.carried.get(*name);
            carried.is_some_and(|c| c.optional && !c.required)
        });
        on
    }

    fn kept(&self, asked: &BTreeSet<&'a str>) -> BTreeSet<&'a str> {
        let sets_a_carried_one = |name: &str| {
            self.entries(name).any(|entry| match entry {
                Entry::Of { dependency, .. } => self.carried.contains_key(dependency),
                Entry::Dependency(_) | Entry::Feature(_) => false,
            })
        };
        let names = self.declared.keys().map(String::as_str);
        let mut kept: BTreeSet<&str> = names
            .filter(|name| *name != "default" && sets_a_carried_one(name))
            .chain(asked.iter().copied())
            .collect();
        let reached = self.reach(&kept);
        loop {
            let between = |name: &&&str| {
                !kept.contains(**name)
                    && (self.is_implicit(name)
                        || self.entries(name).any(|entry| match entry {
                            Entry::Dependency(name) => self.carried.contains_key(name),
                            Entry::Of { dependency, .. } => self.carried.contains_key(dependency),
                            Entry::Feature(name) => kept.contains(name),
                        }))
            };
            let more: Vec<&str> = reached.iter().filter(between).copied().collect();
            if more.is_empty() {
                kept.remove("default");
                return kept;
            }
            kept.extend(more);
        }
    }

    /// An entry as the library has it; none if it makes no sense there.
    fn entry(
        &self,
        text: &'a str,
        kept: &BTreeSet<&'a str>,
        optional: &BTreeSet<&'a str>,
    ) -> Option<String> {
        let stays = match Entry::parse(text) {
            Entry::Dependency(name) => optional.contains(name),
            Entry::Of {
                dependency,
                feature,
                weak,
            } => {
                if weak && self.carried.contains_key(dependency) && !optional.contains(dependency) {
                    // Cargo refuses `?` on a dependency that is not optional.
                    return Some(format!("{dependency}/{feature}"));
                }
                self.carried.contains_key(dependency)
            }
            Entry::Feature(name) => {
                kept.contains(name) && (self.declared.contains_key(name) || optional.contains(name))
            }
        };
        stays.then(|| text.to_owned())
    }

    /// `default`: what the package's default switches on and the library has. Features that the
    /// library lacks are replaced by what they switch on.
    fn add_default(
        &self,
        kept: &BTreeSet<&'a str>,
        optional: &BTreeSet<&'a str>,
        result: &mut FeatureSplit,
    ) {
        let mut entries = Vec::new();
        let mut seen = BTreeSet::new();
        let mut open: Vec<&str> = vec!["default"];
        while let Some(name) = open.pop() {
            if !seen.insert(name) {
                continue;
            }
            for text in self.declared.get(name).into_iter().flatten() {
                match (self.entry(text, kept, optional), Entry::parse(text)) {
                    (Some(entry), _) if !entries.contains(&entry) => entries.push(entry),
                    (None, Entry::Feature(name)) => open.push(name),
                    (Some(_) | None, _) => {}
                }
            }
        }
        if entries.is_empty() {
            return;
        }
        if entries
            .iter()
            .any(|text| Entry::parse(text).dependency().is_some())
        {
            result.forwards.insert("default".to_owned());
        }
        result.table.insert("default".to_owned(), entries);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Features as `name: entry entry`, dependencies as `name`, `name?` (optional) or `name!`
    /// (optional, and required by the code).
    fn check(declared: &str, used: &str, carried: &str, expect: &str) {
        let lines = declared.lines().map(str::trim).filter(|l| !l.is_empty());
        let declared = lines
            .map(|line| {
                let (name, entries) = line.split_once(':').unwrap();
                let entries = entries.split_whitespace().map(str::to_owned).collect();
                (name.trim().to_owned(), entries)
            })
            .collect();
        let used = used.split_whitespace().map(str::to_owned).collect();
        let carried = carried.split_whitespace().map(|name| {
            let carried = Carried {
                optional: name.ends_with(['?', '!']),
                required: name.ends_with('!'),
            };
            (name.trim_end_matches(['?', '!']).to_owned(), carried)
        });
        let split = split_features(&declared, &used, &carried.collect());
        let table = split.table.iter();
        let mut lines: Vec<String> = table
            .map(|(name, entries)| format!("{name}: {}", entries.join(" ")))
            .collect();
        let list = |set: &BTreeSet<String>| set.iter().cloned().collect::<Vec<_>>().join(" ");
        lines.push(format!("optional: {}", list(&split.optional)));
        lines.push(format!("forward: {}", list(&split.forwards)));
        let expect: Vec<&str> = expect.lines().map(str::trim).collect();
        assert_eq!(lines.iter().map(|l| l.trim()).collect::<Vec<_>>(), expect);
    }

    #[test]
    fn what_the_code_asks_for_is_kept_with_what_it_switches_on() {
        check(
            "default: full other/x
             full: std serde net
             std: alloc other/std
             alloc:
             serde: dep:serde
             net: dep:tokio tokio/net",
            "std serde",
            "serde?",
            "default: std serde
             serde: dep:serde
             std:
             optional: serde
             forward: serde std",
        );
    }

    #[test]
    fn a_feature_of_a_carried_dependency_is_kept_unasked() {
        check(
            "default: native
             native: client?/native-tls dep:client",
            "",
            "client?",
            "default: native
             native: client/native-tls
             optional:
             forward: native",
        );
    }

    #[test]
    fn implicit_features_of_optional_dependencies_stay_implicit() {
        check(
            "all: serde log",
            "serde all",
            "serde?",
            "all: serde
             optional: serde
             forward: all serde",
        );
    }

    #[test]
    fn what_the_code_requires_is_not_optional() {
        check(
            "a: dep:x x?/y",
            "a",
            "x!",
            "a: x/y
             optional:
             forward: a",
        );
    }

    #[test]
    fn a_default_that_names_dependencies_is_forwarded_itself() {
        check(
            "default: tokio/rt",
            "",
            "tokio",
            "default: tokio/rt
             optional:
             forward: default",
        );
    }

    #[test]
    fn a_feature_between_two_others_is_kept_and_cycles_end() {
        check(
            "a: b
             b: c a
             c: dep:x
             unused: a",
            "a",
            "x?",
            "a: b
             b: c a
             c: dep:x
             optional: x
             forward: a b c",
        );
    }

    #[test]
    fn what_nobody_declares_is_left_out() {
        check("", "ghost", "", "optional: \nforward: ");
    }
}
