//! Histories made by hand.

use camino::{Utf8Path, Utf8PathBuf};

use super::*;
use crate::git::{
    Author, BlobId, CommitChanges, FileChange, FileChangeKind, FileChanges, FileId, HistoricFile,
    Reach,
};
use crate::model::{Bump, CommitId};

const DAY: i64 = 86_400;
const YEAR: i64 = 31_557_600;

/// A history in the making: commits are added from the oldest to the newest.
struct Made {
    files: Vec<String>,
    commits: Vec<CommitChanges>,
}

impl Made {
    fn new(files: &[&str]) -> Self {
        Self {
            files: files.iter().map(|file| (*file).to_owned()).collect(),
            commits: Vec::new(),
        }
    }

    fn id(&self, path: &str) -> FileId {
        let at = self.files.iter().position(|file| file == path);
        FileId(u32::try_from(at.expect("a file")).expect("few files"))
    }

    /// A commit of `day`, of which each word is a changed file: `+` before a new one, `=` before
    /// one that only moves.
    fn commit(&mut self, day: i64, author: usize, files: &str) -> &mut CommitChanges {
        let number = u8::try_from(self.commits.len() % 100).expect("it is small");
        let files = files.split_whitespace().map(|word| {
            let path = word.trim_start_matches(['+', '=']);
            let (kind, before, after) = match &word[..1] {
                "+" => (FileChangeKind::Added, None, number),
                "=" => (FileChangeKind::Renamed, Some(number), number),
                _ => (FileChangeKind::Modified, Some(number), number + 1),
            };
            FileChange {
                file: self.id(path),
                kind,
                path: None,
                before: before.map(BlobId::made_up),
                after: Some(BlobId::made_up(after)),
            }
        });
        let files = files.collect();
        let id = format!("{:040x}", self.commits.len());
        self.commits.push(CommitChanges {
            id: CommitId::new(&id).expect("an id"),
            author,
            authored: 0,
            committed: day * DAY,
            ignored: false,
            files,
        });
        self.commits.last_mut().expect("it was added")
    }

    fn changes(mut self, head_day: i64) -> FileChanges {
        self.commits.reverse();
        let author = |name: &str| Author {
            name: name.to_owned(),
            address: format!("{name}@example.com"),
        };
        FileChanges {
            files: self
                .files
                .iter()
                .map(|path| HistoricFile {
                    path: path.into(),
                    at_head: true,
                })
                .collect(),
            authors: vec![author("ann"), author("bob")],
            walked: self.commits.len(),
            commits: self.commits,
            head_time: head_day * DAY,
            reach: Reach::Complete,
            shallow: false,
        }
    }
}

fn subject(history: &History<'_>, files: &[&str], users: &[&str]) -> Subject {
    let paths = |paths: &[&str]| -> Vec<Utf8PathBuf> { paths.iter().map(Into::into).collect() };
    Subject {
        files: history.files(&paths(files)),
        users: history.files(&paths(users)),
    }
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() < 1e-9
}

const TWO_YEARS: i64 = 2 * YEAR / DAY;

#[test]
fn what_changed_with_whom() {
    let mut made = Made::new(&["lib.rs", "other.rs", "user.rs"]);
    made.commit(0, 0, "+lib.rs +user.rs"); // creation is no change
    made.commit(100, 0, "lib.rs");
    made.commit(101, 1, "lib.rs user.rs");
    made.commit(200, 0, "=lib.rs other.rs"); // neither is a move
    made.commit(300, 0, "lib.rs other.rs");
    made.commit(400, 0, "user.rs");
    made.commit(401, 0, "other.rs");
    let changes = made.changes(TWO_YEARS);
    let history = History::new(&changes);
    let subject = subject(&history, &["lib.rs"], &["user.rs", "lib.rs"]);
    let found = cost(&history, &subject, None, &CostOptions::default());
    assert_eq!((found.changes, found.moves, found.authors), (3, 1, 2));
    assert_eq!(found.created, Some(0));
    assert_eq!(found.first_change, Some(100 * DAY));
    assert_eq!(found.last_change, Some(300 * DAY));
    assert!(near(found.changes_per_year * found.years, 3.0));
    assert!((found.years - 2.0).abs() < 0.01);
    assert_eq!((found.users.commits, found.others.commits), (1, 2));
    assert!(near(found.users.confidence.unwrap(), 1.0 / 3.0));
    // Users are in 3 of 7 commits.
    assert!(near(found.users.lift.unwrap(), (1.0 / 3.0) / (3.0 / 7.0)));
    assert!(near(found.spanning_per_year * found.years, 2.0));
    // Days 100 and 101 are one release, which the user needs; day 300 is another.
    assert!(near(found.releases_per_year.patch * found.years, 2.0));
    assert!(near(found.upgrades_per_year * found.years, 1.0));
    assert_eq!(found.face, None);
    assert_eq!(found.verdict, Verdict::Independent);

    let since = CostOptions {
        since: Some(150 * DAY),
        ..CostOptions::default()
    };
    let recent = cost(&history, &subject, None, &since);
    assert_eq!((recent.changes, recent.users.commits), (1, 0));
    assert!(recent.years < found.years);
}

