//! What a package is compared with: the latest version that is out, from the crate's own registry
//! or from a tag of its repository. Never from crates.io by its name, which would tell the world
//! that there is such a crate.

use camino::{Utf8Path, Utf8PathBuf};
use semver::Version;
use serde::Serialize;

use super::subject::Subject;
use super::{CheckError, Part, Skipped};
use crate::cargo::load_metadata_no_deps;
use crate::client::Client;
use crate::model::{CommitId, Digest, RegistryName};
use crate::registry::{IndexEntry, PackageName};
use crate::surface::baseline::{from_entry, from_tag};
use crate::sys::fs;
use crate::{endpoint, git, surface};

/// An older version of a package.
#[derive(Debug)]
pub struct Baseline {
    /// Its version.
    pub version: Version,
    /// Where it comes from.
    pub origin: Origin,
    /// Its files.
    pub(super) unpacked: surface::Baseline,
}

/// Where a baseline comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase", tag = "from")]
pub enum Origin {
    /// A registry.
    Registry {
        /// Its name in cargo's configuration.
        registry: RegistryName,
        /// The package's checksum in its index.
        checksum: Digest,
    },
    /// A tag of the repository.
    Tag {
        /// The tag.
        tag: String,
        /// The commit that it names.
        commit: CommitId,
    },
    /// A folder that was named.
    Folder {
        /// Its path.
        path: Utf8PathBuf,
    },
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Registry { registry, .. } => write!(f, "the registry `{registry}`"),
            Self::Tag { tag, .. } => write!(f, "the tag `{tag}`"),
            Self::Folder { path } => write!(f, "the folder `{path}`"),
        }
    }
}

/// What there is to compare with.
#[derive(Debug, Default)]
pub(super) struct Compared {
    pub(super) baseline: Option<Baseline>,
    /// The versions that are out, as far as is known.
    pub(super) taken: Vec<Version>,
    /// The tag of the current version is checked out: it is being released, or was.
    pub(super) is_tagged: bool,
    /// What could not be asked.
    pub(super) skipped: Vec<Skipped>,
}

/// The latest version, or the one that is `given`.
pub(super) fn load(
    subject: &Subject,
    given: Option<&str>,
    offline: bool,
) -> Result<Compared, CheckError> {
    let mut compared = Compared::default();
    let tags = tags(subject, &mut compared)?;
    let source = registry(subject, offline, &mut compared);
    compared.taken = match &source {
        Some(source) => source
            .entries
            .iter()
            .map(|entry| entry.vers.clone())
            .collect(),
        None => tags.iter().map(|(version, _)| version.clone()).collect(),
    };
    if let Some(given) = given {
        compared.baseline = Some(named(subject, given, source.as_ref(), &tags)?);
        return Ok(compared);
    }
    let Some(current) = &subject.version else {
        return Ok(compared);
    };
    let early = |version: &Version| {
        let order = version.cmp_precedence(current);
        order.is_lt() || (order.is_eq() && !compared.is_tagged)
    };
    if let Some(source) = &source {
        let unyanked = source.entries.iter().filter(|entry| !entry.yanked);
        let entry = latest(unyanked.filter(|entry| early(&entry.vers)), |entry| {
            &entry.vers
        });
        if let Some(entry) = entry {
            compared.baseline = Some(source.unpack(entry)?);
            return Ok(compared);
        }
    }
    let tag = latest(
        tags.iter().filter(|(version, _)| early(version)),
        |(version, _)| version,
    );
    if let Some((_, tag)) = tag {
        compared.baseline = Some(of_tag(subject, tag)?);
    }
    Ok(compared)
}

/// The latest; a pre-release only where there is nothing else.
fn latest<'a, T>(
    all: impl Iterator<Item = &'a T>,
    version: impl Fn(&T) -> &Version,
) -> Option<&'a T> {
    all.max_by(|a, b| {
        let (a, b) = (version(a), version(b));
        a.pre
            .is_empty()
            .cmp(&b.pre.is_empty())
            .then_with(|| a.cmp(b))
    })
}

/// The versions that tags of this repository stand for; whether the current one is checked out.
fn tags(subject: &Subject, compared: &mut Compared) -> Result<Vec<(Version, String)>, CheckError> {
    let root = &subject.root;
    let Some(head) = head(subject)? else {
        return Ok(Vec::new());
    };
    let of_version = |tag: String| Some((subject.version_of_tag(&tag)?, tag));
    let at_head = git::tags_at(root, &head)?;
    let mut at_head = at_head.iter().filter_map(|tag| subject.version_of_tag(tag));
    compared.is_tagged = at_head.any(|version| Some(&version) == subject.version.as_ref());
    let tags: Vec<_> = git::tags(root)?
        .into_iter()
        .filter_map(of_version)
        .collect();
    if tags.is_empty() && git::is_shallow(root)? {
        let reason =
            "this is a shallow clone without tags (fetch them: `git fetch --unshallow --tags`)";
        compared.skipped.push(Skipped::new(Part::Baseline, reason));
    }
    Ok(tags)
}

fn head(subject: &Subject) -> Result<Option<CommitId>, CheckError> {
    if subject.is_repository {
        Ok(git::commit_of(&subject.root, "HEAD")?)
    } else {
        Ok(None)
    }
}

