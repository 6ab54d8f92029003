//! One request, one answer.

use std::time::Duration;

use ureq::http;
use ureq::tls::{RootCerts, TlsConfig};

use super::{Answer, ClientError};
use crate::model::Secret;

/// An answer must not be longer than this, in bytes.
const LIMIT: u64 = 256 << 20;

/// How long to wait for a connection, and for the answer to begin.
const PATIENCE: Duration = Duration::from_secs(20);

/// How long a request may take in all: a large package over a slow line.
const WHOLE: Duration = Duration::from_mins(5);

/// What sends requests. It follows redirects, but takes no token along to another host.
#[derive(Debug, Clone)]
pub struct Http {
    agent: ureq::Agent,
}

impl Default for Http {
    fn default() -> Self {
        Self::following(ureq::config::Config::default().max_redirects())
    }
}

impl Http {
    /// One that takes a redirect for an answer: for an API, where a request that is sent on loses
    /// its body or its token.
    pub fn without_redirects() -> Self {
        Self::following(0)
    }

    fn following(redirects: u32) -> Self {
        let tls = TlsConfig::builder()
            .root_certs(RootCerts::PlatformVerifier)
            .build();
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(redirects)
            .timeout_connect(Some(PATIENCE))
            .timeout_recv_response(Some(WHOLE))
            .timeout_global(Some(WHOLE))
            .user_agent(concat!("cargo-quarry/", env!("CARGO_PKG_VERSION")))
            .tls_config(tls)
            .build();
        Self {
            agent: config.new_agent(),
        }
    }

    /// Asks for a URL.
    pub fn get(&self, url: &str, token: Option<&Secret>) -> Result<Answer, ClientError> {
        self.send("GET", url, token, &[])
    }

    /// Sends a request with a body, whatever it is for.
    pub fn send(
        &self,
        method: &str,
        url: &str,
        token: Option<&Secret>,
        body: &[u8],
    ) -> Result<Answer, ClientError> {
        self.send_with(method, url, token, &[], body)
    }

    /// Sends a request with headers, none of them secret, and a body.
    pub fn send_with(
        &self,
        method: &str,
        url: &str,
        token: Option<&Secret>,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Result<Answer, ClientError> {
        let reach = |source: Box<dyn std::error::Error + Send + Sync>| ClientError::Reach {
            url: without_password(url),
            source,
        };
        let mut request = http::Request::builder().method(method).uri(url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(token) = token {
            let value = http::HeaderValue::from_str(token.expose());
            // The error would not show the token, and says nothing else.
            let mut value =
                value.map_err(|_| reach("the token has characters that none has".into()))?;
            value.set_sensitive(true);
            request = request.header(http::header::AUTHORIZATION, value);
        }
        tracing::debug!(method, url = %without_password(url), token = token.is_some(), "ask");
        let answer = if body.is_empty() {
            let request = request.body(()).map_err(|error| reach(error.into()))?;
            self.agent.run(request)
        } else {
            let request = request.body(body).map_err(|error| reach(error.into()))?;
            self.agent.run(request)
        };
        let mut answer = answer.map_err(|error| reach(error.into()))?;
        let header = |name: http::HeaderName| {
            let value = answer.headers().get(name)?.to_str().ok()?;
            Some(value.to_owned())
        };
        let date = header(http::header::DATE);
        let date = date.and_then(|date| jiff::fmt::rfc2822::parse(&date).ok());
        let challenge = header(http::header::WWW_AUTHENTICATE);
        let status = answer.status().as_u16();
        let body = answer.body_mut().with_config().limit(LIMIT).read_to_vec();
        Ok(Answer {
            url: without_password(url),
            status,
            date: date.map(|date| date.timestamp().as_second()),
            challenge,
            body: body.map_err(|error| reach(error.into()))?,
        })
    }
}

/// The URL without what stands before an `@` in its host.
pub fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    match host.rsplit_once('@') {
        Some((_, host)) => format!("{scheme}://{host}{path}"),
        None => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_name_the_url_and_no_secret() {
        let token = Secret::new("quarry_secret");
        // A port that nothing can listen at.
        let url = "http://ann:hunter2@127.0.0.1:1/index/config.json";
        let error = Http::default().get(url, Some(&token)).unwrap_err();
        assert_eq!(
            error.to_string(),
            "cannot reach http://127.0.0.1:1/index/config.json"
        );
        let all = format!("{error:?}{token:?}");
        assert!(
            !all.contains("hunter2") && !all.contains("quarry_secret"),
            "{all}"
        );
    }
}
