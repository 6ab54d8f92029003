//! What a path means, by syntax alone: modules, items, imports, re-exports.
//!
//! For what rustc's marks cannot say: which names a module re-exports, and what they stand for.
//! Visibility, `cfg`s and the names that macros make are not looked at, and names in functions
//! (locals, generics) are unknown here.

use std::collections::{BTreeMap, BTreeSet};

use super::{Item, ItemId, ItemKind, Module, SourceTree, Use, UseLeaf};
use crate::model::ModulePath;

/// What a path means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resolution {
    /// Items of that name, one for each namespace (type, value, macro) and `cfg`; a module among
    /// them is its declaration. Sorted.
    Items(Vec<ItemId>),
    /// A module and nothing else.
    Module(ModulePath),
    /// Something of another crate: the path from that crate's name.
    External(Vec<String>),
    /// No such name is known.
    Unknown,
}

/// Crates that every crate can name.
const STANDARD: [&str; 4] = ["alloc", "core", "proc_macro", "std"];

/// Resolves a path as it stands in the code of `from`. `externs` are the crates in the extern
/// prelude, as identifiers.
pub fn resolve(
    tree: &SourceTree,
    from: &ModulePath,
    path: &[&str],
    externs: &BTreeSet<String>,
    edition2015: bool,
) -> Resolution {
    Resolver::new(tree, externs, edition2015).resolve(from, path)
}

/// Answers many questions about one target, and remembers the names it looked up.
pub struct Resolver<'a> {
    names: Names<'a>,
}

impl<'a> Resolver<'a> {
    /// `externs` are the crates in the extern prelude, as identifiers.
    pub fn new(tree: &'a SourceTree, externs: &'a BTreeSet<String>, edition2015: bool) -> Self {
        let names = Names::new(tree, externs, edition2015);
        Self { names }
    }

    /// Resolves a path as it stands in the code of `from`.
    pub fn resolve(&mut self, from: &ModulePath, path: &[&str]) -> Resolution {
        let mut found = self.meanings(from, path);
        if found.is_empty()
            && let [name] = path
        {
            found = self.names.textual_macro(from, name);
        }
        self.names.resolution(found)
    }

    /// The same for a path that is no macro's: what is found by its textual scope is left out.
    pub fn resolve_no_macro(&mut self, from: &ModulePath, path: &[&str]) -> Resolution {
        let found = self.meanings(from, path);
        self.names.resolution(found)
    }

    fn meanings(&mut self, from: &ModulePath, path: &[&str]) -> Meanings {
        let names = &mut self.names;
        let found = names.path(from, path, Start::Module);
        if found.is_empty() && names.edition2015 {
            return names.path(from, path, Start::Root);
        }
        found
    }
}

/// Resolves what an import of the module `from` binds; for a glob, what it takes its names from.
pub fn resolve_use(
    tree: &SourceTree,
    from: &ModulePath,
    import: &Use,
    leaf: &UseLeaf,
    externs: &BTreeSet<String>,
    edition2015: bool,
) -> Resolution {
    let mut names = Names::new(tree, externs, edition2015);
    let found = names.leaf(from, import, leaf);
    names.resolution(found)
}

/// One meaning of a name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Meaning {
    Item(ItemId),
    Module(ModulePath),
    External(Vec<String>),
}

type Meanings = BTreeSet<Meaning>;

/// Where a path that does not begin with `crate`, `self` or `super` begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Start {
    /// In the module, then in the extern prelude.
    Module,
    /// In the crate's root, then in the extern prelude: imports and `::` paths of 2015.
    Root,
    /// In the extern prelude: `::` paths since 2018.
    Externs,
}

/// One question, with the names looked up so far: imports may lead in circles.
struct Names<'a> {
    tree: &'a SourceTree,
    externs: &'a BTreeSet<String>,
    edition2015: bool,
    known: BTreeMap<(ModulePath, String), Meanings>,
    /// The names that `extern crate … as …` binds in the root, once they were asked for.
    aliases: Option<BTreeSet<&'a str>>,
}

impl<'a> Names<'a> {
    fn new(tree: &'a SourceTree, externs: &'a BTreeSet<String>, edition2015: bool) -> Self {
        Self {
            tree,
            externs,
            edition2015,
            known: BTreeMap::new(),
            aliases: None,
        }
    }

