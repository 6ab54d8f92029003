//! Reads files and what they hold at module level into a tree.

use std::ops::Range;

use camino::{Utf8Path, Utf8PathBuf};
use proc_macro2::Span;

use super::attributes::{self, PathAttributes};
use super::files::{Candidate, Folder};
use super::imports;
use super::macros::{declared_modules, items_in_macro};
use super::members::{self, Parts};
use super::{
    Declaration, Item, ItemId, Missing, Module, SourceFile, SourceTree, SyntaxError, Unparsed,
};
use crate::model::ModulePath;
use crate::sys::{self, SysError};

/// A tree in the making.
pub(super) struct Collector<'a> {
    repo_root: &'a Utf8Path,
    tree: SourceTree,
    /// The files around the one being read, outermost first: a `#[path]` can lead back to one.
    reading: Vec<Utf8PathBuf>,
    /// Are the files of the modules that a file declares read, too?
    follow: bool,
}

/// What surrounds the items being read.
#[derive(Debug, Clone)]
pub(super) struct Scope {
    pub(super) module: ModulePath,
    pub(super) file: Utf8PathBuf,
    /// What the parser's offsets lack: a byte order mark and a shebang line.
    base: usize,
    pub(super) cfg_test: bool,
    pub(super) parent: Option<ItemId>,
    enclosing: Option<ItemId>,
    in_macro: bool,
    folder: Folder,
}

impl Scope {
    /// The bytes of a span.
    pub(super) fn range(&self, span: Span) -> Range<usize> {
        let range = span.byte_range();
        range.start + self.base..range.end + self.base
    }

    /// From the first byte of one span to the last one of another.
    pub(super) fn between(&self, first: Span, last: Span) -> Range<usize> {
        self.range(first).start..self.range(last).end
    }

    /// The scope of what is read from a macro's tokens.
    pub(super) fn in_macro(self) -> Self {
        Self {
            in_macro: true,
            ..self
        }
    }

    /// The scope of the parts of `item`.
    pub(super) fn inside(&self, item: &Item) -> Self {
        Self {
            parent: Some(item.id),
            enclosing: Some(item.id),
            cfg_test: item.cfg_test,
            ..self.clone()
        }
    }
}

impl<'a> Collector<'a> {
    pub(super) fn new(repo_root: &'a Utf8Path) -> Self {
        Self {
            repo_root,
            tree: SourceTree::default(),
            reading: Vec::new(),
            follow: true,
        }
    }

    /// For one file whose text is known: no other is read.
    pub(super) fn of_text(file: &'a Utf8Path, text: String) -> Self {
        let mut collector = Self::new(Utf8Path::new(""));
        collector.follow = false;
        let text = SourceFile::new(text);
        collector.tree.files.insert(file.to_owned(), text);
        collector
    }

    pub(super) fn finish(self) -> SourceTree {
        self.tree
    }

    /// Reads the crate's root and all that it declares.
    pub(super) fn root(&mut self, file: &Utf8Path) -> Result<(), SyntaxError> {
        self.file(file, ModulePath::root(), Folder::of_root(file), None, false)
    }

    /// The text of a file, read once.
    fn text(&mut self, file: &Utf8Path) -> Result<String, SysError> {
        if let Some(known) = self.tree.files.get(file) {
            return Ok(known.text.clone());
        }
        let text = sys::fs::read_text(&self.repo_root.join(file))?;
        self.tree
            .files
            .insert(file.to_owned(), SourceFile::new(text.clone()));
        Ok(text)
    }

