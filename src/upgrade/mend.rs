//! Uses of an upgraded crate, mended in a copy of the service: by the renames that the crate's
//! deprecation ledger declares, and by what rustc says can be applied by a machine.
//!
//! Where a use stands is asked of the compiler, round by round: it sees more when what it stopped
//! at is mended. Nothing is edited where the text is not what the compiler says that it is.

mod ledger;
mod source;
mod suggestion;

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};

pub(super) use ledger::Renames;
use source::{Fix, Source};

use super::UpgradeError;
use super::request::{Event, Listener};
use crate::cargo::{self, Built, Diagnostic, DiagnosticSpan, Invocation};
use crate::model::Place;
use crate::service::Copy;
use crate::sys;

/// As often the compiler is asked again; each round sees what the last one uncovered.
const ROUNDS: usize = 10;

/// A place that was mended.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Mended {
    /// Where it stands, relative to the repository, before this edit.
    pub place: Place,
    /// What stood there; nothing where something was inserted.
    pub was: String,
    /// What stands there now.
    pub is: String,
    /// Why.
    pub reason: Reason,
}

/// Why a place was mended.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// The ledger of the new version says what takes the place of this item.
    Ledger(String),
    /// rustc suggests it, and says that it can be applied as it is.
    Compiler(String),
}

/// Mends the service in `copy`, but no other files than `tracked`, relative to its top.
pub(super) fn mend(
    copy: &Copy,
    cargo: &Invocation,
    tracked: &BTreeSet<Utf8PathBuf>,
    renames: &Renames,
    listener: &mut Listener<'_>,
) -> Result<Vec<Mended>, UpgradeError> {
    let mut all: Vec<Mended> = Vec::new();
    for _ in 0..ROUNDS {
        let args = ["--workspace", "--all-targets"];
        let built = cargo::check(cargo, &args, &mut |line| {
            listener(Event::Progress(line.trim().to_owned()));
        })?;
        let mut round = Round {
            copy,
            tracked,
            files: BTreeMap::new(),
            mended: Vec::new(),
        };
        round.look(&built, renames, &all)?;
        if round.mended.is_empty() {
            break;
        }
        all.extend(round.write()?);
    }
    Ok(all)
}

/// One look at what the compiler says.
struct Round<'a> {
    copy: &'a Copy,
    tracked: &'a BTreeSet<Utf8PathBuf>,
    files: BTreeMap<Utf8PathBuf, Source>,
    mended: Vec<Mended>,
}

impl Round<'_> {
    fn look(
        &mut self,
        built: &Built,
        renames: &Renames,
        before: &[Mended],
    ) -> Result<(), UpgradeError> {
        let renamed = |file: &Utf8Path, item: &str| {
            let is_it = |it: &&Mended| matches!(&it.reason, Reason::Ledger(of) if of == item);
            before.iter().filter(is_it).any(|it| it.place.file == file)
        };
        for (_, diagnostic) in &built.diagnostics {
            for span in diagnostic.spans.iter().filter(|span| span.is_primary) {
                let Some(file) = self.source(span)? else {
                    continue;
                };
                let source = &self.files[&file];
                let Some(range) = source.range_of(span) else {
                    continue;
                };
                let is_renamed = |item: &str| renamed(&file, item);
                let fix = renames.fix(diagnostic, source, &file, range, &is_renamed);
                self.accept(fix);
            }
        }
        let hard = built.errors().any(|(_, it)| suggestion::is_hard(it));
        for (_, diagnostic) in &built.diagnostics {
            if suggestion::counts(diagnostic, hard) || renames.is_of_crates(diagnostic) {
                for child in &diagnostic.children {
                    let fix = self.suggested(diagnostic, child)?;
                    self.accept(fix);
                }
            }
        }
        Ok(())
    }

    /// What a child of a diagnostic suggests, all of it or nothing.
    fn suggested(
        &mut self,
        diagnostic: &Diagnostic,
        child: &Diagnostic,
    ) -> Result<Option<Fix>, UpgradeError> {
        let Some(parts) = suggestion::parts(child) else {
            return Ok(None);
        };
        let mut edits = Vec::new();
        for (span, text) in parts {
            let Some(file) = self.source(span)? else {
                return Ok(None);
            };
            let Some(range) = self.files[&file].range_of(span) else {
                return Ok(None);
            };
            edits.push((file, range, text.to_owned()));
        }
        Ok(Some(Fix {
            edits,
            reason: Reason::Compiler(diagnostic.message.clone()),
        }))
    }

    /// The file of a span, read; none if it is not one of the service's, or a macro made the code.
    fn source(&mut self, span: &DiagnosticSpan) -> Result<Option<Utf8PathBuf>, UpgradeError> {
        if span.expansion.is_some() {
            return Ok(None);
        }
        let path = sys::fs::normal(&self.copy.root().join(&span.file_name));
        let file = self.copy.relative(&path).to_owned();
        if !self.tracked.contains(&file) {
            return Ok(None);
        }
        if !self.files.contains_key(&file) {
            let source = Source::new(sys::fs::read_text(&path)?);
            self.files.insert(file.clone(), source);
        }
        Ok(Some(file))
    }

    /// Takes a fix, unless it meets another: then the next round sees to it.
    fn accept(&mut self, fix: Option<Fix>) {
        let Some(fix) = fix else { return };
        let is_free = |(file, range, _): &(Utf8PathBuf, std::ops::Range<usize>, String)| {
            self.files[file].is_free(range)
        };
        if !fix.edits.iter().all(is_free) {
            return;
        }
        for (file, range, text) in fix.edits {
            let source = self.files.get_mut(&file).expect("it was read for the fix");
            let mended = Mended {
                place: source.place(&file, range.start),
                was: source.text()[range.clone()].to_owned(),
                is: text.clone(),
                reason: fix.reason.clone(),
            };
            source.edit(range, text);
            self.mended.push(mended);
        }
    }

    fn write(self) -> Result<Vec<Mended>, UpgradeError> {
        for (file, source) in &self.files {
            if let Some(text) = source.edited() {
                sys::fs::write(&self.copy.top().join(file), text)?;
            }
        }
        Ok(self.mended)
    }
}
