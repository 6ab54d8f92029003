//! The new crate's `src/lib.rs`: what a crate's root must have beside the code.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use camino::Utf8PathBuf;

use super::copied::has_textual_macros;
use super::relocate::{Names, identifiers};
use super::sources::NewFile;
use super::visibility::Opening;
use crate::model::ModulePath;
use crate::syntax::{ItemId, SourceTree, TokenKind, VisibilityKind, lex, skipped_prefix};

/// Gives `src/lib.rs` what a crate's root must have: its modules, the attributes of the
/// monolith's root that its code relies on, docs.
pub(super) fn finish_root(
    names: Names<'_>,
    open: &BTreeMap<ItemId, Opening>,
    files: &mut BTreeMap<Utf8PathBuf, NewFile>,
) {
    let declarations = module_declarations(names, open);
    let attributes = root_attributes(names.tree);
    let externs = extern_crates(names, files);
    let root = files.entry("src/lib.rs".into()).or_insert_with(|| NewFile {
        text: String::new(),
        origin: None,
        beside: None,
        whole: false,
    });
    let at = after_inner_attributes(&root.text);
    let docs = match names.layout.modules().iter().next() {
        Some((chosen, new)) if new.is_root() && !has_inner_docs(&root.text) => {
            declaration_docs(names.tree, chosen)
        }
        _ => String::new(),
    };
    let mut inserted = String::new();
    for part in [docs, attributes, externs, declarations] {
        if !part.is_empty() {
            inserted.push_str(&part);
            inserted.push('\n');
        }
    }
    let before = if at > 0 && !inserted.is_empty() {
        "\n"
    } else {
        ""
    };
    root.text.insert_str(at, &format!("{before}{inserted}"));
}

/// The place of what may stand anywhere.
const LAST: Option<usize> = Some(usize::MAX);

fn module_declarations(names: Names<'_>, open: &BTreeMap<ItemId, Opening>) -> String {
    // A macro is in scope behind its definition: what came along first, then in the old order.
    let mut lines: BTreeSet<(Option<usize>, String)> = BTreeSet::new();
    for (old, new) in names.layout.modules() {
        if let Some(name) = new.name() {
            let module = names.tree.find_module(old);
            let declaration = module.and_then(|module| module.declaration.as_ref());
            let macros = declaration.filter(|declaration| declaration.macro_use);
            let place = macros.map_or(LAST, |declaration| Some(declaration.span.start));
            let line = format!("{}pub mod {name};\n", macro_use(macros.is_some()));
            lines.insert((place, line));
        }
    }
    for home in names.layout.item_homes() {
        let shown = names.layout.items().iter().any(|(id, place)| {
            let public = |id: &ItemId| {
                let kind = &names.tree.item(*id).visibility.kind;
                open.get(id) == Some(&Opening::Public) || *kind == VisibilityKind::Public
            };
            place == home && public(id)
        });
        let macros = has_textual_macros(names, home);
        let visibility = if shown { "pub " } else { "" };
        let name = home.name().unwrap_or_default();
        let line = format!("{}{visibility}mod {name};\n", macro_use(macros));
        lines.insert((if macros { None } else { LAST }, line));
    }
    lines.into_iter().map(|(_, line)| line).collect()
}

fn macro_use(brings_macros: bool) -> &'static str {
    if brings_macros { "#[macro_use]\n" } else { "" }
}

/// The inner attributes of the monolith's root that change what code means: allowed lints (the
/// code may rely on them), `no_std`, limits. Denied lints are not taken: what becomes public
/// meets new ones.
fn root_attributes(tree: &SourceTree) -> String {
    let text = tree
        .files
        .get(&tree.root_file)
        .map_or("", |file| file.text.as_str());
    let plain = [
        "#![allow(",
        "#![expect(",
        "#![no_std]",
        "#![recursion_limit",
        "#![type_length_limit",
        "#![feature(",
    ];
    // Conditional ones by what they bring.
    let conditional = [",no_std", ",allow(", ",expect(", ",feature("];
    let is_kept = |written: &str| {
        let dense: String = written.chars().filter(|c| !c.is_whitespace()).collect();
        let brings = || conditional.iter().any(|what| dense.contains(what));
        plain.iter().any(|start| dense.starts_with(start))
            // What only documentation has is switched on with documentation.
            || dense.starts_with("#![cfg_attr(") && !dense.contains("docsrs") && brings()
    };
    let (attributes, _) = inner_attributes(text);
    let attributes = attributes.into_iter().map(|range| &text[range]);
    attributes
        .filter(|written| is_kept(written))
        .fold(String::new(), |kept, written| kept + written + "\n")
}

