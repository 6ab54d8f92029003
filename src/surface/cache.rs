//! What was made of baselines, kept for the next time.
//!
//! An entry is a folder: rustdoc's JSON, and beside it a description, written last, with the
//! digest of that JSON and all that it was made of. What does not agree is made anew.

use camino::{Utf8Path, Utf8PathBuf};
use semver::Version;
use serde::{Deserialize, Serialize};

use super::{Features, Rustdoc, SurfaceError};
use crate::model::Digest;
use crate::sys::{self, fs};

/// The user's folder for it.
const VARIABLE: &str = "CARGO_QUARRY_CACHE";
/// Another form of entries has another number.
const FORMAT: u32 = 4;
/// How many entries of one crate are kept: those of the latest versions.
const KEPT: usize = 8;
const JSON: &str = "rustdoc.json";
const WHOLE: &str = "whole.json";
const ABOUT: &str = "about.json";

/// A folder in which entries are kept.
#[derive(Debug, Clone)]
pub struct Cache {
    root: Utf8PathBuf,
}

/// What an entry is made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Key {
    /// The package.
    pub(super) package: String,
    /// Its version.
    pub(super) version: Version,
    /// A checksum or a commit.
    pub(super) identity: String,
    /// Its features.
    pub(super) features: Features,
    /// What `rustc -vV` says, and flags that the environment gives it.
    pub(super) toolchain: String,
}

#[derive(Serialize, Deserialize)]
struct About {
    format: u32,
    key: Key,
    digest: Digest,
    whole: Option<Digest>,
    rustdoc: Rustdoc,
}

