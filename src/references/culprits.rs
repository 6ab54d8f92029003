//! Which marks to drop when a marked copy does not compile.

use std::collections::{BTreeMap, BTreeSet};

use camino::Utf8PathBuf;

use super::check::CompileError;
use super::marks::{MarkedFile, Marks};
use super::{MarkedItem, NamedTree};
use crate::model::package_of_id;
use crate::syntax::{ItemId, SourceTree};

/// How far around an error's place marks are dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// The mark that the error points at.
    Mark,
    /// The outermost item around it, with its parts: an attribute macro copies their marks.
    Item,
    /// All in that file.
    File,
    /// All in the files of that package's trees.
    Package,
}

/// What was marked, and what is known not to bear it.
pub(super) struct Suspects<'a> {
    pub(super) trees: &'a [NamedTree],
    pub(super) marks: &'a Marks,
    pub(super) marked: &'a BTreeMap<Utf8PathBuf, MarkedFile>,
    pub(super) dropped: &'a BTreeSet<u32>,
}

/// The error that speaks against a mark.
#[derive(Debug, Clone)]
pub(super) struct Charge {
    /// The name of the package that it is in.
    pub(super) package: String,
    /// Its first line.
    pub(super) why: String,
}

/// Marks to drop.
pub(super) type Culprits = BTreeMap<u32, Charge>;

/// The marks that errors point at: no error of the project can do that.
pub(super) fn accused<'e>(
    errors: impl IntoIterator<Item = &'e CompileError>,
    suspects: &Suspects<'_>,
) -> Culprits {
    within(errors, &[Reach::Mark], suspects)
}

/// The marks nearest to each error that are still there; empty if none is left.
pub(super) fn nearest<'e>(
    errors: impl IntoIterator<Item = &'e CompileError>,
    suspects: &Suspects<'_>,
) -> Culprits {
    let reaches = [Reach::Mark, Reach::Item, Reach::File, Reach::Package];
    within(errors, &reaches, suspects)
}

fn within<'e>(
    errors: impl IntoIterator<Item = &'e CompileError>,
    reaches: &[Reach],
    suspects: &Suspects<'_>,
) -> Culprits {
    let mut culprits = Culprits::new();
    for error in errors {
        let fresh = reaches.iter().find_map(|reach| {
            let mut near = near(error, *reach, suspects);
            near.retain(|item| !suspects.dropped.contains(item));
            (!near.is_empty()).then_some(near)
        });
        for item in fresh.into_iter().flatten() {
            culprits.entry(item).or_insert_with(|| Charge {
                package: package_of_id(&error.package).0.to_owned(),
                why: error.message.lines().next().unwrap_or_default().to_owned(),
            });
        }
    }
    culprits
}

fn near(error: &CompileError, reach: Reach, suspects: &Suspects<'_>) -> BTreeSet<u32> {
    let mut near = BTreeSet::new();
    for (file, range) in &error.places {
        let Some(marked) = suspects.marked.get(file) else {
            continue;
        };
        match reach {
            Reach::Mark => {
                for item in marked.touched(range) {
                    near.insert(item);
                    near.extend(siblings_in_macro(item, suspects));
                }
            }
            Reach::Item => {
                let offset = marked.original(range.start);
                for (tree, named) in suspects.trees.iter().enumerate() {
                    let around = named.tree.item_at(file, offset);
                    let around = around.map(|id| whole(&named.tree, id));
                    near.extend(suspects.numbers(tree, around.into_iter().flatten()));
                }
            }
            Reach::File => near.extend(suspects.marks.in_file(file)),
            Reach::Package => {
                let of_package = suspects
                    .trees
                    .iter()
                    .filter(|named| named.package == package_of_id(&error.package).0);
                let files = of_package.flat_map(|named| named.tree.files.keys());
                near.extend(files.flat_map(|file| suspects.marks.in_file(file)));
            }
        }
    }
    near
}

/// A macro that does not take attributes in one place says so at the first mark that it meets:
/// what stands beside it fares no better.
fn siblings_in_macro(item: u32, suspects: &Suspects<'_>) -> Vec<u32> {
    let Some(marked) = suspects.marks.items.get(item as usize) else {
        return Vec::new();
    };
    let tree = &suspects.trees[marked.tree].tree;
    let item = tree.item(marked.item);
    match item.parent {
        Some(parent) if item.in_macro => {
            let members = &tree.item(parent).members;
            let alike = members
                .iter()
                .filter(|id| tree.item(**id).kind == item.kind);
            suspects.numbers(marked.tree, alike.copied()).collect()
        }
        _ => Vec::new(),
    }
}

impl Suspects<'_> {
    fn numbers(
        &self,
        tree: usize,
        items: impl Iterator<Item = ItemId>,
    ) -> impl Iterator<Item = u32> {
        items.filter_map(move |item| self.marks.index.get(&MarkedItem { tree, item }).copied())
    }
}

/// The item that `id` is a part of, with all its parts.
fn whole(tree: &SourceTree, id: ItemId) -> Vec<ItemId> {
    let outermost = std::iter::successors(Some(id), |id| tree.item(*id).parent).last();
    tree.with_members(outermost.unwrap_or(id))
}
