//! The items of a file that may be copies, its tests and its imports, by tokens.

use std::collections::BTreeMap;
use std::ops::Range;

use proc_macro2::Delimiter;

use super::Kind;
use super::binders::binders;
use super::header::{attributes, delegates, impl_of, is_straight};
use super::normal::{Normal, name_symbol, normal};
use crate::syntax::{self, LexError, Token, TokenKind};

/// A file's tokens, and which one closes which.
#[derive(Debug)]
pub(super) struct Tokens<'a> {
    text: &'a str,
    all: Vec<Token>,
    /// Of an opening token the closing one, and the other way round; of any other, the opening
    /// one of the group that it is in.
    partner: Vec<u32>,
}

const NONE: u32 = u32::MAX;

impl<'a> Tokens<'a> {
    pub(super) fn new(text: &'a str) -> Result<Self, LexError> {
        let tokens = syntax::lex(text)?;
        let mut partner = vec![NONE; tokens.len()];
        let mut open: Vec<usize> = Vec::new();
        let index = |at: usize| u32::try_from(at).unwrap_or(NONE);
        for (at, token) in tokens.iter().enumerate() {
            match token.kind {
                TokenKind::Open(_) => open.push(at),
                TokenKind::Close(_) => {
                    if let Some(start) = open.pop() {
                        partner[start] = index(at);
                        partner[at] = index(start);
                    }
                }
                _ => partner[at] = open.last().map_or(NONE, |at| index(*at)),
            }
        }
        Ok(Self {
            text,
            all: tokens,
            partner,
        })
    }

    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    pub(super) fn kind(&self, at: usize) -> Option<TokenKind> {
        self.all.get(at).map(|token| token.kind)
    }

    pub(super) fn text(&self, at: usize) -> &'a str {
        self.all
            .get(at)
            .map_or("", |token| &self.text[token.range.clone()])
    }

    /// The identifier at `at`, without `r#`.
    pub(super) fn ident(&self, at: usize) -> Option<&'a str> {
        let text = self.text(at);
        (self.kind(at)? == TokenKind::Ident).then(|| text.strip_prefix("r#").unwrap_or(text))
    }

    pub(super) fn is_punct(&self, at: usize, sign: char) -> bool {
        matches!(self.kind(at), Some(TokenKind::Punct(found, _)) if found == sign)
    }

    /// `::`
    pub(super) fn is_path_sign(&self, at: usize) -> bool {
        self.is_punct(at, ':') && self.is_punct(at + 1, ':')
    }

    /// A colon that is no half of `::`.
    pub(super) fn is_lone_colon(&self, at: usize) -> bool {
        let before = at > 0 && self.kind(at - 1) == Some(TokenKind::Punct(':', true));
        self.is_punct(at, ':') && !before && !self.is_punct(at + 1, ':')
    }

    /// The `>` of `->` or `=>`.
    pub(super) fn is_arrow(&self, at: usize) -> bool {
        at > 0 && matches!(self.kind(at - 1), Some(TokenKind::Punct('-' | '=', true)))
    }

    /// The token that closes what opens at `at`.
    pub(super) fn close(&self, at: usize) -> usize {
        match self.partner.get(at) {
            Some(&close) if close != NONE => close as usize,
            _ => at,
        }
    }

    /// The token that opens what closes at `at`.
    pub(super) fn open(&self, at: usize) -> usize {
        self.close(at)
    }

    /// Is the innermost group around the token one of braces?
    pub(super) fn is_in_braces(&self, at: usize) -> bool {
        let around = self.partner.get(at).copied().unwrap_or(NONE);
        self.kind(around as usize) == Some(TokenKind::Open(Delimiter::Brace))
    }

    /// The bytes of some tokens.
    fn bytes(&self, range: Range<usize>) -> Range<usize> {
        let start = self.all.get(range.start).map_or(0, |t| t.range.start);
        let end = self.all.get(range.end.wrapping_sub(1));
        start..end.map_or(start, |token| token.range.end)
    }
}

