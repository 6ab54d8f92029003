//! The dependencies that a package declares, workspace inheritance resolved.

use camino::Utf8PathBuf;
use serde::{Deserialize, Serialize};
use toml_edit::{Item, TableLike};

use super::document::{key, quoted, quoted_list, strings};
use super::{Manifest, ManifestError};

/// What a dependency is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DependencyKind {
    /// `[dependencies]`.
    Normal,
    /// `[dev-dependencies]`: tests, examples, benches.
    Dev,
    /// `[build-dependencies]`: the build script.
    Build,
}

impl DependencyKind {
    /// All of them, in the order in which manifests have them.
    pub const ALL: [Self; 3] = [Self::Normal, Self::Dev, Self::Build];

    /// The name of its table.
    pub fn table(self) -> &'static str {
        match self {
            Self::Normal => "dependencies",
            Self::Dev => "dev-dependencies",
            Self::Build => "build-dependencies",
        }
    }

    /// The name that cargo took before it settled on dashes; read only.
    fn old_table(self) -> Option<&'static str> {
        match self {
            Self::Normal => None,
            Self::Dev => Some("dev_dependencies"),
            Self::Build => Some("build_dependencies"),
        }
    }
}

/// Where a dependency comes from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DependencySource {
    /// crates.io.
    CratesIo,
    /// A registry by its name in cargo's configuration.
    Registry(String),
    /// A registry by the URL of its index.
    RegistryIndex(String),
    /// A folder, joined to that of the manifest which names it.
    Path(Utf8PathBuf),
    /// A git repository.
    Git(String),
}

/// One entry of a dependency table.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Dependency {
    /// Its key in the table: the name that code and features use.
    pub key: String,
    /// The package's own name; another than `key` if it is renamed.
    pub package: String,
    /// What it is for.
    pub kind: DependencyKind,
    /// The `cfg(…)` or target triple that it is for; none for all.
    pub target: Option<String>,
    /// The version requirement as written.
    pub requirement: Option<String>,
    /// The features asked for, as written; those of the workspace first.
    pub features: Vec<String>,
    /// Are the default features on?
    pub default_features: bool,
    /// Does a feature switch it on?
    pub optional: bool,
    /// Where it comes from.
    pub source: DependencySource,
    /// Does the entry say `workspace = true`?
    pub inherited: bool,
}

impl Dependency {
    /// A plain dependency of `package` by `requirement`, from crates.io.
    pub fn new(package: impl Into<String>, requirement: impl Into<String>) -> Self {
        let package = package.into();
        Self {
            key: package.clone(),
            package,
            kind: DependencyKind::Normal,
            target: None,
            requirement: Some(requirement.into()),
            features: Vec::new(),
            default_features: true,
            optional: false,
            source: DependencySource::CratesIo,
            inherited: false,
        }
    }

    /// The key as Rust code writes it: `-` becomes `_`.
    pub fn identifier(&self) -> String {
        self.key.replace('-', "_")
    }

    /// Its line in a dependency table, without the line's end.
    pub(super) fn line(&self) -> String {
        let mut fields = Vec::new();
        let mut field = |name: &str, value: String| fields.push(format!("{name} = {value}"));
        if self.inherited {
            field("workspace", "true".to_owned());
        } else {
            if let Some(requirement) = &self.requirement {
                field("version", quoted(requirement));
            }
            match &self.source {
                DependencySource::CratesIo => {}
                DependencySource::Registry(name) => field("registry", quoted(name)),
                DependencySource::RegistryIndex(url) => field("registry-index", quoted(url)),
                DependencySource::Path(path) => field("path", quoted(path.as_str())),
                DependencySource::Git(url) => field("git", quoted(url)),
            }
            if self.package != self.key {
                field("package", quoted(&self.package));
            }
            if !self.default_features {
                field("default-features", "false".to_owned());
            }
        }
        if !self.features.is_empty() {
            let features = self.features.iter().map(String::as_str);
            field("features", quoted_list(features));
        }
        if self.optional {
            field("optional", "true".to_owned());
        }
        let name = key(&self.key);
        match (fields.as_slice(), &self.requirement) {
            ([_], _) if self.inherited => format!("{name}.workspace = true"),
            ([_], Some(requirement)) => format!("{name} = {}", quoted(requirement)),
            _ => format!("{name} = {{ {} }}", fields.join(", ")),
        }
    }
}

/// The dependencies of a package, in the order of kind, target and manifest. `workspace` is the
/// root manifest, where `workspace = true` is looked up; none if the package is its own root.
pub fn list_dependencies(
    package: &Manifest,
    workspace: Option<&Manifest>,
) -> Result<Vec<Dependency>, ManifestError> {
    let workspace = workspace.unwrap_or(package);
    let mut found = Vec::new();
    for (kind, target, table) in tables(package) {
        for (name, item) in table.iter() {
            let context = Context {
                package,
                workspace,
                kind,
                target: target.clone(),
            };
            found.push(context.read(name, item)?);
        }
    }
    Ok(found)
}

