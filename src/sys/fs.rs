//! Files and folders. Errors name the path; writes are atomic.
#![expect(clippy::disallowed_methods, reason = "this is the one place")]

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write as _};
use std::time::SystemTime;

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};

use super::SysError;

fn named<T>(action: &'static str, path: &Utf8Path, result: io::Result<T>) -> Result<T, SysError> {
    result.map_err(|source| SysError::Io {
        action,
        path: path.to_owned(),
        source,
    })
}

/// The bytes of a file.
pub fn read(path: &Utf8Path) -> Result<Vec<u8>, SysError> {
    named("read", path, fs::read(path))
}

/// The text of a file.
pub fn read_text(path: &Utf8Path) -> Result<String, SysError> {
    String::from_utf8(read(path)?).map_err(|_| SysError::NotText {
        path: path.to_owned(),
    })
}

/// The text of a file, or none if there is no such file.
pub fn read_text_if_exists(path: &Utf8Path) -> Result<Option<String>, SysError> {
    match read_text(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error),
    }
}

/// How the names of files begin that [`write()`] makes and renames; one is left when the process
/// ends meanwhile.
pub const TEMPORARY: &str = ".quarry-";

/// Writes a file as a whole or not at all: a sibling is written, synced and renamed. The folder
/// is made if need be, and a file that stood there keeps its permissions.
pub fn write(path: &Utf8Path, bytes: impl AsRef<[u8]>) -> Result<(), SysError> {
    let folder = path
        .parent()
        .filter(|p| !p.as_str().is_empty())
        .unwrap_or(Utf8Path::new("."));
    create_dir_all(folder)?;
    let attempt = || {
        let permissions = fs::metadata(path).ok().map(|m| m.permissions());
        let mut file = tempfile::Builder::new()
            .prefix(TEMPORARY)
            .tempfile_in(folder)?;
        file.write_all(bytes.as_ref())?;
        file.as_file().sync_all()?;
        match permissions {
            Some(permissions) => file.as_file().set_permissions(permissions)?,
            None => default_permissions(file.as_file())?,
        }
        file.persist(path).map_err(|error| error.error)?;
        Ok(())
    };
    named("write", path, attempt())
}

