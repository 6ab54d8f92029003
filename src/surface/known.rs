//! What is known of the standard library's traits without its documentation.

use super::term::{FN, FN_MUT, FN_ONCE, Head, Name, Term};

/// The traits that whoever implements `bound` implements, too, with the same arguments.
pub(super) fn supertraits(bound: &Term) -> Vec<Term> {
    let Some(name) = bound.path() else {
        return Vec::new();
    };
    let same = |path: &str, args: &[Term]| {
        let last = path.rsplit("::").next().unwrap_or(path);
        Term::new(Head::Path(Name::new(path, last)), args.to_vec())
    };
    let all = &bound.args;
    match name.id.as_str() {
        "std::marker::Copy" => vec![same("std::clone::Clone", &[])],
        "std::cmp::Eq" => vec![same("std::cmp::PartialEq", &[])],
        "std::cmp::PartialOrd" => vec![same("std::cmp::PartialEq", all)],
        "std::cmp::Ord" => vec![same("std::cmp::Eq", &[]), same("std::cmp::PartialOrd", &[])],
        FN => vec![same(FN_MUT, all)],
        FN_MUT => vec![same(FN_ONCE, all)],
        // By the standard library's impl for all iterators.
        ITERATOR => vec![same(INTO_ITERATOR, all)],
        "std::iter::traits::double_ended::DoubleEndedIterator"
        | "std::iter::traits::exact_size::ExactSizeIterator"
        | "std::iter::traits::marker::FusedIterator" => {
            vec![same(ITERATOR, all)]
        }
        "std::error::Error" => vec![same("std::fmt::Debug", &[]), same("std::fmt::Display", &[])],
        "std::ops::deref::DerefMut" => vec![same("std::ops::deref::Deref", all)],
        "std::io::BufRead" => vec![same("std::io::Read", &[])],
        _ => Vec::new(),
    }
}

pub(super) const FROM: &str = "std::convert::From";
pub(super) const INTO: &str = "std::convert::Into";
pub(super) const TRY_FROM: &str = "std::convert::TryFrom";
pub(super) const TRY_INTO: &str = "std::convert::TryInto";

const ITERATOR: &str = "std::iter::traits::iterator::Iterator";
const INTO_ITERATOR: &str = "std::iter::traits::collect::IntoIterator";

/// The error of `TryInto` is that of `TryFrom`, and the items of `IntoIterator` are those of
/// `Iterator` where a type is both.
pub(super) fn turn_projection(term: Term) -> Term {
    let [from, into] = term.args.as_slice() else {
        return term;
    };
    if into.path().is_some_and(|name| name.id == INTO_ITERATOR)
        && term.head == Head::Projection("Item".to_owned())
    {
        let iterator = Head::Path(Name::new(ITERATOR, "Iterator"));
        let iterator = Term::new(iterator, into.args.clone());
        return Term::new(term.head, vec![from.clone(), iterator]);
    }
    match into.args.as_slice() {
        [to] if into.path().is_some_and(|name| name.id == TRY_INTO) => {
            let try_from = Head::Path(Name::new(TRY_FROM, "TryFrom"));
            let try_from = Term::new(try_from, vec![from.clone()]);
            Term::new(term.head, vec![to.clone(), try_from])
        }
        _ => term,
    }
}

/// The auto traits whose loss is a break (cargo-semver-checks' list).
pub(super) const AUTO_TRAITS: [&str; 5] = [
    "std::marker::Send",
    "std::marker::Sync",
    "std::marker::Unpin",
    "std::panic::unwind_safe::UnwindSafe",
    "std::panic::unwind_safe::RefUnwindSafe",
];
