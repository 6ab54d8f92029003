//! Filtered history, refusals and landing, against real git.
#![allow(clippy::unwrap_used, reason = "a test that panics has said enough")]

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use cargo_quarry::git::{self, GitError, History, TrackedFile, Written};
use cargo_quarry::model::CommitId;

use crate::sandbox::Sandbox;

/// A repository `mono` in a sandbox, and what the filter makes of it in `lib`.
struct Mono(Sandbox);

impl Mono {
    fn new() -> Self {
        let mono = Self(Sandbox::new());
        std::fs::create_dir(mono.0.path("mono")).unwrap();
        mono.git(&["init", "-q", "-b", "main"]);
        mono.git(&["config", "user.name", "Ann Author"]);
        mono.git(&["config", "user.email", "ann@example.com"]);
        mono
    }

    fn git(&self, args: &[&str]) -> String {
        self.0.git(args, "mono").trim_end().to_owned()
    }

    fn lib(&self, args: &[&str]) -> String {
        self.0.git(args, "lib").trim_end().to_owned()
    }

    fn path(&self, name: &str) -> Utf8PathBuf {
        Utf8PathBuf::from_path_buf(self.0.path(name)).unwrap()
    }

    fn write(&self, file: &str, text: &str) {
        self.0.write(&format!("mono/{file}"), text);
    }

    /// Commits all; each commit is a minute later than the one before, by its place in the log.
    fn commit(&self, message: &str) -> CommitId {
        self.git(&["add", "-A"]);
        self.dated(&[
            "commit",
            "-q",
            "--allow-empty",
            "--allow-empty-message",
            "-m",
            message,
        ])
    }

    fn dated(&self, args: &[&str]) -> CommitId {
        let count: u32 = self.git(&["rev-list", "--all", "--count"]).parse().unwrap();
        let date = format!("{} +0200", 1_700_000_000 + count * 60);
        let output = self
            .0
            .command("git", "mono")
            .args(args)
            .env("GIT_AUTHOR_DATE", &date)
            .env("GIT_COMMITTER_DATE", &date)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{args:?}: {said}");
        CommitId::new(&self.git(&["rev-parse", "HEAD"])).unwrap()
    }

    fn merge(&self, branch: &str) -> CommitId {
        self.dated(&["merge", "-q", "--no-ff", "--no-edit", branch])
    }

    fn tracked(files: &[(&str, &str)]) -> Vec<TrackedFile> {
        let tracked = files.iter().map(|(source, target)| TrackedFile {
            source: source.into(),
            target: target.into(),
        });
        tracked.collect()
    }

    fn plan(&self, files: &[(&str, &str)]) -> Result<History, GitError> {
        let repository = git::open(&self.path("mono"))?;
        git::plan_history(&repository, repository.head(), &Self::tracked(files))
    }

    /// Filters, and checks what holds for every history.
    fn filter(&self, files: &[(&str, &str)]) -> Written {
        let history = self.plan(files).unwrap();
        let source = git::open(&self.path("mono")).unwrap();
        let write = |name: &str| {
            let dir = self.path(name);
            git::init_repository(&dir, "main").unwrap();
            git::write_history(&source, &history, &dir, "main").unwrap()
        };
        let written = write("lib");
        assert_eq!(written, write("again"), "the same history has the same ids");
        let said = self
            .0
            .run("git", &["fsck", "--strict", "--no-dangling"], "lib");
        assert!(said.status.success() && said.stderr.is_empty(), "{said:?}");
        for (original, new) in &written.map {
            self.check_commit(original, new);
        }
        for (source, target) in files {
            assert_eq!(
                self.lib(&[
                    "ls-tree",
                    "--format=%(objectmode) %(objectname)",
                    "HEAD",
                    target
                ]),
                self.git(&[
                    "ls-tree",
                    "--format=%(objectmode) %(objectname)",
                    "HEAD",
                    source
                ]),
            );
        }
        written
    }