    fn path(&mut self, from: &ModulePath, path: &[&str], start: Start) -> Meanings {
        let Some((first, rest)) = path.split_first() else {
            return Meanings::new();
        };
        let mut found = match *first {
            "crate" | "$crate" => Meanings::from([Meaning::Module(ModulePath::root())]),
            "self" => Meanings::from([Meaning::Module(from.clone())]),
            "super" => from.parent().map(Meaning::Module).into_iter().collect(),
            name => {
                let mut found = match start {
                    Start::Module => self.name(from, name),
                    Start::Root => self.name(&ModulePath::root(), name),
                    Start::Externs => Meanings::new(),
                };
                if found.is_empty() {
                    found = self.extern_crate(name);
                }
                found
            }
        };
        for segment in rest {
            found = found
                .iter()
                .flat_map(|meaning| self.inside(meaning, segment))
                .collect();
        }
        found
    }

    fn leaf(&mut self, from: &ModulePath, import: &Use, leaf: &UseLeaf) -> Meanings {
        let start = match (self.edition2015, import.absolute) {
            (true, _) => Start::Root,
            (false, true) => Start::Externs,
            (false, false) => Start::Module,
        };
        let path: Vec<&str> = leaf.path.iter().map(String::as_str).collect();
        // `use ::*` and `use *` of 2015 take the root's names.
        if path.is_empty() {
            return Meanings::from([Meaning::Module(ModulePath::root())]);
        }
        self.path(from, &path, start)
    }

    /// A crate of the extern prelude, to which `extern crate a as b;` in the root adds `b`.
    fn extern_crate(&mut self, name: &str) -> Meanings {
        if self.externs.contains(name) || STANDARD.contains(&name) {
            return Meanings::from([Meaning::External(vec![name.to_owned()])]);
        }
        let tree = self.tree;
        let aliases = self.aliases.get_or_insert_with(|| {
            let items = tree.items.iter();
            items
                .filter(|item| item.kind == ItemKind::ExternCrate && item.module.is_root())
                .map(|item| item.name.as_str())
                .collect()
        });
        if aliases.contains(name) {
            return self.name(&ModulePath::root(), name);
        }
        Meanings::new()
    }

    /// What `segment` means inside of something.
    fn inside(&mut self, outer: &Meaning, segment: &str) -> Meanings {
        match outer {
            Meaning::Module(module) => match segment {
                "self" => Meanings::from([outer.clone()]),
                "super" => module.parent().map(Meaning::Module).into_iter().collect(),
                name => self.name(module, name),
            },
            Meaning::Item(id) => {
                let item = self.tree.item(*id);
                let holds_names = matches!(item.kind, ItemKind::Enum | ItemKind::Trait);
                let members = item.members.iter().filter(|_| holds_names);
                members
                    .filter(|id| self.tree.item(**id).name == segment)
                    .map(|id| Meaning::Item(*id))
                    .collect()
            }
            Meaning::External(path) => {
                let path = path.iter().cloned().chain([segment.to_owned()]);
                Meanings::from([Meaning::External(path.collect())])
            }
        }
    }

    /// What a name means in a module: what it declares, then what it imports by name, then what
    /// its globs bring.
    fn name(&mut self, module: &ModulePath, name: &str) -> Meanings {
        let question = (module.clone(), name.to_owned());
        if let Some(known) = self.known.get(&question) {
            return known.clone();
        }
        let tree = self.tree;
        let mut found = self.declared(module, name);
        // The answer if the question comes back while it is being answered: `use a::a` beside
        // `mod a` does that.
        self.known.insert(question.clone(), found.clone());
        let bodies = || {
            tree.find_module(module)
                .into_iter()
                .flat_map(Module::bodies)
        };
        let uses = || bodies().flat_map(|body| &body.uses);
        let leaves = || uses().flat_map(|import| import.leaves.iter().map(move |l| (import, l)));
        for (import, leaf) in leaves().filter(|(_, leaf)| leaf.name == name && !leaf.glob) {
            found.extend(self.leaf(module, import, leaf));
        }
        // A module hides what a glob brings only among types and modules: `mod vec2;` does not
        // hide the function `vec2` of `pub use vec2::*`.
        if found.iter().all(|it| matches!(it, Meaning::Module(_))) {
            let hides = !found.is_empty();
            for (import, leaf) in leaves().filter(|(_, leaf)| leaf.glob) {
                for outer in self.leaf(module, import, leaf) {
                    // What another crate holds is not known here.
                    if !matches!(outer, Meaning::External(_)) {
                        let inner = self.inside(&outer, name).into_iter();
                        found.extend(inner.filter(|it| !hides || self.is_value(it)));
                    }
                }
            }
        }
        self.known.insert(question, found.clone());
        found
    }

