//! What the templates of a page are filled with.

mod build;
mod change;
mod notes;
mod touch;

use std::collections::BTreeSet;

use semver::Version;
use serde::Serialize;

use self::build::BuildView;
use self::change::{ApiView, ChangeView};
use self::notes::NotesView;
use self::touch::TouchesView;
use super::text::visible;
use super::verdict::{Verdict, sentence};
use super::words::unseen;
use crate::card::{Api, Card, Part, Pulled, Touches};
use crate::model::Bump;

/// So many dots are counted at a glance; more become a bar.
const MOST_DOTS: usize = 60;

/// The page.
#[derive(Debug, Serialize)]
pub(super) struct Page {
    title: String,
    cards: Vec<CardView>,
}

/// A part, or why it is not known.
#[derive(Debug, Serialize)]
struct Told<T> {
    known: Option<T>,
    unknown: Option<String>,
}

#[derive(Debug, Serialize)]
struct CardView {
    /// Its anchor.
    id: String,
    krate: String,
    from: Version,
    to: Version,
    sentence: String,
    verdict: Verdict,
    dots: Option<Dots>,
    registry: Option<String>,
    used_by: Vec<String>,
    through: Vec<String>,
    touches: Told<TouchesView>,
    build: Told<BuildView>,
    notes: Told<NotesView>,
    api: Told<ApiView>,
    pulled: Told<PulledView>,
    unseen: Vec<String>,
}

/// The breaking changes in a row.
#[derive(Debug, Serialize)]
struct Dots {
    /// One by one, in the order of the changes: `touching`, `untraced` or `other`; empty if there
    /// are too many.
    each: Vec<&'static str>,
    touching: usize,
    untraced: usize,
    other: usize,
}

#[derive(Debug, Serialize)]
struct PulledView {
    #[serde(flatten)]
    pulled: Pulled,
    is_empty: bool,
}

impl Page {
    pub(super) fn new(cards: &[Card], title: &str) -> Self {
        let mut taken = BTreeSet::new();
        let cards = cards.iter().map(|card| {
            let card = visible(card);
            let id = anchor(&card, &mut taken);
            CardView::new(&card, id)
        });
        Self {
            title: title.to_owned(),
            cards: cards.collect(),
        }
    }
}

/// An anchor of its own for each card.
fn anchor(card: &Card, taken: &mut BTreeSet<String>) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let plain = |c: char| if is_plain(c) { c } else { '-' };
    let stem = format!("{}-{}", card.krate, card.to);
    let stem: String = stem.chars().map(plain).collect();
    let numbered = (2..).map(|nth| format!("{stem}-{nth}"));
    let mut names = std::iter::once(stem.clone()).chain(numbered);
    let free = names.find(|name| taken.insert(name.clone()));
    free.expect("there is no end of numbers")
}

impl<V> Told<V> {
    fn new<T>(part: &Part<T>, view: impl FnOnce(&T) -> V) -> Self {
        match part {
            Part::Known(known) => Self {
                known: Some(view(known)),
                unknown: None,
            },
            Part::Unknown(why) => Self {
                known: None,
                unknown: Some(why.clone()),
            },
        }
    }
}

impl CardView {
    fn new(card: &Card, id: String) -> Self {
        let touches = card.touches.known();
        Self {
            id,
            krate: card.krate.clone(),
            from: card.from.clone(),
            to: card.to.clone(),
            sentence: sentence(card),
            verdict: Verdict::of(card),
            dots: touches.and_then(|touches| Dots::new(touches, card.api.known())),
            registry: card.registry.clone(),
            used_by: card.used_by.clone(),
            through: card.through.clone(),
            touches: Told::new(&card.touches, |touches| TouchesView::new(touches, card)),
            build: Told::new(&card.trial, |trial| BuildView::new(trial, card)),
            notes: Told::new(&card.notes, NotesView::new),
            api: Told::new(&card.api, |api| ApiView::new(api, card)),
            pulled: Told::new(&card.pulled, PulledView::new),
            unseen: unseen(card),
        }
    }
}

impl PulledView {
    fn new(pulled: &Pulled) -> Self {
        Self {
            is_empty: *pulled == Pulled::default(),
            pulled: pulled.clone(),
        }
    }
}

impl Dots {
    fn new(touches: &Touches, api: Option<&Api>) -> Option<Self> {
        if touches.breaking == 0 {
            return None;
        }
        let untraced = |at: usize| touches.untraced.iter().any(|of| of.change == at);
        let touched = |at: usize| touches.touches.iter().any(|of| of.change == at);
        let kind = |at: usize| match () {
            () if touched(at) => "touching",
            () if untraced(at) => "untraced",
            () => "other",
        };
        let changes = api.map_or(&[][..], |api| &api.changes);
        let breaking = changes.iter().enumerate();
        let breaking = breaking.filter(|(_, change)| change.bump == Bump::Major);
        let kinds: Vec<&'static str> = breaking.map(|(at, _)| kind(at)).collect();
        let of = |kind: &str| kinds.iter().filter(|of| **of == kind).count();
        Some(Self {
            touching: of("touching"),
            untraced: of("untraced"),
            other: of("other"),
            each: if kinds.len() > MOST_DOTS {
                Vec::new()
            } else {
                kinds
            },
        })
    }
}
