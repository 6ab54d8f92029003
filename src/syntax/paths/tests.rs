use std::collections::BTreeSet;

use super::{Anchor, Relocation, rewrite_paths};
use crate::syntax::edit::apply_edits;

/// Moves `crate::util::retry` to the root, drops `crate::log`, turns `crate::Map` into
/// `std::collections::BTreeMap` and the crate `shop` into `acme`.
fn check(input: &str, expected: &str) {
    let names = BTreeSet::from(["shop".to_owned()]);
    let edits = rewrite_paths(input, &names, &|path| {
        let segments: Vec<&str> = path.segments.iter().map(String::as_str).collect();
        match (&path.anchor, segments.as_slice()) {
            (Anchor::Crate, ["util", "retry", ..]) => Relocation::Prefix {
                segments: 2,
                with: "crate".into(),
            },
            (Anchor::Super(1), ["retry", ..]) => Relocation::Prefix {
                segments: 1,
                with: "crate".into(),
            },
            (Anchor::Crate, ["Map", ..]) => Relocation::Prefix {
                segments: 1,
                with: "std::collections::BTreeMap".into(),
            },
            (Anchor::Crate, ["log", ..]) if path.import => Relocation::Imports(vec![]),
            (Anchor::Extern(_), ["util", "retry", ..]) => Relocation::Prefix {
                segments: 2,
                with: "acme".into(),
            },
            _ => Relocation::Keep,
        }
    });
    assert_eq!(apply_edits(input, &edits.unwrap()), expected);
}

#[test]
fn paths_in_code_and_macros() {
    check(
        "fn f(a: crate::util::retry::A<crate::B>) {}",
        "fn f(a: crate::A<crate::B>) {}",
    );
    check(
        "x!(self::a, super::retry::b!())",
        "x!(self::a, crate::b!())",
    );
    check(
        "macro_rules! m { () => { $crate::util::retry::f() } }",
        "macro_rules! m { () => { $crate::f() } }",
    );
    check(
        "let m = crate::Map::<u8, u8>::new();",
        "let m = std::collections::BTreeMap::<u8, u8>::new();",
    );
    check(
        "a::crate_::b; self.x; pub(crate) fn",
        "a::crate_::b; self.x; pub(crate) fn",
    );
    check("let x = ::shop::util::retry::X;", "let x = acme::X;");
}

#[test]
fn imports_keep_their_form_where_they_can() {
    check(
        "use crate::util::retry::{A, b::{C, D}};",
        "use crate::{A, b::{C, D}};",
    );
    check("use crate::util::retry::*;", "use crate::*;");
    check("use crate::Map;", "use std::collections::BTreeMap as Map;");
    check(
        "use crate::Map as M;",
        "use std::collections::BTreeMap as M;",
    );
    check("use crate::util::retry;", "use crate as retry;");
    check(
        "use crate::util::retry::{self, A};",
        "use crate as retry;\nuse crate::A;",
    );
}

#[test]
fn imports_split_where_they_must() {
    check(
        "    #[cfg(test)]\n    pub use crate::{log::x, util::retry::A, other::B};",
        "    #[cfg(test)]\n    pub use crate::A;\n    #[cfg(test)]\n    pub use crate::other::B;",
    );
    check("use crate::log::x;", "");
}

#[test]
fn doc_comments_and_attribute_strings() {
    check(
        "/// See [`crate::util::retry::A`] and `shop::util::retry::b`.\nfn f() {}",
        "/// See [`crate::A`] and `acme::b`.\nfn f() {}",
    );
    check(
        r#"#[serde(with = "crate::util::retry::w")] a: u8"#,
        r#"#[serde(with = "crate::w")] a: u8"#,
    );
    check(
        r#"let x = "crate::util::retry::w";"#,
        r#"let x = "crate::util::retry::w";"#,
    );
}
