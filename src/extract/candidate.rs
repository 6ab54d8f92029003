//! The new crate as it is tried: its files in a scratch folder, its manifest, what it depends on.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};

use super::ExtractError;
use super::mentions::{Mentions, mentions};
use super::request::Request;
use super::siblings;
use super::sources::NewFile;
use super::subject::Subject;
use crate::manifest::{
    Dependency, DependencyKind, Library, LibraryInput, Manifest, Pick, Sibling, derive_library,
    list_dependencies, seed_lockfile,
};
use crate::syntax::{SourceTree, load_tree};
use crate::sys;

/// The new crate in a scratch folder.
#[derive(Debug)]
pub struct Candidate {
    /// The folder.
    pub root: Utf8PathBuf,
    /// Its Rust files by their paths in it.
    pub files: BTreeMap<Utf8PathBuf, NewFile>,
    /// Other files: path in it, and path in the monolith.
    pub assets: BTreeMap<Utf8PathBuf, Utf8PathBuf>,
    /// Licence texts: path in it, and path in the monolith. They come without their history.
    pub copies: BTreeMap<Utf8PathBuf, Utf8PathBuf>,
    /// Its manifest and what follows from it.
    pub library: Library,
    /// What it depends on.
    pub picks: BTreeSet<Pick>,
    /// The features that its code asks for.
    pub asked: BTreeSet<String>,
    /// What was opened, for the report.
    pub opened: BTreeSet<String>,
    /// What changes its meaning in another crate: `env!("CARGO_…")`, `module_path!()`; file in the
    /// monolith and what.
    pub changing: Vec<(Utf8PathBuf, usize, String)>,
}

/// The manifests that the new one is made from.
#[derive(Debug)]
pub struct Manifests {
    /// The package's.
    pub package: Manifest,
    /// The workspace's; none if it is the same.
    pub workspace: Option<Manifest>,
    /// The package's dependencies.
    pub dependencies: Vec<Dependency>,
}

impl Manifests {
    /// Reads them from the scratch copy of the monolith.
    pub fn load(subject: &Subject) -> Result<Self, ExtractError> {
        let package = Manifest::load(&subject.package.manifest_path)?;
        let root = subject.metadata.workspace_root.join("Cargo.toml");
        let workspace = if root == subject.package.manifest_path {
            None
        } else {
            Some(Manifest::load(&root)?)
        };
        let dependencies = list_dependencies(&package, workspace.as_ref())?;
        Ok(Self {
            package,
            workspace,
            dependencies,
        })
    }
}

/// Puts the sources at `root` and derives the manifest from what they mention.
pub(super) fn build_candidate(
    subject: &Subject,
    request: &Request,
    manifests: &Manifests,
    root: &Utf8Path,
    files: BTreeMap<Utf8PathBuf, NewFile>,
    opened: BTreeSet<String>,
) -> Result<Candidate, ExtractError> {
    let mut candidate = Candidate {
        root: root.to_owned(),
        files,
        assets: BTreeMap::new(),
        copies: licence_texts(subject)?,
        library: empty_library(),
        picks: BTreeSet::new(),
        asked: BTreeSet::new(),
        opened,
        changing: Vec::new(),
    };
    bring_assets(subject, &mut candidate)?;
    write_files(subject, &candidate)?;
    let lock = subject.metadata.workspace_root.join("Cargo.lock");
    if let Some(text) = sys::fs::read_text_if_exists(&lock)? {
        sys::fs::write(&root.join("Cargo.lock"), seed_lockfile(&lock, &text)?)?;
    }
    let (picks, features) = needs(subject, manifests, &mut candidate)?;
    candidate.picks = picks;
    derive(subject, request, manifests, &mut candidate, &features)?;
    Ok(candidate)
}

fn empty_library() -> Library {
    Library {
        manifest: String::new(),
        dependencies: Vec::new(),
        features: crate::manifest::FeatureSplit::default(),
        license_file: None,
        problems: Vec::new(),
    }
}

/// Writes the Rust files and copies the others.
pub(super) fn write_files(subject: &Subject, candidate: &Candidate) -> Result<(), ExtractError> {
    for (path, file) in &candidate.files {
        sys::fs::write(&candidate.root.join(path), &file.text)?;
    }
    for (path, from) in candidate.assets.iter().chain(&candidate.copies) {
        sys::fs::copy(&subject.tree_root.join(from), &candidate.root.join(path))?;
    }
    Ok(())
}

/// The candidate's source as it is now.
pub(super) fn source_of(candidate: &Candidate) -> Result<SourceTree, ExtractError> {
    Ok(load_tree(&candidate.root, Utf8Path::new("src/lib.rs"))?)
}

