//! The edits of a moved file: paths, visibility, `#[path]`.

use std::collections::BTreeMap;
use std::ops::Range;

use camino::Utf8Path;

use super::ExtractError;
use super::relocate::Names;
use super::sources::keeps_path_attribute;
use super::visibility::Opening;
use crate::model::ModulePath;
use crate::syntax::{
    Edit, ItemId, ItemKind, Module, Resolution, SourceTree, Use, UseLeaf, VisibilityKind, resolve,
    rewrite_paths, whole_lines,
};

/// The edits of a moved file within `body`: paths, visibility, `#[path]`.
pub(super) fn file_edits(
    names: Names<'_>,
    open: &BTreeMap<ItemId, Opening>,
    file: &Utf8Path,
    body: &Range<usize>,
) -> Result<Vec<Edit>, ExtractError> {
    let tree = names.tree;
    let text = &tree.files[file].text;
    let mut edits = visibility_edits(names, open, file, body);
    edits.extend(import_visibility_edits(names, open, file, body));
    edits.extend(path_attribute_edits(tree, file, body));
    let scopes = ModuleScopes::new(tree, file);
    let paths = rewrite_paths(text, &names.beginnings(), &|path| {
        let from = tree.module_of(file, path.at).cloned().unwrap_or_default();
        names.in_moved_code(&from, path, text, scopes.text(&from))
    })
    .map_err(|source| ExtractError::Lex {
        file: file.to_owned(),
        source,
    })?;
    // Inside an item that stays, and inside a visibility that changes, paths are left alone.
    edits.extend(paths.into_iter().filter(|edit| body.contains(&edit.start)));
    Ok(edits)
}

/// The text of each module of a file, for the names that it mentions.
struct ModuleScopes<'a> {
    texts: BTreeMap<ModulePath, &'a str>,
}

impl<'a> ModuleScopes<'a> {
    fn new(tree: &'a SourceTree, file: &Utf8Path) -> Self {
        let texts = tree
            .modules
            .values()
            .flat_map(Module::bodies)
            .filter(|module| module.file == file)
            .map(|module| {
                (
                    module.path.clone(),
                    &tree.files[file].text[module.body.clone()],
                )
            })
            .collect();
        Self { texts }
    }

    fn text(&self, module: &ModulePath) -> &'a str {
        self.texts.get(module).copied().unwrap_or_default()
    }
}

fn visibility_edits(
    names: Names<'_>,
    open: &BTreeMap<ItemId, Opening>,
    file: &Utf8Path,
    body: &Range<usize>,
) -> Vec<Edit> {
    let tree = names.tree;
    let mut edits = Vec::new();
    for item in &tree.items {
        let within = body.start <= item.span.start && item.span.end <= body.end;
        if item.file != file || !within {
            continue;
        }
        if item.kind == ItemKind::Macro {
            if open.get(&item.id) == Some(&Opening::Public) {
                let indent = indent_of(&tree.files[file].text, item.mark_at);
                edits.push(Edit::insert(
                    item.mark_at,
                    format!("#[macro_export]\n{indent}"),
                ));
            }
            continue;
        }
        let written = match open.get(&item.id) {
            Some(Opening::Public) => Some("pub".to_owned()),
            Some(Opening::Crate) => Some("pub(crate)".to_owned()),
            None => names
                .layout
                .new_home(tree, item.id)
                .and_then(|home| names.visibility(&item.visibility.kind, &item.module, &home)),
        };
        if let Some(written) = written {
            edits.push(visibility_edit(&item.visibility.span, &written));
        }
    }
    edits
}

pub(super) fn visibility_edit(span: &Range<usize>, written: &str) -> Edit {
    let space = if span.is_empty() { " " } else { "" };
    Edit::replace(span.clone(), format!("{written}{space}"))
}

