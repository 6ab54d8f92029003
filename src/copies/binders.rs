//! Which names of an item are local: bound by a parameter or a pattern in it.
//!
//! By the shapes of tokens: what stands before `:` in parentheses, after `let` and `for`, between
//! the bars of a closure, and before `=>`. A name that is not seen to be bound is kept as it is;
//! then copies that renamed it match less, and nothing else matches more.

use std::collections::HashSet;
use std::ops::Range;

use proc_macro2::Delimiter;

use super::outline::Tokens;
use crate::syntax::TokenKind;

/// The names that are bound in the tokens of an item.
pub(super) fn binders<'a>(tokens: &Tokens<'a>, range: Range<usize>) -> HashSet<&'a str> {
    let mut found = HashSet::new();
    for at in range.clone() {
        match tokens.kind(at) {
            Some(TokenKind::Ident) => match tokens.ident(at) {
                Some("let") => {
                    let ends = |at| {
                        tokens.is_punct(at, '=')
                            || tokens.is_punct(at, ';')
                            || tokens.is_lone_colon(at)
                    };
                    let end = until(tokens, at + 1, range.end, ends);
                    pattern(tokens, at + 1..end, &mut found);
                }
                Some("for") if !tokens.is_punct(at + 1, '<') => {
                    let ends = |at| {
                        tokens.ident(at) == Some("in")
                            || tokens.is_punct(at, ';')
                            || tokens.kind(at) == Some(TokenKind::Open(Delimiter::Brace))
                    };
                    let end = until(tokens, at + 1, range.end, ends);
                    if tokens.ident(end) == Some("in") {
                        pattern(tokens, at + 1..end, &mut found);
                    }
                }
                Some("fn") => {
                    let opens =
                        |at| tokens.kind(at) == Some(TokenKind::Open(Delimiter::Parenthesis));
                    let open = (at..range.end.min(at + 200)).find(|at| opens(*at));
                    if let Some(open) = open {
                        parameters(tokens, open + 1..tokens.close(open), &mut found);
                    }
                }
                _ => {}
            },
            Some(TokenKind::Punct('|', false)) if begins_closure(tokens, at) => {
                let end = until(tokens, at + 1, range.end, |at| tokens.is_punct(at, '|'));
                if end - at < 80 {
                    parameters(tokens, at + 1..end, &mut found);
                }
            }
            Some(TokenKind::Punct('>', _)) if at > 0 && tokens.is_punct(at - 1, '=') => {
                arm(tokens, range.start, at - 1, &mut found);
            }
            _ => {}
        }
    }
    found
}

/// The first token from `at` on, outside of groups, that `ends` says yes to.
fn until(tokens: &Tokens<'_>, mut at: usize, end: usize, ends: impl Fn(usize) -> bool) -> usize {
    while at < end && !ends(at) {
        at = match tokens.kind(at) {
            Some(TokenKind::Open(_)) => tokens.close(at) + 1,
            Some(TokenKind::Close(_)) | None => return at,
            _ => at + 1,
        };
    }
    at.min(end)
}

/// Does a closure begin at this bar, and not a second operand or pattern?
fn begins_closure(tokens: &Tokens<'_>, at: usize) -> bool {
    let Some(before) = at.checked_sub(1) else {
        return false;
    };
    match tokens.kind(before) {
        Some(TokenKind::Open(_)) => true,
        Some(TokenKind::Punct(sign, _)) => matches!(sign, ',' | '=' | ';' | '>' | '&' | ':'),
        Some(TokenKind::Ident) => matches!(tokens.ident(before), Some("move" | "return" | "async")),
        _ => false,
    }
}

/// The names of a pattern: in lower case, neither called, a path's, nor a field's.
fn pattern<'a>(tokens: &Tokens<'a>, range: Range<usize>, found: &mut HashSet<&'a str>) {
    for at in range {
        let Some(name) = tokens.ident(at) else {
            continue;
        };
        let called = matches!(tokens.kind(at + 1), Some(TokenKind::Open(_)));
        let path = tokens.is_path_sign(at + 1) || at >= 2 && tokens.is_path_sign(at - 2);
        if is_local_name(name) && !called && !path && !tokens.is_lone_colon(at + 1) {
            found.insert(name);
        }
    }
}

/// The names of parameters: of the patterns before each `:`, or of those without one.
fn parameters<'a>(tokens: &Tokens<'a>, range: Range<usize>, found: &mut HashSet<&'a str>) {
    let mut at = range.start;
    while at < range.end {
        let end = until(tokens, at, range.end, |at| {
            tokens.is_punct(at, ',') || tokens.is_lone_colon(at)
        });
        for name in (at..end).filter_map(|at| tokens.ident(at)) {
            if is_local_name(name) {
                found.insert(name);
            }
        }
        // Its type, whose commas are in angle brackets.
        let mut depth = 0_usize;
        at = end;
        while at < range.end {
            match tokens.kind(at) {
                Some(TokenKind::Open(_)) => at = tokens.close(at),
                Some(TokenKind::Punct('<', _)) => depth += 1,
                Some(TokenKind::Punct('>', _)) if !tokens.is_arrow(at) => {
                    depth = depth.saturating_sub(1);
                }
                Some(TokenKind::Punct(',', _)) if depth == 0 => break,
                _ => {}
            }
            at += 1;
        }
        at += 1;
    }
}

/// The names of the pattern that ends before the `=>` at `arrow`.
fn arm<'a>(tokens: &Tokens<'a>, start: usize, arrow: usize, found: &mut HashSet<&'a str>) {
    let mut from = arrow;
    while from > start {
        let before = from - 1;
        match tokens.kind(before) {
            Some(TokenKind::Punct(',' | ';', _) | TokenKind::Open(_)) => break,
            Some(TokenKind::Close(Delimiter::Brace)) if ends_arm(tokens, from, arrow) => break,
            Some(TokenKind::Close(_)) => from = tokens.open(before),
            _ => from = before,
        }
    }
    let guard = (from..arrow).find(|at| tokens.ident(*at) == Some("if"));
    pattern(tokens, from..guard.unwrap_or(arrow), found);
}

/// Is the brace before `from` the end of the arm before, and not a part of the pattern?
fn ends_arm(tokens: &Tokens<'_>, from: usize, arrow: usize) -> bool {
    from < arrow && !tokens.is_punct(from, '|') && tokens.ident(from) != Some("if")
}

/// Could a pattern bind it? Constants and types are in upper case.
fn is_local_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_lowercase() || first == '_')
        && !super::normal::is_keyword(name)
}