    /// Is it of the namespaces of values or macros?
    fn is_value(&self, meaning: &Meaning) -> bool {
        let Meaning::Item(id) = meaning else {
            return false;
        };
        matches!(
            self.tree.item(*id).kind,
            ItemKind::Function | ItemKind::Const | ItemKind::Static | ItemKind::Macro
        )
    }

    fn declared(&self, module: &ModulePath, name: &str) -> Meanings {
        let tree = self.tree;
        let mut found = Meanings::new();
        let path = module.join(name);
        if tree.find_module(&path).is_some() {
            found.insert(Meaning::Module(path));
        }
        let bodies = tree
            .find_module(module)
            .into_iter()
            .flat_map(Module::bodies);
        for id in bodies.flat_map(|body| &body.items) {
            let item = tree.item(*id);
            match item.kind {
                ItemKind::Function
                | ItemKind::Struct
                | ItemKind::Enum
                | ItemKind::Union
                | ItemKind::Const
                | ItemKind::Static
                | ItemKind::Type
                | ItemKind::Trait
                    if item.name == name =>
                {
                    found.insert(Meaning::Item(*id));
                }
                ItemKind::ForeignMod => {
                    let named = item
                        .members
                        .iter()
                        .filter(|id| tree.item(**id).name == name);
                    found.extend(named.map(|id| Meaning::Item(*id)));
                }
                _ => {}
            }
        }
        if module.is_root() {
            let exported = |item: &&Item| {
                item.kind == ItemKind::Macro
                    && item.name == name
                    && item.attributes.iter().any(|a| a == "macro_export")
            };
            let exported = tree.items.iter().filter(exported);
            found.extend(exported.map(|item| Meaning::Item(item.id)));
        }
        found.extend(self.macro_for_import(module, name));
        found
    }

    /// `pub(crate) use name;` beside a `macro_rules! name` imports it by its textual scope.
    fn macro_for_import(&self, module: &ModulePath, name: &str) -> Option<Meaning> {
        let bodies = self.tree.find_module(module)?.bodies();
        let mut leaves = bodies.clone().flat_map(|b| &b.uses).flat_map(|u| &u.leaves);
        leaves.find(|leaf| matches!(leaf.path.as_slice(), [only] if only == name))?;
        bodies
            .flat_map(|body| &body.items)
            .map(|id| self.tree.item(*id))
            .find(|item| item.kind == ItemKind::Macro && item.name == name)
            .map(|item| Meaning::Item(item.id))
    }

    /// `macro_rules!` are seen below the module that defines them, and past it by `macro_use`:
    /// the nearest one around `from`, else any one of that name.
    fn textual_macro(&self, from: &ModulePath, name: &str) -> Meanings {
        let named = |item: &&Item| item.kind == ItemKind::Macro && item.name == name;
        let named: Vec<&Item> = self.tree.items.iter().filter(named).collect();
        let around = named.iter().filter(|item| from.is_within(&item.module));
        let nearest = around.max_by_key(|item| item.module.segments().len());
        let chosen = nearest.map_or(named.as_slice(), std::slice::from_ref);
        chosen.iter().map(|item| Meaning::Item(item.id)).collect()
    }

