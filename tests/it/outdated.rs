//! `outdated`, in services of a registry that has versions of all kinds.

use std::process::{Command, Output};

use cargo_quarry::registry::{IndexEntry, render_index};
use serde_json::Value;

use crate::registry::{index_lines, library, program, publish_unverified};
use crate::registry_server::{TestRegistry, texts};
use crate::registry_services::service as stub_service;
use crate::sandbox::{QUARRY, Sandbox};
use crate::stub::Stub;

/// Publishes a version.
fn publish(registry: &TestRegistry<'_>, name: &str, version: &str, rest: &str) {
    library(registry.sandbox, name, version, rest, "");
    publish_unverified(registry, name);
}

/// Changes the entries of a crate in the registry's index.
fn edit_index(registry: &TestRegistry<'_>, name: &str, mut edit: impl FnMut(&mut Vec<IndexEntry>)) {
    let path = format!("ac/me/{name}");
    let mut entries = index_lines(registry, &path);
    edit(&mut entries);
    let path = format!("registry/index/{path}");
    registry.sandbox.write(&path, &render_index(&entries));
}

/// Sets the days on which versions were published.
fn date(registry: &TestRegistry<'_>, name: &str, days: &[(&str, &str)]) {
    edit_index(registry, name, |entries| {
        for entry in entries {
            let version = entry.vers.to_string();
            let day = days.iter().find(|(of, _)| *of == version);
            entry.pubtime = day.map(|(_, day)| format!("{day}T12:00:00Z"));
        }
    });
}

fn deprecation(version: &str, until: &str) -> String {
    format!(
        "[[package.metadata.quarry.deprecations]]\nversion = \"{version}\"\n\
         reason = \"It loses the last attempt\"\nuse-instead = \"0.1.1\"\n{until}\n"
    )
}

/// Three crates: `acme-clock`, which `acme-retry` needs, and `acme-log`.
fn organisation(sandbox: &Sandbox) -> TestRegistry<'_> {
    let registry = TestRegistry::start(sandbox);
    let clock = "[dependencies]\nacme-clock = { version = \"1.0.0\", registry = \"internal\" }\n";
    publish(&registry, "acme-clock", "1.0.0", "");
    publish(&registry, "acme-retry", "0.1.0", clock);
    publish(&registry, "acme-log", "1.0.0", "");
    service(&registry);
    publish(&registry, "acme-clock", "1.0.1", "");
    publish(&registry, "acme-clock", "2.0.0-rc.1", "");
    publish(&registry, "acme-retry", "0.1.1", clock);
    publish(&registry, "acme-retry", "0.1.2", clock);
    publish(&registry, "acme-retry", "0.2.0", clock);
    yank(&registry, "acme-retry@0.1.2");
    date(
        &registry,
        "acme-clock",
        &[("1.0.0", "2023-10-01"), ("1.0.1", "2025-12-31")],
    );
    let days = [
        ("0.1.0", "2025-09-01"),
        ("0.1.1", "2025-12-01"),
        ("0.2.0", "2025-12-30"),
    ];
    date(&registry, "acme-retry", &days);
    date(&registry, "acme-log", &[]);
    registry
}

fn yank(registry: &TestRegistry<'_>, version: &str) {
    registry.cargo(&["yank", "--registry", "internal", version], "");
}

/// A workspace that pins what there is now.
fn service(registry: &TestRegistry<'_>) {
    let sandbox = registry.sandbox;
    sandbox.write(
        "shop/Cargo.toml",
        "[workspace]\nmembers = [\"api\"]\nresolver = \"2\"\n[workspace.dependencies]\n\
         retry = { package = \"acme-retry\", version = \"0.1.0\", registry = \"internal\" }\n",
    );
    sandbox.write(
        "shop/api/Cargo.toml",
        "[package]\nname = \"api\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\
         [dependencies]\nretry = { workspace = true }\n\
         [target.'cfg(unix)'.dev-dependencies]\n\
         acme-log = { version = \"=1.0.0\", registry = \"internal\" }\n",
    );
    sandbox.write("shop/api/src/main.rs", "fn main() {}\n");
    registry.cargo(&["generate-lockfile"], "shop");
}

fn run(registry: &TestRegistry<'_>, args: &[&str]) -> Output {
    let mut command = registry.command(QUARRY, "shop");
    command
        .arg("outdated")
        .args(args)
        .output()
        .expect("it starts")
}

fn json(registry: &TestRegistry<'_>, args: &[&str], code: i32) -> Value {
    let args = [args, &["--message-format", "json"]].concat();
    let output = run(registry, &args);
    let (stdout, stderr) = texts(&output);
    assert_eq!(output.status.code(), Some(code), "{stdout}{stderr}");
    serde_json::from_str(&stdout).unwrap_or_else(|error| panic!("{error}: {stdout}"))
}

