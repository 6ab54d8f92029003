//! The source of a target as a whole: its files, modules and items, and where things are in it.

use std::collections::BTreeMap;
use std::ops::Range;

use camino::{Utf8Path, Utf8PathBuf};

use super::collect::{Collector, code_start};
use super::{Item, ItemId, ItemKind, Module, SyntaxError};
use crate::model::{ModulePath, Place};

/// A file's text as it is on disk.
#[derive(Debug, Clone, Default)]
pub struct SourceFile {
    /// With its byte order mark and line endings.
    pub text: String,
    /// The offset of each line's first byte.
    lines: Vec<usize>,
}

impl SourceFile {
    /// Takes a file's text.
    pub fn new(text: String) -> Self {
        let lines = std::iter::once(0)
            .chain(text.match_indices('\n').map(|(at, _)| at + 1))
            .collect();
        Self { text, lines }
    }

    /// The offset of the first byte after the byte order mark and the shebang line.
    pub fn code_start(&self) -> usize {
        code_start(&self.text)
    }

    /// The line and column of a byte, both from 1, the column in characters; a byte order mark
    /// is none.
    pub fn line_column(&self, offset: usize) -> (u32, u32) {
        let offset = self.text.floor_char_boundary(offset);
        let line = self.lines.partition_point(|start| *start <= offset).max(1);
        let start = self.lines.get(line - 1).copied().unwrap_or(0);
        let before = self.text[start..offset].trim_start_matches('\u{feff}');
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        (count(line), count(before.chars().count() + 1))
    }
}

/// A file that could not be read as Rust.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unparsed {
    /// Relative to the root of the repository.
    pub file: Utf8PathBuf,
    /// What the parser said.
    pub message: String,
    /// From 1; 0 if the file is not even text.
    pub line: u32,
}

/// A module that is declared and whose file is not there: switched off, or generated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// The module.
    pub module: ModulePath,
    /// The declaration.
    pub item: ItemId,
    /// The files that were looked for.
    pub files: Vec<Utf8PathBuf>,
}

/// The source of one target, read from its crate root file.
#[derive(Debug, Clone, Default)]
pub struct SourceTree {
    /// The crate root file, relative to the root of the repository.
    pub root_file: Utf8PathBuf,
    /// The files that were read, by their path relative to the root of the repository.
    pub files: BTreeMap<Utf8PathBuf, SourceFile>,
    /// The modules by their path.
    pub modules: BTreeMap<ModulePath, Module>,
    /// The items; an [`ItemId`] is an index.
    pub items: Vec<Item>,
    /// The files that do not parse: nothing in them is known but the modules they declare.
    pub unparsed: Vec<Unparsed>,
    /// The modules whose file is not there.
    pub missing: Vec<Missing>,
    /// The items of each file by where they start.
    starts: BTreeMap<Utf8PathBuf, Vec<ItemId>>,
    /// The module bodies of each file.
    bodies: BTreeMap<Utf8PathBuf, Vec<(Range<usize>, ModulePath)>>,
}

/// Reads the target whose crate root is `crate_root_file`, a path relative to `repo_root`.
pub fn load_tree(
    repo_root: &Utf8Path,
    crate_root_file: &Utf8Path,
) -> Result<SourceTree, SyntaxError> {
    let mut collector = Collector::new(repo_root);
    collector.root(crate_root_file)?;
    let mut tree = collector.finish();
    tree.root_file = crate_root_file.to_owned();
    tree.index();
    Ok(tree)
}

/// Reads one file by itself, as if it were a crate root, from its text: what it declares with
/// `mod name;` is an item, and not looked for.
pub fn parse_file(file: &Utf8Path, text: String) -> SourceTree {
    let mut collector = Collector::of_text(file, text);
    let parsed = collector.root(file);
    parsed.expect("a file whose text is known is not read");
    let mut tree = collector.finish();
    tree.root_file = file.to_owned();
    tree.index();
    tree
}

impl SourceTree {
    /// Sorts items and modules by place.
    fn index(&mut self) {
        for item in &self.items {
            self.starts
                .entry(item.file.clone())
                .or_default()
                .push(item.id);
        }
        for ids in self.starts.values_mut() {
            // An item that starts where another one does (a field without visibility that is
            // all of its variant) is inside it, and comes later.
            ids.sort_by_key(|id| (self.items[id.0 as usize].span.start, *id));
        }
        for (path, module) in &self.modules {
            for body in module.bodies() {
                self.bodies
                    .entry(body.file.clone())
                    .or_default()
                    .push((body.body.clone(), path.clone()));
            }
        }
    }

    /// The item of an id of this tree.
    ///
    /// # Panics
    /// If the id is another tree's.
    pub fn item(&self, id: ItemId) -> &Item {
        &self.items[id.0 as usize]
    }

    /// The module of that path.
    pub fn find_module(&self, path: &ModulePath) -> Option<&Module> {
        self.modules.get(path)
    }