/// Adds dependencies that the compiler missed, and writes the manifest anew. Gives those that the
/// package does not have.
pub(super) fn add_crates(
    subject: &Subject,
    request: &Request,
    manifests: &Manifests,
    candidate: &mut Candidate,
    crates: &BTreeSet<String>,
) -> Result<bool, ExtractError> {
    let before = candidate.picks.len();
    for name in crates {
        if let Some(pick) = pick_of(manifests, name, false, true) {
            candidate.picks.retain(|other| other.key != pick.key);
            candidate.picks.insert(pick);
        }
    }
    let (_, features) = needs(subject, manifests, candidate)?;
    derive(subject, request, manifests, candidate, &features)?;
    Ok(candidate.picks.len() != before)
}

fn derive(
    subject: &Subject,
    request: &Request,
    manifests: &Manifests,
    candidate: &mut Candidate,
    features: &BTreeSet<String>,
) -> Result<(), ExtractError> {
    features.clone_into(&mut candidate.asked);
    let siblings = siblings::in_scratch(subject);
    candidate.library = derive_with(subject, request, manifests, candidate, &siblings)?;
    let manifest = candidate.root.join("Cargo.toml");
    sys::fs::write(&manifest, &candidate.library.manifest)?;
    if let Some((from, to)) = &candidate.library.license_file {
        sys::fs::copy(
            &subject.tree_root.join(subject.package_dir()).join(from),
            &candidate.root.join(to),
        )?;
    }
    Ok(())
}

/// The manifest with its siblings from where `siblings` says.
pub(super) fn derive_with(
    subject: &Subject,
    request: &Request,
    manifests: &Manifests,
    candidate: &Candidate,
    siblings: &BTreeMap<String, Sibling>,
) -> Result<Library, ExtractError> {
    let picks: Vec<Pick> = candidate.picks.iter().cloned().collect();
    Ok(derive_library(&LibraryInput {
        package: &manifests.package,
        workspace: manifests.workspace.as_ref(),
        name: &request.name,
        version: &subject.first_version(),
        description: first_words(candidate).as_deref(),
        repository: None,
        registry: request.registry.as_ref(),
        dependencies: &picks,
        features: &candidate.asked,
        siblings,
    })?)
}

/// What the new crate's own docs say first: their first paragraph, without its full stop.
pub(super) fn first_words(candidate: &Candidate) -> Option<String> {
    let text = &candidate.files.get(Utf8Path::new("src/lib.rs"))?.text;
    let docs = text
        .lines()
        .map_while(|line| line.strip_prefix("//!"))
        .map(str::trim);
    let paragraph: Vec<&str> = docs.take_while(|line| !line.is_empty()).collect();
    let paragraph = paragraph.join(" ");
    let words = paragraph
        .trim_start_matches(['#', ' '])
        .trim_end_matches('.');
    // Longer ones are an introduction.
    (!words.is_empty() && words.len() <= 200).then(|| words.to_owned())
}

/// What the source needs: dependencies, and the features that it asks for.
fn needs(
    subject: &Subject,
    manifests: &Manifests,
    candidate: &mut Candidate,
) -> Result<(BTreeSet<Pick>, BTreeSet<String>), ExtractError> {
    let externs = subject.externs();
    let tree = source_of(candidate)?;
    let mut normal = BTreeSet::new();
    let mut test = BTreeSet::new();
    let mut features = BTreeSet::new();
    candidate.changing.clear();
    for (path, file) in &candidate.files {
        let found = read_mentions(path, &file.text, &externs)?;
        for (name, places) in &found.crates {
            if places.iter().all(|at| is_test(&tree, path, *at)) {
                test.insert(name.clone());
            } else {
                normal.insert(name.clone());
            }
        }
        test.extend(found.doc_crates);
        features.extend(found.features);
        let origin = file.origin.clone().unwrap_or_else(|| path.clone());
        let changing = found
            .changing
            .into_iter()
            .map(|(at, what)| (origin.clone(), at, what));
        candidate.changing.extend(changing);
    }
    let mut picks: BTreeSet<Pick> = candidate.picks.clone();
    for name in &normal {
        let picked = pick_of(manifests, name, false, true);
        picks.extend(picked.filter(|pick| !picks.iter().any(|other| other.key == pick.key)));
    }
    for name in test.difference(&normal) {
        let picked = pick_of(manifests, name, true, true);
        picks.extend(picked.filter(|pick| !picks.iter().any(|other| other.key == pick.key)));
    }
    Ok((gated(picks, manifests, &features), features))
}

/// An optional dependency is required unless a feature that the code asks for switches it on.
fn gated(
    picks: BTreeSet<Pick>,
    manifests: &Manifests,
    features: &BTreeSet<String>,
) -> BTreeSet<Pick> {
    let declared = crate::manifest::declared_features(&manifests.package);
    let switched_on = |key: &str| {
        features.iter().any(|feature| {
            feature == key
                || declared.get(feature).is_some_and(|entries| {
                    let dep = format!("dep:{key}");
                    entries.iter().any(|entry| {
                        *entry == dep || entry == key || entry.starts_with(&format!("{key}/"))
                    })
                })
        })
    };
    let optional = |key: &str| {
        manifests
            .dependencies
            .iter()
            .any(|d| d.key == key && d.optional)
    };
    picks
        .into_iter()
        .map(|mut pick| {
            pick.required = !(optional(&pick.key) && switched_on(&pick.key));
            pick
        })
        .collect()
}

