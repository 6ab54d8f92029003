//! The version that a crate moves to.

use semver::Version;

use super::{UpgradeError, Wanted};
use crate::registry::IndexEntry;
use crate::service::{Offers, Pin};

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
        Wanted::Breaking => Offers::among(entries, &pin.version).latest,
        Wanted::Compatible => Offers::among(entries, &pin.version).compatible,
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
        let latest = Offers::among(entries, &pin.version).latest;
        return Err(UpgradeError::NoVersion {
            name: pin.name.clone(),
            version: version.clone(),
            latest: latest.map(|entry| entry.vers.clone()),
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
