//! What cargo would say of a package when it publishes it, derived from the package itself.

use serde::Deserialize;

use super::{
    IndexDependency, IndexEntry, Metadata, PublishDependency, RegistryError, unpack_crate,
};

#[derive(Debug, Deserialize)]
struct Manifest {
    package: Package,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Package {
    #[serde(default)]
    authors: Vec<String>,
    description: Option<String>,
    documentation: Option<String>,
    homepage: Option<String>,
    readme: Option<Readme>,
    #[serde(default)]
    keywords: Vec<String>,
    #[serde(default)]
    categories: Vec<String>,
    license: Option<String>,
    license_file: Option<String>,
    repository: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Readme {
    Path(String),
    #[expect(dead_code, reason = "cargo writes `false` where there is none")]
    Is(bool),
}

impl Metadata {
    /// The metadata to publish the package `bytes` with, to the registry whose index is at
    /// `index_url`.
    pub fn from_crate(bytes: &[u8], index_url: &str) -> Result<Self, RegistryError> {
        let entry = IndexEntry::from_crate(bytes, index_url)?;
        let files = unpack_crate(bytes)?;
        let text = |name: &str| {
            let file = files.iter().find(|file| file.name() == name)?;
            file.text().map(str::to_owned)
        };
        let manifest: Manifest =
            toml_edit::de::from_str(&text("Cargo.toml").ok_or(RegistryError::NoManifest)?)
                .map_err(|source| RegistryError::Manifest { source })?;
        let package = manifest.package;
        let readme_file = match package.readme {
            Some(Readme::Path(path)) => Some(path),
            Some(Readme::Is(_)) | None => None,
        };
        let mut features = entry.features;
        features.extend(entry.features2);
        Ok(Self {
            name: entry.name,
            vers: entry.vers,
            deps: entry.deps.into_iter().map(to_publish).collect(),
            features,
            authors: package.authors,
            description: package.description,
            documentation: package.documentation,
            homepage: package.homepage,
            readme: readme_file.as_deref().and_then(text),
            readme_file,
            keywords: package.keywords,
            categories: package.categories,
            license: package.license,
            license_file: package.license_file,
            repository: package.repository,
            links: entry.links,
            rust_version: entry.rust_version,
        })
    }
}

/// The index names the alias and, beside it, the package; the publish request the reverse.
fn to_publish(dependency: IndexDependency) -> PublishDependency {
    let (name, alias) = match dependency.package {
        Some(package) => (package, Some(dependency.name)),
        None => (dependency.name, None),
    };
    PublishDependency {
        name,
        version_req: dependency.req,
        features: dependency.features,
        optional: dependency.optional,
        default_features: dependency.default_features,
        target: dependency.target,
        kind: dependency.kind,
        registry: dependency.registry,
        explicit_name_in_toml: alias,
    }
}
