//! An upgrade, tried: the service's copy is built and tested as it is and with the new version,
//! and what differs is said.
//!
//! Nothing here says that an upgrade is safe: what was not tried is named beside what was.

mod cause;
mod result;
mod shown;
mod untried;

use cargo_metadata::Metadata;
use semver::Version;

use super::facts::{Card, Part, Touch, Trial};
use crate::cargo::{self, Invocation};
use crate::manifest::Manifest;
use crate::model::{Change, CrateName, Digest};
use crate::service::Copy;
use crate::trial::{Expected, Suite, SuiteResult, TrialError, Verify, assert_used, run_suite};

/// What is tried.
#[derive(Debug, Clone, Copy)]
pub struct TrialRequest<'a> {
    /// The crate.
    pub name: &'a CrateName,
    /// The version that is on offer.
    pub version: &'a Version,
    /// The URL of its registry's index.
    pub index: &'a str,
    /// The SHA-256 of its `.crate`.
    pub checksum: &'a Digest,
    /// How far to go.
    pub verify: &'a Verify,
    /// How cargo runs but for the folders: environment, configuration, network.
    pub cargo: &'a Invocation,
    /// What changed in the crate's API, the gravest first.
    pub changes: &'a [Change],
    /// Which of that the service meets.
    pub touches: &'a [Touch],
}

impl<'a> TrialRequest<'a> {
    /// The trial of what a card is of. Of a change that is not known, nothing is put down to it.
    pub fn of(
        card: &'a Card,
        name: &'a CrateName,
        checksum: &'a Digest,
        verify: &'a Verify,
        cargo: &'a Invocation,
    ) -> Self {
        Self {
            name,
            version: &card.to,
            index: &card.index,
            checksum,
            verify,
            cargo,
            changes: card.api.known().map_or(&[], |api| &api.changes),
            touches: card.touches.known().map_or(&[], |found| &found.touches),
        }
    }
}

/// How far a trial is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrialEvent<'a> {
    /// The service as it is, is built.
    Before,
    /// The upgrade is made in the copy.
    Upgrade,
    /// The service with the new version is built.
    After,
    /// A line that cargo writes.
    Line(&'a str),
}

/// Who listens.
pub type TrialListener<'a> = dyn FnMut(TrialEvent<'_>) + 'a;

/// What cannot be upgraded, in the words of who tried.
pub type NoUpgrade = Box<dyn std::error::Error + Send + Sync>;

/// A service as it is, built. It serves for all upgrades of it.
#[derive(Debug)]
pub struct Before {
    side: Side,
    known: shown::Known,
}

impl Before {
    /// The service's packages, as it is.
    pub fn metadata(&self) -> &Metadata {
        &self.side.metadata
    }

    /// The compiler's errors in the service as it is, each with its target, and what cargo said if
    /// it failed without one.
    pub fn errors(&self) -> Vec<String> {
        let SuiteResult {
            errors, message, ..
        } = &self.side.result;
        let errors = errors.iter();
        let errors = errors.map(|(target, error)| format!("{target}: {}", error.message));
        errors.chain(message.clone()).collect()
    }
}

/// A side of a trial.
#[derive(Debug)]
struct Side {
    result: SuiteResult,
    metadata: Metadata,
}

/// Builds a copy of the service as it is.
///
/// # Errors
/// If cargo cannot be run, or cannot read the workspace. That something does not compile is none.
pub fn try_before(
    copy: &Copy,
    verify: &Verify,
    cargo: &Invocation,
    listener: &mut TrialListener<'_>,
) -> Result<Before, TrialError> {
    listener(TrialEvent::Before);
    let cargo = locked(copy, cargo);
    let metadata = cargo::load_metadata(&cargo, None, &[])?;
    let side = run(&cargo, metadata, verify, listener)?;
    let known = shown::Known::new(&side.result, copy);
    Ok(Before { side, known })
}

/// Upgrades the copy by `upgrade`, which edits its manifests and its `Cargo.lock`, and builds it.
///
/// # Errors
/// As [`try_before`]. An upgrade that cannot be made, or that cargo does not build with, makes the
/// trial unknown.
pub fn try_upgrade(
    request: &TrialRequest<'_>,
    before: &Before,
    copy: &Copy,
    upgrade: &mut dyn FnMut(&Copy) -> Result<(), NoUpgrade>,
    listener: &mut TrialListener<'_>,
) -> Result<Part<Trial>, TrialError> {
    listener(TrialEvent::Upgrade);
    match upgrade(copy) {
        Ok(()) => try_after(request, before, copy, listener),
        Err(error) => Ok(Part::Unknown(format!(
            "the upgrade cannot be made: {}",
            crate::model::with_sources(&*error)
        ))),
    }
}

/// Builds a copy of the service that has the new version, and compares it with `before`.
///
/// # Errors
/// As [`try_upgrade`].
pub fn try_after(
    request: &TrialRequest<'_>,
    before: &Before,
    copy: &Copy,
    listener: &mut TrialListener<'_>,
) -> Result<Part<Trial>, TrialError> {
    listener(TrialEvent::After);
    let cargo = locked(copy, request.cargo);
    let metadata = cargo::load_metadata(&cargo, None, &[])?;
    let lockfile = Manifest::load(&copy.root().join("Cargo.lock"))?;
    let expected = Expected {
        name: request.name,
        version: request.version,
        index: request.index,
        checksum: request.checksum,
    };
    if let Err(error) = assert_used(&metadata, &lockfile, expected) {
        return Ok(Part::Unknown(error.to_string()));
    }
    let after = run(&cargo, metadata, request.verify, listener)?;
    Ok(Part::Known(result::trial(request, before, &after, copy)))
}

/// Builds a copy of the service as it is, upgrades it and builds it again.
///
/// # Errors
/// As [`try_upgrade`].
pub fn trial(
    request: &TrialRequest<'_>,
    copy: &Copy,
    upgrade: &mut dyn FnMut(&Copy) -> Result<(), NoUpgrade>,
    listener: &mut TrialListener<'_>,
) -> Result<Part<Trial>, TrialError> {
    let before = try_before(copy, request.verify, request.cargo, listener)?;
    try_upgrade(request, &before, copy, upgrade, listener)
}

fn locked(copy: &Copy, cargo: &Invocation) -> Invocation {
    Invocation {
        locked: true,
        ..copy.cargo_like(cargo)
    }
}

fn run(
    cargo: &Invocation,
    metadata: Metadata,
    verify: &Verify,
    listener: &mut TrialListener<'_>,
) -> Result<Side, TrialError> {
    let packages = metadata.workspace_packages();
    let suite = Suite {
        verify: verify.clone(),
        packages: packages.iter().map(|p| p.name.to_string()).collect(),
        features: Vec::new(),
    };
    let result = run_suite(cargo, &suite, &mut |line| listener(TrialEvent::Line(line)))?;
    Ok(Side { result, metadata })
}
