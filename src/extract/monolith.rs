//! The monolith's source without the moved code: a re-export where each piece was.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};

use super::ExtractError;
use super::boundary::Crossing;
use super::copied::own_import_edit;
use super::macros::macros_back;
use super::relocate::Names;
use crate::model::ModulePath;
use crate::syntax::{
    Anchor, Declaration, Edit, ItemId, ItemKind, Module, Relocation, SourceTree, VisibilityKind,
    apply_edits, lex, rewrite_paths, whole_lines, written_paths,
};

/// What changes in the monolith's source.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MonolithSources {
    /// The files that change, with their new text.
    pub written: BTreeMap<Utf8PathBuf, String>,
    /// The files that go.
    pub removed: BTreeSet<Utf8PathBuf>,
}

/// What becomes of the places that use what moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CallSites {
    /// They stay as they are: a re-export stands at the old path.
    Keep,
    /// They name the new crate, and nothing is left at the old path.
    Rewrite,
    /// They name the new crate; the re-export stays for other packages.
    RewriteOwn,
}

/// What becomes of the monolith's target; others may use what a library exports.
pub(super) fn monolith_sources(
    names: Names<'_>,
    entering: &BTreeMap<ItemId, Vec<Crossing>>,
    call_sites: CallSites,
    is_library: bool,
) -> Result<MonolithSources, ExtractError> {
    let tree = names.tree;
    let mut edits: BTreeMap<Utf8PathBuf, Vec<Edit>> = BTreeMap::new();
    let mut removed = BTreeSet::new();
    for chosen in names.layout.modules().keys() {
        let module = tree
            .find_module(chosen)
            .expect("the chosen modules were found");
        for body in tree.within(chosen).flat_map(Module::bodies) {
            let inline = body
                .declaration
                .as_ref()
                .is_some_and(|declaration| declaration.inline);
            if !inline {
                removed.insert(body.file.clone());
            }
        }
        for body in module.bodies() {
            let declaration = body.declaration.as_ref().expect("a root is not chosen");
            let text = &tree.files[&declaration.file].text;
            let shim = if call_sites == CallSites::Rewrite {
                None
            } else {
                module_shim(names, chosen, declaration)
            };
            let edit = replace_or_remove(text, declaration.span.clone(), shim);
            edits
                .entry(declaration.file.clone())
                .or_default()
                .push(edit);
        }
    }
    let macros = macros_back(names, entering, is_library);
    if !macros.is_empty() {
        let at = first_item(tree, &tree.root_file);
        let edit = Edit::insert(at, macros);
        edits.entry(tree.root_file.clone()).or_default().push(edit);
    }
    let items = names.layout.items().keys();
    for id in items.filter(|id| !names.layout.is_copied(**id)) {
        let item = tree.item(*id);
        let text = &tree.files[&item.file].text;
        let shim = if call_sites == CallSites::Rewrite {
            None
        } else {
            item_shim(names, entering, *id)
        };
        let edit = replace_or_remove(text, item.span.clone(), shim);
        let edits = edits.entry(item.file.clone()).or_default();
        edits.push(edit);
        edits.extend(own_import_edit(tree, item));
    }
    if call_sites != CallSites::Keep {
        for (file, source) in &tree.files {
            if !removed.contains(file) {
                let paths = call_site_edits(names, file, &source.text)?;
                edits.entry(file.clone()).or_default().extend(paths);
            }
        }
    }
    let mut written = BTreeMap::new();
    for (file, edits) in edits {
        let text = &tree.files[&file].text;
        let new = apply_edits(text, &edits);
        if new != *text && !removed.contains(&file) {
            written.insert(file, new);
        }
    }
    Ok(MonolithSources { written, removed })
}

fn replace_or_remove(text: &str, span: std::ops::Range<usize>, with: Option<String>) -> Edit {
    match with {
        Some(with) => Edit::replace(span, with),
        None => Edit::replace(whole_lines(text, span), ""),
    }
}

/// Who still uses a piece by its old path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Users {
    Nobody,
    TestsOnly,
    Code,
}

