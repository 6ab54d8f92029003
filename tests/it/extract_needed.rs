//! What is said to be needed is checked: with all of it the extraction verifies, without any one
//! item it does not.

use std::process::Command;

use serde_json::Value;

use crate::extract_sample::{MONOLITH, State, commit, said, succeeds, write};
use crate::sandbox::{QUARRY, Sandbox};

const MANIFEST: &str = "\
[package]
name = \"shop\"
version = \"1.0.0\"
edition = \"2024\"
";

/// Beside what is needed, each file has as much again that is not.
const LIB: &str = "\
//! The shop.

macro_rules! double {
    ($number:expr) => {
        $number * 2
    };
}

mod capped;
mod error;
pub mod ledger;
mod limits;
pub mod report;
mod text;

/// What all of the shop gives.
pub type Result<T> = std::result::Result<T, error::Error>;

/// Not needed.
pub type Report = Result<String>;
";

const ERROR: &str = "\
//! What can go wrong.

/// An error of the shop.
#[derive(Debug, PartialEq)]
pub enum Error {
    /// No number.
    Number(std::num::ParseIntError),
    /// Too large a number.
    Large(i64),
}

impl From<std::num::ParseIntError> for Error {
    fn from(error: std::num::ParseIntError) -> Self {
        Self::Number(error)
    }
}

impl Error {
    pub(crate) fn large(number: i64) -> Self {
        Self::Large(number)
    }
}

/// Not needed.
pub struct Other(pub Error);
";

const LIMITS: &str = "\
//! Limits.

/// The largest number.
pub const LARGEST: i64 = 1000;

/// Not needed.
pub const SMALLEST: i64 = -LARGEST;

macro_rules! check {
    ($number:expr) => {
        if $number > crate::limits::LARGEST {
            return Err(crate::error::Error::large($number));
        }
    };
}
pub(crate) use check;
";

const TEXT: &str = "\
//! Text.

