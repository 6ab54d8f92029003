//! Workspace inheritance of what is not a dependency: fields of `[package]`, and lints.

use toml_edit::{Item, Value};

use super::document::key;
use super::{Manifest, ManifestError};

/// A field of `[package]`, taken from `[workspace.package]` where it says so.
pub(super) fn package_field<'a>(
    package: &'a Manifest,
    workspace: &'a Manifest,
    field: &str,
) -> Result<Option<&'a Item>, ManifestError> {
    let Some(item) = package.get(&["package", field]) else {
        return Ok(None);
    };
    if !inherits(item) {
        return Ok(Some(item));
    }
    let inherited = workspace.get(&["workspace", "package", field]);
    inherited
        .map(Some)
        .ok_or_else(|| ManifestError::NotInWorkspace {
            path: package.path().to_owned(),
            key: format!("workspace.package.{field}"),
        })
}

/// Does `field` come from the workspace?
pub(super) fn is_inherited(package: &Manifest, field: &str) -> bool {
    package.get(&["package", field]).is_some_and(inherits)
}

/// The `[lints]` tables as lines of a manifest.
pub(super) fn lints(
    package: &Manifest,
    workspace: &Manifest,
) -> Result<Vec<String>, ManifestError> {
    let own = package.get(&["lints"]);
    let item = if own.is_some_and(inherits) {
        let inherited = workspace.get(&["workspace", "lints"]);
        Some(inherited.ok_or_else(|| ManifestError::NotInWorkspace {
            path: package.path().to_owned(),
            key: "workspace.lints".to_owned(),
        })?)
    } else {
        own
    };
    let mut lines = Vec::new();
    let tools = item.and_then(Item::as_table_like);
    for (tool, levels) in tools.into_iter().flat_map(toml_edit::TableLike::iter) {
        let levels = levels
            .as_table_like()
            .ok_or_else(|| package.shape(format!("lints.{tool}"), "a table"))?;
        lines.push(String::new());
        lines.push(format!("[lints.{}]", key(tool)));
        for (lint, level) in levels.iter() {
            lines.push(format!("{} = {}", key(lint), one_value(level)));
        }
    }
    Ok(lines)
}

pub(super) fn inherits(item: &Item) -> bool {
    let table = item.as_table_like();
    table
        .and_then(|table| table.get("workspace")?.as_bool())
        .unwrap_or(false)
}

/// An item as the right-hand side of one line, whatever its notation was.
pub(super) fn one_value(item: &Item) -> String {
    let value = match item {
        Item::Value(value) => value.clone(),
        Item::Table(table) => {
            let mut table = table.clone().into_inline_table();
            table.fmt();
            Value::InlineTable(table)
        }
        Item::None | Item::ArrayOfTables(_) => return "{}".to_owned(),
    };
    value.decorated("", "").to_string()
}
