//! Where things go: each path of the monolith's target and its place in the new crate.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::ModulePath;
use crate::syntax::{ItemId, SourceTree};

/// The moved modules and items, and where each is in the new crate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// The chosen modules and their places: one alone becomes the crate's root.
    modules: BTreeMap<ModulePath, ModulePath>,
    /// The items that come along, by id, and the module of the new crate that holds each.
    items: BTreeMap<ItemId, ModulePath>,
    /// The same by the path that names each in the monolith.
    names: BTreeMap<ModulePath, ModulePath>,
    /// Of the items that come along, those that stay as well.
    copied: BTreeSet<ItemId>,
}

impl Layout {
    /// The layout of these modules, none of them inside another.
    pub fn of_modules(chosen: &[ModulePath]) -> Self {
        let mut modules = BTreeMap::new();
        if let [only] = chosen {
            modules.insert(only.clone(), ModulePath::root());
        } else {
            for path in chosen {
                modules.insert(path.clone(), short_name(path, chosen));
            }
        }
        Self {
            modules,
            items: BTreeMap::new(),
            names: BTreeMap::new(),
            copied: BTreeSet::new(),
        }
    }

    /// The chosen modules and their places in the new crate.
    pub fn modules(&self) -> &BTreeMap<ModulePath, ModulePath> {
        &self.modules
    }

    /// The items that come along and the module of the new crate that holds each.
    pub fn items(&self) -> &BTreeMap<ItemId, ModulePath> {
        &self.items
    }

    /// The modules of the new crate that hold items that came along.
    pub fn item_homes(&self) -> BTreeSet<&ModulePath> {
        self.items.values().collect()
    }

    /// Takes items along: each goes to a module named for the one it was in.
    pub fn take_along(&mut self, tree: &SourceTree, items: &BTreeSet<ItemId>) {
        let homes: BTreeSet<ModulePath> = items
            .iter()
            .map(|id| tree.item(*id).module.clone())
            .collect();
        let taken = self.taken_names(tree);
        let mut places = BTreeMap::new();
        let mut used = taken;
        for home in homes {
            let mut name = home.name().unwrap_or("base").to_owned();
            while !used.insert(name.clone()) {
                name.push('_');
            }
            places.insert(home, ModulePath::from_segments([name]));
        }
        for id in items {
            let item = tree.item(*id);
            let home = &places[&item.module];
            self.items.insert(*id, home.clone());
            for named in std::iter::once(*id).chain(tree.item(*id).members.iter().copied()) {
                let path = tree.item_path(named);
                if tree.item(*id).impl_header.is_none() {
                    let below = path.below(&item.module).unwrap_or_default().to_vec();
                    let place = below.iter().fold(home.clone(), |at, name| at.join(name));
                    self.names.insert(path, place);
                }
            }
        }
    }

    /// Leaves these of what comes along where they are, too.
    pub fn copy(&mut self, tree: &SourceTree, items: BTreeSet<ItemId>) {
        for id in &items {
            self.names.remove(&tree.item_path(*id));
        }
        self.copied = items;
    }

    /// Does an item that comes along stay as well?
    pub fn is_copied(&self, id: ItemId) -> bool {
        self.copied.contains(&id)
    }

    /// The names that the new crate's root has already.
    fn taken_names(&self, tree: &SourceTree) -> BTreeSet<String> {
        let mut names: BTreeSet<String> = self
            .modules
            .values()
            .filter_map(|p| p.segments().first().cloned())
            .collect();
        for (old, new) in &self.modules {
            if new.is_root() {
                let module = tree.find_module(old);
                let items = module.into_iter().flat_map(|m| &m.items);
                names.extend(items.map(|id| tree.item(*id).name.clone()));
            }
        }
        names
    }

    /// Does that module move?
    pub fn moves_module(&self, path: &ModulePath) -> bool {
        self.modules.keys().any(|chosen| path.is_within(chosen))
    }

    /// Does that item move: with its module, or because it comes along?
    pub fn moves_item(&self, tree: &SourceTree, id: ItemId) -> bool {
        let owner = tree.top_item(id);
        self.items.contains_key(&owner)
            || self.moves_module(&tree.item(owner).module)
            || is_module(tree, owner) && self.moves_module(&tree.item_path(owner))
    }

    /// The module of the new crate that a moved module of the monolith becomes.
    pub fn new_module(&self, old: &ModulePath) -> Option<ModulePath> {
        self.modules.iter().find_map(|(chosen, new)| {
            let below = old.below(chosen)?;
            Some(below.iter().fold(new.clone(), |path, name| path.join(name)))
        })
    }

    /// The module of the new crate in which a moved item is.
    pub fn new_home(&self, tree: &SourceTree, id: ItemId) -> Option<ModulePath> {
        let owner = tree.top_item(id);
        self.items
            .get(&owner)
            .cloned()
            .or_else(|| self.new_module(&tree.item(owner).module))
    }

    /// For the absolute path of something in the monolith: how many of its segments name what
    /// moved, and the path that these become in the new crate. None if it does not move.
    pub fn relocate(&self, path: &ModulePath) -> Option<(usize, ModulePath)> {
        (0..=path.segments().len()).rev().find_map(|count| {
            let prefix = ModulePath::from_segments(path.segments()[..count].iter().cloned());
            let new = self
                .modules
                .get(&prefix)
                .or_else(|| self.names.get(&prefix))?;
            Some((count, new.clone()))
        })
    }
}

fn is_module(tree: &SourceTree, id: ItemId) -> bool {
    tree.item(id).kind == crate::syntax::ItemKind::Module
}

/// The last segment, with as many before it as tell it from the others.
fn short_name(path: &ModulePath, all: &[ModulePath]) -> ModulePath {
    let segments = path.segments();
    let tail = |path: &ModulePath, count: usize| {
        let from = path.segments().len().saturating_sub(count);
        path.segments()[from..].join("_")
    };
    for count in 1..=segments.len() {
        let name = tail(path, count);
        if all
            .iter()
            .filter(|other| tail(other, count) == name)
            .count()
            == 1
        {
            return ModulePath::from_segments([name]);
        }
    }
    ModulePath::from_segments([segments.join("_")])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(texts: &[&str]) -> Vec<ModulePath> {
        texts.iter().map(|text| ModulePath::parse(text)).collect()
    }

    #[test]
    fn one_module_becomes_the_root() {
        let layout = Layout::of_modules(&paths(&["util::retry"]));
        let relocate = |text: &str| {
            layout
                .relocate(&ModulePath::parse(text))
                .map(|(n, path)| (n, path.to_string()))
        };
        assert_eq!(relocate("util::retry::a::B"), Some((2, "crate".to_owned())));
        assert_eq!(relocate("util::other"), None);
        assert_eq!(
            layout.new_module(&ModulePath::parse("util::retry::a")),
            Some(ModulePath::parse("a"))
        );
    }

    #[test]
    fn several_keep_their_names_and_are_told_apart() {
        let layout = Layout::of_modules(&paths(&["a::x", "b::x", "git"]));
        let new: Vec<String> = layout.modules().values().map(ToString::to_string).collect();
        assert_eq!(new, ["crate::a_x", "crate::b_x", "crate::git"]);
    }
}
