//! What the message of a change says of a signature: the types before and after, and the generic
//! parameters that are in them.

use std::collections::BTreeSet;

/// The two types of "parameter `n` was `A`, is `B`" or "it returned `A`, and returns `B`", each
/// with its own generic parameters told from other names: equal if only such a name changed.
pub(super) fn types(message: &str) -> Option<(String, String)> {
    let mut quoted = message.split('`').skip(1).step_by(2);
    if message.starts_with("parameter `") {
        quoted.next();
    } else if !message.starts_with("it returned ") && !message.starts_with("parameter ") {
        return None;
    }
    let (before, after) = (quoted.next()?, quoted.next()?);
    let (old, new) = (
        quoted.next().unwrap_or_default(),
        quoted.next().unwrap_or_default(),
    );
    Some((numbered(before, old), numbered(after, new)))
}

/// Is what it says of the types only that a generic parameter has another name, that the type stands
/// in another module, or that what the arguments of a type decide is written in another way
/// (`A::Item` → `T`, `Self::Input` → `Input`)? That is a change of its own where it matters.
/// `added` are the names of generic parameters that types and traits got.
pub(super) fn is_same(message: &str, added: &BTreeSet<String>) -> bool {
    let Some((before, after)) = types(message) else {
        return false;
    };
    // `I::Slice` → `I::Token` is another type.
    let is_moved = || {
        let (before, after) = (access(&before), access(&after));
        before.0 == after.0 && before.1.split("::").next() != after.1.split("::").next()
    };
    before == after || (is_generic(&before, added) && is_generic(&after, added) && is_moved())
}

/// Does a function return something that can no longer be called: `impl Fn(u8)` before?
pub(super) fn is_no_call(message: &str) -> bool {
    let is_call = |ty: &str| ty.starts_with("impl Fn");
    message.starts_with("it returned ")
        && types(message).is_some_and(|(before, after)| is_call(&before) && !is_call(&after))
}

/// Is another error all that changes of the `Result` that a function returns?
pub(super) fn is_only_error(message: &str) -> bool {
    let Some((before, after)) = types(message).filter(|_| message.starts_with("it returned "))
    else {
        return false;
    };
    let arguments = |ty: &str| Some(listed(ty.strip_prefix("Result")?));
    match (arguments(&before).as_deref(), arguments(&after).as_deref()) {
        (Some([before, old]), Some([after, new])) => before == after && old != new,
        _ => false,
    }
}

/// The generic parameters that a change of a type or a trait adds: "the generic parameter `Input`
/// was added".
pub(super) fn added(message: &str) -> Option<&str> {
    let name = message.strip_prefix("the generic parameter `")?;
    name.strip_suffix("` was added")
}

/// `&mut ` and what it is before.
fn access(ty: &str) -> (&str, &str) {
    let rest = ty.trim_start_matches('&');
    let rest = rest.strip_prefix("mut ").unwrap_or(rest);
    ty.split_at(ty.len() - rest.len())
}

/// Is it a generic parameter or an associated type of one? A type's own are told by what they are
/// called: one letter.
fn is_generic(ty: &str, added: &BTreeSet<String>) -> bool {
    let (_, name) = access(ty);
    let (first, rest) = name.split_once("::").unwrap_or((name, ""));
    let is_letter = |name: &str| {
        let mut chars = name.chars();
        chars.next().is_some_and(char::is_uppercase) && chars.all(|c| c.is_ascii_digit())
    };
    let is_param = first.starts_with('#')
        || is_letter(first)
        || added.contains(first)
        || first == "Self" && !rest.is_empty();
    is_param && rest.chars().all(char::is_alphanumeric)
}

/// A type whose generic parameters are numbered in the order in which they come in it.
fn numbered(ty: &str, signature: &str) -> String {
    let own = parameters(signature);
    let names: Vec<&str> = own.iter().map(|param| name_of(param)).collect();
    let mut seen: Vec<&str> = Vec::new();
    let mut text = String::new();
    for word in words(ty) {
        if names.contains(&word) {
            let nth = seen.iter().position(|name| *name == word);
            let nth = nth.unwrap_or_else(|| {
                seen.push(word);
                seen.len() - 1
            });
            text.push('#');
            text.push_str(&nth.to_string());
        } else {
            text.push_str(word);
        }
    }
    text
}

/// A text in names and what is between them.
fn words(text: &str) -> Vec<&str> {
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    let mut words = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let end = rest.find(|c| is_name(c) != is_name(first));
        let (word, after) = rest.split_at(end.unwrap_or(rest.len()));
        words.push(word);
        rest = after;
    }
    words
}

/// The type and constant parameters of a signature, as written.
pub(super) fn parameters(signature: &str) -> Vec<String> {
    let head = signature.split('(').next().unwrap_or(signature);
    let Some(start) = head.find('<') else {
        return Vec::new();
    };
    let all = listed(&signature[start..]);
    all.into_iter()
        .filter(|param| !param.starts_with('\''))
        .collect()
}

