//! The manifest of a library that leaves a package.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use camino::Utf8PathBuf;
use semver::Version;
use serde::{Deserialize, Serialize};

use crate::model::{CrateName, RegistryName};

use super::document::{key, quoted, quoted_list, strings};
use super::features::{Carried, declared_features, split_features};
use super::inherit::{is_inherited, lints, one_value, package_field};
use super::{
    Dependency, DependencyKind, DependencySource, FeatureSplit, Manifest, ManifestError,
    list_dependencies,
};

/// What a `.crate` file leaves out: it is for the repository, not for users of the library.
pub(super) const EXCLUDE: &[&str] = &[
    ".cargo/",
    ".github/",
    ".quarry/",
    "clippy.toml",
    "deny.toml",
    "release.toml",
    "rustfmt.toml",
];

/// What the manifest of a library is made from.
#[derive(Debug, Clone, Copy)]
pub struct LibraryInput<'a> {
    /// The manifest of the package that the code leaves.
    pub package: &'a Manifest,
    /// The root manifest of its workspace; none if the package is its own root.
    pub workspace: Option<&'a Manifest>,
    /// The library's name.
    pub name: &'a CrateName,
    /// Its first version.
    pub version: &'a Version,
    /// One line on what it is; without it, where it came from is said.
    pub description: Option<&'a str>,
    /// Where its repository will be, if that is known.
    pub repository: Option<&'a str>,
    /// The registry that it is published to; without it, it can't be published.
    pub registry: Option<&'a RegistryName>,
    /// The dependencies that the code needs.
    pub dependencies: &'a [Pick],
    /// The features that the code asks for by `cfg(feature = "…")`.
    pub features: &'a BTreeSet<String>,
    /// What stands for packages of the same workspace, by package name.
    pub siblings: &'a BTreeMap<String, Sibling>,
}

/// A dependency that the library needs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Pick {
    /// Its key in the package's dependency tables.
    pub key: String,
    /// What the library needs it for.
    pub kind: DependencyKind,
    /// Does the code use it whatever the features are? Then it is not optional in the library,
    /// even if a feature that the code asks for switches it on in the package.
    pub required: bool,
}

/// A package of the same workspace that the library depends on: its version, which the library
/// asks for (or a compatible later one), and where it will be.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Sibling {
    /// Its version.
    pub version: Version,
    /// A registry, or the folder that it is in.
    pub source: DependencySource,
}

/// The manifest of a new library and what goes with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Library {
    /// The text of its `Cargo.toml`.
    pub manifest: String,
    /// Its dependencies.
    pub dependencies: Vec<Dependency>,
    /// Its features, and those that the package must forward.
    pub features: FeatureSplit,
    /// The package's licence file and the name it has in the library.
    pub license_file: Option<(Utf8PathBuf, Utf8PathBuf)>,
    /// What could not be carried over.
    pub problems: Vec<Problem>,
}

/// Something that the library's manifest can't say as the package's does.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "problem")]
pub enum Problem {
    /// A dependency that the package does not declare.
    Missing {
        /// Its key.
        key: String,
    },
    /// A dependency from git: a registry takes none.
    Git {
        /// Its key.
        key: String,
        /// The repository.
        url: String,
        /// The requirement that stands in for it, if the package gives one.
        requirement: Option<String>,
    },
    /// A dependency by path on something that is no package of the workspace.
    Path {
        /// Its key.
        key: String,
        /// The folder.
        path: Utf8PathBuf,
    },
    /// A dependency that the workspace patches: users of the library don't get the patch.
    Patched {
        /// The package.
        package: String,
    },
    /// No licence is stated.
    License,
}

impl Problem {
    /// Does it keep the library from being published?
    pub fn blocks(&self) -> bool {
        match self {
            Self::Missing { .. } | Self::Path { .. } => true,
            Self::Git { requirement, .. } => requirement.is_none(),
            Self::Patched { .. } | Self::License => false,
        }
    }

