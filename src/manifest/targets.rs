//! The targets whose root files a manifest names.

use camino::Utf8PathBuf;
use toml_edit::TableLike;

use super::Manifest;

/// A library or program with the path that the manifest gives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenTarget {
    /// Is it the library? Else it is a program.
    pub is_library: bool,
    /// Its name, if it is written.
    pub name: Option<String>,
    /// Its root file, relative to the folder of the manifest.
    pub path: Utf8PathBuf,
}

/// The library and the programs whose `path` is written.
pub fn written_targets(manifest: &Manifest) -> Vec<WrittenTarget> {
    let target = |table: &dyn TableLike, is_library| {
        let text = |key| Some(table.get(key)?.as_str()?.to_owned());
        Some(WrittenTarget {
            is_library,
            name: text("name"),
            path: text("path")?.into(),
        })
    };
    let library = manifest
        .table(&["lib"])
        .and_then(|table| target(table, true));
    let programs = manifest
        .get(&["bin"])
        .and_then(|item| item.as_array_of_tables());
    let programs = programs.into_iter().flat_map(|tables| tables.iter());
    let programs = programs.filter_map(|table| target(table, false));
    library.into_iter().chain(programs).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_written_paths_are_given() {
        let text = "[package]\nname = \"a\"\n[lib]\npath = \"src/a/lib.rs\"\n\
                    [[bin]]\nname = \"x\"\npath = \"x.rs\"\n[[bin]]\nname = \"y\"\n";
        let manifest = Manifest::parse("Cargo.toml".into(), text).unwrap();
        let target = |is_library, name: Option<&str>, path: &str| WrittenTarget {
            is_library,
            name: name.map(str::to_owned),
            path: path.into(),
        };
        assert_eq!(
            written_targets(&manifest),
            [
                target(true, None, "src/a/lib.rs"),
                target(false, Some("x"), "x.rs")
            ]
        );
    }
}
