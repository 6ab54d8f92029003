//! What `Cargo.toml` says of dependencies: a published package can have only those that its
//! users can get, too.

use super::request::Found;
use super::subject::Subject;
use super::{CheckError, Part};
use crate::cargo::{Invocation, registry_names, registry_settings};
use crate::findings::{Finding, Severity, codes};
use crate::manifest::{
    Dependency, DependencyKind, DependencySource, list_dependencies, place_of_dependency,
};
use crate::model::RegistryName;
use crate::registry::CRATES_IO_INDEX;

/// Looks at each of them.
pub(super) fn look(subject: &Subject) -> Result<Found, CheckError> {
    let listed = list_dependencies(&subject.manifest, subject.workspace.as_ref());
    let dependencies = match listed {
        Ok(dependencies) => dependencies,
        // Cargo says the same of the manifest, with its own words.
        Err(error) => return Ok(Found::skip(Part::Manifest, error.to_string())),
    };
    let mut found = Found::default();
    for dependency in dependencies {
        let findings = [source(subject, &dependency)?, wildcard(&dependency)];
        let place = place_of_dependency(&subject.manifest, &dependency);
        found.findings.extend(
            findings
                .into_iter()
                .flatten()
                .map(|finding| finding.about(&dependency.package).at([place.clone()])),
        );
    }
    Ok(found)
}

pub(super) fn source(
    subject: &Subject,
    dependency: &Dependency,
) -> Result<Option<Finding>, CheckError> {
    let name = &dependency.key;
    let help = format!(
        "`cargo add --registry NAME {}` takes it from a registry",
        dependency.package
    );
    Ok(match &dependency.source {
        DependencySource::CratesIo => None,
        DependencySource::Path(path) => folder(subject, dependency, path, help),
        DependencySource::Git(url) => {
            let message = format!("`{name}` comes from the git repository {url}");
            let finding = codes::GIT_DEPENDENCY.finding(message).help(help);
            let published_otherwise =
                dependency.requirement.is_some() || dependency.kind == DependencyKind::Dev;
            Some(if published_otherwise {
                finding.weighing(Severity::Warning)
            } else {
                finding
            })
        }
        DependencySource::Registry(registry) => {
            let known = registry == "crates-io" || is_configured(&subject.cargo(true), registry)?;
            (!known).then(|| {
                let message = format!(
                    "`{name}` comes from the registry `{registry}`, which cargo does not know here"
                );
                codes::UNKNOWN_REGISTRY.finding(message).help(format!(
                    "`cargo quarry registry add {registry} --kind … URL` adds it"
                ))
            })
        }
        DependencySource::RegistryIndex(url) => {
            let known = url == CRATES_IO_INDEX || has_name(&subject.cargo(true), url)?;
            (!known).then(|| {
                let message = format!("`{name}` comes from {url}, which has no name here");
                codes::UNKNOWN_REGISTRY
                    .finding(message)
                    .help("give the registry a name in .cargo/config.toml, and write `registry = \"NAME\"`")
            })
        }
    })
}

fn is_configured(cargo: &Invocation, name: &str) -> Result<bool, CheckError> {
    let Ok(name) = RegistryName::new(name) else {
        return Ok(false);
    };
    Ok(registry_settings(cargo, &name)?.index.is_some())
}

fn has_name(cargo: &Invocation, url: &str) -> Result<bool, CheckError> {
    for name in registry_names(cargo)? {
        if registry_settings(cargo, &name)?.index.as_deref() == Some(url) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn folder(
    subject: &Subject,
    dependency: &Dependency,
    path: &camino::Utf8Path,
    help: String,
) -> Option<Finding> {
    let name = &dependency.key;
    let found = crate::sys::fs::canonical(&subject.root.join(path)).ok();
    let is_member = found
        .as_ref()
        .is_some_and(|dir| subject.members.contains(dir));
    let in_repository = found.is_some_and(|dir| dir.starts_with(&subject.root));
    if is_member || in_repository {
        // Without a version it is left out of what is published, if it is for tests only.
        if dependency.kind == DependencyKind::Dev || dependency.requirement.is_some() {
            return None;
        }
        let message = format!("`{name}` is a folder of this repository, without a version");
        let help = "add its `version` (and `registry`), by which it is found once it is published";
        return Some(codes::PATH_DEPENDENCY.finding(message).help(help));
    }
    let message = format!("`{name}` is the folder `{path}`, outside of this repository");
    Some(codes::PATH_DEPENDENCY.finding(message).help(help))
}

pub(super) fn wildcard(dependency: &Dependency) -> Option<Finding> {
    let requirement = dependency.requirement.as_deref()?.trim();
    let finding = codes::WILDCARD_REQUIREMENT
        .finding(format!(
            "`{}` takes any version (`{requirement}`)",
            dependency.key
        ))
        .help("name the oldest version that it works with");
    let finding = match dependency.kind {
        DependencyKind::Normal | DependencyKind::Build => finding,
        DependencyKind::Dev => finding.weighing(Severity::Warning),
    };
    (requirement == "*").then_some(finding)
}
