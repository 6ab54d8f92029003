//! What a change of generic parameters asks of the code that uses an item.

/// Which uses a change of the parameters touches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Arguments {
    /// Those with arguments of their own: `Parser<Input>`, `parse::<u8>`.
    Written,
    /// Those, and types that are written without any: one more has to be named now.
    Types,
    /// All: one more has to be inferred, and may not be.
    All,
}

/// Reads it from a change's message, which has both signatures in backticks around an arrow.
pub(super) fn touched_by(message: &str) -> Arguments {
    let mut sides = message.split("` → `");
    let (Some(before), Some(after)) = (sides.next(), sides.next()) else {
        return Arguments::All;
    };
    let before = before.rsplit('`').next().unwrap_or(before);
    let after = after.split('`').next().unwrap_or(after);
    let is_function = before.contains("fn ");
    let more = required(after) > required(before);
    match (more, is_function) {
        (false, _) => Arguments::Written,
        (true, true) => Arguments::All,
        (true, false) => Arguments::Types,
    }
}

/// How many types and constants have to be named or inferred: those without a default. Lifetimes
/// can be left out.
fn required(signature: &str) -> usize {
    let head = signature.split('(').next().unwrap_or(signature);
    let Some(start) = head.find('<') else {
        return 0;
    };
    let mut depth = 0_u32;
    let mut params = vec![String::new()];
    let mut last = ' ';
    for c in signature[start..].chars() {
        match c {
            '<' | '(' | '[' => depth += 1,
            // Not the arrow of `Fn() -> T`.
            '>' if last == '-' => {}
            '>' | ')' | ']' => depth -= 1,
            ',' if depth == 1 => params.push(String::new()),
            c => {
                if let Some(param) = params.last_mut() {
                    param.push(c);
                }
            }
        }
        last = c;
        if depth == 0 {
            break;
        }
    }
    let params = params.iter().map(|param| param.trim());
    params
        .filter(|param| !param.is_empty() && !param.starts_with('\'') && !param.contains('='))
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_must_be_named_or_inferred_is_counted() {
        let check =
            |message: &str, expected| assert_eq!(touched_by(message), expected, "{message}");
        check("generics: `struct A<S>` → `struct A`", Arguments::Written);
        check("generics: `struct A` → `struct A<'a>`", Arguments::Written);
        check(
            "generics: `struct A<T>` → `struct A<T, S = u8>`",
            Arguments::Written,
        );
        check(
            "generics: `struct A<T>` → `struct A<T, const N: usize>`",
            Arguments::Types,
        );
        check(
            "generics: `fn a<F: FnOnce(u8) -> Result<(), Error>>(f: F)` → `fn a<F: FnOnce(u8) -> Result<(), E>, E: From<Error>>(f: F)`",
            Arguments::All,
        );
        check(
            "generics: `fn a<R: Rng>(r: R) -> Vec<u8>` → `fn a(r: &mut impl Rng) -> Vec<u8>`",
            Arguments::Written,
        );
        check("generics changed", Arguments::All);
    }
}
