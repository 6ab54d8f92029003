//! Rust source: items, module tree, name resolution, path rewriting.
