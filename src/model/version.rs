//! Versions and what a change asks of them.

use serde::{Deserialize, Serialize};

/// How far a version must move. The order is the order of severity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Bump {
    /// Nothing that a consumer sees.
    Patch,
    /// Something was added.
    Minor,
    /// A consumer may break.
    Major,
}

impl Bump {
    /// The next version by cargo's rules: below 1.0.0 the leftmost number that is not zero
    /// plays the part of the major one (the cargo book, "`SemVer` Compatibility").
    #[must_use]
    pub fn next(self, version: &semver::Version) -> semver::Version {
        let semver::Version {
            major,
            minor,
            patch,
            ..
        } = *version;
        match (self, major, minor) {
            (Self::Major, 0, 0) | (Self::Minor, 0, _) | (Self::Patch, ..) => {
                semver::Version::new(major, minor, patch + 1)
            }
            (Self::Major, 0, _) | (Self::Minor, ..) => semver::Version::new(major, minor + 1, 0),
            (Self::Major, ..) => semver::Version::new(major + 1, 0, 0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bumps_follow_cargos_rules() {
        let next = |bump: Bump, v: &str| bump.next(&v.parse().expect("a version")).to_string();
        assert_eq!(next(Bump::Major, "1.2.3"), "2.0.0");
        assert_eq!(next(Bump::Minor, "1.2.3"), "1.3.0");
        assert_eq!(next(Bump::Patch, "1.2.3"), "1.2.4");
        assert_eq!(next(Bump::Major, "0.2.3"), "0.3.0");
        assert_eq!(next(Bump::Minor, "0.2.3"), "0.2.4");
        assert_eq!(next(Bump::Major, "0.0.3"), "0.0.4");
    }
}
