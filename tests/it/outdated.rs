//! `outdated`, in services of a registry that has versions of all kinds.

use std::process::Output;

use cargo_quarry::registry::{IndexEntry, render_index};
use serde_json::Value;

use crate::registry::{index_lines, library, program};
use crate::registry_server::{TestRegistry, texts};
use crate::sandbox::{QUARRY, Sandbox};

/// Publishes a version.
fn publish(registry: &TestRegistry<'_>, name: &str, version: &str, rest: &str) {
    library(registry.sandbox, name, version, rest, "");
    let publish = [
        "publish",
        "--registry",
        "internal",
        "--allow-dirty",
        "--no-verify",
    ];
    registry.cargo(&publish, name);
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
    let dependencies = "retry = { workspace = true }\n[target.'cfg(unix)'.dev-dependencies]\n\
         acme-log = { version = \"=1.0.0\", registry = \"internal\" }";
    program(sandbox, "shop/api", dependencies, "fn main() {}");
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
    insta::assert_snapshot!(stdout, @"");
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
    insta::assert_snapshot!(retry["uses"][0], @"");
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
    insta::assert_snapshot!(stdout, @"");
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
    insta::assert_snapshot!(stdout, @"");
}