    /// What to do about it.
    pub fn help(&self) -> String {
        match self {
            Self::Missing { key } => format!("add `{key}` to the package's dependencies first"),
            Self::Git { key, .. } => {
                format!("depend on a published version of `{key}`, or publish the fork")
            }
            Self::Path { key, .. } => {
                format!("publish `{key}`, or give its entry a `version` that is published")
            }
            Self::Patched { package } => {
                format!("publish the patched `{package}` if the library needs the patch")
            }
            Self::License => "set `license` in the package's manifest".to_owned(),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { key } => {
                write!(f, "the package does not declare the dependency `{key}`")
            }
            Self::Git { key, url, .. } => {
                write!(f, "the dependency `{key}` comes from git ({url})")
            }
            Self::Path { key, path } => write!(
                f,
                "the dependency `{key}` is the folder `{path}`, which is no package of the workspace"
            ),
            Self::Patched { package } => write!(
                f,
                "the workspace patches `{package}`; users of the library get it without the patch"
            ),
            Self::License => f.write_str("the package states no licence"),
        }
    }
}

/// Derives the manifest of a library from that of the package which its code leaves.
pub fn derive_library(input: &LibraryInput<'_>) -> Result<Library, ManifestError> {
    if input.package.package_name().is_none() {
        return Err(ManifestError::NoPackage {
            path: input.package.path().to_owned(),
        });
    }
    let mut problems = Vec::new();
    let mut dependencies = picked(input, &mut problems)?;
    let features = split_features(
        &declared_features(input.package),
        input.features,
        &carried(input.dependencies, &dependencies),
    );
    for dependency in &mut dependencies {
        dependency.optional &= features.optional.contains(&dependency.key);
    }
    problems.extend(patched(input, &dependencies));
    let (mut lines, license_file) = package_table(input, &mut problems)?;
    lines.extend(library_table(input.package));
    lines.extend(features_table(&features));
    lines.extend(dependency_tables(&dependencies));
    lines.extend(lints(
        input.package,
        input.workspace.unwrap_or(input.package),
    )?);
    let manifest = lines.join("\n") + "\n";
    problems.sort();
    Ok(Library {
        manifest,
        dependencies,
        features,
        license_file,
        problems,
    })
}

/// The declarations that the picks choose, as the library has them; all that are optional in the
/// package still are.
fn picked(
    input: &LibraryInput<'_>,
    problems: &mut Vec<Problem>,
) -> Result<Vec<Dependency>, ManifestError> {
    let declared = list_dependencies(input.package, input.workspace)?;
    let root = input.workspace.unwrap_or(input.package);
    let folders =
        patches(root).filter_map(|(name, patch)| patch.contains_key("path").then_some(name));
    let folders: BTreeSet<&str> = folders.collect();
    let mut chosen = BTreeSet::new();
    for pick in input.dependencies {
        let of_kind = |kind| {
            let is = move |d: &&Dependency| d.key == pick.key && d.kind == kind;
            declared.iter().filter(is).collect::<Vec<_>>()
        };
        let mut found = of_kind(pick.kind);
        if found.is_empty() {
            // What the package depends on for all its code, the library may need for its tests
            // only; and the other way round where a module of tests becomes a library.
            found = of_kind(match pick.kind {
                DependencyKind::Dev => DependencyKind::Normal,
                DependencyKind::Normal | DependencyKind::Build => DependencyKind::Dev,
            });
        }
        if found.is_empty() {
            problems.push(Problem::Missing {
                key: pick.key.clone(),
            });
        }
        for dependency in found {
            let optional = dependency.optional && pick.kind != DependencyKind::Dev;
            let dependency = Dependency {
                kind: pick.kind,
                optional,
                inherited: false,
                ..dependency.clone()
            };
            let dependency = by_its_folder(dependency, &folders);
            chosen.extend(published(input.siblings, dependency, problems));
        }
    }
    let also_normal = |d: &Dependency| Dependency {
        kind: DependencyKind::Normal,
        ..d.clone()
    };
    let all: Vec<Dependency> = chosen
        .iter()
        .filter(|d| d.kind != DependencyKind::Dev || !chosen.contains(&also_normal(d)))
        .cloned()
        .collect();
    Ok(all)
}

/// What the workspace patches with a folder is that folder's package, whatever its version in the
/// registry has.
fn by_its_folder(dependency: Dependency, patched: &BTreeSet<&str>) -> Dependency {
    let is_patched = dependency.source == DependencySource::CratesIo
        && patched.contains(dependency.package.as_str());
    if !is_patched {
        return dependency;
    }
    let source = DependencySource::Path(Utf8PathBuf::from(&dependency.package));
    Dependency {
        source,
        ..dependency
    }
}

