//! Cards as a comment on a pull request.

use super::comment::{Detail, write_card};
use super::text::visible;
use crate::card::Card;
use crate::model::count;

/// The first line of each comment: by it, a later run finds the comment that it is to replace.
pub const MARKER: &str = "<!-- cargo-quarry review -->";

/// GitHub takes a comment of 65,536 characters. Counted here are bytes, of which a text has no
/// fewer.
const LIMIT: usize = 65_536;

/// For the lines around the cards.
const AROUND: usize = 512;

/// The cards in GitHub's Markdown, in no more than a comment holds. What does not fit is left
/// out, of the longest cards first, and it is said how much of what.
#[must_use]
pub fn markdown(cards: &[Card]) -> String {
    let mut written: Vec<Written> = cards.iter().map(Written::new).collect();
    let room = LIMIT - AROUND;
    while length(&written) > room {
        let longest = written.iter_mut().filter(|card| card.level < Detail::LEAST);
        let Some(longest) = longest.max_by_key(|card| card.text.len()) else {
            break;
        };
        longest.shorten();
    }
    let is_cut = written.iter().any(|card| card.level > 0);
    // Headlines alone can be too many.
    let mut left = 0;
    while length(&written) > room {
        written.pop();
        left += 1;
    }
    let mut text = format!("{MARKER}\n");
    if is_cut {
        text.push_str(
            "> This is cut to fit into a comment; `cargo quarry review --format html` shows all.\n\n",
        );
    }
    if cards.is_empty() {
        text.push_str("No version of a private crate changes.\n");
    }
    for card in &written {
        text.push_str(&card.text);
        text.push('\n');
    }
    if left > 0 {
        let upgrades = count(left, "more upgrade");
        text.extend(["_And ", &upgrades, "._\n"]);
    }
    text
}

struct Written {
    card: Card,
    level: usize,
    text: String,
}

impl Written {
    fn new(card: &Card) -> Self {
        let card = visible(card);
        Self {
            text: write_card(&card, &Detail::LEVELS[0]),
            level: 0,
            card,
        }
    }

    fn shorten(&mut self) {
        self.level += 1;
        self.text = write_card(&self.card, &Detail::LEVELS[self.level]);
    }
}

fn length(written: &[Written]) -> usize {
    written.iter().map(|card| card.text.len() + 1).sum()
}
