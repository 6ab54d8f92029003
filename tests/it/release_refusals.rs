//! What keeps `release` from being made. Whatever it is, nothing has changed afterwards.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use camino::Utf8PathBuf;
use cargo_quarry::model::Bump;
use cargo_quarry::release::{self, ReleaseError, Request, Wanted};

use crate::library::{LIBRARY, Library, REMOTE, has_cargo_release};
use crate::registry_server::texts;
use crate::sandbox::Sandbox;

/// The release with these arguments is refused for exactly these reasons, and nothing is changed.
fn refused(library: &Library<'_>, args: &[&str], codes: &[&str]) -> String {
    let before = library.state();
    let args = [&["release"], args, &["--execute"]].concat();
    let (stdout, stderr) = library.ends(&args, 1);
    assert_eq!(stdout, "", "{stderr}");
    assert_eq!(library.state(), before, "{stderr}");
    library.assert_no_scratch();
    let found: BTreeSet<&str> = stderr
        .lines()
        .filter_map(|line| {
            line.strip_suffix(']')?
                .rsplit_once(" [")
                .map(|(_, code)| code)
        })
        .collect();
    assert_eq!(found, codes.iter().copied().collect(), "{stderr}");
    // Each once, and once where more is said.
    assert_eq!(stderr.matches("says more").count(), 1, "{stderr}");
    for code in codes {
        assert_eq!(stderr.matches(&format!(" [{code}]")).count(), 1, "{stderr}");
    }
    stderr
}

/// Another clone of the remote, with a commit that is pushed.
fn someone_pushes(library: &Library<'_>) {
    let sandbox = library.sandbox;
    sandbox.git(&["clone", "-q", REMOTE, "other"], "");
    sandbox.git(&["commit", "-q", "--allow-empty", "-m", "Theirs"], "other");
    sandbox.git(&["push", "-q", "origin", "main"], "other");
}

#[test]
fn a_branch_must_be_in_step_with_its_remote() {
    if !has_cargo_release() {
        return;
    }
    let sandbox = Sandbox::new();
    let library = Library::new(&sandbox);
    someone_pushes(&library);
    let stderr = refused(&library, &[], &["behind-remote"]);
    assert!(
        stderr.contains("`main` is 1 commit behind `origin`"),
        "{stderr}"
    );
    library.change("Ours");
    let stderr = refused(&library, &[], &["diverged"]);
    assert!(
        stderr.contains("help: `git pull --rebase origin main`"),
        "{stderr}"
    );
    sandbox.git(&["pull", "-q", "--rebase", "origin", "main"], LIBRARY);
    // Ahead is as it should be: what is not pushed yet goes along.
    library.ends(&["release", "--execute"], 0);
    let log = sandbox.git(&["log", "--format=%s", "main"], REMOTE);
    assert_eq!(log, "Release acme-retry 0.1.0\nOurs\nTheirs\nBegin\n");
}

#[test]
fn a_tag_or_a_version_that_is_taken_is_told_by_whom() {
    if !has_cargo_release() {
        return;
    }
    let sandbox = Sandbox::new();
    let library = Library::new(&sandbox);
    sandbox.git(&["tag", "v0.1.0"], LIBRARY);
    refused(&library, &["--version", "0.1.0"], &["tag-exists"]);
    sandbox.git(&["push", "-q", "origin", "v0.1.0"], LIBRARY);
    let both = ["tag-exists", "tag-exists-remotely"];
    refused(&library, &["--version", "0.1.0"], &both);
    sandbox.git(&["tag", "-d", "v0.1.0"], LIBRARY);
    let stderr = refused(&library, &["--version", "0.1.0"], &["tag-exists-remotely"]);
    assert!(
        stderr.contains("acme-retry: the remote `origin` has the tag `v0.1.0` already"),
        "{stderr}"
    );
    sandbox.git(&["push", "-q", "origin", ":v0.1.0"], LIBRARY);
    library.publish();
    let stderr = refused(&library, &["--version", "0.1.0"], &["version-exists"]);
    assert!(stderr.contains("`internal` has 0.1.0 already"), "{stderr}");
    // It is out, so what has changed since says what comes next.
    let (stdout, _) = library.ends(&["release"], 0);
    assert!(stdout.contains("acme-retry 0.1.0 -> 0.1.1"), "{stdout}");
    refused(&library, &["--version", "0.0.9"], &["version-goes-back"]);
}

