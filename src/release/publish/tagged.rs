//! What a tag names: one crate, in one version, with what the changelog says of it.

use camino::{Utf8Path, Utf8PathBuf};
use cargo_metadata::{Metadata, Package};
use semver::{Version, VersionReq};

use super::super::ReleaseError;
use super::super::checks::{changelog, finding, from_error};
use super::super::settings::{Settings, TagName};
use super::super::subject::{self, Publish};
use super::PublishRequest;
use crate::cargo::{self, Invocation};
use crate::changelog::{Changelog, Section};
use crate::findings::{Finding, codes};
use crate::git;
use crate::sys;

/// A tag, and the crate whose version it names.
#[derive(Debug, Clone)]
pub struct Tagged {
    /// The tag.
    pub tag: String,
    /// The crate.
    pub name: String,
    /// The version in its manifest.
    pub version: Version,
    /// Its folder.
    pub dir: Utf8PathBuf,
    /// What the changelog says of the version, for the page of the release; Markdown.
    pub notes: String,
    pub(super) publish: Publish,
    /// Crates of the same repository that it needs, and how they are required.
    pub(super) siblings: Vec<(String, VersionReq)>,
    /// Does the repository have a `Cargo.lock`?
    pub(super) locked: bool,
    pub(super) findings: Vec<Finding>,
}

/// Finds out what the tag names. That its parts do not agree is a finding, which
/// [`super::prepare_publish`] tells with all others.
pub fn load_tag(request: &PublishRequest) -> Result<Tagged, ReleaseError> {
    let root = git::worktree_root(&request.dir)?;
    let cargo = Invocation::new(&request.dir);
    let metadata = cargo::load_metadata_no_deps(&cargo, None)?;
    let mut crates = Vec::new();
    for package in metadata.workspace_packages() {
        let folder = package.manifest_path.parent().unwrap_or(&root);
        let settings = Settings::load_files(&metadata.workspace_root, folder)?;
        let at_root = sys::fs::canonical(folder)? == root;
        crates.push((package, settings.tags(&package.name, at_root)));
    }
    let (tag, package, named) = find(request, &root, &crates)?;
    let mut findings = Vec::new();
    check_commit(&root, &tag, &mut findings)?;
    if named != package.version {
        let message = format!(
            "the tag is `{tag}`, and the version in Cargo.toml is {}",
            package.version
        );
        let help = "tags are made by `cargo quarry release`, which keeps both in step";
        findings.push(finding(&codes::TAG_MISMATCH, message).help(help));
    }
    let dir = package.manifest_path.parent().unwrap_or(&root).to_owned();
    Ok(Tagged {
        notes: notes(&dir, package, &mut findings)?,
        name: package.name.to_string(),
        version: package.version.clone(),
        publish: subject::publish(package),
        siblings: siblings(&metadata, package),
        locked: metadata.workspace_root.join("Cargo.lock").exists(),
        tag,
        dir,
        findings,
    })
}