fn users(entering: &BTreeMap<ItemId, Vec<Crossing>>, id: ItemId, kind: &VisibilityKind) -> Users {
    let crossings = entering.get(&id).map_or(&[][..], Vec::as_slice);
    match kind {
        // Others may use it by that path: it stays.
        VisibilityKind::Public => Users::Code,
        _ if crossings.is_empty() => Users::Nobody,
        _ if crossings.iter().all(|crossing| crossing.test) => Users::TestsOnly,
        _ => Users::Code,
    }
}

/// The new crate as a path begins with it: from the root of all crates where the monolith has
/// something of the same name, which would come first.
fn crate_path(names: Names<'_>) -> String {
    let taken = names
        .tree
        .items
        .iter()
        .any(|item| item.name == names.new_name);
    let root = if taken { "::" } else { "" };
    format!("{root}{}", names.new_name)
}

/// `mod retry;` as a re-export at the same path with the same visibility.
fn module_shim(names: Names<'_>, chosen: &ModulePath, declaration: &Declaration) -> Option<String> {
    let tree = names.tree;
    let text = &tree.files[&declaration.file].text;
    let head = kept_attributes(text, declaration);
    let visibility = written(text, &declaration.visibility.span);
    let name = chosen.name().unwrap_or_default();
    let new = &names.layout.modules()[chosen];
    let path = new.written_from(&crate_path(names));
    let rename = if new.name().unwrap_or(names.new_name) == name {
        String::new()
    } else {
        format!(" as {name}")
    };
    let used = match declaration.visibility.kind {
        // Others may use it by that path: it stays.
        VisibilityKind::Public => Users::Code,
        _ => path_users(names, chosen, declaration),
    };
    shim_line(used, &head, &visibility, &format!("use {path}{rename};"))
}

