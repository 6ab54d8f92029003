//! Marks: which items take one, what a file looks like with them, and the way back from a place
//! in the marked file to the one in the file as the user has it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::ops::Range;

use camino::{Utf8Path, Utf8PathBuf};

use super::{MarkedItem, NamedTree};
use crate::model::Digest;
use crate::syntax::{Item, ItemKind, SourceFile, SourceTree};

/// What a mark's note begins with; the key of its file and its own there follow.
pub(super) const NOTE: &str = "quarry#";
/// How many hexadecimal digits a key has, if no other one begins with the same.
const KEY_LENGTH: usize = 8;

/// A mark and where it goes.
#[derive(Debug, Clone)]
struct Mark {
    /// The item's number.
    item: u32,
    /// Tells it from the other marks of its file.
    key: String,
    /// `#` or `#!`.
    attribute: &'static str,
    /// The bytes that it replaces: none, or the `#[deprecated]` that the item has already, for
    /// there may be only one.
    replaces: Range<usize>,
}

/// The marks of a file. Their notes depend on the file and on what an item is called, so that one
/// more item leaves the other ones as they are: the compiler repeats what it said of code that
/// uses those.
#[derive(Debug, Default)]
struct FileMarks {
    /// The first digits of the digest of its path, as many as tell it from the files before it.
    key: String,
    /// In the order of their places.
    marks: Vec<Mark>,
    /// Their ordinals by their keys.
    by_key: BTreeMap<String, usize>,
}

