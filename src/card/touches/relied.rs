//! Code that relies on what a type implements, as far as the text shows it: derives of what holds
//! it, and values of it that are copied.

use std::collections::BTreeSet;

use camino::Utf8PathBuf;

use super::code::{Code, CodeFile};
use crate::syntax::Data;

/// A file and a byte of it.
pub(super) type Found = (Utf8PathBuf, usize);

fn derives_trait(data: &Data, trait_: &str) -> bool {
    let last = |path: &str| path.rsplit("::").next() == Some(trait_);
    data.derives.iter().any(|(path, _)| last(path))
}

/// The field that has that byte in its type, if what it is in derives the trait.
pub(super) fn derived_at(code: &CodeFile, trait_: &str, at: usize) -> Option<usize> {
    let data = code.values.data.iter();
    let mut fields = data
        .filter(|data| derives_trait(data, trait_))
        .flat_map(|data| &data.fields);
    let field = fields.find(|field| field.place.contains(&at))?;
    Some(field.place.start)
}

/// Fields with a type of that name, in what derives the trait.
pub(super) fn derived(code: &mut Code<'_>, trait_: &str, ty: &str) -> Vec<Found> {
    code.in_all(|code| {
        let data = code.values.data.iter();
        let fields = data
            .filter(|data| derives_trait(data, trait_))
            .flat_map(|data| &data.fields);
        let of_it = fields.filter(|field| field.mentions.iter().any(|name| name == ty));
        of_it.map(|field| field.place.start).collect()
    })
}

/// Calls of a macro, in the place of items, that name the type.
pub(super) fn made(code: &mut Code<'_>, name: &str, ty: &str) -> Vec<Found> {
    code.in_all(|code| {
        let calls = code.values.made.iter().filter(|call| call.name == name);
        let names = |tokens: &str| tokens.split_whitespace().any(|token| token == ty);
        let of_it = calls.filter(|call| names(&call.tokens));
        of_it.map(|call| call.at).collect()
    })
}

/// Where values of a type of that name are copied: fields that are used by value, and parameters
/// that are used by value and again.
pub(super) fn moved(code: &mut Code<'_>, ty: &str) -> Vec<Found> {
    let mut names = BTreeSet::new();
    for file in code.own() {
        let Some(code) = code.file(&file) else {
            continue;
        };
        let fields = code.values.data.iter().flat_map(|data| &data.fields);
        let of_it = fields.filter(|field| field.ty.as_deref() == Some(ty));
        names.extend(of_it.map(|field| field.name.clone()));
    }
    code.in_all(|code| {
        let values = &code.values;
        let fields = values.moved_fields.iter();
        let fields = fields.filter(|(name, _)| names.contains(name));
        let parameters = values.parameters.iter();
        let parameters = parameters.filter(|of| of.ty.as_deref() == Some(ty));
        fields
            .map(|(_, place)| place.start)
            .chain(parameters.map(|of| of.place.start))
            .collect()
    })
}

/// Is that path of a derive the one of a crate that has that name?
fn is_derive_of(code: &CodeFile, krate: &str, name: &str, path: &str) -> bool {
    match path.split_once("::") {
        Some((root, rest)) => root == krate && rest == name,
        None => path == name && code.imports(&[krate, name]),
    }
}

/// Is a byte in what has a derive of that crate, attributes and all? A derive may give what it
/// writes the place of any token that it is given (`Span` in the documentation of `proc_macro`), and
/// rustc does not tell that from what the user wrote there.
pub(super) fn is_by_derive(code: &CodeFile, krate: &str, at: usize) -> bool {
    let data = code.values.data.iter();
    // What is defined within a field's type or value is of its own.
    let around = data.filter(|data| data.place.contains(&at));
    let data = around.max_by_key(|data| data.place.start);
    let mut derives = data.iter().flat_map(|data| &data.derives);
    derives.any(|(path, _)| {
        let name = path.rsplit("::").next().unwrap_or(path);
        is_derive_of(code, krate, name, path)
    })
}

