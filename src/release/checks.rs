//! What stands in the way of a release: all of it is looked for, and told at once.

pub(super) mod changelog;
mod registry;
mod remote;
mod repository;
mod tools;

use std::collections::{BTreeMap, BTreeSet};

use semver::Version;

use super::ReleaseError;
use super::plan::ReleasedCrate;
use super::request::{Event, Listener, Request};
use super::subject::{Candidate, Publish, Subject};
use super::version::{self, Versions};
use crate::findings::{Code, Finding, Severity, codes};
use crate::git;
use crate::model::Bump;
use registry::Registries;
use remote::Remote;

/// What was found.
#[derive(Debug)]
pub(super) struct Checked {
    pub(super) findings: Vec<Finding>,
    /// The crates whose next version is known.
    pub(super) crates: Vec<ReleasedCrate>,
}

/// Looks at everything. Reads only.
pub(super) fn run(
    subject: &Subject,
    request: &Request,
    needed: &BTreeMap<String, Bump>,
    listener: &mut Listener<'_>,
) -> Result<Checked, ReleaseError> {
    let mut findings = Vec::new();
    repository::check(subject, &mut findings)?;
    tools::check(subject, &mut findings)?;
    let progress = format!("asking the remote `{}`", subject.settings.remote());
    listener(Event::Progress(progress));
    let remote = Remote::load(subject, request, &mut findings)?;
    let mut registries = Registries::new(subject.repository.root());
    let mut crates = Vec::new();
    for candidate in &subject.crates {
        let name = &candidate.name;
        listener(Event::Progress(format!("looking at {name}")));
        let published = registries.versions(candidate, &mut findings);
        let versions = Versions {
            current: candidate.version.clone(),
            released: released(subject, candidate, &remote, published)?,
        };
        let needed = needed.get(name).copied();
        let pre = request.pre.as_deref();
        let to = match version::choose(name, &versions, &request.wanted, needed, pre) {
            Ok(to) => Some(to),
            Err(finding) => {
                findings.push(*finding);
                None
            }
        };
        let notes = changelog::check(subject, candidate, to.as_ref(), &mut findings)?;
        let Some(to) = to else {
            continue;
        };
        let tag = candidate.tags.of(&to);
        check_tag(subject, candidate, &remote, &tag, &mut findings)?;
        registries.check_free(candidate, &to, &mut findings)?;
        let latest = versions.latest().cloned();
        crates.push(ReleasedCrate {
            name: name.clone(),
            folder: candidate.folder.clone(),
            from: candidate.version.clone(),
            level: latest.as_ref().map(|latest| Bump::between(latest, &to)),
            latest,
            to,
            needed,
            tag,
            registries: candidate.publish.names(),
            notes,
        });
    }
    Ok(Checked { findings, crates })
}

/// The versions that are out: those that the registry has. A tag that is there without them is
/// about to be published, or failed to be; if it is that of the version in the manifest, the next
/// one comes after it. Where no registry counts, the tags do.
fn released(
    subject: &Subject,
    candidate: &Candidate,
    remote: &Remote,
    published: Option<BTreeSet<Version>>,
) -> Result<BTreeSet<Version>, ReleaseError> {
    let here = git::tags(subject.repository.root())?;
    let tags = here.iter().map(String::as_str).chain(remote.tags());
    let mut tagged = tags.filter_map(|tag| candidate.tags.version(tag));
    Ok(match published {
        None => tagged.collect(),
        Some(mut published) => {
            published.extend(tagged.find(|version| *version == candidate.version));
            published
        }
    })
}

fn check_tag(
    subject: &Subject,
    candidate: &Candidate,
    remote: &Remote,
    tag: &str,
    findings: &mut Vec<Finding>,
) -> Result<(), ReleaseError> {
    let root = subject.repository.root();
    let name = &candidate.name;
    if git::object_of(root, &format!("refs/tags/{tag}"))?.is_some() {
        let message = format!("{name}: the tag `{tag}` is there already");
        let help = match &candidate.publish {
            Publish::To(_) => format!(
                "if CI has yet to publish it, wait; if it is a mistake, `git tag --delete {tag}`; \
                 or release a later version"
            ),
            Publish::Never | Publish::Anywhere => "release a later version".to_owned(),
        };
        findings.push(finding(&codes::TAG_EXISTS, message).help(help));
    }
    if remote.tags().any(|known| known == tag) {
        let at = subject.settings.remote();
        let message = format!("{name}: the remote `{at}` has the tag `{tag}` already");
        let help = format!("`git fetch --tags {at}` brings it here; release a later version");
        findings.push(finding(&codes::TAG_EXISTS_REMOTELY, message).help(help));
    }
    Ok(())
}

/// A finding that keeps a release from being made.
pub(super) fn finding(code: &Code, message: impl Into<String>) -> Finding {
    code.finding(message).weighing(Severity::Error)
}

/// The finding for an error, its causes and its advice included.
pub(super) fn from_error(
    code: &Code,
    what: &str,
    error: &(dyn std::error::Error + 'static),
    help: Option<String>,
) -> Finding {
    let mut message = format!("{what}: {error}");
    let mut next = error.source();
    while let Some(cause) = next {
        message = format!("{message}: {cause}");
        next = cause.source();
    }
    let found = finding(code, message);
    match help {
        Some(help) => found.help(help),
        None => found,
    }
}
