//! The candidate and the monolith beside it, built and mended until both compile or an error is
//! left that no mending helps.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};
use cargo_metadata::Package;
use cargo_metadata::diagnostic::Diagnostic;

use super::ExtractError;
use super::along::files_along;
use super::analysis::Analysis;
use super::candidate::{Candidate, Manifests, add_crates, build_candidate, source_of, write_files};
use super::format::format_sources;
use super::monolith::{CallSites, MonolithSources, monolith_sources, rewritten_outside};
use super::prune::without_unused_imports;
use super::relocate::Names;
use super::repair::{Repairs, repairs};
use super::request::{Event, Listener, Request, Scope};
use super::siblings::named_in;
use super::sources::library_sources;
use super::subject::Subject;
use super::visibility::Opening;
use super::whole;
use crate::cargo::{self, Invocation};
use crate::manifest::{
    ConsumerEdit, Dependency, DependencyKey, DependencyKind, DependencySource, Forward, Manifest,
    add_workspace_dependency, edit_consumer, inherits_dependencies,
};
use crate::syntax::{apply_edits, load_tree};
use crate::sys;
use crate::trial::Verify;

/// How often the compiler is asked again before its errors stand.
const ROUNDS: usize = 12;

/// Both sides, compiled.
#[derive(Debug)]
pub struct Settled {
    /// The new crate.
    pub candidate: Candidate,
    /// The monolith's source.
    pub monolith: MonolithSources,
    /// The manifests that new and old are made from.
    pub manifests: Manifests,
    /// Dependencies of the package that nothing uses any more.
    pub removed_dependencies: Vec<DependencyKey>,
    /// The manifests of the workspace that a package which leaves whole is named in.
    pub dependents: Vec<Manifest>,
}

/// Which side of the boundary a build is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The new crate.
    Library,
    /// The monolith without the moved code.
    Monolith,
}

impl std::fmt::Display for Side {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Library => "the new crate",
            Self::Monolith => "the monolith without it",
        })
    }
}

/// Makes both sides in the scratch folder and mends them until they compile.
pub(super) fn settle(
    analysis: &Analysis,
    request: &Request,
    listener: &mut Listener<'_>,
) -> Result<Settled, ExtractError> {
    let subject = &analysis.subject;
    if subject.is_whole() {
        return whole::settle(analysis, request, listener);
    }
    let manifests = Manifests::load(subject)?;
    let root = subject.scratch.path().join("library");
    let mut files = library_sources(analysis.names(), &analysis.open)?;
    let along = files_along(subject, analysis.names())?;
    let left: Vec<Utf8PathBuf> = along
        .values()
        .filter_map(|file| file.origin.clone())
        .collect();
    files.extend(along);
    let opened = analysis
        .open
        .keys()
        .map(|id| {
            subject
                .source
                .item_path(*id)
                .to_string()
                .trim_start_matches("crate::")
                .to_owned()
        })
        .collect();
    let mut candidate = build_candidate(subject, request, &manifests, &root, files, opened)?;
    listener(Event::Stage(
        "Building",
        format!("{} in scratch", request.name),
    ));
    settle_library(analysis, request, &manifests, &mut candidate, listener)?;
    let call_sites = call_sites(subject, request, analysis.names())?;
    let mut monolith = monolith_sources(
        analysis.names(),
        &analysis.entering,
        call_sites,
        cargo::is_library(&subject.target),
    )?;
    monolith.removed.extend(left);
    if request.rewrite_paths {
        rewrite_other_targets(subject, analysis.names(), &mut monolith)?;
    }
    write_monolith(subject, &monolith)?;
    format_sources(subject, &mut candidate)?;
    let removed_dependencies = unused_dependencies(subject, &manifests, &candidate)?;
    let mut settled = Settled {
        candidate,
        monolith,
        manifests,
        removed_dependencies,
        dependents: Vec::new(),
    };
    let source = DependencySource::Path(root);
    write_manifests(analysis, request, &settled, &source)?;
    listener(Event::Stage(
        "Building",
        format!("{} without it", subject.package.name),
    ));
    settle_monolith(subject, request, &mut settled, listener)?;
    Ok(settled)
}

