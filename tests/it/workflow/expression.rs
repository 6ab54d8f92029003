//! Expressions of GitHub's workflows, as far as ours use them: what is not known is an error.

use std::collections::BTreeMap;

/// The values of names such as `github.ref_name`.
pub type Names = BTreeMap<String, String>;

/// A text with each `${{ … }}` evaluated.
pub fn fill(text: &str, names: &Names) -> Result<String, String> {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${{") {
        let (expression, after) = after
            .split_once("}}")
            .ok_or_else(|| format!("no end: {text}"))?;
        filled += before;
        filled += &evaluate(expression, names)?;
        rest = after;
    }
    Ok(filled + rest)
}

/// Is a condition true? It may stand without `${{ }}`.
pub fn holds(condition: &str, names: &Names) -> Result<bool, String> {
    let inner = condition.trim();
    let inner = inner
        .strip_prefix("${{")
        .and_then(|it| it.strip_suffix("}}"));
    match evaluate(inner.unwrap_or(condition), names)?.as_str() {
        "" | "false" | "0" => Ok(false),
        _ => Ok(true),
    }
}

/// `A`, `A == B` or `A != B`; each a name or a text in quotes.
fn evaluate(expression: &str, names: &Names) -> Result<String, String> {
    let words: Vec<&str> = expression.split_whitespace().collect();
    match words[..] {
        [one] => term(one, names),
        [a, operator @ ("==" | "!="), b] => {
            // GitHub compares texts without case.
            let same = term(a, names)?.eq_ignore_ascii_case(&term(b, names)?);
            Ok((same == (operator == "==")).to_string())
        }
        _ => Err(format!("an expression that is not known: `{expression}`")),
    }
}

fn term(word: &str, names: &Names) -> Result<String, String> {
    let quoted = word.strip_prefix('\'').and_then(|it| it.strip_suffix('\''));
    match (quoted, names.get(word)) {
        (Some(text), _) => Ok(text.to_owned()),
        (None, Some(value)) => Ok(value.clone()),
        (None, None) => Err(format!("a name that is not known: `{word}`")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Names {
        let names = [("github.ref_name", "v1"), ("steps.q.outputs.hit", "")];
        names.map(|(k, v)| (k.to_owned(), v.to_owned())).into()
    }

    #[test]
    fn names_and_comparisons_are_known() {
        let check = |text: &str, expect: &str| {
            assert_eq!(fill(text, &names()).as_deref(), Ok(expect));
        };
        check(
            "a ${{ github.ref_name }}-${{github.ref_name}} b",
            "a v1-v1 b",
        );
        check("${{ github.ref_name == 'V1' }}", "true");
        assert_eq!(holds("steps.q.outputs.hit != 'true'", &names()), Ok(true));
        assert_eq!(holds("steps.q.outputs.hit", &names()), Ok(false));
    }

    #[test]
    fn all_else_is_an_error() {
        for text in [
            "${{ github.nothing }}",
            "${{ a && b }}",
            "${{ f('x') }}",
            "${{ a",
            "${{ }}",
        ] {
            assert!(fill(text, &names()).is_err(), "{text}");
        }
    }
}
