//! Which version comes next.

use std::collections::BTreeSet;

use semver::{Prerelease, Version};

use super::request::Wanted;
use crate::findings::{Finding, codes};
use crate::model::Bump;

/// What is known of a crate's versions.
#[derive(Debug, Clone)]
pub(super) struct Versions {
    /// The one in `Cargo.toml`.
    pub(super) current: Version,
    /// Those that are out.
    pub(super) released: BTreeSet<Version>,
}

impl Versions {
    /// The latest version that is out and no pre-release, on the line that `Cargo.toml` is on.
    pub(super) fn latest(&self) -> Option<&Version> {
        let before = |version: &&Version| version.cmp_precedence(&self.current).is_le();
        let finals = self
            .released
            .iter()
            .filter(|version| version.pre.is_empty());
        finals.filter(before).max()
    }
}

/// The version to release: by what is wanted, never below what the changes need. What stands in
/// the way is a finding about the crate `name`.
pub(super) fn choose(
    name: &str,
    versions: &Versions,
    wanted: &Wanted,
    needed: Option<Bump>,
    pre: Option<&str>,
) -> Result<Version, Box<Finding>> {
    let latest = versions.latest();
    let target = match wanted {
        Wanted::Version(version) => version.clone(),
        Wanted::Level(_) | Wanted::Needed => {
            let core = next_core(name, versions, wanted, needed)?;
            match pre {
                Some(label) => pre_release(versions, &core, label),
                None => core,
            }
        }
    };
    let current = &versions.current;
    if target.cmp_precedence(current).is_lt() {
        return Err(Box::new(goes_back(name, current, &target, pre)));
    }
    if let (Some(latest), Some(needed)) = (latest, needed) {
        let bump = Bump::between(latest, &core_of(&target));
        if bump < needed {
            let message = format!(
                "{name}: the changes since {latest} need a {} release, and {target} is a {} one",
                word(needed),
                word(bump)
            );
            let help = format!("release {} or later", needed.next(latest));
            let finding = codes::LEVEL_TOO_LOW.finding(message);
            return Err(Box::new(finding.help(help)));
        }
    }
    Ok(target)
}

/// The version without what follows a `-` or `+`.
fn core_of(version: &Version) -> Version {
    Version::new(version.major, version.minor, version.patch)
}

fn next_core(
    name: &str,
    versions: &Versions,
    wanted: &Wanted,
    needed: Option<Bump>,
) -> Result<Version, Box<Finding>> {
    let current = &versions.current;
    let latest = versions.latest();
    if let Wanted::Level(level) = wanted {
        let next = level.next(latest.unwrap_or(current));
        let core = core_of(current);
        // Pre-releases of a version have begun: the level that made it is that of the version.
        let begun =
            !current.pre.is_empty() && latest.is_some_and(|it| Bump::between(it, &core) == *level);
        return Ok(if begun { core } else { next });
    }
    let core = core_of(current);
    // `Cargo.toml` names a version that is not out: a first release, a pre-release that becomes
    // the next one, or a number that somebody has set.
    let Some(latest) = latest.filter(|latest| **latest >= core) else {
        let low = latest.zip(needed);
        let low = low.filter(|(latest, needed)| Bump::between(latest, &core) < *needed);
        return Ok(low.map_or(core, |(latest, needed)| needed.next(latest)));
    };
    needed.map(|needed| needed.next(latest)).ok_or_else(|| {
        let message = format!("{name}: which version comes after {latest} was not said");
        let help = "name it: `--level patch`, `minor` or `major`, or `--version`";
        Box::new(codes::NO_LEVEL.finding(message).help(help))
    })
}

/// The next pre-release of a version: one after those that are out.
fn pre_release(versions: &Versions, core: &Version, label: &str) -> Version {
    let known = versions.released.iter().chain([&versions.current]);
    let numbers = known
        .filter(|version| core_of(version) == *core)
        .filter_map(|version| {
            let number = version
                .pre
                .as_str()
                .strip_prefix(label)?
                .strip_prefix('.')?;
            number.parse::<u64>().ok()
        });
    let next = numbers.max().map_or(1, |number| number + 1);
    let mut version = core.clone();
    let pre = Prerelease::new(&format!("{label}.{next}"));
    version.pre = pre.expect("the label was checked where it entered");
    version
}

fn goes_back(name: &str, current: &Version, target: &Version, pre: Option<&str>) -> Finding {
    let message = format!("{name}: Cargo.toml says {current} already, and {target} is before it");
    let help = match pre {
        Some(label) if core_of(target) == *current => format!(
            "to begin with a pre-release, set the version in Cargo.toml to {current}-{label}.1, \
             commit, and release without --pre"
        ),
        _ => format!("name no level to release {current}, or a higher one"),
    };
    codes::VERSION_GOES_BACK.finding(message).help(help)
}

