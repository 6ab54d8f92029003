//! rustdoc's types, bounds and generics as [`Term`]s.

use std::collections::{BTreeMap, BTreeSet};

use rustdoc_types::{
    AssocItemConstraintKind, GenericArg, GenericArgs, GenericBound, GenericParamDef,
    GenericParamDefKind, Generics, Id, ItemEnum, Path, Term as Value, TraitBoundModifier, Type,
    WherePredicate,
};

use super::side::Side;
use super::term::{Head, Name, Term};

/// What the names of generic parameters stand for.
#[derive(Debug, Clone, Default)]
pub(super) struct Scope {
    params: BTreeMap<String, Term>,
}

/// `T: Clone`
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Bound {
    pub(super) subject: Term,
    pub(super) bound: Term,
}

/// A type or const parameter that users can give.
#[derive(Debug, Clone)]
pub(super) struct Parameter {
    pub(super) name: String,
    /// The type of a const parameter.
    pub(super) of: Option<Term>,
    pub(super) default: Option<Term>,
}

/// The generics of an item; those of `impl Trait` in a parameter's place are not among them.
#[derive(Debug, Clone, Default)]
pub(super) struct Lowered {
    pub(super) params: Vec<Parameter>,
    pub(super) lifetimes: usize,
    pub(super) bounds: BTreeSet<Bound>,
}

/// How deep aliases of aliases are followed.
const DEPTH: usize = 16;

impl Scope {
    pub(super) fn get(&self, name: &str) -> Option<&Term> {
        self.params.get(name)
    }

    /// The scope of an impl or trait, whose `Self` is known.
    pub(super) fn bind(&mut self, name: &str, term: Term) {
        self.params.insert(name.to_owned(), term);
    }
}

/// `'static`, if it is that.
fn static_of(lifetime: Option<&str>) -> Option<Term> {
    (lifetime == Some("'static")).then(|| Term::leaf(Head::Static))
}

