//! A crate more in the repository of a bounded context, as a branch.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use super::ScaffoldError;
use super::create::{Created, Landed, crate_inputs, has_crate, message};
use super::facts::ask_registries;
use super::request::{Event, Listener, NewRequest};
use super::shape::{self, load_template, open_clean};
use crate::cargo::{self, Invocation};
use crate::git::{Bench, Repository, Tree};
use crate::model::FileText;
use crate::sys;
use crate::sys::scratch::Scratch;
use crate::template::{self, BASE, Base, RECORD, Record, Rendered};

/// Adds the crate to the repository at `root`.
pub(super) fn join(
    request: &NewRequest,
    root: &Utf8Path,
    listener: &mut Listener<'_>,
) -> Result<Created, ScaffoldError> {
    let repository = open_clean(root)?;
    let root = repository.root();
    let bench = Bench::beside(root)?;
    let ours = bench.tree_of(repository.head())?;
    let shape = shape::of_tree(&bench, &ours, root)?;
    let mut record = shape.record;
    refuse_other(request, &record)?;
    let taken = || ScaffoldError::CrateExists {
        name: request.name.clone(),
        repository: root.to_owned(),
    };
    let folder = record.inputs.folder(&request.name);
    if has_crate(&record.inputs, &request.name) || root.join(&folder).exists() {
        return Err(taken());
    }
    ask_registries(&request.name, &record.inputs.registry, root, listener)?;
    let template = load_template(Some(&record.source), root, root)?;
    if template.digest != record.revision.digest {
        return Err(ScaffoldError::Behind {
            repository: root.to_owned(),
        });
    }
    listener(Event::Stage(
        "Adding",
        format!("{} to {root}", request.name),
    ));
    record.inputs.crates.push(crate_inputs(request)?);
    record.inputs.crates.sort_by(|a, b| a.name.cmp(&b.name));
    let rendered = template::render(&template, &record.inputs)?;
    let base = Base::new(&rendered, &record.inputs);
    // Code of the other crates is their authors'; of this one, it begins here.
    let mut wanted = base.files.clone();
    let begun = rendered
        .into_iter()
        .filter(|(path, _)| path.starts_with(&folder));
    wanted.extend(begun);
    wanted.retain(|path, _| !record.without.contains(path));
    let mut before = shape.base.files;
    before.retain(|path, _| !record.without.contains(path));
    let merged = bench.merge(
        &bench.tree_from(&before)?,
        &ours,
        &bench.tree_from(&wanted)?,
    )?;
    for conflict in &merged.conflicts {
        let said = format!(
            "`{}` was changed by hand, and stays as it is",
            conflict.path
        );
        listener(Event::Note(
            said,
            Some("add the crate there, too".to_owned()),
        ));
    }
    let conflicts: Vec<Utf8PathBuf> = merged.conflicts.iter().map(|it| it.path.clone()).collect();
    let tree = bench.tree_taking(&merged.tree, &ours, &conflicts)?;
    let mut files = records(&record, &base);
    let tree = bench.tree_with(&tree, &files)?;
    files.clear();
    files.extend(lock(&repository, &bench, &tree)?);
    let tree = bench.tree_with(&tree, &files)?;
    let branch = format!("quarry/add-{}", request.name);
    let message = message(request, &template.source);
    let commit = bench.commit_on(&tree, repository.head(), &message)?;
    bench.land(&commit, &branch, None)?;
    let changes = bench.changes(&ours, &tree)?;
    Ok(Created {
        repository: root.to_owned(),
        folder,
        landed: Landed::Branch(branch),
        commit,
        template: template.source,
        files: changes.iter().map(|it| it.path().to_owned()).collect(),
    })
}

/// The two files that say what a repository was made from.
pub(super) fn records(record: &Record, base: &Base) -> Rendered {
    BTreeMap::from([
        (RECORD.into(), record.render().into()),
        (BASE.into(), base.render().into()),
    ])
}

/// What all crates of a context have in common cannot be another thing for one of them.
fn refuse_other(request: &NewRequest, record: &Record) -> Result<(), ScaffoldError> {
    let inputs = &record.inputs;
    let Some(context) = &inputs.context else {
        return Ok(());
    };
    let text = |value: Option<&String>| value.cloned().unwrap_or_else(|| "none".to_owned());
    let registry = request.registry.as_ref().map(ToString::to_string);
    let settled = [
        ("--registry", registry, Some(inputs.registry.to_string())),
        ("--license", request.license.clone(), inputs.license.clone()),
        (
            "--repository",
            request.repository.clone(),
            inputs.repository.clone(),
        ),
        (
            "--rust-version",
            request.rust_version.clone(),
            inputs.rust_version.clone(),
        ),
    ];
    for (flag, asked, has) in settled {
        if asked.is_some() && asked != has {
            return Err(ScaffoldError::Settled {
                flag,
                context: context.clone(),
                has: text(has.as_ref()),
            });
        }
    }
    let template = request.template.as_ref();
    if template.is_some_and(|source| *source != record.source) {
        return Err(ScaffoldError::Settled {
            flag: "--template",
            context: context.clone(),
            has: record.source.to_string(),
        });
    }
    Ok(())
}

/// The lock file as it is with the manifests of a tree, if it has one.
pub(super) fn lock(
    repository: &Repository,
    bench: &Bench,
    tree: &Tree,
) -> Result<Option<(Utf8PathBuf, FileText)>, ScaffoldError> {
    let name = Utf8PathBuf::from("Cargo.lock");
    if bench.read(tree, &name)?.is_none() {
        return Ok(None);
    }
    // Below the repository: there cargo finds the same configuration.
    let scratch = Scratch::new_in(&repository.common_dir().join("quarry"))?;
    let dir = scratch.path().join("tree");
    bench.export(tree, &dir)?;
    let unfit = |source| ScaffoldError::Unfit { source };
    cargo::update_lockfile(&Invocation::new(&dir)).map_err(unfit)?;
    let text = sys::fs::read_text(&dir.join(&name))?;
    Ok(Some((name, text.into())))
}
