//! What a file does with values: the types that hold them, what derives ask of those, and where
//! values move. By syntax alone, so a name stands for whatever has that name.

use std::ops::Range;

use proc_macro2::{Span, TokenStream, TokenTree};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};

use super::skipped_prefix;

/// What a file does with values, in the order of the text, as bytes of the file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Values {
    /// Its structs, enums and unions.
    pub data: Vec<Data>,
    /// Parameters of functions that are used by value, and again.
    pub parameters: Vec<Held>,
    /// `a.field`, used by value: the field's name and where the expression begins and ends.
    pub moved_fields: Vec<(String, Range<usize>)>,
    /// Patterns of tuple structs and variants.
    pub bound: Vec<Bound>,
    /// Calls of macros in the place of items.
    pub made: Vec<Made>,
}

/// A struct, enum or union.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Data {
    /// Its name, and where that stands.
    pub name: (String, usize),
    /// The paths in its `#[derive(…)]`s without spaces, and where they stand; those in `cfg_attr`
    /// as well.
    pub derives: Vec<(String, usize)>,
    /// Its fields.
    pub fields: Vec<Held>,
    /// From the first attribute to the end.
    pub place: Range<usize>,
    /// Its attributes, those of its variants and of its fields, but for derives and comments.
    pub attributes: Vec<Range<usize>>,
}

/// A field or a parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// Its name, or number.
    pub name: String,
    /// From its beginning to the end of its type.
    pub place: Range<usize>,
    /// The last name of its type, if that is a path: `Vec` of `std::vec::Vec<u8>`.
    pub ty: Option<String>,
    /// The last names of all paths in its type: `Vec` and `u8`.
    pub mentions: Vec<String>,
}

/// A pattern of a tuple struct or variant: `Event::Scalar(text, style)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bound {
    /// Its path.
    pub path: Range<usize>,
    /// Where each name that it binds is used by value in its arm; nothing of other patterns.
    pub moved: Vec<Vec<usize>>,
}

/// The call of a macro in the place of items.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// The macro's name.
    pub name: String,
    /// Where the call begins.
    pub at: usize,
    /// What it is given, between the braces.
    pub tokens: String,
}

/// Reads a file; nothing of one that does not parse. What macros are given is not read.
pub fn values(text: &str) -> Values {
    let base = skipped_prefix(text);
    let mut found = Finder {
        base,
        is_place: false,
        names: Vec::new(),
        values: Values::default(),
    };
    if let Ok(file) = syn::parse_str::<syn::File>(&text[base..]) {
        found.visit_file(&file);
    }
    found.values
}

struct Finder {
    base: usize,
    /// Is the expression that comes next only looked at, not moved?
    is_place: bool,
    /// Names that are used: each with its place, and whether by value.
    names: Vec<(String, usize, bool)>,
    values: Values,
}

impl Finder {
    fn range(&self, span: Span) -> Range<usize> {
        let range = span.byte_range();
        range.start + self.base..range.end + self.base
    }

    fn place(&mut self, expression: &syn::Expr) {
        self.is_place = true;
        self.visit_expr(expression);
        self.is_place = false;
    }

    fn held(&self, name: String, at: Span, ty: &syn::Type) -> Held {
        let mut mentioned = Mentioned::default();
        mentioned.visit_type(ty);
        let path = match ty {
            syn::Type::Path(path) => path.path.segments.last(),
            _ => None,
        };
        Held {
            name,
            place: self.range(at).start..self.range(ty.span()).end,
            ty: path.map(|segment| segment.ident.to_string()),
            mentions: mentioned.names,
        }
    }