impl Side<'_> {
    pub(super) fn term(&self, ty: &Type, scope: &Scope) -> Term {
        self.term_at(ty, scope, 0)
    }

    fn term_at(&self, ty: &Type, scope: &Scope, depth: usize) -> Term {
        let of = |ty: &Type| self.term_at(ty, scope, depth);
        match ty {
            Type::ResolvedPath(path) => self.path_at(path, scope, depth),
            Type::DynTrait(object) => {
                let traits = object.traits.iter();
                let mut bounds: Vec<Term> = traits
                    .map(|bound| self.path_at(&bound.trait_, scope, depth))
                    .chain(static_of(object.lifetime.as_deref()))
                    .collect();
                // The first one is the trait, the rest are markers in any order.
                bounds.get_mut(1..).unwrap_or_default().sort();
                Term::new(Head::Dyn, bounds)
            }
            Type::Generic(name) => match scope.params.get(name) {
                Some(term) => term.clone(),
                None => Term::leaf(Head::Param(Name::new(name, name))),
            },
            Type::Primitive(name) if name == "never" => Term::leaf(Head::Text("!".to_owned())),
            Type::Primitive(name) => Term::leaf(Head::Text(name.clone())),
            Type::FunctionPointer(pointer) => {
                let header = super::function::header(&pointer.header);
                let inputs = pointer.sig.inputs.iter().map(|(_, ty)| of(ty));
                let output = pointer.sig.output.as_ref().map_or_else(Term::unit, of);
                Term::new(
                    Head::Function(header),
                    inputs.chain(std::iter::once(output)).collect(),
                )
            }
            Type::Tuple(types) => Term::new(Head::Tuple, types.iter().map(of).collect()),
            Type::Slice(ty) => Term::new(Head::Slice, vec![of(ty)]),
            Type::Array { type_, len } => {
                Term::new(Head::Array, vec![of(type_), constant(len, scope)])
            }
            Type::Pat { type_, .. } => of(type_),
            Type::ImplTrait(bounds) => Term::new(Head::Impl, self.bounds_at(bounds, scope, depth)),
            Type::Infer => Term::leaf(Head::Text("_".to_owned())),
            Type::RawPointer { is_mutable, type_ } => Term::new(
                Head::Pointer {
                    mutable: *is_mutable,
                },
                vec![of(type_)],
            ),
            Type::BorrowedRef {
                lifetime,
                is_mutable,
                type_,
            } => {
                let lifetime = static_of(lifetime.as_deref());
                let head = Head::Ref {
                    mutable: *is_mutable,
                };
                Term::new(head, lifetime.into_iter().chain([of(type_)]).collect())
            }
            Type::QualifiedPath {
                name,
                args,
                self_type,
                trait_,
            } => {
                let mut terms = vec![of(self_type)];
                terms.extend(trait_.as_ref().map(|path| self.path_at(path, scope, depth)));
                terms.extend(self.args(args.as_deref(), scope, depth));
                Term::new(Head::Projection(name.clone()), terms)
            }
        }
    }

    /// A type or trait; aliases are looked through.
    fn path_at(&self, path: &Path, scope: &Scope, depth: usize) -> Term {
        let args = self.args(path.args.as_deref(), scope, depth);
        if depth < DEPTH
            && let Some(ItemEnum::TypeAlias(alias)) = self.api.item(path.id).map(|i| &i.inner)
        {
            let scope = self.alias_scope(&alias.generics, args);
            return self.term_at(&alias.type_, &scope, depth + 1);
        }
        let name = self.name(path.id, &path.path);
        let args = self.without_defaults(path.id, args);
        match (name.id.as_str(), args.as_slice()) {
            ("std::io::error::Result", [ok]) => {
                let error = Name::new("std::io::error::Error", "io::Error");
                let error = Term::leaf(Head::Path(error));
                Term::new(Head::Path(result()), vec![ok.clone(), error])
            }
            ("std::fmt::Result", []) => {
                let error = Term::leaf(Head::Path(Name::new("std::fmt::Error", "fmt::Error")));
                Term::new(Head::Path(result()), vec![Term::unit(), error])
            }
            _ => Term::new(Head::Path(name), args),
        }
    }

    /// Arguments that are the defaults go without saying: a new parameter with a default changes
    /// no type that was written before.
    fn without_defaults(&self, id: Id, mut args: Vec<Term>) -> Vec<Term> {
        let Some(generics) = self.generics_of(id) else {
            return args;
        };
        let has_default = |param: &GenericParamDef| match &param.kind {
            GenericParamDefKind::Type { default, .. } => default.is_some(),
            GenericParamDefKind::Const { default, .. } => default.is_some(),
            GenericParamDefKind::Lifetime { .. } => false,
        };
        if !generics.params.last().is_some_and(has_default) {
            return args;
        }
        let mut scope = Scope::default();
        let lowered = self.generics(generics, &mut scope, "S");
        while let Some(last) = args.last() {
            let param = lowered.params.get(args.len() - 1);
            if param.and_then(|param| param.default.as_ref()) != Some(last) {
                break;
            }
            args.pop();
        }
        args
    }

    /// The same without arguments that are defaults, also where a parameter was put in.
    pub(super) fn plain(&self, term: &Term) -> Term {
        let mut args: Vec<Term> = term.args.iter().map(|arg| self.plain(arg)).collect();
        if let Some(id) = term.path().and_then(|name| self.id_of(&name.id)) {
            args = self.without_defaults(id, args);
        }
        Term::new(term.head.clone(), args)
    }

    /// The generics of a type or trait of this crate.
    fn generics_of(&self, id: Id) -> Option<&Generics> {
        match &self.api.item(id)?.inner {
            ItemEnum::Struct(of) => Some(&of.generics),
            ItemEnum::Enum(of) => Some(&of.generics),
            ItemEnum::Union(of) => Some(&of.generics),
            ItemEnum::Trait(of) => Some(&of.generics),
            _ => None,
        }
    }

    /// A type of the other side as an impl of this one must cover it: with the defaults of
    /// parameters that were added. None if this side's type takes fewer.
    pub(super) fn padded(&self, term: &Term) -> Option<Term> {
        let id = term.path().and_then(|name| self.id_of(&name.id));
        let Some(generics) = id.and_then(|id| self.generics_of(id)) else {
            return Some(term.clone());
        };
        let lowered = self.generics(generics, &mut Scope::default(), "S");
        let mut padded = term.clone();
        let given = padded.args.iter().filter(|arg| !arg.is_static()).count();
        if given > lowered.params.len() {
            return None;
        }
        let missing = lowered.params.iter().skip(given);
        padded
            .args
            .extend(missing.filter_map(|param| param.default.clone()));
        Some(padded)
    }

    pub(super) fn path_term(&self, path: &Path, scope: &Scope) -> Term {
        self.path_at(path, scope, 0)
    }

    fn alias_scope(&self, generics: &Generics, args: Vec<Term>) -> Scope {
        let mut scope = Scope::default();
        let mut args = args.into_iter().filter(|arg| !arg.is_static());
        for param in &generics.params {
            let term = match &param.kind {
                GenericParamDefKind::Lifetime { .. } => continue,
                GenericParamDefKind::Type { default, .. } => args
                    .next()
                    .or_else(|| Some(self.term(default.as_ref()?, &scope))),
                GenericParamDefKind::Const { default, .. } => args
                    .next()
                    .or_else(|| Some(Term::leaf(Head::Text(default.clone()?)))),
            };
            if let Some(term) = term {
                scope.bind(&param.name, term);
            }
        }
        scope
    }

    fn args(&self, args: Option<&GenericArgs>, scope: &Scope, depth: usize) -> Vec<Term> {
        let of = |ty: &Type| self.term_at(ty, scope, depth);
        let binding = |name: &str, args| Term::new(Head::Binding(name.to_owned()), args);
        match args {
            None | Some(GenericArgs::ReturnTypeNotation) => Vec::new(),
            Some(GenericArgs::Parenthesized { inputs, output }) => {
                let inputs = Term::new(Head::Tuple, inputs.iter().map(of).collect());
                let output = output.as_ref().map_or_else(Term::unit, of);
                vec![inputs, binding("Output", vec![output])]
            }
            Some(GenericArgs::AngleBracketed { args, constraints }) => {
                let arg = |arg: &GenericArg| match arg {
                    GenericArg::Lifetime(name) => static_of(Some(name)),
                    GenericArg::Type(ty) => Some(of(ty)),
                    GenericArg::Const(value) => Some(constant(&value.expr, scope)),
                    GenericArg::Infer => Some(Term::leaf(Head::Text("_".to_owned()))),
                };
                let mut terms: Vec<Term> = args.iter().filter_map(arg).collect();
                let mut bound: Vec<Term> = constraints
                    .iter()
                    .map(|constraint| {
                        let to = match &constraint.binding {
                            AssocItemConstraintKind::Equality(Value::Type(ty)) => of(ty),
                            AssocItemConstraintKind::Equality(Value::Constant(value)) => {
                                constant(&value.expr, scope)
                            }
                            AssocItemConstraintKind::Constraint(bounds) => {
                                Term::new(Head::Impl, self.bounds_at(bounds, scope, depth))
                            }
                        };
                        binding(&constraint.name, vec![to])
                    })
                    .collect();
                bound.sort();
                terms.extend(bound);
                terms
            }
        }
    }

    /// Sorted; lifetimes but `'static` are gone.
    fn bounds_at(&self, bounds: &[GenericBound], scope: &Scope, depth: usize) -> Vec<Term> {
        let bound = |bound: &GenericBound| match bound {
            GenericBound::TraitBound {
                trait_, modifier, ..
            } => {
                let term = self.path_at(trait_, scope, depth);
                Some(match modifier {
                    TraitBoundModifier::Maybe => Term::new(Head::Maybe, vec![term]),
                    TraitBoundModifier::None | TraitBoundModifier::MaybeConst => term,
                })
            }
            GenericBound::Outlives(lifetime) => static_of(Some(lifetime)),
            GenericBound::Use(_) => None,
        };
        let terms: BTreeSet<Term> = bounds.iter().filter_map(bound).collect();
        terms.into_iter().collect()
    }

    pub(super) fn bounds(&self, bounds: &[GenericBound], scope: &Scope) -> Vec<Term> {
        self.bounds_at(bounds, scope, 0)
    }

    /// The generics of an item inside `scope`, to which they are added, numbered after `tag`.
    pub(super) fn generics(&self, generics: &Generics, scope: &mut Scope, tag: &str) -> Lowered {
        let mut lowered = Lowered::default();
        let own = |param: &&GenericParamDef| match param.kind {
            GenericParamDefKind::Lifetime { .. } => false,
            GenericParamDefKind::Type { is_synthetic, .. } => !is_synthetic,
            GenericParamDefKind::Const { .. } => true,
        };
        for (nth, param) in generics.params.iter().filter(own).enumerate() {
            // An impl's are numbered by whom it is for.
            if !scope.params.contains_key(&param.name) || !tag.is_empty() {
                let name = Name::new(format!("{tag}{nth}"), &param.name);
                scope.bind(&param.name, Term::leaf(Head::Param(name)));
            }
        }
        for param in &generics.params {
            let subject = scope.params.get(&param.name).cloned();
            match &param.kind {
                GenericParamDefKind::Lifetime { .. } => lowered.lifetimes += 1,
                GenericParamDefKind::Type {
                    is_synthetic: true, ..
                } => {}
                GenericParamDefKind::Type {
                    bounds, default, ..
                } => {
                    lowered.params.push(Parameter {
                        name: param.name.clone(),
                        of: None,
                        default: default.as_ref().map(|ty| self.term(ty, scope)),
                    });
                    let subject = subject.expect("it was bound above");
                    lowered.add(&subject, self.bounds(bounds, scope));
                }
                GenericParamDefKind::Const { type_, default } => lowered.params.push(Parameter {
                    name: param.name.clone(),
                    of: Some(self.term(type_, scope)),
                    default: default.clone().map(|text| Term::leaf(Head::Text(text))),
                }),
            }
        }
        for predicate in &generics.where_predicates {
            if let WherePredicate::BoundPredicate { type_, bounds, .. } = predicate {
                let subject = self.term(type_, scope);
                lowered.add(&subject, self.bounds(bounds, scope));
            }
        }
        lowered
    }

    /// The traits that whoever implements `bound` implements, too.
    pub(super) fn supertraits(&self, bound: &Term) -> Vec<Term> {
        let Some(name) = bound.path() else {
            return Vec::new();
        };
        let Some(id) = self.id_of(&name.id) else {
            return super::known::supertraits(bound);
        };
        let Some(ItemEnum::Trait(of)) = self.api.item(id).map(|item| &item.inner) else {
            return Vec::new();
        };
        let scope = self.alias_scope(&of.generics, bound.args.clone());
        self.bounds(&of.bounds, &scope)
    }
}

