//! The verdict on a release: the changes that its API asks for a bump for, from three sources,
//! the largest of which counts.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};

use super::api::{Api, Key, load_apis, load_wholes};
use super::cache::{self, Cache};
use super::features::compare_manifests;
use super::merge::merge;
use super::rustdoc::{Home, load_rustdoc_at};
use super::{Baseline, Features, Rustdoc, Subject, SurfaceError, leaks, lints, opaque, signatures};
use crate::cargo::{Invocation, load_metadata_no_deps};
use crate::model::{Bump, Change};
use crate::sys::{self, Program, fs};

/// What changed between a baseline and a subject.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// The gravest come first.
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
    /// `signatures`, `leaked dependencies`, `features`, `cargo-semver-checks`, `auto traits of
    /// opaque results`, `re-exports of another crate`, or, where all is compared but with fewer of
    /// them, `optional features`.
    pub part: String,
    /// Why.
    pub reason: String,
}

/// What a verdict is made with.
#[derive(Debug, Clone, Default)]
pub struct Tools {
    /// Where what is made of baselines is kept; nowhere by default.
    pub cache: Option<Cache>,
    /// No network: what is not here already cannot be built with.
    pub offline: bool,
    /// The program cargo-semver-checks, by default the one on PATH.
    pub semver_checks: Option<Utf8PathBuf>,
}