    fn data<'f>(
        &mut self,
        node: &impl Spanned,
        attributes: &[syn::Attribute],
        name: &syn::Ident,
        fields: impl Iterator<Item = &'f syn::Field>,
    ) {
        let fields: Vec<_> = fields.collect();
        let on_fields = fields.iter().flat_map(|field| &field.attrs);
        let written = attributes.iter().chain(on_fields).filter(|attribute| {
            let path = attribute.path();
            !path.is_ident("derive") && !path.is_ident("doc")
        });
        let written = written
            .map(|attribute| self.range(attribute.span()))
            .collect();
        let fields = fields.into_iter().enumerate().map(|(nth, field)| {
            let name = field.ident.as_ref().map(ToString::to_string);
            let at = match &field.vis {
                syn::Visibility::Inherited => field
                    .ident
                    .as_ref()
                    .map_or(field.ty.span(), syn::Ident::span),
                visibility => visibility.span(),
            };
            self.held(name.unwrap_or(nth.to_string()), at, &field.ty)
        });
        let fields = fields.collect();
        let mut derives = Vec::new();
        for attribute in attributes {
            if let syn::Meta::List(list) = &attribute.meta {
                let is_derive = list.path.is_ident("derive");
                if is_derive || list.path.is_ident("cfg_attr") {
                    self.derives(list.tokens.clone(), is_derive, &mut derives);
                }
            }
        }
        self.values.data.push(Data {
            name: (name.to_string(), self.range(name.span()).start),
            derives,
            fields,
            place: self.range(node.span()),
            attributes: written,
        });
    }

    /// The paths of a derive; of other tokens, those of the derives in them.
    fn derives(&self, tokens: TokenStream, is_derive: bool, found: &mut Vec<(String, usize)>) {
        if is_derive {
            let paths = Punctuated::<syn::Path, syn::Token![,]>::parse_terminated;
            let paths = syn::parse::Parser::parse2(paths, tokens).unwrap_or_default();
            for path in &paths {
                let names = path
                    .segments
                    .iter()
                    .map(|segment| segment.ident.to_string());
                let names: Vec<String> = names.collect();
                found.push((names.join("::"), self.range(path.span()).start));
            }
            return;
        }
        let mut after_derive = false;
        for token in tokens {
            match token {
                TokenTree::Group(group) if after_derive => {
                    self.derives(group.stream(), true, found);
                }
                TokenTree::Ident(name) => {
                    after_derive = name == "derive";
                    continue;
                }
                _ => {}
            }
            after_derive = false;
        }
    }

    fn parameters(&mut self, signature: &syn::Signature, body: &syn::Block) {
        let before = std::mem::take(&mut self.names);
        self.visit_block(body);
        let used = std::mem::replace(&mut self.names, before);
        for input in &signature.inputs {
            let syn::FnArg::Typed(input) = input else {
                continue;
            };
            let syn::Pat::Ident(name) = &*input.pat else {
                continue;
            };
            let text = name.ident.to_string();
            let uses: Vec<bool> = used
                .iter()
                .filter(|(other, ..)| *other == text)
                .map(|(_, _, moved)| *moved)
                .collect();
            if uses.len() > 1 && uses.contains(&true) {
                let held = self.held(text, name.ident.span(), &input.ty);
                self.values.parameters.push(held);
            }
        }
        self.names.extend(used);
    }

    /// What is bound by a pattern, and used in `used`.
    fn bind(&mut self, pattern: &syn::Pat, used: &[(String, usize, bool)]) {
        match pattern {
            syn::Pat::TupleStruct(of) => {
                let moved = |pattern: &syn::Pat| match pattern {
                    syn::Pat::Ident(name) if name.by_ref.is_none() => {
                        let uses = used.iter().filter(|(other, ..)| name.ident == other);
                        uses.filter(|(.., moved)| *moved)
                            .map(|(_, at, _)| *at)
                            .collect()
                    }
                    _ => Vec::new(),
                };
                let bound = Bound {
                    path: self.range(of.path.span()),
                    moved: of.elems.iter().map(moved).collect(),
                };
                self.values.bound.push(bound);
                for pattern in &of.elems {
                    self.bind(pattern, used);
                }
            }
            syn::Pat::Or(any) => any.cases.iter().for_each(|case| self.bind(case, used)),
            syn::Pat::Paren(inner) => self.bind(&inner.pat, used),
            syn::Pat::Guard(inner) => self.bind(&inner.pat, used),
            syn::Pat::Reference(inner) => self.bind(&inner.pat, used),
            syn::Pat::Tuple(of) => of.elems.iter().for_each(|part| self.bind(part, used)),
            _ => {}
        }
    }
}

#[derive(Default)]
struct Mentioned {
    names: Vec<String>,
}

impl<'ast> Visit<'ast> for Mentioned {
    fn visit_path(&mut self, node: &'ast syn::Path) {
        let last = node.segments.last();
        self.names
            .extend(last.map(|segment| segment.ident.to_string()));
        visit::visit_path(self, node);
    }
}

impl<'ast> Visit<'ast> for Finder {
    fn visit_item_struct(&mut self, node: &'ast syn::ItemStruct) {
        self.data(node, &node.attrs, &node.ident, node.fields.iter());
    }

