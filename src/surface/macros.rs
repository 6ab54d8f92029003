//! `macro_rules!`: is what an old arm accepts still accepted?

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use super::report::Difference;

/// A part of a matcher (the Rust reference, "Macros By Example").
#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Token(String),
    /// `$x:expr`: its kind.
    Fragment(String),
    Group(char, Vec<Piece>),
    /// `$(…),*`
    Repeat {
        pieces: Vec<Piece>,
        separator: Option<String>,
        operator: char,
    },
}

/// How often a repetition is unrolled.
const DEPTH: usize = 6;

/// The arms of `old` that no arm of `new` accepts. Arms that begin with `@` are the macro's own.
pub(super) fn compare_macros(old: &str, new: &str) -> Vec<Difference> {
    let (Some(before), Some(after)) = (arms(old), arms(new)) else {
        return Vec::new();
    };
    let internal =
        |arm: &(String, Vec<Piece>)| arm.1.first() == Some(&Piece::Token("@".to_owned()));
    // Several new arms may share what one old arm took.
    let accepted = |arm: &Vec<Piece>| {
        let by = |case: &[Piece]| after.iter().any(|(_, new)| covers(new, case, 0));
        by(arm) || cases(arm).iter().all(|case| by(case) || by(&turned(case)))
    };
    let lost = before
        .iter()
        .filter(|arm| !internal(arm) && !accepted(&arm.1));
    let lost = lost.map(|(text, _)| {
        let what = format!("no arm takes what `({text})` took");
        Difference::major("macro-arm-removed", what)
    });
    lost.collect()
}

fn arms(text: &str) -> Option<Vec<(String, Vec<Piece>)>> {
    let tokens: TokenStream = text.parse().ok()?;
    let body = tokens.into_iter().find_map(|token| match token {
        TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => Some(group.stream()),
        _ => None,
    })?;
    let mut arms = Vec::new();
    let mut at_start = true;
    for token in body {
        match token {
            TokenTree::Group(group) if at_start => {
                let text = group
                    .stream()
                    .to_string()
                    .replace("$ ", "$")
                    .replace(" :", ":");
                arms.push((text, pieces(group.stream())));
                at_start = false;
            }
            TokenTree::Punct(punct) if punct.as_char() == ';' => at_start = true,
            _ => {}
        }
    }
    Some(arms)
}

fn pieces(stream: TokenStream) -> Vec<Piece> {
    let mut tokens = stream.into_iter().peekable();
    let mut pieces = Vec::new();
    while let Some(token) = tokens.next() {
        pieces.push(match token {
            TokenTree::Punct(punct) if punct.as_char() == '$' => match tokens.next() {
                Some(TokenTree::Group(group)) => {
                    let mut separator = None;
                    let mut operator = '*';
                    for token in tokens.by_ref() {
                        match token.to_string().as_str() {
                            text @ ("*" | "+" | "?") => {
                                operator = text.chars().next().unwrap_or(operator);
                                break;
                            }
                            text => separator = Some(text.to_owned()),
                        }
                    }
                    Piece::Repeat {
                        pieces: self::pieces(group.stream()),
                        separator,
                        operator,
                    }
                }
                Some(_) => {
                    tokens.next(); // the colon
                    let kind = tokens.next().map(|token| token.to_string());
                    Piece::Fragment(kind.unwrap_or_default())
                }
                None => break,
            },
            TokenTree::Group(group) => {
                let delimiter = match group.delimiter() {
                    Delimiter::Parenthesis => '(',
                    Delimiter::Brace => '{',
                    Delimiter::Bracket => '[',
                    Delimiter::None => ' ',
                };
                Piece::Group(delimiter, self::pieces(group.stream()))
            }
            token => Piece::Token(token.to_string()),
        });
    }
    pieces
}

/// How many repetitions of an arm are taken apart, each into two cases.
const SPLITS: usize = 4;

/// An arm as cases that together take the same: `$(x),*` takes nothing, or `$(x),+`.
fn cases(arm: &[Piece]) -> Vec<Vec<Piece>> {
    let mut cases = vec![Vec::new()];
    for piece in arm {
        let mut options = vec![Some(piece.clone())];
        if let Piece::Repeat {
            pieces,
            separator,
            operator: '*',
        } = piece
            && cases.len() < 1 << SPLITS
        {
            let once = Piece::Repeat {
                pieces: pieces.clone(),
                separator: separator.clone(),
                operator: '+',
            };
            options = vec![Some(once), None];
        }
        let with = |case: &Vec<Piece>| {
            let extended = options.iter().map(|option| {
                let pieces = case.iter().chain(option);
                pieces.cloned().collect()
            });
            extended.collect::<Vec<Vec<Piece>>>()
        };
        cases = cases.iter().flat_map(with).collect();
    }
    cases
}

