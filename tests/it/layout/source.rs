//! A file of `src` and what it names: rooms of the library, and the operating system.

use std::collections::BTreeSet;

use super::allowed::Allowed;
use super::tokens::Tokens;

/// A file of `src`.
pub struct Source {
    /// From the repository's top, with `/`.
    pub path: String,
    /// The room it belongs to; none for `lib.rs`.
    pub room: Option<String>,
    tokens: Tokens,
}

/// A name at the root of the crate, said somewhere: a room, if all is well.
struct Named {
    /// The token that its path begins at.
    at: usize,
    name: String,
}

impl Source {
    /// Takes `text` as the file at `path`.
    pub fn new(path: &str, text: impl Into<String>) -> Self {
        let tokens = Tokens::new(text.into()).unwrap_or_else(|error| panic!("{path}: {error}"));
        Self {
            path: path.to_owned(),
            room: room_of(path),
            tokens,
        }
    }

    /// Edges that the list doesn't have.
    pub fn forbidden_edges(&self, allowed: &Allowed) -> Vec<String> {
        let Some(room) = &self.room else {
            return Vec::new();
        };
        let tell = |Named { at, name }: Named| {
            if allowed.rooms().any(|room| room == name) {
                self.problem(at, &format!("`{room}` may not use `{name}`"))
            } else {
                self.problem(at, &format!("`{name}` is no room of the list"))
            }
        };
        let named = self.named().into_iter();
        let forbidden = named.filter(|named| !allowed.allows(room, &named.name));
        forbidden.map(tell).collect()
    }

    /// Items of other rooms that this file shows as its own.
    pub fn re_exports(&self) -> Vec<String> {
        let shown = self.public_uses();
        let named = self.named().into_iter();
        named
            .filter(|named| shown.iter().any(|item| item.contains(&named.at)))
            .filter(|named| self.room.as_deref() != Some(&named.name))
            .map(|Named { at, name }| self.problem(at, &format!("re-exports items of `{name}`")))
            .collect()
    }

    /// Uses of files, processes, environment and clock.
    pub fn uses_of_the_system(&self) -> Vec<String> {
        const SYSTEM: [&[&str]; 7] = [
            &["std", "fs"],
            &["std", "process"],
            &["std", "env"],
            &["std", "time", "SystemTime"],
            &["tokio", "fs"],
            &["tokio", "process"],
            &["tempfile"],
        ];
        // What a program is given and what it ends with are values.
        const FREE: [&[&str]; 2] = [&["std", "env", "args_os"], &["std", "process", "ExitCode"]];
        let begins = |path: &[String], with: &[&str]| {
            path.len() >= with.len() && path.iter().zip(with).all(|(a, b)| a == b)
        };
        let mut problems = Vec::new();
        for at in 0..self.tokens.len() {
            let crates = ["std", "tokio", "tempfile"];
            if !crates.iter().any(|krate| self.tokens.is(at, krate))
                || self.tokens.after_colons(at + 1).is_none()
            {
                continue;
            }
            for path in self.tokens.paths_from(at) {
                if SYSTEM.iter().any(|system| begins(&path, system))
                    && !FREE.iter().any(|free| begins(&path, free))
                {
                    problems
                        .push(self.problem(at, &format!("`{}` outside `sys`", path.join("::"))));
                }
            }
        }
        problems
    }

    /// Items that are neither `mod name;` nor `use`.
    pub fn other_than_mod_and_use(&self) -> Vec<String> {
        let file = syn::parse_file(self.tokens.text());
        let file = file.unwrap_or_else(|error| panic!("{}: {error}", self.path));
        let other = file.items.iter().filter(|item| match item {
            syn::Item::Mod(module) => module.content.is_some(),
            syn::Item::Use(_) => false,
            _ => true,
        });
        let tell = |item: &syn::Item| {
            let line = syn::spanned::Spanned::span(item).start().line;
            format!("{}:{line}: neither `mod name;` nor `use`", self.path)
        };
        other.map(tell).collect()
    }

