//! From the figures to an answer.

use super::Coupling;

/// May the files live in a repository of their own, by what their history says?
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// They seldom change with their users.
    Independent,
    /// They change with their users often enough to be felt, and not so often that it would not
    /// be worth it: the interface wants settling first.
    Coupled,
    /// They change with their users all the time.
    StaysTogether,
    /// The history is too short to say.
    TooYoung,
}

/// From where on a verdict holds.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Thresholds {
    /// With fewer changes (weighted), nothing is said of files that are younger than
    /// [`Thresholds::years`]. 5: code-maat's `--min-revs`.
    pub changes: f64,
    /// See there. 1.
    pub years: f64,
    /// Coupled from this support on. 5: code-maat's `--min-shared-revs`.
    pub support: f64,
    /// Coupled from this confidence on. 0.3: code-maat's `--min-coupling`.
    pub confidence: f64,
    /// Coupled only if the lift is at least this: users that are in most commits of the repository
    /// are in many of these by chance. 1.
    pub lift: f64,
    /// Stays together from this confidence on, if it is [`Thresholds::often`]: more changes go
    /// with users than without. 0.5.
    pub together: f64,
    /// Changes with users a year that make it often. 6: one every other month.
    pub often: f64,
    /// Changes with users a year with which it stays together at any confidence. 26: one every
    /// other week.
    pub always: f64,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            changes: 5.0,
            years: 1.0,
            support: 5.0,
            confidence: 0.3,
            lift: 1.0,
            together: 0.5,
            often: 6.0,
            always: 26.0,
        }
    }
}

impl Thresholds {
    /// The verdict on files that changed `changes` times (weighted) in `years`, coupled to their
    /// users like this.
    pub fn verdict(&self, changes: f64, years: f64, users: &Coupling) -> Verdict {
        let confidence = users.confidence.unwrap_or(0.0);
        let by_chance = users.lift.is_some_and(|lift| lift < self.lift);
        let a_year = users.support / years;
        let often = a_year >= self.often && confidence >= self.together;
        if a_year >= self.always || (often && !by_chance) {
            Verdict::StaysTogether
        } else if changes < self.changes && years < self.years {
            Verdict::TooYoung
        } else if users.support >= self.support && confidence >= self.confidence && !by_chance {
            Verdict::Coupled
        } else {
            Verdict::Independent
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn often_and_together_stays() {
        #[track_caller]
        fn check(expect: Verdict, (changes, shared, years): (f64, f64, f64), lift: f64) {
            let coupling = Coupling {
                commits: 0,
                support: shared,
                confidence: Some(shared / changes),
                lift: Some(lift),
            };
            let found = Thresholds::default().verdict(changes, years, &coupling);
            assert_eq!(found, expect);
        }
        check(Verdict::StaysTogether, (60.0, 52.0, 1.0), 5.0);
        check(Verdict::StaysTogether, (300.0, 60.0, 2.0), 0.9); // a fifth, but every week
        check(Verdict::StaysTogether, (12.0, 6.0, 1.0), 5.0);
        check(Verdict::Coupled, (12.0, 6.0, 1.1), 5.0);
        check(Verdict::Coupled, (20.0, 6.0, 1.0), 5.0);
        check(Verdict::Independent, (12.0, 6.0, 1.1), 0.9); // no more than by chance
        check(Verdict::Independent, (30.0, 6.0, 1.0), 5.0);
        check(Verdict::Independent, (4.0, 4.0, 2.0), 5.0);
        check(Verdict::TooYoung, (4.0, 4.0, 0.9), 5.0);
        check(Verdict::StaysTogether, (4.0, 4.0, 0.25), 5.0); // at this rate
    }
}
