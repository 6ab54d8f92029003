//! What implements what: lost impls, tightened ones, other associated types.

use rustdoc_types::{Id, ItemEnum};

use super::impls::{ImplFacts, Origin};
use super::known::AUTO_TRAITS;
use super::lower::Bound;
use super::relation::Judge;
use super::report::{Difference, Subject};
use super::side::Side;
use super::signatures::Comparison;
use super::term::{Bindings, Head, Term};
use super::traits::is_sealed;

/// What the new side has in an old impl's place.
enum Found<'a> {
    /// An impl that covers it, with what its parameters stand for.
    Whole(&'a ImplFacts, Bindings),
    /// One that would, but asks for more.
    Tighter(&'a ImplFacts, Bound),
    Nothing,
    /// The type's own parameters are others.
    Incomparable,
}

pub(super) fn compare_impls(of: &mut Comparison<'_>) {
    let olds: Vec<&ImplFacts> = of.before_impls.all().collect();
    for old in olds {
        let Some(trait_) = old.trait_.as_ref().filter(|_| is_shown(of.before, old)) else {
            continue;
        };
        let gone = |term: &Term| {
            let name = term.path().map(|name| name.id.as_str());
            name.is_some_and(|name| of.before.is_local(name) && !of.after.defines(name))
        };
        if old.negative || old.origin == Origin::Blanket || old.for_.any(&gone) || trait_.any(&gone)
        {
            continue;
        }
        compare_impl(of, old, trait_);
    }
    let news: Vec<&ImplFacts> = of.after_impls.all().collect();
    for new in news {
        let Some(trait_) = new.trait_.as_ref().filter(|_| is_shown(of.after, new)) else {
            continue;
        };
        if !new.negative && new.origin == Origin::Written {
            added(of, new, trait_);
        }
    }
}

/// Can users see that it is implemented?
fn is_shown(side: &Side<'_>, imp: &ImplFacts) -> bool {
    let Some(trait_) = &imp.trait_ else {
        return false;
    };
    let name = trait_.path().map_or("", |name| name.id.as_str());
    let shown = imp.origin != Origin::Auto || AUTO_TRAITS.contains(&name);
    let private = |term: &Term| {
        let name = term.path().map(|name| name.id.as_str());
        name.is_some_and(|name| {
            name.starts_with("private::")
                || side.id_of(name).is_some_and(|id| !side.api.is_public(id))
        })
    };
    let unstable = ["std::marker::StructuralPartialEq"];
    shown
        && !imp.hidden
        && !unstable.contains(&name)
        && !imp.for_.any(&private)
        && !trait_.any(&private)
}

fn find<'a>(of: &Comparison<'a>, old: &ImplFacts, trait_: &Term) -> Found<'a> {
    let judge = of.judge();
    let mut best = Found::Nothing;
    let Some(for_) = of.after.padded(&old.for_) else {
        return Found::Incomparable;
    };
    for new in of.after_impls.of_trait(trait_).filter(|new| !new.negative) {
        let mut bindings = Bindings::new();
        let header = new.for_.covers(&for_, &mut bindings)
            && new
                .trait_
                .as_ref()
                .is_some_and(|new| new.covers(trait_, &mut bindings));
        if !header {
            continue;
        }
        match unmet(&judge, old, new, &bindings) {
            None => return Found::Whole(new, bindings),
            Some(bound) => best = Found::Tighter(new, bound),
        }
    }
    best
}

/// A bound that the new impl has and the old one did not.
fn unmet(
    judge: &Judge<'_>,
    old: &ImplFacts,
    new: &ImplFacts,
    bindings: &Bindings,
) -> Option<Bound> {
    let bounds = new.bounds.iter().map(|bound| bound.with(bindings));
    let mut added = bounds.filter(|bound| bound.bound.head != Head::Maybe);
    let unmet = added.find(|bound| !judge.follows(bound, &old.bounds));
    unmet.or_else(|| {
        let maybe = old
            .bounds
            .iter()
            .filter(|bound| bound.bound.head == Head::Maybe);
        let kept = |bound: &&Bound| new.bounds.iter().any(|new| new.with(bindings) == **bound);
        maybe.into_iter().find(|bound| !kept(bound)).cloned()
    })
}

fn shown(imp: &ImplFacts) -> String {
    let trait_ = imp.trait_.as_ref().map(ToString::to_string);
    format!("impl {} for {}", trait_.unwrap_or_default(), imp.for_)
}

/// The type that an impl is for, or, if it is another crate's, the trait.
fn owner(side: &Side<'_>, imp: &ImplFacts) -> (String, Option<Id>) {
    let mut local = None;
    let mut note = |term: &Term| {
        let name = term.path().map(|name| name.id.clone());
        let name = name.filter(|name| side.is_local(name));
        local = local.clone().or(name);
    };
    imp.for_.walk(&mut note);
    if let Some(trait_) = &imp.trait_ {
        trait_.walk(&mut note);
    }
    let name = local.unwrap_or_default();
    let id = side.id_of(&name);
    (name, id)
}