/// The name of a parameter: `K` of `K: Into<u8>`, `N` of `const N: usize`.
pub(super) fn name_of(param: &str) -> &str {
    let name = param.strip_prefix("const ").unwrap_or(param);
    let end = name.find(|c: char| !c.is_alphanumeric() && c != '_');
    &name[..end.unwrap_or(name.len())]
}

/// The entries of a list in angle brackets, with which `text` begins.
pub(super) fn listed(text: &str) -> Vec<String> {
    let mut depth = 0_u32;
    let mut entries = vec![String::new()];
    let mut last = ' ';
    for c in text.chars() {
        let opens = matches!(c, '<' | '(' | '[');
        // Not the arrow of `Fn() -> T`.
        let closes = matches!(c, '>' | ')' | ']') && !(c == '>' && matches!(last, '-' | '='));
        if closes {
            depth = depth.saturating_sub(1);
        }
        if depth == 0 && (closes || !opens) {
            break;
        }
        match entries.last_mut() {
            _ if c == ',' && depth == 1 => entries.push(String::new()),
            Some(entry) if depth > 0 => entry.push(c),
            _ => {}
        }
        if opens {
            depth += 1;
        }
        last = c;
    }
    let entries = entries.iter().map(|entry| entry.trim());
    entries
        .filter(|entry| !entry.is_empty())
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_with_another_name_is_the_same() {
        let same = "it returned `Satisfy<I, P>`, and returns `Satisfy<Input, P>`: \
                    `fn satisfy<I: Stream, P>(p: P) -> Satisfy<I, P>` → \
                    `fn satisfy<Input: Stream, P>(p: P) -> Satisfy<Input, P>`";
        let none = BTreeSet::new();
        let is_same = |message| is_same(message, &none);
        assert!(is_same(same));
        let moved = "it returned `Eof`, and returns `Eof`: `fn eof() -> Eof`";
        assert!(is_same(moved));
        let swapped = "it returned `Pair<A, B>`, and returns `Pair<B, C>`: \
                       `fn pair<A, B>() -> Pair<A, B>` → `fn pair<B, C>() -> Pair<B, C>`";
        assert!(is_same(swapped));
        let other = "it returned `Pair<A, A>`, and returns `Pair<A, B>`: \
                     `fn pair<A>() -> Pair<A, A>` → `fn pair<A, B>() -> Pair<A, B>`";
        assert!(!is_same(other));
        assert!(!is_same("the bound `A` was added, `A`"));
    }

    #[test]
    fn a_parser_that_is_no_closure_cannot_be_called() {
        let message = "it returned `impl Fn(I) -> O`, and returns `impl Parser<I, O>`: `fn a()`";
        assert!(is_no_call(message));
        let message = "it returned `impl Fn(I) -> O`, and returns `impl FnMut(I) -> O`: `fn a()`";
        assert!(!is_no_call(message));
        assert!(!is_no_call("parameter `f` was `impl Fn(u8)`, is `u8`"));
    }

    #[test]
    fn an_error_is_not_what_a_result_is_for() {
        let message =
            "it returned `Result<Vec<u8>, A>`, and returns `Result<Vec<u8>, B>`: `fn a()`";
        assert!(is_only_error(message));
        let message = "it returned `Result<u8, A>`, and returns `Result<u16, B>`: `fn a()`";
        assert!(!is_only_error(message));
        let message = "it returned `Option<u8>`, and returns `Result<u8, B>`: `fn a()`";
        assert!(!is_only_error(message));
        assert!(!is_only_error(
            "parameter `a` was `Result<u8, A>`, is `Result<u8, B>`"
        ));
    }

    #[test]
    fn what_the_arguments_of_a_type_decide_is_their_change() {
        let check = |message: &str, expected| {
            let added = BTreeSet::from(["Input".to_owned()]);
            assert_eq!(is_same(message, &added), expected, "{message}");
        };
        let message = "parameter `input` was `&mut Self::Input`, is `&mut Input`: `fn a()`";
        check(message, true);
        let message = "parameter `element` was `A::Item`, is `T`: `fn push(&mut self, e: T)`";
        check(message, true);
        let message = "parameter `input` was `I`, is `&mut I`: `fn a(input: I)`";
        check(message, false);
        let message = "parameter `input` was `&mut Self::Input`, is `&mut Other`: `fn a()`";
        check(message, false);
        let message = "parameter `input` was `T`, is `Vec<T>`: `fn a(input: T)`";
        check(message, false);
        let message = "it returned `I::Slice`, and returns `I::Token`: `fn a(i: I)`";
        check(message, false);
        let message = "it returned `Self`, and returns `T`: `fn a() -> Self`";
        check(message, false);
        assert_eq!(
            added("the generic parameter `Input` was added"),
            Some("Input")
        );
        assert_eq!(added("the generic parameter `Input` was removed"), None);
    }
}
