//! Items, modules and imports of a target, as data.

use std::fmt;
use std::ops::Range;

use camino::{Utf8Path, Utf8PathBuf};

use crate::model::ModulePath;

/// An item's index in its tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ItemId(pub u32);

impl fmt::Display for ItemId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What an item is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ItemKind {
    /// A free function, also one in an `extern` block.
    Function,
    /// A struct.
    Struct,
    /// A field of a struct, union or variant; a tuple's field is named by its index.
    Field,
    /// An enum.
    Enum,
    /// A variant of an enum.
    Variant,
    /// A union.
    Union,
    /// A constant, `const _` too.
    Const,
    /// A static, also one in an `extern` block.
    Static,
    /// A type alias, or a type of an `extern` block.
    Type,
    /// A trait or a trait alias.
    Trait,
    /// A function that a trait declares.
    TraitFunction,
    /// A constant that a trait declares.
    TraitConst,
    /// A type that a trait declares.
    TraitType,
    /// A function of an inherent impl.
    Method,
    /// A constant of an inherent impl.
    AssociatedConst,
    /// A type of an inherent impl.
    AssociatedType,
    /// A `macro_rules!` definition.
    Macro,
    /// A module's declaration, with its body if it is inline.
    Module,
    /// An impl block.
    Impl,
    /// Anything that an impl of a trait defines.
    ImplItem,
    /// `extern crate`.
    ExternCrate,
    /// A macro call in place of items; the items that can be read in it are items of their own.
    MacroCall,
    /// An `extern` block.
    ForeignMod,
    /// Syntax that is not interpreted.
    Other,
}

impl ItemKind {
    /// What it is called, for people.
    pub fn noun(self) -> &'static str {
        match self {
            Self::Function | Self::TraitFunction => "function",
            Self::Struct => "struct",
            Self::Field => "field",
            Self::Enum => "enum",
            Self::Variant => "variant",
            Self::Union => "union",
            Self::Const | Self::TraitConst | Self::AssociatedConst => "constant",
            Self::Static => "static",
            Self::Type | Self::TraitType | Self::AssociatedType => "type",
            Self::Trait => "trait",
            Self::Method => "method",
            Self::Macro => "macro",
            Self::Module => "module",
            Self::Impl => "impl",
            Self::ImplItem => "impl item",
            Self::ExternCrate => "extern crate",
            Self::MacroCall => "macro call",
            Self::ForeignMod => "extern block",
            Self::Other => "item",
        }
    }
}

/// Who may see an item, as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VisibilityKind {
    /// Nothing is written, or `pub(self)`.
    Private,
    /// `pub(crate)`.
    Crate,
    /// `pub(super)`.
    Super,
    /// `pub(in path)`, its segments.
    In(Vec<String>),
    /// `pub`.
    Public,
    /// It can have none of its own: variants and their fields, and what traits and their impls
    /// hold.
    Inherited,
}

/// An item's visibility and where it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visibility {
    /// Who may see it.
    pub kind: VisibilityKind,
    /// The bytes of `pub(…)`; empty, where it would be inserted, if nothing is written.
    pub span: Range<usize>,
}

/// An item and its place.
#[derive(Debug, Clone)]
pub struct Item {
    /// Its index in the tree.
    pub id: ItemId,
    /// What it is.
    pub kind: ItemKind,
    /// Its name; a tuple field's index, an impl's self type, a macro call's path.
    pub name: String,
    /// The module that it is in. For a [`ItemKind::Module`], the module that declares it.
    pub module: ModulePath,
    /// The item that it is a part of: the enum of a variant, the struct or variant of a field,
    /// the trait or impl of a function, the macro call or `extern` block around it.
    pub parent: Option<ItemId>,
    /// Its own parts, in order.
    pub members: Vec<ItemId>,
    /// Relative to the root of the repository.
    pub file: Utf8PathBuf,
    /// All of it, with doc comments and attributes, up to and with its `;` or `}`.
    pub span: Range<usize>,
    /// Where an attribute goes that must come first: before doc comments and attributes.
    pub mark_at: usize,
    /// Its name; for an impl its self type.
    pub name_span: Range<usize>,
    /// Who may see it.
    pub visibility: Visibility,
    /// What its users see of it: from its visibility to its body. A function up to `{` or `;`, a
    /// struct, union or trait up to its fields or items (they have signatures of their own), an
    /// enum whole, a constant up to `=`, a type alias whole, an impl up to `{`.
    pub signature: Range<usize>,
    /// Is it (or anything around it) compiled for tests only: `#[cfg(test)]`, or a test function?
    pub cfg_test: bool,
    /// Was it read from the tokens of a macro call?
    pub in_macro: bool,
    /// The paths of its attributes, doc comments aside: `derive`, `cfg`, `serde`, ….
    pub attributes: Vec<String>,
    /// The conditions of its own `#[cfg(…)]`s, as written.
    pub cfgs: Vec<String>,
    /// Its own `#[deprecated…]`, if it has one.
    pub deprecated: Option<Range<usize>>,
    /// Only for an impl.
    pub impl_header: Option<ImplHeader>,
    /// The innermost item around it in the same file: its parent or an inline module.
    pub(super) enclosing: Option<ItemId>,
}

