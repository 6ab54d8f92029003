//! A real monolith without the network beyond crates.io: successive releases of a crate,
//! downloaded by cargo and committed one by one. A module of it becomes a library of the embedded
//! registry.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::registry_server::{TestRegistry, texts};
use crate::sandbox::{QUARRY, Sandbox};

/// What cargo adds to a package, and its authors never had.
const OF_CARGO: &[&str] = &[".cargo-ok", ".cargo_vcs_info.json", "Cargo.toml.orig"];

/// The types of HTTP: a dozen modules, three dependencies, MIT or Apache-2.0. `byte_str` is for
/// the crate only, changed with nearly every release, and five other modules use it;
/// `extensions` is public and has tests of its own.
pub const HTTP: RealCrate = RealCrate {
    name: "http",
    releases: &[
        ("0.2.0", "2019-12-02"),
        ("0.2.4", "2021-04-04"),
        ("0.2.9", "2023-02-17"),
        ("1.0.0", "2023-11-15"),
        ("1.1.0", "2024-03-04"),
        ("1.2.0", "2024-12-03"),
        ("1.3.1", "2025-03-11"),
        // 1.3.1 trips over a lint that is denied by now: the last one must build.
        ("1.4.0", "2025-11-24"),
    ],
};

/// A crate, and the releases that make its history, with the day of each.
pub struct RealCrate {
    pub name: &'static str,
    pub releases: &'static [(&'static str, &'static str)],
}

/// Makes a repository of a crate's releases in `folder` of the sandbox.
pub fn real_history(sandbox: &Sandbox, krate: &RealCrate, folder: &str) {
    fs::create_dir_all(sandbox.path(folder)).expect("a folder");
    sandbox.git(&["init", "--quiet", "--initial-branch=main"], folder);
    for (version, day) in krate.releases {
        let package = download(sandbox, krate.name, version);
        empty(&sandbox.path(folder));
        copy(&package, &sandbox.path(folder));
        restore_manifest(sandbox, &package, folder);
        // Forced: a lockfile that is in the package belongs to the release, whatever its
        // authors' .gitignore says.
        sandbox.git(&["add", "--all", "--force"], folder);
        let date = format!("{day}T12:00:00+00:00");
        let mut commit = sandbox.command("git", folder);
        commit
            .args(["commit", "--quiet", "-m", &format!("Release {version}")])
            .env("GIT_AUTHOR_DATE", &date)
            .env("GIT_COMMITTER_DATE", &date);
        assert!(commit.status().expect("git").success(), "commit {version}");
    }
}

/// Where cargo has unpacked a release. A package of its own asks for each: one lockfile takes
/// only one of compatible versions.
fn download(sandbox: &Sandbox, name: &str, version: &str) -> PathBuf {
    let asking = format!("asking/{name}-{version}");
    let manifest = format!(
        "[package]\nname = \"asking\"\nedition = \"2024\"\n[dependencies]\n{name} = \"={version}\"\n"
    );
    sandbox.write(&format!("{asking}/Cargo.toml"), &manifest);
    sandbox.write(&format!("{asking}/src/lib.rs"), "");
    let metadata = sandbox.ok("cargo", &["metadata", "--format-version=1"], &asking);
    let metadata: serde_json::Value = serde_json::from_str(&metadata).expect("JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    let package = packages.iter().find(|package| package["name"] == name);
    let manifest = package.expect("the package")["manifest_path"].as_str();
    let manifest = Path::new(manifest.expect("a path"));
    manifest.parent().expect("a folder").to_owned()
}

/// Removes all but `.git`.
fn empty(folder: &Path) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() && !path.ends_with(".git") {
            fs::remove_dir_all(&path).expect("removed");
        } else if path.is_file() {
            fs::remove_file(&path).expect("removed");
        }
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else if !OF_CARGO.iter().any(|name| entry.file_name() == *name) {
            fs::copy(entry.path(), target).expect("copied");
        }
    }
}

/// The manifest as its authors wrote it, unless it needs what was not packaged: then the one
/// that cargo made of it stays.
fn restore_manifest(sandbox: &Sandbox, package: &Path, folder: &str) {
    let written = fs::read_to_string(package.join("Cargo.toml.orig")).expect("the original");
    let made = sandbox.read(&format!("{folder}/Cargo.toml"));
    sandbox.write(&format!("{folder}/Cargo.toml"), &written);
    let reads = ["metadata", "--no-deps", "--format-version=1"];
    if !sandbox.run("cargo", &reads, folder).status.success() {
        sandbox.write(&format!("{folder}/Cargo.toml"), &made);
    }
}

#[test]
fn a_real_crate_has_a_commit_for_each_release() {
    let sandbox = Sandbox::new();
    real_history(&sandbox, &HTTP, "http");
    let git = |args: &[&str]| sandbox.git(args, "http");

    git(&["fsck", "--strict"]);
    assert_eq!(git(&["status", "--short"]), "");
    let log = git(&["log", "--reverse", "--format=%cs %s"]);
    let expected = HTTP
        .releases
        .iter()
        .map(|(v, day)| format!("{day} Release {v}"));
    assert!(log.lines().eq(expected), "{log}");
    // The module has a history of its own, as long as its crate's.
    let changes = git(&["log", "--format=%s", "--", "src/byte_str.rs"]);
    assert!(changes.lines().count() >= 6, "{changes}");
    for (version, _) in HTTP.releases {
        let at = format!("HEAD^{{/Release {version}}}");
        let manifest = git(&["show", &format!("{at}:Cargo.toml")]);
        assert!(
            manifest.contains(&format!("version = \"{version}\"")),
            "{manifest}"
        );
        let files = git(&["ls-tree", "-r", "--name-only", &at]);
        assert!(files.contains("src/uri/path.rs"), "{files}");
        assert!(!OF_CARGO.iter().any(|name| files.contains(name)), "{files}");
    }
    sandbox.ok("cargo", &["check", "--quiet"], "http");
}

