//! A module taken out of a monolith: its repository, the branch, what is published.

use std::process::Command;

use cargo_quarry::model::Digest;

use crate::extract_sample::{
    MONOLITH, State, assert_no_scratch, commit, extract, files_below, monolith, names, said,
    succeeds, write,
};
use crate::registry_server::TestRegistry;
use crate::sandbox::{QUARRY, Sandbox};

const LIBRARY: &str = "acme-amount";

/// With the registry's token, and a cargo home that no other test uses.
pub fn published(registry: &TestRegistry<'_>, mut command: Command) -> Command {
    command
        .env("CARGO_HOME", registry.sandbox.path("home/.cargo"))
        .env("CARGO_REGISTRIES_INTERNAL_TOKEN", &registry.token)
        .env(
            "CARGO_REGISTRIES_INTERNAL_CREDENTIAL_PROVIDER",
            "cargo:token",
        );
    command
}

#[test]
fn a_module_becomes_a_published_library_that_the_monolith_uses() {
    let sandbox = Sandbox::new();
    becomes_a_published_library(&TestRegistry::start(&sandbox));
}

/// The whole of it, whatever the registry.
pub fn becomes_a_published_library(registry: &TestRegistry<'_>) {
    let sandbox = registry.sandbox;
    monolith(sandbox);
    sandbox.git(&["init", "--quiet", "--bare", "remote.git"], "");
    let remote = sandbox.path("remote.git");
    let remote = remote.to_str().expect("UTF-8");
    let before = State::of(sandbox);
    let args = ["--registry", "internal", "--remote", remote, "--execute"];
    let stdout = succeeds(published(registry, extract(sandbox, &args)));
    assert!(
        stdout.contains("done  publish acme-amount 0.1.0 to `internal`"),
        "{stdout}"
    );
    assert!(
        stdout.contains("4 tests passed before and after, 3 of them in acme-amount now"),
        "{stdout}"
    );
    assert!(
        stdout.contains("next: git merge quarry/acme-amount"),
        "{stdout}"
    );

    let pushed = ["for-each-ref", "--format=%(refname)"];
    let pushed = sandbox.git(&pushed, "remote.git");
    assert_eq!(pushed, "refs/heads/main\nrefs/tags/v0.1.0\n");
    assert_user_untouched(sandbox, &before);
    assert_no_scratch(sandbox);
    let sources = names(&sandbox.path("home/.cargo/registry/src"));
    assert!(
        !sources.iter().any(|name| name.starts_with('-')),
        "{sources:?}"
    );
    assert_no_token(sandbox, &registry.token);
    assert_history(sandbox);
    assert_branch(sandbox, registry);
    assert_library_works(registry);

    // Again: there is nothing to do.
    let after = State::of(sandbox);
    let (code, stdout, stderr) = said(published(registry, extract(sandbox, &args)));
    assert_eq!(code, 0, "{stdout}{stderr}");
    assert!(
        stderr.contains("Fresh acme-amount: nothing to do"),
        "{stderr}"
    );
    assert_eq!(State::of(sandbox), after);
    assert_no_scratch(sandbox);
}

fn assert_user_untouched(sandbox: &Sandbox, before: &State) {
    // But for the branch and the library.
    let now = State::of(sandbox);
    let branch = sandbox.git(&["for-each-ref", "refs/heads/quarry"], MONOLITH);
    assert_eq!(branch.lines().count(), 1, "{branch}");
    assert_eq!(now.without(&branch, LIBRARY), *before);
    let worktrees = sandbox.git(&["worktree", "list"], MONOLITH);
    assert_eq!(worktrees.lines().count(), 1, "{worktrees}");
}

fn assert_no_token(sandbox: &Sandbox, token: &str) {
    for (path, bytes) in files_below(&sandbox.path("")) {
        let found = bytes.windows(token.len()).any(|it| it == token.as_bytes());
        assert!(!found, "{}", path.display());
    }
}

fn assert_history(sandbox: &Sandbox) {
    let git = |args: &[&str]| sandbox.git(args, LIBRARY);
    git(&["fsck", "--strict"]);
    assert_eq!(git(&["status", "--porcelain"]), "");
    assert_eq!(git(&["tag"]).trim(), "v0.1.0");
    let log = git(&["log", "--reverse", "--format=%an: %s"]);
    assert_eq!(
        log,
        "Bea Builder: Count money\n\
         Bea Builder: Shout amounts\n\
         Ann Author: Take orders\n\
         Ann Author: Show how amounts are written\n\
         Ann Author: Make acme-amount a library of its own\n"
    );
    let blame = git(&["blame", "--line-porcelain", "src/lib.rs"]);
    assert!(blame.contains("author Bea Builder"), "{blame}");
    let first = git(&[
        "log",
        "--reverse",
        "--format=%(trailers:key=Original-commit,valueonly)",
    ]);
    let original = sandbox.git(&["rev-list", "--max-parents=0", "main"], MONOLITH);
    assert_eq!(first.lines().next(), original.lines().next());
}