/// Where a derive of a crate is used, the name of what it is for, and the attributes that are called
/// like the crate: those of a derive are known only beside it (Reference, "Derive macro helper
/// attributes").
pub(super) fn derives(code: &mut Code<'_>, krate: &str, name: &str) -> Vec<Found> {
    code.in_all(|code| {
        let is_it = |path: &str| is_derive_of(code, krate, name, path);
        let mut found = Vec::new();
        for data in &code.values.data {
            if let Some((_, at)) = data.derives.iter().find(|(path, _)| is_it(path)) {
                found.extend([*at, data.name.1]);
                let starts = data.attributes.iter().map(|attribute| attribute.start);
                found.extend(starts.filter(|start| code.is_attribute_of(*start, krate)));
            }
        }
        found
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::fs;
    use crate::sys::scratch::Scratch;

    /// The lines that a search names.
    fn lines(text: &str, search: fn(&mut Code<'_>) -> Vec<Found>) -> Vec<u32> {
        let scratch = Scratch::new().unwrap();
        fs::write(&scratch.path().join("lib.rs"), text).unwrap();
        let mut code = Code::new(scratch.path());
        let found = search(&mut code);
        let line = |(file, at): &Found| code.file(file).unwrap().line_column(*at).0;
        found.iter().map(line).collect()
    }

    #[test]
    fn derives_need_what_fields_implement() {
        let text = "#[derive(Debug)]\nstruct A {\n    flags: Option<Flags>,\n    n: u8,\n}\n\
                    #[derive(Clone)]\nstruct B(Flags);\n";
        assert_eq!(lines(text, |code| derived(code, "Debug", "Flags")), [3]);
        assert_eq!(
            lines(text, |code| derived(code, "Hash", "Flags")),
            [0_u32; 0]
        );
    }

    #[test]
    fn copies_are_uses_by_value() {
        let text = "struct A { flags: Flags, n: u8 }\nfn f(a: A) {\n    g(a.flags);\n    \
                    a.flags.bits();\n    g(a.n);\n}\n\
                    fn h(\n    flags: Flags,\n) { g(flags); flags.bits(); }\n";
        assert_eq!(lines(text, |code| moved(code, "Flags")), [3, 8]);
    }

    #[test]
    fn a_derive_is_known_by_its_crate() {
        let text = "use lib::{Args as _, Parser};\n#[derive(Debug, Parser)]\nstruct A {\n\
                    #[lib(long)]\n#[serde(skip)]\na: u8 }\n\
                    #[derive(lib::Args)]\nstruct B;\n#[derive(Args)]\nstruct C;\n";
        assert_eq!(
            lines(text, |code| derives(code, "lib", "Parser")),
            [2, 3, 4]
        );
        let by_derive = |file: &str, at: &str| {
            let scratch = Scratch::new().unwrap();
            fs::write(&scratch.path().join("lib.rs"), file).unwrap();
            let mut code = Code::new(scratch.path());
            let at = file.find(at).expect("it is there");
            is_by_derive(code.file("lib.rs".into()).unwrap(), "lib", at)
        };
        let of_lib = "#[derive(lib::Args)]\nstruct A { field: u8 }\nfn f(x: u8) {}";
        assert!(by_derive(of_lib, "field"));
        assert!(by_derive(of_lib, "A {"));
        let with_key = "#[derive(lib::Args)]\nstruct A { #[lib(long)] field: u8 }";
        assert!(by_derive(with_key, "#[lib"));
        assert!(!by_derive(of_lib, "x:"));
        assert!(!by_derive(
            "#[derive(Debug)]\nstruct A { field: u8 }",
            "field"
        ));
        let text = "use other::Parser;\n#[derive(Parser)]\nstruct A;\n";
        assert_eq!(
            lines(text, |code| derives(code, "lib", "Parser")),
            [0_u32; 0]
        );
    }
}