#[test]
fn each_pin_is_compared_with_its_registry() {
    let sandbox = Sandbox::new();
    let registry = organisation(&sandbox);
    let lock = sandbox.read("shop/Cargo.lock");
    let output = run(&registry, &[]);
    let (stdout, stderr) = texts(&output);
    assert_eq!(output.status.code(), Some(0), "{stdout}{stderr}");
    insta::assert_snapshot!(stdout, @"
    crate       pinned  age       compatible  latest  age    behind  asked for by
    acme-clock  1.0.0   2 years   1.0.1       1.0.1   today  1       transitive: acme-retry 0.1.0
    acme-log    1.0.0   unknown   -           -              0       api
    acme-retry  0.1.0   4 months  0.1.1       0.2.0   1 day  2       api
    ");
    assert_eq!(sandbox.read("shop/Cargo.lock"), lock);

    // Only what the service itself asks for, as data.
    let document = json(&registry, &["--direct"], 0);
    assert_eq!(document["version"], 1);
    let names: Vec<_> = document["pins"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|it| &it["name"])
        .collect();
    assert_eq!(names, ["acme-log", "acme-retry"]);
    let retry = &document["pins"][1];
    insta::assert_snapshot!(retry["uses"][0], @r#"{"inherited":true,"key":"retry","kind":"normal","manifest":"Cargo.toml","member":"api","place":{"column":45,"file":"Cargo.toml","line":5},"requirement":"0.1.0","style":"caret"}"#);
    assert_eq!(retry["latest"]["version"], "0.2.0");
    assert_eq!(retry["behind"], 2);
    assert_eq!(retry["release"]["days"], 121);
    let log = &document["pins"][0]["uses"][0];
    assert_eq!(
        (&log["kind"], &log["style"]),
        (&"dev".into(), &"exact".into())
    );

    // Deprecated, and still supported.
    let ledger = deprecation("0.1.0", "until = \"2026-01-01\"");
    publish(&registry, "acme-retry", "0.2.1", &ledger);
    let output = run(&registry, &["acme-retry"]);
    let (stdout, stderr) = texts(&output);
    assert_eq!(output.status.code(), Some(0), "{stdout}{stderr}");
    insta::assert_snapshot!(stdout, @"
    crate       pinned  age       compatible  latest  age    behind  asked for by
    acme-retry  0.1.0   4 months  0.1.1       0.2.1   today  3       api

    warning[pin-deprecated]: `acme-retry` 0.1.0 is deprecated, and supported until 2026-01-01: It loses the last attempt
      --> Cargo.toml:5:45
      help: use 0.1.1 instead
    ");
    // No longer.
    let ledger = deprecation("0.1.0", "until = \"2025-12-31\"");
    publish(&registry, "acme-retry", "0.2.2", &ledger);
    let document = json(&registry, &[], 1);
    assert_eq!(document["findings"][0]["code"], "pin-unsupported");
    assert_eq!(document["findings"].as_array().map(Vec::len), Some(1));

    // Yanked, and gone.
    yank(&registry, "acme-clock@1.0.0");
    edit_index(&registry, "acme-log", Vec::clear);
    let output = run(&registry, &["acme-clock", "acme-log"]);
    let (stdout, stderr) = texts(&output);
    assert_eq!(output.status.code(), Some(1), "{stdout}{stderr}");
    insta::assert_snapshot!(stdout, @"
    crate       pinned  age      compatible  latest  age    behind  asked for by
    acme-clock  1.0.0   2 years  1.0.1       1.0.1   today  1       transitive: acme-retry 0.1.0
    acme-log    1.0.0   gone     none        none           0       api

    error[pin-yanked]: `acme-clock` 1.0.0 is yanked
      help: 1.0.1 is compatible; acme-retry 0.1.0 asks for this one
    error[pin-gone]: `acme-log` 1.0.0 is gone from the registry `internal`
      --> api/Cargo.toml:8:24
      help: there is no other version
    ");

    // Places are those of the repository, which may be more than the workspace.
    sandbox.git(&["init", "-q"], "");
    let document = json(&registry, &["acme-retry"], 1);
    let used = &document["pins"][0]["uses"][0];
    assert_eq!(used["manifest"], "shop/Cargo.toml");
    assert_eq!(used["place"]["file"], "shop/Cargo.toml");
}

/// Two registries in a cargo home of its own, and a service that uses a crate of each.
struct Two<'a> {
    registry: TestRegistry<'a>,
    _far: Stub,
}

impl<'a> Two<'a> {
    fn start(sandbox: &'a Sandbox) -> Self {
        let registry = TestRegistry::start(sandbox);
        let far = stub_service("t0ken", "/index", "");
        sandbox.write(
            ".cargo/config.toml",
            &format!(
                "[registries]\ninternal = {{ index = \"{}\" }}\nfar = {{ index = \"sparse+{}/index/\" }}\n",
                registry.index_url, far.base_url
            ),
        );
        let two = Self {
            registry,
            _far: far,
        };
        for (name, registry) in [("acme-near", "internal"), ("acme-far", "far")] {
            library(sandbox, name, "1.0.0", "", "");
            let manifest = sandbox.read(&format!("{name}/Cargo.toml"));
            let manifest = manifest.replace("internal", registry);
            sandbox.write(&format!("{name}/Cargo.toml"), &manifest);
            two.cargo(&["publish", "--allow-dirty", "--no-verify"], name);
        }
        program(
            sandbox,
            "shop",
            "acme-near = { version = \"1\", registry = \"internal\" }\n\
             acme-far = { version = \"1\", registry = \"far\" }",
            "fn main() {}",
        );
        two.cargo(&["fetch"], "shop");
        two
    }

    fn command(&self, program: &str, dir: &str) -> Command {
        let mut command = self.registry.command(program, dir);
        command
            .env("CARGO_HOME", self.registry.sandbox.path("cargo-home"))
            .env("CARGO_REGISTRIES_FAR_TOKEN", "t0ken")
            .env("CARGO_REGISTRIES_FAR_CREDENTIAL_PROVIDER", "cargo:token");
        command
    }

    fn cargo(&self, args: &[&str], dir: &str) {
        let output = self.command("cargo", dir).args(args).output();
        let output = output.expect("cargo starts");
        assert!(output.status.success(), "{args:?}: {}", texts(&output).1);
    }

    /// `outdated` with that token for the registry `far`.
    fn outdated(&self, token: &str, args: &[&str], code: i32) -> (String, String) {
        let mut command = self.command(QUARRY, "shop");
        command.env("CARGO_REGISTRIES_FAR_TOKEN", token);
        let output = command.arg("outdated").args(args).output();
        let output = output.expect("it starts");
        let (stdout, stderr) = texts(&output);
        assert_eq!(output.status.code(), Some(code), "{stdout}{stderr}");
        (stdout, stderr)
    }
}

#[test]
fn a_registry_that_gives_no_answer_is_told() {
    let sandbox = Sandbox::new();
    let mut two = Two::start(&sandbox);
    let (stdout, _) = two.outdated("t0ken", &[], 0);
    insta::assert_snapshot!(stdout, @"
    crate      pinned  age      compatible  latest  age  behind  asked for by  registry
    acme-far   1.0.0   unknown  -           -            0       shop          far
    acme-near  1.0.0   today    -           -            0       shop          internal
    ");

    let (stdout, stderr) = two.outdated("wr0ng", &[], 1);
    assert!(
        stdout.contains("acme-near") && !stdout.contains("acme-far"),
        "{stdout}"
    );
    for words in [
        "error: cannot ask the registry `far`",
        "answers 401: Authentication is required",
        "help: `cargo quarry registry doctor` looks into it",
        "note: not looked at: acme-far",
    ] {
        assert!(stderr.contains(words), "{words}: {stderr}");
    }
    assert!(!stderr.contains("wr0ng"), "{stderr}");

    two.registry.kill();
    let json = ["--message-format", "json"];
    let (stdout, _) = two.outdated("t0ken", &json, 1);
    let document: Value = serde_json::from_str(&stdout).expect("JSON");
    assert_eq!(document["pins"][0]["name"], "acme-far");
    let silent = &document["unanswered"][0];
    assert_eq!(silent["registry"], "internal");
    assert_eq!(silent["crates"][0], "acme-near");
    let why = silent["error"][1].as_str().expect("a cause");
    assert!(why.starts_with("cannot reach http://"), "{why}");

    let (stdout, stderr) = two.outdated("wr0ng", &[], 101);
    assert_eq!(stdout, "");
    for name in ["internal", "far"] {
        let words = format!("cannot ask the registry `{name}`");
        assert!(stderr.contains(&words), "{stderr}");
    }
}

#[test]
fn what_is_no_service_is_refused() {
    let sandbox = Sandbox::new();
    let refused = |words: &[&str], args: &[&str], dir: &str| {
        let stderr = sandbox.quarry_fails(&[&["outdated"], args].concat(), dir, 101);
        for words in words {
            assert!(stderr.contains(words), "{words}: {stderr}");
        }
    };
    refused(&["there is no Cargo.toml in"], &[], "home");
    program(&sandbox, "shop", "", "fn main() {}");
    refused(
        &[
            "there is no Cargo.lock in",
            "`cargo generate-lockfile` makes it",
        ],
        &[],
        "shop",
    );
    assert!(!sandbox.path("shop/Cargo.lock").exists());

    sandbox.ok("cargo", &["generate-lockfile"], "shop");
    refused(
        &["is from a private registry", "cargo add --registry"],
        &[],
        "shop",
    );
    refused(&["`serde` is not among"], &["serde"], "shop");
    let lock = sandbox.read("shop/Cargo.lock");
    sandbox.write("shop/Cargo.lock", &lock.replace("0.1.0", "0.2.0"));
    refused(
        &["Cargo.lock` does not fit", "`cargo update --workspace`"],
        &[],
        "shop",
    );
    assert_eq!(
        sandbox.read("shop/Cargo.lock"),
        lock.replace("0.1.0", "0.2.0")
    );

    program(
        &sandbox,
        "lost",
        "acme-log = { version = \"1\", registry = \"nowhere\" }",
        "",
    );
    refused(
        &[
            "names the registry `nowhere`",
            "lost/Cargo.toml",
            "cargo quarry registry add nowhere",
        ],
        &[],
        "lost",
    );
}