impl Cache {
    /// The cache in a folder of the caller's choice.
    pub fn at(root: impl Into<Utf8PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The user's: `CARGO_QUARRY_CACHE`, or `cargo-quarry` in `XDG_CACHE_HOME` or `~/.cache`.
    /// None where there is no home.
    pub fn of_user() -> Option<Self> {
        let path = |name| sys::env::var(name).map(Utf8PathBuf::from);
        let root = path(VARIABLE).or_else(|| {
            let caches = path("XDG_CACHE_HOME").or_else(|| Some(path("HOME")?.join(".cache")));
            Some(
                caches
                    .or_else(|| path("LOCALAPPDATA"))?
                    .join("cargo-quarry"),
            )
        })?;
        Some(Self::at(root))
    }

    fn folder_of(&self, package: &str) -> Utf8PathBuf {
        self.root.join("surface").join(package)
    }

    fn folder(&self, key: &Key) -> Utf8PathBuf {
        let text = serde_json::to_vec(key).expect("strings serialise");
        let digest = Digest::of(&text);
        let name = format!("{}-{}", key.version, &digest.as_str()[..16]);
        self.folder_of(&key.package).join(name)
    }

    /// What is kept for `key`; none if that is nothing, or damaged.
    pub(super) fn load(&self, key: &Key) -> Option<Rustdoc> {
        let folder = self.folder(key);
        let about = fs::read(&folder.join(ABOUT)).ok()?;
        let about: About = serde_json::from_slice(&about).ok()?;
        let json = folder.join(JSON);
        let same = about.format == FORMAT
            && about.key == *key
            && about.digest == Digest::of(&fs::read(&json).ok()?);
        let whole = match about.whole {
            Some(digest) => {
                let whole = folder.join(WHOLE);
                (digest == Digest::of(&fs::read(&whole).ok()?)).then_some(())?;
                Some(whole)
            }
            None => None,
        };
        same.then_some(Rustdoc {
            json,
            whole,
            ..about.rustdoc
        })
    }

    /// Keeps what rustdoc made for `key`, and gives it as it is kept.
    pub(super) fn store(&self, key: &Key, rustdoc: &Rustdoc) -> Result<Rustdoc, SurfaceError> {
        let folder = self.folder(key);
        let bytes = fs::read(&rustdoc.json)?;
        let whole = rustdoc.whole.as_deref().map(fs::read).transpose()?;
        let kept = Rustdoc {
            json: folder.join(JSON),
            whole: whole.is_some().then(|| folder.join(WHOLE)),
            ..rustdoc.clone()
        };
        let about = About {
            format: FORMAT,
            key: key.clone(),
            digest: Digest::of(&bytes),
            whole: whole.as_deref().map(Digest::of),
            rustdoc: kept.clone(),
        };
        let text = serde_json::to_vec(&about).expect("strings and maps with string keys serialise");
        fs::write(&kept.json, bytes)?;
        if let (Some(path), Some(bytes)) = (&kept.whole, whole) {
            fs::write(path, bytes)?;
        }
        fs::write(&folder.join(ABOUT), text)?;
        self.prune(&key.package, &folder);
        Ok(kept)
    }

    /// Removes the entries of the oldest versions of a crate. It is no harm if that fails.
    fn prune(&self, package: &str, newest: &Utf8Path) {
        let entries = fs::list_utf8(&self.folder_of(package)).unwrap_or_default();
        let version = |entry: &fs::Entry| {
            let (version, _) = entry.path.file_name()?.rsplit_once('-')?;
            version.parse::<Version>().ok()
        };
        let mut entries: Vec<_> = entries
            .into_iter()
            .filter(|entry| entry.path != newest)
            .collect();
        entries.sort_by_key(version);
        let surplus = (entries.len() + 1).saturating_sub(KEPT);
        for entry in &entries[..surplus] {
            if let Err(error) = fs::remove_dir_all(&entry.path) {
                tracing::debug!(%error, "an old entry of the cache stays");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;
    use crate::surface::PackageFacts;
    use crate::sys::scratch::Scratch;

    fn key(version: &str) -> Key {
        Key {
            package: "acme-retry".to_owned(),
            version: version.parse().expect("a version"),
            identity: "sum".to_owned(),
            features: Features::Default,
            toolchain: "rustc".to_owned(),
        }
    }

    /// Something in the cache's folder.
    fn made(scratch: &Scratch) -> Rustdoc {
        let json = scratch.path().join("new.json");
        fs::write(&json, "{}").unwrap();
        Rustdoc {
            json,
            package: PackageFacts {
                name: "acme-retry".to_owned(),
                version: Version::new(1, 0, 0),
                rust_version: None,
                features: BTreeMap::new(),
                asked: BTreeSet::new(),
                dependencies: BTreeMap::new(),
                root: "".into(),
            },
            made_by: BTreeMap::new(),
            opaque: BTreeMap::new(),
            whole: None,
            parts: Vec::new(),
        }
    }

    #[test]
    fn what_is_damaged_or_of_something_else_is_not_kept() {
        let scratch = Scratch::new().unwrap();
        let cache = Cache::at(scratch.path().join("cache"));
        let made = made(&scratch);
        assert_eq!(cache.load(&key("1.0.0")), None);
        let kept = cache.store(&key("1.0.0"), &made).unwrap();
        assert_eq!(cache.load(&key("1.0.0")).as_ref(), Some(&kept));
        let other = Key {
            toolchain: "another".to_owned(),
            ..key("1.0.0")
        };
        assert_eq!(cache.load(&other), None);
        fs::write(&kept.json, "{").unwrap();
        assert_eq!(cache.load(&key("1.0.0")), None);
        cache.store(&key("1.0.0"), &made).unwrap();
        assert_eq!(cache.load(&key("1.0.0")).as_ref(), Some(&kept));
        let about = kept.json.with_file_name(ABOUT);
        let text = fs::read_text(&about).unwrap();
        fs::write(&about, &text[..text.len() / 2]).unwrap();
        assert_eq!(cache.load(&key("1.0.0")), None);
    }

    #[test]
    fn the_latest_versions_are_kept() {
        let scratch = Scratch::new().unwrap();
        let cache = Cache::at(scratch.path());
        let made = made(&scratch);
        for minor in 1..=10 {
            let key = key(&format!("1.{minor}.0"));
            cache.store(&key, &made).unwrap();
        }
        let has = |minor: &u32| cache.load(&key(&format!("1.{minor}.0"))).is_some();
        let kept: Vec<u32> = (1..=10).filter(has).collect();
        assert_eq!(kept, [3, 4, 5, 6, 7, 8, 9, 10]);
    }
}
