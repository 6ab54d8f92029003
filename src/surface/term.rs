//! Types, traits and bounds in one small shape, made for comparing: names are those of the public
//! API, parameters are numbered, lifetimes are gone but for `'static`.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;

/// A name that is compared by what it stands for, and shown as people write it.
#[derive(Debug, Clone)]
pub(super) struct Name {
    /// What it stands for: `std::vec::Vec`, `acme::Policy`, or the number of a parameter.
    pub(super) id: String,
    pub(super) shown: String,
}

impl Name {
    pub(super) fn new(id: impl Into<String>, shown: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            shown: shown.into(),
        }
    }
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for Name {}

impl PartialOrd for Name {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Name {
    fn cmp(&self, other: &Self) -> Ordering {
        self.id.cmp(&other.id)
    }
}

/// What a term is made with; its arguments are in [`Term::args`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Head {
    /// A generic parameter, or `Self` in a trait.
    Param(Name),
    /// A type or trait: generic arguments, then [`Head::Binding`]s.
    Path(Name),
    /// `Item = u8` or `Item: Clone`: what it is bound to.
    Binding(String),
    /// `&T`, `&'static T`: perhaps [`Head::Static`], then the type.
    Ref {
        mutable: bool,
    },
    Pointer {
        mutable: bool,
    },
    Tuple,
    Slice,
    /// The type, then the length.
    Array,
    /// A function pointer with its qualifiers: inputs, then output.
    Function(String),
    /// Sorted bounds.
    Dyn,
    /// Sorted bounds.
    Impl,
    /// `<T as Trait>::Name`: the type, the trait if it is known, generic arguments.
    Projection(String),
    /// `'static`
    Static,
    /// `?Trait`
    Maybe,
    /// A primitive, a constant, `_`.
    Text(String),
}

/// A type, trait or bound.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Term {
    pub(super) head: Head,
    pub(super) args: Vec<Term>,
}

/// What parameters stand for, by number.
pub(super) type Bindings = BTreeMap<String, Term>;

impl Term {
    pub(super) fn new(head: Head, args: Vec<Term>) -> Self {
        Self { head, args }
    }

    pub(super) fn leaf(head: Head) -> Self {
        Self::new(head, Vec::new())
    }

    pub(super) fn unit() -> Self {
        Self::leaf(Head::Tuple)
    }

    /// The name that it starts with, if it is a path.
    pub(super) fn path(&self) -> Option<&Name> {
        match &self.head {
            Head::Path(name) => Some(name),
            _ => None,
        }
    }

    /// The number of the parameter that it is.
    pub(super) fn param(&self) -> Option<&str> {
        match &self.head {
            Head::Param(name) => Some(&name.id),
            _ => None,
        }
    }

    pub(super) fn is_static(&self) -> bool {
        self.head == Head::Static
    }

    /// Calls `visit` with this term and all in it, outside first.
    pub(super) fn walk<'a>(&'a self, visit: &mut dyn FnMut(&'a Term)) {
        visit(self);
        for arg in &self.args {
            arg.walk(visit);
        }
    }

    /// Does a term in it, or itself, satisfy `test`?
    pub(super) fn any(&self, test: &dyn Fn(&Term) -> bool) -> bool {
        test(self) || self.args.iter().any(|arg| arg.any(test))
    }

    /// How often `'static` is in it.
    pub(super) fn statics(&self) -> usize {
        let mut count = 0;
        self.walk(&mut |term| count += usize::from(term.is_static()));
        count
    }

    /// The same without `'static`.
    pub(super) fn erased(&self) -> Self {
        let args = self.args.iter().filter(|arg| !arg.is_static());
        Self::new(self.head.clone(), args.map(Self::erased).collect())
    }

    /// The same with parameters replaced.
    pub(super) fn with(&self, bindings: &Bindings) -> Self {
        if let Some(bound) = self.param().and_then(|id| bindings.get(id)) {
            return bound.clone();
        }
        let args = self.args.iter().map(|arg| arg.with(bindings));
        Self::new(self.head.clone(), args.collect())
    }

