//! Tests and examples of the package that use nothing of it but what moves: they come along.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use cargo_metadata::TargetKind;

use super::ExtractError;
use super::relocate::Names;
use super::sources::NewFile;
use super::subject::Subject;
use crate::model::ModulePath;
use crate::syntax::{Anchor, Relocation, WrittenPath, apply_edits, rewrite_paths, written_paths};
use crate::sys;

/// The files that come along, by their paths in the new crate.
pub(super) fn files_along(
    subject: &Subject,
    names: Names<'_>,
) -> Result<BTreeMap<Utf8PathBuf, NewFile>, ExtractError> {
    let mut files = BTreeMap::new();
    for target in &subject.package.targets {
        let folder = match target.kind.as_slice() {
            [TargetKind::Test] => "tests",
            [TargetKind::Example] => "examples",
            _ => continue,
        };
        let path = subject.relative(&target.src_path);
        // What the manifest says of a target in a place of its own stays with the manifest.
        let place = Utf8Path::new(folder).join(path.file_name().unwrap_or_default());
        if subject.package_dir().join(&place) != path || !target.required_features.is_empty() {
            continue;
        }
        let Ok(text) = sys::fs::read_text(&target.src_path) else {
            continue;
        };
        if let Some(new) = moved_text(names, &text)? {
            files.insert(
                place,
                NewFile {
                    text: new,
                    beside: Some(path.clone()),
                    origin: Some(path),
                    whole: true,
                },
            );
        }
    }
    Ok(files)
}

/// The text with its paths rewritten, if all that it names of the package moves and it stands
/// alone.
fn moved_text(names: Names<'_>, text: &str) -> Result<Option<String>, ExtractError> {
    let lex = |source| ExtractError::Lex {
        file: "tests".into(),
        source,
    };
    let root = ModulePath::root();
    let relocate = |path: &WrittenPath| names.in_library(&root, path, text);
    let paths = written_paths(text, &names.anchors()).map_err(lex)?;
    let own: Vec<_> = paths
        .iter()
        .filter(|path| matches!(path.anchor, Anchor::Extern(_)))
        .collect();
    // What a glob over what stays would give cannot be told from the names that a test mentions:
    // methods of traits are among it.
    let moves = |path: &WrittenPath| match relocate(path) {
        Relocation::Prefix { .. } => true,
        Relocation::Imports(_) | Relocation::Keep => false,
    };
    if own.is_empty() || !own.iter().all(|path| moves(path)) || !stands_alone(text) {
        return Ok(None);
    }
    let only_own = |path: &WrittenPath| match path.anchor {
        Anchor::Extern(_) => relocate(path),
        _ => Relocation::Keep,
    };
    let edits = rewrite_paths(text, &names.anchors(), &only_own).map_err(lex)?;
    let new = apply_edits(text, &edits);
    // The package named in any other way (a bare `use shop;`) cannot be followed.
    let named = super::relocate::identifiers(&new).contains(names.own_name);
    Ok((!named).then_some(new))
}

/// Does the file read no other file of the package, and start no program of it?
fn stands_alone(text: &str) -> bool {
    let others = [
        "CARGO_BIN_EXE_",
        "include_str!",
        "include_bytes!",
        "include!",
        "#[path",
        "CARGO_MANIFEST_DIR",
    ];
    let declares = text.lines().any(|line| {
        let line = line.trim_start().trim_start_matches("pub ");
        line.starts_with("mod ") && line.trim_end().ends_with(';')
    });
    !declares && !others.iter().any(|other| text.contains(other))
}
