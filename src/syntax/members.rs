//! Reads items and their parts: fields, variants, what traits and impls hold.

use std::ops::Range;

use proc_macro2::{Span, TokenStream};
use syn::spanned::Spanned as _;
use syn::{Attribute, Fields, ForeignItem, ImplItem, Safety, TraitItem};

use super::attributes::segments;
use super::collect::{Collector, Scope};
use super::macros::impl_items_in_macro;
use super::{ImplHeader, ItemId, ItemKind, Visibility, VisibilityKind};

/// What an item says of itself.
pub(super) struct Parts<'a> {
    pub(super) kind: ItemKind,
    pub(super) name: String,
    pub(super) name_span: Range<usize>,
    pub(super) attrs: &'a [Attribute],
    pub(super) visibility: Visibility,
    pub(super) signature_end: usize,
    pub(super) end: usize,
    pub(super) impl_header: Option<ImplHeader>,
}

impl<'a> Parts<'a> {
    /// An item whose signature is all of it.
    fn new(
        kind: ItemKind,
        name: &syn::Ident,
        attrs: &'a [Attribute],
        visibility: Visibility,
        last: Span,
        scope: &Scope,
    ) -> Self {
        let end = scope.range(last).end;
        Self {
            kind,
            name: name.to_string(),
            name_span: scope.range(name.span()),
            attrs,
            visibility,
            signature_end: end,
            end,
            impl_header: None,
        }
    }

    /// The signature ends before `token`.
    fn signed_until(self, token: Span, scope: &Scope) -> Self {
        Self {
            signature_end: scope.range(token).start,
            ..self
        }
    }
}

/// A visibility; `next` is the first token after where it would stand.
pub(super) fn visibility(vis: &syn::Visibility, next: Span, scope: &Scope) -> Visibility {
    match vis {
        syn::Visibility::Public(token) => Visibility {
            kind: VisibilityKind::Public,
            span: scope.range(token.span),
        },
        syn::Visibility::Restricted(restricted) => {
            let path = segments(&restricted.path);
            let kind = match (restricted.in_token, path.as_slice()) {
                (_, [only]) if only == "crate" => VisibilityKind::Crate,
                (_, [only]) if only == "super" => VisibilityKind::Super,
                (_, [only]) if only == "self" => VisibilityKind::Private,
                _ => VisibilityKind::In(path),
            };
            let close = restricted.paren_token.span.close();
            Visibility {
                kind,
                span: scope.between(restricted.pub_token.span, close),
            }
        }
        syn::Visibility::Inherited => {
            let at = scope.range(next).start;
            Visibility {
                kind: VisibilityKind::Private,
                span: at..at,
            }
        }
    }
}

/// The visibility of what cannot have one of its own.
fn inherited(next: Span, scope: &Scope) -> Visibility {
    Visibility {
        kind: VisibilityKind::Inherited,
        ..visibility(&syn::Visibility::Inherited, next, scope)
    }
}

/// The first token of a function after its visibility.
fn first_of(defaultness: Option<&syn::Token![default]>, signature: &syn::Signature) -> Span {
    let safety = match &signature.safety {
        Safety::Safe(token) => Some(token.span),
        Safety::Unsafe(token) => Some(token.span),
        Safety::Default => None,
    };
    defaultness
        .map(|token| token.span)
        .or(signature.constness.map(|token| token.span))
        .or(signature.asyncness.map(|token| token.span))
        .or(safety)
        .or(signature.abi.as_ref().map(|abi| abi.extern_token.span))
        .unwrap_or(signature.fn_token.span)
}

pub(super) fn extern_crate<'a>(item: &'a syn::ItemExternCrate, scope: &Scope) -> Parts<'a> {
    let name = item.rename.as_ref().map_or(&item.ident, |(_, name)| name);
    Parts::new(
        ItemKind::ExternCrate,
        name,
        &item.attrs,
        visibility(&item.vis, item.extern_token.span, scope),
        item.semi_token.span,
        scope,
    )
}

pub(super) fn module<'a>(item: &'a syn::ItemMod, scope: &Scope) -> Parts<'a> {
    let first = item
        .unsafety
        .map_or(item.mod_token.span, |token| token.span);
    let last = match (&item.content, &item.semi) {
        (Some((brace, _)), _) => brace.span.close(),
        (None, Some(semi)) => semi.span,
        (None, None) => item.ident.span(),
    };
    let vis = visibility(&item.vis, first, scope);
    let parts = Parts::new(ItemKind::Module, &item.ident, &item.attrs, vis, last, scope);
    Parts {
        signature_end: parts.name_span.end,
        ..parts
    }
}

