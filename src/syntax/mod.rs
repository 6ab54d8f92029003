//! Rust source: items, module tree, name resolution, path rewriting.

mod edit;
mod lex;
mod paths;

pub use edit::{Edit, apply_edits, whole_lines};
pub use lex::{LexError, Token, TokenKind, lex, skipped_prefix};
pub use paths::{Anchor, Relocate, Relocation, WrittenPath, rewrite_paths, written_paths};