impl FileMarks {
    /// Sorts the marks and gives them their keys. So far they have the names of their items; of
    /// items with one name (under different `cfg`, in different impls) the first has the shortest
    /// key.
    fn set_keys(&mut self) {
        self.marks
            .sort_by_key(|mark| (mark.replaces.start, mark.attribute == "#"));
        for (ordinal, mark) in self.marks.iter_mut().enumerate() {
            mark.key = free_key(&mark.key, &self.by_key);
            self.by_key.insert(mark.key.clone(), ordinal);
        }
    }
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
    by_file: BTreeMap<Utf8PathBuf, FileMarks>,
    /// The files by their keys.
    by_key: BTreeMap<String, Utf8PathBuf>,
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
                    marks.push(
                        &item.file,
                        Mark {
                            item: number,
                            key: format!("{:?} {}", item.kind, named.tree.item_path(item.id)),
                            attribute: "#",
                            replaces,
                        },
                    );
                }
            }
        }
        marks.mark_roots(trees);
        for (path, file) in &mut marks.by_file {
            file.set_keys();
            file.key = free_key(path.as_str(), &marks.by_key);
            marks.by_key.insert(file.key.clone(), path.clone());
        }
        marks
    }

    fn push(&mut self, file: &Utf8Path, mark: Mark) {
        let marks = self.by_file.entry(file.to_owned()).or_default();
        marks.marks.push(mark);
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
            let mark = Mark {
                item: self.roots + count(tree),
                key: "root".to_owned(),
                attribute: "#!",
                replaces: at..at,
            };
            self.push(root, mark);
        }
    }

    /// The number of what has that note; none if it is none of these marks'.
    pub(super) fn number(&self, note: &Note<'_>) -> Option<u32> {
        let file = self.by_file.get(self.by_key.get(note.file)?)?;
        let ordinal = *file.by_key.get(note.mark)?;
        Some(file.marks[ordinal].item)
    }

    /// The file and ordinal of a mark.
    pub(super) fn place_of(&self, number: u32) -> Option<(&Utf8Path, usize)> {
        self.by_file.iter().find_map(|(path, file)| {
            let ordinal = file.marks.iter().position(|mark| mark.item == number)?;
            Some((path.as_path(), ordinal))
        })
    }

    /// The number of a file's mark by its ordinal there.
    pub(super) fn at(&self, file: &Utf8Path, ordinal: usize) -> Option<u32> {
        let mark = self.by_file.get(file)?.marks.get(ordinal)?;
        Some(mark.item)
    }

    /// The tree whose root has that number.
    pub(super) fn tree_of_root(&self, number: u32) -> Option<usize> {
        Some(number.checked_sub(self.roots)? as usize)
    }

    /// The files that have marks.
    pub(super) fn files(&self) -> impl Iterator<Item = &Utf8PathBuf> {
        self.by_file.keys()
    }

    /// Has a file marks?
    pub(super) fn has(&self, file: &Utf8Path) -> bool {
        self.by_file.contains_key(file)
    }

    /// The numbers of a file's marks, by their ordinals.
    pub(super) fn in_file(&self, file: &Utf8Path) -> impl Iterator<Item = u32> {
        let file = self.by_file.get(file);
        let marks = file.into_iter().flat_map(|file| &file.marks);
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
        let Some(FileMarks { key, marks, .. }) = self.by_file.get(file) else {
            marked.text.clone_from(&source.text);
            return marked;
        };
        let left = |mark: &&Mark| !dropped.contains(&mark.item);
        for mark in marks.iter().filter(left) {
            marked
                .text
                .push_str(&source.text[from..mark.replaces.start]);
            let start = marked.text.len();
            let item = mark.item;
            let (hash, own) = (mark.attribute, &mark.key);
            let text = &mut marked.text;
            write!(text, "{hash}[deprecated(note = \"{NOTE}{key}.{own}\")] ")
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

/// A key for a name that none of the others has.
fn free_key<T>(name: &str, taken: &BTreeMap<String, T>) -> String {
    let is_free = |key: &String| !taken.contains_key(key);
    let digest = Digest::of(name.as_bytes());
    let digest = digest.as_str();
    let first = (KEY_LENGTH..=digest.len()).map(|length| digest[..length].to_owned());
    let more = (0..).map(|nth| format!("{digest}{nth}"));
    first.chain(more).find(is_free).expect("numbers do not end")
}

/// What a mark says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Note<'a> {
    /// The key of its file.
    file: &'a str,
    /// Its own.
    mark: &'a str,
}

/// The note in the message of a warning about a marked item, and what rustc calls the item
/// (``function `a::b` ``).
pub(super) fn read_note(message: &str) -> Option<(Note<'_>, &str)> {
    let (before, note) = message.rsplit_once(NOTE)?;
    let name = before
        .strip_prefix("use of deprecated ")?
        .trim_end_matches([':', ' ']);
    // One that cannot be read is another version's: no mark has it.
    let (file, mark) = note.split_once('.').unwrap_or((note, ""));
    Some((Note { file, mark }, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_are_read_back() {
        let check = |message: &str, expected: Option<(&str, &str, &str)>| {
            let read = read_note(message).map(|(note, name)| (note.file, note.mark, name));
            assert_eq!(read, expected, "{message}");
        };
        check(
            "use of deprecated function `a::b`: quarry#0a1b2c3d.17",
            Some(("0a1b2c3d", "17", "function `a::b`")),
        );
        check(
            "use of deprecated macro `m`: quarry#ffffffff.0",
            Some(("ffffffff", "0", "macro `m`")),
        );
        check("use of deprecated function `a::b`: use c", None);
        check(
            "use of deprecated function `a::b`: quarry#17",
            Some(("17", "", "function `a::b`")),
        );
    }

    #[test]
    fn keys_that_begin_alike_are_told_apart() {
        let mut taken = BTreeMap::new();
        let mut keys = Vec::new();
        for nth in 0..100 {
            let key = free_key("src/lib.rs", &taken);
            taken.insert(key.clone(), nth);
            keys.push(key);
        }
        assert_eq!(taken.len(), 100);
        assert_eq!(keys[0].len(), KEY_LENGTH);
        assert!(keys[1].starts_with(&keys[0]));
    }

    #[test]
    fn an_item_more_leaves_the_other_notes_as_they_are() {
        let notes = |text: &str| {
            let tree = crate::syntax::parse_file(Utf8Path::new("lib.rs"), text.to_owned());
            let trees = [NamedTree {
                package: "p".to_owned(),
                tree,
            }];
            let marks = Marks::new(&trees);
            let file = &marks.by_file[Utf8Path::new("lib.rs")];
            let keys = file.marks.iter().map(|mark| mark.key.clone());
            keys.collect::<Vec<_>>()
        };
        let rest = "struct S { a: u8 } impl S { fn f() {} } #[cfg(unix)] fn g() {} #[cfg(windows)] fn g() {}";
        let before = notes(rest);
        let after = notes(&format!("fn new() {{}} {rest}"));
        assert_eq!(before.len(), 6);
        assert_eq!(after[0], before[0]); // the root
        assert_eq!(after[2..], before[1..]);
        assert!(!before.contains(&after[1]));
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
