//! The public face of a file: what others may use of it, by syntax alone, and how the faces of two
//! texts differ.
//!
//! All that is not private counts, `pub(crate)` and `pub(super)` too: those are for the users of a
//! module in its own package, who will be users of a library. What is compiled for tests only does
//! not.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

use camino::Utf8Path;
use serde::{Deserialize, Serialize};

use super::signature::{code_digest, derives, signature};
use crate::model::{Bump, ModulePath};
use crate::syntax::{Item, ItemId, ItemKind, SourceTree, VisibilityKind, parse_file};

/// An item of a public face.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FaceItem {
    /// Its path in the file: `Policy::new`; `impl Clone for Policy` for an impl.
    pub name: String,
    /// `function`, `struct`, `re-export`, …
    pub noun: Cow<'static, str>,
}

/// What users see of each item.
type Items = BTreeMap<FaceItem, String>;

/// How the public face of a file changed. Signatures stand beside what went or came, so that
/// something that moved from one file to another is seen to be the same.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FaceDiff {
    /// What is gone, with its signature.
    pub removed: Vec<(FaceItem, String)>,
    /// What is new, with its signature.
    pub added: Vec<(FaceItem, String)>,
    /// What has another signature.
    pub changed: Vec<FaceItem>,
}

/// What a change of a file means for those who use its items.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum FaceChange {
    /// The code is the same: comments, formatting, tests.
    SameCode,
    /// The code changed; the difference of the faces may be empty.
    Code(FaceDiff),
    /// One of both texts cannot be read as Rust (as it is written today).
    Unreadable,
}

impl FaceChange {
    /// The bump that a release with these changes of files, made by one commit, needs. None if no
    /// code changed. What cannot be read counts as a patch.
    ///
    /// Removed or changed is [`Bump::Major`], added [`Bump::Minor`]. Gone from one of the files and
    /// new in another one is neither; nor is an item in whose place there is a re-export.
    pub fn bump<'c>(changes: impl IntoIterator<Item = &'c Self>) -> Option<Bump> {
        let mut all = FaceDiff::default();
        let mut code = false;
        for change in changes {
            match change {
                Self::SameCode => {}
                Self::Unreadable => code = true,
                Self::Code(diff) => {
                    code = true;
                    all.removed.extend_from_slice(&diff.removed);
                    all.added.extend_from_slice(&diff.added);
                    all.changed.extend_from_slice(&diff.changed);
                }
            }
        }
        code.then(|| all.bump())
    }
}

impl FaceDiff {
    fn bump(&self) -> Bump {
        let stays = |(item, signature): &(FaceItem, String)| {
            self.added.iter().any(|(other, new)| {
                other.name == item.name && (other.noun == RE_EXPORT || new == signature)
            })
        };
        if !self.changed.is_empty() || !self.removed.iter().all(stays) {
            return Bump::Major;
        }
        let was = |(item, _): &(FaceItem, String)| {
            self.removed
                .iter()
                .any(|(other, _)| other.name == item.name)
        };
        if self.added.iter().all(was) {
            Bump::Patch
        } else {
            Bump::Minor
        }
    }
}

/// Compares the texts of a file before and after a change; none where it is not there.
pub fn compare_faces(before: Option<&str>, after: Option<&str>) -> FaceChange {
    let read = |text: Option<&str>| text.map_or(Some(Face::default()), Face::read);
    match (read(before), read(after)) {
        (Some(before), Some(after)) => before.compare(&after),
        _ => FaceChange::Unreadable,
    }
}

/// What is known of one text.
#[derive(Debug, Default)]
pub(super) struct Face {
    items: Items,
    /// Of its code without tests; none for a file that is not there.
    code: Option<u64>,
}

const RE_EXPORT: &str = "re-export";

