//! The cards of the upgrades that are there for a service.

use semver::Version;

use super::ReviewError;
use super::kept::Kept;
use crate::card::{
    self, Before, BuildRequest, Card, Part, Progress, TrialEvent, TrialRequest, TypesRequest,
    build, name_repositories, name_types, try_after, try_before, try_upgrade,
};
use crate::cargo::Invocation;
use crate::manifest::Manifest;
use crate::model::CrateName;
use crate::registry::IndexEntry;
use crate::service::{Copy, Offers, Pin, Service, ServiceError, relock, repin_all};
use crate::surface::Tools;
use crate::trial::Verify;

/// What is looked at, and how.
#[derive(Debug, Clone)]
pub struct ReviewOptions {
    /// Only these crates, each at that version if one is given; all if there are none.
    pub crates: Vec<(String, Option<Version>)>,
    /// Offer only what cargo takes for compatible.
    pub compatible: bool,
    /// How far the upgrade is tried; not at all if there is nothing.
    pub verify: Option<Verify>,
    /// What verdicts are made with.
    pub tools: Tools,
    /// Make each card anew, also one that is kept from an earlier run.
    pub again: bool,
}

impl ReviewOptions {
    /// Is that crate to be looked at?
    pub(super) fn wants(&self, name: &str) -> bool {
        self.crates.is_empty() || self.crates.iter().any(|(wanted, _)| wanted == name)
    }
}

/// How far a review is.
#[derive(Debug, Clone, Copy)]
pub enum ReviewEvent<'a> {
    /// It begins with the card of an upgrade: crate, pinned version, version on offer.
    Card(&'a str, &'a Version, &'a Version),
    /// What it does now.
    Doing(&'a str),
    /// A line that cargo writes.
    Line(&'a str),
}

/// Who listens.
pub type ReviewListener<'a> = dyn FnMut(ReviewEvent<'_>) + 'a;

/// What a review comes to.
#[derive(Debug, Default)]
pub struct Reviewed {
    /// The cards, by crate and version.
    pub cards: Vec<Card>,
    /// What there is nothing to say of, and why: `acme-retry 1.2.0 is the latest`.
    pub nothing: Vec<String>,
    /// Crates that could not be looked at.
    pub failed: Vec<(String, ReviewError)>,
}

/// A version on offer.
pub(super) struct Offer {
    pub(super) pin: Pin,
    pub(super) to: Version,
    pub(super) entries: Vec<IndexEntry>,
}

/// The cards of the upgrades on offer. One crate that cannot be looked at does not keep the others
/// from it.
///
/// # Errors
/// If the service uses no private crate, or none of the names that are given; or if it cannot be
/// copied or built at all.
pub fn review(
    service: &Service,
    options: &ReviewOptions,
    listener: &mut ReviewListener<'_>,
) -> Result<Reviewed, ReviewError> {
    let mut reviewed = Reviewed::default();
    let mut offers = Vec::new();
    for (pin, version) in chosen(service, options)? {
        match offer(service, pin, version, options.compatible) {
            Ok(Ok(offer)) => offers.push(offer),
            Ok(Err(nothing)) => reviewed.nothing.push(nothing),
            Err(error) => reviewed.failed.push((pin.name.clone(), error)),
        }
    }
    let mut before: Option<Before> = None;
    let kept = Kept::of(service, options, "")?;
    for offer in &offers {
        listener(ReviewEvent::Card(
            &offer.pin.name,
            &offer.pin.version,
            &offer.to,
        ));
        if let Some(card) = kept.load(offer).filter(|_| !options.again) {
            reviewed.cards.push(card);
            continue;
        }
        listener(ReviewEvent::Doing("copying the service"));
        let copy = Copy::of_worktree(&service.top, &service.root)?;
        match card(service, offer, &copy, options, &mut before, listener) {
            Ok(card) => {
                kept.store(offer, &card, options);
                reviewed.cards.push(card);
            }
            Err(error) => reviewed.failed.push((offer.pin.name.clone(), error)),
        }
    }
    Ok(reviewed)
}

/// The pins that are looked at, with the version that is asked for.
fn chosen<'a>(
    service: &'a Service,
    options: &'a ReviewOptions,
) -> Result<Vec<(&'a Pin, Option<&'a Version>)>, ServiceError> {
    if options.crates.is_empty() {
        let pins = service.private()?.iter();
        return Ok(pins.map(|pin| (pin, None)).collect());
    }
    let mut chosen = Vec::new();
    for (name, version) in &options.crates {
        let pins = service.pins_of(name)?;
        chosen.extend(pins.into_iter().map(|pin| (pin, version.as_ref())));
    }
    Ok(chosen)
}

/// What is on offer for a pin, or why nothing is.
fn offer(
    service: &Service,
    pin: &Pin,
    version: Option<&Version>,
    compatible: bool,
) -> Result<Result<Offer, String>, ReviewError> {
    let entries = service.versions(pin)?;
    let named = format!("{} {}", pin.name, pin.version);
    let to = if let Some(version) = version {
        if *version == pin.version {
            return Ok(Err(format!("{named} is what is pinned")));
        }
        version.clone()
    } else {
        let offers = Offers::among(&entries, &pin.version);
        // Who asks for what only other crates ask for, has only what these accept.
        let latest = if compatible || !pin.is_direct() {
            offers.compatible
        } else {
            offers.latest
        };
        match latest {
            Some(entry) if entry.vers.cmp_precedence(&pin.version).is_gt() => entry.vers.clone(),
            Some(_) if compatible || !pin.is_direct() => {
                return Ok(Err(format!("{named} is the latest compatible version")));
            }
            Some(_) => return Ok(Err(format!("{named} is the latest version"))),
            None => return Ok(Err(format!("no later version than {named} is on offer"))),
        }
    };
    Ok(Ok(Offer {
        pin: pin.clone(),
        to,
        entries,
    }))
}

