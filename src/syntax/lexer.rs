//! The tokens of source by the compiler's lexer, quickly: straight from its text.
//!
//! It gives what the lexer of procedural macros gives, or nothing. What is rare is left to that
//! one: carriage returns, raw lifetimes, and all that is not Rust, whose errors it can tell.

use proc_macro2::Delimiter;
use ra_ap_rustc_lexer::{Base, FrontmatterAllowed, LiteralKind, TokenKind as Lexed, tokenize};

use super::lex::{Token, TokenKind};

/// The tokens of `text` from byte `start` on; none where it is not for this lexer to say.
pub(super) fn scan(text: &str, start: usize) -> Option<Vec<Token>> {
    let source = &text[start..];
    if source.contains('\r') {
        return None;
    }
    let mut tokens = Vec::with_capacity(source.len() / 4);
    let mut open: Vec<Delimiter> = Vec::new();
    let mut next = start;
    for lexed in tokenize(source, FrontmatterAllowed::No) {
        let at = next;
        next += usize::try_from(lexed.len).ok()?;
        let mut add = |kind, range| tokens.push(Token { kind, range });
        match lexed.kind {
            Lexed::Whitespace
            | Lexed::LineComment { doc_style: None }
            | Lexed::BlockComment {
                doc_style: None,
                terminated: true,
            } => {}
            Lexed::LineComment { .. }
            | Lexed::BlockComment {
                terminated: true, ..
            } => add(TokenKind::Doc, at..next),
            Lexed::Ident | Lexed::RawIdent => add(TokenKind::Ident, at..next),
            // The lexer of macros takes `'c"d"` for a quote and a C string.
            Lexed::Lifetime {
                starts_with_number: false,
            } if !text[next..].starts_with(['"', '\'', '#']) => {
                add(TokenKind::Punct('\'', true), at..at + 1);
                add(TokenKind::Ident, at + 1..next);
            }
            Lexed::Literal { kind, .. } if is_whole(kind) => add(TokenKind::Literal, at..next),
            Lexed::OpenParen | Lexed::OpenBracket | Lexed::OpenBrace => {
                let delimiter = delimiter(lexed.kind);
                open.push(delimiter);
                add(TokenKind::Open(delimiter), at..next);
            }
            Lexed::CloseParen | Lexed::CloseBracket | Lexed::CloseBrace => {
                let delimiter = delimiter(lexed.kind);
                if open.pop() != Some(delimiter) {
                    return None;
                }
                add(TokenKind::Close(delimiter), at..next);
            }
            _ => {
                let sign = text[at..].chars().next();
                let sign = sign.filter(|sign| is_sign(*sign) && *sign != '\'')?;
                let rest = &text[next..];
                let is_joint = rest.starts_with(is_sign) && !starts_comment(rest);
                add(TokenKind::Punct(sign, is_joint), at..next);
                if next - at != 1 {
                    return None;
                }
            }
        }
    }
    open.is_empty().then_some(tokens)
}

fn delimiter(kind: Lexed) -> Delimiter {
    match kind {
        Lexed::OpenParen | Lexed::CloseParen => Delimiter::Parenthesis,
        Lexed::OpenBracket | Lexed::CloseBracket => Delimiter::Bracket,
        _ => Delimiter::Brace,
    }
}

/// Is it a literal from beginning to end?
fn is_whole(kind: LiteralKind) -> bool {
    match kind {
        LiteralKind::Int { empty_int, .. } => !empty_int,
        LiteralKind::Float {
            base,
            empty_exponent,
        } => base == Base::Decimal && !empty_exponent,
        LiteralKind::Char { terminated }
        | LiteralKind::Byte { terminated }
        | LiteralKind::Str { terminated }
        | LiteralKind::ByteStr { terminated }
        | LiteralKind::CStr { terminated } => terminated,
        LiteralKind::RawStr { n_hashes }
        | LiteralKind::RawByteStr { n_hashes }
        | LiteralKind::RawCStr { n_hashes } => n_hashes.is_some(),
    }
}

fn is_sign(sign: char) -> bool {
    "~!@#$%^&*-=+|;:,<.>/?'".contains(sign)
}

fn starts_comment(rest: &str) -> bool {
    rest.starts_with("//") || rest.starts_with("/*")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::lex::{lex_by_macros, skipped_prefix};
    use super::*;

    /// Both lexers say the same, if this one says anything.
    fn agrees(text: &str) -> bool {
        let start = skipped_prefix(text);
        match scan(text, start) {
            Some(tokens) => {
                assert_eq!(Ok(tokens), lex_by_macros(text, start), "{text}");
                true
            }
            None => false,
        }
    }

    #[test]
    fn it_reads_source_as_the_lexer_of_macros_does() {
        for text in [
            include_str!("lex.rs"),
            include_str!("lexer.rs"),
            include_str!("../copies/outline.rs"),
            include_str!("../serve/mod.rs"),
        ] {
            assert!(agrees(text));
        }
    }

    #[test]
    fn what_is_hard_to_lex_is_lexed() {
        for text in [
            "1 1.0 1. 1.0e-3 1e+5 1_0.5f32 0x1e-5 0b1 1..2 t.0.1 1.max(2) 2e3 7u8-1 1.0.sin()",
            "'a' '\\'' '\\u{1F600}' 'é' b'\\\\' b'x' 'a: loop {} &'static str <'_>",
            "\"a\\\"b\" r\"\\\" r#\"a\"b\"# br##\"x\"#\"## b\"y\" c\"z\" r#type",
            "// a\n//// b\n/* /* c */ */ /**/ /*** d */ x\n/// e\n//! f\n/** g /* h */ */ /*! i */",
            "a - - b ->c <<= x!='y' a/ /* c */b a/// d\n..=",
            "\u{feff}#!/bin/sh\nfn f() { \"é\" }",
            "#![x] macro_rules! m { ($($a:tt)*) => { $($a)* } }",
        ] {
            assert!(agrees(text), "{text}");
        }
    }

    #[test]
    fn what_is_rare_or_wrong_is_left_to_the_other() {
        for text in [
            "fn f() {}\r\n",
            "(]",
            "(",
            "\"",
            "r#\"a\"",
            "/*",
            "'r#a",
            "'c\"d\"",
            "'",
            "`",
            "0x",
        ] {
            assert!(!agrees(text), "{text}");
        }
    }

    proptest! {
        #[test]
        fn it_agrees_on_anything_that_both_take(
            parts in prop::collection::vec(
                prop::sample::select(vec![
                    "a", "r#b", "'", "'c", "\"", "\"d\"", "\\", "#", "r", "b", "br", "c", "0", "12",
                    "1e", "E", ".", "_", "+", "-", "x", "/", "//", "/*", "*/", "!", "*", "\n", " ",
                    "(", ")", "{", "}", "é", "=", ":", "0x",
                ]),
                0..14,
            )
        ) {
            let text = parts.concat();
            let start = skipped_prefix(&text);
            // What is not Rust may be taken for tokens here: nobody asks for more.
            if let (Some(tokens), Ok(expected)) = (scan(&text, start), lex_by_macros(&text, start)) {
                prop_assert_eq!(tokens, expected);
            }
        }
    }
}
