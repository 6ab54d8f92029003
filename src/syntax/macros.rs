//! Items read from tokens that are no items by themselves: macro calls, files that do not parse.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::ImplItem;
use syn::parse::Parser as _;

/// The items that a macro's tokens look like: all of them, or those in the branches of a
/// `cfg_if!`.
pub(super) fn items_in_macro(tokens: TokenStream) -> Vec<syn::Item> {
    // As a file, for some begin with `#![…]`: a condition on all that follows.
    if let Ok(file) = syn::parse2::<syn::File>(tokens.clone()) {
        return file.items;
    }
    let branches = starts_with_if(&tokens);
    if !branches {
        return Vec::new();
    }
    tokens
        .into_iter()
        .filter_map(|token| match token {
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
                Some(items_in_macro(group.stream()))
            }
            _ => None,
        })
        .flatten()
        .collect()
}

/// The same for a macro called inside an impl.
pub(super) fn impl_items_in_macro(tokens: TokenStream) -> Vec<ImplItem> {
    let parse = |input: syn::parse::ParseStream<'_>| {
        let mut items = Vec::new();
        while !input.is_empty() {
            items.push(input.parse()?);
        }
        Ok(items)
    };
    parse.parse2(tokens).unwrap_or_default()
}

fn starts_with_if(tokens: &TokenStream) -> bool {
    let first = tokens.clone().into_iter().next();
    matches!(first, Some(TokenTree::Ident(ident)) if ident == "if")
}

/// The `mod name;` of a file that does not parse, with their attributes.
pub(super) fn declared_modules(tokens: TokenStream) -> Vec<syn::Item> {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut items = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let declares = matches!(token, TokenTree::Ident(ident) if ident == "mod");
        let ends = matches!(tokens.get(at + 2), Some(TokenTree::Punct(p)) if p.as_char() == ';');
        if !declares || !ends {
            continue;
        }
        // From after the item before: its `;` or its braces.
        let from = tokens[..at].iter().rposition(|token| match token {
            TokenTree::Punct(punct) => punct.as_char() == ';',
            TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
            TokenTree::Ident(_) | TokenTree::Literal(_) => false,
        });
        let from = from.map_or(0, |from| from + 1);
        let declaration: TokenStream = tokens[from..=at + 2].iter().cloned().collect();
        if let Ok(item) = syn::parse2::<syn::ItemMod>(declaration) {
            items.push(syn::Item::Mod(item));
        }
    }
    items
}
