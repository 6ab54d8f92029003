//! Version requirements where they are written, and what takes their place.

use std::ops::Range;

use semver::{Op, Version, VersionReq};
use toml_edit::{Item, TableLike};

use super::dependency::tables;
use super::document::quoted;
use super::edit::Edits;
use super::{DependencyKey, Manifest, ManifestError};

/// Names one requirement of a manifest.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum RequirementAt {
    /// In a dependency table of the package.
    Package(DependencyKey),
    /// In `[workspace.dependencies]`, by its key there.
    Workspace(String),
}

impl RequirementAt {
    /// Its entry, dotted.
    fn path(&self) -> String {
        match self {
            Self::Workspace(key) => format!("workspace.dependencies.{key}"),
            Self::Package(at) => match &at.target {
                Some(target) => format!("target.'{target}'.{}.{}", at.kind.table(), at.key),
                None => format!("{}.{}", at.kind.table(), at.key),
            },
        }
    }
}

/// The requirements that a manifest writes itself, in its dependency tables and in
/// `[workspace.dependencies]`; those that it inherits are none of them.
pub fn written_requirements(manifest: &Manifest) -> Vec<(RequirementAt, String)> {
    let mut written = Vec::new();
    for (kind, target, table) in tables(manifest) {
        for (key, item) in table.iter() {
            let at = RequirementAt::Package(DependencyKey {
                key: key.to_owned(),
                kind,
                target: target.clone(),
            });
            written.extend(requirement(item).map(|text| (at, text.to_owned())));
        }
    }
    let workspace = manifest.table(&["workspace", "dependencies"]).into_iter();
    for (key, item) in workspace.flat_map(TableLike::iter) {
        let at = RequirementAt::Workspace(key.to_owned());
        written.extend(requirement(item).map(|text| (at, text.to_owned())));
    }
    written
}

/// The text of the manifest with another requirement at `at`. All other bytes stay, the kind of
/// quotes too.
pub fn repin(
    manifest: &Manifest,
    at: &RequirementAt,
    requirement: &str,
) -> Result<String, ManifestError> {
    let span = entry(manifest, at)
        .and_then(version_of)
        .and_then(Item::span);
    let span = span.ok_or_else(|| ManifestError::Missing {
        path: manifest.path().to_owned(),
        key: format!("{}.version", at.path()),
    })?;
    let (span, text) = in_its_quotes(manifest.text(), span, requirement);
    let mut edits = Edits::default();
    edits.replace(span, text);
    Ok(edits.apply(manifest.text()))
}

fn entry<'a>(manifest: &'a Manifest, at: &RequirementAt) -> Option<&'a Item> {
    match at {
        RequirementAt::Workspace(key) => manifest.get(&["workspace", "dependencies", key]),
        RequirementAt::Package(at) => {
            let mut tables = tables(manifest).into_iter();
            let is_it = |kind, target: &_| kind == at.kind && *target == at.target;
            let (_, _, table) = tables.find(|(kind, target, _)| is_it(*kind, target))?;
            table.get(&at.key)
        }
    }
}

/// The string that is the entry's requirement.
fn version_of(entry: &Item) -> Option<&Item> {
    let item = match entry.as_table_like() {
        Some(table) => table.get("version")?,
        None => entry,
    };
    item.is_str().then_some(item)
}

fn requirement(entry: &Item) -> Option<&str> {
    version_of(entry)?.as_str()
}

/// What to put where, so that the string at `span` keeps its quotes if they can hold `new`.
fn in_its_quotes(text: &str, span: Range<usize>, new: &str) -> (Range<usize>, String) {
    let is_plain = |c: char| !c.is_control() && !matches!(c, '"' | '\'' | '\\');
    let written = &text[span.clone()];
    let mut marks = ["\"\"\"", "'''", "\"", "'"].into_iter();
    let mark = marks.find(|mark| written.starts_with(mark)).map(str::len);
    match mark.filter(|_| new.chars().all(is_plain)) {
        Some(mark) => (span.start + mark..span.end - mark, new.to_owned()),
        None => (span, quoted(new)),
    }
}

/// What becomes of a requirement when its crate moves to another version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Repinned {
    /// It stays: it allows the version as it is written.
    Stays,
    /// It is written so.
    Becomes(String),
    /// Nothing can be said: it does not allow the version, and there is more than one way to
    /// write it such that it does.
    Unclear,
}

