//! The verdict on a release: the changes that its API asks for a bump for, from three sources,
//! the largest of which counts.

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};

use super::cache::{Cache, Kept, Key};
use super::leaks::{self, Exposed};
use super::lints;
use super::merge::merge;
use super::read::{below_root, read};
use super::rustdoc::{Home, load_rustdoc_at};
use super::{Baseline, Rustdoc, Subject, SurfaceError, features, signatures};
use crate::cargo::{Invocation, load_metadata_no_deps};
use crate::model::{Bump, Change};
use crate::sys::{self, Program, fs};

/// What changed between a baseline and a subject.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// Sorted by item.
    pub changes: Vec<Change>,
    /// What could not be looked at. A verdict with such a part says nothing of it.
    pub skipped: Vec<Skipped>,
}

impl Verdict {
    /// The least that the next version must move, by what is known.
    pub fn bump(&self) -> Bump {
        let bumps = self.changes.iter().map(|change| change.bump);
        bumps.max().unwrap_or(Bump::Patch)
    }
}

/// A part of a verdict that can't be had.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Skipped {
    /// `signatures`, `leaked dependencies`, `features` or `cargo-semver-checks`.
    pub part: String,
    /// Why.
    pub reason: String,
}

/// What a verdict is made with.
#[derive(Debug, Clone, Default)]
pub struct Tools {
    /// Where what is made of baselines is kept; nowhere by default.
    pub cache: Option<Cache>,
    /// The program cargo-semver-checks, by default the one on PATH.
    pub semver_checks: Option<Utf8PathBuf>,
}

impl Tools {
    /// The user's cache, and the program that `CARGO_SEMVER_CHECKS` names or PATH has.
    pub fn of_user() -> Self {
        Self {
            cache: Cache::of_user(),
            semver_checks: sys::env::var("CARGO_SEMVER_CHECKS").map(Into::into),
        }
    }
}

