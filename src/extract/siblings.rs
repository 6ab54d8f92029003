//! Packages of the workspace that the new crate needs: where each build finds them.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};
use cargo_metadata::{DependencyKind, Package};

use super::candidate::normal;
use super::request::Request;
use super::subject::Subject;
use crate::manifest::{Dependency, DependencySource, Sibling};

/// All packages that are folders of the scratch copy, as a crate beside it names them.
pub(super) fn in_scratch(subject: &Subject) -> BTreeMap<String, Sibling> {
    siblings(subject, |folder| DependencySource::Path(folder.to_owned()))
}

/// The same as the finished library names them: from its registry, or else by the way from its
/// place to the monolith.
pub(super) fn in_library(subject: &Subject, request: &Request) -> BTreeMap<String, Sibling> {
    siblings(subject, |folder| match &request.registry {
        Some(registry) => DependencySource::Registry(registry.to_string()),
        None => {
            let folder = subject.repository.root().join(subject.relative(folder));
            DependencySource::Path(path_between(&request.into, &folder))
        }
    })
}

fn siblings(
    subject: &Subject,
    source: impl Fn(&Utf8Path) -> DependencySource,
) -> BTreeMap<String, Sibling> {
    let sibling = |package: &Package| {
        let folder = package.manifest_path.parent()?;
        let sibling = Sibling {
            version: package.version.clone(),
            source: source(folder),
        };
        Some((package.name.to_string(), sibling))
    };
    folders(subject).filter_map(sibling).collect()
}

/// The packages that are folders, members of the workspace or not.
fn folders(subject: &Subject) -> impl Iterator<Item = &Package> {
    let packages = subject.metadata.packages.iter();
    packages.filter(|package| package.source.is_none())
}

/// The packages of the workspace that a crate with these dependencies needs, directly or through
/// others: each after those that it needs itself. What only their tests need is left out.
pub(super) fn needed_siblings<'a>(subject: &'a Subject, dependencies: &[Dependency]) -> Vec<&'a Package> {
    let mut order = Vec::new();
    let mut seen = BTreeSet::new();
    for dependency in dependencies {
        if matches!(dependency.source, DependencySource::Path(_)) {
            let named = folders(subject).find(|p| p.name.as_str() == dependency.package);
            visit(subject, named, &mut seen, &mut order);
        }
    }
    order
}

fn visit<'a>(
    subject: &'a Subject,
    package: Option<&'a Package>,
    seen: &mut BTreeSet<&'a Utf8Path>,
    order: &mut Vec<&'a Package>,
) {
    let Some(package) = package.filter(|package| seen.insert(&package.manifest_path)) else {
        return;
    };
    for dependency in &package.dependencies {
        if dependency.kind != DependencyKind::Development {
            visit(subject, folder_of(subject, dependency), seen, order);
        }
    }
    order.push(package);
}

/// The package that a dependency by path means.
pub(super) fn folder_of<'a>(
    subject: &'a Subject,
    dependency: &cargo_metadata::Dependency,
) -> Option<&'a Package> {
    let path = dependency.path.as_ref()?;
    folders(subject).find(|package| package.manifest_path.parent() == Some(path))
}

/// The way from one folder to another, with `/`.
pub(super) fn path_between(from: &Utf8Path, to: &Utf8Path) -> Utf8PathBuf {
    let (from, to) = (normal(from), normal(to));
    let pairs = from.components().zip(to.components());
    let shared = pairs.take_while(|(a, b)| a == b).count();
    let up = from.components().skip(shared).map(|_| "..");
    let down = to.components().skip(shared).map(|part| part.as_str());
    up.chain(down).collect::<Vec<_>>().join("/").into()
}
