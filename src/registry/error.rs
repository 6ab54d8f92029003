//! What can be wrong with a registry's data.

use crate::sys::SysError;

/// Registry data that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    /// A name that no package can have.
    #[error("`{name}` cannot name a package: {reason}")]
    Name {
        /// The name as given.
        name: String,
        /// The rule that it breaks.
        reason: &'static str,
    },
    /// A package that is no gzipped tarball, or is cut off.
    #[error("cannot unpack the package")]
    Unpack {
        /// What the reader said.
        source: std::io::Error,
    },
    /// A package that unpacks to more than is allowed.
    #[error("the package unpacks to more than {limit} bytes")]
    TooLarge {
        /// The limit, in bytes.
        limit: u64,
    },
    /// A file in the package that must not be there.
    #[error("the package contains `{path}`, {reason}")]
    Entry {
        /// The path inside the package.
        path: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A package without a manifest.
    #[error("the package has no `Cargo.toml` in its top folder")]
    NoManifest,
    /// A package whose manifest is not a packaged manifest.
    #[error("cannot read the `Cargo.toml` in the package")]
    Manifest {
        /// What the parser said.
        source: toml_edit::de::Error,
    },
    /// A manifest that disagrees with the package's own name.
    #[error("the package's folder is `{folder}`, but its `Cargo.toml` says `{expected}`")]
    Folder {
        /// The top folder.
        folder: String,
        /// `NAME-VERSION` by the manifest.
        expected: String,
    },
    /// A version requirement that is none.
    #[error("the package requires `{name}` as `{req}`, which is not a version requirement")]
    Requirement {
        /// The dependency.
        name: String,
        /// The text.
        req: String,
        /// What the parser said.
        source: semver::Error,
    },
    /// A publish request whose lengths do not add up.
    #[error("the publish request is malformed: {reason}")]
    Request {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// Metadata of a publish request that is not what cargo sends.
    #[error("cannot read the metadata of the publish request")]
    Metadata {
        /// What the parser said.
        source: serde_json::Error,
    },
    /// A line of an index file that cannot be read.
    #[error("cannot read line {line} of the index file of `{name}`")]
    Index {
        /// The crate.
        name: String,
        /// The line, from 1.
        line: usize,
        /// What the parser said.
        source: serde_json::Error,
    },
    /// A publish request that says other than the package.
    #[error(
        "the request and the package's `Cargo.toml` disagree on {what}: {asked} there, {packaged} here"
    )]
    Disagree {
        /// What they disagree on.
        what: String,
        /// What the request says.
        asked: String,
        /// What the manifest says.
        packaged: String,
    },
    /// A `Cargo.lock` that cannot be read.
    #[error("cannot read the lock file")]
    Lock {
        /// What the parser said.
        source: toml_edit::de::Error,
    },
    /// Two packages of one name and version that differ.
    #[error("two different packages are both `{name}` {version}")]
    Twice {
        /// The name.
        name: String,
        /// The version.
        version: semver::Version,
    },
    /// A file operation.
    #[error(transparent)]
    Sys(#[from] SysError),
}

impl RegistryError {
    /// The way out, for a `help:` line.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Name { .. } => Some(
                "a name has letters, digits, `-` and `_`, starts with a letter, and has at most 64 characters"
                    .to_owned(),
            ),
            Self::Twice { .. } => Some("give one of them another version".to_owned()),
            Self::Lock { .. } => Some("`cargo generate-lockfile` writes a new one".to_owned()),
            Self::Sys(error) => error.help(),
            Self::Unpack { .. }
            | Self::TooLarge { .. }
            | Self::Entry { .. }
            | Self::NoManifest
            | Self::Manifest { .. }
            | Self::Folder { .. }
            | Self::Requirement { .. }
            | Self::Request { .. }
            | Self::Metadata { .. }
            | Self::Disagree { .. }
            | Self::Index { .. } => None,
        }
    }
}
