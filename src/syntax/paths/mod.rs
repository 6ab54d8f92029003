//! Paths as tokens: found wherever they stand (code, `use` trees, macro bodies and calls, doc
//! comments, attribute strings) and rewritten without touching what stands between them.

mod import;
mod path;
mod prose;
mod scan;
#[cfg(test)]
mod tests;

pub use path::{Anchor, Relocate, Relocation, WrittenPath, rewrite_paths, written_paths};
