//! The order in which versions are published: what they depend on comes first.

use std::collections::{BTreeMap, BTreeSet};

use semver::{Version, VersionReq};

use crate::registry::{DependencyKind, IndexDependency, IndexEntry, PackageName};

/// The versions that are to be copied, by crate.
pub(super) type Versions = BTreeMap<PackageName, Vec<IndexEntry>>;

/// The package that a dependency asks for, if it is one of the same registry, whose index is at
/// `index_url`. What only tests need does not count.
pub(super) fn needed(dependency: &IndexDependency, index_url: &str) -> Option<PackageName> {
    let own = dependency
        .registry
        .as_deref()
        .is_none_or(|url| url == index_url);
    if !own || dependency.kind == DependencyKind::Dev {
        return None;
    }
    let name = dependency.package.as_ref().unwrap_or(&dependency.name);
    PackageName::new(name).ok()
}

/// All versions, each after those that can satisfy its dependencies; else by name and version.
pub(super) fn order<'a>(versions: &'a Versions, index_url: &str) -> Vec<&'a IndexEntry> {
    let mut walk = Walk {
        versions,
        index_url,
        seen: BTreeSet::new(),
        ordered: Vec::new(),
    };
    for entries in versions.values() {
        let mut entries: Vec<&IndexEntry> = entries.iter().collect();
        entries.sort_by(|a, b| a.vers.cmp(&b.vers));
        for entry in entries {
            walk.visit(entry);
        }
    }
    walk.ordered
}

struct Walk<'a, 'b> {
    versions: &'a Versions,
    index_url: &'b str,
    seen: BTreeSet<(PackageName, Version)>,
    ordered: Vec<&'a IndexEntry>,
}

impl<'a> Walk<'a, '_> {
    /// A chain of dependencies is as deep as crates of one registry build on each other.
    fn visit(&mut self, entry: &'a IndexEntry) {
        // Noted before what it needs: a ring, which only bad requirements make, ends.
        if !self.seen.insert((entry.name.clone(), entry.vers.clone())) {
            return;
        }
        for dependency in &entry.deps {
            let Some(name) = needed(dependency, self.index_url) else {
                continue;
            };
            let Ok(requirement) = VersionReq::parse(&dependency.req) else {
                continue;
            };
            let candidates = self.versions.get(&name).into_iter().flatten();
            for candidate in candidates.filter(|it| requirement.matches(&it.vers)) {
                self.visit(candidate);
            }
        }
        self.ordered.push(entry);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(name: &str, version: &str, needs: &[(&str, &str)]) -> IndexEntry {
        let deps: Vec<serde_json::Value> = needs
            .iter()
            .map(|(name, req)| {
                serde_json::json!({"name": name, "req": req, "features": [], "optional": false,
                    "default_features": true, "target": null, "kind": "normal"})
            })
            .collect();
        serde_json::from_value(
            serde_json::json!({"name": name, "vers": version, "deps": deps,
            "cksum": "0", "features": {}, "yanked": false}),
        )
        .unwrap()
    }

    #[test]
    fn what_is_needed_comes_first() {
        let mut versions = Versions::new();
        for entry in [
            entry("a", "1.0.0", &[("b", "^1"), ("elsewhere", "^1")]),
            entry("a", "0.9.0", &[]),
            entry("b", "1.1.0", &[("c", "^2")]),
            entry("b", "0.1.0", &[("a", "^0.9")]),
            entry("c", "2.0.0", &[("a", "^1")]),
        ] {
            versions.entry(entry.name.clone()).or_default().push(entry);
        }
        let order: Vec<String> = order(&versions, "x")
            .iter()
            .map(|entry| format!("{} {}", entry.name, entry.vers))
            .collect();
        // a 1.0.0, b 1.1.0 and c 2.0.0 make a ring.
        assert_eq!(
            order,
            ["a 0.9.0", "c 2.0.0", "b 1.1.0", "a 1.0.0", "b 0.1.0"]
        );
    }
}
