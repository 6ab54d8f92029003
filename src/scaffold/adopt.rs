//! A repository that was not made from the template: what the template has more is added, what
//! differs stays, and from then on the template's changes come.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};
use cargo_metadata::Package;

use super::ScaffoldError;
use super::create::BRANCH as MAIN;
use super::drift::Edited;
use super::facts::{default_registry, index_of};
use super::join::{lock, records};
use super::request::{AdoptRequest, Event, Listener};
use super::shape::{load_template, open_clean};
use super::sync::land;
use crate::cargo::{self, Invocation};
use crate::git::{Bench, Repository, Tree, TreeChange};
use crate::model::{CommitId, CrateName, RegistryName};
use crate::sys;
use crate::template::{self, Base, CrateInputs, Inputs, RECORD, Record, Rendered, Source};

/// What came of it.
#[derive(Debug, Clone)]
pub struct Adopted {
    /// The repository.
    pub repository: Utf8PathBuf,
    /// The template.
    pub template: Source,
    /// Files that the repository did not have.
    pub added: Vec<Utf8PathBuf>,
    /// Files that it has otherwise than the template, and keeps.
    pub differing: Vec<Edited>,
    /// How the template would change these, in git's form.
    pub diff: String,
    /// The branch that this is on.
    pub branch: String,
    /// Its commit.
    pub commit: CommitId,
}

/// Begins to keep a repository like a template.
pub fn adopt(
    request: &AdoptRequest,
    listener: &mut Listener<'_>,
) -> Result<Adopted, ScaffoldError> {
    let repository = open_clean(&request.dir)?;
    let root = repository.root();
    let bench = Bench::beside(root)?;
    let ours = bench.tree_of(repository.head())?;
    if bench.read(&ours, RECORD.into())?.is_some() {
        return Err(ScaffoldError::Adopted {
            repository: root.to_owned(),
        });
    }
    let inputs = inputs(request, &repository)?;
    let source = request.template.as_ref();
    let template = load_template(source, &request.dir, root)?;
    listener(Event::Stage("Rendering", template.source.to_string()));
    let rendered = template::render(&template, &inputs)?;
    let base = Base::new(&rendered, &inputs);
    let mut record = Record::new(&template, inputs);
    let compared = Differences::find(&bench, &ours, &base)?;
    // What rights are granted is not for a template to say of code that is there.
    let is_license = |path: &&Utf8PathBuf| {
        let name = path.file_name().unwrap_or_default();
        name.starts_with("LICENSE")
    };
    record
        .without
        .extend(compared.absent.iter().filter(is_license).cloned());
    let begun = rendered.into_iter().filter(|(path, _)| {
        let changelog = path.file_name() == Some("CHANGELOG.md");
        let absent = changelog && !root.join(path).exists() || compared.absent.contains(path);
        absent && !record.without.contains(path)
    });
    let added: Rendered = begun.collect();
    let mut files = added.clone();
    files.extend(records(&record, &base));
    let tree = bench.tree_with(&ours, &files)?;
    let tree = match lock(&repository, &bench, &tree)? {
        Some(file) => bench.tree_with(&tree, &BTreeMap::from([file]))?,
        None => tree,
    };
    let message = format!(
        "Keep this repository like a template\n\nIt is {}.\n",
        template.source
    );
    let (branch, commit) = land(&repository, &bench, &tree, &message)?;
    Ok(Adopted {
        repository: root.to_owned(),
        template: template.source,
        added: added.into_keys().collect(),
        diff: compared.diff(&bench, &ours, &base, request.colour)?,
        differing: compared.differing,
        branch,
        commit,
    })
}

/// How a repository differs from what the template gives.
struct Differences {
    absent: BTreeSet<Utf8PathBuf>,
    differing: Vec<Edited>,
}

