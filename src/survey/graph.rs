//! Items and modules of all targets as a graph, by number.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use super::monolith::Target;
use super::uses::{RawUse, trees_of_files};
use crate::model::{ModulePath, Place};
use crate::references::NamedTree;
use crate::syntax::{ImplFact, Item, ItemId, ItemKind, SourceTree, TraitOrigin, impl_facts};

/// The number of a [`Node`].
pub(super) type NodeId = usize;
/// The number of a [`ModuleNode`].
pub(super) type ModuleId = usize;

/// An item at the top of a module: what moves as one piece.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub tree: usize,
    pub item: ItemId,
    pub module: ModuleId,
    /// Lines of its text.
    pub lines: usize,
    /// Is it compiled for tests only?
    pub test: bool,
}

/// A module.
#[derive(Debug, Clone)]
pub(super) struct ModuleNode {
    pub tree: usize,
    pub path: ModulePath,
    /// The first module that is not below it: `id..end` are it and all below it.
    pub end: ModuleId,
    /// The file of its body.
    pub file: Utf8PathBuf,
    /// Is it compiled for tests only?
    pub test: bool,
}

/// A use, seen from who uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Use {
    /// The item at the top.
    pub node: NodeId,
    /// The very item: it, or a part of it.
    pub item: ItemId,
    pub place: Place,
    /// Is the use compiled for tests only?
    pub test: bool,
}

/// All of it.
#[derive(Debug, Default)]
pub(super) struct Graph {
    pub nodes: Vec<Node>,
    pub modules: Vec<ModuleNode>,
    /// The items of each module.
    pub members: Vec<Vec<NodeId>>,
    /// What each item uses.
    pub uses: Vec<Vec<Use>>,
    /// What the imports of each module use, and whatever else stands between its items.
    pub imports: Vec<Vec<Use>>,
    /// What tests, benchmarks, examples and generated code use, once for each use.
    pub far: Vec<NodeId>,
    /// The impl blocks that a type or trait may have to take along.
    pub impls_of: BTreeMap<NodeId, Vec<usize>>,
    /// What is known of impl blocks.
    pub impls: Vec<Tie>,
    /// The type whose impl block an item is.
    pub owners: BTreeMap<NodeId, NodeId>,
}

/// An impl block, by numbers.
#[derive(Debug, Clone)]
pub(super) struct Tie {
    pub node: NodeId,
    pub self_type: Option<NodeId>,
    /// The trait, if it is of the workspace.
    pub local_trait: Option<NodeId>,
    pub origin: TraitOrigin,
    pub local_types: Vec<NodeId>,
}

impl Graph {
    /// Puts the uses of all trees together.
    pub(super) fn new(trees: &[NamedTree], targets: &[Target], uses: &[RawUse]) -> Self {
        let mut graph = Self::default();
        let mut numbers = BTreeMap::new();
        for (at, named) in trees.iter().enumerate() {
            graph.add_tree(at, &named.tree, &mut numbers);
        }
        graph.uses = vec![Vec::new(); graph.nodes.len()];
        graph.imports = vec![Vec::new(); graph.modules.len()];
        for (at, (named, target)) in trees.iter().zip(targets).enumerate() {
            for fact in impl_facts(&named.tree, &target.externs) {
                graph.tie(at, &named.tree, &fact, &numbers);
            }
        }
        graph.add_uses(trees, uses, &numbers);
        graph
    }

