//! What may go wrong when code moves to another crate, read from the tokens and the map.

use std::collections::BTreeMap;
use std::ops::Range;

use camino::{Utf8Path, Utf8PathBuf};

use super::analysis::Analysis;
use super::boundary::Crossing;
use crate::findings::{Finding, codes};
use crate::model::Place;
use crate::syntax::{
    ItemId, ItemKind, Module, Relocation, TokenKind, VisibilityKind, lex, written_paths,
};
use crate::sys;

/// The hazards of an extraction, gravest first.
pub(super) fn hazards(analysis: &Analysis) -> Vec<Finding> {
    let mut found = test_only_items(analysis);
    found.extend(shared_files(analysis));
    found.extend(non_exhaustive(analysis));
    found.extend(named_in_strings(analysis));
    found.extend(without_history(analysis));
    found.extend(unseen_uses(analysis));
    found.sort_by(|a, b| (b.severity, &a.code, &a.places).cmp(&(a.severity, &b.code, &b.places)));
    found
}

fn places(crossings: &[Crossing]) -> impl Iterator<Item = Place> + '_ {
    crossings.iter().map(|crossing| crossing.place.clone())
}

/// `#[cfg(test)]` items that tests which stay rely on: in a dependency they are not compiled.
fn test_only_items(analysis: &Analysis) -> Vec<Finding> {
    let tree = &analysis.subject.source;
    // Modules that are for tests as a whole become a library that is only a dev-dependency.
    let whole =
        |path: &crate::model::ModulePath| tree.find_module(path).is_some_and(|m| m.cfg_test);
    if analysis.subject.modules.iter().all(whole) {
        return Vec::new();
    }
    let hidden = |id: &crate::syntax::ItemId| {
        let item = tree.item(*id);
        item.cfg_test && item.visibility.kind != VisibilityKind::Inherited
    };
    let entering = analysis.entering.iter().filter(|(id, _)| hidden(id));
    entering
        .map(|(id, crossings)| {
            let path = tree.item_path(*id);
            let message =
                format!("`{path}` is compiled for tests only, and tests that stay use it");
            codes::TEST_ONLY_ITEM
                .finding(message)
                .at([tree.place_of(*id)])
                .at(places(crossings))
                .help("copy it to the tests that use it, or offer it under a feature")
        })
        .collect()
}

/// Files that another target reads as well: `#[path]`, `include!`.
fn shared_files(analysis: &Analysis) -> Vec<Finding> {
    let subject = &analysis.subject;
    let moved = subject.files();
    let mut found = Vec::new();
    for target in &subject.package.targets {
        let file = subject.relative(&target.src_path);
        if file == subject.source.root_file {
            continue;
        }
        let Ok(text) = sys::fs::read_text(&target.src_path) else {
            continue;
        };
        for (line, shared) in paths_named(&text, &file) {
            if moved.contains(&shared) {
                let message = format!("`{shared}` moves, and `{}` reads it too", target.name);
                let place = Place {
                    file: file.clone(),
                    line,
                    column: 1,
                };
                found.push(
                    codes::SHARED_FILE
                        .finding(message)
                        .at([place])
                        .help("let it use the module through the package's library first"),
                );
            }
        }
    }
    found
}

/// The files that `#[path = "…"]` and `include!("…")` name, with their lines.
fn paths_named(text: &str, file: &Utf8Path) -> Vec<(u32, Utf8PathBuf)> {
    let folder = file.parent().unwrap_or(Utf8Path::new(""));
    let mut named = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        if !line.contains("#[path") && !line.contains("include!") {
            continue;
        }
        let Some(value) = line.split('"').nth(1) else {
            continue;
        };
        let mut path: Vec<&str> = folder.components().map(|part| part.as_str()).collect();
        for part in value.split('/') {
            match part {
                "." => {}
                ".." => {
                    path.pop();
                }
                name => path.push(name),
            }
        }
        named.push((number, path.into_iter().collect()));
    }
    named
}

