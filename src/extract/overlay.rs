//! The registry as it will be: what is to be published, in an overlay of what there is.

use camino::Utf8PathBuf;

use super::ExtractError;
use super::request::Request;
use super::subject::Subject;
use crate::cargo::{Invocation, registry_settings};
use crate::model::{Digest, RegistryName};
use crate::registry::{
    OverlayCrate, load_from_cargo_cache, locked_crates, source_replacement, write_overlay,
};
use crate::sys;

/// A `.crate` file.
#[derive(Debug)]
pub struct PackageFile {
    /// Where it is.
    pub path: Utf8PathBuf,
    /// Its digest: the checksum that a registry will give.
    pub checksum: Digest,
}

/// The index of the registry, as cargo finds it from the user's repository.
pub(super) fn registry_index(
    subject: &Subject,
    request: &Request,
    registry: &RegistryName,
) -> Result<String, ExtractError> {
    let here = Invocation::new(&request.dir);
    let settings = registry_settings(&here, registry)?;
    settings.index.ok_or_else(|| ExtractError::NoRegistry {
        registry: registry.clone(),
        repository: subject.repository.root().to_owned(),
    })
}

/// An overlay of the registry with these packages and what the monolith has from there already.
/// Gives the configuration file that puts it in the registry's place.
pub(super) fn write_overlay_config(
    subject: &Subject,
    packages: &[&PackageFile],
    url: &str,
) -> Result<Utf8PathBuf, ExtractError> {
    let mut crates = Vec::new();
    for package in packages {
        let bytes = sys::fs::read(&package.path)?;
        crates.push(OverlayCrate { bytes });
    }
    if let Some(lock) = &subject.lockfile {
        let locked = locked_crates(lock, url)?;
        let home = sys::env::cargo_home().unwrap_or_else(|| ".cargo".into());
        let cached = load_from_cargo_cache(&home, &locked)?;
        crates.extend(cached.crates);
    }
    let overlay = write_overlay(&subject.scratch.path().join("overlay"), &crates, url)?;
    let config = subject.scratch.path().join("overlay.toml");
    sys::fs::write(&config, source_replacement(url, &overlay.path))?;
    Ok(config)
}
