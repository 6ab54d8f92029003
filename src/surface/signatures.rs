//! The public APIs of two versions, compared item by item.

use std::collections::{BTreeSet, HashSet};

use rustdoc_types::{Id, Item, ItemEnum};

use super::api::{Api, Entry, Key, Namespace, load_wholes};
use super::attributes::compare_attributes;
use super::features::compare_manifests;
use super::function::Signature;
use super::functions::{Use, compare_signatures};
use super::implementations::compare_impls;
use super::impls::Impls;
use super::lower::Scope;
use super::macros::compare_macros;
use super::methods::compare_members;
use super::opaque::compare_opaque;
use super::relation::Judge;
use super::report::{Difference, Report, Subject};
use super::side::{Side, sides};
use super::term::Term;
use super::traits::compare_traits;
use super::types::{compare_enums, compare_generics, compare_structs, compare_unions, scope_of};
use super::{Rustdoc, SurfaceError};
use crate::model::{Bump, Change, Place};

/// What changed in the public API from `before` to `after`, by the cargo book's rules. The
/// gravest come first.
pub fn compare(before: &Rustdoc, after: &Rustdoc) -> Result<Vec<Change>, SurfaceError> {
    let (old, new) = load_wholes(before, after)?;
    let mut changes = compare_code((before, &old), (after, &new));
    changes.extend(compare_manifests(&before.package, &after.package));
    changes.sort_by(|a, b| b.bump.cmp(&a.bump).then_with(|| a.cmp(b)));
    Ok(changes)
}

/// What changed in the code: in what rustdoc shows, and in what the compiler says of opaque results.
pub(super) fn compare_code(
    (before, old): (&Rustdoc, &Api),
    (after, new): (&Rustdoc, &Api),
) -> Vec<Change> {
    let mut changes = compare_apis(old, new);
    for mut change in compare_opaque(&before.opaque, &after.opaque) {
        change.before = place_of(old, &change.item);
        change.after = place_of(new, &change.item);
        changes.push(change);
    }
    changes
}

/// Where a function or method stands.
fn place_of(api: &Api, path: &str) -> Option<Place> {
    let key = |path: &str, namespace| Key {
        path: path.to_owned(),
        namespace,
    };
    if let Some(entry) = api.entries.get(&key(path, Namespace::Value)) {
        return api.place(entry.id);
    }
    let (owner, name) = path.rsplit_once("::")?;
    let owner = api.entries.get(&key(owner, Namespace::Type))?;
    let impls = match &api.item(owner.id)?.inner {
        ItemEnum::Struct(of) => &of.impls,
        ItemEnum::Enum(of) => &of.impls,
        ItemEnum::Union(of) => &of.impls,
        _ => return None,
    };
    let items = impls.iter().filter_map(|id| match &api.item(*id)?.inner {
        ItemEnum::Impl(of) if of.trait_.is_none() => Some(&of.items),
        _ => None,
    });
    let named = |id: &&Id| {
        api.item(**id)
            .is_some_and(|item| item.name.as_deref() == Some(name))
    };
    api.place(*items.flatten().find(named)?)
}

fn compare_apis(before: &Api, after: &Api) -> Vec<Change> {
    let (before, after) = sides(before, after);
    let (before_impls, after_impls) = (Impls::new(&before), Impls::new(&after));
    let mut comparison = Comparison {
        before: &before,
        after: &after,
        before_impls: &before_impls,
        after_impls: &after_impls,
        report: Report::new(&before, &after),
    };
    comparison.items();
    compare_impls(&mut comparison);
    comparison.report.finish()
}

/// The glob of another crate that may bring a path which is gone, and was not there before.
pub(super) fn newly_brought<'a>(before: &Api, after: &'a Api, path: &str) -> Option<&'a str> {
    let source = after.may_bring(path)?;
    (before.may_bring(path) != Some(source)).then_some(source)
}

/// Both sides, and what was found so far.
pub(super) struct Comparison<'a> {
    pub(super) before: &'a Side<'a>,
    pub(super) after: &'a Side<'a>,
    pub(super) before_impls: &'a Impls,
    pub(super) after_impls: &'a Impls,
    pub(super) report: Report<'a>,
}