#[test]
fn all_that_stands_in_the_way_is_told_at_once() {
    if !has_cargo_release() {
        return;
    }
    let sandbox = Sandbox::new();
    let mut library = Library::new(&sandbox);
    let changelog = library.read("CHANGELOG.md");
    let empty = changelog.replace("### Added\n\n- First release.\n", "");
    assert_ne!(empty, changelog);
    library.write("CHANGELOG.md", &empty);
    let manifest = library.read("Cargo.toml");
    library.write("Cargo.toml", &manifest.replace("0.1.0", "0.1.1"));
    library.commit("Forget the lock file and the changelog");
    sandbox.git(&["switch", "-q", "-c", "topic"], LIBRARY);
    sandbox.git(&["tag", "v0.1.1"], LIBRARY);
    sandbox.git(&["config", "commit.gpgSign", "true"], LIBRARY);
    sandbox.git(&["config", "gpg.format", "ssh"], LIBRARY);
    sandbox.git(&["config", "user.signingKey", "/nowhere/key"], LIBRARY);
    sandbox.git(&["remote", "set-url", "origin", "../gone.git"], LIBRARY);
    library.write("new.txt", "not committed\n");
    library.registry.kill();
    let codes = [
        "branch-not-allowed",
        "cannot-sign",
        "changelog-empty",
        "dirty-tree",
        "lockfile-stale",
        "registry-unreachable",
        "remote-unreachable",
        "tag-exists",
    ];
    let stderr = refused(&library, &["--version", "0.1.1"], &codes);
    assert!(
        stderr.contains("8 things stand in the way; nothing was changed"),
        "{stderr}"
    );
    assert!(
        stderr.contains("error: the registry `internal` cannot be asked: cannot reach http://"),
        "{stderr}"
    );
    assert!(
        stderr.contains("error: not committed: `new.txt`"),
        "{stderr}"
    );

    let (stdout, _) = library.ends(
        &["release", "--version", "0.1.1", "--message-format", "json"],
        1,
    );
    let document: serde_json::Value = serde_json::from_str(&stdout).expect("JSON");
    assert_eq!(document["version"], 1);
    assert_eq!(document["executed"], false);
    let found = document["findings"].as_array().expect("a list");
    let found: Vec<_> = found
        .iter()
        .map(|it| it["code"].as_str().unwrap())
        .collect();
    let mut sorted = found.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, codes);
    assert_eq!(document["plan"]["steps"], serde_json::json!([]));
}

#[test]
fn the_changelog_says_what_is_released() {
    if !has_cargo_release() {
        return;
    }
    let sandbox = Sandbox::new();
    let library = Library::new(&sandbox);
    // With something more to say, or beside a newer version, or for a version to come.
    library.date_changelog();
    let dated = library.read("CHANGELOG.md");
    let more = dated.replace("[Unreleased]\n", "[Unreleased]\n\n### Fixed\n\n- More.\n");
    library.write("CHANGELOG.md", &more);
    library.commit("Say more");
    refused(&library, &[], &["changelog-has-version"]);
    let newer = "## [0.2.0] - 2026-01-02\n\n### Fixed\n\n- More.\n\n## [0.1.0]";
    library.write("CHANGELOG.md", &dated.replace("## [0.1.0]", newer));
    library.commit("Say what is to come");
    refused(&library, &[], &["changelog-has-version"]);
    let args = ["--version", "0.2.0"];
    refused(&library, &args, &["changelog-has-version"]);
    library.write("CHANGELOG.md", "# Changelog\n\nNothing.\n");
    library.commit("Say nothing");
    refused(&library, &[], &["changelog-invalid"]);
    sandbox.git(&["rm", "-q", "CHANGELOG.md"], LIBRARY);
    library.commit("Have none");
    refused(&library, &[], &["no-changelog"]);
}