/// An item that may be a copy.
#[derive(Debug, Clone)]
pub(super) struct Unit {
    pub(super) kind: Kind,
    /// Its own name; an impl's is that of its type.
    pub(super) name: String,
    /// With the type that it is a method of: `Type::name`.
    pub(super) title: String,
    /// The trait whose impl it is, or is in.
    pub(super) of_trait: Option<String>,
    /// The inline modules around it.
    pub(super) modules: Vec<String>,
    /// The impl or trait that it is in: an index of the outline's units.
    pub(super) parent: Option<usize>,
    /// Its bytes, without attributes and comments before it.
    pub(super) bytes: Range<usize>,
    /// Its lines that are neither empty nor comments.
    pub(super) lines: usize,
    /// The tokens of a function's body, or of those in an impl; of any other item, all.
    pub(super) body_tokens: usize,
    /// Its functions: of an impl, those in it.
    pub(super) functions: usize,
    /// Does each of its functions only call another of its own name?
    pub(super) delegates: bool,
    /// Is it a function that decides nothing: calls in a row?
    pub(super) straight: bool,
    pub(super) normal: Normal,
}

/// What a file has.
#[derive(Debug, Clone, Default)]
pub(super) struct Outline {
    pub(super) units: Vec<Unit>,
    /// For each test function, the symbols of the names in it, sorted.
    pub(super) tests: Vec<Vec<u64>>,
    /// What it imports of its own crate: the path by the name.
    pub(super) imports: BTreeMap<String, String>,
    /// Modules declared here, and in other files, that are compiled for tests only.
    pub(super) test_modules: Vec<String>,
}

/// What is around an item.
#[derive(Debug, Clone, Default)]
struct Around {
    modules: Vec<String>,
    parent: Option<usize>,
    owner: Option<String>,
    of_trait: Option<String>,
    test: bool,
}

/// Reads the outline of a file; `is_test` if all of it is test code.
pub(super) fn outline(text: &str, is_test: bool) -> Result<Outline, LexError> {
    let tokens = Tokens::new(text)?;
    let mut reader = Reader {
        tokens: &tokens,
        outline: Outline::default(),
    };
    let around = Around {
        test: is_test,
        ..Around::default()
    };
    reader.items(0..tokens.len(), around);
    Ok(reader.outline)
}

struct Reader<'a> {
    tokens: &'a Tokens<'a>,
    outline: Outline,
}

