//! The files of a working tree, as they are copied.

use camino::{Utf8Path, Utf8PathBuf};

use super::super::ServiceError;
use crate::model::Digest;
use crate::sys;
use crate::sys::fs::{Entry, EntryKind};

/// Copies what a build may need. What cannot be read is named in `left_out`, relative to `from`;
/// names that are not UTF-8 are not copied.
pub(super) fn copy_tree(
    from: &Utf8Path,
    to: &Utf8Path,
    left_out: &mut Vec<Utf8PathBuf>,
) -> Result<(), ServiceError> {
    sys::fs::create_dir_all(to)?;
    let unread = visit(from, &mut |path, entry| {
        match entry.kind {
            EntryKind::Folder => sys::fs::create_dir_all(&to.join(path))?,
            EntryKind::Link => copy_link(from, to, path)?,
            EntryKind::File if sys::fs::is_readable(&entry.path) => {
                sys::fs::copy(&entry.path, &to.join(path))?;
            }
            EntryKind::File => left_out.push(path.to_owned()),
        }
        Ok(())
    })?;
    left_out.extend(unread);
    left_out.sort();
    Ok(())
}

/// Tells whether the files that a copy would have are what they were: a digest of their paths,
/// lengths and dates, as cargo tells whether it has to build.
pub fn fingerprint(top: &Utf8Path) -> Result<Digest, ServiceError> {
    let mut lines = Vec::new();
    visit(top, &mut |path, entry| {
        let what = match entry.kind {
            EntryKind::Folder => "folder".to_owned(),
            EntryKind::Link => sys::fs::read_link(&entry.path)?.into_string(),
            EntryKind::File => {
                let length = sys::fs::file_length(&entry.path)?;
                format!("{length:?} {:?}", sys::fs::modified(&entry.path)?)
            }
        };
        lines.push(format!("{path}\0{what}"));
        Ok(())
    })?;
    lines.sort();
    Ok(Digest::of(lines.join("\n").as_bytes()))
}

/// What is called with each file, link and folder: its path relative to the top, and its entry.
type Visitor<'a> = dyn FnMut(&Utf8Path, &Entry) -> Result<(), ServiceError> + 'a;

/// Visits what a copy has, a folder before what is in it. Gives the folders that cannot be read.
fn visit(top: &Utf8Path, visitor: &mut Visitor<'_>) -> Result<Vec<Utf8PathBuf>, ServiceError> {
    let mut unread = Vec::new();
    let mut folders = vec![Utf8PathBuf::new()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = sys::fs::list_utf8(&top.join(&folder)) else {
            unread.push(folder);
            continue;
        };
        for entry in &entries {
            let name = entry.path.file_name().unwrap_or_default();
            if matches!(name, ".git" | "node_modules") {
                continue;
            }
            let path = folder.join(name);
            if entry.kind == EntryKind::Folder {
                if is_cache(&entry.path) {
                    continue;
                }
                visitor(&path, entry)?;
                folders.push(path);
            } else {
                visitor(&path, entry)?;
            }
        }
    }
    Ok(unread)
}

/// Cargo's target folders, and other caches, mark themselves.
fn is_cache(folder: &Utf8Path) -> bool {
    let marks = ["CACHEDIR.TAG", ".rustc_info.json"];
    marks.iter().any(|mark| folder.join(mark).is_file())
}

/// A link into the repository by its full path leads into the copy.
fn copy_link(from: &Utf8Path, to: &Utf8Path, path: &Utf8Path) -> Result<(), ServiceError> {
    let target = sys::fs::read_link(&from.join(path))?;
    let target = match target.strip_prefix(from) {
        Ok(within) => to.join(within),
        Err(_) => target,
    };
    Ok(sys::fs::make_link(&to.join(path), &target)?)
}
