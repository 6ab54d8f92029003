//! The verdict of a card in numbers and in a sentence.

use serde::Serialize;

use crate::card::{Api, Card, Part, Promise, Touches, Trial};
use crate::model::Bump;
use crate::model::count;

/// What a card says at a glance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// How many of the breaking changes touch the service.
    pub touches: Fact,
    /// Does it build, do its tests pass?
    pub build: Fact,
    /// The step of the version number, and whether it fits the changes.
    pub number: Fact,
}

/// A number and what it counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fact {
    /// `3 of 14`; a dash where nothing is known.
    pub number: String,
    /// `breaking changes touch you`.
    pub what: String,
    /// What else there is to say.
    pub more: Vec<String>,
    /// How grave it is.
    pub tone: Tone,
}

/// How grave a fact is. None of them says that there is nothing to fear.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Tone {
    /// Something breaks.
    Bad,
    /// Something is to be looked at.
    Warn,
    /// Nothing was found.
    Plain,
    /// It was not looked at.
    Unknown,
}

impl Verdict {
    /// Of a card.
    #[must_use]
    pub fn of(card: &Card) -> Self {
        Self {
            touches: touches(card),
            build: build(&card.trial),
            number: number(card.step, &card.api),
        }
    }
}

/// `acme-retry 1.2.0 → 2.0.0: 3 of 14 breaking changes touch you; the build breaks in 2 places`.
#[must_use]
pub fn headline(card: &Card) -> String {
    let Card {
        krate, from, to, ..
    } = card;
    format!("{krate} {from} → {to}: {}", sentence(card))
}

/// The headline's second half.
pub(super) fn sentence(card: &Card) -> String {
    format!("{}; {}", touching(card), building(&card.trial))
}

fn touching(card: &Card) -> String {
    match (&card.touches, &card.api) {
        (Part::Known(touches), _) if touches.breaking == 0 => "no breaking change found".to_owned(),
        (Part::Known(touches), _) => format!("{} {}", numbers(touches), touch_you(touches)),
        (Part::Unknown(_), Part::Known(api)) => match breaking(api) {
            0 => "no breaking change found".to_owned(),
            1 => "1 breaking change, and whether it touches you is not known".to_owned(),
            many => format!("{many} breaking changes, and which touch you is not known"),
        },
        (Part::Unknown(_), Part::Unknown(_)) => "what changed in its API is not known".to_owned(),
    }
}

fn building(trial: &Part<Trial>) -> String {
    let Part::Known(trial) = trial else {
        return "the build was not tried".to_owned();
    };
    let Outcome {
        targets,
        tests,
        errors,
    } = Outcome::of(trial);
    let tests = match tests {
        0 => None,
        1 => Some("1 test fails".to_owned()),
        many => Some(format!("{many} tests fail")),
    };
    let builds = match (targets, errors) {
        (0, _) => None,
        (targets, 0) => Some(format!("the build breaks in {}", count(targets, "target"))),
        (_, errors) => Some(format!("the build breaks in {}", count(errors, "place"))),
    };
    let broken: Vec<String> = builds.into_iter().chain(tests).collect();
    if !broken.is_empty() {
        return broken.join(", ");
    }
    match (trial.built, trial.passed) {
        (0, _) => "nothing was built".to_owned(),
        (built, 0) => format!("{}, no test was run", built_now(built)),
        (built, 1) => format!("{}, 1 test passes", built_now(built)),
        (built, passed) => format!("{}, {passed} tests pass", built_now(built)),
    }
}

fn built_now(built: usize) -> String {
    format!("{} build{}", count(built, "target"), third(built))
}

/// How many changes of an API break.
pub(super) fn breaking(api: &Api) -> usize {
    let majors = api
        .changes
        .iter()
        .filter(|change| change.bump == Bump::Major);
    majors.count()
}

fn numbers(touches: &Touches) -> String {
    format!("{} of {}", touches.touching, touches.breaking)
}

fn touch_you(touches: &Touches) -> String {
    let changes = match touches.breaking {
        1 => "breaking change",
        _ => "breaking changes",
    };
    let verb = match touches.touching {
        1 => "touches",
        _ => "touch",
    };
    format!("{changes} {verb} you")
}

/// The ending of a verb.
fn third(number: usize) -> &'static str {
    if number == 1 { "s" } else { "" }
}

