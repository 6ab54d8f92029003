//! What a real history says of a module and its users.
#![allow(clippy::unwrap_used, reason = "a test that panics has said enough")]

use camino::{Utf8Path, Utf8PathBuf};
use cargo_quarry::cochange::{
    self, Cost, CostOptions, FaceHistory, History, Layout, Subject, Verdict,
};
use cargo_quarry::git::{self, Blobs, ChangeBounds, FileChanges};

use crate::sandbox::Sandbox;

const DAY: i64 = 86_400;

/// A repository whose commits are some days apart.
struct Repository {
    sandbox: Sandbox,
    day: i64,
}

impl Repository {
    fn new() -> Self {
        let sandbox = Sandbox::new();
        std::fs::create_dir(sandbox.path("mono")).unwrap();
        sandbox.git(&["init", "-q", "-b", "main"], "mono");
        Self { sandbox, day: 0 }
    }

    fn write(&self, file: &str, text: &str) {
        self.sandbox.write(&format!("mono/{file}"), text);
    }

    fn run(&self, args: &[&str]) {
        let date = format!("{} +0000", 1_700_000_000 + self.day * DAY);
        let output = self
            .sandbox
            .command("git", "mono")
            .args(args)
            .env("GIT_AUTHOR_DATE", &date)
            .env("GIT_COMMITTER_DATE", &date)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{args:?}: {said}");
    }

    fn commit(&mut self, days_later: i64, message: &str) {
        self.day += days_later;
        self.run(&["add", "-A"]);
        self.run(&["commit", "-q", "-m", message]);
    }

    fn changes(&self) -> (git::Repository, FileChanges) {
        let path = Utf8PathBuf::from_path_buf(self.sandbox.path("mono")).unwrap();
        let repository = git::open_bare(&path).unwrap();
        let wanted = |path: &Utf8Path| path.extension() == Some("rs");
        let bounds = ChangeBounds::default();
        let changes = git::file_changes(&repository, repository.head(), &wanted, &bounds);
        (repository, changes.unwrap())
    }
}

fn cost_of(repository: &Repository, files: &[&str], users: &[&str]) -> Cost {
    let (repository, changes) = repository.changes();
    let history = History::new(&changes);
    let ids = |paths: &[&str]| {
        let paths: Vec<Utf8PathBuf> = paths.iter().map(Into::into).collect();
        history.files(&paths)
    };
    let subject = Subject {
        files: ids(files),
        users: ids(users),
    };
    let mut faces = FaceHistory::default();
    let blobs = Blobs::open(&repository);
    assert!(
        !faces
            .load(&history, &blobs, &subject.files, &|| true)
            .unwrap()
    );
    assert!(
        faces
            .load(&history, &blobs, &subject.files, &|| false)
            .unwrap()
    );
    cochange::cost(&history, &subject, Some(&faces), &CostOptions::default())
}

const RETRY: &str = "
pub struct Policy { tries: u32 }
impl Policy {
    /// A policy of that many tries.
    pub fn new(tries: u32) -> Self { Self { tries } }
    pub fn tries(&self) -> u32 { self.tries }
    fn wait(&self) -> u32 { self.tries * 2 }
}
#[cfg(test)]
mod tests { }
";

/// A module that was moved between packages, a sweep over all files, a merge: each is counted as
/// what it is.
#[test]
fn the_cost_of_a_module_that_moved() {
    let mut mono = Repository::new();
    mono.write("app/src/retry.rs", RETRY);
    mono.write(
        "app/src/main.rs",
        "mod retry; fn main() { retry::Policy::new(1); }\n",
    );
    for n in 0..60 {
        mono.write(&format!("app/src/m{n}.rs"), &format!("fn f{n}() {{}}\n"));
    }
    mono.commit(0, "begin");
    // Added, with a user.
    let added = RETRY.replace(
        "fn wait",
        "pub fn none() -> Self { Self::new(0) }\n    fn wait",
    );
    mono.write("app/src/retry.rs", &added);
    mono.write(
        "app/src/main.rs",
        "mod retry; fn main() { retry::Policy::none(); }\n",
    );
    mono.commit(30, "no tries");
    // A body.
    let body = added.replace("* 2", "* 3");
    mono.write("app/src/retry.rs", &body);
    mono.commit(30, "wait longer");
    // To another package, as it is.
    std::fs::create_dir_all(mono.sandbox.path("mono/retry/src")).unwrap();
    mono.run(&["mv", "app/src/retry.rs", "retry/src/lib.rs"]);
    mono.write("app/src/main.rs", "fn main() { retry::Policy::none(); }\n");
    mono.commit(30, "move");
    // Broken, on a branch.
    mono.run(&["checkout", "-q", "-b", "side"]);
    let broken = body.replace("new(tries: u32)", "new(tries: u64)");
    mono.write("retry/src/lib.rs", &broken);
    mono.commit(30, "break");
    mono.run(&["checkout", "-q", "main"]);
    mono.write("app/src/m0.rs", "fn f0() { }\n// so\n");
    mono.commit(1, "beside");
    mono.run(&["merge", "-q", "--no-ff", "--no-edit", "side"]);
    // Tests and comments only.
    let tested = broken.replace("mod tests { }", "mod tests { #[test] fn t() {} }");
    mono.write(
        "retry/src/lib.rs",
        &tested.replace("A policy", "The policy"),
    );
    mono.commit(30, "test");
    // A sweep.
    for n in 0..60 {
        mono.write(&format!("app/src/m{n}.rs"), &format!("fn g{n}() {{}}\n"));
    }
    mono.write("retry/src/lib.rs", &tested.replace("* 3", "* 4"));
    mono.write("app/src/main.rs", "fn main() { retry::Policy::none() }\n");
    mono.commit(250, "sweep");

    let found = cost_of(&mono, &["retry/src/lib.rs"], &["app/src/main.rs"]);
    let face = found.face.unwrap();
    assert_eq!(
        (face.major, face.minor, face.patch),
        (1, 1, 2),
        "{found:#?}"
    );
    assert_eq!((face.same_code, face.unreadable), (1, 0));
    assert_eq!((found.changes, found.moves), (4, 1));
    // The sweep has 62 files.
    let weight = (30.0_f64 / 62.0).powi(2);
    assert!((found.weighted_changes - 3.0 - weight).abs() < 1e-9);
    assert_eq!((found.users.commits, found.others.commits), (2, 2));
    assert!((found.users.support - 1.0 - weight).abs() < 1e-9);
    let rates = found.releases_per_year;
    let total = |rate: f64| (rate * found.years).round();
    for (rate, expected) in [(rates.major, 1.0), (rates.minor, 1.0), (rates.patch, 2.0)] {
        assert!((total(rate) - expected).abs() < 1e-9, "{rates:?}");
    }
    // The one that breaks, and two that its user needs.
    assert!((total(found.upgrades_per_year) - 3.0).abs() < 1e-9);
    assert_eq!(found.created, Some(1_700_000_000));
    assert_eq!(found.verdict, Verdict::Independent);

    let (_, changes) = mono.changes();
    let history = History::new(&changes);
    let layout = Layout {
        groups: [
            ("retry/src/lib.rs".into(), 0),
            ("app/src/main.rs".into(), 1),
        ]
        .into(),
        depends: [(1, 0)].into(),
    };
    let replay = cochange::replay(&history, &layout, None);
    // The beginning, the new function, the sweep; the move changed no line of the library.
    assert_eq!((replay.commits, replay.spanning), (7, 3));
    assert_eq!(replay.longest_chain, 2);
}
