//! What changed in the public API.

use super::request::Skipped;
use super::subject::Subject;
use super::{Baseline, CheckError, Part};
use crate::findings::{Finding, codes};
use crate::model::{Bump, Change, Place};

/// What the comparison came to.
#[derive(Debug, Default)]
pub(super) struct Judged {
    /// What changed.
    pub(super) changes: Vec<Change>,
    /// Was anything compared?
    pub(super) compared: bool,
    /// What was not.
    pub(super) skipped: Vec<Skipped>,
}

/// Compares the package with the baseline.
#[expect(clippy::unnecessary_wraps, reason = "the comparison can fail")]
pub(super) fn judge(_: &Subject, _: &Baseline) -> Result<Judged, CheckError> {
    Ok(Judged {
        skipped: vec![Skipped::new(
            Part::Api(None),
            "the public API is not compared yet",
        )],
        ..Judged::default()
    })
}

/// A change as a finding, its places relative to the repository.
pub(super) fn finding(subject: &Subject, change: &Change) -> Option<Finding> {
    let code = match change.bump {
        Bump::Major => &codes::API_BREAK,
        Bump::Minor => &codes::API_ADDITION,
        Bump::Patch => return None,
    };
    let place = change.after.as_ref().map(|place| Place {
        file: subject.folder.join(&place.file),
        ..place.clone()
    });
    // A place in the baseline is in no file of this repository.
    let before = match &change.before {
        Some(before) => format!("; in the baseline at {before}"),
        None => String::new(),
    };
    let message = format!("{} ({}){before}", change.message, change.code);
    Some(code.finding(message).about(&change.item).at(place))
}