fn compare_impl(of: &mut Comparison<'_>, old: &ImplFacts, trait_: &Term) {
    let (path, type_id) = owner(of.before, old);
    let is_auto = trait_
        .path()
        .is_some_and(|name| AUTO_TRAITS.contains(&name.id.as_str()));
    let has_place = of
        .before
        .api
        .item(old.id)
        .is_some_and(|item| item.span.is_some());
    let subject = |after: Option<Id>| Subject {
        path: &path,
        before: if has_place { Some(old.id) } else { type_id },
        after: after.filter(|_| has_place).or_else(|| of_after(of, &path)),
    };
    match find(of, old, trait_) {
        Found::Incomparable => {}
        Found::Whole(new, bindings) => associated_types(of, old, new, &bindings),
        Found::Tighter(new, bound) => {
            let what = format!(
                "`{}` asks for `{}: {}` now",
                shown(old),
                bound.subject,
                bound.bound
            );
            let code = if is_auto {
                "auto-trait-lost"
            } else {
                "impl-bounds-tightened"
            };
            let subject = subject(Some(new.id));
            of.report.add(&subject, Difference::major(code, what));
        }
        Found::Nothing if is_auto => {
            let what = format!("it is no longer `{trait_}`");
            let subject = subject(None);
            of.report
                .add(&subject, Difference::major("auto-trait-lost", what));
        }
        Found::Nothing => {
            let what = format!("`{}` was removed", shown(old));
            let subject = subject(None);
            of.report
                .add(&subject, Difference::major("impl-removed", what));
        }
    }
}

fn of_after(of: &Comparison<'_>, path: &str) -> Option<Id> {
    of.after.id_of(path)
}

fn associated_types(
    of: &mut Comparison<'_>,
    old: &ImplFacts,
    new: &ImplFacts,
    bindings: &Bindings,
) {
    let types = |side: &Side<'_>, imp: &ImplFacts| -> Vec<(String, Id, Term)> {
        let items = imp.items.iter().filter_map(|id| side.api.item(*id));
        let types = items.filter_map(|item| match &item.inner {
            ItemEnum::AssocType {
                type_: Some(ty), ..
            } => Some((
                item.name.clone()?,
                item.id,
                side.term(ty, &imp.scope).erased(),
            )),
            _ => None,
        });
        types.collect()
    };
    let after = types(of.after, new);
    for (name, id, before) in types(of.before, old) {
        let Some((_, new_id, now)) = after.iter().find(|(other, ..)| *other == name) else {
            continue;
        };
        let now = now.with(bindings);
        if before != now {
            let (path, _) = owner(of.before, old);
            let subject = Subject {
                path: &path,
                before: Some(id),
                after: Some(*new_id),
            };
            let what = format!("`{name}` of `{}` was `{before}`, is `{now}`", shown(old));
            of.report
                .add(&subject, Difference::major("impl-type-changed", what));
        }
    }
}

/// An impl for all types may clash with users' own.
fn added(of: &mut Comparison<'_>, new: &ImplFacts, trait_: &Term) {
    let (path, _) = owner(of.after, new);
    let is_new = |term: &Term| {
        let name = term.path().map(|name| name.id.as_str());
        name.is_some_and(|name| of.after.is_local(name) && !of.before.is_local(name))
    };
    let known = of.before_impls.of_trait(trait_).any(|old| {
        let covers = |a: &ImplFacts, b: &ImplFacts| {
            let mut bindings = Bindings::new();
            a.for_.covers(&b.for_, &mut bindings)
                && a.trait_
                    .as_ref()
                    .is_some_and(|a| a.covers(trait_, &mut bindings))
        };
        old.origin != Origin::Blanket && covers(old, new)
    });
    if known || new.for_.any(&is_new) || trait_.any(&is_new) {
        return;
    }
    let of_all = match new.for_.head {
        Head::Param(_) => true,
        Head::Ref { .. } => new.for_.args.iter().all(|arg| arg.param().is_some()),
        _ => false,
    };
    let old_trait = trait_.path().and_then(|name| of.before.id_of(&name.id));
    let old_trait = old_trait
        .and_then(|id| of.before.api.item(id))
        .map(|item| &item.inner);
    let open = matches!(old_trait, Some(ItemEnum::Trait(old)) if !is_sealed(of.before, of.before_impls, old));
    let subject = Subject {
        path: &path,
        before: None,
        after: Some(new.id),
    };
    let what = format!("`{}` was added", shown(new));
    of.report.add(
        &subject,
        if of_all && open {
            let what = format!("{what}, and may clash with those of users");
            Difference::major("blanket-impl-added", what)
        } else {
            Difference::minor("impl-added", what)
        },
    );
}
