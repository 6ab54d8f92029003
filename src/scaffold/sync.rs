//! The template's changes, as a branch.

use camino::{Utf8Path, Utf8PathBuf};

use super::ScaffoldError;
use super::drift::{Compared, Drift, Sides, compare};
use super::join::lock;
use super::request::{Event, Listener, SyncRequest};
use super::shape::{self, Shape, load_template, open_clean};
use crate::git::{self, Bench, Repository, Tree};
use crate::model::CommitId;
use crate::sys;
use crate::template::{Source, Template};

/// The branch that changes land on.
pub(super) const BRANCH: &str = "quarry/sync";

/// What a sync or a check found, and made.
#[derive(Debug, Clone)]
pub struct Synced {
    /// The repository.
    pub repository: Utf8PathBuf,
    /// The template.
    pub template: Source,
    /// Which state of it the repository was made from.
    pub was: Option<String>,
    /// Which state of it counts now.
    pub now: Option<String>,
    /// How the repository differs.
    pub drift: Drift,
    /// The branch and its commit; none if there was nothing to do, or it was only checked.
    pub landed: Option<(String, CommitId)>,
}

/// How the worktree differs from the template, whether it is committed or not. Writes nothing.
pub fn check(request: &SyncRequest, listener: &mut Listener<'_>) -> Result<Synced, ScaffoldError> {
    let repository = git::open(&request.dir)?;
    let bench = Bench::beside(repository.root())?;
    let ours = bench.tree_of_worktree(repository.head())?;
    let (shape, template) = load(request, &repository, &bench, &ours, listener)?;
    let compared = compare(sides(request, &bench, &ours, &shape, &template))?;
    Ok(result(&repository, &shape, &template, compared.drift, None))
}

/// Lands what the template has changed as a branch of the repository.
pub fn sync(request: &SyncRequest, listener: &mut Listener<'_>) -> Result<Synced, ScaffoldError> {
    let repository = open_clean(&request.dir)?;
    let bench = Bench::beside(repository.root())?;
    let ours = bench.tree_of(repository.head())?;
    let (shape, template) = load(request, &repository, &bench, &ours, listener)?;
    let compared = compare(sides(request, &bench, &ours, &shape, &template))?;
    let landed = if compared.is_fresh {
        None
    } else {
        let tree = relocked(&repository, &bench, &compared, listener)?;
        let message = message(&template, &compared.drift);
        Some(land(&repository, &bench, &tree, &message)?)
    };
    Ok(result(
        &repository,
        &shape,
        &template,
        compared.drift,
        landed,
    ))
}

fn sides<'a>(
    request: &'a SyncRequest,
    bench: &'a Bench,
    ours: &'a Tree,
    shape: &'a Shape,
    template: &'a Template,
) -> Sides<'a> {
    Sides {
        bench,
        ours,
        shape,
        template,
        restore: &request.restore,
        colour: request.colour,
    }
}

fn load(
    request: &SyncRequest,
    repository: &Repository,
    bench: &Bench,
    ours: &Tree,
    listener: &mut Listener<'_>,
) -> Result<(Shape, Template), ScaffoldError> {
    let root = repository.root();
    let shape = shape::of_tree(bench, ours, root)?;
    let (source, from) = match &request.template {
        Some(source) => (source, request.dir.as_path()),
        None => (&shape.record.source, root),
    };
    listener(Event::Stage("Rendering", source.to_string()));
    let template = load_template(Some(source), from, root)?;
    Ok((shape, template))
}

fn result(
    repository: &Repository,
    shape: &Shape,
    template: &Template,
    drift: Drift,
    landed: Option<(String, CommitId)>,
) -> Synced {
    Synced {
        repository: repository.root().to_owned(),
        template: template.source.clone(),
        was: shape.record.revision.name.clone(),
        now: template.revision.clone(),
        drift,
        landed,
    }
}

/// The files with a lock file that fits the manifests, where those have changed.
fn relocked(
    repository: &Repository,
    bench: &Bench,
    compared: &Compared,
    listener: &mut Listener<'_>,
) -> Result<Tree, ScaffoldError> {
    let drift = &compared.drift;
    let is_manifest = |path: &Utf8Path| path.file_name() == Some("Cargo.toml");
    let manifests = drift.changes.iter().any(|it| is_manifest(it.path()));
    if !manifests || !drift.conflicts.is_empty() {
        return Ok(compared.tree.clone());
    }
    match lock(repository, bench, &compared.tree) {
        Ok(files) => Ok(bench.tree_with(&compared.tree, &files.into_iter().collect())?),
        Err(ScaffoldError::Unfit { source }) => {
            let said = format!("Cargo.lock stays as it is: {source}");
            listener(Event::Note(said, source.help()));
            Ok(compared.tree.clone())
        }
        Err(error) => Err(error),
    }
}

fn message(template: &Template, drift: &Drift) -> String {
    let revision = template.revision.as_deref();
    let revision = revision.map(|name| format!(", {name}")).unwrap_or_default();
    let mut text = format!(
        "Follow the template\n\nIt is {}{revision}.\n",
        template.source
    );
    if !drift.conflicts.is_empty() {
        text += "\nThese files have conflicts to resolve:\n";
    }
    for conflict in &drift.conflicts {
        text += ["- ", conflict.path.as_str(), "\n"].concat().as_str();
    }
    text
}

/// Lands a tree on the branch, which is new, or where an earlier sync left it, or merged.
pub(super) fn land(
    repository: &Repository,
    bench: &Bench,
    tree: &Tree,
    message: &str,
) -> Result<(String, CommitId), ScaffoldError> {
    let branch = BRANCH.to_owned();
    if repository.branch() == Some(BRANCH) {
        return Err(ScaffoldError::OnBranch { branch });
    }
    // Not `sync`: git would take `quarry/sync` for that file.
    let mark = repository.common_dir().join("quarry").join("sync.made");
    let root = repository.root();
    let existing = git::head_of(root, BRANCH)?;
    if let Some(existing) = &existing {
        let left = sys::fs::read_text_if_exists(&mark)?.unwrap_or_default();
        let ours = left.lines().any(|line| line == existing.as_str());
        if !ours && !git::is_ancestor(root, existing, repository.head())? {
            return Err(ScaffoldError::Branch { branch });
        }
    }
    let commit = bench.commit_on(tree, repository.head(), message)?;
    // Before the branch: killed in between, the branch is known as ours wherever it is.
    let known = [Some(&commit), existing.as_ref()].into_iter().flatten();
    let known: Vec<&str> = known.map(CommitId::as_str).collect();
    sys::fs::write(&mark, known.join("\n"))?;
    bench.land(&commit, &branch, existing.as_ref())?;
    Ok((branch, commit))
}
