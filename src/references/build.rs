//! Builds the map: marks, checks, drops marks that break the build, checks again.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};

use super::check::{CompileError, Outcome, Sources, check};
use super::culprits::culprits;
use super::marks::{MarkedFile, Marks};
use super::{
    FailedFeatures, FailedTarget, FeatureSet, MapRequest, ReferenceError, ReferenceMap, Unmarked,
};
use crate::syntax::{ItemKind, SourceFile};
use crate::sys::{self, Program};

/// How often marks are dropped before the features are given up.
const ATTEMPTS: usize = 8;
/// How many errors are shown.
const SHOWN: usize = 5;

/// The scratch copy and the marks in it.
struct Copy<'a> {
    request: &'a MapRequest<'a>,
    root: Utf8PathBuf,
    workspace: Utf8PathBuf,
    original: BTreeMap<&'a Utf8Path, &'a SourceFile>,
    marks: Marks,
    dropped: BTreeSet<u32>,
    /// The files as they are written now.
    marked: BTreeMap<Utf8PathBuf, MarkedFile>,
}

/// Marks the items of the request's trees in its scratch copy, checks it with cargo once for each
/// feature set, and reads who uses what from the compiler's warnings.
///
/// Cargo runs the repository's build scripts and procedural macros. `on_progress` gets the lines
/// that cargo writes.
pub fn build_map(
    request: &MapRequest<'_>,
    on_progress: &mut dyn FnMut(&str),
) -> Result<ReferenceMap, ReferenceError> {
    let trees = request.trees.iter();
    let original: BTreeMap<&Utf8Path, &SourceFile> = trees
        .flat_map(|named| &named.tree.files)
        .map(|(path, file)| (path.as_path(), file))
        .collect();
    let root = sys::fs::canonical(&request.root)?;
    let mut copy = Copy {
        request,
        workspace: workspace_folder(request, &root)?,
        root,
        original,
        marks: Marks::new(request.trees),
        dropped: BTreeSet::new(),
        marked: BTreeMap::new(),
    };
    let mut map = ReferenceMap::default();
    let result = copy.mark().and_then(|()| copy.build(&mut map, on_progress));
    // The caller goes on working with the copy, also after an error.
    copy.unmark()?;
    result?;
    map.items = copy.marks.items;
    map.index = copy.marks.index;
    keep_inherited(&mut map, request);
    Ok(map)
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

impl Copy<'_> {
    /// Writes the marks, or less of them after some were dropped: only files that change get a
    /// new time, by which cargo knows what to check again.
    fn mark(&mut self) -> Result<(), ReferenceError> {
        for file in self.marks.files() {
            let marked = self
                .marks
                .apply(file, self.original[file.as_path()], &self.dropped);
            if self.marked.get(file).is_none_or(|m| m.text != marked.text) {
                sys::fs::write_scratch(&self.request.root.join(file), &marked.text)?;
            }
            self.marked.insert(file.clone(), marked);
        }
        Ok(())
    }

    /// Puts the files back as the user has them.
    fn unmark(&mut self) -> Result<(), ReferenceError> {
        for file in std::mem::take(&mut self.marked).into_keys() {
            let text = &self.original[file.as_path()].text;
            sys::fs::write_scratch(&self.request.root.join(&file), text)?;
        }
        Ok(())
    }

    fn check(
        &self,
        features: &FeatureSet,
        on_progress: &mut dyn FnMut(&str),
    ) -> Result<Outcome, ReferenceError> {
        let sources = Sources {
            root: &self.root,
            workspace: &self.workspace,
            original: &self.original,
            marked: &self.marked,
        };
        check(self.request, features, &sources, on_progress)
    }

    fn build(
        &mut self,
        map: &mut ReferenceMap,
        on_progress: &mut dyn FnMut(&str),
    ) -> Result<(), ReferenceError> {
        for (nth, features) in self.request.feature_sets.iter().enumerate() {
            match self.build_with(features, map, on_progress) {
                Err(
                    ReferenceError::DoesNotBuild { errors, .. }
                    | ReferenceError::Marks { errors, .. },
                ) if nth > 0 => map.failed_features.push(FailedFeatures {
                    features: features.clone(),
                    errors,
                }),
                Err(ReferenceError::Cargo { stderr, .. }) if nth > 0 => {
                    map.failed_features.push(FailedFeatures {
                        features: features.clone(),
                        errors: vec![stderr],
                    });
                }
                result => result?,
            }
        }
        Ok(())
    }

    /// Checks with one feature set until what fails is not the marks' fault.
    fn build_with(
        &mut self,
        features: &FeatureSet,
        map: &mut ReferenceMap,
        on_progress: &mut dyn FnMut(&str),
    ) -> Result<(), ReferenceError> {
        let mut outcome = self.check(features, on_progress)?;
        let mut own_errors: Option<Vec<CompileError>> = None;
        for _ in 0..ATTEMPTS {
            if outcome.success {
                break;
            }
            let own = match &mut own_errors {
                Some(own) => own,
                None => own_errors.insert(self.own_errors(features, on_progress)?),
            };
            let ours = without(&outcome.errors, own);
            if ours.is_empty() {
                break;
            }
            let trees = self.request.trees;
            let culprits = culprits(&ours, trees, &self.marks, &self.marked, &self.dropped);
            if culprits.is_empty() {
                return Err(ReferenceError::Marks {
                    features: features.to_string(),
                    errors: rendered(ours.iter().copied()),
                });
            }
            for (item, why) in culprits {
                self.dropped.insert(item);
                map.unmarked.push(Unmarked { item, why });
            }
            self.mark()?;
            outcome = self.check(features, on_progress)?;
        }
        let own_errors = own_errors.unwrap_or_default();
        let ours = without(&outcome.errors, &own_errors);
        if !ours.is_empty() {
            return Err(ReferenceError::Marks {
                features: features.to_string(),
                errors: rendered(ours.iter().copied()),
            });
        }
        take(map, outcome, &own_errors, features);
        Ok(())
    }

    /// The errors that the project has without marks. They are fatal if they keep a library or
    /// a program from being checked.
    fn own_errors(
        &mut self,
        features: &FeatureSet,
        on_progress: &mut dyn FnMut(&str),
    ) -> Result<Vec<CompileError>, ReferenceError> {
        self.unmark()?;
        let baseline = self.check(features, on_progress)?;
        self.mark()?;
        let fatal = |error: &&CompileError| {
            let part = ["test", "bench", "example"];
            !part.contains(&error.kind.as_str())
        };
        let fatal = rendered(baseline.errors.iter().filter(fatal));
        if !fatal.is_empty() {
            return Err(ReferenceError::DoesNotBuild {
                features: features.to_string(),
                errors: fatal,
            });
        }
        if !baseline.success && baseline.errors.is_empty() {
            return Err(ReferenceError::Cargo {
                features: features.to_string(),
                stderr: last_lines(&baseline.stderr),
            });
        }
        Ok(baseline.errors)
    }
}

