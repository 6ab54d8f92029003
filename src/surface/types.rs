//! Structs, unions, enums and aliases, compared.

use std::collections::BTreeMap;

use rustdoc_types::{
    Attribute, Enum, Generics, Id, Item, ItemEnum, Struct, StructKind, Union, VariantKind,
};

use super::api::is_hidden;
use super::fields::{Fields, Shape};
use super::functions::{Use, compare_bounds};
use super::lower::{Lowered, Scope};
use super::report::{Difference, Subject};
use super::side::Side;
use super::signatures::Comparison;

pub(super) fn is_non_exhaustive(item: &Item) -> bool {
    item.attrs.contains(&Attribute::NonExhaustive)
}

/// The scope inside a type's own definition.
pub(super) fn scope_of(side: &Side<'_>, generics: &Generics) -> (Scope, Lowered) {
    let mut scope = Scope::default();
    let lowered = side.generics(generics, &mut scope, "S");
    (scope, lowered)
}

/// Generic parameters of a type or trait: users write them all, or leave out those with defaults.
pub(super) fn compare_generics(
    of: &Comparison<'_>,
    old: &Lowered,
    new: &Lowered,
    used: Use,
) -> Vec<Difference> {
    let mut found = Vec::new();
    let code = "type-generics-changed";
    if old.lifetimes != new.lifetimes {
        let what = format!(
            "it had {} lifetime parameters, and has {}",
            old.lifetimes, new.lifetimes
        );
        found.push(Difference::major(code, what));
    }
    for (nth, before) in old.params.iter().enumerate() {
        match new.params.get(nth) {
            None => {
                let what = format!("the generic parameter `{}` was removed", before.name);
                return vec![Difference::major(code, what)];
            }
            Some(after) if before.of != after.of => {
                let what = format!("the generic parameter `{}` is another one", before.name);
                found.push(Difference::major(code, what));
            }
            Some(after) => match (&before.default, &after.default) {
                (Some(old), Some(new)) if old != new => found.push(Difference::major(
                    "type-default-changed",
                    format!("the default of `{}` was `{old}`, is `{new}`", after.name),
                )),
                (Some(old), None) => found.push(Difference::major(
                    "type-default-removed",
                    format!("the default `{old}` of `{}` was removed", after.name),
                )),
                _ => {}
            },
        }
    }
    for after in new.params.iter().skip(old.params.len()) {
        let what = format!("the generic parameter `{}` was added", after.name);
        found.push(match &after.default {
            None => Difference::major(code, what),
            Some(default) => Difference::minor(code, format!("{what}, by default `{default}`")),
        });
    }
    if found.is_empty() {
        found.extend(compare_bounds(&of.judge(), &old.bounds, &new.bounds, used));
    }
    found
}

fn struct_fields(side: &Side<'_>, of: &Struct, scope: &Scope) -> Fields {
    match &of.kind {
        StructKind::Unit => Fields::new(side, Shape::Unit, &[], false, scope),
        StructKind::Tuple(ids) => Fields::new(side, Shape::Tuple, ids, false, scope),
        StructKind::Plain { fields, .. } => {
            let ids: Vec<Option<Id>> = fields.iter().copied().map(Some).collect();
            Fields::new(side, Shape::Named, &ids, false, scope)
        }
    }
}

pub(super) fn compare_structs(
    of: &mut Comparison<'_>,
    subject: &Subject<'_>,
    items: (&Item, &Item),
    old: &Struct,
    new: &Struct,
) {
    let (old_scope, old_generics) = scope_of(of.before, &old.generics);
    let (new_scope, new_generics) = scope_of(of.after, &new.generics);
    let differences = compare_generics(of, &old_generics, &new_generics, Use::Called);
    of.report.add_all(subject, differences, "", "");
    let before = struct_fields(of.before, old, &old_scope);
    let after = struct_fields(of.after, new, &new_scope);
    let open = before.is_open() && !is_non_exhaustive(items.0);
    if open && is_non_exhaustive(items.1) {
        let what = "it is `#[non_exhaustive]` now, and could be built and matched whole";
        of.report.add(
            subject,
            Difference::major("struct-non-exhaustive-added", what),
        );
    }
    compare_fields(of, subject, &before, &after, open);
}

