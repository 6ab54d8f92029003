//! What keeps the registry from being served.

use std::net::SocketAddr;

use camino::Utf8PathBuf;

use crate::registry::RegistryError;
use crate::sys::SysError;

/// A registry that cannot be served, or a token that cannot be managed.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// An address that cannot be listened at.
    #[error("cannot listen at {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// Listening at every address, and nothing says which of them people use.
    #[error("{address} is no address that others could reach the registry at")]
    NoBaseUrl {
        /// The address.
        address: SocketAddr,
    },
    /// A base URL that is none.
    #[error("`{url}` is not a base URL")]
    BaseUrl {
        /// The text.
        url: String,
    },
    /// A data folder that another process serves.
    #[error("another process serves the data in `{data}`")]
    InUse {
        /// The data folder.
        data: Utf8PathBuf,
    },
    /// An index that cannot be read.
    #[error("the index in `{data}` is damaged")]
    Index {
        /// The data folder.
        data: Utf8PathBuf,
        /// What is wrong with it.
        source: RegistryError,
    },
    /// The server's threads.
    #[error("cannot run the server")]
    Run {
        /// What the system said.
        source: std::io::Error,
    },
    /// A token file that cannot be read.
    #[error("cannot read the tokens in `{path}`")]
    Tokens {
        /// The file.
        path: Utf8PathBuf,
        /// What the parser said.
        source: serde_json::Error,
    },
    /// A name that a token cannot have.
    #[error("`{name}` cannot name a token")]
    TokenName {
        /// The name as given.
        name: String,
    },
    /// When a token ends, and it is not to be understood or over already.
    #[error("`{text}` is no time for a token to end")]
    Expiry {
        /// The text.
        text: String,
    },
    /// No such token.
    #[error("no token is called `{token}`")]
    NoToken {
        /// The id or name as given.
        token: String,
    },
    /// A name that several tokens have.
    #[error("several tokens are called `{name}`: {}", ids.join(", "))]
    ManyTokens {
        /// The name.
        name: String,
        /// Their ids.
        ids: Vec<String>,
    },
    /// No randomness for a token.
    #[error("the system gives no random numbers")]
    Random {
        /// What the system said.
        source: getrandom::Error,
    },
    /// A file operation.
    #[error(transparent)]
    Sys(#[from] SysError),
}

impl ServeError {
    /// The way out, for a `help:` line.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Listen { address, source } => listen_help(*address, source.kind()),
            Self::NoBaseUrl { .. } => Some(
                "give the URL that people use with --base-url: it lands in their lock files"
                    .to_owned(),
            ),
            Self::BaseUrl { .. } => {
                Some("it looks like `https://registry.example.com`, without a query".to_owned())
            }
            Self::InUse { .. } => {
                Some("stop the other one, or give another folder with --data".to_owned())
            }
            Self::TokenName { .. } => {
                Some("a name has letters, digits, `-`, `_`, `.` and `@`, at most 64".to_owned())
            }
            Self::Expiry { .. } => Some(
                "give a day to come, such as 2027-06-30, or a time from now: 12h, 90d, 6w"
                    .to_owned(),
            ),
            Self::NoToken { .. } => {
                Some("`cargo quarry registry token list` shows them all".to_owned())
            }
            Self::ManyTokens { .. } => Some("say which by its id".to_owned()),
            Self::Index { source, .. } => source.help(),
            Self::Sys(error) => error.help(),
            Self::Run { .. } | Self::Tokens { .. } | Self::Random { .. } => None,
        }
    }
}

fn listen_help(address: SocketAddr, kind: std::io::ErrorKind) -> Option<String> {
    match kind {
        std::io::ErrorKind::AddrInUse => Some(format!(
            "port {} is taken, perhaps by a registry that runs already: stop that one, or choose \
             another port with --listen (it becomes part of the registry's URL)",
            address.port()
        )),
        std::io::ErrorKind::PermissionDenied => {
            Some("ports below 1024 are for the administrator: choose a higher one".to_owned())
        }
        std::io::ErrorKind::AddrNotAvailable => Some("this machine has no such address".to_owned()),
        _ => None,
    }
}
