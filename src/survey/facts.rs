//! All that is known of a selection, put together.

use std::collections::{BTreeMap, BTreeSet};

use camino::Utf8PathBuf;

use super::candidate::{Advice, Candidate, Character, Face, Needs, Size, TargetName, Users};
use super::closure::{Closure, Closures, Selection};
use super::graph::{Graph, ModuleId, NodeId};
use super::monolith::Target;
use super::obstacle::obstacles;
use super::tally::{Tally, sum};
use crate::model::ModulePath;
use crate::references::NamedTree;
use crate::syntax::{ItemKind, VisibilityKind};

/// What candidates are made from.
pub(super) struct Facts<'a> {
    pub graph: &'a Graph,
    pub trees: &'a [NamedTree],
    pub targets: &'a [Target],
    pub tallies: &'a [Tally],
    /// Who uses each item from another item's text or from an import, tests left out: the module.
    pub users: UsersOf,
    /// The other repositories that use an item.
    pub services: BTreeMap<NodeId, BTreeSet<String>>,
}

/// For each item its uses: the user's module, the part of it that is used, and whether it is a
/// test's.
pub(super) type UsersOf = BTreeMap<NodeId, Vec<(ModuleId, crate::syntax::ItemId, bool)>>;

/// Turns the uses round.
pub(super) fn users_of(graph: &Graph) -> UsersOf {
    let mut users: UsersOf = BTreeMap::new();
    for (node, uses) in graph.uses.iter().enumerate() {
        let module = graph.nodes[node].module;
        for found in uses {
            let of = users.entry(found.node).or_default();
            of.push((module, found.item, found.test));
        }
    }
    for (module, uses) in graph.imports.iter().enumerate() {
        for found in uses {
            let of = users.entry(found.node).or_default();
            of.push((module, found.item, found.test));
        }
    }
    users
}

