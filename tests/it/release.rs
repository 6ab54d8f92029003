//! `release`: the good path, with real cargo-release, a bare remote and the embedded registry.

use crate::extract::published;
use crate::extract_sample::{extract, monolith, succeeds};
use crate::library::{LIBRARY, Library, REMOTE, has_cargo_release};
use crate::registry_server::{TestRegistry, texts};
use crate::sandbox::{QUARRY, Sandbox};

#[test]
fn a_first_release_is_shown_then_made() {
    if !has_cargo_release() {
        return;
    }
    let sandbox = Sandbox::new();
    let library = Library::new(&sandbox);
    let before = library.state();
    let (stdout, stderr) = library.ends(&["release"], 0);
    assert!(
        stdout.starts_with("acme-retry 0.1.0 (first release)\n"),
        "{stdout}"
    );
    assert!(stdout.contains("    - First release."), "{stdout}");
    assert!(
        stdout.contains("push `main` and `v0.1.0` to `origin`, all or none"),
        "{stdout}"
    );
    assert!(stderr.contains("this was a dry run"), "{stderr}");
    assert_eq!(library.state(), before);
    library.assert_no_scratch();

    let (_, stderr) = library.ends(&["release", "--execute"], 0);
    assert!(stderr.contains("Released v0.1.0 at "), "{stderr}");
    let git = |args: &[&str], dir: &str| sandbox.git(args, dir).trim().to_owned();
    for dir in [LIBRARY, REMOTE] {
        let log = git(&["log", "--format=%s", "main"], dir);
        assert_eq!(log, "Release acme-retry 0.1.0\nBegin", "{dir}");
        assert_eq!(git(&["cat-file", "-t", "v0.1.0"], dir), "tag");
        let tag = git(&["rev-parse", "v0.1.0^{commit}"], dir);
        assert_eq!(tag, git(&["rev-parse", "main"], dir));
    }
    assert_eq!(git(&["status", "--porcelain"], LIBRARY), "");
    let behind = git(&["status", "--porcelain", "--branch"], LIBRARY);
    assert!(!behind.contains('['), "{behind}");
    let changelog = library.read("CHANGELOG.md");
    assert!(
        changelog.contains("\n## [Unreleased]\n\n## [0.1.0] - 20"),
        "{changelog}"
    );
    library.assert_no_scratch();
    git(&["fsck", "--strict"], LIBRARY);
}

/// What `extract` makes for no registry is released once its manifest names one.
#[test]
fn a_library_that_was_taken_out_is_released() {
    if !has_cargo_release() {
        return;
    }
    let sandbox = Sandbox::new();
    let registry = TestRegistry::start(&sandbox);
    monolith(&sandbox);
    let quick = ["--verify", "check", "--scope", "package"];
    succeeds(extract(&sandbox, &quick));
    let folder = "acme-amount";
    sandbox.git(&["init", "-q", "--bare", "-b", "main", REMOTE], "");
    sandbox.git(&["remote", "add", "origin", "../remote.git"], folder);
    let run = |args: &[&str]| {
        let mut command = registry.command(QUARRY, folder);
        texts(&command.args(args).output().expect("it starts")).1
    };
    let stderr = run(&["release", "--execute"]);
    assert!(stderr.contains("[unpublishable]"), "{stderr}");
    let manifest = sandbox.read("acme-amount/Cargo.toml");
    let to_registry = manifest.replace("publish = false", "publish = [\"internal\"]");
    sandbox.write("acme-amount/Cargo.toml", &to_registry);
    sandbox.git(&["commit", "-qam", "Publish it"], folder);
    let stderr = run(&["release", "--execute"]);
    assert!(stderr.contains("Released v0.1.0 at "), "{stderr}");
    let changelog = sandbox.read("acme-amount/CHANGELOG.md");
    assert!(
        changelog.contains("\n## [0.1.0] - 20") && changelog.contains("- First release: "),
        "{changelog}"
    );
    let stderr = run(&["publish", "--execute"]);
    assert!(stderr.contains("Published acme-amount 0.1.0"), "{stderr}");
}

/// One that was taken out for a registry, and not published, has its version in the changelog.
#[test]
fn a_library_that_was_taken_out_for_a_registry_is_released_later() {
    if !has_cargo_release() {
        return;
    }
    let sandbox = Sandbox::new();
    let registry = TestRegistry::start(&sandbox);
    monolith(&sandbox);
    let args = ["--verify", "check", "--scope", "package"];
    let args = [&args[..], &["--registry", "internal"]].concat();
    succeeds(published(&registry, extract(&sandbox, &args)));
    let folder = "acme-amount";
    sandbox.git(&["init", "-q", "--bare", "-b", "main", REMOTE], "");
    sandbox.git(&["remote", "add", "origin", "../remote.git"], folder);
    let head = sandbox.git(&["rev-parse", "HEAD"], folder);
    let run = |args: &[&str]| {
        let mut command = registry.command(QUARRY, folder);
        texts(&command.args(args).output().expect("it starts")).1
    };
    let stderr = run(&["release", "--execute"]);
    assert!(stderr.contains("Released v0.1.0 at "), "{stderr}");
    for dir in [folder, REMOTE] {
        let tag = sandbox.git(&["rev-parse", "v0.1.0^{commit}"], dir);
        assert_eq!(tag, head, "{dir}");
        assert_eq!(sandbox.git(&["rev-parse", "main"], dir), head, "{dir}");
    }
    let stderr = run(&["publish", "--execute"]);
    assert!(stderr.contains("Published acme-amount 0.1.0"), "{stderr}");
}