/// The header of an impl block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImplHeader {
    /// The self type as written.
    pub self_type: String,
    /// The self type's path without generic arguments, if it is a path (references looked
    /// through).
    pub self_path: Option<Vec<String>>,
    /// The trait's path without generic arguments; none for an inherent impl.
    pub trait_path: Option<Vec<String>>,
    /// The names of its type and constant parameters.
    pub generics: Vec<String>,
}

impl ImplHeader {
    /// As it is told to people: `impl Trait for Type`, `impl Type`.
    pub fn label(&self) -> String {
        match &self.trait_path {
            Some(path) => format!("impl {} for {}", path.join("::"), self.self_type),
            None => format!("impl {}", self.self_type),
        }
    }
}

/// An import: `use`, or `extern crate` seen as one.
#[derive(Debug, Clone)]
pub struct Use {
    /// All of it, with attributes, up to and with `;`.
    pub span: Range<usize>,
    /// Who may see the names that it binds.
    pub visibility: Visibility,
    /// Relative to the root of the repository.
    pub file: Utf8PathBuf,
    /// Does its path begin with `::`?
    pub absolute: bool,
    /// What it binds.
    pub leaves: Vec<UseLeaf>,
    /// Is it compiled for tests only?
    pub cfg_test: bool,
}

/// One name that an import binds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UseLeaf {
    /// The segments as written, with `crate`, `self`, `super`; without a last `self` or `*`.
    pub path: Vec<String>,
    /// The name bound; `_` for `as _`, `*` for a glob.
    pub name: String,
    /// Does it bind all names of `path`?
    pub glob: bool,
    /// The last segment (`self` and `*` too).
    pub span: Range<usize>,
}

/// A module and what it holds.
#[derive(Debug, Clone)]
pub struct Module {
    /// Its path in the crate.
    pub path: ModulePath,
    /// The file that its body is in.
    pub file: Utf8PathBuf,
    /// Its body: the whole file, or what is inside the braces.
    pub body: Range<usize>,
    /// Where it is declared; none for the crate's root.
    pub declaration: Option<Declaration>,
    /// Its items in the order of the source, those read from macro calls too (after the call,
    /// which is their parent); members of items are in [`Item::members`].
    pub items: Vec<ItemId>,
    /// Its imports.
    pub uses: Vec<Use>,
    /// Is it (or a module around it) compiled for tests only?
    pub cfg_test: bool,
    /// Other bodies of the same path, under other `cfg`s.
    pub alternatives: Vec<Module>,
}

impl Module {
    /// The file and byte where it is declared; none for the crate's root.
    pub fn declared_at(&self) -> Option<(&Utf8Path, usize)> {
        let declaration = self.declaration.as_ref()?;
        Some((&declaration.file, declaration.name_span.start))
    }

    /// This body and the other ones of the same path.
    pub fn bodies(&self) -> impl Iterator<Item = &Self> + Clone {
        std::iter::once(self).chain(&self.alternatives)
    }
}

/// Where a module is declared.
#[derive(Debug, Clone)]
pub struct Declaration {
    /// The item.
    pub item: ItemId,
    /// The file that declares it.
    pub file: Utf8PathBuf,
    /// All of it, with doc comments and attributes, up to and with its `;` or `}`.
    pub span: Range<usize>,
    /// Who may see it.
    pub visibility: Visibility,
    /// Its name.
    pub name_span: Range<usize>,
    /// Is its body in braces?
    pub inline: bool,
    /// The value of `#[path = …]`.
    pub path_attribute: Option<String>,
    /// Does it have `#[macro_use]`?
    pub macro_use: bool,
    /// The conditions of its own `#[cfg(…)]`s, as written.
    pub cfgs: Vec<String>,
}
