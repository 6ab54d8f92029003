//! The uses that a change touches.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};

use super::TouchRequest;
use super::code::{Code, CodeFile};
use super::noticed::is_noticed;
use super::relied;
use super::signature::is_same;
use super::supply::Supplied;
use super::target::{Targets, is_of_macro, parts, targets};
use super::told::{
    changes_added, is_for_implementors, is_gone, is_of_made, is_of_receiver, is_way, last_two,
    lost_impl,
};
use super::trace::{Trace, traces};
use super::written::Gone;
use crate::card::{Now, Stand, Use};
use crate::model::{Change, Place, Reference, Span};
use crate::references::{NamedTree, ReferenceMap};
use crate::service::Pin;
use crate::syntax::{ItemId, ItemKind, SourceTree};

/// Where something is used.
#[derive(Debug, Clone, Copy)]
struct Site<'a> {
    span: &'a Span,
    place: &'a Place,
    in_macro: bool,
}

impl<'a> Site<'a> {
    fn of(reference: &'a Reference) -> Self {
        Self {
            span: &reference.span,
            place: &reference.place,
            in_macro: reference.in_macro,
        }
    }
}

pub(super) struct Finder<'a> {
    pin: &'a Pin,
    between: &'a [Supplied],
    top: &'a Utf8Path,
    /// The sources of the old version and its parts, and their folders relative to the top.
    marked: Vec<(&'a SourceTree, &'a Utf8Path)>,
    /// The one that the change is about.
    number: usize,
    tree: &'a SourceTree,
    /// The uses from outside of it, by the number of the item.
    uses: BTreeMap<u32, Vec<&'a Reference>>,
    /// The uses of what macros make, by what rustc calls it: ``method `acme::Policy::new` ``.
    made: Vec<(&'a str, Site<'a>)>,
    map: &'a ReferenceMap,
    /// The generic parameters that types and traits got.
    added: BTreeSet<String>,
    /// The names by which the code may know the library.
    roots: BTreeSet<String>,
    code: Code<'a>,
}

/// The library's own name, and what the manifests call it.
fn roots(request: &TouchRequest<'_>) -> BTreeSet<String> {
    let keys = request.pin.uses.iter().map(|of| of.key.as_str());
    let names = keys.chain([request.krate.name.as_str()]);
    names.map(|name| name.replace('-', "_")).collect()
}

