//! What a library is compared with: a version that is out.
//!
//! It comes from the crate's own registry or from a tag of its repository, never from crates.io
//! by its name, which would tell the world that there is such a crate.

use camino::{Utf8Path, Utf8PathBuf};
use semver::Version;

use super::{Subject, SurfaceError};
use crate::cargo::{Invocation, load_metadata_no_deps};
use crate::client::Client;
use crate::git;
use crate::model::{CommitId, Digest};
use crate::registry::{IndexEntry, PackageName, unpack_crate};
use crate::sys::fs;
use crate::sys::scratch::Scratch;

/// An older version of a package, unpacked.
#[derive(Debug)]
pub struct Baseline {
    /// The folder of its manifest.
    pub dir: Utf8PathBuf,
    /// Its version.
    pub version: Version,
    /// Where it comes from.
    pub origin: Origin,
    /// May files be written into its folder?
    is_ours: bool,
    // Held for its Drop.
    scratch: Option<Scratch>,
}

/// Where a baseline comes from, and how it is told from all others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A package of a registry.
    Registry {
        /// Its checksum in the index.
        checksum: Digest,
    },
    /// A tag of a repository.
    Tag {
        /// The commit that it names.
        commit: CommitId,
        /// The tag.
        tag: String,
    },
    /// A folder. Without a digest of what is in it, it may change, and nothing that is made of it
    /// is kept.
    Folder {
        /// The digest.
        digest: Option<Digest>,
    },
}

impl Origin {
    /// What never changes as long as the baseline does not.
    pub(super) fn identity(&self) -> Option<&str> {
        match self {
            Self::Registry { checksum } => Some(checksum.as_str()),
            Self::Tag { commit, .. } => Some(commit.as_str()),
            Self::Folder { digest } => digest.as_ref().map(Digest::as_str),
        }
    }
}

impl Baseline {
    /// A package that lies in a folder.
    pub fn from_folder(dir: impl Into<Utf8PathBuf>, version: Version) -> Self {
        Self {
            dir: dir.into(),
            version,
            origin: Origin::Folder { digest: None },
            is_ours: false,
            scratch: None,
        }
    }

    /// A package that lies in a folder whose files have this digest.
    pub fn from_folder_kept(dir: impl Into<Utf8PathBuf>, version: Version, digest: Digest) -> Self {
        let origin = Origin::Folder {
            digest: Some(digest),
        };
        Self {
            origin,
            ..Self::from_folder(dir, version)
        }
    }

    /// A package of a registry that the caller has unpacked into a folder of its own, which may be
    /// written to.
    pub fn from_unpacked(dir: impl Into<Utf8PathBuf>, version: Version, checksum: Digest) -> Self {
        Self {
            origin: Origin::Registry { checksum },
            is_ours: true,
            ..Self::from_folder(dir, version)
        }
    }

    /// The same choice of a package as the one that is compared with it.
    pub(super) fn subject(&self, new: &Subject) -> Subject {
        Subject {
            dir: self.dir.clone(),
            ..new.clone()
        }
    }

    /// Is its folder ours to write to?
    pub(super) fn is_unpacked(&self) -> bool {
        self.is_ours
    }

    /// Leaves the unpacked files where they are when it is dropped.
    pub fn keep(mut self) -> Utf8PathBuf {
        if let Some(scratch) = self.scratch.take() {
            scratch.keep();
        }
        self.dir.clone()
    }
}

/// The version of a crate to compare with, from its own registry: the latest that is not yanked
/// and no later than `upto`, the version in the manifest (a maintenance branch is not compared
/// with what came after it). A pre-release only where there is nothing else. None if the registry
/// has no such version.
///
/// # Errors
/// If the registry does not answer, or its package is not what the index promises or cannot be
/// unpacked.
pub fn from_registry(
    client: &Client,
    name: &PackageName,
    upto: Option<&Version>,
) -> Result<Option<Baseline>, SurfaceError> {
    let entries = client.versions(name)?;
    match latest(&entries, upto) {
        Some(entry) => from_entry(client, entry).map(Some),
        None => Ok(None),
    }
}

