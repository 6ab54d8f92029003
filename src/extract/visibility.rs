//! Which moved items must be seen from outside the new crate, and which from its other modules.

use std::collections::{BTreeMap, BTreeSet};

use super::boundary::{Crossing, Uses};
use super::layout::Layout;
use crate::model::ModulePath;
use crate::syntax::{Item, ItemId, ItemKind, SourceTree, VisibilityKind};

/// How far an item that is not seen far enough must be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Opening {
    /// `pub(crate)`: another module of the new crate uses it.
    Crate,
    /// `pub`: the monolith uses it, or the signature of something that it uses names it.
    Public,
}

/// The items that must be opened.
pub(super) fn openings(
    tree: &SourceTree,
    layout: &Layout,
    uses: &Uses,
    entering: &BTreeMap<ItemId, Vec<Crossing>>,
) -> BTreeMap<ItemId, Opening> {
    let mut open: BTreeMap<ItemId, Opening> = BTreeMap::new();
    let mut pending: Vec<ItemId> = entering.keys().copied().collect();
    while let Some(id) = pending.pop() {
        if open.insert(id, Opening::Public) == Some(Opening::Public) {
            continue;
        }
        pending.extend(ancestors(tree, layout, id));
        pending.extend(named_in_signature(tree, layout, uses, id));
    }
    for (id, from) in inner_uses(tree, layout, uses) {
        if !reaches(tree, layout, id, &from) {
            open.entry(id).or_insert(Opening::Crate);
        }
    }
    open.retain(|id, opening| needs(tree.item(*id), *opening));
    open
}

/// Does the item show less than it must? Variants and trait items have no visibility of their
/// own, a macro is exported in another way.
fn needs(item: &Item, opening: Opening) -> bool {
    match (&item.visibility.kind, opening) {
        (VisibilityKind::Public | VisibilityKind::Inherited, _) => {
            item.kind == ItemKind::Macro
                && opening == Opening::Public
                && !item.attributes.iter().any(|name| name == "macro_export")
        }
        (VisibilityKind::Crate, Opening::Crate) => false,
        (
            VisibilityKind::Private | VisibilityKind::Super | VisibilityKind::In(_),
            Opening::Crate,
        ) => item.kind != ItemKind::Macro,
        (_, Opening::Public) => true,
    }
}

/// The moved modules on the way to an item, but for those that become the crate's root, and the
/// types that hold it.
fn ancestors(tree: &SourceTree, layout: &Layout, id: ItemId) -> Vec<ItemId> {
    let item = tree.item(id);
    let holder = item.parent.filter(|parent| {
        !matches!(
            tree.item(*parent).kind,
            ItemKind::Impl | ItemKind::MacroCall | ItemKind::ForeignMod
        )
    });
    holder
        .into_iter()
        .filter(|holder| layout.moves_item(tree, *holder))
        .collect()
}

/// The moved items that an opened one's users come to see: those that its signature names, those
/// in the signatures of its public members.
fn named_in_signature(tree: &SourceTree, layout: &Layout, uses: &Uses, id: ItemId) -> Vec<ItemId> {
    let item = tree.item(id);
    let mut signatures = vec![item.signature.clone()];
    let shown = |member: &&Item| {
        matches!(
            member.visibility.kind,
            VisibilityKind::Public | VisibilityKind::Inherited
        )
    };
    let members = item.members.iter().map(|member| tree.item(*member));
    signatures.extend(members.filter(shown).map(|member| member.signature.clone()));
    let crossings = uses.by_user.get(&tree.top_item(id)).into_iter().flatten();
    crossings
        .filter(|crossing| crossing.span.file == item.file)
        .filter(|crossing| {
            signatures
                .iter()
                .any(|range| range.contains(&crossing.span.start))
        })
        .map(|crossing| crossing.item)
        .filter(|used| layout.moves_item(tree, *used) && tree.item(*used).kind != ItemKind::Module)
        .collect()
}

/// The uses of moved items by moved items, with the module of the new crate that each is in.
fn inner_uses<'a>(
    tree: &'a SourceTree,
    layout: &'a Layout,
    uses: &'a Uses,
) -> impl Iterator<Item = (ItemId, ModulePath)> + 'a {
    let by_items = uses.by_user.values().flatten();
    by_items
        .chain(&uses.from_elsewhere)
        .filter_map(move |crossing| {
            let home = match crossing.user {
                Some(user) if tree.item(user).kind != ItemKind::Module => layout
                    .moves_item(tree, user)
                    .then(|| module_home(tree, layout, crossing, user))??,
                _ => layout.new_module(crossing.module.as_ref()?)?,
            };
            layout
                .moves_item(tree, crossing.item)
                .then_some((crossing.item, home))
        })
}

fn module_home(
    tree: &SourceTree,
    layout: &Layout,
    crossing: &Crossing,
    user: ItemId,
) -> Option<ModulePath> {
    if layout.items().contains_key(&user) {
        return layout.new_home(tree, user);
    }
    layout.new_module(crossing.module.as_ref()?)
}

/// Does what is written let the module `from` of the new crate see the item?
fn reaches(tree: &SourceTree, layout: &Layout, id: ItemId, from: &ModulePath) -> bool {
    let item = tree.item(id);
    let Some(home) = layout.new_home(tree, id) else {
        return true;
    };
    match &item.visibility.kind {
        VisibilityKind::Private => from.is_within(&home),
        VisibilityKind::Super => from.is_within(&home.parent().unwrap_or_default()),
        VisibilityKind::In(_) => layout.moves_module(&item.module) || from.is_within(&home),
        VisibilityKind::Crate | VisibilityKind::Public | VisibilityKind::Inherited => true,
    }
}

/// Opened items in the order of their places, for the report.
pub(super) fn in_order(
    tree: &SourceTree,
    open: &BTreeMap<ItemId, Opening>,
) -> Vec<(ItemId, Opening)> {
    let places: BTreeSet<_> = open
        .iter()
        .map(|(id, opening)| {
            let item = tree.item(*id);
            (&item.file, item.name_span.start, *id, *opening)
        })
        .collect();
    places
        .into_iter()
        .map(|(_, _, id, opening)| (id, opening))
        .collect()
}
