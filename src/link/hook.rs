//! The `pre-commit` hook that keeps links out of commits.
//!
//! A hook that was there is kept beside it and run after it. The hooks' folder may be shared, by
//! worktrees or, with `core.hooksPath`, by many repositories: the hook lists whose it is, acts
//! for them alone, and goes with the last of them.

use camino::{Utf8Path, Utf8PathBuf};

use super::LinkError;
use super::place::Place;
use crate::git;
use crate::sys::fs;

/// What became of the hook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hook {
    /// It stands there.
    Installed(Utf8PathBuf),
    /// A hook that is committed stands where it should: that is not ours to change.
    InTheWay(Utf8PathBuf),
}

const MARK: &str = "# cargo quarry link: keeps local copies out of commits";
const FOR: &str = "# for: ";

/// Where the hook goes; none if a committed one is there.
pub(super) fn find(place: &Place) -> Result<Hook, LinkError> {
    let path = git::git_path(&place.root, "hooks")?.join("pre-commit");
    let tracked = match path.strip_prefix(&place.root) {
        Ok(relative) if !path.starts_with(&place.git_dir) => {
            git::is_tracked(&place.root, relative)?
        }
        Ok(_) | Err(_) => false,
    };
    Ok(if tracked {
        Hook::InTheWay(path)
    } else {
        Hook::Installed(path)
    })
}

/// Where a hook that was there is kept.
pub(super) fn kept(path: &Utf8Path) -> Utf8PathBuf {
    path.with_file_name("pre-commit.quarry-kept")
}

/// Puts the hook at `path`; it runs `program`.
pub(super) fn install(place: &Place, path: &Utf8Path, program: &Utf8Path) -> Result<(), LinkError> {
    let mut users = match read(path)? {
        Some(text) if is_ours(&text) => users(&text),
        Some(_) => {
            fs::rename(path, &kept(path))?;
            Vec::new()
        }
        None => Vec::new(),
    };
    users.push(place.git_dir.to_string());
    users.sort();
    users.dedup();
    fs::write_with_mode(path, script(&users, program), true)?;
    Ok(())
}

/// Takes it away, for this worktree; what was there before comes back with the last one.
pub(super) fn remove(place: &Place, path: &Utf8Path) -> Result<(), LinkError> {
    let kept = kept(path);
    match read(path)? {
        Some(text) if is_ours(&text) => {
            let own = format!("{FOR}{}\n", place.git_dir);
            let rest = text.replace(&own, "");
            if users(&rest).is_empty() {
                if kept.exists() {
                    fs::rename(&kept, path)?;
                } else {
                    fs::remove_file(path)?;
                }
            } else {
                fs::write(path, rest)?;
            }
        }
        // A run that ended in between has moved it aside.
        None if kept.exists() => fs::rename(&kept, path)?,
        // Somebody has replaced or removed it.
        Some(_) | None => {}
    }
    Ok(())
}

/// What is there; a hook need not be text.
fn read(path: &Utf8Path) -> Result<Option<String>, LinkError> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn is_ours(text: &str) -> bool {
    text.lines().any(|line| line == MARK)
}

fn users(text: &str) -> Vec<String> {
    let lines = text.lines().filter_map(|line| line.strip_prefix(FOR));
    lines.map(str::to_owned).collect()
}

fn script(users: &[String], program: &Utf8Path) -> String {
    let users: Vec<String> = users
        .iter()
        .map(|user| {
            format!(
                "{FOR}{user}
"
            )
        })
        .collect();
    let users = users.concat();
    let program = program.as_str().replace('\'', r"'\''");
    format!(
        r#"#!/bin/sh
{MARK}
{users}# `cargo quarry unlink` takes it away again.
quarry='{program}'
own=$(git rev-parse --absolute-git-dir)
if [ -e "$own/{state}" ]; then
    if [ ! -x "$quarry" ]; then
        quarry=$(command -v cargo-quarry)
    fi
    if [ -z "$quarry" ]; then
        echo 'error: local copies are linked here, and `cargo-quarry` is not there to keep them out of the commit' >&2
        echo 'help: install it, or look yourself and use `git commit --no-verify`' >&2
        exit 1
    fi
    "$quarry" quarry check --links || exit 1
fi
kept="$(dirname "$0")/pre-commit.quarry-kept"
if [ -x "$kept" ]; then
    exec "$kept" "$@"
fi
"#,
        state = super::state::State::FILE,
    )
}
