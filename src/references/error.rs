//! Why there is no map.

use crate::sys::SysError;

/// A map that could not be built.
#[derive(Debug, thiserror::Error)]
pub enum ReferenceError {
    /// A file or a process.
    #[error("cannot build the reference map")]
    System(#[from] SysError),
    /// The project does not compile, marks or not.
    #[error("the project does not build with {features}:\n{}", errors.join("\n"))]
    DoesNotBuild {
        /// The features, for people.
        features: String,
        /// The compiler's first errors, as it renders them.
        errors: Vec<String>,
    },
    /// Cargo stopped before it compiled anything, or a build script failed.
    #[error("cargo cannot check the project with {features}:\n{stderr}")]
    Cargo {
        /// The features, for people.
        features: String,
        /// The end of what cargo wrote to standard error.
        stderr: String,
    },
    /// The project compiles, but not with marks in it, and no mark is left to drop.
    #[error("the marked copy does not build with {features}:\n{}", errors.join("\n"))]
    Marks {
        /// The features, for people.
        features: String,
        /// The compiler's first errors, as it renders them.
        errors: Vec<String>,
    },
    /// What the compiler said is not what is known of its format.
    #[error("cannot read the compiler's message `{line}`")]
    Message {
        /// The beginning of the line.
        line: String,
        /// What is wrong with it.
        source: serde_json::Error,
    },
}

impl ReferenceError {
    /// The way out, for a `help:` line.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::System(source) => source.help(),
            Self::DoesNotBuild { .. } => {
                Some("see that `cargo check --all-targets` succeeds first".to_owned())
            }
            Self::Cargo { .. } | Self::Marks { .. } | Self::Message { .. } => None,
        }
    }
}