/// All dependency tables of a manifest, by kind and target.
pub(super) fn tables(manifest: &Manifest) -> Vec<(DependencyKind, Option<String>, &dyn TableLike)> {
    let in_table = |parent: &[&str], kind: DependencyKind| {
        let names = [Some(kind.table()), kind.old_table()];
        names
            .into_iter()
            .flatten()
            .find_map(|name| manifest.table(&[parent, &[name]].concat()))
    };
    let mut tables = Vec::new();
    for kind in DependencyKind::ALL {
        tables.extend(in_table(&[], kind).map(|table| (kind, None, table)));
    }
    let targets = manifest.table(&["target"]);
    for (target, _) in targets.into_iter().flat_map(TableLike::iter) {
        for kind in DependencyKind::ALL {
            let table = in_table(&["target", target], kind);
            tables.extend(table.map(|table| (kind, Some(target.to_owned()), table)));
        }
    }
    tables
}

/// What the reading of one entry needs to know.
struct Context<'a> {
    package: &'a Manifest,
    workspace: &'a Manifest,
    kind: DependencyKind,
    target: Option<String>,
}

impl Context<'_> {
    fn read(&self, name: &str, item: &Item) -> Result<Dependency, ManifestError> {
        let member = self.entry(self.package, name, item)?;
        if !member.inherited {
            return Ok(member);
        }
        let missing = || ManifestError::NotInWorkspace {
            path: self.package.path().to_owned(),
            key: format!("workspace.dependencies.{name}"),
        };
        let item = self
            .workspace
            .get(&["workspace", "dependencies", name])
            .ok_or_else(missing)?;
        let base = self.entry(self.workspace, name, item)?;
        // The cargo book, "Inheriting a dependency from a workspace": features add up, a member
        // can be optional, and can switch the defaults on, but not off.
        let mut features = base.features;
        for feature in member.features {
            if !features.contains(&feature) {
                features.push(feature);
            }
        }
        let defaults = item
            .as_table_like()
            .and_then(|table| flag(table, "default-features"));
        let asked = self.defaults_of_member(name);
        Ok(Dependency {
            features,
            default_features: defaults != Some(false) || asked == Some(true),
            optional: member.optional,
            inherited: true,
            ..base
        })
    }

    /// What the member's own entry says of the default features, if anything.
    fn defaults_of_member(&self, name: &str) -> Option<bool> {
        let (_, _, table) = tables(self.package)
            .into_iter()
            .find(|(kind, target, _)| *kind == self.kind && *target == self.target)?;
        flag(table.get(name)?.as_table_like()?, "default-features")
    }

    fn entry(
        &self,
        manifest: &Manifest,
        name: &str,
        item: &Item,
    ) -> Result<Dependency, ManifestError> {
        let mut dependency = Dependency {
            kind: self.kind,
            target: self.target.clone(),
            requirement: None,
            ..Dependency::new(name, "")
        };
        if let Some(requirement) = item.as_str() {
            dependency.requirement = Some(requirement.to_owned());
            return Ok(dependency);
        }
        let table = item
            .as_table_like()
            .ok_or_else(|| manifest.shape(format!("dependencies.{name}"), "a dependency"))?;
        let text = |field: &str| table.get(field)?.as_str().map(str::to_owned);
        dependency.requirement = text("version");
        dependency.features = table.get("features").map(strings).unwrap_or_default();
        dependency.default_features = flag(table, "default-features").unwrap_or(true);
        dependency.optional = flag(table, "optional").unwrap_or(false);
        dependency.inherited = flag(table, "workspace").unwrap_or(false);
        if let Some(package) = text("package") {
            dependency.package = package;
        }
        dependency.source = if let Some(path) = text("path") {
            DependencySource::Path(manifest.folder().join(path))
        } else if let Some(url) = text("git") {
            DependencySource::Git(url)
        } else if let Some(name) = text("registry") {
            DependencySource::Registry(name)
        } else if let Some(url) = text("registry-index") {
            DependencySource::RegistryIndex(url)
        } else {
            DependencySource::CratesIo
        };
        Ok(dependency)
    }
}

/// A truth value, under its name with dashes or, as older manifests have it, underscores.
fn flag(table: &dyn TableLike, name: &str) -> Option<bool> {
    let item = table
        .get(name)
        .or_else(|| table.get(&name.replace('-', "_")))?;
    item.as_bool()
}

/// The keys of all entries and whether they are optional, with nothing looked up in a workspace.
pub(super) fn declared_keys(package: &Manifest) -> Vec<(super::DependencyKey, bool)> {
    let mut keys = Vec::new();
    for (kind, target, table) in tables(package) {
        for (name, item) in table.iter() {
            let optional = item.as_table_like().and_then(|t| flag(t, "optional"));
            let key = super::DependencyKey {
                key: name.to_owned(),
                kind,
                target: target.clone(),
            };
            keys.push((key, optional.unwrap_or(false)));
        }
    }
    keys
}
