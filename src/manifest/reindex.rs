//! A registry has moved: its old URL in cargo's files gives way to the new one.

use std::collections::BTreeSet;

use toml_edit::{Item, TableLike, Value};

use super::Manifest;
use super::document::quoted;
use super::edit::Edits;

/// The manifest with its dependencies taken from the index at `to` that were from `from`
/// (`registry-index`, as packages have it).
pub fn replace_registry_index(manifest: &Manifest, from: &str, to: &str) -> String {
    let mut edits = Edits::default();
    visit(manifest.root(), &mut |key, value| {
        if key == "registry-index" && value.as_str() == Some(from) {
            edits.replace(value.span().unwrap_or_default(), quoted(to));
        }
    });
    edits.apply(manifest.text())
}

/// The configuration with the registries at `to` that were at `from`, whatever their names.
pub fn replace_config_index(config: &Manifest, from: &str, to: &str) -> String {
    let mut edits = Edits::default();
    let registries = config.table(&["registries"]).into_iter();
    for (_, registry) in registries.flat_map(TableLike::iter) {
        let index = registry
            .as_table_like()
            .and_then(|table| table.get("index"));
        if let Some(index) = index.filter(|index| index.as_str() == Some(from)) {
            edits.replace(index.span().unwrap_or_default(), quoted(to));
        }
    }
    edits.apply(config.text())
}

/// A lockfile for packages that have moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relocked {
    /// The text.
    pub text: String,
    /// The packages that were locked to the old place: name and version.
    pub moved: BTreeSet<(String, String)>,
    /// Those of them that the new one does not have.
    pub missing: BTreeSet<(String, String)>,
}

/// The lockfile with the packages locked to `to` that were locked to `from`, and with the
/// checksums that `checksum` knows for name and version.
pub fn relock(
    lockfile: &Manifest,
    from: &str,
    to: &str,
    checksum: &mut dyn FnMut(&str, &str) -> Option<String>,
) -> Relocked {
    let mut edits = Edits::default();
    let (mut moved, mut missing) = (BTreeSet::new(), BTreeSet::new());
    let (old, new) = (source(from), source(to));
    let packages = lockfile
        .get(&["package"])
        .and_then(Item::as_array_of_tables);
    for package in packages.into_iter().flatten() {
        let text = |key: &str| package.get(key).and_then(Item::as_str);
        for dependency in package
            .get("dependencies")
            .and_then(Item::as_array)
            .into_iter()
            .flatten()
        {
            // Where two of one name are locked: `NAME VERSION (SOURCE)`.
            let (Some(name), Some(span)) = (dependency.as_str(), dependency.span()) else {
                continue;
            };
            if let Some(name) = name.strip_suffix(&format!("({old})")) {
                edits.replace(span, quoted(&format!("{name}({new})")));
            }
        }
        let Some(place) = package
            .get("source")
            .filter(|item| item.as_str() == Some(&old))
        else {
            continue;
        };
        let key = (
            text("name").unwrap_or_default().to_owned(),
            text("version").unwrap_or_default().to_owned(),
        );
        edits.replace(place.span().unwrap_or_default(), quoted(&new));
        match (checksum(&key.0, &key.1), package.get("checksum")) {
            (Some(sum), Some(item)) => {
                edits.replace(item.span().unwrap_or_default(), quoted(&sum));
            }
            (Some(_), None) => {}
            (None, _) => {
                missing.insert(key.clone());
            }
        }
        moved.insert(key);
    }
    Relocked {
        text: edits.apply(lockfile.text()),
        moved,
        missing,
    }
}

/// How a lockfile writes the URL of an index.
fn source(index_url: &str) -> String {
    if index_url.starts_with("sparse+") {
        index_url.to_owned()
    } else {
        format!("registry+{index_url}")
    }
}

/// All values below a table, with their keys.
fn visit(table: &dyn TableLike, see: &mut dyn FnMut(&str, &Value)) {
    for (key, item) in table.iter() {
        match item {
            Item::Value(Value::InlineTable(inline)) => visit(inline, see),
            Item::Value(value) => see(key, value),
            Item::Table(table) => visit(table, see),
            Item::ArrayOfTables(tables) => tables.iter().for_each(|table| visit(table, see)),
            Item::None => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "sparse+http://a/index/";
    const B: &str = "sparse+http://b/index/";

    fn parse(text: &str) -> Manifest {
        Manifest::parse("x.toml".into(), text).unwrap()
    }

    #[test]
    fn only_what_came_from_there_moves() {
        let text = format!(
            "[dependencies.one]\nversion = \"1\"\nregistry-index = \"{A}\" # why\n\
             [target.'cfg(unix)'.dependencies]\ntwo = {{ version = \"1\", registry-index = \"{A}\" }}\n\
             three = {{ version = \"1\", registry-index = \"sparse+http://c/\" }}\n"
        );
        assert_eq!(
            replace_registry_index(&parse(&text), A, B),
            text.replace(A, B)
        );
        let text =
            format!("[registries]\nx = {{ index = \"{A}\" }} # c\n[registries.y]\nindex = \"z\"\n");
        assert_eq!(
            replace_config_index(&parse(&text), A, B),
            text.replace(A, B)
        );
    }

    #[test]
    fn a_lockfile_keeps_its_form() {
        let text = format!(
            "# generated\nversion = 4\n\n[[package]]\nname = \"app\"\nversion = \"0.1.0\"\ndependencies = [\n \
             \"one 1.0.0 ({A})\",\n \"serde\",\n]\n\n[[package]]\nname = \"one\"\nversion = \"1.0.0\"\nsource = \"{A}\"\n\
             checksum = \"old\"\n\n[[package]]\nname = \"gone\"\nversion = \"2.0.0\"\nsource = \"{A}\"\nchecksum = \"left\"\n"
        );
        let mut know = |name: &str, _: &str| (name == "one").then(|| "new".to_owned());
        let relocked = relock(&parse(&text), A, B, &mut know);
        assert_eq!(
            relocked.text,
            text.replace(A, B).replace("\"old\"", "\"new\"")
        );
        assert_eq!(relocked.moved.len(), 2);
        let gone = ("gone".to_owned(), "2.0.0".to_owned());
        assert_eq!(relocked.missing, BTreeSet::from([gone]));
    }
}
