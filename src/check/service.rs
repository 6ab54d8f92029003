//! The check of a service: it is never published, so what counts is what it takes from where. It
//! builds nothing.

use jiff::civil::Date;

use super::request::Found;
use super::run::{empty, sort};
use super::subject::Subject;
use super::waivers::Waivers;
use super::{CheckError, Checked, Kind, Part, Request, links, lockfile, pins, settings, versions};
use crate::findings::{Severity, codes};
use crate::manifest::place_of_package;
use crate::service::{LoadOptions, load};
use crate::sys::clock;

/// Checks a package of a service; with the first of them what belongs to the workspace.
pub(super) fn of_service(
    request: &Request,
    subject: &Subject,
    is_first: bool,
    tell: &(dyn Fn(&str) + Sync),
) -> Result<Checked, CheckError> {
    tell("reading what is pinned");
    let waivers = Waivers::load(subject)?;
    let settings = settings::load(subject);
    let mut found = pins::origins(subject)?;
    found.findings.extend(settings.invalid);
    if let Err(said) = &subject.known {
        let finding = codes::MANIFEST_INVALID.finding(said.clone());
        let place = place_of_package(&subject.manifest);
        found.findings.push(finding.at([place]));
    }
    let (locked, fits) = of_lockfile(subject, request.offline)?;
    if is_first {
        found.findings.extend(links::look(subject)?);
        found.add(locked);
    }
    if fits {
        let options = LoadOptions {
            offline: request.offline,
            ..LoadOptions::default()
        };
        match load(&subject.workspace_dir, &options) {
            Ok(service) => {
                let pins = &service.pins;
                found
                    .findings
                    .extend(pins::styles(subject, pins, settings.pins));
                if is_first {
                    let twice = versions::look(&service.lockfile, pins, &settings.vocabulary);
                    found.findings.extend(twice);
                }
            }
            Err(error) => found.add(Found::skip(Part::Pins, error.to_string())),
        }
    } else {
        let reason = "without a Cargo.lock that fits nothing is pinned";
        found.add(Found::skip(Part::Pins, reason));
    }
    found.skipped.sort();
    found.skipped.dedup();
    let today: Date = clock::today().parse().expect("the clock's day is one");
    let waived = waivers.apply(&mut found.findings, &found.skipped, today);
    sort(&mut found.findings);
    Ok(Checked {
        kind: Kind::Service,
        version: subject.version.clone(),
        findings: found.findings,
        waived,
        skipped: found.skipped,
        ..empty(subject.name.clone(), subject.dir.clone())
    })
}

/// What of the lock file concerns a service, which is built from it; and whether it fits.
fn of_lockfile(subject: &Subject, offline: bool) -> Result<(Found, bool), CheckError> {
    let (mut found, fits) = lockfile::look(subject, offline)?;
    for finding in &mut found.findings {
        if finding.code == codes::LOCKFILE_MISSING.name() {
            finding.severity = Severity::Error;
            let help = "commit it: what is built is what was tested, by everybody and in CI";
            finding.help = Some(help.to_owned());
        }
    }
    Ok((found, fits))
}