pub(super) fn macro_call<'a>(item: &'a syn::ItemMacro, scope: &Scope) -> Parts<'a> {
    of_macro(&item.attrs, &item.mac, item.semi_token, scope)
}

fn of_macro<'a>(
    attrs: &'a [Attribute],
    mac: &syn::Macro,
    semi: Option<syn::Token![;]>,
    scope: &Scope,
) -> Parts<'a> {
    let last = semi.map_or(mac.delimiter.span().close(), |semi| semi.span);
    let first = mac.path.segments.first().expect("a macro has a path");
    let first = mac
        .path
        .leading_colon
        .map_or(first.ident.span(), |colons| colons.spans[0]);
    Parts {
        kind: ItemKind::MacroCall,
        name: segments(&mac.path).join("::"),
        name_span: scope.between(first, last_of(&mac.path)),
        attrs,
        visibility: inherited(first, scope),
        signature_end: scope.range(mac.bang_token.span).end,
        end: scope.range(last).end,
        impl_header: None,
    }
}

fn last_of(path: &syn::Path) -> Span {
    let last = path.segments.last().expect("a macro has a path");
    last.ident.span()
}

/// Syntax that is not interpreted: only its place is known.
fn uninterpreted(tokens: &TokenStream, scope: &Scope) -> Parts<'static> {
    let mut spans = tokens.clone().into_iter().map(|token| token.span());
    let first = spans.next().unwrap_or_else(Span::call_site);
    of_range(scope.between(first, spans.last().unwrap_or(first)))
}

fn of_range(range: Range<usize>) -> Parts<'static> {
    let start = range.start..range.start;
    Parts {
        kind: ItemKind::Other,
        name: String::new(),
        name_span: start.clone(),
        attrs: &[],
        visibility: Visibility {
            kind: VisibilityKind::Inherited,
            span: start,
        },
        signature_end: range.end,
        end: range.end,
        impl_header: None,
    }
}

/// Adds an item of a module, imports, modules and macro calls aside, with its parts.
pub(super) fn add_item(to: &mut Collector<'_>, item: &syn::Item, scope: &Scope) -> ItemId {
    match item {
        syn::Item::Enum(item) => add_enum(to, item, scope),
        syn::Item::Struct(item) => add_struct(to, item, scope),
        syn::Item::Union(item) => {
            let vis = visibility(&item.vis, item.union_token.span, scope);
            let brace = item.fields.brace_token.span;
            let (name, attrs) = (&item.ident, &item.attrs);
            let parts = Parts::new(ItemKind::Union, name, attrs, vis, brace.close(), scope);
            let id = to.add(parts.signed_until(brace.open(), scope), scope);
            add_fields(to, item.fields.named.iter(), id, scope);
            id
        }
        syn::Item::Trait(item) => add_trait(to, item, scope),
        syn::Item::Impl(item) => add_impl(to, item, scope),
        syn::Item::ForeignMod(item) => add_foreign(to, item, scope),
        _ => {
            let parts = plain(item, scope);
            to.add(parts, scope)
        }
    }
}

/// An item without parts.
fn plain<'a>(item: &'a syn::Item, scope: &Scope) -> Parts<'a> {
    match item {
        syn::Item::Fn(item) => {
            let first = first_of(item.modifiers.defaultness.as_ref(), &item.sig);
            let vis = visibility(&item.vis, first, scope);
            let brace = item.block.brace_token.span;
            let (name, attrs) = (&item.sig.ident, &item.attrs);
            Parts::new(ItemKind::Function, name, attrs, vis, brace.close(), scope)
                .signed_until(brace.open(), scope)
        }
        syn::Item::Const(item) => {
            let vis = visibility(&item.vis, item.const_token.span, scope);
            let (name, attrs, semi) = (&item.ident, &item.attrs, item.semi_token.span);
            Parts::new(ItemKind::Const, name, attrs, vis, semi, scope)
                .signed_until(item.eq_token.span, scope)
        }
        syn::Item::Static(item) => {
            let vis = visibility(&item.vis, item.static_token.span, scope);
            let (name, attrs, semi) = (&item.ident, &item.attrs, item.semi_token.span);
            Parts::new(ItemKind::Static, name, attrs, vis, semi, scope)
                .signed_until(item.eq_token.span, scope)
        }
        syn::Item::Type(item) => {
            let vis = visibility(&item.vis, item.type_token.span, scope);
            let (name, attrs, semi) = (&item.ident, &item.attrs, item.semi_token.span);
            Parts::new(ItemKind::Type, name, attrs, vis, semi, scope)
        }
        syn::Item::TraitAlias(item) => {
            let vis = visibility(&item.vis, item.trait_token.span, scope);
            let (name, attrs, semi) = (&item.ident, &item.attrs, item.semi_token.span);
            Parts::new(ItemKind::Trait, name, attrs, vis, semi, scope)
        }
        syn::Item::Macro(item) => {
            let parts = of_macro(&item.attrs, &item.mac, item.semi_token, scope);
            match &item.ident {
                Some(name) => Parts {
                    kind: ItemKind::Macro,
                    name: name.to_string(),
                    name_span: scope.range(name.span()),
                    ..parts
                },
                None => parts,
            }
        }
        syn::Item::Verbatim(tokens) => uninterpreted(tokens, scope),
        other => of_range(scope.range(other.span())),
    }
}