/// The tag, the crate that it is of, and the version that it names.
fn find<'a>(
    request: &PublishRequest,
    root: &Utf8Path,
    crates: &[(&'a Package, TagName)],
) -> Result<(String, &'a Package, Version), ReleaseError> {
    let tags = match &request.tag {
        Some(tag) => vec![tag.clone()],
        None => match git::commit_of(root, "HEAD")? {
            Some(head) => git::tags_at(root, &head)?,
            None => Vec::new(),
        },
    };
    let mut found = Vec::new();
    for tag in &tags {
        for (package, names) in crates {
            if let Some(version) = names.version(tag) {
                found.push((tag.clone(), *package, version));
            }
        }
    }
    // Where all crates have tags of one form, the version tells them apart, if anything does.
    if found.len() > 1 {
        found.retain(|(_, package, version)| package.version == *version);
    }
    match (found.len(), &request.tag) {
        (1, _) => Ok(found.remove(0)),
        (0, Some(tag)) => Err(ReleaseError::TagOfNothing { tag: tag.clone() }),
        (0, None) => Err(ReleaseError::NoTag {
            repository: root.to_owned(),
        }),
        _ => Err(ReleaseError::WhichTag {
            found: found
                .iter()
                .map(|(tag, package, _)| format!("`{tag}` of {}", package.name))
                .collect(),
        }),
    }
}

fn check_commit(
    root: &Utf8Path,
    tag: &str,
    findings: &mut Vec<Finding>,
) -> Result<(), ReleaseError> {
    let at = git::commit_of(root, &format!("refs/tags/{tag}"))?;
    let head = git::commit_of(root, "HEAD")?;
    if at.is_none() {
        let message = format!("there is no tag `{tag}` here");
        let help = "`git fetch --tags` brings the tags of the remote";
        findings.push(finding(&codes::NO_TAG, message).help(help));
    } else if at != head {
        let message = format!("the tag `{tag}` is at another commit than the one checked out");
        let help = format!("`git switch --detach {tag}`");
        findings.push(finding(&codes::TAG_ELSEWHERE, message).help(help));
    }
    Ok(())
}

fn siblings(metadata: &Metadata, package: &Package) -> Vec<(String, VersionReq)> {
    let members = metadata.workspace_packages();
    let is_member = |name: &str| members.iter().any(|it| it.name.as_str() == name);
    let needs = package.dependencies.iter().filter(|dependency| {
        // Without a requirement, cargo leaves a dependency of tests out of the package.
        let required = dependency.req != VersionReq::STAR;
        dependency.path.is_some() && required && is_member(&dependency.name)
    });
    let mut siblings: Vec<(String, VersionReq)> = needs
        .map(|dependency| (dependency.name.clone(), dependency.req.clone()))
        .collect();
    siblings.dedup();
    siblings
}

/// What the changelog says of the version.
fn notes(
    dir: &Utf8Path,
    package: &Package,
    findings: &mut Vec<Finding>,
) -> Result<String, ReleaseError> {
    let (name, version) = (&package.name, &package.version);
    let file = changelog::FILE;
    let Some(text) = sys::fs::read_text_if_exists(&dir.join(file))? else {
        findings.push(finding(
            &codes::NO_CHANGELOG,
            format!("{name}: there is no {file}"),
        ));
        return Ok(String::new());
    };
    let read = match Changelog::parse(&text) {
        Ok(read) => read,
        Err(error) => {
            let what = format!("{name}: {file}");
            findings.push(from_error(
                &codes::CHANGELOG_INVALID,
                &what,
                &error,
                error.help(),
            ));
            return Ok(String::new());
        }
    };
    let own = read.section(version).map(Section::notes);
    let own = own.filter(|notes| !notes.is_empty()).map(str::to_owned);
    let notes = if version.pre.is_empty() {
        let has_heading = read.section(version).is_some();
        own.or_else(|| has_heading.then(|| changelog::of_pre_releases(&read, version)))
    } else {
        // The notes of a pre-release may wait for its version.
        let unreleased = read.unreleased().map(|section| section.notes().to_owned());
        own.or(unreleased)
    };
    let notes = notes.unwrap_or_default();
    if notes.is_empty() {
        let message = format!("{name}: {file} says nothing of {version}");
        let help = "the release moves what is under `## [Unreleased]` there: see release.toml";
        findings.push(finding(&codes::CHANGELOG_MISMATCH, message).help(help));
    }
    Ok(notes)
}

impl Tagged {
    /// Writes what the changelog says to a file, for the page of the release.
    pub fn write_notes(&self, path: &Utf8Path) -> Result<(), ReleaseError> {
        Ok(sys::fs::write(path, format!("{}\n", self.notes))?)
    }
}

/// Removes the notes that an earlier run has written, unless they are committed: a file in the
/// repository that is not would keep cargo from packaging.
pub fn clear_notes(dir: &Utf8Path, path: &Utf8Path) -> Result<(), ReleaseError> {
    if !path.exists() {
        return Ok(());
    }
    let (root, file) = (git::worktree_root(dir)?, sys::fs::canonical(path)?);
    let Ok(inside) = file.strip_prefix(&root) else {
        return Ok(());
    };
    let head = git::commit_of(&root, "HEAD")?;
    let files = head.map(|head| git::files_at(&root, &head, inside));
    if files.transpose()?.is_none_or(|files| files.is_empty()) {
        sys::fs::remove_file(&file)?;
    }
    Ok(())
}
