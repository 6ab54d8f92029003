//! What the library's macros make in a service, with both versions: the items of one call may
//! implement less than before, and nothing in the library's own API shows that.
//!
//! The calls are read from the service's text, put into a crate of their own with either version,
//! and what rustdoc says of the two is compared. A call that does not compile alone says nothing.

use camino::{Utf8Path, Utf8PathBuf};
use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

use super::BuildRequest;
use super::unpack::Unpacked;
use crate::model::{Change, CrateName};
use crate::surface::{self, Features, Rustdoc, Subject, SurfaceError};
use crate::syntax::values;
use crate::sys::{SysError, fs};

const PACKAGE: &str = "quarry-made";
/// What rustc can derive, which needs no other crate.
const DERIVES: [&str; 9] = [
    "Clone",
    "Copy",
    "Debug",
    "Default",
    "Eq",
    "Hash",
    "Ord",
    "PartialEq",
    "PartialOrd",
];

/// A call of a macro that makes items.
struct Call {
    name: String,
    tokens: TokenStream,
}

/// The traits that the made types lose, as changes of the macros.
pub(super) fn made(
    request: &BuildRequest<'_>,
    old: &Unpacked,
    new: &Unpacked,
    on_line: &mut dyn FnMut(&str),
) -> Vec<Change> {
    let calls = calls(request.copy.top(), old);
    if calls.is_empty() {
        return Vec::new();
    }
    let mut sides = Vec::new();
    for side in [old, new] {
        match document(request, side, &calls, on_line) {
            Ok(rustdoc) => sides.push(rustdoc),
            Err(error) => {
                tracing::debug!(%error, "what its macros make is not known");
                return Vec::new();
            }
        }
    }
    let changes = match sides.as_slice() {
        [before, after] => surface::compare(before, after),
        _ => Ok(Vec::new()),
    };
    let changes = changes.unwrap_or_default().into_iter();
    let krate = lib_name(&old.krate.name);
    let lost = changes.filter(|change| change.code == "impl-removed");
    lost.filter_map(|change| of_macro(&change, &krate, &calls))
        .collect()
}

/// The change of a made type as one of the macro: only of what can be derived.
fn of_macro(change: &Change, krate: &str, calls: &[Call]) -> Option<Change> {
    let trait_ = change.message.strip_prefix("`impl ")?;
    let end = trait_.find(|c: char| !c.is_alphanumeric())?;
    let trait_ = &trait_[..end];
    let nth: usize = change
        .item
        .split("::")
        .nth(1)?
        .strip_prefix('p')?
        .parse()
        .ok()?;
    let name = &calls.get(nth)?.name;
    DERIVES.contains(&trait_).then(|| Change {
        code: match trait_ {
            "Copy" => "made-copy-removed",
            _ => "made-impl-removed",
        }
        .to_owned(),
        item: format!("{krate}::{name}"),
        message: format!("{} from what it makes", change.message),
        before: None,
        after: None,
        bump: change.bump,
    })
}

/// The calls in the service of what the library has as macros.
fn calls(top: &Utf8Path, old: &Unpacked) -> Vec<Call> {
    let sources: Vec<_> = old
        .files
        .iter()
        .filter(|file| Utf8Path::new(file.name()).extension() == Some("rs"))
        .map(|file| String::from_utf8_lossy(&file.data))
        .collect();
    if !sources.iter().any(|text| text.contains("#[macro_export")) {
        return Vec::new();
    }
    let defines = |name: &str| {
        let header = format!("macro_rules! {name} ");
        sources.iter().any(|text| text.contains(&header))
    };
    let skipped = |path: &Utf8Path| {
        let name = path.file_name().unwrap_or_default();
        name == "target" || name.starts_with('.')
    };
    let mut files = fs::walk_utf8(top, &skipped).unwrap_or_default();
    files.retain(|file| file.extension() == Some("rs"));
    files.sort();
    let texts = files.iter().filter_map(|file| fs::read_text(file).ok());
    let made = texts.flat_map(|text| values(&text).made);
    let made = made.filter(|call| defines(&call.name));
    made.filter_map(|call| {
        Some(Call {
            tokens: plain(call.tokens.parse().ok()?, true),
            name: call.name,
        })
    })
    .collect()
}

/// The tokens without attributes, but for derives of the standard library's traits; items are
/// public.
fn plain(tokens: TokenStream, at_top: bool) -> TokenStream {
    let mut kept: Vec<TokenTree> = Vec::new();
    let mut tokens = tokens.into_iter().peekable();
    let mut is_public = false;
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Punct(hash) if hash.as_char() == '#' => {
                let Some(TokenTree::Group(group)) = tokens.peek() else {
                    kept.push(hash.into());
                    continue;
                };
                let derives = derives(group.stream());
                tokens.next();
                kept.extend(derives.into_iter().flatten());
            }
            TokenTree::Ident(name) => {
                let is_item = ["enum", "struct", "union"].iter().any(|kind| name == kind);
                if is_item && at_top && !is_public {
                    kept.push(proc_macro2::Ident::new("pub", name.span()).into());
                }
                is_public = name == "pub";
                kept.push(name.into());
            }
            TokenTree::Group(group) => {
                let is_scope = is_public && group.delimiter() == Delimiter::Parenthesis;
                if is_scope && at_top {
                    continue; // of `pub(crate)`
                }
                is_public = false;
                let inner = plain(group.stream(), false);
                kept.push(Group::new(group.delimiter(), inner).into());
            }
            token => {
                is_public = false;
                kept.push(token);
            }
        }
    }
    kept.into_iter().collect()
}

