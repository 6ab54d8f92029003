//! The boundary of the moved code: what enters it, what leaves it, and the smallest set of items
//! that can move with it.

use std::collections::{BTreeMap, BTreeSet};

use super::copied::is_own;
use super::layout::Layout;
use super::macros::uses_of_rules;
use crate::model::{ModulePath, Place, Span};
use crate::references::ReferenceMap;
use crate::syntax::{ImplFact, ItemId, ItemKind, SourceTree, TraitOrigin};

/// A use that crosses the boundary.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Crossing {
    /// The item used: inside for what enters, outside for what leaves.
    pub item: ItemId,
    /// The top-level item that uses it; none where it stands outside this target.
    pub user: Option<ItemId>,
    /// The module it stands in; none where it stands outside this target.
    pub module: Option<ModulePath>,
    /// The bytes that rustc points at.
    pub span: Span,
    /// The same for people.
    pub place: Place,
    /// Is it compiled for tests only?
    pub test: bool,
}

/// Why an item must come along.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// What moves uses it, at these places.
    Used(Vec<Place>),
    /// It is an inherent impl of a type that moves: it cannot be elsewhere (E0116).
    InherentImpl(ItemId),
    /// It is an impl of a trait that would be foreign to both its trait and its type (E0117).
    OrphanImpl(ItemId),
}

/// An item outside the chosen modules that must move with them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Needed {
    /// The item.
    pub item: ItemId,
    /// Why.
    pub reason: Reason,
    /// Does it use what moves, in its turn? Then both make a cycle.
    pub cycle: bool,
    /// How many lines it has.
    pub lines: usize,
}

/// The references of one target as a graph over its top-level items.
#[derive(Debug, Default)]
pub struct Uses {
    /// For each top-level item: what it uses, and where.
    pub by_user: BTreeMap<ItemId, Vec<Crossing>>,
    /// Uses from outside the target, or from between its items.
    pub from_elsewhere: Vec<Crossing>,
}

/// Sorts the references of a target by the top-level item that makes each.
pub(super) fn uses(tree: &SourceTree, map: &ReferenceMap, externs: &BTreeSet<String>) -> Uses {
    let mut uses = Uses {
        by_user: BTreeMap::new(),
        from_elsewhere: Vec::new(),
    };
    for reference in &map.references {
        let span = &reference.span;
        let at = tree.item_at(&span.file, span.start);
        let user = at.map(|id| tree.top_item(id));
        let module = tree.module_of(&span.file, span.start).cloned();
        let in_test_module = || {
            let module = module.as_ref().and_then(|path| tree.find_module(path));
            module.is_none_or(|module| module.cfg_test)
        };
        let test = at.map_or_else(in_test_module, |at| tree.item(at).cfg_test);
        let item = map.marked(reference).item;
        let (span, place) = (span.clone(), reference.place.clone());
        let crossing = Crossing {
            item,
            user,
            module,
            span,
            place,
            test,
        };
        // A `mod` item holds its file's text only in its braces, and is no user.
        match user.filter(|id| tree.item(*id).kind != ItemKind::Module) {
            Some(user) => uses.by_user.entry(user).or_default().push(crossing),
            None => uses.from_elsewhere.push(crossing),
        }
    }
    for crossing in uses_of_rules(tree, externs) {
        let user = crossing.user.expect("a macro's rules are its own");
        let top = tree.top_item(user);
        uses.by_user.entry(top).or_default().push(crossing);
    }
    uses
}

/// What the closure is made from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Facts<'a> {
    pub(super) tree: &'a SourceTree,
    pub(super) layout: &'a Layout,
    pub(super) uses: &'a Uses,
    pub(super) impls: &'a [ImplFact],
    /// Items that stay whoever needs them.
    pub(super) left: &'a BTreeSet<ItemId>,
}

/// The items that must come along, closed over what they need in their turn. Empty: the chosen
/// modules can go alone.
pub(super) fn needed(facts: &Facts<'_>) -> Vec<Needed> {
    let Facts { tree, layout, .. } = *facts;
    let mut closure = Closure {
        facts: *facts,
        reasons: BTreeMap::new(),
        pending: tree
            .items
            .iter()
            .filter(|item| item.parent.is_none() && layout.moves_item(tree, item.id))
            .map(|item| item.id)
            .collect(),
    };
    closure.run();
    closure.finish()
}

/// What comes with `first` if it is taken along: the items that it needs in its turn. Without
/// one, what the types and traits of the chosen modules tie to them.
pub(super) fn drags(facts: &Facts<'_>, first: Option<ItemId>) -> BTreeSet<ItemId> {
    let mut closure = Closure {
        facts: *facts,
        reasons: first
            .map(|id| (id, Reason::Used(Vec::new())))
            .into_iter()
            .collect(),
        pending: first.into_iter().collect(),
    };
    if first.is_none() {
        closure.add_impls();
        return closure.reasons.into_keys().collect();
    }
    closure.close();
    closure.reasons.into_keys().collect()
}

struct Closure<'a> {
    facts: Facts<'a>,
    reasons: BTreeMap<ItemId, Reason>,
    pending: Vec<ItemId>,
}

