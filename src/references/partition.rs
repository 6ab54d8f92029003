//! References sorted by a boundary.

use camino::Utf8Path;

use super::{MarkedItem, NamedTree, ReferenceMap};
use crate::model::{ModulePath, Reference};
use crate::syntax::ItemKind;

/// A set of modules of one target, with all below them: what is inside and what is outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Boundary {
    /// The index of the target's tree.
    pub tree: usize,
    /// The modules.
    pub modules: Vec<ModulePath>,
}

impl Boundary {
    /// Is a module inside?
    pub fn holds_module(&self, module: &ModulePath) -> bool {
        self.modules.iter().any(|chosen| module.is_within(chosen))
    }

    /// Is a place of the source inside? The declaration of a chosen module is not.
    pub fn holds_place(&self, trees: &[NamedTree], file: &Utf8Path, offset: usize) -> bool {
        let module = trees[self.tree].tree.module_of(file, offset);
        module.is_some_and(|module| self.holds_module(module))
    }

    /// Is an item inside? A chosen module is, though its declaration is not.
    pub fn holds_item(&self, trees: &[NamedTree], marked: MarkedItem) -> bool {
        if marked.tree != self.tree {
            return false;
        }
        let item = trees[self.tree].tree.item(marked.item);
        if item.kind == ItemKind::Module {
            self.holds_module(&item.module.join(&item.name))
        } else {
            self.holds_module(&item.module)
        }
    }
}

/// References by how they lie to a boundary; those with both ends outside are left out. Sorted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Partition<'a> {
    /// Outside uses inside.
    pub entering: Vec<&'a Reference>,
    /// Inside uses outside.
    pub leaving: Vec<&'a Reference>,
    /// Inside uses inside.
    pub within: Vec<&'a Reference>,
}

/// Sorts references by what is inside: `place` says it of where a use stands (file and first
/// byte), `item` of what is used. [`Boundary`] answers both for modules.
pub fn partition<'a>(
    map: &'a ReferenceMap,
    place: &dyn Fn(&Utf8Path, usize) -> bool,
    item: &dyn Fn(MarkedItem) -> bool,
) -> Partition<'a> {
    let mut parts = Partition::default();
    let inside: Vec<bool> = map.items.iter().map(|marked| item(*marked)).collect();
    for reference in &map.references {
        let from_inside = place(&reference.span.file, reference.span.start);
        match (from_inside, inside[reference.item as usize]) {
            (false, true) => parts.entering.push(reference),
            (true, false) => parts.leaving.push(reference),
            (true, true) => parts.within.push(reference),
            (false, false) => {}
        }
    }
    parts
}
