//! A link is made: written down, done, asserted; or undone.

use std::collections::BTreeSet;

use camino::Utf8PathBuf;
use cargo_metadata::Metadata;
use semver::Version;

use super::LinkError;
use super::files;
use super::graph::{self, User, Uses};
use super::hook::{self, Hook};
use super::local::{self, Local};
use super::place::Place;
use super::state::{State, StoredLink};
use super::unlink::{recover, take_out};
use crate::manifest::{Manifest, locked_packages};
use crate::sys::fs;

/// What is to be linked, and where.
#[derive(Debug, Clone)]
pub struct Request {
    /// A folder of the service.
    pub dir: Utf8PathBuf,
    /// The folder of the library, or of a workspace of libraries.
    pub library: Utf8PathBuf,
    /// The program that the hook runs.
    pub program: Utf8PathBuf,
    /// No network.
    pub offline: bool,
}

/// A crate that is built from a folder now.
#[derive(Debug, Clone)]
pub struct Linked {
    /// The crate.
    pub krate: String,
    /// The folder.
    pub dir: Utf8PathBuf,
    /// The version that the folder has.
    pub version: Version,
    /// The version that is pinned, in whose place it is built.
    pub instead_of: Version,
    /// Who asked for it.
    pub users: Vec<User>,
    /// The other crates that are built from folders now: the library's own path dependencies.
    pub along: Vec<String>,
    /// The configuration that says so.
    pub config: Utf8PathBuf,
    /// What keeps it from being committed.
    pub hook: Hook,
}

/// Links the library; what cargo then uses is asserted. If that fails, all files are as they
/// were.
///
/// # Errors
/// If the library is not used here, or in several versions, or if cargo does not use the local
/// copy in every place; with what cargo says.
pub fn link(request: &Request) -> Result<Vec<Linked>, LinkError> {
    let place = Place::find(&request.dir, request.offline)?;
    let _lock = place.lock()?;
    let state = recover(&place)?;
    let locals = local::load(&request.library)?;
    let lockfile = fs::read_text_if_exists(&place.lockfile())?;
    let made = make(&place, request, state.as_ref(), &locals);
    if made.is_err() {
        restore_lockfile(&place, lockfile.as_deref())?;
    }
    made
}

fn restore_lockfile(place: &Place, before: Option<&str>) -> Result<(), LinkError> {
    let path = place.lockfile();
    let now = fs::read_text_if_exists(&path)?;
    match before {
        Some(before) if now.as_deref() != Some(before) => fs::write(&path, before)?,
        Some(_) => {}
        None => fs::remove_file(&path)?,
    }
    Ok(())
}

fn make(
    place: &Place,
    request: &Request,
    state: Option<&State>,
    locals: &[Local],
) -> Result<Vec<Linked>, LinkError> {
    let before = place
        .metadata()?
        .map_err(|said| LinkError::Unresolved { said })?;
    let chosen = choose(place, &before, state, locals)?;
    let new = plan(place, state, &chosen)?;
    let hook = hook::find(place)?;
    new.save(&place.state_file())?;
    let done = apply(place, request, &new, &hook).and_then(|()| {
        let after = place
            .metadata()?
            .map_err(|said| refused(&chosen[0].0, said))?;
        assert_used(&before, &after, &new)?;
        Ok(after)
    });
    let after = match done {
        Ok(after) => after,
        Err(error) => {
            let added: Vec<String> = chosen.iter().map(|(local, _)| local.name.clone()).collect();
            let had = state.map(State::names).unwrap_or_default();
            take_out(place, new, &|link| {
                added.contains(&link.krate) && !had.contains(&link.krate)
            })?;
            return Err(error);
        }
    };
    let mut settled = new;
    settled
        .links
        .iter_mut()
        .for_each(|link| link.unsettled = false);
    settled.save(&place.state_file())?;
    let linked = settled.names();
    let along = graph::local(&after);
    let along: Vec<String> = along.difference(&graph::local(&before)).cloned().collect();
    let linked = |(local, uses): (Local, Uses)| Linked {
        krate: local.name,
        dir: local.dir,
        version: local.version,
        instead_of: uses.version,
        users: uses.users,
        along: along
            .iter()
            .filter(|name| !linked.contains(name))
            .cloned()
            .collect(),
        config: place.config.clone(),
        hook: hook.clone(),
    };
    Ok(chosen.into_iter().map(linked).collect())
}

fn refused(local: &Local, said: String) -> LinkError {
    LinkError::Refused {
        name: local.name.clone(),
        version: local.version.clone(),
        dir: local.dir.clone(),
        said,
    }
}