/// The same arm with `$(x),+ ,` for `$(x,)+`.
fn turned(arm: &[Piece]) -> Vec<Piece> {
    let turn = |piece: &Piece| match piece {
        Piece::Repeat {
            pieces,
            separator: None,
            operator: '+',
        } => match pieces.as_slice() {
            [inner @ .., Piece::Token(last)] if !inner.is_empty() => {
                let repeat = Piece::Repeat {
                    pieces: inner.to_vec(),
                    separator: Some(last.clone()),
                    operator: '+',
                };
                vec![repeat, Piece::Token(last.clone())]
            }
            _ => vec![piece.clone()],
        },
        piece => vec![piece.clone()],
    };
    arm.iter().flat_map(turn).collect()
}

/// Does all that matches `old` match `new`? Errs towards "no" where it is hard to say.
fn covers(new: &[Piece], old: &[Piece], depth: usize) -> bool {
    let Some((first, rest)) = new.split_first() else {
        return old.is_empty();
    };
    if let Some((old_first, old_rest)) = old.split_first()
        && piece_covers(first, old_first, depth)
        && covers(rest, old_rest, depth)
    {
        return true;
    }
    let Piece::Repeat {
        pieces,
        separator,
        operator,
    } = first
    else {
        return false;
    };
    let everything = |pieces: &[Piece]| matches!(pieces, [Piece::Fragment(kind)] if kind == "tt");
    if *operator != '?' && separator.is_none() && rest.is_empty() && everything(pieces) {
        return *operator == '*' || old.iter().any(is_needed);
    }
    if *operator != '+' && covers(rest, old, depth) {
        return true;
    }
    if depth >= DEPTH || old.is_empty() {
        return false;
    }
    let once: Vec<Piece> = pieces.iter().chain(rest).cloned().collect();
    if covers(&once, old, depth + 1) {
        return true;
    }
    let separator = separator.iter().cloned().map(Piece::Token);
    let again = pieces
        .iter()
        .cloned()
        .chain(separator)
        .chain(new.iter().cloned());
    *operator != '?' && covers(&again.collect::<Vec<_>>(), old, depth + 1)
}

/// Does it take at least one token?
fn is_needed(piece: &Piece) -> bool {
    match piece {
        Piece::Token(_) | Piece::Fragment(_) | Piece::Group(..) => true,
        Piece::Repeat { operator, .. } => *operator == '+',
    }
}

fn piece_covers(new: &Piece, old: &Piece, depth: usize) -> bool {
    match (new, old) {
        (Piece::Fragment(new), Piece::Fragment(old)) => fragment_covers(new, old),
        (Piece::Fragment(new), Piece::Token(_) | Piece::Group(..)) => new == "tt",
        (Piece::Group(a, new), Piece::Group(b, old)) => a == b && covers(new, old, depth),
        (
            Piece::Repeat {
                pieces: new,
                separator: a,
                operator,
            },
            Piece::Repeat {
                pieces: old,
                separator: b,
                operator: old_operator,
            },
        ) => {
            let wider = operator == old_operator || *operator == '*';
            wider && (a == b || *old_operator == '?') && covers(new, old, depth)
        }
        _ => new == old,
    }
}

fn fragment_covers(new: &str, old: &str) -> bool {
    new == old
        || match old {
            "ident" => matches!(new, "tt" | "expr" | "ty" | "path" | "pat" | "pat_param"),
            "literal" => matches!(new, "tt" | "expr" | "pat" | "pat_param"),
            "lifetime" => new == "tt",
            "path" => matches!(new, "ty" | "expr"),
            "pat_param" => new == "pat",
            "expr_2021" | "block" => new == "expr",
            _ => false,
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One arm each, old and new.
    fn check(old: &str, new: &str, accepted: bool) {
        let text = |arm: &str| format!("macro_rules! m {{\n    ({arm}) => {{ ... }};\n}}");
        let found = compare_macros(&text(old), &text(new));
        assert_eq!(found.is_empty(), accepted, "({old}) → ({new}): {found:?}");
    }

    #[test]
    fn arms_may_take_more() {
        check("$x:expr", "$x:expr", true);
        check("$x:literal", "$x:expr", true);
        check("$x:expr", "$x:literal", false);
        check("$x:expr", "$x:expr $(,)?", true);
        check("$x:expr", "$($x:expr),* $(,)?", true);
        check("$x:expr, $y:expr", "$($x:expr),+", true);
        check("$($x:expr,)+", "$($x:expr),+ $(,)?", true);
        check("$($x:expr,)*", "$($x:expr),* $(,)?", true);
        check("$($x:expr,)+", "$($x:expr,)+", true);
        check("$($x:expr,)*", "$($x:expr,)*", true);
        check("$($x:expr),* $(,)*", "$($x:expr),* $(,)?", false);
        check("$($x:expr),+", "$($x:expr),*", true);
        check("$($x:expr),*", "$($x:expr),+", false);
        check("a => $x:ident", "$($t:tt)*", true);
        check("$x:expr", "$x:expr, $y:expr", false);
        check("@own $x:expr", "$y:ty", true);
        check("a: $x:expr, $($k:tt = $v:expr),+", "$($t:tt)+", true);
        check("$($k:tt)*", "$($t:tt)+", false);
        check("[$x:expr]", "[$x:expr $(; $n:expr)?]", true);
    }
}
