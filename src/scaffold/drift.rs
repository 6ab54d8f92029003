//! What the template and the repository made of what came of the template then. Git merges the
//! three: what was moved here or there is followed, hand edits stay, conflicts get git's marks.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};
use serde::Serialize;

use super::ScaffoldError;
use super::shape::Shape;
use crate::git::{Bench, MergeConflict, Tree, TreeChange};
use crate::template::{self, BASE, Base, RECORD, Record, Rendered, Template};

/// Where the record is kept.
const KEPT_IN: &str = ".quarry";

/// How a repository differs from its template.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Drift {
    /// What a sync changes, sorted.
    pub changes: Vec<TreeChange>,
    /// Of these, files that were deleted by hand, and come back.
    pub missing: Vec<Utf8PathBuf>,
    /// What a sync cannot merge.
    pub conflicts: Vec<MergeConflict>,
    /// Files with hand edits, which stay.
    pub edited: Vec<Edited>,
    /// The changes in git's form.
    pub diff: String,
}

/// A file that is not as the template has it, and stays so.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Edited {
    /// The file in the repository.
    pub path: Utf8PathBuf,
    /// Where the template has it, if elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub template: Option<Utf8PathBuf>,
}

impl Drift {
    /// Is there anything for a sync to do?
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty() && self.conflicts.is_empty()
    }
}

/// What is compared.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sides<'a> {
    pub(super) bench: &'a Bench,
    /// The repository's files.
    pub(super) ours: &'a Tree,
    /// What it says of its template.
    pub(super) shape: &'a Shape,
    /// The template as it is now.
    pub(super) template: &'a Template,
    /// Files that are to be as the template has them.
    pub(super) restore: &'a BTreeSet<Utf8PathBuf>,
    pub(super) colour: bool,
}

/// The difference, and the files after a sync.
#[derive(Debug)]
pub(super) struct Compared {
    pub(super) drift: Drift,
    pub(super) tree: Tree,
    /// Is all, the record included, as it was?
    pub(super) is_fresh: bool,
}

/// Compares, and merges.
pub(super) fn compare(sides: Sides<'_>) -> Result<Compared, ScaffoldError> {
    let Sides {
        bench, ours, shape, ..
    } = sides;
    let inputs = &shape.record.inputs;
    let rendered = template::render(sides.template, inputs)?;
    let base = Base::new(&rendered, inputs);
    let mut before = shape.base.files.clone();
    let mut wanted = base.files.clone();
    let unwanted = leave_out(bench, &shape.record, &mut before, &mut wanted)?;

    let theirs = bench.tree_from(&wanted)?;
    let here = bench.changes(&bench.tree_from(&before)?, ours)?;
    // What was deleted by hand is as if it had never been there: the template adds it.
    let deleted = here.iter().filter_map(|change| match change {
        TreeChange::Removed { path } => Some(path),
        _ => None,
    });
    for path in deleted {
        before.remove(path);
    }
    let mut merged = bench.merge(&bench.tree_from(&before)?, ours, &theirs)?;
    let restored = restored(&sides, &here, &wanted)?;
    merged
        .conflicts
        .retain(|it| !restored.contains_key(&it.path));
    let merged_tree = bench.tree_with(&merged.tree, &restored)?;

    let fresh_base = base == shape.base;
    let records = BTreeMap::from([
        (RECORD.into(), record_text(&sides, &unwanted)?.into()),
        (BASE.into(), base.render().into()),
    ]);
    let tree = bench.tree_with(&merged_tree, &records)?;
    let mut changes = bench.changes(ours, &tree)?;
    changes.retain(|change| !change.path().starts_with(KEPT_IN));
    let is_fresh = changes.is_empty() && merged.conflicts.is_empty() && fresh_base;
    let before: BTreeSet<&Utf8PathBuf> = shape.base.files.keys().collect();
    let missing = changes.iter().filter_map(|change| match change {
        TreeChange::Added { path } if before.contains(path) => Some(path.clone()),
        _ => None,
    });
    let drift = Drift {
        missing: missing.collect(),
        edited: edited(bench, &theirs, &merged_tree, &merged.conflicts)?,
        diff: bench.diff(ours, &tree, KEPT_IN, sides.colour)?,
        conflicts: merged.conflicts,
        changes,
    };
    let same_source = shape.record.source == sides.template.source;
    Ok(Compared {
        drift,
        tree,
        is_fresh: is_fresh && same_source,
    })
}

/// Takes out what the repository does without, and tells where the template has moved it.
fn leave_out(
    bench: &Bench,
    record: &Record,
    before: &mut Rendered,
    wanted: &mut Rendered,
) -> Result<BTreeMap<Utf8PathBuf, Utf8PathBuf>, ScaffoldError> {
    let mut moved = BTreeMap::new();
    if record.without.is_empty() {
        return Ok(moved);
    }
    let there = bench.changes(&bench.tree_from(before)?, &bench.tree_from(wanted)?)?;
    for change in there {
        if let TreeChange::Moved { from, path } = change
            && record.without.contains(&from)
        {
            wanted.remove(&path);
            moved.insert(from, path);
        }
    }
    before.retain(|path, _| !record.without.contains(path));
    wanted.retain(|path, _| !record.without.contains(path));
    Ok(moved)
}

/// The files that are to be as the template has them, where the repository has them.
fn restored(
    sides: &Sides<'_>,
    here: &[TreeChange],
    wanted: &Rendered,
) -> Result<Rendered, ScaffoldError> {
    let mut files = Rendered::new();
    for path in sides.restore {
        let moved = here.iter().find_map(|change| match change {
            TreeChange::Moved { from, path: to } if from == path || to == path => Some((from, to)),
            _ => None,
        });
        let (from, to) = moved.unwrap_or((path, path));
        let file = wanted
            .get(from)
            .ok_or_else(|| ScaffoldError::NoFile { path: path.clone() })?;
        files.insert(to.clone(), file.clone());
    }
    Ok(files)
}

/// What stays in the repository as the template does not have it.
fn edited(
    bench: &Bench,
    theirs: &Tree,
    merged: &Tree,
    conflicts: &[MergeConflict],
) -> Result<Vec<Edited>, ScaffoldError> {
    let in_conflict = |path: &Utf8Path| conflicts.iter().any(|it| it.path == path);
    let changes = bench.changes(theirs, merged)?.into_iter();
    let edited = changes.filter_map(|change| match change {
        TreeChange::Changed { path } => Some(Edited {
            path,
            template: None,
        }),
        TreeChange::Moved { from, path } => Some(Edited {
            path,
            template: Some(from),
        }),
        TreeChange::Added { .. } | TreeChange::Removed { .. } => None,
    });
    let mut edited: Vec<Edited> = edited.filter(|it| !in_conflict(&it.path)).collect();
    edited.sort();
    Ok(edited)
}

/// The record's text with the template's new state; what else is in it stays as it is written.
fn record_text(
    sides: &Sides<'_>,
    moved: &BTreeMap<Utf8PathBuf, Utf8PathBuf>,
) -> Result<String, ScaffoldError> {
    let shape = sides.shape;
    let now = Record {
        without: shape.record.without.clone(),
        ..Record::new(sides.template, shape.record.inputs.clone())
    };
    if now == shape.record {
        return Ok(shape.text.clone());
    }
    Ok(now.render_over(&shape.text, moved)?)
}
