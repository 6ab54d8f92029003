//! The tokens of plain source, quickly: straight from the bytes.
//!
//! It gives what the lexer of procedural macros gives, or nothing. What is rare is left to that
//! one: carriage returns, names that are not ASCII, raw lifetimes, and all that is not Rust, whose
//! errors it can tell.

use proc_macro2::Delimiter;

use super::lex::{Token, TokenKind};

/// The tokens of `text` from byte `start` on; none where it is not for this lexer to say.
pub(super) fn scan(text: &str, start: usize) -> Option<Vec<Token>> {
    let bytes = text.as_bytes();
    if bytes[start..].contains(&b'\r') {
        return None;
    }
    let mut tokens = Vec::with_capacity(bytes.len() / 4);
    let mut open: Vec<Delimiter> = Vec::new();
    let mut at = start;
    while let Some(&byte) = bytes.get(at) {
        let (kind, end) = match byte {
            b' ' | 0x09..=0x0c => {
                at += 1;
                continue;
            }
            b'/' if matches!(bytes.get(at + 1), Some(b'/' | b'*')) => {
                let end = comment_end(bytes, at)?;
                if !is_doc(&bytes[at..]) {
                    at = end;
                    continue;
                }
                (TokenKind::Doc, end)
            }
            b'(' | b'[' | b'{' => {
                let delimiter = delimiter(byte);
                open.push(delimiter);
                (TokenKind::Open(delimiter), at + 1)
            }
            b')' | b']' | b'}' => {
                let delimiter = delimiter(byte);
                if open.pop() != Some(delimiter) {
                    return None;
                }
                (TokenKind::Close(delimiter), at + 1)
            }
            b'"' => (TokenKind::Literal, suffix(bytes, quoted(bytes, at + 1)?)?),
            b'\'' => match character(text, at)? {
                Some(end) => (TokenKind::Literal, end),
                None => (TokenKind::Punct('\'', true), at + 1),
            },
            b'0'..=b'9' => (TokenKind::Literal, number(bytes, at)?),
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => word(text, at)?,
            _ if is_sign(byte) => {
                let joint = bytes.get(at + 1).is_some_and(|next| is_sign(*next))
                    && !starts_comment(&bytes[at + 1..]);
                (TokenKind::Punct(char::from(byte), joint), at + 1)
            }
            _ => return None,
        };
        tokens.push(Token {
            kind,
            range: at..end,
        });
        at = end;
    }
    open.is_empty().then_some(tokens)
}

fn delimiter(byte: u8) -> Delimiter {
    match byte {
        b'(' | b')' => Delimiter::Parenthesis,
        b'[' | b']' => Delimiter::Bracket,
        _ => Delimiter::Brace,
    }
}

fn is_sign(byte: u8) -> bool {
    b"~!@#$%^&*-=+|;:,<.>/?'".contains(&byte)
}

fn starts_comment(rest: &[u8]) -> bool {
    rest.starts_with(b"//") || rest.starts_with(b"/*")
}

/// Is the comment that begins here one of documentation?
fn is_doc(rest: &[u8]) -> bool {
    match rest {
        [b'/', b'/' | b'*', b'!', ..] => true,
        [b'/', b'/', b'/', next @ ..] => next.first() != Some(&b'/'),
        [b'/', b'*', b'*', next @ ..] => !matches!(next.first(), Some(b'*' | b'/')),
        _ => false,
    }
}

