//! `macro_rules!` that come along. A macro that what stays uses as well is in both: it is text that
//! becomes its user's code, and seldom worth a public name.

use std::collections::BTreeSet;

use super::boundary::{Crossing, Uses};
use super::layout::Layout;
use super::relocate::Names;
use crate::model::ModulePath;
use crate::syntax::{Edit, Item, ItemId, ItemKind, Module, SourceTree, whole_lines};

/// The macros among what comes along that are to stay as well.
pub(super) fn copied_macros(tree: &SourceTree, layout: &Layout, uses: &Uses) -> BTreeSet<ItemId> {
    let mut copied = BTreeSet::new();
    loop {
        let stays = |user: ItemId| !layout.moves_item(tree, user) || copied.contains(&user);
        let used = uses
            .by_user
            .iter()
            .filter(|(user, _)| stays(**user))
            .flat_map(|(_, crossings)| crossings)
            .chain(uses.from_elsewhere.iter().filter(|crossing| {
                let module = crossing.module.as_ref();
                !module.is_some_and(|path| layout.moves_module(path)) && !is_own(tree, crossing)
            }))
            .map(|crossing| tree.top_item(crossing.item));
        let found: BTreeSet<ItemId> = used
            .filter(|id| tree.item(*id).kind == ItemKind::Macro)
            .filter(|id| layout.items().contains_key(id))
            .collect();
        if found == copied {
            return copied;
        }
        copied = found;
    }
}

/// Is it `pub(crate) use name;` beside the macro of that name?
pub(super) fn is_own(tree: &SourceTree, crossing: &Crossing) -> bool {
    let item = tree.item(crossing.item);
    item.kind == ItemKind::Macro
        && crossing.user.is_none()
        && crossing.module.as_ref() == Some(&item.module)
}

/// The macros among `ids` that their module imports from itself: they are used by their path.
pub(super) fn macros_by_path<'a>(
    tree: &'a SourceTree,
    origin: &Module,
    ids: &[ItemId],
) -> BTreeSet<&'a str> {
    let imported = |name: &str| {
        let mut leaves = origin.uses.iter().flat_map(|import| &import.leaves);
        leaves.any(|leaf| leaf.path == [name])
    };
    let items = ids.iter().map(|id| tree.item(*id));
    let macros = items.filter(|item| item.kind == ItemKind::Macro);
    let names = macros.map(|item| item.name.as_str());
    names.filter(|name| imported(name)).collect()
}

/// Has that module of the new crate macros that are used by their name alone, by what comes
/// after them?
pub(super) fn has_textual_macros(names: Names<'_>, home: &ModulePath) -> bool {
    let tree = names.tree;
    let textual = |item: &Item| {
        let origin = tree.find_module(&item.module);
        item.kind == ItemKind::Macro
            && !item.attributes.iter().any(|name| name == "macro_export")
            && origin.is_some_and(|origin| macros_by_path(tree, origin, &[item.id]).is_empty())
    };
    let items = names.layout.items().iter();
    items
        .filter(|(_, place)| *place == home)
        .any(|(id, _)| textual(tree.item(*id)))
}

/// Takes away the import of a macro that has left, beside where it was.
pub(super) fn own_import_edit(tree: &SourceTree, item: &Item) -> Option<Edit> {
    if item.kind != ItemKind::Macro {
        return None;
    }
    let module = tree.find_module(&item.module)?;
    let import = module.uses.iter().find(|import| {
        let leaves = &import.leaves;
        import.file == item.file && leaves.len() == 1 && leaves[0].path == [item.name.as_str()]
    })?;
    let text = &tree.files[&item.file].text;
    Some(Edit::replace(whole_lines(text, import.span.clone()), ""))
}