impl Face {
    /// Reads a text; none if it is not Rust.
    pub(super) fn read(text: &str) -> Option<Self> {
        let file = Utf8Path::new("lib.rs");
        let tree = parse_file(file, text.to_owned());
        if !tree.unparsed.is_empty() {
            return None;
        }
        let mut reader = Reader {
            tree: &tree,
            text,
            hidden: Vec::new(),
            items: Items::new(),
        };
        reader.file();
        Some(Self {
            code: code_digest(text, &test_ranges(&tree)),
            items: reader.items,
        })
    }

    pub(super) fn compare(&self, after: &Self) -> FaceChange {
        if self.code.is_some() && self.code == after.code {
            return FaceChange::SameCode;
        }
        let missing = |from: &Items, to: &Items| {
            let there = |(item, _): &(&FaceItem, &String)| !to.contains_key(*item);
            let items = from.iter().filter(there);
            items
                .map(|(item, text)| (item.clone(), text.clone()))
                .collect()
        };
        let differs = |(item, old): &(&FaceItem, &String)| {
            after.items.get(*item).is_some_and(|new| new != *old)
        };
        let changed = self.items.iter().filter(differs);
        FaceChange::Code(FaceDiff {
            removed: missing(&self.items, &after.items),
            added: missing(&after.items, &self.items),
            changed: changed.map(|(item, _)| item.clone()).collect(),
        })
    }
}

/// The bytes that are compiled for tests only, outermost items, sorted.
fn test_ranges(tree: &SourceTree) -> Vec<Range<usize>> {
    let tests = tree.items.iter().filter(|item| item.cfg_test);
    let mut ranges: Vec<Range<usize>> = tests.map(|item| item.span.clone()).collect();
    let uses = tree.modules.values().flat_map(|module| &module.uses);
    ranges.extend(uses.filter(|one| one.cfg_test).map(|one| one.span.clone()));
    ranges.sort_by_key(|range| (range.start, std::cmp::Reverse(range.end)));
    let mut end = 0;
    ranges.retain(|range| {
        let outer = range.end > end;
        end = end.max(range.end);
        outer
    });
    ranges
}

struct Reader<'t> {
    tree: &'t SourceTree,
    text: &'t str,
    /// The names of private types: what they implement concerns nobody.
    hidden: Vec<&'t str>,
    items: Items,
}

impl<'t> Reader<'t> {
    fn file(&mut self) {
        let types = [
            ItemKind::Struct,
            ItemKind::Enum,
            ItemKind::Union,
            ItemKind::Type,
        ];
        let hidden = self.tree.items.iter();
        let hidden = hidden.filter(|item| types.contains(&item.kind) && !is_visible(item));
        self.hidden = hidden.map(|item| item.name.as_str()).collect();
        for (path, module) in &self.tree.modules {
            if !self.is_open(path) {
                continue;
            }
            for body in module.bodies().filter(|body| !body.cfg_test) {
                for id in &body.items {
                    self.item(*id);
                }
                let uses = body.uses.iter().filter(|one| !one.cfg_test);
                for one in uses.filter(|one| one.visibility.kind != VisibilityKind::Private) {
                    for leaf in &one.leaves {
                        let name = if leaf.glob {
                            format!("{}::*", leaf.path.join("::"))
                        } else {
                            leaf.name.clone()
                        };
                        self.add(join(path, &name), RE_EXPORT, String::new());
                    }
                }
            }
        }
    }

    /// Can what an inline module holds be named from outside the file?
    fn is_open(&self, path: &ModulePath) -> bool {
        let mut above = Some(path.clone());
        while let Some(path) = above.filter(|path| !path.is_root()) {
            let declaration = self
                .tree
                .find_module(&path)
                .and_then(|m| m.declaration.as_ref());
            let private = declaration.is_none_or(|d| d.visibility.kind == VisibilityKind::Private);
            if private {
                return false;
            }
            above = path.parent();
        }
        true
    }

    fn add(&mut self, name: String, noun: &'static str, signature: String) {
        let noun = Cow::Borrowed(noun);
        self.items.insert(FaceItem { name, noun }, signature);
    }

