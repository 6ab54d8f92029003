//! What a filtered history keeps, case by case.

use super::{Mono, text};

#[test]
fn follows_a_file_through_two_renames() {
    let mono = Mono::new();
    mono.write("other.rs", "other\n");
    mono.commit("other");
    mono.write("old.rs", &text("a", 1));
    mono.commit("first");
    mono.git(&["mv", "old.rs", "middle.rs"]);
    mono.write("middle.rs", &text("a", 2));
    mono.commit("rename and change");
    mono.write("other.rs", "more\n");
    mono.commit("unrelated");
    std::fs::create_dir(mono.0.path("mono/src")).unwrap();
    mono.git(&["mv", "middle.rs", "src/new.rs"]);
    mono.commit("rename only");
    mono.write("src/new.rs", &text("a", 3));
    mono.commit("last");

    let written = mono.filter(&[("src/new.rs", "src/lib.rs")]);
    assert_eq!(mono.subjects(), ["last", "rename and change", "first"]);
    // git agrees, but for the commit that only renamed.
    let follow = mono.git(&["log", "--follow", "--format=%H", "--", "src/new.rs"]);
    let renamed = mono.git(&["log", "--format=%H", "--grep=rename only"]);
    let follow: Vec<&str> = follow.lines().filter(|id| *id != renamed).collect();
    assert_eq!(mono.originals(), follow);
    assert_eq!(written.commits(), 3);
    let history = mono.plan(&[("src/new.rs", "src/lib.rs")]).unwrap();
    let followed: Vec<_> = history
        .renames()
        .iter()
        .map(|rename| (rename.from.as_str(), rename.to.as_str(), rename.copied))
        .collect();
    assert_eq!(
        followed,
        [
            ("middle.rs", "src/new.rs", false),
            ("old.rs", "middle.rs", false)
        ]
    );
    let blame = mono.lib(&["blame", "-s", "HEAD", "--", "src/lib.rs"]);
    let first = mono.lib(&["log", "--format=%h", "--grep=^first"]);
    assert_eq!(blame.matches(&first[..7]).count(), 20, "{blame}");
}

#[test]
fn follows_a_copy_when_the_old_file_lives_on() {
    let mono = Mono::new();
    let (head, tail) = (text("a", 1), text("b", 1));
    mono.write("big.rs", &format!("{head}{tail}"));
    mono.commit("first");
    mono.write("big.rs", &format!("{head}{tail}more\n"));
    mono.commit("second");
    mono.write("big.rs", "mod part;\n");
    mono.write("part.rs", &format!("{head}{tail}more\n"));
    mono.commit("split");
    mono.filter(&[("part.rs", "src/lib.rs")]);
    assert_eq!(mono.subjects(), ["second", "first"]);
}

#[test]
fn a_split_between_tracked_files_stays_a_split() {
    let mono = Mono::new();
    mono.write("a.rs", &(text("a", 1) + &text("b", 1)));
    mono.commit("first");
    mono.write("a.rs", &text("a", 1));
    mono.write("b.rs", &text("b", 1));
    mono.commit("split");
    mono.filter(&[("a.rs", "src/lib.rs"), ("b.rs", "src/b.rs")]);
    assert_eq!(mono.subjects(), ["split", "first"]);
    assert_eq!(
        mono.lib(&["ls-tree", "-r", "--name-only", "HEAD^"]),
        "src/lib.rs"
    );
}

#[test]
fn keeps_merges_where_both_sides_matter_and_no_others() {
    let mono = Mono::new();
    mono.write("a.rs", &text("a", 1));
    mono.write("b.rs", &text("b", 1));
    mono.commit("first");
    mono.git(&["checkout", "-q", "-b", "side"]);
    mono.write("b.rs", &text("b", 2));
    mono.commit("side");
    mono.git(&["checkout", "-q", "-b", "elsewhere", "main"]);
    mono.write("c.rs", "c\n");
    mono.commit("elsewhere");
    mono.git(&["checkout", "-q", "main"]);
    mono.write("a.rs", &text("a", 2));
    mono.commit("main");
    mono.merge("elsewhere");
    mono.merge("side");
    mono.filter(&[("a.rs", "a.rs"), ("b.rs", "b.rs")]);
    assert_eq!(mono.lib(&["rev-list", "--count", "HEAD"]), "4");
    assert_eq!(mono.lib(&["rev-list", "--count", "--merges", "HEAD"]), "1");
    assert_eq!(mono.subjects()[0], "Merge branch 'side'");
}

