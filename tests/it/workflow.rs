//! The workflows of a library, run as GitHub runs them: on a push, in a clean folder, step by step,
//! against a real registry. What is not there on this machine is replaced, and listed.

mod expression;
mod run;

use std::os::unix::fs::PermissionsExt as _;

use run::{Push, Runner};

use crate::library::has_cargo_release;
use crate::registry_server::{TestRegistry, texts};
use crate::sandbox::{QUARRY, Sandbox};

/// A repository made by `new`, with a remote that it is pushed to.
fn made(registry: &TestRegistry<'_>, args: &[&str], folder: &str) {
    let sandbox = registry.sandbox;
    let mut command = registry.command(QUARRY, "");
    let command = command.arg("new").args(args);
    let url = ["--repository", "https://git.example/libs"];
    let output = command.args(url).output().expect("it starts");
    assert!(output.status.success(), "{output:?}");
    sandbox.git(&["init", "-q", "--bare", "-b", "main", "remote.git"], "");
    sandbox.git(&["remote", "add", "origin", "../remote.git"], folder);
    sandbox.git(&["push", "-q", "origin", "main"], folder);
}

/// Releases 0.1.0 of a crate, as its author does; where there is no cargo-release, by hand.
fn release(registry: &TestRegistry<'_>, repository: &str, krate: &str, folder: &str, tag: &str) {
    let sandbox = registry.sandbox;
    if has_cargo_release() {
        let mut command = registry.command(QUARRY, repository);
        let output = command.args(["release", "-p", krate, "--execute"]).output();
        let output = output.expect("it starts");
        assert!(output.status.success(), "{}", texts(&output).1);
        return;
    }
    let changelog = format!("{folder}CHANGELOG.md");
    let text = sandbox.read(&format!("{repository}/{changelog}"));
    let headings = "## [Unreleased]\n\n## [0.1.0] - 2026-01-01\n";
    let text = text.replacen("## [Unreleased]\n", headings, 1);
    sandbox.write(&format!("{repository}/{changelog}"), &text);
    sandbox.git(&["commit", "-qam", "Release"], repository);
    sandbox.git(&["tag", "--annotate", "--message", tag, tag], repository);
    let push = ["push", "-q", "--atomic", "origin", "main", tag];
    sandbox.git(&push, repository);
}

/// Programs that machines of GitHub have: they write down how they were called.
fn stand_ins(sandbox: &Sandbox) {
    let log = sandbox.path("calls");
    let gh = format!(
        "#!/bin/sh\necho \"gh $*\" >>'{}'\n[ \"$2\" = create ] && cp release-notes.md '{}'\n",
        log.display(),
        sandbox.path("notes").display()
    );
    let rustup = format!("#!/bin/sh\necho \"rustup $*\" >>'{}'\n", log.display());
    for (name, text) in [("gh", gh), ("rustup", rustup)] {
        let path = sandbox.write(&format!("bin/{name}"), &text);
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).expect("it is ours");
    }
}

#[test]
fn a_library_is_checked_on_a_push_and_published_by_its_tag() {
    let sandbox = Sandbox::new();
    let registry = TestRegistry::start(&sandbox);
    stand_ins(&sandbox);
    made(&registry, &["acme-retry"], "acme-retry");
    let runner = Runner::new(&registry, "remote.git");
    let ci = runner.run("ci.yml", &Push::Branch("main"));
    assert!(
        ci.iter().any(|step| step.contains("cargo quarry check")),
        "{ci:?}"
    );
    assert!(
        ci.iter().any(|step| step.contains("check --workspace")),
        "{ci:?}"
    );
    assert_eq!(registry.versions("acme-retry"), []);

    release(&registry, "acme-retry", "acme-retry", "", "v0.1.0");
    let steps = runner.run("release.yml", &Push::Tag("v0.1.0"));
    assert!(
        steps
            .iter()
            .any(|step| step.contains("cargo quarry publish")),
        "{steps:?}"
    );
    let versions = registry.versions("acme-retry");
    assert_eq!(versions.len(), 1, "{versions:?}");
    // The forge failed, say, and it is run again.
    runner.run("release.yml", &Push::Tag("v0.1.0"));
    assert_eq!(registry.versions("acme-retry"), versions);
    let calls = sandbox.read("calls");
    let create = "gh release create v0.1.0 --verify-tag --prerelease=false --title v0.1.0 \
                  --notes-file release-notes.md";
    assert_eq!(calls.lines().filter(|call| *call == create).count(), 2);
    let notes = sandbox.read("notes");
    assert_eq!(notes.trim(), "### Added\n\n- First release.", "{notes}");
    assert!(calls.contains("rustup toolchain install stable"), "{calls}");

    // And a service takes it.
    sandbox.write("service/src/lib.rs", "//! Uses it.\n");
    let manifest = "[package]\nname = \"service\"\nversion = \"0.1.0\"\nedition = \"2024\"\n";
    sandbox.write("service/Cargo.toml", manifest);
    registry.cargo(&["add", "--registry", "internal", "acme-retry"], "service");
    registry.cargo(&["check"], "service");
}

#[test]
fn a_crate_of_a_context_is_published_by_its_own_tag() {
    let sandbox = Sandbox::new();
    let registry = TestRegistry::start(&sandbox);
    stand_ins(&sandbox);
    let context = ["--context", "payments"];
    made(
        &registry,
        &[&["acme-money"][..], &context].concat(),
        "payments",
    );
    let mut second = registry.command(QUARRY, "");
    let second = second.args(["new", "acme-tax"]).args(context).output();
    assert!(second.expect("it starts").status.success());
    sandbox.git(
        &["merge", "-q", "--ff-only", "quarry/add-acme-tax"],
        "payments",
    );
    sandbox.git(&["push", "-q", "origin", "main"], "payments");
    let runner = Runner::new(&registry, "remote.git");
    runner.run("ci.yml", &Push::Branch("main"));
    let folder = "crates/acme-tax/";
    release(&registry, "payments", "acme-tax", folder, "acme-tax-v0.1.0");
    runner.run("release.yml", &Push::Tag("acme-tax-v0.1.0"));
    assert_eq!(registry.versions("acme-tax").len(), 1);
    assert_eq!(registry.versions("acme-money"), []);
    let calls = sandbox.read("calls");
    assert!(
        calls.contains("--prerelease=false --title acme-tax-v0.1.0"),
        "{calls}"
    );
}

#[test]
fn a_step_that_fails_fails_the_workflow() {
    let sandbox = Sandbox::new();
    let registry = TestRegistry::start(&sandbox);
    stand_ins(&sandbox);
    made(&registry, &["acme-retry"], "acme-retry");
    sandbox.write(
        "acme-retry/src/lib.rs",
        "//! Code.\n\npub fn undocumented() {}\n",
    );
    sandbox.git(&["commit", "-qam", "Break it"], "acme-retry");
    sandbox.git(&["push", "-q", "origin", "main"], "acme-retry");
    let runner = Runner::new(&registry, "remote.git");
    let failed = runner.try_run("ci.yml", &Push::Branch("main")).unwrap_err();
    assert!(failed.contains("cargo clippy"), "{failed}");
    assert!(failed.contains("missing documentation"), "{failed}");
    // A tag is not for it, nor a branch for the other.
    let other = runner.try_run("release.yml", &Push::Branch("main"));
    assert!(other.unwrap_err().contains("is not for"));
}