    fn signature(&self, item: &Item) -> String {
        // Who may see it is another question than what it is.
        let start = item
            .visibility
            .span
            .end
            .clamp(item.signature.start, item.signature.end);
        signature(&self.text[start..item.signature.end])
    }

    fn item(&mut self, id: ItemId) {
        let item = self.tree.item(id);
        if item.cfg_test {
            return;
        }
        match item.kind {
            ItemKind::Impl => self.implementation(item),
            ItemKind::ForeignMod => {
                for member in &item.members {
                    self.item(*member);
                }
            }
            ItemKind::Macro => {
                if item.attributes.iter().any(|name| name == "macro_export") {
                    // Its arms are no signature that tokens could be compared by.
                    self.add(item.name.clone(), item.kind.noun(), String::new());
                }
            }
            _ if !is_visible(item) => {}
            ItemKind::Function | ItemKind::Const | ItemKind::Static | ItemKind::Type => {
                self.add(path_of(item), item.kind.noun(), self.signature(item));
            }
            ItemKind::Module => self.add(path_of(item), item.kind.noun(), String::new()),
            ItemKind::Struct | ItemKind::Union => self.fields_of(item),
            ItemKind::Enum => self.variants_of(item),
            ItemKind::Trait => self.items_of_trait(item),
            ItemKind::Field
            | ItemKind::Variant
            | ItemKind::TraitFunction
            | ItemKind::TraitConst
            | ItemKind::TraitType
            | ItemKind::Method
            | ItemKind::AssociatedConst
            | ItemKind::AssociatedType
            | ItemKind::ImplItem
            | ItemKind::ExternCrate
            | ItemKind::MacroCall
            | ItemKind::Other => {}
        }
    }

    fn members(&self, item: &Item) -> impl Iterator<Item = &'t Item> + use<'t> {
        let tree = self.tree;
        let members: Vec<ItemId> = item.members.clone();
        members
            .into_iter()
            .map(|id| tree.item(id))
            .filter(|member| !member.cfg_test)
    }

    /// A struct whose fields can all be named can be built and taken apart: any other field breaks
    /// that. Of another one, each field that can be named stands for itself.
    fn fields_of(&mut self, item: &Item) {
        self.derived(item);
        let fields: Vec<&Item> = self.members(item).collect();
        let open = !is_non_exhaustive(item) && fields.iter().all(|field| is_visible(field));
        let mut head = self.signature(item);
        for field in fields {
            if open {
                head += " ; ";
                head += &self.signature(field);
            } else if is_visible(field) {
                let name = format!("{}::{}", path_of(item), field.name);
                self.add(name, field.kind.noun(), self.signature(field));
            }
        }
        self.add(path_of(item), item.kind.noun(), head);
    }

    fn variants_of(&mut self, item: &Item) {
        self.derived(item);
        let mut head = self.signature(item);
        if is_non_exhaustive(item) {
            head.truncate(head.find('{').unwrap_or(head.len()));
            for variant in self.members(item) {
                let name = format!("{}::{}", path_of(item), variant.name);
                self.add(name, variant.kind.noun(), self.signature(variant));
            }
        }
        self.add(path_of(item), item.kind.noun(), head);
    }

    /// What implementors must write is a part of the trait.
    fn items_of_trait(&mut self, item: &Item) {
        let mut head = self.signature(item);
        let mut required: Vec<String> = Vec::new();
        for member in self.members(item) {
            let rest = &self.text[member.signature.end..member.span.end.max(member.signature.end)];
            let provided = match member.kind {
                ItemKind::TraitFunction => rest.trim_end().ends_with('}'),
                _ => rest.contains('='),
            };
            if provided {
                let name = format!("{}::{}", path_of(item), member.name);
                self.add(name, member.kind.noun(), self.signature(member));
            } else {
                required.push(self.signature(member));
            }
        }
        required.sort();
        for one in required {
            head += " ; ";
            head += &one;
        }
        self.add(path_of(item), item.kind.noun(), head);
    }

