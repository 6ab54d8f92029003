//! The upgrade in a copy, and the branch that it lands on.

use std::collections::BTreeSet;

use camino::Utf8PathBuf;
use serde::Serialize;

use super::mend::{Mended, Renames, mend};
use super::plan::{Move, Prepared};
use super::record::Landed;
use super::request::{Event, Listener, Request};
use super::{UpgradeError, message};
use crate::card::{
    self, Before, BuildRequest, Card, Part, Progress, Pulled, Trial, TrialEvent, TrialRequest,
};
use crate::cargo::{Invocation, TargetName};
use crate::git::{self, FileKind};
use crate::manifest::{Manifest, deprecations};
use crate::model::CrateName;
use crate::registry::read_crate;
use crate::service::{Copy, relock, repin_all};
use crate::surface::Tools;
use crate::trial::Verify;

/// What the program brings along.
pub struct Cards<'a> {
    /// What APIs are compared with.
    pub tools: &'a Tools,
    /// The cards for people.
    pub render: &'a dyn Fn(&[Card]) -> Texts,
}

impl std::fmt::Debug for Cards<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cards").finish_non_exhaustive()
    }
}

/// Cards for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Texts {
    /// For the commit's message, below its subject.
    pub summary: String,
    /// For the pull request, in Markdown.
    pub markdown: String,
}

/// An upgrade that is made.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Made {
    /// Where it landed.
    pub landed: Landed,
    /// What was mended in the service's code, in the order of files and places of each round.
    pub mended: Vec<Mended>,
    /// The cards, with the trial of what is on the branch.
    pub cards: Vec<Card>,
}

/// Makes the upgrade in a copy of what is committed, mends and tries it, and lands it as a branch.
/// That the service does not build with it is no error: the branch has what was tried.
///
/// # Errors
/// If the service does not build as it is, or something cannot be done; then there is no branch.
pub fn apply(
    prepared: &Prepared,
    request: &Request,
    cards: &Cards<'_>,
    listener: &mut Listener<'_>,
) -> Result<Made, UpgradeError> {
    let work = Work::begin(prepared, request, listener)?;
    let mut drafts = work.drafts(cards, listener)?;
    let before = work.before(listener)?;
    let mut changed = work.upgrade(listener)?;
    let mended = work.mend(listener)?;
    changed.extend(mended.iter().map(|it| it.place.file.clone()));
    let trials = work.after(&before, &drafts, listener)?;
    for (card, trial) in drafts.iter_mut().zip(trials) {
        card.trial = trial;
        card.pulled = Part::Known(work.pulled(&card.krate)?);
    }
    let landed = work.land(&drafts, &changed, cards)?;
    Ok(Made {
        landed,
        mended,
        cards: drafts,
    })
}

/// An upgrade under way.
struct Work<'a> {
    prepared: &'a Prepared,
    verify: &'a Verify,
    copy: Copy,
    cargo: Invocation,
    /// The files of the commit.
    tracked: BTreeSet<Utf8PathBuf>,
}

impl<'a> Work<'a> {
    fn begin(
        prepared: &'a Prepared,
        request: &'a Request,
        listener: &mut Listener<'_>,
    ) -> Result<Self, UpgradeError> {
        let service = &prepared.service;
        let (top, root) = (&service.top, &service.root);
        listener(Event::Stage("Copying", top.to_string()));
        // What git ignores may be needed by a build, and is only where the worktree is.
        let copy = if prepared.uncommitted.is_empty() {
            Copy::of_worktree(top, root)?
        } else {
            Copy::of_commit(top, root, &prepared.head)?
        };
        for file in copy.left_out() {
            let what = format!("`{file}` could not be copied: the trial is without it");
            listener(Event::Warning(what));
        }
        let files = git::files_at(top, &prepared.head, "".into())?;
        let is_file = |kind| matches!(kind, FileKind::Regular | FileKind::Executable);
        let tracked = files.into_iter().filter(|file| is_file(file.kind));
        let cargo = Invocation {
            offline: request.load.offline,
            ..service.cargo()
        };
        Ok(Self {
            tracked: tracked.map(|file| file.path).collect(),
            cargo: copy.cargo_like(&cargo),
            verify: &request.verify,
            prepared,
            copy,
        })
    }

    fn moves(&self) -> &[Move] {
        &self.prepared.moves
    }

    /// The cards but for the trial, made while the copy has the old versions.
    fn drafts(
        &self,
        cards: &Cards<'_>,
        listener: &mut Listener<'_>,
    ) -> Result<Vec<Card>, UpgradeError> {
        let drafts = self.moves().iter().map(|it| {
            listener(Event::Stage("Comparing", it.line()));
            let asked = BuildRequest {
                service: &self.prepared.service,
                pin: &it.pin,
                to: &it.to,
                entries: &it.entries,
                copy: &self.copy,
                tools: cards.tools,
                wrapper: None,
            };
            let card = card::build(&asked, &mut |progress| {
                let (Progress::Doing(what) | Progress::Line(what)) = progress;
                listener(Event::Progress(what.trim().to_owned()));
            });
            Ok(card?)
        });
        drafts.collect()
    }

    fn before(&self, listener: &mut Listener<'_>) -> Result<Before, UpgradeError> {
        listener(Event::Stage("Trying", "the service as it is".to_owned()));
        let before = card::try_before(&self.copy, self.verify, &self.cargo, &mut |event| {
            told(event, listener);
        })?;
        let errors = before.errors();
        if errors.is_empty() {
            Ok(before)
        } else {
            Err(UpgradeError::BrokenBefore { errors })
        }
    }

