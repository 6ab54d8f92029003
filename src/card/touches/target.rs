//! Which items of the old version a change is about.

use std::collections::BTreeSet;

use super::told::is_type;
use crate::model::{Change, ModulePath, Place};
use crate::syntax::{ItemId, ItemKind, Resolution, SourceTree, resolve};

/// A declaration may begin some lines above its name: `pub const unsafe extern "C"`, newline.
const LINES: u32 = 3;

/// The items that a change is about.
#[derive(Debug, Default)]
pub(super) struct Targets {
    /// The items themselves. None if the source has none: it is new, or a macro makes it.
    pub(super) exact: Vec<ItemId>,
    /// Else the nearest around it: of a new variant the enum.
    pub(super) around: Vec<ItemId>,
}

impl Targets {
    /// The items, or what is around them.
    pub(super) fn nearest(&self) -> &[ItemId] {
        if self.exact.is_empty() {
            &self.around
        } else {
            &self.exact
        }
    }
}

/// Finds the items that a change is about, by its place in the old version, else by its path.
pub(super) fn targets(tree: &SourceTree, folder: &str, change: &Change) -> Targets {
    let name = change.item.rsplit("::").next().unwrap_or(&change.item);
    let placed = change.before.as_ref();
    let found = placed.and_then(|place| named_at(tree, folder, place, name));
    let mut targets = match found {
        Some(id) => Targets {
            exact: vec![id],
            around: Vec::new(),
        },
        None => by_path(tree, &change.item),
    };
    // A function may have the name of a macro.
    if let Some(is_macro) = is_of_macro(change) {
        let fits = |id: &ItemId| (tree.item(*id).kind == ItemKind::Macro) == is_macro;
        targets.exact.retain(fits);
    }
    targets
}

/// Is it about a macro? None if neither its code nor its message says what it is about.
pub(super) fn is_of_macro(change: &Change) -> Option<bool> {
    let (code, message) = (change.code.as_str(), change.message.as_str());
    if code.starts_with("macro") || code.contains("_macro") {
        return Some(true);
    }
    let is_any = code.starts_with("deprecated") || code == "re-export-changed";
    let is_macro = message.contains("the macro ") || message.contains("it was a macro");
    (!is_any).then_some(is_macro)
}

/// The item of that name which begins at a place.
fn named_at(tree: &SourceTree, folder: &str, place: &Place, name: &str) -> Option<ItemId> {
    let file = if folder.is_empty() {
        place.file.clone()
    } else {
        camino::Utf8Path::new(folder).join(&place.file)
    };
    let source = tree.files.get(&file)?;
    let line = |id: &ItemId| source.line_column(tree.item(*id).name_span.start).0;
    let near = |id: &ItemId| {
        let line = line(id);
        place.line <= line && line <= place.line + LINES
    };
    let ids = tree.items.iter().filter(|item| item.file == file);
    let ids = ids.filter(|item| item.name == name && item.kind != ItemKind::Impl);
    ids.map(|item| item.id).filter(near).min_by_key(line)
}

/// What the path leads to, or the longest part of it that leads to anything: an item that is new
/// has an old one around it. The crate itself is none.
fn by_path(tree: &SourceTree, path: &str) -> Targets {
    let externs = BTreeSet::new();
    let mut segments: Vec<&str> = path.split("::").skip(1).collect();
    let mut below: Vec<&str> = Vec::new();
    while !segments.is_empty() {
        let found = resolve(tree, &ModulePath::root(), &segments, &externs, false);
        if let Resolution::Items(ids) = found {
            let mut targets = Targets::default();
            for id in ids {
                let (id, is_exact) = member(tree, id, &below);
                if is_exact {
                    targets.exact.push(id);
                } else {
                    targets.around.push(id);
                }
            }
            return targets;
        }
        if matches!(found, Resolution::External(_)) {
            break;
        }
        below.extend(segments.pop());
    }
    if tree.unparsed.is_empty() {
        return Targets::default();
    }
    by_name(tree, &below)
}

