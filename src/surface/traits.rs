//! Traits, compared. What may change depends on whether users can implement them.

use std::collections::{BTreeMap, BTreeSet};

use rustdoc_types::{Function, GenericBound, Id, Item, ItemEnum, Trait};

use super::api::is_hidden;
use super::function::Signature;
use super::functions::{Use, compare_bounds, compare_signatures};
use super::impls::Impls;
use super::lower::{Bound, Scope};
use super::report::{Difference, Subject};
use super::side::Side;
use super::signatures::Comparison;
use super::term::{Head, Name, Term};
use super::types::compare_generics;

/// How deep supertraits are followed.
const DEPTH: usize = 8;

/// Can only this crate implement the trait? It can if a supertrait, or a type that a required
/// method names, is out of reach (the Rust API guidelines, "Sealed traits").
pub(super) fn is_sealed(side: &Side<'_>, impls: &Impls, of: &Trait) -> bool {
    sealed_at(side, impls, of, 0)
}

fn sealed_at(side: &Side<'_>, impls: &Impls, of: &Trait, depth: usize) -> bool {
    let out_of_reach = |bound: &GenericBound| {
        let GenericBound::TraitBound { trait_, .. } = bound else {
            return false;
        };
        let Some(ItemEnum::Trait(inner)) = side.api.item(trait_.id).map(|item| &item.inner) else {
            return false;
        };
        if !side.api.is_public(trait_.id) {
            let term = side.path_term(trait_, &Scope::default());
            // An impl for every type lets everyone in.
            return !impls.of_trait(&term).any(|imp| imp.for_.param().is_some());
        }
        depth < DEPTH && sealed_at(side, impls, inner, depth + 1)
    };
    let names_the_private = |id: &Id| match side.api.item(*id).map(|item| &item.inner) {
        Some(ItemEnum::Function(function)) if !function.has_body => {
            let signature = signature(side, of, "", function);
            let private = |term: &Term| {
                term.path()
                    .is_some_and(|name| name.id.starts_with("private::"))
            };
            signature
                .inputs
                .iter()
                .any(|(_, input)| input.any(&private))
        }
        _ => false,
    };
    of.bounds.iter().any(out_of_reach) || of.items.iter().any(names_the_private)
}

fn scope_of(side: &Side<'_>, of: &Trait) -> (Scope, super::lower::Lowered) {
    let mut scope = Scope::default();
    scope.bind("Self", Term::leaf(Head::Param(Name::new("Self", "Self"))));
    let lowered = side.generics(&of.generics, &mut scope, "S");
    (scope, lowered)
}

fn signature(side: &Side<'_>, of: &Trait, name: &str, function: &Function) -> Signature {
    let (scope, lowered) = scope_of(side, of);
    Signature::new(side, name, function, &scope, &lowered.bounds)
}

pub(super) fn compare_traits(
    of: &mut Comparison<'_>,
    subject: &Subject<'_>,
    old: &Trait,
    new: &Trait,
) {
    let sealed = is_sealed(of.before, of.before_impls, old);
    let used = if sealed {
        Use::Called
    } else {
        Use::Implemented
    };
    if !sealed && is_sealed(of.after, of.after_impls, new) {
        let what = "it can no longer be implemented by others";
        of.report
            .add(subject, Difference::major("trait-sealed", what));
    }
    if old.is_unsafe != new.is_unsafe && !sealed {
        let now = if new.is_unsafe { "is" } else { "is no longer" };
        let what = format!("it {now} `unsafe`");
        of.report
            .add(subject, Difference::major("trait-unsafe-changed", what));
    }
    if old.is_dyn_compatible && !new.is_dyn_compatible {
        let what = "it can no longer be made into an object (`dyn`)";
        of.report
            .add(subject, Difference::major("trait-not-dyn-compatible", what));
    }
    let (_, old_generics) = scope_of(of.before, old);
    let (_, new_generics) = scope_of(of.after, new);
    let differences = compare_generics(of, &old_generics, &new_generics, used);
    of.report.add_all(subject, differences, "", "");
    supertraits(of, subject, (old, new), sealed);
    items(of, subject, (old, new), sealed);
}