/// How far a verdict is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress<'a> {
    /// rustdoc reads the package in a folder.
    Documenting(&'a Utf8Path),
    /// The baseline's API was kept from an earlier time.
    Cached(&'a Utf8Path),
    /// A line that cargo writes.
    Line(&'a str),
    /// Both sides are compared.
    Comparing,
}

const SIGNATURES: &str = "signatures";
const LEAKS: &str = "leaked dependencies";
const FEATURES: &str = "features";

/// A baseline's side, and whether it was kept from an earlier time.
struct Loaded {
    side: Side,
    kept: bool,
}

/// One side: rustdoc's JSON, and the dependencies that show in it, or why they can't be read.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Side {
    rustdoc: Rustdoc,
    exposed: Result<Vec<Exposed>, String>,
}

/// Compares `subject` with `baseline`.
///
/// # Errors
/// If the subject does not compile, or files can't be read or written. A baseline that does not
/// compile is no error: then every part is skipped.
pub fn verdict(
    subject: &Subject,
    baseline: &Baseline,
    tools: &Tools,
    on_progress: &mut dyn FnMut(Progress<'_>),
) -> Result<Verdict, SurfaceError> {
    let new = document(subject, &Home::default(), on_progress)?;
    let load = |cache, on_progress: &mut dyn FnMut(Progress<'_>)| {
        load_baseline(subject, baseline, cache, on_progress)
    };
    let cache = tools.cache.as_ref();
    let mut old = load(cache, on_progress);
    if let Ok(Loaded { side, kept: true }) = &old
        && leak_by_resolution(side, &new)
    {
        // Dependencies have moved since it was kept: both sides at one time.
        old = load(None, on_progress);
    }
    let old = match old {
        Ok(old) => old.side,
        Err(SurfaceError::Sys(error)) => return Err(error.into()),
        Err(error) => {
            remove_json(subject, &new.rustdoc);
            return Ok(nothing_known(&error));
        }
    };
    on_progress(Progress::Comparing);
    let verdict = compare(subject, tools, &old, &new);
    remove_json(subject, &new.rustdoc);
    remove_json(subject, &old.rustdoc);
    Ok(verdict)
}

/// Is there a leak of a package that the requirements of both sides do not decide on?
fn leak_by_resolution(old: &Side, new: &Side) -> bool {
    let (Ok(was), Ok(is)) = (&old.exposed, &new.exposed) else {
        return false;
    };
    let direct = |side: &Side, name: &str| side.rustdoc.package.dependencies.contains_key(name);
    let moved = leaks::moved((&old.rustdoc, was), (&new.rustdoc, is));
    moved.iter().any(|(before, _)| {
        let name = &before.package.name;
        !direct(old, name) || !direct(new, name)
    })
}

fn nothing_known(error: &SurfaceError) -> Verdict {
    let skipped = [FEATURES, LEAKS, SIGNATURES, lints::PART].map(|part| Skipped {
        part: part.to_owned(),
        reason: format!("the baseline cannot be read: {error}"),
    });
    Verdict {
        changes: Vec::new(),
        skipped: skipped.into(),
    }
}

fn compare(subject: &Subject, tools: &Tools, old: &Side, new: &Side) -> Verdict {
    let (before, after) = (&old.rustdoc, &new.rustdoc);
    let mut skipped = Vec::new();
    let program = tools.semver_checks.as_deref();
    let (lints, changes) = std::thread::scope(|scope| {
        let lints =
            scope.spawn(|| lints::load_lints(program, &subject.dir, &before.json, &after.json));
        let changes = signatures::compare(before, after);
        (lints.join().expect("reading does not panic"), changes)
    });
    let mut changes = changes.unwrap_or_else(|error| {
        skipped.push(Skipped {
            part: SIGNATURES.to_owned(),
            reason: error.to_string(),
        });
        Vec::new()
    });
    match lints {
        Ok(mut lints) => {
            for place in lints.iter_mut().filter_map(|lint| lint.before.as_mut()) {
                place.file = below_root(&before.package, &place.file).to_owned();
            }
            for place in lints.iter_mut().filter_map(|lint| lint.after.as_mut()) {
                place.file = below_root(&after.package, &place.file).to_owned();
            }
            changes = merge(changes, lints);
        }
        Err(why) => skipped.push(why),
    }
    match (&old.exposed, &new.exposed) {
        (Ok(was), Ok(is)) => changes.extend(leaks::compare((before, was), (after, is))),
        (Err(reason), _) | (_, Err(reason)) => skipped.push(Skipped {
            part: LEAKS.to_owned(),
            reason: reason.clone(),
        }),
    }
    let name = subject.package.as_str();
    let (was, is) = (&before.package.features, &after.package.features);
    changes.extend(features::compare(name, was, is));
    changes.sort_by(|a, b| (&a.item, a).cmp(&(&b.item, b)));
    changes.dedup();
    skipped.sort();
    Verdict { changes, skipped }
}

fn document(
    subject: &Subject,
    home: &Home<'_>,
    on_progress: &mut dyn FnMut(Progress<'_>),
) -> Result<Side, SurfaceError> {
    on_progress(Progress::Documenting(&subject.dir));
    let rustdoc = load_rustdoc_at(subject, home, &mut |line| on_progress(Progress::Line(line)))?;
    let krate = read(&rustdoc.json);
    let exposed = krate.map(|krate| leaks::exposed(&krate, &rustdoc));
    Ok(Side {
        exposed: exposed.map_err(|error| error.to_string()),
        rustdoc,
    })
}

fn load_baseline(
    subject: &Subject,
    baseline: &Baseline,
    cache: Option<&Cache>,
    on_progress: &mut dyn FnMut(Progress<'_>),
) -> Result<Loaded, SurfaceError> {
    let place = match (cache, baseline.origin.identity()) {
        (Some(cache), Some(identity)) => Some((cache, key(subject, baseline, identity)?)),
        _ => None,
    };
    let found = place.as_ref().and_then(|(cache, key)| cache.load(key));
    if let Some(Kept { json, facts }) = found {
        on_progress(Progress::Cached(&baseline.dir));
        let side = with_json(facts, &json);
        return Ok(Loaded { side, kept: true });
    }
    let lockfile = lockfile(subject)?.filter(|_| baseline.is_unpacked());
    let home = Home {
        dir: Some(&subject.dir),
        lockfile: lockfile.as_deref(),
    };
    let mut side = document(&baseline.subject(subject), &home, on_progress)?;
    if let Some((cache, key)) = place {
        // A full disk is no reason to have no verdict.
        match cache.store(&key, &side.rustdoc.json, side.clone()) {
            Ok(kept) => {
                remove_json(subject, &side.rustdoc);
                side = with_json(side, &kept.json);
            }
            Err(error) => tracing::warn!(%error, "the baseline's API is not kept"),
        }
    }
    Ok(Loaded { side, kept: false })
}

/// The lock file that the subject is built with, which is there after that.
fn lockfile(subject: &Subject) -> Result<Option<Utf8PathBuf>, SurfaceError> {
    let dir = fs::canonical(&subject.dir)?;
    let cargo = Invocation::new(&dir);
    let metadata = load_metadata_no_deps(&cargo, Some(&dir.join("Cargo.toml")))?;
    let path = metadata.workspace_root.join("Cargo.lock");
    Ok(path.is_file().then_some(path))
}

fn with_json(side: Side, json: &Utf8Path) -> Side {
    let rustdoc = Rustdoc {
        json: json.to_owned(),
        ..side.rustdoc
    };
    Side { rustdoc, ..side }
}

fn key(subject: &Subject, baseline: &Baseline, identity: &str) -> Result<Key, SurfaceError> {
    let rustc = Program::new("rustc").arg("-vV").dir(&subject.dir);
    let mut toolchain = vec![rustc.stdout()?, env!("CARGO_PKG_VERSION").to_owned()];
    let flags = ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "CARGO_BUILD_TARGET"];
    toolchain.extend(flags.map(|name| sys::env::var(name).unwrap_or_default()));
    Ok(Key {
        package: subject.package.to_string(),
        version: baseline.version.clone(),
        identity: identity.to_owned(),
        features: subject.features.clone(),
        toolchain: toolchain.join("\n"),
    })
}

/// Removes JSON that lies in a folder of its own below the target folder. It is no harm if that
/// fails.
fn remove_json(subject: &Subject, rustdoc: &Rustdoc) {
    let folder = rustdoc.json.parent();
    let ours = folder.filter(|folder| folder.starts_with(&subject.target_dir));
    if let Some(folder) = ours
        && let Err(error) = fs::remove_dir_all(folder)
    {
        tracing::debug!(%error, "rustdoc's JSON stays");
    }
}