impl Differences {
    fn find(bench: &Bench, ours: &Tree, base: &Base) -> Result<Self, ScaffoldError> {
        let mut found = Self {
            absent: BTreeSet::new(),
            differing: Vec::new(),
        };
        for change in bench.changes(&bench.tree_from(&base.files)?, ours)? {
            match change {
                TreeChange::Added { .. } => {}
                TreeChange::Removed { path } => _ = found.absent.insert(path),
                TreeChange::Changed { path } => found.differing.push(Edited {
                    path,
                    template: None,
                }),
                TreeChange::Moved { from, path } => found.differing.push(Edited {
                    path,
                    template: Some(from),
                }),
            }
        }
        found.differing.sort();
        Ok(found)
    }

    /// What the template would make of the differing files.
    fn diff(
        &self,
        bench: &Bench,
        ours: &Tree,
        base: &Base,
        colour: bool,
    ) -> Result<String, ScaffoldError> {
        let text = |it: &Edited| {
            let place = it.template.as_ref().unwrap_or(&it.path);
            Some((it.path.clone(), base.files.get(place)?.clone()))
        };
        let files = self.differing.iter().filter_map(text).collect();
        let theirs = bench.tree_with(ours, &files)?;
        Ok(bench.diff(ours, &theirs, ".quarry", colour)?)
    }
}

/// What the manifests say of it.
fn inputs(request: &AdoptRequest, repository: &Repository) -> Result<Inputs, ScaffoldError> {
    let root = repository.root();
    let refuse = |reason, help| ScaffoldError::Shape {
        repository: root.to_owned(),
        reason,
        help,
    };
    if !root.join("Cargo.toml").is_file() {
        return Err(refuse(
            "has no Cargo.toml at its top",
            "a library repository is one package, or a workspace of them in `crates/`",
        ));
    }
    let metadata = cargo::load_metadata_no_deps(&Invocation::new(root), None)?;
    let mut packages = metadata.workspace_packages();
    packages.sort_by(|a, b| a.name.cmp(&b.name));
    let folder = |package: &Package| package.manifest_path.parent().map(Utf8Path::to_owned);
    let expected = |package: &Package| match &request.context {
        Some(_) => root.join("crates").join(package.name.as_str()),
        None => root.to_owned(),
    };
    let fits = |package: &&&Package| match folder(package) {
        Some(folder) => sys::fs::canonical(&folder).is_ok_and(|it| it == expected(package)),
        None => false,
    };
    if packages.is_empty() || packages.iter().any(|package| !fits(&package)) {
        return Err(if request.context.is_some() {
            refuse(
                "has packages that are not in `crates/NAME`",
                "move them there first: that is where the template has them",
            )
        } else {
            refuse(
                "is no single package at its top",
                "for a workspace of crates in `crates/`, say `--context NAME`",
            )
        });
    }
    let first = packages[0];
    let registry = match (&request.registry, first.publish.as_deref()) {
        (Some(registry), _) => registry.clone(),
        (None, Some([named, ..])) => RegistryName::new(named)?,
        (None, _) => default_registry(),
    };
    Ok(Inputs {
        context: request.context.clone(),
        index: index_of(&registry, root, &request.dir)?,
        registry,
        branch: repository.branch().unwrap_or(MAIN).to_owned(),
        license: first.license.clone(),
        repository: first.repository.clone(),
        rust_version: first.rust_version.as_ref().map(ToString::to_string),
        all_features: true,
        crates: packages
            .into_iter()
            .map(crate_inputs)
            .collect::<Result<_, _>>()?,
    })
}

fn crate_inputs(package: &Package) -> Result<CrateInputs, ScaffoldError> {
    let described = package.description.as_deref().unwrap_or_default().trim();
    let line = described.lines().next().unwrap_or_default();
    let line = line.trim_end_matches('.').to_owned();
    Ok(CrateInputs {
        name: CrateName::new(package.name.as_str())?,
        version: package.version.clone(),
        description: if line.is_empty() {
            format!("The library {}", package.name)
        } else {
            line
        },
        date: sys::clock::today(),
        released: false,
        origin: None,
    })
}
