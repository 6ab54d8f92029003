//! The user's checkout: its branch, its files, and what its last commit has.

use camino::Utf8Path;

use super::super::ReleaseError;
use super::super::subject::Subject;
use super::{finding, from_error};
use crate::findings::{Finding, codes};
use crate::git;

/// As many files are named.
const SHOWN: usize = 8;

pub(super) fn check(subject: &Subject, findings: &mut Vec<Finding>) -> Result<(), ReleaseError> {
    branch(subject, findings);
    clean(subject, findings)?;
    if let Err(error) = git::check_identity(subject.repository.root()) {
        findings.push(from_error(
            &codes::NO_IDENTITY,
            "a commit has an author",
            &error,
            error.help(),
        ));
    }
    lockfile(subject, findings)
}

fn branch(subject: &Subject, findings: &mut Vec<Finding>) {
    let allowed = subject.settings.allowed_branches();
    let listed: Vec<String> = allowed.iter().map(|name| format!("`{name}`")).collect();
    let listed = listed.join(", ");
    let Some(branch) = subject.repository.branch() else {
        let help = "`git switch` to the branch that releases are made from";
        findings.push(finding(&codes::NO_BRANCH, "no branch is checked out").help(help));
        return;
    };
    if !git::branch_matches(branch, &allowed) {
        let message = format!("releases are not made from the branch `{branch}`");
        let help = format!("`allow-branch` in release.toml has {listed}");
        findings.push(finding(&codes::BRANCH_NOT_ALLOWED, message).help(help));
    }
}

fn clean(subject: &Subject, findings: &mut Vec<Finding>) -> Result<(), ReleaseError> {
    let files = git::uncommitted(subject.repository.root(), &[])?;
    if files.is_empty() {
        return Ok(());
    }
    let mut shown: Vec<String> = files
        .iter()
        .take(SHOWN)
        .map(|it| format!("`{it}`"))
        .collect();
    if files.len() > SHOWN {
        shown.push("…".to_owned());
    }
    let message = format!("not committed: {}", shown.join(", "));
    let help = "commit it, stash it, or have git ignore it";
    findings.push(finding(&codes::DIRTY_TREE, message).help(help));
    Ok(())
}

/// A lock file that is committed must be what cargo would write: CI publishes with `--locked`.
fn lockfile(subject: &Subject, findings: &mut Vec<Finding>) -> Result<(), ReleaseError> {
    let path = subject.workspace.join("Cargo.lock");
    let (root, head) = (subject.repository.root(), subject.repository.head());
    if git::read_blob_at(root, head, &path)?.is_none() {
        // What cargo makes of its own accord is no change.
        let exclude = subject.twin.root().join(".git/info/exclude");
        crate::sys::fs::write(&exclude, "Cargo.lock\n")?;
        return Ok(());
    }
    if let Some(found) = stale(subject, &path)? {
        findings.push(found);
    }
    Ok(())
}

fn stale(subject: &Subject, path: &Utf8Path) -> Result<Option<Finding>, ReleaseError> {
    // Asking for the settings may have brought it up to date.
    git::checkout_head(&subject.twin.root())?;
    let mut cargo = subject.cargo(&subject.workspace)?;
    cargo.locked = true;
    let program = cargo.program("metadata").args(["--format-version", "1"]);
    let output = program.run()?;
    if output.success() {
        return Ok(None);
    }
    let said = output.stderr_text();
    let said = said[said.find("error:").unwrap_or(0)..].trim();
    if said.contains("--locked") {
        let message = format!("`{path}` is not what the manifests ask for");
        let help = "run `cargo update --workspace`, and commit it";
        return Ok(Some(finding(&codes::LOCKFILE_STALE, message).help(help)));
    }
    let said = said.trim_start_matches("error:").trim();
    let message = format!("`{path}` cannot be compared with the manifests: {said}");
    Ok(Some(finding(&codes::LOCKFILE_UNCHECKED, message)))
}