/// That version of a crate, from its registry.
///
/// # Errors
/// As [`from_registry`].
pub fn from_entry(client: &Client, entry: &IndexEntry) -> Result<Baseline, SurfaceError> {
    let bytes = client.download(entry)?;
    let scratch = Scratch::new()?;
    let dir = scratch
        .path()
        .join(format!("{}-{}", entry.name, entry.vers));
    for file in unpack_crate(&bytes)? {
        let path = dir.join(file.name());
        fs::create_dir_all(path.parent().unwrap_or(&dir))?;
        fs::write_scratch(&path, &file.data)?;
    }
    Ok(Baseline {
        dir,
        version: entry.vers.clone(),
        origin: Origin::Registry {
            checksum: entry.cksum.clone(),
        },
        is_ours: true,
        scratch: Some(scratch),
    })
}

fn latest<'a>(entries: &'a [IndexEntry], upto: Option<&Version>) -> Option<&'a IndexEntry> {
    let fits = |entry: &&IndexEntry| {
        let early = upto.is_none_or(|upto| entry.vers.cmp_precedence(upto).is_le());
        !entry.yanked && early
    };
    let entries = entries.iter().filter(fits);
    entries.max_by(|a, b| {
        let released = |entry: &IndexEntry| entry.vers.pre.is_empty();
        let order = released(a).cmp(&released(b));
        order.then_with(|| a.vers.cmp(&b.vers))
    })
}

/// The package as a tag of the repository at `dir` has it. None if there is no such tag.
///
/// # Errors
/// If the files of the commit cannot be had, or no package of that name is among them.
pub fn from_tag(
    dir: &Utf8Path,
    tag: &str,
    package: &str,
) -> Result<Option<Baseline>, SurfaceError> {
    let Some(commit) = git::commit_of(dir, &format!("refs/tags/{tag}"))? else {
        return Ok(None);
    };
    let scratch = Scratch::new()?;
    let root = scratch.path().join("tag");
    git::export_tree(dir, &commit, &root)?;
    let Some((dir, version)) = find_package(&root, package)? else {
        return Err(SurfaceError::NotInTag {
            package: package.to_owned(),
            tag: tag.to_owned(),
        });
    };
    Ok(Some(Baseline {
        dir,
        version,
        origin: Origin::Tag {
            commit,
            tag: tag.to_owned(),
        },
        is_ours: true,
        scratch: Some(scratch),
    }))
}

/// The package's folder, in the workspace at the top or in any other.
fn find_package(
    root: &Utf8Path,
    package: &str,
) -> Result<Option<(Utf8PathBuf, Version)>, SurfaceError> {
    let hidden = |path: &Utf8Path| path.file_name().is_some_and(|name| name.starts_with('.'));
    let manifests = fs::walk_utf8(root, &hidden)?;
    let mut manifests: Vec<_> = manifests
        .into_iter()
        .filter(|path| path.file_name() == Some("Cargo.toml"))
        .collect();
    manifests.sort_by_key(|path| path.components().count());
    for manifest in manifests {
        // One that cargo cannot read is an example, or a test's.
        let Ok(metadata) = load_metadata_no_deps(&Invocation::new(root), Some(&manifest)) else {
            continue;
        };
        let mut packages = metadata.packages.into_iter();
        if let Some(found) = packages.find(|p| p.name.as_str() == package) {
            let dir = found.manifest_path.parent().unwrap_or(root).to_owned();
            return Ok(Some((dir, found.version)));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_that_may_be_compared_with() {
        let entry = |line: &str| {
            let (version, yanked) = line.split_once(' ').unwrap_or((line, "false"));
            let line = format!(
                r#"{{"name":"a","vers":"{version}","deps":[],"cksum":"","features":{{}},"yanked":{yanked}}}"#
            );
            serde_json::from_str(&line).expect("an entry")
        };
        let entries: Vec<IndexEntry> = ["1.1.0", "2.0.0", "1.2.0", "1.3.0 true", "2.1.0-rc.1"]
            .map(entry)
            .into();
        let found = |upto: Option<&str>| {
            let upto = upto.map(|text| text.parse().expect("a version"));
            latest(&entries, upto.as_ref()).map(|entry| entry.vers.to_string())
        };
        assert_eq!(found(None).as_deref(), Some("2.0.0"));
        assert_eq!(found(Some("2.1.0")).as_deref(), Some("2.0.0"));
        assert_eq!(found(Some("1.4.0")).as_deref(), Some("1.2.0"));
        assert_eq!(found(Some("1.2.0")).as_deref(), Some("1.2.0"));
        assert_eq!(found(Some("1.0.0")), None);
        let only_pre = latest(&entries[4..], None).map(|entry| entry.vers.to_string());
        assert_eq!(only_pre.as_deref(), Some("2.1.0-rc.1"));
    }
}
