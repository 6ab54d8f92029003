//! The reference map of small crates, with real cargo and rustc.

use camino::{Utf8Path, Utf8PathBuf};
use cargo_quarry::model::{ModulePath, Reference};
use cargo_quarry::references::{
    Boundary, FeatureSet, MapRequest, NamedTree, ReferenceError, ReferenceMap, build_map, partition,
};
use cargo_quarry::syntax::load_tree;

use crate::sandbox::{QUARRY, Sandbox};

const MANIFEST: &str = "[package]\nname = \"one\"\nversion = \"0.1.0\"\nedition = \"2024\"\n";

/// A project on disk and the trees of its targets.
struct Project {
    sandbox: Sandbox,
    trees: Vec<NamedTree>,
}

impl Project {
    /// Writes the files and reads the targets, each a package and its crate root file.
    fn new(files: &[(&str, &str)], targets: &[(&str, &str)]) -> Self {
        let sandbox = Sandbox::new();
        for (name, text) in files {
            sandbox.write(&format!("project/{name}"), text);
        }
        let root = Utf8PathBuf::from_path_buf(sandbox.path("project")).expect("UTF-8");
        let load = |(package, file): &(&str, &str)| NamedTree {
            package: (*package).to_owned(),
            tree: load_tree(&root, Utf8Path::new(file)).expect("a tree"),
        };
        let trees = targets.iter().map(load).collect();
        Self { sandbox, trees }
    }

    fn build(&self, feature_sets: &[FeatureSet]) -> Result<ReferenceMap, ReferenceError> {
        let utf8 = |name| Utf8PathBuf::from_path_buf(self.sandbox.path(name)).expect("UTF-8");
        let request = MapRequest {
            root: utf8("project"),
            manifest: "Cargo.toml".into(),
            selection: vec!["--workspace".to_owned()],
            targets: vec!["--all-targets".to_owned()],
            trees: &self.trees,
            feature_sets: feature_sets.to_vec(),
            target_dir: utf8("target"),
            keep_record: false,
            wrapper: Some(QUARRY.into()),
            packages: Vec::new(),
            cargo_args: vec!["--offline".to_owned()],
        };
        build_map(&request, &mut |_| {})
    }

    fn map(&self) -> ReferenceMap {
        let map = self.build(&[FeatureSet::Default]);
        map.unwrap_or_else(|error| panic!("{error}"))
    }

    /// The references, a line each: what is used, and where.
    fn lines(&self, map: &ReferenceMap) -> Vec<String> {
        let line = |reference: &Reference| {
            let marked = map.marked(reference);
            let tree = &self.trees[marked.tree];
            let path = tree.tree.item_path(marked.item);
            let name = map.inherited.get(reference);
            let name = name.map_or(String::new(), |name| format!(" as {name}"));
            let in_macro = if reference.in_macro {
                " in a macro"
            } else {
                ""
            };
            let package = &tree.package;
            format!("{package}: {path} @ {}{name}{in_macro}", reference.place)
        };
        let mut lines: Vec<String> = map.references.iter().map(line).collect();
        lines.sort();
        lines
    }

    fn check(&self, expected: &[&str]) -> ReferenceMap {
        let map = self.map();
        assert_eq!(self.lines(&map), expected);
        assert!(map.unmarked.is_empty(), "{:?}", map.unmarked);
        map
    }
}

