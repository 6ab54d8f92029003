//! The cards of the pins that a branch changed.

use std::collections::BTreeMap;

use semver::Version;

use super::ReviewError;
use super::cards::{Offer, Sides, draw};
use super::cards::{ReviewEvent, ReviewListener, ReviewOptions, Reviewed};
use super::kept::Kept;
use crate::card::Card;
use crate::git;
use crate::service::{Copy, LoadOptions, Pin, Service, load};

/// A pin that is at another version now.
struct Changed<'a> {
    before: &'a Pin,
    to: &'a Version,
}

/// The cards of the pins that have changed between the commit `revision` (where what is checked
/// out branched off from it) and the files as they are on disk.
///
/// # Errors
/// If there is no such commit, or if one of the two sides cannot be read, copied or built at all.
pub fn review_against(
    service: &Service,
    revision: &str,
    options: &ReviewOptions,
    listener: &mut ReviewListener<'_>,
) -> Result<Reviewed, ReviewError> {
    let base = base(service, revision)?;
    let kept = Kept::of(service, options, base.as_str())?;
    listener(ReviewEvent::Doing("copying the service"));
    let old = Copy::of_commit(&service.top, &service.root, &base)?;
    let load_options = LoadOptions {
        also: options
            .crates
            .iter()
            .map(|(name, _)| name.clone())
            .collect(),
        offline: options.tools.offline,
    };
    let was = load(old.root(), &load_options)?;
    let changed: Vec<Changed<'_>> = changed(&was, service)
        .into_iter()
        .filter(|changed| options.wants(&changed.before.name))
        .collect();
    let mut reviewed = Reviewed::default();
    if changed.is_empty() {
        let nothing = format!("no pin of a private crate differs from {}", base.short());
        reviewed.nothing.push(nothing);
        return Ok(reviewed);
    }
    let new = Copy::of_worktree(&service.top, &service.root)?;
    let mut sides = Sides::new(&old, &new, options);
    for Changed { before, to } in changed {
        listener(ReviewEvent::Card(&before.name, &before.version, to));
        match card(&was, before, to, &kept, &mut sides, listener) {
            Ok(card) => reviewed.cards.push(card),
            Err(error) => reviewed.failed.push((before.name.clone(), error)),
        }
    }
    Ok(reviewed)
}

fn card(
    was: &Service,
    pin: &Pin,
    to: &Version,
    kept: &Kept,
    sides: &mut Sides<'_>,
    listener: &mut ReviewListener<'_>,
) -> Result<Card, ReviewError> {
    let offer = Offer {
        pin: pin.clone(),
        to: to.clone(),
        entries: was.versions(pin)?,
    };
    let options = sides.options;
    if let Some(card) = kept.load(&offer).filter(|_| !options.again) {
        return Ok(card);
    }
    let mut card = draw(was, &offer, sides.old, options, listener)?;
    sides.complete(&mut card, was, &offer, listener)?;
    kept.store(&offer, &card, options);
    Ok(card)
}

fn base(service: &Service, revision: &str) -> Result<crate::model::CommitId, ReviewError> {
    let commit = |name: &str| {
        git::commit_of(&service.top, name)?.ok_or_else(|| ReviewError::NoCommit {
            revision: name.to_owned(),
        })
    };
    let (named, head) = (commit(revision)?, commit("HEAD")?);
    git::merge_base(&service.top, &named, &head)?.ok_or_else(|| ReviewError::Unrelated {
        revision: revision.to_owned(),
    })
}

/// The pins that are at another version, each with the one that took its place: of several
/// versions of one crate, in their order.
fn changed<'a>(was: &'a Service, is: &'a Service) -> Vec<Changed<'a>> {
    let old = by_crate(was);
    let new = by_crate(is);
    let mut changed = Vec::new();
    for (krate, old) in old {
        let new = new.get(&krate).map_or(&[][..], Vec::as_slice);
        let gone = old.iter().filter(|pin| !has(new, pin));
        let come = new.iter().filter(|pin| !has(&old, pin));
        changed.extend(gone.zip(come).map(|(gone, come)| Changed {
            before: gone,
            to: &come.version,
        }));
    }
    changed
}

fn has(pins: &[&Pin], pin: &Pin) -> bool {
    pins.iter().any(|other| other.version == pin.version)
}

fn by_crate(service: &Service) -> BTreeMap<(&str, &str), Vec<&Pin>> {
    let mut by_crate: BTreeMap<(&str, &str), Vec<&Pin>> = BTreeMap::new();
    for pin in &service.pins {
        let krate = (pin.name.as_str(), pin.index.as_str());
        by_crate.entry(krate).or_default().push(pin);
    }
    by_crate
}