/// The patches of a workspace: each package's name, and what stands for it.
fn patches(root: &Manifest) -> impl Iterator<Item = (&str, &dyn toml_edit::TableLike)> {
    let registries = root.table(&["patch"]).into_iter();
    let entries = registries
        .flat_map(toml_edit::TableLike::iter)
        .filter_map(|(_, item)| item.as_table_like())
        .flat_map(toml_edit::TableLike::iter);
    entries.filter_map(|(name, item)| {
        let patch = item.as_table_like()?;
        let renamed = patch.get("package").and_then(|item| item.as_str());
        Some((renamed.unwrap_or(name), patch))
    })
}

/// The dependency as users of a published library can resolve it.
pub(super) fn published(
    siblings: &BTreeMap<String, Sibling>,
    mut dependency: Dependency,
    problems: &mut Vec<Problem>,
) -> Option<Dependency> {
    match &dependency.source {
        DependencySource::CratesIo
        | DependencySource::Registry(_)
        | DependencySource::RegistryIndex(_) => {}
        DependencySource::Path(path) => {
            if let Some(sibling) = siblings.get(&dependency.package) {
                dependency.requirement = Some(without_build(&sibling.version));
                dependency.source = sibling.source.clone();
            } else if dependency.requirement.is_some() {
                dependency.source = DependencySource::CratesIo;
            } else {
                problems.push(Problem::Path {
                    key: dependency.key,
                    path: path.clone(),
                });
                return None;
            }
        }
        DependencySource::Git(url) => {
            problems.push(Problem::Git {
                key: dependency.key.clone(),
                url: url.clone(),
                requirement: dependency.requirement.clone(),
            });
            dependency.requirement.as_ref()?;
            dependency.source = DependencySource::CratesIo;
        }
    }
    if dependency.requirement.is_none() {
        dependency.requirement = Some("*".to_owned());
    }
    Some(dependency)
}

fn without_build(version: &Version) -> String {
    Version {
        build: semver::BuildMetadata::EMPTY,
        ..version.clone()
    }
    .to_string()
}

fn carried(picks: &[Pick], dependencies: &[Dependency]) -> BTreeMap<String, Carried> {
    let mut carried = BTreeMap::new();
    for dependency in dependencies {
        let key = &dependency.key;
        let same = dependencies.iter().filter(|d| d.key == *key);
        let optional = same.clone().any(|d| d.optional);
        let required = picks.iter().any(|pick| pick.key == *key && pick.required);
        carried.insert(key.clone(), Carried { optional, required });
    }
    carried
}

fn patched(input: &LibraryInput<'_>, dependencies: &[Dependency]) -> Vec<Problem> {
    let root = input.workspace.unwrap_or(input.package);
    let names: BTreeSet<&str> = patches(root).map(|(name, _)| name).collect();
    // What the workspace patches with a package of its own is a sibling, and published as one.
    let carried = dependencies.iter().map(|d| d.package.as_str());
    let carried: BTreeSet<&str> = carried
        .filter(|package| !input.siblings.contains_key(*package))
        .collect();
    let both = carried.intersection(&names);
    both.map(|&package| Problem::Patched {
        package: package.to_owned(),
    })
    .collect()
}

type LicenseFile = Option<(Utf8PathBuf, Utf8PathBuf)>;

fn package_table(
    input: &LibraryInput<'_>,
    problems: &mut Vec<Problem>,
) -> Result<(Vec<String>, LicenseFile), ManifestError> {
    let workspace = input.workspace.unwrap_or(input.package);
    let field = |name| package_field(input.package, workspace, name);
    let text = |name| Ok::<_, ManifestError>(field(name)?.and_then(|i| i.as_str()));
    let origin = input.package.package_name().unwrap_or_default();

    let mut lines = vec!["[package]".to_owned()];
    let mut line = |name: &str, value: String| lines.push(format!("{name} = {value}"));
    line("name", quoted(input.name.as_str()));
    line("version", quoted(&input.version.to_string()));
    // Cargo's default for a package that states none.
    let edition = text("edition")?.unwrap_or("2015");
    line("edition", quoted(edition));
    if let Some(item) = field("rust-version")? {
        line("rust-version", one_value(item));
    }
    if let Some(resolver) = stated_resolver(input.package, workspace, edition) {
        line("resolver", quoted(resolver));
    }
    if let Some(authors) = field("authors")?.map(strings).filter(|a| !a.is_empty()) {
        line("authors", quoted_list(authors.iter().map(String::as_str)));
    }
    let described = format!("{}, taken out of {origin}", input.name);
    line(
        "description",
        quoted(input.description.unwrap_or(&described)),
    );
    let license_file = match (text("license")?, license_file(input, workspace)?) {
        (Some(license), _) => {
            line("license", quoted(license));
            None
        }
        (None, Some((from, to))) => {
            line("license-file", quoted(to.as_str()));
            Some((from, to))
        }
        (None, None) => {
            problems.push(Problem::License);
            None
        }
    };
    if let Some(repository) = input.repository {
        line("repository", quoted(repository));
    }
    line("readme", quoted("README.md"));
    match input.registry {
        Some(registry) => line("publish", quoted_list([registry.as_str()])),
        None => line("publish", "false".to_owned()),
    }
    line("exclude", quoted_list(EXCLUDE.iter().copied()));
    Ok((lines, license_file))
}

