//! What is refused, and how commits land without touching what is the user's.

use camino::{Utf8Path, Utf8PathBuf};
use cargo_quarry::git;

use super::Mono;

#[test]
fn opens_only_what_has_a_complete_history() {
    let mono = Mono::new();
    let check = |name: &str, expect: &str| {
        let error = git::open(&mono.path(name)).unwrap_err();
        assert!(error.to_string().contains(expect), "{error}");
        assert!(error.help().is_some());
    };
    std::fs::create_dir(mono.0.path("plain")).unwrap();
    check("plain", "is not in a git repository");
    check("mono", "has no commit yet");
    mono.write("src/a.rs", "1\n");
    mono.commit("first");
    mono.write("src/a.rs", "2\n");
    let head = mono.commit("second");
    let url = format!("file://{}", mono.path("mono"));
    mono.0.git(&["clone", "-q", "--bare", &url, "bare"], "");
    check("bare", "is a bare git repository");
    mono.0
        .git(&["clone", "-q", "--depth", "1", &url, "shallow"], "");
    check("shallow", "is a shallow clone");

    let repository = git::open(&mono.path("mono/src")).unwrap();
    assert_eq!(repository.root(), mono.path("mono"));
    assert_eq!(repository.head(), &head);
    assert_eq!(repository.branch(), Some("main"));
    assert_eq!(repository.remote_branch(), None);
    mono.0.git(&["clone", "-q", &url, "clone"], "");
    let clone = git::open(&mono.path("clone")).unwrap();
    assert_eq!(clone.remote_branch(), Some("origin/main"));
    mono.git(&["worktree", "add", "-q", "--detach", "../linked"]);
    let linked = git::open(&mono.path("linked")).unwrap();
    assert_eq!(linked.common_dir(), repository.common_dir());
    assert_eq!(linked.branch(), None);
}

#[test]
fn names_the_files_that_stand_in_the_way() {
    use std::os::unix::ffi::OsStrExt as _;
    let mono = Mono::new();
    mono.write("src/a.rs", "a\n");
    mono.write("src/b.rs", "b\n");
    mono.write("other.rs", "other\n");
    std::os::unix::fs::symlink("a.rs", mono.0.path("mono/src/link.rs")).unwrap();
    mono.write("odd/keep", "\n");
    let odd = std::ffi::OsStr::from_bytes(b"mono/odd/\xff.rs");
    std::fs::write(mono.0.path("").join(odd), "odd\n").unwrap();
    mono.commit("first");
    mono.git(&[
        "update-index",
        "--add",
        "--cacheinfo",
        "160000,1111111111111111111111111111111111111111,sub/mod",
    ]);
    mono.dated(&["commit", "-q", "-m", "submodule"]);

    let check = |paths: &[&str], expect: &str| {
        let repository = git::open(&mono.path("mono")).unwrap();
        let paths: Vec<Utf8PathBuf> = paths.iter().map(Utf8PathBuf::from).collect();
        match git::check_paths(&repository, &paths) {
            Ok(()) => assert_eq!(expect, ""),
            Err(error) => {
                assert_eq!(error.to_string(), expect);
                assert!(error.help().is_some());
            }
        }
    };
    check(&["src/a.rs", "src/b.rs"], "");
    check(&["src"], "a path is a symbolic link: `src/link.rs`");
    check(
        &["src/link.rs/x"],
        "a path is a symbolic link: `src/link.rs`",
    );
    check(&["sub"], "a path is in a submodule: `sub/mod`");
    check(
        &["sub/mod/src/lib.rs"],
        "a path is in a submodule: `sub/mod`",
    );
    check(&["odd"], "a path is not UTF-8: `odd/\u{fffd}.rs`");

    mono.write("other.rs", "changed\n");
    check(&["src/a.rs"], "");
    mono.write("src/a.rs", "changed\n");
    mono.write("src/new.rs", "new\n");
    mono.git(&["rm", "-q", "--cached", "src/b.rs"]);
    check(
        &["src/a.rs", "src/b.rs"],
        "2 paths are not committed: `src/a.rs`, `src/b.rs`",
    );
    check(&["src/new.rs"], "a path is not committed: `src/new.rs`");
}

