//! `config.json` at the root of an index.

use serde::{Deserialize, Serialize};

/// What cargo reads first from an index (the cargo book, "Index configuration").
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Config {
    /// Where packages are downloaded: cargo adds `/{crate}/{version}/download`.
    pub dl: String,
    /// The base of the web API, without a slash at its end.
    pub api: Option<String>,
    /// Is a token needed for reading, too?
    #[serde(rename = "auth-required", default)]
    pub auth_required: bool,
}

impl Config {
    /// The configuration of a registry of this tool that people reach at `base_url`.
    pub fn at(base_url: &str, auth_required: bool) -> Self {
        let base = base_url.trim_end_matches('/');
        Self {
            dl: format!("{base}/api/v1/crates"),
            api: Some(base.to_owned()),
            auth_required,
        }
    }
}
