//! The files of the new crate: the moved modules at their new places, their paths rewritten and
//! their items opened as far as they must be.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use camino::{Utf8Path, Utf8PathBuf};

use super::ExtractError;
use super::relocate::{Names, identifiers};
use super::visibility::Opening;
use crate::model::ModulePath;
use crate::syntax::{
    Edit, ItemId, ItemKind, Module, SourceTree, Use, VisibilityKind, apply_edits, rewrite_paths,
    whole_lines,
};

/// A Rust file of the new crate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFile {
    /// Its text.
    pub text: String,
    /// The file of the monolith that its text comes from; none if it is new.
    pub origin: Option<Utf8PathBuf>,
    /// Is it the whole of that file? Then it has that file's history.
    pub whole: bool,
}

/// The Rust files of the new crate by their paths in it.
pub fn library_sources(
    names: Names<'_>,
    open: &BTreeMap<ItemId, Opening>,
) -> Result<BTreeMap<Utf8PathBuf, NewFile>, ExtractError> {
    let mut files = BTreeMap::new();
    for (chosen, new) in names.layout.modules() {
        let root = names
            .tree
            .find_module(chosen)
            .expect("the chosen modules were found");
        add_module(names, open, root, &new_root_path(new, root), &mut files)?;
    }
    for home in names.layout.item_homes() {
        let text = items_text(names, open, home)?;
        files.insert(
            file_of(home, false),
            NewFile {
                text,
                origin: None,
                whole: false,
            },
        );
    }
    finish_root(names, open, &mut files);
    Ok(files)
}

/// Where the file of a module of the new crate is.
fn file_of(module: &ModulePath, as_folder: bool) -> Utf8PathBuf {
    let folder = module
        .segments()
        .iter()
        .fold(Utf8PathBuf::from("src"), |path, name| {
            path.join(name.trim_start_matches("r#"))
        });
    match (module.is_root(), as_folder) {
        (true, _) => "src/lib.rs".into(),
        (false, true) => folder.join("mod.rs"),
        (false, false) => folder.with_extension("rs"),
    }
}

fn new_root_path(new: &ModulePath, root: &Module) -> Utf8PathBuf {
    let inline = root
        .declaration
        .as_ref()
        .is_some_and(|declaration| declaration.inline);
    file_of(new, !inline && root.file.file_name() == Some("mod.rs"))
}

/// Adds a module's file and those of the modules below it that have their own.
fn add_module(
    names: Names<'_>,
    open: &BTreeMap<ItemId, Opening>,
    module: &Module,
    path: &Utf8Path,
    files: &mut BTreeMap<Utf8PathBuf, NewFile>,
) -> Result<(), ExtractError> {
    let tree = names.tree;
    let source = &tree.files[&module.file];
    let whole = module.body == (0..source.text.len());
    let edits = file_edits(names, open, &module.file, &module.body)?;
    let inside = |edit: &&Edit| module.body.start <= edit.start && edit.end <= module.body.end;
    let shifted: Vec<Edit> = edits
        .iter()
        .filter(inside)
        .map(|edit| {
            let start = module.body.start;
            Edit::replace(edit.start - start..edit.end - start, edit.text.clone())
        })
        .collect();
    let text = apply_edits(&source.text[module.body.clone()], &shifted);
    let text = if whole {
        text
    } else {
        format!("{}\n", text.trim_matches(['\n', '\r']))
    };
    files.insert(
        path.to_owned(),
        NewFile {
            text,
            origin: Some(module.file.clone()),
            whole,
        },
    );
    for child in child_files(tree, module) {
        let new = names
            .layout
            .new_module(&child.path)
            .expect("it is inside a moved module");
        let child_path = child_path(tree, module, child, path, &new);
        add_module(names, open, child, &child_path, files)?;
    }
    Ok(())
}

/// The modules with a file of their own that this module's file declares, through inline ones.
fn child_files<'a>(tree: &'a SourceTree, module: &'a Module) -> Vec<&'a Module> {
    let declared_here = |child: &&Module| {
        child.declaration.as_ref().is_some_and(|declaration| {
            !declaration.inline
                && declaration.file == module.file
                && module.body.start <= declaration.span.start
                && declaration.span.end <= module.body.end
        })
    };
    tree.within(&module.path)
        .flat_map(Module::bodies)
        .filter(|child| child.path != module.path)
        .filter(declared_here)
        .collect()
}

fn child_path(
    tree: &SourceTree,
    parent: &Module,
    child: &Module,
    parent_path: &Utf8Path,
    new: &ModulePath,
) -> Utf8PathBuf {
    let attribute = child
        .declaration
        .as_ref()
        .and_then(|d| d.path_attribute.as_ref());
    if let Some(attribute) =
        attribute.filter(|path| keeps_path_attribute(tree, parent, child, path))
    {
        let folder = parent_path.parent().unwrap_or(Utf8Path::new("src"));
        return folder.join(attribute);
    }
    file_of(new, child.file.file_name() == Some("mod.rs"))
}

