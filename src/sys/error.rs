//! What can go wrong below us.

use camino::Utf8PathBuf;

/// A file, process or environment operation that failed.
#[derive(Debug, thiserror::Error)]
pub enum SysError {
    /// A file operation.
    #[error("cannot {action} `{path}`")]
    Io {
        /// The verb: `read`, `write`, ….
        action: &'static str,
        /// The path, as it was given.
        path: Utf8PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A path that is not UTF-8.
    #[error("the path `{path}` is not UTF-8")]
    NotUtf8 {
        /// The path, with what cannot be shown replaced.
        path: String,
    },
    /// A file that should be text and is not.
    #[error("`{path}` is not UTF-8 text")]
    NotText {
        /// The file.
        path: Utf8PathBuf,
    },
    /// A program that could not be started.
    #[error("cannot run `{command}`")]
    Start {
        /// The command line.
        command: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// A program that said no.
    #[error("`{command}` failed ({status}){}", indented(stderr))]
    Failed {
        /// The command line.
        command: String,
        /// Its exit code, or the signal that ended it.
        status: String,
        /// The end of what it wrote to standard error.
        stderr: String,
    },
}

impl SysError {
    /// The way out, for a `help:` line.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Start { command, source } if source.kind() == std::io::ErrorKind::NotFound => {
                let program = command.split(' ').next().unwrap_or(command);
                Some(format!("install `{program}` and see that it is on PATH"))
            }
            Self::NotUtf8 { .. } => Some("rename it: paths must be UTF-8".to_owned()),
            Self::Start { .. } | Self::Io { .. } | Self::NotText { .. } | Self::Failed { .. } => {
                None
            }
        }
    }

    /// Is it only that the file or folder is not there? Neither is one below what is no folder.
    pub fn is_not_found(&self) -> bool {
        use std::io::ErrorKind::{NotADirectory, NotFound};
        let absent = |kind| matches!(kind, NotFound | NotADirectory);
        matches!(self, Self::Io { source, .. } if absent(source.kind()))
    }
}

fn indented(stderr: &str) -> String {
    let tail: Vec<&str> = stderr.trim_end().lines().rev().take(40).collect();
    tail.iter()
        .rev()
        .fold(String::new(), |text, line| text + "\n  " + line)
}
