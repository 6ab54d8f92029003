//! What stands in the way of a candidate, and the cheapest way out.

use std::collections::BTreeMap;

use serde::Serialize;

use super::closure::{Closure, Closures, Selection};
use super::graph::{Graph, NodeId, Use};
use crate::model::Place;
use crate::references::NamedTree;
use crate::syntax::{ItemKind, TraitOrigin};

/// An item outside that a candidate uses, or that is tied to one of its types.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Obstacle {
    /// Its path in the crate; the header of an impl.
    pub item: String,
    /// What it is.
    pub kind: &'static str,
    /// Where it is defined.
    pub place: Place,
    /// The first places where the candidate uses it.
    pub used_at: Vec<Place>,
    /// How many there are.
    pub uses: usize,
    /// How many items would come with it, itself counted.
    pub items: usize,
    /// Their lines.
    pub lines: usize,
    /// Are there more, too many to go on counting?
    pub more: bool,
    /// The cheapest way out.
    pub way_out: WayOut,
}

impl Obstacle {
    /// What it is and what it is called, for people.
    pub fn label(&self) -> String {
        if self.item.starts_with("impl ") {
            return self.item.clone();
        }
        format!("{} {}", self.kind, self.item)
    }
}

/// How an obstacle goes away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum WayOut {
    /// It moves, too (`--with-needed`).
    TakeAlong,
    /// The impl that uses it stays in the monolith, whose trait it implements (`--leave`).
    Leave,
    /// The candidate depends on the crate that it leaves, where this becomes `pub`.
    MakePublic,
    /// What is needed is handed in, as an argument or a trait.
    TurnRound,
}

impl WayOut {
    /// In words.
    pub fn advice(self) -> &'static str {
        match self {
            Self::TakeAlong => "take it along",
            Self::Leave => "leave the impl that uses it where its trait is",
            Self::MakePublic => "make it `pub`, and depend on the crate that is left",
            Self::TurnRound => "turn the dependency round: hand it in as an argument or a trait",
        }
    }
}

/// So many items are taken along without a second thought.
const FEW: usize = 8;
/// So many places are named.
const PLACES: usize = 3;

/// The obstacles, those that bring most first. `above`: does the rest do without the candidate?
pub(super) fn obstacles(
    graph: &Graph,
    trees: &[NamedTree],
    closures: &mut Closures<'_>,
    selection: &Selection,
    closure: &Closure,
    above: bool,
) -> Vec<Obstacle> {
    let mut uses_of: BTreeMap<NodeId, Vec<&Use>> = BTreeMap::new();
    for (node, uses) in &closure.direct {
        // The methods used of a type are the type's.
        let owner = graph
            .owners
            .get(node)
            .filter(|id| closure.direct.contains_key(id));
        let uses_of = uses_of.entry(*owner.unwrap_or(node)).or_default();
        uses_of.extend(uses);
    }
    for node in &closure.tied {
        uses_of.entry(*node).or_default();
    }
    let mut obstacles: Vec<Obstacle> = uses_of
        .into_iter()
        .map(|(node, uses)| {
            let (along, more) = closures.with(selection, node);
            let it = &graph.nodes[node];
            let tree = &trees[it.tree].tree;
            let item = tree.item(it.item);
            let way_out = way_out(graph, selection, node, &uses, along.len(), above, trees);
            let mut places: Vec<Place> = uses.iter().map(|found| found.place.clone()).collect();
            places.sort();
            places.dedup();
            Obstacle {
                item: name(trees, graph, node),
                kind: item.kind.noun(),
                place: tree.place_of(it.item),
                uses: places.len(),
                used_at: places.into_iter().take(PLACES).collect(),
                items: along.len(),
                lines: along.iter().map(|id| graph.nodes[*id].lines).sum(),
                more,
                way_out,
            }
        })
        .collect();
    obstacles.sort_by(|a, b| (b.lines, &a.item).cmp(&(a.lines, &b.item)));
    obstacles
}

/// The path of an item; of an impl its header.
pub(super) fn name(trees: &[NamedTree], graph: &Graph, node: NodeId) -> String {
    let it = &graph.nodes[node];
    let tree = &trees[it.tree].tree;
    let item = tree.item(it.item);
    match &item.impl_header {
        Some(header) => header.label(),
        None => tree.item_path(it.item).to_string(),
    }
}

fn way_out(
    graph: &Graph,
    selection: &Selection,
    node: NodeId,
    uses: &[&Use],
    items: usize,
    above: bool,
    trees: &[NamedTree],
) -> WayOut {
    if !uses.is_empty() && only_impls_that_can_stay(graph, selection, node) {
        return WayOut::Leave;
    }
    let kind = trees[selection.tree].tree.item(graph.nodes[node].item).kind;
    match items {
        1..=FEW => WayOut::TakeAlong,
        _ if kind == ItemKind::Impl => WayOut::TakeAlong,
        _ if above => WayOut::MakePublic,
        _ => WayOut::TurnRound,
    }
}

/// Is it used by nothing but impls of traits that stay, for types that go?
fn only_impls_that_can_stay(graph: &Graph, selection: &Selection, node: NodeId) -> bool {
    let users = selection.nodes(graph).filter(|user| {
        let mut uses = graph.uses[*user].iter();
        uses.any(|found| found.node == node && !found.test)
    });
    let users: Vec<NodeId> = users.collect();
    let can_stay = |user: &NodeId| {
        graph.impls.iter().any(|tie| {
            let stays = |id: NodeId| !selection.holds(graph, graph.nodes[id].module);
            tie.node == *user
                && matches!(tie.origin, TraitOrigin::Local(_))
                && tie.local_trait.is_some_and(stays)
        })
    };
    // An import alone is no use of it: it goes when the impl does.
    !users.is_empty() && users.iter().all(can_stay)
}
