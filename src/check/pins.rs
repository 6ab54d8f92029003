//! How a service asks for its private crates, and where they come from.

use super::request::Found;
use super::settings::Policy;
use super::subject::Subject;
use super::{CheckError, Part, dependencies};
use crate::findings::{Finding, Severity, codes};
use crate::manifest::{Dependency, DependencySource, list_dependencies, place_of_dependency};
use crate::service::{Pin, PinStyle, PinUse};
use crate::sys::fs;

/// The private crates that the package asks for otherwise than the policy says.
pub(super) fn styles(subject: &Subject, pins: &[Pin], policy: Policy) -> Vec<Finding> {
    let uses = pins
        .iter()
        .flat_map(|pin| pin.uses.iter().map(move |used| (pin, used)));
    let own = uses.filter(|(_, used)| used.member == subject.name);
    let mut findings: Vec<Finding> = own
        .filter(|(_, used)| !policy.allows(used.style))
        .map(|(pin, used)| style(pin, used, policy))
        .collect();
    findings.sort_by(|a, b| a.places.cmp(&b.places));
    findings.dedup();
    findings
}

fn style(pin: &Pin, used: &PinUse, policy: Policy) -> Finding {
    let Pin { name, version, .. } = pin;
    let written = match used.style {
        PinStyle::Exact => "to one version",
        PinStyle::Caret => "to all compatible versions",
        PinStyle::Tilde => "to versions of one minor",
        PinStyle::Other => "to a range",
    };
    let requirement = &used.requirement;
    let (wanted, help) = match policy {
        Policy::Exact => ("the policy is `exact`", format!("write `={version}`")),
        Policy::Caret => ("the policy is `caret`", format!("write `{version}`")),
        Policy::Any => (
            "which may hold breaking versions, or none",
            format!("write `{version}` or `={version}`"),
        ),
    };
    let message = format!("`{name}` is pinned {written} (`{requirement}`): {wanted}");
    let finding = codes::PIN_STYLE
        .finding(message)
        .about(name)
        .at([used.place.clone()])
        .help(help);
    match policy {
        Policy::Exact | Policy::Caret => finding,
        Policy::Any => finding.weighing(Severity::Warning),
    }
}

/// The dependencies that come from elsewhere than a registry that cargo knows here.
pub(super) fn origins(subject: &Subject) -> Result<Found, CheckError> {
    let listed = list_dependencies(&subject.manifest, subject.workspace.as_ref());
    let dependencies = match listed {
        Ok(dependencies) => dependencies,
        // Cargo says the same of the manifest, with its own words.
        Err(error) => return Ok(Found::skip(Part::Manifest, error.to_string())),
    };
    let mut found = Found::default();
    for dependency in dependencies {
        if let Some(finding) = origin(subject, &dependency)? {
            let place = place_of_dependency(&subject.manifest, &dependency);
            found
                .findings
                .push(finding.about(&dependency.package).at([place]));
        }
    }
    Ok(found)
}

fn origin(subject: &Subject, dependency: &Dependency) -> Result<Option<Finding>, CheckError> {
    let (key, package) = (&dependency.key, &dependency.package);
    let help = format!("`cargo add --registry NAME {package}` takes a release of it");
    Ok(match &dependency.source {
        DependencySource::CratesIo => None,
        DependencySource::Registry(_) | DependencySource::RegistryIndex(_) => {
            dependencies::source(subject, dependency)?
        }
        DependencySource::Git(url) => {
            let message = format!("`{key}` comes from the git repository {url}");
            Some(codes::GIT_DEPENDENCY.finding(message).help(help))
        }
        DependencySource::Path(path) => {
            let found = fs::canonical(&subject.root.join(path)).ok();
            let is_own = found.is_some_and(|dir| dir.starts_with(&subject.root));
            (!is_own).then(|| {
                let message = format!("`{key}` is the folder `{path}`, outside of this repository");
                let help = format!("{help}; to work on both, `cargo quarry link {path}`");
                codes::PATH_DEPENDENCY.finding(message).help(help)
            })
        }
    })
}