impl<'a> Finder<'a> {
    pub(super) fn new(
        request: &'a TouchRequest<'_>,
        trees: &'a [NamedTree],
        map: &'a ReferenceMap,
        crates: &[&'a Supplied],
        own: &[Utf8PathBuf],
    ) -> Self {
        let folders = crates.iter().map(|krate| request.copy.relative(&krate.dir));
        let marked: Vec<_> = trees.iter().map(|named| &named.tree).zip(folders).collect();
        let is_outside =
            |file: &Utf8Path| marked.iter().all(|(_, folder)| !file.starts_with(folder));
        let mut uses: BTreeMap<u32, Vec<&Reference>> = BTreeMap::new();
        // What the library's own macros write changes with them.
        let by_own = |reference: &Reference| {
            let made_by = reference.made_by.as_ref();
            made_by.is_some_and(|file| {
                let file = request.copy.root().join(file);
                own.iter().any(|dir| file.starts_with(dir))
            })
        };
        let outside =
            |reference: &&Reference| is_outside(&reference.span.file) && !by_own(reference);
        for reference in map.references.iter().filter(outside) {
            uses.entry(reference.item).or_default().push(reference);
        }
        let inherited = map.inherited.iter();
        let inherited = inherited.map(|(reference, name)| (name.as_str(), Site::of(reference)));
        let in_root = map.made_in_root.iter().map(|made| {
            let site = Site {
                span: &made.span,
                place: &made.place,
                in_macro: false,
            };
            (made.name.as_str(), site)
        });
        let made = inherited.chain(in_root);
        Self {
            pin: request.pin,
            between: request.between,
            top: request.copy.top(),
            number: 0,
            tree: &trees[0].tree,
            uses,
            made: made
                .filter(|(_, site)| is_outside(&site.span.file))
                .collect(),
            marked,
            map,
            added: changes_added(request.changes),
            roots: roots(request),
            code: Code::new(request.copy.top()),
        }
    }

    /// What a change touches, and why there may be nothing to find.
    pub(super) fn of(&mut self, change: &Change) -> (BTreeSet<Use>, Option<&'static str>) {
        let targets = self.choose(change);
        let mut found = BTreeSet::new();
        let mut untraced = None;
        if is_of_receiver(&change.message) || is_same(&change.message, &self.added) {
            return (found, None);
        }
        for trace in traces(&change.code) {
            match trace {
                Trace::Uses => {
                    for id in &targets.exact {
                        self.uses_of(*id, change, &mut found);
                    }
                    if targets.exact.is_empty() {
                        self.made_by_macros(change, &mut found);
                    }
                    if is_way(change) || targets.exact.is_empty() {
                        self.paths_through(change, &mut found);
                    }
                }
                Trace::Parts => {
                    for id in &targets.exact {
                        self.uses_of_parts(*id, change, &mut found);
                    }
                }
                Trace::Match => self.matches(targets.nearest(), &mut found),
                Trace::Literal => self.literals(targets.nearest(), change, &mut found),
                Trace::Impl => self.impls(targets.nearest(), &mut found),
                Trace::Derived => self.derived(targets.nearest(), change, &mut found),
                Trace::Made => self.calls_that_make(change, &mut found),
                Trace::Moved => self.moved(change, &mut found),
                // The derive macro of a trait's name goes by a change of its own.
                Trace::Derives if is_way(change) || targets.exact.is_empty() => {
                    self.derives(change, &mut found);
                }
                Trace::Derives => {}
                Trace::Manifest => self.manifest(change, &mut found),
                Trace::Nothing(why) => untraced = Some(*why),
            }
        }
        (found, untraced)
    }

    /// The items of the old version that are used from outside, by their paths.
    pub(super) fn used(&self, krate: &str) -> BTreeSet<String> {
        let root = krate.replace('-', "_");
        let path = |number: &u32| {
            let marked = self.map.items[*number as usize];
            let (tree, _) = self.marked.first().filter(|_| marked.tree == 0)?;
            Some(tree.item_path(marked.item).written_from(&root))
        };
        self.uses.keys().filter_map(path).collect()
    }

    /// Turns to the crate that a change is about: a place in a part begins with the part's folder.
    fn choose(&mut self, change: &Change) -> Targets {
        let parts = self.marked.iter().enumerate().skip(1);
        let mut of_parts = parts.filter_map(|(number, (tree, folder))| {
            let place = change.before.as_ref()?;
            let file = place.file.strip_prefix(folder.file_name()?).ok()?;
            let file = file.to_owned();
            let before = Some(Place {
                file,
                ..place.clone()
            });
            let within = Change {
                before,
                ..change.clone()
            };
            Some((number, *tree, *folder, within))
        });
        let of_part = of_parts.next();
        let (number, tree, folder) = match (&of_part, self.marked.first()) {
            (Some((number, tree, folder, _)), _) => (*number, *tree, *folder),
            (None, Some((tree, folder))) => (0, *tree, *folder),
            (None, None) => return Targets::default(),
        };
        (self.number, self.tree) = (number, tree);
        let change = of_part.as_ref().map_or(change, |(.., within)| within);
        targets(tree, folder.as_str(), change)
    }

    fn references(&self, id: ItemId) -> Vec<&'a Reference> {
        let number = self.map.index_of(self.number, id);
        let uses = number.and_then(|number| self.uses.get(&number));
        uses.cloned().unwrap_or_default()
    }