    fn add_tree(
        &mut self,
        at: usize,
        tree: &SourceTree,
        numbers: &mut BTreeMap<(usize, ItemId), NodeId>,
    ) {
        let first = self.modules.len();
        let paths: Vec<&ModulePath> = tree.modules.keys().collect();
        for (nth, module) in tree.modules.values().enumerate() {
            let below = paths[nth..]
                .iter()
                .take_while(|p| p.is_within(&module.path));
            self.members.push(Vec::new());
            self.modules.push(ModuleNode {
                tree: at,
                path: module.path.clone(),
                end: first + nth + below.count(),
                file: module.file.clone(),
                test: module.cfg_test,
            });
        }
        let module_of: BTreeMap<&ModulePath, ModuleId> = paths
            .into_iter()
            .enumerate()
            .map(|(nth, path)| (path, first + nth))
            .collect();
        for item in tree.items.iter().filter(|item| item.parent.is_none()) {
            let Some(module) = module_of.get(&item.module) else {
                continue;
            };
            numbers.insert((at, item.id), self.nodes.len());
            self.members[*module].push(self.nodes.len());
            self.nodes.push(Node {
                tree: at,
                item: item.id,
                module: *module,
                lines: lines_of(tree, item),
                test: item.cfg_test,
            });
        }
    }

    fn tie(
        &mut self,
        at: usize,
        tree: &SourceTree,
        fact: &ImplFact,
        numbers: &BTreeMap<(usize, ItemId), NodeId>,
    ) {
        let number = |item: ItemId| numbers.get(&(at, tree.top_item(item))).copied();
        let Some(node) = number(fact.item) else {
            return;
        };
        let local_trait = match &fact.origin {
            TraitOrigin::Local(item) => number(*item),
            _ => None,
        };
        let local_types: Vec<NodeId> = fact
            .local_types
            .iter()
            .copied()
            .filter_map(number)
            .collect();
        let tie = self.impls.len();
        for of in local_types.iter().chain(&local_trait) {
            self.impls_of.entry(*of).or_default().push(tie);
        }
        let self_type = fact.self_item.and_then(number);
        if let Some(owner) = self_type {
            self.owners.insert(node, owner);
        }
        self.impls.push(Tie {
            node,
            self_type,
            local_trait,
            origin: fact.origin.clone(),
            local_types,
        });
    }

    fn add_uses(
        &mut self,
        trees: &[NamedTree],
        uses: &[RawUse],
        numbers: &BTreeMap<(usize, ItemId), NodeId>,
    ) {
        let of_files = trees_of_files(trees);
        let modules: BTreeMap<(usize, &ModulePath), ModuleId> = trees
            .iter()
            .enumerate()
            .flat_map(|(at, named)| named.tree.modules.keys().map(move |path| (at, path)))
            .enumerate()
            .map(|(id, key)| (key, id))
            .collect();
        for raw in uses {
            let used = &trees[raw.item.tree].tree;
            let top = used.top_item(raw.item.item);
            // A module is only named on the way to what is in it.
            if used.item(top).kind == ItemKind::Module {
                continue;
            }
            let Some(node) = numbers.get(&(raw.item.tree, top)).copied() else {
                continue;
            };
            let file: &Utf8Path = &raw.place.file;
            let user_tree = of_files.get(file).copied();
            let place = raw.place.clone();
            let Some(at) = user_tree else {
                self.far.push(node);
                continue;
            };
            let tree = &trees[at].tree;
            let module = tree.module_of(file, raw.start);
            let Some(module_id) = module.and_then(|path| modules.get(&(at, path)).copied()) else {
                continue;
            };
            let inner = tree.item_at(file, raw.start);
            let user = inner
                .map(|id| tree.top_item(id))
                .filter(|id| tree.item(*id).kind != ItemKind::Module);
            let test = inner.map_or(self.modules[module_id].test, |id| tree.item(id).cfg_test);
            let item = raw.item.item;
            let found = Use {
                node,
                item,
                place,
                test,
            };
            match user.and_then(|id| numbers.get(&(at, id)).copied()) {
                Some(user) if user == node => {}
                Some(user) => self.uses[user].push(found),
                None => self.imports[module_id].push(found),
            }
        }
    }
}

fn lines_of(tree: &SourceTree, item: &Item) -> usize {
    if item.kind == ItemKind::Module {
        return 0;
    }
    let text = tree.files.get(&item.file);
    let text = text.and_then(|file| file.text.get(item.span.clone()));
    text.map_or(0, |text| text.lines().count())
}
