//! What an extraction means, before anything is changed: the map, the boundary, what must come
//! along.

use std::collections::{BTreeMap, BTreeSet};

use super::boundary::{Crossing, Facts, Needed, Uses, entering, needed, uses};
use super::copied::copied_macros;
use super::layout::Layout;
use super::left::left_items;
use super::relocate::Names;
use super::request::{Event, Listener, Request};
use super::subject::Subject;
use super::visibility::{Opening, openings};
use super::{ExtractError, subject};
use crate::references::{FeatureSet, MapRequest, NamedTree, ReferenceMap, build_map};
use crate::syntax::{ImplFact, ItemId, impl_facts};

/// The facts of an extraction.
#[derive(Debug)]
pub struct Analysis {
    /// What is taken out of what.
    pub subject: Subject,
    /// Who uses what.
    pub map: ReferenceMap,
    /// The same by who uses.
    pub uses: Uses,
    /// What ties impl blocks to crates.
    pub(super) impls: Vec<ImplFact>,
    /// Where things go; with what comes along, if that was asked for.
    pub layout: Layout,
    /// What must come along.
    pub needed: Vec<Needed>,
    /// What is to stay all the same.
    pub(super) left: BTreeSet<ItemId>,
    /// What is used from outside, and by whom.
    pub entering: BTreeMap<ItemId, Vec<Crossing>>,
    /// What must be opened for that.
    pub open: BTreeMap<ItemId, Opening>,
    /// The names of the dependencies.
    pub externs: BTreeSet<String>,
    own_name: String,
    new_name: String,
}

impl Analysis {
    /// What relocation must know.
    pub fn names(&self) -> Names<'_> {
        Names {
            tree: &self.subject.source,
            layout: &self.layout,
            externs: &self.externs,
            own_name: &self.own_name,
            new_name: &self.new_name,
        }
    }

    /// What comes along is found from these.
    pub(super) fn facts(&self) -> Facts<'_> {
        Facts {
            tree: &self.subject.source,
            layout: &self.layout,
            uses: &self.uses,
            impls: &self.impls,
            left: &self.left,
        }
    }

    /// Does the package compile with all of its features? What did not before need not after.
    pub fn builds_with_all_features(&self) -> bool {
        let mut checked = self.map.checked.iter();
        checked.any(|target| target.features == FeatureSet::All)
            && !self
                .map
                .failed_features
                .iter()
                .any(|failed| failed.features == FeatureSet::All)
    }

    /// Does something stand outside that must come along, and was not asked to?
    pub fn is_blocked(&self, request: &Request) -> bool {
        !self.needed.is_empty() && !request.with_needed
    }
}

/// Builds the map and finds what crosses the boundary. Nothing of the user's is touched.
pub fn analyse(request: &Request, listener: &mut Listener<'_>) -> Result<Analysis, ExtractError> {
    let subject = subject::load_subject(request, listener)?;
    if subject.is_whole() {
        return Ok(of_whole(subject, request));
    }
    let modules: Vec<String> = subject.modules.iter().map(ToString::to_string).collect();
    listener(Event::Stage(
        "Mapping",
        format!("who uses what in {}", modules.join(", ")),
    ));
    let map = build(request, &subject, listener)?;
    let externs = subject.externs();
    let uses = uses(&subject.source, &map, &externs);
    let impls = impl_facts(&subject.source, &externs);
    let mut layout = Layout::of_modules(&subject.modules);
    let left = left_items(&subject, &layout, &request.leave)?;
    let needed = needed(&Facts {
        tree: &subject.source,
        layout: &layout,
        uses: &uses,
        impls: &impls,
        left: &left,
    });
    if request.with_needed {
        let items = needed.iter().map(|needed| needed.item).collect();
        layout.take_along(&subject.source, &items);
        let copied = copied_macros(&subject.source, &layout, &uses);
        layout.copy(&subject.source, copied);
    }
    let entering = entering(&subject.source, &layout, &uses);
    let open = openings(&subject.source, &layout, &uses, &entering);
    let own_name = subject.own_name();
    let new_name = request.name.identifier();
    Ok(Analysis {
        subject,
        map,
        uses,
        impls,
        layout,
        needed,
        left,
        entering,
        open,
        externs,
        own_name,
        new_name,
    })
}

/// A package that leaves whole takes what it has and is used as it was: a crate's boundary is the
/// compiler's already.
fn of_whole(subject: Subject, request: &Request) -> Analysis {
    Analysis {
        map: ReferenceMap::default(),
        uses: Uses::default(),
        layout: Layout::of_modules(&[]),
        impls: Vec::new(),
        needed: Vec::new(),
        left: BTreeSet::new(),
        entering: BTreeMap::new(),
        open: BTreeMap::new(),
        externs: subject.externs(),
        own_name: subject.own_name(),
        new_name: request.name.identifier(),
        subject,
    }
}

fn build(
    request: &Request,
    subject: &Subject,
    listener: &mut Listener<'_>,
) -> Result<ReferenceMap, ExtractError> {
    let trees = [NamedTree {
        package: subject.package.name.to_string(),
        tree: subject.source.clone(),
    }];
    let manifest = subject.relative(&subject.package.manifest_path);
    let map_request = MapRequest {
        root: subject.tree_root.clone(),
        manifest,
        selection: vec!["-p".to_owned(), subject.package.id.to_string()],
        targets: vec!["--all-targets".to_owned()],
        trees: &trees,
        feature_sets: request.feature_sets.clone(),
        target_dir: subject.target_dir.clone(),
        keep_record: false,
        wrapper: Some(request.wrapper.clone()),
        packages: Vec::new(),
        cargo_args: subject::cargo_args(request),
    };
    Ok(build_map(&map_request, &mut |line| {
        listener(Event::Progress(line.to_owned()));
    })?)
}