impl Reader<'_> {
    fn items(&mut self, range: Range<usize>, mut around: Around) {
        let mut at = range.start;
        while at < range.end {
            let said = attributes(self.tokens, at, range.end);
            around.test |= said.inner_test;
            let next = self.item(said.end, range.end, said.test, &around);
            at = next.max(at + 1);
        }
    }

    /// Reads an item whose attributes are read; gives the token after it.
    fn item(&mut self, start: usize, end: usize, test: bool, around: &Around) -> usize {
        let tokens = self.tokens;
        let start = self.after_visibility(start);
        let mut at = start;
        while self.is_modifier(at) {
            at += 1 + usize::from(tokens.kind(at + 1) == Some(TokenKind::Literal));
        }
        let around = &Around {
            test: around.test || test,
            ..around.clone()
        };
        match tokens.ident(at) {
            Some("fn") => self.function(start, at, end, around),
            Some("struct") => self.simple(Kind::Struct, start, at, end, around),
            Some("enum") => self.simple(Kind::Enum, start, at, end, around),
            Some("union") if tokens.ident(at + 1).is_some() => {
                self.simple(Kind::Union, start, at, end, around)
            }
            Some("trait") => self.holder(Kind::Trait, start, at, end, around),
            Some("impl") => self.holder(Kind::Impl, start, at, end, around),
            Some("mod") => self.module(at, around),
            Some("use") => {
                let stop = self.end_of_statement(at, end);
                if !around.test {
                    self.imports(at + 1..stop, &mut Vec::new());
                }
                stop + 1
            }
            Some("macro_rules") if tokens.is_punct(at + 1, '!') => {
                self.macro_rules(at, end, around)
            }
            Some("const" | "static" | "type" | "extern") => self.end_of_statement(at, end) + 1,
            Some(_) if tokens.is_punct(at + 1, '!') => {
                // Items may be in what a macro is given: `cfg_rt! { … }`.
                let open = at + 2;
                if let Some(TokenKind::Open(Delimiter::Brace)) = tokens.kind(open) {
                    self.items(open + 1..tokens.close(open), around.clone());
                }
                tokens.close_or_self(open) + 1
            }
            _ => tokens.close_or_self(at) + 1,
        }
    }

    fn after_visibility(&self, at: usize) -> usize {
        let parenthesis = Some(TokenKind::Open(Delimiter::Parenthesis));
        match self.tokens.ident(at) {
            Some("pub") if self.tokens.kind(at + 1) == parenthesis => self.tokens.close(at + 1) + 1,
            Some("pub") => at + 1,
            _ => at,
        }
    }

    fn is_modifier(&self, at: usize) -> bool {
        let next = self.tokens.ident(at + 1);
        match self.tokens.ident(at) {
            Some("async" | "unsafe" | "default" | "auto") => next.is_some(),
            Some("const") => matches!(next, Some("fn" | "unsafe" | "async" | "extern")),
            Some("extern") => {
                let literal = self.tokens.kind(at + 1) == Some(TokenKind::Literal);
                next == Some("fn") || literal && self.tokens.ident(at + 2) == Some("fn")
            }
            _ => false,
        }
    }

    /// The `;` of a statement, or the last token of a body in its place.
    fn end_of_statement(&self, mut at: usize, end: usize) -> usize {
        while at < end && !self.tokens.is_punct(at, ';') {
            at = self.tokens.close_or_self(at) + 1;
        }
        at
    }

    /// The opening brace of an item's body, or where it ends without one.
    fn body(&self, mut at: usize, end: usize) -> (usize, bool) {
        while at < end {
            match self.tokens.kind(at) {
                Some(TokenKind::Open(Delimiter::Brace)) => return (at, true),
                Some(TokenKind::Punct(';', _)) => return (at, false),
                _ => at = self.tokens.close_or_self(at) + 1,
            }
        }
        (end, false)
    }

    fn function(&mut self, start: usize, at: usize, end: usize, around: &Around) -> usize {
        let (body, has_body) = self.body(at + 2, end);
        if !has_body {
            return body + 1;
        }
        let stop = self.tokens.close(body) + 1;
        if around.test {
            let names = (body..stop).filter_map(|at| self.tokens.ident(at));
            let mut names: Vec<u64> = names.map(name_symbol).collect();
            names.sort_unstable();
            names.dedup();
            self.outline.tests.push(names);
        } else if let Some(name) = self.tokens.ident(at + 1) {
            self.unit(Kind::Function, name, start..stop, around);
        }
        stop
    }

    fn simple(
        &mut self,
        kind: Kind,
        start: usize,
        at: usize,
        end: usize,
        around: &Around,
    ) -> usize {
        let (body, has_body) = self.body(at + 1, end);
        let stop = if has_body {
            self.tokens.close(body) + 1
        } else {
            body + 1
        };
        if let Some(name) = self.tokens.ident(at + 1) {
            self.unit(kind, name, start..stop.min(end), around);
        }
        stop
    }

    /// An impl or a trait, and what is in it.
    fn holder(
        &mut self,
        kind: Kind,
        start: usize,
        at: usize,
        end: usize,
        around: &Around,
    ) -> usize {
        let (body, has_body) = self.body(at + 1, end);
        if !has_body {
            return body + 1;
        }
        let close = self.tokens.close(body);
        let (name, of_trait) = if kind == Kind::Impl {
            let of = impl_of(self.tokens, at + 1..body);
            (of.name, of.of_trait)
        } else {
            let name = self.tokens.ident(at + 1).unwrap_or_default();
            (name.to_owned(), None)
        };
        let mut inside = around.clone();
        inside.of_trait.clone_from(&of_trait);
        let with_trait = Around {
            of_trait,
            ..around.clone()
        };
        inside.parent = self.unit(kind, &name, start..close + 1, &with_trait);
        inside.owner = Some(name);
        let parent = inside.parent;
        let first = self.outline.units.len();
        self.items(body + 1..close, inside);
        if let (Kind::Impl, Some(parent)) = (kind, parent) {
            let units = &self.outline.units[first..];
            let own = units.iter().filter(|unit| unit.parent == Some(parent));
            let body_tokens = own.clone().map(|unit| unit.body_tokens).sum();
            let functions = own.clone().count();
            let delegates = functions > 0 && own.clone().all(|unit| unit.delegates);
            let holder = &mut self.outline.units[parent];
            holder.body_tokens = body_tokens;
            holder.functions = functions;
            holder.delegates = delegates;
        }
        close + 1
    }

    fn macro_rules(&mut self, at: usize, end: usize, around: &Around) -> usize {
        let open = at + 3;
        let stop = self.tokens.close_or_self(open) + 1;
        if let Some(name) = self.tokens.ident(at + 2) {
            self.unit(Kind::Macro, name, at..stop.min(end), around);
        }
        stop
    }

    fn module(&mut self, at: usize, around: &Around) -> usize {
        let Some(name) = self.tokens.ident(at + 1) else {
            return at + 1;
        };
        if self.tokens.is_punct(at + 2, ';') {
            if around.test {
                self.outline.test_modules.push(name.to_owned());
            }
            return at + 3;
        }
        let mut inside = around.clone();
        inside.modules.push(name.to_owned());
        let close = self.tokens.close_or_self(at + 2);
        self.items(at + 3..close, inside);
        close + 1
    }

    /// Takes an item; gives its index. None of what is for tests.
    fn unit(
        &mut self,
        kind: Kind,
        name: &str,
        range: Range<usize>,
        around: &Around,
    ) -> Option<usize> {
        if around.test {
            return None;
        }
        let tokens = self.tokens;
        let bytes = tokens.bytes(range.clone());
        let locals = binders(tokens, range.clone());
        let title = match (&around.owner, kind, &around.of_trait) {
            (_, Kind::Impl, Some(of_trait)) => format!("impl {of_trait} for {name}"),
            (_, Kind::Impl, None) => format!("impl {name}"),
            (Some(owner), _, _) => format!("{owner}::{name}"),
            (None, _, _) => name.to_owned(),
        };
        self.outline.units.push(Unit {
            kind,
            name: name.to_owned(),
            title,
            of_trait: around.of_trait.clone(),
            modules: around.modules.clone(),
            parent: around.parent,
            lines: code_lines(&tokens.text[bytes.clone()]),
            bytes,
            body_tokens: self.body_tokens(kind, &range),
            functions: usize::from(kind == Kind::Function),
            delegates: kind == Kind::Function && delegates(tokens, name, &range),
            straight: kind == Kind::Function && is_straight(tokens, &range),
            normal: normal(tokens, range, name, &locals),
        });
        Some(self.outline.units.len() - 1)
    }

    fn body_tokens(&self, kind: Kind, range: &Range<usize>) -> usize {
        let last = range.end.saturating_sub(1);
        match kind {
            Kind::Function => last.saturating_sub(self.tokens.open(last) + 1),
            _ => range.len(),
        }
    }

    /// Reads the tree of an import: what it takes of its own crate.
    fn imports(&mut self, range: Range<usize>, path: &mut Vec<String>) {
        let depth = path.len();
        let mut at = range.start;
        let mut bound = None;
        while at <= range.end {
            let ends = at == range.end || self.tokens.is_punct(at, ',');
            if ends {
                if let Some(name) = bound.take() {
                    self.import(name, path);
                }
                path.truncate(depth);
                at += 1;
                continue;
            }
            match self.tokens.kind(at) {
                Some(TokenKind::Open(_)) => {
                    let close = self.tokens.close(at);
                    self.imports(at + 1..close, path);
                    bound = None;
                    at = close;
                }
                Some(TokenKind::Ident) => match self.tokens.ident(at) {
                    Some("as") => {
                        bound = self.tokens.ident(at + 1).map(str::to_owned);
                        at += 1;
                    }
                    Some(name) => {
                        path.push(name.to_owned());
                        bound = Some(name.to_owned());
                    }
                    None => {}
                },
                _ => {}
            }
            at += 1;
        }
    }

    fn import(&mut self, mut name: String, path: &[String]) {
        let path = match path {
            [path @ .., last] if last == "self" => path,
            path => path,
        };
        if name == "self" {
            name = path.last().cloned().unwrap_or_default();
        }
        if matches!(
            path.first().map(String::as_str),
            Some("crate" | "super" | "self")
        ) {
            self.outline.imports.insert(name, path.join("::"));
        }
    }
}

impl Tokens<'_> {
    /// The token that closes what opens at `at`; `at` itself if nothing does.
    fn close_or_self(&self, at: usize) -> usize {
        match self.kind(at) {
            Some(TokenKind::Open(_)) => self.close(at),
            _ => at,
        }
    }
}

/// The lines that are neither empty nor a comment.
pub(super) fn code_lines(text: &str) -> usize {
    text.lines().filter(|line| is_code(line)).count()
}

/// Is a line neither empty nor a comment?
pub(super) fn is_code(line: &str) -> bool {
    let line = line.trim_start();
    !line.is_empty() && !line.starts_with("//")
}
