//! What must move with a set of modules: what they use, and what that uses in its turn.

use std::collections::BTreeMap;

use super::graph::{Graph, ModuleId, NodeId, Use};
use crate::syntax::TraitOrigin;

/// A set of modules with all below them, of one target.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Selection {
    pub tree: usize,
    /// Sorted, none below another.
    pub modules: Vec<ModuleId>,
}

impl Selection {
    /// One module, with all below it.
    pub(super) fn of(graph: &Graph, module: ModuleId) -> Self {
        Self {
            tree: graph.modules[module].tree,
            modules: vec![module],
        }
    }

    /// Is that module chosen, or below one that is?
    pub(super) fn holds(&self, graph: &Graph, module: ModuleId) -> bool {
        let mut chosen = self.modules.iter();
        chosen.any(|id| (*id..graph.modules[*id].end).contains(&module))
    }

    /// The modules, with all below them.
    pub(super) fn all<'a>(&'a self, graph: &'a Graph) -> impl Iterator<Item = ModuleId> + 'a {
        let chosen = self.modules.iter();
        chosen.flat_map(|id| *id..graph.modules[*id].end)
    }

    /// Their items.
    pub(super) fn nodes<'a>(&'a self, graph: &'a Graph) -> impl Iterator<Item = NodeId> + 'a {
        self.all(graph)
            .flat_map(|module| graph.members[module].iter().copied())
    }
}

/// What does not stay where it is if a selection moves.
#[derive(Debug, Clone, Default)]
pub(super) struct Closure {
    /// What the selection itself uses of its target, outside of tests, and where.
    pub direct: BTreeMap<NodeId, Vec<Use>>,
    /// Impl blocks outside that the types of the selection tie to it.
    pub tied: Vec<NodeId>,
    /// What only its tests use.
    pub by_tests: BTreeMap<NodeId, Vec<Use>>,
    /// What it uses of other targets of the workspace.
    pub siblings: BTreeMap<NodeId, Vec<Use>>,
    /// All items that must come along.
    pub along: Vec<NodeId>,
    /// Were there too many to go on?
    pub cut: bool,
}

/// Finds closures, one after the other: the marks of the last one are told from those of this
/// one by their number.
pub(super) struct Closures<'a> {
    graph: &'a Graph,
    seen: Vec<u32>,
    round: u32,
    most: usize,
}

impl<'a> Closures<'a> {
    /// Gives up on a closure when more than `most` items would come along.
    pub(super) fn new(graph: &'a Graph, most: usize) -> Self {
        Self {
            graph,
            seen: vec![0; graph.nodes.len()],
            round: 0,
            most,
        }
    }

    /// What must come along with a selection.
    pub(super) fn of(&mut self, selection: &Selection) -> Closure {
        let graph = self.graph;
        let mut closure = Closure::default();
        let mut run = self.begin(selection);
        for node in selection.nodes(graph) {
            run.mark(node);
        }
        for module in selection.all(graph) {
            for found in &graph.imports[module] {
                run.first(&mut closure, found);
            }
            for node in &graph.members[module] {
                for found in &graph.uses[*node] {
                    run.first(&mut closure, found);
                }
            }
        }
        for node in selection.nodes(graph) {
            let tied = run.ties_of(node);
            closure.tied.extend(tied);
        }
        closure.tied.sort_unstable();
        closure.tied.dedup();
        let first = closure.direct.keys().chain(&closure.tied).copied();
        let pending: Vec<NodeId> = first.collect();
        (closure.along, closure.cut) = run.close(pending);
        closure
    }

    /// What comes with one item of the selection's target.
    pub(super) fn with(&mut self, selection: &Selection, node: NodeId) -> (Vec<NodeId>, bool) {
        let graph = self.graph;
        let mut run = self.begin(selection);
        for node in selection.nodes(graph) {
            run.mark(node);
        }
        run.close(vec![node])
    }

