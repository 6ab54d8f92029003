//! What can go wrong with a template.

use camino::Utf8PathBuf;

use crate::git::GitError;
use crate::sys::SysError;

/// A template that cannot be had or rendered, or a record that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    /// A folder that is no template.
    #[error("`{path}` is no template: it has neither `repository/` nor `crate/`")]
    NoParts {
        /// The folder, or the URL.
        path: String,
    },
    /// A URL with a secret in it, which would be written down.
    #[error("the template's URL has a password in it")]
    Password,
    /// A file that no repository may get from a template.
    #[error("the template has `{path}`, which {reason}")]
    Refused {
        /// The file.
        path: Utf8PathBuf,
        /// Why it is not taken.
        reason: &'static str,
    },
    /// A link, which could lead out of the template.
    #[error("the template has `{path}`, which is a symbolic link")]
    Link {
        /// The link, in the template.
        path: Utf8PathBuf,
    },
    /// A file that cannot be rendered.
    #[error("cannot render the template of `{path}`")]
    Render {
        /// The file.
        path: Utf8PathBuf,
        /// What is wrong.
        source: minijinja::Error,
    },
    /// A record that cannot be read.
    #[error("cannot read `{path}`")]
    Record {
        /// The file, from the repository's top.
        path: &'static str,
        /// What is wrong.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A template in a repository that cannot be cloned.
    #[error("cannot get the template from {url}")]
    Clone {
        /// The URL.
        url: String,
        /// What git said.
        source: GitError,
    },
    /// A repository.
    #[error(transparent)]
    Git(#[from] GitError),
    /// A file.
    #[error(transparent)]
    Sys(#[from] SysError),
}

impl TemplateError {
    /// The way out, for a `help:` line.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::NoParts { .. } => Some(
                "`repository/` has what a repository has once, `crate/` what each crate in it has"
                    .to_owned(),
            ),
            Self::Password => {
                Some("leave it out: git asks its credential helper for it".to_owned())
            }
            Self::Render { .. } => Some(
                "placeholders are `<< name >>`, statements `<% if … %>`, in minijinja's language"
                    .to_owned(),
            ),
            Self::Link { .. } => {
                Some("put the file itself there: a link could lead out of the template".to_owned())
            }
            Self::Record { .. } => {
                Some("bring it back from git: `git log -- .quarry` finds it".to_owned())
            }
            Self::Clone { source, .. } => source.help(),
            Self::Git(error) => error.help(),
            Self::Sys(error) => error.help(),
            Self::Refused { .. } => None,
        }
    }
}
