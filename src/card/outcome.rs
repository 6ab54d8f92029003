//! What the trial says of the places that were found beforehand.

use super::{Card, CompilerError, Now, Part};

/// Says of each place in the service what the trial build said of it: where an error is, and, if
/// all targets were built, that the others compile. After an error the compiler may stop before
/// it comes to the rest, of which nothing is known then.
pub fn settle(card: &mut Card) {
    let (Part::Known(trial), Part::Known(touches)) = (&card.trial, &mut card.touches) else {
        return;
    };
    let all_built = trial.errors.is_empty()
        && trial.broken.iter().all(|broken| broken.test)
        && trial.broken_already.is_empty();
    let fails = |place: &crate::model::Place| {
        let is_there = |error: &CompilerError| {
            let at = error.place.as_ref();
            at.is_some_and(|at| (&at.file, at.line) == (&place.file, place.line))
        };
        trial.errors.iter().any(is_there)
    };
    let uses = touches.touches.iter_mut().flat_map(|touch| &mut touch.uses);
    for of in uses.filter(|of| of.of.is_none()) {
        of.now = if fails(&of.place) {
            Now::Fails
        } else if all_built && trial.built > 0 {
            Now::Compiles
        } else {
            Now::Untold
        };
    }
}