/// From another crate a `#[non_exhaustive]` type is matched and built differently.
fn non_exhaustive(analysis: &Analysis) -> Vec<Finding> {
    let tree = &analysis.subject.source;
    let types = [ItemKind::Struct, ItemKind::Enum, ItemKind::Variant];
    let marked = |id: &crate::syntax::ItemId| {
        let item = tree.item(*id);
        types.contains(&item.kind) && item.attributes.iter().any(|name| name == "non_exhaustive")
    };
    let entering = analysis.entering.iter().filter(|(id, _)| marked(id));
    entering
        .map(|(id, crossings)| {
            let path = tree.item_path(*id);
            let message = format!(
                "`{path}` is non-exhaustive: from another crate it cannot be built by a literal, and a match needs a wildcard (E0638, E0639, E0004)"
            );
            codes::NON_EXHAUSTIVE.finding(message)
                .at([tree.place_of(*id)])
                .at(places(crossings))
        })
        .collect()
}

/// Strings that name the old module path: filters of logs, expectations of tests.
fn named_in_strings(analysis: &Analysis) -> Vec<Finding> {
    let subject = &analysis.subject;
    let own = subject.own_name();
    let names: Vec<String> = subject
        .modules
        .iter()
        .map(|module| module.written_from(&own))
        .collect();
    let mut found = Vec::new();
    for (file, source) in &subject.source.files {
        if !names.iter().any(|name| source.text.contains(name)) {
            continue;
        }
        for token in lex(&source.text).unwrap_or_default() {
            let written = &source.text[token.range.clone()];
            let named = token.kind == TokenKind::Literal
                && names.iter().any(|name| written.contains(name.as_str()));
            if named {
                let message = format!("the string {written} names the module by its old path");
                let place = subject.source.place(file, token.range.start);
                found.push(
                    codes::PATH_IN_STRING
                        .finding(message)
                        .at(place)
                        .help("log targets and type names begin with the new crate's name now"),
                );
            }
        }
    }
    found
}

/// An inline module is a part of a file: its commits would carry code that does not move.
fn without_history(analysis: &Analysis) -> Vec<Finding> {
    let subject = &analysis.subject;
    let inline = subject.inline();
    inline
        .into_iter()
        .map(|module| {
            let message = format!(
                "`{module}` is written inside another file: its history is that file's, and stays there"
            );
            let place = subject
                .source
                .find_module(module)
                .and_then(Module::declared_at)
                .and_then(|(file, at)| subject.source.place(file, at));
            codes::INLINE_HISTORY.finding(message).at(place)
        })
        .collect()
}

/// Paths that lead out of the moved modules and that the map has no use at: in code that is
/// switched off here, or that only a doc test compiles.
fn unseen_uses(analysis: &Analysis) -> Vec<Finding> {
    let subject = &analysis.subject;
    let tree = &subject.source;
    let names = analysis.names();
    let mut unseen: BTreeMap<(bool, String), Vec<Place>> = BTreeMap::new();
    for (file, source) in &tree.files {
        let docs = doc_comments(&source.text);
        for path in written_paths(&source.text, &names.anchors()).unwrap_or_default() {
            let Some(from) = tree.module_of(file, path.at) else {
                continue;
            };
            let leaves = analysis.layout.moves_module(from)
                && !path.glob
                && names.in_library(from, &path, "") == Relocation::Keep;
            let Some(items) = names.items_outside(from, &path).filter(|_| leaves) else {
                continue;
            };
            let known = |item: &ItemId| {
                let top = tree.top_item(*item);
                tree.item(top).kind == ItemKind::Module
                    || analysis.needed.iter().any(|needed| needed.item == top)
            };
            if items.iter().any(known) {
                continue;
            }
            let in_docs = docs.iter().any(|range| range.contains(&path.at));
            let named = tree.item_path(items[0]).to_string();
            let places = unseen.entry((in_docs, named)).or_default();
            places.extend(tree.place(file, path.at));
        }
    }
    let finding = |((in_docs, named), places)| {
        if in_docs {
            let message = format!(
                "the docs name `{named}`, which stays: links to it lead nowhere, and doc tests \
                 cannot use it"
            );
            return codes::DOC_LINK.finding(message).at(places);
        }
        let message = format!(
            "`{named}` is used where the compiler did not look: in code that is switched off"
        );
        codes::UNSEEN_USE
            .finding(message)
            .at(places)
            .help("give the features that switch the code on with `--features`")
    };
    unseen.into_iter().map(finding).collect()
}

/// The bytes of each doc comment.
fn doc_comments(text: &str) -> Vec<Range<usize>> {
    let tokens = lex(text).unwrap_or_default().into_iter();
    tokens
        .filter(|token| token.kind == TokenKind::Doc)
        .map(|token| token.range)
        .collect()
}
