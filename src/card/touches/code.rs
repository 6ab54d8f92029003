//! The code around a use: its line, and the shapes of its file.

use std::collections::BTreeMap;
use std::ops::Range;

use camino::{Utf8Path, Utf8PathBuf};

use super::generics::{Written, written};
use crate::syntax::{Names, Shapes, SourceFile, Values, names, shapes, values};
use crate::sys::fs;

/// A file of the code that is looked at.
pub(super) struct CodeFile {
    source: SourceFile,
    pub(super) shapes: Shapes,
    pub(super) values: Values,
    pub(super) names: Names,
}

impl CodeFile {
    /// The line and column of a byte.
    pub(super) fn line_column(&self, at: usize) -> (u32, u32) {
        self.source.line_column(at)
    }

    /// A line of it, without the space around.
    pub(super) fn line(&self, line: u32) -> &str {
        let line = (line as usize).saturating_sub(1);
        self.source
            .text
            .lines()
            .nth(line)
            .unwrap_or_default()
            .trim()
    }

    /// Is that character the next one but for space?
    pub(super) fn follows(&self, at: usize, next: char) -> bool {
        let rest = self.source.text.get(at..).unwrap_or_default();
        rest.trim_start().starts_with(next)
    }

    /// Does an import name all of these?
    pub(super) fn imports(&self, names: &[&str]) -> bool {
        let text = |import: &Range<usize>| self.source.text.get(import.clone()).unwrap_or_default();
        let mut imports = self.shapes.imports.iter().map(text);
        let has = |import: &str, name: &str| {
            let is_part = |c: char| c.is_alphanumeric() || c == '_';
            import.split(|c| !is_part(c)).any(|word| word == name)
        };
        imports.any(|import| names.iter().all(|name| has(import, name)))
    }

    /// The generic arguments that follow.
    pub(super) fn arguments(&self, at: usize) -> Written {
        written(self.source.text.get(at..).unwrap_or_default())
    }

    /// Is it in the header of an impl?
    pub(super) fn is_header(&self, at: usize) -> bool {
        let mut impls = self.shapes.headers.iter();
        impls.any(|header| header.contains(&at))
    }

    /// The text between two bytes.
    pub(super) fn between(&self, start: usize, end: usize) -> &str {
        self.source.text.get(start..end).unwrap_or_default()
    }

    /// What a call passes whose function's name ends there: `(a, |b| c)`; else nothing.
    pub(super) fn call(&self, at: usize) -> &str {
        called(self.source.text.get(at..).unwrap_or_default())
    }

    /// Is what that call returns called there?
    pub(super) fn is_called_at_once(&self, at: usize) -> bool {
        self.after_call(at).starts_with('(')
    }

    /// What follows that call; nothing if there is none.
    pub(super) fn after_call(&self, at: usize) -> &str {
        let rest = self.source.text.get(at..).unwrap_or_default();
        after_call(rest)
    }

    /// The text of the innermost function that has that byte; else nothing.
    pub(super) fn function_at(&self, at: usize) -> &str {
        let functions = self.names.functions.iter();
        let around = functions.filter(|function| function.contains(&at));
        let innermost = around.max_by_key(|function| function.start);
        innermost.map_or("", |range| self.between(range.start, range.end))
    }

    /// Is it in an attribute of a type, of its fields or variants?
    pub(super) fn is_attribute(&self, at: usize) -> bool {
        let mut attributes = self.values.data.iter().flat_map(|data| &data.attributes);
        attributes.any(|attribute| attribute.contains(&at))
    }

    /// Does an attribute of that name begin there?
    pub(super) fn is_attribute_of(&self, at: usize, name: &str) -> bool {
        let rest = self.source.text.get(at..).unwrap_or_default();
        let rest = rest.trim_start_matches(['#', '[', ' ']).strip_prefix(name);
        rest.is_some_and(|rest| rest.starts_with(|c: char| !c.is_alphanumeric() && c != '_'))
    }

    /// Is what stands there a key of an attribute that has no value: `long` of `#[clap(long)]`?
    pub(super) fn is_bare_key(&self, range: Range<usize>) -> bool {
        let before = self.between(0, range.start).trim_end();
        self.is_attribute(range.start)
            && before.ends_with(['(', ','])
            && (self.follows(range.end, ',') || self.follows(range.end, ')'))
    }

    /// Is it, with the path before it, what `dyn` is of?
    pub(super) fn is_object(&self, at: usize) -> bool {
        let before = self.source.text.get(..at).unwrap_or_default();
        follows_dyn(before)
    }

    /// Is it in an import?
    pub(super) fn is_import(&self, at: usize) -> bool {
        self.shapes
            .imports
            .iter()
            .any(|import| import.contains(&at))
    }

    /// Is it in a type that is written out?
    pub(super) fn is_type(&self, at: usize) -> bool {
        self.shapes.types.iter().any(|path| path.contains(&at))
    }

    /// The shortest `match` with a pattern in which that byte is.
    pub(super) fn match_at(&self, at: usize) -> Option<&crate::syntax::Match> {
        let holds = |found: &&crate::syntax::Match| found.patterns.iter().any(|p| p.contains(&at));
        let matches = self.shapes.matches.iter().filter(holds);
        matches.max_by_key(|found| found.at)
    }

