//! Which selections are candidates: every module, and the small sets of modules that must move
//! together.
//!
//! What needs nothing and is used by others, too, need not move together with anything: it can go
//! first, as a library that the others depend on.

use std::collections::BTreeSet;

use super::closure::{Closures, Selection};
use super::graph::{Graph, ModuleId};

/// A set has at most so many modules.
const MOST_MODULES: usize = 4;
/// And no more than this share of its target's modules, a fraction.
const MOST_SHARE: f64 = 0.34;

/// All selections of a target that are worth a look. `worth` says it of a module.
pub(super) fn selections(
    graph: &Graph,
    closures: &mut Closures<'_>,
    worth: &dyn Fn(ModuleId) -> bool,
    used_within: &dyn Fn(&Selection, &Selection) -> bool,
) -> Vec<Selection> {
    let mut all = BTreeSet::new();
    for (id, module) in graph.modules.iter().enumerate() {
        if module.path.is_root() || !worth(id) {
            continue;
        }
        let alone = Selection::of(graph, id);
        if let Some(set) = together(graph, closures, &alone) {
            let mut others = set.modules.iter().filter(|other| **other != id);
            let can_go_first = others.any(|other| {
                let other = Selection::of(graph, *other);
                closures.of(&other).along.is_empty() && !used_within(&other, &set)
            });
            if !can_go_first {
                all.insert(set);
            }
        }
        all.insert(alone);
    }
    all.into_iter().collect()
}

/// The modules that a module needs, and those that these need, if they are few.
fn together(graph: &Graph, closures: &mut Closures<'_>, alone: &Selection) -> Option<Selection> {
    let mut set = alone.clone();
    loop {
        let closure = closures.of(&set);
        let needed = closure.direct.keys().chain(&closure.tied);
        let mut modules: BTreeSet<ModuleId> = set.modules.iter().copied().collect();
        for node in needed {
            let module = graph.nodes[*node].module;
            let holds_all = graph.modules[module].path.is_root()
                || set
                    .modules
                    .iter()
                    .any(|id| (module..graph.modules[module].end).contains(id));
            // What stands above the modules cannot come with them as a module.
            if !holds_all && !graph.modules[module].test {
                modules.insert(module);
            }
        }
        let modules = outermost(graph, &modules);
        if modules == set.modules {
            break;
        }
        if modules.len() > MOST_MODULES {
            return None;
        }
        set.modules = modules;
    }
    let of_target = graph.modules.iter().filter(|it| it.tree == set.tree);
    let share = ratio(set.all(graph).count(), of_target.count());
    (set.modules.len() > 1 && share <= MOST_SHARE).then_some(set)
}

/// Those that are in no other one.
fn outermost(graph: &Graph, modules: &BTreeSet<ModuleId>) -> Vec<ModuleId> {
    let inside = |id: &ModuleId| {
        let mut others = modules.iter().filter(|other| *other != id);
        others.any(|other| (*other..graph.modules[*other].end).contains(id))
    };
    modules.iter().copied().filter(|id| !inside(id)).collect()
}

/// Of counts that are far below 2^52.
#[expect(clippy::cast_precision_loss, reason = "counts are small")]
pub(super) fn ratio(part: usize, whole: usize) -> f64 {
    if whole == 0 {
        return 0.0;
    }
    part as f64 / whole as f64
}
