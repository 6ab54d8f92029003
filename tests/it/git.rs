//! Filtered history, refusals and landing, against real git.
#![allow(clippy::unwrap_used, reason = "a test that panics has said enough")]

mod changes;
mod history;
mod landing;
mod random;

use camino::Utf8PathBuf;
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