fn supertraits(
    of: &mut Comparison<'_>,
    subject: &Subject<'_>,
    (old, new): (&Trait, &Trait),
    sealed: bool,
) {
    let bounds = |side: &Side<'_>, of: &Trait| side.bounds(&of.bounds, &scope_of(side, of).0);
    let before = bounds(of.before, old);
    let after = bounds(of.after, new);
    let judge = of.judge();
    let missing = |wanted: &[Term], known: &[Term]| -> Vec<Term> {
        let met = |bound: &&Term| !known.iter().any(|known| judge.implies(known, bound));
        wanted.iter().filter(met).cloned().collect()
    };
    for bound in missing(&after, &before).iter().filter(|_| !sealed) {
        let what = format!("the supertrait `{bound}` was added");
        of.report
            .add(subject, Difference::major("supertrait-added", what));
    }
    for bound in missing(&before, &after) {
        let what = format!("the supertrait `{bound}` was removed");
        of.report
            .add(subject, Difference::major("supertrait-removed", what));
    }
}

fn has_default(item: &Item) -> bool {
    match &item.inner {
        ItemEnum::Function(function) => function.has_body,
        ItemEnum::AssocConst { value, .. } => value.is_some(),
        ItemEnum::AssocType { type_, .. } => type_.is_some(),
        _ => true,
    }
}

fn items_of<'a>(side: &Side<'a>, of: &Trait) -> BTreeMap<String, &'a Item> {
    let items = of.items.iter().filter_map(|id| side.api.item(*id));
    let shown = items.filter(|item| !is_hidden(item));
    shown
        .map(|item| (item.name.clone().unwrap_or_default(), item))
        .collect()
}

fn items(
    of: &mut Comparison<'_>,
    subject: &Subject<'_>,
    (old, new): (&Trait, &Trait),
    sealed: bool,
) {
    let before = items_of(of.before, old);
    let after = items_of(of.after, new);
    for (name, item) in &before {
        let path = format!("{}::{name}", subject.path);
        let now = after.get(name);
        let of_item = Subject {
            path: &path,
            before: Some(item.id),
            after: now.map(|item| item.id),
        };
        let Some(now) = now else {
            let what = match supertrait_with(of, (old, new), name) {
                Some(there) => format!("the trait's item was removed; {there}"),
                None => "the trait's item was removed".to_owned(),
            };
            of.report
                .add(&of_item, Difference::major("trait-item-removed", what));
            continue;
        };
        if has_default(item) && !has_default(now) && !sealed {
            let what = "its default was removed";
            of.report
                .add(&of_item, Difference::major("trait-default-removed", what));
        }
        compare_items(of, &of_item, (old, new), (item, now), sealed);
    }
    for (name, item) in after.iter().filter(|(name, _)| !before.contains_key(*name)) {
        let path = format!("{}::{name}", subject.path);
        let of_item = Subject {
            path: &path,
            before: None,
            after: Some(item.id),
        };
        let difference = if has_default(item) || sealed {
            Difference::minor("trait-item-added", "the trait's item was added")
        } else {
            let what = "the trait's item was added without a default";
            Difference::major("trait-required-item-added", what)
        };
        of.report.add(&of_item, difference);
    }
}

