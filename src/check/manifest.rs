//! What `Cargo.toml` says of the package.

use super::request::Found;
use super::subject::{Known, Subject};
use super::{CheckError, Part};
use crate::findings::{Finding, codes};
use crate::manifest::{PublishTo, Stated, place_of_package, stated_field, states_lints};
use crate::model::CrateName;

/// How a repository says where its crates may go.
const PUBLISH: &str =
    "add `publish = [\"internal\"]`, with the names of the registries that it is for";

/// Looks at all of it but the dependencies.
pub(super) fn look(subject: &Subject) -> Result<Found, CheckError> {
    let mut found = Found::default();
    match &subject.known {
        Err(said) => {
            let reason = "cargo cannot read the manifest";
            found.add(Found::skip(Part::Package, reason));
            // An unknown registry, say, is a finding of its own; where nothing else explains it,
            // this one is added later.
            tracing::debug!(%said, "cargo refuses");
        }
        Ok(known) => {
            found.findings.extend(readme(subject, known));
            found.findings.extend(library(subject, known));
        }
    }
    found.findings.extend(name(subject));
    found.findings.extend(fields(subject)?);
    found.findings.extend(publish(subject));
    if !states_lints(&subject.manifest, subject.workspace.as_ref()) {
        let help = "add `[lints.rust]` and `[lints.clippy]`, or `[lints] workspace = true`";
        let finding = codes::NO_LINTS.finding("the manifest has no `[lints]`");
        found
            .findings
            .push(finding.at([place_of_package(&subject.manifest)]).help(help));
    }
    Ok(found)
}

fn name(subject: &Subject) -> Option<Finding> {
    let error = CrateName::new(&subject.name).err()?;
    let finding = codes::BAD_NAME
        .finding(error.to_string())
        .at([place_of_package(&subject.manifest)]);
    Some(match error.help() {
        Some(help) => finding.help(help),
        None => finding,
    })
}

fn fields(subject: &Subject) -> Result<Vec<Finding>, CheckError> {
    let stated = |field: &str| -> Result<Option<Stated<String>>, CheckError> {
        let stated = stated_field(&subject.manifest, subject.workspace.as_ref(), field)?;
        Ok(stated.filter(|stated| !stated.value.trim().is_empty()))
    };
    let mut findings = Vec::new();
    let mut missing = |code: &crate::findings::Code, what: &str, help: &str| {
        let finding = code.finding(format!("the manifest has no {what}"));
        let finding = finding.at([place_of_package(&subject.manifest)]);
        findings.push(finding.help(help));
    };
    if stated("description")?.is_none() {
        let help = "add `description = \"…\"`, one line that says what it is for";
        missing(&codes::NO_DESCRIPTION, "`description`", help);
    }
    if stated("license")?.is_none() && stated("license-file")?.is_none() {
        let help = "add `license = \"…\"`, an SPDX expression, or `license-file = \"LICENSE\"`";
        missing(&codes::NO_LICENSE, "`license`", help);
    }
    if stated("repository")?.is_none() {
        let help = "add `repository = \"https://…\"`";
        missing(&codes::NO_REPOSITORY, "`repository`", help);
    }
    if stated("rust-version")?.is_none() {
        let help = "add `rust-version = \"…\"`, the oldest Rust that it is to build with";
        missing(&codes::NO_RUST_VERSION, "`rust-version`", help);
    }
    Ok(findings)
}

fn publish(subject: &Subject) -> Option<Finding> {
    let finding = match &subject.publish.value {
        PublishTo::Anywhere => codes::PUBLISH_ANYWHERE
            .finding("the manifest lets it be published anywhere, to crates.io too")
            .help(PUBLISH),
        PublishTo::Registries(names) if names.is_empty() => codes::UNPUBLISHABLE
            .finding("the manifest forbids to publish it")
            .help(PUBLISH),
        PublishTo::Registries(names) if names.iter().any(|name| name == "crates-io") => {
            codes::PUBLISH_ANYWHERE
                .finding("the manifest lets it be published to crates.io")
                .help("leave `crates-io` out of `publish`")
        }
        PublishTo::Registries(_) => return None,
    };
    Some(finding.at([subject.publish.place.clone()]))
}

/// One that is named and is not there keeps cargo from packaging, which is a finding of its own.
fn readme(subject: &Subject, known: &Known) -> Option<Finding> {
    let help = "write a README.md beside Cargo.toml, with what it is for and how it is used";
    known.readme.is_none().then(|| {
        codes::NO_README
            .finding("there is no readme")
            .at([place_of_package(&subject.manifest)])
            .help(help)
    })
}

fn library(subject: &Subject, known: &Known) -> Option<Finding> {
    let help = "put the code that is shared into src/lib.rs";
    (!known.has_library).then(|| {
        codes::NO_LIBRARY
            .finding(format!(
                "`{}` has no library that a crate could depend on",
                subject.name
            ))
            .at([place_of_package(&subject.manifest)])
            .help(help)
    })
}
