//! What can go wrong here. Source that does not parse is no error: the tree lists it.

use crate::sys::SysError;

/// A target whose source cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum SyntaxError {
    /// The crate root file, or a file that it declares, cannot be read.
    #[error("cannot read the source of the crate")]
    Read(#[from] SysError),
}

impl SyntaxError {
    /// The way out, for a `help:` line.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Read(source) => source.help(),
        }
    }
}