#[test]
fn a_version_that_is_described_already_is_taken_as_it_is() {
    if !has_cargo_release() {
        return;
    }
    let sandbox = Sandbox::new();
    let library = Library::new(&sandbox);
    library.date_changelog();
    let before = library.state();
    let (stdout, stderr) = library.ends(&["release"], 0);
    assert!(
        stdout.contains(
            "1. take acme-retry 0.1.0 as it is, and its changelog, and tag it `v0.1.0`\n"
        ),
        "{stdout}"
    );
    assert!(stdout.contains("    - First release."), "{stdout}");
    assert!(
        stderr.contains("`CHANGELOG.md` says that 0.1.0 is of 2026-01-01, and stays as it is"),
        "{stderr}"
    );
    assert_eq!(library.state(), before);
    // What else release.toml replaces is replaced.
    let settings = library.read("release.toml");
    let more = "\n[[pre-release-replacements]]\nfile = \"README.md\"\nsearch = '^Version: .*$'\n\
                replace = \"Version: {{version}}\"\nexactly = 1\n";
    library.write("release.toml", &(settings + more));
    library.write("README.md", "# acme-retry\n\nVersion: none\n");
    library.commit("Name the version");
    let changelog = library.read("CHANGELOG.md");
    let (_, stderr) = library.ends(&["release", "--execute"], 0);
    assert!(stderr.contains("Released v0.1.0 at "), "{stderr}");
    assert_eq!(
        library.read("README.md"),
        "# acme-retry\n\nVersion: 0.1.0\n"
    );
    assert_eq!(library.read("CHANGELOG.md"), changelog);
    let tag = sandbox.git(&["rev-parse", "v0.1.0^{commit}"], REMOTE);
    assert_eq!(sandbox.git(&["rev-parse", "main"], REMOTE), tag);
    assert_eq!(sandbox.git(&["status", "--porcelain"], LIBRARY), "");
    library.assert_no_scratch();

    // The next one is made as ever.
    library.ends(&["publish", "--execute"], 0);
    library.change("Mend it");
    library.ends(&["release", "--level", "patch", "--execute"], 0);
    let changelog = library.read("CHANGELOG.md");
    assert!(changelog.contains("\n## [0.1.1] - "), "{changelog}");
}

/// A signature is made in the twin with the key that the user's repository names.
#[test]
fn a_release_is_signed_where_it_is_to_be() {
    if !has_cargo_release() {
        return;
    }
    let sandbox = Sandbox::new();
    let library = Library::new(&sandbox);
    let key = sandbox.path("key");
    let made = std::process::Command::new("ssh-keygen")
        .args(["-q", "-t", "ed25519", "-N", "", "-f"])
        .arg(&key)
        .status();
    if made.is_err() {
        return;
    }
    for (name, value) in [
        ("gpg.format", "ssh"),
        ("user.signingKey", &key.display().to_string()),
        ("commit.gpgSign", "true"),
        ("tag.gpgSign", "true"),
    ] {
        sandbox.git(&["config", name, value], LIBRARY);
    }
    library.ends(&["release", "--execute"], 0);
    let commit = sandbox.git(&["cat-file", "commit", "main"], REMOTE);
    assert!(
        commit.contains("gpgsig -----BEGIN SSH SIGNATURE"),
        "{commit}"
    );
    let tag = sandbox.git(&["cat-file", "tag", "v0.1.0"], REMOTE);
    assert!(tag.contains("-----BEGIN SSH SIGNATURE"), "{tag}");
}

/// A linked worktree has its own branch and files, and the repository's tags.
#[test]
fn a_release_is_made_from_a_linked_worktree() {
    if !has_cargo_release() {
        return;
    }
    let sandbox = Sandbox::new();
    let library = Library::new(&sandbox);
    sandbox.git(&["switch", "-q", "-c", "topic"], LIBRARY);
    sandbox.git(&["worktree", "add", "-q", "../linked", "main"], LIBRARY);
    let before = library.state();
    let mut command = library.registry.command(QUARRY, "linked");
    let output = command.args(["release", "--execute"]).output();
    let (stdout, stderr) = texts(&output.expect("it starts"));
    assert!(stderr.contains("Released v0.1.0 at "), "{stdout}{stderr}");
    assert_eq!(sandbox.git(&["status", "--porcelain"], "linked"), "");
    let tag = sandbox.git(&["rev-parse", "v0.1.0^{commit}"], REMOTE);
    assert_eq!(sandbox.git(&["rev-parse", "HEAD"], "linked"), tag);
    assert_ne!(library.state(), before);
    assert_eq!(sandbox.git(&["status", "--porcelain"], LIBRARY), "");
    library.assert_no_scratch();
}
