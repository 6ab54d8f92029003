//! The manifest of a package that leaves its workspace whole: its own text, with what it inherits
//! or takes from the workspace's folders spelled out.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use semver::Version;
use toml_edit::{Array, DocumentMut, Item, TableLike, Value, value};

use super::document::{array_strings, quoted};
use super::inherit::{inherits, is_inherited, lints, package_field};
use super::library::{EXCLUDE, published, stated_resolver};
use super::redirect::plain;
use super::{
    Dependency, DependencyKind, DependencySource, Manifest, ManifestError, Problem, Sibling,
    list_dependencies,
};
use crate::model::{CrateName, RegistryName};

/// What the manifest is made from.
#[derive(Debug, Clone, Copy)]
pub struct PackageInput<'a> {
    /// The package's manifest.
    pub package: &'a Manifest,
    /// The root manifest of its workspace; none if the package is its own root.
    pub workspace: Option<&'a Manifest>,
    /// The name that it has from now on.
    pub name: &'a CrateName,
    /// The version that it has from now on.
    pub version: &'a Version,
    /// The library target's name, which is to stay whatever the package's is; none without one.
    pub library: Option<&'a str>,
    /// The registry that it is published to; without it, it can't be published.
    pub registry: Option<&'a RegistryName>,
    /// What stands for packages of the same workspace, by package name.
    pub siblings: &'a BTreeMap<String, Sibling>,
    /// Are its dependencies for tests left out where they are packages of the workspace? A
    /// published package needs none.
    pub without_test_siblings: bool,
}

/// The manifest and what goes with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    /// The text of its `Cargo.toml`.
    pub manifest: String,
    /// Its dependencies.
    pub dependencies: Vec<Dependency>,
    /// Files from outside the package's folder that it names, and where they go: the readme, the
    /// licence.
    pub files: Vec<(Utf8PathBuf, Utf8PathBuf)>,
    /// What could not be carried over.
    pub problems: Vec<Problem>,
}

/// Derives the manifest of a package for a repository of its own.
pub fn derive_package(input: &PackageInput<'_>) -> Result<Package, ManifestError> {
    let path = input.package.path();
    let syntax = |source| ManifestError::Syntax {
        path: path.to_owned(),
        source: Box::new(source),
    };
    let mut document: DocumentMut = input.package.text().parse().map_err(syntax)?;
    let files = edit_package(input, &mut document)?;
    let mut added = keep_library_name(input, &mut document);
    let workspace = input.workspace.unwrap_or(input.package);
    if input.package.get(&["lints"]).is_some_and(inherits) {
        document.remove("lints");
        added.extend(lints(input.package, workspace)?);
    }
    // Only a workspace's root can have them.
    for table in ["workspace", "patch", "replace", "profile"] {
        document.remove(table);
    }
    let mut problems = Vec::new();
    let dependencies = edit_dependencies(input, &mut document, &mut problems)?;
    let added = added.into_iter().map(|line| line + "\n");
    Ok(Package {
        manifest: added.fold(document.to_string(), |text, line| text + &line),
        dependencies,
        files,
        problems,
    })
}

