//! What in a file stands or falls with the shape of a type or a trait: matches without an arm for
//! all else, literals and patterns that name fields, impls of traits.

use std::ops::Range;

use proc_macro2::{Span, TokenStream, TokenTree};
use syn::punctuated::Punctuated;
use syn::visit::{self, Visit};

use super::skipped_prefix;

/// The places of a file, in the order of the text, as bytes of the file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shapes {
    /// Its `match`es, and `let`s whose pattern must always fit.
    pub matches: Vec<Match>,
    /// Its struct literals and struct patterns.
    pub literals: Vec<Literal>,
    /// Its impls of traits.
    pub impls: Vec<TraitImpl>,
    /// The headers of all its impls: from `impl` to the brace.
    pub headers: Vec<Range<usize>>,
    /// Its imports.
    pub imports: Vec<Range<usize>>,
    /// The paths of its types, where a type is written out.
    pub types: Vec<Range<usize>>,
}

/// A `match`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match {
    /// Where the value begins that is matched: there the compiler points when an arm is missing.
    pub at: usize,
    /// The patterns of its arms.
    pub patterns: Vec<Range<usize>>,
    /// Is there an arm for all else: `_` or a name, without a guard?
    pub has_rest: bool,
}

/// A literal `S { a: 1 }`, or such a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Literal {
    /// Its path.
    pub path: Range<usize>,
    /// Is it a pattern?
    pub is_pattern: bool,
    /// Does it have `..`?
    pub has_rest: bool,
    /// The fields that it names, and where.
    pub fields: Vec<(String, usize)>,
}

/// `impl Trait for Type`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraitImpl {
    /// Where `impl` stands.
    pub at: usize,
    /// The trait's path.
    pub path: Range<usize>,
    /// What it defines: the name and where that stands.
    pub items: Vec<(String, usize)>,
}

/// Reads the shapes of a file; of one that does not parse (code of an old edition, mostly), its
/// imports alone. Of macro calls, those are read
/// whose arguments are expressions.
pub fn shapes(text: &str) -> Shapes {
    let base = skipped_prefix(text);
    let mut found = Finder {
        base,
        shapes: Shapes::default(),
    };
    match syn::parse_str::<syn::File>(&text[base..]) {
        Ok(file) => found.visit_file(&file),
        Err(_) => {
            if let Ok(tokens) = text[base..].parse() {
                found.imports_of(tokens);
            }
        }
    }
    let Shapes {
        matches,
        literals,
        impls,
        headers,
        imports,
        types,
    } = &mut found.shapes;
    matches.sort_by_key(|found| found.at);
    literals.sort_by_key(|found| found.path.start);
    impls.sort_by_key(|found| found.at);
    headers.sort_by_key(|found| found.start);
    imports.sort_by_key(|found| found.start);
    types.sort_by_key(|found| found.start);
    found.shapes
}

struct Finder {
    base: usize,
    shapes: Shapes,
}

impl Finder {
    /// The imports among tokens: from `use` to the semicolon.
    fn imports_of(&mut self, tokens: TokenStream) {
        let mut start: Option<Span> = None;
        for token in tokens {
            match &token {
                TokenTree::Ident(name) if name == "use" => start = Some(name.span()),
                // `impl Sized + use<'a>`.
                TokenTree::Punct(mark) if mark.as_char() == '<' => start = None,
                TokenTree::Punct(mark) if mark.as_char() == ';' => {
                    if let Some(first) = start.take() {
                        let (first, last) = (self.range(first), self.range(mark.span()));
                        self.shapes.imports.push(first.start..last.end);
                    }
                }
                TokenTree::Group(group) => self.imports_of(group.stream()),
                _ => {}
            }
        }
    }

    fn range(&self, span: Span) -> Range<usize> {
        let range = span.byte_range();
        range.start + self.base..range.end + self.base
    }

    fn range_of(&self, tokens: &impl syn::spanned::Spanned) -> Range<usize> {
        self.range(tokens.span())
    }

