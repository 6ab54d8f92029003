//! The subject of the commit.

use super::plan::Move;
use crate::card::{Card, Part};

/// So long may a subject be.
const WIDTH: usize = 72;

/// What came of the trial.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Outcome {
    /// All that worked before works.
    Builds,
    /// Tests that passed fail.
    TestsFail,
    /// Something does not compile, or could not be tried.
    DoesNotBuild,
}

impl Outcome {
    /// The worst of the cards.
    pub(super) fn of(cards: &[Card]) -> Self {
        let outcomes = cards.iter().map(|card| {
            let Part::Known(trial) = &card.trial else {
                return Self::DoesNotBuild;
            };
            let only_tests = trial.broken.iter().all(|broken| broken.test);
            match (trial.errors.is_empty(), trial.broken.is_empty()) {
                (true, true) => Self::Builds,
                (true, false) if only_tests => Self::TestsFail,
                (_, _) => Self::DoesNotBuild,
            }
        });
        outcomes.max().unwrap_or(Self::Builds)
    }
}

/// `Upgrade acme-retry to 2.0.0`.
pub(super) fn subject(moves: &[Move], outcome: Outcome) -> String {
    let (verb, to, end) = match outcome {
        Outcome::Builds => ("Upgrade", " to", ""),
        Outcome::TestsFail => ("Try", "", ": tests fail"),
        Outcome::DoesNotBuild => ("Try", "", ": does not build yet"),
    };
    let all: Vec<String> = moves
        .iter()
        .map(|it| format!("{}{to} {}", it.pin.name, it.to))
        .collect();
    let subject = format!("{verb} {}{end}", all.join(", "));
    if subject.chars().count() <= WIDTH || all.len() == 1 {
        return subject;
    }
    format!("{verb} {} private crates{end}", all.len())
}
