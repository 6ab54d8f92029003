//! `release`: the good path, with real cargo-release, a bare remote and the embedded registry.

use crate::library::{LIBRARY, Library, REMOTE, has_cargo_release};
use crate::sandbox::Sandbox;

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
