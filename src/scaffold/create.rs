//! A new repository: made beside its place, and renamed.

use camino::{Utf8Path, Utf8PathBuf};

use super::ScaffoldError;
use super::facts::{self, ask_registries, default_registry, existing, index_of};
use super::join::join;
use super::place::{self, Place};
use super::request::{Event, Listener, NewRequest};
use super::shape::load_template;
use crate::cargo::{self, Invocation};
use crate::git;
use crate::model::{CommitId, CrateName};
use crate::registry::PackageName;
use crate::sys;
use crate::sys::durable::Lock;
use crate::sys::scratch::{self, Scratch};
use crate::template::{self, BASE, Base, CrateInputs, Inputs, RECORD, Record, Source};

/// The branch of every library repository.
pub(super) const BRANCH: &str = "main";

/// A crate that was begun.
#[derive(Debug, Clone)]
pub struct Created {
    /// The repository.
    pub repository: Utf8PathBuf,
    /// The crate's folder in it; empty for its top.
    pub folder: Utf8PathBuf,
    /// Where the commit is.
    pub landed: Landed,
    /// The commit.
    pub commit: CommitId,
    /// What it was made from.
    pub template: Source,
    /// The files that were made, from the repository's top.
    pub files: Vec<Utf8PathBuf>,
}

/// Where a commit is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Landed {
    /// In a new repository.
    Repository,
    /// On a branch of one that was there.
    Branch(String),
}

/// Begins a crate: in a repository of its own, or in that of its context.
pub fn create(request: &NewRequest, listener: &mut Listener<'_>) -> Result<Created, ScaffoldError> {
    // Some names are none to registries only.
    PackageName::new(request.name.as_str())?;
    let into = match place::find(request)? {
        Place::New(into) => into,
        Place::Context(root) => return join(request, &root, listener),
    };
    let registry = request.registry.clone().unwrap_or_else(default_registry);
    ask_registries(&request.name, &registry, &existing(&into), listener)?;
    let template = load_template(request.template.as_ref(), &request.dir, &into)?;
    let cargo = Invocation::new(existing(&into));
    let inputs = Inputs {
        context: request.context.clone(),
        index: index_of(&registry, &into, &request.dir)?,
        registry,
        branch: BRANCH.to_owned(),
        license: request.license.as_deref().map(facts::license).transpose()?,
        repository: repository_url(request)?,
        rust_version: match &request.rust_version {
            Some(version) => Some(facts::rust_version(version)?),
            None => cargo::rust_version(&cargo)?,
        },
        all_features: true,
        crates: vec![crate_inputs(request)?],
    };
    let rendered = template::render(&template, &inputs)?;
    let folder = inputs.folder(&request.name);
    listener(Event::Stage("Making", into.to_string()));
    let scratch = Workshop::beside(&into)?;
    let dir = scratch.dir();
    git::init_repository(&dir, BRANCH)?;
    git::check_identity(&dir)?;
    let base = Base::new(&rendered, &inputs);
    let record = Record::new(&template, inputs);
    for (path, file) in &rendered {
        sys::fs::write_with_mode(&dir.join(path), &file.text, file.executable)?;
    }
    sys::fs::write(&dir.join(RECORD), record.render())?;
    sys::fs::write(&dir.join(BASE), base.render())?;
    let unfit = |source| ScaffoldError::Unfit { source };
    cargo::generate_lockfile(&Invocation::new(&dir)).map_err(unfit)?;
    let executable = rendered.iter().filter(|(_, file)| file.executable);
    let executable: Vec<&Utf8Path> = executable.map(|(path, _)| path.as_path()).collect();
    git::stage_executable(&dir, &executable)?;
    let commit = git::commit_all(&dir, &message(request, &template.source))?;
    let files = git::files_at(&dir, &commit, "".into())?;
    scratch.land(&into)?;
    Ok(Created {
        repository: into,
        folder,
        landed: Landed::Repository,
        commit,
        template: template.source,
        files: files.into_iter().map(|file| file.path).collect(),
    })
}

/// What the files of the crate are made from.
pub(super) fn crate_inputs(request: &NewRequest) -> Result<CrateInputs, ScaffoldError> {
    let described = match (&request.description, &request.context) {
        (Some(text), _) => facts::one_line("description", text)?,
        (None, Some(context)) => format!("{}, a library of {context}", request.name),
        (None, None) => format!("The library {}", request.name),
    };
    Ok(CrateInputs {
        name: request.name.clone(),
        version: semver::Version::new(0, 1, 0),
        description: described,
        date: sys::clock::today(),
        released: false,
        origin: None,
    })
}

/// The URL of the repository, if it was given.
pub(super) fn repository_url(request: &NewRequest) -> Result<Option<String>, ScaffoldError> {
    let url = request.repository.as_deref();
    url.map(|url| facts::one_line("URL", url)).transpose()
}

/// The message of the commit that begins a crate.
pub(super) fn message(request: &NewRequest, source: &Source) -> String {
    format!("Begin {}\n\nMade from {source}.\n", request.name)
}

/// A scratch folder beside a place, known as ours as long as we live.
struct Workshop {
    scratch: Scratch,
    // Held for its Drop.
    lock: Lock,
}

impl Workshop {
    fn beside(into: &Utf8Path) -> Result<Self, ScaffoldError> {
        let parent = into.parent().unwrap_or(Utf8Path::new("/"));
        let scratch = Scratch::new_in(parent)?;
        scratch.mark(into)?;
        let lock = Lock::acquire(&scratch.path().join(LOCK))?;
        Ok(Self { scratch, lock })
    }

    fn dir(&self) -> Utf8PathBuf {
        self.scratch.path().join("repository")
    }

    fn land(self, into: &Utf8Path) -> Result<(), ScaffoldError> {
        if into.exists() {
            return Err(ScaffoldError::Exists {
                path: into.to_owned(),
            });
        }
        sys::fs::rename(&self.dir(), into)?;
        drop(self.lock);
        Ok(())
    }
}

const LOCK: &str = "lock";

/// Removes what runs that were killed left for the same place: their locks are free.
pub(super) fn clear(into: &Utf8Path) {
    let parent = into.parent().unwrap_or(into);
    for left in scratch::abandoned(parent, into) {
        if let Ok(Some(_lock)) = Lock::try_acquire(&left.join(LOCK)) {
            // What cannot be removed is in nobody's way.
            let _ = sys::fs::remove_dir_all(&left);
        }
    }
}

/// Is there a crate of that name?
pub(super) fn has_crate(inputs: &Inputs, name: &CrateName) -> bool {
    let same = |a: &str, b: &str| a.replace('_', "-") == b.replace('_', "-");
    let mut crates = inputs.crates.iter();
    crates.any(|krate| same(krate.name.as_str(), name.as_str()))
}