fn assert_branch(sandbox: &Sandbox, registry: &TestRegistry<'_>) {
    let git = |args: &[&str]| sandbox.git(args, MONOLITH);
    let branch = "quarry/acme-amount";
    let changed = git(&["diff", "--name-status", "main", branch]);
    // No call site is among them.
    assert_eq!(
        changed,
        "A\t.cargo/config.toml\n\
         M\tCargo.lock\n\
         M\tshop/Cargo.toml\n\
         D\tshop/src/util/amount.rs\n\
         M\tshop/src/util/mod.rs\n\
         D\tshop/tests/amounts.rs\n"
    );
    let show = |path: &str| git(&["show", &format!("{branch}:{path}")]);
    let manifest = show("shop/Cargo.toml");
    assert!(!manifest.contains("itoa"), "{manifest}");
    assert!(manifest.contains("# Amounts that shout."), "{manifest}");
    let feature = manifest.lines().find(|line| line.starts_with("loud"));
    assert_eq!(feature, Some("loud = [\"acme-amount/loud\"]"));
    let config = show(".cargo/config.toml");
    assert!(config.contains(&registry.index_url), "{config}");
    assert!(show("shop/src/util/mod.rs").contains("pub use acme_amount as amount;"));

    let checksum = Digest::of(&registry.package("acme-amount", "0.1.0"));
    let lock = show("Cargo.lock");
    assert!(
        lock.contains(&format!("checksum = \"{checksum}\"")),
        "{lock}"
    );
    assert!(
        lock.contains(&format!("source = \"{}\"", registry.index_url)),
        "{lock}"
    );

    let clone = ["clone", "--quiet", "--branch", branch, MONOLITH, "clone"];
    sandbox.git(&clone, "");
    let mut test = sandbox.command("cargo", "clone");
    test.args(["test", "--workspace", "--locked", "--quiet"]);
    succeeds(published(registry, test));
}

fn assert_library_works(registry: &TestRegistry<'_>) {
    for args in [
        &["test", "--all-features", "--quiet"][..],
        &["fmt", "--check"],
        &["test", "--locked", "--quiet"],
    ] {
        let mut cargo = registry.sandbox.command("cargo", LIBRARY);
        cargo.args(args);
        succeeds(published(registry, cargo));
    }
}

#[test]
fn without_a_registry_the_branch_depends_by_path_and_says_so() {
    let sandbox = Sandbox::new();
    monolith(&sandbox);
    let before = State::of(&sandbox);
    let (code, stdout, stderr) = said(extract(&sandbox, &["--verify", "check"]));
    assert_eq!(code, 0, "{stdout}{stderr}");
    assert!(
        stderr.contains("the branch depends on acme-amount by path: it does not build for others"),
        "{stderr}"
    );
    assert_user_untouched(&sandbox, &before);
    assert_no_scratch(&sandbox);
    let manifest = "quarry/acme-amount:shop/Cargo.toml";
    let manifest = sandbox.git(&["show", manifest], MONOLITH);
    assert!(
        manifest.contains("acme-amount = { path = \"../../acme-amount\""),
        "{manifest}"
    );
    sandbox.git(&["checkout", "--quiet", "quarry/acme-amount"], MONOLITH);
    sandbox.ok("cargo", &["test", "--workspace", "--quiet"], MONOLITH);
    assert_eq!(sandbox.git(&["status", "--porcelain"], MONOLITH), "");
    // A stage is told of once.
    assert_eq!(stderr.matches("Mapping").count(), 1, "{stderr}");
}

#[test]
fn call_sites_are_rewritten_and_other_packages_keep_their_path() {
    let sandbox = Sandbox::new();
    monolith(&sandbox);
    let args = ["--verify", "test", "--rewrite-paths"];
    let (code, stdout, stderr) = said(extract(&sandbox, &args));
    assert_eq!(code, 0, "{stdout}{stderr}");
    let source = sandbox.git(
        &["grep", "-h", "amount", "quarry/acme-amount", "--", "*.rs"],
        MONOLITH,
    );
    assert!(source.contains("acme_amount::"), "{source}");
    assert!(!source.contains("mod amount;"), "{source}");
    assert!(!source.contains("crate::util::amount"), "{source}");
    // The program of another package names it by the library's path.
    assert!(source.contains("use acme_amount as amount;"), "{source}");
    assert!(source.contains("shop::util::amount::"), "{source}");
    sandbox.git(&["checkout", "--quiet", "quarry/acme-amount"], MONOLITH);
    sandbox.ok("cargo", &["test", "--workspace", "--quiet"], MONOLITH);
}

