//! What stands for a change in the code of who uses a library.
//!
//! Most changes are of an item, and its uses are what they touch. Some have no old item (a variant
//! or a field that is new, a function that impls must have now): other places stand for these.
//! Some leave no trace in the text at all, and only a build shows them.

/// Where to look for what a change touches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trace {
    /// Uses of the item; of a trait's item, also what impls have for it.
    Uses,
    /// Uses of what is in the item: of a module's items, an enum's variants, a trait's items.
    Parts,
    /// `match`es on the enum that have no arm for all else.
    Match,
    /// Literals of the struct or variant, and patterns without `..`.
    Literal,
    /// Impls of the trait.
    Impl,
    /// Fields of the type whose owner derives the trait that the type has lost.
    Derived,
    /// Calls of the macro that make the type.
    Made,
    /// Values that are copied, of a type that is not `Copy` any more.
    Moved,
    /// `#[derive(…)]`s of a derive by its name, and what they are for.
    Derives,
    /// The dependency's features in the manifest.
    Manifest,
    /// Nothing in the text: why.
    Nothing(&'static str),
}

use Trace::{Derived, Derives, Impl, Literal, Made, Manifest, Match, Moved, Nothing, Parts, Uses};

const BOUNDS: Trace =
    Nothing("which code relies on an impl of a trait is the compiler's to say, not the text's");
const LAYOUT: Trace = Nothing("it is about the layout in memory or the binary interface");
const NUMBER: Trace = Nothing("it is about the number that the variant stands for");
const OTHER_IMPLS: Trace =
    Nothing("whether an impl of yours overlaps with it is the compiler's to say");

/// The codes of the verdict's own changes that are not simply about the uses of an item.
const CHANGES: &[(&str, &[Trace])] = &[
    ("attribute-changed", &[LAYOUT]),
    ("auto-trait-lost", &[BOUNDS]),
    ("blanket-impl-added", &[OTHER_IMPLS]),
    ("enum-non-exhaustive-added", &[Match]),
    ("feature-disabled", &[Manifest]),
    ("feature-removed", &[Manifest]),
    ("field-added", &[Literal]),
    ("field-private", &[Uses, Literal]),
    ("impl-bounds-tightened", &[BOUNDS]),
    ("impl-removed", &[Derived, BOUNDS]),
    ("impl-type-changed", &[BOUNDS]),
    ("item-removed", &[Uses, Parts, Derives]),
    ("kind-changed", &[Uses, Parts]),
    ("made-copy-removed", &[Made, Derived, Moved]),
    ("made-impl-removed", &[Derived]),
    ("repr-changed", &[LAYOUT]),
    (
        "rust-version-raised",
        &[Nothing("it asks for a newer Rust, wherever it is used")],
    ),
    ("struct-non-exhaustive-added", &[Literal]),
    ("supertrait-added", &[Impl]),
    ("trait-default-removed", &[Impl]),
    ("trait-required-item-added", &[Impl]),
    ("trait-sealed", &[Impl]),
    ("trait-unsafe-changed", &[Impl]),
    ("type-generics-changed", &[Uses, Impl]),
    ("variant-added", &[Match]),
    ("variant-non-exhaustive-added", &[Literal]),
    ("variant-number-changed", &[NUMBER]),
    ("variant-removed", &[Uses, Parts]),
];

/// The same for lints of cargo-semver-checks: the first whose words are all in the lint's name.
const LINTS: &[(&[&str], &[Trace])] = &[
    (&["feature"], &[Manifest]),
    (&["repr"], &[LAYOUT]),
    (&["no_mangle"], &[LAYOUT]),
    (&["export_name"], &[LAYOUT]),
    (&["link_section"], &[LAYOUT]),
    (&["trait", "default_impl_removed"], &[Impl]),
    (&["auto_trait"], &[BOUNDS]),
    (&["impl_removed"], &[Derived, BOUNDS]),
    (&["adds_field"], &[Literal]),
    (&["struct_variant_field_added"], &[Literal]),
    (&["adds_private_field"], &[Literal]),
    (&["enum_marked_non_exhaustive"], &[Match]),
    (&["non_exhaustive"], &[Literal]),
    (&["enum_variant_added"], &[Match]),
    (&["trait_added"], &[Impl]),
    (&["trait", "_added"], &[Impl]),
    (&["trait_newly_sealed"], &[Impl]),
    (&["trait", "sealed"], &[Impl]),
    (&["trait_unsafe"], &[Impl]),
    (&["_missing"], &[Uses, Parts, Derives]),
];

/// What stands for a change with that code.
pub fn traces(code: &str) -> &'static [Trace] {
    let own = CHANGES.iter().find(|(known, _)| *known == code);
    let lint = || {
        let has_all = |words: &[&str]| words.iter().all(|word| code.contains(word));
        LINTS
            .iter()
            .find(|(words, _)| has_all(words))
            .map(|(_, traces)| *traces)
    };
    match own {
        Some((_, traces)) => traces,
        // Our own codes have dashes, those of lints underscores.
        None if code.contains('_') => lint().unwrap_or(&[Uses]),
        None => &[Uses],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lints_and_own_codes_that_mean_the_same_have_the_same_traces() {
        for (own, lint) in [
            ("variant-added", "enum_variant_added"),
            ("enum-non-exhaustive-added", "enum_marked_non_exhaustive"),
            (
                "struct-non-exhaustive-added",
                "struct_marked_non_exhaustive",
            ),
            ("field-added", "constructible_struct_adds_field"),
            ("item-removed", "trait_missing"),
            ("item-removed", "struct_missing"),
            ("trait-required-item-added", "trait_method_added"),
            ("trait-required-item-added", "trait_associated_const_added"),
            ("supertrait-added", "trait_added_supertrait"),
            ("trait-unsafe-changed", "trait_unsafe_added"),
            ("trait-sealed", "trait_newly_sealed"),
            ("trait-default-removed", "trait_method_default_impl_removed"),
            ("impl-removed", "derive_trait_impl_removed"),
            ("auto-trait-lost", "auto_trait_impl_removed"),
            (
                "parameter-count-changed",
                "function_parameter_count_changed",
            ),
            ("feature-removed", "feature_missing"),
            ("repr-changed", "repr_c_removed"),
        ] {
            assert_eq!(traces(own), traces(lint), "{own} {lint}");
        }
    }

    #[test]
    fn the_table_is_sorted() {
        assert!(CHANGES.is_sorted_by_key(|(code, _)| *code));
    }
}