/// Cargo in a folder of the scratch copy, with the builds where all of this run's are.
pub(super) fn invocation(subject: &Subject, request: &Request, dir: &Utf8Path) -> Invocation {
    Invocation {
        target_dir: Some(subject.target_dir.clone()),
        offline: request.offline,
        ..Invocation::new(dir)
    }
}

/// Cargo in the monolith. For one package it runs in its folder, as its developers do: features
/// and settings may be others from the root.
pub(super) fn monolith_invocation(subject: &Subject, request: &Request) -> Invocation {
    invocation(
        subject,
        request,
        &subject.tree_root.join(monolith_dir(subject, request)),
    )
}

/// Where it runs, relative to the repository's root.
pub(super) fn monolith_dir(subject: &Subject, request: &Request) -> Utf8PathBuf {
    match (request.scope, &request.verify) {
        (Scope::Package, Verify::Check | Verify::Test) if !subject.is_whole() => {
            subject.package_dir()
        }
        _ => subject.workspace_dir(),
    }
}

fn settle_library(
    analysis: &Analysis,
    request: &Request,
    manifests: &Manifests,
    candidate: &mut Candidate,
    listener: &mut Listener<'_>,
) -> Result<(), ExtractError> {
    let subject = &analysis.subject;
    let cargo = invocation(subject, request, &candidate.root);
    for features in [&[][..], &["--all-features"]] {
        let none_to_add = candidate.library.features.table.is_empty();
        if !features.is_empty() && (none_to_add || !analysis.builds_with_all_features()) {
            continue;
        }
        let mut tried_macros = false;
        for round in 0.. {
            let args: Vec<&str> = ["--all-targets"].iter().chain(features).copied().collect();
            let built = cargo::check(&cargo, &args, &mut |line| progress(listener, line))?;
            if built.success {
                break;
            }
            let errors: Vec<Diagnostic> = built.errors().map(|(_, error)| error.clone()).collect();
            let tree = source_of(candidate)?;
            let wanted = repairs(&errors, &candidate.root, &tree, Opening::Crate);
            let mut changed = apply_repairs(subject, candidate, &wanted)?;
            changed |= add_crates(subject, request, manifests, candidate, &wanted.crates)?;
            if wanted.macros && !tried_macros {
                tried_macros = true;
                changed |= bring_macros(subject, request, manifests, candidate)?;
            }
            if !changed || round == ROUNDS {
                return Err(broken(Side::Library, &errors, &built.stderr));
            }
        }
    }
    Ok(())
}

fn settle_monolith(
    subject: &Subject,
    request: &Request,
    settled: &mut Settled,
    listener: &mut Listener<'_>,
) -> Result<(), ExtractError> {
    let cargo = monolith_invocation(subject, request);
    let scope = package_names(subject, request);
    let mut args = vec!["--all-targets"];
    args.extend(scope.iter().flat_map(|name| ["-p", name.as_str()]));
    let mut before_pruning: Option<MonolithSources> = None;
    for round in 0.. {
        let built = cargo::check(&cargo, &args, &mut |line| progress(listener, line))?;
        if let Some(before) = before_pruning.take() {
            if !built.success {
                // A trait may be used by its methods alone, in tests.
                settled.monolith = before;
                write_monolith(subject, &settled.monolith)?;
            }
            break;
        }
        let said: Vec<Diagnostic> = built.diagnostics.iter().map(|(_, it)| it.clone()).collect();
        let pruned = prune_monolith(subject, &said, &settled.monolith);
        if built.success {
            if pruned.is_empty() {
                break;
            }
            before_pruning = Some(settled.monolith.clone());
            settled.monolith.written.extend(pruned);
            write_monolith(subject, &settled.monolith)?;
            continue;
        }
        // An unused import may be an error here.
        let mut changed = !pruned.is_empty();
        settled.monolith.written.extend(pruned);
        write_monolith(subject, &settled.monolith)?;
        let errors: Vec<Diagnostic> = built.errors().map(|(_, error)| error.clone()).collect();
        let tree = source_of(&settled.candidate)?;
        let wanted = repairs(&errors, &settled.candidate.root, &tree, Opening::Public);
        changed |= apply_repairs(subject, &mut settled.candidate, &wanted)?;
        if !changed || round == ROUNDS {
            return Err(broken(Side::Monolith, &errors, &built.stderr));
        }
    }
    Ok(())
}

