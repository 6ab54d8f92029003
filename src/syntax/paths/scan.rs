//! The tokens of a file, read for anchored paths.

use std::collections::BTreeSet;
use std::ops::Range;

use proc_macro2::Delimiter;

use super::path::{Anchor, WrittenPath};
use crate::syntax::edit::Edit;
use crate::syntax::lex::{Token, TokenKind};

/// An anchored path among the tokens.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) anchor: Anchor,
    /// The anchor's bytes, without the `::` behind it.
    pub(super) anchor_range: Range<usize>,
    pub(super) segments: Vec<Range<usize>>,
    pub(super) glob: bool,
    pub(super) dollar: bool,
}

impl Found {
    pub(super) fn written(&self, text: &str, import: bool) -> WrittenPath {
        WrittenPath {
            anchor: self.anchor.clone(),
            segments: self
                .segments
                .iter()
                .map(|r| text[r.clone()].to_owned())
                .collect(),
            glob: self.glob,
            import,
            at: self.anchor_range.start,
        }
    }

    pub(super) fn replace_prefix(&self, segments: usize, with: String) -> Edit {
        let end = segments
            .checked_sub(1)
            .map_or(self.anchor_range.end, |last| self.segments[last].end);
        let with = match with.strip_prefix("crate") {
            Some(rest) if self.dollar => format!("$crate{rest}"),
            _ => with,
        };
        Edit::replace(self.anchor_range.start..end, with)
    }
}

pub(super) struct Scan<'a> {
    pub(super) text: &'a str,
    pub(super) tokens: &'a [Token],
    pub(super) extern_names: &'a BTreeSet<String>,
}

impl Scan<'_> {
    pub(super) fn text_at(&self, index: usize) -> &str {
        self.tokens
            .get(index)
            .map_or("", |token| &self.text[token.range.clone()])
    }

    pub(super) fn is_ident(&self, index: usize, name: &str) -> bool {
        self.tokens
            .get(index)
            .is_some_and(|t| t.kind == TokenKind::Ident)
            && self.text_at(index) == name
    }

    pub(super) fn is_punct(&self, index: usize, wanted: char) -> bool {
        matches!(self.tokens.get(index), Some(Token { kind: TokenKind::Punct(c, _), .. }) if *c == wanted)
    }

    pub(super) fn is_colons(&self, index: usize) -> bool {
        matches!(
            self.tokens.get(index),
            Some(Token {
                kind: TokenKind::Punct(':', true),
                ..
            })
        ) && self.is_punct(index + 1, ':')
    }

    pub(super) fn kind(&self, index: usize) -> Option<TokenKind> {
        self.tokens.get(index).map(|token| token.kind)
    }

    /// Is the literal at `index` inside `#[…]`? Looks back over the open groups.
    pub(super) fn in_attribute(&self, index: usize) -> bool {
        let mut depth = 0_usize;
        for at in (0..index).rev() {
            match self.tokens[at].kind {
                TokenKind::Close(_) => depth += 1,
                TokenKind::Open(_) if depth > 0 => depth -= 1,
                TokenKind::Open(Delimiter::Bracket) => {
                    return at > 0 && (self.is_punct(at - 1, '#') || self.is_punct(at - 1, '!'));
                }
                TokenKind::Open(Delimiter::Brace) => return false,
                TokenKind::Punct(';', _) if depth == 0 => return false,
                _ => {}
            }
        }
        false
    }

    /// The anchored path that starts at token `index`, and the index after it.
    pub(super) fn path(&self, index: usize) -> Option<(Found, usize)> {
        let dollar = self.is_punct(index, '$') && self.is_ident(index + 1, "crate");
        let mut at = if dollar { index + 1 } else { index };
        if self.kind(at)? != TokenKind::Ident
            || (!dollar && index >= 2 && self.behind_colons(index))
        {
            return None;
        }
        let (anchor, anchor_end) = self.anchor(at)?;
        let start = self.tokens[index].range.start;
        // `::acme` starts at its colons.
        let start = if matches!(anchor, Anchor::Extern(_)) && self.behind_root_colons(index) {
            self.tokens[index - 2].range.start
        } else {
            start
        };
        at = anchor_end;
        let anchor_range = start..self.tokens[at].range.end;
        let mut segments = Vec::new();
        let mut glob = false;
        while self.is_colons(at + 1) {
            if self.kind(at + 3) == Some(TokenKind::Ident) {
                segments.push(self.tokens[at + 3].range.clone());
                at += 3;
            } else {
                glob = self.is_punct(at + 3, '*');
                break;
            }
        }
        if segments.is_empty() && !glob && !self.is_colons(at + 1) {
            return None;
        }
        Some((
            Found {
                anchor,
                anchor_range,
                segments,
                glob,
                dollar,
            },
            at + 1,
        ))
    }

    /// The anchor at `at` and the index of its last token; none where no `::` follows.
    pub(super) fn anchor(&self, at: usize) -> Option<(Anchor, usize)> {
        if !self.is_colons(at + 1) {
            return None;
        }
        match self.text_at(at) {
            "crate" => Some((Anchor::Crate, at)),
            "self" | "super" => {
                let mut last = at;
                let mut supers = usize::from(self.text_at(at) == "super");
                while self.is_colons(last + 1) && self.is_ident(last + 3, "super") {
                    last += 3;
                    supers += 1;
                }
                let anchor = if supers == 0 {
                    Anchor::SelfModule
                } else {
                    Anchor::Super(supers)
                };
                Some((anchor, last))
            }
            name if self.extern_names.contains(name) => Some((Anchor::Extern(name.to_owned()), at)),
            _ => None,
        }
    }

    /// Does the token at `index` go on a path that began before it?
    pub(super) fn behind_colons(&self, index: usize) -> bool {
        self.is_colons(index - 2) && !self.behind_root_colons(index)
    }

    /// Is what stands before `index` a `::` with no path before it?
    pub(super) fn behind_root_colons(&self, index: usize) -> bool {
        if index < 2 || !self.is_colons(index - 2) {
            return false;
        }
        let Some(before) = index.checked_sub(3) else {
            return true;
        };
        let keyword = |text: &str| {
            matches!(
                text,
                "use"
                    | "in"
                    | "as"
                    | "return"
                    | "mut"
                    | "dyn"
                    | "impl"
                    | "for"
                    | "where"
                    | "match"
                    | "if"
                    | "else"
                    | "move"
                    | "ref"
            )
        };
        match self.tokens[before].kind {
            TokenKind::Ident => keyword(self.text_at(before)),
            TokenKind::Punct('>', _) | TokenKind::Literal | TokenKind::Close(_) => false,
            TokenKind::Punct(..) | TokenKind::Open(_) | TokenKind::Doc => true,
        }
    }
}
