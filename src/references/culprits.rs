//! Which marks to drop when a marked copy does not compile.

use std::collections::{BTreeMap, BTreeSet};

use camino::Utf8PathBuf;

use super::check::CompileError;
use super::marks::{MarkedFile, Marks};
use super::{MarkedItem, NamedTree};
use crate::syntax::{ItemId, SourceTree};

/// How far around an error's place marks are dropped; the next one if that drops none.
const REACH: [Reach; 4] = [Reach::Mark, Reach::Item, Reach::File, Reach::Package];

#[derive(Debug, Clone, Copy)]
enum Reach {
    /// The mark that the error points at.
    Mark,
    /// The innermost item around it, with its parts: an attribute macro copies their marks.
    Item,
    /// All in that file.
    File,
    /// All in the files of that package's trees.
    Package,
}

/// The marks to drop because of the errors, each with the error that speaks against it; empty if
/// no mark is left near any of them.
pub(super) fn culprits(
    errors: &[&CompileError],
    trees: &[NamedTree],
    marks: &Marks,
    marked: &BTreeMap<Utf8PathBuf, MarkedFile>,
    dropped: &BTreeSet<u32>,
) -> BTreeMap<u32, String> {
    let mut culprits = BTreeMap::new();
    for error in errors {
        let fresh = REACH.iter().find_map(|reach| {
            let mut near = near(error, *reach, trees, marks, marked);
            near.retain(|item| !dropped.contains(item));
            (!near.is_empty()).then_some(near)
        });
        let why = error.message.lines().next().unwrap_or_default();
        for item in fresh.into_iter().flatten() {
            culprits.entry(item).or_insert_with(|| why.to_owned());
        }
    }
    culprits
}

fn near(
    error: &CompileError,
    reach: Reach,
    trees: &[NamedTree],
    marks: &Marks,
    marked: &BTreeMap<Utf8PathBuf, MarkedFile>,
) -> BTreeSet<u32> {
    let mut near = BTreeSet::new();
    for (file, range) in &error.places {
        let Some(marked) = marked.get(file) else {
            continue;
        };
        match reach {
            Reach::Mark => near.extend(marked.touched(range)),
            Reach::Item => {
                let offset = marked.original(range.start);
                for (tree, named) in trees.iter().enumerate() {
                    let around = named.tree.item_at(file, offset);
                    let around = around.map(|id| whole(&named.tree, id));
                    for item in around.into_iter().flatten() {
                        near.extend(marks.index.get(&MarkedItem { tree, item }));
                    }
                }
            }
            Reach::File => near.extend(marks.in_file(file)),
            Reach::Package => {
                let of_package = trees
                    .iter()
                    .filter(|named| named.package == error.package_name());
                let files = of_package.flat_map(|named| named.tree.files.keys());
                near.extend(files.flat_map(|file| marks.in_file(file)));
            }
        }
    }
    near
}

/// The item that `id` is a part of, with all its parts.
fn whole(tree: &SourceTree, id: ItemId) -> Vec<ItemId> {
    let outermost = std::iter::successors(Some(id), |id| tree.item(*id).parent).last();
    tree.with_members(outermost.unwrap_or(id))
}