impl Facts<'_> {
    /// Is a module tests? It is if it is compiled for tests only, and no support that others
    /// share: it has tests of its own, or nobody else uses it (a macro may make its tests).
    pub(super) fn is_of_tests(&self, id: ModuleId) -> bool {
        let module = &self.graph.modules[id];
        let alone = Selection::of(self.graph, id);
        let has_tests = || (id..module.end).any(|id| self.tallies[id].tests > 0);
        module.test && (has_tests() || self.is_used_within(&alone, &alone))
    }

    /// Does nothing outside of a selection use what is in this part of it?
    pub(super) fn is_used_within(&self, part: &Selection, selection: &Selection) -> bool {
        let nodes = part.nodes(self.graph);
        let mut users = nodes.filter_map(|node| self.users.get(&node)).flatten();
        users.all(|(user, ..)| selection.holds(self.graph, *user))
    }

    /// The candidate that a selection is; its score and rank are not known yet.
    pub(super) fn candidate(
        &self,
        closures: &mut Closures<'_>,
        selection: &Selection,
    ) -> Candidate {
        let closure = closures.of(selection);
        let size = self.size(selection);
        let (users, face) = self.users(selection);
        let used_back = users
            .packages
            .contains(&self.targets[selection.tree].package);
        let above = !used_back && closure.along.len() > size.items;
        let obstacles = obstacles(self.graph, self.trees, closures, selection, &closure, above);
        let most = size.lines.max(1) * 20;
        let reach = closures.reach(selection, most);
        let character = character(size.lines, reach);
        let advice = advice(&closure, &size, above);
        let modules = self.paths(selection);
        let command = self.command(selection, &modules, advice);
        Candidate {
            rank: 0,
            score: 0.0,
            parts: BTreeMap::new(),
            package: self.targets[selection.tree].package.clone(),
            target: self.target_name(selection.tree),
            files: self.files(selection),
            needs: self.needs(selection, &closure),
            modules,
            for_tests: self.is_for_tests(selection),
            size,
            least_use: self.least_use(selection, &users),
            has_own_files: self.has_own_files(selection),
            user_files: self.user_files(selection),
            users,
            face,
            obstacles,
            character,
            cost: None,
            advice,
            command,
        }
    }

    fn is_for_tests(&self, selection: &Selection) -> bool {
        let mut modules = selection.modules.iter();
        modules.all(|id| self.graph.modules[*id].test)
    }

    fn target_name(&self, tree: usize) -> TargetName {
        let target = &self.targets[tree];
        if target.library {
            TargetName::Lib
        } else {
            TargetName::Bin(target.binary.clone())
        }
    }

    fn paths(&self, selection: &Selection) -> Vec<ModulePath> {
        let modules = selection.modules.iter();
        modules
            .map(|id| self.graph.modules[*id].path.clone())
            .collect()
    }

    fn files(&self, selection: &Selection) -> Vec<Utf8PathBuf> {
        let modules = selection.all(self.graph);
        let files: BTreeSet<Utf8PathBuf> = modules
            .map(|id| self.graph.modules[id].file.clone())
            .collect();
        files.into_iter().collect()
    }

    fn size(&self, selection: &Selection) -> Size {
        let Tally {
            lines,
            items,
            tests,
            macros,
            unsafes,
            generated,
            externs: _,
        } = sum(selection.all(self.graph).map(|id| &self.tallies[id]));
        Size {
            lines,
            items,
            tests,
            macros,
            unsafes,
            reads_generated: generated,
        }
    }

    fn needs(&self, selection: &Selection, closure: &Closure) -> Needs {
        let graph = self.graph;
        let tally = sum(selection.all(graph).map(|id| &self.tallies[id]));
        let siblings: BTreeSet<&str> = closure
            .siblings
            .keys()
            .map(|node| self.targets[graph.nodes[*node].tree].package.as_str())
            .collect();
        let lines = closure.along.iter().map(|id| graph.nodes[*id].lines).sum();
        Needs {
            items: closure.along.len(),
            lines,
            more: closure.cut,
            by_tests: closure.by_tests.len(),
            siblings: siblings.into_iter().map(ToOwned::to_owned).collect(),
            externs: tally.externs.into_iter().collect(),
        }
    }

    fn users(&self, selection: &Selection) -> (Users, Face) {
        let graph = self.graph;
        let mut modules = BTreeSet::new();
        let mut used = BTreeSet::new();
        let mut packages = BTreeSet::new();
        let (mut uses, mut in_tests) = (0, 0);
        // What tests share is there for tests.
        let support = self.is_for_tests(selection);
        for node in selection.nodes(graph) {
            for (module, item, test) in self.users.get(&node).into_iter().flatten() {
                if selection.holds(graph, *module) {
                    continue;
                }
                if !support && (*test || graph.modules[*module].test) {
                    in_tests += 1;
                    continue;
                }
                uses += 1;
                used.insert(*item);
                modules.insert(*module);
                packages.insert(self.targets[graph.modules[*module].tree].package.clone());
            }
        }
        let mine: BTreeSet<NodeId> = selection.nodes(graph).collect();
        in_tests += graph.far.iter().filter(|node| mine.contains(node)).count();
        let services: BTreeSet<&String> = mine
            .iter()
            .filter_map(|node| self.services.get(node))
            .flatten()
            .collect();
        let areas: BTreeSet<(usize, Option<&String>)> = modules
            .iter()
            .map(|id| {
                let module = &graph.modules[*id];
                (module.tree, module.path.segments().first())
            })
            .collect();
        let tree = &self.trees[selection.tree].tree;
        let hidden = |item: &&crate::syntax::ItemId| {
            let item = tree.item(**item);
            let kind = &item.visibility.kind;
            let open = matches!(kind, VisibilityKind::Public | VisibilityKind::Inherited);
            let exported = item.attributes.iter().any(|name| name == "macro_export");
            !open && !exported && item.kind != ItemKind::Module
        };
        let to_open = used.iter().filter(hidden);
        let users = Users {
            modules: modules.iter().map(|id| self.module_name(*id)).collect(),
            packages: packages.into_iter().collect(),
            areas: areas.len(),
            services: services.into_iter().cloned().collect(),
            uses,
            uses_in_tests: in_tests,
        };
        let face = Face {
            used: used.len(),
            to_open: to_open.map(|id| tree.item_path(*id).to_string()).collect(),
        };
        (users, face)
    }

    /// The files of the modules that use a selection, tests left out, but for its own.
    fn user_files(&self, selection: &Selection) -> BTreeSet<Utf8PathBuf> {
        let graph = self.graph;
        let own: BTreeSet<&Utf8PathBuf> = selection
            .all(graph)
            .map(|id| &graph.modules[id].file)
            .collect();
        let uses = selection
            .nodes(graph)
            .filter_map(|node| self.users.get(&node))
            .flatten();
        uses.filter(|(module, _, test)| !test && !selection.holds(graph, *module))
            .map(|(module, ..)| &graph.modules[*module].file)
            .filter(|file| !own.contains(*file))
            .cloned()
            .collect()
    }

    /// Are the files of a selection its own, with nothing else in them?
    fn has_own_files(&self, selection: &Selection) -> bool {
        let mut declared_in = selection.modules.iter().map(|id| {
            let module = &self.graph.modules[*id];
            let tree = &self.trees[module.tree].tree;
            let found = tree.find_module(&module.path);
            let declaration = found.and_then(|module| module.declaration.as_ref());
            declaration.is_some_and(|declaration| !declaration.inline)
        });
        declared_in.all(|own| own)
    }

    /// The use of the module of a set that is used least: what nobody uses does not become a
    /// library by what it needs.
    fn least_use(&self, selection: &Selection, users: &Users) -> usize {
        if selection.modules.len() == 1 {
            return weight(users);
        }
        let alone = selection.modules.iter().map(|id| {
            let alone = Selection::of(self.graph, *id);
            weight(&self.users(&alone).0)
        });
        alone.min().unwrap_or_default()
    }

    /// `package::module`; of a binary `package/binary::module`.
    pub(super) fn module_name(&self, id: ModuleId) -> String {
        let module = &self.graph.modules[id];
        let target = &self.targets[module.tree];
        let root = if target.library {
            target.package.clone()
        } else {
            format!("{}/{}", target.package, target.binary)
        };
        module.path.written_from(&root)
    }

    fn command(&self, selection: &Selection, modules: &[ModulePath], advice: Advice) -> String {
        let target = &self.targets[selection.tree];
        let package = &target.package;
        let name = crate_name(package, modules);
        let mut words: Vec<String> = vec!["cargo quarry extract".to_owned()];
        if self.targets.iter().any(|other| other.package != *package) {
            words.push(format!("-p {package}"));
        }
        if !target.library {
            words.push(format!("--bin {}", target.binary));
        }
        words.extend(modules.iter().map(ToString::to_string));
        words.push(format!("--name {name} --into ../{name}"));
        if advice == Advice::TakeAlong {
            words.push("--with-needed".to_owned());
        }
        words.join(" ")
    }
}