    fn uses_of(&mut self, id: ItemId, change: &Change, found: &mut BTreeSet<Use>) {
        let only_impls = is_for_implementors(change);
        for reference in self.references(id) {
            if !only_impls && self.is_touched(id, reference, change) {
                let of_it = self.at(Site::of(reference), reference.span.start, Stand::Use);
                found.insert(of_it);
            }
        }
        let item = self.tree.item(id);
        let Some(parent) = item.parent else { return };
        match self.tree.item(parent).kind {
            ItemKind::Trait => self.impl_items(parent, &item.name, found),
            ItemKind::Struct | ItemKind::Union | ItemKind::Variant
                if item.kind == ItemKind::Field =>
            {
                self.fields(parent, &item.name, found);
            }
            _ => {}
        }
    }

    fn is_touched(&mut self, id: ItemId, reference: &Reference, change: &Change) -> bool {
        let (tree, roots) = (self.tree, &self.roots);
        let code = self.code.file(&reference.span.file);
        let item = (tree, tree.item(id));
        code.is_none_or(|code| is_noticed(code, item, reference, change, roots))
    }

    /// Uses of what is in an item. A file that imports a trait by its name has that line for all
    /// calls of the trait's functions.
    fn uses_of_parts(&mut self, id: ItemId, change: &Change, found: &mut BTreeSet<Use>) {
        let is_trait = self.tree.item(id).kind == ItemKind::Trait;
        let naming: BTreeSet<&Utf8Path> = self
            .references(id)
            .into_iter()
            .map(|reference| reference.span.file.as_path())
            .collect();
        for part in parts(self.tree, id) {
            for reference in self.references(part) {
                let named = is_trait && naming.contains(reference.span.file.as_path());
                if !named && self.is_touched(part, reference, change) {
                    let of_it = self.at(Site::of(reference), reference.span.start, Stand::Use);
                    found.insert(of_it);
                }
            }
        }
    }

    /// Literals and patterns that name a field of a struct or variant; of a tuple, those that
    /// have all of its fields. The compiler reports no uses of a variant's fields.
    fn fields(&mut self, of: ItemId, name: &str, found: &mut BTreeSet<Use>) {
        let is_tuple = name.parse::<usize>().is_ok();
        for reference in self.references(of) {
            let Span { file, start, end } = &reference.span;
            let Some(code) = self.code.file(file) else {
                continue;
            };
            let mut at: Vec<(usize, Stand)> = Vec::new();
            match code.literal_at(*start) {
                Some(literal) => {
                    let fields = literal.fields.iter().filter(|(field, _)| field == name);
                    at.extend(fields.map(|(_, at)| (*at, Stand::Literal)));
                }
                None if is_tuple && code.follows(*end, '(') => {
                    at.push((*start, Stand::Literal));
                    // What the pattern binds goes on, and is of that field.
                    let moved = code.moved_of(*start, name).iter();
                    at.extend(moved.map(|at| (*at, Stand::Use)));
                }
                None => {}
            }
            for (at, stand) in at {
                let of_it = self.at(Site::of(reference), at, stand);
                found.insert(of_it);
            }
        }
    }

    /// What stands at a byte of the file of a site.
    fn at(&mut self, site: Site<'_>, at: usize, stand: Stand) -> Use {
        let file = &site.span.file;
        let mut place = site.place.clone();
        let mut text = String::new();
        if let Some(code) = self.code.file(file) {
            (place.line, place.column) = code.line_column(at);
            code.line(place.line).clone_into(&mut text);
        }
        let is_in = |krate: &&Supplied| self.top.join(file).starts_with(&krate.dir);
        let between = self.between.iter().find(is_in);
        if let Some(krate) = between
            && let Ok(within) = self.top.join(file).strip_prefix(&krate.dir)
        {
            place.file = within.to_owned();
        }
        Use {
            of: between.map(|krate| format!("{} {}", krate.name, krate.version)),
            place,
            text,
            stand,
            in_macro: site.in_macro,
            now: Now::Untold,
        }
    }

