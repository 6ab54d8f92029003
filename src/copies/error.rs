//! What can go wrong when repositories are read for copies.

use crate::git::GitError;
use crate::sys::SysError;

/// Repositories that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum CopiesError {
    /// A repository.
    #[error(transparent)]
    Git(#[from] GitError),
    /// A file or folder.
    #[error(transparent)]
    Sys(#[from] SysError),
    /// There is nothing to compare.
    #[error("no Rust source in {}", listed(roots))]
    NoRust {
        /// The folders that were looked into.
        roots: Vec<camino::Utf8PathBuf>,
    },
}

impl CopiesError {
    /// The way out, for a `help:` line.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Git(error) => error.help(),
            Self::Sys(error) => error.help(),
            Self::NoRust { .. } => None,
        }
    }
}

fn listed(roots: &[camino::Utf8PathBuf]) -> String {
    let roots: Vec<String> = roots.iter().map(|root| format!("`{root}`")).collect();
    roots.join(", ")
}
