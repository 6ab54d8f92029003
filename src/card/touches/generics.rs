//! Which uses of an item a change of its generic parameters touches: mostly they are inferred or
//! left out, and only what is written out can be wrong.

use super::signature::{listed, name_of, parameters};
use crate::model::Change;

/// The uses that are touched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Arguments {
    /// All: one more has to be inferred, and may not be; or nothing is known.
    All,
    /// Those that write this argument, counted from 0 and without lifetimes.
    Written(usize),
    /// Those, and types that write none at all: one more has to be named.
    Types,
    /// Types that leave out this argument: its default is another one now.
    LeftOut(usize),
    /// Those that write lifetimes.
    Lifetimes,
    /// Headers of impls, where a lifetime cannot be left out (E0726).
    Headers,
}

/// What is written between the angle brackets after a path.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Written {
    pub(super) lifetimes: usize,
    pub(super) others: usize,
}

/// Which uses a change touches, of an item that is declared so: `pub struct Map<K, V>`.
pub(super) fn touched_by(change: &Change, declared: &str) -> Arguments {
    let message = change.message.as_str();
    let names = parameters(declared);
    let mut named = message.split('`').filter_map(|name| {
        let is_it = |param: &String| name_of(param) == name;
        names.iter().position(is_it)
    });
    let nth = named.next_back();
    match change.code.as_str() {
        "function-generics-changed" => of_function(message),
        "type-default-changed" | "type-default-removed" => {
            nth.map_or(Arguments::All, Arguments::LeftOut)
        }
        _ if message.starts_with("it had 0 lifetime parameters") => Arguments::Headers,
        _ if message.contains(" lifetime parameters") => Arguments::Lifetimes,
        _ if message.ends_with("was added") => Arguments::Types,
        _ => nth.map_or(Arguments::All, Arguments::Written),
    }
}

/// A message with both signatures in backticks around an arrow.
fn of_function(message: &str) -> Arguments {
    let mut sides = message.split("` → `");
    let (Some(before), Some(after)) = (sides.next(), sides.next()) else {
        return Arguments::All;
    };
    let before = before.rsplit('`').next().unwrap_or(before);
    let after = after.split('`').next().unwrap_or(after);
    if parameters(after).len() > parameters(before).len() {
        Arguments::All
    } else {
        Arguments::Written(0)
    }
}

/// What is written after a path that ends there: `<…>` or `::<…>`.
pub(super) fn written(rest: &str) -> Written {
    let rest = rest.trim_start();
    let rest = rest.strip_prefix("::").unwrap_or(rest).trim_start();
    if !rest.starts_with('<') || rest.starts_with("<=") || rest.starts_with("<<") {
        return Written::default();
    }
    let all = listed(rest);
    let lifetimes = all.iter().filter(|arg| arg.starts_with('\'')).count();
    Written {
        lifetimes,
        others: all.len() - lifetimes,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Bump;

    #[test]
    fn what_is_written_is_counted() {
        let check = |rest: &str, lifetimes, others| {
            assert_eq!(written(rest), Written { lifetimes, others }, "{rest}");
        };
        check("<'a, Vec<u8>, [u8; 2]> {", 1, 2);
        check("::<u32, _, _>(&pats)", 0, 3);
        check(" <T as Fn(u8, u8) -> u8>", 0, 1);
        check("(a, b)", 0, 0);
        check(" < 3", 0, 1);
        check(" <= 3", 0, 0);
        check("", 0, 0);
    }

    #[test]
    fn each_change_touches_what_it_can_break() {
        let check = |code: &str, declared: &str, message: &str, expected| {
            let change = Change {
                bump: Bump::Major,
                code: code.to_owned(),
                item: "acme::Map".to_owned(),
                message: message.to_owned(),
                before: None,
                after: None,
            };
            assert_eq!(touched_by(&change, declared), expected, "{message}");
        };
        let of_type = "type-generics-changed";
        let declared = "pub struct Map<'a, K: Into<Vec<u8>>, const N: usize, S = u8>";
        let removed = "the generic parameter `S` was removed";
        check(of_type, declared, removed, Arguments::Written(2));
        let another = "the generic parameter `N` is another one";
        check(of_type, declared, another, Arguments::Written(1));
        let added = "the generic parameter `V` was added";
        check(of_type, declared, added, Arguments::Types);
        let lifetimes = "it had 0 lifetime parameters, and has 1";
        check(of_type, "pub struct Map", lifetimes, Arguments::Headers);
        let lifetimes = "it had 1 lifetime parameters, and has 2";
        check(of_type, declared, lifetimes, Arguments::Lifetimes);
        let default = "the default of `S` was `u8`, is `u16`";
        check(
            "type-default-changed",
            declared,
            default,
            Arguments::LeftOut(2),
        );
        let of_function = "function-generics-changed";
        check(
            of_function,
            "",
            "generics: `fn a<F: FnOnce(u8) -> Result<(), Error>>(f: F)` → `fn a<F: FnOnce(u8) -> Result<(), E>, E: From<Error>>(f: F)`",
            Arguments::All,
        );
        check(
            of_function,
            "",
            "generics: `fn a<R: Rng>(r: R) -> Vec<u8>` → `fn a(r: &mut impl Rng) -> Vec<u8>`",
            Arguments::Written(0),
        );
    }
}
