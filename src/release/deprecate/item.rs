//! An item of a library, found by the path that its users write; and its attribute.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};
use cargo_metadata::{Package, TargetKind};
use semver::Version;

use super::super::checks::{finding, from_error};
use super::DeprecationRequest;
use crate::findings::{Finding, codes};
use crate::model::ModulePath;
use crate::syntax::{
    Item, ItemId, ItemKind, Resolution, SourceTree, VisibilityKind, load_tree, resolve,
};

/// An item that is to be deprecated.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Its path, from the crate's name.
    pub(super) path: String,
    /// The file of its source, and the file's text with the attribute.
    pub(super) marked: Option<(Utf8PathBuf, String)>,
    /// Does its source not say that it is deprecated, and is that to stay?
    pub(super) unmarked: bool,
}

/// Looks for the item. One that is not there, or that nobody outside can see, is a finding.
pub(super) fn find(
    root: &Utf8Path,
    package: &Package,
    request: &DeprecationRequest,
    since: &Version,
    findings: &mut Vec<Finding>,
) -> Found {
    let krate = package.name.replace('-', "_");
    let inner = inner_path(&krate, &request.what);
    let mut found = Found {
        path: inner.written_from(&krate),
        ..Found::default()
    };
    let is_library = |kind: &TargetKind| matches!(kind, TargetKind::Lib | TargetKind::ProcMacro);
    let library = package
        .targets
        .iter()
        .find(|it| it.kind.iter().any(is_library));
    let Some(library) = library else {
        let message = format!("{} has no library, and so no items", package.name);
        findings.push(finding(&codes::UNKNOWN_ITEM, message));
        return found;
    };
    let file = library.src_path.strip_prefix(root);
    let tree = match load_tree(root, file.unwrap_or(&library.src_path)) {
        Ok(tree) => tree,
        Err(error) => {
            let what = format!("the source of {}", package.name);
            findings.push(from_error(&codes::UNKNOWN_ITEM, &what, &error, None));
            return found;
        }
    };
    let items = lookup(&tree, &inner);
    let Some(id) = items.first() else {
        findings.push(unknown(&tree, &found.path, &inner));
        return found;
    };
    let item = tree.item(*id);
    if item.visibility.kind == VisibilityKind::Private {
        let message = format!("`{}` is private: nobody else can use it", found.path);
        findings.push(finding(&codes::PRIVATE_ITEM, message).at([tree.place_of(*id)]));
    }
    check_instead(&tree, &krate, request, findings);
    let marked = items.iter().all(|id| tree.item(*id).deprecated.is_some());
    if !marked && request.mark {
        found.marked = Some(mark(&tree, root, &items, request, since));
    }
    found.unmarked = !marked && !request.mark;
    found
}

/// Without the crate's name in front.
fn inner_path(krate: &str, text: &str) -> ModulePath {
    let text = text.trim();
    let inner = text
        .strip_prefix(krate)
        .and_then(|it| it.strip_prefix("::"));
    ModulePath::parse(inner.unwrap_or(text))
}

fn unknown(tree: &SourceTree, written: &str, path: &ModulePath) -> Finding {
    let message = format!("there is no `{written}`");
    let found = finding(&codes::UNKNOWN_ITEM, message);
    let name = path.name().unwrap_or_default();
    let mut near: Vec<String> = tree
        .items
        .iter()
        .filter(|item| item.name == name && !item.cfg_test)
        .map(|item| format!("`{}`", tree.item_path(item.id)))
        .collect();
    near.sort();
    near.dedup();
    near.truncate(4);
    match near.as_slice() {
        [] => found.help("write its path as a user does: `acme_retry::Policy::new`"),
        near => found.help(format!("there is {}", near.join(", "))),
    }
}

/// The items of a path: several where a `cfg` decides between them.
fn lookup(tree: &SourceTree, path: &ModulePath) -> Vec<ItemId> {
    let segments: Vec<&str> = path.segments().iter().map(String::as_str).collect();
    let items = |path: &[&str]| match path {
        [] => Vec::new(),
        path => match resolve(tree, &ModulePath::root(), path, &BTreeSet::new(), false) {
            Resolution::Items(ids) => ids,
            Resolution::Module(_) | Resolution::External(_) | Resolution::Unknown => Vec::new(),
        },
    };
    let direct = items(&segments);
    if !direct.is_empty() {
        return direct;
    }
    let Some((name, above)) = segments.split_last() else {
        return Vec::new();
    };
    let owners = items(above);
    let is_of = |item: &Item| {
        let Some(parent) = item.parent else {
            return false;
        };
        let holder = tree.item(parent);
        owners.contains(&parent)
            || (holder.kind == ItemKind::Impl
                && owners.iter().any(|id| is_impl_of(tree, holder, *id)))
    };
    let members = tree.items.iter();
    members
        .filter(|item| item.name == *name && is_of(item))
        .map(|item| item.id)
        .collect()
}

/// Is it an inherent impl of that type?
fn is_impl_of(tree: &SourceTree, holder: &Item, owner: ItemId) -> bool {
    let Some(header) = holder.impl_header.as_ref() else {
        return false;
    };
    let (None, Some(path)) = (&header.trait_path, &header.self_path) else {
        return false;
    };
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    let found = resolve(tree, &holder.module, &path, &BTreeSet::new(), false);
    matches!(found, Resolution::Items(ids) if ids.contains(&owner))
}

/// A path of the crate that is to be used instead must be there.
fn check_instead(
    tree: &SourceTree,
    krate: &str,
    request: &DeprecationRequest,
    findings: &mut Vec<Finding>,
) {
    let Some(instead) = request.use_instead.as_deref() else {
        return;
    };
    let own = [format!("{krate}::"), "crate::".to_owned()];
    if !own.iter().any(|start| instead.starts_with(start)) {
        return;
    }
    let path = inner_path(krate, instead);
    if lookup(tree, &path).is_empty() && tree.find_module(&path).is_none() {
        findings.push(unknown(tree, &path.written_from(krate), &path));
    }
}

/// The text of the file that has the items, with the attribute in front of each that lacks it.
fn mark(
    tree: &SourceTree,
    root: &Utf8Path,
    items: &[ItemId],
    request: &DeprecationRequest,
    since: &Version,
) -> (Utf8PathBuf, String) {
    let reason = request.reason.trim().trim_end_matches('.');
    let note = match &request.use_instead {
        Some(instead) => format!("{reason}; use {instead} instead"),
        None => reason.to_owned(),
    };
    let since = since.to_string();
    let attribute = format!("#[deprecated(since = {since:?}, note = {note:?})]");
    let file = &tree.item(items[0]).file;
    let mut text = tree.files[file].text.clone();
    let ending = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let lacking = items.iter().map(|id| tree.item(*id));
    let lacking = lacking.filter(|item| item.deprecated.is_none() && item.file == *file);
    // From the last one backwards, so that places stay.
    let mut places: Vec<usize> = lacking.map(|item| item.visibility.span.start).collect();
    places.sort_unstable();
    for at in places.into_iter().rev() {
        let line = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
        let indent = &text[line..at];
        let indent = if indent.trim().is_empty() { indent } else { "" };
        let inserted = format!("{attribute}{ending}{indent}");
        text.insert_str(at, &inserted);
    }
    (root.join(file), text)
}
