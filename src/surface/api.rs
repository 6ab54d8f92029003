//! The public paths of a crate: what a user can name, re-exports and globs followed.

use std::collections::{BTreeMap, HashMap};

use camino::Utf8Path;
use rustdoc_types::{
    Attribute, Crate, FORMAT_VERSION, GenericArg, GenericArgs, GenericParamDefKind, Id, Item,
    ItemEnum, ItemKind, StructKind, Type, TypeAlias, Visibility,
};

use super::{PackageFacts, Rustdoc, SurfaceError};
use crate::model::Place;
use crate::sys;

/// Names of one kind don't clash with those of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Namespace {
    Type,
    Value,
    Macro,
    /// `pub use other::*` of another crate that could not be read: what it brings can't be seen.
    Glob,
}

/// A public path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Key {
    /// As a user writes it, with the crate's name.
    pub(super) path: String,
    pub(super) namespace: Namespace,
}

/// What a path leads to.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    /// The item; another crate's if it is not in the index.
    pub(super) id: Id,
    /// Is it, or a module or `use` on the way, `#[doc(hidden)]`?
    pub(super) hidden: bool,
    /// The `use` or type alias that gives it this name.
    pub(super) by: Option<Id>,
}

/// One side of a comparison.
#[derive(Debug)]
pub(super) struct Api {
    pub(super) krate: Crate,
    pub(super) facts: PackageFacts,
    pub(super) entries: BTreeMap<Key, Entry>,
    /// The paths of each item.
    pub(super) keys: HashMap<Id, Vec<Key>>,
}

/// Only the version of the format, which is read first.
#[derive(serde::Deserialize)]
struct Version {
    format_version: u32,
}

/// Reads both sides.
pub(super) fn load_apis(before: &Rustdoc, after: &Rustdoc) -> Result<(Api, Api), SurfaceError> {
    load_both(before, after, load_api)
}

/// Reads both sides, with the crates in them that they show as their own.
pub(super) fn load_wholes(before: &Rustdoc, after: &Rustdoc) -> Result<(Api, Api), SurfaceError> {
    load_both(before, after, |rustdoc| {
        let path = rustdoc.whole.as_deref().unwrap_or(&rustdoc.json);
        load_json(path, rustdoc)
    })
}

fn load_both(
    before: &Rustdoc,
    after: &Rustdoc,
    load: fn(&Rustdoc) -> Result<Api, SurfaceError>,
) -> Result<(Api, Api), SurfaceError> {
    let (old, new) = std::thread::scope(|scope| {
        let old = scope.spawn(|| load(before));
        let new = load(after);
        (old.join().expect("reading does not panic"), new)
    });
    Ok((old?, new?))
}

/// Reads one side.
pub(super) fn load_api(rustdoc: &Rustdoc) -> Result<Api, SurfaceError> {
    load_json(&rustdoc.json, rustdoc)
}

fn load_json(path: &Utf8Path, rustdoc: &Rustdoc) -> Result<Api, SurfaceError> {
    let bytes = sys::fs::read(path)?;
    let json = |source| SurfaceError::Json {
        path: path.to_owned(),
        source,
    };
    let krate: Crate = match serde_json::from_slice(&bytes) {
        Ok(krate) => krate,
        Err(error) => {
            let version: Version = serde_json::from_slice(&bytes).map_err(json)?;
            if version.format_version == FORMAT_VERSION {
                return Err(json(error));
            }
            return Err(format(path, version.format_version));
        }
    };
    if krate.format_version != FORMAT_VERSION {
        return Err(format(path, krate.format_version));
    }
    Ok(Api::new(krate, rustdoc.package.clone()))
}

fn format(path: &Utf8Path, found: u32) -> SurfaceError {
    SurfaceError::Format {
        path: path.to_owned(),
        found,
        known: FORMAT_VERSION,
    }
}