    fn implementation(&mut self, item: &Item) {
        let Some(header) = &item.impl_header else {
            return;
        };
        let last = |path: &[String]| path.last().cloned().unwrap_or_default();
        let path = header.self_path.as_deref();
        let type_name = path.map_or_else(|| header.self_type.clone(), last);
        if self.hidden.contains(&type_name.as_str()) {
            return;
        }
        if let Some(path) = &header.trait_path {
            let name = format!("impl {} for {}", last(path), signature(&header.self_type));
            self.add(
                join(&item.module, &name),
                item.kind.noun(),
                self.signature(item),
            );
            return;
        }
        for member in self.members(item).filter(|member| is_visible(member)) {
            let name = join(&item.module, &format!("{type_name}::{}", member.name));
            self.add(name, member.kind.noun(), self.signature(member));
        }
    }

    fn derived(&mut self, item: &Item) {
        let before = &self.text[item.span.start..item.signature.start.max(item.span.start)];
        for name in derives(before) {
            let name = format!("impl {name} for {}", item.name);
            self.add(
                join(&item.module, &name),
                ItemKind::Impl.noun(),
                String::new(),
            );
        }
    }
}

fn is_visible(item: &Item) -> bool {
    item.visibility.kind != VisibilityKind::Private
}

fn is_non_exhaustive(item: &Item) -> bool {
    item.attributes.iter().any(|name| name == "non_exhaustive")
}

fn path_of(item: &Item) -> String {
    join(&item.module, &item.name)
}

