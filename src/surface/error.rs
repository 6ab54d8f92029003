//! Why a surface can't be had.

use camino::Utf8PathBuf;

use crate::cargo::CargoError;
use crate::client::ClientError;
use crate::git::GitError;
use crate::registry::RegistryError;
use crate::sys::SysError;

/// A surface that can't be read or compared: the answer is then "not known", never "the same".
#[derive(Debug, thiserror::Error)]
pub enum SurfaceError {
    /// A cargo command.
    #[error(transparent)]
    Cargo(#[from] CargoError),
    /// A file or a program.
    #[error(transparent)]
    Sys(#[from] SysError),
    /// The registry that a baseline comes from.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// A package that a baseline is unpacked from.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// The repository that a baseline comes from.
    #[error(transparent)]
    Git(#[from] GitError),
    /// The folder holds another package.
    #[error("no package `{package}` in `{dir}`")]
    NoPackage {
        /// The package that was asked for.
        package: String,
        /// Where it was looked for.
        dir: Utf8PathBuf,
    },
    /// A tag of another package.
    #[error("the tag `{tag}` has no package `{package}`")]
    NotInTag {
        /// The package that was asked for.
        package: String,
        /// The tag.
        tag: String,
    },
    /// Only programs.
    #[error("`{package}` has no library target")]
    NoLibrary {
        /// The package.
        package: String,
    },
    /// Its API is what its macros accept, which no tool can compare.
    #[error("`{package}` is a procedural macro crate")]
    ProcMacro {
        /// The package.
        package: String,
    },
    /// rustdoc, or the compiler on a dependency, said no.
    #[error("`{package}` in `{dir}` does not compile:\n{stderr}")]
    DoesNotBuild {
        /// The package.
        package: String,
        /// Its root.
        dir: Utf8PathBuf,
        /// The end of what cargo wrote.
        stderr: String,
    },
    /// rustdoc was not run through the wrapper.
    #[error("`{command}` left no JSON in `{folder}`")]
    NoJson {
        /// The command line.
        command: String,
        /// Where it should be.
        folder: Utf8PathBuf,
    },
    /// Not JSON, or not rustdoc's.
    #[error("cannot read rustdoc's JSON `{path}`")]
    Json {
        /// The file.
        path: Utf8PathBuf,
        /// What is wrong.
        source: serde_json::Error,
    },
    /// Another toolchain's format.
    #[error("`{path}` has version {found} of rustdoc's JSON format, this program reads {known}")]
    Format {
        /// The file.
        path: Utf8PathBuf,
        /// Its version.
        found: u32,
        /// The version that can be read.
        known: u32,
    },
}

impl SurfaceError {
    /// The way out, for a `help:` line.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Cargo(error) => error.help(),
            Self::Sys(error) => error.help(),
            Self::Client(error) => error.help(),
            Self::Registry(error) => error.help(),
            Self::Git(error) => error.help(),
            Self::NoPackage { .. }
            | Self::NotInTag { .. }
            | Self::NoLibrary { .. }
            | Self::Json { .. } => None,
            Self::ProcMacro { .. } => {
                Some("compare what its macros accept by tests that use them".to_owned())
            }
            Self::DoesNotBuild { package, dir, .. } => {
                Some(format!("`cargo check -p {package}` in `{dir}` shows all of it"))
            }
            Self::NoJson { .. } => Some("is `build.rustdoc` set in cargo's configuration?".to_owned()),
            Self::Format { .. } => Some(
                "the format belongs to the toolchain: use the one of a rust-toolchain file that this \
                 version supports, or set CARGO_QUARRY_TOOLCHAIN"
                    .to_owned(),
            ),
        }
    }
}
