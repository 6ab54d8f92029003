//! A card, as far as it can be known without the upgrade being tried.

use std::collections::BTreeSet;

use camino::Utf8PathBuf;
use semver::Version;

use super::made::made;
use super::unpack::{Unpacked, from_registry, of_pin, parts};
use super::{
    Api, BuildError, Card, Part, Promise, Supplied, TouchRequest, Touched, notes, touches,
};
use crate::model::{Bump, Change, CrateName};
use crate::registry::IndexEntry;
use crate::service::{Copy, Pin, Service};
use crate::surface::{self, Baseline, Features, Subject, Tools, verdict};

/// What is asked.
#[derive(Debug)]
pub struct BuildRequest<'a> {
    /// The service.
    pub service: &'a Service,
    /// What it pins.
    pub pin: &'a Pin,
    /// The version on offer.
    pub to: &'a Version,
    /// All versions of the crate in its registry.
    pub entries: &'a [IndexEntry],
    /// The service with the old version pinned; it may be written to, and builds as before.
    pub copy: &'a Copy,
    /// What verdicts are made with.
    pub tools: &'a Tools,
    /// The program that stands in for rustc and rustdoc; this one by default.
    pub wrapper: Option<Utf8PathBuf>,
}

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress<'a> {
    /// What it does now.
    Doing(&'a str),
    /// A line that cargo writes.
    Line(&'a str),
}

/// The card of an upgrade, its trial and what it pulls along not known yet.
///
/// # Errors
/// If the version on offer cannot be had. What cannot be found out beyond that is said in the card.
pub fn build(
    request: &BuildRequest<'_>,
    on_progress: &mut dyn FnMut(Progress<'_>),
) -> Result<Card, BuildError> {
    let BuildRequest {
        service,
        pin,
        to,
        entries,
        copy,
        ..
    } = *request;
    let Some(entry) = entries.iter().find(|entry| entry.vers == *to) else {
        return Err(BuildError::NoVersion {
            name: pin.name.clone(),
            version: to.clone(),
            registry: pin.registry_label().to_owned(),
        });
    };
    on_progress(Progress::Doing(&format!("unpacking {} {to}", pin.name)));
    let new = from_registry(service, copy, pin, entry)?;
    let old = of_pin(service, copy, pin, entries)?;
    let step = Bump::between(&pin.version, to);
    let (api, touched) = if let Some(old) = &old {
        let api = compare(request, old, &new, step, on_progress);
        let touched = meet(request, old, &api, on_progress);
        (api, touched)
    } else {
        let gone = format!(
            "{} {} is in its registry no longer, and cargo has not kept it",
            pin.name, pin.version
        );
        (Part::Unknown(gone.clone()), Part::Unknown(gone))
    };
    let used = touched.known().map(|touched| touched.used.clone());
    let notes = notes(
        &new.files,
        entries,
        &pin.version,
        to,
        &used.unwrap_or_default(),
    );
    let untried = || "it was not tried".to_owned();
    Ok(Card {
        krate: pin.name.clone(),
        from: pin.version.clone(),
        to: to.clone(),
        index: pin.index.clone(),
        registry: pin.registry.as_ref().map(ToString::to_string),
        used_by: users(pin),
        through: pin.through.clone(),
        step,
        notes,
        api,
        touches: match touched {
            Part::Known(touched) => Part::Known(touched.touches),
            Part::Unknown(why) => Part::Unknown(why),
        },
        trial: Part::Unknown(untried()),
        pulled: Part::Unknown(untried()),
    })
}

fn users(pin: &Pin) -> Vec<String> {
    let users: BTreeSet<&str> = pin.uses.iter().map(|of| of.member.as_str()).collect();
    users.into_iter().map(str::to_owned).collect()
}

fn compare(
    request: &BuildRequest<'_>,
    old: &Unpacked,
    new: &Unpacked,
    step: Bump,
    on_progress: &mut dyn FnMut(Progress<'_>),
) -> Part<Api> {
    let (krate, copy) = (&new.krate, request.copy);
    let package = match CrateName::new(&krate.name) {
        Ok(package) => package,
        Err(error) => return Part::Unknown(error.to_string()),
    };
    let subject = Subject {
        dir: krate.dir.clone(),
        package,
        target_dir: copy.cargo().target_dir.unwrap_or_default(),
        features: Features::Stable,
        wrapper: request.wrapper.clone(),
    };
    let (dir, version) = (&old.krate.dir, old.krate.version.clone());
    let baseline = Baseline::from_unpacked(dir, version, old.checksum.clone());
    let found = verdict(
        &subject,
        &baseline,
        request.tools,
        &mut |progress| match progress {
            surface::Progress::Line(line) => on_progress(Progress::Line(line)),
            surface::Progress::Documenting(dir) => {
                let name = dir.file_name().unwrap_or_default();
                on_progress(Progress::Doing(&format!("reading the API of {name}")));
            }
            surface::Progress::Cached(_) => {}
            surface::Progress::Comparing => {
                on_progress(Progress::Doing("comparing the APIs"));
            }
        },
    );
    match found {
        Ok(mut found) => {
            let on_line = &mut |line: &str| on_progress(Progress::Line(line));
            found.changes.extend(made(request, old, new, on_line));
            let order = |a: &Change, b: &Change| b.bump.cmp(&a.bump).then_with(|| a.cmp(b));
            found.changes.sort_by(order);
            found.changes.dedup();
            let needs = found.bump();
            Part::Known(Api {
                needs,
                promise: if needs <= step {
                    Promise::Kept
                } else {
                    Promise::Broken
                },
                changes: found.changes,
                skipped: found.skipped,
            })
        }
        Err(error) => Part::Unknown(said(&error)),
    }
}

/// An error with what it comes from, on one line.
fn said(error: &dyn std::error::Error) -> String {
    crate::model::with_sources(error).trim().replace('\n', " ")
}

fn meet(
    request: &BuildRequest<'_>,
    old: &Unpacked,
    api: &Part<Api>,
    on_progress: &mut dyn FnMut(Progress<'_>),
) -> Part<Touched> {
    let api = match api {
        Part::Known(api) => api,
        Part::Unknown(_) => return Part::Unknown("the API's changes are not known".to_owned()),
    };
    on_progress(Progress::Doing(&format!(
        "looking for uses of {} {}",
        old.krate.name, old.krate.version
    )));
    let between = match between(request) {
        Ok(between) => between,
        Err(error) => return Part::Unknown(said(&error)),
    };
    let parts = match parts(request.copy, &api.changes) {
        Ok(parts) => parts,
        Err(error) => return Part::Unknown(said(&error)),
    };
    let asked = TouchRequest {
        copy: request.copy,
        pin: request.pin,
        krate: &old.krate,
        parts: &parts,
        between: &between,
        changes: &api.changes,
        offline: request.tools.offline,
        wrapper: request.wrapper.clone(),
    };
    match touches(&asked, &mut |line| on_progress(Progress::Line(line))) {
        Ok(touched) => Part::Known(touched),
        Err(error) => Part::Unknown(said(&error)),
    }
}

/// The private crates that ask for it, directly: their code can be touched as the service's own.
fn between(request: &BuildRequest<'_>) -> Result<Vec<Supplied>, BuildError> {
    let is_named = |pin: &&Pin| {
        let name = format!("{} {}", pin.name, pin.version);
        request.pin.through.contains(&name)
    };
    let mut supplied = Vec::new();
    for pin in request.service.pins.iter().filter(is_named) {
        // Cargo has it, unless its cache was cleared.
        let entries = request.service.versions(pin).unwrap_or_default();
        let unpacked = of_pin(request.service, request.copy, pin, &entries)?;
        supplied.extend(unpacked.map(|unpacked| unpacked.krate));
    }
    Ok(supplied)
}
