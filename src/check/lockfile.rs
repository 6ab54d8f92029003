//! `Cargo.lock`: it is there, fits the manifests, and pins nothing that needs a newer Rust than
//! the package names.

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, Metadata, PackageId};

use super::request::Found;
use super::rust_version::stated_version;
use super::subject::{Subject, said};
use super::{CheckError, Part, Skipped};
use crate::cargo::{CargoError, load_metadata};
use crate::findings::{Finding, codes};
use crate::git;
use crate::manifest::place_of_package;
use crate::model::Place;
use crate::sys::SysError;

/// How many dependencies are named.
const NAMED: usize = 5;

/// Looks at it; says whether it is there and fits.
pub(super) fn look(subject: &Subject, offline: bool) -> Result<(Found, bool), CheckError> {
    let path = subject.workspace_dir.join("Cargo.lock");
    let mut found = Found::default();
    if !path.is_file() || !is_committed(subject)? {
        let message = if path.is_file() {
            "git ignores Cargo.lock"
        } else {
            "there is no Cargo.lock"
        };
        let help = "commit it: `cargo publish --locked` publishes what was tested";
        let finding = codes::LOCKFILE_MISSING.finding(message).help(help);
        found
            .findings
            .push(finding.at([place_of_package(&subject.manifest)]));
    }
    if !path.is_file() {
        return Ok((found, false));
    }
    let cargo = crate::cargo::Invocation {
        locked: true,
        ..subject.cargo(offline)
    };
    let fits = match load_metadata(&cargo, None, &[]) {
        Ok(metadata) => {
            found.findings.extend(newer(subject, &metadata)?);
            true
        }
        Err(CargoError::Sys(SysError::Failed { stderr, .. })) if is_stale(&stderr) => {
            let file = subject.workspace_dir.strip_prefix(&subject.root);
            let place = Place {
                file: file.unwrap_or(&subject.workspace_dir).join("Cargo.lock"),
                line: 1,
                column: 1,
            };
            let finding = codes::LOCKFILE_STALE
                .finding("Cargo.lock does not fit the manifests")
                .help("`cargo update --workspace` mends it; commit it");
            found.findings.push(finding.at([place]));
            false
        }
        Err(CargoError::Sys(SysError::Failed { stderr, .. })) => {
            found
                .skipped
                .push(Skipped::new(Part::Lockfile, said(&stderr)));
            // It may fit, or not: then what compiles says so.
            true
        }
        Err(error) => return Err(error.into()),
    };
    Ok((found, fits))
}

/// Cargo has no other sign of it than its words.
fn is_stale(stderr: &str) -> bool {
    stderr.contains("--locked was passed")
}

fn is_committed(subject: &Subject) -> Result<bool, CheckError> {
    if !subject.is_repository {
        return Ok(true);
    }
    let files = git::visible_files(&subject.workspace_dir)?;
    Ok(files.iter().any(|file| file == "Cargo.lock"))
}

/// The dependencies, not for tests, whose own `rust-version` is higher.
fn newer(subject: &Subject, metadata: &Metadata) -> Result<Option<Finding>, CheckError> {
    let Some((stated, own)) = stated_version(subject)? else {
        return Ok(None);
    };
    let reached = reached(subject, metadata);
    let needs = metadata.packages.iter().filter(|p| reached.contains(&p.id));
    let needs = needs.filter_map(|package| {
        let needed = package
            .rust_version
            .as_ref()
            .filter(|needed| **needed > own)?;
        Some(format!(
            "{} {} needs {needed}",
            package.name, package.version
        ))
    });
    let needs: Vec<String> = needs.collect();
    if needs.is_empty() {
        return Ok(None);
    }
    let listed = needs[..needs.len().min(NAMED)].join(", ");
    let more = match needs.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(", and {more} more do"),
    };
    let message = format!("`rust-version` is {}, and {listed}{more}", stated.value);
    let help = "`cargo update` them to versions that are old enough, or raise `rust-version`";
    let finding = codes::RUST_VERSION_DEPENDENCY.finding(message).help(help);
    Ok(Some(finding.at([stated.place])))
}

/// What the package is built from.
fn reached<'a>(subject: &Subject, metadata: &'a Metadata) -> BTreeSet<&'a PackageId> {
    let nodes = metadata.resolve.iter().flat_map(|resolve| &resolve.nodes);
    let nodes: BTreeMap<&PackageId, _> = nodes.map(|node| (&node.id, node)).collect();
    let is_own = |id: &&PackageId| {
        let package = metadata.packages.iter().find(|package| package.id == **id);
        package.is_some_and(|package| package.name.as_str() == subject.name)
    };
    let mut next: Vec<&PackageId> = metadata.workspace_members.iter().filter(is_own).collect();
    let mut reached: BTreeSet<&PackageId> = next.iter().copied().collect();
    while let Some(id) = next.pop() {
        let deps = nodes.get(id).into_iter().flat_map(|node| &node.deps);
        for dep in deps {
            let built = dep
                .dep_kinds
                .iter()
                .any(|kind| kind.kind != DependencyKind::Development);
            if built && reached.insert(&dep.pkg) {
                next.push(&dep.pkg);
            }
        }
    }
    reached
}
