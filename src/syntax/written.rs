//! The names that a file writes: what its imports bind, and its paths. By syntax alone.

use std::ops::Range;

use proc_macro2::Span;
use syn::visit::{self, Visit};

use super::skipped_prefix;

/// A segment of a path and the byte that it begins at.
pub type Segment = (String, usize);

/// The names that a file writes, as bytes of the file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names {
    /// What its imports name, a group taken apart.
    pub imports: Vec<Imported>,
    /// Its other paths, in the order of the text.
    pub paths: Vec<Vec<Segment>>,
    /// Its functions, from the first attribute to the closing brace.
    pub functions: Vec<Range<usize>>,
}

/// One name of an import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// Its path; of a glob, what it takes its names from.
    pub path: Vec<Segment>,
    /// What it is called in the file; none for a glob and for `_`.
    pub name: Option<String>,
}

/// Reads a file whose imports stand at these places; of one that does not parse, these alone. What
/// macros are given is not read.
pub fn names(text: &str, imports: &[Range<usize>]) -> Names {
    let mut found = Names::default();
    for import in imports {
        let declaration = text.get(import.clone()).unwrap_or_default();
        if let Ok(declaration) = syn::parse_str::<syn::ItemUse>(declaration) {
            flatten(&declaration.tree, import.start, &[], &mut found.imports);
        }
    }
    let base = skipped_prefix(text);
    if let Ok(file) = syn::parse_str::<syn::File>(&text[base..]) {
        Finder {
            base,
            names: &mut found,
        }
        .visit_file(&file);
    }
    found
}

fn flatten(tree: &syn::UseTree, base: usize, before: &[Segment], found: &mut Vec<Imported>) {
    let with = |name: &syn::Ident| {
        let segment = (name.to_string(), base + name.span().byte_range().start);
        [before, &[segment]].concat()
    };
    match tree {
        syn::UseTree::Path(path) => flatten(&path.tree, base, &with(&path.ident), found),
        syn::UseTree::Group(group) => {
            for tree in &group.items {
                flatten(tree, base, before, found);
            }
        }
        syn::UseTree::Name(name) if name.ident == "self" => found.push(Imported {
            path: before.to_vec(),
            name: before.last().map(|(name, _)| name.clone()),
        }),
        syn::UseTree::Name(name) => found.push(Imported {
            path: with(&name.ident),
            name: Some(name.ident.to_string()),
        }),
        syn::UseTree::Rename(name) => {
            let is_self = name.ident == "self";
            found.push(Imported {
                path: if is_self {
                    before.to_vec()
                } else {
                    with(&name.ident)
                },
                name: (name.rename != "_").then(|| name.rename.to_string()),
            });
        }
        syn::UseTree::Glob(_) => found.push(Imported {
            path: before.to_vec(),
            name: None,
        }),
    }
}

struct Finder<'a> {
    base: usize,
    names: &'a mut Names,
}

impl Finder<'_> {
    fn at(&self, span: Span) -> usize {
        self.base + span.byte_range().start
    }

    fn function(&mut self, tokens: &impl syn::spanned::Spanned) {
        let range = tokens.span().byte_range();
        let range = self.base + range.start..self.base + range.end;
        self.names.functions.push(range);
    }
}

impl<'ast> Visit<'ast> for Finder<'_> {
    fn visit_path(&mut self, node: &'ast syn::Path) {
        let segments = node.segments.iter();
        let segments = segments.map(|s| (s.ident.to_string(), self.at(s.ident.span())));
        let path = segments.collect();
        self.names.paths.push(path);
        visit::visit_path(self, node);
    }

    fn visit_item_fn(&mut self, node: &'ast syn::ItemFn) {
        self.function(node);
        visit::visit_item_fn(self, node);
    }

    fn visit_impl_item_fn(&mut self, node: &'ast syn::ImplItemFn) {
        self.function(node);
        visit::visit_impl_item_fn(self, node);
    }

    fn visit_trait_item_fn(&mut self, node: &'ast syn::TraitItemFn) {
        self.function(node);
        visit::visit_trait_item_fn(self, node);
    }

    fn visit_macro(&mut self, _: &'ast syn::Macro) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::shapes;

    fn joined(path: &[Segment]) -> String {
        let names: Vec<&str> = path.iter().map(|(name, _)| name.as_str()).collect();
        names.join("::")
    }

    #[test]
    fn a_group_is_taken_apart() {
        let text = "\u{feff}use lib::{self, a::{B,\n C as D}, e::*};\npub use lib::F as _;\n\
            fn f(x: lib::G<H>) { lib::i(); use j::K; }\nimpl L { fn m(&self) {} }\n";
        let found = names(text, &shapes(text).imports);
        let imports: Vec<(String, Option<&str>)> = found
            .imports
            .iter()
            .map(|import| (joined(&import.path), import.name.as_deref()))
            .collect();
        let expected = [
            ("lib", Some("lib")),
            ("lib::a::B", Some("B")),
            ("lib::a::C", Some("D")),
            ("lib::e", None),
            ("lib::F", None),
            ("j::K", Some("K")),
        ];
        assert_eq!(
            imports,
            expected.map(|(path, name)| (path.to_owned(), name))
        );
        let paths: Vec<String> = found.paths.iter().map(|path| joined(path)).collect();
        assert_eq!(paths, ["lib::G", "H", "lib::i", "L"]);
        let imported = found.imports.iter().map(|import| &import.path);
        for (name, at) in imported.chain(&found.paths).flatten() {
            assert!(text[*at..].starts_with(name.as_str()), "{name}");
        }
        let functions: Vec<&str> = found.functions.iter().map(|of| &text[of.clone()]).collect();
        assert!(functions[0].starts_with("fn f(") && functions[0].ends_with('}'));
        assert_eq!(functions[1..], ["fn m(&self) {}"]);
    }

    #[test]
    fn imports_are_read_in_code_of_an_old_edition() {
        let text = "use a::{b, c};\nfn f(g: Option<&'static Fn(u8)>) { h(g); }";
        let found = names(text, &shapes(text).imports);
        let imports: Vec<String> = found.imports.iter().map(|of| joined(&of.path)).collect();
        assert_eq!(imports, ["a::b", "a::c"]);
    }
}