/// How much something is used: other packages count as two modules more.
fn weight(users: &Users) -> usize {
    let packages = users.packages.len().saturating_sub(1);
    users.modules.len() + users.areas + 2 * packages
}

/// A name for the crate: the package's and the modules', unless one says it already.
fn crate_name(package: &str, modules: &[ModulePath]) -> String {
    let mut parts = vec![package.replace('_', "-")];
    for module in modules {
        let name = module.name().unwrap_or_default();
        parts.push(name.trim_start_matches("r#").replace('_', "-"));
    }
    parts.dedup();
    parts.join("-")
}

/// Below so many lines a dependency on the rest is no dependency.
const FEW_LINES: usize = 20;

fn character(lines: usize, reach: usize) -> Character {
    if reach <= FEW_LINES || reach * 10 <= lines {
        Character::Utility
    } else if reach < lines {
        Character::Mixed
    } else {
        Character::Domain
    }
}

fn advice(closure: &Closure, size: &Size, above: bool) -> Advice {
    let lines_along = closure.along.len();
    if lines_along == 0 {
        Advice::TakeOut
    } else if !closure.cut && lines_along <= size.items.max(8) {
        Advice::TakeAlong
    } else if above {
        Advice::DependOnTheRest
    } else {
        Advice::Untangle
    }
}
