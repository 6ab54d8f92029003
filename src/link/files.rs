//! The configuration and git's list of ignored files: written for links, and restored.

use camino::{Utf8Path, Utf8PathBuf};

use super::LinkError;
use super::place::Place;
use super::state::{Ignored, State};
use crate::git;
use crate::manifest::set_path_overrides;
use crate::sys::fs;

const NOTE: &str = "# cargo quarry link";

/// What the configuration is to be with the folders `dirs` linked, where those of `state` are.
pub(super) fn config_with(
    path: &Utf8Path,
    existing: Option<&str>,
    old: &[Utf8PathBuf],
    dirs: &[Utf8PathBuf],
) -> Result<String, LinkError> {
    Ok(set_path_overrides(path, existing, old, dirs)?)
}

/// Takes note of what somebody else has changed in the configuration since: without the links it
/// is as it is now.
pub(super) fn refresh(state: &mut State) -> Result<(), LinkError> {
    let now = fs::read_text_if_exists(&state.config)?;
    if now.as_ref() == Some(&state.after) {
        return Ok(());
    }
    let rest = config_with(&state.config, now.as_deref(), &state.dirs(), &[])?;
    let is_ours = rest.is_empty() && state.before.is_none();
    state.before = now.as_ref().filter(|_| !is_ours).map(|_| rest);
    state.after = now.unwrap_or_default();
    Ok(())
}

/// Puts the configuration right for the folders `dirs` alone, and gives its text. Without any, it
/// is as it was before the first link.
pub(super) fn restore_config(state: &State, dirs: &[Utf8PathBuf]) -> Result<String, LinkError> {
    let path = &state.config;
    let text = config_with(path, state.before.as_deref(), &[], dirs)?;
    let now = fs::read_text_if_exists(path)?;
    if dirs.is_empty() && state.before.is_none() {
        fs::remove_file(path)?;
        remove_if_empty(path.parent().expect("it is in `.cargo`"))?;
    } else if now.as_ref() != Some(&text) {
        fs::write(path, &text)?;
    }
    Ok(text)
}

fn remove_if_empty(folder: &Utf8Path) -> Result<(), LinkError> {
    match fs::list(folder) {
        Ok(entries) if entries.is_empty() => Ok(fs::remove_dir_all(folder)?),
        Ok(_) => Ok(()),
        Err(error) if error.is_not_found() => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// How git is to ignore those of the files that it would otherwise offer to commit; none if there
/// are none. Nothing is written.
pub(super) fn plan_ignored(
    place: &Place,
    files: &[Utf8PathBuf],
) -> Result<Option<Ignored>, LinkError> {
    let mut lines = Vec::new();
    for file in files
        .iter()
        .filter(|file| !file.starts_with(&place.git_dir))
    {
        let Ok(relative) = file.strip_prefix(&place.root) else {
            continue;
        };
        let root = &place.root;
        if !git::is_tracked(root, relative)? && !git::is_ignored(root, relative)? {
            lines.push(format!("/{relative}"));
        }
    }
    if lines.is_empty() {
        return Ok(None);
    }
    let file = git::git_path(&place.root, "info/exclude")?;
    let before = fs::read_text_if_exists(&file)?;
    let mut after = before.clone().unwrap_or_default();
    if !after.is_empty() && !after.ends_with('\n') {
        after.push('\n');
    }
    for line in lines {
        after.extend([NOTE, "\n", &line, "\n"]);
    }
    Ok(Some(Ignored {
        file,
        before,
        after,
    }))
}

/// Takes the lines out again.
pub(super) fn restore_ignored(ignored: &Ignored) -> Result<(), LinkError> {
    let Some(now) = fs::read_text_if_exists(&ignored.file)? else {
        return Ok(());
    };
    let text = if now == ignored.after {
        ignored.before.clone()
    } else {
        Some(without_notes(&now))
    };
    match text {
        Some(text) => fs::write(&ignored.file, text)?,
        None => fs::remove_file(&ignored.file)?,
    }
    Ok(())
}

fn without_notes(text: &str) -> String {
    let mut kept = String::new();
    let mut lines = text.split_inclusive('\n');
    while let Some(line) = lines.next() {
        if line.trim_end() == NOTE {
            lines.next();
        } else {
            kept += line;
        }
    }
    kept
}
