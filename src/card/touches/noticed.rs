//! Whether a use of an item notices a change of it, by what stands around the use.

use std::collections::BTreeSet;

use super::code::CodeFile;
use super::generics::{Arguments, touched_by};
use super::relied;
use super::signature::{is_no_call, is_only_error};
use super::told::{is_about_generics, is_called_by_mut, is_gone, is_type, is_variable};
use super::written::Gone;
use crate::model::{Change, Reference, Span};
use crate::syntax::{Item, SourceTree};

/// What takes a `Result` without its error, or only shows that (`Result::unwrap` asks for `Debug`).
const WITHOUT_ERROR: [&str; 7] = [
    ".unwrap()",
    ".expect(",
    ".ok()",
    ".is_ok()",
    ".is_err()",
    ".unwrap_or(",
    ".unwrap_or_default()",
];

/// What keeps no borrow of a value.
const WITHOUT_BORROW: [&str; 6] = [
    ".is_some()",
    ".is_none()",
    ".is_empty()",
    ".len()",
    ".to_string()",
    ".to_owned()",
];

/// Does a change of an item touch that use of it? An import only finds it, and generic parameters
/// are mostly inferred. `roots` are the names by which the code may know the crate.
pub(super) fn is_noticed(
    code: &CodeFile,
    (tree, item): (&SourceTree, &Item),
    reference: &Reference,
    change: &Change,
    roots: &BTreeSet<String>,
) -> bool {
    let Span { start, end, .. } = reference.span;
    if code.is_import(start) && !is_gone(change) {
        return false;
    }
    if is_of_derive(code, item, reference, change) {
        return false;
    }
    if change.code == "item-removed"
        && Gone::new(roots, &change.item).is_written_at(code, start) == Some(false)
    {
        return false;
    }
    if change.code == "trait-not-dyn-compatible" {
        return code.is_object(start);
    }
    if change.code == "bound-added" && change.message.contains("but not what a closure takes") {
        return code.call(end).contains('|');
    }
    if is_called_by_mut(&change.message) {
        return !code.is_called_at_once(end);
    }
    if is_no_call(&change.message) {
        return code.is_called_at_once(end);
    }
    if is_only_error(&change.message) {
        let after = code.after_call(end);
        return !WITHOUT_ERROR.iter().any(|taken| after.starts_with(taken));
    }
    if change.code == "return-lifetime-tightened" {
        let after = code.after_call(end);
        let after = after
            .strip_prefix(".unwrap()")
            .unwrap_or(after)
            .trim_start();
        return !WITHOUT_BORROW.iter().any(|taken| after.starts_with(taken));
    }
    !is_about_generics(&change.code) || is_in_arguments(code, (tree, item), reference, change)
}

/// Did a derive of the library write it? Its next version writes what fits the next library; what
/// the user writes for it are the keys of attributes, and the value that is behind a key.
fn is_of_derive(code: &CodeFile, item: &Item, reference: &Reference, change: &Change) -> bool {
    let Span { start, end, .. } = reference.span;
    let krate = change.item.split("::").next().unwrap_or_default();
    let text = code.between(start, end);
    let is_renamed = || {
        let mut imports = code.names.imports.iter();
        imports.any(|import| import.name.as_deref() == Some(text))
    };
    if text != item.name && (reference.in_macro || !is_renamed()) {
        // Where a type is used by a variable's name, a derive has given its own code that place.
        let is_its = is_type(item.kind) && is_variable(text);
        // A key of the user's that stood for what is gone.
        let is_key = is_gone(change) && code.is_attribute(start);
        return is_its || !is_key && relied::is_by_derive(code, krate, start);
    }
    !is_gone(change) && code.is_bare_key(start..end) && relied::is_by_derive(code, krate, start)
}