#[test]
fn references_of_a_workspace_are_found_in_all_targets() {
    let project = Project::new(
        &[
            (
                "Cargo.toml",
                "[workspace]\nmembers = [\"one\", \"two\"]\nresolver = \"3\"\n",
            ),
            ("one/Cargo.toml", MANIFEST),
            (
                "one/src/lib.rs",
                "mod a;
pub mod inline {
    #[path = \"other.rs\"]
    pub mod moved;
}
pub use a::S as Renamed;
pub use inline::moved::*;
",
            ),
            (
                "one/src/a.rs",
                "/// Doc.
#[derive(Debug, Clone, Default)]
pub struct S { pub x: u8, y: (u8,) }
impl S {
    pub const ONE: u8 = 1;
    pub fn get(&self) -> u8 { self.x + self.y.0 }
}
pub trait Speak { fn say(&self) -> u8 { 0 } }
impl Speak for S { fn say(&self) -> u8 { self.get() } }
#[cfg(test)]
mod tests {
    use super::*;
    fn generic<T: Speak>(t: &T) -> u8 { t.say() }
    #[test]
    fn works() { assert_eq!(generic(&S::default()), 0); }
}
",
            ),
            ("one/src/inline/other.rs", "pub enum E { A, B(u8) }\n"),
            (
                "one/tests/outside.rs",
                "#[test]\nfn it() { let e = one::E::B(1); if let one::inline::moved::E::A = e {} }\n",
            ),
            (
                "two/Cargo.toml",
                "[package]\nname = \"two\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\
                 [dependencies]\none = { path = \"../one\" }\n",
            ),
            (
                "two/src/main.rs",
                "use one::Renamed;\nfn main() { println!(\"{}\", Renamed::default().x + Renamed::ONE); }\n",
            ),
        ],
        &[("one", "one/src/lib.rs"), ("two", "two/src/main.rs")],
    );
    // Of a path, rustc reports what it ends in: not the modules on the way, not a variant's enum.
    let map = project.check(&[
        "one: crate::a @ one/src/a.rs:12:9",
        "one: crate::a::S @ one/src/a.rs:15:38",
        "one: crate::a::S @ one/src/a.rs:4:6",
        "one: crate::a::S @ one/src/a.rs:9:16",
        "one: crate::a::S @ one/src/lib.rs:6:12",
        "one: crate::a::S @ two/src/main.rs:1:10",
        "one: crate::a::S @ two/src/main.rs:2:28",
        "one: crate::a::S @ two/src/main.rs:2:51",
        "one: crate::a::S::ONE @ two/src/main.rs:2:60",
        "one: crate::a::S::get @ one/src/a.rs:9:47",
        "one: crate::a::S::x @ one/src/a.rs:6:31",
        "one: crate::a::S::x @ two/src/main.rs:2:28",
        "one: crate::a::S::y @ one/src/a.rs:6:40",
        "one: crate::a::Speak @ one/src/a.rs:13:19",
        "one: crate::a::Speak @ one/src/a.rs:9:6",
        "one: crate::a::Speak::say @ one/src/a.rs:13:43",
        "one: crate::a::tests::generic @ one/src/a.rs:15:29",
        "one: crate::inline::moved @ one/src/lib.rs:7:17",
        "one: crate::inline::moved::E::A @ one/tests/outside.rs:2:63",
        "one: crate::inline::moved::E::B @ one/tests/outside.rs:2:27",
    ]);
    assert_eq!(map.failed_targets, []);
    let targets = map.checked.iter().map(|c| (c.target.as_str(), c.test));
    let targets: Vec<(&str, bool)> = targets.collect();
    let expected = [
        ("one", false),
        ("one", true),
        ("outside", true),
        ("two", false),
        ("two", true),
    ];
    assert_eq!(targets, expected);
}

