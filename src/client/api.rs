//! The web API: publish, yank, and which crates there are.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::sparse::accepted;
use super::{Answer, Client, ClientError};
use crate::registry::{Metadata, PackageName, encode_publish};

/// As many crates are asked for at once.
const PAGE: usize = 100;

#[derive(Deserialize)]
struct Found {
    crates: Vec<Named>,
    meta: Total,
}

#[derive(Deserialize)]
struct Named {
    name: PackageName,
}

#[derive(Deserialize)]
struct Total {
    total: usize,
}

impl Client {
    /// Publishes a package.
    pub fn publish(&self, metadata: &Metadata, package: &[u8]) -> Result<(), ClientError> {
        let body = encode_publish(metadata, package);
        self.ask("PUT", "/new", &body)?;
        Ok(())
    }

    /// Yanks a version.
    pub fn yank(&self, name: &PackageName, version: &semver::Version) -> Result<(), ClientError> {
        self.ask("DELETE", &format!("/{name}/{version}/yank"), &[])?;
        Ok(())
    }

    /// The names of all its crates, from its search: registries have no other list. One that
    /// does not name them all is an error.
    pub fn crates(&self) -> Result<BTreeSet<PackageName>, ClientError> {
        let mut names = BTreeSet::new();
        for page in 1.. {
            let answer = self.ask("GET", &format!("?q=&per_page={PAGE}&page={page}"), &[])?;
            let found: Found =
                serde_json::from_slice(&answer.body).map_err(|error| ClientError::Answer {
                    url: answer.url.clone(),
                    source: error.into(),
                })?;
            let known = names.len();
            names.extend(found.crates.into_iter().map(|krate| krate.name));
            if names.len() >= found.meta.total {
                break;
            }
            if names.len() == known {
                return Err(ClientError::Incomplete {
                    url: answer.url,
                    named: known,
                    total: found.meta.total,
                });
            }
        }
        Ok(names)
    }

    /// A request to the web API, always with the token.
    fn ask(&self, method: &str, path: &str, body: &[u8]) -> Result<Answer, ClientError> {
        let Some(api) = &self.config.api else {
            return Err(ClientError::NoApi {
                url: self.index_url().to_owned(),
            });
        };
        let url = format!("{}/api/v1/crates{path}", api.trim_end_matches('/'));
        let answer = self.http.send(method, &url, self.token.as_ref(), body)?;
        let answer = accepted(answer)?;
        match answer.errors() {
            None => Ok(answer),
            detail => Err(ClientError::Status {
                detail,
                status: answer.status,
                url: answer.url,
            }),
        }
    }
}
