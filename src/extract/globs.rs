//! Globs of modules that stay: in the new crate, the names that they brought are imported one by
//! one.

use std::collections::BTreeSet;

use super::relocate::{Names, identifiers};
use crate::model::ModulePath;
use crate::syntax::{ItemKind, Module, Relocation, Resolution, resolve};

impl Names<'_> {
    /// The imports that stand for `use module::*` of a module that stays: the names that `scope`
    /// mentions, by where they are now. What `from` binds itself comes before a glob.
    pub(super) fn expand_glob(
        &self,
        from: &ModulePath,
        module: &ModulePath,
        root: &str,
        scope: &str,
    ) -> Relocation {
        let module = match self.resolve_absolute(module) {
            Resolution::Module(path) => path,
            // A module and a function can share a name.
            Resolution::Items(_) if self.tree.find_module(module).is_some() => module.clone(),
            Resolution::Items(_) | Resolution::External(_) | Resolution::Unknown => {
                let with = self.destination(module, root);
                return with.map_or(Relocation::Keep, |with| {
                    Relocation::Imports(vec![format!("{with}::*")])
                });
            }
        };
        if let Some(new) = self.layout.new_module(&module) {
            return Relocation::Imports(vec![format!("{}::*", new.written_from(root))]);
        }
        let Some(module) = self.tree.find_module(&module) else {
            return Relocation::Keep;
        };
        let mut mentioned = identifiers(scope);
        for body in self
            .tree
            .find_module(from)
            .into_iter()
            .flat_map(Module::bodies)
        {
            for name in self.named(body) {
                mentioned.remove(&name);
            }
        }
        let bound = self.bound(module, 0);
        let mut imports: Vec<String> = bound
            .globs
            .iter()
            .map(|path| format!("{path}::*"))
            .collect();
        for name in bound.names {
            let path = module.path.join(&name);
            if !mentioned.contains(&name) && !self.gives_methods(&path, &mentioned) {
                continue;
            }
            if let Some(with) = self.destination(&path, root) {
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

    /// Does a path name a trait of the monolith that has one of these names as a method? Its import
    /// is needed though nothing mentions it.
    pub(super) fn gives_methods(&self, path: &ModulePath, mentioned: &BTreeSet<String>) -> bool {
        let Resolution::Items(ids) = self.resolve_absolute(path) else {
            return false;
        };
        let mut traits = ids.iter().map(|id| self.tree.item(*id));
        traits.any(|item| {
            let mut members = item.members.iter().map(|id| &self.tree.item(*id).name);
            item.kind == ItemKind::Trait && members.any(|name| mentioned.contains(name))
        })
    }

    /// What a module binds, globs of modules looked through.
    fn bound(&self, module: &Module, depth: usize) -> Bound {
        let mut bound = Bound {
            names: self.named(module),
            globs: BTreeSet::new(),
        };
        let leaves = module.uses.iter().flat_map(|import| &import.leaves);
        for leaf in leaves.filter(|leaf| leaf.glob) {
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

    /// What a module binds by name.
    fn named(&self, module: &Module) -> BTreeSet<String> {
        let items = module.items.iter();
        let items = items.map(|id| self.tree.item(*id).name.clone());
        let leaves = module.uses.iter().flat_map(|import| &import.leaves);
        let leaves = leaves.filter(|leaf| !leaf.glob);
        items.chain(leaves.map(|leaf| leaf.name.clone())).collect()
    }
}

/// What a module binds.
struct Bound {
    /// The names of its items and imports.
    names: BTreeSet<String>,
    /// The paths of other crates that it takes all names of.
    globs: BTreeSet<String>,
}
