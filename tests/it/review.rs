//! `review`: a library at three versions, a service that the breaking one touches in every way,
//! and one that it does not touch.

use std::process::Output;

use serde_json::Value;

use crate::registry::{library, program, publish};
use crate::registry_server::{TestRegistry, texts};
use crate::sandbox::{QUARRY, Sandbox};

const CHANGELOG: &str = "# Changelog\n\n## [2.0.0] - 2026-01-01\n\n### Added\n\n\
    - `Settings` has a jitter.\n\n### Changed\n\n- **Breaking**: `Policy::new` takes a small number.\n\n\
    ### Removed\n\n- `retry_all`.\n\n## [1.1.0] - 2025-12-01\n\n### Added\n\n- `Policy::pause`.\n\n\
    ## [1.0.0] - 2025-11-01\n\n### Added\n\n- First release.\n";

const FIRST: &str = "\
pub struct Policy { attempts: u32 }
impl Policy {
    pub fn new(attempts: u32) -> Self { Self { attempts } }
    pub fn attempts(&self) -> u32 { self.attempts }
}
pub enum Outcome { Done, GaveUp }
pub trait Clock { fn now(&self) -> u64; }
pub struct Settings { pub attempts: u32 }
pub fn retry(policy: &Policy) -> Outcome { if policy.attempts > 0 { Outcome::Done } else { Outcome::GaveUp } }
pub fn retry_all(policies: &[Policy]) -> usize { policies.len() }
macro_rules! settings { ($name:ident) => { impl Settings { pub fn $name(&self) -> u32 { self.attempts } } } }
settings!(limit);
";

/// The library at its three versions. `acme-client` stands between it and who uses that.
fn publish_first(registry: &TestRegistry<'_>) {
    registry.sandbox.write("acme-retry/CHANGELOG.md", CHANGELOG);
    library(registry.sandbox, "acme-retry", "1.0.0", "", FIRST);
    publish(registry, "acme-retry");
    let needs = "[dependencies]\nacme-retry = { version = \"1\", registry = \"internal\" }\n";
    let code = "pub fn all() -> usize {\n    acme_retry::retry_all(&[])\n}\n\
        pub fn policy() -> acme_retry::Policy { acme_retry::Policy::new(1) }\n";
    library(registry.sandbox, "acme-client", "1.0.0", needs, code);
    publish(registry, "acme-client");
}

fn publish_later(registry: &TestRegistry<'_>) {
    let more = "impl Policy { pub fn pause(&self) -> u64 { 1 } }\n";
    library(
        registry.sandbox,
        "acme-retry",
        "1.1.0",
        "",
        &format!("{FIRST}{more}"),
    );
    publish(registry, "acme-retry");
    let second = FIRST
        .replace(
            "new(attempts: u32) -> Self { Self { attempts } }",
            "new(attempts: u8) -> Self { Self { attempts: attempts.into() } }",
        )
        .replace("Done, GaveUp }", "Done, GaveUp, Skipped }")
        .replace(
            "fn now(&self) -> u64; }",
            "fn now(&self) -> u64; fn sleep(&self); }",
        )
        .replace(
            "pub attempts: u32 }",
            "pub attempts: u32, pub jitter: bool }",
        )
        .replace("pub fn retry_all", "fn _retry_all")
        .replace("settings!(limit)", "settings!(most)");
    library(
        registry.sandbox,
        "acme-retry",
        "2.0.0",
        "",
        &format!("{second}{more}"),
    );
    publish(registry, "acme-retry");
}

