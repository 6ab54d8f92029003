//! Marks: which items take one, what a file looks like with them, and the way back from a place
//! in the marked file to the one in the file as the user has it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::ops::Range;

use camino::{Utf8Path, Utf8PathBuf};

use super::{MarkedItem, NamedTree};
use crate::syntax::{Item, ItemKind, SourceFile, SourceTree};

/// What a mark's note begins with; the item's number follows.
const NOTE: &str = "quarry#";

/// A mark and where it goes.
#[derive(Debug, Clone)]
struct Mark {
    /// The item's number.
    item: u32,
    /// `#` or `#!`.
    attribute: &'static str,
    /// The bytes that it replaces: none, or the `#[deprecated]` that the item has already, for
    /// there may be only one.
    replaces: Range<usize>,
}

/// All marks of a map.
#[derive(Debug, Default)]
pub(super) struct Marks {
    /// The items by their number.
    pub(super) items: Vec<MarkedItem>,
    /// The numbers of all trees' items; files that trees share have one number for several.
    pub(super) index: BTreeMap<MarkedItem, u32>,
    /// The root of the crate of each tree has a mark as well, numbered after the items.
    pub(super) roots: u32,
    /// By file, in the order of their places.
    by_file: BTreeMap<Utf8PathBuf, Vec<Mark>>,
}

/// Can an item of this kind have `#[deprecated]`, and does rustc report its uses?
fn takes_mark(item: &Item) -> bool {
    match item.kind {
        ItemKind::Function
        | ItemKind::Struct
        | ItemKind::Field
        | ItemKind::Enum
        | ItemKind::Variant
        | ItemKind::Union
        | ItemKind::Static
        | ItemKind::Type
        | ItemKind::Trait
        | ItemKind::TraitFunction
        | ItemKind::TraitConst
        | ItemKind::TraitType
        | ItemKind::Method
        | ItemKind::AssociatedConst
        | ItemKind::AssociatedType
        | ItemKind::Macro
        | ItemKind::Module => true,
        ItemKind::Const => item.name != "_",
        ItemKind::Impl
        | ItemKind::ImplItem
        | ItemKind::ExternCrate
        | ItemKind::MacroCall
        | ItemKind::ForeignMod
        | ItemKind::Other => false,
    }
}

/// Is it a module that is deprecated in its own body, by `#![deprecated]`? There may be only one
/// such attribute, and what is in it has marks of its own.
fn has_inner_mark(tree: &SourceTree, item: &Item) -> bool {
    if item.kind != ItemKind::Module {
        return false;
    }
    let module = tree.find_module(&item.module.join(&item.name));
    module.is_some_and(|module| {
        module.bodies().any(|module| {
            let file = tree.files.get(&module.file);
            let body = file.and_then(|file| file.text.get(module.body.clone()));
            body.is_some_and(|body| body.contains("#![deprecated"))
        })
    })
}

impl Marks {
    /// Numbers the items of all trees that take a mark.
    pub(super) fn new(trees: &[NamedTree]) -> Self {
        let mut marks = Self::default();
        let mut known: BTreeMap<(&Utf8Path, usize), u32> = BTreeMap::new();
        for (tree, named) in trees.iter().enumerate() {
            let items = named.tree.items.iter().filter(|item| takes_mark(item));
            for item in items.filter(|item| !has_inner_mark(&named.tree, item)) {
                let marked = MarkedItem {
                    tree,
                    item: item.id,
                };
                let next = u32::try_from(marks.items.len()).expect("fewer than 2^32 items");
                let place = (item.file.as_path(), item.mark_at);
                let number = *known.entry(place).or_insert(next);
                marks.index.insert(marked, number);
                if number == next {
                    marks.items.push(marked);
                    let at = item.mark_at..item.mark_at;
                    let replaces = item.deprecated.clone().unwrap_or(at);
                    marks
                        .by_file
                        .entry(item.file.clone())
                        .or_default()
                        .push(Mark {
                            item: number,
                            attribute: "#",
                            replaces,
                        });
                }
            }
        }
        marks.mark_roots(trees);
        for marks in marks.by_file.values_mut() {
            marks.sort_by_key(|mark| (mark.replaces.start, mark.attribute == "#"));
        }
        marks
    }

    /// Marks the crates: what macros make in the root has no other mark.
    fn mark_roots(&mut self, trees: &[NamedTree]) {
        let count = |n: usize| u32::try_from(n).expect("fewer than 2^32 items");
        self.roots = count(self.items.len());
        for (tree, named) in trees.iter().enumerate() {
            let root = &named.tree.root_file;
            let Some(file) = named.tree.files.get(root) else {
                continue;
            };
            let at = file.code_start();
            self.by_file.entry(root.clone()).or_default().push(Mark {
                item: self.roots + count(tree),
                attribute: "#!",
                replaces: at..at,
            });
        }
    }

