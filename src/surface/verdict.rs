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

/// One side: rustdoc's JSON, and the dependencies that show in it, or why they can't be read.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Side {
    rustdoc: Rustdoc,
    exposed: Result<Vec<Exposed>, String>,
}

/// Compares `subject` with `baseline`, what is made of which is kept in `cache`.
///
/// # Errors
/// If the subject does not compile, or files can't be read or written. A baseline that does not
/// compile is no error: then every part is skipped.
pub fn verdict(
    subject: &Subject,
    baseline: &Baseline,
    cache: Option<&Cache>,
    on_progress: &mut dyn FnMut(Progress<'_>),
) -> Result<Verdict, SurfaceError> {
    let new = document(subject, &Home::default(), on_progress)?;
    let old = match load_baseline(subject, baseline, cache, on_progress) {
        Ok(old) => old,
        Err(SurfaceError::Sys(error)) => return Err(error.into()),
        Err(error) => {
            remove_json(subject, &new.rustdoc);
            return Ok(nothing_known(&error));
        }
    };
    on_progress(Progress::Comparing);
    let verdict = compare(subject, &old, &new);
    remove_json(subject, &new.rustdoc);
    remove_json(subject, &old.rustdoc);
    Ok(verdict)
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

fn compare(subject: &Subject, old: &Side, new: &Side) -> Verdict {
    let (before, after) = (&old.rustdoc, &new.rustdoc);
    let mut skipped = Vec::new();
    let (lints, changes) = std::thread::scope(|scope| {
        let lints = scope.spawn(|| lints::load_lints(&subject.dir, &before.json, &after.json));
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
) -> Result<Side, SurfaceError> {
    let kept = match (cache, baseline.origin.identity()) {
        (Some(cache), Some(identity)) => Some((cache, key(subject, baseline, identity)?)),
        _ => None,
    };
    let found = kept
        .as_ref()
        .and_then(|(cache, key)| cache.load::<Side>(key));
    if let Some(Kept { json, facts }) = found {
        on_progress(Progress::Cached(&baseline.dir));
        return Ok(with_json(facts, &json));
    }
    let lockfile = lockfile(subject)?.filter(|_| baseline.is_unpacked());
    let home = Home {
        dir: Some(&subject.dir),
        lockfile: lockfile.as_deref(),
    };
    let side = document(&baseline.subject(subject), &home, on_progress)?;
    let Some((cache, key)) = kept else {
        return Ok(side);
    };
    // A full disk is no reason to have no verdict.
    match cache.store(&key, &side.rustdoc.json, side.clone()) {
        Ok(kept) => {
            remove_json(subject, &side.rustdoc);
            Ok(with_json(side, &kept.json))
        }
        Err(error) => {
            tracing::warn!(%error, "the baseline's API is not kept");
            Ok(side)
        }
    }
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