#[test]
fn the_boundary_of_a_module_parts_the_references() {
    let project = Project::new(
        &[
            ("Cargo.toml", MANIFEST),
            (
                "src/lib.rs",
                "mod util { pub mod retry; pub fn sleep() {} }
pub struct Error { pub code: u8 }
pub fn run() -> Error { util::retry::retry() }
pub fn unrelated() { util::sleep() }
",
            ),
            (
                "src/util/retry.rs",
                "use crate::Error;
pub fn retry() -> Error { super::sleep(); let Error { code } = once(); Error { code } }
fn once() -> Error { Error { code: 1 } }
",
            ),
        ],
        &[("one", "src/lib.rs")],
    );
    let map = project.map();
    let boundary = Boundary {
        tree: 0,
        modules: vec![ModulePath::parse("util::retry")],
    };
    let trees = &project.trees;
    let parts = partition(
        &map,
        &|file, offset| boundary.holds_place(trees, file, offset),
        &|marked| boundary.holds_item(trees, marked),
    );
    let show = |references: Vec<&Reference>| -> Vec<String> {
        let shown = references.iter().map(|reference| {
            let item = trees[0].tree.item_path(map.marked(reference).item);
            format!("{item} @ {}", reference.place)
        });
        shown.collect()
    };
    assert_eq!(
        show(parts.entering),
        ["crate::util::retry::retry @ src/lib.rs:3:38"]
    );
    assert_eq!(
        show(parts.within),
        ["crate::util::retry::once @ src/util/retry.rs:2:64"]
    );
    let expected = [
        "crate::util::sleep @ src/util/retry.rs:2:34",
        "crate::Error @ src/util/retry.rs:1:12",
        "crate::Error @ src/util/retry.rs:2:19",
        "crate::Error @ src/util/retry.rs:2:47",
        "crate::Error @ src/util/retry.rs:2:72",
        "crate::Error @ src/util/retry.rs:3:14",
        "crate::Error @ src/util/retry.rs:3:22",
        "crate::Error::code @ src/util/retry.rs:2:55",
        "crate::Error::code @ src/util/retry.rs:2:80",
        "crate::Error::code @ src/util/retry.rs:3:30",
    ];
    assert_eq!(show(parts.leaving), expected);
}

#[test]
fn lints_byte_order_marks_and_line_endings_do_not_matter() {
    let project = Project::new(
        &[
            (
                "Cargo.toml",
                &format!("{MANIFEST}[lints.rust]\ndeprecated = \"deny\"\nwarnings = \"deny\"\n"),
            ),
            (
                ".cargo/config.toml",
                "[build]\nrustflags = [\"-Dwarnings\"]\n",
            ),
            (
                "src/lib.rs",
                "\u{feff}#![forbid(deprecated)]\r\n#![deny(warnings)]\r\n//! Dö\r\nmod a;\r\nfn unused() { let ö = 1; /* ö */ a::old(); a::new() }\r\n",
            ),
            (
                "src/a.rs",
                "/// Old.\r\n#[deprecated(\r\n  since = \"1\",\r\n  note = \"use new\"\r\n)]\r\npub fn old() { new() }\r\npub fn new() {}\r\n",
            ),
        ],
        &[("one", "src/lib.rs")],
    );
    let map = project.check(&[
        "one: crate::a::new @ src/a.rs:6:16",
        "one: crate::a::new @ src/lib.rs:5:47",
        "one: crate::a::old @ src/lib.rs:5:37",
    ]);
    for reference in &map.references {
        let text = &project.trees[0].tree.files[&reference.span.file].text;
        let item = project.trees[0].tree.item(map.marked(reference).item);
        assert_eq!(text[reference.span.start..reference.span.end], item.name);
    }
}

