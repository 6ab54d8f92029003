//! `check` against what is out: registries, tags, folders; the version that the changes ask for.

use crate::check::{CHANGELOG, Seen, check, commit, edit, library, manifest};
use crate::registry_server::TestRegistry;
use crate::sandbox::{QUARRY, Sandbox};

const UNRELEASED: &str = "## [Unreleased]\n\n### Fixed\n\n- It waits.\n\n";
const EMPTY: &str = "## [Unreleased]\n\n";

/// Publishes the library as `version`, and says so in its files.
fn publish(registry: &TestRegistry<'_>, version: &str) {
    let sandbox = registry.sandbox;
    set_version(sandbox, version);
    let heading = format!("## [Unreleased]\n\n## [{version}] - 2025-12-02");
    let text = CHANGELOG.replace("## [Unreleased]", &heading);
    sandbox.write(
        "lib/CHANGELOG.md",
        &text.replace("- 2025-12-01", "- 2025-11-01"),
    );
    commit(sandbox, version);
    registry.cargo(&["publish", "--registry", "internal", "--no-verify"], "lib");
}

fn set_version(sandbox: &Sandbox, version: &str) {
    for file in ["Cargo.toml", "Cargo.lock"] {
        let text = sandbox.read(&format!("lib/{file}"));
        let start = text.find("\nversion = \"").expect("a version") + "\nversion = \"".len();
        let end = start + text[start..].find('"').expect("its end");
        sandbox.write(
            &format!("lib/{file}"),
            &(text[..start].to_owned() + version + &text[end..]),
        );
    }
}

fn changelog(sandbox: &Sandbox, unreleased: &str) {
    let text = CHANGELOG.replace(UNRELEASED, unreleased);
    sandbox.write("lib/CHANGELOG.md", &text);
}

/// With the registry's token.
fn check_there(registry: &TestRegistry<'_>, args: &[&str]) -> Seen {
    let mut command = registry.command(QUARRY, "lib");
    Seen::of(&command.arg("check").args(args).output().expect("it starts"))
}

#[test]
fn a_library_is_compared_with_the_latest_version_of_its_registry() {
    let sandbox = Sandbox::new();
    let registry = TestRegistry::start(&sandbox);
    library(&sandbox);
    let seen = check_there(&registry, &[]);
    assert!(
        seen.stderr.contains("with nothing: no version"),
        "{}",
        seen.all()
    );
    for version in ["1.0.0", "1.1.0", "1.2.0"] {
        publish(&registry, version);
    }
    // As it was published: nothing is to be said.
    changelog(&sandbox, EMPTY);
    let compared = |seen: &Seen, with: &str| {
        assert!(
            seen.stderr
                .contains(&format!("Compared acme-retry with {with}")),
            "{}",
            seen.all()
        );
    };
    let seen = check_there(&registry, &["--deny-warnings"]);
    assert_eq!(
        (seen.exit, seen.codes.len()),
        (Some(0), 0),
        "{}",
        seen.all()
    );
    compared(&seen, "1.2.0 from the registry `internal`");
    // An older line is not compared with what came after it, nor anything with what is yanked.
    set_version(&sandbox, "1.1.5");
    compared(&check_there(&registry, &[]), "1.1.0 from");
    registry.cargo(
        &[
            "yank",
            "--registry",
            "internal",
            "--version",
            "1.1.0",
            "acme-retry",
        ],
        "lib",
    );
    compared(&check_there(&registry, &[]), "1.0.0 from");
    compared(
        &check_there(&registry, &["--baseline", "1.1.0"]),
        "1.1.0 from",
    );
    // What would be released is there already.
    set_version(&sandbox, "1.0.0");
    publish(&registry, "1.0.1");
    set_version(&sandbox, "1.0.0");
    changelog(&sandbox, UNRELEASED);
    let seen = check_there(&registry, &[]);
    assert_eq!(seen.codes, ["warning version-taken"], "{}", seen.all());
}

#[test]
fn a_registry_that_cannot_be_asked_is_named_and_tags_stand_in() {
    let sandbox = Sandbox::new();
    let mut registry = TestRegistry::start(&sandbox);
    library(&sandbox);
    publish(&registry, "1.2.0");
    sandbox.git(&["tag", "v1.1.0", "HEAD~1"], "lib");
    sandbox.git(&["tag", "v1.3.0-rc.1", "HEAD~1"], "lib");
    sandbox.git(&["tag", "other-v1.1.5", "HEAD~1"], "lib");
    changelog(&sandbox, EMPTY);
    let seen = check_there(&registry, &["--offline"]);
    assert!(
        seen.stderr
            .contains("Skipped baseline: the registry `internal` is not asked offline")
    );
    assert!(
        seen.stderr.contains("with 1.2.0 from the tag `v1.1.0`"),
        "{}",
        seen.all()
    );
    registry.kill();
    let seen = check_there(&registry, &[]);
    assert!(
        seen.stderr
            .contains("`internal` was not asked: cannot reach http://"),
        "{}",
        seen.all()
    );
    assert!(
        seen.stderr.contains("from the tag `v1.1.0`"),
        "{}",
        seen.all()
    );
}

