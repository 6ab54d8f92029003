//! What each commit changed, with files by their names at the head.

use camino::Utf8Path;
use cargo_quarry::git::{
    self, ChangeBounds, CutReason, FileChangeKind, FileChanges, GitError, Reach,
};

use super::{Mono, text};

fn is_source(path: &Utf8Path) -> bool {
    path.extension() == Some("rs") || path.file_name() == Some("Cargo.toml")
}

impl Mono {
    fn changes_within(&self, dir: &str, bounds: &ChangeBounds<'_>) -> FileChanges {
        let repository = git::open_bare(&self.path(dir)).unwrap();
        git::file_changes(&repository, repository.head(), &is_source, bounds).unwrap()
    }

    /// Each commit as its subject and the files that it changed.
    fn changes(&self) -> Vec<(String, Vec<String>)> {
        self.shown(&self.changes_within("mono", &ChangeBounds::default()))
    }

    fn shown(&self, changes: &FileChanges) -> Vec<(String, Vec<String>)> {
        let commits = changes.commits.iter().map(|commit| {
            let subject = self.git(&["log", "-1", "--format=%s", commit.id.as_str()]);
            let files = commit.files.iter().map(|change| {
                let sign = match change.kind {
                    FileChangeKind::Added => "+",
                    FileChangeKind::Modified => "",
                    FileChangeKind::Deleted => "-",
                    FileChangeKind::Renamed if change.same_content() => "=",
                    FileChangeKind::Renamed => "~",
                };
                let file = &changes.files[change.file.0 as usize];
                let gone = if file.at_head { "" } else { "†" };
                match &change.path {
                    Some(path) => format!("{sign}{}{gone} as {path}", file.path),
                    None => format!("{sign}{}{gone}", file.path),
                }
            });
            (subject, files.collect())
        });
        commits.collect()
    }
}

#[track_caller]
fn assert_changes(found: &[(String, Vec<String>)], expect: &[(&str, &[&str])]) {
    let found: Vec<(&str, Vec<&str>)> = found
        .iter()
        .map(|(subject, files)| (subject.as_str(), files.iter().map(String::as_str).collect()))
        .collect();
    let expect: Vec<(&str, Vec<&str>)> = expect
        .iter()
        .map(|(subject, files)| (*subject, files.to_vec()))
        .collect();
    assert_eq!(found, expect);
}

#[test]
fn files_have_the_names_of_the_head() {
    let mono = Mono::new();
    mono.write("crates/a/src/old.rs", &text("a", 1));
    mono.write("crates/a/Cargo.toml", "[package]\n");
    mono.write("gone.rs", &text("gone", 1));
    mono.write("notes.md", "no source\n");
    mono.commit("first");
    mono.write("crates/a/src/old.rs", &text("a", 2));
    mono.commit("change");
    mono.write("notes.md", "still none\n");
    mono.commit("notes");
    // Between packages, with a change.
    std::fs::create_dir_all(mono.0.path("mono/crates/b/src")).unwrap();
    mono.git(&["mv", "crates/a/src/old.rs", "crates/b/src/new.rs"]);
    mono.write("crates/b/src/new.rs", &text("a", 3));
    mono.commit("move");
    mono.git(&["mv", "crates/b/src/new.rs", "crates/b/src/lib.rs"]);
    mono.commit("only move");
    // The first name again, for something else.
    mono.write("crates/a/src/old.rs", &text("other", 1));
    mono.git(&["rm", "-q", "gone.rs"]);
    mono.commit("again");
    mono.write("crates/a/src/old.rs", &text("other", 2));
    mono.commit("last");

    assert_changes(
        &mono.changes(),
        &[
            ("last", &["crates/a/src/old.rs"]),
            ("again", &["+crates/a/src/old.rs", "-gone.rs†"]),
            ("only move", &["=crates/b/src/lib.rs"]),
            ("move", &["~crates/b/src/lib.rs as crates/b/src/new.rs"]),
            ("change", &["crates/b/src/lib.rs as crates/a/src/old.rs"]),
            (
                "first",
                &[
                    "+crates/a/Cargo.toml",
                    "+crates/b/src/lib.rs as crates/a/src/old.rs",
                    "+gone.rs†",
                ],
            ),
        ],
    );
    let changes = mono.changes_within("mono", &ChangeBounds::default());
    assert_eq!((changes.walked, changes.reach), (7, Reach::Complete));
    let commits = &changes.commits;
    let author = &changes.authors[commits[0].author];
    assert_eq!(
        (author.name.as_str(), author.address.as_str()),
        ("Ann Author", "ann@example.com")
    );
    assert_eq!(commits[0].authored, 1_700_000_000 + 6 * 60);
    assert_eq!(changes.head_time, commits[0].committed);
}