#[test]
fn mass_commits_and_ignored_ones_count_less() {
    let names: Vec<String> = (0..60).map(|n| format!("f{n:02}.rs")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut made = Made::new(&names);
    made.commit(0, 0, &format!("+{}", names.join(" +")));
    made.commit(10, 0, &names.join(" "));
    made.commit(20, 0, &names[..30].join(" "));
    made.commit(30, 0, "f00.rs f01.rs").ignored = true;
    made.commit(40, 0, &format!("f00.rs ={}", names[1..].join(" =")));
    let changes = made.changes(100);
    let history = History::new(&changes);
    let weights: Vec<f64> = (0..5).map(|commit| history.weight(commit)).collect();
    assert_eq!(weights, [1.0, 0.0, 1.0, 0.25, 0.25]);
    let subject = subject(&history, &["f00.rs"], &["f01.rs"]);
    let found = cost(&history, &subject, None, &CostOptions::default());
    assert_eq!((found.changes, found.users.commits), (4, 3));
    assert!(near(found.weighted_changes, 2.25));
    assert!(near(found.users.support, 1.25));
}

#[test]
fn public_faces_say_which_releases() {
    let mut made = Made::new(&["lib.rs", "more.rs", "user.rs"]);
    made.commit(0, 0, "+lib.rs");
    made.commit(50, 0, "lib.rs");
    made.commit(100, 0, "lib.rs");
    made.commit(103, 0, "lib.rs");
    made.commit(200, 0, "lib.rs user.rs"); // a comment, for all that its users see
    made.commit(300, 0, "lib.rs more.rs");
    let changes = made.changes(TWO_YEARS);
    let history = History::new(&changes);
    let subject = subject(&history, &["lib.rs", "more.rs"], &["user.rs"]);
    let mut faces = FaceHistory::default();
    let (f, g) = (Some("pub fn f() {}"), Some("pub fn f() {} pub fn g() {}"));
    let lib = FileId(0);
    faces.note(4, lib, compare_faces(Some("fn x("), f));
    faces.note(3, lib, compare_faces(f, g));
    faces.note(2, lib, compare_faces(g, f));
    faces.note(1, lib, compare_faces(f, Some("pub fn f() {} // so")));
    let none = cost(&history, &subject, Some(&faces), &CostOptions::default());
    assert_eq!(none.face, None, "one of the files is not known");
    // `f` goes from one to the other.
    faces.note(0, lib, compare_faces(g, Some("pub fn g() {}")));
    faces.note(0, FileId(1), compare_faces(Some(""), f));
    let found = cost(&history, &subject, Some(&faces), &CostOptions::default());
    let counts = FaceCounts {
        major: 1,
        minor: 1,
        patch: 2,
        same_code: 1,
        unreadable: 1,
    };
    assert_eq!((found.face, found.changes), (Some(counts), 4));
    let rates = found.releases_per_year;
    let releases = [rates.major, rates.minor, rates.patch].map(|rate| rate * found.years);
    assert!(near(releases[0], 1.0) && near(releases[1], 0.0) && near(releases[2], 2.0));
    assert!(near(rates.total() * found.years, 3.0));
    assert!(near(found.upgrades_per_year * found.years, 1.0));
    assert_eq!(found.users.commits, 0, "no code changed together");
}

#[test]
fn what_changes_with_its_callers_every_week_stays() {
    let mut made = Made::new(&["a.rs", "lib.rs", "user.rs"]);
    made.commit(0, 0, "+lib.rs +user.rs +a.rs");
    for week in 1..53 {
        made.commit(week * 7, 0, "lib.rs user.rs");
        made.commit(week * 7 + 1, 0, "a.rs");
    }
    let changes = made.changes(366);
    let history = History::new(&changes);
    let verdict = |files: &[&str], users: &[&str]| {
        let subject = subject(&history, files, users);
        cost(&history, &subject, None, &CostOptions::default()).verdict
    };
    assert_eq!(verdict(&["lib.rs"], &["user.rs"]), Verdict::StaysTogether);
    assert_eq!(verdict(&["a.rs"], &["user.rs"]), Verdict::Independent);
    assert_eq!(verdict(&["lib.rs"], &["a.rs"]), Verdict::Independent);
}

#[test]
fn files_without_a_history_cost_nothing() {
    let changes = Made::new(&["a.rs"]).changes(10);
    let history = History::new(&changes);
    let found = cost(
        &history,
        &subject(&history, &["a.rs", "b.rs"], &[]),
        None,
        &CostOptions::default(),
    );
    assert_eq!(
        (found.changes, found.created, found.first_change),
        (0, None, None)
    );
    assert_eq!((found.users.confidence, found.users.lift), (None, None));
    assert_eq!(found.verdict, Verdict::TooYoung);
    assert_eq!(history.file(Utf8Path::new("b.rs")), None);
}

fn layout(groups: &[(&str, usize)], depends: &[(usize, usize)]) -> Layout {
    Layout {
        groups: groups
            .iter()
            .map(|(path, group)| ((*path).into(), *group))
            .collect(),
        depends: depends.iter().copied().collect(),
    }
}

#[test]
fn a_layout_is_replayed() {
    let mut made = Made::new(&["a.rs", "b.rs", "c.rs", "d.rs", "none.rs"]);
    made.commit(0, 0, "a.rs b.rs c.rs d.rs"); // before the commits that are replayed
    made.commit(10, 0, "a.rs c.rs");
    made.commit(12, 0, "a.rs none.rs");
    made.commit(30, 0, "a.rs b.rs c.rs");
    made.commit(31, 0, "none.rs");
    made.commit(40, 0, "=a.rs =b.rs d.rs");
    let changes = made.changes(50);
    let history = History::new(&changes);
    let each = [
        ("a.rs", 0),
        ("b.rs", 1),
        ("c.rs", 2),
        ("d.rs", 3),
        ("gone.rs", 0),
    ];
    let found = replay(&history, &layout(&each, &[(0, 1), (1, 2), (2, 3)]), Some(4));
    assert_eq!((found.commits, found.spanning), (4, 2));
    assert!(near(found.weighted_spanning, 2.0));
    let by_groups: Vec<_> = found
        .by_groups
        .iter()
        .map(|(n, count)| (*n, *count))
        .collect();
    assert_eq!(by_groups, [(1, 2), (2, 1), (3, 1)]);
    let groups: Vec<_> = found
        .groups
        .iter()
        .map(|g| (g.changes, g.releases))
        .collect();
    assert_eq!(groups, [(3, 2), (1, 1), (2, 2), (1, 1)]);
    assert_eq!(found.releases, 6);
    assert_eq!(found.longest_chain, 3);
    assert_eq!(found.longest_chain_at, Some(changes.commits[2].id.clone()));
    assert!(near(found.years * 365.25, 30.0));

    let one = [("a.rs", 0), ("b.rs", 0), ("c.rs", 0), ("d.rs", 0)];
    let found = replay(&history, &layout(&one, &[]), None);
    assert_eq!(
        (found.commits, found.spanning, found.longest_chain),
        (5, 0, 1)
    );
    assert_eq!(found.longest_chain_at, None);
    // Days 0, 10 and 12, 30, 40.
    assert_eq!(found.releases, 4);
}

#[test]
fn chains_follow_dependencies_and_circles_are_one_link() {
    let mut made = Made::new(&["a.rs", "b.rs", "c.rs", "d.rs"]);
    made.commit(0, 0, "a.rs b.rs c.rs d.rs");
    let changes = made.changes(1);
    let history = History::new(&changes);
    let each = [("a.rs", 0), ("b.rs", 1), ("c.rs", 2), ("d.rs", 3)];
    let chain =
        |depends: &[(usize, usize)]| replay(&history, &layout(&each, depends), None).longest_chain;
    assert_eq!(chain(&[]), 1);
    assert_eq!(chain(&[(3, 0), (0, 2), (2, 1)]), 4);
    assert_eq!(chain(&[(0, 1), (2, 1), (3, 1)]), 2);
    assert_eq!(chain(&[(0, 1), (1, 0), (1, 2), (2, 3)]), 3);
    assert_eq!(chain(&[(0, 1), (1, 2), (2, 3), (3, 0)]), 1);
    assert_eq!(replay(&history, &layout(&[], &[]), None).commits, 0);
}

#[test]
fn bumps_are_in_order_of_severity() {
    assert!(Bump::Patch < Bump::Minor && Bump::Minor < Bump::Major);
}