fn add_struct(to: &mut Collector<'_>, item: &syn::ItemStruct, scope: &Scope) -> ItemId {
    let vis = visibility(&item.vis, item.struct_token.span, scope);
    let semi = item.semi_token.map(|semi| semi.span);
    let (open, close) = match &item.fields {
        Fields::Named(fields) => {
            let brace = fields.brace_token.span;
            (Some(brace.open()), Some(brace.close()))
        }
        Fields::Unnamed(fields) => (Some(fields.paren_token.span.open()), semi),
        Fields::Unit => (semi, semi),
    };
    let last = close.unwrap_or_else(|| item.ident.span());
    let mut parts = Parts::new(ItemKind::Struct, &item.ident, &item.attrs, vis, last, scope);
    if let Some(open) = open {
        parts = parts.signed_until(open, scope);
    }
    let id = to.add(parts, scope);
    add_fields(to, item.fields.iter(), id, scope);
    id
}

fn add_enum(to: &mut Collector<'_>, item: &syn::ItemEnum, scope: &Scope) -> ItemId {
    let vis = visibility(&item.vis, item.enum_token.span, scope);
    let last = item.brace_token.span.close();
    let parts = Parts::new(ItemKind::Enum, &item.ident, &item.attrs, vis, last, scope);
    let id = to.add(parts, scope);
    let inner = to.scope_of(id, scope);
    for variant in &item.variants {
        let last = match (&variant.discriminant, &variant.fields) {
            (Some((_, value)), _) => value.span(),
            (None, Fields::Named(fields)) => fields.brace_token.span.close(),
            (None, Fields::Unnamed(fields)) => fields.paren_token.span.close(),
            _ => variant.ident.span(),
        };
        let vis = inherited(variant.ident.span(), scope);
        let (name, attrs) = (&variant.ident, &variant.attrs);
        let parts = Parts::new(ItemKind::Variant, name, attrs, vis, last, scope);
        let id = to.add(parts, &inner);
        let inner = to.scope_of(id, scope);
        for (index, field) in variant.fields.iter().enumerate() {
            let mut parts = field_parts(field, index, scope);
            parts.visibility.kind = VisibilityKind::Inherited;
            to.add(parts, &inner);
        }
    }
    id
}

fn add_fields<'a>(
    to: &mut Collector<'_>,
    fields: impl Iterator<Item = &'a syn::Field>,
    id: ItemId,
    scope: &Scope,
) {
    let inner = to.scope_of(id, scope);
    for (index, field) in fields.enumerate() {
        to.add(field_parts(field, index, scope), &inner);
    }
}

fn field_parts<'a>(field: &'a syn::Field, index: usize, scope: &Scope) -> Parts<'a> {
    let ty = field.ty.span();
    let first = field.ident.as_ref().map_or(ty, syn::Ident::span);
    let ty = scope.range(ty);
    let (name, name_span) = match &field.ident {
        Some(ident) => (ident.to_string(), scope.range(ident.span())),
        None => (index.to_string(), ty.clone()),
    };
    let last = field.default.as_ref().map(|(_, value)| value.span());
    Parts {
        kind: ItemKind::Field,
        name,
        name_span,
        attrs: &field.attrs,
        visibility: visibility(&field.vis, first, scope),
        signature_end: ty.end,
        end: last.map_or(ty.end, |last| scope.range(last).end),
        impl_header: None,
    }
}