fn is_noise(c: char) -> bool {
    include_str!(\"noise/list.txt\").contains(c) || c.is_whitespace()
}

/// Without what does not count.
pub fn clean(text: &str) -> String {
    text.chars().filter(|c| !is_noise(*c)).collect()
}

/// Not needed.
pub fn shout(text: &str) -> String {
    clean(text).to_uppercase()
}
";

const CAPPED: &str = "\
//! Caps.

/// Only its methods are mentioned.
pub trait Capped {
    /// At most a million.
    fn capped(self) -> Self;
}

impl Capped for i64 {
    fn capped(self) -> Self {
        self.min(1_000_000)
    }
}
";

const LEDGER: &str = "\
//! A ledger.

use crate::limits::check;
use crate::text as words;
use crate::capped::*;

/// The sum of the lines.
pub fn sum(lines: &str) -> crate::Result<i64> {
    let mut sum = 0;
    for line in lines.lines() {
        let number: i64 = words::clean(line).parse()?;
        check!(number);
        sum += number.capped();
    }
    Ok(sum)
}

/// Twice as much.
pub fn twice(lines: &str) -> crate::Result<i64> {
    sum(lines).map(|sum| double!(sum))
}

#[cfg(test)]
mod tests {
    #[test]
    fn lines_add_up() {
        assert_eq!(super::sum(\"1_0\\n 5\"), Ok(15));
        assert_eq!(super::twice(\"7\"), Ok(14));
        assert!(super::sum(\"2000\").is_err());
    }
}
";

const REPORT: &str = "\
//! Reports: all that is not needed is used here.

use crate::error::Other;
use crate::limits::check;

/// A report.
pub fn report(lines: &str) -> crate::Report {
    let sum = crate::ledger::sum(lines)?;
    let sum = sum.max(crate::limits::SMALLEST);
    check!(sum);
    Ok(crate::text::shout(&format!(\"sum {sum}\")))
}

/// Why there is none.
pub fn why(lines: &str) -> Option<Other> {
    report(lines).err().map(Other)
}
";

fn monolith(sandbox: &Sandbox) {
    std::fs::create_dir_all(sandbox.path(MONOLITH)).expect("a folder");
    sandbox.git(&["init", "--quiet", "--initial-branch=main"], MONOLITH);
    for (path, text) in [
        ("Cargo.toml", MANIFEST),
        (".gitignore", "/target\n"),
        ("src/lib.rs", LIB),
        ("src/error.rs", ERROR),
        ("src/limits.rs", LIMITS),
        ("src/text.rs", TEXT),
        ("src/capped.rs", CAPPED),
        ("src/noise/list.txt", "_"),
        ("src/ledger.rs", LEDGER),
        ("src/report.rs", REPORT),
    ] {
        write(sandbox, path, text);
    }
    sandbox.ok("cargo", &["generate-lockfile", "--quiet"], MONOLITH);
    commit(sandbox, "Sell", "Ann Author");
}

fn extract(sandbox: &Sandbox, args: &[&str]) -> Command {
    let mut command = sandbox.command(QUARRY, MONOLITH);
    command
        .args(["extract", "crate::ledger"])
        .args(["--name", "acme-ledger", "--into", "../acme-ledger"])
        .args(args);
    command
}

fn needed(sandbox: &Sandbox) -> Vec<String> {
    let (code, stdout, stderr) = said(extract(sandbox, &["--message-format", "json"]));
    assert_eq!(code, 1, "{stderr}");
    let document: Value = serde_json::from_str(&stdout).expect("one document");
    let items = document["boundary"]["needed"].as_array().expect("a list");
    let names = items.iter().map(|item| item["item"].as_str());
    let names = names.map(|name| name.expect("a name").to_owned());
    names.collect()
}

#[test]
fn with_all_that_is_needed_it_verifies_and_without_any_of_it_not() {
    let sandbox = Sandbox::new();
    monolith(&sandbox);
    let before = State::of(&sandbox);
    let needed = needed(&sandbox);
    assert_eq!(
        needed,
        [
            "crate::double",
            "crate::capped::Capped",
            "impl Capped for i64",
            "crate::error::Error",
            "impl From<std::num::ParseIntError> for Error",
            "impl Error",
            "crate::limits::LARGEST",
            "crate::limits::check",
            "crate::text::is_noise",
            "crate::text::clean",
            "crate::Result",
        ]
    );
    for item in &needed {
        let args = ["--with-needed", "--verify", "check", "--leave", item];
        let (code, stdout, stderr) = said(extract(&sandbox, &args));
        assert_eq!(code, 101, "without `{item}`\n{stdout}\n{stderr}");
        let broken = "the new crate does not compile:";
        assert!(
            stderr.contains(broken),
            "without `{item}`\n{stdout}\n{stderr}"
        );
        assert_eq!(State::of(&sandbox), before, "without `{item}`");
    }
    let stdout = succeeds(extract(&sandbox, &["--with-needed"]));
    assert!(
        stdout.contains("11 items of the monolith come along, 51 lines"),
        "{stdout}"
    );
    sandbox.ok("cargo", &["test", "--quiet"], "acme-ledger");
    // The macro that the report uses, too, is in both; the other one has left.
    sandbox.git(&["switch", "--quiet", "quarry/acme-ledger"], MONOLITH);
    let read = |path: &str| std::fs::read_to_string(sandbox.path(path)).expect("a file");
    let limits = read(&format!("{MONOLITH}/src/limits.rs"));
    assert!(limits.contains("macro_rules! check"), "{limits}");
    assert!(
        limits.contains("pub use acme_ledger::limits::LARGEST;"),
        "{limits}"
    );
    let root = read(&format!("{MONOLITH}/src/lib.rs"));
    assert!(!root.contains("double"), "{root}");
    // Nothing that became unused is left behind, on either side.
    let deny = |dir: &str| {
        let mut command = sandbox.command("cargo", dir);
        command
            .args(["check", "--all-targets"])
            .env("RUSTFLAGS", "-Dwarnings");
        succeeds(command);
    };
    deny(MONOLITH);
    deny("acme-ledger");
}

#[test]
fn what_is_to_stay_must_be_there() {
    let sandbox = Sandbox::new();
    monolith(&sandbox);
    // What moves anyway cannot stay.
    for item in ["crate::nothing", "crate::ledger::sum"] {
        let (code, stdout, stderr) = said(extract(&sandbox, &["--leave", item]));
        assert_eq!(code, 101, "{stdout}{stderr}");
        let message = format!("`shop` has no item `{item}` outside what moves");
        assert!(stderr.contains(&message), "{stderr}");
    }
}