    fn made_by_macros(&mut self, change: &Change, found: &mut BTreeSet<Use>) {
        let wanted = last_two(&change.item);
        let is_macro = is_of_macro(change);
        let named = |name: &str| {
            let path = name.split('`').nth(1).unwrap_or(name);
            let is_kind = is_macro.is_none_or(|is_macro| name.starts_with("macro ") == is_macro);
            is_kind && last_two(path) == wanted
        };
        let made = self.made.iter().filter(|(name, _)| named(name));
        let made: Vec<Site<'_>> = made.map(|(_, site)| *site).collect();
        for site in made {
            let Span { file, start, .. } = site.span;
            let is_import = |code: &CodeFile| code.is_import(*start);
            if !is_gone(change) && self.code.file(file).is_some_and(is_import) {
                continue;
            }
            let of_it = self.at(site, site.span.start, Stand::Use);
            found.insert(of_it);
        }
    }

    /// Matches on an enum that name a variant of it and have no arm for all else.
    fn matches(&mut self, targets: &[ItemId], found: &mut BTreeSet<Use>) {
        for id in targets {
            let id = self.nearest(*id, &[ItemKind::Enum]);
            for variant in self.tree.item(id).members.clone() {
                for reference in self.references(variant) {
                    let at = reference.span.start;
                    let file = self.code.file(&reference.span.file);
                    let matched = file.and_then(|code| code.match_at(at));
                    let open = matched
                        .filter(|found| !found.has_rest)
                        .map(|found| found.at);
                    if let Some(open) = open {
                        let of_it = self.at(Site::of(reference), open, Stand::Match);
                        found.insert(of_it);
                    }
                }
            }
        }
    }

    /// Literals and patterns of a struct or variant that stand or fall with its fields.
    fn literals(&mut self, targets: &[ItemId], change: &Change, found: &mut BTreeSet<Use>) {
        let kinds = [ItemKind::Struct, ItemKind::Variant, ItemKind::Union];
        let closed = change.code.contains("non") || change.code.contains("private");
        for id in targets {
            let id = self.nearest(*id, &kinds);
            let mut members = self.tree.item(id).members.iter();
            let is_tuple =
                members.any(|field| self.tree.item(*field).name.parse::<usize>().is_ok());
            for reference in self.references(id) {
                let at = reference.span.start;
                let file = self.code.file(&reference.span.file);
                let literal = file.and_then(|code| code.literal_at(at));
                let meets = literal
                    .is_some_and(|literal| !literal.has_rest || (closed && !literal.is_pattern));
                // A tuple is made by a call, and taken apart by one.
                if meets || (literal.is_none() && is_tuple && self.is_called(reference)) {
                    let of_it = self.at(Site::of(reference), at, Stand::Literal);
                    found.insert(of_it);
                }
            }
        }
    }

    fn is_called(&mut self, reference: &Reference) -> bool {
        let end = reference.span.end;
        let file = self.code.file(&reference.span.file);
        file.is_some_and(|code| code.follows(end, '('))
    }

    fn impls(&mut self, targets: &[ItemId], found: &mut BTreeSet<Use>) {
        for id in targets {
            let id = self.nearest(*id, &[ItemKind::Trait]);
            for reference in self.references(id) {
                let at = reference.span.start;
                let file = self.code.file(&reference.span.file);
                if let Some(at) = file.and_then(|code| Some(code.impl_at(at)?.at)) {
                    let of_it = self.at(Site::of(reference), at, Stand::Impl);
                    found.insert(of_it);
                }
            }
        }
    }

    /// What impls of a trait have for one of its items.
    fn impl_items(&mut self, of_trait: ItemId, name: &str, found: &mut BTreeSet<Use>) {
        for reference in self.references(of_trait) {
            let at = reference.span.start;
            let file = self.code.file(&reference.span.file);
            let item = file.and_then(|code| {
                let mut items = code.impl_at(at)?.items.iter();
                Some(items.find(|(own, _)| own == name)?.1)
            });
            if let Some(at) = item {
                let of_it = self.at(Site::of(reference), at, Stand::ImplItem);
                found.insert(of_it);
            }
        }
    }

