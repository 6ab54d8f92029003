//! The tree of small crates, as their items and where these stand.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use camino::{Utf8Path, Utf8PathBuf};

use super::*;
use crate::model::ModulePath;
use crate::sys;
use crate::sys::scratch::Scratch;

/// Reads a crate of those files, the first one its root.
pub(super) fn tree(files: &[(&str, &str)]) -> SourceTree {
    let scratch = Scratch::new().unwrap();
    for (name, text) in files {
        sys::fs::write(&scratch.path().join(name), text).unwrap();
    }
    load_tree(scratch.path(), Utf8Path::new(files[0].0)).unwrap()
}

/// One line an item: kind, path, and what the marked ranges hold.
fn show(tree: &SourceTree) -> String {
    let mut shown = String::new();
    for item in &tree.items {
        let text = &tree.files[&item.file].text;
        let path = tree.item_path(item.id);
        let signature = text[item.signature.clone()].trim();
        writeln!(shown, "{:?} {path} | {signature}", item.kind).unwrap();
    }
    shown
}

#[test]
fn items_are_listed_with_their_signatures() {
    let source = r#"
/// Doc.
#[derive(Debug)]
pub(crate) struct Named<T> where T: Clone { pub a: T, b: Vec<T> }
struct Tuple(u8, pub(super) u16);
enum Kind { Unit = 1, Wrapped(#[doc = "x"] u8), Fields { x: u8 } }
impl<T: Clone> Named<T> { pub const fn new() -> Self { todo!() } const ONE: u8 = 1; }
impl Clone for Tuple { fn clone(&self) -> Self { Tuple(0, 0) } }
pub unsafe trait Speak: Clone { const N: usize = 1; type Out; fn say(&self); fn shout(&self) {} }
extern "C" { pub fn outside(x: u8) -> u8; }
#[macro_export] macro_rules! make { () => {} }
static S: &str = "s";
type Short = Vec<u8>;
const fn free() where u8: Copy {}
"#;
    let expected = "\
Struct crate::Named | pub(crate) struct Named<T> where T: Clone
Field crate::Named::a | pub a: T
Field crate::Named::b | b: Vec<T>
Struct crate::Tuple | struct Tuple
Field crate::Tuple::0 | u8
Field crate::Tuple::1 | pub(super) u16
Enum crate::Kind | enum Kind { Unit = 1, Wrapped(#[doc = \"x\"] u8), Fields { x: u8 } }
Variant crate::Kind::Unit | Unit = 1
Variant crate::Kind::Wrapped | Wrapped(#[doc = \"x\"] u8)
Field crate::Kind::Wrapped::0 | u8
Variant crate::Kind::Fields | Fields { x: u8 }
Field crate::Kind::Fields::x | x: u8
Impl crate::Named<T> | impl<T: Clone> Named<T>
Method crate::Named<T>::new | pub const fn new() -> Self
AssociatedConst crate::Named<T>::ONE | const ONE: u8
Impl crate::Tuple | impl Clone for Tuple
ImplItem crate::Tuple::clone | fn clone(&self) -> Self
Trait crate::Speak | pub unsafe trait Speak: Clone
TraitConst crate::Speak::N | const N: usize
TraitType crate::Speak::Out | type Out;
TraitFunction crate::Speak::say | fn say(&self)
TraitFunction crate::Speak::shout | fn shout(&self)
ForeignMod crate::extern | extern \"C\"
Function crate::outside | pub fn outside(x: u8) -> u8;
Macro crate::make | macro_rules!
Static crate::S | static S: &str
Type crate::Short | type Short = Vec<u8>;
Function crate::free | const fn free() where u8: Copy
";
    let tree = tree(&[("src/lib.rs", source)]);
    assert_eq!(show(&tree), expected);
    let named = &tree.items[0];
    assert_eq!(&source[named.mark_at..named.mark_at + 8], "/// Doc.");
    assert_eq!(named.attributes, ["derive"]);
    assert_eq!(&source[named.visibility.span.clone()], "pub(crate)");
    let header = tree.items[12].impl_header.clone().unwrap();
    assert_eq!(header.self_path, Some(vec!["Named".to_owned()]));
    assert_eq!(header.generics, ["T"]);
}

#[test]
fn items_in_macro_calls_are_read() {
    let source = "feature! { #![unix] pub fn a() {} mod m { fn b() {} } }
        impl S { when! { fn c() {} const D: u8 = 1; } }
        other! { not items, but => tokens }";
    let tree = tree(&[("lib.rs", source)]);
    let shown: Vec<String> = tree
        .items
        .iter()
        .map(|item| {
            format!(
                "{:?} {} {}",
                item.kind,
                tree.item_path(item.id),
                item.in_macro
            )
        })
        .collect();
    let expected = [
        "MacroCall crate::feature false",
        "Function crate::a true",
        "Module crate::m true",
        "Function crate::m::b true",
        "Impl crate::S false",
        "MacroCall crate::S::when false",
        "Method crate::S::c true",
        "AssociatedConst crate::S::D true",
        "MacroCall crate::other false",
    ];
    assert_eq!(shown, expected);
}

#[test]
fn offsets_are_those_of_the_file_on_disk() {
    for before in [
        "",
        "\u{feff}",
        "#!/usr/bin/env run\r\n",
        "\u{feff}#!/x\n",
        "#![allow(x)]\r\n",
    ] {
        let source = format!(
            "{before}// ö\r\n/// Döc\r\npub fn find() {{}}\r\nmod a {{\r\nfn b() {{}} }}\r\n"
        );
        let tree = tree(&[("lib.rs", &source)]);
        let text = &tree.files[Utf8Path::new("lib.rs")].text;
        assert_eq!(*text, source);
        let names: Vec<&str> = tree
            .items
            .iter()
            .map(|i| &text[i.name_span.clone()])
            .collect();
        assert_eq!(names, ["find", "a", "b"], "{before:?}");
        assert!(
            text[tree.items[0].mark_at..].starts_with("/// Döc"),
            "{before:?}"
        );
        let offset = text.find("fn b").unwrap();
        let at = |offset| {
            tree.module_of(Utf8Path::new("lib.rs"), offset)
                .unwrap()
                .to_string()
        };
        assert_eq!(at(offset), "crate::a");
        assert_eq!(at(tree.items[0].span.start), "crate");
    }
}

#[test]
fn the_innermost_item_is_found() {
    let source = "fn a() {}\nmod m {\n  struct S { x: u8, y: u8 }\n  impl S { fn f() {} }\n\n}\n";
    let tree = tree(&[("lib.rs", source)]);
    let check = |needle: &str, expected: Option<&str>| {
        let at = source.find(needle).unwrap();
        let found = tree.item_at(Utf8Path::new("lib.rs"), at);
        let found = found.map(|id| tree.item_path(id).to_string());
        assert_eq!(found.as_deref(), expected, "{needle:?}");
    };
    check("a()", Some("crate::a"));
    check("y: u8", Some("crate::m::S::y"));
    check("}\n  impl", Some("crate::m::S"));
    check("f()", Some("crate::m::S::f"));
    check("\n\n}", Some("crate::m"));
    check("\nmod", None);
}

#[test]
fn modules_are_found_in_their_files() {
    let tree = tree(&[
        (
            "src/lib.rs",
            "mod a; mod inline { mod deep; #[path = \"p.rs\"] mod p; } #[path = \"odd/x.rs\"] mod x;\
             #[cfg(test)] mod tests; mod gone; cfg_if::cfg_if! { if #[cfg(unix)] { mod u; } else { mod v; } }\
             #[cfg_attr(unix, path = \"un.rs\")] #[cfg_attr(windows, path = \"win.rs\")] mod sys;",
        ),
        ("src/a.rs", "pub mod b;"),
        ("src/a/b.rs", ""),
        ("src/inline/deep/mod.rs", "mod er;"),
        ("src/inline/deep/er.rs", ""),
        ("src/inline/p.rs", ""),
        ("src/odd/x.rs", "mod y; #[path = \"x.rs\"] mod itself;"),
        ("src/odd/y.rs", ""),
        ("src/tests.rs", "fn f() {}"),
        ("src/u.rs", ""),
        ("src/v.rs", "fn f(u8);"),
        ("src/un.rs", "fn un() {}"),
        ("src/win.rs", "fn win() {}"),
    ]);
    let files: BTreeMap<String, Vec<Utf8PathBuf>> = tree
        .modules
        .values()
        .map(|m| {
            (
                m.path.to_string(),
                m.bodies().map(|b| b.file.clone()).collect(),
            )
        })
        .collect();
    let expected: &[(&str, &[&str])] = &[
        ("crate", &["src/lib.rs"]),
        ("crate::a", &["src/a.rs"]),
        ("crate::a::b", &["src/a/b.rs"]),
        ("crate::inline", &["src/lib.rs"]),
        ("crate::inline::deep", &["src/inline/deep/mod.rs"]),
        ("crate::inline::deep::er", &["src/inline/deep/er.rs"]),
        ("crate::inline::p", &["src/inline/p.rs"]),
        ("crate::sys", &["src/un.rs", "src/win.rs"]),
        ("crate::tests", &["src/tests.rs"]),
        ("crate::u", &["src/u.rs"]),
        ("crate::v", &["src/v.rs"]),
        ("crate::x", &["src/odd/x.rs"]),
        ("crate::x::y", &["src/odd/y.rs"]),
    ];
    let expected: BTreeMap<String, Vec<Utf8PathBuf>> = expected
        .iter()
        .map(|(path, files)| ((*path).to_owned(), files.iter().map(Into::into).collect()))
        .collect();
    assert_eq!(files, expected);
    let missing: Vec<String> = tree.missing.iter().map(|m| m.module.to_string()).collect();
    assert_eq!(missing, ["crate::x::itself", "crate::gone"]);
    assert!(
        tree.find_module(&ModulePath::parse("tests"))
            .unwrap()
            .cfg_test
    );
    assert_eq!(tree.unparsed.len(), 1);
    assert_eq!(
        (tree.unparsed[0].file.as_str(), tree.unparsed[0].line),
        ("src/v.rs", 1)
    );
    let children: Vec<String> = tree
        .children(&ModulePath::parse("x"))
        .map(|m| m.path.to_string())
        .collect();
    assert_eq!(children, ["crate::x::y"]);
}

#[test]
fn a_file_that_does_not_parse_still_declares_its_modules() {
    let tree = tree(&[
        (
            "lib.rs",
            "trait Old { fn f(u8); }\npub mod a;\n#[path = \"z.rs\"] mod b;",
        ),
        ("a.rs", "fn inside() {}"),
        ("z.rs", ""),
    ]);
    let modules: Vec<String> = tree.modules.keys().map(ToString::to_string).collect();
    assert_eq!(modules, ["crate", "crate::a", "crate::b"]);
    assert!(tree.items.iter().any(|item| item.name == "inside"));
}

#[test]
fn imports_are_read() {
    let source = "pub use a::{self, b::*, c as d}; use ::e; extern crate f as g; extern crate self as me; use x as _; use self::z;";
    let tree = tree(&[("lib.rs", source)]);
    let mut shown = Vec::new();
    for import in &tree.modules[&ModulePath::root()].uses {
        for leaf in &import.leaves {
            let root = if import.absolute { "::" } else { "" };
            shown.push(format!("{root}{} as {}", leaf.path.join("::"), leaf.name));
        }
    }
    let expected = [
        "a as a",
        "a::b as *",
        "a::c as d",
        "::e as e",
        "::f as g",
        "crate as me",
        "x as _",
        "self::z as z",
    ];
    assert_eq!(shown, expected);
}

#[test]
fn near_names_are_offered() {
    let tree = tree(&[(
        "lib.rs",
        "mod util { mod retry {} mod queue {} } mod other {}",
    )]);
    let near = |text: &str| -> Vec<String> {
        let near = tree.near_modules(&ModulePath::parse(text));
        near.into_iter().map(ToString::to_string).collect()
    };
    assert_eq!(near("util::retyr"), ["crate::util::retry"]);
    assert_eq!(near("retry"), ["crate::util::retry"]);
    assert_eq!(near("nothing::like::it"), Vec::<String>::new());
}