#[cfg(unix)]
fn default_permissions(file: &fs::File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    file.set_permissions(fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn default_permissions(_: &fs::File) -> io::Result<()> {
    Ok(())
}

/// May its owner run a file? That is what git looks at, too. Never where files have no modes.
#[cfg(unix)]
pub fn is_executable(path: &Utf8Path) -> Result<bool, SysError> {
    use std::os::unix::fs::PermissionsExt as _;
    let metadata = named("read", path, fs::metadata(path))?;
    Ok(metadata.permissions().mode() & 0o100 != 0)
}

/// May its owner run a file? That is what git looks at, too. Never where files have no modes.
#[cfg(not(unix))]
pub fn is_executable(path: &Utf8Path) -> Result<bool, SysError> {
    named("read", path, fs::metadata(path)).map(|_| false)
}

/// Writes a file as [`write()`] does; if it is to be executable, who may read it may run it.
pub fn write_with_mode(
    path: &Utf8Path,
    bytes: impl AsRef<[u8]>,
    executable: bool,
) -> Result<(), SysError> {
    write(path, bytes)?;
    if executable {
        named("make executable", path, make_executable(path))?;
    }
    Ok(())
}

#[cfg(unix)]
fn make_executable(path: &Utf8Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = fs::metadata(path)?.permissions().mode();
    let may_read = mode & 0o444;
    fs::set_permissions(path, fs::Permissions::from_mode(mode | (may_read >> 2)))
}

#[cfg(not(unix))]
fn make_executable(_: &Utf8Path) -> io::Result<()> {
    Ok(())
}

/// Makes a folder and those above it.
pub fn create_dir_all(path: &Utf8Path) -> Result<(), SysError> {
    named("create the folder", path, fs::create_dir_all(path))
}

/// Removes a folder with all in it. None there is no error.
pub fn remove_dir_all(path: &Utf8Path) -> Result<(), SysError> {
    match fs::remove_dir_all(path) {
        Err(source) if source.kind() == io::ErrorKind::NotFound => Ok(()),
        result => named("remove the folder", path, result),
    }
}

/// Removes a file. None there is no error.
pub fn remove_file(path: &Utf8Path) -> Result<(), SysError> {
    match fs::remove_file(path) {
        Err(source) if source.kind() == io::ErrorKind::NotFound => Ok(()),
        result => named("remove", path, result),
    }
}

/// Renames a file or folder, atomically where both are on one file system.
pub fn rename(from: &Utf8Path, to: &Utf8Path) -> Result<(), SysError> {
    named("rename", from, fs::rename(from, to))
}

/// Copies a file, making the folder it goes to.
pub fn copy(from: &Utf8Path, to: &Utf8Path) -> Result<(), SysError> {
    if let Some(folder) = to.parent() {
        create_dir_all(folder)?;
    }
    named("copy", from, fs::copy(from, to)).map(|_| ())
}

/// When a file or folder was last changed, by the clock of its file system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FileDate(SystemTime);

/// When a file or folder was last changed.
pub fn modified(path: &Utf8Path) -> Result<FileDate, SysError> {
    let date = fs::metadata(path).and_then(|metadata| metadata.modified());
    named("read", path, date.map(FileDate))
}

/// Says of a file or folder when it was last changed.
pub fn set_modified(path: &Utf8Path, date: FileDate) -> Result<(), SysError> {
    let set = || {
        let mut options = fs::File::options();
        // Windows wants to write, and lets no folder be opened; elsewhere the owner may.
        options.read(true).write(cfg!(windows));
        options.open(path)?.set_modified(date.0)
    };
    named("date", path, set())
}

/// The length of a regular file in bytes; none for anything else.
pub fn file_length(path: &Utf8Path) -> Result<Option<u64>, SysError> {
    let metadata = named("read", path, fs::symlink_metadata(path))?;
    Ok(metadata.is_file().then_some(metadata.len()))
}

/// Can a file be read? Of what is no file (a pipe, a socket), nobody knows: it can't.
pub fn is_readable(path: &Utf8Path) -> bool {
    matches!(file_length(path), Ok(Some(_))) && fs::File::open(path).is_ok()
}

/// Where a symbolic link leads, as it says.
pub fn read_link(path: &Utf8Path) -> Result<Utf8PathBuf, SysError> {
    super::env::utf8(named("read the link", path, fs::read_link(path))?)
}

/// Makes a symbolic link at `path` that leads to `target`. Where links are for administrators,
/// `path` becomes a copy of the file.
pub fn make_link(path: &Utf8Path, target: &Utf8Path) -> Result<(), SysError> {
    named("make the link", path, link(path, target))
}

#[cfg(unix)]
fn link(path: &Utf8Path, target: &Utf8Path) -> io::Result<()> {
    std::os::unix::fs::symlink(target, path)
}

#[cfg(not(unix))]
fn link(path: &Utf8Path, target: &Utf8Path) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Utf8Path::new("."));
    fs::copy(folder.join(target), path).map(|_| ())
}

/// How much of the disk a folder takes with all in it, in bytes; 0 if there is none. What has
/// two names in it counts once; what vanishes meanwhile does not count.
pub fn disk_used(path: &Utf8Path) -> u64 {
    let mut used = 0;
    let mut seen = BTreeSet::new();
    let mut folders = vec![path.as_std_path().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let Ok(metadata) = entry.metadata() else {
                continue;
            };
            if metadata.is_dir() {
                folders.push(entry.path());
            }
            used += blocks(&metadata, &mut seen);
        }
    }
    used
}

#[cfg(unix)]
fn blocks(metadata: &fs::Metadata, seen: &mut BTreeSet<(u64, u64)>) -> u64 {
    use std::os::unix::fs::MetadataExt as _;
    if metadata.nlink() > 1 && !metadata.is_dir() && !seen.insert((metadata.dev(), metadata.ino()))
    {
        return 0;
    }
    metadata.blocks() * 512
}

