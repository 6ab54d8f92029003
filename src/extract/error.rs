//! Why an extraction stops.

use camino::Utf8PathBuf;

use crate::syntax::{LexError, SyntaxError};
use crate::sys::SysError;

/// Why an extraction stops.
#[derive(Debug, thiserror::Error)]
pub enum ExtractError {
    /// Files, processes.
    #[error(transparent)]
    Sys(#[from] SysError),
    /// Reading the target.
    #[error(transparent)]
    Syntax(#[from] SyntaxError),
    /// A moved file that cannot be read as tokens.
    #[error("cannot read `{file}` as Rust")]
    Lex {
        /// The file.
        file: Utf8PathBuf,
        /// What the lexer said.
        source: LexError,
    },
}

impl ExtractError {
    /// The way out, for a `help:` line.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Sys(error) => error.help(),
            Self::Syntax(_) | Self::Lex { .. } => None,
        }
    }
}
