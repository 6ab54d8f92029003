//! When the files of a copy were last changed, as cargo is to see it.
//!
//! Cargo builds a package anew if a file of it is younger than what was built from it. A file that
//! has the bytes that it had at this place in the last run, gets its date of then, and cargo
//! builds nothing; every other file is as young as the copy. Dates of the user's own files would
//! not do: of two versions of a file the one that is built now may be the older one.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};

use crate::model::Digest;
use crate::sys::fs::{Entry, EntryKind, FileDate};
use crate::sys::{self, SysError};

/// Files that are not read to be compared: they are always young.
const TOO_LARGE: u64 = 64 * 1024 * 1024;

/// What is known of the files at one place.
#[derive(Debug)]
pub(super) struct Dates {
    record: Utf8PathBuf,
    files: BTreeMap<Utf8PathBuf, Dated>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Dated {
    /// Of a file its bytes, of a folder the names in it.
    digest: Digest,
    date: FileDate,
}

impl Dates {
    /// Dates all files and folders in `folder`, which have been written since `now`, and takes
    /// the record of the last run away: what a run that is killed has built, nobody knows.
    pub(super) fn give(
        folder: &Utf8Path,
        record: Utf8PathBuf,
        now: FileDate,
    ) -> Result<Self, SysError> {
        let text = sys::fs::read_text_if_exists(&record)?;
        let known = text.and_then(|text| serde_json::from_str(&text).ok());
        let known: BTreeMap<Utf8PathBuf, Dated> = known.unwrap_or_default();
        sys::fs::remove_file(&record)?;
        let mut files = BTreeMap::new();
        let mut folders = vec![folder.to_owned()];
        while let Some(place) = folders.pop() {
            let entries = sys::fs::list_utf8(&place)?;
            let within = |kind| entries.iter().filter(move |entry| entry.kind == kind);
            folders.extend(within(EntryKind::Folder).map(|entry| entry.path.clone()));
            for path in within(EntryKind::File)
                .map(|entry| &entry.path)
                .chain([&place])
            {
                let digest = if *path == place {
                    Some(digest_of_names(&entries))
                } else {
                    digest_of_file(path)?
                };
                let relative = path.strip_prefix(folder).unwrap_or(path);
                let last = known
                    .get(relative)
                    .filter(|last| Some(&last.digest) == digest.as_ref());
                let date = last.map_or(now, |last| last.date);
                match sys::fs::set_modified(path, date) {
                    // Not everywhere folders can be dated; few build scripts look at them.
                    Err(error) if *path != place => return Err(error),
                    _ => {}
                }
                if let Some(digest) = digest {
                    files.insert(relative.to_owned(), Dated { digest, date });
                }
            }
        }
        Ok(Self { record, files })
    }

    /// Records the dates for the next run, but for what was changed meanwhile.
    pub(super) fn keep(&self, folder: &Utf8Path) -> Result<(), SysError> {
        let is_unchanged = |(path, dated): &(&Utf8PathBuf, &Dated)| {
            let date = sys::fs::modified(&folder.join(path));
            date.is_ok_and(|date| date == dated.date)
        };
        let kept: BTreeMap<_, _> = self.files.iter().filter(is_unchanged).collect();
        let text = serde_json::to_string(&kept).expect("a map of paths is JSON");
        sys::fs::write(&self.record, text)
    }
}

fn digest_of_file(path: &Utf8Path) -> Result<Option<Digest>, SysError> {
    match sys::fs::file_length(path)? {
        Some(length) if length <= TOO_LARGE => Ok(Some(Digest::of(&sys::fs::read(path)?))),
        Some(_) | None => Ok(None),
    }
}

fn digest_of_names(entries: &[Entry]) -> Digest {
    let names = entries.iter().filter_map(|entry| entry.path.file_name());
    Digest::of(names.collect::<Vec<_>>().join("\n").as_bytes())
}