    /// Moves the requirements and the lockfile. Gives the files that changed.
    fn upgrade(&self, listener: &mut Listener<'_>) -> Result<BTreeSet<Utf8PathBuf>, UpgradeError> {
        let mut changed = BTreeSet::new();
        for it in self.moves() {
            listener(Event::Stage("Upgrading", it.line()));
            changed.extend(repin_all(self.copy.top(), &it.pin, &it.to)?);
        }
        for Move { pin, to, .. } in self.moves() {
            relock(&self.cargo, &pin.name, &pin.version, to)?;
        }
        let lock = self.copy.root().join("Cargo.lock");
        changed.insert(self.copy.relative(&lock).to_owned());
        Ok(changed)
    }

    fn mend(&self, listener: &mut Listener<'_>) -> Result<Vec<Mended>, UpgradeError> {
        listener(Event::Stage(
            "Mending",
            "what the new version has named anew".to_owned(),
        ));
        let mut renames = Renames::default();
        for it in self.moves() {
            let package = self.prepared.service.package(&it.pin, it.entry())?;
            let manifest = read_crate(&package)?.manifest;
            let manifest = Manifest::parse("Cargo.toml".into(), manifest)?;
            match deprecations(&manifest) {
                Ok(ledger) => renames.add(self.names(it), &ledger),
                Err(error) => {
                    let what = format!("the ledger of {} is not read: {error}", it.target());
                    listener(Event::Warning(what));
                }
            }
        }
        mend(&self.copy, &self.cargo, &self.tracked, &renames, listener)
    }

    /// The names that code has for a crate: its library's, and those that manifests give it.
    fn names(&self, of: &Move) -> Vec<String> {
        let packages = &self.prepared.service.metadata.packages;
        let is_it = |package: &&cargo_metadata::Package| {
            package.name.as_str() == of.pin.name && package.version == of.pin.version
        };
        let package = packages.iter().find(is_it);
        let mut targets = package.iter().flat_map(|package| &package.targets);
        let library = targets.find(|target| TargetName::new("", target).is_library());
        let own = library.map_or(&of.pin.name, |library| &library.name);
        let keys = of.pin.uses.iter().map(|used| &used.key);
        let mut names: Vec<String> = Vec::new();
        for name in std::iter::once(own).chain(keys) {
            let name = name.replace('-', "_");
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    /// The trial of what is in the copy, for each card.
    fn after(
        &self,
        before: &Before,
        drafts: &[Card],
        listener: &mut Listener<'_>,
    ) -> Result<Vec<Part<Trial>>, UpgradeError> {
        let targets: Vec<String> = self.moves().iter().map(Move::target).collect();
        listener(Event::Stage(
            "Trying",
            format!("the service with {}", targets.join(", ")),
        ));
        let mut trials: Vec<Part<Trial>> = Vec::new();
        for (it, card) in self.moves().iter().zip(drafts) {
            let name = match CrateName::new(&it.pin.name) {
                Ok(name) => name,
                Err(error) => {
                    trials.push(Part::Unknown(error.to_string()));
                    continue;
                }
            };
            let checksum = &it.entry().cksum;
            let asked = TrialRequest::of(card, &name, checksum, self.verify, &self.cargo);
            let trial = card::try_after(&asked, before, &self.copy, &mut |event| {
                told(event, listener);
            });
            trials.push(trial?);
        }
        Ok(trials)
    }

    /// What else the upgrade moves.
    fn pulled(&self, krate: &str) -> Result<Pulled, UpgradeError> {
        let service = &self.prepared.service;
        let after = Manifest::load(&self.copy.root().join("Cargo.lock"))?;
        Ok(card::pulled(
            &service.lockfile,
            &after,
            krate,
            &service.indexes(),
        ))
    }

    /// Commits what changed, and makes the branch: the record first, so that the branch is never
    /// one that nobody knows.
    fn land(
        &self,
        cards: &[Card],
        changed: &BTreeSet<Utf8PathBuf>,
        program: &Cards<'_>,
    ) -> Result<Landed, UpgradeError> {
        let Prepared {
            head,
            branch,
            earlier,
            place,
            service,
            ..
        } = self.prepared;
        let top = &service.top;
        let outcome = message::Outcome::of(cards);
        let title = message::subject(self.moves(), outcome);
        let texts = (program.render)(cards);
        let message = format!("{title}\n\n{}\n", texts.summary.trim());
        let files = changed.intersection(&self.tracked).cloned();
        let files: Vec<Utf8PathBuf> = files.collect();
        let commit = git::commit_tree_from_dir(top, head, self.copy.top(), &files, &message)?;
        if commit == *head {
            return Err(UpgradeError::NothingChanged);
        }
        if git::commit_of(top, "HEAD")?.as_ref() != Some(head) {
            return Err(UpgradeError::Overtaken);
        }
        let landed = Landed {
            version: 1,
            branch: branch.clone(),
            base: head.clone(),
            commit: commit.clone(),
            moves: self.moves().iter().map(Move::line).collect(),
            builds: outcome == message::Outcome::Builds,
            title,
            text: texts.markdown,
            pushed: earlier.as_ref().and_then(|it| it.pushed.clone()),
            pull_request: None,
        };
        landed.save(place)?;
        git::create_branch(top, branch, &commit, earlier.as_ref().map(|it| &it.commit))?;
        Ok(landed)
    }
}

fn told(event: TrialEvent<'_>, listener: &mut Listener<'_>) {
    if let TrialEvent::Line(line) = event {
        listener(Event::Progress(line.trim().to_owned()));
    }
}
