//! What the message and the code of a change tell of it.

use std::collections::BTreeSet;

use super::signature::{added, types};
use crate::cargo::plain_path;
use crate::model::Change;
use crate::syntax::ItemKind;

pub(super) fn changes_added(changes: &[Change]) -> BTreeSet<String> {
    let names = changes.iter().filter_map(|change| added(&change.message));
    names.map(str::to_owned).collect()
}

/// Is it about what a macro makes in the service, which is no item of the library?
pub(super) fn is_of_made(code: &str) -> bool {
    code.starts_with("made-")
}

/// `Copy` and `Flags` of a message that begins "`impl Copy for Flags`".
pub(super) fn lost_impl(message: &str) -> Option<(&str, &str)> {
    let header = message.split('`').nth(1)?.strip_prefix("impl ")?;
    let (trait_, ty) = header.split_once(" for ")?;
    let last = |path: &'_ str| {
        let plain = path.find('<').map_or(path, |end| &path[..end]);
        plain.rfind("::").map_or(0, |at| at + 2)..plain.len()
    };
    Some((&trait_[last(trait_)], &ty[last(ty)]))
}

pub(super) fn is_about_generics(code: &str) -> bool {
    code.ends_with("generics-changed") || code.starts_with("type-default-")
}

/// Does an import find nothing there any more, or something that cannot stand in its place?
pub(super) fn is_gone(change: &Change) -> bool {
    let code = change.code.as_str();
    let is_there = ["bound-removed", "macro-arm-removed", "supertrait-removed"];
    code.ends_with("-removed") && !is_there.contains(&code)
        || code.ends_with("_missing")
        || code == "re-export-changed"
        || code == "kind-changed" && !is_still_a_type(&change.message)
        || code.contains("deprecated")
}

/// Is a path gone that leads to other things: a module, or a re-export of another crate's item?
pub(super) fn is_way(change: &Change) -> bool {
    let message = change.message.as_str();
    let is_it = message == "the re-export was removed" || message == "the module was removed";
    change.code == "item-removed" && is_it
}

/// Was it a type or trait, and is another kind of them? The message is "it was a struct, and is a
/// trait".
pub(super) fn is_still_a_type(message: &str) -> bool {
    let is_type = |word: &str| {
        let word = word.trim_end_matches(',');
        matches!(word, "struct" | "enum" | "union" | "type" | "trait")
    };
    message
        .split_whitespace()
        .filter(|word| is_type(word))
        .count()
        == 2
}

/// Does a function return what has to be mutable now to be called? That matters unless it is called
/// at once, as in `alt((a, b))(input)`: "it returned `impl Fn(u8)`, and returns `impl FnMut(u8)`".
pub(super) fn is_called_by_mut(message: &str) -> bool {
    let Some((before, after)) = types(message) else {
        return false;
    };
    let rest = before.strip_prefix("impl Fn(");
    rest.is_some() && rest == after.strip_prefix("impl FnMut(")
}

pub(super) fn is_type(kind: ItemKind) -> bool {
    matches!(
        kind,
        ItemKind::Struct | ItemKind::Enum | ItemKind::Union | ItemKind::Type | ItemKind::Trait
    )
}

/// Is it the name of a field or of a variable? Where a type is used by it, a derive has given its
/// own code that place; it is the library's, mostly, and changes with it.
pub(super) fn is_variable(text: &str) -> bool {
    let is_lower = |c: char| c.is_lowercase() || c == '_';
    text.starts_with(is_lower)
        && text.chars().all(|c| is_lower(c) || c.is_ascii_digit())
        && text != "self"
}

/// Does it matter to those only who implement the trait: callers rely on nothing that is gone, or
/// find it in a supertrait?
pub(super) fn is_for_implementors(change: &Change) -> bool {
    match change.code.as_str() {
        "bound-removed" => change.message.contains("which implementors rely on"),
        "trait-item-removed" => change.message.contains("supertrait `"),
        _ => false,
    }
}

/// Is it only that a method's own type has other generic parameters? That is a change of its own.
pub(super) fn is_of_receiver(message: &str) -> bool {
    let mut parts = message.split('`').skip(1).step_by(2);
    let mut next = || parts.next().unwrap_or_default();
    let (name, before, after) = (next(), next(), next());
    name == "self" && plain_path(before) == plain_path(after)
}

