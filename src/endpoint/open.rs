//! A registry by its name in cargo's configuration, ready to be asked.

use camino::Utf8Path;

use super::error::EndpointError;
use crate::cargo::{Invocation, TokenSource, load_token, registry_names, registry_settings};
use crate::client::Client;
use crate::model::RegistryName;

/// The registry `name`, with the token that cargo would use in `dir`.
///
/// # Errors
/// If cargo has no registry of that name, if only a credential provider has its token, or if it
/// does not answer.
pub fn open(dir: &Utf8Path, name: &RegistryName) -> Result<Client, EndpointError> {
    let cargo = Invocation::new(dir);
    let Some(index) = registry_settings(&cargo, name)?.index else {
        return Err(EndpointError::NotConfigured { name: name.clone() });
    };
    let token = match load_token(&cargo, name)? {
        TokenSource::Found(token, _) => Some(token),
        TokenSource::None => None,
        TokenSource::Provider(provider) => {
            return Err(EndpointError::Provider {
                name: name.clone(),
                provider,
            });
        }
    };
    Ok(Client::connect(&index, token)?)
}

/// The registry whose index is at `url`, with the token that cargo has for it under any name.
///
/// # Errors
/// As [`open`].
pub fn open_url(dir: &Utf8Path, url: &str) -> Result<Client, EndpointError> {
    let cargo = Invocation::new(dir);
    for name in registry_names(&cargo)? {
        if registry_settings(&cargo, &name)?.index.as_deref() == Some(url) {
            return open(dir, &name);
        }
    }
    Ok(Client::connect(url, None)?)
}
