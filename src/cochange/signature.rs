//! Tokens of a signature as far as users see it: without comments, attributes, formatting and the
//! names of parameters.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::ops::Range;

use proc_macro2::Delimiter;

use crate::syntax::{Token, TokenKind, lex};

/// The tokens of a signature, with a space between; the text itself where it has none.
pub(super) fn signature(text: &str) -> String {
    let Ok(tokens) = lex(text) else {
        return text.split_whitespace().collect::<Vec<_>>().join(" ");
    };
    let kept = without_parameter_names(&without_attributes(&tokens), text);
    let words: Vec<&str> = kept
        .into_iter()
        .map(|token| &text[token.range.clone()])
        .collect();
    words.join(" ")
}

/// The traits that the attributes before an item derive, by their last name.
pub(super) fn derives(attributes: &str) -> Vec<String> {
    let tokens = lex(attributes).unwrap_or_default();
    let word = |token: &Token| attributes[token.range.clone()].to_owned();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        at += 1;
        let open = tokens.get(at).map(|next| next.kind);
        if word(token) != "derive" || open != Some(TokenKind::Open(Delimiter::Parenthesis)) {
            continue;
        }
        let inside = tokens[at + 1..]
            .iter()
            .take_while(|token| !matches!(token.kind, TokenKind::Close(_)));
        let mut last = None;
        for token in inside {
            match token.kind {
                TokenKind::Ident => last = Some(word(token)),
                TokenKind::Punct(',', _) => found.extend(last.take()),
                _ => {}
            }
        }
        found.extend(last);
    }
    found
}

/// A digest of all tokens of a text but comments and what lies in the ranges `left_out` (sorted);
/// none for what is not Rust.
pub(super) fn code_digest(text: &str, left_out: &[Range<usize>]) -> Option<u64> {
    let tokens = lex(text).ok()?;
    let mut hasher = DefaultHasher::new();
    let mut left_out = left_out.iter().peekable();
    for (at, token) in tokens.iter().enumerate() {
        while left_out
            .next_if(|range| range.end <= token.range.start)
            .is_some()
        {}
        let is_out = left_out
            .peek()
            .is_some_and(|range| range.start <= token.range.start);
        if !is_out && token.kind != TokenKind::Doc && !is_trailing_comma(&tokens, at) {
            text[token.range.clone()].hash(&mut hasher);
        }
    }
    Some(hasher.finish())
}

fn is_trailing_comma(tokens: &[Token], at: usize) -> bool {
    let next = tokens.get(at + 1).map(|token| token.kind);
    matches!(tokens[at].kind, TokenKind::Punct(',', _)) && matches!(next, Some(TokenKind::Close(_)))
}

fn without_attributes(tokens: &[Token]) -> Vec<&Token> {
    let mut kept = Vec::with_capacity(tokens.len());
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        let next = tokens.get(at + 1).map(|next| next.kind);
        let bracket = TokenKind::Open(Delimiter::Bracket);
        if matches!(token.kind, TokenKind::Punct('#', _)) && next == Some(bracket) {
            at = after_group(tokens, at + 1);
            continue;
        }
        if token.kind != TokenKind::Doc && !is_trailing_comma(tokens, at) {
            kept.push(token);
        }
        at += 1;
    }
    kept
}

/// The place behind the group that begins at `open`.
fn after_group(tokens: &[Token], open: usize) -> usize {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate().skip(open) {
        match token.kind {
            TokenKind::Open(_) => depth += 1,
            TokenKind::Close(_) => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at + 1;
        }
    }
    tokens.len()
}

/// Drops `name` and `mut` where a parameter begins: `(mut a: u32)` is `(: u32)`.
fn without_parameter_names<'t>(tokens: &[&'t Token], text: &str) -> Vec<&'t Token> {
    let mut groups = Vec::new();
    let mut kept = Vec::with_capacity(tokens.len());
    let mut begins = false;
    for (at, token) in tokens.iter().enumerate() {
        let next = tokens.get(at + 1).map(|next| next.kind);
        let parameter = begins && groups.last() == Some(&Delimiter::Parenthesis);
        begins = false;
        match token.kind {
            TokenKind::Open(delimiter) => {
                groups.push(delimiter);
                begins = true;
            }
            TokenKind::Close(_) => {
                groups.pop();
            }
            TokenKind::Punct(',', _) => begins = true,
            TokenKind::Ident if parameter && &text[token.range.clone()] == "mut" => {
                begins = true;
                continue;
            }
            TokenKind::Ident if parameter && next == Some(TokenKind::Punct(':', false)) => continue,
            _ => {}
        }
        kept.push(*token);
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_what_users_see() {
        let same = |a: &str, b: &str| assert_eq!(signature(a), signature(b));
        let differ = |a: &str, b: &str| assert_ne!(signature(a), signature(b));
        same(
            "fn f(a: u32, b: u8)",
            "fn f(\n    mut x: u32,\n    y: u8,\n)",
        );
        same("fn f(mut self)", "fn f(self)");
        same(
            "enum E { A, /// doc\n B }",
            "enum E { A, #[serde(x = \"]\")] B, }",
        );
        same(
            "fn f<F: Fn(a::B) -> u8>(f: F)",
            "fn f<F: Fn(a::B) -> u8>(g: F)",
        );
        differ("fn f(a: u32)", "fn f(a: u64)");
        differ("fn f(a: u32)", "fn f(a: u32, b: u32)");
        differ("fn f(a: a::B)", "fn f(a: c::B)");
        differ("fn f<T: A>(t: T)", "fn f<T: B>(t: T)");
        differ("fn f(&self)", "fn f(&mut self)");
        differ("struct S<T>(pub T)", "struct S<T>(T)");
    }

    #[test]
    fn derived_traits_are_read_by_their_last_name() {
        let text = "/// derive(No)\n#[derive(Clone, serde::Serialize,)]\n#[derive(Debug)] #[a(b)]";
        assert_eq!(derives(text), ["Clone", "Serialize", "Debug"]);
        assert_eq!(derives(""), [""; 0]);
    }

    #[test]
    fn code_is_the_same_without_comments_formatting_and_what_is_left_out() {
        let code = |text: &str| code_digest(text, &[]).unwrap();
        assert_eq!(
            code("fn f(a: u8) {} // x"),
            code("/// d\nfn f(\n a: u8,\n) {\n}")
        );
        assert_ne!(code("fn f() {}"), code("fn g() {}"));
        assert_eq!(
            code_digest("a b c", std::slice::from_ref(&(2..3))),
            code_digest("a c", &[])
        );
        assert_eq!(code_digest("a }", &[]), None);
    }
}