/// Names, version, inherited fields; gives the files that come from outside.
fn edit_package(
    input: &PackageInput<'_>,
    document: &mut DocumentMut,
) -> Result<Vec<(Utf8PathBuf, Utf8PathBuf)>, ManifestError> {
    let workspace = input.workspace.unwrap_or(input.package);
    let package = document
        .get_mut("package")
        .and_then(Item::as_table_like_mut)
        .ok_or_else(|| ManifestError::NoPackage {
            path: input.package.path().to_owned(),
        })?;
    let fields: Vec<String> = package.iter().map(|(key, _)| key.to_owned()).collect();
    for field in &fields {
        if is_inherited(input.package, field)
            && let Some(item) = package_field(input.package, workspace, field)?
        {
            let inherited = item.clone().into_value().map(undecorated);
            package.insert(field, inherited.map_or(Item::None, Item::Value));
        }
    }
    package.remove("workspace");
    set(package, "name", input.name.as_str().into());
    set(package, "version", input.version.to_string().into());
    // The cargo book, "Resolver versions": the package is its own root now.
    let edition = package.get("edition").and_then(Item::as_str);
    let resolver = stated_resolver(input.package, workspace, edition.unwrap_or("2015"));
    if let Some(resolver) = resolver {
        set(package, "resolver", resolver.into());
    }
    let registries = match input.registry {
        Some(registry) => Value::Array(Array::from_iter([registry.as_str()])),
        None => false.into(),
    };
    set(package, "publish", registries);
    if package.get("include").is_none() {
        exclude(package);
    }
    let mut files = Vec::new();
    for (field, name) in [("readme", "README.md"), ("license-file", "LICENSE")] {
        let Some(file) = package.get(field).and_then(Item::as_str) else {
            continue;
        };
        let stands_in = if is_inherited(input.package, field) {
            workspace
        } else {
            input.package
        };
        let from = plain(&stands_in.folder().join(file));
        if !from.starts_with(plain(input.package.folder())) {
            let to = Utf8Path::new(from.file_name().unwrap_or(name)).to_owned();
            set(package, field, to.as_str().into());
            files.push((from, to));
        }
    }
    Ok(files)
}

fn exclude(package: &mut dyn TableLike) {
    if package.get("exclude").is_none() {
        set(package, "exclude", Value::Array(Array::new()));
    }
    let list = package.get_mut("exclude").and_then(Item::as_array_mut);
    if let Some(list) = list {
        let has: Vec<String> = array_strings(list);
        let missing = EXCLUDE
            .iter()
            .filter(|entry| !has.contains(&(**entry).to_owned()));
        list.extend(missing.copied());
    }
}

/// Sets a value, keeping the comment that stands behind the old one.
fn set(table: &mut dyn TableLike, key: &str, mut new: Value) {
    match table.get_mut(key) {
        Some(Item::Value(old)) => {
            *new.decor_mut() = old.decor().clone();
            *old = new;
        }
        Some(item) => *item = value(new),
        None => {
            table.insert(key, value(new));
        }
    }
}

/// Without the comments and spaces that are of another place.
fn undecorated(value: Value) -> Value {
    value.decorated(" ", "")
}

/// Code names the library by its target's name: that stays when the package gets another. Gives
/// what is to be added to the manifest, if it says nothing of its library yet.
fn keep_library_name(input: &PackageInput<'_>, document: &mut DocumentMut) -> Vec<String> {
    let stated = input.package.get(&["lib", "name"]).is_some();
    let own = input
        .library
        .filter(|name| input.name.identifier() != *name);
    let Some(name) = own.filter(|_| !stated) else {
        return Vec::new();
    };
    match document.get_mut("lib").and_then(Item::as_table_like_mut) {
        Some(library) => {
            library.insert("name", value(name));
            Vec::new()
        }
        None => vec![
            String::new(),
            "[lib]".to_owned(),
            format!("name = {}", quoted(name)),
        ],
    }
}

/// Spells out the dependencies that are inherited or are folders.
fn edit_dependencies(
    input: &PackageInput<'_>,
    document: &mut DocumentMut,
    problems: &mut Vec<Problem>,
) -> Result<Vec<Dependency>, ManifestError> {
    let own = plain(input.package.folder());
    let mut kept = Vec::new();
    for declared in list_dependencies(input.package, input.workspace)? {
        let folder = match &declared.source {
            DependencySource::Path(path) => Some(plain(path)),
            _ => None,
        };
        let (kind, target) = (declared.kind, declared.target.clone());
        let table = dependency_table(document, kind, target.as_deref());
        let Some(table) = table else { continue };
        if folder.as_ref() == Some(&own) {
            rename_itself(input, table, &declared);
            continue;
        }
        let for_tests = kind == DependencyKind::Dev && folder.is_some();
        if for_tests && input.without_test_siblings {
            table.remove(&declared.key);
            continue;
        }
        let foreign = folder.is_some() || matches!(declared.source, DependencySource::Git(_));
        if !declared.inherited && !foreign {
            kept.push(declared);
            continue;
        }
        let key = declared.key.clone();
        let plainly = Dependency {
            inherited: false,
            ..declared
        };
        match published(input.siblings, plainly, problems) {
            Some(dependency) => {
                if let (Some(item), Some(old)) = (entry(&dependency), table.get_mut(&key)) {
                    *old = item;
                }
                kept.push(dependency);
            }
            None => _ = table.remove(&key),
        }
    }
    Ok(kept)
}

