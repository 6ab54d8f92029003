//! Later commits of the monolith, on top of a library.

use cargo_quarry::git;

use super::{Mono, text};

/// A library as an extraction leaves it: the history, and a commit of its own on top.
fn library(mono: &Mono) {
    mono.filter(&[("src/retry.rs", "src/lib.rs")]);
    git::checkout_head(&mono.path("lib")).unwrap();
    mono.lib(&["config", "user.name", "Ann"]);
    mono.lib(&["config", "user.email", "ann@example.com"]);
    let rewritten = mono
        .0
        .read("lib/src/lib.rs")
        .replace("a line 3\n", "rewritten\n");
    mono.0.write("lib/src/lib.rs", &rewritten);
    mono.0.write("lib/Cargo.toml", "[package]\n");
    git::commit_all(&mono.path("lib"), "Make it a crate\n").unwrap();
}

#[test]
fn later_commits_are_carried_over() {
    let mono = Mono::new();
    mono.write("src/retry.rs", &text("a", 1));
    mono.commit("first");
    library(&mono);
    let carry = || {
        let source = git::open(&mono.path("mono")).unwrap();
        let history = mono.plan(&[("src/retry.rs", "src/lib.rs")]).unwrap();
        git::carry_over(&source, &history, &mono.path("lib"), "main")
    };
    let top = mono.lib(&["rev-parse", "HEAD"]);
    assert_eq!(carry().unwrap().head.unwrap().as_str(), top);

    mono.write("src/retry.rs", &text("a", 2));
    let second = mono.commit("second");
    mono.write("x", "x\n");
    mono.commit("elsewhere");
    mono.write("src/retry.rs", &format!("// top\n{}", text("a", 2)));
    mono.commit("third");
    let written = carry().unwrap();
    assert_eq!(written.commits(), 2);
    assert!(written.map.contains_key(&second));
    assert_eq!(
        mono.subjects(),
        ["third", "second", "Make it a crate", "first"]
    );
    git::checkout_head(&mono.path("lib")).unwrap();
    let expect = format!("// top\n{}", text("a", 2)).replace("a line 3\n", "rewritten\n");
    assert_eq!(mono.0.read("lib/src/lib.rs"), expect);
    assert_eq!(mono.0.read("lib/Cargo.toml"), "[package]\n");
    assert_eq!(
        carry().unwrap().commits(),
        0,
        "a second time there is nothing left"
    );
    mono.lib(&["fsck", "--strict"]);

    mono.write(
        "src/retry.rs",
        &text("a", 2).replace("a line 3\n", "changed too\n"),
    );
    let fourth = mono.commit("fourth");
    let error = carry().unwrap_err();
    let expect =
        format!("commit {fourth} does not apply to the library: conflicts in `src/lib.rs`");
    assert_eq!(error.to_string(), expect);
    assert_eq!(mono.subjects()[0], "third");
}