const TOUCHED: &str = "\
use acme_retry::{Clock, Outcome, Policy, Settings, retry};
struct Wall;
impl Clock for Wall {
    fn now(&self) -> u64 { 0 }
}
fn attempts() -> u32 { 3 }
fn main() {
    let policy = Policy::new(attempts());
    match retry(&policy) {
        Outcome::Done => {}
        Outcome::GaveUp => {}
    }
    match retry(&policy) {
        Outcome::Done => {}
        _ => {}
    }
    let settings = Settings { attempts: 1 };
    let Settings { .. } = settings;
    println!(\"{} {} {}\", settings.limit(), acme_retry::retry_all(&[]), Wall.now());
}
#[test]
fn passes() {}
";

const UNTOUCHED: &str = "\
fn main() {
    println!(\"{}\", attempts(&acme_retry::Policy::new(3)));
}
fn attempts(policy: &acme_retry::Policy) -> u32 { policy.attempts() }
#[test]
fn three() { assert_eq!(attempts(&acme_retry::Policy::new(3)), 3); }
";

/// A service in a git repository of its own.
fn service(registry: &TestRegistry<'_>, name: &str, dependencies: &str, code: &str) {
    let sandbox = registry.sandbox;
    program(sandbox, name, dependencies, code);
    sandbox.write(&format!("{name}/.gitignore"), "/target\n");
    registry.cargo(&["generate-lockfile"], name);
    commit(sandbox, name);
}

fn commit(sandbox: &Sandbox, name: &str) {
    sandbox.git(&["init", "-q", "-b", "main"], name);
    sandbox.git(&["add", "-A"], name);
    sandbox.git(&["commit", "-q", "-m", "A service"], name);
}

fn run(registry: &TestRegistry<'_>, dir: &str, args: &[&str]) -> Output {
    let mut command = registry.command(QUARRY, dir);
    command
        .arg("review")
        .args(args)
        .env("CARGO_QUARRY_CACHE", registry.sandbox.path("cache"));
    command.env("CARGO_SEMVER_CHECKS", "/nowhere");
    command.output().expect("it starts")
}

fn cards(registry: &TestRegistry<'_>, dir: &str, args: &[&str], code: i32) -> Value {
    let args = [args, &["--message-format", "json"]].concat();
    let output = run(registry, dir, &args);
    let (stdout, stderr) = texts(&output);
    assert_eq!(output.status.code(), Some(code), "{stdout}{stderr}");
    let document: Value =
        serde_json::from_str(&stdout).unwrap_or_else(|error| panic!("{error}: {stdout}{stderr}"));
    assert_eq!(document["version"], 1);
    document["cards"].clone()
}

/// What touches a service, a line each: place, what stands there, and the change's code and item.
fn touches(card: &Value) -> String {
    let changes = &card["api"]["known"]["changes"];
    let touches = card["touches"]["known"]["touches"].as_array();
    let mut lines: Vec<String> = touches
        .unwrap_or_else(|| panic!("{card}"))
        .iter()
        .flat_map(|touch| {
            let change =
                &changes[usize::try_from(touch["change"].as_u64().expect("one")).expect("small")];
            touch["uses"]
                .as_array()
                .expect("a list")
                .iter()
                .map(move |of| {
                    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
                    let of_crate = of["of"]
                        .as_str()
                        .map_or(String::new(), |of| format!("{of}: "));
                    format!(
                        "{of_crate}{}:{} {} {} {}",
                        text(&of["place"]["file"]),
                        of["place"]["line"],
                        text(&of["stand"]),
                        text(&change["code"]),
                        text(&change["item"]),
                    )
                })
        })
        .collect();
    lines.sort();
    lines.join("\n")
}

fn names(list: &Value, field: &str) -> Vec<String> {
    let list = list.as_array().unwrap_or_else(|| panic!("{list}"));
    let name = |value: &Value| value[field].as_str().unwrap_or_default().to_owned();
    list.iter().map(name).collect()
}

#[test]
fn one_service_is_touched_and_one_is_not() {
    let sandbox = Sandbox::new();
    let registry = TestRegistry::start(&sandbox);
    publish_first(&registry);
    let retry = "acme-retry = { version = \"1.0.0\", registry = \"internal\" }\n";
    service(&registry, "orders", retry, TOUCHED);
    service(&registry, "mails", retry, UNTOUCHED);
    publish_later(&registry);

    let before = sandbox.git(&["status", "--porcelain", "--ignored"], "orders");
    let card = &cards(&registry, "orders", &[], 1)[0];
    assert_eq!(
        (&card["from"], &card["to"]),
        (&"1.0.0".into(), &"2.0.0".into())
    );
    assert_eq!(card["api"]["known"]["promise"], "kept");
    insta::assert_snapshot!(touches(card), @"
    src/main.rs:17 literal field-added acme_retry::Settings::jitter
    src/main.rs:19 use item-removed acme_retry::retry_all
    src/main.rs:19 use method-removed acme_retry::Settings::limit
    src/main.rs:3 impl trait-required-item-added acme_retry::Clock::sleep
    src/main.rs:8 use parameter-type-changed acme_retry::Policy::new
    src/main.rs:9 match variant-added acme_retry::Outcome::Skipped
    ");
    let touched = &card["touches"]["known"];
    assert_eq!(
        (&touched["breaking"], &touched["touching"]),
        (&6.into(), &6.into())
    );
    let trial = &card["trial"]["known"];
    assert_eq!(names(&trial["broken"], "what"), [""; 0]);
    let notes = card["notes"]["known"]["sections"]
        .as_array()
        .expect("sections");
    assert_eq!(
        names(&card["notes"]["known"]["sections"], "version"),
        ["2.0.0", "1.1.0"]
    );
    assert_eq!(notes[0]["entries"][0]["names"][0], "Policy::new");
    assert_eq!(
        sandbox.git(&["status", "--porcelain", "--ignored"], "orders"),
        before
    );

    let card = &cards(&registry, "mails", &[], 0)[0];
    insta::assert_snapshot!(touches(card), @"");
    let trial = &card["trial"]["known"];
    assert_eq!(
        (&trial["broken"], &trial["passed"]),
        (&serde_json::json!([]), &1.into())
    );

    // Nothing is left beside the services.
    let left = std::fs::read_dir(sandbox.path("")).expect("a folder");
    let left: Vec<_> = left.flatten().map(|entry| entry.file_name()).collect();
    assert!(
        !left
            .iter()
            .any(|name| name.to_string_lossy().starts_with(".quarry-")),
        "{left:?}"
    );
}
