//! Paths as tokens: found wherever they stand (code, `use` trees, macro bodies and calls, doc
//! comments, attribute strings) and rewritten without touching what stands between them.

use std::collections::BTreeSet;
use std::ops::Range;

use proc_macro2::Delimiter;

use super::edit::Edit;
use super::lex::{LexError, Token, TokenKind, lex};

/// What a path starts from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Anchor {
    /// `crate::` or `$crate::`.
    Crate,
    /// `self::`.
    SelfModule,
    /// So many `super::`.
    Super(usize),
    /// A crate's name, or `::` and a crate's name: one of those asked for.
    Extern(String),
}

/// A path as it is written: the anchor and the segments behind it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct WrittenPath {
    /// What it starts from.
    pub anchor: Anchor,
    /// The segments after the anchor, `r#` included.
    pub segments: Vec<String>,
    /// Does it end in `::*`?
    pub glob: bool,
    /// Does it stand in a `use` declaration?
    pub import: bool,
    /// The first byte of the path.
    pub at: usize,
}

/// What becomes of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Relocation {
    /// It stays as it is.
    Keep,
    /// The anchor and the first `segments` segments are replaced by this path.
    Prefix {
        /// How many segments after the anchor go.
        segments: usize,
        /// What comes in their place: `crate`, `crate::a`, `acme_retry::b`.
        with: String,
    },
    /// Only for an import: it becomes these imports (each a path, maybe with `as`), none of them
    /// if nothing is needed any more.
    Imports(Vec<String>),
}

/// What [`rewrite_paths`] asks for each path.
pub type Relocate<'a> = dyn Fn(&WrittenPath) -> Relocation + 'a;

/// The edits that relocate the paths of `text`. `extern_names` are the crate names to treat as
/// anchors.
pub fn rewrite_paths(
    text: &str,
    extern_names: &BTreeSet<String>,
    relocate: &Relocate<'_>,
) -> Result<Vec<Edit>, LexError> {
    let tokens = lex(text)?;
    let scan = Scan {
        text,
        tokens: &tokens,
        extern_names,
    };
    let mut edits = Vec::new();
    let mut index = 0;
    while index < tokens.len() {
        if scan.is_ident(index, "use") && !scan.is_punct(index + 1, '<') {
            if let Some(import) = scan.import(index) {
                rewrite_import(&scan, &import, relocate, &mut edits);
                index = import.end;
                continue;
            }
        }
        match tokens[index].kind {
            TokenKind::Doc => {
                rewrite_prose(&scan, tokens[index].range.clone(), relocate, &mut edits)
            }
            TokenKind::Literal if scan.in_attribute(index) => {
                rewrite_prose(&scan, tokens[index].range.clone(), relocate, &mut edits);
            }
            TokenKind::Ident | TokenKind::Punct(..) => {
                if let Some((path, next)) = scan.path(index) {
                    if let Relocation::Prefix { segments, with } =
                        relocate(&path.written(text, false))
                    {
                        edits.push(path.replace_prefix(segments, with));
                    }
                    index = next;
                    continue;
                }
            }
            _ => {}
        }
        index += 1;
    }
    Ok(edits)
}

/// All anchored paths of `text` outside `use` declarations and in them, as they are written.
pub fn written_paths(
    text: &str,
    extern_names: &BTreeSet<String>,
) -> Result<Vec<WrittenPath>, LexError> {
    let found = std::cell::RefCell::new(Vec::new());
    rewrite_paths(text, extern_names, &|path| {
        found.borrow_mut().push(path.clone());
        Relocation::Keep
    })?;
    Ok(found.into_inner())
}

/// An anchored path among the tokens.
#[derive(Debug)]
struct Found {
    anchor: Anchor,
    /// The anchor's bytes, without the `::` behind it.
    anchor_range: Range<usize>,
    segments: Vec<Range<usize>>,
    glob: bool,
    dollar: bool,
}

impl Found {
    fn written(&self, text: &str, import: bool) -> WrittenPath {
        WrittenPath {
            anchor: self.anchor.clone(),
            segments: self
                .segments
                .iter()
                .map(|r| text[r.clone()].to_owned())
                .collect(),
            glob: self.glob,
            import,
            at: self.anchor_range.start,
        }
    }