impl Api {
    fn new(krate: Crate, facts: PackageFacts) -> Self {
        let mut walk = Walk {
            krate: &krate,
            entries: BTreeMap::new(),
            stack: Vec::new(),
        };
        let name = krate.index.get(&krate.root).and_then(|i| i.name.clone());
        walk.module(krate.root, &name.unwrap_or_default(), false);
        let entries = walk.entries;
        let mut keys: HashMap<Id, Vec<Key>> = HashMap::new();
        for (key, entry) in &entries {
            keys.entry(entry.id).or_default().push(key.clone());
        }
        Self {
            krate,
            facts,
            entries,
            keys,
        }
    }

    pub(super) fn item(&self, id: Id) -> Option<&Item> {
        self.krate.index.get(&id)
    }

    /// Is it part of the public API? An item of another crate is.
    pub(super) fn is_public(&self, id: Id) -> bool {
        if self.item(id).is_none_or(|item| item.crate_id != 0) {
            return true;
        }
        let keys = self.keys.get(&id).into_iter().flatten();
        keys.into_iter().any(|key| !self.entries[key].hidden)
    }

    /// The glob of another crate that may bring a path, as what it brings is not known:
    /// `clap_builder` of `pub use clap_builder::*`, in a module on the way there.
    pub(super) fn may_bring(&self, path: &str) -> Option<&str> {
        let globs = self.entries.iter();
        let globs = globs.filter(|(key, entry)| key.namespace == Namespace::Glob && !entry.hidden);
        let mut sources = globs.filter_map(|(key, entry)| {
            let ItemEnum::Use(import) = &self.item(entry.by?)?.inner else {
                return None;
            };
            let below = format!("::{}::*", import.source);
            let module = key.path.strip_suffix(&below)?;
            path.strip_prefix(module)?.strip_prefix("::")?;
            Some(import.source.as_str())
        });
        sources.next()
    }

    /// Where an item stands, relative to the package's root.
    pub(super) fn place(&self, id: Id) -> Option<Place> {
        let span = self.item(id)?.span.as_ref()?;
        let file = Utf8Path::from_path(&span.filename)?;
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Some(Place {
            file: self.facts.below_root(file).to_owned(),
            line: number(span.begin.0),
            column: number(span.begin.1),
        })
    }
}

/// Hidden and deprecated is on its way out, and can be used until then.
pub(super) fn is_hidden(item: &Item) -> bool {
    let hides = |attr: &Attribute| match attr {
        Attribute::Other(text) => text.starts_with("#[doc(") && text.contains("hidden"),
        _ => false,
    };
    item.deprecation.is_none() && item.attrs.iter().any(hides)
}

pub(super) fn is_pub(item: &Item) -> bool {
    item.visibility == Visibility::Public
}

struct Walk<'a> {
    krate: &'a Crate,
    entries: BTreeMap<Key, Entry>,
    /// The modules that are being walked: globs may go round in circles.
    stack: Vec<Id>,
}

impl<'a> Walk<'a> {
    /// Names that are written out go before those that a glob brings.
    fn module(&mut self, id: Id, path: &str, hidden: bool) {
        if self.stack.contains(&id) {
            return;
        }
        self.stack.push(id);
        let mut globs = Vec::new();
        for item in self.items_of(id) {
            match &item.inner {
                ItemEnum::Use(import) if import.is_glob => globs.push(item),
                ItemEnum::Use(import) => {
                    let hidden = hidden || is_hidden(item);
                    if let Some(id) = import.id {
                        self.name(id, &import.name, path, hidden, Some(item.id));
                    }
                }
                _ => {
                    let name = item.name.clone().unwrap_or_default();
                    self.name(item.id, &name, path, hidden, None);
                }
            }
        }
        for glob in globs {
            self.glob(glob, path, hidden || is_hidden(glob));
        }
        self.stack.pop();
    }

