//! Items that are to stay in the monolith, as the user names them.
//!
//! The map takes more for a use than the compiler does in some places (a name in a macro that is
//! never expanded so). Whether the code compiles without an item is for the trial build to say.

use std::collections::BTreeSet;

use super::ExtractError;
use super::layout::Layout;
use super::report::name_of;
use super::subject::Subject;
use crate::model::ModulePath;
use crate::syntax::{ItemId, ItemKind};

/// The items of these names: all of one path, as a type and a function can share one.
pub(super) fn left_items(
    subject: &Subject,
    layout: &Layout,
    names: &[String],
) -> Result<BTreeSet<ItemId>, ExtractError> {
    let tree = &subject.source;
    let mut left = BTreeSet::new();
    for name in names {
        let path = ModulePath::parse(name);
        let header = name.split_whitespace().collect::<Vec<_>>().join(" ");
        let named = |id: ItemId| match tree.item(id).kind {
            ItemKind::Impl => name_of(tree, id) == header,
            _ => tree.item_path(id) == path,
        };
        let before = left.len();
        left.extend(
            tree.items
                .iter()
                .filter(|item| item.parent.is_none() && named(item.id))
                .map(|item| item.id)
                .filter(|id| !layout.moves_item(tree, *id)),
        );
        if left.len() == before {
            return Err(ExtractError::NoItem {
                item: name.clone(),
                package: subject.package.name.to_string(),
            });
        }
    }
    Ok(left)
}