fn join(module: &ModulePath, name: &str) -> String {
    let mut path = module.segments().to_vec();
    path.push(name.to_owned());
    path.join("::")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bump(before: &str, after: &str) -> Option<Bump> {
        FaceChange::bump([&compare_faces(Some(before), Some(after))])
    }

    #[track_caller]
    fn check(expect: Option<Bump>, before: &str, after: &str) {
        assert_eq!(bump(before, after), expect, "{before}\n{after}");
    }

    const MAJOR: Option<Bump> = Some(Bump::Major);
    const MINOR: Option<Bump> = Some(Bump::Minor);
    const PATCH: Option<Bump> = Some(Bump::Patch);

    #[test]
    fn functions() {
        check(None, "pub fn f() {}", "/// Does it.\npub fn f() { }");
        check(
            None,
            "fn f() {}",
            "fn f() {} #[cfg(test)] mod t { fn g() {} }",
        );
        check(PATCH, "pub fn f() {}", "pub fn f() { g() }");
        check(PATCH, "fn f() {}", "fn g(a: u8) {}");
        check(PATCH, "pub fn f(a: u8) {}", "pub fn f(b: u8) {}");
        check(MINOR, "", "pub(crate) fn f() {}");
        check(MINOR, "fn f() {}", "pub fn f() {}");
        check(PATCH, "pub(crate) fn f() {}", "pub fn f() {}");
        check(MAJOR, "pub fn f() {}", "fn f() {}");
        check(MAJOR, "pub fn f(a: u8) {}", "pub fn f(a: u16) {}");
        check(MAJOR, "pub fn f() {}", "#[cfg(test)] pub fn f() {}");
    }

    #[test]
    fn types() {
        check(
            MAJOR,
            "pub struct S { pub a: u8 }",
            "pub struct S { pub a: u8, pub b: u8 }",
        );
        check(
            MAJOR,
            "pub struct S { pub a: u8 }",
            "pub struct S { pub a: u8, b: u8 }",
        );
        check(
            MINOR,
            "pub struct S { pub a: u8, c: u8 }",
            "pub struct S { pub a: u8, pub b: u8, c: u8 }",
        );
        check(
            PATCH,
            "pub struct S { pub a: u8, c: u8 }",
            "pub struct S { pub a: u8, c: u16 }",
        );
        check(
            MAJOR,
            "pub struct S { pub a: u8, c: u8 }",
            "pub struct S { pub a: i8, c: u8 }",
        );
        check(MAJOR, "pub enum E { A }", "pub enum E { A, B }");
        check(
            MINOR,
            "#[non_exhaustive] pub enum E { A }",
            "#[non_exhaustive] pub enum E { A, B(u8) }",
        );
        check(
            MAJOR,
            "#[non_exhaustive] pub enum E { A }",
            "#[non_exhaustive] pub enum E { B }",
        );
        check(PATCH, "enum E { A }", "enum E { A, B }");
        check(MINOR, "pub struct S;", "#[derive(Clone)] pub struct S;");
        check(
            MAJOR,
            "#[derive(Clone)] pub struct S;",
            "#[derive(Copy)] pub struct S;",
        );
        check(MAJOR, "pub type T = u8;", "pub type T = u16;");
        check(PATCH, "pub const C: u8 = 1;", "pub const C: u8 = 2;");
    }

    #[test]
    fn impls_and_traits() {
        let with = |body: &str| format!("pub struct S(u8); impl S {{ {body} }}");
        check(MINOR, &with(""), &with("pub fn f(&self) {}"));
        check(
            MAJOR,
            &with("pub fn f(&self) {}"),
            &with("pub fn f(&mut self) {}"),
        );
        check(PATCH, &with("fn f(&self) {}"), &with(""));
        check(
            PATCH,
            "struct S; impl S { pub fn f() {} }",
            "struct S; impl S { }",
        );
        check(
            MINOR,
            "pub struct S;",
            "pub struct S; impl Drop for S { fn drop(&mut self) {} }",
        );
        check(
            MAJOR,
            "pub trait T { fn a(); }",
            "pub trait T { fn a(); fn b(); }",
        );
        check(
            MINOR,
            "pub trait T { fn a(); }",
            "pub trait T { fn a(); fn b() {} }",
        );
        check(
            MAJOR,
            "pub trait T { fn b() {} }",
            "pub trait T { fn b(); }",
        );
    }

    #[test]
    fn modules_and_re_exports() {
        check(PATCH, "mod m { pub fn f() {} }", "mod m { }");
        check(MAJOR, "pub mod m { pub fn f() {} }", "pub mod m { }");
        check(MAJOR, "pub mod m;", "mod m;");
        check(MINOR, "mod m;", "mod m; pub use m::f;");
        check(PATCH, "pub use a::f;", "pub use b::f;");
        check(MAJOR, "pub use a::f;", "use a::f;");
        check(PATCH, "pub fn f() {}", "mod m; pub use m::f;");
        check(
            PATCH,
            "#[macro_export] macro_rules! m { () => {} }",
            "#[macro_export] macro_rules! m { () => { 1 } }",
        );
        check(MAJOR, "#[macro_export] macro_rules! m { () => {} }", "");
    }

    #[test]
    fn what_moves_between_files_of_one_commit_stays() {
        let left = compare_faces(Some("pub fn f() {} pub fn g() {}"), Some("pub fn g() {}"));
        let came = compare_faces(None, Some("pub fn f() {}"));
        assert_eq!(FaceChange::bump([&left]), MAJOR);
        assert_eq!(FaceChange::bump([&came]), MINOR);
        assert_eq!(FaceChange::bump([&left, &came]), PATCH);
        let other = compare_faces(None, Some("pub fn f(a: u8) {}"));
        assert_eq!(FaceChange::bump([&left, &other]), MAJOR);
    }

    #[test]
    fn what_is_no_rust_of_today_is_unreadable() {
        let change = compare_faces(Some("fn f() { box 1 } }"), Some("fn f() {}"));
        assert_eq!(change, FaceChange::Unreadable);
        assert_eq!(FaceChange::bump([&change]), PATCH);
    }
}
