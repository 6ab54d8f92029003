//! Globs of modules that stay: in the new crate, the names that they brought are imported one by
//! one.

use std::collections::BTreeSet;

use super::relocate::{Names, identifiers};
use crate::model::ModulePath;
use crate::syntax::{Module, Relocation, Resolution, resolve};

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
        if let Some(with) = self.destination(module, root) {
            return Relocation::Imports(vec![format!("{with}::*")]);
        }
        let Some(module) = self.tree.find_module(module) else {
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
            if !mentioned.contains(&name) {
                continue;
            }
            if let Some(with) = self.destination(&module.path.join(&name), root) {
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