/// `#[derive(…)]` with what rustc derives, of the tokens in the brackets.
fn derives(attribute: TokenStream) -> Option<TokenStream> {
    let mut tokens = attribute.into_iter();
    let (Some(TokenTree::Ident(name)), Some(TokenTree::Group(list))) =
        (tokens.next(), tokens.next())
    else {
        return None;
    };
    let names = list.stream().into_iter().filter_map(|token| match token {
        TokenTree::Ident(name) => Some(name.to_string()),
        _ => None,
    });
    let names: Vec<String> = names
        .filter(|name| DERIVES.contains(&name.as_str()))
        .collect();
    if name != "derive" || names.is_empty() {
        return None;
    }
    format!("#[derive({})]", names.join(", ")).parse().ok()
}

fn lib_name(package: &str) -> String {
    package.replace('-', "_")
}

fn document(
    request: &BuildRequest<'_>,
    side: &Unpacked,
    calls: &[Call],
    on_line: &mut dyn FnMut(&str),
) -> Result<Rustdoc, SurfaceError> {
    let copy = request.copy;
    let dir = write(copy.root(), side, calls)?;
    let subject = Subject {
        dir: dir.clone(),
        package: CrateName::new(PACKAGE).map_err(|_| SurfaceError::NoPackage {
            package: PACKAGE.to_owned(),
            dir,
        })?,
        target_dir: copy.target_dir().to_owned(),
        features: Features::Default,
        wrapper: request.wrapper.clone(),
    };
    let lockfile = copy.root().join("Cargo.lock");
    let offline = request.tools.offline;
    surface::load_rustdoc_with(&subject, copy.root(), &lockfile, offline, on_line)
}

/// A crate with the calls, beside the unpacked version that it depends on.
fn write(root: &Utf8Path, side: &Unpacked, calls: &[Call]) -> Result<Utf8PathBuf, SysError> {
    let krate = &side.krate;
    let dir = root
        .join(".quarry")
        .join(format!("made-by-{}-{}", krate.name, krate.version));
    let mut manifest = toml_edit::DocumentMut::new();
    manifest["package"]["name"] = toml_edit::value(PACKAGE);
    manifest["package"]["version"] = toml_edit::value("0.0.0");
    manifest["package"]["edition"] = toml_edit::value("2021");
    manifest["dependencies"][&krate.name]["path"] = toml_edit::value(krate.dir.as_str());
    manifest["workspace"] = toml_edit::table();
    fs::create_dir_all(&dir.join("src"))?;
    fs::write_scratch(&dir.join("Cargo.toml"), manifest.to_string())?;
    fs::write_scratch(
        &dir.join("src/lib.rs"),
        source(&lib_name(&krate.name), calls),
    )?;
    Ok(dir)
}

fn source(krate: &str, calls: &[Call]) -> String {
    let calls = calls.iter().enumerate().map(|(nth, call)| {
        let Call { name, tokens } = call;
        format!("pub mod p{nth} {{\nuse {krate}::*;\n{krate}::{name}! {{ {tokens} }}\n}}\n")
    });
    std::iter::once("#![allow(warnings)]\n".to_owned())
        .chain(calls)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Bump;

    #[test]
    fn a_call_stands_alone() {
        let check = |tokens: &str, expected: &str| {
            let tokens: TokenStream = tokens.parse().expect("tokens");
            let expected: TokenStream = expected.parse().expect("tokens");
            assert_eq!(plain(tokens, true).to_string(), expected.to_string());
        };
        check(
            "/// Flags.\n#[derive(Debug, serde::Serialize)] #[repr(C)] struct A: u8 { \
             #[doc(hidden)] const B = 1; }",
            "#[derive(Debug)] pub struct A: u8 { const B = 1; }",
        );
        check("pub(crate) enum E { A }", "pub enum E { A }");
        check(
            "#[derive(Serialize)] pub struct S(u8);",
            "pub struct S(u8);",
        );
    }

    #[test]
    fn only_what_can_be_derived_counts() {
        let calls = [Call {
            name: "flags".to_owned(),
            tokens: TokenStream::new(),
        }];
        let of = |trait_: &str| {
            let change = Change {
                bump: Bump::Major,
                code: "impl-removed".to_owned(),
                item: "quarry_made::p0::A".to_owned(),
                message: format!("`impl {trait_} for A` was removed"),
                before: None,
                after: None,
            };
            let change = of_macro(&change, "lib", &calls)?;
            Some(format!(
                "{} {}: {}",
                change.code, change.item, change.message
            ))
        };
        assert_eq!(
            of("Copy").as_deref(),
            Some("made-copy-removed lib::flags: `impl Copy for A` was removed from what it makes")
        );
        assert!(of("Debug").is_some_and(|change| change.starts_with("made-impl-removed")));
        assert_eq!(of("Iterator"), None);
    }
}