#[test]
fn what_a_release_needs_is_asked_for() {
    if !has_cargo_release() {
        return;
    }
    let sandbox = Sandbox::new();
    let library = Library::new(&sandbox);
    let before = library.state();
    let mut command = library.command(&["release"]);
    let output = command.env("PATH", path_without_cargo_release(&sandbox));
    let (stdout, stderr) = texts(&output.output().expect("it starts"));
    assert!(
        stderr.contains("error: cargo-release is not installed [no-cargo-release]\nhelp: "),
        "{stdout}{stderr}"
    );
    assert_eq!(library.state(), before);

    let mut command = library.command(&["release"]);
    command.env_remove("GIT_AUTHOR_NAME");
    command.env_remove("GIT_AUTHOR_EMAIL");
    let (_, stderr) = texts(&command.output().expect("it starts"));
    assert!(stderr.contains("[no-identity]"), "{stderr}");

    let manifest = library.read("Cargo.toml");
    let anywhere = manifest.replace("publish = [\"internal\"]\n", "");
    library.write("Cargo.toml", &anywhere);
    library.commit("Publish to the world");
    let stderr = refused(&library, &[], &["publish-anywhere"]);
    assert!(stderr.contains("`publish = [\"internal\"]`"), "{stderr}");
    library.write("Cargo.toml", &manifest.replace("internal", "elsewhere"));
    library.commit("Publish elsewhere");
    let stderr = refused(&library, &[], &["registry-unreachable"]);
    assert!(
        stderr.contains("cargo's configuration has no registry `elsewhere`"),
        "{stderr}"
    );
    library.write("Cargo.toml", &manifest);
    library.commit("Publish to the registry");
    sandbox.git(&["switch", "-q", "--detach"], LIBRARY);
    refused(&library, &[], &["no-branch"]);
    sandbox.git(&["switch", "-q", "main"], LIBRARY);
    sandbox.git(&["remote", "remove", "origin"], LIBRARY);
    let stderr = refused(&library, &[], &["no-remote"]);
    assert!(stderr.contains("or `--no-push`"), "{stderr}");
    library.ends(&["release", "--no-push", "--execute"], 0);

    library.write("release.toml", "tag-name = 3\n");
    library.commit("Break the settings");
    let (_, stderr) = library.ends(&["release", "--level", "patch"], 101);
    assert!(stderr.contains("release.toml"), "{stderr}");
}

/// The PATH with all its programs but that one.
fn path_without_cargo_release(sandbox: &Sandbox) -> String {
    let path = std::env::var("PATH").expect("it is set");
    let folders = std::env::split_paths(&path)
        .enumerate()
        .map(|(at, folder)| {
            if !folder.join("cargo-release").exists() {
                return folder;
            }
            let twin = sandbox.path(&format!("bin-{at}"));
            std::fs::create_dir(&twin).expect("a folder");
            for entry in std::fs::read_dir(&folder).expect("it is there").flatten() {
                if entry.file_name() != "cargo-release" {
                    link(&entry.path(), &twin.join(entry.file_name()));
                }
            }
            twin
        });
    let joined = std::env::join_paths(folders).expect("paths");
    joined.into_string().expect("it was UTF-8")
}

fn link(to: &Path, at: &Path) {
    std::os::unix::fs::symlink(to, at).expect("a link");
}

/// What the changes need comes from `check`; here it is given.
#[test]
fn a_level_below_what_the_changes_need_is_refused() {
    if !has_cargo_release() {
        return;
    }
    let sandbox = Sandbox::new();
    let library = Library::new(&sandbox);
    library.publish();
    library.change("Break something");
    // Here the program's own environment does not have it.
    let config = sandbox.read(".cargo/config.toml");
    let token = format!("{config}token = \"{}\"\n", library.registry.token);
    sandbox.write(".cargo/config.toml", &token);
    let dir = Utf8PathBuf::from_path_buf(sandbox.path(LIBRARY)).expect("UTF-8");
    let prepared = |wanted, needed| {
        let request = Request {
            dir: dir.clone(),
            crates: Vec::new(),
            wanted,
            pre: None,
            push: true,
        };
        // A process that another test is starting may hold on to the lock for a moment.
        let mut loaded = (0..1000).map(|_| release::load(&request, &mut |_| {}));
        let free = loaded.find(|it| !matches!(it, Err(ReleaseError::UnderWay { .. })));
        let subject = free.expect("it is free").expect("a library");
        assert_eq!(subject.crates()[0].name, "acme-retry");
        assert_eq!(subject.crates()[0].dir, dir);
        let needed = BTreeMap::from([("acme-retry".to_owned(), needed)]);
        let prepared = release::prepare(subject, &request, &needed, &mut |_| {});
        let prepared = prepared.expect("it was looked at");
        // Only one at a time may be under way.
        (prepared.findings, prepared.crates, prepared.plan.is_empty())
    };
    let low = prepared(Wanted::Level(Bump::Minor), Bump::Major);
    let found = low.0.iter().find(|it| it.code == "level-too-low");
    let found = found.expect("it is refused");
    assert_eq!(
        found.message,
        "acme-retry: the changes since 0.1.0 need a major release, and 0.1.1 is a minor one"
    );
    assert_eq!(found.help.as_deref(), Some("release 0.2.0 or later"));
    assert!(low.2);
    let needed = prepared(Wanted::Needed, Bump::Major);
    assert_eq!(needed.1[0].to.to_string(), "0.2.0");
    let more = prepared(Wanted::Level(Bump::Major), Bump::Patch);
    assert_eq!(more.1[0].to.to_string(), "0.2.0");
    let codes: Vec<_> = more.0.iter().map(|it| it.code.as_str()).collect();
    assert!(codes.iter().all(|code| *code == "no-identity"), "{codes:?}");
}
