//! Storage: bytes under keys such as `index/ac/me/acme-retry`.
//!
//! Small on purpose: what may be written, and in which order, is for the catalogue to say. A
//! write must be atomic and durable; nothing more is asked.

use std::sync::{Mutex, PoisonError};

use camino::{Utf8Path, Utf8PathBuf};

use super::ServeError;
use crate::sys::durable::{self, Lock};
use crate::sys::{SysError, fs};

/// Where a registry keeps its bytes. Keys are relative paths with `/`, made of checked names.
pub(super) trait Storage: Send + Sync + 'static {
    /// What stands under a key, if anything does.
    fn read(&self, key: &str) -> Result<Option<Vec<u8>>, SysError>;
    /// Puts bytes under a key, in place of what stood there: as a whole or not at all, and
    /// durable when it returns.
    fn write(&self, key: &str, bytes: &[u8]) -> Result<(), SysError>;
    /// Appends a line to what stands under a key: as a whole or not at all, and durable when it
    /// returns.
    fn append(&self, key: &str, line: &str) -> Result<(), SysError>;
    /// Removes what stands under a key, if anything does.
    fn remove(&self, key: &str) -> Result<(), SysError>;
    /// All keys below a folder, sorted.
    fn list(&self, folder: &str) -> Result<Vec<String>, SysError>;
}

/// Plain files below a data folder that one process at a time serves.
#[derive(Debug)]
pub(super) struct Files {
    data: Utf8PathBuf,
    /// Held while a line is appended.
    appending: Mutex<()>,
    // Held for its Drop; none is held by who only reads.
    _lock: Option<Lock>,
}

impl Files {
    /// Opens the data folder, which is made if need be, for this process alone.
    pub(super) fn open(data: &Utf8Path) -> Result<Self, ServeError> {
        durable::create_dir_all(data)?;
        let Some(lock) = Lock::try_acquire(&data.join(".lock"))? else {
            let data = data.to_owned();
            return Err(ServeError::InUse { data });
        };
        Ok(Self {
            _lock: Some(lock),
            ..Self::open_to_read(data)
        })
    }

    /// A data folder that another process may serve: nothing must be written to it.
    pub(super) fn open_to_read(data: &Utf8Path) -> Self {
        Self {
            data: data.to_owned(),
            appending: Mutex::default(),
            _lock: None,
        }
    }

    /// Removes what writes that were cut off have left.
    pub(super) fn remove_leftovers(&self) -> Result<(), SysError> {
        for folder in ["index", "crates"] {
            for key in self.list(folder)? {
                if is_leftover(&key) {
                    self.remove(&key)?;
                }
            }
        }
        Ok(())
    }
}

/// Is a key that of a write that was cut off?
pub(super) fn is_leftover(key: &str) -> bool {
    let file = key.rsplit('/').next().unwrap_or_default();
    file.starts_with(fs::TEMPORARY)
}

impl Storage for Files {
    fn read(&self, key: &str) -> Result<Option<Vec<u8>>, SysError> {
        match fs::read(&self.data.join(key)) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn write(&self, key: &str, bytes: &[u8]) -> Result<(), SysError> {
        durable::write(&self.data.join(key), bytes)
    }

    fn append(&self, key: &str, line: &str) -> Result<(), SysError> {
        let _held = self
            .appending
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        durable::append_line(&self.data.join(key), line)
    }

    fn remove(&self, key: &str) -> Result<(), SysError> {
        fs::remove_file(&self.data.join(key))
    }

    fn list(&self, folder: &str) -> Result<Vec<String>, SysError> {
        let files = walk_if_exists(&self.data.join(folder))?;
        let key = |file: &Utf8PathBuf| {
            let key = file.strip_prefix(&self.data).ok()?;
            Some(key.as_str().replace('\\', "/"))
        };
        Ok(files.iter().filter_map(key).collect())
    }
}

fn walk_if_exists(folder: &Utf8Path) -> Result<Vec<Utf8PathBuf>, SysError> {
    match fs::walk(folder, &|_| false) {
        Err(error) if error.is_not_found() => Ok(Vec::new()),
        result => result,
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use super::*;
    use crate::sys::scratch::Scratch;

    /// Storage in memory whose writes fail once their number is used up, as on a full disk.
    #[derive(Debug, Clone, Default)]
    pub(in crate::serve) struct Memory {
        pub(in crate::serve) files: Arc<Mutex<BTreeMap<String, Vec<u8>>>>,
        pub(in crate::serve) writes_left: Arc<Mutex<Option<usize>>>,
    }

    impl Storage for Memory {
        fn read(&self, key: &str) -> Result<Option<Vec<u8>>, SysError> {
            Ok(self.files.lock().unwrap().get(key).cloned())
        }

        fn write(&self, key: &str, bytes: &[u8]) -> Result<(), SysError> {
            match &mut *self.writes_left.lock().unwrap() {
                Some(0) => {
                    return Err(SysError::Io {
                        action: "write",
                        path: key.into(),
                        source: std::io::ErrorKind::StorageFull.into(),
                    });
                }
                Some(left) => *left -= 1,
                None => {}
            }
            self.files
                .lock()
                .unwrap()
                .insert(key.to_owned(), bytes.to_vec());
            Ok(())
        }

        fn append(&self, key: &str, line: &str) -> Result<(), SysError> {
            let mut text = self.read(key)?.unwrap_or_default();
            text.extend_from_slice(format!("{line}\n").as_bytes());
            self.write(key, &text)
        }

        fn remove(&self, key: &str) -> Result<(), SysError> {
            self.files.lock().unwrap().remove(key);
            Ok(())
        }

        fn list(&self, folder: &str) -> Result<Vec<String>, SysError> {
            let files = self.files.lock().unwrap();
            let below = |key: &&String| key.starts_with(&format!("{folder}/"));
            Ok(files.keys().filter(below).cloned().collect())
        }
    }

    #[test]
    fn one_process_at_a_time_and_leftovers_go() {
        let scratch = Scratch::new().unwrap();
        let data = scratch.path().join("data");
        let files = Files::open(&data).unwrap();
        files.write("index/3/a/abc", b"x").unwrap();
        fs::write(&data.join("index/3/a/.quarry-1"), "cut off").unwrap();
        assert!(matches!(Files::open(&data), Err(ServeError::InUse { .. })));
        drop(files);
        let files = Files::open(&data).unwrap();
        files.remove_leftovers().unwrap();
        assert_eq!(files.list("index").unwrap(), ["index/3/a/abc"]);
        assert_eq!(files.list("crates").unwrap(), Vec::<String>::new());
        assert_eq!(files.read("index/3/a/abc").unwrap().unwrap(), b"x");
        assert_eq!(files.read("index/3/a").map_err(|_| ()), Err(()));
        assert_eq!(files.read("index/no").unwrap(), None);
    }
}