const LIBRARY: &str = "acme-byte-str";
const BRANCH: &str = "quarry/acme-byte-str";

/// From a real crate to a library that is published and pinned.
#[test]
fn a_module_of_a_real_crate_becomes_a_published_library() {
    let sandbox = Sandbox::new();
    let registry = TestRegistry::start(&sandbox);
    real_history(&sandbox, &HTTP, "http");
    let before = unit_tests(&registry, "http", &[]);
    extract(&registry);

    sandbox.git(&["fsck", "--strict"], LIBRARY);
    history_is_the_modules(&sandbox);
    published_is_what_was_verified(&sandbox, &registry.index_url);

    // As others will see both: cloned, and nothing built before.
    clone(&sandbox, "http", BRANCH);
    clone(&sandbox, LIBRARY, "v0.1.0");
    let monolith = unit_tests(&registry, "clone/http", &["--locked"]);
    registry.cargo(&["test", "--locked", "--quiet"], "clone/acme-byte-str");
    // The module had no unit tests: all of them stay where they were.
    assert!(before.len() > 80, "{before:?}");
    assert_eq!(monolith, before);
}

/// Doc tests of all of it would take a minute: unit tests verify it.
fn extract(registry: &TestRegistry<'_>) {
    let output = registry
        .command(QUARRY, "http")
        .args(["extract", "crate::byte_str", "--name", LIBRARY])
        .args(["--into", "../acme-byte-str", "--registry", "internal"])
        .args(["--verify", "cargo test --lib", "--execute"])
        .output()
        .expect("it starts");
    let (stdout, stderr) = texts(&output);
    assert!(output.status.success(), "{stdout}{stderr}");
}

/// Runs a package's unit tests, which must pass, and gives their names.
fn unit_tests(registry: &TestRegistry<'_>, dir: &str, flags: &[&str]) -> BTreeSet<String> {
    let args = [&["test", "--lib"], flags].concat();
    // One folder for all: dependencies are built once.
    let mut cargo = registry.command("cargo", dir);
    cargo.args(args);
    cargo.env("CARGO_TARGET_DIR", registry.sandbox.path("target"));
    let output = cargo.output().expect("cargo starts");
    let (stdout, stderr) = texts(&output);
    assert!(output.status.success(), "{dir}: {stdout}{stderr}");
    let name = |line: &str| {
        Some(
            line.strip_prefix("test ")?
                .strip_suffix(" ... ok")?
                .to_owned(),
        )
    };
    stdout.lines().filter_map(name).collect()
}

/// Each commit but the one on top is one of the monolith's: same author, same blob.
fn history_is_the_modules(sandbox: &Sandbox) {
    let log = sandbox.git(
        &[
            "log",
            "--skip=1",
            "--format=%H %(trailers:key=Original-commit,valueonly,separator=)",
        ],
        LIBRARY,
    );
    let blob =
        |dir, commit: &str, path| sandbox.git(&["rev-parse", &format!("{commit}:{path}")], dir);
    let told = |dir, commit: &str| sandbox.git(&["log", "-1", "--format=%an %ad %s", commit], dir);
    for line in log.lines() {
        let (commit, original) = line.split_once(' ').expect("two commits");
        assert_eq!(
            blob(LIBRARY, commit, "src/lib.rs"),
            blob("http", original, "src/byte_str.rs"),
            "{line}"
        );
        assert_eq!(told(LIBRARY, commit), told("http", original));
    }
    let follow = [
        "log",
        "--format=%h",
        "--follow",
        "main",
        "--",
        "src/byte_str.rs",
    ];
    let changes = sandbox.git(&follow, "http");
    assert_eq!(log.lines().count(), changes.lines().count(), "{log}");
    assert!(log.lines().count() > 1, "{log}");
}

/// The branch's lockfile was final before the registry had anything.
fn published_is_what_was_verified(sandbox: &Sandbox, index_url: &str) {
    let entry = sandbox.read("registry/index/ac/me/acme-byte-str");
    let entry: serde_json::Value = serde_json::from_str(entry.trim_end()).expect("one version");
    assert_eq!(entry["vers"], "0.1.0");
    let checksum = entry["cksum"].as_str().expect("a checksum");
    let of_branch = |file: &str| sandbox.git(&["show", &format!("{BRANCH}:{file}")], "http");
    let lock = of_branch("Cargo.lock");
    assert!(
        lock.contains(&format!("checksum = \"{checksum}\"")),
        "{lock}"
    );
    let config = of_branch(".cargo/config.toml");
    assert!(config.contains(index_url), "{config}");
}

fn clone(sandbox: &Sandbox, repository: &str, reference: &str) {
    let from = sandbox.path(repository);
    let to = format!("clone/{repository}");
    let from = from.to_str().expect("UTF-8");
    sandbox.git(&["clone", "--quiet", "--branch", reference, from, &to], "");
}
