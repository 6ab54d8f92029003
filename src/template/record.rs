//! `.quarry/` in a repository: what it was made from, and what came of it then. The text of that
//! time is kept, not only where it came from: a folder has no history, a repository may be gone,
//! and another version of this program has another template.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};
use toml_edit::{Array, DocumentMut, Item, Value};

use super::render::Rendered;
use super::{Inputs, Source, Template, TemplateError};
use crate::model::{Digest, FileText};

/// Where the record is, from the repository's top.
pub const RECORD: &str = ".quarry/template.toml";
/// Where the text of that time is.
pub const BASE: &str = ".quarry/base.toml";

/// What a repository was made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Record {
    /// Files of the template that the repository does not want.
    #[serde(default)]
    pub without: BTreeSet<Utf8PathBuf>,
    /// The template.
    pub source: Source,
    /// Which one it was.
    pub revision: Revision,
    /// What was filled in.
    pub inputs: Inputs,
}

/// Which state of a template it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revision {
    /// The version of this program, or the commit; a folder has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The digest of all its files.
    pub digest: Digest,
}

impl Record {
    /// What is written down of a repository made from `template`.
    pub fn new(template: &Template, inputs: Inputs) -> Self {
        Self {
            without: BTreeSet::new(),
            source: template.source.clone(),
            revision: Revision {
                name: template.revision.clone(),
                digest: template.digest.clone(),
            },
            inputs,
        }
    }

    /// Reads the text of [`RECORD`].
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        toml_edit::de::from_str(text).map_err(|error| unreadable(RECORD, error))
    }

    /// The text of [`RECORD`].
    pub fn render(&self) -> String {
        let body = toml_edit::ser::to_string_pretty(self).expect("all of it can be written");
        format!(
            "# What this repository was made from; `cargo quarry sync` brings it up to date.\n\
             # Files of the template that it does without stand in `without`.\n{body}"
        )
    }
}

impl Record {
    /// The text of [`RECORD`] again, with another source and revision, and with other paths for
    /// files that the template has moved; its comments stay.
    pub fn render_over(
        &self,
        text: &str,
        moved: &BTreeMap<Utf8PathBuf, Utf8PathBuf>,
    ) -> Result<String, TemplateError> {
        let mut document: DocumentMut = text.parse().map_err(|error| unreadable(RECORD, error))?;
        let new: DocumentMut = self.render().parse().expect("we wrote it");
        for key in ["source", "revision"] {
            document[key] = new[key].clone();
        }
        let without = document.get_mut("without").and_then(Item::as_array_mut);
        for value in without.into_iter().flat_map(Array::iter_mut) {
            let to = value
                .as_str()
                .and_then(|path| moved.get(Utf8Path::new(path)));
            if let Some(to) = to {
                let mut new = Value::from(to.as_str());
                *new.decor_mut() = value.decor().clone();
                *value = new;
            }
        }
        Ok(document.to_string())
    }
}

/// The files as they were rendered, but for those that are their author's from then on.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(from = "BaseText", into = "BaseText")]
pub struct Base {
    /// They, by their paths.
    pub files: Rendered,
}

/// What stands in [`BASE`].
#[derive(Serialize, Deserialize)]
struct BaseText {
    /// Those that may be run; older records have none.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    executable: BTreeSet<Utf8PathBuf>,
    /// Their texts, by their paths.
    files: BTreeMap<Utf8PathBuf, String>,
}

impl From<BaseText> for Base {
    fn from(BaseText { executable, files }: BaseText) -> Self {
        let file = |(path, text)| {
            let executable = executable.contains(&path);
            (path, FileText { text, executable })
        };
        Self {
            files: files.into_iter().map(file).collect(),
        }
    }
}

impl From<Base> for BaseText {
    fn from(base: Base) -> Self {
        let executable = base.files.iter().filter(|(_, file)| file.executable);
        Self {
            executable: executable.map(|(path, _)| path.clone()).collect(),
            files: base
                .files
                .into_iter()
                .map(|(path, file)| (path, file.text))
                .collect(),
        }
    }
}

impl Base {
    /// What is kept of rendered files.
    pub fn new(rendered: &Rendered, inputs: &Inputs) -> Self {
        let kept = rendered
            .iter()
            .filter(|(path, _)| !is_authors(path, inputs));
        Self {
            files: kept
                .map(|(path, file)| (path.clone(), file.clone()))
                .collect(),
        }
    }

    /// Reads the text of [`BASE`].
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        toml_edit::de::from_str(text).map_err(|error| unreadable(BASE, error))
    }

    /// The text of [`BASE`].
    pub fn render(&self) -> String {
        let body = toml_edit::ser::to_string_pretty(self).expect("all of it can be written");
        format!(
            "# The template's files as they were; written by `cargo quarry`, do not edit.\n{body}"
        )
    }
}

/// Is a file only begun by the template, and its author's from then on? Code, and the changelog.
pub fn is_authors(path: &Utf8Path, inputs: &Inputs) -> bool {
    let mut folders = inputs.crates.iter().map(|krate| inputs.folder(&krate.name));
    folders.any(|folder| {
        let Ok(path) = path.strip_prefix(&folder) else {
            return false;
        };
        let first = path.components().next().map(|first| first.as_str());
        path == "CHANGELOG.md" || matches!(first, Some("src" | "tests" | "examples" | "benches"))
    })
}

fn unreadable(
    path: &'static str,
    source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> TemplateError {
    TemplateError::Record {
        path,
        source: source.into(),
    }
}
