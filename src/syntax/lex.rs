//! A source file as a flat list of tokens with byte ranges into the text as it stands on disk.
//!
//! Groups are opened out: what a macro's body or call holds is read like all else. Doc comments
//! are one token each, as they stand.

use std::ops::Range;

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};

use super::lexer::scan;

/// What a token is. Its text is the file's at its range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// An identifier or keyword, `r#` included.
    Ident,
    /// A lifetime's quote or an operator's character; joined if another follows without space.
    Punct(char, bool),
    /// A literal.
    Literal,
    /// The start of a group.
    Open(Delimiter),
    /// The end of a group.
    Close(Delimiter),
    /// A doc comment, whole.
    Doc,
}

/// A token and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// Its bytes.
    pub range: Range<usize>,
}

/// Text that is not Rust tokens.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not valid Rust: {message}")]
pub struct LexError {
    /// What the lexer said.
    pub message: String,
}

/// The tokens of `text`, in order.
pub fn lex(text: &str) -> Result<Vec<Token>, LexError> {
    // The lexer drops a byte order mark and counts from behind it; a shebang it does not know.
    let skipped = skipped_prefix(text);
    scan(text, skipped).map_or_else(|| lex_by_macros(text, skipped), Ok)
}

/// The tokens as procedural macros would see them: slow, for it keeps a map of all places.
pub(super) fn lex_by_macros(text: &str, skipped: usize) -> Result<Vec<Token>, LexError> {
    let stream: TokenStream = text[skipped..]
        .parse()
        .map_err(|error: proc_macro2::LexError| LexError {
            message: error.to_string(),
        })?;
    let mut tokens = Vec::new();
    flatten(stream, text, skipped, &mut tokens);
    Ok(tokens)
}

/// The bytes before the first token that the lexer would not take: a byte order mark, a shebang.
pub fn skipped_prefix(text: &str) -> usize {
    let mark = if text.starts_with('\u{feff}') {
        '\u{feff}'.len_utf8()
    } else {
        0
    };
    let rest = &text[mark..];
    let is_attribute = || rest[2..].trim_start().starts_with('[');
    if rest.starts_with("#!") && !is_attribute() {
        return mark + rest.find('\n').unwrap_or(rest.len());
    }
    mark
}

fn flatten(stream: TokenStream, text: &str, base: usize, tokens: &mut Vec<Token>) {
    let at = |span: proc_macro2::Span| {
        let range = span.byte_range();
        range.start + base..range.end + base
    };
    let mut trees = stream.into_iter().peekable();
    while let Some(tree) = trees.next() {
        match tree {
            TokenTree::Group(group) => {
                let delimiter = group.delimiter();
                let open = at(group.span_open());
                let close = at(group.span_close());
                tokens.push(Token {
                    kind: TokenKind::Open(delimiter),
                    range: open,
                });
                flatten(group.stream(), text, base, tokens);
                tokens.push(Token {
                    kind: TokenKind::Close(delimiter),
                    range: close,
                });
            }
            TokenTree::Ident(ident) => {
                tokens.push(Token {
                    kind: TokenKind::Ident,
                    range: at(ident.span()),
                });
            }
            TokenTree::Literal(literal) => {
                tokens.push(Token {
                    kind: TokenKind::Literal,
                    range: at(literal.span()),
                });
            }
            TokenTree::Punct(punct) => {
                let range = at(punct.span());
                let written = &text[range.clone()];
                if punct.as_char() == '#'
                    && (written.starts_with("//") || written.starts_with("/*"))
                {
                    // `///` reads as `#[doc = "…"]`, `//!` as `#![doc = "…"]`.
                    if matches!(trees.peek(), Some(TokenTree::Punct(p)) if p.as_char() == '!') {
                        trees.next();
                    }
                    trees.next();
                    tokens.push(Token {
                        kind: TokenKind::Doc,
                        range,
                    });
                    continue;
                }
                let joint = punct.spacing() == Spacing::Joint;
                tokens.push(Token {
                    kind: TokenKind::Punct(punct.as_char(), joint),
                    range,
                });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<&str> {
        lex(text)
            .unwrap()
            .into_iter()
            .map(|t| &text[t.range])
            .collect()
    }

    #[test]
    fn ranges_point_into_the_text_as_it_stands() {
        assert_eq!(
            texts("a::b{'x' \"é\" c}"),
            ["a", ":", ":", "b", "{", "'x'", "\"é\"", "c", "}"]
        );
        assert_eq!(texts("\u{feff}fn f(){}"), ["fn", "f", "(", ")", "{", "}"]);
        assert_eq!(texts("#!/bin/sh\r\nuse a;"), ["use", "a", ";"]);
        assert_eq!(texts("#![x]\nuse a;")[0], "#");
    }

    #[test]
    fn doc_comments_are_one_token() {
        assert_eq!(
            texts("//! é in\n/// over [`crate::x`]\nfn f() { /** b */ let x; }"),
            [
                "//! é in",
                "/// over [`crate::x`]",
                "fn",
                "f",
                "(",
                ")",
                "{",
                "/** b */",
                "let",
                "x",
                ";",
                "}"
            ]
        );
    }
}
