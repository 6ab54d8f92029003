//! The path by which code names something, against one that is gone. What had two paths and has
//! one of them still is touched only where the other is written.

use std::collections::BTreeSet;

use super::code::{Code, CodeFile};
use super::relied::Found;
use crate::syntax::Segment;

/// A path that is gone: its segments, those of the crate's name among them.
pub(super) struct Gone<'a> {
    /// The names by which the code may know the crate.
    pub(super) roots: &'a BTreeSet<String>,
    /// What comes after the crate's name.
    pub(super) path: Vec<&'a str>,
}

impl<'a> Gone<'a> {
    /// Of the path of a change: `acme_retry::policy::Policy`.
    pub(super) fn new(roots: &'a BTreeSet<String>, item: &'a str) -> Self {
        let path = item.split("::").skip(1).collect();
        Self { roots, path }
    }

    /// Is what stands at a byte written by that path, or by one that leads through it? None if the
    /// text does not say: a method, what a glob brings, what a macro writes.
    pub(super) fn is_written_at(&self, code: &CodeFile, at: usize) -> Option<bool> {
        let imports = code.names.imports.iter().map(|import| &import.path);
        let mut paths = imports.chain(&code.names.paths);
        let path = paths.find_map(|path| {
            let end = path.iter().position(|(_, place)| *place == at)?;
            Some(&path[..=end])
        })?;
        let meant = self.meant(code, path);
        (!meant.is_empty()).then(|| meant.iter().any(|path| path.starts_with(&self.path)))
    }

    /// Where paths lead through that one: there the compiler finds nothing (E0432, E0433). What an
    /// import binds is not looked at where it is used: the import is what fails.
    pub(super) fn places(&self, code: &mut Code<'_>) -> Vec<Found> {
        code.in_all(|code| {
            let imports = code.names.imports.iter();
            let imports = imports.filter_map(|import| self.end(&import.path));
            let paths = code.names.paths.iter();
            let paths = paths.filter_map(|path| self.end(path));
            imports.chain(paths).collect()
        })
    }

    /// Where its last segment stands in a path that begins with the crate.
    fn end(&self, path: &[Segment]) -> Option<usize> {
        let (root, rest) = path.split_first()?;
        let inner = rest.get(..self.path.len())?;
        let is_it = self.roots.contains(&root.0) && is_path(inner, &self.path);
        inner.last().filter(|_| is_it).map(|(_, at)| *at)
    }

    /// What a path may mean, from the crate on: as it is written, or by the imports of the file
    /// that bind its first name.
    fn meant<'c>(&self, code: &'c CodeFile, path: &'c [Segment]) -> Vec<Vec<&'c str>> {
        let Some(((first, _), rest)) = path.split_first() else {
            return Vec::new();
        };
        let names = |path: &'c [Segment]| path.iter().map(|(name, _)| name.as_str());
        if self.roots.contains(first) {
            return vec![names(rest).collect()];
        }
        let imports = code.names.imports.iter();
        let binding = imports.filter(|import| import.name.as_ref() == Some(first));
        let of_crate = binding.filter_map(|import| {
            let (root, inner) = import.path.split_first()?;
            let is_it = self.roots.contains(&root.0);
            is_it.then(|| names(inner).chain(names(rest)).collect())
        });
        of_crate.collect()
    }
}

fn is_path(segments: &[Segment], path: &[&str]) -> bool {
    segments.iter().map(|(name, _)| name).eq(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::fs;
    use crate::sys::scratch::Scratch;

    fn with<T>(text: &str, look: impl FnOnce(&mut Code<'_>, &BTreeSet<String>) -> T) -> T {
        let scratch = Scratch::new().unwrap();
        fs::write(&scratch.path().join("lib.rs"), text).unwrap();
        let roots = BTreeSet::from(["lib".to_owned(), "renamed".to_owned()]);
        look(&mut Code::new(scratch.path()), &roots)
    }

    #[test]
    fn the_other_path_of_an_item_is_not_the_one_that_is_gone() {
        let check = |text: &str, marked: &str, expected: Option<bool>| {
            let found = with(text, |code, roots| {
                let gone = Gone::new(roots, "lib::multi::list");
                let at = text.rfind(marked).expect("it is there");
                gone.is_written_at(code.file("lib.rs".into()).unwrap(), at)
            });
            assert_eq!(found, expected, "{text}");
        };
        check("use lib::combinator::list;", "list", Some(false));
        check("use lib::multi::{list};", "list", Some(true));
        check("use renamed::multi::list as l;", "list", Some(true));
        check("fn f() { lib::multi::list() }", "list", Some(true));
        let by_name = "use lib::combinator::list;\nfn f() { list() }";
        check(by_name, "list", Some(false));
        let by_module = "use lib::multi;\nfn f() { multi::list() }";
        check(by_module, "list", Some(true));
        let by_alias = "use lib::multi as m;\nfn f() { m::list() }";
        check(by_alias, "list", Some(true));
        check("use lib::*;\nfn f() { list() }", "list", None);
        check("use other::multi::list;", "list", None);
        check("fn f() { x.list() }", "list", None);
    }

    #[test]
    fn paths_through_what_is_gone_are_named_where_they_fail() {
        let lines = |text: &str, item: &str| -> Vec<u32> {
            with(text, |code, roots| {
                let found = Gone::new(roots, item).places(code);
                let line = |(file, at): &Found| code.file(file).unwrap().line_column(*at).0;
                found.iter().map(line).collect()
            })
        };
        let text = "use lib::{\n    New,\n    blocking::i2c,\n};\nfn f() {\n    \
                    lib::blocking::spi();\n    New::new();\n}\nuse lib::Newer;\n";
        assert_eq!(lines(text, "lib::New"), [2]);
        assert_eq!(lines(text, "lib::blocking"), [3, 6]);
        assert_eq!(lines(text, "lib::i2c"), [0_u32; 0]);
    }
}
