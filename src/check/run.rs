//! The parts, side by side, and what follows from them together.

use jiff::civil::Date;

use super::baseline::Compared;
use super::package::Options;
use super::request::Found;
use super::subject::{Known, Loaded, Subject};
use super::verdict::Judged;
use super::waivers::Waivers;
use super::{
    CheckError, Checked, Kind, Part, Request, Skipped, baseline, changelog, deny, dependencies,
    links, lockfile, manifest, package, rust_version, service, subject, tree, verdict, version,
};
use crate::findings::{Finding, Severity, codes};
use crate::manifest::place_of_package;
use crate::model::Bump;
use crate::sys::clock;

/// Checks the packages that are asked for. `tell` hears what long work is at.
///
/// # Errors
/// If there is nothing to check, or cargo, git or the system fail. What is wrong with the library
/// is a finding.
pub fn check(request: &Request, tell: &(dyn Fn(&str) + Sync)) -> Result<Vec<Checked>, CheckError> {
    let mut all = Vec::new();
    for loaded in subject::load(request)? {
        all.push(match loaded {
            Loaded::Subject(subject) => of_subject(request, &subject, tell)?,
            Loaded::Service(subject) => {
                // What the workspace has is told once, with the first of its packages.
                let is_first = all.iter().all(|it: &Checked| it.kind != Kind::Service);
                service::of_service(request, &subject, is_first, tell)?
            }
            Loaded::Broken(path, finding) => {
                let dir = path.parent().map(|dir| request.dir.join(dir));
                let mut checked = empty(path.to_string(), dir.unwrap_or_default());
                checked.findings.push(finding);
                checked.skipped.push(rest());
                checked
            }
            Loaded::Unpublished(name, version, dir) => {
                let mut checked = empty(name, dir);
                let reason = "it is never published (`publish = false`)";
                checked.version = version;
                checked.skipped.push(Skipped::new(Part::Package, reason));
                checked
            }
        });
    }
    Ok(all)
}

fn rest() -> Skipped {
    Skipped::new(
        Part::Package,
        "the manifest cannot be read, so nothing else can be looked at",
    )
}

pub(super) fn empty(package: String, dir: camino::Utf8PathBuf) -> Checked {
    Checked {
        kind: Kind::Library,
        package,
        version: None,
        dir,
        findings: Vec::new(),
        waived: Vec::new(),
        skipped: Vec::new(),
        baseline: None,
        changes: Vec::new(),
        bump: None,
        next: None,
    }
}

fn of_subject(
    request: &Request,
    subject: &Subject,
    tell: &(dyn Fn(&str) + Sync),
) -> Result<Checked, CheckError> {
    tell("reading the manifest");
    let waivers = Waivers::load(subject)?;
    let mut found = manifest::look(subject)?;
    found.add(dependencies::look(subject)?);
    found.findings.extend(links::look(subject)?);
    let (mut compared, mut judged) = (Compared::default(), Judged::default());
    match &subject.known {
        Err(said) => {
            if !found
                .findings
                .iter()
                .any(|f| f.code == codes::UNKNOWN_REGISTRY.name())
            {
                let finding = codes::MANIFEST_INVALID.finding(said.clone());
                found
                    .findings
                    .push(finding.at([place_of_package(&subject.manifest)]));
            }
        }
        Ok(known) => {
            let parts = side_by_side(request, subject, known, &found, tell)?;
            (compared, judged) = (parts.compared, parts.judged);
            found.add(parts.found);
        }
    }
    together(subject, found, compared, judged, waivers)
}

struct Parts {
    found: Found,
    compared: Compared,
    judged: Judged,
}

fn side_by_side(
    request: &Request,
    subject: &Subject,
    known: &Known,
    before: &Found,
    tell: &(dyn Fn(&str) + Sync),
) -> Result<Parts, CheckError> {
    let stuck = [codes::PATH_DEPENDENCY.name(), codes::GIT_DEPENDENCY.name()];
    let options = Options {
        offline: request.offline,
        verify: request.package,
        unpublishable: before.findings.iter().any(|finding| {
            finding.severity == Severity::Error && stuck.contains(&finding.code.as_str())
        }),
    };
    let offline = request.offline;
    let (mut found, is_locked) = lockfile::look(subject, offline)?;
    let tree = tree::prepare(subject, known, is_locked, offline)?;
    let tree = tree.as_ref();
    std::thread::scope(|scope| {
        let package = scope.spawn(move || package::look(subject, known, options, tell));
        let denied = scope.spawn(|| deny::look(subject, offline));
        let compared = scope.spawn(|| {
            tell("looking for the baseline");
            let compared = baseline::load(subject, request.baseline.as_deref(), offline)?;
            let judged = match &compared.baseline {
                Some(baseline) => verdict::judge(subject, known, tree, baseline, offline, tell)?,
                None => Judged::default(),
            };
            Ok::<_, CheckError>((compared, judged))
        });
        found.add(rust_version::look(subject, known, tree, offline, tell)?);
        for part in [package, denied] {
            found.add(part.join().expect("a part does not panic")?);
        }
        let (compared, judged) = compared.join().expect("a part does not panic")?;
        Ok(Parts {
            found,
            compared,
            judged,
        })
    })
}

fn together(
    subject: &Subject,
    mut found: Found,
    mut compared: Compared,
    judged: Judged,
    waivers: Waivers,
) -> Result<Checked, CheckError> {
    let today: Date = clock::today().parse().expect("the clock's day is one");
    found.skipped.append(&mut compared.skipped);
    found.skipped.extend(judged.skipped);
    found.findings.extend(judged.finding);
    let findings: Vec<(Bump, Finding)> = judged
        .changes
        .iter()
        .filter_map(|change| Some((change.bump, verdict::finding(subject, change)?)))
        .collect();
    let counted = findings
        .iter()
        .filter(|(_, finding)| !waivers.covers(finding, today));
    let bump = counted.map(|(bump, _)| *bump).max().unwrap_or(Bump::Patch);
    let bump = judged.compared.then_some(bump);
    let next = compared.baseline.as_ref().map(|baseline| {
        // Without a verdict, at least another version than the last.
        version::next(bump.unwrap_or(Bump::Patch), &baseline.version)
    });
    found
        .findings
        .extend(findings.into_iter().map(|(_, finding)| finding));
    if let Some(next) = &next {
        found
            .findings
            .extend(version::look(subject, &compared, next));
    }
    found.add(changelog::look(subject, &compared, bump, today)?);
    found.skipped.sort();
    found.skipped.dedup();
    let waived = waivers.apply(&mut found.findings, &found.skipped, today);
    sort(&mut found.findings);
    Ok(Checked {
        version: subject.version.clone(),
        findings: found.findings,
        waived,
        skipped: found.skipped,
        baseline: compared.baseline,
        changes: judged.changes,
        bump,
        next,
        ..empty(subject.name.clone(), subject.dir.clone())
    })
}

/// The worst first, then by their place.
pub(super) fn sort(findings: &mut [Finding]) {
    findings.sort_by(|a, b| {
        let place = |finding: &Finding| finding.places.first().cloned();
        let by = (b.severity, place(a), &a.code, &a.message);
        by.cmp(&(a.severity, place(b), &b.code, &b.message))
    });
}
