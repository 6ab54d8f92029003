//! Where the package is compiled: where it is, or in a copy if cargo would write a lock file
//! there.

use camino::{Utf8Path, Utf8PathBuf};

use super::CheckError;
use super::subject::{Known, Subject, said};
use crate::cargo::{CargoError, Invocation, update_lockfile};
use crate::git;
use crate::sys::scratch::Scratch;
use crate::sys::{SysError, fs};

/// A tree with a lock file that fits.
#[derive(Debug)]
pub(super) struct Tree {
    /// The folder of the package's manifest.
    pub(super) dir: Utf8PathBuf,
    /// The folder of the workspace's.
    pub(super) workspace_dir: Utf8PathBuf,
    // Held for its Drop.
    _copy: Option<Scratch>,
}

/// The tree to compile, where `is_locked` says that the lock file is there and fits; or why there
/// is none.
pub(super) fn prepare(
    subject: &Subject,
    known: &Known,
    is_locked: bool,
    offline: bool,
) -> Result<Result<Tree, String>, CheckError> {
    if is_locked {
        return Ok(Ok(Tree {
            dir: subject.dir.clone(),
            workspace_dir: subject.workspace_dir.clone(),
            _copy: None,
        }));
    }
    let Ok(below) = subject.dir.strip_prefix(&subject.workspace_dir) else {
        return Ok(Err(
            "the package is not below its workspace's folder".to_owned()
        ));
    };
    // Below the target folder, so that cargo finds the repository's configuration.
    let copy = Scratch::new_in(&known.target_dir.join("quarry"))?;
    let to = copy.path().join("tree");
    for file in files(subject, known)? {
        let from = subject.workspace_dir.join(&file);
        match fs::copy(&from, &to.join(&file)) {
            Ok(()) => {}
            // git still knows it.
            Err(error) if error.is_not_found() => {}
            Err(error) => return Err(error.into()),
        }
    }
    let cargo = Invocation {
        offline,
        ..Invocation::new(to.clone())
    };
    match update_lockfile(&cargo) {
        Ok(()) => Ok(Ok(Tree {
            dir: to.join(below),
            workspace_dir: to,
            _copy: Some(copy),
        })),
        Err(CargoError::Sys(SysError::Failed { stderr, .. })) => Ok(Err(format!(
            "without a Cargo.lock that fits: {}",
            said(&stderr)
        ))),
        Err(error) => Err(error.into()),
    }
}

/// The files of the workspace, relative to its folder.
fn files(subject: &Subject, known: &Known) -> Result<Vec<Utf8PathBuf>, CheckError> {
    let dir = &subject.workspace_dir;
    if subject.is_repository {
        return Ok(git::visible_files(dir)?);
    }
    let skip = |path: &Utf8Path| path == known.target_dir || path.ends_with(".git");
    let files = fs::walk_utf8(dir, &skip)?;
    let relative = |file: Utf8PathBuf| file.strip_prefix(dir).map(Utf8Path::to_owned).ok();
    Ok(files.into_iter().filter_map(relative).collect())
}