/// An item that came along, as a re-export where it was. Impl blocks leave nothing.
fn item_shim(
    names: Names<'_>,
    entering: &BTreeMap<ItemId, Vec<Crossing>>,
    id: ItemId,
) -> Option<String> {
    let tree = names.tree;
    let item = tree.item(id);
    if matches!(item.kind, ItemKind::Impl | ItemKind::Macro) {
        return None;
    }
    let text = &tree.files[&item.file].text;
    let named: Vec<ItemId> = match item.kind {
        ItemKind::MacroCall | ItemKind::ForeignMod => item.members.clone(),
        _ => vec![id],
    };
    let lines: Vec<String> = named
        .into_iter()
        .filter_map(|id| {
            let item = tree.item(id);
            let path = names.new_path(id)?;
            let path = path.written_from(&crate_path(names));
            let visibility = written(text, &item.visibility.span);
            let cfgs = cfg_lines(&item.cfgs, "");
            let used = users(entering, id, &item.visibility.kind);
            shim_line(used, &cfgs, &visibility, &format!("use {path};"))
        })
        .collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

/// Who that stays writes a path through the module: read from the tokens, for an import by a
/// module's name is a use that rustc does not report.
fn path_users(names: Names<'_>, chosen: &ModulePath, declaration: &Declaration) -> Users {
    let tree = names.tree;
    let name = chosen.name().unwrap_or_default();
    let parent = chosen.parent().unwrap_or_default();
    let mut used = Users::Nobody;
    for (file, source) in &tree.files {
        let mut places: Vec<usize> = match written_paths(&source.text, &names.anchors()) {
            Ok(paths) => paths
                .iter()
                .filter(|path| {
                    let from = tree.module_of(file, path.at).cloned().unwrap_or_default();
                    names.in_monolith(&from, path) != Relocation::Keep
                })
                .map(|path| path.at)
                .collect(),
            Err(_) => continue,
        };
        // In the module that declares it, its bare name begins a path.
        let tokens = lex(&source.text).unwrap_or_default();
        let bare = tokens.iter().filter(|token| {
            &source.text[token.range.clone()] == name
                && tree.module_of(file, token.range.start) == Some(&parent)
                && !(*file == declaration.file && declaration.span.contains(&token.range.start))
        });
        places.extend(bare.map(|token| token.range.start));
        for at in places.into_iter().filter(|at| !moves(names, file, *at)) {
            if !is_test(tree, file, at) {
                return Users::Code;
            }
            used = Users::TestsOnly;
        }
    }
    used
}

fn is_test(tree: &SourceTree, file: &Utf8Path, at: usize) -> bool {
    let module = tree
        .module_of(file, at)
        .and_then(|path| tree.find_module(path));
    let in_test_import = |module: &Module| {
        module
            .uses
            .iter()
            .any(|u| u.file == file && u.span.contains(&at) && u.cfg_test)
    };
    module.is_some_and(|module| module.cfg_test || in_test_import(module))
        || tree
            .item_at(file, at)
            .is_some_and(|id| tree.item(id).cfg_test)
}

/// Does what stands there move?
fn moves(names: Names<'_>, file: &Utf8Path, at: usize) -> bool {
    let tree = names.tree;
    let in_module = tree
        .module_of(file, at)
        .is_some_and(|module| names.layout.moves_module(module));
    in_module
        || tree.item_at(file, at).is_some_and(|id| {
            tree.item(id).kind != ItemKind::Module
                && names.layout.moves_item(tree, id)
                && !names.layout.is_copied(id)
        })
}

fn shim_line(used: Users, head: &str, visibility: &str, import: &str) -> Option<String> {
    let test = match used {
        Users::Nobody => return None,
        Users::TestsOnly if !head.contains("cfg(test)") => "#[cfg(test)]\n",
        Users::TestsOnly | Users::Code => "",
    };
    Some(format!("{head}{test}{visibility}{import}"))
}

fn written(text: &str, visibility: &std::ops::Range<usize>) -> String {
    if visibility.is_empty() {
        String::new()
    } else {
        format!("{} ", &text[visibility.clone()])
    }
}

/// The `cfg`s of a declaration: what else it has is the module's own, and moved with it.
fn kept_attributes(text: &str, declaration: &Declaration) -> String {
    let line_start = text[..declaration.span.start]
        .rfind('\n')
        .map_or(0, |at| at + 1);
    let indent = &text[line_start..declaration.span.start];
    let indent = if indent.trim().is_empty() { indent } else { "" };
    cfg_lines(&declaration.cfgs, indent)
}

fn cfg_lines(cfgs: &[String], indent: &str) -> String {
    let lines = cfgs.iter();
    lines.fold(String::new(), |text, cfg| {
        text + "#[cfg("
            + cfg
            + ")]
" + indent
    })
}

/// Where the first item or import of a file begins.
fn first_item(tree: &SourceTree, file: &Utf8Path) -> usize {
    let root = tree
        .find_module(&ModulePath::root())
        .expect("every target has a root");
    let items = root
        .items
        .iter()
        .map(|id| tree.item(*id))
        .filter(|item| item.file == file);
    let starts = items
        .map(|item| item.span.start)
        .chain(root.uses.iter().map(|u| u.span.start));
    starts.min().unwrap_or(0)
}

/// A file of another target of the package (a test, an example, a program) with its call sites
/// rewritten; none if it has none.
pub(super) fn rewritten_outside(
    names: Names<'_>,
    file: &Utf8Path,
    text: &str,
) -> Result<Option<String>, ExtractError> {
    let root = ModulePath::root();
    let edits = rewrite_paths(text, &names.anchors(), &|path| match &path.anchor {
        Anchor::Extern(_) => names.in_monolith(&root, path),
        Anchor::Crate | Anchor::SelfModule | Anchor::Super(_) => Relocation::Keep,
    })
    .map_err(|source| ExtractError::Lex {
        file: file.to_owned(),
        source,
    })?;
    Ok((!edits.is_empty()).then(|| apply_edits(text, &edits)))
}

fn call_site_edits(
    names: Names<'_>,
    file: &Utf8Path,
    text: &str,
) -> Result<Vec<Edit>, ExtractError> {
    let tree = names.tree;
    let mut anchors = names.anchors();
    let chosen = names.layout.modules().keys();
    anchors.extend(chosen.filter_map(|module| module.name().map(ToOwned::to_owned)));
    let edits = rewrite_paths(text, &anchors, &|path| {
        let from = tree.module_of(file, path.at).cloned().unwrap_or_default();
        match &path.anchor {
            Anchor::Extern(name) if name != names.own_name => names.by_name(&from, name),
            _ => names.in_monolith(&from, path),
        }
    })
    .map_err(|source| ExtractError::Lex {
        file: file.to_owned(),
        source,
    })?;
    // What stands in a piece that moves is not edited here.
    Ok(edits
        .into_iter()
        .filter(|edit| !moves(names, file, edit.start))
        .collect())
}