    /// Fields of a type that has lost a trait, in what derives that trait.
    fn derived(&mut self, targets: &[ItemId], change: &Change, found: &mut BTreeSet<Use>) {
        let Some((trait_, ty)) = lost_impl(&change.message) else {
            return;
        };
        if is_of_made(&change.code) {
            let places = relied::derived(&mut self.code, trait_, ty);
            return self.add(&places, Stand::Derive, found);
        }
        let mut places = Vec::new();
        for id in targets {
            for reference in self.references(*id) {
                let Span { file, start, .. } = &reference.span;
                let code = self.code.file(file);
                let field = code.and_then(|code| relied::derived_at(code, trait_, *start));
                places.extend(field.map(|at| (file.clone(), at)));
            }
        }
        self.add(&places, Stand::Derive, found);
    }

    /// Calls of a macro that make the type which is another now.
    fn calls_that_make(&mut self, change: &Change, found: &mut BTreeSet<Use>) {
        let name = change.item.rsplit("::").next().unwrap_or_default();
        if let Some((_, ty)) = lost_impl(&change.message) {
            let places = relied::made(&mut self.code, name, ty);
            self.add(&places, Stand::Use, found);
        }
    }

    /// What moves where it was copied.
    fn moved(&mut self, change: &Change, found: &mut BTreeSet<Use>) {
        if let Some((_, ty)) = lost_impl(&change.message) {
            let places = relied::moved(&mut self.code, ty);
            self.add(&places, Stand::Move, found);
        }
    }

    /// What has no mark, and what other paths lead through: a re-export, a module.
    fn paths_through(&mut self, change: &Change, found: &mut BTreeSet<Use>) {
        if change.code == "item-removed" {
            let gone = Gone::new(&self.roots, &change.item);
            let places = gone.places(&mut self.code);
            self.add(&places, Stand::Use, found);
        }
    }

    /// A derive that is re-exported has no mark: it is known by its name.
    fn derives(&mut self, change: &Change, found: &mut BTreeSet<Use>) {
        let mut names = change.item.split("::");
        if let (Some(krate), Some(name), None) = (names.next(), names.next(), names.next()) {
            let places = relied::derives(&mut self.code, krate, name);
            self.add(&places, Stand::Derive, found);
        }
    }

    fn add(&mut self, places: &[relied::Found], stand: Stand, found: &mut BTreeSet<Use>) {
        for (file, at) in places {
            let span = Span {
                file: file.clone(),
                start: *at,
                end: *at,
            };
            let place = Place {
                file: file.clone(),
                line: 1,
                column: 1,
            };
            let site = Site {
                span: &span,
                place: &place,
                in_macro: false,
            };
            let of_it = self.at(site, *at, stand);
            found.insert(of_it);
        }
    }

    /// The requirements that ask for a feature.
    fn manifest(&mut self, change: &Change, found: &mut BTreeSet<Use>) {
        let feature = change.item.rsplit("::").next().unwrap_or(&change.item);
        for of in &self.pin.uses {
            let file = self.code.file(&of.manifest);
            let text = file.map(|code| code.line(of.place.line).to_owned());
            let text = text.unwrap_or_default();
            if text.contains(&format!("\"{feature}\"")) {
                found.insert(Use {
                    of: None,
                    place: Place {
                        file: of.manifest.clone(),
                        ..of.place.clone()
                    },
                    text,
                    stand: Stand::Use,
                    in_macro: false,
                    now: Now::Untold,
                });
            }
        }
    }

    /// The item itself or the nearest around it that is of one of these kinds.
    fn nearest(&self, id: ItemId, kinds: &[ItemKind]) -> ItemId {
        let mut at = id;
        while !kinds.contains(&self.tree.item(at).kind) {
            match self.tree.item(at).parent {
                Some(parent) => at = parent,
                None => return id,
            }
        }
        at
    }
}
