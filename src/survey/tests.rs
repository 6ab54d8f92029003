//! Candidates of small crates, from their tokens.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use camino::Utf8Path;

use super::candidate::Candidate;
use super::closure::Closures;
use super::facts::{Facts, users_of};
use super::graph::Graph;
use super::monolith::Target;
use super::rank::rank;
use super::sets::selections;
use super::tally::tally;
use super::tokens::of_tokens;
use crate::references::NamedTree;
use crate::syntax::load_tree;
use crate::sys;
use crate::sys::scratch::Scratch;

/// The candidates of a workspace: each package is its name and its library's source.
fn candidates(packages: &[(&str, &str)]) -> Vec<Candidate> {
    let scratch = Scratch::new().unwrap();
    let mut trees = Vec::new();
    let mut targets: Vec<Target> = Vec::new();
    for (name, text) in packages {
        let file = format!("{name}/src/lib.rs");
        sys::fs::write(&scratch.path().join(&file), text).unwrap();
        let siblings: BTreeMap<String, usize> = targets
            .iter()
            .enumerate()
            .map(|(at, target)| (target.name.clone(), at))
            .collect();
        let mut externs: BTreeSet<String> = siblings.keys().cloned().collect();
        externs.extend(["serde".to_owned(), "tokio".to_owned()]);
        trees.push(NamedTree {
            package: (*name).to_owned(),
            tree: load_tree(scratch.path(), Utf8Path::new(&file)).unwrap(),
        });
        targets.push(Target {
            package: (*name).to_owned(),
            name: (*name).to_owned(),
            binary: (*name).to_owned(),
            library: true,
            proc_macro: false,
            externs,
            siblings,
            edition2015: false,
        });
    }
    let graph = Graph::new(
        &trees,
        &targets,
        &of_tokens(&trees.iter().collect::<Vec<_>>(), &targets, 0..trees.len()),
    );
    let tallies = tally(&graph, &trees, &targets);
    let facts = Facts {
        graph: &graph,
        trees: &trees,
        targets: &targets,
        tallies: &tallies,
        users: users_of(&graph),
        services: BTreeMap::new(),
    };
    let mut closures = Closures::new(&graph, 100);
    let worth = |id: usize| !facts.is_of_tests(id);
    let used_within = |part: &_, of: &_| facts.is_used_within(part, of);
    let selections = selections(&graph, &mut closures, &worth, &used_within);
    let mut all: Vec<Candidate> = selections
        .iter()
        .map(|selection| facts.candidate(&mut closures, selection))
        .collect();
    rank(&mut all, tallies.iter().map(|tally| tally.lines).sum());
    all
}

/// What stands in the way of a candidate, a line each.
fn obstacles(all: &[Candidate], name: &str) -> String {
    let mut shown = String::new();
    for it in &find(all, name).obstacles {
        let at: Vec<u32> = it.used_at.iter().map(|place| place.line).collect();
        let way = it.way_out;
        let (label, items) = (it.label(), it.items);
        writeln!(shown, "{label} items {items} used at {at:?} {way:?}").unwrap();
    }
    shown
}

fn find<'a>(all: &'a [Candidate], name: &str) -> &'a Candidate {
    all.iter()
        .find(|it| it.name() == name)
        .unwrap_or_else(|| panic!("no {name}"))
}

