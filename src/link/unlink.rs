//! A link ends: all files are as they were before it.

use camino::{Utf8Path, Utf8PathBuf};
use semver::Version;

use super::place::Place;
use super::state::{State, StoredLink};
use super::{LinkError, files, hook};
use crate::sys::fs;

/// A crate that comes from its registry again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unlinked {
    /// The crate.
    pub krate: String,
    /// The folder that it was built from.
    pub dir: Utf8PathBuf,
    /// The version that is pinned.
    pub version: Version,
}

/// Ends the links of these crates, or of all.
///
/// # Errors
/// If one of them is not linked; then nothing has changed.
pub fn unlink(dir: &Utf8Path, names: &[String]) -> Result<Vec<Unlinked>, LinkError> {
    let place = Place::find(dir, true)?;
    let _lock = place.lock()?;
    let Some(state) = place.state()? else {
        return Err(LinkError::NothingLinked {
            dir: place.workspace,
        });
    };
    let linked = state.names();
    if let Some(name) = names.iter().find(|name| !linked.contains(name)) {
        return Err(LinkError::NotLinked {
            name: name.clone(),
            linked,
        });
    }
    let goes = |link: &StoredLink| names.is_empty() || names.contains(&link.krate);
    let gone = state.links.iter().filter(|link| goes(link));
    let gone = gone.map(|link| Unlinked {
        krate: link.krate.clone(),
        dir: link.dir.clone(),
        version: link.instead_of.clone(),
    });
    let gone = gone.collect();
    // What a run that was cut off has left goes, too.
    take_out(&place, state, &|link| goes(link) || link.unsettled)?;
    Ok(gone)
}

/// What is linked; what a run that was cut off has left half-done is undone first.
pub(super) fn recover(place: &Place) -> Result<Option<State>, LinkError> {
    let Some(state) = place.state()? else {
        return Ok(None);
    };
    if state.links.iter().any(|link| link.unsettled) {
        return take_out(place, state, &|link| link.unsettled);
    }
    Ok(Some(state))
}

/// Ends the links that `goes` names, and gives what is left. It can be cut off and begun again
/// at any point: the state goes last.
pub(super) fn take_out(
    place: &Place,
    mut state: State,
    goes: &dyn Fn(&StoredLink) -> bool,
) -> Result<Option<State>, LinkError> {
    let file = place.state_file();
    for link in &mut state.links {
        link.unsettled = goes(link);
    }
    state.save(&file)?;
    let left: Vec<StoredLink> = state
        .links
        .iter()
        .filter(|l| !l.unsettled)
        .cloned()
        .collect();
    let dirs: Vec<Utf8PathBuf> = left.iter().map(|link| link.dir.clone()).collect();
    let after = files::restore_config(&state, &dirs)?;
    if left.is_empty() {
        if let Some(path) = &state.hook {
            hook::remove(place, path)?;
        }
        if let Some(ignored) = &state.ignored {
            files::restore_ignored(ignored)?;
        }
        fs::remove_file(&file)?;
        return Ok(None);
    }
    state.after = after;
    state.links = left;
    state.save(&file)?;
    Ok(Some(state))
}