#[test]
fn what_changed_must_be_described() {
    let sandbox = Sandbox::new();
    library(&sandbox);
    changelog(&sandbox, EMPTY);
    commit(&sandbox, "Release");
    sandbox.git(&["tag", "v1.2.0"], "lib");
    // Checked out as it was tagged, and nothing is older.
    let seen = check(&sandbox, &[]);
    assert!(
        seen.codes.is_empty() && seen.stderr.contains("with nothing"),
        "{}",
        seen.all()
    );
    sandbox.write("lib/tests/more.rs", "//! More.\n");
    commit(&sandbox, "Test more");
    let seen = check(&sandbox, &[]);
    assert!(
        seen.codes.is_empty(),
        "tests are nobody else's: {}",
        seen.all()
    );
    assert!(
        seen.stderr.contains("with 1.2.0 from the tag `v1.2.0`"),
        "{}",
        seen.all()
    );
    sandbox.write(
        "lib/src/lib.rs",
        "//! Retries.\n\n/// Waits.\npub fn wait() { }\n",
    );
    let seen = check(&sandbox, &[]);
    assert_eq!(seen.codes, ["warning changelog-empty"], "{}", seen.all());
    assert!(
        seen.stdout.contains("changed since 1.2.0 (src/lib.rs)"),
        "{}",
        seen.stdout
    );
    assert!(
        seen.stdout.contains("  --> CHANGELOG.md:3:1"),
        "{}",
        seen.stdout
    );
    changelog(&sandbox, UNRELEASED);
    assert!(check(&sandbox, &[]).codes.is_empty());
    // A release that says nothing is worse.
    changelog(&sandbox, EMPTY);
    set_version(&sandbox, "1.2.1");
    let seen = check(&sandbox, &[]);
    assert_eq!(seen.codes, ["error changelog-empty"], "{}", seen.all());
    commit(&sandbox, "Release");
    sandbox.git(&["tag", "v1.2.1"], "lib");
    changelog(&sandbox, UNRELEASED);
    let seen = check(&sandbox, &[]);
    assert_eq!(seen.codes, ["error changelog-empty"], "{}", seen.all());
    assert!(
        seen.stdout.contains("1.2.1 is tagged here"),
        "{}",
        seen.stdout
    );
    changelog(
        &sandbox,
        "## [Unreleased]\n\n## [1.2.1] - 2026-01-01\n\n### Fixed\n\n- It waits.\n\n",
    );
    assert!(check(&sandbox, &[]).codes.is_empty());
}

#[test]
fn a_baseline_can_be_named() {
    let sandbox = Sandbox::new();
    library(&sandbox);
    sandbox.git(&["tag", "v1.2.0"], "lib");
    sandbox.git(&["tag", "start"], "lib");
    sandbox.git(&["worktree", "add", "--quiet", "../old", "HEAD"], "lib");
    for (given, says) in [
        ("1.2.0", "from the tag `v1.2.0`"),
        ("start", "from the tag `start`"),
        ("../old", "from the folder `"),
    ] {
        let seen = check(&sandbox, &["--baseline", given]);
        assert_eq!(seen.exit, Some(0), "{given}: {}", seen.all());
        assert!(seen.stderr.contains(says), "{given}: {}", seen.all());
    }
    let stderr = sandbox.quarry_fails(&["check", "--baseline", "9.9.9"], "lib", 101);
    assert!(
        stderr.contains("neither the registry nor a tag has this version"),
        "{stderr}"
    );
}

#[test]
fn a_shallow_clone_says_that_tags_are_missing() {
    let sandbox = Sandbox::new();
    library(&sandbox);
    sandbox.git(&["tag", "v1.2.0"], "lib");
    sandbox.write("lib/more.txt", "x\n");
    commit(&sandbox, "More");
    let url = format!("file://{}", sandbox.path("lib").display());
    sandbox.git(
        &[
            "clone",
            "--quiet",
            "--depth",
            "1",
            "--no-tags",
            &url,
            "shallow",
        ],
        "",
    );
    let output = sandbox.run(QUARRY, &["check"], "shallow");
    let seen = Seen::of(&output);
    assert!(
        seen.stderr
            .contains("Skipped baseline: this is a shallow clone"),
        "{}",
        seen.all()
    );
}

