//! Where a template comes from, and its files.

use std::fmt;

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};

use super::{TemplateError, builtin};
use crate::git;
use crate::model::Digest;
use crate::sys;
use crate::sys::fs::EntryKind;
use crate::sys::scratch::Scratch;

/// Where a template comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Source {
    /// It is part of this program.
    BuiltIn,
    /// A folder.
    Folder {
        /// Absolute, or relative to the repository that is made from it.
        path: Utf8PathBuf,
    },
    /// A git repository.
    Git {
        /// Its URL.
        url: String,
        /// A branch or a tag; without it, the branch that the repository has checked out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reference: Option<String>,
    },
}

impl Source {
    /// Reads what a person writes: a folder, or a git URL (`https://…`, `git@host:…`, `….git`),
    /// with a branch or a tag after `#`.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        let (url, reference) = match text.split_once('#') {
            Some((url, reference)) => (url, Some(reference.to_owned())),
            None => (text, None),
        };
        let scp = url
            .split_once(':')
            .is_some_and(|(host, _)| host.contains('@') && !host.contains('/'));
        let git = Utf8Path::new(url).extension() == Some("git");
        if !(url.contains("://") || scp || git) {
            return Ok(Self::Folder { path: text.into() });
        }
        let authority = url.split_once("://").map(|(_, rest)| rest);
        let authority = authority.and_then(|rest| rest.split('/').next());
        let user = authority.and_then(|authority| authority.rsplit_once('@'));
        if user.is_some_and(|(user, _)| user.contains(':')) {
            return Err(TemplateError::Password);
        }
        Ok(Self::Git {
            url: url.to_owned(),
            reference,
        })
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BuiltIn => f.write_str("the built-in template"),
            Self::Folder { path } => write!(f, "the template in {path}"),
            Self::Git { url, reference } => {
                write!(f, "the template of {url}")?;
                reference.iter().try_for_each(|it| write!(f, " ({it})"))
            }
        }
    }
}

/// What of a repository a file belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    /// All of it.
    Repository,
    /// Each crate.
    Crate,
}

/// A file of a template.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct TemplateFile {
    pub(super) part: Part,
    /// In the repository, or in the crate's folder.
    pub(super) path: Utf8PathBuf,
    pub(super) text: String,
}

/// A template, read.
#[derive(Debug, Clone)]
pub struct Template {
    /// Where it comes from.
    pub source: Source,
    /// Which one it is: the version of this program, or the commit. A folder has none.
    pub revision: Option<String>,
    /// The digest of all its files.
    pub digest: Digest,
    pub(super) files: Vec<TemplateFile>,
}

/// Gets a template. A folder's path is relative to `dir`.
pub fn load(source: &Source, dir: &Utf8Path) -> Result<Template, TemplateError> {
    let (revision, files) = match source {
        Source::BuiltIn => (Some(env!("CARGO_PKG_VERSION").to_owned()), builtin::files()),
        Source::Folder { path } => (None, read(&dir.join(path), path.as_str())?),
        Source::Git { url, reference } => {
            let scratch = Scratch::new()?;
            let clone = scratch.path().join("template");
            let cloned = git::clone_shallow(url, reference.as_deref(), &clone);
            let commit = cloned.map_err(|source| TemplateError::Clone {
                url: url.clone(),
                source,
            })?;
            (Some(commit.to_string()), read(&clone, url)?)
        }
    };
    Ok(Template {
        source: source.clone(),
        revision,
        digest: digest(&files),
        files,
    })
}

fn read(folder: &Utf8Path, name: &str) -> Result<Vec<TemplateFile>, TemplateError> {
    let folder = sys::fs::canonical(folder)?;
    let parts = [
        (Part::Repository, folder.join("repository")),
        (Part::Crate, folder.join("crate")),
    ];
    if !parts.iter().any(|(_, part)| part.is_dir()) {
        return Err(TemplateError::NoParts {
            path: name.to_owned(),
        });
    }
    let mut files = Vec::new();
    for (part, top) in parts {
        if top.is_dir() {
            read_folder(part, &top, Utf8Path::new(""), &mut files)?;
        }
    }
    files.sort();
    Ok(files)
}

fn read_folder(
    part: Part,
    top: &Utf8Path,
    below: &Utf8Path,
    files: &mut Vec<TemplateFile>,
) -> Result<(), TemplateError> {
    for entry in sys::fs::list(&top.join(below))? {
        let path = below.join(entry.path.file_name().unwrap_or_default());
        let refuse = |reason| TemplateError::Refused {
            path: path.clone(),
            reason,
        };
        let first = path.components().next().map(|first| first.to_string());
        match (first.as_deref(), entry.kind) {
            (Some(".git"), _) => return Err(refuse("is git's own")),
            (Some(".quarry"), _) => return Err(refuse("is written by this program")),
            // It could lead out of the template.
            (_, EntryKind::Link) => return Err(refuse("is a symbolic link")),
            (_, EntryKind::Folder) => read_folder(part, top, &path, files)?,
            (_, EntryKind::File) => files.push(TemplateFile {
                part,
                text: sys::fs::read_text(&entry.path)?,
                // So that a manifest in a template is none to cargo.
                path: match path.as_str().strip_suffix(".jinja") {
                    Some(path) => path.into(),
                    None => path,
                },
            }),
        }
    }
    Ok(())
}

fn digest(files: &[TemplateFile]) -> Digest {
    let mut all = Vec::new();
    for file in files {
        let part = match file.part {
            Part::Repository => "repository",
            Part::Crate => "crate",
        };
        let head = format!("{part}/{}\0{}\0", file.path, file.text.len());
        all.extend_from_slice(head.as_bytes());
        all.extend_from_slice(file.text.as_bytes());
    }
    Digest::of(&all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_and_urls_are_told_apart() {
        let git = |text: &str| matches!(Source::parse(text), Ok(Source::Git { .. }));
        for url in [
            "https://git.acme.dev/template",
            "git@git.acme.dev:platform/template",
            "file:///srv/template",
            "../template.git#v2",
        ] {
            assert!(git(url), "{url}");
        }
        assert!(!git("../template"));
        assert!(!git("/srv/a:b@c"));
        let parsed = Source::parse("ssh://git@acme.dev/t#main").unwrap();
        let expect = Source::Git {
            url: "ssh://git@acme.dev/t".to_owned(),
            reference: Some("main".to_owned()),
        };
        assert_eq!(parsed, expect);
        let secret = Source::parse("https://ann:secret@acme.dev/t");
        assert!(matches!(secret, Err(TemplateError::Password)));
    }
}
