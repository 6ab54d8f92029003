//! What the files of a repository say of registries, and what they give away.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};

use super::dockerfile;
use crate::connect::ConnectError;
use crate::findings::{Finding, codes};
use crate::git;
use crate::manifest::{
    Manifest, NamedRegistry, RegistryUse, locked_packages, named_registries, places_of_tokens,
};
use crate::model::{Place, RegistryName};
use crate::registry::{CRATES_IO_INDEX, CRATES_IO_SPARSE};
use crate::sys::{SysError, fs};

/// What was read.
#[derive(Debug, Default)]
pub(super) struct Files {
    named: Vec<NamedRegistry>,
    /// By source, the lock files that have it.
    locked: BTreeMap<String, BTreeSet<Utf8PathBuf>>,
    tokens: Vec<Place>,
    docker: Vec<Finding>,
}

/// Reads the files of the repository that `dir` is in, as far as git knows them; where there is
/// none, those below `dir`.
pub(super) fn load(dir: &Utf8Path) -> Result<Files, ConnectError> {
    let top = dir.ancestors().find(|folder| folder.join(".git").exists());
    let (root, paths) = match top {
        Some(top) => (top, git::visible_files(top)?),
        None => (dir, below(dir)?),
    };
    let mut files = Files::default();
    for path in paths {
        let Some(name) = path.file_name() else {
            continue;
        };
        let in_cargo = path.parent().and_then(Utf8Path::file_name) == Some(".cargo");
        let wanted = matches!(name, "Cargo.toml" | "Cargo.lock") || dockerfile::is_one(name);
        let config = in_cargo
            && matches!(
                name,
                "config" | "config.toml" | "credentials" | "credentials.toml"
            );
        if !wanted && !config {
            continue;
        }
        // It may be gone, though git still knows it, or be no text.
        let text = match fs::read_text(&root.join(&path)) {
            Ok(text) => text,
            Err(error) if error.is_not_found() => continue,
            Err(SysError::NotText { .. }) => continue,
            Err(error) => return Err(error.into()),
        };
        files.read(&path, name, text, config);
    }
    files.named.sort();
    Ok(files)
}

fn below(dir: &Utf8Path) -> Result<Vec<Utf8PathBuf>, ConnectError> {
    let skip = |path: &Utf8Path| {
        matches!(path.file_name(), Some("target" | "node_modules" | ".git")) && path.is_dir()
    };
    let files = fs::walk_utf8(dir, &skip)?;
    let relative = |path: Utf8PathBuf| path.strip_prefix(dir).map(Utf8Path::to_owned).ok();
    Ok(files.into_iter().filter_map(relative).collect())
}

impl Files {
    fn read(&mut self, path: &Utf8Path, name: &str, text: String, config: bool) {
        if dockerfile::is_one(name) {
            self.docker.extend(dockerfile::look(path, &text));
            return;
        }
        // A template of a manifest is none; cargo itself says what it can't read.
        let Ok(document) = Manifest::parse(path, text) else {
            return;
        };
        if config {
            self.tokens.extend(places_of_tokens(&document));
        } else if name == "Cargo.toml" {
            self.named.extend(named_registries(&document));
        } else {
            for source in locked_packages(&document)
                .into_iter()
                .filter_map(|p| p.source)
            {
                self.locked
                    .entry(source)
                    .or_default()
                    .insert(path.to_owned());
            }
        }
    }

    /// The registries that manifests name.
    pub(super) fn named(&self) -> impl Iterator<Item = RegistryName> {
        let names = self.named.iter().map(|named| named.name.as_str());
        names
            .filter(|name| *name != "crates-io")
            .filter_map(|name| RegistryName::new(name).ok())
    }

    /// Where manifests name the registry, and whether a package comes from it.
    pub(super) fn places_of(&self, name: &RegistryName) -> (Vec<Place>, bool) {
        let named = self
            .named
            .iter()
            .filter(|named| named.name == name.as_str());
        let stops = |named: &NamedRegistry| named.used_for == RegistryUse::Dependency;
        let stopped = named.clone().any(stops);
        (named.map(|named| named.place.clone()).collect(), stopped)
    }

    /// What is wrong with the files, where these are the index URLs that cargo knows.
    pub(super) fn findings(
        &self,
        indexes: &BTreeSet<String>,
        configured: &[RegistryName],
    ) -> Vec<Finding> {
        let mut findings = self.docker.clone();
        for place in &self.tokens {
            let message = "a token is in a file of the repository";
            findings.push(
                codes::TOKEN_COMMITTED
                    .finding(message)
                    .at([place.clone()])
                    .help(
                        "revoke it, take it out, and store the new one with \
                         `cargo quarry registry login`",
                    ),
            );
        }
        for (source, locks) in &self.locked {
            findings.extend(other_url(source, locks, indexes, configured));
        }
        findings
    }
}

/// A lock file holds a registry that cargo does not know by that URL.
fn other_url(
    source: &str,
    locks: &BTreeSet<Utf8PathBuf>,
    indexes: &BTreeSet<String>,
    configured: &[RegistryName],
) -> Option<Finding> {
    let url = source.strip_prefix("registry+").unwrap_or(source);
    let registry = source.starts_with("registry+") || source.starts_with("sparse+");
    let crates_io = url == CRATES_IO_INDEX || url == CRATES_IO_SPARSE;
    if !registry || crates_io || indexes.contains(url) {
        return None;
    }
    let to = match configured {
        [one] => one.as_str(),
        [] | [_, ..] => "NAME",
    };
    let at = locks.iter().map(|file| Place {
        file: file.clone(),
        line: 1,
        column: 1,
    });
    let message = format!("packages are locked to {url}, which no registry is configured with");
    let help = format!(
        "if it has moved: `cargo quarry registry relock --from {url} --to {to} .`; \
         else add it with `cargo quarry registry add`"
    );
    Some(codes::LOCK_OTHER_URL.finding(message).at(at).help(help))
}