#[test]
fn what_stands_in_the_way_is_shown_and_nothing_written() {
    let sandbox = Sandbox::new();
    monolith(&sandbox);
    let before = State::of(&sandbox);
    let tally = |more: &[&str]| {
        let mut command = sandbox.command(QUARRY, MONOLITH);
        command
            .args(["extract", "crate::util::tally", "-p", "shop"])
            .args(["--name", "acme-tally", "--into", "../acme-tally"])
            .args(more);
        said(command)
    };
    let (code, stdout, stderr) = tally(&[]);
    assert_eq!(code, 1, "{stdout}{stderr}");
    let needs = "needs   enum crate::error::Error (shop/src/error.rs:7:10, 6 lines): what moves \
                 uses it\n            shop/src/util/tally.rs:3:19\n";
    assert!(stdout.contains(needs), "{stdout}");
    assert!(
        stdout.contains("uses `crate::error::Error`, which uses `crate::util::tally::Tally`"),
        "{stdout}"
    );
    assert!(
        stderr.contains(
            "error: what moves needs 1 item of the monolith, 6 lines; 1 in a cycle with what moves"
        ),
        "{stderr}"
    );
    assert!(stderr.contains("--with-needed"), "{stderr}");
    assert_eq!(State::of(&sandbox), before);

    let (code, stdout, stderr) = tally(&["--message-format", "json"]);
    assert_eq!(code, 1, "{stderr}");
    let document: serde_json::Value = serde_json::from_str(&stdout).expect("one document");
    assert_eq!(document["version"], 1);
    assert_eq!(document["status"], "blocked");
    let needed = &document["boundary"]["needed"][0];
    assert_eq!(needed["item"], "crate::error::Error");
    assert_eq!(needed["uses_back"][0]["item"], "crate::util::tally::Tally");
    assert_eq!(needed["place"]["file"], "shop/src/error.rs");
}

#[test]
fn json_says_what_was_done() {
    let sandbox = Sandbox::new();
    monolith(&sandbox);
    let json = ["--verify", "check", "--message-format", "json"];
    let stdout = succeeds(extract(&sandbox, &json));
    let document: serde_json::Value = serde_json::from_str(&stdout).expect("one document");
    assert_eq!(document["version"], 1);
    assert_eq!(document["command"], "extract");
    assert_eq!(document["status"], "done");
    assert_eq!(document["carried_commits"], 4);
    assert_eq!(document["dependencies"], serde_json::json!(["itoa"]));
    assert_eq!(
        document["removed_dependencies"],
        serde_json::json!(["itoa"])
    );
    let step = &document["steps"][1];
    assert_eq!(
        (&step["name"], &step["done"]),
        (&"branch".into(), &true.into())
    );
    let head = sandbox.git(&["rev-parse", "HEAD"], LIBRARY);
    assert_eq!(document["library_commit"], head.trim());

    let stdout = succeeds(extract(&sandbox, &json));
    let document: serde_json::Value = serde_json::from_str(&stdout).expect("one document");
    assert_eq!(document["status"], "fresh");
}

#[test]
fn windows_line_ends_are_kept() {
    let sandbox = Sandbox::new();
    monolith(&sandbox);
    sandbox.git(&["config", "core.autocrlf", "false"], MONOLITH);
    for path in [
        "shop/src/util/amount.rs",
        "shop/src/util/mod.rs",
        "shop/Cargo.toml",
    ] {
        let text = sandbox.read(&format!("{MONOLITH}/{path}"));
        write(&sandbox, path, &text.replace('\n', "\r\n"));
    }
    commit(&sandbox, "Write line ends as Windows does", "Ann Author");
    succeeds(extract(&sandbox, &["--verify", "check"]));
    let is_crlf = |text: &str| {
        text.split_inclusive('\n')
            .all(|line| line.ends_with("\r\n"))
    };
    assert!(is_crlf(&sandbox.read("acme-amount/src/lib.rs")));
    for path in ["shop/src/util/mod.rs", "shop/Cargo.toml"] {
        let text = sandbox.git(&["show", &format!("quarry/acme-amount:{path}")], MONOLITH);
        assert!(is_crlf(&text), "{path}: {text:?}");
    }
}