fn touches(card: &Card) -> Fact {
    let none = || ("0".to_owned(), "breaking changes found".to_owned());
    let unknown = |number: String, what: &str, why: &str| Fact {
        number,
        what: what.to_owned(),
        more: vec![why.to_owned()],
        tone: Tone::Unknown,
    };
    let known = match (&card.touches, &card.api) {
        (Part::Known(known), _) => known,
        (Part::Unknown(why), Part::Known(api)) => {
            let number = format!("? of {}", breaking(api));
            return unknown(number, "breaking changes touch you: not known", why);
        }
        (Part::Unknown(_), Part::Unknown(why)) => {
            return unknown("—".to_owned(), "what changed is not known", why);
        }
    };
    let (number, what) = match known.breaking {
        0 => none(),
        _ => (numbers(known), touch_you(known)),
    };
    let mut more = Vec::new();
    match known.untraced.len() {
        0 => {}
        1 => more.push("1 leaves no trace in code: only a build finds it".to_owned()),
        many => more.push(format!(
            "{many} leave no trace in code: only a build finds them"
        )),
    }
    let others = known.touches.len().saturating_sub(known.touching);
    if others > 0 {
        let es = if others == 1 { "es" } else { "" };
        more.push(format!("{} touch{es} you", count(others, "other change")));
    }
    let tone = match known.touching {
        0 => Tone::Plain,
        _ => Tone::Warn,
    };
    Fact {
        number,
        what,
        more,
        tone,
    }
}

struct Outcome {
    targets: usize,
    tests: usize,
    errors: usize,
}

impl Outcome {
    fn of(trial: &Trial) -> Self {
        let tests = trial.broken.iter().filter(|broken| broken.test).count();
        Self {
            targets: trial.broken.len() - tests,
            tests,
            errors: trial.errors.len(),
        }
    }
}

fn build(trial: &Part<Trial>) -> Fact {
    let trial = match trial {
        Part::Known(trial) => trial,
        Part::Unknown(why) => {
            return Fact {
                number: "—".to_owned(),
                what: "the build was not tried".to_owned(),
                more: vec![why.clone()],
                tone: Tone::Unknown,
            };
        }
    };
    let Outcome {
        targets,
        tests,
        errors,
    } = Outcome::of(trial);
    let mut more = Vec::new();
    let (number, what, tone) = match (targets, tests) {
        (0, 0) if trial.built == 0 => (0, "targets were built".to_owned(), Tone::Unknown),
        (0, 0) => {
            let s = if trial.built == 1 { "" } else { "s" };
            let what = format!("target{s} build{}", third(trial.built));
            (trial.built, what, Tone::Plain)
        }
        (0, 1) => (1, "test fails now".to_owned(), Tone::Bad),
        (0, tests) => (tests, "tests fail now".to_owned(), Tone::Bad),
        (targets, _) => {
            let (number, noun) = match errors {
                0 => (targets, "target"),
                errors => (errors, "place"),
            };
            let s = if number == 1 { "" } else { "s" };
            let what = format!("{noun}{s} where the build breaks");
            (number, what, Tone::Bad)
        }
    };
    if targets > 0 && tests > 0 {
        more.push(format!("{} fail{}", count(tests, "test"), third(tests)));
    }
    match trial.passed {
        0 if trial.built > 0 => more.push("no test was run".to_owned()),
        0 => {}
        1 => more.push("1 test passes".to_owned()),
        passed => more.push(format!("{passed} tests pass")),
    }
    match trial.broken_already.len() {
        0 => {}
        already => more.push(format!("{already} broken before, too")),
    }
    match trial.not_tried.len() {
        0 => {}
        untried => more.push(format!("{untried} not tried")),
    }
    Fact {
        number: number.to_string(),
        what,
        more,
        tone,
    }
}

fn number(step: Bump, api: &Part<Api>) -> Fact {
    let (more, tone) = match api {
        Part::Known(api) if api.promise == Promise::Broken => {
            let more = format!("its changes ask for a {} step", word(api.needs));
            (more, Tone::Bad)
        }
        Part::Known(api) if api.needs == step => {
            ("its changes ask for that".to_owned(), Tone::Plain)
        }
        Part::Known(api) => {
            let more = format!("its changes ask for a {} step only", word(api.needs));
            (more, Tone::Plain)
        }
        Part::Unknown(_) => (
            "what its changes ask for is not known".to_owned(),
            Tone::Unknown,
        ),
    };
    Fact {
        number: word(step).to_owned(),
        what: "step by its version number".to_owned(),
        more: vec![more],
        tone,
    }
}

/// What a step is called.
pub(super) fn word(bump: Bump) -> &'static str {
    match bump {
        Bump::Major => "major",
        Bump::Minor => "minor",
        Bump::Patch => "patch",
    }
}