fn read_mentions(
    path: &Utf8Path,
    text: &str,
    crates: &BTreeSet<String>,
) -> Result<Mentions, ExtractError> {
    mentions(text, crates).map_err(|source| ExtractError::Lex {
        file: path.to_owned(),
        source,
    })
}

fn is_test(tree: &SourceTree, file: &Utf8Path, at: usize) -> bool {
    if !file.starts_with("src") {
        return true;
    }
    let module = tree
        .module_of(file, at)
        .and_then(|path| tree.find_module(path));
    if module.is_some_and(|module| module.cfg_test) {
        return true;
    }
    let import = module.and_then(|m| {
        m.uses
            .iter()
            .find(|u| u.file == file && u.span.contains(&at))
    });
    match import {
        Some(import) => import.cfg_test,
        None => tree
            .item_at(file, at)
            .is_some_and(|id| tree.item(id).cfg_test),
    }
}

/// The dependency that code names `name`: a normal one before one for tests.
fn pick_of(manifests: &Manifests, name: &str, test: bool, required: bool) -> Option<Pick> {
    let named = |dependency: &&Dependency| dependency.key.replace('-', "_") == name;
    let kind_order = [DependencyKind::Normal, DependencyKind::Dev];
    let found = kind_order.iter().find_map(|kind| {
        manifests
            .dependencies
            .iter()
            .filter(named)
            .find(|dependency| dependency.kind == *kind)
    })?;
    let kind = if test {
        DependencyKind::Dev
    } else {
        DependencyKind::Normal
    };
    Some(Pick {
        key: found.key.clone(),
        kind,
        required,
    })
}

/// Files that the source reads when it is compiled.
fn bring_assets(subject: &Subject, candidate: &mut Candidate) -> Result<(), ExtractError> {
    let package_dir = subject.package_dir();
    let none = BTreeSet::new();
    let mut edits: BTreeMap<Utf8PathBuf, Vec<crate::syntax::Edit>> = BTreeMap::new();
    for (path, file) in &candidate.files {
        let Some(beside) = &file.beside else { continue };
        let found = read_mentions(path, &file.text, &none)?;
        let old_dir = beside.parent().unwrap_or(Utf8Path::new(""));
        let new_dir = path.parent().unwrap_or(Utf8Path::new(""));
        for (range, value) in &found.includes {
            let old = normal(&old_dir.join(value));
            if !subject.tree_root.join(&old).is_file() {
                continue;
            }
            let new = if let Some(new) = escape(&normal(&new_dir.join(value))) {
                new
            } else {
                let name = old.file_name().unwrap_or("file");
                let new = Utf8Path::new("src/assets").join(name);
                let up = "../".repeat(new_dir.components().count() - 1);
                let literal = format!("\"{up}assets/{name}\"");
                let edit = crate::syntax::Edit::replace(range.clone(), literal);
                edits.entry(path.clone()).or_default().push(edit);
                new
            };
            candidate.assets.insert(new, old);
        }
        for (_, value) in &found.package_includes {
            let inner = value.trim_start_matches('/');
            let old = normal(&package_dir.join(inner));
            if subject.tree_root.join(&old).is_file() {
                candidate.assets.insert(inner.into(), old);
            }
        }
    }
    for (path, edits) in edits {
        let file = candidate
            .files
            .get_mut(&path)
            .expect("the edits are of its files");
        file.text = crate::syntax::apply_edits(&file.text, &edits);
    }
    Ok(())
}

/// The texts of the licence that lie beside the package's manifest, or else the workspace's.
pub(super) fn licence_texts(
    subject: &Subject,
) -> Result<BTreeMap<Utf8PathBuf, Utf8PathBuf>, ExtractError> {
    for folder in [
        subject.package_dir(),
        subject.workspace_dir(),
        Utf8PathBuf::new(),
    ] {
        let mut texts = BTreeMap::new();
        for entry in sys::fs::list_utf8(&subject.tree_root.join(&folder))? {
            let name = entry.path.file_name().unwrap_or_default();
            let upper = name.to_ascii_uppercase();
            let is_text = ["LICENSE", "LICENCE", "COPYING", "NOTICE", "UNLICENSE"]
                .iter()
                .any(|start| upper.starts_with(start));
            if is_text && entry.kind == sys::fs::EntryKind::File {
                texts.insert(name.into(), folder.join(name));
            }
        }
        if !texts.is_empty() {
            return Ok(texts);
        }
    }
    Ok(BTreeMap::new())
}

/// The path without `.` and `..`; leading `..` stay.
pub(super) fn normal(path: &Utf8Path) -> Utf8PathBuf {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.components() {
        match part.as_str() {
            "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            other => parts.push(other),
        }
    }
    parts.into_iter().collect()
}

/// The path if it stays inside the crate.
fn escape(path: &Utf8Path) -> Option<Utf8PathBuf> {
    (!path.starts_with("..")).then(|| path.to_owned())
}