    fn visit_item_enum(&mut self, node: &'ast syn::ItemEnum) {
        let fields = node.variants.iter().flat_map(|variant| &variant.fields);
        let on_variants = node.variants.iter().flat_map(|variant| &variant.attrs);
        let attributes: Vec<_> = node.attrs.iter().chain(on_variants).cloned().collect();
        self.data(node, &attributes, &node.ident, fields);
    }

    fn visit_item_union(&mut self, node: &'ast syn::ItemUnion) {
        self.data(node, &node.attrs, &node.ident, node.fields.named.iter());
    }

    fn visit_item_fn(&mut self, node: &'ast syn::ItemFn) {
        self.parameters(&node.sig, &node.block);
    }

    fn visit_impl_item_fn(&mut self, node: &'ast syn::ImplItemFn) {
        self.parameters(&node.sig, &node.block);
    }

    fn visit_trait_item_fn(&mut self, node: &'ast syn::TraitItemFn) {
        if let Some(body) = &node.default {
            self.parameters(&node.sig, body);
        }
    }

    fn visit_item_macro(&mut self, node: &'ast syn::ItemMacro) {
        let name = node.mac.path.segments.last();
        if let (Some(name), None) = (name, &node.ident) {
            self.values.made.push(Made {
                name: name.ident.to_string(),
                at: self.range(node.mac.path.span()).start,
                tokens: node.mac.tokens.to_string(),
            });
        }
    }