/// The monolith's changed files without the imports that became unused.
fn prune_monolith(
    subject: &Subject,
    said: &[Diagnostic],
    monolith: &MonolithSources,
) -> BTreeMap<Utf8PathBuf, String> {
    let workspace = subject.workspace_dir();
    let place = |file: &Utf8Path| {
        let file = file.strip_prefix(&subject.tree_root).unwrap_or(file);
        Some(if file.starts_with(&workspace) {
            file.to_owned()
        } else {
            workspace.join(file)
        })
    };
    without_unused_imports(said, &monolith.written, &place)
}

pub(super) fn progress(listener: &mut Listener<'_>, line: &str) {
    listener(Event::Progress(line.trim().to_owned()));
}

pub(super) fn broken(side: Side, errors: &[Diagnostic], stderr: &str) -> ExtractError {
    let rendered = |error: &Diagnostic| {
        error
            .rendered
            .clone()
            .unwrap_or_else(|| error.message.clone())
            .trim_end()
            .to_owned()
    };
    let mut errors: Vec<String> = errors.iter().map(rendered).collect();
    if errors.is_empty() {
        errors.push(stderr.trim_end().to_owned());
    }
    ExtractError::DoesNotBuild { side, errors }
}

/// The packages that are built, as specifications for `-p`: a name alone may be ambiguous.
pub(super) fn package_names(subject: &Subject, request: &Request) -> Vec<String> {
    let chosen = packages(subject, request).into_iter();
    chosen.map(specification).collect()
}

/// The packages of the monolith that are built after: one that leaves whole is none of them.
pub(super) fn remaining_names(subject: &Subject, request: &Request) -> Vec<String> {
    let chosen = packages(subject, request).into_iter();
    chosen
        .filter(|package| !subject.is_whole() || package.id != subject.package.id)
        .map(specification)
        .collect()
}

fn specification(package: &Package) -> String {
    format!("{}@{}", package.name, package.version)
}

fn packages<'a>(subject: &'a Subject, request: &Request) -> Vec<&'a Package> {
    let dependents = dependents(subject);
    let members = subject.metadata.workspace_packages();
    let chosen = members.into_iter().filter(|package| match request.scope {
        Scope::Workspace => true,
        // What leaves whole is no part of the monolith: those that use it are what is left.
        Scope::Package if !subject.is_whole() => package.id == subject.package.id,
        Scope::Package | Scope::Dependents => dependents.contains(package.name.as_str()),
    });
    chosen.collect()
}

/// The package and those of the workspace that depend on it, however far.
fn dependents(subject: &Subject) -> BTreeSet<String> {
    let mut scope = BTreeSet::from([subject.package.name.to_string()]);
    loop {
        let before = scope.len();
        for package in subject.metadata.workspace_packages() {
            let depends =
                |d: &cargo_metadata::Dependency| d.path.is_some() && scope.contains(&d.name);
            if package.dependencies.iter().any(depends) {
                scope.insert(package.name.to_string());
            }
        }
        if scope.len() == before {
            return scope;
        }
    }
}