    /// The literal or pattern whose path has that byte.
    pub(super) fn literal_at(&self, at: usize) -> Option<&crate::syntax::Literal> {
        within(&self.shapes.literals, at, |found| &found.path)
    }

    /// Where what a tuple's pattern binds of a field is used by value; the path of the pattern
    /// has that byte.
    pub(super) fn moved_of(&self, at: usize, field: &str) -> &[usize] {
        let bound = within(&self.values.bound, at, |found| &found.path);
        let moved = bound.and_then(|found| found.moved.get(field.parse::<usize>().ok()?));
        moved.map_or(&[], Vec::as_slice)
    }

    /// The impl whose trait's path has that byte.
    pub(super) fn impl_at(&self, at: usize) -> Option<&crate::syntax::TraitImpl> {
        within(&self.shapes.impls, at, |found| &found.path)
    }
}

/// The arguments in parentheses that a text begins with, after generic ones.
fn called(rest: &str) -> &str {
    let Some(start) = rest.find('(') else {
        return "";
    };
    let generic = rest[..start].trim();
    let is_generic = generic.starts_with("::<") && generic.ends_with('>');
    if !generic.is_empty() && !is_generic {
        return "";
    }
    let mut depth = 0_usize;
    let end = rest[start..].find(|c| {
        depth += usize::from(c == '(');
        depth -= usize::from(c == ')');
        depth == 0
    });
    end.map_or("", |end| &rest[start..=start + end])
}

/// What follows the call that a text begins with, without the space between.
fn after_call(rest: &str) -> &str {
    let call = called(rest);
    let after = rest.split_once(call).filter(|_| !call.is_empty());
    after.map_or("", |(_, after)| after.trim_start())
}

/// Does a text end with `dyn ` and perhaps the beginning of a path?
fn follows_dyn(before: &str) -> bool {
    let is_path = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    let rest = before.trim_end_matches(is_path);
    let rest = if rest.ends_with(char::is_whitespace) {
        rest.trim_end()
    } else {
        return false;
    };
    rest.rsplit(|c| !is_path(c)).next() == Some("dyn")
}

fn within<T>(all: &[T], at: usize, path: impl Fn(&T) -> &Range<usize>) -> Option<&T> {
    all.iter().find(|found| path(found).contains(&at))
}

/// The files that were asked for.
pub(super) struct Code<'a> {
    root: &'a Utf8Path,
    files: BTreeMap<Utf8PathBuf, Option<CodeFile>>,
}

impl<'a> Code<'a> {
    pub(super) fn new(root: &'a Utf8Path) -> Self {
        Self {
            root,
            files: BTreeMap::new(),
        }
    }

    /// The service's own files of Rust, relative to the root.
    pub(super) fn own(&self) -> Vec<Utf8PathBuf> {
        let skipped = |path: &Utf8Path| {
            let name = path.file_name().unwrap_or_default();
            name == "target" || name.starts_with('.')
        };
        let files = fs::walk_utf8(self.root, &skipped).unwrap_or_default();
        let files = files.iter().filter(|file| file.extension() == Some("rs"));
        let mut own: Vec<Utf8PathBuf> = files
            .filter_map(|file| Some(file.strip_prefix(self.root).ok()?.to_owned()))
            .collect();
        own.sort();
        own
    }

    /// What is found in the service's own files, each with its file.
    pub(super) fn in_all(
        &mut self,
        mut find: impl FnMut(&CodeFile) -> Vec<usize>,
    ) -> Vec<(Utf8PathBuf, usize)> {
        let mut all = Vec::new();
        for file in self.own() {
            let found = self.file(&file).map(&mut find).unwrap_or_default();
            all.extend(found.into_iter().map(|at| (file.clone(), at)));
        }
        all
    }

    /// A file by its path relative to the root; none if it cannot be read: a build script made
    /// it.
    pub(super) fn file(&mut self, path: &Utf8Path) -> Option<&CodeFile> {
        let root = self.root;
        let file = self.files.entry(path.to_owned()).or_insert_with(|| {
            let text = fs::read_text(&root.join(path)).ok()?;
            let shapes = shapes(&text);
            Some(CodeFile {
                names: names(&text, &shapes.imports),
                shapes,
                values: values(&text),
                source: SourceFile::new(text),
            })
        });
        file.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arguments_of_a_call_are_found() {
        assert_eq!(called("(a, (b), |c| d(c)) + (e)"), "(a, (b), |c| d(c))");
        assert_eq!(called("::<u8, _>(a)"), "(a)");
        assert_eq!(called(", a(b)"), "");
        assert_eq!(called(""), "");
    }

    #[test]
    fn an_object_is_told_by_its_dyn() {
        assert!(follows_dyn("fn a(b: Box<dyn "));
        assert!(follows_dyn("fn a(b: &(dyn acme::"));
        assert!(!follows_dyn("fn a<T: acme::"));
        assert!(!follows_dyn("fn a<T: "));
        assert!(!follows_dyn("use acme::"));
    }
}
