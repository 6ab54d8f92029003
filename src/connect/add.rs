//! A registry goes into cargo's configuration: of a repository, or of the user.

use camino::{Utf8Path, Utf8PathBuf};

use super::{ConnectError, Kind};
use crate::cargo::{Invocation, registry_settings};
use crate::manifest::{RegistryConfig, configured_registry, set_registry_config};
use crate::model::RegistryName;
use crate::sys::{self, fs};

/// Whose configuration it goes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// That of the repository which this folder is in: all who build it share it.
    Repository(Utf8PathBuf),
    /// The user's own, in cargo's home.
    User,
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It was not there.
    Added,
    /// It was there in another form.
    Changed,
    /// It is as it was.
    Unchanged,
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Added {
    /// The file.
    pub path: Utf8PathBuf,
    /// The URL of the index, in it.
    pub index: String,
    /// The URL that it has replaced.
    pub replaced: Option<String>,
    /// What became of the file.
    pub outcome: Outcome,
    /// Another URL, which counts in place of the one in the file: another file or a variable
    /// wins.
    pub overruled_by: Option<String>,
}

/// Writes the registry `name` of a kind at `url` into cargo's configuration. Another URL that is
/// there under that name is replaced only by `force`.
pub fn add(
    name: &RegistryName,
    kind: Kind,
    url: &str,
    place: &Place,
    force: bool,
) -> Result<Added, ConnectError> {
    let index = kind.index_url(url)?;
    let path = config_file(place)?;
    let existing = fs::read_text_if_exists(&path)?;
    let found = configured_registry(&path, existing.as_deref().unwrap_or_default(), name)?;
    let replaced = found.index.filter(|old| *old != index);
    if let (Some(old), false) = (&replaced, force) {
        return Err(ConnectError::Other {
            name: name.clone(),
            path,
            index: old.clone(),
        });
    }
    let registry = RegistryConfig {
        name,
        index: &index,
        // One that was chosen, such as the system's keychain, stays.
        credential_provider: (!found.has_provider).then_some("cargo:token"),
    };
    let text = set_registry_config(&path, existing.as_deref(), registry)?;
    let outcome = match &existing {
        Some(old) if *old == text => Outcome::Unchanged,
        Some(_) if found.is_there => Outcome::Changed,
        Some(_) | None => Outcome::Added,
    };
    if outcome != Outcome::Unchanged {
        fs::write(&path, &text)?;
    }
    let dir = match place {
        Place::Repository(dir) => dir.clone(),
        Place::User => sys::env::current_dir()?,
    };
    let counts = registry_settings(&Invocation::new(dir), name)?.index;
    Ok(Added {
        path,
        overruled_by: counts.filter(|counts| *counts != index),
        index,
        replaced,
        outcome,
    })
}

/// The file to write: the one that is there, of the names that cargo takes.
fn config_file(place: &Place) -> Result<Utf8PathBuf, ConnectError> {
    let folder = match place {
        Place::User => sys::env::cargo_home().ok_or(ConnectError::NoHome)?,
        Place::Repository(dir) => repository_root(&fs::canonical(dir)?).join(".cargo"),
    };
    let old = folder.join("config");
    Ok(if old.is_file() {
        old
    } else {
        folder.join("config.toml")
    })
}

/// The nearest folder upward that has a configuration, within the repository; else its top
/// folder; else the folder itself. The user's own home is no repository's.
fn repository_root(dir: &Utf8Path) -> &Utf8Path {
    let top = dir.ancestors().find(|folder| folder.join(".git").exists());
    let Some(top) = top else { return dir };
    let has_config = |folder: &&Utf8Path| {
        let folder = folder.join(".cargo");
        folder.join("config.toml").is_file() || folder.join("config").is_file()
    };
    let inside = dir.ancestors().take_while(|folder| folder.starts_with(top));
    inside.into_iter().find(has_config).unwrap_or(top)
}
