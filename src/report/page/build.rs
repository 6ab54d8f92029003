//! The trial build.

use serde::Serialize;

use super::super::words::{change_at, line_of};
use crate::card::{Broken, Card, CompilerError, Trial};
use crate::model::count;

#[derive(Debug, Serialize)]
pub(super) struct BuildView {
    tried: String,
    built: String,
    passed: String,
    broken: Vec<Broken>,
    errors: Vec<ErrorView>,
    deprecated: Vec<ErrorView>,
    broken_already: Vec<String>,
    fixed: Vec<String>,
}

#[derive(Debug, Serialize)]
pub(super) struct ErrorView {
    code: Option<String>,
    message: String,
    target: String,
    place: Option<String>,
    rendered: String,
    cause: Option<Cause>,
}

/// The change that makes an error.
#[derive(Debug, Serialize)]
struct Cause {
    /// From 1.
    number: usize,
    item: String,
    /// Is it among what touches the service?
    is_touch: bool,
}

impl BuildView {
    pub(super) fn new(trial: &Trial, card: &Card) -> Self {
        let errors = |errors: &[CompilerError]| {
            let views = errors.iter().map(|error| ErrorView::new(error, card));
            views.collect()
        };
        Self {
            tried: trial.tried.clone(),
            built: count(trial.built, "target"),
            passed: match trial.passed {
                0 => "no test was run".to_owned(),
                passed => format!("{} passed", count(passed, "test")),
            },
            broken: trial.broken.clone(),
            errors: errors(&trial.errors),
            deprecated: errors(&trial.deprecated),
            broken_already: trial.broken_already.clone(),
            fixed: trial.fixed.clone(),
        }
    }
}

impl ErrorView {
    pub(super) fn new(error: &CompilerError, card: &Card) -> Self {
        let touches = card.touches.known().map_or(&[][..], |known| &known.touches);
        let cause = error.change.and_then(|at| {
            Some(Cause {
                number: at + 1,
                item: change_at(card.api.known(), at)?.item.clone(),
                is_touch: touches.iter().any(|touch| touch.change == at),
            })
        });
        Self {
            code: error.code.clone(),
            message: error.message.clone(),
            target: error.target.clone(),
            place: error.place.as_ref().map(line_of),
            rendered: error.rendered.trim_end().to_owned(),
            cause,
        }
    }
}