    /// Is `other` what this is for some choice of parameters? Adds the choice to `bindings`.
    pub(super) fn covers(&self, other: &Term, bindings: &mut Bindings) -> bool {
        if let Some(id) = self.param() {
            if let Some(bound) = bindings.get(id) {
                return bound == other;
            }
            bindings.insert(id.to_owned(), other.clone());
            return true;
        }
        if self.head != other.head {
            return false;
        }
        let extra = self.args.get(other.args.len()..).unwrap_or_default();
        if !extra.is_empty() && self.path().is_some() {
            // `HashMap<K, V, S>` covers `HashMap<K, V>`, whose hasher goes without saying.
            for id in extra.iter().map(Self::param) {
                let Some(id) = id.filter(|id| !bindings.contains_key(*id)) else {
                    return false;
                };
                let default = Term::leaf(Head::Text("_".to_owned()));
                bindings.insert(id.to_owned(), default);
            }
        } else if self.args.len() != other.args.len() {
            return false;
        }
        let mut args = self.args.iter().zip(&other.args);
        args.all(|(arg, other)| arg.covers(other, bindings))
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let args = &self.args;
        match &self.head {
            Head::Param(name) => f.write_str(&name.shown),
            Head::Path(name) => {
                f.write_str(&name.shown)?;
                match self.as_call() {
                    Some(call) => f.write_str(&call),
                    None => write_args(f, args),
                }
            }
            Head::Binding(name) => match args.as_slice() {
                [one] if !matches!(one.head, Head::Impl) => write!(f, "{name} = {one}"),
                _ => write!(f, "{name}: {}", joined(&args[0].args, " + ")),
            },
            Head::Ref { mutable } => {
                f.write_str("&")?;
                if args.len() > 1 {
                    f.write_str("'static ")?;
                }
                let inner = args.last().expect("a reference has a type");
                f.write_str(if *mutable { "mut " } else { "" })?;
                match inner.head {
                    Head::Dyn | Head::Impl if inner.args.len() > 1 => write!(f, "({inner})"),
                    _ => write!(f, "{inner}"),
                }
            }
            Head::Pointer { mutable } => {
                write!(f, "*{} {}", if *mutable { "mut" } else { "const" }, args[0])
            }
            Head::Tuple if args.len() == 1 => write!(f, "({},)", args[0]),
            Head::Tuple => write!(f, "({})", joined(args, ", ")),
            Head::Slice => write!(f, "[{}]", args[0]),
            Head::Array => write!(f, "[{}; {}]", args[0], args[1]),
            Head::Function(header) => {
                let (output, inputs) = args.split_last().expect("a function has an output");
                write!(f, "{header}fn({})", joined(inputs, ", "))?;
                write_output(f, output)
            }
            Head::Dyn => write!(f, "dyn {}", joined(args, " + ")),
            Head::Impl => write!(f, "impl {}", joined(args, " + ")),
            Head::Projection(name) => {
                match args.get(1) {
                    Some(trait_) if args[0].param().is_none() => {
                        write!(f, "<{} as {trait_}>::{name}", args[0])?;
                    }
                    _ => write!(f, "{}::{name}", args[0])?,
                }
                write_args(f, args.get(2..).unwrap_or_default())
            }
            Head::Static => f.write_str("'static"),
            Head::Maybe => write!(f, "?{}", args[0]),
            Head::Text(text) => f.write_str(text),
        }
    }
}

impl Term {
    /// `(u8) -> u8` of `Fn(u8) -> u8`.
    fn as_call(&self) -> Option<String> {
        let name = self.path()?;
        if !matches!(name.id.as_str(), FN | FN_MUT | FN_ONCE) {
            return None;
        }
        let [inputs, output] = self.args.as_slice() else {
            return None;
        };
        let inputs = joined(&inputs.args, ", ");
        Some(match &output.args[0] {
            output if *output == Term::unit() => format!("({inputs})"),
            output => format!("({inputs}) -> {output}"),
        })
    }
}

pub(super) const FN: &str = "std::ops::function::Fn";
pub(super) const FN_MUT: &str = "std::ops::function::FnMut";
pub(super) const FN_ONCE: &str = "std::ops::function::FnOnce";

/// The terms with `separator` between them.
pub(super) fn joined<'a>(terms: impl IntoIterator<Item = &'a Term>, separator: &str) -> String {
    let texts: Vec<String> = terms.into_iter().map(ToString::to_string).collect();
    texts.join(separator)
}

fn write_args(f: &mut fmt::Formatter<'_>, args: &[Term]) -> fmt::Result {
    match args {
        [] => Ok(()),
        args => write!(f, "<{}>", joined(args, ", ")),
    }
}

fn write_output(f: &mut fmt::Formatter<'_>, output: &Term) -> fmt::Result {
    if *output == Term::unit() {
        return Ok(());
    }
    write!(f, " -> {output}")
}
