//! The changes that are found, as they are found.

use rustdoc_types::Id;

use super::side::Side;
use crate::model::{Bump, Change};

/// A difference of two things that are one item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Difference {
    pub(super) bump: Bump,
    pub(super) code: &'static str,
    /// What changed, without the signatures.
    pub(super) what: String,
}

impl Difference {
    pub(super) fn major(code: &'static str, what: impl Into<String>) -> Self {
        Self {
            bump: Bump::Major,
            code,
            what: what.into(),
        }
    }

    pub(super) fn minor(code: &'static str, what: impl Into<String>) -> Self {
        Self {
            bump: Bump::Minor,
            code,
            what: what.into(),
        }
    }
}

/// An item on both sides, or on one.
#[derive(Debug, Clone)]
pub(super) struct Subject<'a> {
    /// As a user writes it.
    pub(super) path: &'a str,
    pub(super) before: Option<Id>,
    pub(super) after: Option<Id>,
}

/// Collects changes.
pub(super) struct Report<'a> {
    before: &'a Side<'a>,
    after: &'a Side<'a>,
    changes: Vec<Change>,
}

impl<'a> Report<'a> {
    pub(super) fn new(before: &'a Side<'a>, after: &'a Side<'a>) -> Self {
        Self {
            before,
            after,
            changes: Vec::new(),
        }
    }

    pub(super) fn add(&mut self, subject: &Subject<'_>, difference: Difference) {
        self.changes.push(Change {
            bump: difference.bump,
            code: difference.code.to_owned(),
            item: subject.path.to_owned(),
            message: difference.what,
            before: subject.before.and_then(|id| self.before.api.place(id)),
            after: subject.after.and_then(|id| self.after.api.place(id)),
        });
    }

    /// Adds differences, each with both signatures.
    pub(super) fn add_all(
        &mut self,
        subject: &Subject<'_>,
        differences: Vec<Difference>,
        before: &str,
        after: &str,
    ) {
        for mut difference in differences {
            if before != after {
                difference.what = format!("{}: `{before}` → `{after}`", difference.what);
            }
            self.add(subject, difference);
        }
    }

    /// Sorted, each once.
    pub(super) fn finish(mut self) -> Vec<Change> {
        self.changes
            .sort_by(|a, b| b.bump.cmp(&a.bump).then_with(|| a.cmp(b)));
        self.changes.dedup();
        self.changes
    }
}
