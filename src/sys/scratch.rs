//! Scratch folders: they vanish with their owner.

use camino::{Utf8Path, Utf8PathBuf};

use super::SysError;

/// A folder that is removed when it is dropped.
#[derive(Debug)]
pub struct Scratch {
    path: Utf8PathBuf,
    // Held for its Drop.
    folder: tempfile::TempDir,
}

impl Scratch {
    /// A new folder in the system's place for temporary files.
    pub fn new() -> Result<Self, SysError> {
        let io = |source| SysError::Io {
            action: "make a scratch folder in",
            path: std::env::temp_dir().to_string_lossy().into_owned().into(),
            source,
        };
        let folder = tempfile::Builder::new()
            .prefix("cargo-quarry-")
            .tempdir()
            .map_err(io)?;
        Self::of(folder)
    }

    /// A new folder in `parent`, which is made if need be.
    pub fn new_in(parent: &Utf8Path) -> Result<Self, SysError> {
        super::fs::create_dir_all(parent)?;
        let io = |source| SysError::Io {
            action: "make a scratch folder in",
            path: parent.to_owned(),
            source,
        };
        let folder = tempfile::Builder::new()
            .prefix(".quarry-")
            .tempdir_in(parent)
            .map_err(io)?;
        Self::of(folder)
    }

    /// A new folder `name` in `parent`; an error if something of that name is there.
    pub fn named(parent: &Utf8Path, name: &str) -> Result<Self, SysError> {
        let io = |source| SysError::Io {
            action: "make the scratch folder",
            path: parent.join(name),
            source,
        };
        let folder = tempfile::Builder::new()
            .prefix(name)
            .rand_bytes(0)
            .tempdir_in(parent)
            .map_err(io)?;
        Self::of(folder)
    }

    fn of(folder: tempfile::TempDir) -> Result<Self, SysError> {
        // Resolved, so that paths that rustc and git print compare equal.
        let path = super::fs::canonical(&super::env::utf8(folder.path().to_owned())?)?;
        Ok(Self { path, folder })
    }

    /// Lets the folder stay.
    pub fn keep(self) -> Utf8PathBuf {
        let _ = self.folder.keep();
        self.path
    }

    /// Where it is, with links resolved.
    pub fn path(&self) -> &Utf8Path {
        &self.path
    }

    /// Writes into it for whom it is, so that it can be told from others if its process is
    /// killed: see [`abandoned`].
    pub fn mark(&self, owner: &Utf8Path) -> Result<(), SysError> {
        super::fs::write(&self.mark_file(), owner.as_str())
    }

    /// The file that [`Scratch::mark`] writes.
    pub fn mark_file(&self) -> Utf8PathBuf {
        self.path.join(OWNER)
    }
}

/// The file that says for whom a scratch folder is.
const OWNER: &str = ".quarry-owner";

/// The scratch folders in `parent` that are marked for `owner`. The caller knows that nobody
/// works for that owner now.
pub fn abandoned(parent: &Utf8Path, owner: &Utf8Path) -> Vec<Utf8PathBuf> {
    let Ok(entries) = super::fs::list_utf8(parent) else {
        return Vec::new();
    };
    let is_ours = |path: &Utf8PathBuf| {
        let named = path
            .file_name()
            .is_some_and(|name| name.starts_with(".quarry-") || name.starts_with("cargo-quarry-"));
        let marked = || super::fs::read_text(&path.join(OWNER));
        named && marked().is_ok_and(|mark| mark == owner.as_str())
    };
    let paths = entries.into_iter().map(|entry| entry.path);
    paths.filter(is_ours).collect()
}

/// The system's place for temporary files.
pub fn system_place() -> Result<Utf8PathBuf, SysError> {
    super::env::utf8(std::env::temp_dir())
}
