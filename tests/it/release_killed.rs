//! Releases that are killed: nothing is half-done, and running again completes them.

use crate::extract_again::{When, meddle};
use crate::library::{LIBRARY, Library, REMOTE, has_cargo_release};
use crate::registry_server::texts;
use crate::sandbox::Sandbox;

/// Runs the release and kills it when it runs git or cargo with these words.
fn killed(library: &Library<'_>, args: &[&str], words: &str, when: When) {
    let args = [&["release", "--execute"], args].concat();
    let command = library.command(&args);
    let mut command = meddle(
        library.sandbox,
        command,
        words,
        when,
        "kill -9 $PPID; exit 1",
    );
    let output = command.output().expect("it starts");
    let (stdout, stderr) = texts(&output);
    assert_eq!(output.status.code(), None, "{words}: {stdout}{stderr}");
    std::fs::remove_dir_all(library.sandbox.path("home/bin")).expect("it was made");
}

fn assert_released(library: &Library<'_>, pushed: bool) {
    let git = |args: &[&str], dir: &str| library.sandbox.git(args, dir);
    let folders: &[&str] = if pushed {
        &[LIBRARY, REMOTE]
    } else {
        &[LIBRARY]
    };
    for dir in folders {
        let log = git(&["log", "--format=%s", "main"], dir);
        assert_eq!(log, "Release acme-retry 0.1.0\nBegin\n", "{dir}");
        let tag = git(&["rev-parse", "v0.1.0^{commit}"], dir);
        assert_eq!(tag, git(&["rev-parse", "main"], dir), "{dir}");
    }
    assert_eq!(git(&["status", "--porcelain"], LIBRARY), "");
    assert!(library.read("CHANGELOG.md").contains("\n## [0.1.0] - "));
    git(&["fsck", "--strict"], LIBRARY);
    library.assert_no_scratch();
}

#[test]
fn a_release_that_is_killed_before_its_push_has_not_happened() {
    if !has_cargo_release() {
        return;
    }
    let sandbox = Sandbox::new();
    let library = Library::new(&sandbox);
    let before = library.state();
    for (words, when) in [
        ("clone --quiet --shared", When::After),
        ("release 0.1.0 ", When::Before),
        ("release 0.1.0 ", When::After),
        ("fetch --quiet --no-tags", When::After),
        ("push --quiet --atomic", When::Before),
    ] {
        killed(&library, &[], words, when);
        assert_eq!(library.state(), before, "{words}");
    }
    let (_, stderr) = library.ends(&["release", "--execute"], 0);
    assert!(stderr.contains("Released v0.1.0"), "{stderr}");
    assert_released(&library, true);
}

#[test]
fn a_release_that_is_killed_after_its_push_is_completed() {
    if !has_cargo_release() {
        return;
    }
    for (words, when) in [
        ("push --quiet --atomic", When::After),
        ("merge --quiet --ff-only", When::Before),
        ("merge --quiet --ff-only", When::After),
        ("refs/tags/v0.1.0 ", When::Before),
        ("refs/tags/v0.1.0 ", When::After),
    ] {
        let sandbox = Sandbox::new();
        let library = Library::new(&sandbox);
        killed(&library, &[], words, when);
        let (_, stderr) = library.ends(&["release"], 1);
        assert!(
            stderr.contains("warning: a release was cut off: with --execute it is completed first"),
            "{words}: {stderr}"
        );
        let (_, stderr) = library.ends(&["release", "--execute"], 0);
        assert!(
            stderr.contains("Completed v0.1.0, which was cut off, at "),
            "{words}: {stderr}"
        );
        assert_released(&library, true);
    }
}

#[test]
fn what_was_pushed_is_completed_whatever_became_of_the_checkout() {
    if !has_cargo_release() {
        return;
    }
    let sandbox = Sandbox::new();
    let library = Library::new(&sandbox);
    killed(&library, &[], "push --quiet --atomic", When::After);
    // As if git had been killed, too, between the files and the branch.
    let changelog = sandbox.git(&["show", "main:CHANGELOG.md"], REMOTE);
    library.write("CHANGELOG.md", "mine\n");
    let (_, stderr) = library.ends(&["release", "--execute"], 101);
    assert!(stderr.contains("not committed: `CHANGELOG.md`"), "{stderr}");
    sandbox.git(&["switch", "-q", "-c", "topic"], LIBRARY);
    let (_, stderr) = library.ends(&["release", "--execute"], 101);
    assert!(stderr.contains("help: `git switch main`"), "{stderr}");
    sandbox.git(&["switch", "-q", "main"], LIBRARY);
    library.write("CHANGELOG.md", &changelog);
    library.ends(&["release", "--execute"], 0);
    assert_released(&library, true);

    // Who got it by other means goes on to the next one.
    let sandbox = Sandbox::new();
    let library = Library::new(&sandbox);
    killed(&library, &[], "push --quiet --atomic", When::After);
    sandbox.git(
        &["pull", "-q", "--tags", "--ff-only", "origin", "main"],
        LIBRARY,
    );
    library.change("Go on");
    library.ends(&["release", "--level", "patch", "--execute"], 0);
    let tags = sandbox.git(&["tag"], REMOTE);
    assert_eq!(tags, "v0.1.0\nv0.1.1\n");
}

#[test]
fn without_a_push_it_is_completed_as_well() {
    if !has_cargo_release() {
        return;
    }
    for (words, when) in [
        ("merge --quiet --ff-only", When::Before),
        ("merge --quiet --ff-only", When::After),
        ("refs/tags/v0.1.0 ", When::After),
    ] {
        let sandbox = Sandbox::new();
        let library = Library::new(&sandbox);
        killed(&library, &["--no-push"], words, when);
        library.ends(&["release", "--no-push", "--execute"], 0);
        assert_released(&library, false);
        assert_eq!(sandbox.git(&["tag"], REMOTE), "");
    }
}

/// A release without a commit of its own.
#[test]
fn a_tag_alone_is_completed_too() {
    if !has_cargo_release() {
        return;
    }
    let sandbox = Sandbox::new();
    let library = Library::new(&sandbox);
    library.date_changelog();
    let before = library.state();
    let head = sandbox.git(&["rev-parse", "HEAD"], LIBRARY);
    killed(&library, &[], "push --quiet --atomic", When::Before);
    assert_eq!(library.state(), before);
    // Nothing of it is to be seen: it is made anew, whatever else is changed here.
    let no_push = ["--no-push"];
    killed(&library, &no_push, "merge --quiet --ff-only", When::After);
    assert_eq!(library.state(), before);
    library.write("src/lib.rs", "//! Changed.\n");
    let (_, stderr) = library.ends(&["release", "--no-push", "--execute"], 1);
    assert!(stderr.contains("[dirty-tree]"), "{stderr}");
    sandbox.git(&["checkout", "-q", "."], LIBRARY);

    killed(&library, &[], "push --quiet --atomic", When::After);
    assert_eq!(sandbox.git(&["tag"], LIBRARY), "");
    let (_, stderr) = library.ends(&["release", "--execute"], 0);
    assert!(
        stderr.contains("Completed v0.1.0, which was cut off, at "),
        "{stderr}"
    );
    for dir in [LIBRARY, REMOTE] {
        for name in ["v0.1.0^{commit}", "main"] {
            assert_eq!(sandbox.git(&["rev-parse", name], dir), head, "{dir}");
        }
    }
    assert_eq!(sandbox.git(&["status", "--porcelain"], LIBRARY), "");
    library.assert_no_scratch();
}
