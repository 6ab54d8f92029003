//! What else an upgrade moves, by the lockfiles before and after it.

mod types;

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::Metadata;
use semver::Version;

use super::facts::{Duplicate, Moved, Pulled, TwoMajors, VersionUsers};
use crate::manifest::{LockedPackage, Manifest, locked_graph, locked_packages};
use crate::model::Bump;

pub use types::{TypesRequest, name_types};

/// What the upgrade of the crate `name` moves besides. `indexes` are the URLs of the private
/// registries' indexes.
pub fn pulled(before: &Manifest, after: &Manifest, name: &str, indexes: &[&str]) -> Pulled {
    let (was, is) = (Locked::of(before), Locked::of(after));
    let names: BTreeSet<&String> = was.0.keys().chain(is.0.keys()).collect();
    let mut pulled = Pulled::default();
    for krate in names {
        let (old, new) = (was.versions(krate), is.versions(krate));
        let private = is.is_private(krate, indexes) || was.is_private(krate, indexes);
        if krate != name {
            let step = |(from, to)| Moved {
                krate: krate.clone(),
                from,
                to,
                private,
            };
            pulled.moved.extend(steps(&old, &new).into_iter().map(step));
        }
        if new.len() < 2 || new.len() <= old.len() {
            continue;
        }
        let are_majors = |versions: &[Version]| match versions {
            [first, .., last] => Bump::between(first, last) == Bump::Major,
            _ => false,
        };
        if private && are_majors(&new) && !are_majors(&old) {
            pulled
                .two_majors
                .push(two_majors(after, krate, new, indexes));
        } else {
            pulled.duplicates.push(Duplicate {
                krate: krate.clone(),
                versions: new,
            });
        }
    }
    pulled
}

/// Names the repository of each crate that must be released first, as its manifest has it.
pub fn name_repositories(pulled: &mut Pulled, metadata: &Metadata) {
    for first in pulled.two_majors.iter_mut().flat_map(|it| &mut it.first) {
        let is_it = |package: &&cargo_metadata::Package| {
            *first == format!("{} {}", package.name, package.version)
        };
        let package = metadata.packages.iter().find(is_it);
        if let Some(repository) = package.and_then(|package| package.repository.as_ref()) {
            *first = format!("{first} ({repository})");
        }
    }
}

/// The packages of a lockfile that are from elsewhere, by name.
struct Locked(BTreeMap<String, Vec<LockedPackage>>);

impl Locked {
    fn of(lockfile: &Manifest) -> Self {
        let mut by_name: BTreeMap<String, Vec<LockedPackage>> = BTreeMap::new();
        let elsewhere = |package: &LockedPackage| package.source.is_some();
        for package in locked_packages(lockfile).into_iter().filter(elsewhere) {
            by_name
                .entry(package.name.clone())
                .or_default()
                .push(package);
        }
        Self(by_name)
    }

    fn versions(&self, name: &str) -> Vec<Version> {
        let packages = self.0.get(name).into_iter().flatten();
        let mut versions: Vec<Version> = packages.filter_map(|p| p.version.parse().ok()).collect();
        versions.sort();
        versions
    }

    fn is_private(&self, name: &str, indexes: &[&str]) -> bool {
        let mut packages = self.0.get(name).into_iter().flatten();
        packages.any(|package| is_private(package, indexes))
    }
}

fn is_private(package: &LockedPackage, indexes: &[&str]) -> bool {
    let source = package.source.as_deref().unwrap_or_default();
    // Of an index that is a git repository, the URL stands after `registry+`.
    let url = source.strip_prefix("registry+").unwrap_or(source);
    indexes
        .iter()
        .any(|index| *index == source || *index == url)
}

/// From which version to which: those of one line of compatible versions first, then the others
/// in their order.
fn steps(old: &[Version], new: &[Version]) -> Vec<(Option<Version>, Option<Version>)> {
    let only = |these: &[Version], those: &[Version]| -> Vec<Version> {
        let only = these.iter().filter(|version| !those.contains(version));
        only.cloned().collect()
    };
    let (gone, mut come) = (only(old, new), only(new, old));
    let mut steps = Vec::new();
    let mut alone = Vec::new();
    for from in gone {
        match come.iter().position(|to| is_compatible(&from, to)) {
            Some(at) => steps.push((Some(from), Some(come.remove(at)))),
            None => alone.push(from),
        }
    }
    let mut come = come.into_iter();
    for from in alone {
        steps.push((Some(from), come.next()));
    }
    steps.extend(come.map(|to| (None, Some(to))));
    steps
}

fn is_compatible(a: &Version, b: &Version) -> bool {
    Bump::between(a.min(b), a.max(b)) != Bump::Major
}

