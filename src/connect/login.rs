//! A token is proved against its registry, and stored through cargo.

use camino::Utf8Path;

use super::{ConnectError, Kind};
use crate::cargo::{self, Invocation, TokenSource, load_token, registry_settings};
use crate::client::{Client, ClientError};
use crate::model::{RegistryName, Secret};

/// What came of a login.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedIn {
    /// The URL of the index.
    pub index: String,
    /// The word that was put before the token, as that kind of registry wants it.
    pub scheme: Option<&'static str>,
    /// What the registry said to the token.
    pub proof: Proof,
    /// Where cargo has the token now.
    pub place: Option<String>,
    /// A variable or file whose other token counts in place of this one.
    pub overruled_by: Option<String>,
}

/// What a registry said to a token. The protocol has no request that tells what a token allows:
/// for publishing, only publishing does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// It let nobody read without a token, and this token did.
    Reads,
    /// It lets everybody read: nothing was proved.
    Open,
    /// It has a git index, which was not asked.
    NotAsked,
}

/// Proves `token` against the registry `name`, and stores it as cargo, run in `dir`, has
/// configured it. A token that is refused is not stored.
pub fn login(
    dir: &Utf8Path,
    name: &RegistryName,
    token: &Secret,
) -> Result<LoggedIn, ConnectError> {
    let invocation = Invocation::new(dir);
    let Some(index) = registry_settings(&invocation, name)?.index else {
        return Err(ConnectError::NotConfigured { name: name.clone() });
    };
    let scheme = missing_scheme(&index, token);
    let token = match scheme {
        Some(scheme) => Secret::new(format!("{scheme} {}", token.expose())),
        None => token.clone(),
    };
    let proof = prove(name, &index, &token)?;
    cargo::login(&invocation, name, &token)?;
    let (place, overruled_by) = match load_token(&invocation, name)? {
        TokenSource::Found(found, place) if found == token => (Some(place), None),
        TokenSource::Found(_, place) => (None, Some(place)),
        TokenSource::Provider(provider) => (Some(provider), None),
        TokenSource::None => (None, None),
    };
    Ok(LoggedIn {
        index,
        scheme,
        proof,
        place,
        overruled_by,
    })
}

/// The word that must stand before the token, and does not.
fn missing_scheme(index: &str, token: &Secret) -> Option<&'static str> {
    if token.expose().contains(' ') {
        return None;
    }
    let kind = Kind::of_index(index)?;
    let scheme = kind.scheme()?;
    // What Cloudsmith gives for OpenID Connect is a JSON Web Token, no API key.
    let web_token = kind == Kind::Cloudsmith && token.expose().starts_with("eyJ");
    Some(if web_token { "Bearer" } else { scheme })
}

fn prove(name: &RegistryName, index: &str, token: &Secret) -> Result<Proof, ConnectError> {
    match Client::connect(index, Some(token.clone())) {
        Ok(client) if client.needed_token() => Ok(Proof::Reads),
        Ok(_) => Ok(Proof::Open),
        Err(ClientError::NotSparse { .. }) => Ok(Proof::NotAsked),
        Err(ClientError::Status {
            status: status @ (401 | 403),
            detail,
            ..
        }) => Err(ConnectError::Refused {
            name: name.clone(),
            status,
            detail,
        }),
        Err(error) => Err(error.into()),
    }
}
