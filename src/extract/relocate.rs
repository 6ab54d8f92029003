//! Paths of the moved code, as the new crate must write them; and the paths of what stays.

use std::collections::BTreeSet;

use super::layout::Layout;
use crate::model::ModulePath;
use crate::syntax::{
    Anchor, ItemId, ItemKind, Relocation, Resolution, SourceTree, TokenKind, VisibilityKind,
    WrittenPath, lex, resolve,
};

/// What relocation must know of the target.
#[derive(Debug, Clone, Copy)]
pub struct Names<'a> {
    /// The target as it is.
    pub tree: &'a SourceTree,
    /// Where things go.
    pub layout: &'a Layout,
    /// The names of the dependencies, as Rust code writes them.
    pub externs: &'a BTreeSet<String>,
    /// The name of the target's own crate, as its tests and docs write it.
    pub own_name: &'a str,
    /// The new crate's name, as Rust code writes it.
    pub new_name: &'a str,
}

impl Names<'_> {
    /// The crate names that anchor a path: the target's own.
    pub fn anchors(&self) -> BTreeSet<String> {
        BTreeSet::from([self.own_name.to_owned()])
    }

    /// What a path in a moved file becomes. `text` is what its import is for: the names that
    /// occur in it are kept of a glob.
    pub fn in_library(&self, from: &ModulePath, path: &WrittenPath, scope: &str) -> Relocation {
        let Some((full, base)) = absolute(from, path) else {
            return Relocation::Keep;
        };
        // In a doc test or a test of the package, the new crate has its own name.
        let root = match path.anchor {
            Anchor::Extern(_) => self.new_name,
            Anchor::Crate | Anchor::SelfModule | Anchor::Super(_) => "crate",
        };
        let written = |new: &ModulePath| new.written_from(root);
        if let Some(new) = self.item_named_as_module(&full, path, scope) {
            return Relocation::Prefix {
                segments: path.segments.len(),
                with: written(&new),
            };
        }
        if let Some((count, new)) = self.layout.relocate(&full) {
            let relative = matches!(path.anchor, Anchor::SelfModule | Anchor::Super(_));
            let inside = self.layout.moves_module(from);
            if count < base || relative && inside && count <= base {
                return Relocation::Keep;
            }
            return Relocation::Prefix {
                segments: count - base,
                with: written(&new),
            };
        }
        if path.glob {
            return self.expand_glob(from, &full, root, scope);
        }
        self.by_prefix(&full, base.max(1), base, root)
            .unwrap_or_else(|| self.left_behind(&full, path))
    }

    /// The import of a module that stays gives nothing any more: what is used of it has come
    /// along, and is named where it is.
    fn left_behind(&self, full: &ModulePath, path: &WrittenPath) -> Relocation {
        let stays = path.import
            && !full.is_root()
            && matches!(path.anchor, Anchor::Crate | Anchor::Super(_))
            && matches!(self.resolve_absolute(full), Resolution::Module(_));
        if stays && !self.layout.items().is_empty() {
            Relocation::Imports(Vec::new())
        } else {
            Relocation::Keep
        }
    }

    /// The names that may begin a path in moved code: the target's own crate, and its modules.
    pub(super) fn beginnings(&self) -> BTreeSet<String> {
        let mut names = self.anchors();
        for module in self.tree.modules.values() {
            names.extend(module.path.name().map(ToOwned::to_owned));
            let leaves = module.uses.iter().flat_map(|import| &import.leaves);
            names.extend(leaves.map(|leaf| leaf.name.clone()).filter(|name| {
                let first = name.chars().next();
                first.is_some_and(char::is_lowercase)
            }));
        }
        // A crate's name is the same anywhere, but for that of a module which comes before it.
        names.retain(|name| !self.externs.contains(name) || self.is_module_name(name));
        names
    }

    fn is_module_name(&self, name: &str) -> bool {
        self.tree
            .modules
            .keys()
            .any(|path| path.name() == Some(name))
    }

    /// What a path becomes that begins with one of [`Self::beginnings`]. `text` is that of the
    /// file.
    pub(super) fn in_moved_code(
        &self,
        from: &ModulePath,
        path: &WrittenPath,
        text: &str,
        scope: &str,
    ) -> Relocation {
        match &path.anchor {
            Anchor::Extern(name) if name != self.own_name => {
                if text[path.at..].starts_with("::") {
                    return Relocation::Keep;
                }
                self.by_module_name(from, path, name, scope)
            }
            Anchor::Extern(_) | Anchor::Crate | Anchor::SelfModule | Anchor::Super(_) => {
                self.in_library(from, path, scope)
            }
        }
    }

    /// The same for a path that begins with the name of a module, which an import or the module
    /// around gives.
    fn by_module_name(
        &self,
        from: &ModulePath,
        path: &WrittenPath,
        name: &str,
        scope: &str,
    ) -> Relocation {
        let module = match resolve(self.tree, from, &[name], self.externs, false) {
            Resolution::Module(module) => module,
            Resolution::Items(ids) => {
                let mut modules = ids.iter().map(|id| self.tree.item(*id));
                match modules.find(|item| item.kind == ItemKind::Module) {
                    Some(item) => self.tree.item_path(item.id),
                    None => return Relocation::Keep,
                }
            }
            Resolution::External(_) | Resolution::Unknown => return Relocation::Keep,
        };
        // Where both move, what gives the name moves too.
        if self.layout.moves_module(from) && self.layout.moves_module(&module) {
            return Relocation::Keep;
        }
        let base = module.segments().len();
        let segments = path.segments.iter();
        let full = segments.fold(module, |at, name| at.join(name));
        if path.glob {
            return self.expand_glob(from, &full, "crate", scope);
        }
        self.by_prefix(&full, base, base, "crate")
            .unwrap_or(Relocation::Keep)
    }

    /// By the longest beginning of `full`, at least `least` segments long, that names what moves;
    /// else by what it names of another crate: of that, a module that is there twice, for one
    /// `cfg` and another, may have two. `base` segments are the anchor's.
    fn by_prefix(
        &self,
        full: &ModulePath,
        least: usize,
        base: usize,
        root: &str,
    ) -> Option<Relocation> {
        let prefixes = || {
            let lengths = (least.max(base)..=full.segments().len()).rev();
            lengths.map(|count| {
                let segments = full.segments()[..count].iter().cloned();
                (count, ModulePath::from_segments(segments))
            })
        };
        let moved = || {
            prefixes().find_map(|(count, prefix)| {
                let with = match self.layout.relocate(&prefix) {
                    Some((whole, new)) if whole == count => new.written_from(root),
                    _ => self.moved(self.resolve_absolute(&prefix), root)?,
                };
                Some((count, with))
            })
        };
        let elsewhere = || {
            prefixes().find_map(|(count, prefix)| Some((count, self.destination(&prefix, root)?)))
        };
        let (count, with) = moved().or_else(elsewhere)?;
        Some(Relocation::Prefix {
            segments: count - base,
            with,
        })
    }

    /// The place of a moved item that is named as a chosen module is (`pub use spawn::spawn;` beside
    /// `mod spawn;`), where a path means the item: a module alone is no expression and no type.
    fn item_named_as_module(
        &self,
        full: &ModulePath,
        path: &WrittenPath,
        scope: &str,
    ) -> Option<ModulePath> {
        let name = full.name()?;
        let begins_paths = || scope.contains(&format!("{name}::"));
        let unnamed = path.segments.is_empty() || path.glob;
        let chosen = self.layout.modules().contains_key(full);
        if !chosen || unnamed || path.import && begins_paths() {
            return None;
        }
        let Resolution::Items(ids) = self.resolve_absolute(full) else {
            return None;
        };
        ids.into_iter()
            .filter(|id| self.tree.item(*id).kind != ItemKind::Module)
            .filter(|id| self.layout.moves_item(self.tree, *id))
            .find_map(|id| self.new_path(id))
    }

    /// What a path from the root of the target names.
    pub(super) fn resolve_absolute(&self, path: &ModulePath) -> Resolution {
        let names = path.segments().iter().map(String::as_str);
        let segments: Vec<&str> = std::iter::once("crate").chain(names).collect();
        resolve(
            self.tree,
            &ModulePath::root(),
            &segments,
            self.externs,
            false,
        )
    }

    /// The items that stay which a written path names, if it names any.
    pub(super) fn items_outside(
        &self,
        from: &ModulePath,
        path: &WrittenPath,
    ) -> Option<Vec<ItemId>> {
        let (full, _) = absolute(from, path)?;
        match self.resolve_absolute(&full) {
            Resolution::Items(ids)
                if !ids.iter().any(|id| self.layout.moves_item(self.tree, *id)) =>
            {
                Some(ids)
            }
            Resolution::Items(_)
            | Resolution::Module(_)
            | Resolution::External(_)
            | Resolution::Unknown => None,
        }
    }

    /// The path in the new crate of what `path` (from the root of the target) names by way of
    /// imports: a moved item or module, or something of another crate.
    pub(super) fn destination(&self, path: &ModulePath, root: &str) -> Option<String> {
        match self.resolve_absolute(path) {
            Resolution::External(segments) => Some(segments.join("::")),
            found @ (Resolution::Module(_) | Resolution::Items(_) | Resolution::Unknown) => {
                self.moved(found, root)
            }
        }
    }

    /// The same for what is of the monolith.
    fn moved(&self, found: Resolution, root: &str) -> Option<String> {
        let with_root = |new: &ModulePath| new.written_from(root);
        match found {
            Resolution::Module(module) => Some(with_root(&self.layout.new_module(&module)?)),
            Resolution::Items(ids) => ids.iter().find_map(|id| {
                if self.tree.item(*id).kind == ItemKind::Module {
                    return Some(with_root(
                        &self.layout.new_module(&self.tree.item_path(*id))?,
                    ));
                }
                let moves = self.layout.moves_item(self.tree, *id);
                moves
                    .then(|| self.new_path(*id))
                    .flatten()
                    .as_ref()
                    .map(with_root)
            }),
            Resolution::External(_) | Resolution::Unknown => None,
        }
    }

    /// The path of a moved item in the new crate. An exported macro is at the root.
    pub fn new_path(&self, id: ItemId) -> Option<ModulePath> {
        let item = self.tree.item(id);
        if item.kind == ItemKind::Macro && item.attributes.iter().any(|name| name == "macro_export")
        {
            return Some(ModulePath::root().join(&item.name));
        }
        let home = self.layout.new_home(self.tree, id)?;
        let path = self.tree.item_path(id);
        let below = path.below(&item.module)?;
        Some(below.iter().fold(home, |at, name| at.join(name)))
    }

    /// What a path in a file that stays becomes when the call sites are rewritten.
    pub fn in_monolith(&self, from: &ModulePath, path: &WrittenPath) -> Relocation {
        let Some((full, base)) = absolute(from, path) else {
            return Relocation::Keep;
        };
        if let Some(new) = self.item_named_as_module(&full, path, "") {
            return Relocation::Prefix {
                segments: path.segments.len(),
                with: new.written_from(self.new_name),
            };
        }
        match self.layout.relocate(&full) {
            Some((count, new)) if count >= base => {
                let with = new.written_from(self.new_name);
                Relocation::Prefix {
                    segments: count - base,
                    with,
                }
            }
            _ => Relocation::Keep,
        }
    }

    /// What the bare name of a chosen module becomes, at the beginning of a path: it is one in
    /// the module that declares it.
    pub(super) fn by_name(&self, from: &ModulePath, name: &str) -> Relocation {
        let Some(new) = self.layout.modules().get(&from.join(name)) else {
            return Relocation::Keep;
        };
        let with = new.written_from(self.new_name);
        Relocation::Prefix { segments: 0, with }
    }

    /// The visibility that an item of the new crate's module `home` writes for what it had in
    /// `module` of the monolith; none if it may stay as it is written.
    pub fn visibility(
        &self,
        kind: &VisibilityKind,
        module: &ModulePath,
        home: &ModulePath,
    ) -> Option<String> {
        match kind {
            VisibilityKind::Super if home.is_root() => Some("pub(crate)".to_owned()),
            VisibilityKind::In(segments) => {
                let scope = scope(module, segments)?;
                match self.layout.new_module(&scope) {
                    Some(new) if home.is_within(&new) => Some(format!("pub(in {new})")),
                    _ => Some("pub(crate)".to_owned()),
                }
            }
            // An item that moved away from its module: who was inside it may be outside now.
            VisibilityKind::Super if !self.layout.moves_module(module) => {
                Some("pub(crate)".to_owned())
            }
            VisibilityKind::Private
            | VisibilityKind::Crate
            | VisibilityKind::Super
            | VisibilityKind::Public
            | VisibilityKind::Inherited => None,
        }
    }
}

