//! What it would cost to give files a repository of their own, had it been so all the time.

use std::collections::BTreeSet;

use super::history::{YEAR, content_changes};
use super::release::per_year;
use super::{
    Dated, FaceChange, FaceHistory, History, RELEASE_DAYS, ReleaseRates, Thresholds, Verdict,
    releases,
};
use crate::git::{CommitChanges, FileChange, FileChangeKind, FileId};
use crate::model::Bump;

/// Files that might live elsewhere, and those that use them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Subject {
    /// What would move.
    pub files: BTreeSet<FileId>,
    /// What uses it and would stay. Files that are in both count as the former.
    pub users: BTreeSet<FileId>,
}

/// How it is reckoned.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CostOptions {
    /// Only what was committed from here on, in seconds since 1970.
    pub since: Option<i64>,
    /// Changes within so many days are one release.
    pub release_days: i64,
    /// From where on a verdict holds.
    pub thresholds: Thresholds,
}

impl Default for CostOptions {
    fn default() -> Self {
        Self {
            since: None,
            release_days: RELEASE_DAYS,
            thresholds: Thresholds::default(),
        }
    }
}

/// How changes of the files go with those of others.
#[derive(Debug, Clone, Copy, Default, PartialEq, serde::Serialize)]
pub struct Coupling {
    /// Commits that changed both.
    pub commits: usize,
    /// The same, each by its weight ([`History::weight`]).
    pub support: f64,
    /// The support as a share of the changes, from 0 to 1; none without changes.
    pub confidence: Option<f64>,
    /// The confidence over the share of the others' changes among all commits: 1 is chance. None
    /// without changes on either side.
    pub lift: Option<f64>,
}

/// Changes by what they mean for users.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct FaceCounts {
    /// Something public went, or became another.
    pub major: usize,
    /// Something public came.
    pub minor: usize,
    /// Only bodies and private items changed.
    pub patch: usize,
    /// Comments, formatting and tests only: no change to release.
    pub same_code: usize,
    /// Those of the patches of which a version of a file could not be read.
    pub unreadable: usize,
}

/// What it would have cost.
///
/// A *change* is a commit that gave one of the files other content. Those that only created files
/// or moved them are none; nor are, where public faces are known, those that left the code as it
/// is. Times are the committers'.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Cost {
    /// The years that rates are over: from the first of the files, or where the history begins,
    /// to the head; at least a quarter.
    pub years: f64,
    /// When the first file was created, in seconds since 1970; none if that lies before the
    /// history that was looked at.
    pub created: Option<i64>,
    /// When they first changed, in seconds since 1970.
    pub first_change: Option<i64>,
    /// When they last changed, in seconds since 1970.
    pub last_change: Option<i64>,
    /// How many changes there were.
    pub changes: usize,
    /// The same, each by its weight ([`History::weight`]).
    pub weighted_changes: f64,
    /// Changes a year, by weight.
    pub changes_per_year: f64,
    /// Commits that moved one of the files, with other content or not.
    pub moves: usize,
    /// How many people made the changes (by address).
    pub authors: usize,
    /// With users.
    pub users: Coupling,
    /// With anything outside: what would have needed two repositories.
    pub others: Coupling,
    /// Commits a year that would have needed two repositories, by weight.
    pub spanning_per_year: f64,
    /// The changes by what they mean for users; none if the public faces are not known.
    pub face: Option<FaceCounts>,
    /// Releases a year; all of them patches if the public faces are not known.
    pub releases_per_year: ReleaseRates,
    /// Releases a year that each user would have had to take: they break something, or have a
    /// change that was made together with one of a user.
    pub upgrades_per_year: f64,
    /// What follows from that.
    pub verdict: Verdict,
}

/// Rates over less than this say too much.
const FEWEST_YEARS: f64 = 0.25;

/// Reckons it up. Without `faces`, or with some that do not know all of the files, any change is a
/// patch.
pub fn cost(
    history: &History<'_>,
    subject: &Subject,
    faces: Option<&FaceHistory>,
    options: &CostOptions,
) -> Cost {
    let faces = faces.filter(|faces| faces.knows(&subject.files));
    let since = options.since.unwrap_or(i64::MIN);
    let recent = |commit: &usize| history.commits()[*commit].committed >= since;
    let touching = history.touching(&subject.files);
    let created = created(history, subject, &touching);
    let years = years(history, created, since);
    let recent: Vec<usize> = touching.into_iter().filter(recent).collect();
    let moved = |commit: &&usize| {
        let mut files = history.commits()[**commit].files.iter();
        files.any(|change| {
            change.kind == FileChangeKind::Renamed && subject.files.contains(&change.file)
        })
    };
    let moves = recent.iter().filter(moved).count();
    let (changes, face) = changes(history, subject, faces, &recent);
    let total = weigh(history, changes.iter());
    let coupling = |with: &dyn Fn(&Changed) -> bool, elsewhere: f64| {
        let both: Vec<&Changed> = changes.iter().filter(|change| with(change)).collect();
        let support = weigh(history, both.iter().copied());
        let confidence = (total > 0.0).then(|| support / total);
        Coupling {
            commits: both.len(),
            support,
            confidence,
            lift: confidence
                .filter(|_| elsewhere > 0.0)
                .map(|it| it / elsewhere),
        }
    };
    let start = since.max(created.unwrap_or(i64::MIN));
    let user = |change: &FileChange| is_user(subject, change.file);
    let users = share(history, start, &subject.users, &|commit| {
        content_changes(commit).any(user)
    });
    let own = |change: &FileChange| subject.files.contains(&change.file);
    let alone = |commit: &CommitChanges| content_changes(commit).all(own);
    let others = 1.0 - share(history, start, &subject.files, &alone);
    let users = coupling(&|change| change.with_users, users);
    let others = coupling(&|change| change.with_others, others);
    let dated = changes.iter().map(|change| Dated {
        time: history.commits()[change.commit].committed,
        bump: change.bump,
        needed: change.with_users,
    });
    let releases = releases(dated, options.release_days);
    let forced = releases
        .iter()
        .filter(|one| one.needed || one.bump == Bump::Major);
    let times = || {
        changes
            .iter()
            .map(|change| history.commits()[change.commit].committed)
    };
    let authors: BTreeSet<&str> = changes
        .iter()
        .map(|change| history.author(change.commit).address.as_str())
        .collect();
    Cost {
        years,
        created,
        first_change: times().min(),
        last_change: times().max(),
        changes: changes.len(),
        weighted_changes: total,
        changes_per_year: total / years,
        moves,
        authors: authors.len(),
        users,
        others,
        spanning_per_year: others.support / years,
        face: faces.map(|_| face),
        releases_per_year: ReleaseRates::of(&releases, years),
        upgrades_per_year: per_year(forced.count(), years),
        verdict: options.thresholds.verdict(total, years, &users),
    }
}

