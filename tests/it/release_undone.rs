//! Releases that fail midway: here and at the remote, all is as it was.

use crate::library::{LIBRARY, Library, REMOTE, has_cargo_release};
use crate::sandbox::Sandbox;

#[cfg(unix)]
fn executable(sandbox: &Sandbox, path: &str, script: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    let file = sandbox.write(path, script);
    let mode = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(file, mode).expect("it is ours");
}

/// It fails, and leaves all as it was.
fn fails(library: &Library<'_>) -> String {
    let before = library.state();
    let (_, stderr) = library.ends(&["release", "--execute"], 101);
    assert_eq!(library.state(), before, "{stderr}");
    library.assert_no_scratch();
    stderr
}

#[test]
fn a_push_that_the_remote_refuses_leaves_nothing() {
    if !has_cargo_release() {
        return;
    }
    let sandbox = Sandbox::new();
    let library = Library::new(&sandbox);
    let hook = format!("{REMOTE}/hooks/pre-receive");
    executable(
        &sandbox,
        &hook,
        "#!/bin/sh\necho 'The branch is frozen.'\nexit 1\n",
    );
    let stderr = fails(&library);
    assert!(
        stderr.contains("error: the push to `origin` failed; nothing was changed"),
        "{stderr}"
    );
    assert!(stderr.contains("The branch is frozen."), "{stderr}");
    // One reference that is refused keeps the other back.
    std::fs::remove_file(sandbox.path(&hook)).expect("it was there");
    let hook = format!("{REMOTE}/hooks/update");
    let script = "#!/bin/sh\ncase $1 in refs/tags/*) exit 1;; esac\n";
    executable(&sandbox, &hook, script);
    fails(&library);
    std::fs::remove_file(sandbox.path(&hook)).expect("it was there");
    library.ends(&["release", "--execute"], 0);
}

#[test]
fn a_hook_that_fails_leaves_nothing() {
    if !has_cargo_release() {
        return;
    }
    let sandbox = Sandbox::new();
    let library = Library::new(&sandbox);
    let settings = library.read("release.toml");
    let with = |hook: &str| {
        let hook = format!("pre-release-hook = [\"sh\", \"-c\", {hook:?}]\n");
        library.write(
            "release.toml",
            &settings.replacen("\n\n", &format!("\n{hook}\n"), 1),
        );
        library.commit("Have a hook");
    };
    with("echo more >> README.md; echo made > made.txt; echo no luck; exit 1");
    let stderr = fails(&library);
    assert!(
        stderr.contains("error: cargo-release failed for acme-retry; nothing was changed"),
        "{stderr}"
    );
    assert!(stderr.contains("no luck"), "{stderr}");
    // In a dry run it is told so.
    with("test $DRY_RUN = true");
    let (stdout, stderr) = library.ends(&["release"], 0);
    assert!(stdout.contains("with its hook `sh -c test"), "{stdout}");
    assert!(
        stderr.contains("the hook was told that this is a rehearsal"),
        "{stderr}"
    );
    fails(&library);
    // What it changes is part of the commit.
    with("echo more >> README.md");
    library.ends(&["release", "--execute"], 0);
    let files = sandbox.git(&["show", "--format=", "--name-only", "v0.1.0"], REMOTE);
    assert!(
        files.contains("README.md") && files.contains("CHANGELOG.md"),
        "{files}"
    );
}

#[test]
fn what_is_not_as_planned_is_not_pushed() {
    if !has_cargo_release() {
        return;
    }
    let sandbox = Sandbox::new();
    let library = Library::new(&sandbox);
    let settings = library.read("release.toml");
    let (without, _) = settings
        .split_once("# Anchored")
        .expect("the replacements stand at its end");
    library.write("release.toml", without);
    library.commit("Leave the changelog alone");
    let stderr = fails(&library);
    assert!(
        stderr.contains("`CHANGELOG.md` has no section for 0.1.0; nothing was changed"),
        "{stderr}"
    );
    assert!(
        stderr.contains("help: release.toml makes it by a"),
        "{stderr}"
    );
    // A dry run says so, too: it makes the release, in the twin.
    library.ends(&["release"], 101);
}

#[test]
fn a_release_that_was_overtaken_is_not_pushed() {
    if !has_cargo_release() {
        return;
    }
    let sandbox = Sandbox::new();
    let library = Library::new(&sandbox);
    sandbox.git(&["clone", "-q", REMOTE, "other"], "");
    let here = |dir: &str| sandbox.path(dir).display().to_string();
    let settings = library.read("release.toml");
    let with = |hook: &str| {
        let hook = format!("pre-release-hook = [\"sh\", \"-c\", {hook:?}]\n");
        library.write(
            "release.toml",
            &settings.replacen("\n\n", &format!("\n{hook}\n"), 1),
        );
        library.commit("Have a hook");
        sandbox.git(&["push", "-q", "origin", "main"], LIBRARY);
    };
    with(&format!("echo late > '{}/late.txt'", here(LIBRARY)));
    let (_, stderr) = library.ends(&["release", "--execute"], 101);
    assert!(
        stderr.contains("error: the repository has changed since the checks; nothing was changed"),
        "{stderr}"
    );
    assert_eq!(sandbox.git(&["tag"], LIBRARY), "");
    std::fs::remove_file(sandbox.path(LIBRARY).join("late.txt")).expect("it was made");

    // Somebody else is quicker.
    with(&format!(
        "cd '{}' && git pull -q && git commit -q --allow-empty -m Theirs && git push -q",
        here("other")
    ));
    let head = sandbox.git(&["rev-parse", "HEAD"], LIBRARY);
    let (_, stderr) = library.ends(&["release", "--execute"], 101);
    assert!(
        stderr.contains("error: the push to `origin` failed"),
        "{stderr}"
    );
    assert_eq!(sandbox.git(&["rev-parse", "HEAD"], LIBRARY), head);
    for dir in [LIBRARY, REMOTE] {
        assert_eq!(sandbox.git(&["tag"], dir), "", "{dir}");
    }
    assert_eq!(sandbox.git(&["status", "--porcelain"], LIBRARY), "");
    let log = sandbox.git(&["log", "-1", "--format=%s", "main"], REMOTE);
    assert_eq!(log, "Theirs\n");
}