    /// Reads the file of a module.
    fn file(
        &mut self,
        file: &Utf8Path,
        path: ModulePath,
        folder: Folder,
        declaration: Option<Declaration>,
        cfg_test: bool,
    ) -> Result<(), SyntaxError> {
        let text = match self.text(file) {
            Ok(text) => text,
            Err(SysError::NotText { .. }) => {
                self.unparsed(file, "the file is not UTF-8 text".to_owned(), 0);
                String::new()
            }
            Err(error) => return Err(error.into()),
        };
        let base = code_start(&text);
        let mut module = Module {
            path: path.clone(),
            file: file.to_owned(),
            body: 0..text.len(),
            declaration,
            items: Vec::new(),
            uses: Vec::new(),
            cfg_test,
            alternatives: Vec::new(),
        };
        let mut scope = Scope {
            module: path,
            file: file.to_owned(),
            base,
            cfg_test,
            parent: None,
            enclosing: None,
            in_macro: false,
            folder,
        };
        self.reading.push(file.to_owned());
        match syn::parse_str::<syn::File>(&text[base..]) {
            Ok(parsed) => {
                // `#![cfg(test)]` at the top of a file is its module's.
                scope.cfg_test |= attributes::is_test_only(&parsed.attrs);
                module.cfg_test = scope.cfg_test;
                self.items(parsed.items, &scope, &mut module)?;
            }
            Err(error) => {
                let lines_before = text[..base].matches('\n').count();
                let line = error.span().start().line + lines_before;
                self.unparsed(file, error.to_string(), u32::try_from(line).unwrap_or(0));
                if let Ok(tokens) = text[base..].parse() {
                    self.items(declared_modules(tokens), &scope, &mut module)?;
                }
            }
        }
        self.reading.pop();
        self.insert(module);
        Ok(())
    }

    fn unparsed(&mut self, file: &Utf8Path, message: String, line: u32) {
        let file = file.to_owned();
        let unparsed = Unparsed {
            file,
            message,
            line,
        };
        if !self.tree.unparsed.contains(&unparsed) {
            self.tree.unparsed.push(unparsed);
        }
    }

    fn insert(&mut self, module: Module) {
        match self.tree.modules.get_mut(&module.path) {
            Some(first) => first.alternatives.push(module),
            None => {
                self.tree.modules.insert(module.path.clone(), module);
            }
        }
    }

    /// Reads the items of a module.
    fn items(
        &mut self,
        items: Vec<syn::Item>,
        scope: &Scope,
        module: &mut Module,
    ) -> Result<(), SyntaxError> {
        for item in items {
            match item {
                syn::Item::Use(item) => module.uses.push(imports::read_use(&item, scope)),
                syn::Item::Mod(item) => self.module(item, scope, module)?,
                syn::Item::Macro(item) if item.ident.is_none() => {
                    self.macro_call(item, scope, module)?;
                }
                syn::Item::ExternCrate(item) => {
                    module.uses.push(imports::read_extern_crate(&item, scope));
                    let id = self.add(members::extern_crate(&item, scope), scope);
                    module.items.push(id);
                }
                other => module.items.push(members::add_item(self, &other, scope)),
            }
        }
        Ok(())
    }

    /// Adds an item; its parent learns of it.
    pub(super) fn add(&mut self, parts: Parts<'_>, scope: &Scope) -> ItemId {
        let id = ItemId(u32::try_from(self.tree.items.len()).expect("fewer than 2^32 items"));
        let start = attributes::first(parts.attrs, scope).unwrap_or(parts.visibility.span.start);
        self.tree.items.push(Item {
            id,
            kind: parts.kind,
            name: parts.name,
            module: scope.module.clone(),
            parent: scope.parent,
            members: Vec::new(),
            file: scope.file.clone(),
            span: start..parts.end,
            mark_at: start,
            name_span: parts.name_span,
            signature: parts.visibility.span.start..parts.signature_end,
            visibility: parts.visibility,
            cfg_test: scope.cfg_test || attributes::is_test_only(parts.attrs),
            in_macro: scope.in_macro,
            attributes: attributes::names(parts.attrs),
            cfgs: attributes::cfgs(parts.attrs, scope)
                .map(|range| self.source(range, scope).trim().to_owned())
                .collect(),
            deprecated: attributes::deprecated(parts.attrs, scope),
            impl_header: parts.impl_header,
            enclosing: scope.enclosing,
        });
        if let Some(parent) = scope.parent {
            self.tree.items[parent.0 as usize].members.push(id);
        }
        id
    }

    /// The item just added, for the scope of its parts.
    pub(super) fn scope_of(&self, id: ItemId, scope: &Scope) -> Scope {
        scope.inside(&self.tree.items[id.0 as usize])
    }

    /// The source of a span.
    pub(super) fn source(&self, range: Range<usize>, scope: &Scope) -> &str {
        &self.tree.files[&scope.file].text[range]
    }