    fn resolution(&self, found: Meanings) -> Resolution {
        let mut items = BTreeSet::new();
        let mut modules = Vec::new();
        let mut external = None;
        for meaning in found {
            match meaning {
                Meaning::Item(id) => {
                    items.insert(id);
                }
                Meaning::Module(path) => modules.push(path),
                Meaning::External(path) => external = external.or(Some(path)),
            }
        }
        if items.is_empty() {
            let module = modules.into_iter().next().map(Resolution::Module);
            return module
                .or(external.map(Resolution::External))
                .unwrap_or(Resolution::Unknown);
        }
        let declared = modules.iter().filter_map(|path| {
            let module = self.tree.find_module(path)?;
            Some(module.declaration.as_ref()?.item)
        });
        items.extend(declared);
        Resolution::Items(items.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::tree;
    use super::*;

    fn shown(tree: &SourceTree, from: &str, path: &str, edition2015: bool) -> String {
        let externs = BTreeSet::from(["serde".to_owned()]);
        let path: Vec<&str> = path.split("::").collect();
        match resolve(tree, &ModulePath::parse(from), &path, &externs, edition2015) {
            Resolution::Items(ids) => {
                let paths = ids.iter().map(|id| tree.item_path(*id).to_string());
                paths.collect::<Vec<_>>().join(" + ")
            }
            Resolution::Module(path) => format!("mod {path}"),
            Resolution::External(path) => format!("extern {}", path.join("::")),
            Resolution::Unknown => "?".to_owned(),
        }
    }

    #[test]
    fn names_of_2018() {
        let source = "
            extern crate alloc as heap;
            pub mod a { pub struct S; pub fn f() {} pub mod f { pub fn g() {} } pub enum E { V, W }
                pub use self::E::*; pub use super::b::*; use serde::Serialize; pub trait T { fn m(); } }
            pub mod b { pub use crate::a::{S as Renamed, f, E as Kind}; pub use super::a::*; pub fn only_b() {}
                extern \"C\" { pub fn outside(); } }
            pub use a::S;
            mod c { #[macro_export] macro_rules! exported { () => {} } macro_rules! local { () => {} }
                pub(crate) use local; pub mod d { use super::super::*; } }
            use serde;
            mod same { mod same { pub fn same() {} } pub use same::same; }
            mod vec2 { pub fn vec2() {} pub struct vec3; } pub mod vec3 {} pub use vec2::*;
            mod circle { pub use self::one::*; pub mod one { pub use super::*; } }
        ";
        let tree = tree(&[("lib.rs", source)]);
        let check = |from: &str, path: &str, expected: &str| {
            assert_eq!(
                shown(&tree, from, path, false),
                expected,
                "{path} in {from}"
            );
        };
        check("crate", "a::S", "crate::a::S");
        check("crate", "S", "crate::a::S");
        check("c", "crate::S", "crate::a::S");
        check("c::d", "S", "crate::a::S");
        check("c::d", "super::super::b", "mod crate::b");
        check("a", "self", "mod crate::a");
        check("crate", "b::Renamed", "crate::a::S");
        check("crate", "b::Kind::V", "crate::a::E::V");
        check("crate", "a::V", "crate::a::E::V");
        check("crate", "b::W", "crate::a::E::W");
        check("a", "only_b", "crate::b::only_b");
        check("b", "outside", "crate::b::outside");
        check("a", "T::m", "crate::a::T::m");
        // A function and a module of one name.
        check("crate", "b::f", "crate::a::f + crate::a::f");
        check("crate", "b::f::g", "crate::a::f::g");
        check("a", "Serialize", "extern serde::Serialize");
        check("a", "serde::de::Error", "extern serde::de::Error");
        check("crate", "serde", "extern serde");
        check("a", "std::fmt", "extern std::fmt");
        check("a", "heap::vec::Vec", "extern alloc::vec::Vec");
        check("crate", "exported", "crate::c::exported");
        check("a", "crate::exported", "crate::c::exported");
        check("a", "crate::c::local", "crate::c::local");
        check("c::d", "local", "crate::c::local");
        check(
            "crate",
            "same::same",
            "crate::same::same + crate::same::same::same",
        );
        check("a", "crate::vec2", "crate::vec2 + crate::vec2::vec2");
        check("a", "crate::vec3", "mod crate::vec3");
        check("circle::one", "nothing", "?");
        check("a", "unheard::of", "?");
        check("a", "S::new", "?");
    }

    #[test]
    fn imports_of_2015_begin_at_the_root() {
        let source =
            "mod a { use b::f; pub fn g() {} } mod b { pub fn f() {} } extern crate serde;";
        let tree = tree(&[("lib.rs", source)]);
        assert_eq!(shown(&tree, "a", "f", true), "crate::b::f");
        assert_eq!(shown(&tree, "a", "f", false), "?");
        assert_eq!(shown(&tree, "b", "a::g", true), "crate::a::g");
    }
}
