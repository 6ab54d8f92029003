//! A manifest: its text, and what the text says.

use camino::{Utf8Path, Utf8PathBuf};
use toml_edit::{Array, Document, Item, Table, TableLike};

use super::ManifestError;
use crate::model::Place;

/// A `Cargo.toml` (or another of cargo's TOML files) with the places of its parts.
#[derive(Debug, Clone)]
pub struct Manifest {
    path: Utf8PathBuf,
    document: Document<String>,
}

impl Manifest {
    /// Parses `text`; `path` is where it stands, for errors and for the paths in it.
    pub fn parse(path: &Utf8Path, text: impl Into<String>) -> Result<Self, ManifestError> {
        let document = Document::parse(text.into()).map_err(|source| ManifestError::Syntax {
            path: path.to_owned(),
            source: Box::new(source),
        })?;
        Ok(Self {
            path: path.to_owned(),
            document,
        })
    }

    /// Reads and parses the file at `path`.
    pub fn load(path: &Utf8Path) -> Result<Self, ManifestError> {
        Self::parse(path, crate::sys::fs::read_text(path)?)
    }

    /// Where it stands.
    pub fn path(&self) -> &Utf8Path {
        &self.path
    }

    /// The folder that paths in it are relative to.
    pub fn folder(&self) -> &Utf8Path {
        self.path.parent().unwrap_or(Utf8Path::new(""))
    }

    /// Its text, byte for byte.
    pub fn text(&self) -> &str {
        self.document.raw()
    }

    /// The name in `[package]`; none in a virtual manifest.
    pub fn package_name(&self) -> Option<&str> {
        self.get(&["package", "name"])?.as_str()
    }

    /// Is it the root of a workspace?
    pub fn has_workspace(&self) -> bool {
        self.get(&["workspace"]).is_some()
    }

    pub(super) fn root(&self) -> &Table {
        self.document.as_table()
    }

    /// The item at a path of keys.
    pub(super) fn get(&self, keys: &[&str]) -> Option<&Item> {
        let (first, rest) = keys.split_first()?;
        rest.iter().try_fold(self.root().get(first)?, |item, key| {
            item.as_table_like()?.get(key)
        })
    }

    /// The table at a path of keys, whatever its notation.
    pub(super) fn table(&self, keys: &[&str]) -> Option<&dyn TableLike> {
        self.get(keys)?.as_table_like()
    }

    /// The place of a byte of its text.
    pub(super) fn place(&self, at: usize) -> Place {
        let before = &self.text()[..at];
        let line = before.matches('\n').count() + 1;
        let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
        Place {
            file: self.path.clone(),
            line: u32::try_from(line).unwrap_or(u32::MAX),
            column: u32::try_from(column).unwrap_or(u32::MAX),
        }
    }

    pub(super) fn shape(&self, key: impl Into<String>, expected: &'static str) -> ManifestError {
        ManifestError::Shape {
            path: self.path.clone(),
            key: key.into(),
            expected,
        }
    }
}

/// The strings of an array; what is not a string is left out.
pub(super) fn strings(item: &Item) -> Vec<String> {
    item.as_array().map(array_strings).unwrap_or_default()
}

/// The same of an array.
pub(super) fn array_strings(array: &Array) -> Vec<String> {
    let values = array.iter();
    values
        .filter_map(|value| value.as_str().map(str::to_owned))
        .collect()
}

/// `text` as a TOML string, in quotes.
pub(super) fn quoted(text: &str) -> String {
    toml_edit::Value::from(text).to_string()
}

/// `texts` as a TOML array on one line.
pub(super) fn quoted_list<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    let list: Vec<String> = texts.into_iter().map(quoted).collect();
    format!("[{}]", list.join(", "))
}

/// `text` as a TOML key, in quotes only where it needs them.
pub(super) fn key(text: &str) -> String {
    toml_edit::Key::new(text).display_repr().into_owned()
}
