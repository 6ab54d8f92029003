//! What stands in the way, weighed: each use that leaves the moved code, and how much comes along
//! if it is followed. A few of them mostly bring nearly all.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::analysis::Analysis;
use super::boundary::{Crossing, drags};
use crate::model::Place;
use crate::syntax::{ImplFact, ItemId, ItemKind, TraitOrigin};

/// An item outside that the chosen modules themselves use, or that is tied to one of their types.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Obstacle {
    /// Its path in the monolith; the header of an impl.
    pub item: String,
    /// What it is.
    pub kind: &'static str,
    /// Where it is.
    pub place: Place,
    /// Where the chosen modules use it.
    pub used_at: Vec<Place>,
    /// How many items come with it, itself counted.
    pub items: usize,
    /// How many lines these have.
    pub lines: usize,
    /// The way around it.
    pub help: String,
}

/// The obstacles, those that bring most first.
pub(super) fn obstacles(analysis: &Analysis) -> Vec<Obstacle> {
    let tree = &analysis.subject.source;
    let mut direct: BTreeMap<ItemId, BTreeSet<(Place, Option<ItemId>)>> = BTreeMap::new();
    for crossing in leaving(analysis) {
        let places = direct.entry(tree.top_item(crossing.item)).or_default();
        places.insert((crossing.place.clone(), crossing.user));
    }
    // The methods used of a type are the type's.
    for fact in &analysis.impls {
        let owner = fact.self_item.filter(|id| direct.contains_key(id));
        if let (Some(owner), Some(uses)) = (owner, direct.get(&fact.item).cloned()) {
            direct.remove(&fact.item);
            direct.entry(owner).or_default().extend(uses);
        }
    }
    let tied = drags(&analysis.facts(), None);
    for item in &tied {
        direct.entry(*item).or_default();
    }
    let mut obstacles: Vec<Obstacle> = direct
        .into_iter()
        .map(|(item, uses)| obstacle(analysis, item, &uses))
        .collect();
    obstacles.sort_by(|a, b| (b.lines, &a.item).cmp(&(a.lines, &b.item)));
    obstacles
}

/// The uses that lead out of the chosen modules.
pub(super) fn leaving(analysis: &Analysis) -> impl Iterator<Item = &Crossing> {
    let tree = &analysis.subject.source;
    let by_items = analysis.uses.by_user.values().flatten();
    by_items
        .chain(&analysis.uses.from_elsewhere)
        .filter(move |crossing| {
            let inside = match crossing
                .user
                .filter(|id| tree.item(*id).kind != ItemKind::Module)
            {
                Some(user) => is_chosen(analysis, user),
                None => in_chosen_module(analysis, crossing.module.as_ref()),
            };
            inside && needs(analysis, crossing.item)
        })
}

fn needs(analysis: &Analysis, item: ItemId) -> bool {
    let top = analysis.subject.source.top_item(item);
    analysis.needed.iter().any(|needed| needed.item == top)
}

fn in_chosen_module(analysis: &Analysis, module: Option<&crate::model::ModulePath>) -> bool {
    module.is_some_and(|module| analysis.layout.moves_module(module))
}

/// Is it in one of the chosen modules (and not only to be taken along)?
pub(super) fn is_chosen(analysis: &Analysis, id: ItemId) -> bool {
    let tree = &analysis.subject.source;
    in_chosen_module(analysis, Some(&tree.item(tree.top_item(id)).module))
}

fn obstacle(
    analysis: &Analysis,
    item: ItemId,
    uses: &BTreeSet<(Place, Option<ItemId>)>,
) -> Obstacle {
    let tree = &analysis.subject.source;
    let dragged = drags(&analysis.facts(), Some(item));
    let lines = |id: &ItemId| {
        let it = tree.item(*id);
        tree.files[&it.file].text[it.span.clone()].lines().count()
    };
    let it = tree.item(item);
    Obstacle {
        item: super::report::name_of(tree, item),
        kind: it.kind.noun(),
        place: tree.place_of(item),
        used_at: uses.iter().map(|(place, _)| place.clone()).collect(),
        items: dragged.len(),
        lines: dragged.iter().map(lines).sum(),
        help: way_around(analysis, item, uses, dragged.len()),
    }
}

/// The cheapest way out that the facts show.
fn way_around(
    analysis: &Analysis,
    item: ItemId,
    uses: &BTreeSet<(Place, Option<ItemId>)>,
    items: usize,
) -> String {
    let tree = &analysis.subject.source;
    let fact = |user: &ItemId| {
        analysis
            .impls
            .iter()
            .find(|fact: &&ImplFact| fact.item == *user)
    };
    let users: BTreeSet<ItemId> = uses.iter().filter_map(|(_, user)| *user).collect();
    let impls_only = !users.is_empty()
        && users
            .iter()
            .all(|user| fact(user).is_some_and(|fact| stays_legal(analysis, fact)));
    if impls_only {
        let headers: Vec<String> = users
            .iter()
            .map(|user| format!("`{}`", super::report::name_of(tree, *user)))
            .collect();
        return format!(
            "leave {} in the monolith: its trait is the monolith's own",
            headers.join(", ")
        );
    }
    match (items, tree.item(item).kind) {
        (1, _) => "take it along: it needs nothing else".to_owned(),
        (_, ItemKind::Impl) => "move it away from the type first, or take it along".to_owned(),
        (2..=8, _) => "take it along with what it needs".to_owned(),
        _ => {
            "turn the dependency round: hand in what is needed as an argument or a trait".to_owned()
        }
    }
}

/// May the impl stay where its trait is?
fn stays_legal(analysis: &Analysis, fact: &ImplFact) -> bool {
    matches!(fact.origin, TraitOrigin::Local(id) if !is_chosen(analysis, id))
        && fact.self_item.is_some_and(|id| is_chosen(analysis, id))
}
