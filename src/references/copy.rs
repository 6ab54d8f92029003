//! The scratch copy: which marks are in it, and what cargo says of it.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};

use super::apart::Apart;
use super::check::{Outcome, Sources, check};
use super::culprits::{Charge, Culprits, Suspects};
use super::marks::{MarkedFile, Marks};
use super::record::{Builds, KeptDrop, KeptDrops, Record};
use super::{Checked, FeatureSet, MapRequest, ReferenceError, Unmarked};
use crate::model::{Digest, package_of_id};
use crate::syntax::SourceFile;
use crate::sys::{self, Program};

/// The scratch copy and the marks in it.
pub(super) struct Copy<'a> {
    pub(super) request: &'a MapRequest<'a>,
    root: Utf8PathBuf,
    workspace: Utf8PathBuf,
    original: BTreeMap<&'a Utf8Path, &'a SourceFile>,
    pub(super) marks: Marks,
    dropped: BTreeSet<u32>,
    /// Why marks were dropped.
    charges: Culprits,
    /// Those that were dropped in the last map, and may not have to be in this one.
    doubtful: BTreeSet<u32>,
    /// The files as they are written now.
    marked: BTreeMap<Utf8PathBuf, MarkedFile>,
    record: Record,
    /// Are references known already that later drops do not have?
    pub(super) has_references: bool,
    /// Were marks dropped after that?
    has_late_drops: bool,
    /// Was it written anew, for cargo repeated what was said of other texts?
    is_rewritten: bool,
    compiled: BTreeSet<Checked>,
    /// The names of the packages that have changed, or that do not compile.
    changed: BTreeSet<String>,
}

impl<'a> Copy<'a> {
    pub(super) fn new(request: &'a MapRequest<'a>) -> Result<Self, ReferenceError> {
        let files = request.trees.iter().flat_map(|named| &named.tree.files);
        let root = sys::fs::canonical(&request.root)?;
        let marks = Marks::new(request.trees);
        let mut copy = Self {
            request,
            workspace: workspace_folder(request, &root)?,
            original: files.map(|(path, file)| (path.as_path(), file)).collect(),
            dropped: BTreeSet::new(),
            charges: Culprits::new(),
            doubtful: BTreeSet::new(),
            marked: BTreeMap::new(),
            record: Record::open(request, &root, &marks)?,
            has_references: false,
            has_late_drops: false,
            is_rewritten: false,
            compiled: BTreeSet::new(),
            changed: BTreeSet::new(),
            root,
            marks,
        };
        copy.drop_again();
        Ok(copy)
    }

    /// Writes the marks, or less of them after some were dropped: only files that change get a
    /// new time, by which cargo knows what to check again.
    pub(super) fn mark(&mut self) -> Result<(), ReferenceError> {
        for file in self.marks.files() {
            let marked = self
                .marks
                .apply(file, self.original[file.as_path()], &self.dropped);
            if self.marked.get(file).is_none_or(|m| m.text != marked.text) {
                self.record.write(file, &marked.text, Builds::All)?;
            }
            self.marked.insert(file.clone(), marked);
        }
        Ok(())
    }

    /// Writes files as the user has them, for cargo to check.
    pub(super) fn unmark(
        &mut self,
        files: &BTreeSet<Utf8PathBuf>,
        builds: Builds,
    ) -> Result<(), ReferenceError> {
        for file in files {
            if self.marked.remove(file).is_some() {
                let text = &self.original[file.as_path()].text;
                self.record.write(file, text, builds)?;
            }
        }
        Ok(())
    }

    /// Puts all files back as the user has them.
    pub(super) fn put_back(&mut self) -> Result<(), ReferenceError> {
        for file in std::mem::take(&mut self.marked).into_keys() {
            let text = &self.original[file.as_path()].text;
            sys::fs::write_scratch(&self.root.join(file), text)?;
        }
        Ok(())
    }

    /// Runs cargo on the files as they are.
    pub(super) fn check(
        &mut self,
        features: &FeatureSet,
        on_progress: &mut dyn FnMut(&str),
    ) -> Result<Outcome, ReferenceError> {
        let mut outcome = self.check_once(features, None, on_progress)?;
        if outcome.is_stale && !self.is_rewritten {
            self.is_rewritten = true;
            self.record.forget();
            for (file, marked) in &self.marked {
                self.record.write(file, &marked.text, Builds::All)?;
            }
            outcome = self.check_once(features, None, on_progress)?;
        }
        Ok(outcome)
    }

    /// Runs cargo on some targets, with some packages built apart.
    pub(super) fn check_apart(
        &mut self,
        features: &FeatureSet,
        apart: &Apart,
        on_progress: &mut dyn FnMut(&str),
    ) -> Result<Outcome, ReferenceError> {
        self.check_once(features, Some(apart), on_progress)
    }

    fn check_once(
        &mut self,
        features: &FeatureSet,
        apart: Option<&Apart>,
        on_progress: &mut dyn FnMut(&str),
    ) -> Result<Outcome, ReferenceError> {
        self.record.save(None)?;
        let sources = Sources {
            root: &self.root,
            workspace: &self.workspace,
            original: &self.original,
            marked: &self.marked,
            marks: &self.marks,
            dropped: &self.dropped,
        };
        let outcome = check(self.request, features, &sources, apart, on_progress)?;
        if apart.is_some() {
            return Ok(outcome);
        }
        let compiled = outcome.compiled.iter().map(|unit| &unit.package);
        let failed = outcome.errors.iter().map(|error| &error.package);
        let names = compiled
            .chain(failed)
            .map(|id| package_of_id(id).0.to_owned());
        self.changed.extend(names);
        self.compiled.extend(outcome.compiled.iter().cloned());
        Ok(outcome)
    }