    /// The public items of a module, or the variants of an enum.
    fn items_of(&self, id: Id) -> Vec<&'a Item> {
        let ids = match self.krate.index.get(&id).map(|item| &item.inner) {
            Some(ItemEnum::Module(module)) => module.items.as_slice(),
            Some(ItemEnum::Enum(of)) => of.variants.as_slice(),
            _ => &[],
        };
        let items = ids.iter().filter_map(|id| self.krate.index.get(id));
        let shown = |item: &&Item| is_pub(item) || matches!(item.inner, ItemEnum::Variant(_));
        items.filter(shown).collect()
    }

    fn glob(&mut self, item: &'a Item, path: &str, hidden: bool) {
        let ItemEnum::Use(import) = &item.inner else {
            return;
        };
        match import.id {
            Some(id) if self.krate.index.contains_key(&id) => self.module(id, path, hidden),
            _ => {
                let id = import.id.unwrap_or(item.id);
                let path = format!("{path}::{}::*", import.source);
                self.insert(path, Namespace::Glob, id, hidden, Some(item.id));
            }
        }
    }

    /// Gives an item a name in a module, and its own names below that.
    fn name(&mut self, id: Id, name: &str, path: &str, hidden: bool, by: Option<Id>) {
        let path = format!("{path}::{name}");
        let Some(item) = self.krate.index.get(&id) else {
            let kind = self.krate.paths.get(&id).map(|summary| summary.kind);
            self.insert(path, namespace(kind), id, hidden, by);
            return;
        };
        if let ItemEnum::TypeAlias(alias) = &item.inner
            && let Some(target) = self.renamed(alias)
        {
            let hidden = hidden || is_hidden(item);
            self.insert(path, Namespace::Type, target, hidden, Some(id));
            return;
        }
        let hidden = hidden || is_hidden(item);
        let kind = namespace(Some(item.inner.item_kind()));
        if self.insert(path.clone(), kind, id, hidden, by)
            && matches!(item.inner, ItemEnum::Module(_))
        {
            self.module(id, &path, hidden);
        }
    }

    fn insert(
        &mut self,
        path: String,
        namespace: Namespace,
        id: Id,
        hidden: bool,
        by: Option<Id>,
    ) -> bool {
        let key = Key { path, namespace };
        if self.entries.contains_key(&key) {
            return false;
        }
        self.entries.insert(key, Entry { id, hidden, by });
        true
    }

    /// The item that an alias is only another name of: then it can be used as the item itself.
    /// Tuple and unit structs can't, as the alias is no function.
    fn renamed(&self, alias: &TypeAlias) -> Option<Id> {
        let Type::ResolvedPath(path) = &alias.type_ else {
            return None;
        };
        let generics = match &self.krate.index.get(&path.id)?.inner {
            ItemEnum::Struct(of) if matches!(of.kind, StructKind::Plain { .. }) => &of.generics,
            ItemEnum::Enum(of) => &of.generics,
            ItemEnum::Union(of) => &of.generics,
            _ => return None,
        };
        let args = match path.args.as_deref() {
            Some(GenericArgs::AngleBracketed { args, .. }) => args.as_slice(),
            _ => &[],
        };
        let same = |(param, arg): (&rustdoc_types::GenericParamDef, &GenericArg)| match arg {
            GenericArg::Lifetime(name) | GenericArg::Type(Type::Generic(name)) => {
                *name == param.name
            }
            GenericArg::Const(value) => value.expr == param.name,
            GenericArg::Type(_) | GenericArg::Infer => false,
        };
        let params = &alias.generics.params;
        let no_default = |param: &rustdoc_types::GenericParamDef| match &param.kind {
            GenericParamDefKind::Type { default, .. } => default.is_none(),
            GenericParamDefKind::Const { default, .. } => default.is_none(),
            GenericParamDefKind::Lifetime { .. } => true,
        };
        let is_renamed = args.len() == params.len()
            && generics.params.len() == params.len()
            && params.iter().zip(args).all(same)
            && generics.params.iter().all(no_default);
        is_renamed.then_some(path.id)
    }
}

fn namespace(kind: Option<ItemKind>) -> Namespace {
    match kind {
        Some(ItemKind::Function | ItemKind::Constant | ItemKind::Static) => Namespace::Value,
        Some(ItemKind::Macro | ItemKind::ProcAttribute | ItemKind::ProcDerive) => Namespace::Macro,
        _ => Namespace::Type,
    }
}