/// The errors that are not among the known ones.
fn without<'e>(errors: &'e [CompileError], known: &[CompileError]) -> Vec<&'e CompileError> {
    let same = |a: &CompileError, b: &CompileError| {
        (&a.package, &a.target, &a.kind, &a.message) == (&b.package, &b.target, &b.kind, &b.message)
    };
    let is_new = |error: &&CompileError| !known.iter().any(|known| same(known, error));
    errors.iter().filter(is_new).collect()
}

fn rendered<'e>(errors: impl Iterator<Item = &'e CompileError>) -> Vec<String> {
    errors.take(SHOWN).map(|e| e.rendered.clone()).collect()
}

fn last_lines(text: &str) -> String {
    let lines: Vec<&str> = text.trim_end().lines().collect();
    lines[lines.len().saturating_sub(20)..].join("\n")
}

fn take(map: &mut ReferenceMap, outcome: Outcome, own: &[CompileError], features: &FeatureSet) {
    map.references.extend(outcome.references);
    map.inherited.extend(outcome.inherited);
    map.checked.extend(outcome.checked);
    for error in own {
        let failed = FailedTarget {
            package: error.package.clone(),
            target: error.target.clone(),
            kind: error.kind.clone(),
            features: features.clone(),
            error: error.rendered.clone(),
        };
        let same = |known: &FailedTarget| {
            (&known.package, &known.target, &known.kind, &known.features)
                == (&failed.package, &failed.target, &failed.kind, features)
        };
        if !map.failed_targets.iter().any(same) {
            map.failed_targets.push(failed);
        }
    }
}

/// Keeps of the names that rustc gave only those of things without a mark of their own.
fn keep_inherited(map: &mut ReferenceMap, request: &MapRequest<'_>) {
    let items = &map.items;
    map.inherited.retain(|reference, name| {
        let marked = items[reference.item as usize];
        let item = request.trees[marked.tree].tree.item(marked.item);
        let last = name.trim_end_matches('`').rsplit([':', '`']).next();
        last != Some(&item.name) || item.kind == ItemKind::Module && !name.starts_with("module ")
    });
}