fn two_majors(
    lockfile: &Manifest,
    krate: &str,
    versions: Vec<Version>,
    indexes: &[&str],
) -> TwoMajors {
    let newest = versions.last().cloned();
    let mut first = BTreeSet::new();
    let mut users = Vec::new();
    let graph = locked_graph(lockfile);
    for version in versions {
        let text = version.to_string();
        let is_it = |on: &LockedPackage| on.name == krate && on.version == text;
        let asks = graph.iter().filter(|(_, on)| on.iter().any(is_it));
        let who: Vec<&LockedPackage> = asks.map(|(package, _)| package).collect();
        let named = |package: &&LockedPackage| format!("{} {}", package.name, package.version);
        if newest
            .as_ref()
            .is_some_and(|newest| !is_compatible(newest, &version))
        {
            let stay = who.iter().filter(|package| is_private(package, indexes));
            first.extend(stay.map(named));
        }
        users.push(VersionUsers {
            version,
            users: who.iter().map(named).collect(),
        });
    }
    TwoMajors {
        krate: krate.to_owned(),
        versions: users,
        types: Vec::new(),
        first: first.into_iter().collect(),
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    const INDEX: &str = "sparse+https://crates.example/index/";

    /// A lockfile: a package a line, `name version`, private if it begins with `acme`, the
    /// service's own if with `svc`; after `:` what it depends on.
    fn lockfile(text: &str) -> Manifest {
        let mut lock = String::from("version = 4\n");
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let (package, dependencies) = line.split_once(':').unwrap_or((line, ""));
            let (name, version) = package.split_once(' ').expect("a version");
            let source = match name {
                name if name.starts_with("acme") => format!("source = \"{INDEX}\"\n"),
                name if name.starts_with("svc") => String::new(),
                _ => "source = \"registry+https://github.com/x/index\"\n".to_owned(),
            };
            let list: Vec<&str> = dependencies.split(',').map(str::trim).collect();
            let list: Vec<_> = list.iter().filter(|entry| !entry.is_empty()).collect();
            let _ = write!(
                lock,
                "[[package]]\nname = \"{name}\"\nversion = \"{version}\"\n{source}\
                 dependencies = {list:?}\n"
            );
        }
        Manifest::parse("Cargo.lock".into(), lock).expect("TOML")
    }

    fn check(before: &str, after: &str) -> String {
        let pulled = pulled(&lockfile(before), &lockfile(after), "acme-retry", &[INDEX]);
        let version = |version: &Option<Version>| {
            let text = version.as_ref().map(ToString::to_string);
            text.unwrap_or_else(|| "-".to_owned())
        };
        let mut lines = Vec::new();
        for it in &pulled.moved {
            let private = if it.private { " (private)" } else { "" };
            let (from, to) = (version(&it.from), version(&it.to));
            lines.push(format!("moved {} {from} -> {to}{private}", it.krate));
        }
        for it in &pulled.duplicates {
            let versions: Vec<String> = it.versions.iter().map(ToString::to_string).collect();
            lines.push(format!("twice {} {}", it.krate, versions.join(", ")));
        }
        for it in &pulled.two_majors {
            lines.push(format!("majors {}", it.krate));
            for it in &it.versions {
                lines.push(format!("  {} for {}", it.version, it.users.join(", ")));
            }
            lines.push(format!("  first {}", it.first.join(", ")));
        }
        lines.join("\n")
    }

    #[test]
    fn what_moves_along_is_named() {
        let moved = check(
            "svc 0.1.0: acme-retry, log\n acme-retry 1.0.0: log\n log 0.4.1\n old 1.0.0\n \
             a 1.0.0\n a 2.0.0\n acme-log 1.0.0",
            "svc 0.1.0: acme-retry, log\n acme-retry 1.1.0: log\n log 0.4.2\n new 1.0.0\n \
             a 1.1.0\n a 3.0.0\n acme-log 1.2.0",
        );
        insta::assert_snapshot!(moved, @"
        moved a 1.0.0 -> 1.1.0
        moved a 2.0.0 -> 3.0.0
        moved acme-log 1.0.0 -> 1.2.0 (private)
        moved log 0.4.1 -> 0.4.2
        moved new - -> 1.0.0
        moved old 1.0.0 -> -
        ");
    }

    #[test]
    fn what_is_there_twice_is_named_if_it_was_not() {
        let twice = check(
            "acme-retry 1.0.0: rand\n rand 0.8.5\n cfg 1.0.0\n cfg 2.0.0",
            "acme-retry 1.1.0: rand 0.9.0\n b 1.0.0: rand 0.8.5\n rand 0.8.5\n rand 0.9.0\n \
             cfg 1.0.0\n cfg 3.0.0",
        );
        insta::assert_snapshot!(twice, @"
        moved b - -> 1.0.0
        moved cfg 2.0.0 -> 3.0.0
        moved rand - -> 0.9.0
        twice rand 0.8.5, 0.9.0
        ");
    }

    #[test]
    fn two_majors_of_a_private_crate_say_who_must_move_first() {
        let majors = check(
            "svc 0.1.0: acme-retry, acme-http, acme-db\n svc-cli 0.1.0: acme-retry\n \
             acme-http 1.2.0: acme-retry\n acme-db 0.3.0: acme-retry\n acme-retry 1.0.0",
            "svc 0.1.0: acme-retry 2.0.0, acme-http, acme-db\n svc-cli 0.1.0: acme-retry 1.0.0\n \
             acme-http 1.2.0: acme-retry 1.0.0\n acme-db 0.3.0: acme-retry 1.0.0\n \
             acme-retry 1.0.0\n acme-retry 2.0.0",
        );
        insta::assert_snapshot!(majors, @"
        majors acme-retry
          1.0.0 for acme-db 0.3.0, acme-http 1.2.0, svc-cli 0.1.0
          2.0.0 for svc 0.1.0
          first acme-db 0.3.0, acme-http 1.2.0
        ");
    }

    #[test]
    fn two_majors_that_were_there_are_no_news() {
        let both = "acme-retry 1.0.0\n acme-retry 2.0.0";
        assert_eq!(check(both, "acme-retry 1.0.0\n acme-retry 3.0.0"), "");
        let two = check("acme-retry 0.1.0", "acme-retry 0.1.0\n acme-retry 0.2.0");
        assert!(two.starts_with("majors acme-retry\n"), "{two}");
    }
}
