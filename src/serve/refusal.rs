//! What a request is refused with: a status, and a sentence that cargo shows.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::ServeError;
use crate::registry::RegistryError;
use crate::sys::SysError;

/// Why a request is refused.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refusal {
    /// No token, or one that is not known.
    #[error("{detail}")]
    Unauthorised {
        /// What is missing.
        detail: String,
        /// Where a token comes from, an absolute URL.
        login_url: String,
    },
    /// A token that does not allow this.
    #[error("{0}")]
    Forbidden(String),
    /// What was asked for is not there.
    #[error("{0}")]
    Missing(String),
    /// Against what is there already.
    #[error("{0}")]
    Conflict(String),
    /// The request makes no sense.
    #[error("{0}")]
    Invalid(String),
    /// More bytes than are taken.
    #[error("{0}")]
    TooLarge(String),
    /// The registry itself failed. The reason goes to its log, not to the client.
    #[error("the registry failed; its log says why")]
    Failed,
}

impl Refusal {
    /// A request that the protocol's own rules refuse.
    pub(super) fn invalid(error: &RegistryError) -> Self {
        let mut detail = error.to_string();
        let mut source = std::error::Error::source(error);
        while let Some(error) = source {
            detail = format!("{detail}: {error}");
            source = error.source();
        }
        Self::Invalid(detail)
    }

    /// A package whose manifest knows this registry by another URL than its own: whoever uses
    /// the package would ask there.
    pub(super) fn other_url(dependency: &str, url: &str, here: &str) -> Self {
        let base = url
            .strip_prefix("sparse+")
            .and_then(|url| url.strip_suffix("/index/"));
        let restart = base.map_or_else(String::new, |base| {
            format!(", or have the registry started with `--base-url {base}`")
        });
        Self::Invalid(format!(
            "the package takes `{dependency}` from {url}, and this registry is at {here}: publish \
             with that URL in cargo's configuration{restart}"
        ))
    }

    pub(super) fn status(&self) -> StatusCode {
        match self {
            Self::Unauthorised { .. } => StatusCode::UNAUTHORIZED,
            Self::Forbidden(_) => StatusCode::FORBIDDEN,
            Self::Missing(_) => StatusCode::NOT_FOUND,
            Self::Conflict(_) => StatusCode::CONFLICT,
            Self::Invalid(_) => StatusCode::BAD_REQUEST,
            Self::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Failed => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl From<SysError> for Refusal {
    fn from(error: SysError) -> Self {
        fail(&error)
    }
}

impl From<ServeError> for Refusal {
    fn from(error: ServeError) -> Self {
        fail(&error)
    }
}

/// Data of our own that does not follow the protocol: not the client's fault.
impl From<RegistryError> for Refusal {
    fn from(error: RegistryError) -> Self {
        fail(&error)
    }
}

fn fail(error: &dyn std::error::Error) -> Refusal {
    let cause = error.source().map(tracing::field::display);
    tracing::error!(%error, cause, "request failed");
    Refusal::Failed
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let errors = serde_json::json!({"errors": [{"detail": self.to_string()}]});
        let mut response = (self.status(), axum::Json(errors)).into_response();
        if let Self::Unauthorised { login_url, .. } = &self {
            let challenge = format!("Cargo login_url=\"{login_url}\"");
            if let Ok(challenge) = HeaderValue::from_str(&challenge) {
                response
                    .headers_mut()
                    .insert(header::WWW_AUTHENTICATE, challenge);
            }
        }
        response
    }
}
