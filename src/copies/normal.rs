//! An item as symbols: what is left when names of locals, literals, lifetimes, attributes and
//! comments are taken as what a copy changes first.
//!
//! Names of what is called and used (functions, types, fields, methods, macros, modules) stay:
//! code that does the same steps with other things is no copy. Symbols are hashes of 62 bits and a
//! class; two names that share one would have to be met among 2 thousand million.

use std::collections::HashSet;
use std::ops::Range;

use super::outline::Tokens;
use super::tables::is_table;
use super::winnow::mixed;
use crate::syntax::TokenKind;

/// The low bits of a symbol say what it stands for.
const NAME: u64 = 1;
const CLASS: u64 = 3;

/// A local name.
const LOCAL: u64 = 4;
/// The name of the item itself.
const ITSELF: u64 = 8;
/// A table, whatever is in it.
const TABLE: u64 = 12;

/// An item's symbols.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Normal {
    /// In the order of its tokens.
    pub(super) symbols: Vec<u64>,
    /// A hash of its tokens as they are written, attributes and comments aside.
    pub(super) raw: u64,
    /// The hashes of its text literals, sorted.
    pub(super) literals: Vec<u64>,
}

/// Is it the symbol of a name that is kept?
pub(super) fn is_name(symbol: u64) -> bool {
    symbol & CLASS == NAME
}

/// The symbol of a name.
pub(super) fn name_symbol(name: &str) -> u64 {
    (hash(name) & !CLASS) | NAME
}

/// The normal form of the tokens in `range`, of the item `itself`, whose locals are known.
pub(super) fn normal(
    tokens: &Tokens<'_>,
    range: Range<usize>,
    itself: &str,
    locals: &HashSet<&str>,
) -> Normal {
    let mut normal = Normal::default();
    let mut hidden_until = range.start;
    let mut at = range.start;
    while at < range.end {
        let Some(kind) = tokens.kind(at) else { break };
        if kind == TokenKind::Doc {
            at += 1;
            continue;
        }
        if let Some(end) = attribute_end(tokens, at) {
            at = end;
            continue;
        }
        if let Some(end) = visibility_end(tokens, at) {
            at = end;
            continue;
        }
        if is_empty_comma(tokens, at) {
            at += 1;
            continue;
        }
        let text = tokens.text(at);
        let written = hash(text);
        normal.raw = mixed(normal.raw.rotate_left(5) ^ written);
        if kind == TokenKind::Literal && text.contains('"') && text.len() > 4 {
            normal.literals.push(written);
        }
        if at >= hidden_until {
            if is_table(tokens, at) {
                hidden_until = tokens.close(at) + 1;
                normal.symbols.push(TABLE);
            } else if let Some(end) = lifetime_end(tokens, at) {
                hidden_until = end;
            } else {
                let symbol = symbol(tokens, at, kind, itself, locals);
                normal.symbols.push(symbol.unwrap_or(written & !CLASS));
            }
        }
        at += 1;
    }
    normal.literals.sort_unstable();
    normal
}

/// The symbol of a token; none of one that stands for itself.
fn symbol(
    tokens: &Tokens<'_>,
    at: usize,
    kind: TokenKind,
    itself: &str,
    locals: &HashSet<&str>,
) -> Option<u64> {
    match kind {
        TokenKind::Literal => Some(match tokens.text(at).bytes().next() {
            Some(b'0'..=b'9') => hash("0") & !CLASS,
            Some(b'\'') => hash("'") & !CLASS,
            _ => hash("\"") & !CLASS,
        }),
        TokenKind::Ident => {
            let name = tokens.ident(at)?;
            if is_keyword(name) {
                return None;
            }
            Some(if name == itself {
                ITSELF
            } else if locals.contains(name) && is_local_here(tokens, at) {
                LOCAL
            } else {
                name_symbol(name)
            })
        }
        _ => None,
    }
}

/// Could the name be a local one at this place: no field, no path's, no method's?
fn is_local_here(tokens: &Tokens<'_>, at: usize) -> bool {
    let of_path = tokens.is_path_sign(at + 1) || at >= 2 && tokens.is_path_sign(at - 2);
    let field =
        at >= 1 && tokens.is_punct(at - 1, '.') && !(at >= 2 && tokens.is_punct(at - 2, '.'));
    let in_braces = || tokens.is_in_braces(at);
    let bound = || at >= 1 && matches!(tokens.ident(at - 1), Some("let" | "mut" | "ref"));
    let named = tokens.is_lone_colon(at + 1) && in_braces() && !bound();
    let called = tokens.is_punct(at + 1, '!') && !tokens.is_punct(at + 2, '=');
    !(of_path || field || named || called)
}

/// After an attribute, if one is at `at`.
fn attribute_end(tokens: &Tokens<'_>, at: usize) -> Option<usize> {
    if !tokens.is_punct(at, '#') {
        return None;
    }
    let open = at + 1 + usize::from(tokens.is_punct(at + 1, '!'));
    let bracket = TokenKind::Open(proc_macro2::Delimiter::Bracket);
    (tokens.kind(open) == Some(bracket)).then(|| tokens.close(open) + 1)
}

/// After `pub` or `pub(…)`, if it is at `at`: who may see a copy is another matter.
fn visibility_end(tokens: &Tokens<'_>, at: usize) -> Option<usize> {
    if tokens.ident(at) != Some("pub") {
        return None;
    }
    let parenthesis = TokenKind::Open(proc_macro2::Delimiter::Parenthesis);
    let restricted = tokens.kind(at + 1) == Some(parenthesis)
        && matches!(
            tokens.ident(at + 2),
            Some("crate" | "super" | "self" | "in")
        );
    Some(if restricted {
        tokens.close(at + 1) + 1
    } else {
        at + 1
    })
}

/// A comma before a closing token says nothing.
fn is_empty_comma(tokens: &Tokens<'_>, at: usize) -> bool {
    tokens.is_punct(at, ',') && matches!(tokens.kind(at + 1), Some(TokenKind::Close(_)))
}

/// After a lifetime, and what is of no use without it.
fn lifetime_end(tokens: &Tokens<'_>, at: usize) -> Option<usize> {
    if tokens.is_punct(at, '<') && tokens.is_punct(at + 1, '\'') && tokens.is_punct(at + 3, '>') {
        return Some(at + 4);
    }
    if !tokens.is_punct(at, '\'') {
        return None;
    }
    let comma = tokens.is_punct(at + 2, ',') || tokens.is_lone_colon(at + 2);
    Some(at + 2 + usize::from(comma))
}

pub(super) fn is_keyword(name: &str) -> bool {
    matches!(
        name,
        "as" | "async"
            | "await"
            | "box"
            | "break"
            | "const"
            | "continue"
            | "crate"
            | "dyn"
            | "else"
            | "enum"
            | "extern"
            | "false"
            | "fn"
            | "for"
            | "if"
            | "impl"
            | "in"
            | "let"
            | "loop"
            | "match"
            | "mod"
            | "move"
            | "mut"
            | "pub"
            | "ref"
            | "return"
            | "self"
            | "Self"
            | "static"
            | "struct"
            | "super"
            | "trait"
            | "true"
            | "type"
            | "union"
            | "unsafe"
            | "use"
            | "where"
            | "while"
            | "yield"
            | "_"
    )
}

/// FNV-1a, its bits spread.
pub(super) fn hash(text: &str) -> u64 {
    let fold = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
    mixed(text.bytes().fold(0xcbf2_9ce4_8422_2325, fold))
}
