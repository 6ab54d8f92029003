//! What stands before an item's body: attributes, and the trait and type of an impl.

use std::ops::Range;

use super::outline::Tokens;
use crate::syntax::TokenKind;
use proc_macro2::Delimiter;

/// What the attributes before an item say, and where they end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Attributes {
    /// The first token after them.
    pub(super) end: usize,
    /// Is the item compiled for tests only, or run by them?
    pub(super) test: bool,
    /// Does an inner attribute say so of all that it stands in?
    pub(super) inner_test: bool,
}

/// Reads the attributes and doc comments at `at`.
pub(super) fn attributes(tokens: &Tokens<'_>, mut at: usize, end: usize) -> Attributes {
    let mut found = Attributes {
        end: at,
        test: false,
        inner_test: false,
    };
    while at < end {
        if tokens.kind(at) == Some(TokenKind::Doc) {
            at += 1;
            continue;
        }
        let inner = tokens.is_punct(at + 1, '!');
        let open = at + 1 + usize::from(inner);
        let bracket = tokens.kind(open) == Some(TokenKind::Open(Delimiter::Bracket));
        if !tokens.is_punct(at, '#') || !bracket {
            break;
        }
        let close = tokens.close(open);
        let test = is_test_attribute(tokens, open + 1..close);
        found.test |= test && !inner;
        found.inner_test |= test && inner;
        at = close + 1;
    }
    found.end = at;
    found
}

/// `#[test]`, `#[tokio::test]`, `#[cfg(test)]`, `#[bench]`, `#[rstest]` and their like; not
/// `#[cfg(not(test))]`, and not `#[cfg_attr(test, …)]`, which leaves the item where it is.
fn is_test_attribute(tokens: &Tokens<'_>, range: Range<usize>) -> bool {
    let idents = |range: Range<usize>| range.filter_map(|at| tokens.ident(at));
    let path_end = range.clone().find(|at| {
        let of_path = Some(TokenKind::Ident) == tokens.kind(*at) || tokens.is_punct(*at, ':');
        !of_path
    });
    let path_end = path_end.unwrap_or(range.end);
    match idents(range.start..path_end).next_back() {
        Some("cfg") => {
            let inside = || idents(path_end..range.end);
            inside().any(|name| name == "test") && !inside().any(|name| name == "not")
        }
        Some("cfg_attr" | "test_only") | None => false,
        Some(name) => name == "bench" || name.starts_with("test") || name.ends_with("test"),
    }
}

/// Is the body of a function, whose tokens these are, one call of a function of the same name?
pub(super) fn delegates(tokens: &Tokens<'_>, name: &str, function: &Range<usize>) -> bool {
    let close = function.end.saturating_sub(1);
    let body = tokens.open(close) + 1..close;
    let mut last = body.end.saturating_sub(1);
    while tokens.is_punct(last, '?') || tokens.ident(last) == Some("await") {
        last = last.saturating_sub(1 + usize::from(tokens.ident(last).is_some()));
    }
    let call = Some(TokenKind::Close(Delimiter::Parenthesis)) == tokens.kind(last);
    let open = tokens.open(last);
    let one_expression = || {
        body.clone()
            .all(|at| !tokens.is_punct(at, ';') && !is_brace(tokens.kind(at)))
    };
    call && body.contains(&open)
        && open > body.start
        && tokens.ident(open - 1) == Some(name)
        && one_expression()
}

/// Has the body of a function, whose tokens these are, neither branches, loops, closures nor `?`?
pub(super) fn is_straight(tokens: &Tokens<'_>, function: &Range<usize>) -> bool {
    let close = function.end.saturating_sub(1);
    let decides = |at: usize| match tokens.kind(at) {
        Some(TokenKind::Ident) => matches!(
            tokens.ident(at),
            Some("if" | "match" | "for" | "while" | "loop" | "await")
        ),
        Some(TokenKind::Punct(sign, _)) => matches!(sign, '?' | '|'),
        _ => false,
    };
    !(tokens.open(close) + 1..close).any(decides)
}

fn is_brace(kind: Option<TokenKind>) -> bool {
    kind == Some(TokenKind::Open(Delimiter::Brace))
}

/// The header of an impl.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ImplOf {
    /// The last segment of the trait's path, if it is one's.
    pub(super) of_trait: Option<String>,
    /// The last segment of the type's path.
    pub(super) name: String,
}

/// Reads the header of an impl: its tokens from after `impl` up to its body.
pub(super) fn impl_of(tokens: &Tokens<'_>, range: Range<usize>) -> ImplOf {
    let mut depth = 0_usize;
    let (mut of_trait, mut name) = (None, None);
    let mut at = range.start;
    while at < range.end {
        match tokens.kind(at) {
            Some(TokenKind::Open(_)) => at = tokens.close(at),
            Some(TokenKind::Punct('<', _)) => depth += 1,
            Some(TokenKind::Punct('>', _)) if !tokens.is_arrow(at) => {
                depth = depth.saturating_sub(1);
            }
            Some(TokenKind::Ident) if depth == 0 => match tokens.ident(at) {
                Some("for") if !tokens.is_punct(at + 1, '<') => of_trait = name.take(),
                Some("where") => break,
                Some("dyn" | "mut" | "const" | "unsafe" | "for") | None => {}
                // A lifetime is a quote and a name.
                Some(_) if at > 0 && tokens.is_punct(at - 1, '\'') => {}
                Some(ident) => name = Some(ident.to_owned()),
            },
            _ => {}
        }
        at += 1;
    }
    ImplOf {
        of_trait,
        name: name.unwrap_or_default(),
    }
}
