//! Cards as JSON.

use cargo_quarry::card::Card;
use cargo_quarry::report;
use serde_json::{Value, json};

/// The document; its `version` is that of its form.
pub(in crate::cli) fn of(cards: &[Card]) -> Value {
    json!({
        "version": 1,
        "cards": cards.iter().map(card).collect::<Vec<_>>(),
    })
}

/// All that the card has, and its verdict as a sentence.
fn card(card: &Card) -> Value {
    let mut value = serde_json::to_value(card).expect("a card is JSON");
    value["headline"] = report::headline(card).into();
    value
}
