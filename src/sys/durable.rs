//! Files that survive a power cut, and locks between processes.
//!
//! [`super::fs::write`] is atomic; what is written here is on the disk, too, when the call
//! returns, its name included.
#![expect(clippy::disallowed_methods, reason = "this is the one place")]

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};

use camino::Utf8Path;

use super::SysError;

fn named<T>(action: &'static str, path: &Utf8Path, result: io::Result<T>) -> Result<T, SysError> {
    result.map_err(|source| SysError::Io {
        action,
        path: path.to_owned(),
        source,
    })
}

/// Writes a file as a whole or not at all; it is on the disk when this returns.
pub fn write(path: &Utf8Path, bytes: impl AsRef<[u8]>) -> Result<(), SysError> {
    let folder = path.parent().unwrap_or(Utf8Path::new("."));
    create_dir_all(folder)?;
    super::fs::write(path, bytes)?;
    named("sync", folder, sync_folder(folder))
}

/// Appends a line to a file, which is made if need be; it is on the disk when this returns. If
/// that fails, the file is as it was; a line that a power cut has left without an end stays one
/// of its own. One at a time may append to a file.
pub fn append_line(path: &Utf8Path, line: &str) -> Result<(), SysError> {
    let is_new = !path.exists();
    let append = || {
        let mut options = OpenOptions::new();
        let mut file = options.create(true).append(true).read(true).open(path)?;
        let length = file.metadata()?.len();
        let start = if ends_a_line(&mut file, length)? {
            ""
        } else {
            "\n"
        };
        let written = file
            .write_all(format!("{start}{line}\n").as_bytes())
            .and_then(|()| file.sync_data());
        written.inspect_err(|_| {
            // What this fails with matters less than why the line could not be written.
            let _ = file.set_len(length);
        })
    };
    named("append to", path, append())?;
    let folder = path.parent().unwrap_or(Utf8Path::new("."));
    if is_new {
        named("sync", folder, sync_folder(folder))?;
    }
    Ok(())
}

fn ends_a_line(file: &mut File, length: u64) -> io::Result<bool> {
    if length == 0 {
        return Ok(true);
    }
    let mut last = [0];
    file.seek(SeekFrom::Start(length - 1))?;
    file.read_exact(&mut last)?;
    Ok(last == *b"\n")
}

/// Makes a folder and those above it, on the disk when this returns.
pub fn create_dir_all(path: &Utf8Path) -> Result<(), SysError> {
    if path.as_str().is_empty() || path.is_dir() {
        return Ok(());
    }
    let parent = path.parent().unwrap_or(Utf8Path::new("."));
    create_dir_all(parent)?;
    match fs::create_dir(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        result => named("create the folder", path, result),
    }?;
    named("sync", parent, sync_folder(parent))
}

#[cfg(unix)]
fn sync_folder(path: &Utf8Path) -> io::Result<()> {
    let path = if path.as_str().is_empty() {
        Utf8Path::new(".")
    } else {
        path
    };
    File::open(path)?.sync_all()
}

/// Elsewhere the name of a file is as durable as the file.
#[cfg(not(unix))]
fn sync_folder(_: &Utf8Path) -> io::Result<()> {
    Ok(())
}

/// A lock that one process holds, until it is dropped or the process ends in whatever way.
#[derive(Debug)]
pub struct Lock {
    // Held for its Drop.
    _file: File,
}

impl Lock {
    /// Waits until the lock at `path` is free, and takes it.
    pub fn acquire(path: &Utf8Path) -> Result<Self, SysError> {
        let file = Self::open(path)?;
        named("lock", path, file.lock())?;
        Ok(Self { _file: file })
    }

    /// Takes the lock at `path`; none if somebody holds it.
    pub fn try_acquire(path: &Utf8Path) -> Result<Option<Self>, SysError> {
        let file = Self::open(path)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self { _file: file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => named("lock", path, Err(error)),
        }
    }

    fn open(path: &Utf8Path) -> Result<File, SysError> {
        if let Some(folder) = path.parent() {
            super::fs::create_dir_all(folder)?;
        }
        let mut options = OpenOptions::new();
        options.create(true).truncate(false).write(true);
        named("open", path, options.open(path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::scratch::Scratch;

    #[test]
    fn a_lock_has_one_holder() {
        let scratch = Scratch::new().unwrap();
        let path = scratch.path().join("new/lock");
        let held = Lock::try_acquire(&path).unwrap();
        assert!(held.is_some());
        assert!(Lock::try_acquire(&path).unwrap().is_none());
        drop(held);
        assert!(Lock::try_acquire(&path).unwrap().is_some());
    }

    #[test]
    fn files_and_lines_are_there() {
        let scratch = Scratch::new().unwrap();
        let path = scratch.path().join("a/b/c");
        write(&path, "one").unwrap();
        append_line(&path, "two").unwrap();
        append_line(&path, "three").unwrap();
        assert_eq!(
            crate::sys::fs::read_text(&path).unwrap(),
            "one\ntwo\nthree\n"
        );
    }

    /// `/dev/full` takes no byte.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_line_that_cannot_be_written_is_an_error() {
        let error = append_line("/dev/full".into(), "line").unwrap_err();
        assert_eq!(error.to_string(), "cannot append to `/dev/full`");
    }
}