    /// A filtered commit has files of the original only, each once, and says what it said.
    fn check_commit(&self, original: &CommitId, new: &CommitId) {
        let format = ["ls-tree", "-r", "--format=%(objectmode) %(objectname)"];
        let mut there: Vec<String> = self.lines(&format, original);
        for file in self
            .0
            .git(&[&format[..], &[new.as_str()]].concat(), "lib")
            .lines()
        {
            let at = there.iter().position(|other| other == file);
            let at = at.unwrap_or_else(|| panic!("{original} has no file {file}"));
            there.swap_remove(at);
        }
        let raw = |dir: &str, id: &CommitId| {
            let output = self.0.run("git", &["cat-file", "commit", id.as_str()], dir);
            output.stdout
        };
        let (old, new) = (raw("mono", original), raw("lib", new));
        for header in ["author ", "committer ", "encoding "] {
            assert_eq!(header_line(&old, header), header_line(&new, header));
        }
        let trailer = format!("Original-commit: {original}\n");
        assert!(contains(&new, trailer.as_bytes()));
        assert!(!contains(&new, b"\ngpgsig"));
    }

    fn lines(&self, args: &[&str], commit: &CommitId) -> Vec<String> {
        let text = self.git(&[args, &[commit.as_str()]].concat());
        text.lines().map(str::to_owned).collect()
    }

    /// The subjects of the library, newest first, with merges' parents as a count.
    fn subjects(&self) -> Vec<String> {
        let log = self.lib(&["log", "--topo-order", "--format=%s"]);
        log.lines().map(str::to_owned).collect()
    }

    /// What `args` say of the original commits, in the order of the library's.
    fn originals(&self) -> Vec<String> {
        let format = "--format=%(trailers:key=Original-commit,valueonly)";
        let log = self.lib(&["log", format]);
        log.split_whitespace().map(str::to_owned).collect()
    }
}