fn add_trait(to: &mut Collector<'_>, item: &syn::ItemTrait, scope: &Scope) -> ItemId {
    let first = item
        .unsafety
        .map(|token| token.span)
        .or(item.modifiers.auto_token.map(|token| token.span))
        .unwrap_or(item.trait_token.span);
    let vis = visibility(&item.vis, first, scope);
    let brace = item.brace_token.span;
    let (name, attrs) = (&item.ident, &item.attrs);
    let parts = Parts::new(ItemKind::Trait, name, attrs, vis, brace.close(), scope);
    let id = to.add(parts.signed_until(brace.open(), scope), scope);
    let inner = to.scope_of(id, scope);
    for part in &item.items {
        let parts = trait_part(part, scope);
        to.add(parts, &inner);
    }
    id
}

fn trait_part<'a>(item: &'a TraitItem, scope: &Scope) -> Parts<'a> {
    match item {
        TraitItem::Fn(item) => {
            let first = first_of(item.modifiers.defaultness.as_ref(), &item.sig);
            let (name, attrs) = (&item.sig.ident, &item.attrs);
            let body = item.default.as_ref().map(|block| block.brace_token.span);
            let semi = item.semi_token.map(|semi| semi.span);
            let last = semi.or(body.map(|brace| brace.close()));
            let last = last.unwrap_or_else(|| item.sig.span());
            let vis = inherited(first, scope);
            let parts = Parts::new(ItemKind::TraitFunction, name, attrs, vis, last, scope);
            match body.map(|brace| brace.open()).or(semi) {
                Some(open) => parts.signed_until(open, scope),
                None => parts,
            }
        }
        TraitItem::Const(item) => {
            let (name, attrs, semi) = (&item.ident, &item.attrs, item.semi_token.span);
            let vis = inherited(item.const_token.span, scope);
            let parts = Parts::new(ItemKind::TraitConst, name, attrs, vis, semi, scope);
            match &item.default {
                Some((eq, _)) => parts.signed_until(eq.span, scope),
                None => parts,
            }
        }
        TraitItem::Type(item) => {
            let (name, attrs, semi) = (&item.ident, &item.attrs, item.semi_token.span);
            let vis = inherited(item.type_token.span, scope);
            Parts::new(ItemKind::TraitType, name, attrs, vis, semi, scope)
        }
        TraitItem::Macro(item) => of_macro(&item.attrs, &item.mac, item.semi_token, scope),
        TraitItem::Verbatim(tokens) => uninterpreted(tokens, scope),
        other => of_range(scope.range(other.span())),
    }
}

fn add_impl(to: &mut Collector<'_>, item: &syn::ItemImpl, scope: &Scope) -> ItemId {
    let first = item
        .modifiers
        .defaultness
        .map(|token| token.span)
        .or(item.unsafety.map(|token| token.span))
        .unwrap_or(item.impl_token.span);
    let name_span = scope.range(item.self_ty.span());
    let name = to.source(name_span.clone(), scope).to_owned();
    let generics = &item.generics;
    let types = generics.type_params().map(|param| &param.ident);
    let consts = generics.const_params().map(|param| &param.ident);
    let header = ImplHeader {
        self_type: name.clone(),
        self_path: self_path(&item.self_ty),
        trait_path: item.trait_.as_ref().map(|(path, _)| segments(path)),
        generics: types.chain(consts).map(ToString::to_string).collect(),
    };
    let of_trait = header.trait_path.is_some();
    let brace = item.brace_token.span;
    let parts = Parts {
        kind: ItemKind::Impl,
        name,
        name_span,
        attrs: &item.attrs,
        visibility: inherited(first, scope),
        signature_end: scope.range(brace.open()).start,
        end: scope.range(brace.close()).end,
        impl_header: Some(header),
    };
    let id = to.add(parts, scope);
    let inner = to.scope_of(id, scope);
    for part in &item.items {
        add_impl_part(to, part, of_trait, &inner);
    }
    id
}

fn add_impl_part(to: &mut Collector<'_>, part: &ImplItem, of_trait: bool, scope: &Scope) {
    let mut parts = impl_part(part, scope);
    if of_trait && parts.kind != ItemKind::MacroCall {
        parts.kind = ItemKind::ImplItem;
        parts.visibility.kind = VisibilityKind::Inherited;
    }
    let id = to.add(parts, scope);
    if let ImplItem::Macro(call) = part {
        let inner = to.scope_of(id, scope).in_macro();
        for part in impl_items_in_macro(call.mac.tokens.clone()) {
            add_impl_part(to, &part, of_trait, &inner);
        }
    }
}

