//! Where a crate goes: a new repository, or that of its bounded context.

use camino::{Utf8Path, Utf8PathBuf};

use super::ScaffoldError;
use super::create::clear;
use super::facts::existing;
use super::request::NewRequest;
use super::shape;
use crate::git;
use crate::git::GitError;
use crate::sys;

/// Where a crate goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// A folder that is not there yet.
    New(Utf8PathBuf),
    /// The repository of its context.
    Context(Utf8PathBuf),
}

/// Finds it.
pub(super) fn find(request: &NewRequest) -> Result<Place, ScaffoldError> {
    let name = request.context.as_ref().unwrap_or(&request.name);
    let into = request
        .into
        .as_deref()
        .unwrap_or(Utf8Path::new(name.as_str()));
    let into = resolved(&sys::fs::normal(&request.dir.join(into)))?;
    if let Some(context) = &request.context {
        let is_context = |folder: &Utf8Path| -> Result<bool, ScaffoldError> {
            let record = shape::load_record(folder)?;
            Ok(record.is_some_and(|record| record.inputs.context.as_ref() == Some(context)))
        };
        if request.into.is_none() {
            for folder in request.dir.ancestors() {
                if is_context(folder)? {
                    return Ok(Place::Context(folder.to_owned()));
                }
            }
        }
        if is_context(&into)? {
            return Ok(Place::Context(into));
        }
    }
    clear(&into);
    // A link that leads nowhere is in the way, too.
    if into.exists() || into.is_symlink() {
        return Err(ScaffoldError::Exists { path: into });
    }
    refuse_nested(&into)?;
    Ok(Place::New(into))
}

fn refuse_nested(into: &Utf8Path) -> Result<(), ScaffoldError> {
    match git::open_bare(&existing(into)) {
        Err(GitError::NotARepository { .. }) => Ok(()),
        Ok(around) => Err(ScaffoldError::Nested {
            path: into.to_owned(),
            repository: around.root().to_owned(),
        }),
        Err(GitError::NoCommit { path }) => Err(ScaffoldError::Nested {
            path: into.to_owned(),
            repository: path,
        }),
        Err(error) => Err(error.into()),
    }
}

/// The path with the links above it resolved, as git and cargo show it.
fn resolved(path: &Utf8Path) -> Result<Utf8PathBuf, ScaffoldError> {
    let above = existing(path.parent().unwrap_or(path));
    let rest = path.strip_prefix(&above).unwrap_or(path);
    Ok(sys::fs::canonical(&above)?.join(rest))
}