impl Term {
    /// The same with the traits of projections as the bounds have them: `T::Error` says nothing of
    /// the arguments of `T: TryInto<u8>`.
    pub(super) fn resolved(&self, bounds: &BTreeSet<Bound>) -> Self {
        let mut term = self.clone();
        term.args = term.args.iter().map(|arg| arg.resolved(bounds)).collect();
        let Head::Projection(_) = &term.head else {
            return term;
        };
        if let [subject, of, ..] = term.args.as_slice()
            && of.args.is_empty()
            && let Some(full) = bounds.iter().find_map(|b| {
                let same = b.subject == *subject && b.bound.head == of.head;
                same.then(|| without_bindings(&b.bound))
            })
        {
            term.args[1] = full;
        }
        super::known::turn_projection(term)
    }
}

pub(super) fn without_bindings(term: &Term) -> Term {
    let args = term.args.iter();
    let args = args.filter(|arg| !matches!(arg.head, Head::Binding(_)));
    Term::new(term.head.clone(), args.cloned().collect())
}

impl Bound {
    pub(super) fn resolved(&self, bounds: &BTreeSet<Bound>) -> Self {
        Self {
            subject: self.subject.resolved(bounds),
            bound: self.bound.resolved(bounds),
        }
    }
}

impl Lowered {
    fn add(&mut self, subject: &Term, bounds: Vec<Term>) {
        self.bounds.extend(bounds.into_iter().map(|bound| Bound {
            subject: subject.clone(),
            bound,
        }));
    }