#[test]
fn a_workspace_is_checked_package_by_package() {
    let sandbox = Sandbox::new();
    library(&sandbox);
    let own = manifest(&sandbox);
    sandbox.write(
        "lib/Cargo.toml",
        "[workspace]\nmembers = [\"crates/*\"]\nresolver = \"3\"\n",
    );
    std::fs::remove_dir_all(sandbox.path("lib/src")).expect("it is there");
    for name in ["acme-retry", "acme-clock"] {
        sandbox.write(
            &format!("lib/crates/{name}/Cargo.toml"),
            &own.replace("acme-retry", name),
        );
        for file in ["README.md", "LICENSE", "CHANGELOG.md"] {
            let text = sandbox.read(&format!("lib/{file}"));
            sandbox.write(&format!("lib/crates/{name}/{file}"), &text);
        }
        sandbox.write(&format!("lib/crates/{name}/src/lib.rs"), "//! A library.\n");
    }
    sandbox.write(
        "lib/crates/helper/Cargo.toml",
        "[package]\nname = \"helper\"\nversion = \"0.0.0\"\nedition = \"2024\"\npublish = false\n",
    );
    sandbox.write("lib/crates/helper/src/lib.rs", "//! Helps.\n");
    sandbox.ok("cargo", &["update", "--workspace", "--offline"], "lib");
    commit(&sandbox, "Two crates");
    sandbox.git(&["tag", "acme-clock-v1.2.0"], "lib");
    sandbox.git(&["tag", "v1.2.0"], "lib");
    sandbox.write("lib/crates/acme-clock/src/lib.rs", "//! A clock.\n");
    edit(
        &sandbox,
        "crates/acme-clock/Cargo.toml",
        "[lints.rust]",
        "[package.metadata.x]",
    );
    commit(&sandbox, "A clock");
    let document = |args: &[&str], dir: &str| -> serde_json::Value {
        let args = [&["check", "--message-format", "json"], args].concat();
        serde_json::from_slice(&sandbox.run(QUARRY, &args, dir).stdout).expect("JSON")
    };
    let names = |document: &serde_json::Value| -> Vec<String> {
        let packages = document["packages"].as_array().expect("a list");
        packages
            .iter()
            .map(|package| package["name"].to_string())
            .collect()
    };
    let all = document(&["--workspace"], "lib/crates/acme-retry");
    assert_eq!(
        names(&all),
        ["\"acme-clock\"", "\"acme-retry\"", "\"helper\""]
    );
    let clock = &all["packages"][0];
    assert_eq!(clock["baseline"]["origin"]["tag"], "acme-clock-v1.2.0");
    assert_eq!(clock["findings"][0]["code"], "no-lints");
    assert_eq!(
        clock["findings"][0]["places"][0]["file"],
        "crates/acme-clock/Cargo.toml"
    );
    assert_eq!(all["packages"][1]["baseline"], serde_json::Value::Null);
    let helper = &all["packages"][2];
    assert_eq!(
        helper["skipped"][0]["reason"],
        "it is never published (`publish = false`)"
    );
    // At the top there is no package: all are meant.
    assert_eq!(names(&document(&[], "lib")), names(&all));
    assert_eq!(
        names(&document(&[], "lib/crates/acme-retry/src")),
        ["\"acme-retry\""]
    );
    assert_eq!(
        names(&document(&["-p", "acme-clock"], "lib")),
        ["\"acme-clock\""]
    );
}

const BREAKING: &str =
    "## [Unreleased]\n\n### Changed\n\n- **Breaking**: `wait` takes a number.\n\n";

/// A library whose baseline is its tag `v1.2.0`, and whose code is then `lib`.
fn changed_since_its_tag(sandbox: &Sandbox, lib: &str) {
    library(sandbox);
    sandbox.git(&["tag", "v1.2.0"], "lib");
    sandbox.write("lib/src/lib.rs", lib);
    commit(sandbox, "Change the code");
}

