//! Impls: of traits, automatic ones, and those with a type's own methods.

use std::collections::{BTreeMap, BTreeSet};

use rustdoc_types::{GenericParamDefKind, Id, Impl, ItemEnum, Type};

use super::api::is_hidden;
use super::lower::{Bound, Scope};
use super::side::Side;
use super::term::{Head, Name, Term};

/// Where an impl comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// The source, or a derive.
    Written,
    /// The compiler: an auto trait.
    Auto,
    /// Another crate's impl that happens to cover a type of this one.
    Blanket,
}

/// An impl.
#[derive(Debug, Clone)]
pub(super) struct ImplFacts {
    pub(super) id: Id,
    /// Without `'static`, like the type.
    pub(super) trait_: Option<Term>,
    pub(super) for_: Term,
    pub(super) bounds: BTreeSet<Bound>,
    /// What its parameters are called in it.
    pub(super) scope: Scope,
    pub(super) negative: bool,
    pub(super) origin: Origin,
    pub(super) hidden: bool,
    pub(super) items: Vec<Id>,
}

/// The impls of one side, by the trait's name; those without a trait by their type's.
#[derive(Debug, Default)]
pub(super) struct Impls {
    of_traits: BTreeMap<String, Vec<ImplFacts>>,
    inherent: BTreeMap<String, Vec<ImplFacts>>,
}

impl Impls {
    pub(super) fn new(side: &Side<'_>) -> Self {
        let mut impls = Self::default();
        let mut items: Vec<_> = side.api.krate.index.values().collect();
        items.sort_by_key(|item| item.id);
        for item in items.iter().filter(|item| item.crate_id == 0) {
            let ItemEnum::Impl(of) = &item.inner else {
                continue;
            };
            let facts = facts(side, item.id, of, is_hidden(item));
            match (&facts.trait_, facts.for_.path()) {
                (Some(trait_), _) => {
                    let name = trait_.path().map_or("", |name| &name.id).to_owned();
                    impls.of_traits.entry(name).or_default().push(facts);
                }
                (None, Some(name)) => {
                    let name = name.id.clone();
                    impls.inherent.entry(name).or_default().push(facts);
                }
                (None, None) => {}
            }
        }
        impls
    }

    /// The impls of a trait, whatever its arguments.
    pub(super) fn of_trait(&self, trait_: &Term) -> impl Iterator<Item = &ImplFacts> {
        let name = trait_.path().map_or("", |name| &name.id);
        self.of_traits.get(name).into_iter().flatten()
    }

    pub(super) fn inherent(&self, name: &str) -> &[ImplFacts] {
        self.inherent.get(name).map_or(&[], Vec::as_slice)
    }

    /// All that have a trait.
    pub(super) fn all(&self) -> impl Iterator<Item = &ImplFacts> {
        self.of_traits.values().flatten()
    }
}

/// Parameters are numbered in the order in which the type, then the trait, names them: so two
/// impls that differ in the names of parameters are the same.
fn facts(side: &Side<'_>, id: Id, of: &Impl, hidden: bool) -> ImplFacts {
    let raw = Scope::default();
    let mut order: Vec<String> = Vec::new();
    let mut note = |term: &Term| {
        term.walk(&mut |term| {
            if let Some(id) = term.param()
                && !order.iter().any(|known| known == id)
            {
                order.push(id.to_owned());
            }
        });
    };
    note(&side.term(&of.for_, &raw));
    if let Some(path) = &of.trait_ {
        note(&side.path_term(path, &raw));
    }
    for param in &of.generics.params {
        let is_lifetime = matches!(param.kind, GenericParamDefKind::Lifetime { .. });
        if !is_lifetime && !order.contains(&param.name) {
            order.push(param.name.clone());
        }
    }
    let mut scope = Scope::default();
    for (nth, name) in order.iter().enumerate() {
        let param = Name::new(format!("S{nth}"), name);
        scope.bind(name, Term::leaf(Head::Param(param)));
    }
    let for_ = side.term(&of.for_, &scope);
    // rustdoc gives the type that another crate's impl was found for; its bounds name a parameter.
    if let Some(Type::Generic(name)) = &of.blanket_impl {
        scope.bind(name, for_.clone());
    }
    scope.bind("Self", for_.clone());
    let generics = side.generics(&of.generics, &mut scope, "");
    let erased = |bound: &Bound| Bound {
        subject: bound.subject.resolved(&generics.bounds).erased(),
        bound: bound.bound.resolved(&generics.bounds).erased(),
    };
    ImplFacts {
        id,
        trait_: of
            .trait_
            .as_ref()
            .map(|path| side.path_term(path, &scope).erased()),
        for_: side.padded(&for_).unwrap_or(for_).erased(),
        bounds: generics.bounds.iter().map(erased).collect(),
        negative: of.is_negative,
        origin: match &of.blanket_impl {
            Some(_) => Origin::Blanket,
            None if of.is_synthetic => Origin::Auto,
            None => Origin::Written,
        },
        hidden,
        items: of.items.clone(),
        scope,
    }
}
