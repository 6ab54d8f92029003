//! What keeps a repository from being made or brought up to date.

use camino::Utf8PathBuf;

use crate::cargo::CargoError;
use crate::git::GitError;
use crate::model::{CrateName, NameError, RegistryName};
use crate::registry::RegistryError;
use crate::sys::SysError;
use crate::template::TemplateError;

/// A repository that cannot be made or brought up to date. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum ScaffoldError {
    /// Something is there already.
    #[error("`{path}` is there already")]
    Exists {
        /// The folder.
        path: Utf8PathBuf,
    },
    /// A repository inside another one.
    #[error("`{path}` is inside the git repository `{repository}`")]
    Nested {
        /// The folder that was to be made.
        path: Utf8PathBuf,
        /// The repository around it.
        repository: Utf8PathBuf,
    },
    /// The registry has such a crate.
    #[error("the registry `{registry}` has a crate `{name}` already")]
    NameTaken {
        /// The crate.
        name: CrateName,
        /// The registry.
        registry: RegistryName,
    },
    /// The context has such a crate.
    #[error("`{repository}` has a crate `{name}` already")]
    CrateExists {
        /// The crate.
        name: CrateName,
        /// The context's repository.
        repository: Utf8PathBuf,
    },
    /// A text that cannot be filled in.
    #[error("`{value}` is no {what}: {reason}")]
    Value {
        /// What it was given for.
        what: &'static str,
        /// As it was given.
        value: String,
        /// Why not.
        reason: &'static str,
    },
    /// What is asked for is settled for all crates of a context.
    #[error("`{flag}` differs from what the context `{context}` has: {has}")]
    Settled {
        /// The flag.
        flag: &'static str,
        /// The context.
        context: CrateName,
        /// What it has.
        has: String,
    },
    /// Changes that are not committed.
    #[error("`{repository}` has changes that are not committed: {}", listed(files))]
    Dirty {
        /// The repository.
        repository: Utf8PathBuf,
        /// The files.
        files: Vec<Utf8PathBuf>,
    },
    /// The template is not what the repository was made from any more.
    #[error("the template has changed since `{repository}` was made from it")]
    Behind {
        /// The repository.
        repository: Utf8PathBuf,
    },
    /// No record of a template.
    #[error("`{repository}` does not say which template it was made from")]
    NoRecord {
        /// The repository.
        repository: Utf8PathBuf,
    },
    /// A record is there already.
    #[error("`{repository}` has a record of its template already")]
    Adopted {
        /// The repository.
        repository: Utf8PathBuf,
    },
    /// A branch with something else on it.
    #[error("the branch `{branch}` has commits that were not made by this command")]
    Branch {
        /// The branch.
        branch: String,
    },
    /// The branch that would be moved is checked out.
    #[error("the branch `{branch}` is checked out")]
    OnBranch {
        /// The branch.
        branch: String,
    },
    /// A file that the template does not have.
    #[error("the template has no file `{path}`")]
    NoFile {
        /// The file.
        path: Utf8PathBuf,
    },
    /// A repository whose packages do not fit the template.
    #[error("`{repository}` {reason}")]
    Shape {
        /// The repository.
        repository: Utf8PathBuf,
        /// Why not.
        reason: &'static str,
        /// What to do.
        help: &'static str,
    },
    /// What came of the template is none to cargo.
    #[error("cargo does not take what the template gives")]
    Unfit {
        /// What cargo said.
        source: CargoError,
    },
    /// A template.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// A name.
    #[error(transparent)]
    Name(#[from] NameError),
    /// A name that registries do not take.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// Cargo.
    #[error(transparent)]
    Cargo(#[from] CargoError),
    /// Git.
    #[error(transparent)]
    Git(#[from] GitError),
    /// A file.
    #[error(transparent)]
    Sys(#[from] SysError),
}

impl ScaffoldError {
    /// The way out, for a `help:` line.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Exists { .. } => Some("choose another folder with `--into`".to_owned()),
            Self::Nested { .. } => Some(
                "a library has a repository of its own: choose a folder outside with `--into`"
                    .to_owned(),
            ),
            Self::NameTaken { .. } | Self::CrateExists { .. } => {
                Some("choose another name".to_owned())
            }
            Self::Settled { flag, .. } => Some(format!("leave `{flag}` out")),
            Self::Dirty { .. } => Some("commit or stash them first".to_owned()),
            Self::Behind { .. } => {
                Some("run `cargo quarry sync`, and merge its branch, first".to_owned())
            }
            Self::NoRecord { .. } => {
                Some("`cargo quarry sync --adopt` begins to keep it like a template".to_owned())
            }
            Self::Adopted { .. } => Some("run `cargo quarry sync`".to_owned()),
            Self::Branch { branch } => Some(format!(
                "merge it or rename it: `git branch -m {branch} NAME`"
            )),
            Self::OnBranch { .. } => {
                Some("switch to the one that it is to be merged into".to_owned())
            }
            Self::Shape { help, .. } => Some((*help).to_owned()),
            Self::Unfit { source } => source.help(),
            Self::Template(error) => error.help(),
            Self::Name(error) => error.help(),
            Self::Registry(error) => error.help(),
            Self::Cargo(error) => error.help(),
            Self::Git(error) => error.help(),
            Self::Sys(error) => error.help(),
            Self::Value { .. } | Self::NoFile { .. } => None,
        }
    }
}

fn listed(files: &[Utf8PathBuf]) -> String {
    const SHOWN: usize = 5;
    let names = files.iter().take(SHOWN).map(|file| format!("`{file}`"));
    let mut text = names.collect::<Vec<_>>().join(", ");
    if files.len() > SHOWN {
        text.push_str(", …");
    }
    text
}