#[test]
fn each_line_of_history_has_its_own_names() {
    let mono = Mono::new();
    mono.write("a.rs", &text("a", 1));
    mono.write("other.rs", "other\n");
    mono.commit("first");
    mono.git(&["branch", "side"]);
    mono.git(&["mv", "a.rs", "b.rs"]);
    mono.commit("rename");
    mono.git(&["checkout", "-q", "side"]);
    mono.write("a.rs", &text("a", 2));
    mono.commit("change under the old name");
    mono.git(&["checkout", "-q", "main"]);
    mono.merge("side");
    mono.write("b.rs", &text("a", 3));
    mono.commit("last");

    // The merge changes nothing of its own, and what was done beside the rename is not lost.
    assert_changes(
        &mono.changes(),
        &[
            ("last", &["b.rs"]),
            ("change under the old name", &["b.rs as a.rs"]),
            ("rename", &["=b.rs"]),
            ("first", &["+b.rs as a.rs", "+other.rs"]),
        ],
    );
}

#[test]
fn a_swap_and_a_split_are_told_apart() {
    let mono = Mono::new();
    mono.write("one.rs", &text("one", 1));
    mono.write("two.rs", &text("two", 1));
    mono.commit("first");
    // `one` takes the place of `two`, which moves on.
    mono.git(&["mv", "two.rs", "three.rs"]);
    mono.git(&["mv", "one.rs", "two.rs"]);
    mono.commit("shift");
    // A part of a file that stays is a new file.
    mono.write("three.rs", "mod part;\n");
    mono.write("part.rs", &text("two", 1));
    mono.commit("split");
    // As git sees it: `two.rs` was there before and is there after, so it is not the old `one.rs`.
    assert_changes(
        &mono.changes(),
        &[
            ("split", &["+part.rs", "three.rs"]),
            ("shift", &["-one.rs†", "+three.rs", "two.rs"]),
            ("first", &["+one.rs†", "+two.rs"]),
        ],
    );
}

#[test]
fn a_walk_ends_where_it_is_told_to() {
    let mono = Mono::new();
    for version in 0..5 {
        mono.write("a.rs", &text("a", version));
        mono.commit(&format!("{version}"));
    }
    let time = |commit: i64| 1_700_000_000 + commit * 60;
    let subjects = |changes: &FileChanges| -> Vec<String> {
        mono.shown(changes)
            .into_iter()
            .map(|(subject, _)| subject)
            .collect()
    };
    let since = ChangeBounds {
        since: Some(time(3)),
        ..ChangeBounds::default()
    };
    let changes = mono.changes_within("mono", &since);
    assert_eq!(subjects(&changes), ["4", "3"]);
    let cut = |time, commits, why| Reach::CutAt { time, commits, why };
    assert_eq!(changes.reach, cut(time(3), 2, CutReason::Since));
    // The oldest one within the bounds is compared with the one before it.
    assert_eq!(changes.commits[1].files[0].kind, FileChangeKind::Modified);

    let most = ChangeBounds {
        commits: Some(3),
        ..ChangeBounds::default()
    };
    let changes = mono.changes_within("mono", &most);
    assert_eq!(subjects(&changes), ["4", "3", "2"]);
    assert_eq!(changes.reach, cut(time(2), 3, CutReason::Commits));

    let stop = ChangeBounds {
        stop: &|| true,
        ..ChangeBounds::default()
    };
    let changes = mono.changes_within("mono", &stop);
    assert_eq!(subjects(&changes), [""; 0]);
    assert_eq!(changes.reach, cut(time(4), 0, CutReason::Stopped));
    assert_eq!(
        changes.files.len(),
        1,
        "the head's files are known all the same"
    );
}

