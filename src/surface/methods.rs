//! A type's own methods and constants, compared.

use std::collections::BTreeMap;

use rustdoc_types::{Id, Item, ItemEnum};

use super::api::{is_hidden, is_pub};
use super::function::Signature;
use super::functions::{Use, compare_signatures};
use super::impls::{ImplFacts, Impls};
use super::report::{Difference, Subject};
use super::side::Side;
use super::signatures::Comparison;
use super::term::Bindings;

/// An item of an impl, with the impl.
type Member<'a> = (&'a ImplFacts, &'a Item);

fn members<'a>(side: &Side<'a>, impls: &'a Impls, name: &str) -> BTreeMap<String, Vec<Member<'a>>> {
    let mut members: BTreeMap<String, Vec<Member<'a>>> = BTreeMap::new();
    for imp in impls.inherent(name).iter().filter(|imp| !imp.hidden) {
        for item in imp.items.iter().filter_map(|id| side.api.item(*id)) {
            if is_pub(item) && !is_hidden(item) {
                let name = item.name.clone().unwrap_or_default();
                members.entry(name).or_default().push((imp, item));
            }
        }
    }
    members
}

/// Compares what is in the inherent impls of a type.
pub(super) fn compare_members(of: &mut Comparison<'_>, subject: &Subject<'_>, old: Id, new: Id) {
    let name = |side: &Side<'_>, id: Id| side.path(id).unwrap_or_default().to_owned();
    let before = members(of.before, of.before_impls, &name(of.before, old));
    let after = members(of.after, of.after_impls, &name(of.after, new));
    for (name, olds) in &before {
        let path = format!("{}::{name}", subject.path);
        let news = after.get(name).map_or(&[][..], Vec::as_slice);
        for old in olds {
            let of_member = Subject {
                path: &path,
                before: Some(old.1.id),
                after: news.first().map(|(_, item)| item.id),
            };
            compare_member(of, &of_member, old, news);
        }
    }
    for (name, news) in after.iter().filter(|(name, _)| !before.contains_key(*name)) {
        let path = format!("{}::{name}", subject.path);
        let of_member = Subject {
            path: &path,
            before: None,
            after: news.first().map(|(_, item)| item.id),
        };
        let what = match news.first().map(|(imp, item)| (imp, &item.inner)) {
            Some((imp, ItemEnum::Function(function))) => {
                let added = Signature::new(of.after, name, function, &imp.scope, &imp.bounds);
                format!("`{added}` was added")
            }
            _ => "the constant was added".to_owned(),
        };
        of.report
            .add(&of_member, Difference::minor("method-added", what));
    }
}

/// Compares with the one of `news` that is nearest.
fn compare_member(
    of: &mut Comparison<'_>,
    subject: &Subject<'_>,
    old: &Member<'_>,
    news: &[Member<'_>],
) {
    let name = old.1.name.as_deref().unwrap_or_default();
    let mut nearest: Option<(Vec<Difference>, String, String, &Item)> = None;
    let for_ = of.after.padded(&old.0.for_);
    if for_.is_none() && !news.is_empty() {
        return; // the type's own parameters are others
    }
    for ((imp, item), for_) in news.iter().zip(for_.iter().cycle()) {
        let mut bindings = Bindings::new();
        if !imp.for_.covers(for_, &mut bindings) {
            continue;
        }
        let (differences, before, after) = match (&old.1.inner, &item.inner) {
            (ItemEnum::Function(before), ItemEnum::Function(after)) => {
                let before = Signature::new(of.before, name, before, &old.0.scope, &old.0.bounds);
                let after = Signature::new(of.after, name, after, &imp.scope, &imp.bounds);
                let after = after.with(&bindings).map(&|term| of.after.plain(term));
                let differences = compare_signatures(&of.judge(), &before, &after, Use::Called);
                (differences, before.to_string(), after.to_string())
            }
            (
                ItemEnum::AssocConst { type_: before, .. },
                ItemEnum::AssocConst { type_: after, .. },
            ) => {
                let before = of.before.term(before, &old.0.scope).erased();
                let after = of.after.term(after, &imp.scope).erased().with(&bindings);
                let after = of.after.plain(&after);
                let changed = before != after;
                let difference = || Difference::major("constant-type-changed", "its type changed");
                let differences = changed.then(difference).into_iter().collect();
                (
                    differences,
                    format!("const {name}: {before}"),
                    format!("const {name}: {after}"),
                )
            }
            _ => continue,
        };
        let severity = |found: &[Difference]| found.iter().map(|d| d.bump).max();
        if nearest
            .as_ref()
            .is_none_or(|(best, ..)| severity(&differences) < severity(best))
        {
            nearest = Some((differences, before, after, item));
        }
    }
    if let Some((differences, before, after, item)) = nearest {
        let subject = Subject {
            after: Some(item.id),
            ..subject.clone()
        };
        of.report.add_all(&subject, differences, &before, &after);
        of.attributes(&subject, old.1, item);
        return;
    }
    let what = match &old.1.inner {
        ItemEnum::Function(function) => {
            let bounds = &old.0.bounds;
            let gone = Signature::new(of.before, name, function, &old.0.scope, bounds);
            format!("`{gone}` was removed from `{}`", old.0.for_)
        }
        _ => format!("the constant was removed from `{}`", old.0.for_),
    };
    let subject = Subject {
        after: None,
        ..subject.clone()
    };
    of.report
        .add(&subject, Difference::major("method-removed", what));
}
