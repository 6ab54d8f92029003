//! Who had it first: asked of git for the files of findings, and of no others.

use std::collections::HashMap;

use camino::Utf8PathBuf;

use super::finding::{Finding, Instance};
use super::{CopiesError, Corpus, Kind, parallel, start};
use crate::git;
use crate::model::CommitId;

/// A commit and its author's time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Date {
    /// The commit.
    pub commit: CommitId,
    /// Seconds since 1970, UTC.
    pub seconds: i64,
}

/// When an instance was first in its file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// In this commit; renames of the file are followed, moves from another file are not.
    First(Date),
    /// The folder is in no git repository, or in one without commits.
    NoHistory,
    /// The history was cut off when the repository was cloned.
    Shallow,
    /// No commit has it.
    NotCommitted,
}

/// What the histories say of the files of some findings.
#[derive(Debug, Clone, Default)]
pub struct Dates {
    origins: HashMap<Question, Origin>,
    changed: HashMap<(usize, Utf8PathBuf), Date>,
}

/// A repository, a file in it, and the pattern that the item's header matches.
type Question = (usize, Utf8PathBuf, String);

/// Asks the histories of the repositories when what was found came there, and when its files
/// were last changed.
pub fn load_dates(corpus: &Corpus, findings: &[Finding]) -> Result<Dates, CopiesError> {
    let mut dates = Dates::default();
    let unknown: Vec<Option<Origin>> = parallel::map(&corpus.roots, |root| {
        match git::commit_of(&root.dir, "HEAD") {
            Ok(Some(_)) => match git::is_shallow(&root.dir) {
                Ok(true) => Some(Origin::Shallow),
                _ => None,
            },
            _ => Some(Origin::NoHistory),
        }
    });
    let mut questions: Vec<Question> = findings
        .iter()
        .flat_map(questions)
        .map(|(_, _, q)| q)
        .collect();
    questions.sort();
    questions.dedup();
    let dir = |repository: usize| &corpus.roots[repository].dir;
    let answers = parallel::map(&questions, |(repository, path, pattern)| {
        if let Some(why) = &unknown[*repository] {
            return Ok(why.clone());
        }
        let first = git::first_with(dir(*repository), path, pattern)?;
        Ok(first.map_or(Origin::NotCommitted, |dated| Origin::First(date(dated))))
    });
    for (question, answer) in questions.into_iter().zip(answers) {
        dates
            .origins
            .insert(question, answer.map_err(CopiesError::Git)?);
    }
    let places = findings.iter().flat_map(|finding| &finding.places);
    let mut files: Vec<(usize, Utf8PathBuf)> = places
        .map(|place| (place.repository, place.path.clone()))
        .filter(|(repository, _)| !matches!(unknown[*repository], Some(Origin::NoHistory)))
        .collect();
    files.sort();
    files.dedup();
    let changed = parallel::map(&files, |(repository, path)| {
        git::last_touching(dir(*repository), path)
    });
    for (file, changed) in files.into_iter().zip(changed) {
        if let Some(changed) = changed? {
            dates.changed.insert(file, date(changed));
        }
    }
    Ok(dates)
}

/// Says of findings what the dates say, and chooses their starts again.
pub fn apply_dates(corpus: &Corpus, dates: &Dates, findings: &mut [Finding]) {
    for finding in findings {
        for (group, instance, question) in questions(finding) {
            finding.groups[group].instances[instance].origin =
                dates.origins.get(&question).cloned();
        }
        for (place, candidate) in finding.places.iter().zip(&mut finding.start.candidates) {
            let file = (place.repository, place.path.clone());
            candidate.changed = dates.changed.get(&file).cloned();
        }
        start::settle(corpus, finding);
    }
}

/// For each instance of a finding, by its group and index, what is asked of it.
fn questions(finding: &Finding) -> Vec<(usize, usize, Question)> {
    let mut all = Vec::new();
    for (at, group) in finding.groups.iter().enumerate() {
        for (instance_at, instance) in group.instances.iter().enumerate() {
            let place = &finding.places[instance.place];
            let pattern = pattern(group.kind, instance);
            all.push((
                at,
                instance_at,
                (place.repository, place.path.clone(), pattern),
            ));
        }
    }
    all
}

/// What the header of an item looks like in its file.
fn pattern(kind: Kind, instance: &Instance) -> String {
    let name = instance.title.rsplit([' ', ':']).next().unwrap_or_default();
    let before = match kind {
        Kind::Function => "fn +",
        Kind::Struct => "struct +",
        Kind::Enum => "enum +",
        Kind::Union => "union +",
        Kind::Trait => "trait +",
        Kind::Macro => "macro_rules! *",
        Kind::Impl => "^ *(unsafe )?impl[^{;]*[^A-Za-z0-9_]",
    };
    format!("{before}{name}[^A-Za-z0-9_]")
}

fn date(dated: git::Dated) -> Date {
    Date {
        commit: dated.commit,
        seconds: dated.seconds,
    }
}
