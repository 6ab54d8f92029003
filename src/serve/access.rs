//! Who asks: a token in the `Authorization` header, turned into proof that a handler can demand.

use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::pages;
use super::refusal::Refusal;
use super::routes::{Shared, blocking};
use super::token::{Token, authenticate};

/// Proof that the one who asks may read.
pub(super) struct Reader;

/// The token of one who wants to change something. What it allows is for the catalogue to say.
pub(super) struct Writer(pub(super) Token);

/// Proof that a person with a browser may read. Browsers send a token as the password of HTTP
/// Basic, by themselves once they know it: hence it counts for pages, and for nothing that
/// changes something.
pub(super) struct Visitor;

impl FromRequestParts<Shared> for Reader {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, site: &Shared) -> Result<Self, Refusal> {
        if site.open_reads {
            return Ok(Self);
        }
        token(presented(parts), site).await.map(|_| Self)
    }
}

impl FromRequestParts<Shared> for Writer {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, site: &Shared) -> Result<Self, Refusal> {
        token(presented(parts), site).await.map(Self)
    }
}

impl FromRequestParts<Shared> for Visitor {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, site: &Shared) -> Result<Self, Response> {
        if site.open_reads {
            return Ok(Self);
        }
        let text = presented(parts);
        let text = text.and_then(|text| match text.split_once(' ') {
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("basic") => {
                password(rest).ok_or(MALFORMED)
            }
            _ => Ok(text),
        });
        match token(text, site).await {
            Ok(_) => Ok(Self),
            Err(refusal) => Err(pages::refuse(site, &refusal)),
        }
    }
}

const MALFORMED: &str = "the token is malformed";

/// What the request says of who asks, or what is wrong with it.
fn presented(parts: &Parts) -> Result<String, &'static str> {
    let value = parts.headers.get(header::AUTHORIZATION);
    let value = value.ok_or("this registry wants a token")?;
    let text = value.to_str().map_err(|_| MALFORMED)?;
    // Cargo sends the token alone, other clients say what it is.
    Ok(text.strip_prefix("Bearer ").unwrap_or(text).to_owned())
}

fn password(credentials: &str) -> Option<String> {
    let bytes = STANDARD.decode(credentials.trim()).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let (_, password) = text.split_once(':')?;
    Some(password.to_owned())
}

async fn token(presented: Result<String, &'static str>, site: &Shared) -> Result<Token, Refusal> {
    let refuse = |detail: &str| Refusal::Unauthorised {
        detail: detail.to_owned(),
        login_url: format!("{}/me", site.base_url),
    };
    let presented = presented.map_err(refuse)?;
    let data = site.data.clone();
    let found = blocking(move || Ok(authenticate(&data, &presented)?)).await?;
    let token =
        found.ok_or_else(|| refuse("this registry does not know the token, or it was revoked"))?;
    match &token.expires {
        Some(end) if end.is_over() => Err(refuse(&format!(
            "the token `{}` ({}) ended at {end}",
            token.name, token.id
        ))),
        _ => Ok(token),
    }
}