    fn literal<'m>(
        &self,
        path: &syn::Path,
        members: impl Iterator<Item = &'m syn::Member>,
    ) -> Literal {
        let field = |member: &syn::Member| {
            let name = match member {
                syn::Member::Named(name) => name.to_string(),
                syn::Member::Unnamed(index) => index.index.to_string(),
            };
            (name, self.range_of(member).start)
        };
        Literal {
            path: self.range_of(path),
            is_pattern: false,
            has_rest: false,
            fields: members.map(field).collect(),
        }
    }
}

/// Does a pattern fit whatever comes? A constant looks like a name: by its upper case it is told.
fn fits_all(pattern: &syn::Pat) -> bool {
    match pattern {
        syn::Pat::Wild(_) => true,
        syn::Pat::Ident(name) => {
            let name_text = name.ident.to_string();
            let is_name = name_text.starts_with(|c: char| c.is_lowercase() || c == '_');
            is_name
                && name
                    .subpat
                    .as_ref()
                    .is_none_or(|(_, inner)| fits_all(inner))
        }
        syn::Pat::Paren(inner) => fits_all(&inner.pat),
        syn::Pat::Or(any) => any.cases.iter().any(fits_all),
        syn::Pat::Tuple(of) => of.elems.iter().all(fits_all),
        _ => false,
    }
}

impl<'ast> Visit<'ast> for Finder {
    fn visit_expr_match(&mut self, node: &'ast syn::ExprMatch) {
        let found = Match {
            at: self.range_of(&node.expr).start,
            patterns: node
                .arms
                .iter()
                .map(|arm| self.range_of(&arm.pat))
                .collect(),
            has_rest: node.arms.iter().any(|arm| fits_all(&arm.pat)),
        };
        self.shapes.matches.push(found);
        visit::visit_expr_match(self, node);
    }

    fn visit_local(&mut self, node: &'ast syn::Local) {
        let diverges = node
            .init
            .as_ref()
            .is_some_and(|init| init.diverge.is_some());
        if !diverges {
            let pattern = self.range_of(&node.pat);
            self.shapes.matches.push(Match {
                at: pattern.start,
                patterns: vec![pattern],
                has_rest: fits_all(&node.pat),
            });
        }
        visit::visit_local(self, node);
    }

    fn visit_expr_struct(&mut self, node: &'ast syn::ExprStruct) {
        let members = node.fields.iter().map(|field| &field.member);
        let literal = Literal {
            has_rest: node.rest.is_some(),
            ..self.literal(&node.path, members)
        };
        self.shapes.literals.push(literal);
        visit::visit_expr_struct(self, node);
    }

    fn visit_pat_struct(&mut self, node: &'ast syn::PatStruct) {
        let members = node.fields.iter().map(|field| &field.member);
        let pattern = Literal {
            is_pattern: true,
            has_rest: node.rest.is_some(),
            ..self.literal(&node.path, members)
        };
        self.shapes.literals.push(pattern);
        visit::visit_pat_struct(self, node);
    }

    fn visit_item_use(&mut self, node: &'ast syn::ItemUse) {
        let import = self.range_of(node);
        self.shapes.imports.push(import);
    }

    fn visit_type_path(&mut self, node: &'ast syn::TypePath) {
        let path = self.range_of(&node.path);
        self.shapes.types.push(path);
        visit::visit_type_path(self, node);
    }

    fn visit_item_impl(&mut self, node: &'ast syn::ItemImpl) {
        let start = self.range(node.impl_token.span).start;
        let end = self.range(node.brace_token.span.open()).start;
        self.shapes.headers.push(start..end);
        if let Some((path, _)) = &node.trait_ {
            let name = |item: &syn::ImplItem| {
                let ident = match item {
                    syn::ImplItem::Fn(item) => &item.sig.ident,
                    syn::ImplItem::Const(item) => &item.ident,
                    syn::ImplItem::Type(item) => &item.ident,
                    _ => return None,
                };
                Some((ident.to_string(), self.range(ident.span()).start))
            };
            let found = TraitImpl {
                at: self.range(node.impl_token.span).start,
                path: self.range_of(path),
                items: node.items.iter().filter_map(name).collect(),
            };
            self.shapes.impls.push(found);
        }
        visit::visit_item_impl(self, node);
    }

