//! What source text mentions: crates, features, files, variables. Read from the tokens.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use crate::syntax::{LexError, Token, TokenKind, lex};

/// What a text mentions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Mentions {
    /// The places of each crate name that begins a path.
    pub crates: BTreeMap<String, Vec<usize>>,
    /// Crate names that only code in doc comments begins a path with.
    pub doc_crates: BTreeSet<String>,
    /// Features, of `feature = "…"`.
    pub features: BTreeSet<String>,
    /// Files read by `include_str!`, `include_bytes!` and `include!`: the literal's bytes and its
    /// value.
    pub includes: Vec<(Range<usize>, String)>,
    /// The same below the package's folder: `concat!(env!("CARGO_MANIFEST_DIR"), "/…")`.
    pub package_includes: Vec<(Range<usize>, String)>,
    /// `env!("CARGO_…")` and `module_path!()`: they change their value.
    pub changing: Vec<(usize, String)>,
}

/// What `text` mentions; `crates` are the names to look for.
pub(super) fn mentions(text: &str, crates: &BTreeSet<String>) -> Result<Mentions, LexError> {
    let tokens = lex(text)?;
    let scan = Scan {
        text,
        tokens: &tokens,
    };
    let mut found = Mentions::default();
    for (index, token) in tokens.iter().enumerate() {
        match token.kind {
            TokenKind::Ident => scan.ident(index, crates, &mut found),
            TokenKind::Doc => doc_crates(&text[token.range.clone()], crates, &mut found.doc_crates),
            _ => {}
        }
    }
    Ok(found)
}

struct Scan<'a> {
    text: &'a str,
    tokens: &'a [Token],
}

impl Scan<'_> {
    fn word(&self, index: usize) -> &str {
        self.tokens
            .get(index)
            .map_or("", |token| &self.text[token.range.clone()])
    }

    fn before(&self, index: usize, back: usize) -> &str {
        index.checked_sub(back).map_or("", |at| self.word(at))
    }

    fn ident(&self, index: usize, crates: &BTreeSet<String>, found: &mut Mentions) {
        let name = self.word(index);
        if crates.contains(name) && self.begins_path(index) {
            let at = self.tokens[index].range.start;
            found.crates.entry(name.to_owned()).or_default().push(at);
        }
        match name {
            "feature" if self.word(index + 1) == "=" => {
                found.features.extend(string_value(self.word(index + 2)));
            }
            "include_str" | "include_bytes" | "include" if self.word(index + 1) == "!" => {
                self.include(index, found);
            }
            "env" | "option_env" if self.word(index + 1) == "!" => {
                let variable = string_value(self.word(index + 3)).unwrap_or_default();
                if variable.starts_with("CARGO_") {
                    let at = self.tokens[index].range.start;
                    found
                        .changing
                        .push((at, format!("{name}!(\"{variable}\")")));
                }
            }
            "module_path" if self.word(index + 1) == "!" => {
                found
                    .changing
                    .push((self.tokens[index].range.start, "module_path!()".to_owned()));
            }
            _ => {}
        }
    }

    /// Does a path begin here, with a crate's name? `x::…` after no `::`, `use x`, `extern crate
    /// x`, or a name in a group right behind `use`.
    fn begins_path(&self, index: usize) -> bool {
        let colons_before = self.before(index, 1) == ":" && self.before(index, 2) == ":";
        if colons_before {
            // `::x` with nothing before it is a crate; `a::x` and `<T>::x` are not.
            let first = self.before(index, 3);
            let goes_on = first.ends_with(|c: char| c.is_alphanumeric() || "_>)]".contains(c));
            return !goes_on || matches!(first, "use" | "return" | "in" | "as" | "mut");
        }
        let colons_after = self.word(index + 1) == ":" && self.word(index + 2) == ":";
        if colons_after {
            return self.before(index, 1) != "." && !self.in_braces_of_path(index);
        }
        matches!(self.before(index, 1), "use" | "crate")
    }

    /// In `use a::{b::c}`, `b` is no crate.
    fn in_braces_of_path(&self, index: usize) -> bool {
        let mut depth = 0_i32;
        for at in (0..index).rev() {
            match self.word(at) {
                ";" if depth == 0 => return false,
                "}" => depth += 1,
                "{" if depth > 0 => depth -= 1,
                "{" => return self.before(at, 1) == ":" && self.before(at, 2) == ":",
                _ => {}
            }
        }
        false
    }

    fn include(&self, index: usize, found: &mut Mentions) {
        let literal = self.tokens.get(index + 3);
        if let (Some(token), Some(value)) = (literal, string_value(self.word(index + 3))) {
            found.includes.push((token.range.clone(), value));
        } else if self.word(index + 3) == "concat" && self.word(index + 6) == "env" {
            // concat ! ( env ! ( "CARGO_MANIFEST_DIR" ) , "/…" )
            let variable = string_value(self.word(index + 9)).unwrap_or_default();
            let value = string_value(self.word(index + 12));
            if let (true, Some(value)) = (variable == "CARGO_MANIFEST_DIR", value) {
                let range = self.tokens[index + 12].range.clone();
                found.package_includes.push((range, value));
            }
        }
    }
}

