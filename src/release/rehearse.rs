//! cargo-release, run in the twin; and what it made, compared with what was planned.

use std::collections::BTreeMap;

use semver::Version;

use super::ReleaseError;
use super::checks::changelog;
use super::plan::{Made, Prepared, ReleasedCrate};
use super::request::{Event, Listener};
use super::settings::with_replacements;
use super::subject::{self, Candidate, Subject};
use crate::cargo;
use crate::changelog::Changelog;
use crate::git;
use crate::model::CommitId;
use crate::sys;

/// Makes the release in the twin, all of it: then what will be pushed is known.
pub(super) fn release(
    prepared: &Prepared,
    listener: &mut Listener<'_>,
) -> Result<Made, ReleaseError> {
    let subject = &prepared.subject;
    let base = subject.repository.head().clone();
    let mut head = base.clone();
    let mut tags = BTreeMap::new();
    let mut members = subject.members.clone();
    for (krate, candidate) in prepared.crates.iter().zip(&subject.crates) {
        run(subject, krate, candidate, &["--execute"], listener)?;
        members.insert(krate.name.clone(), krate.to.clone());
        let made = compare(subject, krate, &head, &members)?;
        head = made.0;
        tags.insert(krate.tag.clone(), made.1);
        check_changelog(subject, krate, candidate, listener)?;
    }
    Ok(Made { base, head, tags })
}

/// Rehearses it: as [`release`], but where a hook would run, it is told that it is a rehearsal,
/// and nothing is made.
pub(super) fn rehearse(
    prepared: &Prepared,
    listener: &mut Listener<'_>,
) -> Result<Option<Made>, ReleaseError> {
    let crates = &prepared.subject.crates;
    if crates.iter().all(|candidate| candidate.hook.is_none()) {
        return release(prepared, listener).map(Some);
    }
    for (krate, candidate) in prepared.crates.iter().zip(crates) {
        run(&prepared.subject, krate, candidate, &[], listener)?;
    }
    Ok(None)
}

fn run(
    subject: &Subject,
    krate: &ReleasedCrate,
    candidate: &Candidate,
    args: &[&str],
    listener: &mut Listener<'_>,
) -> Result<(), ReleaseError> {
    let what = format!("{} {} in a twin of the repository", krate.name, krate.to);
    listener(Event::Stage("Rehearsing", what));
    let cargo = subject.cargo(&candidate.folder)?;
    let mut program = cargo
        .program("release")
        .arg(krate.to.to_string())
        .args(["--package", &krate.name])
        .args(["--no-confirm", "--no-publish", "--no-push"])
        .args(args.iter().copied())
        .env("CARGO_TERM_COLOR", "never");
    // Without one, it asks crates.io for the crate by its name.
    if let Some(registry) = krate.registries.first() {
        program = program.args(["--registry", registry]);
    }
    if krate.is_described {
        // There is no heading to make. What else release.toml replaces, it does.
        let path = subject.twin.settings();
        sys::fs::write(&path, with_replacements(&candidate.replacements))?;
        program = program.args(["--config", path.as_str()]);
    }
    let output = program.run_merged(&mut |line| {
        listener(Event::Progress(line.trim().to_owned()));
    })?;
    if output.success() {
        return Ok(());
    }
    Err(ReleaseError::CargoRelease {
        name: krate.name.clone(),
        output: output.stdout_text(),
    })
}

/// The commit and the tag object, if they are as planned.
fn compare(
    subject: &Subject,
    krate: &ReleasedCrate,
    before: &CommitId,
    members: &BTreeMap<String, Version>,
) -> Result<(CommitId, CommitId), ReleaseError> {
    let unexpected = |what: String| {
        Err(ReleaseError::Unexpected {
            name: krate.name.clone(),
            what,
            help: None,
        })
    };
    let twin = subject.twin.root();
    let head = git::commit_of(&twin, "HEAD")?.unwrap_or_else(|| before.clone());
    let commits = git::commits_between(&twin, before, &head)?.len();
    if commits > 1 || !git::is_ancestor(&twin, before, &head)? {
        return unexpected(format!("{commits} commits in place of one"));
    }
    let changed = git::uncommitted(&twin, &[])?;
    if let Some(file) = changed.first() {
        return unexpected(format!("`{file}` is changed and not committed"));
    }
    let name = format!("refs/tags/{}", krate.tag);
    let Some(tag) = git::object_of(&twin, &name)? else {
        return unexpected(format!("there is no tag `{}`", krate.tag));
    };
    if !git::is_annotated(&twin, &tag)? {
        return unexpected(format!("the tag `{}` is not annotated", krate.tag));
    }
    if git::commit_of(&twin, &name)?.as_ref() != Some(&head) {
        return unexpected(format!("the tag `{}` is at another commit", krate.tag));
    }
    let cargo = subject.cargo(&subject.workspace)?;
    let now = subject::members(&cargo::load_metadata_no_deps(&cargo, None)?);
    if let Some((name, version)) = now.iter().find(|(name, it)| members.get(*name) != Some(it)) {
        return unexpected(format!("the version of {name} is {version}"));
    }
    Ok((head, tag))
}

/// The changelog must say of the new version what was said of what is not released.
fn check_changelog(
    subject: &Subject,
    krate: &ReleasedCrate,
    candidate: &Candidate,
    listener: &mut Listener<'_>,
) -> Result<(), ReleaseError> {
    let path = candidate.folder.join(changelog::FILE);
    let text = sys::fs::read_text(&subject.twin.root().join(&path))?;
    let unexpected = |what: String, help: &str| {
        Err(ReleaseError::Unexpected {
            name: krate.name.clone(),
            what,
            help: Some(help.to_owned()),
        })
    };
    let changelog = match Changelog::parse(&text) {
        Ok(changelog) => changelog,
        Err(error) => return unexpected(format!("`{path}`: {error}"), "see release.toml"),
    };
    // cargo-release leaves the changelog alone for pre-releases, unless it is told otherwise.
    if krate.to.pre.is_empty() && changelog.section(&krate.to).is_none() {
        return unexpected(
            format!("`{path}` has no section for {}", krate.to),
            "release.toml makes it by a `[[pre-release-replacements]]` that replaces \
             `^## \\[Unreleased\\]$`",
        );
    }
    let has_link = |name: &str| {
        text.lines()
            .any(|line| line.starts_with(&format!("[{name}]: ")))
    };
    if krate.to.pre.is_empty() && has_link("Unreleased") && !has_link(&krate.to.to_string()) {
        listener(Event::Warning(format!(
            "`{path}` has a link for `[Unreleased]` and gets none for `[{}]`: a \
             `[[pre-release-replacements]]` in release.toml can make it",
            krate.to
        )));
    }
    Ok(())
}
