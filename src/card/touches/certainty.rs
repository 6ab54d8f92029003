//! Whether a use that a change touches must break.

use super::signature::{is_no_call, types};
use crate::card::Certainty;
use crate::model::Change;

/// Changes that code mostly does not notice: it depends on what is done with the value, on what a
/// type implements, or on what the compiler infers.
const MAYBE: [&str; 16] = [
    "attribute-changed",
    "bound-added",
    "bound-removed",
    "field-type-changed",
    "function-generics-changed",
    "impl-bounds-tightened",
    "leaked-dependency-major",
    "made-copy-removed",
    "return-lifetime-tightened",
    "return-type-changed",
    "supertrait-added",
    "supertrait-removed",
    "trait-not-dyn-compatible",
    "type-alias-changed",
    "type-default-changed",
    "type-default-removed",
];

/// What a change does to a use that it touches.
pub(super) fn certainty(change: &Change) -> Certainty {
    let message = change.message.as_str();
    if change.code == "return-type-changed" && (changes_hands(message) || is_no_call(message)) {
        return Certainty::Breaks;
    }
    // By value or by reference: a call mostly borrows as it must.
    let is_receiver = message.starts_with("parameter `self` ");
    // What was passed before mostly implements it.
    let is_generic_now =
        change.code == "parameter-type-changed" && message.contains("`, is `impl ");
    let is_maybe = MAYBE.contains(&change.code.as_str());
    if is_receiver || is_generic_now || took_more(message) || is_maybe {
        Certainty::MayBreak
    } else {
        Certainty::Breaks
    }
}

/// Is the parameter's type one of those that it took before: `&[u8]` where it was `impl
/// AsRef<[u8]>`? Most callers pass just that.
fn took_more(message: &str) -> bool {
    let Some((before, after)) = types(message) else {
        return false;
    };
    ["AsRef", "Borrow", "Into"].into_iter().any(|conversion| {
        let of = before.strip_prefix("impl ").unwrap_or_default();
        let of = of.strip_prefix(conversion).unwrap_or_default();
        let target = of.strip_prefix('<').and_then(|of| of.strip_suffix('>'));
        target == Some(after.trim_start_matches('&'))
    })
}

/// `Result` or `Option` came or went: it has to be unwrapped, or must not be. The message is "it
/// returned `A`, and returns `B`: …".
fn changes_hands(message: &str) -> bool {
    let mut types = message.split('`').skip(1).step_by(2);
    let mut wrapper = || {
        let ty = types.next().unwrap_or_default();
        let head = ty.split('<').next().unwrap_or(ty);
        ["Result", "Option"].into_iter().find(|name| *name == head)
    };
    wrapper() != wrapper()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Bump;

    #[test]
    fn it_depends_on_what_is_done_with_a_value() {
        let check = |code: &str, message: &str, expected| {
            let change = Change {
                bump: Bump::Major,
                code: code.to_owned(),
                item: "acme::build".to_owned(),
                message: message.to_owned(),
                before: None,
                after: None,
            };
            assert_eq!(certainty(&change), expected, "{code} {message}");
        };
        check("item-removed", "", Certainty::Breaks);
        check("bound-added", "", Certainty::MayBreak);
        let code = "return-type-changed";
        let message = "it returned `Automaton`, and returns `Result<Automaton, Error>`: `fn …`";
        check(code, message, Certainty::Breaks);
        let message = "it returned `Result<u8, A>`, and returns `Result<u8, B>`: `fn …`";
        check(code, message, Certainty::MayBreak);
        let message = "parameter `name` was `&str`, is `impl Into<Str>`: `fn …`";
        check("parameter-type-changed", message, Certainty::MayBreak);
        let message = "parameter `name` was `&str`, is `u8`: `fn …`";
        check("parameter-type-changed", message, Certainty::Breaks);
        let message = "it returned `usize`, and returns `PatternID`: `fn …`";
        check(code, message, Certainty::MayBreak);
        let code = "parameter-type-changed";
        let message = "parameter `data` was `impl AsRef<[u8]>`, is `&[u8]`: `fn …`";
        check(code, message, Certainty::MayBreak);
        let message = "parameter `data` was `impl AsRef<[u8]>`, is `&Block`: `fn …`";
        check(code, message, Certainty::Breaks);
        let message = "parameter `data` was `&str`, is `&[u8]`: `fn …`";
        check(code, message, Certainty::Breaks);
    }
}
