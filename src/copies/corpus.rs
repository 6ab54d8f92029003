//! The sources of several repositories, read: which there are, and which were left out.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};

use super::home::{Home, RootFile, place_in_package, root_files};
use super::test_path::is_test_path;
use super::{CopiesError, Options, parallel};
use crate::manifest::{Manifest, written_targets};
use crate::sources::{self, Reason};
use crate::{git, sys};

/// A repository to look into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Root {
    /// What it is called, for people.
    pub name: String,
    /// Its folder: a worktree's, or one without git.
    pub dir: Utf8PathBuf,
}

/// A file to compare.
#[derive(Debug, Clone)]
pub struct Source {
    /// Its repository: an index of the roots.
    pub repository: usize,
    /// Relative to the folder of the repository.
    pub path: Utf8PathBuf,
    /// Its text.
    pub text: String,
    /// The package and module that it is.
    pub home: Home,
    /// Is all of it test code? Then it is no copy, but says what is tested.
    pub is_test: bool,
}

/// A file that is not compared.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LeftOut {
    /// Its repository: an index of the roots.
    pub repository: usize,
    /// Relative to the folder of the repository.
    pub path: Utf8PathBuf,
    /// Why.
    pub reason: Reason,
}

/// The sources of several repositories.
#[derive(Debug, Clone, Default)]
pub struct Corpus {
    /// The repositories, as they were given.
    pub roots: Vec<Root>,
    /// Their files, by repository and path.
    pub sources: Vec<Source>,
    /// The files that are not compared.
    pub left_out: Vec<LeftOut>,
}

impl Corpus {
    /// The bytes of what is compared.
    pub fn bytes(&self) -> usize {
        self.sources.iter().map(|source| source.text.len()).sum()
    }
}

/// Reads all Rust files of the repositories, as they stand in their folders: with git, what is
/// committed or would be, at and below the folder; without, all.
pub fn load_corpus(roots: &[Root], options: &Options) -> Result<Corpus, CopiesError> {
    let mut corpus = Corpus {
        roots: roots.to_vec(),
        ..Corpus::default()
    };
    for (repository, root) in roots.iter().enumerate() {
        let (mut files, has_git) = files_of(&root.dir)?;
        let manifests = packages(&root.dir, &files);
        files.retain(|path| path.extension() == Some("rs"));
        let attributes = if has_git {
            git::generated_files(&root.dir, &files)?
        } else {
            BTreeMap::new()
        };
        let read = parallel::map(&files, |path| {
            let said = attributes.get(path).copied();
            load_source(&root.dir, path, said, options)
        });
        for (path, read) in files.into_iter().zip(read) {
            match read? {
                Read::Text(text) => corpus.sources.push(Source {
                    repository,
                    home: home_of(&path, &manifests),
                    is_test: is_test_path(&path),
                    path,
                    text,
                }),
                Read::LeftOut(reason) => corpus.left_out.push(LeftOut {
                    repository,
                    path,
                    reason,
                }),
                Read::Gone => {}
            }
        }
    }
    if corpus.sources.is_empty() {
        return Err(CopiesError::NoRust {
            roots: roots.iter().map(|root| root.dir.clone()).collect(),
        });
    }
    Ok(corpus)
}

/// The files at and below a folder, relative to it, and whether git named them.
fn files_of(dir: &Utf8Path) -> Result<(Vec<Utf8PathBuf>, bool), CopiesError> {
    if git::worktree_root(dir).is_ok() {
        return Ok((git::visible_files(dir)?, true));
    }
    let skip = |path: &Utf8Path| {
        let name = path.file_name().unwrap_or_default();
        name.starts_with('.') || name == "target" || name == "node_modules"
    };
    let files = sys::fs::walk_utf8(dir, &skip)?.into_iter();
    let below = |path: Utf8PathBuf| path.strip_prefix(dir).map(Utf8Path::to_owned).ok();
    Ok((files.filter_map(below).collect(), false))
}

/// A package and the root files of its targets.
struct Package {
    name: String,
    roots: Vec<RootFile>,
}

/// The packages by their folder. A manifest that cannot be read makes none.
fn packages(dir: &Utf8Path, files: &[Utf8PathBuf]) -> BTreeMap<Utf8PathBuf, Package> {
    let manifests = files
        .iter()
        .filter(|path| path.file_name() == Some("Cargo.toml"));
    let named = manifests.filter_map(|path| {
        let manifest = Manifest::load(&dir.join(path)).ok()?;
        let name = manifest.package_name()?.to_owned();
        let folder = path.parent()?;
        let below = files
            .iter()
            .filter_map(|file| file.strip_prefix(folder).ok());
        let below: BTreeSet<Utf8PathBuf> = below.map(Utf8Path::to_owned).collect();
        let roots = root_files(&name, &below, &written_targets(&manifest));
        Some((folder.to_owned(), Package { name, roots }))
    });
    named.collect()
}

fn home_of(path: &Utf8Path, packages: &BTreeMap<Utf8PathBuf, Package>) -> Home {
    let mut folders = path.ancestors().skip(1);
    let found = folders.find_map(|folder| Some((folder, packages.get(folder)?)));
    let folder = found.map_or(Utf8Path::new(""), |(folder, _)| folder);
    let roots = found.map_or(&[][..], |(_, package)| &package.roots);
    let (target, module) = place_in_package(path.strip_prefix(folder).unwrap_or(path), roots);
    Home {
        package: found.map(|(_, package)| package.name.clone()),
        manifest: found.map(|(folder, _)| folder.join("Cargo.toml")),
        target,
        module,
    }
}

enum Read {
    Text(String),
    LeftOut(Reason),
    /// It is in git's index only, or it is a link.
    Gone,
}

fn load_source(
    dir: &Utf8Path,
    path: &Utf8Path,
    said: Option<git::Generated>,
    options: &Options,
) -> Result<Read, CopiesError> {
    let file = dir.join(path);
    let length = match sys::fs::file_length(&file) {
        Ok(Some(length)) => length,
        Ok(None) => return Ok(Read::Gone),
        Err(error) if error.is_not_found() => return Ok(Read::Gone),
        Err(error) => return Err(error.into()),
    };
    let by_length = (length > options.max_bytes).then_some(Reason::TooLarge);
    if let Some(reason) = sources::by_place(path, said).or(by_length) {
        return Ok(Read::LeftOut(reason));
    }
    let Ok(text) = String::from_utf8(sys::fs::read(&file)?) else {
        return Ok(Read::LeftOut(Reason::NotRust));
    };
    match sources::by_header(&text) {
        Some(reason) => Ok(Read::LeftOut(reason)),
        None => Ok(Read::Text(text)),
    }
}