impl Closure<'_> {
    fn moves(&self, id: ItemId) -> bool {
        let Facts { tree, layout, .. } = self.facts;
        self.reasons.contains_key(&tree.top_item(id)) || layout.moves_item(tree, id)
    }

    fn run(&mut self) {
        // Imports are no items: those of the moved modules count as theirs.
        let Facts { layout, uses, .. } = self.facts;
        let moves = |crossing: &&Crossing| {
            crossing
                .module
                .as_ref()
                .is_some_and(|module| layout.moves_module(module))
        };
        for crossing in uses.from_elsewhere.iter().filter(moves) {
            self.add_use(crossing);
        }
        self.close();
    }

    fn close(&mut self) {
        loop {
            while let Some(user) = self.pending.pop() {
                for crossing in self.facts.uses.by_user.get(&user).into_iter().flatten() {
                    self.add_use(crossing);
                }
            }
            self.add_impls();
            if self.pending.is_empty() {
                break;
            }
        }
    }

    /// Takes an item along, unless it is to stay.
    fn add(&mut self, item: ItemId, reason: Reason) {
        if !self.facts.left.contains(&item) {
            self.reasons.insert(item, reason);
            self.pending.push(item);
        }
    }

    fn add_use(&mut self, crossing: &Crossing) {
        let Facts {
            tree,
            layout,
            impls,
            ..
        } = self.facts;
        let top = tree.top_item(crossing.item);
        // A module is only named on the way to what is in it.
        if tree.item(top).kind == ItemKind::Module {
            return;
        }
        if layout.moves_item(tree, top) {
            return;
        }
        let place = crossing.place.clone();
        if let Some(reason) = self.reasons.get_mut(&top) {
            if let Reason::Used(places) = reason
                && !places.contains(&place)
            {
                places.push(place);
            }
            return;
        }
        self.add(top, Reason::Used(vec![place.clone()]));
        // A method's type may be known by inference alone.
        if let Some(owner) = impls
            .iter()
            .find(|fact| fact.item == top)
            .and_then(|f| f.self_item)
            && !self.moves(owner)
        {
            self.add(owner, Reason::Used(vec![place]));
        }
    }

    fn add_impls(&mut self) {
        for fact in self.facts.impls {
            // One inside a macro call or a function moves with that.
            let top = self.facts.tree.top_item(fact.item);
            if self.moves(top) || self.facts.left.contains(&top) {
                continue;
            }
            let self_moves = fact.self_item.is_some_and(|id| self.moves(id));
            let reason = match &fact.origin {
                TraitOrigin::Inherent if self_moves => {
                    Reason::InherentImpl(fact.self_item.expect("it moves"))
                }
                TraitOrigin::Inherent | TraitOrigin::Unknown => continue,
                TraitOrigin::Local(id) if !self.moves(*id) => continue,
                TraitOrigin::Local(_) | TraitOrigin::Foreign => {
                    let stays_legal = fact.local_types.iter().any(|id| !self.moves(*id));
                    let concerned = self_moves
                        || fact.local_types.iter().any(|id| self.moves(*id))
                        || matches!(&fact.origin, TraitOrigin::Local(id) if self.moves(*id));
                    if stays_legal || !concerned {
                        continue;
                    }
                    Reason::OrphanImpl(fact.self_item.unwrap_or(fact.item))
                }
            };
            self.add(top, reason);
        }
    }

    fn finish(self) -> Vec<Needed> {
        let Self { facts, reasons, .. } = self;
        let Facts {
            tree, layout, uses, ..
        } = facts;
        reasons
            .into_iter()
            .map(|(item, reason)| {
                let own = uses.by_user.get(&item).into_iter().flatten();
                let cycle = matches!(reason, Reason::Used(_))
                    && own.clone().any(|crossing| {
                        let top = tree.top_item(crossing.item);
                        layout.moves_item(tree, top) && tree.item(top).kind != ItemKind::Module
                    });
                let it = tree.item(item);
                let text = &tree.files[&it.file].text[it.span.clone()];
                Needed {
                    item,
                    reason,
                    cycle,
                    lines: text.lines().count(),
                }
            })
            .collect()
    }
}

/// The uses of moved items by what stays, by item.
pub(super) fn entering(
    tree: &SourceTree,
    layout: &Layout,
    uses: &Uses,
) -> BTreeMap<ItemId, Vec<Crossing>> {
    let mut entering: BTreeMap<ItemId, Vec<Crossing>> = BTreeMap::new();
    let outside = uses
        .by_user
        .iter()
        .filter(|(user, _)| !layout.moves_item(tree, **user) || layout.is_copied(**user))
        .flat_map(|(_, crossings)| crossings)
        .chain(uses.from_elsewhere.iter().filter(|crossing| {
            !crossing
                .module
                .as_ref()
                .is_some_and(|module| layout.moves_module(module))
        }));
    for crossing in outside {
        let copied = layout.is_copied(tree.top_item(crossing.item)) || is_own(tree, crossing);
        if layout.moves_item(tree, crossing.item) && !copied {
            entering
                .entry(crossing.item)
                .or_default()
                .push(crossing.clone());
        }
    }
    for crossings in entering.values_mut() {
        crossings.sort();
        crossings.dedup();
    }
    entering
}