/// A commit that changed the subject.
struct Changed {
    commit: usize,
    bump: Bump,
    with_users: bool,
    with_others: bool,
}

fn is_user(subject: &Subject, file: FileId) -> bool {
    subject.users.contains(&file) && !subject.files.contains(&file)
}

fn changes(
    history: &History<'_>,
    subject: &Subject,
    faces: Option<&FaceHistory>,
    touching: &[usize],
) -> (Vec<Changed>, FaceCounts) {
    let mut changes = Vec::new();
    let mut counts = FaceCounts::default();
    for place in touching {
        let commit = &history.commits()[*place];
        if only_creates(commit, subject) {
            continue;
        }
        let own = content_changes(commit).filter(|change| subject.files.contains(&change.file));
        let bump = match faces {
            None => Some(Bump::Patch),
            Some(faces) => {
                let own = || {
                    own.clone()
                        .filter_map(|change| faces.change(*place, change.file))
                };
                let unreadable = own().any(|change| *change == FaceChange::Unreadable);
                counts.unreadable += usize::from(unreadable);
                FaceChange::bump(own())
            }
        };
        match bump {
            Some(Bump::Major) => counts.major += 1,
            Some(Bump::Minor) => counts.minor += 1,
            Some(Bump::Patch) => counts.patch += 1,
            None => counts.same_code += 1,
        }
        let Some(bump) = bump else { continue };
        let others = || content_changes(commit).filter(|c| !subject.files.contains(&c.file));
        changes.push(Changed {
            commit: *place,
            bump,
            with_users: others().any(|change| is_user(subject, change.file)),
            with_others: others().next().is_some(),
        });
    }
    (changes, counts)
}

/// Does a commit change none of the files, but that it creates or moves some?
fn only_creates(commit: &CommitChanges, subject: &Subject) -> bool {
    let mut own = content_changes(commit).filter(|change| subject.files.contains(&change.file));
    own.all(|change| change.kind == FileChangeKind::Added)
}

/// When the first of the files came, if the history goes so far back.
fn created(history: &History<'_>, subject: &Subject, touching: &[usize]) -> Option<i64> {
    let oldest = &history.commits()[*touching.last()?];
    let own = oldest
        .files
        .iter()
        .filter(|change| subject.files.contains(&change.file));
    let mut own = own.peekable();
    own.peek()?;
    own.all(|change| change.kind == FileChangeKind::Added)
        .then_some(oldest.committed)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "seconds of a history are fewer than 2^52"
)]
fn years(history: &History<'_>, created: Option<i64>, since: i64) -> f64 {
    let start = created.unwrap_or(history.start_time()).max(since);
    let seconds = history.head_time().saturating_sub(start);
    (seconds as f64 / YEAR).max(FEWEST_YEARS)
}

fn weigh<'c>(history: &History<'_>, changes: impl Iterator<Item = &'c Changed>) -> f64 {
    changes
        .map(|change| history.weight(change.commit))
        .fold(0.0, |sum, weight| sum + weight)
}

/// The share that commits of which `is` holds have in all since `start`, by weight; only those
/// that touched one of the files are asked.
fn share(
    history: &History<'_>,
    start: i64,
    files: &BTreeSet<FileId>,
    is: &dyn Fn(&CommitChanges) -> bool,
) -> f64 {
    let commits = history.commits();
    let recent = |place: &usize| commits[*place].committed >= start;
    let weigh = |places: &mut dyn Iterator<Item = usize>| -> f64 {
        places
            .filter(recent)
            .map(|place| history.weight(place))
            .fold(0.0, |sum, weight| sum + weight)
    };
    let all = weigh(&mut (0..commits.len()));
    let touching = history.touching(files).into_iter();
    let with = weigh(&mut touching.filter(|place| is(&commits[*place])));
    if all > 0.0 { with / all } else { 0.0 }
}
