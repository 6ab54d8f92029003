//! A small organisation in which the right answers are known by construction: a monolith `shop`
//! of two packages, and a service `ship` that once copied a function of it.

use std::fmt::Write as _;

use crate::sandbox::Sandbox;

const RETRY: &str = r#"//! Tries again.
use std::time::Duration;

/// How often, and how long between.
pub struct Policy {
    pub attempts: u32,
    pub first_wait: Duration,
}

impl Policy {
    pub fn new(attempts: u32) -> Self {
        Self {
            attempts,
            first_wait: Duration::from_millis(100),
        }
    }
}

/// The wait before an attempt.
pub(crate) fn backoff(policy: &Policy, attempt: u32, jitter: u64) -> Duration {
    let base = policy.first_wait.as_millis() as u64;
    let doubled = base.saturating_mul(1u64 << attempt.min(16));
    let spread = doubled / 10;
    let shifted = if spread == 0 {
        doubled
    } else {
        doubled.saturating_add(jitter % spread)
    };
    let capped = shifted.min(30_000);
    if attempt == 0 {
        return Duration::ZERO;
    }
    Duration::from_millis(capped)
}

/// Tries until it works, or often enough.
pub fn retry<T, E>(policy: &Policy, mut work: impl FnMut() -> Result<T, E>) -> Result<T, E> {
    let mut attempt = 0;
    loop {
        match work() {
            Ok(value) => return Ok(value),
            Err(error) if attempt + 1 >= policy.attempts => return Err(error),
            Err(_) => attempt += 1,
        }
        std::thread::sleep(backoff(policy, attempt, 7));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_up() {
        let policy = Policy::new(1);
        assert_eq!(retry(&policy, || Err::<(), _>("no")), Err("no"));
    }
}
"#;

const ORDERS: &str = r#"//! Orders.
use crate::customers::Customer;
use crate::util::retry::{Policy, retry};

pub struct Order {
    pub customer: Customer,
    pub lines: Vec<Line>,
    pub placed: bool,
}

pub struct Line {
    pub article: String,
    pub pence: u64,
    pub count: u64,
}

impl Order {
    pub fn total(&self) -> u64 {
        self.lines.iter().map(|line| line.pence * line.count).sum()
    }

    pub fn place(&mut self) -> Result<(), String> {
        retry(&Policy::new(3), || {
            if self.lines.is_empty() {
                return Err("an order without lines".to_owned());
            }
            self.placed = true;
            Ok(())
        })
    }
}
"#;

const CUSTOMERS: &str = r#"//! Customers.
use crate::util::retry::{Policy, retry};

pub struct Customer {
    pub name: String,
    pub orders: u32,
}

impl Customer {
    pub fn is_regular(&self) -> bool {
        self.orders > 10
    }

    pub fn greet(&self) -> Result<String, String> {
        retry(&Policy::new(2), || Ok(format!("Dear {}", self.name)))
    }
}
"#;

const DISCOUNTS: &str = r"//! In the folder of utilities, and about nothing but the shop's business.
use crate::customers::Customer;
use crate::orders::{Line, Order};

pub fn discount(order: &Order) -> u64 {
    let base = order.total() / 20;
    base + regular(&order.customer, base) + order.lines.iter().map(bulk).sum::<u64>()
}

fn regular(customer: &Customer, base: u64) -> u64 {
    if customer.is_regular() { base } else { 0 }
}

fn bulk(line: &Line) -> u64 {
    if line.count > 100 { line.pence } else { 0 }
}
";

const LEFT: &str = r"//! Half of a cycle.
use crate::right::Tree;

pub struct Leaf {
    pub weight: u32,
}

pub fn lightest(tree: &Tree) -> Option<u32> {
    tree.leaves.iter().map(|leaf| leaf.weight).min()
}
";

const RIGHT: &str = r"//! The other half.
use crate::left::{Leaf, lightest};

pub struct Tree {
    pub leaves: Vec<Leaf>,
}

impl Tree {
    pub fn prune(&mut self) {
        if let Some(least) = lightest(self) {
            self.leaves.retain(|leaf| leaf.weight > least);
        }
    }
}
";

/// A module that the commit numbered `version` changes, with its only user.
pub fn wire(version: u32) -> String {
    let mut text = "//! What goes over the wire.\n\npub struct Frame {\n".to_owned();
    for field in 0..=version {
        writeln!(text, "    pub field_{field}: u64,").expect("it is a string");
    }
    text + "}\n"
}

pub fn codec(version: u32) -> String {
    let mut text = "//! Frames as bytes.\nuse crate::wire::Frame;\n\n\
                    pub fn encode(frame: &Frame) -> Vec<u8> {\n    let mut out = Vec::new();\n"
        .to_owned();
    for field in 0..=version {
        writeln!(text, "    out.extend(frame.field_{field}.to_be_bytes());")
            .expect("it is a string");
    }
    text + "    out\n}\n"
}

/// Makes `shop`, with a history, and `ship`.
pub fn organisation(sandbox: &Sandbox) {
    sandbox.write(
        "shop/Cargo.toml",
        "[workspace]\nmembers = [\"billing\"]\n\n[package]\nname = \"shop\"\nversion = \"0.1.0\"\n\
         edition = \"2024\"\n",
    );
    sandbox.write(
        "shop/src/lib.rs",
        "pub mod codec;\npub mod customers;\npub mod left;\npub mod orders;\npub mod right;\n\
         pub mod util;\npub mod wire;\n",
    );
    sandbox.write("shop/src/util.rs", "pub mod discounts;\npub mod retry;\n");
    sandbox.write("shop/src/util/retry.rs", RETRY);
    sandbox.write("shop/src/util/discounts.rs", DISCOUNTS);
    sandbox.write("shop/src/orders.rs", ORDERS);
    sandbox.write("shop/src/customers.rs", CUSTOMERS);
    sandbox.write("shop/src/left.rs", LEFT);
    sandbox.write("shop/src/right.rs", RIGHT);
    sandbox.write(
        "shop/billing/Cargo.toml",
        "[package]\nname = \"billing\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\
         [dependencies]\nshop = { path = \"..\" }\n",
    );
    sandbox.write(
        "shop/billing/src/lib.rs",
        "use shop::orders::Order;\nuse shop::util::retry::{Policy, retry};\n\n\
         pub fn bill(order: &Order) -> Result<u64, String> {\n    \
         retry(&Policy::new(5), || Ok(order.total() - shop::util::discounts::discount(order)))\n}\n",
    );
    sandbox.write("shop/.gitignore", "target\n");
    sandbox.git(&["init", "--quiet", "--initial-branch", "main"], "shop");
    for version in 0..8 {
        sandbox.write("shop/src/wire.rs", &wire(version));
        sandbox.write("shop/src/codec.rs", &codec(version));
        commit(sandbox, "shop", &format!("Frame {version}"), version);
    }
    sandbox.write(
        "ship/Cargo.toml",
        "[package]\nname = \"ship\"\nversion = \"0.1.0\"\nedition = \"2024\"\n",
    );
    // The same function with other names, another cap, and less: it waits before the first.
    let copy = RETRY
        .replace("backoff", "wait_before")
        .replace("doubled", "longer")
        .replace("30_000", "5_000")
        .replace(
            "    if attempt == 0 {\n        return Duration::ZERO;\n    }\n",
            "",
        );
    sandbox.write("ship/src/lib.rs", &copy);
    sandbox.git(&["init", "--quiet", "--initial-branch", "main"], "ship");
    commit(sandbox, "ship", "Ship parcels", 20);
}

/// Commits all there is, so many weeks after the first commit.
pub fn commit(sandbox: &Sandbox, repo: &str, message: &str, week: u32) {
    sandbox.git(&["add", "--all"], repo);
    let date = format!("{} +0000", 1_700_000_000 + u64::from(week) * 7 * 24 * 3600);
    let done = sandbox
        .command("git", repo)
        .args(["commit", "--quiet", "--message", message])
        .env("GIT_AUTHOR_DATE", &date)
        .env("GIT_COMMITTER_DATE", &date)
        .status()
        .expect("git starts");
    assert!(done.success(), "{message}");
}
