//! Paths of the moved code, as the new crate must write them; and the paths of what stays.

use std::collections::BTreeSet;

use super::layout::Layout;
use crate::model::ModulePath;
use crate::syntax::{
    Anchor, ItemId, ItemKind, Module, Relocation, Resolution, SourceTree, TokenKind,
    VisibilityKind, WrittenPath, lex, resolve,
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
        (base.max(1)..=full.segments().len())
            .rev()
            .find_map(|count| {
                let prefix = ModulePath::from_segments(full.segments()[..count].iter().cloned());
                let with = self.destination(&prefix, root)?;
                Some(Relocation::Prefix {
                    segments: count.checked_sub(base)?,
                    with,
                })
            })
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
                self.by_module_name(from, path, name)
            }
            Anchor::Extern(_) | Anchor::Crate | Anchor::SelfModule | Anchor::Super(_) => {
                self.in_library(from, path, scope)
            }
        }
    }

    /// The same for a path that begins with the name of a module, which an import or the module
    /// around gives.
    fn by_module_name(&self, from: &ModulePath, path: &WrittenPath, name: &str) -> Relocation {
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
        if path.glob || self.layout.moves_module(from) && self.layout.moves_module(&module) {
            return Relocation::Keep;
        }
        let base = module.segments().len();
        let segments = path.segments.iter();
        let full = segments.fold(module, |at, name| at.join(name));
        let mut lengths = (base..=full.segments().len()).rev();
        let found = lengths.find_map(|count| {
            let prefix = ModulePath::from_segments(full.segments()[..count].iter().cloned());
            let with = match self.layout.relocate(&prefix) {
                Some((whole, new)) if whole == count => new.written_from("crate"),
                _ => self.destination(&prefix, "crate")?,
            };
            Some(Relocation::Prefix {
                segments: count - base,
                with,
            })
        });
        found.unwrap_or(Relocation::Keep)
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
        let is_chosen = self.layout.modules().contains_key(full);
        if !is_chosen || path.segments.is_empty() || path.glob || path.import && begins_paths() {
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
    fn resolve_absolute(&self, path: &ModulePath) -> Resolution {
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
        let with_root = |new: &ModulePath| new.written_from(root);
        match self.resolve_absolute(path) {
            Resolution::External(segments) => Some(segments.join("::")),
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
            Resolution::Unknown => None,
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

    /// The imports that stand for `use module::*` of a module that stays: the names that `scope`
    /// mentions, by where they are now.
    fn expand_glob(
        &self,
        from: &ModulePath,
        module: &ModulePath,
        root: &str,
        scope: &str,
    ) -> Relocation {
        if let Some(with) = self.destination(module, root) {
            return Relocation::Imports(vec![format!("{with}::*")]);
        }
        let Some(module) = self.tree.find_module(module) else {
            return Relocation::Keep;
        };
        let mentioned = identifiers(scope);
        let bound = self.bound(module, 0);
        let mut imports: Vec<String> = bound
            .globs
            .iter()
            .map(|path| format!("{path}::*"))
            .collect();
        for name in bound.names {
            if !mentioned.contains(&name) {
                continue;
            }
            let own = self.layout.new_module(from);
            let own = own.map(|home| home.join(&name).written_from(root));
            let found = self.destination(&module.path.join(&name), root);
            // What the module itself defines came back to it by the glob.
            if let Some(with) = found.filter(|with| Some(with) != own.as_ref()) {
                let last = with.rsplit("::").next();
                let import = if last == Some(&name) {
                    with
                } else {
                    format!("{with} as {name}")
                };
                imports.push(import);
            }
        }
        Relocation::Imports(imports)
    }

    /// What a module binds, globs of modules looked through.
    fn bound(&self, module: &Module, depth: usize) -> Bound {
        let items = module.items.iter();
        let mut bound = Bound {
            names: items.map(|id| self.tree.item(*id).name.clone()).collect(),
            globs: BTreeSet::new(),
        };
        for leaf in module.uses.iter().flat_map(|import| &import.leaves) {
            if !leaf.glob {
                bound.names.insert(leaf.name.clone());
                continue;
            }
            let segments: Vec<&str> = leaf.path.iter().map(String::as_str).collect();
            let inner = match resolve(self.tree, &module.path, &segments, self.externs, false) {
                Resolution::Module(path) if path != module.path => self.tree.find_module(&path),
                Resolution::External(path) => {
                    bound.globs.insert(path.join("::"));
                    None
                }
                Resolution::Module(_) | Resolution::Items(_) | Resolution::Unknown => None,
            };
            if let Some(inner) = inner.filter(|_| depth < 4) {
                let inner = self.bound(inner, depth + 1);
                bound.names.extend(inner.names);
                bound.globs.extend(inner.globs);
            }
        }
        bound
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

/// What a module binds.
struct Bound {
    /// The names of its items and imports.
    names: BTreeSet<String>,
    /// The paths of other crates that it takes all names of.
    globs: BTreeSet<String>,
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
