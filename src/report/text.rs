//! Texts of others, made fit to be shown.

use std::fmt::Write as _;

use serde_json::Value;

use crate::card::Card;

/// The card with all that steers a terminal or turns the direction of writing made visible, as
/// Rust writes it: `\u{202e}`. Such characters make code look other than the compiler reads it
/// (CVE-2021-42574), and an escape sequence can write over what stands above it.
#[must_use]
pub fn visible(card: &Card) -> Card {
    let mut value = serde_json::to_value(card).expect("a card is JSON");
    walk(&mut value);
    serde_json::from_value(value).expect("only texts have changed, and no version or date has such")
}

/// The same for any JSON. Names of its values are not looked at.
pub(super) fn visible_value(mut value: Value) -> Value {
    walk(&mut value);
    value
}

fn walk(value: &mut Value) {
    match value {
        Value::String(text) => {
            if text.contains(steers) {
                *text = text.chars().fold(String::new(), shown);
            }
        }
        Value::Array(values) => values.iter_mut().for_each(walk),
        Value::Object(map) => map.values_mut().for_each(walk),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn shown(mut text: String, c: char) -> String {
    match c {
        '\r' => {}
        c if steers(c) => write!(text, "\\u{{{:x}}}", u32::from(c)).expect("it grows"),
        c => text.push(c),
    }
    text
}

/// The marks that only say how the text beside them runs are left: languages need them.
fn steers(c: char) -> bool {
    let turns = matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    turns || c.is_control() && !matches!(c, '\n' | '\t')
}

/// A piece of a line that has code in backticks.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub(super) struct Piece<'a> {
    pub(super) text: &'a str,
    pub(super) code: bool,
}

/// A message of the tool's own kind: text with code in backticks. A backtick without its other
/// half is text.
pub(super) fn pieces(message: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = message;
    while let Some((text, after)) = rest.split_once('`') {
        let Some((code, after)) = after.split_once('`') else {
            break;
        };
        if !text.is_empty() {
            pieces.push(Piece { text, code: false });
        }
        if code.is_empty() {
            let text = "``";
            pieces.push(Piece { text, code: false });
        } else {
            let text = code;
            pieces.push(Piece { text, code: true });
        }
        rest = after;
    }
    if !rest.is_empty() {
        let text = rest;
        pieces.push(Piece { text, code: false });
    }
    pieces
}

/// A change's message without the signatures at its end, and these, before and after.
#[must_use]
pub fn signatures(message: &str) -> (&str, Option<(&str, &str)>) {
    let split = || {
        let (head, after) = message.strip_suffix('`')?.rsplit_once("` → `")?;
        let (what, before) = head.rsplit_once(": `")?;
        // No signature has a backtick in it: else it was cut at the wrong place.
        (![before, after].iter().any(|text| text.contains('`'))).then_some((what, before, after))
    };
    match split() {
        Some((what, before, after)) => (what, Some((before, after))),
        None => (message, None),
    }
}

/// At most so many characters of it: the end goes, and an ellipsis says so.
pub(super) fn shortened(text: &str, most: usize) -> std::borrow::Cow<'_, str> {
    if text.char_indices().nth(most).is_none() {
        return text.into();
    }
    let kept: String = text.chars().take(most.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_are_told_from_what_changed() {
        let check = |message: &'static str| signatures(message);
        assert_eq!(
            check("parameter `a` was `u8`, is `u16`: `fn f(a: u8)` → `fn f(a: u16)`"),
            (
                "parameter `a` was `u8`, is `u16`",
                Some(("fn f(a: u8)", "fn f(a: u16)"))
            )
        );
        for none in ["`f` was removed", "", "`", "a → b", "x: `` → `", "` → `"] {
            assert_eq!(check(none), (none, None));
        }
    }

    #[test]
    fn code_is_what_stands_between_backticks() {
        let check = |message| {
            let pieces = pieces(message);
            let marked = pieces
                .iter()
                .map(|p| if p.code { "C " } else { "T " }.to_owned() + p.text);
            marked.collect::<Vec<_>>().join("|")
        };
        assert_eq!(check("it was `a`, is `b`"), "T it was |C a|T , is |C b");
        assert_eq!(check("odd ` one"), "T odd ` one");
        assert_eq!(check("`a` ``"), "C a|T  |T ``");
        assert_eq!(check(""), "");
    }

    #[test]
    fn what_steers_is_seen() {
        let mut value = serde_json::json!(["a\u{202e}b\u{1b}[2J\r\n", { "k": "שלום\u{200f}" }]);
        walk(&mut value);
        let expected = serde_json::json!(["a\\u{202e}b\\u{1b}[2J\n", { "k": "שלום\u{200f}" }]);
        assert_eq!(value, expected);
    }

    #[test]
    fn long_texts_end() {
        assert_eq!(shortened("שלום", 4), "שלום");
        assert_eq!(shortened("abc defg", 5), "abc…");
    }
}