impl Tools {
    /// The user's cache, and the program that `CARGO_SEMVER_CHECKS` names or PATH has.
    pub fn of_user() -> Self {
        Self {
            cache: Cache::of_user(),
            offline: false,
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
/// The auto traits of futures and of what is returned as `impl Trait`.
const OPAQUE: &str = "auto traits of opaque results";
const BROUGHT: &str = "re-exports of another crate";
const OPTIONAL: &str = "optional features";

/// Compares `subject` with `baseline`. A package that does not compile with all its
/// [stable features](Features::Stable) is compared with the default ones, and the others are
/// named as skipped.
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
    let failure = match attempt(subject, baseline, tools, on_progress) {
        Ok(verdict) => return Ok(verdict),
        Err(failure) => failure,
    };
    let does_not_build = matches!(failure.error, SurfaceError::DoesNotBuild { .. });
    if subject.features != Features::Stable || !does_not_build {
        return failure.into_verdict();
    }
    let fewer = Subject {
        features: Features::Default,
        ..subject.clone()
    };
    let Ok(mut verdict) = attempt(&fewer, baseline, tools, on_progress) else {
        return failure.into_verdict();
    };
    verdict.skipped.push(Skipped {
        part: OPTIONAL.to_owned(),
        reason: format!("with all of them, {}", failure.error),
    });
    verdict.skipped.sort();
    Ok(verdict)
}

/// Why one side can't be read.
struct Failure {
    error: SurfaceError,
    of_baseline: bool,
}

impl Failure {
    fn into_verdict(self) -> Result<Verdict, SurfaceError> {
        match self.error {
            error @ SurfaceError::Sys(_) => Err(error),
            error if self.of_baseline => Ok(nothing_known(&error)),
            error => Err(error),
        }
    }
}

fn attempt(
    subject: &Subject,
    baseline: &Baseline,
    tools: &Tools,
    on_progress: &mut dyn FnMut(Progress<'_>),
) -> Result<Verdict, Failure> {
    let fails = |of_baseline| move |error| Failure { error, of_baseline };
    let home = Home {
        offline: tools.offline,
        ..Home::default()
    };
    let new = document(subject, &home, on_progress).map_err(fails(false))?;
    let verdict = judge(subject, baseline, tools, &new, on_progress).map_err(fails(true));
    remove_json(subject, &new);
    verdict
}

fn judge(
    subject: &Subject,
    baseline: &Baseline,
    tools: &Tools,
    new: &Rustdoc,
    on_progress: &mut dyn FnMut(Progress<'_>),
) -> Result<Verdict, SurfaceError> {
    let old = load_baseline(subject, baseline, tools, on_progress)?;
    on_progress(Progress::Comparing);
    let mut found = compare(subject, tools, &old.rustdoc, new);
    remove_json(subject, &old.rustdoc);
    if old.kept && found.by_resolution {
        // Dependencies have moved since it was kept: both sides as of now.
        let old = document_baseline(subject, baseline, tools.offline, on_progress)?;
        found = compare(subject, tools, &old, new);
        remove_json(subject, &old);
    }
    Ok(found.verdict)
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

struct Found {
    verdict: Verdict,
    /// Do crates differ between the sides of which the requirements may not have decided: one
    /// that shows in the API, or that it shows as its own?
    by_resolution: bool,
}

fn compare(subject: &Subject, tools: &Tools, before: &Rustdoc, after: &Rustdoc) -> Found {
    let program = tools.semver_checks.as_deref();
    let (lints, apis) = std::thread::scope(|scope| {
        let lints =
            scope.spawn(|| lints::load_lints(program, &subject.dir, &before.json, &after.json));
        let apis = compare_apis(before, after);
        (lints.join().expect("reading does not panic"), apis)
    });
    let lints = lints.map(|lints| below_roots(lints, before, after));
    let mut found = match (apis, lints) {
        (Ok(mut found), Ok(lints)) => {
            found.verdict.changes = merge(found.verdict.changes, lints);
            found
        }
        (Ok(mut found), Err(skipped)) => {
            found.verdict.skipped.push(skipped);
            found
        }
        (Err(error), lints) => without_apis(&error, lints),
    };
    let verdict = &mut found.verdict;
    let manifests = compare_manifests(&before.package, &after.package);
    verdict.changes.extend(manifests);
    let order = |a: &Change, b: &Change| b.bump.cmp(&a.bump).then_with(|| a.cmp(b));
    verdict.changes.sort_by(order);
    verdict.changes.dedup();
    verdict.skipped.sort();
    found
}

/// The places of lints are those of rustdoc.
fn below_roots(mut lints: Vec<Change>, before: &Rustdoc, after: &Rustdoc) -> Vec<Change> {
    for lint in &mut lints {
        for (place, side) in [(&mut lint.before, before), (&mut lint.after, after)] {
            if let Some(place) = place {
                place.file = side.package.below_root(&place.file).to_owned();
            }
        }
    }
    lints
}

/// What is left where rustdoc's JSON is of a form that only the lints can read, or not even they.
fn without_apis(error: &SurfaceError, lints: Result<Vec<Change>, Skipped>) -> Found {
    let skip = |part: &str| Skipped {
        part: part.to_owned(),
        reason: error.to_string(),
    };
    let mut skipped = vec![skip(LEAKS), skip(SIGNATURES)];
    let changes = lints.unwrap_or_else(|reason| {
        skipped.push(reason);
        Vec::new()
    });
    Found {
        verdict: Verdict { changes, skipped },
        by_resolution: false,
    }
}

/// What our own reading of the JSON finds: signatures and leaks.
fn compare_apis(before: &Rustdoc, after: &Rustdoc) -> Result<Found, SurfaceError> {
    let (old, new) = load_apis(before, after)?;
    let wholes = match (&before.whole, &after.whole) {
        (None, None) => None,
        _ => Some(load_wholes(before, after)?),
    };
    let (whole_old, whole_new) = wholes
        .as_ref()
        .map_or((&old, &new), |(old, new)| (old, new));
    let mut changes = signatures::compare_code((before, whole_old), (after, whole_new));
    let (was, is) = (leaks::exposed(&old, before), leaks::exposed(&new, after));
    let moved = leaks::moved((before, &was), (after, &is));
    let direct = |side: &Rustdoc, name: &str| side.package.dependencies.contains_key(name);
    let by_resolution = before.parts != after.parts
        || moved.iter().any(|(exposed, _)| {
            let name = &exposed.package.name;
            !direct(before, name) || !direct(after, name)
        });
    changes.extend(moved.into_iter().map(leaks::into_change));
    let unasked = opaque::unasked((before, &old), (after, &new));
    let skipped = unprobed(&unasked)
        .into_iter()
        .chain(brought(whole_old, whole_new));
    Ok(Found {
        verdict: Verdict {
            changes,
            skipped: skipped.collect(),
        },
        by_resolution,
    })
}

/// Items that are gone from the crate itself, and come from another one by a glob, or may.
fn brought(old: &Api, new: &Api) -> Option<Skipped> {
    let gone = |key: &&Key| !new.entries.contains_key(*key) && !old.entries[*key].hidden;
    let gone = old.entries.keys().filter(gone);
    let source = |key: &Key| signatures::newly_brought(old, new, &key.path);
    let mut brought = gone.filter_map(|key| Some((&key.path, source(key)?)));
    let (first, source) = brought.next()?;
    let others = match brought.count() {
        0 => String::new(),
        others => format!(" and {others} more"),
    };
    Some(Skipped {
        part: BROUGHT.to_owned(),
        reason: format!(
            "`{first}`{others} come by `pub use {source}::*` now, or may: what changed in them is not \
             seen"
        ),
    })
}

/// Functions whose futures and `impl Trait`s may have lost an auto trait unseen.
fn unprobed(unasked: &BTreeSet<String>) -> Option<Skipped> {
    let first = unasked.first()?;
    let others = match unasked.len() - 1 {
        0 => String::new(),
        others => format!(" and {others} more"),
    };
    Some(Skipped {
        part: OPAQUE.to_owned(),
        reason: format!(
            "what `{first}`{others} returns depends on type parameters, or cannot be asked about"
        ),
    })
}

fn document(
    subject: &Subject,
    home: &Home<'_>,
    on_progress: &mut dyn FnMut(Progress<'_>),
) -> Result<Rustdoc, SurfaceError> {
    on_progress(Progress::Documenting(&subject.dir));
    load_rustdoc_at(subject, home, &mut |line| on_progress(Progress::Line(line)))
}

fn document_baseline(
    subject: &Subject,
    baseline: &Baseline,
    offline: bool,
    on_progress: &mut dyn FnMut(Progress<'_>),
) -> Result<Rustdoc, SurfaceError> {
    let lockfile = lockfile(subject)?.filter(|_| baseline.is_unpacked());
    let home = Home {
        dir: Some(&subject.dir),
        lockfile: lockfile.as_deref(),
        offline,
        alone: false,
    };
    document(&baseline.subject(subject), &home, on_progress)
}

/// A baseline's side, and whether it was kept from an earlier time.
struct Loaded {
    rustdoc: Rustdoc,
    kept: bool,
}

fn load_baseline(
    subject: &Subject,
    baseline: &Baseline,
    tools: &Tools,
    on_progress: &mut dyn FnMut(Progress<'_>),
) -> Result<Loaded, SurfaceError> {
    let place = match (tools.cache.as_ref(), baseline.origin.identity()) {
        (Some(cache), Some(identity)) => Some((cache, key(subject, baseline, identity)?)),
        _ => None,
    };
    if let Some(rustdoc) = place.as_ref().and_then(|(cache, key)| cache.load(key)) {
        on_progress(Progress::Cached(&baseline.dir));
        return Ok(Loaded {
            rustdoc,
            kept: true,
        });
    }
    let mut rustdoc = document_baseline(subject, baseline, tools.offline, on_progress)?;
    if let Some((cache, key)) = place {
        // A full disk is no reason to have no verdict.
        match cache.store(&key, &rustdoc) {
            Ok(kept) => {
                remove_json(subject, &rustdoc);
                rustdoc = kept;
            }
            Err(error) => tracing::warn!(%error, "the baseline's API is not kept"),
        }
    }
    Ok(Loaded {
        rustdoc,
        kept: false,
    })
}

/// The lock file that the subject is built with, which is there after that.
fn lockfile(subject: &Subject) -> Result<Option<Utf8PathBuf>, SurfaceError> {
    let dir = fs::canonical(&subject.dir)?;
    let cargo = Invocation::new(&dir);
    let metadata = load_metadata_no_deps(&cargo, Some(&dir.join("Cargo.toml")))?;
    let path = metadata.workspace_root.join("Cargo.lock");
    Ok(path.is_file().then_some(path))
}

fn key(subject: &Subject, baseline: &Baseline, identity: &str) -> Result<cache::Key, SurfaceError> {
    let rustc = Program::new("rustc").arg("-vV").dir(&subject.dir);
    let mut toolchain = vec![rustc.stdout()?, env!("CARGO_PKG_VERSION").to_owned()];
    let flags = ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "CARGO_BUILD_TARGET"];
    toolchain.extend(flags.map(|name| sys::env::var(name).unwrap_or_default()));
    Ok(cache::Key {
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
