//! The new crate's `src/lib.rs`: what a crate's root must have beside the code.

use std::collections::{BTreeMap, BTreeSet};

use camino::Utf8PathBuf;

use super::macros::has_textual_macros;
use super::relocate::Names;
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
    let root = files.entry("src/lib.rs".into()).or_insert_with(|| NewFile {
        text: String::new(),
        origin: None,
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
    for part in [docs, attributes, declarations] {
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

fn module_declarations(names: Names<'_>, open: &BTreeMap<ItemId, Opening>) -> String {
    let mut lines: BTreeSet<String> = BTreeSet::new();
    // Their macros are seen by what comes after them.
    let mut macros: BTreeSet<String> = BTreeSet::new();
    for new in names.layout.modules().values() {
        if let Some(name) = new.name() {
            lines.insert(format!("pub mod {name};\n"));
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
        let visibility = if shown { "pub " } else { "" };
        let line = format!("{visibility}mod {};\n", home.name().unwrap_or_default());
        if has_textual_macros(names, home) {
            macros.insert(format!("#[macro_use]\n{line}"));
        } else {
            lines.insert(line);
        }
    }
    macros.into_iter().chain(lines).collect()
}

/// The inner attributes of the monolith's root that change what code means: allowed lints (the
/// code may rely on them), `no_std`, limits. Denied lints are not taken: what becomes public
/// meets new ones.
fn root_attributes(tree: &SourceTree) -> String {
    let text = tree
        .files
        .get(&tree.root_file)
        .map_or("", |file| file.text.as_str());
    let kept = [
        "#![allow(",
        "#![no_std",
        "#![cfg_attr(not(feature",
        "#![recursion_limit",
        "#![type_length_limit",
        "#![feature(",
    ];
    text.lines()
        .filter(|line| {
            kept.iter().any(|start| line.starts_with(start)) && line.trim_end().ends_with(']')
        })
        .fold(String::new(), |kept, line| {
            kept + line.trim_end()
                + "
"
        })
}

/// The byte after the inner attributes and inner docs with which a file begins.
pub(super) fn after_inner_attributes(text: &str) -> usize {
    let Ok(tokens) = lex(text) else {
        return 0;
    };
    let mut end = skipped_prefix(text);
    let mut index = 0;
    while let Some(token) = tokens.get(index) {
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
                break;
            }
        }
    }
    text[end..]
        .find('\n')
        .map_or(end, |newline| if end == 0 { 0 } else { end + newline + 1 })
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