    fn visit_macro(&mut self, _: &'ast syn::Macro) {}

    fn visit_arm(&mut self, node: &'ast syn::Arm) {
        let from = self.names.len();
        visit::visit_arm(self, node);
        let used = self.names[from..].to_vec();
        self.bind(&node.pat, &used);
    }

    fn visit_expr_if(&mut self, node: &'ast syn::ExprIf) {
        let from = self.names.len();
        visit::visit_expr_if(self, node);
        if let syn::Expr::Let(condition) = &*node.cond {
            let used = self.names[from..].to_vec();
            self.bind(&condition.pat, &used);
        }
    }

    fn visit_expr(&mut self, node: &'ast syn::Expr) {
        let is_place = std::mem::take(&mut self.is_place);
        match node {
            syn::Expr::Field(field) => {
                if !is_place {
                    let name = match &field.member {
                        syn::Member::Named(name) => name.to_string(),
                        syn::Member::Unnamed(index) => index.index.to_string(),
                    };
                    let place = self.range(field.span());
                    self.values.moved_fields.push((name, place));
                }
                self.place(&field.base);
            }
            syn::Expr::Path(path) => {
                if let Some(name) = path.path.get_ident() {
                    let at = self.range(name.span()).start;
                    self.names.push((name.to_string(), at, !is_place));
                }
            }
            syn::Expr::MethodCall(call) => {
                self.place(&call.receiver);
                for argument in &call.args {
                    self.visit_expr(argument);
                }
            }
            syn::Expr::Paren(inner) => {
                self.is_place = is_place;
                self.visit_expr(&inner.expr);
            }
            syn::Expr::Reference(inner) => self.place(&inner.expr),
            syn::Expr::Unary(inner) if matches!(inner.op, syn::UnOp::Deref(_)) => {
                self.place(&inner.expr);
            }
            syn::Expr::Index(of) => {
                self.place(&of.expr);
                self.visit_expr(&of.index);
            }
            syn::Expr::Assign(of) => {
                self.place(&of.left);
                self.visit_expr(&of.right);
            }
            syn::Expr::Binary(of) if only_looks(&of.op) => {
                self.place(&of.left);
                self.place(&of.right);
            }
            syn::Expr::Binary(of) if assigns(&of.op) => {
                self.place(&of.left);
                self.visit_expr(&of.right);
            }
            syn::Expr::Match(of) => {
                self.place(&of.expr);
                for arm in &of.arms {
                    self.visit_arm(arm);
                }
            }
            syn::Expr::Let(of) => self.place(&of.expr),
            _ => visit::visit_expr(self, node),
        }
    }
}

fn only_looks(operator: &syn::BinOp) -> bool {
    use syn::BinOp;
    matches!(
        operator,
        BinOp::Eq(_) | BinOp::Ne(_) | BinOp::Lt(_) | BinOp::Le(_) | BinOp::Gt(_) | BinOp::Ge(_)
    )
}

fn assigns(operator: &syn::BinOp) -> bool {
    use syn::BinOp;
    matches!(
        operator,
        BinOp::AddAssign(_)
            | BinOp::SubAssign(_)
            | BinOp::MulAssign(_)
            | BinOp::DivAssign(_)
            | BinOp::RemAssign(_)
            | BinOp::BitXorAssign(_)
            | BinOp::BitAndAssign(_)
            | BinOp::BitOrAssign(_)
            | BinOp::ShlAssign(_)
            | BinOp::ShrAssign(_)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_holds_values_and_what_derives_ask_of_it() {
        let text = "\u{feff}#[derive(Debug, lib::Args)]\n\
            #[cfg_attr(feature = \"x\", derive(Clone))]\n\
            struct S<'a> { /** a */ pub flags: lib::Flags, #[lib(a)] list: Vec<&'a Flags> }\n\
            enum E { #[lib(b)] A(Flags), B { b: u8 } }\n";
        let found = values(text);
        let [s, e] = found.data.as_slice() else {
            panic!("{found:?}");
        };
        let derives: Vec<&str> = s.derives.iter().map(|(path, _)| path.as_str()).collect();
        assert_eq!(derives, ["Debug", "lib::Args", "Clone"]);
        assert!(text[s.derives[1].1..].starts_with("lib::Args"));
        assert!(text[s.name.1..].starts_with("S<"));
        assert!(text[s.place.clone()].starts_with("#[derive(Debug"));
        assert!(text[s.place.clone()].ends_with("Flags> }"));
        let attributes: Vec<&str> = s.attributes.iter().map(|at| &text[at.clone()]).collect();
        assert_eq!(
            attributes,
            ["#[cfg_attr(feature = \"x\", derive(Clone))]", "#[lib(a)]"]
        );
        let attributes: Vec<&str> = e.attributes.iter().map(|at| &text[at.clone()]).collect();
        assert_eq!(attributes, ["#[lib(b)]"]);
        let [flags, list] = s.fields.as_slice() else {
            panic!("{s:?}");
        };
        assert_eq!(
            (&*flags.name, flags.ty.as_deref()),
            ("flags", Some("Flags"))
        );
        assert!(text[flags.place.clone()].starts_with("pub flags"));
        assert_eq!(list.mentions, ["Vec", "Flags"]);
        let names: Vec<&str> = e.fields.iter().map(|field| field.name.as_str()).collect();
        assert_eq!(names, ["0", "b"]);
    }

    #[test]
    fn what_moves() {
        let text = "fn f(a: Flags, b: Flags, c: Flags) { g(a); g(a.x); b.y(); h(&b.z, s.f | 1); \
            if s.g == s.h { s.i |= t.j } g(c) }";
        let found = values(text);
        let parameters: Vec<&str> = found.parameters.iter().map(|of| of.name.as_str()).collect();
        assert_eq!(parameters, ["a"]);
        let moved: Vec<&str> = found
            .moved_fields
            .iter()
            .map(|(_, place)| &text[place.clone()])
            .collect();
        assert_eq!(moved, ["a.x", "s.f", "t.j"]);
    }

    #[test]
    fn what_a_pattern_binds_is_followed_into_its_arm() {
        let text = "fn f() { match e { \
            E::A(v, n) if n > 0 => g(v.len(), W(v), n), \
            E::B((v, _)) => g(v), _ => v }\n\
            if let Some(x) = y { g(x) } }";
        let found = values(text);
        let shown: Vec<(&str, Vec<usize>)> = found
            .bound
            .iter()
            .map(|of| {
                (
                    &text[of.path.clone()],
                    of.moved.iter().map(Vec::len).collect(),
                )
            })
            .collect();
        assert_eq!(
            shown,
            [("E::A", vec![1, 1]), ("E::B", vec![0]), ("Some", vec![1])]
        );
        assert!(text[found.bound[0].moved[0][0]..].starts_with("v)"));
    }

    #[test]
    fn calls_in_the_place_of_items_make_them() {
        let found = values("lib::flags! { struct A: u8 {} }\nmacro_rules! own { () => {} }");
        let made: Vec<(&str, &str)> = found
            .made
            .iter()
            .map(|made| (made.name.as_str(), made.tokens.as_str()))
            .collect();
        assert_eq!(made, [("flags", "struct A : u8 { }")]);
    }
}
