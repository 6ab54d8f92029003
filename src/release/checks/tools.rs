//! The programs that a release needs: cargo-release, and what signs.

use semver::VersionReq;

use super::super::ReleaseError;
use super::super::subject::{Subject, Tool};
use super::finding;
use crate::findings::{Finding, codes};
use crate::git;

/// The versions of cargo-release that are known to work; what others made would be compared with
/// the plan all the same.
const KNOWN: &str = ">=1.1.0, <2.0.0";

const INSTALL: &str = "`cargo install cargo-release --locked` installs it";

pub(super) fn check(subject: &Subject, findings: &mut Vec<Finding>) -> Result<(), ReleaseError> {
    match &subject.tool {
        Tool::Version(version) => {
            let known = VersionReq::parse(KNOWN).expect("it is a requirement");
            if !known.matches(version) {
                let message = format!("cargo-release {version} is not known to work: {KNOWN} is");
                findings.push(finding(&codes::CARGO_RELEASE_VERSION, message).help(INSTALL));
            }
        }
        Tool::Missing => {
            let message = "cargo-release is not installed";
            findings.push(finding(&codes::NO_CARGO_RELEASE, message).help(INSTALL));
        }
        Tool::Settings(said) => {
            let message = format!("cargo-release cannot read its settings: {said}");
            findings.push(finding(&codes::CARGO_RELEASE_SETTINGS, message));
        }
    }
    sign(subject, findings)
}

/// A key that is missing would be noticed after the commit.
fn sign(subject: &Subject, findings: &mut Vec<Finding>) -> Result<(), ReleaseError> {
    let root = subject.repository.root();
    let mut wanted = subject.settings.signs();
    for key in ["commit.gpgSign", "tag.gpgSign", "tag.forceSignAnnotated"] {
        wanted = wanted || git::is_set(root, key)?;
    }
    if !wanted {
        return Ok(());
    }
    if let Some(said) = git::try_to_sign(root)? {
        let message = format!("releases are signed here, and nothing can be signed: {said}");
        let help = "see `git config user.signingKey` and `gpg.format`, and that the key is at hand";
        findings.push(finding(&codes::CANNOT_SIGN, message).help(help));
    }
    Ok(())
}
