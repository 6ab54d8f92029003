//! The index entry of a package that was never published, derived from its own manifest.
//!
//! The manifest in a package is the one that cargo normalised: workspace inheritance is
//! resolved, paths are gone, and a registry stands as `registry-index = "URL"`. Packages from
//! before edition 2024 may write some keys with `_`.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::entry::Features;
use super::{
    CRATES_IO_INDEX, CrateArchive, DependencyKind, IndexDependency, IndexEntry, PackageName,
    RegistryError, read_crate,
};
use crate::model::Digest;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Manifest {
    package: Package,
    #[serde(default)]
    features: Features,
    #[serde(default)]
    dependencies: Dependencies,
    #[serde(default, alias = "dev_dependencies")]
    dev_dependencies: Dependencies,
    #[serde(default, alias = "build_dependencies")]
    build_dependencies: Dependencies,
    #[serde(default)]
    target: BTreeMap<String, TargetTables>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Package {
    name: PackageName,
    version: semver::Version,
    links: Option<String>,
    rust_version: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct TargetTables {
    #[serde(default)]
    dependencies: Dependencies,
    #[serde(default, alias = "dev_dependencies")]
    dev_dependencies: Dependencies,
    #[serde(default, alias = "build_dependencies")]
    build_dependencies: Dependencies,
}

type Dependencies = BTreeMap<String, Dependency>;

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Dependency {
    Short(String),
    Long(Detail),
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
struct Detail {
    version: Option<String>,
    registry_index: Option<String>,
    package: Option<String>,
    features: Vec<String>,
    optional: bool,
    #[serde(alias = "default_features")]
    default_features: Option<bool>,
}

impl CrateArchive {
    fn parse(&self) -> Result<Manifest, RegistryError> {
        let manifest: Manifest = toml_edit::de::from_str(&self.manifest)
            .map_err(|source| RegistryError::Manifest { source })?;
        let expected = format!("{}-{}", manifest.package.name, manifest.package.version);
        if self.folder != expected {
            return Err(RegistryError::Folder {
                folder: self.folder.clone(),
                expected,
            });
        }
        Ok(manifest)
    }
}

impl IndexEntry {
    /// The entry that the package `bytes` would have in the registry whose index is at
    /// `index_url`: the one that cargo and the registry make together when it is published.
    pub fn from_crate(bytes: &[u8], index_url: &str) -> Result<Self, RegistryError> {
        let manifest = read_crate(bytes)?.parse()?;
        let mut deps = Vec::new();
        let mut add = |tables: [(DependencyKind, Dependencies); 3], target: Option<&str>| {
            for (kind, table) in tables {
                for (name, dependency) in table {
                    deps.push(index_dependency(name, dependency, kind, target, index_url)?);
                }
            }
            Ok::<(), RegistryError>(())
        };
        let tables = [
            (DependencyKind::Normal, manifest.dependencies),
            (DependencyKind::Dev, manifest.dev_dependencies),
            (DependencyKind::Build, manifest.build_dependencies),
        ];
        add(tables, None)?;
        for (target, tables) in manifest.target {
            let tables = [
                (DependencyKind::Normal, tables.dependencies),
                (DependencyKind::Dev, tables.dev_dependencies),
                (DependencyKind::Build, tables.build_dependencies),
            ];
            add(tables, Some(&target))?;
        }
        let Package {
            name,
            version,
            links,
            rust_version,
        } = manifest.package;
        Ok(Self {
            deps,
            links,
            rust_version,
            ..Self::bare(name, version, Digest::of(bytes), manifest.features)
        })
    }
}

/// Cargo takes the URL of an index with and without a slash at its end.
fn is_other(registry: &str, index_url: &str) -> bool {
    registry.trim_end_matches('/') != index_url.trim_end_matches('/')
}

fn index_dependency(
    name: String,
    dependency: Dependency,
    kind: DependencyKind,
    target: Option<&str>,
    index_url: &str,
) -> Result<IndexDependency, RegistryError> {
    let detail = match dependency {
        Dependency::Short(version) => Detail {
            version: Some(version),
            ..Detail::default()
        },
        Dependency::Long(detail) => detail,
    };
    let req = detail.version.unwrap_or_else(|| "*".to_owned());
    let parsed = semver::VersionReq::parse(&req).map_err(|source| RegistryError::Requirement {
        name: name.clone(),
        req: req.clone(),
        source,
    })?;
    let registry = detail.registry_index.as_deref().unwrap_or(CRATES_IO_INDEX);
    Ok(IndexDependency {
        name,
        req: parsed.to_string(),
        features: detail.features,
        optional: detail.optional,
        default_features: detail.default_features.unwrap_or(true),
        target: target.map(str::to_owned),
        kind,
        registry: is_other(registry, index_url).then(|| registry.to_owned()),
        package: detail.package,
    })
}

#[cfg(test)]
mod tests {
    use super::super::archive::tests::pack;
    use super::*;

    const INDEX: &str = "sparse+http://127.0.0.1:35467/index/";

    fn derive(manifest: &str) -> Result<IndexEntry, RegistryError> {
        IndexEntry::from_crate(&pack(&[("a-1.0.0/Cargo.toml", manifest)]), INDEX)
    }

    #[test]
    fn dependencies_know_their_registry() {
        let entry = derive(
            r#"
            [package]
            name = "a"
            version = "1.0.0"
            rust-version = "1.80"
            [features]
            json = ["dep:serde"]
            [dependencies.ours]
            version = "0.2"
            registry-index = "sparse+http://127.0.0.1:35467/index/"
            [dependencies.theirs]
            version = "=1.2.3"
            registry-index = "sparse+https://example.com/index/"
            package = "their-crate"
            [dependencies.serde]
            version = "1"
            optional = true
            default-features = false
            features = ["derive"]
            [target.'cfg(unix)'.dev-dependencies]
            libc = "0.2"
            "#,
        )
        .unwrap();
        let rows: Vec<_> = entry
            .deps
            .iter()
            .map(|d| (d.name.as_str(), d.req.as_str(), d.registry.as_deref()))
            .collect();
        assert_eq!(
            rows,
            [
                ("ours", "^0.2", None),
                ("serde", "^1", Some(CRATES_IO_INDEX)),
                (
                    "theirs",
                    "=1.2.3",
                    Some("sparse+https://example.com/index/")
                ),
                ("libc", "^0.2", Some(CRATES_IO_INDEX)),
            ]
        );
        assert_eq!(entry.deps[2].package.as_deref(), Some("their-crate"));
        assert!(entry.deps[1].optional && !entry.deps[1].default_features);
        assert_eq!(entry.deps[3].kind, DependencyKind::Dev);
        assert_eq!(entry.deps[3].target.as_deref(), Some("cfg(unix)"));
        assert_eq!(entry.rust_version.as_deref(), Some("1.80"));
        assert_eq!((entry.features2.len(), entry.v), (1, Some(2)));
    }

    #[test]
    fn the_folder_must_say_what_the_manifest_says() {
        let error = derive("[package]\nname = \"b\"\nversion = \"1.0.0\"").unwrap_err();
        assert_eq!(
            error.to_string(),
            "the package's folder is `a-1.0.0`, but its `Cargo.toml` says `b-1.0.0`"
        );
    }
}