#[test]
fn a_break_must_be_named_and_the_version_must_say_so() {
    let sandbox = Sandbox::new();
    changed_since_its_tag(
        &sandbox,
        "//! Retries.\n\n/// Waits.\npub fn wait(_times: u8) {}\n",
    );
    let seen = check(&sandbox, &[]);
    assert_eq!(
        seen.codes,
        ["error changelog-breaking", "note api-break"],
        "{}",
        seen.all()
    );
    assert!(
        seen.stdout.contains("  --> src/lib.rs:4:"),
        "{}",
        seen.stdout
    );
    assert!(
        seen.stdout.contains("in the baseline at src/lib.rs:4:"),
        "{}",
        seen.stdout
    );
    let says = "it breaks the public API: the next release is at least 2.0.0";
    assert!(seen.stderr.contains(says), "{}", seen.stderr);

    changelog(&sandbox, BREAKING);
    let seen = check(&sandbox, &["--deny-warnings"]);
    assert_eq!(
        (seen.exit, &*seen.codes),
        (Some(0), &["note api-break".to_owned()][..]),
        "{}",
        seen.all()
    );

    set_version(&sandbox, "1.3.0");
    let seen = check(&sandbox, &[]);
    assert_eq!(
        seen.codes,
        ["error version-too-low", "note api-break"],
        "{}",
        seen.all()
    );
    assert!(
        seen.stdout
            .contains("after 1.2.0 the changes ask for 2.0.0"),
        "{}",
        seen.stdout
    );
    assert!(
        seen.stdout.contains("  --> Cargo.toml:3:11"),
        "{}",
        seen.stdout
    );
    set_version(&sandbox, "2.0.0");
    let seen = check(&sandbox, &[]);
    assert_eq!(seen.codes, ["note api-break"], "{}", seen.all());

    let json = check(&sandbox, &["--message-format", "json"]).stdout;
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    let package = &json["packages"][0];
    assert_eq!(
        (&package["bump"], &package["next"]),
        (&"major".into(), &"2.0.0".into())
    );
    let change = &package["changes"][0];
    assert_eq!(
        (&change["item"], &change["bump"]),
        (&"acme_retry::wait".into(), &"major".into())
    );
    assert_eq!(package["findings"][0]["item"], "acme_retry::wait");
}

#[test]
fn a_break_that_is_waived_does_not_count() {
    let sandbox = Sandbox::new();
    changed_since_its_tag(
        &sandbox,
        "//! Retries.\n\n/// Waits.\npub fn wait(_times: u8) {}\n",
    );
    let manifest = sandbox.read("lib/Cargo.toml")
        + "[[package.metadata.quarry.waivers]]\ncode = \"api-break\"\nitem = \"acme_retry::wait\"\n\
           reason = \"nobody calls it\"\nuntil = 2026-06-30\n";
    sandbox.write("lib/Cargo.toml", &manifest);
    let seen = check(&sandbox, &[]);
    assert_eq!(seen.codes, ["waived api-break"], "{}", seen.all());
    assert!(
        seen.stderr.contains("the next release is at least 1.2.1"),
        "{}",
        seen.stderr
    );
}

#[test]
fn an_addition_asks_for_a_minor_version() {
    let sandbox = Sandbox::new();
    let lib = "//! Retries.\n\n/// Waits.\npub fn wait() {}\n\n/// More.\npub fn more() {}\n";
    changed_since_its_tag(&sandbox, lib);
    let seen = check(&sandbox, &[]);
    assert_eq!(seen.codes, ["note api-addition"], "{}", seen.all());
    assert!(
        seen.stderr.contains("the next release is at least 1.3.0"),
        "{}",
        seen.stderr
    );
    set_version(&sandbox, "1.2.1");
    let seen = check(&sandbox, &[]);
    assert_eq!(
        seen.codes,
        ["error version-too-low", "note api-addition"],
        "{}",
        seen.all()
    );
    // An addition that nothing describes is more than code that changed.
    set_version(&sandbox, "1.2.0");
    changelog(&sandbox, EMPTY);
    let seen = check(&sandbox, &[]);
    assert_eq!(
        seen.codes,
        ["error changelog-empty", "note api-addition"],
        "{}",
        seen.all()
    );
}

#[test]
fn code_that_does_not_compile_has_no_verdict() {
    let sandbox = Sandbox::new();
    changed_since_its_tag(&sandbox, "//! Retries.\n\npub fn wait() -> Missing {}\n");
    edit(&sandbox, "Cargo.toml", "rust-version", "# rust-version");
    let seen = check(&sandbox, &[]);
    let codes = ["error does-not-compile", "warning no-rust-version"];
    assert_eq!(seen.codes, codes, "{}", seen.all());
    assert!(
        seen.stderr
            .contains("Skipped semver verdict: it does not compile"),
        "{}",
        seen.stderr
    );
    assert!(
        seen.stderr.contains("no verdict on its public API"),
        "{}",
        seen.stderr
    );
}