#[test]
fn a_branch_from_before_a_rename_keeps_its_commits() {
    let mono = Mono::new();
    mono.write("old.rs", &text("a", 1));
    mono.commit("first");
    mono.git(&["checkout", "-q", "-b", "untouched"]);
    mono.write("x.rs", "x\n");
    mono.commit("x");
    mono.git(&["checkout", "-q", "-b", "touched", "main"]);
    mono.write("old.rs", &text("a", 2));
    mono.commit("on the branch");
    mono.git(&["checkout", "-q", "main"]);
    mono.git(&["mv", "old.rs", "new.rs"]);
    mono.write("new.rs", &format!("// new\n{}", text("a", 1)));
    mono.commit("rename");
    mono.merge("untouched");
    mono.merge("touched");
    mono.filter(&[("new.rs", "src/lib.rs")]);
    let mut subjects = mono.subjects();
    assert_eq!(subjects.remove(0), "Merge branch 'touched'");
    subjects.sort();
    assert_eq!(subjects, ["first", "on the branch", "rename"]);
    let gone = mono.lib(&["log", "--format=%s", "--diff-filter=D", "--no-renames"]);
    assert_eq!(gone, "", "no commit deletes the file");
}

#[test]
fn takes_a_folder_whose_files_come_and_go() {
    let mono = Mono::new();
    mono.write("util/retry.rs", &text("retry", 1));
    mono.commit("file module");
    std::fs::create_dir_all(mono.0.path("mono/util/retry")).unwrap();
    mono.git(&["mv", "util/retry.rs", "util/retry/mod.rs"]);
    mono.write("util/retry/clock.rs", &text("clock", 1));
    mono.commit("folder module");
    mono.write("util/retry/gone.rs", "gone\n");
    mono.commit("not at the head");
    mono.git(&["rm", "-q", "util/retry/gone.rs"]);
    mono.commit("removed");
    mono.write("util/retry/clock.rs", &text("clock", 2));
    mono.commit("clock");
    mono.filter(&[
        ("util/retry/mod.rs", "src/lib.rs"),
        ("util/retry/clock.rs", "src/clock.rs"),
    ]);
    assert_eq!(mono.subjects(), ["clock", "folder module", "file module"]);
}

#[test]
fn a_moved_folder_is_followed_file_by_file() {
    let mono = Mono::new();
    for name in ["a", "b", "c"] {
        mono.write(&format!("old/{name}.rs"), &text(name, 1));
    }
    // Two of the same content, and an empty one: names decide.
    mono.write("old/twin.rs", &text("a", 1));
    mono.write("old/empty.rs", "");
    mono.commit("first");
    mono.write("old/b.rs", &text("b", 2));
    mono.commit("b");
    mono.git(&["mv", "old", "new"]);
    mono.write("new/c.rs", &text("c", 2));
    mono.commit("move");
    let files = ["a", "b", "c", "twin", "empty"]
        .map(|name| (format!("new/{name}.rs"), format!("src/{name}.rs")));
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(a, b)| (a.as_str(), b.as_str()))
        .collect();
    mono.filter(&files);
    assert_eq!(mono.subjects(), ["move", "b", "first"]);
    let history = mono.plan(&files).unwrap();
    assert_eq!(history.renames().len(), 5);
    for rename in history.renames() {
        assert_eq!(rename.from.file_name(), rename.to.file_name());
    }
}

#[test]
fn keeps_modes_deletions_and_what_came_before_them() {
    let mono = Mono::new();
    mono.write("tool.sh", "one\n");
    mono.commit("first");
    mono.git(&["update-index", "--chmod=+x", "tool.sh"]);
    mono.dated(&["commit", "-q", "-m", "executable"]);
    mono.git(&["rm", "-q", "-f", "tool.sh"]);
    mono.commit("delete");
    mono.write("x", "x\n");
    mono.commit("between");
    mono.write("tool.sh", "another thing altogether\n");
    mono.commit("again");
    mono.filter(&[("tool.sh", "bin/tool.sh")]);
    assert_eq!(mono.subjects(), ["again", "delete", "executable", "first"]);
    assert!(
        mono.lib(&["ls-tree", "-r", "HEAD~2"])
            .starts_with("100755 blob")
    );
    assert_eq!(mono.lib(&["ls-tree", "-r", "HEAD~1"]), "");
}