    /// The modules that `path` declares, in order of their names.
    pub fn children<'a>(&'a self, path: &'a ModulePath) -> impl Iterator<Item = &'a Module> {
        let below = path.segments().len() + 1;
        self.within(path)
            .filter(move |module| module.path.segments().len() == below)
    }

    /// The module of that path and all below it, in order of their paths.
    pub fn within<'a>(&'a self, path: &'a ModulePath) -> impl Iterator<Item = &'a Module> {
        // Ordered by segments: what is below a path follows it.
        self.modules
            .range(path..)
            .take_while(move |(at, _)| at.is_within(path))
            .map(|(_, module)| module)
    }

    /// The innermost module whose body holds that byte; none if the file is not of this target.
    pub fn module_of(&self, file: &Utf8Path, offset: usize) -> Option<&ModulePath> {
        let bodies = self.bodies.get(file)?;
        let holds = |body: &Range<usize>| body.start <= offset && offset <= body.end;
        bodies
            .iter()
            .filter(|(body, _)| holds(body))
            .max_by_key(|(body, path)| (body.start, path.segments().len()))
            .map(|(_, path)| path)
    }

    /// The innermost item that holds that byte. A module whose body is another file holds
    /// nothing.
    pub fn item_at(&self, file: &Utf8Path, offset: usize) -> Option<ItemId> {
        let starts = self.starts.get(file)?;
        let after = starts.partition_point(|id| self.item(*id).span.start <= offset);
        let mut candidate = Some(*starts.get(after.checked_sub(1)?)?);
        while let Some(id) = candidate {
            let item = self.item(id);
            if item.span.contains(&offset) {
                break;
            }
            candidate = item.enclosing;
        }
        candidate
    }

    /// The path of an item for people: its module's, its parents' and its own name.
    pub fn item_path(&self, id: ItemId) -> ModulePath {
        let item = self.item(id);
        let mut names = vec![item.name.as_str()];
        let mut parent = item.parent;
        while let Some(id) = parent {
            let item = self.item(id);
            if !matches!(item.kind, ItemKind::MacroCall | ItemKind::ForeignMod) {
                names.push(&item.name);
            }
            parent = item.parent;
        }
        names
            .iter()
            .rev()
            .fold(item.module.clone(), |path, name| path.join(name))
    }

    /// The item and all its parts, parts of parts too.
    pub fn with_members(&self, id: ItemId) -> Vec<ItemId> {
        let mut all = vec![id];
        let mut next = 0;
        while let Some(id) = all.get(next) {
            all.extend(&self.item(*id).members);
            next += 1;
        }
        all
    }

    /// The item at the top of an item's parents: what moves as one piece.
    ///
    /// # Panics
    /// If the id is another tree's.
    pub fn top_item(&self, id: ItemId) -> ItemId {
        let mut top = id;
        while let Some(parent) = self.item(top).parent {
            top = parent;
        }
        top
    }

    /// Where a byte is, for people; none if the file was not read.
    pub fn place(&self, file: &Utf8Path, offset: usize) -> Option<Place> {
        let (line, column) = self.files.get(file)?.line_column(offset);
        Some(Place {
            file: file.to_owned(),
            line,
            column,
        })
    }

    /// Where an item's name is, for people.
    pub fn place_of(&self, id: ItemId) -> Place {
        let item = self.item(id);
        self.place(&item.file, item.name_span.start)
            .expect("a tree holds the files of its items")
    }

    /// Modules whose path looks like `path`, the nearest first: for a question about a module
    /// that is not there.
    pub fn near_modules(&self, path: &ModulePath) -> Vec<&ModulePath> {
        let text = path.to_string();
        let mut near: Vec<(usize, &ModulePath)> = self
            .modules
            .keys()
            .filter(|known| !known.is_root())
            .filter_map(|known| {
                let distance = edit_distance(&known.to_string(), &text);
                let same_name = known.name() == path.name();
                (same_name || distance <= 2.max(text.len() / 6)).then_some((distance, known))
            })
            .collect();
        near.sort();
        near.into_iter().map(|(_, path)| path).take(3).collect()
    }
}

/// Levenshtein's distance in characters.
fn edit_distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_those_of_levenshtein() {
        for (a, b, distance) in [
            ("retry", "retry", 0),
            ("kitten", "sitting", 3),
            ("", "ab", 2),
        ] {
            assert_eq!(edit_distance(a, b), distance, "{a} {b}");
        }
    }

    #[test]
    fn columns_count_characters_and_no_byte_order_mark() {
        let file = SourceFile::new("\u{feff}ab\r\näöx\n".to_owned());
        assert_eq!(file.line_column(3), (1, 1));
        assert_eq!(file.line_column(4), (1, 2));
        let x = file.text.find('x').unwrap();
        assert_eq!(file.line_column(x), (2, 3));
        assert_eq!(file.line_column(file.text.len()), (3, 1));
    }
}
