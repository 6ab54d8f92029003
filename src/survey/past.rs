//! What the history says: what a candidate would have cost as a repository of its own.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use serde::Serialize;

use super::SurveyError;
use super::candidate::{Advice, Candidate};
use super::monolith::Monolith;
use super::request::{Event, HistoryOptions, Listener};
use crate::cochange::{self, CostOptions, FaceHistory, History, KnownFaces, Subject, Verdict};
use crate::git::{self, Blobs, ChangeBounds, CutReason, FileChanges, FileId, Reach};
use crate::sys;
use crate::sys::clock::{Deadline, timestamp_of};

/// How much of the history was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Past {
    /// Commits that were looked at, merges among them.
    pub commits: usize,
    /// The day of the oldest one, `YYYY-MM-DD`.
    pub from: String,
    /// The day of the newest one.
    pub to: String,
    /// Why older ones were not looked at; none if there are none.
    pub cut: Option<&'static str>,
}

/// Reads what each commit changed. None where the history says nothing: in a shallow clone.
pub(super) fn load(
    monolith: &Monolith,
    options: &HistoryOptions,
    listener: &mut Listener<'_>,
) -> Result<Option<(FileChanges, git::Repository)>, SurveyError> {
    if monolith.shallow {
        listener(Event::Note(format!(
            "{} is a shallow clone: what its history would say is left out (`git fetch \
             --unshallow` brings it)",
            monolith.top
        )));
        return Ok(None);
    }
    listener(Event::Stage("Reading", "what changed together".to_owned()));
    let repository = git::open_bare(&monolith.top)?;
    let deadline = Deadline::after(options.seconds);
    let bounds = ChangeBounds {
        since: options.since,
        commits: None,
        stop: &|| deadline.has_come(),
    };
    let wanted =
        |path: &Utf8Path| path.extension() == Some("rs") || path.file_name() == Some("Cargo.toml");
    let changes = git::file_changes(&repository, repository.head(), &wanted, &bounds)?;
    Ok(Some((changes, repository)))
}

/// How far the history was read, for people.
pub(super) fn past(changes: &FileChanges) -> Past {
    let day = |time: i64| timestamp_of(time)[..10].to_owned();
    let (from, cut) = match changes.reach {
        Reach::CutAt { time, why, .. } => (time, Some(reason(why))),
        Reach::Complete => {
            let times = changes.commits.iter().map(|commit| commit.committed);
            (times.min().unwrap_or(changes.head_time), None)
        }
    };
    Past {
        commits: changes.walked,
        from: day(from),
        to: day(changes.head_time),
        cut,
    }
}

fn reason(why: CutReason) -> &'static str {
    match why {
        CutReason::Since => "--since",
        CutReason::Commits => "the number of commits",
        CutReason::Stopped => "--history-time",
        CutReason::Shallow => "a shallow clone",
    }
}

/// For so many candidates, the best ones, it is read how their public face changed: that takes a
/// parse for each version of each file.
const WITH_FACE: usize = 60;

/// Reckons up the cost of each candidate that has files of its own. `known` is the file that keeps
/// what is known of contents from one survey to the next.
pub(super) fn judge(
    candidates: &mut [Candidate],
    history: &History<'_>,
    repository: &git::Repository,
    options: &HistoryOptions,
    known: &Utf8Path,
    listener: &mut Listener<'_>,
) -> Result<(), SurveyError> {
    let blobs = Blobs::open(repository);
    // One that cannot be read is worth nothing.
    let text = sys::fs::read_text_if_exists(known).ok().flatten();
    let mut faces = FaceHistory::with_known(KnownFaces::read(&text.unwrap_or_default()));
    let deadline = Deadline::after(options.seconds);
    let stop = || deadline.has_come();
    let cost_options = CostOptions {
        since: options.since,
        ..CostOptions::default()
    };
    for (nth, candidate) in candidates.iter_mut().enumerate() {
        if !candidate.has_own_files {
            continue;
        }
        let subject = Subject {
            files: history.files(&candidate.files),
            users: history.files(&candidate.user_files),
        };
        if nth < WITH_FACE {
            listener(Event::Progress(format!("the past of {}", candidate.name())));
            faces.load(history, &blobs, &subject.files, &stop)?;
        }
        let cost = cochange::cost(history, &subject, Some(&faces), &cost_options);
        if cost.verdict == Verdict::StaysTogether
            && matches!(candidate.advice, Advice::TakeOut | Advice::TakeAlong)
        {
            candidate.advice = Advice::Stay;
        }
        candidate.cost = Some(cost);
    }
    if faces.known().has_grown()
        && let Err(error) = sys::fs::write(known, faces.known().text())
    {
        tracing::debug!(%error, "the next survey reads more");
    }
    Ok(())
}

/// A pair of files changes together if it did so often, by weight.
const OFTEN: f64 = 3.0;
/// So many pairs are drawn.
const PAIRS: usize = 5_000;

/// The pairs of files that changed together most, with how often, by weight. Mass commits have no
/// say.
pub(super) fn pairs(history: &History<'_>) -> Vec<(Utf8PathBuf, Utf8PathBuf, f64)> {
    let mut together: BTreeMap<(FileId, FileId), f64> = BTreeMap::new();
    for (place, commit) in history.commits().iter().enumerate() {
        let weight = history.weight(place);
        if weight < 1.0 {
            continue;
        }
        let files: Vec<FileId> = commit
            .files
            .iter()
            .filter(|change| !change.same_content())
            .map(|change| change.file)
            .collect();
        for (nth, a) in files.iter().enumerate() {
            for b in &files[nth + 1..] {
                *together.entry((*a.min(b), *a.max(b))).or_default() += weight;
            }
        }
    }
    let mut pairs: Vec<((FileId, FileId), f64)> = together
        .into_iter()
        .filter(|(_, weight)| *weight >= OFTEN)
        .collect();
    pairs.sort_by(|(a, x), (b, y)| y.total_cmp(x).then(a.cmp(b)));
    pairs
        .into_iter()
        .take(PAIRS)
        .map(|((a, b), weight)| {
            let path = |file| history.path(file).to_owned();
            (path(a), path(b), weight)
        })
        .collect()
}
