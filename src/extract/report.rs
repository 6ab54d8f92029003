//! What an extraction found and did, as data: for people and as JSON.

use std::collections::{BTreeMap, BTreeSet};

use camino::Utf8PathBuf;
use serde::Serialize;

use super::above::{Above, above};
use super::analysis::Analysis;
use super::blind_spots::blind_spots;
use super::boundary::{Crossing, Needed, Reason};
use super::hazards::hazards;
use super::obstacles::{Obstacle, obstacles};
use super::visibility::in_order;
use super::whole;
use crate::findings::Finding;
use crate::model::Place;
use crate::syntax::{ItemId, ItemKind, SourceTree};

/// The boundary, for the report.
#[derive(Debug, Clone, Serialize)]
pub struct BoundaryReport {
    /// The package and target.
    pub package: String,
    /// The modules.
    pub modules: Vec<String>,
    /// Their files and how many lines these have.
    pub files: BTreeMap<Utf8PathBuf, usize>,
    /// What is used from outside, in the order of the source.
    pub entering: Vec<EnteringItem>,
    /// What must come along.
    pub needed: Vec<NeededItem>,
    /// What the chosen modules themselves need, with all that each brings.
    pub obstacles: Vec<Obstacle>,
    /// How they could go without any of that, if they stand above their crate.
    pub above: Option<Above>,
    /// What the map cannot see, or should be known.
    pub findings: Vec<Finding>,
}

/// An item of the moved code that the monolith uses.
#[derive(Debug, Clone, Serialize)]
pub struct EnteringItem {
    /// Its path in the monolith.
    pub item: String,
    /// What it is.
    pub kind: &'static str,
    /// Where it is.
    pub place: Place,
    /// Must it become `pub`?
    pub opened: bool,
    /// Who uses it.
    pub used_at: Vec<Place>,
}

/// An item of the monolith that the moved code needs.
#[derive(Debug, Clone, Serialize)]
pub struct NeededItem {
    /// Its path in the monolith.
    pub item: String,
    /// What it is.
    pub kind: &'static str,
    /// Where it is.
    pub place: Place,
    /// How many lines it has.
    pub lines: usize,
    /// Why.
    pub reason: String,
    /// Where it is used by what moves.
    pub used_at: Vec<Place>,
    /// What of the moved code, or of what must come along, uses it.
    pub used_by: Vec<String>,
    /// What of the moved code it uses in its turn: then both make a cycle.
    pub uses_back: Vec<BackUse>,
}

/// A use of the moved code by an item that it needs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct BackUse {
    /// What is used.
    pub item: String,
    /// Where.
    pub place: Place,
}

/// The boundary of an analysis, for the report.
pub fn boundary_report(analysis: &Analysis) -> BoundaryReport {
    let subject = &analysis.subject;
    let tree = &subject.source;
    let lines = |file: &Utf8PathBuf| tree.files.get(file).map_or(0, |f| f.text.lines().count());
    let files = subject.files().into_iter().map(|file| {
        let count = lines(&file);
        (file, count)
    });
    let (modules, files) = if subject.is_whole() {
        (vec!["all".to_owned()], whole::line_counts(subject))
    } else {
        let modules = subject.modules.iter().map(ToString::to_string);
        (modules.collect(), files.collect())
    };
    let obstacles = obstacles(analysis);
    BoundaryReport {
        above: above(analysis, &obstacles),
        package: subject.package.name.to_string(),
        modules,
        files,
        entering: entering_items(analysis),
        needed: analysis
            .needed
            .iter()
            .map(|needed| needed_item(analysis, needed))
            .collect(),
        obstacles,
        findings: [hazards(analysis), blind_spots(analysis)].concat(),
    }
}