impl<'a> Comparison<'a> {
    /// Answers for the new side.
    pub(super) fn judge(&self) -> Judge<'a> {
        Judge {
            side: self.after,
            impls: self.after_impls,
        }
    }

    fn items(&mut self) {
        let mut seen = HashSet::new();
        for (key, old) in &self.before.api.entries {
            if old.hidden {
                continue;
            }
            let new = self.after.api.entries.get(key);
            let subject = Subject {
                path: &key.path,
                before: old
                    .by
                    .filter(|_| self.before.api.item(old.id).is_none())
                    .or(Some(old.id)),
                after: new.map(|new| new.id),
            };
            match new {
                None => self.removed(key, old, &subject),
                Some(new) if new.hidden => {
                    let what = format!(
                        "the {} is hidden from the documentation now",
                        kind(self.before, old.id)
                    );
                    self.report
                        .add(&subject, Difference::major("item-hidden", what));
                }
                Some(new) => {
                    if seen.insert((old.id, new.id)) {
                        self.pair(&subject, old.id, new.id);
                    }
                    self.names(&subject, old, new);
                }
            }
        }
        for (key, new) in &self.after.api.entries {
            let known = |key: &Key| self.before.api.entries.get(key).is_some_and(|e| !e.hidden);
            if !new.hidden && !known(key) && self.is_topmost(key) {
                self.added(key, new);
            }
        }
    }

    /// Is what it is in not new, too?
    fn is_topmost(&self, key: &Key) -> bool {
        let Some((parent, _)) = key.path.rsplit_once("::") else {
            return true;
        };
        let parent = Key {
            path: parent.to_owned(),
            namespace: Namespace::Type,
        };
        let after = self.after.api.entries.get(&parent);
        let before = self.before.api.entries.get(&parent);
        after.is_none() || before.is_some_and(|entry| !entry.hidden)
    }

    fn removed(&mut self, key: &Key, old: &Entry, subject: &Subject<'_>) {
        if newly_brought(self.before.api, self.after.api, &key.path).is_some() {
            return; // it may come from another crate now: the verdict says so
        }
        let kind = kind(self.before, old.id);
        let elsewhere = self
            .before
            .path(old.id)
            .filter(|path| *path != key.path && self.after.id_of(path).is_some());
        let what = match elsewhere {
            Some(path) => format!("the {kind} has this path no longer, only `{path}`"),
            None => format!("the {kind} was removed"),
        };
        self.report
            .add(subject, Difference::major("item-removed", what));
    }

    fn added(&mut self, key: &Key, new: &Entry) {
        let subject = Subject {
            path: &key.path,
            before: None,
            after: new
                .by
                .filter(|_| self.after.api.item(new.id).is_none())
                .or(Some(new.id)),
        };
        let what = format!("the {} was added", kind(self.after, new.id));
        self.report
            .add(&subject, Difference::minor("item-added", what));
    }

    /// A deprecated alias deprecates only the name.
    fn names(&mut self, subject: &Subject<'_>, old: &Entry, new: &Entry) {
        let deprecated = |side: &Side<'_>, entry: &Entry| {
            let item = entry.by.and_then(|id| side.api.item(id));
            item.is_some_and(|item| item.deprecation.is_some())
        };
        if !deprecated(self.before, old) && deprecated(self.after, new) {
            let what = "this name of it is deprecated now";
            self.report
                .add(subject, Difference::minor("deprecated-added", what));
        }
    }

    fn pair(&mut self, subject: &Subject<'_>, old_id: Id, new_id: Id) {
        let (old, new) = match (self.before.api.item(old_id), self.after.api.item(new_id)) {
            (Some(old), Some(new)) => (old, new),
            (None, None) => {
                let before = self.before.name(old_id, subject.path);
                let after = self.after.name(new_id, subject.path);
                if before != after {
                    let what = format!("it was `{}`, is `{}`", before.id, after.id);
                    self.report
                        .add(subject, Difference::major("re-export-changed", what));
                }
                return;
            }
            _ => {
                let what = "it moved to or from another crate, and what is in it was not compared";
                let difference = Difference {
                    bump: Bump::Patch,
                    code: "not-compared",
                    what: what.to_owned(),
                };
                return self.report.add(subject, difference);
            }
        };
        self.attributes(subject, old, new);
        self.inner(subject, old, new);
    }

    fn inner(&mut self, subject: &Subject<'_>, old: &Item, new: &Item) {
        match (&old.inner, &new.inner) {
            (ItemEnum::Function(before), ItemEnum::Function(after)) => {
                let name = old.name.as_deref().unwrap_or_default();
                let signature = |side: &Side<'_>, function| {
                    Signature::new(side, name, function, &Scope::default(), &BTreeSet::new())
                };
                let (before, after) =
                    (signature(self.before, before), signature(self.after, after));
                let found = compare_signatures(&self.judge(), &before, &after, Use::Called);
                self.report
                    .add_all(subject, found, &before.to_string(), &after.to_string());
            }
            (ItemEnum::Struct(before), ItemEnum::Struct(after)) => {
                compare_structs(self, subject, (old, new), before, after);
                compare_members(self, subject, old.id, new.id);
            }
            (ItemEnum::Union(before), ItemEnum::Union(after)) => {
                compare_unions(self, subject, before, after);
                compare_members(self, subject, old.id, new.id);
            }
            (ItemEnum::Enum(before), ItemEnum::Enum(after)) => {
                compare_enums(self, subject, (old, new), before, after);
                compare_members(self, subject, old.id, new.id);
            }
            (ItemEnum::Trait(before), ItemEnum::Trait(after)) => {
                compare_traits(self, subject, before, after);
            }
            (ItemEnum::TypeAlias(before), ItemEnum::TypeAlias(after)) => {
                let (old_scope, old_generics) = scope_of(self.before, &before.generics);
                let (new_scope, new_generics) = scope_of(self.after, &after.generics);
                let found = compare_generics(self, &old_generics, &new_generics, Use::Called);
                self.report.add_all(subject, found, "", "");
                let before = self.before.term(&before.type_, &old_scope);
                let after = self.after.term(&after.type_, &new_scope);
                if before != after {
                    let what = format!("it stood for `{before}`, and stands for `{after}`");
                    self.report
                        .add(subject, Difference::major("type-alias-changed", what));
                }
            }
            (ItemEnum::Constant { type_: before, .. }, ItemEnum::Constant { type_: after, .. }) => {
                let before = self.before.term(before, &Scope::default());
                let after = self.after.term(after, &Scope::default());
                self.constant(subject, &before, &after);
            }
            (ItemEnum::Static(before), ItemEnum::Static(after)) => {
                if before.is_mutable != after.is_mutable || before.is_unsafe != after.is_unsafe {
                    let what = "whether it takes `unsafe` to use it changed";
                    self.report.add(
                        subject,
                        Difference::major("static-mutability-changed", what),
                    );
                }
                let before = self.before.term(&before.type_, &Scope::default());
                let after = self.after.term(&after.type_, &Scope::default());
                self.constant(subject, &before, &after);
            }
            (ItemEnum::Macro(before), ItemEnum::Macro(after)) => {
                let found = compare_macros(before, after);
                self.report.add_all(subject, found, "", "");
            }
            // A variant is compared with its enum, what is in a module by its own path.
            (ItemEnum::Variant(_), ItemEnum::Variant(_)) => {}
            _ if old.inner.item_kind() == new.inner.item_kind() => {}
            _ => {
                let (was, is) = (kind(self.before, old.id), kind(self.after, new.id));
                let what = format!("it was a {was}, and is a {is}");
                self.report
                    .add(subject, Difference::major("kind-changed", what));
            }
        }
    }

    /// The type of a constant or static, where `'static` goes without saying.
    pub(super) fn constant(&mut self, subject: &Subject<'_>, before: &Term, after: &Term) {
        if before.erased() != after.erased() {
            let what = format!("its type was `{before}`, is `{after}`");
            self.report
                .add(subject, Difference::major("constant-type-changed", what));
        }
    }

    pub(super) fn attributes(&mut self, subject: &Subject<'_>, old: &Item, new: &Item) {
        self.report
            .add_all(subject, compare_attributes(old, new), "", "");
    }
}

/// What people call it.
fn kind(side: &Side<'_>, id: Id) -> &'static str {
    let Some(item) = side.api.item(id) else {
        return "re-export";
    };
    match &item.inner {
        ItemEnum::Module(_) => "module",
        ItemEnum::Struct(_) => "struct",
        ItemEnum::Union(_) => "union",
        ItemEnum::Enum(_) => "enum",
        ItemEnum::Variant(_) => "variant",
        ItemEnum::Function(_) => "function",
        ItemEnum::Trait(_) | ItemEnum::TraitAlias(_) => "trait",
        ItemEnum::TypeAlias(_) | ItemEnum::ExternType => "type",
        ItemEnum::Constant { .. } => "constant",
        ItemEnum::Static(_) => "static",
        ItemEnum::Macro(_) | ItemEnum::ProcMacro(_) => "macro",
        _ => "item",
    }
}