    fn replace_prefix(&self, segments: usize, with: String) -> Edit {
        let end = segments
            .checked_sub(1)
            .map_or(self.anchor_range.end, |last| self.segments[last].end);
        let with = match with.strip_prefix("crate") {
            Some(rest) if self.dollar => format!("$crate{rest}"),
            _ => with,
        };
        Edit::replace(self.anchor_range.start..end, with)
    }
}

/// A `use` declaration among the tokens.
#[derive(Debug)]
struct Import {
    /// Attributes and visibility, as written, without the doc comments.
    head: Range<usize>,
    /// From after `use` to before `;`.
    tree: Range<usize>,
    leaves: Vec<Leaf>,
    /// The index of the token after `;`.
    end: usize,
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

struct Scan<'a> {
    text: &'a str,
    tokens: &'a [Token],
    extern_names: &'a BTreeSet<String>,
}

impl Scan<'_> {
    fn text_at(&self, index: usize) -> &str {
        self.tokens
            .get(index)
            .map_or("", |token| &self.text[token.range.clone()])
    }

    fn is_ident(&self, index: usize, name: &str) -> bool {
        self.tokens
            .get(index)
            .is_some_and(|t| t.kind == TokenKind::Ident)
            && self.text_at(index) == name
    }

    fn is_punct(&self, index: usize, wanted: char) -> bool {
        matches!(self.tokens.get(index), Some(Token { kind: TokenKind::Punct(c, _), .. }) if *c == wanted)
    }

    fn is_colons(&self, index: usize) -> bool {
        matches!(
            self.tokens.get(index),
            Some(Token {
                kind: TokenKind::Punct(':', true),
                ..
            })
        ) && self.is_punct(index + 1, ':')
    }

    fn kind(&self, index: usize) -> Option<TokenKind> {
        self.tokens.get(index).map(|token| token.kind)
    }

    /// Is the literal at `index` inside `#[…]`? Looks back over the open groups.
    fn in_attribute(&self, index: usize) -> bool {
        let mut depth = 0_usize;
        for at in (0..index).rev() {
            match self.tokens[at].kind {
                TokenKind::Close(_) => depth += 1,
                TokenKind::Open(_) if depth > 0 => depth -= 1,
                TokenKind::Open(Delimiter::Bracket) => {
                    return at > 0 && (self.is_punct(at - 1, '#') || self.is_punct(at - 1, '!'));
                }
                TokenKind::Open(Delimiter::Brace) => return false,
                TokenKind::Punct(';', _) if depth == 0 => return false,
                _ => {}
            }
        }
        false
    }

    /// The anchored path that starts at token `index`, and the index after it.
    fn path(&self, index: usize) -> Option<(Found, usize)> {
        let dollar = self.is_punct(index, '$') && self.is_ident(index + 1, "crate");
        let mut at = if dollar { index + 1 } else { index };
        if self.kind(at)? != TokenKind::Ident
            || (!dollar && index >= 2 && self.behind_colons(index))
        {
            return None;
        }
        let (anchor, anchor_end) = self.anchor(at)?;
        let start = self.tokens[index].range.start;
        // `::acme` starts at its colons.
        let start = if matches!(anchor, Anchor::Extern(_)) && self.behind_root_colons(index) {
            self.tokens[index - 2].range.start
        } else {
            start
        };
        at = anchor_end;
        let anchor_range = start..self.tokens[at].range.end;
        let mut segments = Vec::new();
        let mut glob = false;
        while self.is_colons(at + 1) {
            if self.kind(at + 3) == Some(TokenKind::Ident) {
                segments.push(self.tokens[at + 3].range.clone());
                at += 3;
            } else {
                glob = self.is_punct(at + 3, '*');
                break;
            }
        }
        if segments.is_empty() && !glob && !self.is_colons(at + 1) {
            return None;
        }
        Some((
            Found {
                anchor,
                anchor_range,
                segments,
                glob,
                dollar,
            },
            at + 1,
        ))
    }

    /// The anchor at `at` and the index of its last token; none where no `::` follows.
    fn anchor(&self, at: usize) -> Option<(Anchor, usize)> {
        if !self.is_colons(at + 1) {
            return None;
        }
        match self.text_at(at) {
            "crate" => Some((Anchor::Crate, at)),
            "self" | "super" => {
                let mut last = at;
                let mut supers = usize::from(self.text_at(at) == "super");
                while self.is_colons(last + 1) && self.is_ident(last + 3, "super") {
                    last += 3;
                    supers += 1;
                }
                let anchor = if supers == 0 {
                    Anchor::SelfModule
                } else {
                    Anchor::Super(supers)
                };
                Some((anchor, last))
            }
            name if self.extern_names.contains(name) => Some((Anchor::Extern(name.to_owned()), at)),
            _ => None,
        }
    }

    /// Does the token at `index` go on a path that began before it?
    fn behind_colons(&self, index: usize) -> bool {
        self.is_colons(index - 2) && !self.behind_root_colons(index)
    }

    /// Is what stands before `index` a `::` with no path before it?
    fn behind_root_colons(&self, index: usize) -> bool {
        if index < 2 || !self.is_colons(index - 2) {
            return false;
        }
        let Some(before) = index.checked_sub(3) else {
            return true;
        };
        let keyword = |text: &str| {
            matches!(
                text,
                "use"
                    | "in"
                    | "as"
                    | "return"
                    | "mut"
                    | "dyn"
                    | "impl"
                    | "for"
                    | "where"
                    | "match"
                    | "if"
                    | "else"
                    | "move"
                    | "ref"
            )
        };
        match self.tokens[before].kind {
            TokenKind::Ident => keyword(self.text_at(before)),
            TokenKind::Punct('>', _) | TokenKind::Literal | TokenKind::Close(_) => false,
            TokenKind::Punct(..) | TokenKind::Open(_) | TokenKind::Doc => true,
        }
    }

    /// The `use` declaration whose `use` is at token `index`.
    fn import(&self, index: usize) -> Option<Import> {
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
        } else if at > 0 && self.kind(at - 1) == Some(TokenKind::Close(Delimiter::Parenthesis)) {
            if let Some(open) = self
                .open_of(at - 1)
                .filter(|&o| o > 0 && self.is_ident(o - 1, "pub"))
            {
                at = open - 1;
            }
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

fn rewrite_import(
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

/// Paths in the text of a doc comment or an attribute's string: found by their first word.
fn rewrite_prose(
    scan: &Scan<'_>,
    range: Range<usize>,
    relocate: &Relocate<'_>,
    edits: &mut Vec<Edit>,
) {
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    let text = &scan.text[range.clone()];
    let mut at = 0;
    while let Some(offset) = text[at..].find("::") {
        let colons = at + offset;
        at = colons + 2;
        let word_start = text[..colons]
            .rfind(|c| !is_name(c))
            .map_or(0, |p| p + char_len(text, p));
        let word = &text[word_start..colons];
        let anchored =
            matches!(word, "crate" | "self" | "super") || scan.extern_names.contains(word);
        if !anchored || text[..word_start].ends_with("::") && !scan.extern_names.contains(word) {
            continue;
        }
        let mut end = colons;
        let mut segments = Vec::new();
        while text[end..].starts_with("::") {
            let length = text[end + 2..]
                .find(|c| !is_name(c))
                .unwrap_or(text.len() - end - 2);
            if length == 0 {
                break;
            }
            segments.push(range.start + end + 2..range.start + end + 2 + length);
            end += 2 + length;
        }
        at = at.max(end);
        let Some(found) = prose_path(
            scan,
            range.start + word_start..range.start + colons,
            segments,
        ) else {
            continue;
        };
        if let Relocation::Prefix { segments, with } = relocate(&found.written(scan.text, false)) {
            edits.push(found.replace_prefix(segments, with));
        }
    }
}

fn prose_path(scan: &Scan<'_>, word: Range<usize>, segments: Vec<Range<usize>>) -> Option<Found> {
    let mut supers = 0;
    let mut anchor_range = word.clone();
    let mut segments = segments;
    let anchor = match &scan.text[word] {
        "crate" => Anchor::Crate,
        name @ ("self" | "super") => {
            supers += usize::from(name == "super");
            while segments
                .first()
                .is_some_and(|s| &scan.text[s.clone()] == "super")
            {
                anchor_range.end = segments.remove(0).end;
                supers += 1;
            }
            if supers == 0 {
                Anchor::SelfModule
            } else {
                Anchor::Super(supers)
            }
        }
        name => Anchor::Extern(name.to_owned()),
    };
    (!segments.is_empty()).then_some(Found {
        anchor,
        anchor_range,
        segments,
        glob: false,
        dollar: false,
    })
}

fn char_len(text: &str, at: usize) -> usize {
    text[at..].chars().next().map_or(1, char::len_utf8)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::edit::apply_edits;

    /// Moves `crate::util::retry` to the root, drops `crate::log`, turns `crate::Map` into
    /// `std::collections::BTreeMap` and the crate `shop` into `acme`.
    fn check(input: &str, expected: &str) {
        let names = BTreeSet::from(["shop".to_owned()]);
        let edits = rewrite_paths(input, &names, &|path| {
            let segments: Vec<&str> = path.segments.iter().map(String::as_str).collect();
            match (&path.anchor, segments.as_slice()) {
                (Anchor::Crate, ["util", "retry", ..]) => Relocation::Prefix {
                    segments: 2,
                    with: "crate".into(),
                },
                (Anchor::Super(1), ["retry", ..]) => Relocation::Prefix {
                    segments: 1,
                    with: "crate".into(),
                },
                (Anchor::Crate, ["Map", ..]) => Relocation::Prefix {
                    segments: 1,
                    with: "std::collections::BTreeMap".into(),
                },
                (Anchor::Crate, ["log", ..]) if path.import => Relocation::Imports(vec![]),
                (Anchor::Extern(_), ["util", "retry", ..]) => Relocation::Prefix {
                    segments: 2,
                    with: "acme".into(),
                },
                _ => Relocation::Keep,
            }
        });
        assert_eq!(apply_edits(input, &edits.unwrap()), expected);
    }

    #[test]
    fn paths_in_code_and_macros() {
        check(
            "fn f(a: crate::util::retry::A<crate::B>) {}",
            "fn f(a: crate::A<crate::B>) {}",
        );
        check(
            "x!(self::a, super::retry::b!())",
            "x!(self::a, crate::b!())",
        );
        check(
            "macro_rules! m { () => { $crate::util::retry::f() } }",
            "macro_rules! m { () => { $crate::f() } }",
        );
        check(
            "let m = crate::Map::<u8, u8>::new();",
            "let m = std::collections::BTreeMap::<u8, u8>::new();",
        );
        check(
            "a::crate_::b; self.x; pub(crate) fn",
            "a::crate_::b; self.x; pub(crate) fn",
        );
        check("let x = ::shop::util::retry::X;", "let x = acme::X;");
    }

    #[test]
    fn imports_keep_their_form_where_they_can() {
        check(
            "use crate::util::retry::{A, b::{C, D}};",
            "use crate::{A, b::{C, D}};",
        );
        check("use crate::util::retry::*;", "use crate::*;");
        check("use crate::Map;", "use std::collections::BTreeMap as Map;");
        check(
            "use crate::Map as M;",
            "use std::collections::BTreeMap as M;",
        );
        check("use crate::util::retry;", "use crate as retry;");
        check(
            "use crate::util::retry::{self, A};",
            "use crate as retry;\nuse crate::A;",
        );
    }

    #[test]
    fn imports_split_where_they_must() {
        check(
            "    #[cfg(test)]\n    pub use crate::{log::x, util::retry::A, other::B};",
            "    #[cfg(test)]\n    pub use crate::A;\n    #[cfg(test)]\n    pub use crate::other::B;",
        );
        check("use crate::log::x;", "");
    }

    #[test]
    fn doc_comments_and_attribute_strings() {
        check(
            "/// See [`crate::util::retry::A`] and `shop::util::retry::b`.\nfn f() {}",
            "/// See [`crate::A`] and `acme::b`.\nfn f() {}",
        );
        check(
            r#"#[serde(with = "crate::util::retry::w")] a: u8"#,
            r#"#[serde(with = "crate::w")] a: u8"#,
        );
        check(
            r#"let x = "crate::util::retry::w";"#,
            r#"let x = "crate::util::retry::w";"#,
        );
    }
}