#[test]
fn shallow_bare_and_empty_repositories() {
    let mono = Mono::new();
    for version in 0..4 {
        mono.write("a.rs", &text("a", version));
        mono.commit(&format!("{version}"));
    }
    let url = format!("file://{}", mono.path("mono"));
    mono.0
        .git(&["clone", "-q", "--depth=2", &url, "shallow"], "");
    let changes = mono.changes_within("shallow", &ChangeBounds::default());
    assert!(changes.shallow);
    // What the oldest commit changed is not known, and not taken for all of its files.
    assert_eq!(mono.shown(&changes).len(), 1);
    let at = Reach::CutAt {
        time: 1_700_000_000 + 2 * 60,
        commits: 2,
        why: CutReason::Shallow,
    };
    assert_eq!(changes.reach, at);

    mono.0.git(&["clone", "-q", "--bare", &url, "bare.git"], "");
    let bare = mono.changes_within("bare.git", &ChangeBounds::default());
    assert_eq!(bare, mono.changes_within("mono", &ChangeBounds::default()));
    assert!(!bare.shallow && bare.commits.len() == 4);

    mono.0.git(&["init", "-q", "-b", "main", "empty"], "");
    let error = git::open_bare(&mono.path("empty")).unwrap_err();
    assert!(matches!(error, GitError::NoCommit { .. }), "{error}");
}

#[test]
fn commits_that_only_format_are_marked() {
    let mono = Mono::new();
    mono.write("a.rs", &text("a", 1));
    let first = mono.commit("first");
    let list = format!("# the great sweep\n{first} # rustfmt\n\nnonsense\n");
    mono.write(".git-blame-ignore-revs", &list);
    mono.write("a.rs", &text("a", 2));
    mono.commit("second");
    let changes = mono.changes_within("mono", &ChangeBounds::default());
    let ignored: Vec<bool> = changes
        .commits
        .iter()
        .map(|commit| commit.ignored)
        .collect();
    assert_eq!(ignored, [false, true]);
}

/// All that git says of a history with branches, renames and merges, by its own diff.
#[test]
fn git_agrees_on_every_commit() {
    let mono = Mono::new();
    mono.write("side.rs", "side\n");
    mono.commit("begin");
    for round in 0..12_u32 {
        let branch = format!("b{round}");
        mono.git(&["checkout", "-q", "-b", &branch]);
        for file in 0..3 {
            let name = format!("src/m{}/f{file}.rs", (round + file) % 4);
            mono.write(&name, &text(&name, round));
        }
        mono.commit(&format!("write {round}"));
        if round % 3 == 2 {
            let (from, to) = (
                format!("src/m{}/f0.rs", round % 4),
                format!("src/r{round}.rs"),
            );
            mono.git(&["mv", &from, &to]);
            mono.commit(&format!("move {round}"));
        }
        mono.git(&["checkout", "-q", "main"]);
        mono.write("side.rs", &text("side", round));
        mono.commit(&format!("side {round}"));
        mono.merge(&branch);
    }
    let changes = mono.changes_within("mono", &ChangeBounds::default());
    let log = mono.git(&["log", "--no-merges", "--format=%H"]);
    let mut ours: Vec<&str> = changes.commits.iter().map(|c| c.id.as_str()).collect();
    let mut theirs: Vec<&str> = log.lines().collect();
    ours.sort_unstable();
    theirs.sort_unstable();
    assert_eq!(ours, theirs);
    for commit in &changes.commits {
        let args = [
            "diff-tree",
            "-r",
            "-M",
            "--root",
            "--no-commit-id",
            "--name-status",
        ];
        let diff = mono.git(&[&args[..], &[commit.id.as_str()]].concat());
        let mut theirs: Vec<String> = diff
            .lines()
            .map(|line| line.rsplit('\t').next().unwrap().to_owned())
            .collect();
        let mut ours: Vec<String> = commit
            .files
            .iter()
            .map(|change| {
                let file = &changes.files[change.file.0 as usize].path;
                change.path.as_ref().unwrap_or(file).to_string()
            })
            .collect();
        ours.sort();
        theirs.sort();
        assert_eq!(ours, theirs, "{}", commit.id);
    }
}
