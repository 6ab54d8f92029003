//! Impl blocks and what ties each to a crate: its type, its trait, and the orphan rule.
//!
//! Source of the rule: the Rust reference, "Trait implementation coherence": one of the trait
//! and the types among `Self` and the trait's arguments must be local.

use std::collections::BTreeSet;

use super::{Item, ItemId, ItemKind, Resolution, SourceTree, TokenKind, lex, resolve};
use crate::model::ModulePath;

/// Where an impl's trait comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TraitOrigin {
    /// No trait.
    Inherent,
    /// A trait of this target.
    Local(ItemId),
    /// A trait of another crate.
    Foreign,
    /// Syntax alone does not tell.
    Unknown,
}

/// An impl block and what it is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImplFact {
    /// The impl.
    pub item: ItemId,
    /// Its type, where that is an item of this target.
    pub self_item: Option<ItemId>,
    /// Its trait.
    pub origin: TraitOrigin,
    /// The types of this target that make it legal here: its type and its trait's arguments.
    pub local_types: BTreeSet<ItemId>,
}

/// The facts of all impl blocks of a target. `externs` are the names of its dependencies.
pub fn impl_facts(tree: &SourceTree, externs: &BTreeSet<String>) -> Vec<ImplFact> {
    let impls = tree.items.iter().filter(|item| item.kind == ItemKind::Impl);
    impls
        .filter_map(|item| impl_fact(tree, item, externs))
        .collect()
}

fn impl_fact(tree: &SourceTree, item: &Item, externs: &BTreeSet<String>) -> Option<ImplFact> {
    let header = item.impl_header.as_ref()?;
    let type_of = |path: &[String]| local_type(tree, &item.module, path, externs);
    let self_item = header.self_path.as_deref().and_then(type_of);
    let origin = match &header.trait_path {
        None => TraitOrigin::Inherent,
        Some(path) => trait_origin(tree, &item.module, path, externs),
    };
    let mut local_types: BTreeSet<ItemId> = self_item.into_iter().collect();
    if header.trait_path.is_some() {
        // All paths of the header: the trait's arguments are among them, and those of the self
        // type do no harm but for covered ones, which rustc then names in the trial build.
        let text = &tree.files[&item.file].text[item.signature.clone()];
        let trait_part = text.split(" for ").next().unwrap_or(text);
        local_types.extend(paths_in(trait_part).iter().filter_map(|path| type_of(path)));
    }
    Some(ImplFact {
        item: item.id,
        self_item,
        origin,
        local_types,
    })
}

fn local_type(
    tree: &SourceTree,
    module: &ModulePath,
    path: &[String],
    externs: &BTreeSet<String>,
) -> Option<ItemId> {
    let types = [
        ItemKind::Struct,
        ItemKind::Enum,
        ItemKind::Union,
        ItemKind::Trait,
    ];
    match resolve_path(tree, module, path, externs) {
        Resolution::Items(ids) => ids
            .into_iter()
            .find(|id| types.contains(&tree.item(*id).kind)),
        Resolution::Module(_) | Resolution::External(_) | Resolution::Unknown => None,
    }
}

fn trait_origin(
    tree: &SourceTree,
    module: &ModulePath,
    path: &[String],
    externs: &BTreeSet<String>,
) -> TraitOrigin {
    match resolve_path(tree, module, path, externs) {
        Resolution::Items(ids) => ids
            .into_iter()
            .find(|id| tree.item(*id).kind == ItemKind::Trait)
            .map_or(TraitOrigin::Unknown, TraitOrigin::Local),
        Resolution::External(_) => TraitOrigin::Foreign,
        // `From`, `Display` by the prelude: a single name that nothing here declares.
        Resolution::Unknown if path.len() == 1 => TraitOrigin::Foreign,
        Resolution::Unknown | Resolution::Module(_) => TraitOrigin::Unknown,
    }
}

fn resolve_path(
    tree: &SourceTree,
    module: &ModulePath,
    path: &[String],
    externs: &BTreeSet<String>,
) -> Resolution {
    let segments: Vec<&str> = path.iter().map(String::as_str).collect();
    resolve(tree, module, &segments, externs, false)
}

/// The paths of a piece of a header, each as its segments.
fn paths_in(text: &str) -> Vec<Vec<String>> {
    let Ok(tokens) = lex(text) else {
        return Vec::new();
    };
    let mut paths: Vec<Vec<String>> = Vec::new();
    let mut joined = false;
    for token in tokens {
        let word = &text[token.range];
        match token.kind {
            TokenKind::Ident => match paths.last_mut() {
                Some(path) if joined => path.push(word.to_owned()),
                _ => paths.push(vec![word.to_owned()]),
            },
            TokenKind::Punct(':', _) => {
                joined = true;
                continue;
            }
            _ => {}
        }
        joined = false;
    }
    paths
}