/// The libraries of the folder that are used, with what stands in the graph without the link.
fn choose(
    place: &Place,
    before: &Metadata,
    state: Option<&State>,
    locals: &[Local],
) -> Result<Vec<(Local, Uses)>, LinkError> {
    let mut chosen = Vec::new();
    for local in locals {
        let member = before.workspace_packages();
        if member
            .iter()
            .any(|package| graph::folder(package) == local.dir)
        {
            return Err(LinkError::Member {
                name: local.name.clone(),
            });
        }
        let links = state.into_iter().flat_map(|state| &state.links);
        let link = links.into_iter().find(|link| link.krate == local.name);
        if let Some(link) = link.filter(|link| link.dir != local.dir) {
            return Err(LinkError::LinkedElsewhere {
                name: local.name.clone(),
                dir: link.dir.clone(),
            });
        }
        let mut uses = graph::uses(before, &local.name);
        if uses.len() > 1 {
            let name = local.name.clone();
            return Err(LinkError::Several { name, uses });
        }
        if let Some(mut one) = uses.pop() {
            if one.source.is_none() {
                // It is a folder already, by a link: the lock file knows in whose place.
                one.version = pinned(place, &local.name)?.unwrap_or(one.version);
            }
            chosen.push((local.clone(), one));
        }
    }
    if chosen.is_empty() {
        return Err(LinkError::NotUsed {
            names: locals.iter().map(|local| local.name.clone()).collect(),
            private: graph::private(before),
        });
    }
    Ok(chosen)
}

fn pinned(place: &Place, name: &str) -> Result<Option<Version>, LinkError> {
    let Some(text) = fs::read_text_if_exists(&place.lockfile())? else {
        return Ok(None);
    };
    let lockfile = Manifest::parse(&place.lockfile(), text)?;
    let mut packages = locked_packages(&lockfile).into_iter();
    let package = packages.find(|package| package.name == name && package.source.is_some());
    Ok(package.and_then(|package| package.version.parse().ok()))
}

/// What is to be: nothing is written.
fn plan(
    place: &Place,
    state: Option<&State>,
    chosen: &[(Local, Uses)],
) -> Result<State, LinkError> {
    let now = fs::read_text_if_exists(&place.config)?;
    let had = state.map(|state| state.links.clone()).unwrap_or_default();
    let mut links = had.clone();
    for (local, uses) in chosen {
        if !had.iter().any(|link| link.krate == local.name) {
            links.push(StoredLink::new(local, uses));
        }
    }
    let dirs = |links: &[StoredLink]| links.iter().map(|l| l.dir.clone()).collect::<Vec<_>>();
    let after = files::config_with(&place.config, now.as_deref(), &dirs(&had), &dirs(&links))?;
    if let Some(state) = state {
        // What was there before the first link still is what was there before.
        return Ok(State {
            after,
            links,
            ..state.clone()
        });
    }
    let (hook, mut written) = match hook::find(place)? {
        Hook::Installed(path) => (Some(path.clone()), vec![hook::kept(&path), path]),
        Hook::InTheWay(_) => (None, Vec::new()),
    };
    written.push(place.config.clone());
    Ok(State {
        version: 1,
        config: place.config.clone(),
        before: now,
        after,
        ignored: files::plan_ignored(place, &written)?,
        hook,
        links,
    })
}

fn apply(place: &Place, request: &Request, new: &State, hook: &Hook) -> Result<(), LinkError> {
    if let Some(ignored) = &new.ignored {
        fs::write(&ignored.file, &ignored.after)?;
    }
    if let Hook::Installed(path) = hook {
        hook::install(place, path, &request.program)?;
    }
    fs::write(&place.config, &new.after)?;
    Ok(())
}

/// Is each linked crate built from its folder, wherever it is used, and nothing replaced that is
/// there in several versions?
fn assert_used(before: &Metadata, after: &Metadata, state: &State) -> Result<(), LinkError> {
    for link in &state.links {
        let uses = graph::uses(after, &link.krate);
        let found = match uses.as_slice() {
            [one] if one.dir == link.dir && one.source.is_none() => continue,
            [] => "nothing of that name".to_owned(),
            uses => uses
                .iter()
                .map(Uses::to_string)
                .collect::<Vec<_>>()
                .join("; "),
        };
        return Err(LinkError::Elsewhere {
            name: link.krate.clone(),
            dir: link.dir.clone(),
            found,
        });
    }
    let was: BTreeSet<String> = graph::local(before);
    for name in graph::local(after).difference(&was) {
        let uses = graph::uses(before, name);
        if uses.len() > 1 {
            let name = name.clone();
            return Err(LinkError::Several { name, uses });
        }
    }
    Ok(())
}