pub(super) fn compare_unions(
    of: &mut Comparison<'_>,
    subject: &Subject<'_>,
    old: &Union,
    new: &Union,
) {
    let (old_scope, old_generics) = scope_of(of.before, &old.generics);
    let (new_scope, new_generics) = scope_of(of.after, &new.generics);
    let differences = compare_generics(of, &old_generics, &new_generics, Use::Called);
    of.report.add_all(subject, differences, "", "");
    let fields = |side: &Side<'_>, ids: &[Id], scope: &Scope| {
        let ids: Vec<Option<Id>> = ids.iter().copied().map(Some).collect();
        Fields::new(side, Shape::Named, &ids, false, scope)
    };
    let before = fields(of.before, &old.fields, &old_scope);
    let after = fields(of.after, &new.fields, &new_scope);
    compare_fields(of, subject, &before, &after, false);
}

/// `open`: could users build and match the old one whole?
fn compare_fields(
    of: &mut Comparison<'_>,
    subject: &Subject<'_>,
    before: &Fields,
    after: &Fields,
    open: bool,
) {
    // A tuple struct without public fields can only be told from one with names by `(..)`.
    let opaque = before.public.is_empty() && !before.is_open();
    if before.shape != after.shape && !opaque {
        let shown = |fields: &Fields| match fields.shape {
            Shape::Unit => "has no fields",
            Shape::Tuple => "has fields by number",
            Shape::Named => "has fields by name",
        };
        let what = format!("before, it {}; now, it {}", shown(before), shown(after));
        return of
            .report
            .add(subject, Difference::major("shape-changed", what));
    }
    for field in &before.public {
        let path = format!("{}::{}", subject.path, field.name);
        let id = after.get(&field.name).map(|field| field.id);
        let of_field = Subject {
            path: &path,
            before: Some(field.id),
            after: id,
        };
        match after.get(&field.name) {
            Some(new)
                if new.ty.erased() == field.ty.erased()
                    && new.ty.statics() == field.ty.statics() => {}
            Some(new) => {
                let what = format!("the field was `{}`, is `{}`", field.ty, new.ty);
                of.report
                    .add(&of_field, Difference::major("field-type-changed", what));
            }
            None if after.private.contains(&field.name) => {
                let what = "the field is private or hidden now";
                of.report
                    .add(&of_field, Difference::major("field-private", what));
            }
            None => {
                let what = format!("the field `{}: {}` was removed", field.name, field.ty);
                of.report
                    .add(&of_field, Difference::major("field-removed", what));
            }
        }
    }
    let known = |name: &String| before.get(name).is_some() || before.private.contains(name);
    for field in &after.public {
        if before.get(&field.name).is_some() {
            continue;
        }
        let path = format!("{}::{}", subject.path, field.name);
        let of_field = Subject {
            path: &path,
            before: None,
            after: Some(field.id),
        };
        let what = format!("the field `{}: {}` was added", field.name, field.ty);
        of.report.add(
            &of_field,
            if open {
                Difference::major(
                    "field-added",
                    format!("{what}, and all of it could be written out"),
                )
            } else {
                Difference::minor("field-added", what)
            },
        );
    }
    if open && let Some(name) = after.private.iter().find(|name| !known(name)) {
        let what =
            format!("the private field `{name}` was added, and all of it could be written out");
        of.report
            .add(subject, Difference::major("field-added", what));
    }
}

/// A variant's fields, or none if it is hidden.
fn variant_fields(side: &Side<'_>, item: &Item, scope: &Scope) -> Option<Fields> {
    let ItemEnum::Variant(variant) = &item.inner else {
        return None;
    };
    Some(match &variant.kind {
        VariantKind::Plain => Fields::new(side, Shape::Unit, &[], true, scope),
        VariantKind::Tuple(ids) => Fields::new(side, Shape::Tuple, ids, true, scope),
        VariantKind::Struct { fields, .. } => {
            let ids: Vec<Option<Id>> = fields.iter().copied().map(Some).collect();
            Fields::new(side, Shape::Named, &ids, true, scope)
        }
    })
}

