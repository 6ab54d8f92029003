//! Local copies of packages, in cargo's configuration (`paths`, `[patch]`) and in manifests
//! (`[patch]`); the cargo book, "Overriding Dependencies".

use camino::{Utf8Path, Utf8PathBuf};
use toml_edit::{Item, TableLike, Value};

use super::document::{quoted, quoted_list};
use super::edit::{Edits, insert_lines, line_end, line_start};
use super::{Manifest, ManifestError};
use crate::model::Place;

const BEGIN: &str =
    "# cargo quarry link: local copies, for this worktree alone. `cargo quarry unlink` ends it.";
const END: &str = "# end of cargo quarry link";

/// A local copy that stands for a package.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LocalCopy {
    /// The package; none where only the folder is named.
    pub krate: Option<String>,
    /// The folder, as the file has it.
    pub dir: Utf8PathBuf,
    /// Where the file says so.
    pub place: Place,
}

/// The local copies that a configuration or a manifest names, in the order of the text.
pub fn local_copies(file: &Manifest) -> Vec<LocalCopy> {
    let mut copies = Vec::new();
    let mut add = |krate: Option<&str>, dir: &str, span: Option<std::ops::Range<usize>>| {
        copies.push(LocalCopy {
            krate: krate.map(str::to_owned),
            dir: dir.into(),
            place: file.place(span.unwrap_or_default().start),
        });
    };
    for value in file
        .get(&["paths"])
        .and_then(Item::as_array)
        .into_iter()
        .flatten()
    {
        if let Some(dir) = value.as_str() {
            add(None, dir, value.span());
        }
    }
    let patches = file.table(&["patch"]).into_iter().flat_map(TableLike::iter);
    for (key, item) in patches
        .filter_map(|(_, item)| item.as_table_like())
        .flat_map(TableLike::iter)
    {
        let entry = item.as_table_like();
        let field = |name| entry.and_then(|entry| entry.get(name));
        if let Some((dir, item)) = field("path").and_then(|item| Some((item.as_str()?, item))) {
            let package = field("package").and_then(Item::as_str);
            add(Some(package.unwrap_or(key)), dir, item.span());
        }
    }
    copies.sort_by(|a, b| a.place.cmp(&b.place));
    copies
}

/// The text of a configuration in which cargo builds the packages in the folders `new` in place
/// of those that it would take from a registry; the folders `old` are no longer among them.
/// `existing` is what is there, if anything; what is ours and takes no part any more leaves no
/// trace. `path` is for errors.
pub fn set_path_overrides(
    path: &Utf8Path,
    existing: Option<&str>,
    old: &[Utf8PathBuf],
    new: &[Utf8PathBuf],
) -> Result<String, ManifestError> {
    let text = without_entries(path, &without_block(existing.unwrap_or_default()), old)?;
    if new.is_empty() {
        return Ok(text);
    }
    let config = Manifest::parse(path, text)?;
    let Some(item) = config.get(&["paths"]) else {
        return Ok(with_block(config.text(), new));
    };
    let array = item
        .as_array()
        .ok_or_else(|| config.shape("paths", "a list"))?;
    let start = array.span().unwrap_or_default().start + 1;
    let entries: Vec<String> = new.iter().map(|dir| quoted(dir.as_str())).collect();
    let mut edits = Edits::default();
    edits.insert(start, entries.join(", ") + ", ");
    Ok(edits.apply(config.text()))
}

/// Before all tables: below a header the key would be one of that table.
fn with_block(text: &str, dirs: &[Utf8PathBuf]) -> String {
    let list = quoted_list(dirs.iter().map(|dir| dir.as_str()));
    let lines = [BEGIN.to_owned(), format!("paths = {list}"), END.to_owned()];
    let at = text.find(|c| c != '\u{feff}').unwrap_or(text.len());
    let mut edits = Edits::default();
    if at == text.len() {
        edits.insert(at, lines.map(|line| line + "\n").concat());
    } else {
        insert_lines(&mut edits, text, at, &lines);
    }
    edits.apply(text)
}

fn without_block(text: &str) -> String {
    let Some(begin) = text.find(BEGIN) else {
        return text.to_owned();
    };
    let begin = line_start(text, begin).max(text.find(|c| c != '\u{feff}').unwrap_or(0));
    let end = text[begin..].find(END).map_or(begin, |end| begin + end);
    let mut edits = Edits::default();
    edits.remove(begin..line_end(text, end));
    edits.apply(text)
}

fn without_entries(
    path: &Utf8Path,
    text: &str,
    dirs: &[Utf8PathBuf],
) -> Result<String, ManifestError> {
    let config = Manifest::parse(path, text)?;
    let array = config.get(&["paths"]).and_then(Item::as_array);
    let is_ours = |value: &&Value| {
        value
            .as_str()
            .is_some_and(|dir| dirs.iter().any(|d| d == dir))
    };
    let mut edits = Edits::default();
    for span in array
        .into_iter()
        .flatten()
        .filter(is_ours)
        .filter_map(Value::span)
    {
        // With the comma that was written after it.
        let after = &text[span.end..];
        let comma = after.strip_prefix(", ").map_or(0, |_| 2);
        edits.remove(span.start..span.end + comma);
    }
    Ok(edits.apply(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(existing: Option<&str>, old: &[&str], new: &[&str]) -> String {
        let dirs = |dirs: &[&str]| dirs.iter().map(Utf8PathBuf::from).collect::<Vec<_>>();
        set_path_overrides("c.toml".into(), existing, &dirs(old), &dirs(new)).unwrap()
    }

    #[test]
    fn what_is_set_and_taken_out_leaves_the_same_bytes() {
        for text in [
            "",
            "[registries.internal]\nindex = \"x\" # c\n",
            "\u{feff}# first\r\n\r\n[net]\r\noffline = true",
            "paths = [\"/own\"] # mine\n[net]\n",
            "[net]",
        ] {
            let one = set(Some(text), &[], &["/a"]);
            let config = Manifest::parse("c.toml".into(), one.clone()).unwrap();
            assert!(
                local_copies(&config).iter().any(|copy| copy.dir == "/a"),
                "{one}"
            );
            let two = set(Some(&one), &["/a"], &["/a", "/b"]);
            assert_eq!(set(Some(&two), &["/a", "/b"], &["/a"]), one);
            assert_eq!(set(Some(&two), &["/a", "/b"], &[]), text);
        }
    }

    #[test]
    fn local_copies_are_found_with_their_places() {
        let text = "paths = [\"/a\"]\n[patch.internal]\nb = { path = \"../b\" }\n\
                    c = { git = \"x\" }\nd = { path = \"d\", package = \"real\" }\n";
        let file = Manifest::parse("c.toml".into(), text).unwrap();
        let found: Vec<String> = local_copies(&file)
            .iter()
            .map(|copy| {
                format!(
                    "{:?} {} {}",
                    copy.krate.as_deref(),
                    copy.dir,
                    copy.place.line
                )
            })
            .collect();
        assert_eq!(
            found,
            ["None /a 1", "Some(\"b\") ../b 3", "Some(\"real\") d 5"]
        );
    }
}
