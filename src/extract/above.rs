//! Code that stands above its crate: what is left of the crate does without it.
//!
//! Where such code needs much of the crate, nothing has to come along: the new crate can depend on
//! the one that it leaves. That is another cut than [`super::analyse`] makes, so it is only told.

use std::collections::BTreeSet;

use serde::Serialize;

use super::analysis::Analysis;
use super::boundary::Crossing;
use super::obstacles::{Obstacle, is_chosen, leaving};
use crate::model::Place;
use crate::syntax::{ItemId, ItemKind, VisibilityKind};

/// How the chosen modules could become a crate that depends on the one they leave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Above {
    /// Where the crate itself uses them: uses that would have to be cut. Tests, re-exports and
    /// other packages can follow the modules.
    pub used_back: Vec<Place>,
    /// What they use of the crate that is not `pub`.
    pub to_open: Vec<String>,
}

/// Do the modules stand above the crate? They do where it uses less of them than they of it.
pub(super) fn above(analysis: &Analysis, obstacles: &[Obstacle]) -> Option<Above> {
    let tree = &analysis.subject.source;
    let mut users: BTreeSet<ItemId> = BTreeSet::new();
    let mut used_back: BTreeSet<Place> = BTreeSet::new();
    for (user, crossings) in &analysis.uses.by_user {
        if is_chosen(analysis, *user) {
            continue;
        }
        for crossing in crossings.iter().filter(|it| !it.test) {
            let item = tree.top_item(crossing.item);
            if tree.item(item).kind != ItemKind::Module && is_chosen(analysis, item) {
                users.insert(*user);
                used_back.insert(crossing.place.clone());
            }
        }
    }
    (users.len() < obstacles.len()).then(|| Above {
        used_back: used_back.into_iter().collect(),
        to_open: to_open(analysis),
    })
}

fn to_open(analysis: &Analysis) -> Vec<String> {
    let tree = &analysis.subject.source;
    let hidden = |crossing: &&Crossing| {
        let item = tree.item(crossing.item);
        if item.kind == ItemKind::Macro {
            return !item.attributes.iter().any(|name| name == "macro_export");
        }
        // Variants, and the items of traits and impls of traits, are as visible as what they
        // are in.
        let kind = &item.visibility.kind;
        !matches!(kind, VisibilityKind::Public | VisibilityKind::Inherited)
    };
    let items: BTreeSet<String> = leaving(analysis)
        .filter(hidden)
        .map(|crossing| tree.item_path(crossing.item).to_string())
        .collect();
    items.into_iter().collect()
}
