//! `review`: a library at three versions, a service that the breaking one touches in every way,
//! and one that it does not touch.

use std::process::Output;

use serde_json::Value;

use crate::registry::{library, program, publish, publish_unverified};
use crate::registry_server::{TestRegistry, texts};
use crate::sandbox::{QUARRY, Sandbox};

const CHANGELOG: &str = "# Changelog\n\n## [2.0.0] - 2026-01-01\n\n### Added\n\n\
    - `Settings` has a jitter.\n\n### Changed\n\n- **Breaking**: `Policy::new` takes a small number.\n\n\
    ### Removed\n\n- `retry_all`.\n\n## [1.1.0] - 2025-12-01\n\n### Added\n\n- `Policy::pause`.\n\n\
    ## [1.0.0] - 2025-11-01\n\n### Added\n\n- First release.\n";

const FIRST: &str = "\
#[derive(Default)]
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
    println!(\"{}\", attempts(&acme_retry::Policy::default()));
}
fn attempts(policy: &acme_retry::Policy) -> u32 { policy.attempts() }
#[test]
fn none() { assert_eq!(attempts(&acme_retry::Policy::default()), 0); }
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

/// The compiler's new errors, a line each, with the change that each is put down to.
fn errors(card: &Value) -> String {
    let changes = &card["api"]["known"]["changes"];
    let errors = card["trial"]["known"]["errors"].as_array();
    let mut lines: Vec<String> = errors
        .unwrap_or_else(|| panic!("{card}"))
        .iter()
        .map(|error| {
            let change = error["change"]
                .as_u64()
                .and_then(|at| usize::try_from(at).ok());
            let item = change.map_or("-", |at| changes[at]["item"].as_str().unwrap_or_default());
            let (code, line) = (&error["code"], &error["place"]["line"]);
            format!(
                "{}:{line} {} {item}",
                error["place"]["file"].as_str().unwrap_or_default(),
                code.as_str().unwrap_or_default()
            )
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
    assert_eq!(names(&trial["broken"], "what"), ["orders (bin \"orders\")"]);
    // That the match lacks an arm, the compiler says only when all else is right.
    insta::assert_snapshot!(errors(card), @"
    src/main.rs:17 E0063 acme_retry::Settings::jitter
    src/main.rs:19 E0425 acme_retry::retry_all
    src/main.rs:19 E0599 acme_retry::Settings::limit
    src/main.rs:3 E0046 acme_retry::Clock::sleep
    src/main.rs:8 E0308 acme_retry::Policy::new
    ");
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

#[test]
fn a_crate_between_is_touched_too() {
    let sandbox = Sandbox::new();
    let registry = TestRegistry::start(&sandbox);
    publish_first(&registry);
    let both = "acme-retry = { version = \"1\", registry = \"internal\" }\n\
        acme-client = { version = \"1\", registry = \"internal\" }\n";
    let code = "fn main() { println!(\"{}\", acme_client::policy().attempts()); let _ = acme_retry::Policy::attempts; }\n";
    service(&registry, "shop", both, code);
    publish_later(&registry);

    let args = ["acme-retry", "--verify", "check"];
    let card = &cards(&registry, "shop", &args, 1)[0];
    insta::assert_snapshot!(touches(card), @"
    acme-client 1.0.0: src/lib.rs:2 use item-removed acme_retry::retry_all
    acme-client 1.0.0: src/lib.rs:4 use parameter-type-changed acme_retry::Policy::new
    ");
    let majors = &card["pulled"]["known"]["two_majors"][0];
    assert_eq!(majors["crate"], "acme-retry");
    assert_eq!(majors["first"], serde_json::json!(["acme-client 1.0.0"]));

    // What only another crate asks for has compatible versions only.
    let offered = cards(&registry, "shop", &["acme-client", "--verify", "no"], 0);
    assert_eq!(offered, serde_json::json!([]));
}

#[test]
fn a_branch_is_compared_with_where_it_came_from() {
    let sandbox = Sandbox::new();
    let registry = TestRegistry::start(&sandbox);
    publish_first(&registry);
    let retry = |version: &str| {
        format!("acme-retry = {{ version = \"{version}\", registry = \"internal\" }}\n")
    };
    service(&registry, "orders", &retry("1.0.0"), TOUCHED);
    publish_later(&registry);

    let none = cards(&registry, "orders", &["--against", "main"], 0);
    assert_eq!(none, serde_json::json!([]));

    // The branch has the new version, and its code mended but for one place.
    sandbox.git(&["switch", "-q", "-c", "upgrade"], "orders");
    let mended = TOUCHED
        .replace("attempts() -> u32", "attempts() -> u8")
        .replace(
            "Outcome::GaveUp => {}",
            "Outcome::GaveUp | Outcome::Skipped => {}",
        )
        .replace("{ 0 }", "{ 0 } fn sleep(&self) {}")
        .replace("attempts: 1 }", "attempts: 1, jitter: true }")
        .replace("limit()", "most()");
    program(&sandbox, "orders", &retry("2.0.0"), &mended);
    registry.cargo(&["update", "--workspace"], "orders");
    commit(&sandbox, "orders");
    let card = &cards(&registry, "orders", &["--against", "main"], 1)[0];
    assert_eq!(
        (&card["from"], &card["to"]),
        (&"1.0.0".into(), &"2.0.0".into())
    );
    assert_eq!(card["touches"]["known"]["touching"], 6);
    insta::assert_snapshot!(errors(card), @"src/main.rs:19 E0425 acme_retry::retry_all");

    let output = run(&registry, "orders", &["--against", "nowhere"]);
    let (_, stderr) = texts(&output);
    assert_eq!(output.status.code(), Some(101), "{stderr}");
    assert!(stderr.contains("`nowhere` is no commit"), "{stderr}");
}

/// What a review of the service in `orders` says when it fails, or of what it lacks.
fn fails(registry: &TestRegistry<'_>, args: &[&str], code: i32) -> String {
    let output = run(registry, "orders", args);
    let (stdout, stderr) = texts(&output);
    assert_eq!(output.status.code(), Some(code), "{stdout}{stderr}");
    stderr
}

#[test]
fn what_cannot_be_reviewed_is_said() {
    let sandbox = Sandbox::new();
    let mut registry = TestRegistry::start(&sandbox);
    publish_first(&registry);
    program(&sandbox, "orders", "", "fn main() {}\n");
    let stderr = fails(&registry, &[], 101);
    assert!(stderr.contains("there is no Cargo.lock"), "{stderr}");
    registry.cargo(&["generate-lockfile"], "orders");
    let stderr = fails(&registry, &[], 101);
    assert!(stderr.contains("is from a private registry"), "{stderr}");

    let retry = "acme-retry = { version = \"1.0.0\", registry = \"internal\" }\n";
    program(&sandbox, "orders", retry, TOUCHED);
    let stderr = fails(&registry, &[], 101);
    assert!(stderr.contains("does not fit the manifests"), "{stderr}");
    registry.cargo(&["generate-lockfile"], "orders");
    let stderr = fails(&registry, &[], 0);
    assert!(
        stderr.contains("acme-retry 1.0.0 is the latest version"),
        "{stderr}"
    );
    let stderr = fails(&registry, &["acme-nothing"], 101);
    assert!(stderr.contains("`acme-nothing` is not among"), "{stderr}");
    let stderr = fails(&registry, &["acme-retry@9.0.0"], 101);
    assert!(stderr.contains("has no acme-retry 9.0.0"), "{stderr}");

    // The library is broken, and so is the service as it is.
    sandbox.write("acme-retry/CHANGELOG.md", "Read the commits.\n");
    library(
        &sandbox,
        "acme-retry",
        "2.0.0",
        "",
        "pub fn retry() -> u32 { no }\n",
    );
    publish_unverified(&registry, "acme-retry");
    sandbox.write("orders/src/main.rs", "fn main() { let () = 1; }\n");
    let card = &cards(&registry, "orders", &[], 0)[0];
    let unknown = |part: &str| {
        card[part]["unknown"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
    assert_eq!(
        unknown("notes"),
        "CHANGELOG.md is no changelog: no heading names a version"
    );
    // rustdoc reads no bodies of functions.
    assert_eq!(card["api"]["known"]["needs"], "major");
    insta::assert_snapshot!(card["trial"], @r#"{"known":{"broken":[],"broken_already":["orders (bin \"orders\")"],"built":0,"deprecated":[],"errors":[],"fixed":[],"not_tried":["what needs `acme-retry`, which does not build here: error[E0425]: cannot find value `no` in this scope","doc tests of `acme-retry`, which does not build"],"passed":0,"tried":"check and tests"}}"#);

    registry.kill();
    let stderr = fails(&registry, &[], 101);
    assert!(stderr.contains("cannot reach http://"), "{stderr}");
}
