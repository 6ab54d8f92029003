//! Which parts of source files can be taken away without a syntax error: bodies of functions,
//! statements, attributes, types of fields, items. `benches/upgrades.py` takes them away where the
//! compiler complains, to see what it says of the rest.
//!
//! `regions FILE…` prints JSON: of each file its regions, as `[kind, start, end]` in bytes.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "it is a program")]

use std::collections::BTreeMap;
use std::process::ExitCode;

use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};

/// What kind of region, where it begins, where it ends.
type Region = (&'static str, usize, usize);

fn main() -> ExitCode {
    let mut files = BTreeMap::new();
    for path in std::env::args().skip(1) {
        match regions(&path) {
            Ok(found) => files.insert(path, found),
            Err(error) => {
                eprintln!("error: {path}: {error}");
                return ExitCode::FAILURE;
            }
        };
    }
    println!("{}", serde_json::json!(files));
    ExitCode::SUCCESS
}

fn regions(path: &str) -> Result<Vec<Region>, Box<dyn std::error::Error>> {
    #[expect(clippy::disallowed_methods, reason = "it is a program of its own")]
    let text = std::fs::read_to_string(path)?;
    let file = syn::parse_file(&text)?;
    // syn takes a byte order mark and a `#!` line off before it counts.
    let mark = text.len() - text.trim_start_matches('\u{feff}').len();
    let base = mark + file.shebang.as_ref().map_or(0, String::len);
    let mut finder = Finder {
        base,
        found: Vec::new(),
    };
    finder.visit_file(&file);
    Ok(finder.found)
}

struct Finder {
    base: usize,
    found: Vec<Region>,
}

impl Finder {
    fn add(&mut self, kind: &'static str, of: Span) {
        let range = of.byte_range();
        self.found
            .push((kind, range.start + self.base, range.end + self.base));
    }

    /// A body whose function says only what its result implements cannot be a loop.
    fn body(&mut self, signature: &syn::Signature, block: &syn::Block) {
        let mut is_opaque = Opaque(false);
        is_opaque.visit_return_type(&signature.output);
        if !is_opaque.0 {
            self.add("body", block.span());
        }
    }
}

struct Opaque(bool);

impl Visit<'_> for Opaque {
    fn visit_type_impl_trait(&mut self, _: &syn::TypeImplTrait) {
        self.0 = true;
    }
}

impl<'ast> Visit<'ast> for Finder {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        let is_use = matches!(item, syn::Item::Use(_));
        self.add(if is_use { "use" } else { "item" }, item.span());
        visit::visit_item(self, item);
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.body(&item.sig, &item.block);
        visit::visit_item_fn(self, item);
    }

    fn visit_item_impl(&mut self, block: &'ast syn::ItemImpl) {
        // What a trait asks for has to be there.
        if block.trait_.is_none() {
            for item in &block.items {
                self.add("item", item.span());
            }
        }
        visit::visit_item_impl(self, block);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.body(&item.sig, &item.block);
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_trait_item(&mut self, item: &'ast syn::TraitItem) {
        self.add("item", item.span());
        visit::visit_trait_item(self, item);
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        if let Some(block) = &item.default {
            self.body(&item.sig, block);
        }
        visit::visit_trait_item_fn(self, item);
    }

    fn visit_field(&mut self, field: &'ast syn::Field) {
        self.add("type", field.ty.span());
        visit::visit_field(self, field);
    }

    fn visit_item_type(&mut self, item: &'ast syn::ItemType) {
        self.add("type", item.ty.span());
        visit::visit_item_type(self, item);
    }

    fn visit_attribute(&mut self, attribute: &'ast syn::Attribute) {
        self.add("attribute", attribute.span());
    }

    fn visit_stmt(&mut self, statement: &'ast syn::Stmt) {
        match statement {
            syn::Stmt::Expr(_, Some(_)) => self.add("statement", statement.span()),
            syn::Stmt::Macro(call) if call.semi_token.is_some() => {
                self.add("statement", statement.span());
            }
            syn::Stmt::Local(local) => {
                if let (syn::Pat::Type(_), Some(init)) = (&local.pat, &local.init) {
                    self.add("value", init.expr.span());
                }
            }
            _ => {}
        }
        visit::visit_stmt(self, statement);
    }
}