    /// What this file names at the root of the crate, or of the library from the program.
    fn named(&self) -> Vec<Named> {
        let inline = self.tokens.inline_depths();
        let mut all = Vec::new();
        for (at, inline) in inline.into_iter().enumerate() {
            let Some(after) = self.after_root(at, inline) else {
                continue;
            };
            let paths = self.tokens.paths_from(after).into_iter();
            let names: BTreeSet<String> =
                paths.filter_map(|path| path.into_iter().next()).collect();
            all.extend(names.into_iter().map(|name| Named { at, name }));
        }
        all
    }

    /// What comes after a path's beginning that leads to the root, if one is at this token.
    fn after_root(&self, at: usize, inline: usize) -> Option<usize> {
        let tokens = &self.tokens;
        if tokens.is(at, "crate") || tokens.is(at, "cargo_quarry") {
            // `crate as name` would hide all that is used by that name: it is told as `as`.
            let renamed = tokens.is(at + 1, "as").then_some(at + 1);
            return tokens.after_colons(at + 1).or(renamed);
        }
        let climbs = |at: usize| tokens.is(at, "super") || tokens.is(at, "self");
        if at >= 3 && climbs(at - 3) && tokens.after_colons(at - 2).is_some() {
            return None; // Seen from the beginning of its chain.
        }
        let mut after = at;
        let mut climbed = 0;
        while climbs(after) {
            climbed += usize::from(tokens.is(after, "super"));
            after = tokens.after_colons(after + 1)?;
        }
        (climbed > 0 && climbed >= self.depth() + inline).then_some(after)
    }

    /// How many modules the file is below the root.
    fn depth(&self) -> usize {
        let below = self.path.strip_prefix("src/").unwrap_or(&self.path);
        let file = below.rsplit('/').next().unwrap_or(below);
        let names_its_folder = ["mod.rs", "lib.rs", "main.rs"].contains(&file);
        below.split('/').count() - usize::from(names_its_folder)
    }

    /// The tokens of each `pub use`, whatever the visibility's reach.
    fn public_uses(&self) -> Vec<std::ops::Range<usize>> {
        let tokens = &self.tokens;
        let starts = (0..tokens.len()).filter(|&at| tokens.is(at, "use"));
        starts
            .filter(|&at| tokens.follows_visibility(at))
            .map(|at| {
                let end = (at..tokens.len()).find(|&end| tokens.is_char(end, ';'));
                at..end.unwrap_or(tokens.len())
            })
            .collect()
    }

    fn problem(&self, at: usize, what: &str) -> String {
        format!("{}:{}: {what}", self.path, self.tokens.line(at))
    }
}