/// Each variant with its number, if all are units and may be cast.
fn numbers(side: &Side<'_>, of: &Enum) -> BTreeMap<String, i128> {
    let mut numbers = BTreeMap::new();
    let mut next = 0;
    for item in of.variants.iter().filter_map(|id| side.api.item(*id)) {
        let ItemEnum::Variant(variant) = &item.inner else {
            continue;
        };
        if variant.kind != VariantKind::Plain || is_non_exhaustive(item) {
            return BTreeMap::new();
        }
        if let Some(given) = &variant.discriminant {
            next = given.value.parse().unwrap_or(next);
        }
        numbers.insert(item.name.clone().unwrap_or_default(), next);
        next += 1;
    }
    numbers
}

pub(super) fn compare_enums(
    of: &mut Comparison<'_>,
    subject: &Subject<'_>,
    items: (&Item, &Item),
    old: &Enum,
    new: &Enum,
) {
    let (old_scope, old_generics) = scope_of(of.before, &old.generics);
    let (new_scope, new_generics) = scope_of(of.after, &new.generics);
    let differences = compare_generics(of, &old_generics, &new_generics, Use::Called);
    of.report.add_all(subject, differences, "", "");
    let exhaustive = !is_non_exhaustive(items.0);
    if exhaustive && is_non_exhaustive(items.1) {
        let what = "it is `#[non_exhaustive]` now, and could be matched whole";
        of.report.add(
            subject,
            Difference::major("enum-non-exhaustive-added", what),
        );
    }
    let variants = |side: &Side<'_>, of: &Enum| -> BTreeMap<String, Id> {
        let items = of.variants.iter().filter_map(|id| side.api.item(*id));
        let shown = items.filter(|item| !is_hidden(item));
        shown
            .map(|item| (item.name.clone().unwrap_or_default(), item.id))
            .collect()
    };
    let before = variants(of.before, old);
    let after = variants(of.after, new);
    let (old_numbers, new_numbers) = (numbers(of.before, old), numbers(of.after, new));
    for (name, id) in &before {
        let path = format!("{}::{name}", subject.path);
        let now = after.get(name).copied();
        let of_variant = Subject {
            path: &path,
            before: Some(*id),
            after: now,
        };
        let Some(now) = now else {
            of.report.add(
                &of_variant,
                Difference::major("variant-removed", "the variant was removed"),
            );
            continue;
        };
        if let (Some(old), Some(new)) = (old_numbers.get(name), new_numbers.get(name))
            && old != new
            && exhaustive
        {
            let what = format!("its number was {old}, is {new}");
            of.report.add(
                &of_variant,
                Difference::major("variant-number-changed", what),
            );
        }
        compare_variants(of, &of_variant, (*id, now), (&old_scope, &new_scope));
    }
    for (name, id) in after.iter().filter(|(name, _)| !before.contains_key(*name)) {
        let path = format!("{}::{name}", subject.path);
        let of_variant = Subject {
            path: &path,
            before: None,
            after: Some(*id),
        };
        let difference = if exhaustive {
            Difference::major(
                "variant-added",
                "the variant was added, and users may match all others",
            )
        } else {
            Difference::minor("variant-added", "the variant was added")
        };
        of.report.add(&of_variant, difference);
    }
}

fn compare_variants(
    of: &mut Comparison<'_>,
    subject: &Subject<'_>,
    ids: (Id, Id),
    scopes: (&Scope, &Scope),
) {
    let (Some(old), Some(new)) = (of.before.api.item(ids.0), of.after.api.item(ids.1)) else {
        return;
    };
    let before = variant_fields(of.before, old, scopes.0);
    let after = variant_fields(of.after, new, scopes.1);
    let (Some(before), Some(after)) = (before, after) else {
        return;
    };
    let open = before.is_open() && !is_non_exhaustive(old);
    if open && is_non_exhaustive(new) {
        let what = "the variant is `#[non_exhaustive]` now";
        of.report.add(
            subject,
            Difference::major("variant-non-exhaustive-added", what),
        );
    }
    compare_fields(of, subject, &before, &after, open);
}