/// The `extern crate`s of the monolith's root without which names of the moved code mean nothing:
/// those of crates that are no dependencies (`alloc`), and those with another name. Every
/// dependency has its name without one.
fn extern_crates(names: Names<'_>, files: &BTreeMap<Utf8PathBuf, NewFile>) -> String {
    let tree = names.tree;
    let text = &tree.files[&tree.root_file].text;
    let mentioned: BTreeSet<String> = files
        .values()
        .flat_map(|file| identifiers(&file.text))
        .collect();
    let mut lines = String::new();
    let root = tree.find_module(&ModulePath::root());
    for import in root.into_iter().flat_map(|module| &module.uses) {
        let written = &text[import.span.clone()];
        let Some(leaf) = import.leaves.first() else {
            continue;
        };
        if import.file != tree.root_file || !written.contains("extern crate ") {
            continue;
        }
        let krate = leaf.path.first().map_or("", String::as_str);
        if krate == "self" || krate == "crate" {
            if mentioned.contains(names.new_name) {
                lines.extend(["extern crate self as ", names.new_name, ";\n"]);
            }
            continue;
        }
        let dependency = names.externs.contains(krate) && leaf.name == krate;
        let macros = written.contains("macro_use")
            && STD_MACROS.iter().any(|name| mentioned.contains(*name));
        if !dependency && (mentioned.contains(&leaf.name) || macros) {
            lines += written;
            lines.push('\n');
        }
    }
    lines
}

/// Macros that `#[macro_use] extern crate alloc` or `std` brings into a `no_std` crate.
const STD_MACROS: [&str; 8] = [
    "vec",
    "format",
    "println",
    "eprintln",
    "print",
    "eprint",
    "dbg",
    "thread_local",
];

/// The byte after the inner attributes and inner docs with which a file begins.
pub(super) fn after_inner_attributes(text: &str) -> usize {
    let (_, end) = inner_attributes(text);
    text[end..]
        .find('\n')
        .map_or(end, |newline| if end == 0 { 0 } else { end + newline + 1 })
}

/// The inner attributes with which a file begins, and the byte after them and the inner docs
/// between them.
fn inner_attributes(text: &str) -> (Vec<Range<usize>>, usize) {
    let mut attributes = Vec::new();
    let Ok(tokens) = lex(text) else {
        return (attributes, 0);
    };
    let mut end = skipped_prefix(text);
    let mut index = 0;
    while let Some(token) = tokens.get(index) {
        let start = token.range.start;
        let written = &text[token.range.clone()];
        if token.kind == TokenKind::Doc
            && (written.starts_with("//!") || written.starts_with("/*!"))
        {
            end = token.range.end;
            index += 1;
            continue;
        }
        let bang = tokens
            .get(index + 1)
            .is_some_and(|next| &text[next.range.clone()] == "!");
        if written != "#" || !bang {
            break;
        }
        let mut depth = 0;
        index += 2;
        while let Some(token) = tokens.get(index) {
            index += 1;
            match token.kind {
                TokenKind::Open(_) => depth += 1,
                TokenKind::Close(_) => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                end = token.range.end;
                attributes.push(start..end);
                break;
            }
        }
    }
    (attributes, end)
}

fn has_inner_docs(text: &str) -> bool {
    text[..after_inner_attributes(text)].contains("//!")
        || text[..after_inner_attributes(text)].contains("/*!")
}

/// The docs of `mod retry;`, as the crate's own.
fn declaration_docs(tree: &SourceTree, module: &ModulePath) -> String {
    let declaration = tree
        .find_module(module)
        .and_then(|module| module.declaration.as_ref());
    let Some(declaration) = declaration else {
        return String::new();
    };
    let text = &tree.files[&declaration.file].text[declaration.span.clone()];
    text.lines()
        .map(str::trim_start)
        .take_while(|line| line.starts_with("///") || line.starts_with("#["))
        .filter_map(|line| line.strip_prefix("///"))
        .fold(String::new(), |docs, line| {
            docs + "//!"
                + line
                + "
"
        })
}
