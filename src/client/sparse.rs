//! A registry with a sparse index: its configuration, its index, its packages.

use super::http::without_password;
use super::{Answer, ClientError, Http};
use crate::model::{Digest, Secret};
use crate::registry::{Config, IndexEntry, PackageName, parse_index};

/// A registry, and the token for it.
#[derive(Debug)]
pub struct Client {
    pub(super) http: Http,
    index_url: String,
    pub(super) token: Option<Secret>,
    pub(super) config: Config,
    needed_token: bool,
}

impl Client {
    /// Reads the configuration of the registry whose index is at `index_url` (`sparse+…/`), as
    /// cargo does: first without the token, with it where it is asked for.
    pub fn connect(index_url: &str, token: Option<Secret>) -> Result<Self, ClientError> {
        let http = Http::default();
        let Some(base) = index_url.strip_prefix("sparse+") else {
            return Err(ClientError::NotSparse {
                url: without_password(index_url),
            });
        };
        let url = format!("{base}config.json");
        let mut answer = http.get(&url, None)?;
        let needed_token = answer.status == 401;
        if needed_token && token.is_some() {
            answer = http.get(&url, token.as_ref())?;
        }
        let answer = accepted(answer)?;
        let config = serde_json::from_slice(&answer.body).map_err(|error| ClientError::Answer {
            url: answer.url,
            source: error.into(),
        })?;
        Ok(Self {
            http,
            index_url: index_url.to_owned(),
            token,
            config,
            needed_token,
        })
    }

    /// Did it give its configuration only with the token?
    pub fn needed_token(&self) -> bool {
        self.needed_token
    }

    /// The URL of its index, as cargo's configuration has it.
    pub fn index_url(&self) -> &str {
        &self.index_url
    }

    /// The token for it.
    pub fn token(&self) -> Option<&Secret> {
        self.token.as_ref()
    }

    /// Its configuration.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The versions of a crate in its index; none if it does not know the crate.
    pub fn versions(&self, name: &PackageName) -> Result<Vec<IndexEntry>, ClientError> {
        let base = self.index_url.trim_start_matches("sparse+");
        let url = format!("{base}{}", name.index_path());
        let answer = self.http.get(&url, self.reading_token())?;
        // "404, 410 and 451 mean that the crate does not exist" (the cargo book, "Sparse
        // Protocol").
        if matches!(answer.status, 404 | 410 | 451) {
            return Ok(Vec::new());
        }
        let answer = accepted(answer)?;
        let text = String::from_utf8_lossy(&answer.body);
        Ok(parse_index(name.as_str(), &text)?)
    }

    /// The package of a version; its checksum is that of the index.
    pub fn download(&self, entry: &IndexEntry) -> Result<Vec<u8>, ClientError> {
        let url = self.config.download_url(entry);
        let answer = accepted(self.http.get(&url, self.reading_token())?)?;
        if Digest::of(&answer.body) == entry.cksum {
            Ok(answer.body)
        } else {
            Err(ClientError::Checksum { url: answer.url })
        }
    }

    /// The token, where reading needs it.
    fn reading_token(&self) -> Option<&Secret> {
        self.token.as_ref().filter(|_| self.config.auth_required)
    }
}

/// The answer if it is good.
pub(super) fn accepted(answer: Answer) -> Result<Answer, ClientError> {
    if answer.is_ok() {
        return Ok(answer);
    }
    Err(ClientError::Status {
        detail: answer.errors(),
        status: answer.status,
        url: answer.url,
    })
}
