//! A published package's manifest, for a build of its library and nothing else.

use toml_edit::{DocumentMut, Item, Table};

use super::{Manifest, ManifestError};

/// Targets besides the library, and what only they need.
const OTHERS: [&str; 5] = [
    "dev-dependencies",
    "dev_dependencies",
    "test",
    "bench",
    "example",
];

/// The manifest of a package whose library is to be built where it lies, whatever lies around it:
/// without development dependencies, tests, benches and examples, and the root of a workspace.
pub fn library_alone(manifest: &Manifest) -> Result<String, ManifestError> {
    let syntax = |source: toml_edit::TomlError| ManifestError::Syntax {
        path: manifest.path().to_owned(),
        source: Box::new(source),
    };
    let mut document: DocumentMut = manifest.text().parse().map_err(syntax)?;
    for name in OTHERS {
        document.remove(name);
    }
    let targets = document.get_mut("target").and_then(Item::as_table_like_mut);
    for (_, target) in targets.into_iter().flat_map(|targets| targets.iter_mut()) {
        if let Some(target) = target.as_table_like_mut() {
            target.remove("dev-dependencies");
            target.remove("dev_dependencies");
        }
    }
    if let Some(package) = document
        .get_mut("package")
        .and_then(Item::as_table_like_mut)
    {
        for kind in ["autotests", "autobenches", "autoexamples"] {
            package.insert(kind, toml_edit::value(false));
        }
    }
    if !document.contains_key("workspace") {
        document.insert("workspace", Item::Table(Table::new()));
    }
    Ok(document.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_library_needs_is_left() {
        let text = "[package]\nname = \"a\"\nversion = \"1.0.0\"\n\n[lib]\npath = \"src/lib.rs\"\n\n\
            [[bench]]\nname = \"b\"\n\n[dependencies.serde]\nversion = \"1\"\n\n\
            [dev-dependencies.old]\nversion = \"1\"\n\n[target.\"cfg(unix)\".dev-dependencies.libc]\n\
            version = \"0.2\"\n\n[target.\"cfg(unix)\".dependencies.nix]\nversion = \"1\"\n";
        let manifest = Manifest::parse("Cargo.toml".into(), text).unwrap();
        let alone = library_alone(&manifest).unwrap();
        let alone = Manifest::parse("Cargo.toml".into(), alone).unwrap();
        let dependencies = super::super::list_dependencies(&alone, None).unwrap();
        let names: Vec<&str> = dependencies.iter().map(|it| it.key.as_str()).collect();
        assert_eq!(names, ["serde", "nix"]);
        assert!(alone.has_workspace());
        assert!(alone.get(&["bench"]).is_none() && alone.get(&["lib"]).is_some());
    }
}
