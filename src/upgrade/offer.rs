//! The version that a crate moves to.

use semver::{BuildMetadata, Version, VersionReq};

use super::{UpgradeError, Wanted};
use crate::registry::IndexEntry;
use crate::service::Pin;

/// The version that a pin moves to; none if it is there already, or beyond.
///
/// # Errors
/// If a version is asked for that the registry does not have, or has yanked.
pub(super) fn choose<'a>(
    pin: &Pin,
    entries: &'a [IndexEntry],
    wanted: &Wanted,
) -> Result<Option<&'a IndexEntry>, UpgradeError> {
    let entry = match wanted {
        Wanted::Version(version) => Some(named(pin, entries, version)?),
        Wanted::Breaking => latest(pin, entries, &|_| true),
        Wanted::Compatible => latest(pin, entries, &|version| is_compatible(pin, version)),
    };
    let is_other = |entry: &&IndexEntry| match wanted {
        Wanted::Version(version) => version.cmp_precedence(&pin.version).is_ne(),
        Wanted::Breaking | Wanted::Compatible => entry.vers > pin.version,
    };
    Ok(entry.filter(is_other))
}

fn named<'a>(
    pin: &Pin,
    entries: &'a [IndexEntry],
    version: &Version,
) -> Result<&'a IndexEntry, UpgradeError> {
    let Some(entry) = entries.iter().find(|entry| entry.is_version(version)) else {
        return Err(UpgradeError::NoVersion {
            name: pin.name.clone(),
            version: version.clone(),
            latest: latest(pin, entries, &|_| true).map(|entry| entry.vers.clone()),
        });
    };
    if entry.yanked {
        return Err(UpgradeError::Yanked {
            name: pin.name.clone(),
            version: version.clone(),
        });
    }
    Ok(entry)
}

/// Pre-releases count only where one is pinned.
fn latest<'a>(
    pin: &Pin,
    entries: &'a [IndexEntry],
    fits: &dyn Fn(&Version) -> bool,
) -> Option<&'a IndexEntry> {
    let is_offered = |entry: &&IndexEntry| {
        let is_release = entry.vers.pre.is_empty() || !pin.version.pre.is_empty();
        !entry.yanked && is_release && fits(&entry.vers)
    };
    let offered = entries.iter().filter(is_offered);
    offered.max_by(|a, b| a.vers.cmp(&b.vers))
}

/// Does cargo take it for a requirement of the pinned version (the cargo book, "Caret
/// requirements")?
fn is_compatible(pin: &Pin, version: &Version) -> bool {
    let plain = Version {
        build: BuildMetadata::EMPTY,
        ..pin.version.clone()
    };
    let caret = VersionReq::parse(&format!("^{plain}"));
    caret.is_ok_and(|caret| caret.matches(version))
}