/// The licence file that the package names, and its name in the library.
fn license_file(
    input: &LibraryInput<'_>,
    workspace: &Manifest,
) -> Result<LicenseFile, ManifestError> {
    let item = package_field(input.package, workspace, "license-file")?;
    let Some(file) = item.and_then(toml_edit::Item::as_str) else {
        return Ok(None);
    };
    let stands_in = if is_inherited(input.package, "license-file") {
        workspace
    } else {
        input.package
    };
    let from = stands_in.folder().join(file);
    let to = Utf8PathBuf::from(from.file_name().unwrap_or("LICENSE"));
    Ok(Some((from, to)))
}

/// The resolver, if it is stated and another than the edition implies (the cargo book, "Resolver
/// versions"): the library is built by itself, with no workspace to state it.
pub(super) fn stated_resolver<'a>(
    package: &'a Manifest,
    workspace: &'a Manifest,
    edition: &str,
) -> Option<&'a str> {
    let stated = workspace
        .get(&["workspace", "resolver"])
        .or_else(|| package.get(&["package", "resolver"]))?;
    let implied = match edition {
        "2015" | "2018" => "1",
        "2021" => "2",
        _ => "3",
    };
    stated.as_str().filter(|resolver| *resolver != implied)
}

/// What the package's `[lib]` says of its tests: they move with the code.
fn library_table(package: &Manifest) -> Vec<String> {
    let is_off = |name: &&str| {
        let item = package.get(&["lib", name]);
        item.and_then(toml_edit::Item::as_bool) == Some(false)
    };
    let off = ["test", "doctest"].into_iter().filter(is_off);
    table("lib", off.map(|name| format!("{name} = false")).collect())
}

fn features_table(features: &FeatureSplit) -> Vec<String> {
    let is_default = |entry: &(&String, _)| entry.0 == "default";
    let (defaults, others): (Vec<_>, Vec<_>) = features.table.iter().partition(is_default);
    let line = |(name, entries): (&String, &Vec<String>)| {
        let entries = quoted_list(entries.iter().map(String::as_str));
        format!("{} = {entries}", key(name))
    };
    let lines = defaults.into_iter().chain(others).map(line);
    table("features", lines.collect())
}

fn dependency_tables(dependencies: &[Dependency]) -> Vec<String> {
    let mut tables: BTreeMap<(Option<&str>, DependencyKind), BTreeSet<String>> = BTreeMap::new();
    for dependency in dependencies {
        let table = (dependency.target.as_deref(), dependency.kind);
        tables.entry(table).or_default().insert(dependency.line());
    }
    let all = tables.into_iter().flat_map(|((target, kind), lines)| {
        let target = target.map(|t| format!("target.{}.", target_key(t)));
        let header = target.unwrap_or_default() + kind.table();
        table(&header, lines.into_iter().collect())
    });
    all.collect()
}

/// A table below what is there; nothing if it is empty.
fn table(header: &str, lines: Vec<String>) -> Vec<String> {
    if lines.is_empty() {
        return lines;
    }
    let header = [String::new(), format!("[{header}]")];
    header.into_iter().chain(lines).collect()
}

/// A target as a key: in single quotes, as `cfg(feature = "…")` is usually written.
fn target_key(target: &str) -> String {
    if target.contains('\'') {
        key(target)
    } else if target.contains(['(', '"']) {
        format!("'{target}'")
    } else {
        key(target)
    }
}

#[cfg(test)]
mod tests;
