//! What touches the service, and where.

use serde::Serialize;

use super::super::words::{change_at, remarks, weight};
use super::ChangeView;
use super::build::ErrorView;
use crate::card::{Card, CompilerError, Touch, Touches, Use};
use crate::model::Place;

/// So many places of a change are open from the start.
const OPEN: usize = 12;

#[derive(Debug, Serialize)]
pub(super) struct TouchesView {
    breaking: usize,
    touching: usize,
    touches: Vec<TouchView>,
    untraced: Vec<UntracedView>,
    checked: Vec<String>,
}

#[derive(Debug, Serialize)]
struct TouchView {
    /// The number of its change, from 1; its anchor has it.
    number: usize,
    change: Option<ChangeView>,
    weight: Option<&'static str>,
    files: Vec<FileView>,
    more: Vec<FileView>,
    more_places: usize,
    /// What the compiler says of it elsewhere.
    errors: Vec<ErrorView>,
}

/// Places in one file.
#[derive(Debug, Serialize)]
struct FileView {
    of: Option<String>,
    file: String,
    uses: Vec<UseView>,
}

#[derive(Debug, Serialize)]
struct UseView {
    line: u32,
    text: String,
    remarks: Vec<&'static str>,
    errors: Vec<ErrorView>,
}

#[derive(Debug, Serialize)]
struct UntracedView {
    item: Option<String>,
    why: String,
}

impl TouchesView {
    pub(super) fn new(touches: &Touches, card: &Card) -> Self {
        let api = card.api.known();
        let untraced = touches.untraced.iter().map(|untraced| UntracedView {
            item: change_at(api, untraced.change).map(|change| change.item.clone()),
            why: untraced.why.clone(),
        });
        let views = touches.touches.iter();
        Self {
            breaking: touches.breaking,
            touching: touches.touching,
            touches: views.map(|touch| TouchView::new(touch, card)).collect(),
            untraced: untraced.collect(),
            checked: touches.checked.clone(),
        }
    }
}

impl TouchView {
    fn new(touch: &Touch, card: &Card) -> Self {
        let errors = card.trial.known().map_or(&[][..], |trial| &trial.errors);
        let caused = errors.iter().filter(|e| e.change == Some(touch.change));
        let (here, elsewhere): (Vec<_>, Vec<_>) =
            caused.partition(|error| touch.uses.iter().any(|used| is_at(error, used)));
        let (open, more) = touch.uses.split_at(touch.uses.len().min(OPEN));
        let change = change_at(card.api.known(), touch.change);
        Self {
            number: touch.change + 1,
            weight: change.and_then(|change| weight(change, touch)),
            change: change.map(|change| ChangeView::new(touch.change, change, touch.uses.len())),
            files: files(open, &here, card),
            more: files(more, &here, card),
            more_places: more.len(),
            errors: elsewhere.iter().map(|e| ErrorView::new(e, card)).collect(),
        }
    }
}

/// Is the error in that line?
fn is_at(error: &CompilerError, used: &Use) -> bool {
    let Place { file, line, .. } = &used.place;
    let at = error.place.as_ref();
    used.of.is_none() && at.is_some_and(|at| at.file == *file && at.line == *line)
}

/// Neighbours in one file together.
fn files(uses: &[Use], errors: &[&CompilerError], card: &Card) -> Vec<FileView> {
    let of_one = uses.chunk_by(|a, b| a.of == b.of && a.place.file == b.place.file);
    let views = of_one.map(|uses| FileView {
        of: uses[0].of.clone(),
        file: uses[0].place.file.to_string(),
        uses: uses
            .iter()
            .map(|used| UseView::new(used, errors, card))
            .collect(),
    });
    views.collect()
}

impl UseView {
    fn new(used: &Use, errors: &[&CompilerError], card: &Card) -> Self {
        let here = errors.iter().filter(|error| is_at(error, used));
        Self {
            line: used.place.line,
            text: used.text.trim().to_owned(),
            remarks: remarks(used),
            errors: here.map(|error| ErrorView::new(error, card)).collect(),
        }
    }
}
