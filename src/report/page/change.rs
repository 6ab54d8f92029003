//! Changes of the API.

use serde::Serialize;

use super::super::diff::{Signatures, compare};
use super::super::text::signatures;
use super::super::verdict::{breaking, word};
use super::super::words::line_of;
use crate::card::{Api, Card, Promise};
use crate::model::count;
use crate::model::{Change, Place};

#[derive(Debug, Serialize)]
pub(super) struct ApiView {
    needs: &'static str,
    step: &'static str,
    kept: bool,
    counts: String,
    changes: Vec<ChangeView>,
}

#[derive(Debug, Serialize)]
pub(super) struct ChangeView {
    /// From 1.
    number: usize,
    item: String,
    step: &'static str,
    what: String,
    signatures: Option<Signatures>,
    before: Option<String>,
    after: Option<String>,
    /// In so many places it touches the service.
    places: usize,
}

impl ApiView {
    pub(super) fn new(api: &Api, card: &Card) -> Self {
        let touches = card.touches.known().map_or(&[][..], |known| &known.touches);
        let places = |at: usize| {
            let of_it = touches.iter().filter(|touch| touch.change == at);
            of_it.map(|touch| touch.uses.len()).sum()
        };
        let changes = api.changes.iter().enumerate();
        let changes = changes.map(|(at, change)| ChangeView::new(at, change, places(at)));
        Self {
            needs: word(api.needs),
            step: word(card.step),
            kept: api.promise == Promise::Kept,
            counts: format!(
                "{}, {} breaking",
                count(api.changes.len(), "change"),
                breaking(api)
            ),
            changes: changes.collect(),
        }
    }
}

impl ChangeView {
    pub(super) fn new(at: usize, change: &Change, places: usize) -> Self {
        let (what, both) = signatures(&change.message);
        let place = |place: &Option<Place>| place.as_ref().map(line_of);
        Self {
            number: at + 1,
            item: change.item.clone(),
            step: word(change.bump),
            what: what.to_owned(),
            signatures: both.map(|(before, after)| compare(before, after)),
            before: place(&change.before),
            after: place(&change.after),
            places,
        }
    }
}
