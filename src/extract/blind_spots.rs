//! What the map has nothing of: features and targets that do not compile, modules without a file,
//! items that took no mark, what macros make.

use std::collections::{BTreeMap, BTreeSet};

use super::analysis::Analysis;
use crate::findings::{Finding, codes};
use crate::model::Place;
use crate::references::FailedTarget;
use crate::syntax::{ItemId, ItemKind};

/// What the map has nothing of.
pub(super) fn blind_spots(analysis: &Analysis) -> Vec<Finding> {
    let tree = &analysis.subject.source;
    let mut findings = Vec::new();
    for failed in &analysis.map.failed_features {
        let message = format!(
            "the map has nothing of {}: they do not compile",
            failed.features
        );
        findings.push(codes::MAP_FEATURES.finding(message));
    }
    findings.extend(unchecked(analysis));
    for missing in &tree.missing {
        let message = format!(
            "`{}` has no file: what it would use is not known",
            missing.module
        );
        findings.push(codes::MAP_MISSING_MODULE.finding(message));
    }
    findings.extend(unmarked(analysis));
    let mut made: BTreeMap<&str, Vec<Place>> = BTreeMap::new();
    for (reference, what) in &analysis.map.inherited {
        let from = tree.module_of(&reference.span.file, reference.span.start);
        let item = analysis.map.marked(reference).item;
        let inside = from.is_some_and(|module| analysis.layout.moves_module(module));
        let moves = analysis.layout.moves_item(tree, item);
        if inside && !moves {
            made.entry(what).or_default().push(reference.place.clone());
        }
    }
    for (what, places) in made {
        let message = format!("a macro of the monolith makes {what}, which the moved code uses");
        let finding = codes::MACRO_MADE_ITEM.finding(message);
        findings.push(finding.at(places));
    }
    findings
}

/// The targets that compile with none of the feature sets.
fn unchecked(analysis: &Analysis) -> Option<Finding> {
    let map = &analysis.map;
    let known = |failed: &FailedTarget| {
        map.checked.iter().any(|it| {
            (&it.package, &it.target, &it.kind) == (&failed.package, &failed.target, &failed.kind)
        })
    };
    let failed = map.failed_targets.iter().filter(|failed| !known(failed));
    let names: BTreeSet<String> = failed
        .map(|failed| format!("{} `{}`", failed.kind, failed.target))
        .collect();
    let list = names.iter().cloned().collect::<Vec<_>>().join(", ");
    let compile = match names.len() {
        0 => return None,
        1 => "it does not compile",
        _ => "they do not compile",
    };
    let message = format!("the map has nothing of the {list}: {compile}");
    Some(codes::MAP_TARGET.finding(message))
}

/// The items that took no mark, those with the same cause together.
fn unmarked(analysis: &Analysis) -> impl Iterator<Item = Finding> {
    let tree = &analysis.subject.source;
    let mut causes: BTreeMap<&str, Vec<ItemId>> = BTreeMap::new();
    for unmarked in &analysis.map.unmarked {
        let item = analysis.map.items[unmarked.item as usize].item;
        // A field of what stays is used only with the type, which has its own mark.
        let is_field = tree.item(item).kind == ItemKind::Field;
        if is_field && !analysis.layout.moves_item(tree, item) {
            continue;
        }
        causes.entry(&unmarked.why).or_default().push(item);
    }
    causes.into_iter().map(|(why, items)| {
        let more = match items.len() - 1 {
            0 => String::new(),
            n => format!(" and {n} more"),
        };
        let first = tree.item_path(items[0]);
        let message = format!("the uses of `{first}`{more} are not known: {why}");
        let places = items.iter().map(|item| tree.place_of(*item));
        codes::MAP_UNMARKED.finding(message).at(places)
    })
}