/// Re-exports: opened where all that they name is seen from outside.
fn import_visibility_edits(
    names: Names<'_>,
    open: &BTreeMap<ItemId, Opening>,
    file: &Utf8Path,
    body: &Range<usize>,
) -> Vec<Edit> {
    let tree = names.tree;
    let mut edits = Vec::new();
    for module in tree.modules.values().flat_map(Module::bodies) {
        if module.file != file || !names.layout.moves_module(&module.path) {
            continue;
        }
        let home = names.layout.new_module(&module.path).expect("it moves");
        for import in &module.uses {
            if !body.contains(&import.span.start) {
                continue;
            }
            if home.is_root() && names_exported_macros(names, open, module, import) {
                let text = &tree.files[file].text;
                edits.push(Edit::replace(whole_lines(text, import.span.clone()), ""));
                continue;
            }
            let kind = &import.visibility.kind;
            let restricted = matches!(
                kind,
                VisibilityKind::Crate | VisibilityKind::Super | VisibilityKind::In(_)
            );
            let written = if restricted && is_public(names, open, module, import) {
                Some("pub".to_owned())
            } else {
                names.visibility(kind, &module.path, &home)
            };
            if let Some(written) = written {
                edits.push(visibility_edit(&import.visibility.span, &written));
            }
        }
    }
    edits
}

/// Does an import give macros a path that they have without it: that of an exported macro?
fn names_exported_macros(
    names: Names<'_>,
    open: &BTreeMap<ItemId, Opening>,
    module: &Module,
    import: &Use,
) -> bool {
    let exported = |leaf: &UseLeaf| {
        let [name] = leaf.path.as_slice() else {
            return false;
        };
        let items = module.items.iter().map(|id| names.tree.item(*id));
        let mut macros = items.filter(|item| item.kind == ItemKind::Macro && item.name == *name);
        leaf.name == *name
            && macros.any(|item| {
                open.get(&item.id) == Some(&Opening::Public)
                    || item.attributes.iter().any(|name| name == "macro_export")
            })
    };
    !import.leaves.is_empty() && import.leaves.iter().all(exported)
}

/// Do all leaves name something that is, or will be, public?
fn is_public(
    names: Names<'_>,
    open: &BTreeMap<ItemId, Opening>,
    module: &Module,
    import: &Use,
) -> bool {
    let tree = names.tree;
    !import.leaves.is_empty()
        && import.leaves.iter().all(|leaf| {
            let segments: Vec<&str> = leaf.path.iter().map(String::as_str).collect();
            let found = resolve(tree, &module.path, &segments, names.externs, false);
            match found {
                Resolution::Items(ids) => ids.iter().any(|id| {
                    let item = tree.item(*id);
                    open.get(id) == Some(&Opening::Public)
                        || item.visibility.kind == VisibilityKind::Public
                        || item.visibility.kind == VisibilityKind::Inherited
                }),
                // Of a glob only what is public passes on.
                Resolution::Module(_) => leaf.glob,
                Resolution::External(_) => true,
                Resolution::Unknown => false,
            }
        })
}

/// `#[path]`s that lead elsewhere now.
fn path_attribute_edits(tree: &SourceTree, file: &Utf8Path, body: &Range<usize>) -> Vec<Edit> {
    let text = &tree.files[file].text;
    let mut edits = Vec::new();
    for child in tree.modules.values().flat_map(Module::bodies) {
        let Some(declaration) = &child.declaration else {
            continue;
        };
        let Some(path) = &declaration.path_attribute else {
            continue;
        };
        let parent = child.path.parent().and_then(|path| tree.find_module(&path));
        if declaration.file != file || !body.contains(&declaration.span.start) {
            continue;
        }
        if parent.is_some_and(|parent| keeps_path_attribute(tree, parent, child, path)) {
            continue;
        }
        let span = &text[declaration.span.clone()];
        let Some(start) = span.find("#[path") else {
            continue;
        };
        let Some(length) = span[start..].find(']') else {
            continue;
        };
        let start = declaration.span.start + start;
        edits.push(Edit::replace(
            whole_lines(text, start..start + length + 1),
            "",
        ));
    }
    edits
}

fn indent_of(text: &str, at: usize) -> &str {
    let start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let line = &text[start..at];
    if line.trim().is_empty() { line } else { "" }
}