/// The value of a plain string literal.
fn string_value(literal: &str) -> Option<String> {
    syn::parse_str::<syn::LitStr>(literal)
        .ok()
        .map(|literal| literal.value())
}

/// Crate names that begin a path in the code blocks of a doc comment.
fn doc_crates(doc: &str, crates: &BTreeSet<String>, found: &mut BTreeSet<String>) {
    let mut code = false;
    for line in doc.lines() {
        let line = line
            .trim_start()
            .trim_start_matches(['/', '!', '*'])
            .trim_start();
        if line.starts_with("```") {
            code = !code;
            continue;
        }
        // One-line comments come one by one: a fence may stand in another of them.
        let looks_like_code = code || line.contains("::") || line.contains("use ");
        if looks_like_code {
            let words = line.split(|c: char| !c.is_alphanumeric() && c != '_');
            let begins = |word: &&str| {
                line.contains(&format!("{word}::")) || line.contains(&format!("use {word}"))
            };
            found.extend(
                words
                    .filter(|w| crates.contains(*w))
                    .filter(begins)
                    .map(ToOwned::to_owned),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Mentions {
        let crates = ["serde", "log", "rand", "a"].map(ToOwned::to_owned).into();
        mentions(text, &crates).unwrap()
    }

    fn crates(text: &str) -> Vec<String> {
        found(text).crates.into_keys().collect()
    }

    #[test]
    fn crate_names_begin_paths() {
        assert_eq!(crates("use serde::Deserialize;"), ["serde"]);
        assert_eq!(crates("use {log::info, rand};"), ["log"]);
        assert_eq!(
            crates("let a = log.x + rand; let y = foo::serde::z;"),
            [""; 0]
        );
        assert_eq!(crates("use std::{log::x};"), [""; 0]);
        assert_eq!(
            crates("f(::rand::random()); #[derive(serde::Serialize)] struct A;"),
            ["rand", "serde"]
        );
        assert_eq!(
            crates("extern crate log; let v: Vec<rand::R> = vec![];"),
            ["log", "rand"]
        );
    }

    #[test]
    fn features_files_and_variables() {
        let all = found(
            r#"#[cfg(all(test, feature = "x"))] const A: &str = include_str!("a.txt");
            const B: &[u8] = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/b.bin"));"#,
        );
        assert_eq!(all.features, BTreeSet::from(["x".to_owned()]));
        assert_eq!(all.includes[0].1, "a.txt");
        assert_eq!(all.package_includes[0].1, "/b.bin");
        assert_eq!(all.changing[0].1, "env!(\"CARGO_MANIFEST_DIR\")");
    }
}
