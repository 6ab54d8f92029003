//! Tables: lists of literals, and matches that only look something up. They are alike wherever
//! they are, and no copy of anything.

use proc_macro2::Delimiter;

use super::outline::Tokens;
use crate::syntax::TokenKind;

/// Fewer elements, or arms, are no table.
const LEAST: usize = 8;
/// An arm with a body of more tokens does more than look something up.
const SHORT: usize = 6;

/// Is the group that opens at `open` a table?
pub(super) fn is_table(tokens: &Tokens<'_>, open: usize) -> bool {
    match tokens.kind(open) {
        Some(TokenKind::Open(Delimiter::Bracket)) => is_list(tokens, open),
        Some(TokenKind::Open(Delimiter::Brace)) => is_lookup(tokens, open),
        _ => false,
    }
}

/// Many elements, each with a literal in it.
fn is_list(tokens: &Tokens<'_>, open: usize) -> bool {
    let (mut elements, mut literal, mut literals) = (0, false, 0);
    let mut depth = 0_usize;
    for at in open + 1..=tokens.close(open) {
        match tokens.kind(at) {
            Some(TokenKind::Literal) => literal = true,
            Some(TokenKind::Open(_)) => depth += 1,
            Some(TokenKind::Close(_)) if depth > 0 => depth -= 1,
            // A closing bracket ends an element as a comma does.
            Some(TokenKind::Punct(',', _) | TokenKind::Close(_))
                if depth == 0 && !tokens.is_punct(at - 1, ',') =>
            {
                elements += 1;
                literals += usize::from(literal);
                literal = false;
            }
            _ => {}
        }
    }
    elements >= LEAST && literals * 10 >= elements * 9
}

/// Many arms, nearly all of them short.
fn is_lookup(tokens: &Tokens<'_>, open: usize) -> bool {
    let close = tokens.close(open);
    let (mut arms, mut short) = (0, 0);
    let mut at = open + 1;
    while at < close {
        if matches!(tokens.kind(at), Some(TokenKind::Open(_))) {
            at = tokens.close(at) + 1;
            continue;
        }
        if !(tokens.is_punct(at, '=') && tokens.is_punct(at + 1, '>')) {
            at += 1;
            continue;
        }
        arms += 1;
        let body = at + 2;
        let block = tokens.kind(body) == Some(TokenKind::Open(Delimiter::Brace));
        at = body;
        while at < close && !tokens.is_punct(at, ',') {
            at = match tokens.kind(at) {
                Some(TokenKind::Open(_)) => tokens.close(at) + 1,
                _ => at + 1,
            };
            if block {
                break;
            }
        }
        short += usize::from(at - body <= SHORT);
    }
    arms >= LEAST && short * 10 >= arms * 8
}
