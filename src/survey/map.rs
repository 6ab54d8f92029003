//! The map of the monolith, for a picture: areas, what they use of each other.

use std::collections::BTreeMap;

use camino::Utf8PathBuf;
use serde::Serialize;

use super::candidate::Candidate;
use super::facts::Facts;
use super::graph::{ModuleId, NodeId};
use crate::syntax::ItemKind;

/// All modules with their items, and what goes on between them.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Map {
    /// The modules of all targets; a module stands before those in it.
    pub areas: Vec<Area>,
    /// Who uses whom, as indexes of `areas`: user, used, how often. Tests are left out.
    pub uses: Vec<(usize, usize, usize)>,
    /// Which areas changed together, as indexes of `areas`, and how often: mass commits left out.
    pub cochange: Vec<(usize, usize, f64)>,
}

/// A module.
#[derive(Debug, Clone, Serialize)]
pub struct Area {
    /// Its package.
    pub package: String,
    /// Its path, from its package's name.
    pub name: String,
    /// The module around it, an index; none for the root of a target.
    pub parent: Option<usize>,
    /// Is it compiled for tests only?
    pub test: bool,
    /// Its own items, without those of the modules in it and without tests.
    pub items: Vec<AreaItem>,
    /// From 0 to 1: how little it needs of the rest, with all below it. None where it is no
    /// candidate.
    pub independence: Option<f64>,
    /// Its rank as a candidate of its own.
    pub rank: Option<usize>,
}

/// An item of a module.
#[derive(Debug, Clone, Serialize)]
pub struct AreaItem {
    /// Its name; of an impl its header.
    pub name: String,
    /// What it is.
    pub kind: &'static str,
    /// Lines of its text.
    pub lines: usize,
    /// How often it is used from outside of its module, tests left out.
    pub uses: usize,
}

/// Draws the map.
pub(super) fn map(
    facts: &Facts<'_>,
    candidates: &[Candidate],
    together: &[(Utf8PathBuf, Utf8PathBuf, f64)],
) -> Map {
    let graph = facts.graph;
    let alone: BTreeMap<String, &Candidate> = candidates
        .iter()
        .filter(|it| it.modules.len() == 1)
        .map(|it| (it.area_name(), it))
        .collect();
    let mut areas: Vec<Area> = Vec::new();
    let mut last_of: Vec<ModuleId> = Vec::new();
    for (id, module) in graph.modules.iter().enumerate() {
        let depth = module.path.segments().len();
        last_of.truncate(depth);
        let name = facts.module_name(id);
        let candidate = alone.get(&name);
        areas.push(Area {
            package: facts.targets[module.tree].package.clone(),
            parent: last_of.last().copied(),
            test: module.test,
            items: items(facts, id),
            independence: candidate.and_then(|it| it.parts.get("independence").copied()),
            rank: candidate.map(|it| it.rank),
            name,
        });
        last_of.push(id);
    }
    Map {
        areas,
        uses: uses(facts),
        cochange: cochange(facts, together),
    }
}

/// Files as the areas that they hold; of several, the outermost.
fn cochange(
    facts: &Facts<'_>,
    together: &[(Utf8PathBuf, Utf8PathBuf, f64)],
) -> Vec<(usize, usize, f64)> {
    let mut of_file: BTreeMap<&Utf8PathBuf, ModuleId> = BTreeMap::new();
    for (id, module) in facts.graph.modules.iter().enumerate() {
        of_file.entry(&module.file).or_insert(id);
    }
    let area = |file| of_file.get(file).copied();
    together
        .iter()
        .filter_map(|(a, b, weight)| Some((area(a)?, area(b)?, *weight)))
        .collect()
}

fn items(facts: &Facts<'_>, id: ModuleId) -> Vec<AreaItem> {
    let graph = facts.graph;
    let nodes = graph.members[id].iter().copied();
    let shown = nodes.filter(|node| {
        let it = &graph.nodes[*node];
        let item = facts.trees[it.tree].tree.item(it.item);
        !it.test && item.kind != ItemKind::Module
    });
    let item = |node: NodeId| {
        let it = &graph.nodes[node];
        let item = facts.trees[it.tree].tree.item(it.item);
        let users = facts.users.get(&node).into_iter().flatten();
        AreaItem {
            name: match &item.impl_header {
                Some(header) => header.label(),
                None => item.name.clone(),
            },
            kind: item.kind.noun(),
            lines: it.lines,
            uses: users.filter(|(of, _, test)| *of != id && !test).count(),
        }
    };
    shown.map(item).collect()
}

fn uses(facts: &Facts<'_>) -> Vec<(usize, usize, usize)> {
    let mut counts: BTreeMap<(ModuleId, ModuleId), usize> = BTreeMap::new();
    for (node, users) in &facts.users {
        let used = facts.graph.nodes[*node].module;
        for (user, _, test) in users {
            if *user != used && !test {
                *counts.entry((*user, used)).or_default() += 1;
            }
        }
    }
    counts
        .into_iter()
        .map(|((user, used), count)| (user, used, count))
        .collect()
}
