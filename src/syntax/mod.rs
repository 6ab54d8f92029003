//! Rust source: items, module tree, name resolution, path rewriting.
//!
//! Knows one target at a time, from its crate root file, by syntax alone: no macro is expanded
//! and no `cfg` is evaluated. What names mean is rustc's to say (room `references`); what is
//! answered here is where things stand, as byte ranges of the files as they are on disk, with
//! their byte order mark and line endings.

mod attributes;
mod collect;
mod edit;
mod error;
mod files;
mod impls;
mod imports;
mod items;
mod lex;
mod lexer;
mod macros;
mod members;
mod paths;
mod resolve;
mod shapes;
#[cfg(test)]
mod tests;
mod tree;
mod values;
mod written;

pub use edit::{Edit, apply_edits, whole_lines};
pub use error::SyntaxError;
pub use impls::{ImplFact, TraitOrigin, impl_facts};
pub use items::{
    Declaration, ImplHeader, Item, ItemId, ItemKind, Module, Use, UseLeaf, Visibility,
    VisibilityKind,
};
pub use lex::{LexError, Token, TokenKind, lex, skipped_prefix};
pub use paths::{Anchor, Relocate, Relocation, WrittenPath, rewrite_paths, written_paths};
pub use resolve::{Resolution, Resolver, resolve, resolve_use};
pub use shapes::{Literal, Match, Shapes, TraitImpl, shapes};
pub use tree::{Missing, SourceFile, SourceTree, Unparsed, load_tree, parse_file};
pub use values::{Bound, Data, Held, Made, Values, values};
pub use written::{Imported, Names, Segment, names};