/// A registry that has been asked for the package.
struct Source {
    registry: RegistryName,
    client: Client,
    entries: Vec<IndexEntry>,
}

/// The first of the package's own registries that answers. Why others do not is no error.
fn registry(subject: &Subject, offline: bool, compared: &mut Compared) -> Option<Source> {
    let name = PackageName::new(&subject.name).ok()?;
    for registry in subject.registries() {
        let Ok(registry) = RegistryName::new(&registry) else {
            continue;
        };
        let mut skip = |reason: String| compared.skipped.push(Skipped::new(Part::Baseline, reason));
        if offline {
            skip(format!("the registry `{registry}` is not asked offline"));
            continue;
        }
        let asked = endpoint::open(&subject.dir, &registry);
        let asked = asked
            .map_err(|error| with_cause(&error))
            .and_then(|client| {
                let entries = client.versions(&name).map_err(|error| with_cause(&error))?;
                Ok((client, entries))
            });
        match asked {
            Ok((client, entries)) => {
                return Some(Source {
                    registry,
                    client,
                    entries,
                });
            }
            Err(reason) => skip(format!("the registry `{registry}` was not asked: {reason}")),
        }
    }
    None
}

fn with_cause(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |error| error.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

impl Source {
    fn unpack(&self, entry: &IndexEntry) -> Result<Baseline, CheckError> {
        Ok(Baseline {
            version: entry.vers.clone(),
            origin: Origin::Registry {
                registry: self.registry.clone(),
                checksum: entry.cksum.clone(),
            },
            unpacked: from_entry(&self.client, entry)?,
        })
    }
}

/// What the user named: a folder, a version, or a tag.
fn named(
    subject: &Subject,
    given: &str,
    source: Option<&Source>,
    tags: &[(Version, String)],
) -> Result<Baseline, CheckError> {
    let none = |reason: &str| CheckError::NoBaseline {
        given: given.to_owned(),
        reason: reason.to_owned(),
    };
    let folder = Utf8Path::new(given);
    if folder.join("Cargo.toml").is_file() {
        return of_folder(subject, folder);
    }
    if let Ok(version) = given.parse::<Version>() {
        let mut entries = source.into_iter().flat_map(|source| &source.entries);
        if let (Some(source), Some(entry)) = (source, entries.find(|entry| entry.vers == version)) {
            return source.unpack(entry);
        }
        let tag = tags.iter().find(|(tagged, _)| *tagged == version);
        let (_, tag) =
            tag.ok_or_else(|| none("neither the registry nor a tag has this version"))?;
        return of_tag(subject, tag);
    }
    if head(subject)?.is_some() && git::tags(&subject.root)?.iter().any(|tag| tag == given) {
        return of_tag(subject, given);
    }
    Err(none("it is no folder of a package, no version, and no tag"))
}

fn of_folder(subject: &Subject, folder: &Utf8Path) -> Result<Baseline, CheckError> {
    let dir = fs::canonical(folder)?;
    let metadata = load_metadata_no_deps(&subject.cargo(true), Some(&dir.join("Cargo.toml")))?;
    let mut packages = metadata.packages.into_iter();
    let found = packages.find(|package| package.name.as_str() == subject.name);
    let package = found.ok_or_else(|| CheckError::NoBaseline {
        given: folder.to_string(),
        reason: format!("there is no package `{}` in it", subject.name),
    })?;
    let dir = package.manifest_path.parent().unwrap_or(&dir).to_owned();
    Ok(Baseline {
        version: package.version.clone(),
        origin: Origin::Folder { path: dir.clone() },
        unpacked: surface::Baseline::from_folder(dir, package.version),
    })
}

fn of_tag(subject: &Subject, tag: &str) -> Result<Baseline, CheckError> {
    let none = || CheckError::NoBaseline {
        given: tag.to_owned(),
        reason: "it names no commit".to_owned(),
    };
    let commit = git::commit_of(&subject.root, &format!("refs/tags/{tag}"))?;
    let unpacked = from_tag(&subject.root, tag, &subject.name)?.ok_or_else(none)?;
    Ok(Baseline {
        version: unpacked.version.clone(),
        origin: Origin::Tag {
            tag: tag.to_owned(),
            commit: commit.ok_or_else(none)?,
        },
        unpacked,
    })
}

/// The files of the code that are not as they were in the baseline: `src` and the build script,
/// relative to the package.
pub(super) fn changed_code(
    subject: &Subject,
    baseline: &Baseline,
) -> Result<Vec<Utf8PathBuf>, CheckError> {
    let mut files = code(&subject.dir)?;
    files.extend(code(&baseline.unpacked.dir)?);
    files.sort();
    files.dedup();
    let content = |dir: &Utf8Path, file: &Utf8Path| fs::read(&dir.join(file)).ok();
    files.retain(|file| content(&subject.dir, file) != content(&baseline.unpacked.dir, file));
    Ok(files)
}

fn code(dir: &Utf8Path) -> Result<Vec<Utf8PathBuf>, CheckError> {
    let mut files = Vec::new();
    if dir.join("src").is_dir() {
        files = fs::walk_utf8(&dir.join("src"), &|_| false)?;
    }
    files.push(dir.join("build.rs"));
    let relative = |file: Utf8PathBuf| file.strip_prefix(dir).map(Utf8Path::to_owned).ok();
    Ok(files.into_iter().filter_map(relative).collect())
}
