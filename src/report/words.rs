//! What several forms of a card say alike.

use crate::card::{Api, Card, Certainty, Now, Part, Stand, Touch, Use};
use crate::model::{Bump, Change, Place};

/// What no part of a card looked at, and why.
#[must_use]
pub fn unseen(card: &Card) -> Vec<String> {
    let mut lines = Vec::new();
    if let Part::Known(touches) = &card.touches {
        lines.extend(touches.unchecked.iter().cloned());
    }
    if let Part::Known(api) = &card.api {
        let skipped = api.skipped.iter();
        lines.extend(skipped.map(|skipped| format!("{}: {}", skipped.part, skipped.reason)));
    }
    if let Part::Known(trial) = &card.trial {
        lines.extend(trial.not_tried.iter().cloned());
    }
    lines
}

/// The change at an index, where the changes are known.
#[must_use]
pub fn change_at(api: Option<&Api>, index: usize) -> Option<&Change> {
    api?.changes.get(index)
}

/// What in the code stands for the change; none for a plain use.
fn stands(stand: Stand) -> Option<&'static str> {
    match stand {
        Stand::Use => None,
        Stand::Match => Some("a `match` without an arm for all else"),
        Stand::Literal => Some("its fields are named here"),
        Stand::Impl => Some("an impl of the trait"),
        Stand::ImplItem => Some("a function of an impl of the trait"),
        Stand::Derive => Some("a derive needs it here"),
        Stand::Move => Some("a value is copied here"),
    }
}

/// What is to be known of a place besides its code.
#[must_use]
pub fn remarks(used: &Use) -> Vec<&'static str> {
    let mut remarks: Vec<&str> = stands(used.stand).into_iter().collect();
    if used.in_macro {
        remarks.push("made by a macro that is called here");
    }
    if used.now == Now::Compiles {
        remarks.push("compiles as it is");
    }
    remarks
}

/// How a change weighs that touches something; none if what it touches breaks.
#[must_use]
pub fn weight(change: &Change, touch: &Touch) -> Option<&'static str> {
    match (change.bump, touch.certainty) {
        (Bump::Minor | Bump::Patch, _) => Some("breaks nothing by itself"),
        (Bump::Major, Certainty::MayBreak) => Some("may break"),
        (Bump::Major, Certainty::Breaks) => None,
    }
}

/// `src/main.rs:12`.
#[must_use]
pub fn line_of(place: &Place) -> String {
    format!("{}:{}", place.file, place.line)
}
