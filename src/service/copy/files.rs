//! The files of a working tree, as they are copied.

use camino::{Utf8Path, Utf8PathBuf};

use super::super::ServiceError;
use crate::sys;
use crate::sys::fs::EntryKind;

/// Copies what a build may need. What cannot be read is named in `left_out`, relative to `from`;
/// names that are not UTF-8 are not copied.
pub(super) fn copy_tree(
    from: &Utf8Path,
    to: &Utf8Path,
    left_out: &mut Vec<Utf8PathBuf>,
) -> Result<(), ServiceError> {
    let mut folders = vec![Utf8PathBuf::new()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = sys::fs::list_utf8(&from.join(&folder)) else {
            left_out.push(folder);
            continue;
        };
        let is_file = |name: &str| {
            let named = |entry: &sys::fs::Entry| entry.path.file_name() == Some(name);
            entries.iter().any(named)
        };
        // Cargo's target folders, and other caches: they mark themselves.
        let is_cache = is_file("CACHEDIR.TAG") || is_file(".rustc_info.json");
        if is_cache && !folder.as_str().is_empty() {
            continue;
        }
        sys::fs::create_dir_all(&to.join(&folder))?;
        for entry in &entries {
            let name = entry.path.file_name().unwrap_or_default();
            let path = folder.join(name);
            match entry.kind {
                _ if matches!(name, ".git" | "node_modules") => {}
                EntryKind::Folder => folders.push(path),
                EntryKind::Link => copy_link(from, to, &path)?,
                EntryKind::File if sys::fs::is_readable(&entry.path) => {
                    sys::fs::copy(&entry.path, &to.join(&path))?;
                }
                EntryKind::File => left_out.push(path),
            }
        }
    }
    left_out.sort();
    Ok(())
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
