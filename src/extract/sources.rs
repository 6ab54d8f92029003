//! The files of the new crate: the moved modules at their new places, their paths rewritten and
//! their items opened as far as they must be.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use super::ExtractError;
use super::brought::items_text;
use super::edits::file_edits;
use super::relocate::Names;
use super::root::finish_root;
use super::visibility::Opening;
use crate::model::ModulePath;
use crate::syntax::{Edit, ItemId, Module, SourceTree, apply_edits};

/// A Rust file of the new crate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFile {
    /// Its text.
    pub text: String,
    /// The file of the monolith that its text comes from; none if it is new.
    pub origin: Option<Utf8PathBuf>,
    /// The file of the monolith whose folder the paths in its text lead from: its origin, or where
    /// the items came from that it holds.
    pub beside: Option<Utf8PathBuf>,
    /// Is it the whole of that file? Then it has that file's history.
    pub whole: bool,
}

/// The Rust files of the new crate by their paths in it.
pub(super) fn library_sources(
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
        let mut items = names.layout.items().iter();
        let first = items.find(|(_, place)| *place == home);
        let beside = first.map(|(id, _)| names.tree.item(*id).file.clone());
        files.insert(
            file_of(home, false),
            NewFile {
                text,
                origin: None,
                beside,
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
            beside: Some(module.file.clone()),
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
pub(super) fn keeps_path_attribute(
    tree: &SourceTree,
    parent: &Module,
    child: &Module,
    path: &str,
) -> bool {
    let several = tree
        .find_module(&child.path)
        .is_some_and(|m| !m.alternatives.is_empty());
    let beside = parent.file.parent().map(|folder| folder.join(path));
    several && beside.as_deref() == Some(&child.file) && !path.contains("..")
}