/// Does a use write out what changed of an item's generic parameters?
fn is_in_arguments(
    code: &CodeFile,
    (tree, item): (&SourceTree, &Item),
    reference: &Reference,
    change: &Change,
) -> bool {
    let Span { start, end, .. } = reference.span;
    let declared = tree.files.get(&item.file);
    let declared = declared.and_then(|file| file.text.get(item.signature.clone()));
    let written = code.arguments(end);
    match touched_by(change, declared.unwrap_or_default()) {
        Arguments::All => true,
        Arguments::Written(nth) => written.others > nth,
        Arguments::Types => {
            written.others > 0 || code.is_type(start) || code.impl_at(start).is_some()
        }
        Arguments::LeftOut(nth) => {
            written.others <= nth && code.is_type(start) && meets_default(code, start, change)
        }
        Arguments::Lifetimes => written.lifetimes > 0,
        Arguments::Headers => written.lifetimes == 0 && code.is_header(start),
    }
}

/// Does the function around a use name what was the default of a generic parameter? A default is
/// filled in wherever the argument is left out (Reference, "Generic parameters"), so it is another
/// one in all these places at once: it breaks where it meets the old one, written out.
fn meets_default(code: &CodeFile, at: usize, change: &Change) -> bool {
    let function = code.function_at(at);
    let old = change.message.split('`').nth(3).unwrap_or_default();
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    // One letter is a generic parameter.
    let mut names = old.split(|c| !is_part(c)).filter(|name| name.len() > 1);
    function.is_empty()
        || names.any(|name| function.split(|c| !is_part(c)).any(|word| word == name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::card::touches::code::Code;
    use crate::model::{Bump, Place};
    use crate::syntax::parse_file;
    use crate::sys::fs;
    use crate::sys::scratch::Scratch;

    const LIBRARY: &str = "pub struct Arg;\nimpl Arg { pub fn long(self) -> Self { self } }\n\
        pub fn parse(text: &str) -> Result<u8, Error> { todo() }\n\
        pub fn get(arg: &Arg) -> Option<&str> { None }\n\
        pub type Out<T, E = (T, Kind)> = Result<T, E>;\n\
        pub mod multi {}\npub fn list() {}\n";

    struct Case {
        /// The item of the library that is used.
        item: &'static str,
        code: &'static str,
        message: &'static str,
    }

    impl Case {
        /// Is the change noticed at what stands between `«` and `»`?
        fn is_noticed(&self, text: &str) -> bool {
            let (start, end) = (
                text.find('«').expect("a mark"),
                text.find('»').expect("a mark"),
            );
            let text = text.replace(['«', '»'], "");
            let span = start..end - '«'.len_utf8();
            let scratch = Scratch::new().unwrap();
            fs::write(&scratch.path().join("lib.rs"), text).unwrap();
            let mut code = Code::new(scratch.path());
            let tree = parse_file("lib.rs".into(), LIBRARY.to_owned());
            let name = self.item.rsplit("::").next();
            let mut items = tree.items.iter();
            let item = items.find(|item| Some(item.name.as_str()) == name);
            let reference = Reference {
                item: 0,
                span: Span {
                    file: "lib.rs".into(),
                    start: span.start,
                    end: span.end,
                },
                place: Place {
                    file: "lib.rs".into(),
                    line: 1,
                    column: 1,
                },
                in_macro: false,
                made_by: None,
            };
            let change = Change {
                bump: Bump::Major,
                code: self.code.to_owned(),
                item: self.item.to_owned(),
                message: self.message.to_owned(),
                before: None,
                after: None,
            };
            let code = code.file("lib.rs".into()).expect("it was written");
            let item = (&tree, item.expect("the library has it"));
            is_noticed(
                code,
                item,
                &reference,
                &change,
                &BTreeSet::from(["lib".to_owned()]),
            )
        }
    }

    #[test]
    fn what_a_derive_writes_is_the_librarys() {
        let other = Case {
            item: "lib::Arg::long",
            code: "parameter-type-changed",
            message: "parameter `l` was `&str`, is `u8`",
        };
        let gone = Case {
            code: "method-removed",
            message: "the method was removed",
            ..other
        };
        let on_field = "#[derive(lib::Args)] struct A { #[lib(long)] «field: u8» }";
        assert!(!other.is_noticed(on_field) && !gone.is_noticed(on_field));
        let on_comment = "#[derive(lib::Args)] struct A { «/** a */» field: u8 }";
        assert!(!other.is_noticed(on_comment) && !gone.is_noticed(on_comment));
        let for_key = "#[derive(lib::Args)] struct A { #[lib(«parse»(from_os))] field: u8 }";
        assert!(!other.is_noticed(for_key) && gone.is_noticed(for_key));
        // The key is the user's: it has to be there; what a value means as well.
        let key = "#[derive(lib::Args)] struct A { #[lib(short, «long»)] field: u8 }";
        assert!(!other.is_noticed(key) && gone.is_noticed(key));
        let value = "#[derive(lib::Args)] struct A { #[lib(«long» = \"a\")] field: u8 }";
        assert!(other.is_noticed(value) && gone.is_noticed(value));
        let of_others = "#[derive(Other)] struct A { #[lib(«long»)] field: u8 }";
        assert!(other.is_noticed(of_others));
        let call = "fn f(a: lib::Arg) { a.«long»() }";
        assert!(other.is_noticed(call) && gone.is_noticed(call));
    }

    #[test]
    fn a_type_by_another_name_in_what_derives_is_the_users() {
        let case = Case {
            item: "lib::Arg",
            code: "type-generics-changed",
            message: "the generic parameter `T` was added",
        };
        let renamed = "use lib::{Arg as Renamed, Args};\n#[derive(Args)] struct A { a: «Renamed» }";
        assert!(case.is_noticed(renamed));
        let by_derive = "use lib::Args;\n#[derive(Args)] struct A { a: «Other» }";
        assert!(!case.is_noticed(by_derive));
    }

    #[test]
    fn another_error_is_not_noticed_where_none_is_looked_at() {
        let case = Case {
            item: "lib::parse",
            code: "return-type-changed",
            message: "it returned `Result<u8, A>`, and returns `Result<u8, B>`: `fn parse()`",
        };
        assert!(!case.is_noticed("fn f() { lib::«parse»(\"1\").unwrap(); }"));
        assert!(!case.is_noticed("fn f() { lib::«parse»(\"1\")\n    .expect(\"a\"); }"));
        assert!(case.is_noticed("fn f() { lib::«parse»(\"1\")?; }"));
        assert!(case.is_noticed("fn f() { lib::«parse»(\"1\").unwrap_or_else(g); }"));
        assert!(case.is_noticed("fn f() { g(lib::«parse»); }"));
        let value = Case {
            message: "it returned `Result<u8, A>`, and returns `Result<u16, A>`: `fn parse()`",
            ..case
        };
        assert!(value.is_noticed("fn f() { lib::«parse»(\"1\").unwrap(); }"));
    }

    #[test]
    fn a_shorter_borrow_is_not_noticed_by_what_keeps_none() {
        let case = Case {
            item: "lib::get",
            code: "return-lifetime-tightened",
            message: "what it returns lives no longer than `arg`",
        };
        assert!(!case.is_noticed("fn f() -> bool { lib::«get»(a).is_some() }"));
        assert!(!case.is_noticed("fn f() -> String { lib::«get»(a).unwrap().to_string() }"));
        assert!(case.is_noticed("fn f() -> &'static str { lib::«get»(a).unwrap() }"));
        assert!(case.is_noticed("fn f() { if let Some(b) = lib::«get»(a) {} }"));
    }

    #[test]
    fn another_default_is_noticed_beside_the_old_one() {
        let case = Case {
            item: "lib::Out",
            code: "type-default-changed",
            message: "the default of `E` was `(T, Kind)`, is `Error<T>`",
        };
        assert!(!case.is_noticed("fn f() -> lib::«Out»<u8> { g(1) }"));
        assert!(case.is_noticed("fn f() -> lib::«Out»<u8> { Err((1, Kind::A)) }"));
        assert!(!case.is_noticed("fn f() -> lib::«Out»<u8, Kind> { g(1) }"));
        assert!(case.is_noticed("struct A(lib::«Out»<u8>);"));
    }

    #[test]
    fn what_has_two_paths_is_touched_by_the_one_that_is_gone() {
        let case = Case {
            item: "lib::multi::list",
            code: "item-removed",
            message: "the function was removed",
        };
        assert!(case.is_noticed("use lib::multi::«list»;"));
        assert!(!case.is_noticed("use lib::«list»;"));
        assert!(!case.is_noticed("use lib::list;\nfn f() { «list»() }"));
        assert!(case.is_noticed("use lib::*;\nfn f() { «list»() }"));
    }
}