#[cfg(not(unix))]
fn blocks(metadata: &fs::Metadata, _: &mut BTreeSet<(u64, u64)>) -> u64 {
    metadata.len()
}

/// An entry of a folder.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// The folder's path with the entry's name.
    pub path: Utf8PathBuf,
    /// What it is; links are not followed.
    pub kind: EntryKind,
}

/// What stands in a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EntryKind {
    /// A regular file, or something that is neither folder nor link.
    File,
    /// A folder.
    Folder,
    /// A symbolic link.
    Link,
}

/// What a folder holds, sorted by name.
pub fn list(path: &Utf8Path) -> Result<Vec<Entry>, SysError> {
    list_entries(path)?.into_iter().collect()
}

/// What a folder holds whose name is UTF-8, sorted by name: for folders that are not ours, or of
/// which no other names matter.
pub fn list_utf8(path: &Utf8Path) -> Result<Vec<Entry>, SysError> {
    let is_named =
        |entry: &Result<Entry, SysError>| !matches!(entry, Err(SysError::NotUtf8 { .. }));
    list_entries(path)?.into_iter().filter(is_named).collect()
}

/// Sorted by name, what is in error first.
fn list_entries(path: &Utf8Path) -> Result<Vec<Result<Entry, SysError>>, SysError> {
    let mut entries = Vec::new();
    for entry in named("list", path, fs::read_dir(path))? {
        let entry = named("list", path, entry)?;
        let kind = named("list", path, entry.file_type())?;
        let kind = match (kind.is_dir(), kind.is_symlink()) {
            (true, _) => EntryKind::Folder,
            (_, true) => EntryKind::Link,
            _ => EntryKind::File,
        };
        let path = super::env::utf8(entry.path());
        entries.push(path.map(|path| Entry { path, kind }));
    }
    entries.sort_by(|a, b| a.as_ref().ok().cmp(&b.as_ref().ok()));
    Ok(entries)
}

/// All files below a folder, sorted; links are not followed, `skip` leaves out what it says yes
/// to (with all below it).
pub fn walk(
    path: &Utf8Path,
    skip: &dyn Fn(&Utf8Path) -> bool,
) -> Result<Vec<Utf8PathBuf>, SysError> {
    walk_with(&list, path, skip)
}

/// The same for those whose names are UTF-8 (see [`list_utf8`]).
pub fn walk_utf8(
    path: &Utf8Path,
    skip: &dyn Fn(&Utf8Path) -> bool,
) -> Result<Vec<Utf8PathBuf>, SysError> {
    walk_with(&list_utf8, path, skip)
}

fn walk_with(
    list: &dyn Fn(&Utf8Path) -> Result<Vec<Entry>, SysError>,
    path: &Utf8Path,
    skip: &dyn Fn(&Utf8Path) -> bool,
) -> Result<Vec<Utf8PathBuf>, SysError> {
    let mut files = Vec::new();
    let mut folders = vec![path.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in list(&folder)? {
            match entry.kind {
                _ if skip(&entry.path) => {}
                EntryKind::Folder => folders.push(entry.path),
                EntryKind::File | EntryKind::Link => files.push(entry.path),
            }
        }
    }
    files.sort();
    Ok(files)
}

/// The path with links resolved.
pub fn canonical(path: &Utf8Path) -> Result<Utf8PathBuf, SysError> {
    super::env::utf8(named("find", path, fs::canonicalize(path))?)
}

/// The path without `.` and `..`, by its text alone: for paths that are shown, kept and compared.
#[must_use]
pub fn normal(path: &Utf8Path) -> Utf8PathBuf {
    let mut parts = Utf8PathBuf::new();
    for part in path.components() {
        match part {
            Utf8Component::CurDir => {}
            Utf8Component::ParentDir => _ = parts.pop(),
            other => parts.push(other),
        }
    }
    parts
}

/// Writes a file in place, neither atomic nor synced: for files in scratch, many of them.
pub fn write_scratch(path: &Utf8Path, bytes: impl AsRef<[u8]>) -> Result<(), SysError> {
    named("write", path, fs::write(path, bytes))
}