#[test]
fn keeps_odd_commits_byte_for_byte() {
    let mono = Mono::new();
    mono.write("a.rs", "1\n");
    let first = mono.commit("");
    let tree = mono.git(&["rev-parse", "HEAD^{tree}"]);
    mono.write("a.rs", "2\n");
    mono.git(&["add", "-A"]);
    let next = mono.git(&["write-tree"]);
    assert_ne!(tree, next);
    let mut commit = format!(
        "tree {next}\nparent {first}\nauthor J\u{f6}rg <j@x> 1700000000 -0730\n\
         committer Ann <a@x> 1700000100 +0545\nencoding ISO-8859-1\n\
         gpgsig -----BEGIN PGP SIGNATURE-----\n \n abc\n -----END PGP SIGNATURE-----\n\n"
    )
    .into_bytes();
    commit.extend_from_slice(b"gr\xfc\xdfe\n\nbody\n\nReviewed-by: X <x@y>\n");
    std::fs::write(mono.0.path("mono/.git/odd"), &commit).unwrap();
    let args = ["hash-object", "-t", "commit", "-w", ".git/odd"];
    let odd = mono.git(&args);
    mono.git(&["reset", "-q", "--hard", &odd]);
    let written = mono.filter(&[("a.rs", "a.rs")]);
    let new = written.head.unwrap();
    let raw = mono
        .0
        .run("git", &["cat-file", "commit", new.as_str()], "lib")
        .stdout;
    let mut end = b"\ngr\xfc\xdfe\n\nbody\n\nReviewed-by: X <x@y>\nOriginal-commit: ".to_vec();
    end.extend_from_slice(odd.as_bytes());
    end.push(b'\n');
    assert!(raw.ends_with(&end), "{}", String::from_utf8_lossy(&raw));
    let empty = mono.lib(&["cat-file", "commit", "HEAD^"]);
    assert!(
        empty.ends_with(&format!("\n\n\nOriginal-commit: {first}")),
        "{empty}"
    );
}

#[test]
fn follows_into_a_history_that_was_merged_in() {
    let mono = Mono::new();
    mono.write("readme", "hello\n");
    mono.commit("main");
    mono.git(&["checkout", "-q", "--orphan", "lib"]);
    mono.git(&["rm", "-q", "-rf", "."]);
    mono.write("lib.rs", &text("lib", 1));
    mono.commit("its own root");
    mono.write("lib.rs", &text("lib", 2));
    mono.commit("its own change");
    mono.git(&["checkout", "-q", "main"]);
    mono.dated(&[
        "merge",
        "-q",
        "-s",
        "ours",
        "--allow-unrelated-histories",
        "--no-commit",
        "lib",
    ]);
    mono.git(&["read-tree", "--prefix=vendor/lib/", "-u", "lib"]);
    mono.dated(&["commit", "-q", "-m", "bring it in"]);
    mono.filter(&[("vendor/lib/lib.rs", "src/lib.rs")]);
    assert_eq!(mono.subjects(), ["its own change", "its own root"]);
}

#[test]
fn refuses_what_it_cannot_plan() {
    let mono = Mono::new();
    mono.write("a.rs", "a\n");
    mono.write("b.rs", "b\n");
    mono.commit("first");
    let check = |files: &[(&str, &str)], expect: &str| {
        let error = mono.plan(files).unwrap_err().to_string();
        assert!(error.contains(expect), "{error}");
    };
    check(&[("no.rs", "a.rs")], "`no.rs` is not a file of commit");
    check(&[("a.rs", "x"), ("b.rs", "x")], "`x` cannot hold both");
    check(&[("a.rs", "x"), ("b.rs", "x/y")], "`x` cannot hold both");
    check(&[("a.rs", "x"), ("a.rs", "y")], "`a.rs` is listed twice");
}
