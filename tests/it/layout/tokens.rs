//! The tokens of a file, and the paths that are written with them.
//!
//! Tokens rather than a syntax tree, so that macro bodies count too; documentation and literals
//! do not.

use cargo_quarry::syntax::{Token, TokenKind, lex};
use proc_macro2::Delimiter;

/// A file's tokens. Places are indices into them.
pub struct Tokens {
    text: String,
    tokens: Vec<Token>,
}

impl Tokens {
    pub fn new(text: String) -> Result<Self, String> {
        let tokens = lex(&text).map_err(|error| error.to_string())?;
        Ok(Self { text, tokens })
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    pub fn len(&self) -> usize {
        self.tokens.len()
    }

    /// The line that a token stands in, from 1.
    pub fn line(&self, at: usize) -> usize {
        let start = self.tokens[at].range.start;
        self.text[..start].matches('\n').count() + 1
    }

    pub fn is(&self, at: usize, word: &str) -> bool {
        self.kind(at) == Some(TokenKind::Ident) && self.word(at) == word
    }

    pub fn is_char(&self, at: usize, char: char) -> bool {
        matches!(self.kind(at), Some(TokenKind::Punct(found, _)) if found == char)
    }

    /// Does a visibility end just before this token?
    pub fn follows_visibility(&self, at: usize) -> bool {
        let Some(before) = at.checked_sub(1) else {
            return false;
        };
        self.is(before, "pub")
            || self.kind(before) == Some(TokenKind::Close(Delimiter::Parenthesis))
    }

    /// What comes after the `::` at this token.
    pub fn after_colons(&self, at: usize) -> Option<usize> {
        (self.is_char(at, ':') && self.is_char(at + 1, ':')).then_some(at + 2)
    }

    /// For each token, how many inline modules it is in.
    pub fn inline_depths(&self) -> Vec<usize> {
        let mut open = Vec::new();
        let mut depths = Vec::with_capacity(self.len());
        for at in 0..self.len() {
            match self.kind(at) {
                Some(TokenKind::Open(Delimiter::Brace)) => {
                    open.push(at >= 2 && self.is(at - 2, "mod"));
                }
                Some(TokenKind::Close(Delimiter::Brace)) => {
                    open.pop();
                }
                _ => {}
            }
            depths.push(open.iter().filter(|module| **module).count());
        }
        depths
    }

    /// The paths that begin at a token: one, or all of a group in braces.
    pub fn paths_from(&self, at: usize) -> Vec<Vec<String>> {
        self.tree(at).0
    }

    /// The paths of the tree that begins at a token, and where it ends.
    fn tree(&self, at: usize) -> (Vec<Vec<String>>, usize) {
        if self.kind(at) == Some(TokenKind::Open(Delimiter::Brace)) {
            return self.group(at + 1);
        }
        let name = self.word(at);
        let name = name.strip_prefix("r#").unwrap_or(name).to_owned();
        let Some(next) = self.after_colons(at + 1) else {
            return (vec![vec![name]], at + 1);
        };
        let (mut paths, end) = self.tree(next);
        for path in &mut paths {
            path.insert(0, name.clone());
        }
        (paths, end)
    }

    fn group(&self, mut at: usize) -> (Vec<Vec<String>>, usize) {
        let mut all = Vec::new();
        while let Some(kind) = self.kind(at) {
            match kind {
                TokenKind::Close(Delimiter::Brace) => return (all, at + 1),
                // The name after `as` is not a path.
                TokenKind::Ident if self.is(at, "as") => at += 2,
                TokenKind::Ident | TokenKind::Punct('*', _) => {
                    let (paths, end) = self.tree(at);
                    all.extend(paths);
                    at = end;
                }
                _ => at += 1,
            }
        }
        (all, at)
    }

    fn kind(&self, at: usize) -> Option<TokenKind> {
        self.tokens.get(at).map(|token| token.kind)
    }

    fn word(&self, at: usize) -> &str {
        let token = self.tokens.get(at);
        token.map_or("", |token| &self.text[token.range.clone()])
    }
}
