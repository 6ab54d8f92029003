//! A small monolith with what an extraction has to cope with: items of every visibility used from
//! several places, tests of all kinds, a file that was renamed, a dependency that only one module
//! uses, a module in a cycle, a feature.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::sandbox::{QUARRY, Sandbox};

/// The monolith's folder in its sandbox.
pub const MONOLITH: &str = "monolith";

const WORKSPACE: &str = "\
[workspace]
members = [\"shop\", \"till\"]
resolver = \"2\"
";

const SHOP: &str = "\
[package]
name = \"shop\"
version = \"3.2.0\"
edition = \"2021\"
license = \"MIT\"

[features]
# Amounts that shout.
loud = []

[dependencies]
itoa = \"1\" # digits
";

const TILL: &str = "\
[package]
name = \"till\"
version = \"0.1.0\"
edition = \"2021\"

[dependencies]
shop = { path = \"../shop\" }
";

const LIB: &str = "\
//! The shop.

pub mod billing;
mod error;
mod orders;
pub mod util;

pub use error::Error;
pub use orders::total;
";

const BILLING: &str = "\
//! Bills.

use crate::util::amount::{self, Amount};

/// What a bill says.
pub fn line(what: &str, amount: Amount) -> String {
    format!(\"{what}: {} ({} cents)\", amount, amount::digits(amount.cents))
}
";

const ERROR: &str = "\
//! What can go wrong.

use crate::util::tally::Tally;

/// An error of the shop.
#[derive(Debug)]
pub enum Error {
    /// Too much was counted.
    Full(Tally),
}
";

const ORDERS: &str = "\
//! Orders.

use crate::util::amount::{Amount, ZERO};
use crate::util::tally::Tally;

/// What they come to.
pub fn total(orders: &[Amount]) -> Amount {
    let mut tally = Tally::default();
    for _ in orders {
        tally.count().expect(\"few orders\");
    }
    orders.iter().fold(ZERO, |sum, order| sum.plus(*order))
}
";

const UTIL: &str = "\
//! What all need.

pub mod amount;
pub mod tally;
";

const TALLY: &str = "\
//! Counting.

use crate::error::Error;

/// How many there were.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    seen: u8,
}

impl Tally {
    /// One more.
    pub(crate) fn count(&mut self) -> Result<(), Error> {
        match self.seen.checked_add(1) {
            Some(seen) => self.seen = seen,
            None => return Err(Error::Full(self.clone())),
        }
        Ok(())
    }
}
";

/// The module as it began.
const MONEY: &str = "\
//! Amounts of money.

use std::fmt;

/// An amount of money.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Amount {
    pub(crate) cents: i64,
}

pub(crate) const ZERO: Amount = Amount { cents: 0 };

impl Amount {
    /// So many cents.
    pub fn from_cents(cents: i64) -> Self {
        Self { cents }
    }

    pub(crate) fn plus(self, other: Self) -> Self {
        Self::from_cents(self.cents + other.cents)
    }
}

pub(crate) fn digits(number: i64) -> String {
    itoa::Buffer::new().format(number).to_owned()
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, \"{}.{:02}\", digits(self.cents / 100), self.cents % 100)
    }
}
";

/// What was added at its end later.
const MORE: &str = "
/// An amount that is heard.
#[cfg(feature = \"loud\")]
pub fn shout(amount: Amount) -> String {
    format!(\"{amount}!\")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_add_up() {
        let sum = Amount::from_cents(150).plus(Amount::from_cents(75));
        assert_eq!(sum.to_string(), \"2.25\");
    }

    #[cfg(feature = \"loud\")]
    #[test]
    fn loud_amounts_shout() {
        assert_eq!(shout(ZERO), \"0.00!\");
    }
}
";

const DOC_TEST: &str = "\
//! Amounts of money.
//!
//! ```
//! use shop::util::amount::Amount;
//! assert_eq!(Amount::from_cents(250).to_string(), \"2.50\");
//! ```
";

const CHECKOUT: &str = "\
use shop::util::amount::Amount;

#[test]
fn a_bill_has_a_total() {
    let total = shop::total(&[Amount::from_cents(100), Amount::from_cents(20)]);
    assert_eq!(shop::billing::line(\"all\", total), \"all: 1.20 (120 cents)\");
}
";

/// A test of nothing but the module: it comes along.
const AMOUNTS: &str = "\
use shop::util::amount::Amount;

#[test]
fn cents_have_two_digits() {
    assert_eq!(Amount::from_cents(1205).to_string(), \"12.05\");
}
";

const TILL_MAIN: &str = "\
fn main() {
    let amount = shop::util::amount::Amount::from_cents(5);
    println!(\"{}\", shop::billing::line(\"bag\", amount));
}
";

/// Writes the monolith's history: five commits of two authors. `src/money.rs` becomes
/// `src/util/amount.rs` on the way.
pub fn monolith(sandbox: &Sandbox) {
    std::fs::create_dir_all(sandbox.path(MONOLITH)).expect("a folder");
    sandbox.git(&["init", "--quiet", "--initial-branch=main"], MONOLITH);
    write(sandbox, "Cargo.toml", WORKSPACE);
    write(sandbox, ".gitignore", "/target\n");
    write(sandbox, "shop/Cargo.toml", SHOP);
    write(
        sandbox,
        "shop/src/lib.rs",
        "//! The shop.\n\npub mod money;\n",
    );
    write(sandbox, "shop/src/money.rs", MONEY);
    write(sandbox, "till/Cargo.toml", TILL);
    write(sandbox, "till/src/main.rs", "fn main() {}\n");
    commit(sandbox, "Count money", "Bea Builder");
    write(sandbox, "shop/src/money.rs", &(MONEY.to_owned() + MORE));
    commit(sandbox, "Shout amounts", "Bea Builder");
    std::fs::create_dir_all(sandbox.path(&format!("{MONOLITH}/shop/src/util"))).expect("a folder");
    sandbox.git(
        &["mv", "shop/src/money.rs", "shop/src/util/amount.rs"],
        MONOLITH,
    );
    let lib = "//! The shop.\n\npub mod util;\n";
    write(sandbox, "shop/src/lib.rs", lib);
    write(
        sandbox,
        "shop/src/util/mod.rs",
        "//! What all need.\n\npub mod amount;\n",
    );
    commit(sandbox, "Sort what all need into a folder", "Ann Author");
    write(sandbox, "shop/src/lib.rs", LIB);
    write(sandbox, "shop/src/billing.rs", BILLING);
    write(sandbox, "shop/src/error.rs", ERROR);
    write(sandbox, "shop/src/orders.rs", ORDERS);
    write(sandbox, "shop/src/util/mod.rs", UTIL);
    write(sandbox, "shop/src/util/tally.rs", TALLY);
    write(sandbox, "shop/tests/checkout.rs", CHECKOUT);
    write(sandbox, "shop/tests/amounts.rs", AMOUNTS);
    write(sandbox, "till/src/main.rs", TILL_MAIN);
    commit(sandbox, "Take orders", "Ann Author");
    let documented = MONEY.replace("//! Amounts of money.\n", DOC_TEST) + MORE;
    write(sandbox, "shop/src/util/amount.rs", &documented);
    sandbox.ok("cargo", &["generate-lockfile", "--quiet"], MONOLITH);
    commit(sandbox, "Show how amounts are written", "Ann Author");
}

/// Writes a file of the monolith.
pub fn write(sandbox: &Sandbox, path: &str, text: &str) {
    sandbox.write(&format!("{MONOLITH}/{path}"), text);
}

/// Commits all files of the monolith.
pub fn commit(sandbox: &Sandbox, message: &str, author: &str) {
    sandbox.git(&["add", "--all"], MONOLITH);
    let mut command = sandbox.command("git", MONOLITH);
    command
        .args(["commit", "--quiet", "-m", message])
        .env("GIT_AUTHOR_NAME", author)
        .env("GIT_AUTHOR_DATE", "2025-06-01T12:00:00+00:00")
        .env("GIT_COMMITTER_DATE", "2025-06-01T12:00:00+00:00");
    assert!(command.status().expect("git").success(), "{message}");
}

/// The command that takes `crate::util::amount` out as `acme-amount`, with more arguments, in a
/// place for temporary files of its own.
pub fn extract(sandbox: &Sandbox, args: &[&str]) -> Command {
    let mut command = sandbox.command(QUARRY, MONOLITH);
    std::fs::create_dir_all(sandbox.path("tmp")).expect("a folder");
    command
        .env("TMPDIR", sandbox.path("tmp"))
        .args(["extract", "crate::util::amount", "-p", "shop"])
        .args(["--name", "acme-amount", "--into", "../acme-amount"])
        .args(args);
    command
}

/// What a command said: exit code, standard output, standard error.
pub fn said(mut command: Command) -> (i32, String, String) {
    let output = command.output().expect("it starts");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let code = output.status.code().unwrap_or(-1);
    (code, text(&output.stdout), text(&output.stderr))
}

/// It must succeed. Gives its standard output.
pub fn succeeds(command: Command) -> String {
    let line = format!("{command:?}");
    let (code, stdout, stderr) = said(command);
    assert_eq!(code, 0, "{line}\n{stdout}\n{stderr}");
    stdout
}

/// All that an extraction must leave alone or leave behind on purpose: worktree, index, HEAD,
/// references, and the names in the folder beside the monolith.
#[derive(Debug, PartialEq, Eq)]
pub struct State {
    status: String,
    references: String,
    head: String,
    index: Vec<u8>,
    beside: Vec<String>,
}

impl State {
    pub fn of(sandbox: &Sandbox) -> Self {
        let index = sandbox.path(&format!("{MONOLITH}/.git/index"));
        Self {
            status: sandbox.git(&["--no-optional-locks", "status", "--porcelain"], MONOLITH),
            references: sandbox.git(&["for-each-ref"], MONOLITH),
            head: sandbox.git(&["symbolic-ref", "HEAD"], MONOLITH),
            index: std::fs::read(index).unwrap_or_default(),
            beside: names(&sandbox.path("")),
        }
    }

    /// The same without a branch, as `git for-each-ref` writes it, and without a folder.
    pub fn without(mut self, branch: &str, folder: &str) -> Self {
        self.references = self.references.replace(branch, "");
        self.beside.retain(|name| name != folder);
        self
    }
}

/// The names in a folder, sorted; those of temporary places aside.
pub fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("it is there");
    let name = |entry: std::fs::DirEntry| entry.file_name().to_string_lossy().into_owned();
    let mut names: Vec<String> = entries.flatten().map(name).collect();
    names.retain(|name| name != "tmp");
    names.sort();
    names
}

/// Nothing of a run's is left where it worked.
pub fn assert_no_scratch(sandbox: &Sandbox) {
    let beside = names(&sandbox.path(""));
    let ours: Vec<_> = beside
        .iter()
        .filter(|name| name.contains("quarry"))
        .collect();
    assert!(ours.is_empty(), "{ours:?}");
    let temporary: Vec<String> = names(&sandbox.path("tmp"));
    let ours: Vec<_> = temporary
        .iter()
        .filter(|name| name.contains("quarry"))
        .collect();
    assert!(ours.is_empty(), "{ours:?}");
}

/// Every file below a folder, by its path.
pub fn files_below(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("it is there").flatten() {
            let kind = entry.file_type().expect("it has one");
            if kind.is_dir() {
                folders.push(entry.path());
            } else if kind.is_file() {
                files.insert(entry.path(), std::fs::read(entry.path()).expect("a file"));
            }
        }
    }
    files
}