    /// Those targets that cargo did not have to check in any of its runs.
    pub(super) fn fresh(&self, checked: &BTreeSet<Checked>) -> BTreeSet<Checked> {
        let fresh = checked.iter().filter(|unit| {
            let same = |other: &Checked| {
                (&unit.package, &unit.target, &unit.kind, unit.test)
                    == (&other.package, &other.target, &other.kind, other.test)
            };
            !self.compiled.iter().any(same)
        });
        fresh.cloned().collect()
    }

    pub(super) fn suspects(&self) -> Suspects<'_> {
        Suspects {
            trees: self.request.trees,
            marks: &self.marks,
            marked: &self.marked,
            dropped: &self.dropped,
        }
    }

    pub(super) fn drop_marks(&mut self, culprits: Culprits) -> Result<(), ReferenceError> {
        self.has_late_drops |= self.has_references;
        self.dropped.extend(culprits.keys());
        self.charges.extend(culprits);
        self.mark()
    }

    /// The items whose marks are dropped.
    pub(super) fn unmarked(&self) -> Vec<Unmarked> {
        let items = self.charges.iter();
        let items = items.filter(|(item, _)| self.marks.tree_of_root(**item).is_none());
        let unmarked = items.map(|(item, charge)| Unmarked {
            item: *item,
            why: charge.why.clone(),
        });
        unmarked.collect()
    }

    /// Drops the marks that were dropped in the last map, in files that have not changed since.
    fn drop_again(&mut self) {
        let Some(kept) = self.record.take_drops() else {
            return;
        };
        if kept.question != Some(question(self.request)) {
            return;
        }
        for drop in kept.drops {
            let file = self.original.get(drop.file.as_path());
            let is_same = file.is_some_and(|file| digest(file) == drop.source);
            if let Some(item) = self.marks.at(&drop.file, drop.ordinal).filter(|_| is_same) {
                self.doubtful.insert(item);
                self.dropped.insert(item);
                let (package, why) = (drop.package, drop.why);
                self.charges.insert(item, Charge { package, why });
            }
        }
    }

    /// After the first check: takes the marks up again that were dropped in the last map, where
    /// something has changed in their package or in the one that had the error. Are there any?
    /// Then cargo has to check again.
    pub(super) fn doubt_drops(&mut self) -> Result<bool, ReferenceError> {
        if self.has_references {
            return Ok(false);
        }
        let has_changed = |item: &u32| {
            let charge = self.charges.get(item);
            charge.is_none_or(|charge| self.changed.contains(&charge.package))
                || self
                    .packages_of(*item)
                    .any(|name| self.changed.contains(name))
        };
        let wrong: Vec<u32> = self.doubtful.iter().copied().filter(has_changed).collect();
        for item in &wrong {
            self.doubtful.remove(item);
            self.dropped.remove(item);
            self.charges.remove(item);
        }
        if !wrong.is_empty() {
            self.mark()?;
        }
        Ok(!wrong.is_empty())
    }

    /// The names of the packages that have the file of a mark.
    fn packages_of(&self, item: u32) -> impl Iterator<Item = &str> {
        let place = self.marks.place_of(item);
        let trees = self.request.trees.iter();
        let with_file = trees.filter(move |named| {
            place.is_some_and(|(file, _)| named.tree.files.contains_key(file))
        });
        with_file.map(|named| named.package.as_str())
    }

    /// Keeps the record for the next map, once this one is done. Marks that were dropped only
    /// after references to them had been found cannot be dropped first.
    pub(super) fn keep(&mut self) -> Result<(), ReferenceError> {
        let drops = self.charges.iter().filter_map(|(item, charge)| {
            let (file, ordinal) = self.marks.place_of(*item)?;
            Some(KeptDrop {
                file: file.to_owned(),
                ordinal,
                source: digest(self.original[file]),
                package: charge.package.clone(),
                why: charge.why.clone(),
            })
        });
        let kept = KeptDrops {
            question: Some(question(self.request)),
            drops: drops.collect(),
        };
        let kept = (!self.has_late_drops).then_some(kept);
        Ok(self.record.save(kept)?)
    }
}

fn digest(file: &SourceFile) -> Digest {
    Digest::of(file.text.as_bytes())
}

/// What is asked, but for the sources.
fn question(request: &MapRequest<'_>) -> Digest {
    let trees = request.trees.iter();
    let trees: Vec<_> = trees
        .map(|named| (&named.package, &named.tree.root_file))
        .collect();
    let asked = (
        (&request.manifest, &request.selection, &request.targets),
        (&request.feature_sets, &request.cargo_args, trees),
    );
    Digest::of(format!("{asked:?}").as_bytes())
}

/// The folder of the workspace's root, relative to the request's root: rustc's paths start there.
fn workspace_folder(
    request: &MapRequest<'_>,
    root: &Utf8Path,
) -> Result<Utf8PathBuf, ReferenceError> {
    let manifest = Program::new("cargo")
        .args(["locate-project", "--workspace", "--message-format=plain"])
        .args(["--manifest-path", request.manifest.as_str()])
        .dir(&request.root)
        .stdout()?;
    let manifest = Utf8PathBuf::from(manifest.trim());
    let folder = manifest.parent().and_then(|f| f.strip_prefix(root).ok());
    Ok(folder.unwrap_or(Utf8Path::new("")).to_owned())
}