/// After the comment at `at`; before its end of line.
fn comment_end(bytes: &[u8], at: usize) -> Option<usize> {
    if bytes[at + 1] == b'/' {
        let length = bytes[at..].iter().position(|byte| *byte == b'\n');
        return Some(length.map_or(bytes.len(), |length| at + length));
    }
    let (mut depth, mut at) = (1, at + 2);
    while depth > 0 {
        match bytes.get(at..at + 2)? {
            b"/*" => (depth, at) = (depth + 1, at + 2),
            b"*/" => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
    }
    Some(at)
}

/// After the closing quote of the text that begins at `at`.
fn quoted(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        match bytes.get(at)? {
            b'"' => return Some(at + 1),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

/// After the raw text whose hashes or quote begin at `at`.
fn raw(bytes: &[u8], at: usize) -> Option<usize> {
    let hashes = bytes[at..].iter().take_while(|byte| **byte == b'#').count();
    let mut at = at + hashes;
    if bytes.get(at) != Some(&b'"') {
        return None;
    }
    loop {
        at += 1 + bytes.get(at + 1..)?.iter().position(|byte| *byte == b'"')?;
        let closing = bytes.get(at + 1..at + 1 + hashes)?;
        if closing.iter().all(|byte| *byte == b'#') {
            return Some(at + 1 + hashes);
        }
    }
}

/// After the character at `at`; none if a lifetime begins there.
#[expect(clippy::option_option, reason = "no answer, or one of two")]
fn character(text: &str, at: usize) -> Option<Option<usize>> {
    let bytes = text.as_bytes();
    let first = text[at + 1..].chars().next()?;
    if first == '\\' {
        let from = at + 3;
        let length = bytes.get(from..)?.iter().position(|byte| *byte == b'\'')?;
        return Some(Some(suffix(bytes, from + length + 1)?));
    }
    let after = at + 1 + first.len_utf8();
    if bytes.get(after) == Some(&b'\'') {
        return Some(Some(suffix(bytes, after + 1)?));
    }
    if !first.is_ascii_alphabetic() && first != '_' {
        return None;
    }
    let end = name_end(bytes, after)?;
    let is_lifetime = !matches!(bytes.get(end), Some(b'\'' | b'#'));
    is_lifetime.then_some(None)
}

/// After the characters of a name that go on at `at`.
fn name_end(bytes: &[u8], at: usize) -> Option<usize> {
    let is_name = |byte: &&u8| byte.is_ascii_alphanumeric() || **byte == b'_';
    let end = at + bytes[at..].iter().take_while(is_name).count();
    // A name may go on with what is not ASCII.
    bytes.get(end).is_none_or(u8::is_ascii).then_some(end)
}

/// After the suffix that a literal may have.
fn suffix(bytes: &[u8], at: usize) -> Option<usize> {
    match bytes.get(at) {
        Some(byte) if byte.is_ascii_digit() => Some(at),
        _ => name_end(bytes, at),
    }
}

fn number(bytes: &[u8], at: usize) -> Option<usize> {
    let mut end = name_end(bytes, at + 1)?;
    let with_base = bytes[at] == b'0' && matches!(bytes.get(at + 1), Some(b'x' | b'o' | b'b'));
    if with_base {
        return Some(end);
    }
    let whole = bytes[at..end]
        .iter()
        .all(|byte| byte.is_ascii_digit() || *byte == b'_');
    if whole && bytes.get(end) == Some(&b'.') {
        match bytes.get(end + 1) {
            Some(next) if *next == b'.' || *next == b'_' || next.is_ascii_alphabetic() => {
                return Some(end);
            }
            Some(next) if !next.is_ascii() => return None,
            Some(next) if next.is_ascii_digit() => end = name_end(bytes, end + 1)?,
            _ => return Some(end + 1),
        }
    }
    let signed = matches!(bytes[end - 1], b'e' | b'E')
        && matches!(bytes.get(end), Some(b'+' | b'-'))
        && bytes.get(end + 1).is_some_and(u8::is_ascii_digit);
    let only_digits = |part: &[u8]| {
        part.iter()
            .all(|byte| byte.is_ascii_digit() || matches!(byte, b'_' | b'.'))
    };
    if signed && only_digits(&bytes[at..end - 1]) {
        end = name_end(bytes, end + 1)?;
    }
    Some(end)
}

/// A name, or a literal that begins with letters.
fn word(text: &str, at: usize) -> Option<(TokenKind, usize)> {
    let bytes = text.as_bytes();
    let end = name_end(bytes, at + 1)?;
    let literal = match (&bytes[at..end], bytes.get(end)) {
        (b"b" | b"c", Some(b'"')) => quoted(bytes, end + 1)?,
        (b"b", Some(b'\'')) => return Some((TokenKind::Literal, character(text, end)??)),
        (b"r" | b"br" | b"cr", Some(b'"')) => raw(bytes, end)?,
        (b"br" | b"cr", Some(b'#')) => raw(bytes, end)?,
        (b"r", Some(b'#')) => match bytes.get(end + 1) {
            Some(b'"' | b'#') => raw(bytes, end)?,
            Some(next) if next.is_ascii_alphabetic() || *next == b'_' => {
                return Some((TokenKind::Ident, name_end(bytes, end + 1)?));
            }
            _ => return None,
        },
        _ => return Some((TokenKind::Ident, end)),
    };
    Some((TokenKind::Literal, suffix(bytes, literal)?))
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
            r####""a\"b" r"\" r#"a"b"# br##"x"#"## b"y" c"z" r#type"####,
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
            "é",
            "(]",
            "(",
            "\"",
            "r#\"a\"",
            "/*",
            "'r#a",
            "'",
            "`",
            "aé",
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
