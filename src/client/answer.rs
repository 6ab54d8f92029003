//! What a registry answered.

use serde::Deserialize;

/// An answer, whatever its status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The URL that was asked, without a password.
    pub url: String,
    /// The status.
    pub status: u16,
    /// The clock of the registry, in seconds since 1970, if it tells.
    pub date: Option<i64>,
    /// The header `WWW-Authenticate`: how to log in.
    pub challenge: Option<String>,
    /// The body.
    pub body: Vec<u8>,
}

#[derive(Deserialize)]
struct Errors {
    errors: Vec<Detail>,
}

#[derive(Deserialize)]
struct Detail {
    #[serde(alias = "message")]
    detail: String,
}

impl Answer {
    /// Is it good?
    pub fn is_ok(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// What the registry says is wrong, `{"errors":[{"detail":…}]}`: cargo shows it even where
    /// the status is 200.
    pub fn errors(&self) -> Option<String> {
        let errors: Errors = serde_json::from_slice(&self.body).ok()?;
        let details = errors.errors.into_iter().map(|error| error.detail);
        Some(details.collect::<Vec<_>>().join(", ")).filter(|text| !text.is_empty())
    }
}
