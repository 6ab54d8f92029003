//! How copies came to differ: the words that only one has, and its lines against the other's.

use std::collections::BTreeMap;

use super::outline::Tokens;
use crate::syntax::TokenKind;

/// How an instance differs from the one at the start.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Drift {
    /// Names and literals that it has more of, in order.
    pub words_here: Vec<String>,
    /// Those that the start has more of.
    pub words_at_start: Vec<String>,
    /// So many lines only it has.
    pub lines_here: usize,
    /// So many only the start has.
    pub lines_at_start: usize,
    /// Those lines, the first [`SHOWN`] of them.
    pub lines: Vec<Line>,
}

/// So many lines of a drift are kept.
pub const SHOWN: usize = 20;

/// A line that only one of two instances has, without the white space around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// Only the start has it.
    AtStart(String),
    /// Only the other one has it.
    Here(String),
}

/// How `here` differs from `start`, by their texts.
pub(super) fn drift(start: &str, here: &str) -> Drift {
    let (words_at_start, words_here) = words(start, here);
    let lines = lines(&code_lines(start), &code_lines(here));
    let at_start = lines.iter().filter(|line| matches!(line, Line::AtStart(_)));
    let lines_at_start = at_start.count();
    Drift {
        words_here,
        words_at_start,
        lines_here: lines.len() - lines_at_start,
        lines_at_start,
        lines: lines.into_iter().take(SHOWN).collect(),
    }
}

/// The line of a byte, from 1.
pub(super) fn line_of(text: &str, byte: usize) -> usize {
    let before = text.get(..byte).unwrap_or(text);
    1 + before.matches('\n').count()
}

/// The names and literals that one text has more of than the other.
fn words(start: &str, here: &str) -> (Vec<String>, Vec<String>) {
    let mut more: BTreeMap<&str, i64> = BTreeMap::new();
    for (text, step) in [(start, -1), (here, 1)] {
        let Ok(tokens) = Tokens::new(text) else {
            continue;
        };
        for at in 0..tokens.len() {
            if matches!(tokens.kind(at), Some(TokenKind::Ident | TokenKind::Literal)) {
                *more.entry(tokens.text(at)).or_default() += step;
            }
        }
    }
    let with = |sign: i64| {
        let words = more.iter().filter(|(_, more)| **more * sign > 0);
        words.map(|(word, _)| (*word).to_owned()).collect()
    };
    (with(-1), with(1))
}

fn code_lines(text: &str) -> Vec<&str> {
    let lines = text.lines().map(str::trim);
    lines
        .filter(|line| !line.is_empty() && !line.starts_with("//"))
        .collect()
}

/// The lines that only one has, in the order of a shortest edit.
fn lines(start: &[&str], here: &[&str]) -> Vec<Line> {
    // common[a][b]: of start from a on and here from b on.
    let mut common = vec![vec![0_u32; here.len() + 1]; start.len() + 1];
    for a in (0..start.len()).rev() {
        for b in (0..here.len()).rev() {
            common[a][b] = if start[a] == here[b] {
                common[a + 1][b + 1] + 1
            } else {
                common[a + 1][b].max(common[a][b + 1])
            };
        }
    }
    let (mut a, mut b) = (0, 0);
    let mut found = Vec::new();
    while a < start.len() || b < here.len() {
        if a < start.len() && b < here.len() && start[a] == here[b] {
            (a, b) = (a + 1, b + 1);
        } else if a < start.len() && (b == here.len() || common[a + 1][b] >= common[a][b + 1]) {
            found.push(Line::AtStart(start[a].to_owned()));
            a += 1;
        } else {
            found.push(Line::Here(here[b].to_owned()));
            b += 1;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_lines_of_one_side_are_told() {
        let start = "fn f() {\n    // why\n    one();\n    two();\n}";
        let here = "fn f() {\n  one();\n\n  three(\"x\");\n  four();\n}";
        let found = drift(start, here);
        assert_eq!(found.words_at_start, ["two"]);
        assert_eq!(found.words_here, ["\"x\"", "four", "three"]);
        assert_eq!((found.lines_at_start, found.lines_here), (1, 2));
        let expected = [
            Line::AtStart("two();".to_owned()),
            Line::Here("three(\"x\");".to_owned()),
            Line::Here("four();".to_owned()),
        ];
        assert_eq!(found.lines, expected);
    }

    #[test]
    fn comments_and_indents_are_no_drift() {
        assert_eq!(
            drift("fn f() {\n  a();\n}", "fn f() {\n    a();\n    // b\n}"),
            Drift::default()
        );
    }
}
