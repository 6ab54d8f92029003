//! Where a template comes from, and its files.

use std::collections::BTreeMap;
use std::fmt;

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};

use super::{TemplateError, builtin};
use crate::git::{self, FileKind};
use crate::model::{CommitId, Digest, FileText};
use crate::sys;
use crate::sys::fs::{Entry, EntryKind};
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

impl Part {
    /// Its folder in a template.
    fn folder(self) -> &'static str {
        match self {
            Self::Repository => "repository",
            Self::Crate => "crate",
        }
    }
}

/// A file of a template.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct TemplateFile {
    pub(super) part: Part,
    /// In the repository, or in the crate's folder.
    pub(super) path: Utf8PathBuf,
    /// What it has.
    pub(super) content: FileText,
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
        Source::Folder { path } => (None, read(&dir.join(path), path.as_str(), None)?),
        Source::Git { url, reference } => {
            let scratch = Scratch::new()?;
            let clone = scratch.path().join("template");
            let cloned = git::clone_shallow(url, reference.as_deref(), &clone);
            let commit = cloned.map_err(|source| TemplateError::Clone {
                url: url.clone(),
                source,
            })?;
            (Some(commit.to_string()), read(&clone, url, Some(&commit))?)
        }
    };
    Ok(Template {
        source: source.clone(),
        revision,
        digest: digest(&files),
        files,
    })
}

/// Reads the files of a template; of a commit, what it has them as counts: a checkout need not
/// have modes and links.
fn read(
    folder: &Utf8Path,
    name: &str,
    commit: Option<&CommitId>,
) -> Result<Vec<TemplateFile>, TemplateError> {
    let folder = sys::fs::canonical(folder)?;
    let parts = [Part::Repository, Part::Crate].map(|part| (part, folder.join(part.folder())));
    for (part, top) in &parts {
        if top.is_symlink() {
            let path = part.folder().into();
            return Err(TemplateError::Link { path });
        }
    }
    if !parts.iter().any(|(_, top)| top.is_dir()) {
        return Err(TemplateError::NoParts {
            path: name.to_owned(),
        });
    }
    let mut files = Vec::new();
    for (part, top) in parts {
        if !top.is_dir() {
            continue;
        }
        let kinds = match commit {
            Some(commit) => Kinds::Committed(committed(&folder, commit, part)?),
            None => Kinds::Disk,
        };
        read_folder(part, &top, Utf8Path::new(""), &kinds, &mut files)?;
    }
    files.sort();
    Ok(files)
}

/// Who knows what the files of a part are.
enum Kinds {
    /// The file system.
    Disk,
    /// A commit, by their paths in the part.
    Committed(BTreeMap<Utf8PathBuf, FileKind>),
}

fn committed(
    clone: &Utf8Path,
    commit: &CommitId,
    part: Part,
) -> Result<BTreeMap<Utf8PathBuf, FileKind>, TemplateError> {
    let files = git::files_at(clone, commit, part.folder().into())?;
    let files = files.into_iter().filter_map(|file| {
        let path = file.path.strip_prefix(part.folder()).ok()?;
        Some((path.to_owned(), file.kind))
    });
    Ok(files.collect())
}

impl Kinds {
    fn of(&self, path: &Utf8Path, entry: &Entry) -> Result<FileKind, TemplateError> {
        let committed = match self {
            Self::Disk => None,
            Self::Committed(files) => files.get(path).copied(),
        };
        Ok(match (entry.kind, committed) {
            (EntryKind::Link, _) => FileKind::Link,
            (_, Some(kind)) => kind,
            (EntryKind::File, None) if sys::fs::is_executable(&entry.path)? => FileKind::Executable,
            (EntryKind::File | EntryKind::Folder, None) => FileKind::Regular,
        })
    }
}

fn read_folder(
    part: Part,
    top: &Utf8Path,
    below: &Utf8Path,
    kinds: &Kinds,
    files: &mut Vec<TemplateFile>,
) -> Result<(), TemplateError> {
    for entry in sys::fs::list(&top.join(below))? {
        let path = below.join(entry.path.file_name().unwrap_or_default());
        let refuse = |reason| TemplateError::Refused {
            path: path.clone(),
            reason,
        };
        let first = path.components().next().map(|first| first.to_string());
        let kind = kinds.of(&path, &entry)?;
        match (first.as_deref(), entry.kind) {
            (Some(".git"), _) => return Err(refuse("is git's own")),
            (Some(".quarry"), _) => return Err(refuse("is written by this program")),
            _ if kind == FileKind::Link => {
                let path = Utf8Path::new(part.folder()).join(path);
                return Err(TemplateError::Link { path });
            }
            (_, EntryKind::Folder) => read_folder(part, top, &path, kinds, files)?,
            (_, EntryKind::File | EntryKind::Link) => files.push(TemplateFile {
                part,
                content: FileText {
                    text: sys::fs::read_text(&entry.path)?,
                    executable: kind == FileKind::Executable,
                },
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
        let FileText { text, executable } = &file.content;
        // Nothing for a plain file: the digests that repositories have keep counting.
        let mode = if *executable { "x" } else { "" };
        let (part, path) = (file.part.folder(), &file.path);
        let head = format!("{part}/{path}\0{}{mode}\0", text.len());
        all.extend_from_slice(head.as_bytes());
        all.extend_from_slice(text.as_bytes());
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