    /// `<T: Clone, const N: usize>` and what of the bounds is left for `where`.
    pub(super) fn shown(&self) -> (String, String) {
        let param = |param: &Parameter| {
            if let Some(of) = &param.of {
                return format!("const {}: {of}", param.name);
            }
            let of = |bound: &&Bound| bound.subject.to_string() == param.name;
            let bounds = self.bounds.iter().filter(of).map(|bound| &bound.bound);
            match super::term::joined(bounds, " + ").as_str() {
                "" => param.name.clone(),
                bounds => format!("{}: {bounds}", param.name),
            }
        };
        let with_default = |of: &Parameter| match &of.default {
            Some(default) => format!("{} = {default}", param(of)),
            None => param(of),
        };
        let params: Vec<String> = self.params.iter().map(with_default).collect();
        let params = match params.as_slice() {
            [] => String::new(),
            params => format!("<{}>", params.join(", ")),
        };
        let is_param = |bound: &&Bound| {
            let subject = bound.subject.to_string();
            !self.params.iter().any(|param| param.name == subject)
        };
        let rest = self.bounds.iter().filter(is_param);
        let rest: Vec<String> = rest
            .map(|b| format!("{}: {}", b.subject, b.bound))
            .collect();
        let rest = match rest.as_slice() {
            [] => String::new(),
            rest => format!(" where {}", rest.join(", ")),
        };
        (params, rest)
    }
}

fn result() -> Name {
    Name::new("std::result::Result", "Result")
}

/// A constant expression, its suffix and braces gone.
fn constant(text: &str, scope: &Scope) -> Term {
    let text = text
        .trim()
        .trim_start_matches('{')
        .trim_end_matches('}')
        .trim();
    if let Some(term) = scope.params.get(text) {
        return term.clone();
    }
    let digits: &str = text
        .split(|c: char| !c.is_ascii_digit())
        .next()
        .unwrap_or(text);
    let is_suffix = |rest: &str| {
        let rest = rest.trim_start_matches('_');
        rest.is_empty() || rest.starts_with(['u', 'i']) && !rest.contains(' ')
    };
    let text = if !digits.is_empty() && is_suffix(&text[digits.len()..]) {
        digits
    } else {
        text
    };
    Term::leaf(Head::Text(text.to_owned()))
}