    /// The tree whose root has that number.
    pub(super) fn tree_of_root(&self, number: u32) -> Option<usize> {
        Some(number.checked_sub(self.roots)? as usize)
    }

    /// The files that have marks.
    pub(super) fn files(&self) -> impl Iterator<Item = &Utf8PathBuf> {
        self.by_file.keys()
    }

    /// The numbers of a file's items.
    pub(super) fn in_file(&self, file: &Utf8Path) -> impl Iterator<Item = u32> {
        let marks = self.by_file.get(file).into_iter().flatten();
        marks.map(|mark| mark.item)
    }

    /// A file with its marks, but for those dropped.
    pub(super) fn apply(
        &self,
        file: &Utf8Path,
        source: &SourceFile,
        dropped: &BTreeSet<u32>,
    ) -> MarkedFile {
        let mut marked = MarkedFile::default();
        let mut from = 0;
        let marks = self.by_file.get(file).into_iter().flatten();
        for mark in marks.filter(|mark| !dropped.contains(&mark.item)) {
            marked
                .text
                .push_str(&source.text[from..mark.replaces.start]);
            let start = marked.text.len();
            let item = mark.item;
            let hash = mark.attribute;
            write!(marked.text, "{hash}[deprecated(note = \"{NOTE}{item}\")] ")
                .expect("writing to a string");
            marked.edits.push(Edit {
                item,
                marked: start..marked.text.len(),
                original: mark.replaces.clone(),
            });
            from = mark.replaces.end;
        }
        marked.text.push_str(&source.text[from..]);
        marked
    }
}

/// A place where the marked file differs.
#[derive(Debug, Clone)]
struct Edit {
    item: u32,
    marked: Range<usize>,
    original: Range<usize>,
}

/// A file with marks.
#[derive(Debug, Clone, Default)]
pub(super) struct MarkedFile {
    pub(super) text: String,
    edits: Vec<Edit>,
}

impl MarkedFile {
    /// The offset in the file as the user has it; inside a mark, where the mark goes.
    pub(super) fn original(&self, offset: usize) -> usize {
        let after = self.edits.partition_point(|e| e.marked.start <= offset);
        let Some(edit) = after.checked_sub(1).map(|at| &self.edits[at]) else {
            return offset;
        };
        match offset.checked_sub(edit.marked.end) {
            Some(beyond) => edit.original.end + beyond,
            None => edit.original.start,
        }
    }

    /// The items whose marks are touched by that range of the marked file.
    pub(super) fn touched(&self, range: &Range<usize>) -> impl Iterator<Item = u32> {
        let touches =
            |edit: &&Edit| edit.marked.start <= range.start && range.start < edit.marked.end;
        self.edits.iter().filter(touches).map(|edit| edit.item)
    }
}

/// The number in the message of a warning about a marked item, and what rustc calls the item
/// (``function `a::b` ``).
pub(super) fn read_note(message: &str) -> Option<(u32, &str)> {
    let (before, number) = message.rsplit_once(NOTE)?;
    let number = number.parse().ok()?;
    let name = before
        .strip_prefix("use of deprecated ")?
        .trim_end_matches([':', ' ']);
    Some((number, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_are_read_back() {
        let check = |message: &str, expected| assert_eq!(read_note(message), expected, "{message}");
        check(
            "use of deprecated function `a::b`: quarry#17",
            Some((17, "function `a::b`")),
        );
        check(
            "use of deprecated macro `m`: quarry#0",
            Some((0, "macro `m`")),
        );
        check("use of deprecated function `a::b`: use c", None);
        check("use of deprecated function `a::b`: quarry#x", None);
    }

    #[test]
    fn offsets_lead_back_through_marks() {
        // `abcdef` with a mark of ten bytes before `b`, and one of ten in the place of `de`.
        let edit = |item, marked, original| Edit {
            item,
            marked,
            original,
        };
        let marked = MarkedFile {
            text: "a##########bc##########f".to_owned(),
            edits: vec![edit(1, 1..11, 1..1), edit(2, 13..23, 3..5)],
        };
        let back: Vec<usize> = [0, 1, 5, 11, 12, 13, 22, 23, 24]
            .map(|offset| marked.original(offset))
            .to_vec();
        assert_eq!(back, [0, 1, 1, 1, 2, 3, 3, 5, 6]);
        assert_eq!(marked.touched(&(15..16)).collect::<Vec<_>>(), [2]);
        assert_eq!(marked.touched(&(11..12)).count(), 0);
    }
}
