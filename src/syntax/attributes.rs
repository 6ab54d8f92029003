//! What attributes say: conditions, paths of module files.

use std::ops::Range;

use syn::parse::ParseStream;
use syn::punctuated::Punctuated;
use syn::{AttrStyle, Attribute, Meta, Token};

use super::collect::Scope;

/// The first byte of the first attribute or doc comment in front of an item.
pub(super) fn first(attrs: &[Attribute], scope: &Scope) -> Option<usize> {
    let outer = |attr: &&Attribute| matches!(attr.style, AttrStyle::Outer);
    let attr = attrs.iter().find(outer)?;
    Some(scope.range(attr.pound_token.span).start)
}

/// The paths of attributes, doc comments aside.
pub(super) fn names(attrs: &[Attribute]) -> Vec<String> {
    attrs
        .iter()
        .filter(|attr| !attr.path().is_ident("doc"))
        .map(|attr| segments(attr.path()).join("::"))
        .collect()
}

/// Where `#[deprecated…]` is.
pub(super) fn deprecated(attrs: &[Attribute], scope: &Scope) -> Option<Range<usize>> {
    let attr = attrs.iter().find(|a| a.path().is_ident("deprecated"))?;
    Some(scope.between(attr.pound_token.span, attr.bracket_token.span.close()))
}

/// The segments of a path, generic arguments left out.
pub(super) fn segments(path: &syn::Path) -> Vec<String> {
    let names = path.segments.iter();
    names.map(|segment| segment.ident.to_string()).collect()
}

/// Where the conditions of `#[cfg(…)]`s are.
pub(super) fn cfgs(attrs: &[Attribute], scope: &Scope) -> impl Iterator<Item = Range<usize>> {
    attrs
        .iter()
        .filter(|attr| attr.path().is_ident("cfg"))
        .filter_map(|attr| match &attr.meta {
            Meta::List(list) => {
                let parentheses = list.delimiter.span();
                Some(scope.range(parentheses.open()).end..scope.range(parentheses.close()).start)
            }
            Meta::Path(_) | Meta::NameValue(_) => None,
        })
}

/// Do the attributes leave an item to tests only? By `#[cfg]`, or because it is a test:
/// `#[test]`, `#[bench]`, and those of frameworks whose attribute is called so (`#[tokio::test]`).
pub(super) fn is_test_only(attrs: &[Attribute]) -> bool {
    attrs.iter().any(|attr| {
        let name = attr.path().segments.last().map(|s| s.ident.to_string());
        match name.as_deref() {
            Some("cfg") => attr.parse_args().is_ok_and(|meta| needs_test(&meta)),
            Some("test" | "bench") => true,
            _ => false,
        }
    })
}

/// Is a condition false wherever `test` is?
fn needs_test(meta: &Meta) -> bool {
    let parts = |list: &syn::MetaList| list.parse_args_with(parse_metas).unwrap_or_default();
    match meta {
        Meta::Path(path) => path.is_ident("test"),
        Meta::List(list) if list.path.is_ident("all") => parts(list).iter().any(needs_test),
        Meta::List(list) if list.path.is_ident("any") => {
            let parts = parts(list);
            !parts.is_empty() && parts.iter().all(needs_test)
        }
        Meta::List(_) | Meta::NameValue(_) => false,
    }
}

fn parse_metas(input: ParseStream<'_>) -> syn::Result<Punctuated<Meta, Token![,]>> {
    Punctuated::parse_terminated(input)
}

/// The values of a module's `#[path]` attributes.
#[derive(Debug, Default)]
pub(super) struct PathAttributes {
    /// That of a bare `#[path]`.
    pub(super) always: Option<String>,
    /// Those under `cfg_attr`.
    pub(super) sometimes: Vec<String>,
}

/// Reads the `#[path]` attributes of a module.
pub(super) fn path_attributes(attrs: &[Attribute]) -> PathAttributes {
    let mut paths = PathAttributes::default();
    for attr in attrs {
        if attr.path().is_ident("path") {
            paths.always = string_value(&attr.meta);
        } else if attr.path().is_ident("cfg_attr") {
            let Ok(metas) = attr.parse_args_with(parse_metas) else {
                continue;
            };
            let path = metas.iter().skip(1).find(|m| m.path().is_ident("path"));
            paths.sometimes.extend(path.and_then(string_value));
        }
    }
    paths
}

fn string_value(meta: &Meta) -> Option<String> {
    let Meta::NameValue(pair) = meta else {
        return None;
    };
    match &pair.value {
        syn::Expr::Lit(syn::ExprLit {
            lit: syn::Lit::Str(text),
            ..
        }) => Some(text.value()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_that_only_tests_fulfil() {
        let check = |condition: &str, expected: bool| {
            let meta: Meta = syn::parse_str(condition).unwrap();
            assert_eq!(needs_test(&meta), expected, "{condition}");
        };
        check("test", true);
        check("all(unix, test)", true);
        check("any(test, feature = \"x\")", false);
        check("any(test, all(test, unix))", true);
        check("not(test)", false);
        check("unix", false);
    }
}