/// The type or trait of a path, `names` read from the back, if there is one of that name alone: the
/// file that says how paths lead to it may be one that does not parse (of an old edition).
fn by_name(tree: &SourceTree, names: &[&str]) -> Targets {
    let mut targets = Targets::default();
    for (end, name) in names.iter().enumerate() {
        // What is in a type or trait has its name in there alone.
        let outer = names.get(end + 1);
        if outer.is_some_and(|outer| outer.starts_with(char::is_uppercase)) {
            continue;
        }
        let named = tree.items.iter().filter(|item| item.name == *name);
        let mut types = named.filter(|item| is_type(item.kind));
        if let (Some(only), None) = (types.next(), types.next()) {
            let (id, is_exact) = member(tree, only.id, &names[..end]);
            if is_exact {
                targets.exact.push(id);
            } else {
                targets.around.push(id);
            }
            break;
        }
    }
    targets
}

/// The part of an item that a path leads to, `names` read from the back; as far as it is there,
/// and whether all of it is.
fn member(tree: &SourceTree, id: ItemId, names: &[&str]) -> (ItemId, bool) {
    let mut at = id;
    for name in names.iter().rev() {
        let members = members(tree, at);
        let mut members = members.into_iter();
        match members.find(|id| tree.item(*id).name == *name) {
            Some(member) => at = member,
            None => return (at, false),
        }
    }
    (at, true)
}

/// The parts of an item, what its inherent impls define among them.
fn members(tree: &SourceTree, id: ItemId) -> Vec<ItemId> {
    let item = tree.item(id);
    let mut all = item.members.clone();
    let of_it = |header: &crate::syntax::ImplHeader| {
        let named = header.self_path.as_ref().and_then(|path| path.last());
        header.trait_path.is_none() && named == Some(&item.name)
    };
    let impls = tree.items.iter().filter(|other| {
        other.kind == ItemKind::Impl && other.impl_header.as_ref().is_some_and(of_it)
    });
    all.extend(impls.flat_map(|block| &block.members));
    all
}

/// What is in an item: a module's items with their parts, an enum's variants, a trait's items.
pub(super) fn parts(tree: &SourceTree, id: ItemId) -> Vec<ItemId> {
    let item = tree.item(id);
    match item.kind {
        ItemKind::Module => {
            let path = item.module.join(&item.name);
            let inside = tree
                .items
                .iter()
                .filter(|item| item.module.is_within(&path));
            inside.map(|item| item.id).collect()
        }
        ItemKind::Enum | ItemKind::Trait => item.members.clone(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Bump;

    #[test]
    fn a_trait_is_found_though_the_root_does_not_parse() {
        let scratch = crate::sys::scratch::Scratch::new().unwrap();
        let write = |file: &str, text: &str| {
            crate::sys::fs::write(&scratch.path().join(file), text).unwrap();
        };
        // A trait object without `dyn`, of 2015.
        let old = "fn f(g: Option<&'static Fn(u8)>) {}\n";
        write(
            "lib.rs",
            &format!("mod stream;\npub use stream::Once;\n{old}"),
        );
        write(
            "stream.rs",
            "pub trait Once { type Item; }\npub struct Token;\n",
        );
        let tree = crate::syntax::load_tree(scratch.path(), "lib.rs".into()).unwrap();
        assert_eq!(tree.unparsed.len(), 1);
        let shown = |path: &str| {
            let targets = by_path(&tree, path);
            let names = |ids: &[ItemId]| -> Vec<String> {
                ids.iter().map(|id| tree.item(*id).name.clone()).collect()
            };
            (names(&targets.exact), names(&targets.around))
        };
        let some = |name: &str| vec![name.to_owned()];
        assert_eq!(shown("lib::Once::Token"), (vec![], some("Once")));
        assert_eq!(shown("lib::Once::Item"), (some("Item"), vec![]));
        assert_eq!(shown("lib::Other"), (vec![], vec![]));
    }

    #[test]
    fn a_macro_is_not_the_function_of_its_name() {
        let check = |code: &str, message: &str, expected| {
            let change = Change {
                bump: Bump::Major,
                code: code.to_owned(),
                item: "acme::parser".to_owned(),
                message: message.to_owned(),
                before: None,
                after: None,
            };
            assert_eq!(is_of_macro(&change), expected, "{code}");
        };
        check(
            "macro-arm-removed",
            "no arm takes what `()` took",
            Some(true),
        );
        check("item-removed", "the macro was removed", Some(true));
        check("declarative_macro_missing", "it is missing", Some(true));
        check("item-removed", "the function was removed", Some(false));
        check("bound-added", "the bound `F: Fn()` was added", Some(false));
        check("deprecated-added", "it is deprecated now", None);
    }
}