/// `src/ROOM/…` or `src/ROOM.rs`; `main.rs` is the program, and its room is `cli`.
fn room_of(path: &str) -> Option<String> {
    let below = path.strip_prefix("src/").unwrap_or(path);
    let room = below.split('/').next().unwrap_or(below);
    match room.strip_suffix(".rs").unwrap_or(room) {
        "lib" => None,
        "main" => Some("cli".to_owned()),
        room => Some(room.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(path: &str, text: &str, expect: &[&str]) {
        let list = "\n```edges\ncli -> high low\nhigh -> low\nlow ->\n```\n";
        let allowed = Allowed::parse(list).unwrap();
        assert_eq!(
            Source::new(path, text).forbidden_edges(&allowed),
            expect,
            "{text}"
        );
    }

    #[test]
    fn an_edge_that_is_not_in_the_list_is_told_with_its_place() {
        check(
            "src/high/a.rs",
            "use crate::low::X;\nuse crate::high::b;",
            &[],
        );
        check(
            "src/low/a.rs",
            "use std::io;\n\nuse crate::high::X;",
            &["src/low/a.rs:3: `low` may not use `high`"],
        );
        for text in [
            "use crate::high;",
            "use crate::{low::Y, high::{X, Z as W}};",
            "use {std::io, crate::high as h};",
            "pub use super::super::high::X;",
            "use self::super::super::{low, high};",
            "fn f() -> crate::high::X { todo!() }",
            "fn f() { g(&crate::high::X) }",
            "fn f() { format!(\"{}\", crate::high::X) }",
            "macro_rules! m { () => { $crate::high::X } }",
            "mod t { use super::super::super::high::X; }",
            "mod t { mod u { fn f() { super::super::super::super::high::f() } } }",
            "impl crate::high::T for X {}",
            "pub(in crate::high) struct X;",
            "use crate::r#high::X;",
        ] {
            check(
                "src/low/a.rs",
                text,
                &["src/low/a.rs:1: `low` may not use `high`"],
            );
        }
    }

    #[test]
    fn a_path_that_stays_in_the_room_is_no_edge() {
        for text in [
            "use super::high::X;",
            "use super::{high, b};",
            "mod t { use super::super::high; use super::*; }",
            "fn f(self) { self.high() }",
            "use std::{high, crate_name};",
            "/// See [`crate::high`].\nfn f() -> &'static str { \"crate::high::X\" }",
        ] {
            check("src/low/a.rs", text, &[]);
        }
        check(
            "src/low/mod.rs",
            "use self::high::X; mod a { use super::high::X; }",
            &[],
        );
        check(
            "src/low/mod.rs",
            "use super::high::X;",
            &["src/low/mod.rs:1: `low` may not use `high`"],
        );
        check(
            "src/low.rs",
            "use super::high::X;",
            &["src/low.rs:1: `low` may not use `high`"],
        );
    }

    #[test]
    fn what_is_no_room_is_told() {
        check(
            "src/high/a.rs",
            "use crate::*;",
            &["src/high/a.rs:1: `*` is no room of the list"],
        );
        check(
            "src/high/a.rs",
            "use crate as x;",
            &["src/high/a.rs:1: `as` is no room of the list"],
        );
        check(
            "src/new/a.rs",
            "use crate::low::X;",
            &["src/new/a.rs:1: `new` may not use `low`"],
        );
    }

    #[test]
    fn the_program_uses_the_library_and_nobody_the_program() {
        check(
            "src/cli/a.rs",
            "use cargo_quarry::{high::X, low}; use crate::cli::b;",
            &[],
        );
        check(
            "src/main.rs",
            "mod cli; fn main() { cargo_quarry::high::f(); cli::run() }",
            &[],
        );
        check(
            "src/cli/a.rs",
            "use ::cargo_quarry::other::X;",
            &["src/cli/a.rs:1: `other` is no room of the list"],
        );
        check(
            "src/high/a.rs",
            "use crate::cli::X;",
            &["src/high/a.rs:1: `high` may not use `cli`"],
        );
    }

    #[test]
    fn re_exports_of_another_room_are_told() {
        let text = "pub use a::X;\nuse crate::low::Y;\npub use crate::low::{Z, W as V};\n\
            pub(crate) use super::b;\npub(super) use crate::high::U;";
        let told = Source::new("src/high/c.rs", text).re_exports();
        let expect = "src/high/c.rs:3: re-exports items of `low`";
        assert_eq!(told, [expect]);
    }

    #[test]
    fn uses_of_the_operating_system_are_told() {
        let told = |text: &str| Source::new("src/low/a.rs", text).uses_of_the_system().len();
        for text in [
            "use std::fs;",
            "use std::{io, fs::File};",
            "use std::process::{Command, ExitCode};",
            "fn f() { ::std::env::var(\"A\") }",
            "fn f() { assert!(std::fs::read(\"a\").is_ok()) }",
            "use std::time::{Duration, SystemTime};",
            "use tokio::fs::File;",
            "fn f() { tempfile::tempdir() }",
        ] {
            assert_eq!(told(text), 1, "{text}");
        }
        for text in [
            "use std::process::ExitCode;",
            "use std::{io::Read, time::Duration};",
            "use crate::sys::fs;",
            "fn f() { std::env::args_os() }",
            "fn f() { let tempfile = fs::read(); }",
            "/// Not `std::fs::read`.\nfn f() {}",
        ] {
            assert_eq!(told(text), 0, "{text}");
        }
    }

    #[test]
    fn code_in_a_mod_file_is_told() {
        let told = |text: &str| Source::new("src/low/mod.rs", text).other_than_mod_and_use();
        assert!(told("//! Docs.\n\n#[cfg(test)]\nmod a;\npub mod b;\npub use a::X;").is_empty());
        let expect = "src/low/mod.rs:2: neither `mod name;` nor `use`";
        for text in [
            "mod a;\nstruct X;",
            "mod a;\nmod b { }",
            "mod a;\nconst X: u8 = 1;",
        ] {
            assert_eq!(told(text), [expect], "{text}");
        }
    }
}
