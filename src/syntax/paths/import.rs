//! `use` declarations: read as trees, relocated leaf by leaf, kept in their form where they can be.

use std::ops::Range;

use proc_macro2::Delimiter;

use super::path::{Anchor, Relocate, Relocation};
use super::scan::{Found, Scan};
use crate::syntax::edit::Edit;
use crate::syntax::lex::TokenKind;

/// A `use` declaration among the tokens.
#[derive(Debug)]
pub(super) struct Import {
    /// Attributes and visibility, as written, without the doc comments.
    pub(super) head: Range<usize>,
    /// From after `use` to before `;`.
    pub(super) tree: Range<usize>,
    leaves: Vec<Leaf>,
    /// The index of the token after `;`.
    pub(super) end: usize,
}

/// One name that a `use` declaration brings.
#[derive(Debug)]
struct Leaf {
    /// All segments from the start of the tree, anchors included.
    segments: Vec<Range<usize>>,
    glob: bool,
    rename: Option<Range<usize>>,
    leading_colons: bool,
}

impl Scan<'_> {
    /// The `use` declaration whose `use` is at token `index`.
    pub(super) fn import(&self, index: usize) -> Option<Import> {
        let mut leaves = Vec::new();
        let end = self.tree(index + 1, &[], false, &mut leaves)?;
        if !self.is_punct(end, ';') {
            return None;
        }
        let head = self.head_start(index)..self.tokens[index].range.start;
        let tree = self.tokens[index + 1].range.start..self.tokens[end].range.start;
        Some(Import {
            head,
            tree,
            leaves,
            end: end + 1,
        })
    }

    /// Reads a use tree from token `at`; gives the index after it.
    fn tree(
        &self,
        mut at: usize,
        prefix: &[Range<usize>],
        mut leading_colons: bool,
        leaves: &mut Vec<Leaf>,
    ) -> Option<usize> {
        let mut segments = prefix.to_vec();
        if self.is_colons(at) {
            leading_colons = true;
            at += 2;
        }
        loop {
            match self.kind(at)? {
                TokenKind::Ident => {
                    segments.push(self.tokens[at].range.clone());
                    at += 1;
                    if self.is_colons(at) {
                        at += 2;
                        continue;
                    }
                    let rename = self
                        .is_ident(at, "as")
                        .then(|| self.tokens[at + 1].range.clone());
                    if rename.is_some() {
                        at += 2;
                    }
                    leaves.push(Leaf {
                        segments,
                        glob: false,
                        rename,
                        leading_colons,
                    });
                    return Some(at);
                }
                TokenKind::Punct('$', _) => at += 1,
                TokenKind::Punct('*', _) => {
                    leaves.push(Leaf {
                        segments,
                        glob: true,
                        rename: None,
                        leading_colons,
                    });
                    return Some(at + 1);
                }
                TokenKind::Open(Delimiter::Brace) => {
                    at += 1;
                    while self.kind(at)? != TokenKind::Close(Delimiter::Brace) {
                        at = self.tree(at, &segments, leading_colons, leaves)?;
                        if self.is_punct(at, ',') {
                            at += 1;
                        }
                    }
                    return Some(at + 1);
                }
                _ => return None,
            }
        }
    }

    /// Where the attributes and the visibility before the `use` at token `index` begin.
    fn head_start(&self, index: usize) -> usize {
        let mut at = index;
        if at > 0 && self.is_ident(at - 1, "pub") {
            at -= 1;
        } else if at > 0
            && self.kind(at - 1) == Some(TokenKind::Close(Delimiter::Parenthesis))
            && let Some(open) = self
                .open_of(at - 1)
                .filter(|&o| o > 0 && self.is_ident(o - 1, "pub"))
        {
            at = open - 1;
        }
        while at > 0 && self.kind(at - 1) == Some(TokenKind::Close(Delimiter::Bracket)) {
            match self.open_of(at - 1) {
                Some(open) if open > 0 && self.is_punct(open - 1, '#') => at = open - 1,
                _ => break,
            }
        }
        self.tokens[at].range.start
    }

    fn open_of(&self, close: usize) -> Option<usize> {
        let mut depth = 0_usize;
        for at in (0..=close).rev() {
            match self.tokens[at].kind {
                TokenKind::Close(_) => depth += 1,
                TokenKind::Open(_) => {
                    depth -= 1;
                    if depth == 0 {
                        return Some(at);
                    }
                }
                _ => {}
            }
        }
        None
    }

    /// A leaf as a written path, if it is anchored.
    fn leaf_path(&self, leaf: &Leaf) -> Option<Found> {
        let name = |range: &Range<usize>| &self.text[range.clone()];
        let first = leaf.segments.first()?;
        let mut count = 1;
        let anchor = match name(first) {
            "crate" => Anchor::Crate,
            "self" | "super" => {
                let mut supers = usize::from(name(first) == "super");
                while leaf.segments.get(count).is_some_and(|s| name(s) == "super") {
                    supers += 1;
                    count += 1;
                }
                if supers == 0 {
                    Anchor::SelfModule
                } else {
                    Anchor::Super(supers)
                }
            }
            other if self.extern_names.contains(other) => Anchor::Extern(other.to_owned()),
            _ => return None,
        };
        let anchor_range = first.start..leaf.segments[count - 1].end;
        let mut segments = leaf.segments[count..].to_vec();
        // `{self}` names the path before it.
        if segments.last().is_some_and(|s| name(s) == "self") {
            segments.pop();
        }
        Some(Found {
            anchor,
            anchor_range,
            segments,
            glob: leaf.glob,
            dollar: false,
        })
    }
}

