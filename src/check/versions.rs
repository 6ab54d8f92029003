//! In how many versions a service's lock file has a crate, and from how many registries.

use std::collections::BTreeMap;

use crate::findings::{Code, Finding, codes};
use crate::manifest::{LockedPackage, Manifest, locked_graph, place_of_locked};
use crate::registry::{CRATES_IO_INDEX, CRATES_IO_SPARSE};
use crate::service::Pin;

type Graph = BTreeMap<LockedPackage, Vec<LockedPackage>>;

/// What is there twice: crates of the vocabulary, and private ones; and those that come from
/// crates.io, too.
pub(super) fn look(lockfile: &Manifest, pins: &[Pin], vocabulary: &[String]) -> Vec<Finding> {
    let graph = locked_graph(lockfile);
    let mut by_name: BTreeMap<&str, Vec<&LockedPackage>> = BTreeMap::new();
    for package in graph.keys() {
        by_name.entry(&package.name).or_default().push(package);
    }
    let mut findings = Vec::new();
    for (name, packages) in by_name.iter().filter(|(_, packages)| packages.len() > 1) {
        let context = Context {
            lockfile,
            graph: &graph,
            name,
            packages,
        };
        let is_private = pins.iter().any(|pin| pin.name == *name);
        if is_private && packages.iter().any(|package| is_public(package)) {
            findings.push(context.mixed());
        } else if vocabulary.iter().any(|word| word == name) {
            findings.push(context.twice(&codes::VOCABULARY_TWICE));
        } else if is_private {
            findings.push(context.twice(&codes::PRIVATE_TWICE));
        }
    }
    findings
}

fn is_public(package: &LockedPackage) -> bool {
    let source = package.source.as_deref();
    let source = source.map(|source| source.trim_start_matches("registry+"));
    source.is_some_and(|source| [CRATES_IO_INDEX, CRATES_IO_SPARSE].contains(&source))
}

struct Context<'a> {
    lockfile: &'a Manifest,
    graph: &'a Graph,
    name: &'a str,
    packages: &'a [&'a LockedPackage],
}

impl Context<'_> {
    fn twice(&self, code: &'static Code) -> Finding {
        let name = self.name;
        let each = self.packages.iter().map(|package| {
            let (version, users) = (&package.version, self.users(package).join(", "));
            format!("{version} (for {users})")
        });
        let each: Vec<String> = each.collect();
        let message = format!("`{name}` is there as {}", each.join(" and "));
        let help = match self.stays_behind() {
            Some(users) => format!(
                "release {users} with the newest `{name}` first, or stay with the older one"
            ),
            None => format!(
                "ask for one version of `{name}`: `cargo tree --invert {name}` shows who asks for which"
            ),
        };
        self.finding(code, message).help(help)
    }

    fn mixed(&self) -> Finding {
        let name = self.name;
        let from = |package: &&LockedPackage| {
            let users = self.users(package).join(", ");
            let source = if is_public(package) {
                "crates.io"
            } else {
                package.source.as_deref().unwrap_or("a folder")
            };
            format!("{source} (for {users})")
        };
        let each: Vec<String> = self.packages.iter().map(from).collect();
        let message = format!("`{name}` comes from {}", each.join(" and from "));
        self.finding(&codes::REGISTRY_MIXED, message)
            .help("name its registry wherever it is asked for: `registry = \"NAME\"`")
    }

    fn finding(&self, code: &'static Code, message: String) -> Finding {
        let places = self.packages.iter();
        let places = places.map(|it| place_of_locked(self.lockfile, &it.name, &it.version));
        code.finding(message).about(self.name).at(places)
    }

    /// Who depends on it: `name version`, and the service's own packages by name.
    fn users(&self, package: &LockedPackage) -> Vec<String> {
        let users = self.graph.iter().filter(|(_, on)| on.contains(package));
        let users = users.map(|(user, _)| match &user.source {
            Some(_) => format!("{} {}", user.name, user.version),
            None => user.name.clone(),
        });
        users.collect()
    }

    /// The crates from registries that ask for an older version.
    fn stays_behind(&self) -> Option<String> {
        let version = |package: &LockedPackage| package.version.parse::<semver::Version>().ok();
        let newest = self
            .packages
            .iter()
            .max_by_key(|package| version(package))?;
        let older = self.packages.iter().filter(|package| *package != newest);
        let users =
            older.flat_map(|package| self.graph.iter().filter(|(_, on)| on.contains(package)));
        let users = users.filter(|(user, _)| user.source.is_some());
        let mut names: Vec<String> = users.map(|(user, _)| format!("`{}`", user.name)).collect();
        names.sort();
        names.dedup();
        (!names.is_empty()).then(|| names.join(", "))
    }
}
