//! Who asks: a token in the `Authorization` header, turned into proof that a handler can demand.

use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;

use super::refusal::Refusal;
use super::routes::{Shared, blocking};
use super::token::{Token, authenticate};

/// Proof that the one who asks may read.
pub(super) struct Reader;

/// The token of one who wants to change something. What it allows is for the catalogue to say.
pub(super) struct Writer(pub(super) Token);

impl FromRequestParts<Shared> for Reader {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, site: &Shared) -> Result<Self, Refusal> {
        if site.open_reads {
            return Ok(Self);
        }
        token(parts, site).await.map(|_| Self)
    }
}

impl FromRequestParts<Shared> for Writer {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, site: &Shared) -> Result<Self, Refusal> {
        token(parts, site).await.map(Self)
    }
}

async fn token(parts: &Parts, site: &Shared) -> Result<Token, Refusal> {
    let login_url = format!("{}/me", site.base_url);
    let refuse = |detail| Refusal::Unauthorised { detail, login_url };
    let Some(value) = parts.headers.get(header::AUTHORIZATION) else {
        return Err(refuse("this registry wants a token"));
    };
    let Ok(text) = value.to_str() else {
        return Err(refuse("the token is malformed"));
    };
    // Cargo sends the token alone, other clients say what it is.
    let presented = text.strip_prefix("Bearer ").unwrap_or(text).to_owned();
    let data = site.data.clone();
    let found = blocking(move || Ok(authenticate(&data, &presented)?)).await?;
    found.ok_or_else(|| refuse("this registry does not know the token, or it was revoked"))
}
