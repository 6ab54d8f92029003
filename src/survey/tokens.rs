//! Who uses what, as the tokens tell it: nothing is built. Approximate: a method is nobody's, a
//! macro is not expanded, a local name that is also an item's counts as the item.

use std::collections::BTreeSet;

use super::monolith::Target;
use super::uses::RawUse;
use crate::model::ModulePath;
use crate::references::{MarkedItem, NamedTree};
use crate::syntax::{ItemId, ItemKind, Resolution, Resolver, SourceTree, TokenKind, lex};

/// The uses in all files of the trees, of items of all trees.
pub(super) fn of_tokens(trees: &[NamedTree], targets: &[Target]) -> Vec<RawUse> {
    let mut uses = BTreeSet::new();
    let mut resolvers: Vec<Resolver<'_>> = trees
        .iter()
        .zip(targets)
        .map(|(named, target)| Resolver::new(&named.tree, &target.externs, target.edition2015))
        .collect();
    for (at, named) in trees.iter().enumerate() {
        for file in named.tree.files.keys() {
            for written in paths_of(&named.tree, file) {
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
}

/// The paths of a file: names joined by `::`, in code and in imports. Names behind a dot are
/// left out, and so are keywords.
fn paths_of(tree: &SourceTree, file: &camino::Utf8Path) -> Vec<Written> {
    let text = &tree.files[file].text;
    let mut paths = of_imports(tree, file);
    let Ok(tokens) = lex(text) else {
        return paths;
    };
    let imports: Vec<std::ops::Range<usize>> = tree
        .modules
        .values()
        .flat_map(|module| module.bodies())
        .flat_map(|body| &body.uses)
        .filter(|import| import.file == file)
        .map(|import| import.span.clone())
        .collect();
    let mut path = Vec::new();
    let mut at = 0;
    let mut joined = false;
    let mut after_dot = false;
    for token in &tokens {
        let word = &text[token.range.clone()];
        match token.kind {
            TokenKind::Ident => {
                if !joined {
                    flush(&mut path, at, &imports, &mut paths);
                }
                if !after_dot {
                    path.push(word.to_owned());
                    at = token.range.start;
                }
                (joined, after_dot) = (false, false);
            }
            TokenKind::Punct(':', true) => {}
            TokenKind::Punct(':', false) if text[..token.range.start].ends_with(':') => {
                joined = !path.is_empty();
            }
            TokenKind::Punct(symbol, _) => {
                flush(&mut path, at, &imports, &mut paths);
                after_dot = symbol == '.';
                joined = false;
            }
            _ => {
                flush(&mut path, at, &imports, &mut paths);
                (joined, after_dot) = (false, false);
            }
        }
    }
    flush(&mut path, at, &imports, &mut paths);
    paths
}

fn flush(
    path: &mut Vec<String>,
    at: usize,
    imports: &[std::ops::Range<usize>],
    paths: &mut Vec<Written>,
) {
    let segments = std::mem::take(path);
    let names_something = match segments.as_slice() {
        [] => false,
        [only] => !is_keyword(only),
        _ => true,
    };
    if names_something && !imports.iter().any(|import| import.contains(&at)) {
        paths.push(Written { segments, at });
    }
}

fn of_imports(tree: &SourceTree, file: &camino::Utf8Path) -> Vec<Written> {
    let bodies = tree.modules.values().flat_map(|module| module.bodies());
    let imports = bodies
        .flat_map(|body| &body.uses)
        .filter(|it| it.file == file);
    imports
        .flat_map(|import| &import.leaves)
        .map(|leaf| Written {
            segments: leaf.path.clone(),
            at: leaf.span.start,
        })
        .collect()
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
        match resolvers[tree].resolve(module, &path) {
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
                    at: written.at,
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
fn is_own_name(tree: &SourceTree, item: ItemId, file: &camino::Utf8Path, at: usize) -> bool {
    let it = tree.item(item);
    it.kind == ItemKind::Module || (it.file == file && it.name_span.start == at)
}