#[test]
fn what_is_used_outside_stands_in_the_way_with_what_it_brings() {
    let all = candidates(&[(
        "shop",
        "
        pub mod a {
            use crate::b::Used;
            pub struct Own(Used);
            impl std::fmt::Debug for Own { fn fmt(&self) { crate::helper() } }
            #[cfg(test)] mod tests { use crate::b::OnlyInTests; }
        }
        pub mod b {
            pub struct Used { part: Part }
            impl Used { pub fn new(other: Other) {} }
            struct Part;
            pub struct Other;
            pub struct OnlyInTests;
            pub struct Nobodys;
        }
        fn helper() {}
        ",
    )]);
    insta::assert_snapshot!(obstacles(&all, "crate::a"), @"
    struct crate::b::Used items 4 used at [3, 4] TakeAlong
    function crate::helper items 1 used at [5] TakeAlong
    ");
    let a = find(&all, "crate::a");
    assert_eq!((a.needs.items, a.needs.by_tests), (5, 1));
}

#[test]
fn impls_follow_the_orphan_rule() {
    let all = candidates(&[(
        "shop",
        "
        pub mod types { pub struct Id; }
        pub mod stays { pub trait Show { } impl Show for crate::types::Id {} pub struct Local; }
        mod methods { impl crate::types::Id { pub fn new() {} } }
        mod foreign { impl std::fmt::Display for crate::types::Id { } }
        mod legal { impl From<crate::stays::Local> for crate::types::Id { } }
        ",
    )]);
    // Inherent and foreign impls must come (E0116, E0117); one of a trait that stays, and one
    // with a type that stays, need not.
    insta::assert_snapshot!(obstacles(&all, "crate::types"), @"
    impl crate::types::Id items 1 used at [] TakeAlong
    impl std::fmt::Display for crate::types::Id items 1 used at [] TakeAlong
    ");
}

#[test]
fn an_impl_of_a_trait_that_stays_can_be_left() {
    let mut many = String::new();
    for n in 0..12 {
        let next = n + 1;
        writeln!(many, "pub struct T{n}(T{next});").unwrap();
    }
    let source = format!(
        "
        pub mod ids {{
            use crate::ui::Show;
            pub struct Id;
            impl Show for Id {{}}
        }}
        pub mod ui {{ pub trait Show {{ fn show(_: T0) {{}} }} {many} pub struct T12; }}
        "
    );
    let all = candidates(&[("shop", &source)]);
    insta::assert_snapshot!(obstacles(&all, "crate::ids"), @"trait crate::ui::Show items 14 used at [3, 5] Leave");
}

#[test]
fn what_needs_much_and_is_not_needed_back_can_depend_on_the_rest() {
    let mut many = String::new();
    for n in 0..12 {
        let next = n + 1;
        writeln!(many, "pub struct T{n}(T{next});").unwrap();
    }
    let source = |back: &str| {
        format!(
            "pub mod top {{ pub struct Top(crate::base::T0); }} pub mod base {{ {many} pub struct T12; {back} }}"
        )
    };
    let all = candidates(&[("shop", &source(""))]);
    assert_eq!(
        obstacles(&all, "crate::top").trim(),
        "struct crate::base::T0 items 13 used at [1] MakePublic"
    );
    let all = candidates(&[("shop", &source("fn back(_: crate::top::Top) {}"))]);
    assert_eq!(
        obstacles(&all, "crate::top").trim(),
        "struct crate::base::T0 items 13 used at [1] TurnRound"
    );
}

#[test]
fn modules_that_need_each_other_are_a_candidate_together() {
    let all = candidates(&[(
        "shop",
        "
        pub mod a { pub struct A(crate::b::B); }
        pub mod b { pub struct B; fn back(_: crate::a::A) {} }
        pub mod c { pub struct C(crate::a::A); }
        pub mod d { pub mod inner { pub struct D; } pub struct E(inner::D); }
        pub mod rest { pub mod one {} pub mod two {} pub mod three {} pub mod four {} pub mod five {} }
        ",
    )]);
    let names: BTreeSet<String> = all.iter().map(Candidate::name).collect();
    assert!(names.contains("crate::a + crate::b"), "{names:?}");
    assert!(
        names.contains("crate::a + crate::b + crate::c"),
        "{names:?}"
    );
    assert!(
        !names.iter().any(|name| name.contains("crate::d + ")),
        "{names:?}"
    );
    assert!(find(&all, "crate::a + crate::b").obstacles.is_empty());
}

#[test]
fn what_can_go_first_need_not_move_with_its_users() {
    let source = |other: &str| {
        format!(
            "
            pub mod log {{ pub fn line() {{}} }}
            pub mod client {{ pub fn get() {{ crate::log::line() }} }}
            pub mod server {{ pub fn serve() {{ {other} }} }}
            pub mod rest {{ pub mod one {{}} pub mod two {{}} pub mod three {{}} pub mod four {{}} }}
            "
        )
    };
    let names = |source: &str| -> BTreeSet<String> {
        let all = candidates(&[("shop", source)]);
        all.iter().map(Candidate::name).collect()
    };
    let set = "crate::client + crate::log";
    let own = names(&source(""));
    assert!(own.contains(set), "only the client uses it: {own:?}");
    let shared = names(&source("crate::log::line()"));
    assert!(!shared.contains(set), "{shared:?}");
    assert!(shared.contains("crate::log"), "{shared:?}");
}

#[test]
fn other_packages_are_named_and_nothing_of_them_comes_along() {
    let all = candidates(&[
        (
            "base",
            "pub mod ids { pub struct Id; } pub use ids::Id as Renamed;",
        ),
        (
            "shop",
            "pub mod orders { use base::Renamed; pub struct Order(Renamed, serde::Value); }",
        ),
    ]);
    let orders = find(&all, "crate::orders");
    assert_eq!(orders.needs.siblings, ["base"]);
    assert_eq!(orders.needs.externs, ["serde"]);
    assert_eq!(orders.needs.items, 0);
    let ids = find(&all, "crate::ids");
    assert_eq!(ids.users.modules, ["base", "shop::orders"]);
    assert_eq!(ids.users.packages, ["base", "shop"]);
}

#[test]
fn a_local_name_and_a_method_are_no_uses() {
    let all = candidates(&[(
        "shop",
        "
        pub mod a { pub fn run() {} pub struct S; macro_rules! run { () => {} } }
        pub mod b { fn f(x: u8) { let run = x; x.run(); } }
        pub mod c { fn f() { crate::a::run(); } }
        ",
    )]);
    assert_eq!(find(&all, "crate::a").users.modules, ["shop::c"]);
}

#[test]
fn what_tests_share_is_a_candidate_and_tests_are_none() {
    let source = "
        #[cfg(test)] pub mod mock { pub fn server() {} }
        pub mod a { #[cfg(test)] mod tests { #[test] fn works() { crate::mock::server(); } } }
        pub mod b { #[cfg(test)] mod tests { made! { fn helper() { crate::mock::server(); } } fn own() {} } }
        ";
    let all = candidates(&[("shop", source)]);
    let names: Vec<String> = all.iter().map(Candidate::name).collect();
    assert!(find(&all, "crate::mock").for_tests, "{names:?}");
    let tests = names.iter().any(|name| name.contains("tests"));
    assert!(!tests, "{names:?}");
}

#[test]
fn what_is_needed_lowers_the_score_and_what_uses_it_raises_it() {
    let body = "pub struct A; pub struct B; pub fn f(_: A) -> B { B }";
    let source = format!(
        "
        pub mod used {{ {body} }}
        pub mod needy {{ {body} fn need(_: crate::rest::R) {{}} }}
        pub mod unused {{ {body} }}
        pub mod rest {{ pub struct R; fn a(_: crate::used::A, _: crate::needy::A) {{}} }}
        pub mod more {{ fn a(_: crate::used::A, _: crate::needy::A) {{}} }}
        "
    );
    let all = candidates(&[("shop", &source)]);
    let score = |name: &str| find(&all, name).score;
    assert!(score("crate::used") > score("crate::needy"));
    assert!(score("crate::used") > score("crate::unused"));
    for it in &all {
        assert!(
            (0.0..=100.0).contains(&it.score),
            "{} {}",
            it.name(),
            it.score
        );
        assert!(
            it.parts.values().all(|part| (0.0..=1.0).contains(part)),
            "{:?}",
            it.parts
        );
    }
}