/// A `#[path]` stays where it leads to the same file beside its declaration; elsewhere the file
/// goes to where rustc looks without it.
fn keeps_path_attribute(tree: &SourceTree, parent: &Module, child: &Module, path: &str) -> bool {
    let several = tree
        .find_module(&child.path)
        .is_some_and(|m| !m.alternatives.is_empty());
    let beside = parent.file.parent().map(|folder| folder.join(path));
    several && beside.as_deref() == Some(&child.file) && !path.contains("..")
}

/// The edits of a moved file within `body`: paths, visibility, `#[path]`.
fn file_edits(
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
    let paths = rewrite_paths(text, &names.anchors(), &|path| {
        let from = tree.module_of(file, path.at).cloned().unwrap_or_default();
        names.in_library(&from, path, scopes.text(&from))
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

fn visibility_edit(span: &Range<usize>, written: &str) -> Edit {
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
            let found = crate::syntax::resolve(tree, &module.path, &segments, names.externs, false);
            match found {
                crate::syntax::Resolution::Items(ids) => ids.iter().any(|id| {
                    let item = tree.item(*id);
                    open.get(id) == Some(&Opening::Public)
                        || item.visibility.kind == VisibilityKind::Public
                        || item.visibility.kind == VisibilityKind::Inherited
                }),
                // Of a glob only what is public passes on.
                crate::syntax::Resolution::Module(_) => leaf.glob,
                crate::syntax::Resolution::External(_) => true,
                crate::syntax::Resolution::Unknown => false,
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

/// The text of a module that holds items which came along: the imports of the modules they were
/// in, as far as they are mentioned, and the items.
fn items_text(
    names: Names<'_>,
    open: &BTreeMap<ItemId, Opening>,
    home: &ModulePath,
) -> Result<String, ExtractError> {
    let tree = names.tree;
    let ids: Vec<ItemId> = names
        .layout
        .items()
        .iter()
        .filter(|(_, place)| *place == home)
        .map(|(id, _)| *id)
        .collect();
    let origin = tree
        .find_module(&tree.item(ids[0]).module)
        .expect("an item's module is in its tree");
    let mut imports = String::new();
    let mut items = String::new();
    let mut mentioned = BTreeSet::new();
    for id in &ids {
        let item = tree.item(*id);
        let edits = file_edits(names, open, &item.file, &item.span)?;
        items.push('\n');
        items.push_str(&slice_with(tree, &item.file, &item.span, &edits));
        items.push('\n');
        mentioned.extend(identifiers(&tree.files[&item.file].text[item.span.clone()]));
    }
    for import in &origin.uses {
        let named = import
            .leaves
            .iter()
            .any(|leaf| leaf.glob || leaf.name == "_" || mentioned.contains(&leaf.name));
        if named && !import.cfg_test {
            let written = import_for(names, origin, import, &mentioned, &items)?;
            imports.push_str(&written);
        }
    }
    Ok(imports + &items)
}

/// An import of the module where items came from, as their new module must write it.
fn import_for(
    names: Names<'_>,
    origin: &Module,
    import: &Use,
    mentioned: &BTreeSet<String>,
    scope: &str,
) -> Result<String, ExtractError> {
    let tree = names.tree;
    let mut lines = String::new();
    for leaf in &import.leaves {
        if !leaf.glob && leaf.name != "_" && !mentioned.contains(&leaf.name) {
            continue;
        }
        let star = if leaf.glob { "::*" } else { "" };
        let last = leaf.path.last().map_or("", String::as_str);
        let rename = if leaf.glob || leaf.name == last {
            String::new()
        } else {
            format!(" as {}", leaf.name)
        };
        let text = format!("use {}{star}{rename};\n", leaf.path.join("::"));
        let edits = rewrite_paths(&text, &names.anchors(), &|path| {
            names.in_library(&origin.path, path, scope)
        })
        .map_err(|source| ExtractError::Lex {
            file: origin.file.clone(),
            source,
        })?;
        // What stays behind is no longer there to import.
        let stays = |segments: &[String]| {
            let first = segments.first().map_or("", String::as_str);
            matches!(first, "crate" | "self" | "super")
                || tree.find_module(&origin.path.join(first)).is_some()
        };
        if edits.is_empty() && stays(&leaf.path) {
            continue;
        }
        lines.push_str(&apply_edits(&text, &edits));
    }
    Ok(lines)
}

fn slice_with(tree: &SourceTree, file: &Utf8Path, range: &Range<usize>, edits: &[Edit]) -> String {
    let shifted: Vec<Edit> = edits
        .iter()
        .filter(|edit| range.start <= edit.start && edit.end <= range.end)
        .map(|edit| {
            Edit::replace(
                edit.start - range.start..edit.end - range.start,
                edit.text.clone(),
            )
        })
        .collect();
    apply_edits(&tree.files[file].text[range.clone()], &shifted)
}

fn indent_of(text: &str, at: usize) -> &str {
    let start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let line = &text[start..at];
    if line.trim().is_empty() { line } else { "" }
}

/// Gives `src/lib.rs` what a crate's root must have: its modules, the attributes of the
/// monolith's root that its code relies on, docs.
fn finish_root(
    names: Names<'_>,
    open: &BTreeMap<ItemId, Opening>,
    files: &mut BTreeMap<Utf8PathBuf, NewFile>,
) {
    let declarations = module_declarations(names, open);
    let attributes = root_attributes(names.tree);
    let root = files.entry("src/lib.rs".into()).or_insert_with(|| NewFile {
        text: String::new(),
        origin: None,
        whole: false,
    });
    let at = after_inner_attributes(&root.text);
    let docs = match names.layout.modules().iter().next() {
        Some((chosen, new)) if new.is_root() && !has_inner_docs(&root.text) => {
            declaration_docs(names.tree, chosen)
        }
        _ => String::new(),
    };
    let mut inserted = String::new();
    for part in [docs, attributes, declarations] {
        if !part.is_empty() {
            inserted.push_str(&part);
            inserted.push('\n');
        }
    }
    let before = if at > 0 && !inserted.is_empty() {
        "\n"
    } else {
        ""
    };
    root.text.insert_str(at, &format!("{before}{inserted}"));
}

fn module_declarations(names: Names<'_>, open: &BTreeMap<ItemId, Opening>) -> String {
    let mut lines: BTreeSet<String> = BTreeSet::new();
    for (_, new) in names.layout.modules() {
        if let Some(name) = new.name() {
            lines.insert(format!("pub mod {name};\n"));
        }
    }
    for home in names.layout.item_homes() {
        let shown = names.layout.items().iter().any(|(id, place)| {
            let public = |id: &ItemId| {
                let kind = &names.tree.item(*id).visibility.kind;
                open.get(id) == Some(&Opening::Public) || *kind == VisibilityKind::Public
            };
            place == home && public(id)
        });
        let visibility = if shown { "pub " } else { "" };
        lines.insert(format!(
            "{visibility}mod {};\n",
            home.name().unwrap_or_default()
        ));
    }
    lines.into_iter().collect()
}

/// The inner attributes of the monolith's root that change what code means: allowed lints (the
/// code may rely on them), `no_std`, limits. Denied lints are not taken: what becomes public
/// meets new ones.
fn root_attributes(tree: &SourceTree) -> String {
    let text = tree
        .files
        .get(&tree.root_file)
        .map_or("", |file| file.text.as_str());
    let kept = [
        "#![allow(",
        "#![no_std",
        "#![cfg_attr(not(feature",
        "#![recursion_limit",
        "#![type_length_limit",
        "#![feature(",
    ];
    text.lines()
        .filter(|line| {
            kept.iter().any(|start| line.starts_with(start)) && line.trim_end().ends_with(']')
        })
        .map(|line| format!("{}\n", line.trim_end()))
        .collect()
}

/// The byte after the inner attributes and inner docs with which a file begins.
pub fn after_inner_attributes(text: &str) -> usize {
    let Ok(tokens) = crate::syntax::lex(text) else {
        return 0;
    };
    let mut end = crate::syntax::skipped_prefix(text);
    let mut index = 0;
    while let Some(token) = tokens.get(index) {
        let written = &text[token.range.clone()];
        if token.kind == crate::syntax::TokenKind::Doc
            && (written.starts_with("//!") || written.starts_with("/*!"))
        {
            end = token.range.end;
            index += 1;
            continue;
        }
        let bang = tokens
            .get(index + 1)
            .is_some_and(|next| &text[next.range.clone()] == "!");
        if written != "#" || !bang {
            break;
        }
        let mut depth = 0;
        index += 2;
        while let Some(token) = tokens.get(index) {
            index += 1;
            match token.kind {
                crate::syntax::TokenKind::Open(_) => depth += 1,
                crate::syntax::TokenKind::Close(_) => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                end = token.range.end;
                break;
            }
        }
    }
    text[end..]
        .find('\n')
        .map_or(end, |newline| if end == 0 { 0 } else { end + newline + 1 })
}

fn has_inner_docs(text: &str) -> bool {
    text[..after_inner_attributes(text)].contains("//!")
        || text[..after_inner_attributes(text)].contains("/*!")
}

/// The docs of `mod retry;`, as the crate's own.
fn declaration_docs(tree: &SourceTree, module: &ModulePath) -> String {
    let declaration = tree
        .find_module(module)
        .and_then(|module| module.declaration.as_ref());
    let Some(declaration) = declaration else {
        return String::new();
    };
    let text = &tree.files[&declaration.file].text[declaration.span.clone()];
    text.lines()
        .map(str::trim_start)
        .take_while(|line| line.starts_with("///") || line.starts_with("#["))
        .filter_map(|line| line.strip_prefix("///"))
        .map(|line| format!("//!{line}\n"))
        .collect()
}