/// The supertrait through which a removed item is still found: one that has it, or a new one of
/// another crate, which may.
fn supertrait_with(
    of: &Comparison<'_>,
    (old, new): (&Trait, &Trait),
    name: &str,
) -> Option<String> {
    let bounds = |side: &Side<'_>, of: &Trait| side.bounds(&of.bounds, &scope_of(side, of).0);
    let before = bounds(of.before, old);
    let ids = new.bounds.iter().filter_map(|bound| match bound {
        GenericBound::TraitBound { trait_, .. } => Some(trait_.id),
        _ => None,
    });
    for id in ids {
        if let Some(ItemEnum::Trait(there)) = of.after.api.item(id).map(|item| &item.inner)
            && items_of(of.after, there).contains_key(name)
        {
            let there = of.after.path(id).unwrap_or_default();
            return Some(format!("its supertrait `{there}` has it"));
        }
    }
    let is_foreign = |bound: &&Term| {
        let name = bound.path();
        name.is_some_and(|name| !of.after.is_local(&name.id) && !name.id.starts_with("std::"))
    };
    let after = bounds(of.after, new);
    let mut added = after.iter().filter(|bound| !before.contains(bound));
    let there = added.find(is_foreign)?;
    Some(format!(
        "its new supertrait `{there}` of another crate may have it"
    ))
}

fn compare_items(
    of: &mut Comparison<'_>,
    subject: &Subject<'_>,
    (old_trait, new_trait): (&Trait, &Trait),
    (old, new): (&Item, &Item),
    sealed: bool,
) {
    let used = if sealed {
        Use::Called
    } else {
        Use::Implemented
    };
    let name = old.name.as_deref().unwrap_or_default();
    match (&old.inner, &new.inner) {
        (ItemEnum::Function(before), ItemEnum::Function(after)) => {
            let before = signature(of.before, old_trait, name, before);
            let after = signature(of.after, new_trait, name, after);
            let differences = compare_signatures(&of.judge(), &before, &after, used);
            let (before, after) = (before.to_string(), after.to_string());
            of.report.add_all(subject, differences, &before, &after);
            of.attributes(subject, old, new);
        }
        (ItemEnum::AssocConst { type_: before, .. }, ItemEnum::AssocConst { type_: after, .. }) => {
            let before = of.before.term(before, &scope_of(of.before, old_trait).0);
            let after = of.after.term(after, &scope_of(of.after, new_trait).0);
            of.constant(subject, &before, &after);
        }
        (
            ItemEnum::AssocType {
                bounds: before,
                generics: old_generics,
                ..
            },
            ItemEnum::AssocType {
                bounds: after,
                generics: new_generics,
                ..
            },
        ) => {
            let set = |side: &Side<'_>, of: &Trait, bounds: &[GenericBound]| -> BTreeSet<Bound> {
                let scope = scope_of(side, of).0;
                let subject = Term::leaf(Head::Param(Name::new("Self::", name)));
                let bound = |bound| Bound {
                    subject: subject.clone(),
                    bound,
                };
                side.bounds(bounds, &scope).into_iter().map(bound).collect()
            };
            let before = set(of.before, old_trait, before);
            let after = set(of.after, new_trait, after);
            associated_bounds(of, subject, &before, &after, sealed);
            if old_generics.params.len() != new_generics.params.len() {
                let what = "its generic parameters changed";
                of.report
                    .add(subject, Difference::major("type-generics-changed", what));
            }
        }
        _ => {
            let what = "it is another kind of item now";
            of.report
                .add(subject, Difference::major("kind-changed", what));
        }
    }
}

/// Implementors must meet added bounds; users rely on those that were there.
fn associated_bounds(
    of: &mut Comparison<'_>,
    subject: &Subject<'_>,
    before: &BTreeSet<Bound>,
    after: &BTreeSet<Bound>,
    sealed: bool,
) {
    let judge = of.judge();
    let mut added = compare_bounds(&judge, before, after, Use::Called);
    let removed = compare_bounds(&judge, after, before, Use::Called);
    if sealed {
        added.clear();
    }
    let removed = removed.into_iter().map(|difference| Difference {
        code: "bound-removed",
        what: difference
            .what
            .replace("was added", "was removed, which users rely on"),
        ..difference
    });
    added.extend(removed);
    of.report.add_all(subject, added, "", "");
}
