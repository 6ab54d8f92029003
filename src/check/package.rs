//! What would be published.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use super::request::Found;
use super::secrets::looks_like;
use super::subject::{Known, Subject, said};
use super::{CheckError, Part};
use crate::cargo::{Invocation, packaged_sources, verify_package};
use crate::findings::{Finding, codes};
use crate::manifest::{place_of_package, stated_field};
use crate::sys::scratch::Scratch;
use crate::sys::{SysError, fs};

/// Larger files are named, in bytes.
const LARGE: usize = 1 << 20;

/// Folders and files that are of use in the repository only.
const OF_THE_REPOSITORY: &[&str] = &[
    ".buildkite",
    ".cargo",
    ".ci",
    ".circleci",
    ".cirrus.yml",
    ".drone.yml",
    ".forgejo",
    ".gitea",
    ".github",
    ".gitlab",
    ".gitlab-ci.yml",
    ".idea",
    ".quarry",
    ".travis.yml",
    ".vscode",
    ".woodpecker",
    ".woodpecker.yml",
    "Jenkinsfile",
    "appveyor.yml",
    "azure-pipelines.yml",
    "bitbucket-pipelines.yml",
    "release.toml",
];

/// Looks at the files; builds the package too, if that is asked for. `unpublishable` says that
/// its dependencies keep cargo from packaging it, which is a finding already.
pub(super) fn look(
    subject: &Subject,
    known: &Known,
    options: Options,
    tell: &dyn Fn(&str),
) -> Result<Found, CheckError> {
    let scratch = Scratch::new()?;
    // `cargo package` wants a target folder even to list files.
    let cargo = Invocation {
        target_dir: Some(scratch.path().to_owned()),
        ..subject.cargo(options.offline)
    };
    let files = match packaged_sources(&cargo, &subject.name) {
        Ok(files) => files,
        Err(error) => return refused(subject, error, options.unpublishable),
    };
    let mut found = Found::default();
    for file in &files {
        found.findings.extend(of_file(subject, file)?);
    }
    found.findings.extend(of_the_repository(subject, &files));
    found.findings.extend(license(subject, &files)?);
    if options.verify {
        found.add(verify(subject, known, options, tell)?);
    }
    Ok(found)
}

fn verify(
    subject: &Subject,
    known: &Known,
    options: Options,
    tell: &dyn Fn(&str),
) -> Result<Found, CheckError> {
    if !subject.workspace_dir.join("Cargo.lock").is_file() {
        let reason = "without a Cargo.lock there is nothing certain to build";
        return Ok(Found::skip(Part::Package, reason));
    }
    tell("building the package");
    let cargo = Invocation {
        target_dir: Some(known.target_dir.join("quarry").join("package")),
        locked: true,
        ..subject.cargo(options.offline)
    };
    match verify_package(&cargo, &subject.name) {
        Ok(()) => Ok(Found::default()),
        Err(error) => refused(subject, error, options.unpublishable),
    }
}

/// How to look.
#[derive(Debug, Clone, Copy)]
pub(super) struct Options {
    pub(super) offline: bool,
    pub(super) verify: bool,
    pub(super) unpublishable: bool,
}

fn refused(
    subject: &Subject,
    error: crate::cargo::CargoError,
    unpublishable: bool,
) -> Result<Found, CheckError> {
    let crate::cargo::CargoError::Sys(SysError::Failed { stderr, .. }) = error else {
        return Err(error.into());
    };
    if unpublishable {
        let reason = "cargo cannot package it with these dependencies";
        return Ok(Found::skip(Part::Package, reason));
    }
    let message = format!("cargo cannot package it: {}", said(&stderr));
    let finding = codes::PACKAGE_INVALID.finding(message);
    let help = "`cargo package --allow-dirty` says all of it";
    Ok(Found {
        findings: vec![finding.at([place_of_package(&subject.manifest)]).help(help)],
        skipped: Vec::new(),
    })
}

fn of_file(subject: &Subject, file: &Utf8Path) -> Result<Option<Finding>, CheckError> {
    let bytes = match fs::read(&subject.dir.join(file)) {
        Ok(bytes) => bytes,
        // Cargo makes it: Cargo.toml.orig, .cargo_vcs_info.json, a Cargo.lock.
        Err(error) if error.is_not_found() => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let place = subject.place_of_file(file);
    let exclude = format!("exclude it from the package: `exclude = [\"/{file}\"]`");
    if let Some(why) = looks_like(file, &bytes) {
        let message = format!("`{file}` would be published: {why}");
        let help = format!("{exclude}; if it is real, replace the secret now");
        let finding = codes::PACKAGED_SECRET.finding(message).at([place]);
        return Ok(Some(finding.help(help)));
    }
    if bytes.len() > LARGE {
        let message = format!("`{file}` would be published: {}", megabytes(bytes.len()));
        let finding = codes::PACKAGED_LARGE.finding(message).at([place]);
        return Ok(Some(finding.help(exclude)));
    }
    Ok(None)
}

fn megabytes(bytes: usize) -> String {
    let tenths = bytes * 10 / LARGE;
    format!("{}.{} MiB", tenths / 10, tenths % 10)
}

/// One finding for each folder or file at the top that is the repository's own.
fn of_the_repository(subject: &Subject, files: &[Utf8PathBuf]) -> Vec<Finding> {
    let mut groups: BTreeMap<&str, Vec<&Utf8PathBuf>> = BTreeMap::new();
    for file in files {
        let top = file.components().next().map(|top| top.as_str());
        if let Some(top) = top.filter(|top| OF_THE_REPOSITORY.contains(top)) {
            groups.entry(top).or_default().push(file);
        }
    }
    let finding = |(top, files): (&str, Vec<&Utf8PathBuf>)| {
        let is_folder = *files[0] != *top;
        let slash = if is_folder { "/" } else { "" };
        let message =
            format!("`{top}{slash}` would be published, which only this repository needs");
        let places = files.iter().map(|file| subject.place_of_file(file));
        codes::PACKAGED_CI
            .finding(message)
            .at(places.take(1))
            .help(format!(
                "exclude it from the package: `exclude = [\"/{top}{slash}\"]`"
            ))
    };
    groups.into_iter().map(finding).collect()
}

fn license(subject: &Subject, files: &[Utf8PathBuf]) -> Result<Option<Finding>, CheckError> {
    let stated = |field| stated_field(&subject.manifest, subject.workspace.as_ref(), field);
    let (Some(license), None) = (stated("license")?, stated("license-file")?) else {
        return Ok(None); // a missing one is a finding, and cargo packages the file that is named
    };
    let is_license = |file: &Utf8PathBuf| {
        let name = file.as_str().to_uppercase();
        ["LICENSE", "LICENCE", "COPYING", "UNLICENSE"]
            .iter()
            .any(|start| name.starts_with(start))
    };
    Ok((!files.iter().any(is_license)).then(|| {
        codes::NO_LICENSE_FILE
            .finding(format!(
                "the package does not contain its licence ({})",
                license.value
            ))
            .at([license.place])
            .help("put its text beside Cargo.toml, as LICENSE")
    }))
}
