//! A repository's record, and the template as it is now.

use camino::{Utf8Path, Utf8PathBuf};

use super::ScaffoldError;
use crate::git;
use crate::git::{Bench, Repository, Tree};
use crate::sys;
use crate::template::{self, BASE, Base, RECORD, Record, Source, Template};

/// The record in the worktree of a repository.
pub(super) fn load_record(root: &Utf8Path) -> Result<Option<Record>, ScaffoldError> {
    let text = sys::fs::read_text_if_exists(&root.join(RECORD))?;
    Ok(text.map(|text| Record::parse(&text)).transpose()?)
}

/// What a tree says of its template.
#[derive(Debug)]
pub(super) struct Shape {
    pub(super) record: Record,
    pub(super) text: String,
    pub(super) base: Base,
}

/// Reads it.
pub(super) fn of_tree(bench: &Bench, tree: &Tree, root: &Utf8Path) -> Result<Shape, ScaffoldError> {
    let none = || ScaffoldError::NoRecord {
        repository: root.to_owned(),
    };
    let text = bench.read(tree, RECORD.into())?.ok_or_else(none)?;
    let base = bench.read(tree, BASE.into())?.ok_or_else(none)?;
    Ok(Shape {
        record: Record::parse(&text)?,
        base: Base::parse(&base)?,
        text,
    })
}

/// Gets a template; a folder's path that was given in `dir` is made one from `root`, for whoever
/// has both where they are beside each other here.
pub(super) fn load_template(
    source: Option<&Source>,
    dir: &Utf8Path,
    root: &Utf8Path,
) -> Result<Template, ScaffoldError> {
    let source = match source {
        None => Source::BuiltIn,
        Some(Source::Folder { path }) if path.is_relative() => {
            let folder = sys::fs::canonical(&dir.join(path))?;
            let there = Source::Folder {
                path: folder.clone(),
            };
            let path = relative(&folder, root);
            let mut template = template::load(&there, root)?;
            template.source = Source::Folder { path };
            return Ok(template);
        }
        Some(Source::Git { url, reference }) if dir.join(url).is_dir() => Source::Git {
            url: sys::fs::canonical(&dir.join(url))?.into_string(),
            reference: reference.clone(),
        },
        Some(source) => source.clone(),
    };
    Ok(template::load(&source, root)?)
}

/// `path` as it is reached from `from`.
fn relative(path: &Utf8Path, from: &Utf8Path) -> Utf8PathBuf {
    let shared = path
        .components()
        .zip(from.components())
        .take_while(|(a, b)| a == b)
        .count();
    let up = from.components().skip(shared).map(|_| "..");
    let down = path.components().skip(shared).map(|part| part.as_str());
    up.chain(down).collect()
}

/// Opens the repository and refuses one whose worktree is not as it was committed.
pub(super) fn open_clean(dir: &Utf8Path) -> Result<Repository, ScaffoldError> {
    let repository = git::open(dir)?;
    let files = git::uncommitted(repository.root(), &[])?;
    if files.is_empty() {
        return Ok(repository);
    }
    Err(ScaffoldError::Dirty {
        repository: repository.root().to_owned(),
        files,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_found_from_another() {
        let check = |path: &str, from: &str, expect: &str| {
            assert_eq!(relative(path.into(), from.into()), expect);
        };
        check("/src/template", "/src/acme-retry", "../template");
        check("/src/a/b", "/src/a", "b");
        check("/t", "/src/a", "../../t");
    }
}