    fn visit_macro(&mut self, node: &'ast syn::Macro) {
        let parser = Punctuated::<syn::Expr, syn::Token![,]>::parse_terminated;
        if let Ok(arguments) = node.parse_body_with(parser) {
            for argument in &arguments {
                // The macro is not there any more when this returns, and needs not be.
                Finder::visit_expr(self, argument);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use insta::assert_snapshot;

    use super::*;

    fn shown(text: &str) -> String {
        let found = shapes(text);
        let mut out = String::new();
        for Match {
            at,
            patterns,
            has_rest,
        } in &found.matches
        {
            let patterns: Vec<&str> = patterns.iter().map(|range| &text[range.clone()]).collect();
            let rest = if *has_rest { ", all else" } else { "" };
            let value = text[*at..].split([' ', ';']).next().unwrap_or_default();
            writeln!(out, "match {value}: {patterns:?}{rest}").expect("a string");
        }
        for Literal {
            path,
            is_pattern,
            has_rest,
            fields,
        } in &found.literals
        {
            let kind = if *is_pattern { "pattern" } else { "literal" };
            let rest = if *has_rest { " .." } else { "" };
            let fields: Vec<&str> = fields.iter().map(|(name, _)| name.as_str()).collect();
            writeln!(out, "{kind} {} {fields:?}{rest}", &text[path.clone()]).expect("a string");
        }
        for TraitImpl { at, path, items } in &found.impls {
            let start: String = text[*at..].chars().take(4).collect();
            let names: Vec<&str> = items.iter().map(|(name, _)| name.as_str()).collect();
            writeln!(out, "{start} {}: {names:?}", &text[path.clone()]).expect("a string");
            for (name, at) in items {
                assert!(text[*at..].starts_with(name.as_str()));
            }
        }
        for header in &found.headers {
            writeln!(out, "header {}", text[header.clone()].trim()).expect("a string");
        }
        for import in &found.imports {
            writeln!(out, "{}", &text[import.clone()]).expect("a string");
        }
        for path in &found.types {
            writeln!(out, "type {}", &text[path.clone()]).expect("a string");
        }
        out
    }

    #[test]
    fn what_stands_or_falls_with_a_shape() {
        let text = "\u{feff}#!/usr/bin/env rust\n\
            use lib::{Kind, P};\n\
            fn f(kind: Kind) -> u8 {\n\
            match kind { Kind::A => 1, lib::Kind::B { x, .. } => x }\n\
            match kind { Kind::A if true => 1, other => 2 }\n\
            match kind { Kind::A => 1, MAX => 2, n if n => 3 }\n\
            assert_eq!(match kind { Kind::A => 1, _ => 2 }, lib::P { a: 1 });\n\
            let P { a } = P { a: 1, ..Default::default() };\n\
            let Kind::A = kind else { return 1 };\n\
            let Kind::C(_) = kind;\n\
            1 }\n\
            unsafe impl<T> lib::Job<T> for S where T: Copy { type Out = u8; const N: u8 = 1; fn run(&self) {} }\n\
            impl S { fn own(&self) {} }\n";
        assert_snapshot!(shown(text), @r#"
        match kind: ["Kind::A", "lib::Kind::B { x, .. }"]
        match kind: ["Kind::A if true", "other"], all else
        match kind: ["Kind::A", "MAX", "n if n"]
        match kind: ["Kind::A", "_"], all else
        match P: ["P { a }"]
        match Kind::C(_): ["Kind::C(_)"]
        pattern lib::Kind::B ["x"] ..
        literal lib::P ["a"]
        pattern P ["a"]
        literal P ["a"] ..
        impl lib::Job<T>: ["Out", "N", "run"]
        header impl<T> lib::Job<T> for S where T: Copy
        header impl S
        use lib::{Kind, P};
        type Kind
        type u8
        type T
        type S
        type T
        type u8
        type u8
        type S
        "#);
    }

    #[test]
    fn what_does_not_parse_has_none() {
        assert_eq!(shapes("fn f( {"), Shapes::default());
    }

    #[test]
    fn imports_are_found_in_code_of_an_old_edition() {
        let text = "use a::{b,\n c};\nfn f(g: Option<&'static Fn(u8)>) { use d; h(g); }";
        let imports = shapes(text).imports;
        let imports: Vec<&str> = imports.into_iter().map(|range| &text[range]).collect();
        assert_eq!(imports, ["use a::{b,\n c};", "use d;"]);
    }
}