pub(super) fn rewrite_import(
    scan: &Scan<'_>,
    import: &Import,
    relocate: &Relocate<'_>,
    edits: &mut Vec<Edit>,
) {
    let mut relocations = Vec::new();
    for leaf in &import.leaves {
        let Some(found) = scan.leaf_path(leaf) else {
            relocations.push((None, Relocation::Keep));
            continue;
        };
        let relocation = relocate(&found.written(scan.text, true));
        relocations.push((Some(found), relocation));
    }
    if relocations
        .iter()
        .all(|(_, relocation)| *relocation == Relocation::Keep)
    {
        return;
    }
    if let Some(edit) = common_prefix_edit(scan, import, &relocations) {
        edits.push(edit);
        return;
    }
    let mut imports: Vec<String> = Vec::new();
    for (leaf, (found, relocation)) in import.leaves.iter().zip(&relocations) {
        for text in leaf_imports(scan, leaf, found.as_ref(), relocation) {
            if !imports.contains(&text) {
                imports.push(text);
            }
        }
    }
    let head = scan.text[import.head.clone()].trim_end();
    let separator = if head.is_empty() { "use " } else { " use " };
    let statements: Vec<String> = imports
        .iter()
        .map(|import| format!("{head}{separator}{import};"))
        .collect();
    let line_start = scan.text[..import.head.start]
        .rfind('\n')
        .map_or(0, |at| at + 1);
    let indent = &scan.text[line_start..import.head.start];
    let indent = if indent.trim().is_empty() { indent } else { "" };
    // The `;` goes with the tree.
    let end = import.tree.end
        + scan.text[import.tree.end..]
            .find(';')
            .map_or(0, |at| at + 1);
    edits.push(Edit::replace(
        import.head.start..end,
        statements.join(&format!("\n{indent}")),
    ));
}

/// One edit of the shared beginning, when every leaf is relocated by the same one and nothing
/// else changes: the tree keeps its formatting.
fn common_prefix_edit(
    scan: &Scan<'_>,
    import: &Import,
    relocations: &[(Option<Found>, Relocation)],
) -> Option<Edit> {
    let mut common: Option<Edit> = None;
    for (leaf, (found, relocation)) in import.leaves.iter().zip(relocations) {
        let Relocation::Prefix { segments, with } = relocation else {
            return None;
        };
        let found = found.as_ref()?;
        // What names its own last segment changes its name when that segment goes.
        let whole = *segments >= found.segments.len() && !found.glob;
        let last = found.segments.last().map(|r| &scan.text[r.clone()]);
        if whole
            && (leaf.rename.is_none() && with.rsplit("::").next() != last
                || leaf_is_self(scan, leaf))
        {
            return None;
        }
        let edit = found.replace_prefix(*segments, with.clone());
        match &common {
            Some(other) if *other != edit => return None,
            _ => common = Some(edit),
        }
    }
    // The replaced bytes must be one run of segments, with no brace among them.
    common.filter(|edit| !scan.text[edit.start..edit.end].contains('{'))
}

fn leaf_is_self(scan: &Scan<'_>, leaf: &Leaf) -> bool {
    leaf.segments.len() > 1
        && leaf
            .segments
            .last()
            .is_some_and(|s| &scan.text[s.clone()] == "self")
}

/// The imports that a leaf becomes, each as the text behind `use`.
fn leaf_imports(
    scan: &Scan<'_>,
    leaf: &Leaf,
    found: Option<&Found>,
    relocation: &Relocation,
) -> Vec<String> {
    let text = |range: &Range<usize>| scan.text[range.clone()].to_owned();
    let is_self = leaf_is_self(scan, leaf);
    let written = || {
        let mut segments: Vec<String> = leaf.segments.iter().map(text).collect();
        if is_self {
            segments.pop();
        }
        segments
    };
    let bound = leaf
        .rename
        .as_ref()
        .map(text)
        .or_else(|| written().last().cloned());
    let path = match (relocation, found) {
        (Relocation::Imports(imports), _) => {
            return imports
                .iter()
                .map(|path| match &leaf.rename {
                    Some(rename) if !path.contains(" as ") => format!("{path} as {}", text(rename)),
                    _ => path.clone(),
                })
                .collect();
        }
        (Relocation::Prefix { segments, with }, Some(found)) => {
            let rest = found.segments[*segments..].iter().map(text);
            std::iter::once(with.clone())
                .chain(rest)
                .collect::<Vec<_>>()
                .join("::")
        }
        (Relocation::Keep | Relocation::Prefix { .. }, _) => {
            let colons = if leaf.leading_colons { "::" } else { "" };
            format!("{colons}{}", written().join("::"))
        }
    };
    if leaf.glob {
        return vec![format!("{path}::*")];
    }
    let last = path.rsplit("::").next().map(ToOwned::to_owned);
    match bound {
        Some(bound) if Some(&bound) != last.as_ref() => vec![format!("{path} as {bound}")],
        _ => vec![path],
    }
}