fn entering_items(analysis: &Analysis) -> Vec<EnteringItem> {
    let tree = &analysis.subject.source;
    let opened: BTreeSet<ItemId> = in_order(tree, &analysis.open)
        .into_iter()
        .map(|(id, _)| id)
        .collect();
    let mut items: Vec<EnteringItem> = analysis
        .entering
        .iter()
        .filter(|(id, _)| !is_chosen_module(analysis, **id))
        .map(|(id, crossings)| EnteringItem {
            item: tree.item_path(*id).to_string(),
            kind: tree.item(*id).kind.noun(),
            place: tree.place_of(*id),
            opened: opened.contains(id),
            used_at: places(crossings),
        })
        .collect();
    items.sort_by(|a, b| a.place.cmp(&b.place));
    items
}

fn is_chosen_module(analysis: &Analysis, id: ItemId) -> bool {
    let tree = &analysis.subject.source;
    tree.item(id).kind == ItemKind::Module && analysis.subject.modules.contains(&tree.item_path(id))
}

fn places(crossings: &[Crossing]) -> Vec<Place> {
    let places: BTreeSet<Place> = crossings
        .iter()
        .map(|crossing| crossing.place.clone())
        .collect();
    places.into_iter().collect()
}

/// What an item is called: its path in the monolith, or the header of an impl.
pub(super) fn name_of(tree: &SourceTree, id: ItemId) -> String {
    let item = tree.item(id);
    if item.kind != ItemKind::Impl {
        return tree.item_path(id).to_string();
    }
    let header = &tree.files[&item.file].text[item.signature.clone()];
    header.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn needed_item(analysis: &Analysis, needed: &Needed) -> NeededItem {
    let tree = &analysis.subject.source;
    let item = tree.item(needed.item);
    let (reason, used_at) = match &needed.reason {
        Reason::Used(places) => ("what moves uses it".to_owned(), places.clone()),
        Reason::InherentImpl(of) => {
            let name = &tree.item(*of).name;
            (
                format!("an impl of `{name}` can only be in `{name}`'s crate (E0116)"),
                Vec::new(),
            )
        }
        Reason::OrphanImpl(of) => {
            let name = &tree.item(*of).name;
            (
                format!("neither its trait nor `{name}` would be the monolith's own (E0117)"),
                Vec::new(),
            )
        }
    };
    let path = name_of(tree, needed.item);
    NeededItem {
        item: path,
        kind: item.kind.noun(),
        place: tree.place_of(needed.item),
        lines: needed.lines,
        reason,
        used_at,
        used_by: used_by(analysis, needed),
        uses_back: uses_back(analysis, needed),
    }
}

fn used_by(analysis: &Analysis, needed: &Needed) -> Vec<String> {
    let tree = &analysis.subject.source;
    let moves = |id: &ItemId| {
        let comes_along = analysis.needed.iter().any(|other| other.item == *id);
        comes_along || analysis.layout.moves_item(tree, *id)
    };
    let uses_it = |crossings: &[Crossing]| {
        let mut items = crossings.iter().map(|crossing| crossing.item);
        items.any(|item| tree.top_item(item) == needed.item)
    };
    let users: BTreeSet<String> = analysis
        .uses
        .by_user
        .iter()
        .filter(|(user, crossings)| **user != needed.item && moves(user) && uses_it(crossings))
        .map(|(user, _)| tree.item_path(*user).to_string())
        .collect();
    users.into_iter().collect()
}

fn uses_back(analysis: &Analysis, needed: &Needed) -> Vec<BackUse> {
    let tree = &analysis.subject.source;
    if !needed.cycle {
        return Vec::new();
    }
    let uses = analysis
        .uses
        .by_user
        .get(&needed.item)
        .into_iter()
        .flatten();
    let back: BTreeSet<BackUse> = uses
        .map(|crossing| (tree.top_item(crossing.item), crossing))
        .filter(|(top, _)| tree.item(*top).kind != ItemKind::Module)
        .filter(|(top, _)| analysis.layout.moves_item(tree, *top))
        .map(|(top, crossing)| BackUse {
            item: tree.item_path(top).to_string(),
            place: crossing.place.clone(),
        })
        .collect();
    back.into_iter().collect()
}
