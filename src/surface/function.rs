//! Functions and methods as they can be compared.

use std::collections::BTreeSet;
use std::fmt;

use rustdoc_types::{Abi, Function, FunctionHeader};

use super::lifetimes::{Tie, ties};
use super::lower::{Bound, Lowered, Scope};
use super::side::Side;
use super::term::{Bindings, Head, Name, Term};

/// A function's signature.
#[derive(Debug, Clone)]
pub(super) struct Signature {
    pub(super) name: String,
    pub(super) header: FunctionHeader,
    pub(super) generics: Lowered,
    /// What `Self` is in it.
    receiver: Option<Term>,
    /// The bounds of the impl that it is in.
    pub(super) owner: BTreeSet<Bound>,
    pub(super) inputs: Vec<(String, Term)>,
    pub(super) variadic: bool,
    /// Of an `async fn`, the future.
    pub(super) output: Term,
    /// What the output borrows from.
    pub(super) ties: BTreeSet<Tie>,
}

/// The path of [`Future`].
const FUTURE: &str = "std::future::future::Future";

impl Signature {
    /// Lowers a function in the scope of its impl or trait, whose bounds are `owner`.
    pub(super) fn new(
        side: &Side<'_>,
        name: &str,
        function: &Function,
        outer: &Scope,
        owner: &BTreeSet<Bound>,
    ) -> Self {
        let mut scope = outer.clone();
        let mut generics = side.generics(&function.generics, &mut scope, "F");
        let inputs = function.sig.inputs.iter();
        let inputs = inputs.map(|(name, ty)| (name.clone(), side.term(ty, &scope)));
        let output = function.sig.output.as_ref();
        let mut lowered = output.map_or_else(Term::unit, |ty| side.term(ty, &scope));
        if function.header.is_async {
            let output = Term::new(Head::Binding("Output".to_owned()), vec![lowered]);
            let future = Term::new(Head::Path(Name::new(FUTURE, "Future")), vec![output]);
            lowered = Term::new(Head::Impl, vec![future]);
        }
        let bounds: BTreeSet<Bound> = owner.union(&generics.bounds).cloned().collect();
        let inputs = inputs.map(|(name, input): (_, Term)| (name, input.resolved(&bounds)));
        let lowered = lowered.resolved(&bounds);
        let resolved = |of: &BTreeSet<Bound>| of.iter().map(|b| b.resolved(&bounds)).collect();
        let owner = resolved(owner);
        generics.bounds = resolved(&generics.bounds);
        Self {
            name: name.to_owned(),
            header: function.header.clone(),
            receiver: outer.get("Self").cloned(),
            inputs: inputs.collect(),
            variadic: function.sig.is_c_variadic,
            output: lowered,
            ties: ties(function),
            generics,
            owner,
        }
    }

    /// All bounds that hold inside.
    pub(super) fn bounds(&self) -> BTreeSet<Bound> {
        self.owner.union(&self.generics.bounds).cloned().collect()
    }

    /// The same with the parameters of its impl replaced.
    pub(super) fn with(&self, bindings: &Bindings) -> Self {
        self.map(&|term| term.with(bindings))
    }

    /// The same with its own generic parameters numbered as those of that name are in `old`: one
    /// that came or went before them does not make others of them.
    pub(super) fn aligned_to(&self, old: &Self) -> Self {
        let before = &old.generics.params;
        let names = self.generics.params.iter().enumerate();
        let bindings = names.map(|(nth, param)| {
            let same = before.iter().position(|old| old.name == param.name);
            let number = same.unwrap_or(before.len() + nth);
            let name = Name::new(format!("F{number}"), param.name.clone());
            (format!("F{nth}"), Term::leaf(Head::Param(name)))
        });
        self.with(&bindings.collect())
    }

    /// The same with each of its terms replaced.
    pub(super) fn map(&self, by: &dyn Fn(&Term) -> Term) -> Self {
        let bound = |bound: &Bound| Bound {
            subject: by(&bound.subject),
            bound: by(&bound.bound),
        };
        let bounds = |bounds: &BTreeSet<Bound>| bounds.iter().map(bound).collect();
        let mut signature = self.clone();
        signature.owner = bounds(&self.owner);
        signature.generics.bounds = bounds(&self.generics.bounds);
        for (_, input) in &mut signature.inputs {
            *input = by(input);
        }
        signature.output = by(&self.output);
        signature.receiver = self.receiver.as_ref().map(by);
        signature
    }
}

impl Bound {
    pub(super) fn with(&self, bindings: &Bindings) -> Self {
        Self {
            subject: self.subject.with(bindings),
            bound: self.bound.with(bindings),
        }
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.header.is_const {
            f.write_str("const ")?;
        }
        if self.header.is_async {
            f.write_str("async ")?;
        }
        let (params, rest) = self.generics.shown();
        write!(f, "{}fn {}{params}(", header(&self.header), self.name)?;
        for (nth, (name, input)) in self.inputs.iter().enumerate() {
            let comma = if nth > 0 { ", " } else { "" };
            write!(f, "{comma}{}", self.shown_input(name, input))?;
        }
        let dots = match (self.variadic, self.inputs.is_empty()) {
            (true, false) => ", ...",
            (true, true) => "...",
            (false, _) => "",
        };
        write!(f, "{dots})")?;
        let output = match (&self.output.head, self.output.args.as_slice()) {
            (Head::Impl, [future]) if self.header.is_async => &future.args[0].args[0],
            _ => &self.output,
        };
        if *output != Term::unit() {
            write!(f, " -> {output}")?;
        }
        f.write_str(&rest)
    }
}

impl Signature {
    fn shown_input(&self, name: &str, input: &Term) -> String {
        let is_self = |term: &Term| Some(term) == self.receiver.as_ref();
        match (&input.head, input.args.as_slice()) {
            _ if name == "self" && is_self(input) => "self".to_owned(),
            (Head::Ref { mutable }, [inner]) if name == "self" && is_self(inner) => {
                format!("&{}self", if *mutable { "mut " } else { "" })
            }
            _ if name.is_empty() => format!("_: {input}"),
            _ => format!("{name}: {input}"),
        }
    }
}

/// `unsafe extern "C" `, as it stands before `fn`.
pub(super) fn header(header: &FunctionHeader) -> String {
    let mut text = String::new();
    if header.is_unsafe {
        text.push_str("unsafe ");
    }
    let (abi, unwind) = match &header.abi {
        Abi::Rust => return text,
        Abi::C { unwind } => ("C", *unwind),
        Abi::Cdecl { unwind } => ("cdecl", *unwind),
        Abi::Stdcall { unwind } => ("stdcall", *unwind),
        Abi::Fastcall { unwind } => ("fastcall", *unwind),
        Abi::Aapcs { unwind } => ("aapcs", *unwind),
        Abi::Win64 { unwind } => ("win64", *unwind),
        Abi::SysV64 { unwind } => ("sysv64", *unwind),
        Abi::System { unwind } => ("system", *unwind),
        Abi::Other(name) => (name.as_str(), false),
    };
    let unwind = if unwind { "-unwind" } else { "" };
    text + &format!("extern \"{abi}{unwind}\" ")
}