pub(super) fn word(bump: Bump) -> &'static str {
    match bump {
        Bump::Patch => "patch",
        Bump::Minor => "minor",
        Bump::Major => "major",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn says(
        current: &str,
        released: &str,
        wanted: &Wanted,
        needed: Option<Bump>,
        pre: Option<&str>,
    ) -> String {
        let versions = Versions {
            current: current.parse().unwrap(),
            released: released
                .split_whitespace()
                .map(|v| v.parse().unwrap())
                .collect(),
        };
        match choose("acme", &versions, wanted, needed, pre) {
            Ok(version) => version.to_string(),
            Err(finding) => finding.code,
        }
    }

    #[test]
    fn the_level_is_what_the_changes_need_or_more() {
        use Bump::{Major, Minor, Patch};
        use Wanted::{Level, Needed};
        let is = |wanted, needed| says("1.2.3", "1.2.2 1.2.3", &wanted, needed, None);
        assert_eq!(is(Needed, Some(Minor)), "1.3.0");
        assert_eq!(is(Level(Major), Some(Minor)), "2.0.0");
        assert_eq!(is(Level(Patch), Some(Minor)), "level-too-low");
        assert_eq!(is(Level(Patch), None), "1.2.4");
        assert_eq!(is(Needed, None), "no-level");
        let version = |v: &str| Wanted::Version(v.parse().unwrap());
        assert_eq!(is(version("1.5.0"), Some(Minor)), "1.5.0");
        assert_eq!(is(version("1.2.9"), Some(Minor)), "level-too-low");
        assert_eq!(is(version("1.2.0"), None), "version-goes-back");
    }

    #[test]
    fn below_one_the_rules_are_cargos() {
        let is = |level| says("0.2.3", "0.2.3", &Wanted::Level(level), None, None);
        assert_eq!(is(Bump::Major), "0.3.0");
        assert_eq!(is(Bump::Minor), "0.2.4");
        let patch = Wanted::Level(Bump::Patch);
        assert_eq!(
            says("0.2.3", "0.2.3", &patch, Some(Bump::Major), None),
            "level-too-low"
        );
    }

    #[test]
    fn a_version_that_is_not_out_is_released_as_it_is() {
        let is = |needed| says("0.1.0", "", &Wanted::Needed, needed, None);
        assert_eq!(is(None), "0.1.0");
        assert_eq!(is(Some(Bump::Major)), "0.1.0");
        let by_hand = |needed| says("1.5.0", "1.4.0", &Wanted::Needed, needed, None);
        assert_eq!(by_hand(Some(Bump::Patch)), "1.5.0");
        assert_eq!(by_hand(Some(Bump::Major)), "2.0.0");
        // On a branch for an old line, what is out beyond it does not count.
        let old = says(
            "1.2.3",
            "1.2.3 2.0.0",
            &Wanted::Needed,
            Some(Bump::Patch),
            None,
        );
        assert_eq!(old, "1.2.4");
    }

    #[test]
    fn pre_releases_lead_to_their_version() {
        use Wanted::{Level, Needed};
        let minor = || Level(Bump::Minor);
        assert_eq!(
            says("1.2.0", "1.2.0", &minor(), None, Some("rc")),
            "1.3.0-rc.1"
        );
        let out = "1.2.0 1.3.0-rc.1";
        assert_eq!(
            says("1.3.0-rc.1", out, &Needed, None, Some("rc")),
            "1.3.0-rc.2"
        );
        assert_eq!(
            says("1.3.0-rc.1", out, &minor(), None, Some("rc")),
            "1.3.0-rc.2"
        );
        assert_eq!(
            says("1.3.0-rc.1", out, &Needed, Some(Bump::Minor), None),
            "1.3.0"
        );
        assert_eq!(says("1.3.0-rc.1", out, &minor(), None, None), "1.3.0");
        let major = Some(Bump::Major);
        assert_eq!(says("1.3.0-rc.1", out, &Needed, major, None), "2.0.0");
        assert_eq!(
            says("1.3.0-rc.1", out, &Needed, major, Some("rc")),
            "2.0.0-rc.1"
        );
        assert_eq!(
            says("1.3.0-rc.1", out, &minor(), major, None),
            "level-too-low"
        );
        let alpha = says("1.3.0-rc.1", out, &Needed, None, Some("alpha"));
        assert_eq!(alpha, "version-goes-back");
        assert_eq!(
            says("0.1.0", "", &Needed, None, Some("rc")),
            "version-goes-back"
        );
    }
}
