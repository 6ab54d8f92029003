//! The modules of the new crate that hold items which came along, and the imports these need.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use camino::Utf8Path;

use super::ExtractError;
use super::copied::macros_by_path;
use super::edits::file_edits;
use super::relocate::{Names, identifiers};
use super::visibility::Opening;
use crate::model::ModulePath;
use crate::syntax::{
    Edit, ItemId, ItemKind, Module, SourceTree, Use, UseLeaf, apply_edits, rewrite_paths,
};

/// The text of a module that holds items which came along: the imports of the modules they were
/// in, as far as they are mentioned, and the items.
pub(super) fn items_text(
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
    let by_path = macros_by_path(tree, origin, &ids);
    for id in &ids {
        let item = tree.item(*id);
        let edits = file_edits(names, open, &item.file, &item.span)?;
        items.push('\n');
        items.push_str(&slice_with(tree, &item.file, &item.span, &edits));
        items.push('\n');
        mentioned.extend(identifiers(&tree.files[&item.file].text[item.span.clone()]));
    }
    for import in &origin.uses {
        let own_macro = |leaf: &UseLeaf| by_path.iter().any(|name| leaf.path == [*name]);
        let named = import
            .leaves
            .iter()
            .filter(|leaf| !own_macro(leaf))
            .any(|leaf| is_used(names, origin, leaf, &mentioned));
        if named && !import.cfg_test {
            let written = import_for(names, origin, import, &mentioned, &items)?;
            imports.push_str(&written);
        }
    }
    imports.push_str(&neighbours(names, origin, home, &mentioned));
    let own = ids.iter().map(|id| tree.item(*id));
    let own = own.filter(|item| item.kind != ItemKind::Impl);
    let own = own.map(|item| item.name.as_str()).collect();
    let imports = distinct(&imports, own);
    for name in by_path {
        // A macro can be imported only after its definition.
        items.extend(["pub(crate) use ", name, ";\n"]);
    }
    Ok(imports + &items)
}

/// Each name once, and none that the module has itself: globs that were looked through bring again
/// what is imported by name, and what moved here.
fn distinct<'a>(imports: &'a str, own: BTreeSet<&'a str>) -> String {
    let mut bound = own;
    let mut seen = BTreeSet::new();
    let mut kept = String::new();
    for line in imports.lines() {
        let path = line.trim_start_matches("use ").trim_end_matches(';');
        let name = path.rsplit([':', ' ']).next().unwrap_or_default();
        let nameless = matches!(name, "*" | "_");
        if seen.insert(line) && (nameless || bound.insert(name)) {
            kept.extend([line, "\n"]);
        }
    }
    kept
}

/// What stood beside the items in their module, moved too, and is elsewhere now: it was in scope
/// without an import.
fn neighbours(
    names: Names<'_>,
    origin: &Module,
    home: &ModulePath,
    mentioned: &BTreeSet<String>,
) -> String {
    let here = home.to_string();
    // Paths through modules are written from the root.
    let items = origin.items.iter().map(|id| names.tree.item(*id));
    let items = items.filter(|item| item.kind != ItemKind::Module);
    let bound = items.map(|item| &item.name);
    let bound: BTreeSet<&String> = bound.filter(|name| mentioned.contains(*name)).collect();
    let mut lines = String::new();
    for name in bound {
        let Some(path) = names.destination(&origin.path.join(name), "crate") else {
            continue;
        };
        match path.rsplit_once("::") {
            Some((module, last)) if module == here && last == name => {}
            Some((_, last)) if last == name => lines.extend(["use ", &path, ";\n"]),
            _ => lines.extend(["use ", &path, " as ", name, ";\n"]),
        }
    }
    lines
}

fn is_used(
    names: Names<'_>,
    origin: &Module,
    leaf: &UseLeaf,
    mentioned: &BTreeSet<String>,
) -> bool {
    leaf.glob
        || leaf.name == "_"
        || mentioned.contains(&leaf.name)
        || names.gives_methods(&origin.path.join(&leaf.name), mentioned)
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
    let beginnings = names.beginnings();
    let mut lines = String::new();
    for leaf in &import.leaves {
        if !is_used(names, origin, leaf, mentioned) {
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
        let edits = rewrite_paths(&text, &beginnings, &|path| {
            names.in_moved_code(&origin.path, path, &text, scope)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_is_imported_once() {
        let imports = "use std::hash::Hash;\nuse crate::a::Own;\nuse crate::b::*;\n\
                       use std::hash::Hash;\nuse x::Y as _;\nuse z::Y as Hash;\nuse z::Z as _;\n";
        assert_eq!(
            distinct(imports, BTreeSet::from(["Own"])),
            "use std::hash::Hash;\nuse crate::b::*;\nuse x::Y as _;\nuse z::Z as _;\n"
        );
    }
}