/// The path of an impl's self type, references and parentheses looked through.
fn self_path(ty: &syn::Type) -> Option<Vec<String>> {
    match ty {
        syn::Type::Path(path) if path.qself.is_none() => Some(segments(&path.path)),
        syn::Type::Reference(reference) => self_path(&reference.elem),
        syn::Type::Paren(inner) => self_path(&inner.elem),
        syn::Type::Group(inner) => self_path(&inner.elem),
        _ => None,
    }
}

fn impl_part<'a>(item: &'a ImplItem, scope: &Scope) -> Parts<'a> {
    match item {
        ImplItem::Fn(item) => {
            let first = first_of(item.modifiers.defaultness.as_ref(), &item.sig);
            let vis = visibility(&item.vis, first, scope);
            let brace = item.block.brace_token.span;
            let (name, attrs) = (&item.sig.ident, &item.attrs);
            Parts::new(ItemKind::Method, name, attrs, vis, brace.close(), scope)
                .signed_until(brace.open(), scope)
        }
        ImplItem::Const(item) => {
            let first = item.modifiers.defaultness.map(|token| token.span);
            let first = first.unwrap_or(item.const_token.span);
            let vis = visibility(&item.vis, first, scope);
            let (name, attrs, semi) = (&item.ident, &item.attrs, item.semi_token.span);
            Parts::new(ItemKind::AssociatedConst, name, attrs, vis, semi, scope)
                .signed_until(item.eq_token.span, scope)
        }
        ImplItem::Type(item) => {
            let first = item.modifiers.defaultness.map(|token| token.span);
            let first = first.unwrap_or(item.type_token.span);
            let vis = visibility(&item.vis, first, scope);
            let (name, attrs, semi) = (&item.ident, &item.attrs, item.semi_token.span);
            Parts::new(ItemKind::AssociatedType, name, attrs, vis, semi, scope)
        }
        ImplItem::Macro(item) => of_macro(&item.attrs, &item.mac, item.semi_token, scope),
        ImplItem::Verbatim(tokens) => uninterpreted(tokens, scope),
        other => of_range(scope.range(other.span())),
    }
}

fn add_foreign(to: &mut Collector<'_>, item: &syn::ItemForeignMod, scope: &Scope) -> ItemId {
    let abi = item.abi.extern_token.span;
    let first = item.unsafety.map_or(abi, |token| token.span);
    let brace = item.brace_token.span;
    let parts = Parts {
        kind: ItemKind::ForeignMod,
        name: "extern".to_owned(),
        name_span: scope.range(abi),
        attrs: &item.attrs,
        visibility: inherited(first, scope),
        signature_end: scope.range(brace.open()).start,
        end: scope.range(brace.close()).end,
        impl_header: None,
    };
    let id = to.add(parts, scope);
    let inner = to.scope_of(id, scope);
    for part in &item.items {
        let parts = foreign_part(part, scope);
        to.add(parts, &inner);
    }
    id
}

fn foreign_part<'a>(item: &'a ForeignItem, scope: &Scope) -> Parts<'a> {
    match item {
        ForeignItem::Fn(item) => {
            let first = first_of(item.modifiers.defaultness.as_ref(), &item.sig);
            let vis = visibility(&item.vis, first, scope);
            let (name, attrs, semi) = (&item.sig.ident, &item.attrs, item.semi_token.span);
            Parts::new(ItemKind::Function, name, attrs, vis, semi, scope)
        }
        ForeignItem::Static(item) => {
            let first = match &item.safety {
                Safety::Safe(token) => token.span,
                Safety::Unsafe(token) => token.span,
                Safety::Default => item.static_token.span,
            };
            let vis = visibility(&item.vis, first, scope);
            let (name, attrs, semi) = (&item.ident, &item.attrs, item.semi_token.span);
            Parts::new(ItemKind::Static, name, attrs, vis, semi, scope)
        }
        ForeignItem::Type(item) => {
            let vis = visibility(&item.vis, item.type_token.span, scope);
            let (name, attrs, semi) = (&item.ident, &item.attrs, item.semi_token.span);
            Parts::new(ItemKind::Type, name, attrs, vis, semi, scope)
        }
        ForeignItem::Macro(item) => of_macro(&item.attrs, &item.mac, item.semi_token, scope),
        ForeignItem::Verbatim(tokens) => uninterpreted(tokens, scope),
        other => of_range(scope.range(other.span())),
    }
}
