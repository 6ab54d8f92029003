//! What can go wrong between us and GitHub.

use crate::client::ClientError;

/// A pull request or a comment that could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ForgeError {
    /// The remote is elsewhere.
    #[error("{remote} is not a repository on GitHub")]
    NotGitHub {
        /// Its URL, without a password.
        remote: String,
        /// Its host, where it could be an enterprise's own GitHub.
        host: Option<String>,
    },
    /// Nothing to show that we may.
    #[error("there is no token for {repository} on GitHub")]
    NoToken {
        /// `OWNER/NAME`.
        repository: String,
    },
    /// It refuses.
    #[error("cannot {action} of {repository}: GitHub answers {status}: {message}")]
    Refused {
        /// What was tried: `open a pull request`.
        action: &'static str,
        /// `OWNER/NAME`.
        repository: String,
        /// The status.
        status: u16,
        /// What it says.
        message: String,
    },
    /// The repository has another name now.
    #[error("{repository} has moved")]
    Moved {
        /// `OWNER/NAME`.
        repository: String,
    },
    /// An answer that the API does not know.
    #[error("{url} does not answer as GitHub does")]
    Answer {
        /// The URL.
        url: String,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// It cannot be reached.
    #[error(transparent)]
    Client(#[from] ClientError),
}

impl ForgeError {
    /// The way out, for a `help:` line.
    pub fn help(&self) -> Option<String> {
        let help = match self {
            Self::NotGitHub {
                host: Some(host), ..
            } => {
                return Some(format!(
                    "if {host} is your GitHub Enterprise, set GH_HOST={host}; else open the pull request by hand"
                ));
            }
            Self::NotGitHub { host: None, .. } => "open the pull request by hand",
            Self::NoToken { .. } => {
                "set GITHUB_TOKEN or GH_TOKEN; `gh auth token` prints one, and in a workflow it is \
                 `${{ github.token }}`"
            }
            Self::Refused { status: 401, .. } => {
                "the token in GITHUB_TOKEN or GH_TOKEN is not valid, or no longer"
            }
            Self::Refused { status: 403, .. } => {
                "the token needs the permission `pull-requests: write`; a workflow states it under \
                 `permissions:`"
            }
            Self::Refused { status: 404, .. } => {
                "GitHub hides what a token may not see: it needs access to that repository"
            }
            Self::Moved { .. } => "`git remote set-url origin URL` with its URL of today",
            Self::Client(error) => return error.help(),
            Self::Refused { .. } | Self::Answer { .. } => return None,
        };
        Some(help.to_owned())
    }
}
