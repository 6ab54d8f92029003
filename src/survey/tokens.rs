//! Who uses what, as the tokens tell it: nothing is built. Approximate: a method is nobody's, a
//! macro is not expanded, a local name that is also an item's counts as the item.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use camino::Utf8Path;

use super::monolith::Target;
use super::uses::RawUse;
use crate::model::ModulePath;
use crate::references::{MarkedItem, NamedTree};
use crate::syntax::{
    ItemId, ItemKind, Module, Resolution, Resolver, SourceTree, Token, TokenKind, Use, lex,
};

/// The uses in the files of the trees `from`, of items of all trees.
pub(super) fn of_tokens(
    trees: &[&NamedTree],
    targets: &[Target],
    from: Range<usize>,
) -> Vec<RawUse> {
    let mut uses = BTreeSet::new();
    let mut resolvers: Vec<Resolver<'_>> = trees
        .iter()
        .zip(targets)
        .map(|(named, target)| Resolver::new(&named.tree, &target.externs, target.edition2015))
        .collect();
    for at in from {
        let named = trees[at];
        let imports = imports_by_file(&named.tree);
        for (file, source) in &named.tree.files {
            let imports = imports.get(file.as_path()).map_or(&[][..], Vec::as_slice);
            for written in paths_of(&source.text, imports) {
                let Some(module) = named.tree.module_of(file, written.at) else {
                    continue;
                };
                let found = items_of(&mut resolvers, targets, at, module, &written);
                for item in found {
                    let tree = &trees[item.tree].tree;
                    if is_own_name(tree, item.item, file, written.at) {
                        continue;
                    }
                    if let Some(place) = named.tree.place(file, written.at) {
                        uses.insert(RawUse {
                            item,
                            start: written.at,
                            place,
                        });
                    }
                }
            }
        }
    }
    uses.into_iter().collect()
}

/// A path as it stands in the code.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Written {
    segments: Vec<String>,
    /// The first byte of its last segment.
    at: usize,
    /// May it be a macro's?
    is_macro: bool,
}

/// The imports of a tree by their file.
fn imports_by_file(tree: &SourceTree) -> BTreeMap<&Utf8Path, Vec<&Use>> {
    let mut by_file: BTreeMap<&Utf8Path, Vec<&Use>> = BTreeMap::new();
    let bodies = tree.modules.values().flat_map(Module::bodies);
    for import in bodies.flat_map(|body| &body.uses) {
        by_file.entry(&import.file).or_default().push(import);
    }
    by_file
}

/// The paths of a file: names joined by `::`, in code and in imports. Names behind a dot are
/// left out, and so are keywords.
fn paths_of(text: &str, imports: &[&Use]) -> Vec<Written> {
    let leaves = imports.iter().flat_map(|import| &import.leaves);
    let imported = leaves.map(|leaf| Written {
        segments: leaf.path.clone(),
        at: leaf.span.start,
        is_macro: true, // a macro can be imported
    });
    let mut reader = Reader {
        text,
        imports,
        paths: imported.collect(),
        path: Vec::new(),
        at: 0,
        joined: false,
        after_dot: false,
    };
    if let Ok(tokens) = lex(text) {
        for token in &tokens {
            reader.take(token);
        }
        reader.end(false);
    }
    reader.paths
}

/// Puts paths together from tokens.
struct Reader<'a> {
    text: &'a str,
    imports: &'a [&'a Use],
    paths: Vec<Written>,
    /// The path so far, and where its last segment begins.
    path: Vec<String>,
    at: usize,
    /// Was the last token the `::` behind it?
    joined: bool,
    after_dot: bool,
}

impl Reader<'_> {
    fn take(&mut self, token: &Token) {
        match token.kind {
            TokenKind::Ident => {
                if !self.joined {
                    self.end(false);
                }
                if !self.after_dot {
                    let word = &self.text[token.range.clone()];
                    self.path.push(word.to_owned());
                    self.at = token.range.start;
                }
                (self.joined, self.after_dot) = (false, false);
            }
            // The first half of `::`.
            TokenKind::Punct(':', true) => {}
            TokenKind::Punct(':', false) if self.text[..token.range.start].ends_with(':') => {
                self.joined = !self.path.is_empty();
            }
            TokenKind::Punct(symbol, _) => {
                self.end(symbol == '!');
                (self.joined, self.after_dot) = (false, symbol == '.');
            }
            TokenKind::Literal | TokenKind::Open(_) | TokenKind::Close(_) | TokenKind::Doc => {
                self.end(false);
                (self.joined, self.after_dot) = (false, false);
            }
        }
    }

    /// The path is complete.
    fn end(&mut self, is_macro: bool) {
        let (segments, at) = (std::mem::take(&mut self.path), self.at);
        let names_something = match segments.as_slice() {
            [] => false,
            [only] => !is_keyword(only),
            _ => true,
        };
        let mut imports = self.imports.iter();
        if names_something && !imports.any(|import| import.span.contains(&at)) {
            self.paths.push(Written {
                segments,
                at,
                is_macro,
            });
        }
    }
}

fn is_keyword(word: &str) -> bool {
    const KEYWORDS: [&str; 38] = [
        "as", "async", "await", "break", "const", "continue", "crate", "dyn", "else", "enum",
        "extern", "false", "fn", "for", "if", "impl", "in", "let", "loop", "match", "mod", "move",
        "mut", "pub", "ref", "return", "self", "Self", "static", "struct", "super", "trait",
        "true", "type", "unsafe", "use", "where", "while",
    ];
    KEYWORDS.contains(&word)
}

/// The items that a path stands for: its last ones; of `Type::new`, the type.
fn items_of(
    resolvers: &mut [Resolver<'_>],
    targets: &[Target],
    tree: usize,
    module: &ModulePath,
    written: &Written,
) -> Vec<MarkedItem> {
    let mut segments: &[String] = &written.segments;
    // The longest part of it that means something.
    while !segments.is_empty() {
        let path: Vec<&str> = segments.iter().map(String::as_str).collect();
        let resolver = &mut resolvers[tree];
        let found = if written.is_macro {
            resolver.resolve(module, &path)
        } else {
            resolver.resolve_no_macro(module, &path)
        };
        match found {
            Resolution::Items(ids) => {
                return ids
                    .into_iter()
                    .map(|item| MarkedItem { tree, item })
                    .collect();
            }
            Resolution::External(path) => {
                let Some((first, rest)) = path.split_first() else {
                    return Vec::new();
                };
                let Some(sibling) = targets[tree].siblings.get(first).copied() else {
                    return Vec::new();
                };
                let written = Written {
                    segments: std::iter::once("crate".to_owned())
                        .chain(rest.iter().cloned())
                        .collect(),
                    ..*written
                };
                return items_of(resolvers, targets, sibling, &ModulePath::root(), &written);
            }
            // A module alone is only named on the way.
            Resolution::Module(_) => return Vec::new(),
            Resolution::Unknown => segments = &segments[..segments.len() - 1],
        }
    }
    Vec::new()
}

/// Is it where the item itself is defined?
fn is_own_name(tree: &SourceTree, item: ItemId, file: &Utf8Path, at: usize) -> bool {
    let it = tree.item(item);
    it.kind == ItemKind::Module || (it.file == file && it.name_span.start == at)
}