    /// Reads a module's declaration, then its body.
    fn module(
        &mut self,
        item: syn::ItemMod,
        scope: &Scope,
        declaring: &mut Module,
    ) -> Result<(), SyntaxError> {
        let id = self.add(members::module(&item, scope), scope);
        declaring.items.push(id);
        let paths = attributes::path_attributes(&item.attrs);
        let added = &self.tree.items[id.0 as usize];
        let declaration = Declaration {
            item: id,
            file: added.file.clone(),
            span: added.span.clone(),
            visibility: added.visibility.clone(),
            name_span: added.name_span.clone(),
            inline: item.content.is_some(),
            path_attribute: paths.always.clone(),
            macro_use: item.attrs.iter().any(|a| a.path().is_ident("macro_use")),
            cfgs: added.cfgs.clone(),
        };
        let cfg_test = added.cfg_test;
        let name = item.ident.to_string();
        let path = scope.module.join(&name);
        let Some((brace, items)) = item.content else {
            if !self.follow {
                return Ok(());
            }
            return self.file_module(&paths, path, &declaration, cfg_test, scope);
        };
        let open = scope.range(brace.span.open()).end;
        let close = scope.range(brace.span.close()).start;
        let mut module = Module {
            path: path.clone(),
            file: scope.file.clone(),
            body: open..close,
            declaration: Some(declaration),
            items: Vec::new(),
            uses: Vec::new(),
            cfg_test,
            alternatives: Vec::new(),
        };
        let inner = Scope {
            module: path,
            cfg_test,
            parent: None,
            enclosing: Some(id),
            folder: scope.folder.of_inline(&name, paths.always.as_deref()),
            ..scope.clone()
        };
        self.items(items, &inner, &mut module)?;
        self.insert(module);
        Ok(())
    }

    /// Reads the file, or files under several `cfg_attr`s, of a module that has no body in
    /// place.
    fn file_module(
        &mut self,
        paths: &PathAttributes,
        path: ModulePath,
        declaration: &Declaration,
        cfg_test: bool,
        scope: &Scope,
    ) -> Result<(), SyntaxError> {
        let name = path.name().expect("a declared module has a name");
        let by_name = scope.folder.by_name(name);
        let mut wanted: Vec<Candidate> = Vec::new();
        if let Some(always) = &paths.always {
            wanted.push(scope.folder.by_attribute(always));
        } else {
            wanted.extend(by_name);
            let conditional = paths.sometimes.iter();
            wanted.extend(conditional.map(|path| scope.folder.by_attribute(path)));
        }
        let files: Vec<Utf8PathBuf> = wanted.iter().map(|c| c.file.clone()).collect();
        let mut found = false;
        for Candidate { file, folder } in wanted {
            if self.reading.contains(&file) {
                continue;
            }
            let declaration = Some(declaration.clone());
            match self.file(&file, path.clone(), folder, declaration, cfg_test) {
                Ok(()) => found = true,
                Err(SyntaxError::Read(error)) if error.is_not_found() => {}
                Err(error) => return Err(error),
            }
        }
        if !found {
            self.tree.missing.push(Missing {
                module: path,
                item: declaration.item,
                files,
            });
        }
        Ok(())
    }

    /// Reads a macro call, and the items in it as far as they can be told from its tokens.
    fn macro_call(
        &mut self,
        item: syn::ItemMacro,
        scope: &Scope,
        module: &mut Module,
    ) -> Result<(), SyntaxError> {
        let id = self.add(members::macro_call(&item, scope), scope);
        module.items.push(id);
        let inner = self.scope_of(id, scope).in_macro();
        self.items(items_in_macro(item.mac.tokens), &inner, module)
    }
}

/// The offset of the first byte after the byte order mark and the shebang line.
pub(super) fn code_start(text: &str) -> usize {
    let bom = if text.starts_with('\u{feff}') { 3 } else { 0 };
    let code = &text[bom..];
    // `#![` begins an inner attribute (the Rust reference, "Shebang").
    let shebang = code.starts_with("#!") && !code[2..].trim_start().starts_with('[');
    let line = if shebang {
        code.find('\n').map_or(code.len(), |at| at + 1)
    } else {
        0
    };
    bom + line
}
