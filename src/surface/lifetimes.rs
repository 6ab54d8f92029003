//! What a function's output borrows from, elided lifetimes filled in (the Rust reference,
//! "Lifetime elision").

use std::collections::{BTreeMap, BTreeSet};

use rustdoc_types::{
    AssocItemConstraintKind, Function, GenericArg, GenericArgs, GenericBound, GenericParamDefKind,
    Path, Term, Type,
};

/// What something borrowed is borrowed from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Tie {
    /// A parameter, from 0.
    Input(usize),
    /// What the impl's own type borrows.
    Owner,
}

/// The lifetimes of a type in order; `None` where one is elided.
#[derive(Default)]
struct Lifetimes(Vec<Option<String>>);

/// The parameters that the output borrows from, and whether it does from the impl's lifetimes.
pub(super) fn ties(function: &Function) -> BTreeSet<Tie> {
    let mut output = Lifetimes::default();
    if let Some(ty) = &function.sig.output {
        output.add(ty);
    }
    let mut inputs: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
    let mut elided = Vec::new();
    let mut self_ref = false;
    for (nth, (name, ty)) in function.sig.inputs.iter().enumerate() {
        let mut lifetimes = Lifetimes::default();
        lifetimes.add(ty);
        self_ref |= name == "self" && !lifetimes.0.is_empty();
        for lifetime in lifetimes.0 {
            match lifetime {
                Some(name) => {
                    inputs.entry(name).or_default().insert(nth);
                }
                None => elided.push(nth),
            }
        }
    }
    let own = |name: &str| {
        let mut params = function.generics.params.iter();
        params.any(|p| p.name == name && matches!(p.kind, GenericParamDefKind::Lifetime { .. }))
    };
    let mut ties = BTreeSet::new();
    for lifetime in output.0 {
        match lifetime.as_deref() {
            Some("'static") => {}
            Some(name) if !own(name) => {
                ties.insert(Tie::Owner);
            }
            Some(name) => ties.extend(
                inputs
                    .get(name)
                    .into_iter()
                    .flatten()
                    .copied()
                    .map(Tie::Input),
            ),
            None if self_ref => {
                ties.insert(Tie::Input(0));
            }
            // The only lifetime there is, named or not.
            None => {
                ties.extend(elided.iter().copied().map(Tie::Input));
                ties.extend(inputs.values().flatten().copied().map(Tie::Input));
            }
        }
    }
    ties
}

impl Lifetimes {
    fn push(&mut self, name: Option<&str>) {
        let name = name.filter(|name| *name != "'_");
        self.0.push(name.map(str::to_owned));
    }

    fn add(&mut self, ty: &Type) {
        match ty {
            Type::ResolvedPath(path) => self.path(path),
            Type::DynTrait(object) => {
                for bound in &object.traits {
                    self.path(&bound.trait_);
                }
                if let Some(lifetime) = &object.lifetime {
                    self.push(Some(lifetime));
                }
            }
            // A function pointer's lifetimes are its own.
            Type::Generic(_) | Type::Primitive(_) | Type::FunctionPointer(_) | Type::Infer => {}
            Type::Tuple(types) => types.iter().for_each(|ty| self.add(ty)),
            Type::Slice(ty) => self.add(ty),
            Type::Array { type_, .. }
            | Type::Pat { type_, .. }
            | Type::RawPointer { type_, .. } => {
                self.add(type_);
            }
            Type::ImplTrait(bounds) => self.bounds(bounds),
            Type::BorrowedRef {
                lifetime, type_, ..
            } => {
                self.push(lifetime.as_deref());
                self.add(type_);
            }
            Type::QualifiedPath {
                args, self_type, ..
            } => {
                self.add(self_type);
                self.args(args.as_deref());
            }
        }
    }

    fn path(&mut self, path: &Path) {
        self.args(path.args.as_deref());
    }

    fn args(&mut self, args: Option<&GenericArgs>) {
        let Some(GenericArgs::AngleBracketed { args, constraints }) = args else {
            return;
        };
        for arg in args {
            match arg {
                GenericArg::Lifetime(name) => self.push(Some(name)),
                GenericArg::Type(ty) => self.add(ty),
                GenericArg::Const(_) | GenericArg::Infer => {}
            }
        }
        for constraint in constraints {
            match &constraint.binding {
                AssocItemConstraintKind::Equality(Term::Type(ty)) => self.add(ty),
                AssocItemConstraintKind::Equality(Term::Constant(_)) => {}
                AssocItemConstraintKind::Constraint(bounds) => self.bounds(bounds),
            }
        }
    }

    fn bounds(&mut self, bounds: &[GenericBound]) {
        for bound in bounds {
            match bound {
                GenericBound::TraitBound { trait_, .. } => self.path(trait_),
                GenericBound::Outlives(lifetime) => self.push(Some(lifetime)),
                GenericBound::Use(_) => {}
            }
        }
    }
}
