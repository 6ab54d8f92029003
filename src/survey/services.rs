//! What other repositories use of a monolith's libraries, by their tokens: they depend on its
//! crates by name, wherever they get them from.

use std::collections::{BTreeMap, BTreeSet};

use super::graph::{Graph, NodeId};
use super::monolith::{Monolith, Target};
use super::tokens::of_tokens;
use crate::references::NamedTree;

/// The names of the repositories that use each item.
pub(super) fn uses_by_others(
    graph: &Graph,
    monolith: &Monolith,
    others: &[&Monolith],
) -> BTreeMap<NodeId, BTreeSet<String>> {
    let numbers: BTreeMap<_, NodeId> = graph
        .nodes
        .iter()
        .enumerate()
        .map(|(id, node)| ((node.tree, node.item), id))
        .collect();
    let mut services: BTreeMap<NodeId, BTreeSet<String>> = BTreeMap::new();
    for other in others {
        let own = monolith.trees.len();
        let trees: Vec<&NamedTree> = monolith.trees.iter().chain(&other.trees).collect();
        let users = other
            .targets
            .iter()
            .map(|target| linked(target, &monolith.targets));
        let targets: Vec<Target> = monolith.targets.iter().cloned().chain(users).collect();
        let name = other.top.file_name().unwrap_or(other.top.as_str());
        for found in of_tokens(&trees, &targets, own..trees.len()) {
            let item = found.item;
            if item.tree >= own {
                continue;
            }
            let top = monolith.trees[item.tree].tree.top_item(item.item);
            if let Some(node) = numbers.get(&(item.tree, top)) {
                services.entry(*node).or_default().insert(name.to_owned());
            }
        }
    }
    services
}

/// A target of another repository, which sees the libraries of the monolith that it names, and
/// nothing else.
fn linked(target: &Target, libraries: &[Target]) -> Target {
    let named = libraries
        .iter()
        .enumerate()
        .filter(|(_, library)| library.library && target.externs.contains(&library.name));
    Target {
        siblings: named
            .map(|(at, library)| (library.name.clone(), at))
            .collect(),
        ..target.clone()
    }
}
