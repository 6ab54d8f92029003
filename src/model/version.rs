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
    /// The step from `from` to the later version `to`, by cargo's rules: below 1.0.0 the leftmost
    /// number that is not zero plays the part of the major one. Between two pre-releases of one
    /// version, and from a pre-release to its version, anything may change: [`Bump::Major`].
    #[must_use]
    pub fn between(from: &semver::Version, to: &semver::Version) -> Self {
        let core = |v: &semver::Version| (v.major, v.minor, v.patch);
        if !from.pre.is_empty() && core(from) == core(to) {
            return Self::Major;
        }
        match (from.major, from.minor) {
            _ if from.major != to.major => Self::Major,
            (0, 0) => Self::Major,
            (0, _) if from.minor != to.minor => Self::Major,
            (0, _) => Self::Minor, // cargo tells patch and minor apart from 1.0.0 on only
            _ if from.minor != to.minor => Self::Minor,
            _ => Self::Patch,
        }
    }

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
    fn steps_follow_cargos_rules() {
        let between = |from: &str, to: &str| {
            let version = |v: &str| v.parse().expect("a version");
            Bump::between(&version(from), &version(to))
        };
        assert_eq!(between("1.2.3", "2.0.0"), Bump::Major);
        assert_eq!(between("1.2.3", "1.3.0"), Bump::Minor);
        assert_eq!(between("1.2.3", "1.2.4"), Bump::Patch);
        assert_eq!(between("0.2.3", "0.3.0"), Bump::Major);
        assert_eq!(between("0.2.3", "0.2.4"), Bump::Minor);
        assert_eq!(between("0.0.3", "0.0.4"), Bump::Major);
        assert_eq!(between("0.9.0", "1.0.0"), Bump::Major);
        assert_eq!(between("1.0.0-rc.1", "1.0.0"), Bump::Major);
        assert_eq!(between("1.0.0-rc.1", "1.0.1"), Bump::Patch);
    }

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
