//! Changes that are close to each other make one release.

use crate::model::Bump;

/// Changes within so many days of the first one are one release.
pub const RELEASE_DAYS: i64 = 7;

/// A change that must be released.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dated {
    /// When it was committed, in seconds since 1970.
    pub time: i64,
    /// What it asks of the next version.
    pub bump: Bump,
    /// Did a user need it at once, for it changed in the same commit?
    pub needed: bool,
}

/// A release that would have been made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Release {
    /// When the first of its changes was committed, in seconds since 1970.
    pub first: i64,
    /// When the last one was.
    pub last: i64,
    /// The greatest that its changes ask for.
    pub bump: Bump,
    /// Did a user need one of its changes at once?
    pub needed: bool,
    /// How many changes it has.
    pub changes: usize,
}

/// The releases that changes make, oldest first: one begins with a change, and takes all that
/// follow within `days` of it.
pub fn releases(changes: impl IntoIterator<Item = Dated>, days: i64) -> Vec<Release> {
    let mut changes: Vec<Dated> = changes.into_iter().collect();
    changes.sort_by_key(|change| change.time);
    let mut found: Vec<Release> = Vec::new();
    for change in changes {
        match found.last_mut() {
            Some(release) if change.time - release.first <= days * 86_400 => {
                release.last = change.time;
                release.bump = release.bump.max(change.bump);
                release.needed |= change.needed;
                release.changes += 1;
            }
            _ => found.push(Release {
                first: change.time,
                last: change.time,
                bump: change.bump,
                needed: change.needed,
                changes: 1,
            }),
        }
    }
    found
}

/// Releases a year, by the bump that they need.
#[derive(Debug, Clone, Copy, Default, PartialEq, serde::Serialize)]
pub struct ReleaseRates {
    /// Breaking ones.
    pub major: f64,
    /// Those that add something.
    pub minor: f64,
    /// All others.
    pub patch: f64,
}

impl ReleaseRates {
    /// Of releases that were made in so many years.
    pub(super) fn of(releases: &[Release], years: f64) -> Self {
        let rate = |bump: Bump| {
            let count = releases
                .iter()
                .filter(|release| release.bump == bump)
                .count();
            per_year(count, years)
        };
        Self {
            major: rate(Bump::Major),
            minor: rate(Bump::Minor),
            patch: rate(Bump::Patch),
        }
    }

    /// All of them.
    pub fn total(&self) -> f64 {
        self.major + self.minor + self.patch
    }
}

#[expect(clippy::cast_precision_loss, reason = "no history has 2^52 commits")]
pub(super) fn per_year(count: usize, years: f64) -> f64 {
    count as f64 / years
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_takes_what_follows_within_its_days() {
        let day = |day: i64, bump, needed| Dated {
            time: day * 86_400,
            bump,
            needed,
        };
        let found = releases(
            [
                day(15, Bump::Patch, false),
                day(0, Bump::Patch, false),
                day(4, Bump::Major, false),
                day(7, Bump::Minor, true),
                day(8, Bump::Minor, false),
            ],
            7,
        );
        let found: Vec<_> = found
            .iter()
            .map(|one| {
                (
                    one.first / 86_400,
                    one.last / 86_400,
                    one.bump,
                    one.needed,
                    one.changes,
                )
            })
            .collect();
        assert_eq!(
            found,
            [(0, 7, Bump::Major, true, 3), (8, 15, Bump::Minor, false, 2),]
        );
        assert_eq!(releases([], 7), []);
    }
}