/// `Policy` and `new` of `acme_retry::Policy::<T>::new`.
pub(super) fn last_two(path: &str) -> (String, String) {
    let plain = plain_path(path);
    let mut segments = plain.rsplit("::");
    let mut next = || segments.next().unwrap_or_default().to_owned();
    let last = next();
    (next(), last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lost_impl_is_read_from_its_message() {
        let found = lost_impl("`impl PartialEq<Flags> for a::Flags<u8>` was removed");
        assert_eq!(found, Some(("PartialEq", "Flags")));
        assert_eq!(lost_impl("`fn a()` was removed"), None);
    }

    #[test]
    fn rustc_writes_generic_parameters_into_its_paths() {
        let of = |path: &str| {
            let (parent, name) = last_two(path);
            format!("{parent} {name}")
        };
        assert_eq!(of("quick_xml::Reader::<R>::trim_text"), "Reader trim_text");
        assert_eq!(of("acme::Map::<K, Vec<V>>::new"), "Map new");
        assert_eq!(of("acme::retry"), "acme retry");
    }

    #[test]
    fn an_import_finds_another_kind_of_type() {
        let gone = |code: &str, message: &str| {
            is_gone(&Change {
                bump: crate::model::Bump::Major,
                code: code.to_owned(),
                item: "acme::Policy".to_owned(),
                message: message.to_owned(),
                before: None,
                after: None,
            })
        };
        assert!(!gone("kind-changed", "it was a type, and is a enum"));
        assert!(!gone("kind-changed", "it was a struct, and is a trait"));
        assert!(gone("kind-changed", "it was a macro, and is a function"));
        assert!(gone("item-removed", "the struct was removed"));
        assert!(!gone("bound-removed", "the bound `T: Clone` was removed"));
        assert!(!gone("macro-arm-removed", "no arm takes what `()` took"));
    }

    #[test]
    fn other_paths_lead_through_a_module_and_a_re_export() {
        let way = |code: &str, message: &str| {
            is_way(&Change {
                bump: crate::model::Bump::Major,
                code: code.to_owned(),
                item: "acme::policy".to_owned(),
                message: message.to_owned(),
                before: None,
                after: None,
            })
        };
        assert!(way("item-removed", "the module was removed"));
        assert!(way("item-removed", "the re-export was removed"));
        assert!(!way("item-removed", "the struct was removed"));
        // Its derive may stay.
        let path = "the trait has this path no longer, only `acme::Parser`";
        assert!(!way("item-removed", path));
        assert!(!way("re-export-changed", "it was `a::B`, is `c::B`"));
    }

    #[test]
    fn a_derive_points_at_the_field_that_it_was_given() {
        assert!(is_variable("features"));
        assert!(is_variable("r_2"));
        assert!(!is_variable("ErrorKind"));
        assert!(!is_variable("acme::ErrorKind"));
        assert!(!is_variable("self"));
        assert!(!is_variable(""));
    }

    #[test]
    fn what_is_called_once_need_not_be_mutable() {
        let message = "it returned `impl Fn(I) -> O`, and returns `impl FnMut(I) -> O`: `fn a()`";
        assert!(is_called_by_mut(message));
        let message = "it returned `impl Fn(I) -> O`, and returns `impl Parser<I, O>`: `fn a()`";
        assert!(!is_called_by_mut(message));
    }

    #[test]
    fn who_only_calls_does_not_notice_what_implementors_do() {
        let check = |code: &str, message: &str, expected| {
            let change = Change {
                bump: crate::model::Bump::Major,
                code: code.to_owned(),
                item: "acme::Read::Item".to_owned(),
                message: message.to_owned(),
                before: None,
                after: None,
            };
            assert_eq!(is_for_implementors(&change), expected, "{message}");
        };
        let removed = "the bound `F: Fn(u8)` was removed, which implementors rely on: `fn a()`";
        check("bound-removed", removed, true);
        let removed = "the bound `Item: Copy` was removed, which users rely on";
        check("bound-removed", removed, false);
        let code = "trait-item-removed";
        check(code, "the trait's item was removed", false);
        let moved = "the trait's item was removed; its supertrait `acme::Base` has it";
        check(code, moved, true);
    }

    #[test]
    fn the_generics_of_the_receiver_are_the_types_own() {
        let of_generics =
            "parameter `self` was `&Vec<A>`, is `&Vec<A, _>`: `fn a(&self)` → `const fn a(&self)`";
        assert!(is_of_receiver(of_generics));
        assert!(!is_of_receiver(
            "parameter `self` was `&Vec<A>`, is `Vec<A>`"
        ));
        assert!(!is_of_receiver("parameter `n` was `&Vec<A>`, is `&Vec<B>`"));
    }
}
