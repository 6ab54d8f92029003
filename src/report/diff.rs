//! Two signatures, and which words of each the other has not.

use serde::Serialize;

/// A run of a signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Run {
    pub(super) text: String,
    /// Has the other side it not?
    pub(super) changed: bool,
}

/// Both sides of a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Signatures {
    pub(super) before: Vec<Run>,
    pub(super) after: Vec<Run>,
}

/// Longer ones are compared as a whole: the comparison takes the product of both lengths.
const MOST_WORDS: usize = 400;

/// Compares two signatures word by word.
pub(super) fn compare(before: &str, after: &str) -> Signatures {
    let (old, new) = (words(before), words(after));
    if old.len() > MOST_WORDS || new.len() > MOST_WORDS {
        return Signatures {
            before: runs(&old, |_| false),
            after: runs(&new, |_| false),
        };
    }
    let (kept_old, kept_new) = common(&old, &new);
    Signatures {
        before: runs(&old, |at| !kept_old[at]),
        after: runs(&new, |at| !kept_new[at]),
    }
}

/// Names, numbers and lifetimes whole, all else by the character.
fn words(text: &str) -> Vec<&str> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut words = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = if is_word(first) {
            rest.find(|c| !is_word(c)).unwrap_or(rest.len())
        } else {
            first.len_utf8()
        };
        let (word, after) = rest.split_at(length);
        words.push(word);
        rest = after;
    }
    words
}

/// Which words of each side are in the longest sequence that both have.
fn common(old: &[&str], new: &[&str]) -> (Vec<bool>, Vec<bool>) {
    // `longest[i][j]`: of `old[i..]` and `new[j..]`.
    let mut longest = vec![vec![0_u16; new.len() + 1]; old.len() + 1];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            longest[i][j] = if old[i] == new[j] {
                longest[i + 1][j + 1] + 1
            } else {
                longest[i + 1][j].max(longest[i][j + 1])
            };
        }
    }
    let mut kept = (vec![false; old.len()], vec![false; new.len()]);
    let (mut i, mut j) = (0, 0);
    while i < old.len() && j < new.len() {
        if old[i] == new[j] {
            kept.0[i] = true;
            kept.1[j] = true;
            i += 1;
            j += 1;
        } else if longest[i + 1][j] >= longest[i][j + 1] {
            i += 1;
        } else {
            j += 1;
        }
    }
    kept
}

/// Neighbours that are marked alike as one; a blank between two that changed changed, too.
fn runs(words: &[&str], changed: impl Fn(usize) -> bool) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let between = *word == " " && at > 0 && changed(at - 1);
        let changed = changed(at) || between && at + 1 < words.len() && changed(at + 1);
        match runs.last_mut() {
            Some(run) if run.changed == changed => run.text.push_str(word),
            _ => runs.push(Run {
                text: (*word).to_owned(),
                changed,
            }),
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(before: &str, after: &str) -> (String, String) {
        let marked = |runs: &[Run]| {
            let marked = runs.iter().map(|run| {
                if run.changed {
                    format!("[{}]", run.text)
                } else {
                    run.text.clone()
                }
            });
            marked.collect::<String>()
        };
        let signatures = compare(before, after);
        (marked(&signatures.before), marked(&signatures.after))
    }

    #[test]
    fn words_that_only_one_side_has_are_marked() {
        let pair = check("fn f(a: u8) -> A", "fn f(a: u16) -> A");
        assert_eq!(
            pair,
            ("fn f(a: [u8]) -> A".into(), "fn f(a: [u16]) -> A".into())
        );
        let pair = check("fn f()", "fn f(a: &'a str)");
        assert_eq!(pair, ("fn f()".into(), "fn f([a: &'a str])".into()));
        assert_eq!(check("", "é"), (String::new(), "[é]".into()));
        let long = "x,".repeat(MOST_WORDS);
        assert_eq!(check(&long, "y"), (long.clone(), "y".into()));
    }
}
