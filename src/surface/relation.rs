//! How a type or bound of the new side stands to that of the old one.

use std::collections::BTreeSet;

use super::impls::Impls;
use super::known::{FROM, INTO, TRY_FROM, TRY_INTO};
use super::lower::{Bound, without_bindings};
use super::side::Side;
use super::term::{Bindings, Head, Name, Term};

/// What a consumer notices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Relation {
    Same,
    /// All that was accepted, or could be relied on, is still.
    Looser,
    /// A parameter's type is generic now and takes the old one, too: inference may need help (the
    /// cargo book calls it a minor change).
    Generalised,
    Different,
}

/// The new side's answers to "does this type implement that trait".
pub(super) struct Judge<'a> {
    pub(super) side: &'a Side<'a>,
    pub(super) impls: &'a Impls,
}

/// How far blanket impls are followed.
const DEPTH: usize = 4;

impl Judge<'_> {
    /// Does `bound` follow from `known`?
    pub(super) fn follows(&self, bound: &Bound, known: &BTreeSet<Bound>) -> bool {
        let mut of_subject = known.iter().filter(|b| b.subject == bound.subject);
        of_subject.any(|b| self.implies(&b.bound, &bound.bound))
            || conversion(bound).is_some_and(|other| known.contains(&other))
            || (bound.subject.param().is_none()
                && !matches!(bound.subject.head, Head::Projection(_))
                && self.holds(&bound.subject, &bound.bound, known, 0))
    }

    /// Does an impl for all that meets `known` make a parameter meet `bound`? Then values that have
    /// their types still fit, but what a closure takes is no longer inferred.
    pub(super) fn is_met_by_impl(&self, bound: &Bound, known: &BTreeSet<Bound>) -> bool {
        bound.subject.param().is_some() && self.has_impl(&bound.subject, &bound.bound, known, 0)
    }

    /// Does whatever meets `bound` meet `wanted`?
    pub(super) fn implies(&self, bound: &Term, wanted: &Term) -> bool {
        self.implies_at(bound, wanted, 0)
    }

    fn implies_at(&self, bound: &Term, wanted: &Term, depth: usize) -> bool {
        // `Iterator<Item = u8>` meets `Iterator`, and `Iterator<Item: Into<u64>>`.
        let fewer = |bound: &Term, wanted: &Term| {
            let met = |arg: &Term| bound.args.contains(arg) || self.binds(bound, arg);
            bound.head == wanted.head
                && wanted.args.iter().all(met)
                && bound
                    .args
                    .iter()
                    .all(|arg| matches!(arg.head, Head::Binding(_)) || wanted.args.contains(arg))
        };
        bound == wanted
            || fewer(bound, wanted)
            || fewer(&bound.erased(), &wanted.erased()) && bound.statics() >= wanted.statics()
            || depth < DEPTH
                && self
                    .side
                    .supertraits(bound)
                    .iter()
                    .any(|bound| self.implies_at(bound, wanted, depth + 1))
    }

    /// Does `bound` bind an associated type to one that meets the bounds of `wanted`?
    fn binds(&self, bound: &Term, wanted: &Term) -> bool {
        let (Head::Binding(_), [bounds]) = (&wanted.head, wanted.args.as_slice()) else {
            return false;
        };
        let same = |arg: &&Term| arg.head == wanted.head && arg.args[0].head != Head::Impl;
        let bound_to = bound.args.iter().find(same).map(|arg| &arg.args[0]);
        let none = BTreeSet::new();
        bounds.head == Head::Impl
            && bound_to.is_some_and(|ty| bounds.args.iter().all(|b| self.holds(ty, b, &none, 0)))
    }

    /// Does `ty` meet `bound`, as far as this crate can say? What is between other crates' types
    /// and traits is taken to hold: it compiled.
    pub(super) fn holds(
        &self,
        ty: &Term,
        bound: &Term,
        known: &BTreeSet<Bound>,
        depth: usize,
    ) -> bool {
        match (&ty.head, &bound.head) {
            (_, Head::Static | Head::Maybe) => true,
            (Head::Param(_), _) => {
                let mut of_ty = known.iter().filter(|b| b.subject == *ty);
                of_ty.any(|b| self.implies(&b.bound, bound))
            }
            (Head::Impl, _) => ty.args.iter().any(|b| self.implies(b, bound)),
            _ => {
                let is_local =
                    |term: &Term| term.path().is_some_and(|name| self.side.is_local(&name.id));
                if !ty.any(&is_local) && !bound.any(&is_local) {
                    return true;
                }
                // The standard library's conversions of a thing to itself.
                if bound
                    .path()
                    .is_some_and(|name| name.id.starts_with("std::convert::"))
                    && bound.args.first() == Some(ty)
                {
                    return true;
                }
                depth < DEPTH && self.has_impl(ty, bound, known, depth)
            }
        }
    }

    fn has_impl(&self, ty: &Term, bound: &Term, known: &BTreeSet<Bound>, depth: usize) -> bool {
        let ty = ty.erased();
        let bound = bound.erased();
        let bound = without_bindings(&bound);
        self.impls.of_trait(&bound).any(|imp| {
            let mut bindings = Bindings::new();
            !imp.negative
                && imp.for_.covers(&ty, &mut bindings)
                && imp
                    .trait_
                    .as_ref()
                    .is_some_and(|t| t.covers(&bound, &mut bindings))
                && imp.bounds.iter().all(|b| {
                    let b = b.with(&bindings);
                    self.holds(&b.subject, &b.bound, known, depth + 1)
                })
        })
    }

    /// A parameter's type: is what was passed before still accepted? `old_bounds` and
    /// `new_bounds` are those of each side's own generics.
    pub(super) fn input(
        &self,
        old: &Term,
        new: &Term,
        old_bounds: &BTreeSet<Bound>,
        new_bounds: &BTreeSet<Bound>,
    ) -> Relation {
        if old == new {
            return Relation::Same;
        }
        if old.erased() == new.erased() {
            return if old.statics() >= new.statics() {
                Relation::Looser
            } else {
                Relation::Different
            };
        }
        let bounds: Vec<Term> = match &new.head {
            Head::Impl => new.args.clone(),
            Head::Param(name) if name.id.starts_with('F') => {
                let of_new = new_bounds.iter().filter(|b| b.subject == *new);
                of_new.map(|b| b.bound.clone()).collect()
            }
            Head::Ref { .. } if old.head == new.head && old.args.len() == new.args.len() => {
                let (old, new) = (old.args.last(), new.args.last());
                let (old, new) = (old.expect("a reference"), new.expect("a reference"));
                return self.input(old, new, old_bounds, new_bounds);
            }
            _ if looser_object(old, new) => return Relation::Looser,
            _ => return Relation::Different,
        };
        let unsized_ok = |term: &Term| term.head == Head::Maybe;
        let is_unsized = matches!(old.head, Head::Dyn | Head::Slice)
            || matches!(&old.head, Head::Text(name) if name == "str");
        if is_unsized && !bounds.iter().any(unsized_ok) {
            return Relation::Different;
        }
        if bounds
            .iter()
            .all(|bound| self.holds(old, bound, old_bounds, 0))
        {
            Relation::Generalised
        } else {
            Relation::Different
        }
    }

    /// A returned type: can what was relied on still be?
    pub(super) fn output(&self, old: &Term, new: &Term, known: &BTreeSet<Bound>) -> Relation {
        if old == new {
            return Relation::Same;
        }
        if old.erased() == new.erased() {
            return if old.statics() <= new.statics() {
                Relation::Looser
            } else {
                Relation::Different
            };
        }
        if old.head == Head::Impl {
            let holds = |bound: &Term| match new.head {
                Head::Impl => new.args.iter().any(|b| self.implies(b, bound)),
                _ => self.holds(new, bound, known, 0),
            };
            return if old.args.iter().all(holds) {
                Relation::Looser
            } else {
                Relation::Different
            };
        }
        let has_impl = |term: &Term| term.head == Head::Impl;
        if old.head == new.head && old.args.len() == new.args.len() && old.any(&has_impl) {
            let args = old.args.iter().zip(&new.args);
            let relations = args.map(|(old, new)| self.output(old, new, known));
            return relations.max().unwrap_or(Relation::Same);
        }
        Relation::Different
    }
}

/// `U: TryFrom<T>` of `T: TryInto<U>`: the standard library makes the second of the first.
fn conversion(bound: &Bound) -> Option<Bound> {
    let (from, shown) = match bound.bound.path()?.id.as_str() {
        INTO => (FROM, "From"),
        TRY_INTO => (TRY_FROM, "TryFrom"),
        _ => return None,
    };
    let from = Head::Path(Name::new(from, shown));
    Some(Bound {
        subject: bound.bound.args.first()?.clone(),
        bound: Term::new(from, vec![bound.subject.clone()]),
    })
}

/// Is `new` the same but for objects that ask for fewer markers (`dyn Fn() + Send` → `dyn Fn()`)?
fn looser_object(old: &Term, new: &Term) -> bool {
    match (&old.head, &new.head) {
        (Head::Dyn, Head::Dyn) => {
            old.args.first() == new.args.first() && new.args.iter().all(|b| old.args.contains(b))
        }
        _ => {
            old.head == new.head
                && old.args.len() == new.args.len()
                && old
                    .args
                    .iter()
                    .zip(&new.args)
                    .all(|(old, new)| old == new || looser_object(old, new))
        }
    }
}