/// What a path means from the root of the target, and how many of its segments its anchor
/// stands for. None where `super` leads out of the crate.
fn absolute(from: &ModulePath, path: &WrittenPath) -> Option<(ModulePath, usize)> {
    let base = match &path.anchor {
        Anchor::Crate | Anchor::Extern(_) => ModulePath::root(),
        Anchor::SelfModule => from.clone(),
        Anchor::Super(count) => (0..*count).try_fold(from.clone(), |module, _| module.parent())?,
    };
    let length = base.segments().len();
    let full = path.segments.iter().fold(base, |at, name| at.join(name));
    Some((full, length))
}

/// The module that the path of a `pub(in path)` names.
fn scope(from: &ModulePath, segments: &[String]) -> Option<ModulePath> {
    segments
        .iter()
        .try_fold(ModulePath::root(), |at, segment| match segment.as_str() {
            "crate" => Some(ModulePath::root()),
            "self" => Some(from.clone()),
            "super" if at.is_root() => from.parent(),
            "super" => at.parent(),
            name => Some(at.join(name)),
        })
}

/// The identifiers of a text; all words of it where it does not lex.
pub(super) fn identifiers(text: &str) -> BTreeSet<String> {
    match lex(text) {
        Ok(tokens) => tokens
            .into_iter()
            .filter(|token| token.kind == TokenKind::Ident)
            .map(|token| text[token.range].trim_start_matches("r#").to_owned())
            .collect(),
        Err(_) => text
            .split(|c: char| !c.is_alphanumeric() && c != '_')
            .map(ToOwned::to_owned)
            .collect(),
    }
}
