//! What two sources say of one item becomes one change.

use crate::model::Change;

/// Lints that look at how a signature is written. Ours are compared by what they mean, so where
/// such a lint stands alone, what it found breaks nobody: `impl Trait` that became a parameter
/// with the same bound, `self: &S` in place of `&self`, a supertrait that another one implied.
/// The pairs in `tests/cases/semver` show it, with code that uses both sides.
const BY_THE_LETTER: [&str; 4] = [
    "function_requires_different_generic_type_params",
    "method_requires_different_generic_type_params",
    "method_receiver_type_changed",
    "trait_added_supertrait",
];

/// The signature changes and the lints' findings, where an item has both only the greater one:
/// the signature change of two that ask for the same, for it names what was there and what is.
/// What the one that goes knows of places, the other takes over.
pub(super) fn merge(signatures: Vec<Change>, lints: Vec<Change>) -> Vec<Change> {
    let mut merged = signatures;
    let mut rest = Vec::new();
    for lint in lints {
        let same = |change: &&mut Change| change.item == lint.item;
        let greatest = merged
            .iter_mut()
            .filter(same)
            .max_by_key(|change| change.bump);
        let by_the_letter = BY_THE_LETTER.contains(&lint.code.as_str());
        let Some(change) = greatest else {
            if !by_the_letter {
                rest.push(lint);
            }
            continue;
        };
        let before = change.before.clone().or_else(|| lint.before.clone());
        let after = change.after.clone().or_else(|| lint.after.clone());
        if lint.bump > change.bump && !by_the_letter {
            *change = lint;
        }
        change.before = before;
        change.after = after;
    }
    merged.extend(rest);
    merged
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Bump, Place};

    fn change(item: &str, code: &str, bump: Bump, line: u32) -> Change {
        Change {
            bump,
            code: code.to_owned(),
            item: item.to_owned(),
            message: String::new(),
            before: None,
            after: (line > 0).then(|| Place {
                file: "src/lib.rs".into(),
                line,
                column: 1,
            }),
        }
    }

    #[test]
    fn an_item_has_one_change_of_two_sources() {
        let signatures = vec![
            change("a::f", "parameter-type-changed", Bump::Major, 0),
            change("a::g", "attribute-changed", Bump::Minor, 0),
            change("a::h", "bound-added", Bump::Major, 0),
        ];
        let lints = vec![
            change("a::f", "function_parameter_count_changed", Bump::Major, 3),
            change("a::g", "function_missing", Bump::Major, 4),
            change("a::i", "struct_missing", Bump::Major, 5),
            change("a::j", "trait_added_supertrait", Bump::Major, 6),
        ];
        let merged = merge(signatures, lints);
        let lines: Vec<String> = merged
            .iter()
            .map(|c| {
                let line = c.after.as_ref().map_or(0, |place| place.line);
                format!("{} {} {line}", c.item, c.code)
            })
            .collect();
        assert_eq!(
            lines,
            [
                "a::f parameter-type-changed 3",
                "a::g function_missing 4",
                "a::h bound-added 0",
                "a::i struct_missing 5"
            ]
        );
    }
}