/// The requirement that takes the place of `written` when its crate moves to `new`. It pins as
/// `written` does, by the same operator, with as many numbers, and the same white space.
///
/// What allows `new` stays: who wrote `1.2` means all that is compatible with it, and only the
/// lockfile moves.
pub fn next_requirement(written: &str, new: &Version) -> Repinned {
    let Ok(parsed) = written.parse::<VersionReq>() else {
        return Repinned::Unclear;
    };
    if parsed.matches(new) {
        return Repinned::Stays;
    }
    let [comparator] = parsed.comparators.as_slice() else {
        return Repinned::Unclear;
    };
    if !matches!(comparator.op, Op::Exact | Op::Caret | Op::Tilde) {
        return Repinned::Unclear;
    }
    let numbers = written.trim_start_matches(|c: char| !c.is_ascii_digit());
    let before = &written[..written.len() - numbers.len()];
    let after = &numbers[numbers.trim_end().len()..];
    let full = Version {
        build: semver::BuildMetadata::EMPTY,
        ..new.clone()
    };
    // Only a requirement with all three numbers can allow a pre-release (the cargo book).
    let numbers = match (comparator.minor, comparator.patch) {
        _ if !new.pre.is_empty() => full.to_string(),
        (None, _) => new.major.to_string(),
        (Some(_), None) => format!("{}.{}", new.major, new.minor),
        (Some(_), Some(_)) => full.to_string(),
    };
    Repinned::Becomes(format!("{before}{numbers}{after}"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::manifest::DependencyKind;

    fn parse(text: &str) -> Manifest {
        Manifest::parse("Cargo.toml".into(), text).unwrap()
    }

    /// The text with each requirement on `retry` moved to `=2.0.0`.
    fn repinned(text: &str) -> String {
        let written = written_requirements(&parse(text));
        let of_retry = written.iter().filter(|(at, _)| match at {
            RequirementAt::Package(at) => at.key == "retry",
            RequirementAt::Workspace(key) => key == "retry",
        });
        of_retry.fold(text.to_owned(), |text, (at, _)| {
            repin(&parse(&text), at, "=2.0.0").unwrap()
        })
    }

    #[test]
    fn every_notation_keeps_its_form() {
        let cases = [
            "[dependencies]\nretry = \"OLD\" # why\n",
            "[dependencies]\nretry='OLD'\n",
            "[dependencies]\nretry = \"\"\"OLD\"\"\"\n",
            "[dev-dependencies]\nretry = { registry = \"internal\", version = \"OLD\" }\n",
            "[build_dependencies]\n\"retry\"  =  {version='OLD',package=\"acme-retry\"}\n",
            "[dependencies.retry]\r\nversion = \"OLD\"\r\nregistry = \"internal\"\r\n",
            "[dependencies]\nretry.registry = \"internal\"\nretry.version = \"OLD\"\n",
            "dependencies.retry.version = \"OLD\"\n",
            "[workspace]\ndependencies = { retry = \"OLD\" }\n",
            "[workspace.dependencies]\nretry = { version = \"OLD\", registry = \"internal\" }\n",
            "[target.'cfg(unix)'.dependencies]\nretry = \"OLD\"\n[dependencies]\nretry = \"OLD\"\n",
            "\u{feff}[dependencies]\nretry = \"OLD\"\n",
        ];
        for case in cases {
            let before = case.replace("OLD", "=1.2.3");
            assert_eq!(repinned(&before), case.replace("OLD", "=2.0.0"), "{before}");
        }
    }

    #[test]
    fn what_is_not_written_here_is_told() {
        let text = "[dependencies]\nretry.workspace = true\npath = { path = \"..\" }\n";
        assert_eq!(written_requirements(&parse(text)), []);
        let at = |key: &str| {
            RequirementAt::Package(DependencyKey {
                key: key.to_owned(),
                kind: DependencyKind::Normal,
                target: None,
            })
        };
        for key in ["retry", "path", "none"] {
            let error = repin(&parse(text), &at(key), "2").unwrap_err();
            let told = format!("`Cargo.toml` has no `dependencies.{key}.version`");
            assert_eq!(error.to_string(), told);
        }
    }

    #[test]
    fn requirements_keep_their_style() {
        let next = |written: &str, new: &str| match next_requirement(written, &new.parse().unwrap())
        {
            Repinned::Stays => "stays".to_owned(),
            Repinned::Becomes(text) => text,
            Repinned::Unclear => "unclear".to_owned(),
        };
        let cases = [
            ("=1.2.3", "2.0.0", "=2.0.0"),
            ("=1.2.3", "1.2.4", "=1.2.4"),
            ("=1.2.3", "1.2.3", "stays"),
            ("= 1.2.3", "2.0.0", "= 2.0.0"),
            ("=1.2", "1.3.1", "=1.3"),
            ("1", "2.3.4", "2"),
            ("1.2", "2.0.1", "2.0"),
            ("1.2.3", "2.0.1", "2.0.1"),
            ("1.2", "1.4.0", "stays"),
            ("1.4", "1.2.0", "1.2"),
            ("0.2", "0.3.1", "0.3"),
            ("0.2.1", "0.2.7", "stays"),
            ("^1.2", "2.0.1", "^2.0"),
            (" ^ 1.2 ", "2.0.1", " ^ 2.0 "),
            ("~1.2", "1.3.9", "~1.3"),
            ("~1.2.3", "1.3.9", "~1.3.9"),
            ("1.2", "2.0.0-rc.1", "2.0.0-rc.1"),
            ("=1.2.3-rc.1", "1.2.3", "=1.2.3"),
            ("=1.2.3+one", "2.0.0+two", "=2.0.0"),
            ("*", "2.0.0", "stays"),
            ("1.*", "1.9.0", "stays"),
            ("1.*", "2.0.0", "unclear"),
            (">=1, <3", "2.0.0", "stays"),
            (">=1, <2", "2.0.0", "unclear"),
            ("one", "2.0.0", "unclear"),
        ];
        for (written, new, expected) in cases {
            assert_eq!(next(written, new), expected, "{written} to {new}");
        }
    }

    proptest! {
        #[test]
        fn all_other_bytes_stay(
            mark in prop::sample::select(vec!["", "\u{feff}"]),
            newline in prop::sample::select(vec!["\n", "\r\n"]),
            quote in prop::sample::select(vec!["\"", "'"]),
            old in "[=^~]? ?[0-9]{1,2}(\\.[0-9]{1,2}){0,2}",
            new in "[=^~]? ?[0-9]{1,2}(\\.[0-9]{1,2}){0,2}",
            comment in "[ a-zé#=\"'\\[\\]]{0,12}",
            gap in "[ \t]{0,3}",
            form in 0_usize..5,
        ) {
            let text = |requirement: &str| {
                let string = format!("{quote}{requirement}{quote}");
                let entry = match form {
                    0 => format!("[dependencies]\nretry{gap}={gap}{string}"),
                    1 => format!("[dependencies]\nretry={{{gap}version={gap}{string}, features=[]}}"),
                    2 => format!("[dependencies.retry]\noptional=true\nversion{gap}={string}"),
                    3 => format!("[workspace.dependencies]\nretry{gap}.{gap}version={string}"),
                    _ => format!("[target.x.dev-dependencies]\nretry = {string}"),
                };
                let text = format!("# {comment}\n[package]\nname = \"é\"\n{entry}{gap}# {comment}\n[lints]\n");
                format!("{mark}{}", text.replace('\n', newline))
            };
            let before = parse(&text(&old));
            let written = written_requirements(&before);
            prop_assert_eq!(written.len(), 1);
            prop_assert_eq!(&written[0].1, &old);
            prop_assert_eq!(repin(&before, &written[0].0, &new).unwrap(), text(&new));
        }

        #[test]
        fn what_it_becomes_allows_the_version(
            written in "[=^~]? ?[0-9]{1,2}(\\.[0-9]{1,2}){0,2}",
            new in "[0-9]{1,2}\\.[0-9]{1,2}\\.[0-9]{1,2}(-rc\\.1)?",
        ) {
            // Numbers with leading zeros are no versions.
            prop_assume!(written.parse::<VersionReq>().is_ok() && new.parse::<Version>().is_ok());
            let new = new.parse::<Version>().unwrap();
            match next_requirement(&written, &new) {
                Repinned::Becomes(text) => {
                    prop_assert!(text.parse::<VersionReq>().unwrap().matches(&new));
                    prop_assert_eq!(next_requirement(&text, &new), Repinned::Stays);
                }
                Repinned::Stays => prop_assert!(written.parse::<VersionReq>().unwrap().matches(&new)),
                Repinned::Unclear => prop_assert!(false, "one comparator is never unclear"),
            }
        }
    }
}
