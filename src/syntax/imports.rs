//! Imports: `use` and `extern crate`.

use syn::UseTree;

use super::attributes;
use super::collect::Scope;
use super::members;
use super::{Use, UseLeaf};

/// Reads a `use`.
pub(super) fn read_use(item: &syn::ItemUse, scope: &Scope) -> Use {
    let visibility = members::visibility(&item.vis, item.use_token.span, scope);
    let start = attributes::first(&item.attrs, scope).unwrap_or(visibility.span.start);
    let mut leaves = Vec::new();
    read_leaves(&item.tree, &mut Vec::new(), scope, &mut leaves);
    Use {
        span: start..scope.range(item.semi_token.span).end,
        visibility,
        file: scope.file.clone(),
        absolute: item.leading_colon.is_some(),
        leaves,
        cfg_test: scope.cfg_test || attributes::is_test_only(&item.attrs),
    }
}

fn read_leaves(tree: &UseTree, path: &mut Vec<String>, scope: &Scope, leaves: &mut Vec<UseLeaf>) {
    let leaf = |path: &[String], last: &syn::Ident, name: Option<&syn::Ident>| {
        let last_text = last.to_string();
        let mut path = path.to_vec();
        // `a::{self}` binds `a`; a lone `self` is the module itself.
        if last_text != "self" || path.is_empty() {
            path.push(last_text);
        }
        UseLeaf {
            name: name.map_or_else(
                || path.last().cloned().unwrap_or_default(),
                ToString::to_string,
            ),
            path,
            glob: false,
            span: scope.range(last.span()),
        }
    };
    match tree {
        UseTree::Path(tree) => {
            path.push(tree.ident.to_string());
            read_leaves(&tree.tree, path, scope, leaves);
            path.pop();
        }
        UseTree::Name(tree) => leaves.push(leaf(path, &tree.ident, None)),
        UseTree::Rename(tree) => leaves.push(leaf(path, &tree.ident, Some(&tree.rename))),
        UseTree::Glob(tree) => leaves.push(UseLeaf {
            path: path.clone(),
            name: "*".to_owned(),
            glob: true,
            span: scope.range(tree.star_token.span),
        }),
        UseTree::Group(tree) => {
            for tree in &tree.items {
                read_leaves(tree, path, scope, leaves);
            }
        }
    }
}

/// `extern crate a as b;` binds a name like `use ::a as b;`, and `extern crate self as b;` the
/// crate's root.
pub(super) fn read_extern_crate(item: &syn::ItemExternCrate, scope: &Scope) -> Use {
    let visibility = members::visibility(&item.vis, item.extern_token.span, scope);
    let start = attributes::first(&item.attrs, scope).unwrap_or(visibility.span.start);
    let itself = item.ident == "self";
    let name = item.rename.as_ref().map_or(&item.ident, |(_, name)| name);
    let path = if itself {
        "crate".to_owned()
    } else {
        item.ident.to_string()
    };
    Use {
        span: start..scope.range(item.semi_token.span).end,
        visibility,
        file: scope.file.clone(),
        absolute: !itself,
        leaves: vec![UseLeaf {
            path: vec![path],
            name: name.to_string(),
            glob: false,
            span: scope.range(item.ident.span()),
        }],
        cfg_test: scope.cfg_test || attributes::is_test_only(&item.attrs),
    }
}