/// A package may depend on itself for its tests.
fn rename_itself(input: &PackageInput<'_>, table: &mut dyn TableLike, declared: &Dependency) {
    let entry = table
        .get_mut(&declared.key)
        .and_then(Item::as_table_like_mut);
    if let Some(entry) = entry
        && declared.package != input.name.as_str()
    {
        set(entry, "package", input.name.as_str().into());
    }
}

fn dependency_table<'a>(
    document: &'a mut DocumentMut,
    kind: DependencyKind,
    target: Option<&str>,
) -> Option<&'a mut dyn TableLike> {
    let parent: &mut dyn TableLike = match target {
        None => document.as_table_mut(),
        Some(target) => document
            .get_mut("target")?
            .get_mut(target)?
            .as_table_like_mut()?,
    };
    let old = kind.table().replace('-', "_");
    let name = if parent.contains_key(kind.table()) {
        kind.table()
    } else {
        &old
    };
    parent.get_mut(name)?.as_table_like_mut()
}

/// The right-hand side of the entry.
fn entry(dependency: &Dependency) -> Option<Item> {
    let line: DocumentMut = dependency.line().parse().ok()?;
    let (_, item) = line.iter().next()?;
    let value = item.clone().into_value().ok()?;
    Some(Item::Value(undecorated(value)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn derived(package: &str, workspace: &str) -> Package {
        let package = Manifest::parse("/m/libs/retry/Cargo.toml".into(), package).unwrap();
        let workspace = Manifest::parse("/m/Cargo.toml".into(), workspace).unwrap();
        let registry = RegistryName::new("internal").unwrap();
        let core = Sibling {
            version: Version::new(0, 3, 0),
            source: DependencySource::Registry("internal".to_owned()),
        };
        derive_package(&PackageInput {
            package: &package,
            workspace: Some(&workspace),
            name: &CrateName::new("acme-retry").unwrap(),
            version: &Version::new(0, 1, 0),
            library: Some("retry"),
            registry: Some(&registry),
            siblings: &BTreeMap::from([("core".to_owned(), core)]),
            without_test_siblings: false,
        })
        .unwrap()
    }

    #[test]
    fn what_is_inherited_is_spelled_out_and_the_rest_stays() {
        let package = "\
# The package.
[package]
name = \"retry\" # short
version.workspace = true
edition = { workspace = true }
readme.workspace = true
workspace = \"../..\"

[features]
default = [\"core/std\"]

[dependencies]
# Shared.
core = { workspace = true, optional = true }
serde = { workspace = true, features = [\"derive\"] }
itoa = \"1\" # fast

[lints]
workspace = true
";
        let workspace = "\
[workspace.package]
version = \"1.2.0\" # all
edition = \"2021\"
readme = \"README.md\"
[workspace.dependencies]
core = { path = \"libs/core\" }
serde = { version = \"1\", default-features = false }
[workspace.lints.rust]
unsafe_code = \"forbid\"
";
        let expected = "\
# The package.
[package]
name = \"acme-retry\" # short
version = \"0.1.0\"
edition = \"2021\"
readme = \"README.md\"
publish = [\"internal\"]
exclude = [\".cargo/\", \".github/\", \".quarry/\", \"clippy.toml\", \"deny.toml\", \"release.toml\", \"rustfmt.toml\"]

[features]
default = [\"core/std\"]

[dependencies]
# Shared.
core = { version = \"0.3.0\", registry = \"internal\", optional = true }
serde = { version = \"1\", default-features = false, features = [\"derive\"] }
itoa = \"1\" # fast

[lib]
name = \"retry\"

[lints.rust]
unsafe_code = \"forbid\"
";
        let derived = derived(package, workspace);
        assert_eq!(derived.manifest, expected);
        assert_eq!(derived.problems, []);
        let files = [("/m/README.md".into(), "README.md".into())];
        assert_eq!(derived.files, files);
    }
}