fn apply_repairs(
    subject: &Subject,
    candidate: &mut Candidate,
    wanted: &Repairs,
) -> Result<bool, ExtractError> {
    let mut changed = false;
    for (path, edits) in &wanted.edits {
        if let Some(file) = candidate.files.get_mut(path) {
            let edits: Vec<_> = edits.iter().cloned().collect();
            let text = apply_edits(&file.text, &edits);
            changed |= text != file.text;
            file.text = text;
        }
    }
    if changed {
        candidate.opened.extend(wanted.opened.iter().cloned());
        write_files(subject, candidate)?;
    }
    Ok(changed)
}

/// The monolith's root brings macros by `#[macro_use] extern crate`: the new crate's root does
/// the same.
fn bring_macros(
    subject: &Subject,
    request: &Request,
    manifests: &Manifests,
    candidate: &mut Candidate,
) -> Result<bool, ExtractError> {
    let root = &subject.source.files[&subject.source.root_file].text;
    let mut lines = String::new();
    let mut crates = BTreeSet::new();
    let externs = subject.externs();
    for (at, _) in root.match_indices("extern crate ") {
        let name: String = root[at + "extern crate ".len()..]
            .chars()
            .take_while(|c| c.is_alphanumeric() || *c == '_')
            .collect();
        let before = root[..at].trim_end();
        if before.ends_with(']')
            && before[before.rfind("#[").unwrap_or(0)..].contains("macro_use")
            && externs.contains(&name)
        {
            lines += "#[macro_use]\nextern crate ";
            lines += &name;
            lines += ";\n";
            crates.insert(name);
        }
    }
    if crates.is_empty() {
        return Ok(false);
    }
    let file = candidate
        .files
        .get_mut(Utf8Path::new("src/lib.rs"))
        .expect("every crate has a root");
    let at = super::root::after_inner_attributes(&file.text);
    file.text.insert_str(at, &format!("{lines}\n"));
    write_files(subject, candidate)?;
    add_crates(subject, request, manifests, candidate, &crates)?;
    Ok(true)
}

/// A path that other packages of the workspace write is theirs: it stays.
fn call_sites(
    subject: &Subject,
    request: &Request,
    names: Names<'_>,
) -> Result<CallSites, ExtractError> {
    if !request.rewrite_paths {
        return Ok(CallSites::Keep);
    }
    let members = subject.metadata.workspace_packages();
    let others = members
        .iter()
        .filter(|package| package.id != subject.package.id);
    let dependents = others.filter(|package| {
        let mut dependencies = package.dependencies.iter();
        dependencies.any(|dependency| dependency.name == *subject.package.name)
    });
    for target in dependents.flat_map(|package| &package.targets) {
        let Ok(root) = target.src_path.strip_prefix(&subject.tree_root) else {
            continue;
        };
        for (file, source) in load_tree(&subject.tree_root, root)?.files {
            if rewritten_outside(names, &file, &source.text)?.is_some() {
                return Ok(CallSites::RewriteOwn);
            }
        }
    }
    Ok(CallSites::Rewrite)
}

/// The call sites in the package's tests, examples, benches and programs.
fn rewrite_other_targets(
    subject: &Subject,
    names: Names<'_>,
    monolith: &mut MonolithSources,
) -> Result<(), ExtractError> {
    for target in &subject.package.targets {
        let Ok(root) = target.src_path.strip_prefix(&subject.tree_root) else {
            continue;
        };
        for (file, source) in load_tree(&subject.tree_root, root)?.files {
            let ours = subject.source.files.contains_key(&file) || monolith.removed.contains(&file);
            if ours {
                continue;
            }
            if let Some(text) = rewritten_outside(names, &file, &source.text)? {
                monolith.written.insert(file, text);
            }
        }
    }
    Ok(())
}

/// Puts the monolith's changed files into the scratch copy.
pub(super) fn write_monolith(
    subject: &Subject,
    monolith: &MonolithSources,
) -> Result<(), ExtractError> {
    for (path, text) in &monolith.written {
        sys::fs::write(&subject.tree_root.join(path), text)?;
    }
    for path in &monolith.removed {
        sys::fs::remove_file(&subject.tree_root.join(path))?;
    }
    Ok(())
}