fn header_line(commit: &[u8], name: &str) -> Option<Vec<u8>> {
    let lines = commit.split(|byte| *byte == b'\n');
    let mut headers = lines.take_while(|line| !line.is_empty());
    headers
        .find(|line| line.starts_with(name.as_bytes()))
        .map(<[u8]>::to_vec)
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// Enough lines that a small change leaves two versions similar.
fn text(name: &str, version: u32) -> String {
    let lines = (0..20).map(|n| format!("{name} line {n}\n"));
    lines.collect::<String>() + &format!("version {version}\n")
}

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

/// What one commit of a random history does, as bytes that decide.
type Op = (u8, u8, u8, u8);

/// One commit of the model: parents by index, files by path.
struct Model {
    parents: Vec<usize>,
    files: BTreeMap<String, String>,
}

fn model(script: &[Op]) -> Vec<Model> {
    let name =
        |byte: u8| ["a.rs", "b.rs", "d/a.rs", "d/c.rs", "e/f/g.rs"][byte as usize % 5].to_owned();
    let root = BTreeMap::from([(name(0), text("a", 0)), (name(2), text("c", 0))]);
    let mut commits = vec![Model {
        parents: Vec::new(),
        files: root,
    }];
    for (step, (kind, a, b, c)) in script.iter().enumerate() {
        let parent = commits.len() - 1 - (*c as usize % 3).min(commits.len() - 1);
        let mut parents = vec![parent];
        let mut files = commits[parent].files.clone();
        let version = u32::try_from(step).unwrap() + 1;
        let (from, to) = (name(*a), name(*b));
        match kind % 6 {
            0 | 1 => {
                let old = files.remove(&from).unwrap_or_else(|| text(&from, version));
                files.insert(from, format!("{old}{version}\n"));
            }
            2 => {
                if let Some(old) = files.remove(&from) {
                    files.insert(to, old);
                }
            }
            3 => {
                files.remove(&from);
            }
            4 => {
                if let Some(old) = files.get(&from).cloned() {
                    files.insert(to, format!("{old}split {version}\n"));
                    files.insert(from, format!("{old}rest {version}\n"));
                }
            }
            _ => {
                let other = *b as usize % commits.len();
                if other != parent {
                    parents.push(other);
                    let theirs = commits[other].files.clone();
                    let ours = |path: &String| path.len() % 2 == *a as usize % 2;
                    files.retain(|path, _| ours(path) || theirs.contains_key(path));
                    for (path, content) in theirs {
                        if !ours(&path) || !files.contains_key(&path) {
                            files.insert(path, content);
                        }
                    }
                }
            }
        }
        commits.push(Model { parents, files });
    }
    commits
}

/// The model as a stream for `git fast-import`.
fn stream(commits: &[Model]) -> String {
    use std::fmt::Write as _;
    let mut out = String::new();
    for (at, commit) in commits.iter().enumerate() {
        let time = 1_700_000_000 + at * 60;
        let who = format!("Ann <ann@example.com> {time} +0000");
        let message = format!("commit {at}");
        // Fresh branches each, so that nothing is taken from where the last one was.
        writeln!(out, "commit refs/heads/b{at}\nmark :{}", at + 1).unwrap();
        writeln!(
            out,
            "author {who}\ncommitter {who}\ndata {}\n{message}",
            message.len()
        )
        .unwrap();
        for (n, parent) in commit.parents.iter().enumerate() {
            writeln!(out, "{} :{}", ["from", "merge"][n], parent + 1).unwrap();
        }
        out.push_str("deleteall\n");
        for (path, content) in &commit.files {
            writeln!(
                out,
                "M 100644 inline {path}\ndata {}\n{content}",
                content.len()
            )
            .unwrap();
        }
        out.push('\n');
    }
    out
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { cases: 24, failure_persistence: None, ..Default::default() })]

    #[test]
    fn every_blob_of_a_random_history_is_the_originals(script in proptest::collection::vec(proptest::arbitrary::any::<Op>(), 1..24), count in 1..4_usize) {
        let commits = model(&script);
        let mono = Mono::new();
        mono.0.write("stream", &stream(&commits));
        let input = std::fs::File::open(mono.0.path("stream")).unwrap();
        let mut import = mono.0.command("git", "mono");
        let status = import.args(["fast-import", "--quiet"]).stdin(input).status().unwrap();
        assert!(status.success());
        mono.git(&["reset", "-q", "--hard", &format!("b{}", commits.len() - 1)]);
        let head = &commits.last().unwrap().files;
        let targets: Vec<(String, String)> =
            head.keys().take(count).map(|path| (path.clone(), format!("src/{path}"))).collect();
        let files: Vec<(&str, &str)> =
            targets.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        if !files.is_empty() {
            let written = mono.filter(&files);
            check_shape(&mono, &written);
        }
    }
}

/// Each filtered commit comes from what its original came from, and changes something.
fn check_shape(mono: &Mono, written: &Written) {
    let back: BTreeMap<&CommitId, &CommitId> = written
        .map
        .iter()
        .map(|(original, new)| (new, original))
        .collect();
    let log = mono.lib(&["log", "--format=%H %T %P"]);
    let trees: BTreeMap<&str, &str> = log.lines().map(|l| (&l[..40], &l[41..81])).collect();
    for line in log.lines() {
        let (id, tree) = (&line[..40], &line[41..81]);
        let parents: Vec<&str> = line[81..].split_whitespace().collect();
        for parent in &parents {
            let (original, before) = (CommitId::new(id).unwrap(), CommitId::new(parent).unwrap());
            let args = [
                "merge-base",
                "--is-ancestor",
                back[&before].as_str(),
                back[&original].as_str(),
            ];
            mono.git(&args);
        }
        if let [parent] = parents[..] {
            assert_ne!(tree, trees[parent], "{id} changes nothing");
        }
    }
}

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