#[test]
fn exports_and_lands_without_touching_the_worktree() {
    let mono = Mono::new();
    mono.write(".gitattributes", "*.txt text eol=crlf\n");
    mono.write("a.txt", "one\ntwo\n");
    mono.write("src/old.rs", "old\n");
    mono.write("run.sh", "#!/bin/sh\n");
    mono.git(&["add", "-A"]);
    mono.git(&["update-index", "--chmod=+x", "run.sh"]);
    let base = mono.dated(&["commit", "-q", "-m", "first"]);
    mono.git(&["reset", "-q", "--hard"]);
    mono.write("src/staged.rs", "staged\n");
    mono.git(&["add", "src/staged.rs"]);
    mono.write("src/old.rs", "not committed\n");
    let before = (
        mono.git(&["status", "--porcelain"]),
        std::fs::read(mono.0.path("mono/.git/index")),
    );

    let (dir, out) = (mono.path("mono"), mono.path("out"));
    assert!(git::export_tree(&dir, &base, &out).unwrap().is_empty());
    assert_eq!(mono.0.read("out/a.txt"), "one\r\ntwo\r\n");
    assert_eq!(mono.0.read("out/src/old.rs"), "old\n");
    let mode = std::os::unix::fs::PermissionsExt::mode(
        &std::fs::metadata(mono.0.path("out/run.sh"))
            .unwrap()
            .permissions(),
    );
    assert_ne!(mode & 0o100, 0);

    std::fs::remove_file(mono.0.path("out/src/old.rs")).unwrap();
    mono.0.write("out/src/new.rs", "new\n");
    mono.0.write("out/target/not-listed", "x\n");
    mono.0.write("out/a.txt", "one\r\ntwo\r\nthree\r\n");
    let changed = ["src/old.rs", "src/new.rs", "a.txt"].map(Utf8PathBuf::from);
    let commit = git::commit_tree_from_dir(&dir, &base, &out, &changed, "land\n").unwrap();
    assert_eq!(
        mono.git(&["diff", "--name-status", base.as_str(), commit.as_str()]),
        "M\ta.txt\nD\tsrc/old.rs\nA\tsrc/new.rs".replace(
            "D\tsrc/old.rs\nA\tsrc/new.rs",
            "A\tsrc/new.rs\nD\tsrc/old.rs"
        )
    );
    assert_eq!(
        mono.git(&["show", &format!("{commit}:a.txt")]),
        "one\ntwo\nthree"
    );
    let same = git::commit_tree_from_dir(&dir, &commit, &out, &changed, "nothing\n").unwrap();
    assert_eq!(same, commit);
    assert_eq!(
        git::read_blob_at(&dir, &commit, Utf8Path::new("src/new.rs"))
            .unwrap()
            .unwrap(),
        b"new\n"
    );
    assert_eq!(
        git::read_blob_at(&dir, &commit, Utf8Path::new("src/old.rs")).unwrap(),
        None
    );

    let after = (
        mono.git(&["status", "--porcelain"]),
        std::fs::read(mono.0.path("mono/.git/index")),
    );
    assert_eq!(before.0, after.0);
    assert_eq!(mono.git(&["worktree", "list"]).lines().count(), 1);
}

#[test]
fn a_branch_is_moved_only_from_where_it_was_seen() {
    let mono = Mono::new();
    mono.write("a", "1\n");
    let first = mono.commit("first");
    mono.write("a", "2\n");
    let second = mono.commit("second");
    let dir = mono.path("mono");
    // Hooks are the user's own, for what the user does.
    let hook = mono.0.write(
        "mono/.git/hooks/reference-transaction",
        "#!/bin/sh\nexit 1\n",
    );
    let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(hook, executable).unwrap();
    git::create_branch(&dir, "quarry/x", &first, None).unwrap();
    git::create_branch(&dir, "quarry/x", &first, None).unwrap();
    let error = git::create_branch(&dir, "quarry/x", &second, None).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("the branch `quarry/x` exists already"),
        "{error}"
    );
    git::create_branch(&dir, "quarry/x", &second, Some(&first)).unwrap();
    assert_eq!(
        git::head_of(&dir, "quarry/x").unwrap(),
        Some(second.clone())
    );
    assert!(git::delete_branch(&dir, "quarry/x", &first).is_err());
    git::delete_branch(&dir, "quarry/x", &second).unwrap();
    assert_eq!(git::head_of(&dir, "quarry/x").unwrap(), None);
    assert!(git::is_ancestor(&dir, &first, &second).unwrap());
    assert!(!git::is_ancestor(&dir, &second, &first).unwrap());
}

#[test]
fn tags_and_pushes() {
    let mono = Mono::new();
    mono.write("a", "1\n");
    let first = mono.commit("first");
    let dir = mono.path("mono");
    mono.0.git(&["init", "-q", "--bare", "remote.git"], "");
    git::set_remote(&dir, "origin", "nowhere").unwrap();
    git::set_remote(&dir, "origin", mono.path("remote.git").as_str()).unwrap();
    git::tag(&dir, "v0.1.0", &first, "v0.1.0").unwrap();
    git::tag(&dir, "v0.1.0", &first, "v0.1.0").unwrap();
    git::push(&dir, "origin", &["main", "v0.1.0"]).unwrap();
    let there = git::commit_of(&mono.path("remote.git"), "v0.1.0").unwrap();
    assert_eq!(there, Some(first));
}

#[test]
fn tells_who_must_be_configured() {
    let mono = Mono::new();
    mono.git(&["config", "--unset", "user.name"]);
    mono.git(&["config", "--unset", "user.email"]);
    mono.git(&["config", "user.name", ""]);
    let error = git::check_identity(&mono.path("mono")).unwrap_err();
    assert!(
        error.to_string().contains("git does not know who you are"),
        "{error}"
    );
}

#[test]
fn export_goes_on_without_what_a_partial_mirror_lacks() {
    let mono = Mono::new();
    mono.write("a.rs", "a\n");
    mono.write("big.bin", "big\n");
    let head = mono.commit("first");
    let id = mono.git(&["rev-parse", "HEAD:big.bin"]);
    let object = mono
        .0
        .path(&format!("mono/.git/objects/{}/{}", &id[..2], &id[2..]));
    std::fs::remove_file(object).unwrap();
    let missing = git::export_tree(&mono.path("mono"), &head, &mono.path("out")).unwrap();
    assert_eq!(missing, ["big.bin"]);
    assert_eq!(mono.0.read("out/a.rs"), "a\n");
}

#[test]
fn a_new_repository_commits_as_the_old_one_does() {
    let mono = Mono::new();
    // As nobody's own configuration has it.
    mono.git(&["config", "user.name", "Local Ann"]);
    mono.git(&["config", "--unset", "user.email"]);
    git::init_repository(&mono.path("lib"), "main").unwrap();
    git::share_identity(&mono.path("mono"), &mono.path("lib")).unwrap();
    let local = mono.lib(&["config", "--local", "--get-regexp", "^user"]);
    assert_eq!(local, "user.name Local Ann");
}