/// One card. `before` is the service as it is, built once for all of them.
fn card(
    service: &Service,
    offer: &Offer,
    copy: &Copy,
    options: &ReviewOptions,
    before: &mut Option<Before>,
    listener: &mut ReviewListener<'_>,
) -> Result<Card, ReviewError> {
    let mut card = draw(service, offer, copy, options, listener)?;
    let mut sides = Sides {
        before: before.take(),
        ..Sides::new(copy, copy, options)
    };
    sides.complete(&mut card, service, offer, listener)?;
    *before = sides.before;
    Ok(card)
}

/// A service with the old and the new versions: one copy that is upgraded on the way, or two.
pub(super) struct Sides<'a> {
    pub(super) old: &'a Copy,
    new: &'a Copy,
    pub(super) options: &'a ReviewOptions,
    /// The old one, built.
    before: Option<Before>,
}

impl<'a> Sides<'a> {
    pub(super) fn new(old: &'a Copy, new: &'a Copy, options: &'a ReviewOptions) -> Self {
        Self {
            old,
            new,
            options,
            before: None,
        }
    }

    /// Says in a card what the trial comes to, if there is to be one, and what is pulled along.
    pub(super) fn complete(
        &mut self,
        card: &mut Card,
        service: &Service,
        offer: &Offer,
        listener: &mut ReviewListener<'_>,
    ) -> Result<(), ReviewError> {
        let Some(verify) = &self.options.verify else {
            return Ok(());
        };
        let lockfile = |copy: &Copy| Manifest::load(&copy.root().join("Cargo.lock"));
        let locked = lockfile(self.old).map_err(ServiceError::from)?;
        let cargo = Invocation {
            offline: self.options.tools.offline,
            ..Invocation::default()
        };
        let mut hear = |event: TrialEvent<'_>| listener(heard(event));
        let before = match &mut self.before {
            Some(before) => before,
            none => none.insert(try_before(self.old, verify, &cargo, &mut hear)?),
        };
        let name = CrateName::new(&offer.pin.name)?;
        let entry = offer.entries.iter().find(|entry| entry.vers == offer.to);
        let checksum = &entry.expect("a card was made of it").cksum;
        let request = TrialRequest::of(card, &name, checksum, verify, &cargo);
        let trial = if std::ptr::eq(self.old, self.new) {
            let mut make = |copy: &Copy| upgrade(copy, offer, &cargo);
            try_upgrade(&request, before, self.new, &mut make, &mut hear)?
        } else {
            try_after(&request, before, self.new, &mut hear)?
        };
        let is_made = matches!(trial, Part::Known(_));
        card.trial = trial;
        card::settle(card);
        if is_made {
            let after = lockfile(self.new).map_err(ServiceError::from)?;
            let indexes = service.indexes();
            let mut pulled = card::pulled(&locked, &after, &offer.pin.name, &indexes);
            let types = TypesRequest {
                copy: self.new,
                metadata: before.metadata(),
                lockfile: locked.text(),
                offline: self.options.tools.offline,
                wrapper: None,
            };
            let mut line = |line: &str| listener(ReviewEvent::Line(line));
            name_types(&mut pulled, &types, &mut line);
            name_repositories(&mut pulled, before.metadata());
            card.pulled = Part::Known(pulled);
        }
        Ok(())
    }
}

/// Moves a copy to the version on offer.
fn upgrade(
    copy: &Copy,
    offer: &Offer,
    cargo: &Invocation,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let Offer { pin, to, .. } = offer;
    repin_all(copy.top(), pin, to)?;
    relock(&copy.cargo_like(cargo), &pin.name, &pin.version, to)?;
    Ok(())
}

fn heard(event: TrialEvent<'_>) -> ReviewEvent<'_> {
    match event {
        TrialEvent::Before => ReviewEvent::Doing("building the service as it is"),
        TrialEvent::Upgrade => ReviewEvent::Doing("upgrading a copy of the service"),
        TrialEvent::After => ReviewEvent::Doing("building the service with the new version"),
        TrialEvent::Line(line) => ReviewEvent::Line(line),
    }
}

/// The card without the trial.
pub(super) fn draw(
    service: &Service,
    offer: &Offer,
    copy: &Copy,
    options: &ReviewOptions,
    listener: &mut ReviewListener<'_>,
) -> Result<Card, ReviewError> {
    let request = BuildRequest {
        service,
        pin: &offer.pin,
        to: &offer.to,
        entries: &offer.entries,
        copy,
        tools: &options.tools,
        wrapper: None,
    };
    let card = build(&request, &mut |progress| match progress {
        Progress::Doing(what) => listener(ReviewEvent::Doing(what)),
        Progress::Line(line) => listener(ReviewEvent::Line(line)),
    })?;
    Ok(card)
}
