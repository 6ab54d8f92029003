//! Macros: what the rules of one use, and moved ones, brought back to where they were in scope: by
//! textual scope, and by the path of an exported macro, which is the crate's root wherever it is
//! written.

use std::collections::{BTreeMap, BTreeSet};

use super::boundary::Crossing;
use super::relocate::Names;
use crate::model::{ModulePath, Span};
use crate::syntax::{
    Anchor, Item, ItemId, ItemKind, Resolution, SourceTree, resolve, written_paths,
};

/// What the rules of macros name by `$crate::…`: it is used where the macro expands, and must be
/// in the crate that defines the macro.
pub(super) fn uses_of_rules(tree: &SourceTree, externs: &BTreeSet<String>) -> Vec<Crossing> {
    let mut uses = Vec::new();
    let macros = tree
        .items
        .iter()
        .filter(|item| item.kind == ItemKind::Macro);
    for item in macros {
        let text = &tree.files[&item.file].text[item.span.clone()];
        for path in written_paths(text, &BTreeSet::new()).unwrap_or_default() {
            let start = item.span.start + path.at;
            let Some(place) = tree.place(&item.file, start) else {
                continue;
            };
            if path.anchor != Anchor::Crate {
                continue;
            }
            for named in named_by(tree, &path.segments, externs) {
                uses.push(Crossing {
                    item: named,
                    user: Some(item.id),
                    module: Some(item.module.clone()),
                    span: Span {
                        file: item.file.clone(),
                        start,
                        end: start,
                    },
                    place: place.clone(),
                    test: item.cfg_test,
                });
            }
        }
    }
    uses
}

/// The items that a path from the crate's root names, or the longest part of it that names some:
/// what follows is theirs.
fn named_by(tree: &SourceTree, segments: &[String], externs: &BTreeSet<String>) -> Vec<ItemId> {
    let lengths = (1..=segments.len()).rev();
    let mut found = lengths.filter_map(|count| {
        let names = segments[..count].iter().map(String::as_str);
        let path: Vec<&str> = std::iter::once("crate").chain(names).collect();
        match resolve(tree, &ModulePath::root(), &path, externs, false) {
            Resolution::Items(ids) => Some(ids),
            Resolution::Module(_) | Resolution::External(_) | Resolution::Unknown => None,
        }
    });
    found.next().unwrap_or_default()
}

/// What the monolith's root must begin with for that. `is_library`: others may use its macros.
pub(super) fn macros_back(
    names: Names<'_>,
    entering: &BTreeMap<ItemId, Vec<Crossing>>,
    is_library: bool,
) -> String {
    let tree = names.tree;
    let mut in_scope: BTreeMap<Condition, BTreeSet<&str>> = BTreeMap::new();
    let mut by_path: BTreeSet<(Condition, &str)> = BTreeSet::new();
    let macros = tree
        .items
        .iter()
        .filter(|item| item.kind == ItemKind::Macro && names.layout.moves_item(tree, item.id));
    for item in macros {
        let crossings = entering.get(&item.id).map_or(&[][..], Vec::as_slice);
        let (textual, paths): (Vec<_>, Vec<_>) = crossings
            .iter()
            .partition(|crossing| is_textual(tree, item, crossing));
        if !textual.is_empty() {
            let condition = condition(names, item, &textual);
            in_scope.entry(condition).or_default().insert(&item.name);
        }
        let exported = item.attributes.iter().any(|name| name == "macro_export");
        if exported && is_library {
            by_path.insert((condition(names, item, &[]), &item.name));
        } else if exported && !paths.is_empty() {
            by_path.insert((condition(names, item, &paths), &item.name));
        }
    }
    let mut text = String::new();
    for (condition, list) in in_scope {
        let list: Vec<&str> = list.into_iter().collect();
        text += &condition.lines();
        // Nameless: the name may be re-exported, which a private `extern crate` is not.
        let (list, krate) = (list.join(", "), names.new_name);
        text.extend([
            "#[macro_use(",
            &list,
            ")]\nextern crate ",
            krate,
            " as _;\n",
        ]);
    }
    for (condition, name) in by_path {
        let visibility = if is_library { "pub" } else { "pub(crate)" };
        text += &condition.lines();
        text.extend([visibility, " use ", names.new_name, "::", name, ";\n"]);
    }
    if !text.is_empty() {
        text.push('\n');
    }
    text
}

/// When a macro is there: the `cfg`s around it.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Condition(BTreeSet<String>);

impl Condition {
    fn lines(&self) -> String {
        let cfgs = self.0.iter();
        cfgs.flat_map(|cfg| ["#[cfg(", cfg, ")]\n"]).collect()
    }
}

fn condition(names: Names<'_>, item: &Item, uses: &[&Crossing]) -> Condition {
    let tree = names.tree;
    let mut cfgs: BTreeSet<String> = item.cfgs.iter().cloned().collect();
    let mut around = Some(item.module.clone());
    while let Some(module) = around.filter(|module| names.layout.moves_module(module)) {
        let declaration = tree
            .find_module(&module)
            .and_then(|module| module.declaration.as_ref());
        cfgs.extend(declaration.iter().flat_map(|d| d.cfgs.iter().cloned()));
        around = module.parent();
    }
    if !uses.is_empty() && uses.iter().all(|crossing| crossing.test) {
        cfgs.insert("test".to_owned());
    }
    Condition(cfgs)
}

/// Is the macro named by itself, where its textual scope reaches?
fn is_textual(tree: &SourceTree, item: &Item, crossing: &Crossing) -> bool {
    let Some(module) = &crossing.module else {
        return false;
    };
    let text = tree.files.get(&crossing.span.file);
    let before = text.map_or("", |file| &file.text[..crossing.span.start]);
    let by_path = before.trim_end().ends_with("::");
    !by_path && reaches(tree, &item.module, module)
}

/// Does the textual scope of a macro that `defining` holds reach into `using`? It goes down, and
/// up where `#[macro_use]` says so.
fn reaches(tree: &SourceTree, defining: &ModulePath, using: &ModulePath) -> bool {
    let mut scope = defining.clone();
    loop {
        if using.is_within(&scope) {
            return true;
        }
        let declaration = tree
            .find_module(&scope)
            .and_then(|module| module.declaration.as_ref());
        if !declaration.is_some_and(|declaration| declaration.macro_use) {
            return false;
        }
        let Some(parent) = scope.parent() else {
            return false;
        };
        scope = parent;
    }
}