/// The dependencies that the moved code used and nothing that stays mentions.
fn unused_dependencies(
    subject: &Subject,
    manifests: &Manifests,
    candidate: &Candidate,
) -> Result<Vec<DependencyKey>, ExtractError> {
    let folder = subject.tree_root.join(subject.package_dir());
    let nested = |path: &Utf8Path| {
        path.file_name() == Some("target")
            || path.file_name() == Some(".git")
            || path != folder && path.is_dir() && path.join("Cargo.toml").is_file()
    };
    let mut words: BTreeSet<String> = BTreeSet::new();
    for file in sys::fs::walk_utf8(&folder, &nested)? {
        if file.extension() == Some("rs") {
            let text = sys::fs::read_text(&file).unwrap_or_default();
            words.extend(mentioned_words(&text));
        }
    }
    let picked: BTreeSet<&str> = candidate
        .picks
        .iter()
        .map(|pick| pick.key.as_str())
        .collect();
    Ok(manifests
        .dependencies
        .iter()
        .filter(|dependency| dependency.kind != DependencyKind::Build)
        .filter(|dependency| picked.contains(dependency.key.as_str()))
        .filter(|dependency| !words.contains(&dependency.key.replace('-', "_")))
        .map(DependencyKey::from)
        .collect())
}

/// Every word of a text, in code, strings and comments: what may name a crate.
fn mentioned_words(text: &str) -> BTreeSet<String> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_')
        .map(ToOwned::to_owned)
        .collect()
}

/// Writes the package's manifest with its dependency on the new crate from `source`. Gives the
/// files that changed, relative to the repository's root.
pub(super) fn write_manifests(
    analysis: &Analysis,
    request: &Request,
    settled: &Settled,
    source: &DependencySource,
) -> Result<BTreeSet<Utf8PathBuf>, ExtractError> {
    let subject = &analysis.subject;
    if subject.is_whole() {
        return whole::write_manifests(subject, request, settled, source);
    }
    let manifests = &settled.manifests;
    let features = &settled.candidate.library.features;
    let test_only = subject.modules.iter().all(|module| {
        subject
            .source
            .find_module(module)
            .is_some_and(|module| module.cfg_test)
    });
    let kind = if test_only {
        DependencyKind::Dev
    } else {
        DependencyKind::Normal
    };
    let by_path = matches!(source, DependencySource::Path(_));
    let mut dependency = Dependency {
        key: request.name.to_string(),
        package: request.name.to_string(),
        kind,
        target: None,
        requirement: (!by_path).then(|| subject.first_version().to_string()),
        features: Vec::new(),
        default_features: !features.table.contains_key("default"),
        optional: false,
        source: named_in(subject, request, &manifests.package, source),
        inherited: false,
    };
    let forwards = features.forwards.iter().map(|feature| Forward {
        feature: feature.clone(),
        dependency: request.name.to_string(),
        weak: false,
    });
    let mut changed = BTreeMap::new();
    if let Some(workspace) = &manifests.workspace
        && inherits_dependencies(&manifests.package)
    {
        dependency.source = named_in(subject, request, workspace, source);
        let edited = add_workspace_dependency(workspace, &dependency)?;
        changed.insert(subject.relative(workspace.path()), edited);
        dependency.inherited = true;
    }
    let edit = ConsumerEdit {
        add: vec![dependency],
        remove: settled.removed_dependencies.clone(),
        forwards: forwards.collect(),
    };
    let edited = edit_consumer(&manifests.package, &edit)?;
    changed.insert(subject.relative(manifests.package.path()), edited.manifest);
    for (path, text) in &changed {
        let path = subject.tree_root.join(path);
        // Parsed again: what is written must be a manifest.
        Manifest::parse(&path, text.clone())?;
        sys::fs::write(&path, text)?;
    }
    Ok(changed.into_keys().collect())
}