    /// The lines of all items of the workspace that a selection rests on, its own left out; no
    /// more are looked for once there are `most`.
    pub(super) fn reach(&mut self, selection: &Selection, most: usize) -> usize {
        let graph = self.graph;
        let mut run = self.begin(selection);
        let mut pending: Vec<NodeId> = Vec::new();
        for node in selection.nodes(graph) {
            run.mark(node);
        }
        let follow = |uses: &[Use], pending: &mut Vec<NodeId>| {
            pending.extend(uses.iter().filter(|it| !it.test).map(|it| it.node));
        };
        for module in selection.all(graph) {
            follow(&graph.imports[module], &mut pending);
        }
        for node in selection.nodes(graph) {
            if !graph.nodes[node].test {
                follow(&graph.uses[node], &mut pending);
            }
        }
        let mut lines = 0;
        while let Some(node) = pending.pop() {
            if run.mark(node) {
                lines += graph.nodes[node].lines;
                if lines >= most {
                    break;
                }
                follow(&graph.uses[node], &mut pending);
                // Whoever rests on a type rests on what it can do.
                let ties = graph.impls_of.get(&node).into_iter().flatten();
                let methods = ties.map(|tie| &graph.impls[*tie]).filter(|tie| {
                    tie.origin == TraitOrigin::Inherent && tie.self_type == Some(node)
                });
                pending.extend(methods.map(|tie| tie.node));
            }
        }
        lines
    }

    fn begin<'b>(&'b mut self, selection: &'b Selection) -> Run<'b> {
        self.round += 1;
        Run {
            graph: self.graph,
            seen: &mut self.seen,
            round: self.round,
            most: self.most,
            selection,
        }
    }
}

struct Run<'a> {
    graph: &'a Graph,
    seen: &'a mut [u32],
    round: u32,
    most: usize,
    selection: &'a Selection,
}

impl Run<'_> {
    fn mark(&mut self, node: NodeId) -> bool {
        let new = self.seen[node] != self.round;
        self.seen[node] = self.round;
        new
    }

    fn moves(&self, node: NodeId) -> bool {
        self.seen[node] == self.round
    }

    /// Sorts a use that the selection itself makes.
    fn first(&self, closure: &mut Closure, found: &Use) {
        let used = &self.graph.nodes[found.node];
        if self.selection.holds(self.graph, used.module) {
            return;
        }
        let uses = match (used.tree == self.selection.tree, found.test) {
            (true, false) => &mut closure.direct,
            (true, true) => &mut closure.by_tests,
            (false, _) => &mut closure.siblings,
        };
        uses.entry(found.node).or_default().push(found.clone());
    }

    /// The impl blocks that cannot stay if `node` moves: inherent ones of a type, and those of
    /// foreign traits for nothing that stays (E0116, E0117).
    fn ties_of(&self, node: NodeId) -> Vec<NodeId> {
        let ties = self.graph.impls_of.get(&node).into_iter().flatten();
        let ties = ties.map(|tie| &self.graph.impls[*tie]);
        let must = ties.filter(|tie| {
            let tied = match &tie.origin {
                TraitOrigin::Inherent => tie.self_type == Some(node),
                TraitOrigin::Unknown => false,
                TraitOrigin::Local(_) if !tie.local_trait.is_some_and(|id| self.moves(id)) => false,
                TraitOrigin::Local(_) | TraitOrigin::Foreign => {
                    tie.local_types.iter().all(|id| self.moves(*id))
                }
            };
            tied && !self.moves(tie.node) && !self.graph.nodes[tie.node].test
        });
        must.map(|tie| tie.node).collect()
    }

    fn close(&mut self, mut pending: Vec<NodeId>) -> (Vec<NodeId>, bool) {
        let mut along = Vec::new();
        while let Some(node) = pending.pop() {
            if !self.mark(node) {
                continue;
            }
            along.push(node);
            if along.len() > self.most {
                return (along, true);
            }
            for found in &self.graph.uses[node] {
                let same_tree = self.graph.nodes[found.node].tree == self.selection.tree;
                if same_tree && !found.test && !self.moves(found.node) {
                    pending.push(found.node);
                }
            }
            pending.extend(self.ties_of(node));
            // The methods of a type are of use only where the type is.
            let owner = self.graph.owners.get(&node).copied();
            pending.extend(owner.filter(|id| !self.moves(*id)));
        }
        along.sort_unstable();
        (along, false)
    }
}