#[test]
fn what_macros_use_and_make_is_found_where_they_are_called() {
    let project = Project::new(
        &[
            ("Cargo.toml", MANIFEST),
            (
                "src/lib.rs",
                "#[macro_use] mod macros;
mod made;
make!(at_root);
fn f() -> u8 {
    call!(made::plain(1));
    let inline = made::plain(2);
    println!(\"{} {inline}\", made::plain(3));
    made::by_macro();
    at_root();
    made::inner::in_call()
}
",
            ),
            (
                "src/macros.rs",
                "macro_rules! call { ($e:expr) => { { $crate::made::hidden(); $e } } }
macro_rules! make { ($n:ident) => { pub fn $n() {} } }
macro_rules! pass { ($($i:item)*) => { $($i)* } }
",
            ),
            (
                "src/made.rs",
                "pub fn plain(x: u8) -> u8 { x }
pub fn hidden() {}
make!(by_macro);
pass! { pub mod inner { pub fn in_call() -> u8 { super::plain(4) } } }
",
            ),
        ],
        &[("one", "src/lib.rs")],
    );
    let map = project.check(&[
        "one: crate::macros::call @ src/lib.rs:5:5",
        "one: crate::macros::make @ src/lib.rs:3:1",
        "one: crate::macros::make @ src/made.rs:3:1",
        "one: crate::macros::pass @ src/made.rs:4:1",
        "one: crate::made @ src/lib.rs:8:11 as function `made::by_macro`",
        "one: crate::made::hidden @ src/lib.rs:5:5 in a macro",
        "one: crate::made::inner::in_call @ src/lib.rs:10:18",
        "one: crate::made::plain @ src/lib.rs:5:17",
        "one: crate::made::plain @ src/lib.rs:6:24",
        "one: crate::made::plain @ src/lib.rs:7:35",
        "one: crate::made::plain @ src/made.rs:4:57",
    ]);
    let made: Vec<String> = map
        .made_in_root
        .iter()
        .map(|made| format!("{} @ {}", made.name, made.place))
        .collect();
    assert_eq!(made, ["function `at_root` @ src/lib.rs:9:5"]);
}

/// A second `#[deprecated]` would be an error, at every item of the module.
#[test]
fn a_module_that_is_deprecated_in_its_body_keeps_that() {
    let project = Project::new(
        &[
            ("Cargo.toml", MANIFEST),
            ("src/lib.rs", "pub mod old;\npub fn f() { old::g() }\n"),
            (
                "src/old.rs",
                "#![deprecated(note = \"use the new one\")]\npub fn g() {}\n",
            ),
        ],
        &[("one", "src/lib.rs")],
    );
    project.check(&["one: crate::old::g @ src/lib.rs:2:19"]);
}

#[test]
fn marks_that_break_a_macro_are_dropped_and_named() {
    let project = Project::new(
        &[
            ("Cargo.toml", MANIFEST),
            (
                "src/lib.rs",
                "macro_rules! strict { ($(fn $n:ident() {})*) => { $(fn $n() {})* } }
strict! { fn a() {} fn b() {} }
mod m { pub fn c() {} }
fn d() { a(); b(); m::c() }
",
            ),
        ],
        &[("one", "src/lib.rs")],
    );
    let map = project.map();
    assert_eq!(
        project.lines(&map),
        [
            "one: crate::m::c @ src/lib.rs:4:23",
            "one: crate::strict @ src/lib.rs:2:1"
        ]
    );
    let unmarked = map.unmarked.iter().map(|unmarked| {
        let marked = map.items[unmarked.item as usize];
        let path = project.trees[0].tree.item_path(marked.item);
        format!("{path}: {}", unmarked.why)
    });
    let expected = [
        "crate::a: no rules expected `#`",
        "crate::b: no rules expected `#`",
    ];
    assert_eq!(unmarked.collect::<Vec<_>>(), expected);
    assert_eq!(
        project.sandbox.read("project/src/lib.rs"),
        project.trees[0].tree.files[Utf8Path::new("src/lib.rs")].text
    );
}

#[test]
fn a_project_that_does_not_build_is_told_apart_from_a_part_of_it() {
    let files = [
        (
            "Cargo.toml",
            &*format!("{MANIFEST}[features]\nbroken = []\n"),
        ),
        (
            "src/lib.rs",
            "pub fn a() {}\n#[cfg(feature = \"broken\")]\nfn b() -> u8 { \"\" }\n",
        ),
        ("tests/good.rs", "#[test]\nfn t() { one::a() }\n"),
        (
            "tests/bad.rs",
            "#[test]\nfn t() { one::nothing(); one::a() }\n",
        ),
    ];
    let project = Project::new(&files, &[("one", "src/lib.rs")]);
    let map = project
        .build(&[FeatureSet::Default, FeatureSet::All])
        .unwrap();
    assert_eq!(
        project.lines(&map),
        [
            "one: crate::a @ tests/bad.rs:2:31",
            "one: crate::a @ tests/good.rs:2:15"
        ]
    );
    let failed: Vec<&str> = map
        .failed_targets
        .iter()
        .map(|f| f.target.as_str())
        .collect();
    assert_eq!(failed, ["bad"]);
    assert_eq!(map.failed_features.len(), 1);
    assert_eq!(map.failed_features[0].features, FeatureSet::All);

    let broken = project.build(&[FeatureSet::List(vec!["broken".to_owned()])]);
    let error = broken.unwrap_err().to_string();
    let says = error.starts_with("the project does not build with features broken:\n");
    assert!(says && error.contains("src/lib.rs:3:16"), "{error}");
}
