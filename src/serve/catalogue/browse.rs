//! What a person or a bot wants to know of crates: found by a search, or one with all that
//! belongs to it.

use semver::Version;
use serde::{Deserialize, Serialize};

use super::known::{Known, latest};
use super::{Catalogue, crate_key, metadata_key, read};
use crate::manifest::{Deprecation, Manifest, deprecations};
use crate::registry::{
    DependencyKind, IndexEntry, Metadata, PackageName, RegistryError, read_crate_file,
};
use crate::serve::refusal::Refusal;

/// A changelog longer than this is not shown, in bytes.
const CHANGELOG_LIMIT: u64 = 4 << 20;

/// What cargo says of where a package was made is not longer than this, in bytes.
const ORIGIN_LIMIT: u64 = 64 << 10;

/// A manifest longer than this is not looked into, in bytes.
const MANIFEST_LIMIT: u64 = 1 << 20;

/// A crate that a search found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(in crate::serve) struct Found {
    pub(in crate::serve) name: PackageName,
    pub(in crate::serve) max_version: Version,
    pub(in crate::serve) description: Option<String>,
    /// When that version was published, `YYYY-MM-DD`.
    pub(in crate::serve) updated: Option<String>,
}

/// A crate with one version of it chosen.
#[derive(Debug, Clone)]
pub(in crate::serve) struct CrateView {
    pub(in crate::serve) name: PackageName,
    /// All versions, the highest first.
    pub(in crate::serve) versions: Vec<IndexEntry>,
    /// The version that a newcomer would be shown.
    pub(in crate::serve) latest: IndexEntry,
    /// The version asked for, else the latest.
    pub(in crate::serve) chosen: IndexEntry,
    /// What its publisher said of the chosen version.
    pub(in crate::serve) metadata: Option<Metadata>,
    pub(in crate::serve) owners: Vec<String>,
}

/// A crate that depends on another, by its latest version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(in crate::serve) struct Dependent {
    pub(in crate::serve) name: PackageName,
    pub(in crate::serve) version: Version,
    pub(in crate::serve) req: String,
    pub(in crate::serve) kind: DependencyKind,
}

impl Catalogue {
    /// Crates whose name or description has `query` in it, `limit` of them after the first
    /// `skip`; and how many there are.
    pub(in crate::serve) fn search(
        &self,
        query: &str,
        skip: usize,
        limit: usize,
    ) -> (Vec<Found>, usize) {
        let query = query.to_lowercase();
        let named = |krate: &Known| krate.name.as_str().to_lowercase().contains(&query);
        let spoken_of = |krate: &Known| {
            let description = krate.description.as_deref();
            description.is_some_and(|text| text.to_lowercase().contains(&query))
        };
        let known = read(&self.known);
        // What is called so comes before what only speaks of it.
        let by_name = known.values().filter(|krate| named(krate));
        let by_text = known
            .values()
            .filter(|krate| !named(krate) && spoken_of(krate));
        let found: Vec<&Known> = by_name.chain(by_text).collect();
        let shown = found.iter().skip(skip).take(limit).map(|krate| Found {
            name: krate.name.clone(),
            max_version: krate.latest.vers.clone(),
            description: krate.description.clone(),
            updated: day(&krate.latest),
        });
        (shown.collect(), found.len())
    }

    /// A crate, with the version chosen that `version` names.
    pub(in crate::serve) fn view(
        &self,
        name: &str,
        version: Option<&str>,
    ) -> Result<CrateView, Refusal> {
        let name = self.find_crate(name)?;
        let mut versions = self.entries(&name)?;
        let missing = || Refusal::Missing(format!("no crate is called `{name}`"));
        let latest = latest(&versions).cloned().ok_or_else(missing)?;
        let chosen = match version {
            Some(version) => self.find_version(name.as_str(), version)?.1,
            None => latest.clone(),
        };
        versions.sort_by(|a, b| b.vers.cmp(&a.vers));
        Ok(CrateView {
            metadata: self.metadata(&name, &chosen.vers)?,
            owners: self.load_owners(&name)?,
            versions,
            latest,
            chosen,
            name,
        })
    }

    /// The crates of this registry whose latest version depends on `name`, by their names.
    pub(in crate::serve) fn dependents(&self, name: &PackageName) -> Vec<Dependent> {
        let mut dependents = Vec::new();
        for Known { latest, .. } in read(&self.known).values() {
            let on_it = latest.deps.iter().filter(|dependency| {
                let real = dependency.package.as_ref().unwrap_or(&dependency.name);
                dependency.registry.is_none() && real == name.as_str()
            });
            dependents.extend(on_it.map(|dependency| Dependent {
                name: latest.name.clone(),
                version: latest.vers.clone(),
                req: dependency.req.clone(),
                kind: dependency.kind,
            }));
        }
        // The same for several targets is one.
        dependents.dedup();
        dependents
    }

    /// The text of the `CHANGELOG.md` in a version's package.
    pub(in crate::serve) fn changelog(
        &self,
        name: &PackageName,
        version: &Version,
    ) -> Result<Option<String>, Refusal> {
        let Some(package) = self.storage.read(&crate_key(name, version))? else {
            return Ok(None);
        };
        Ok(read_crate_file(&package, "CHANGELOG.md", CHANGELOG_LIMIT)?)
    }

    /// What the publisher of a version says should be used no longer. A ledger that cannot be read
    /// is none: it is the publisher's.
    pub(in crate::serve) fn deprecations(
        &self,
        name: &PackageName,
        version: &Version,
    ) -> Result<Vec<Deprecation>, Refusal> {
        let Some(package) = self.storage.read(&crate_key(name, version))? else {
            return Ok(Vec::new());
        };
        let text = read_crate_file(&package, "Cargo.toml", MANIFEST_LIMIT)?;
        let manifest = text.and_then(|text| Manifest::parse("Cargo.toml".into(), text).ok());
        let ledger = manifest.and_then(|manifest| deprecations(&manifest).ok());
        Ok(ledger.unwrap_or_default())
    }

    /// The folder of its repository that a version was packaged from, as cargo wrote it into the
    /// package; empty for the top folder, or if that is not known.
    pub(in crate::serve) fn folder(
        &self,
        name: &PackageName,
        version: &Version,
    ) -> Result<String, Refusal> {
        #[derive(Default, Deserialize)]
        struct Origin {
            #[serde(default)]
            path_in_vcs: String,
        }
        let Some(package) = self.storage.read(&crate_key(name, version))? else {
            return Ok(String::new());
        };
        let text = read_crate_file(&package, ".cargo_vcs_info.json", ORIGIN_LIMIT)?;
        let origin = text.and_then(|text| serde_json::from_str::<Origin>(&text).ok());
        Ok(origin.unwrap_or_default().path_in_vcs)
    }

    /// What the publisher said of a version; none if that is lost (`verify` finds it).
    fn metadata(&self, name: &PackageName, version: &Version) -> Result<Option<Metadata>, Refusal> {
        let Some(bytes) = self.storage.read(&metadata_key(name, version))? else {
            return Ok(None);
        };
        let parsed = serde_json::from_slice(&bytes);
        Ok(Some(
            parsed.map_err(|source| RegistryError::Metadata { source })?,
        ))
    }
}

/// The day that a version was published, `YYYY-MM-DD`.
pub(in crate::serve) fn day(entry: &IndexEntry) -> Option<String> {
    let day = entry.pubtime.as_deref()?.get(..10)?;
    Some(day.to_owned())
}
