//! What the registry answers.

use serde_json::Value;

use crate::cargo::TokenSource;
use crate::client::{Answer, ClientError, Http};
use crate::connect::Kind;
use crate::findings::{Code, Finding, codes};
use crate::model::RegistryName;
use crate::sys::clock;

use super::Examined;
use super::configuration::Seen;

/// Clocks may differ by so much, in seconds.
const SKEW: i64 = 300;

/// Asks for its configuration, as cargo does: without the token first.
pub(super) fn ask(name: &RegistryName, seen: &Seen) -> (Examined, Vec<Finding>) {
    let token = match &seen.token {
        TokenSource::Found(_, place) => Some(place.clone()),
        TokenSource::Provider(provider) => Some(provider.clone()),
        TokenSource::None => None,
    };
    let mut visit = Visit {
        name,
        seen,
        examined: Examined {
            name: name.clone(),
            index: seen.settings.index.clone(),
            auth_required: None,
            token,
            accepted: None,
        },
        findings: Vec::new(),
    };
    if let Some(base) = &seen.base {
        visit.go(&Http::default(), &format!("{base}config.json"));
        visit.provider();
    }
    (visit.examined, visit.findings)
}

struct Visit<'a> {
    name: &'a RegistryName,
    seen: &'a Seen,
    examined: Examined,
    findings: Vec<Finding>,
}

impl Visit<'_> {
    fn find(&mut self, code: &Code, message: String, help: String) {
        self.findings.push(code.finding(message).help(help));
    }

    fn go(&mut self, http: &Http, url: &str) {
        let answer = match http.get(url, None) {
            Ok(answer) => answer,
            Err(error) => return self.unreachable(&error),
        };
        if !self.is_sparse(&answer) {
            return;
        }
        self.clock(&answer);
        match answer.status {
            401 => {
                self.examined.auth_required = Some(true);
                self.with_token(http, url);
            }
            403 | 400 => self.find(
                &codes::NO_CHALLENGE,
                format!(
                    "{url} answers {} to a request without a token",
                    answer.status
                ),
                "cargo sends its token only after 401: let the registry answer that \
                 (Artifactory does from 7.50 on)"
                    .to_owned(),
            ),
            _ => self.config(&answer),
        }
    }

    fn unreachable(&mut self, error: &ClientError) {
        let source = std::error::Error::source(error);
        let source = source
            .map(|source| format!(": {source}"))
            .unwrap_or_default();
        self.find(&codes::UNREACHABLE,
            format!("{error}{source}"),
            "is it up, and the URL right? Behind a proxy set HTTPS_PROXY, and for cargo `http.proxy`"
                .to_owned(),
        );
    }

    /// A URL without `sparse+` is that of a git index to cargo. Is one meant?
    fn is_sparse(&mut self, answer: &Answer) -> bool {
        let index = self.seen.settings.index.as_deref().unwrap_or_default();
        if index.starts_with("sparse+") {
            return true;
        }
        let sparse = matches!(answer.status, 200 | 401);
        let (name, base) = (self.name, self.seen.base.as_deref().unwrap_or_default());
        if sparse {
            self.find(
                &codes::INDEX_NOT_SPARSE,
                format!("the index of `{name}` is a sparse one, and cargo takes its URL for git's"),
                format!("index = \"sparse+{base}\""),
            );
        } else {
            let message = format!("`{name}` has a git index, which is not looked into");
            let finding = codes::INDEX_GIT.finding(message);
            self.findings.push(finding);
        }
        sparse
    }

    fn with_token(&mut self, http: &Http, url: &str) {
        let name = self.name;
        let (secret, place) = match &self.seen.token {
            TokenSource::Found(secret, place) => (secret, place),
            TokenSource::Provider(provider) => {
                let message = format!("the token of `{name}` is with `{provider}`: not tried here");
                let help = format!("`cargo info --registry {name} CRATE` tries it");
                return self.find(&codes::TOKEN_NOT_TRIED, message, help);
            }
            TokenSource::None if self.seen.settings.credential_provider.is_some() => {
                let message = format!("`{name}` wants a token, and there is none");
                let help = format!(
                    "`cargo quarry registry login {name}`, or in CI set CARGO_REGISTRIES_{}_TOKEN",
                    name.environment()
                );
                return self.find(&codes::TOKEN_MISSING, message, help);
            }
            // What is wrong first is that there is no provider.
            TokenSource::None => return,
        };
        let answer = match http.get(url, Some(secret)) {
            Ok(answer) => answer,
            Err(error) => return self.unreachable(&error),
        };
        if !matches!(answer.status, 401 | 403) {
            self.examined.accepted = Some(true);
            return self.config(&answer);
        }
        self.examined.accepted = Some(false);
        let says = answer
            .errors()
            .map(|text| format!(": {text}"))
            .unwrap_or_default();
        let index = self.seen.settings.index.as_deref().unwrap_or_default();
        let kind = Kind::of_index(index);
        let scheme = kind.and_then(Kind::scheme);
        let help = match (kind, scheme) {
            (Some(kind), Some(scheme)) if !secret.expose().contains(' ') => format!(
                "{kind} wants `{scheme}` and a space before it: cargo sends what it has as it is"
            ),
            _ => format!("get a new one, and then `cargo quarry registry login {name}`"),
        };
        let message = format!("`{name}` refuses the token from {place}{says}");
        self.find(&codes::TOKEN_REFUSED, message, help);
    }

    /// Is it the configuration of an index?
    fn config(&mut self, answer: &Answer) {
        let url = &answer.url;
        if !answer.is_ok() {
            let message = format!("{url} answers {}", answer.status);
            let help = "is it the URL of the index? It has `config.json` right below it";
            return self.find(&codes::CONFIG_MISSING, message, help.to_owned());
        }
        let config: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        if !config.is_object() {
            let message = format!("{url} is not JSON");
            let help = "is it the URL of the index, or of a page that asks to log in?";
            return self.find(&codes::CONFIG_NOT_JSON, message, help.to_owned());
        }
        let auth = config["auth-required"].as_bool().unwrap_or(false);
        let needed = self.examined.auth_required.get_or_insert(auth);
        *needed |= auth;
        if config["dl"].as_str().is_none_or(str::is_empty) {
            let message = format!("{url} does not say where packages are (`dl`)");
            let help = "that is for the registry to mend: cargo can't download from it";
            self.find(&codes::CONFIG_NO_DL, message, help.to_owned());
        }
        if let Some(api) = config["api"].as_str()
            && api.ends_with('/')
        {
            let message = format!("{url} has a slash at the end of `api`");
            let help =
                "that is for the registry to mend: cargo asks for `//api/v1/…` and finds nothing";
            self.find(&codes::CONFIG_API_SLASH, message, help.to_owned());
        }
    }

    /// Without a credential provider cargo has no token for a registry that wants one.
    fn provider(&mut self) {
        let name = self.name;
        if self.seen.settings.credential_provider.is_some() {
            return;
        }
        let help = format!(
            "credential-provider = \"cargo:token\" under [registries.{name}], or \
             CARGO_REGISTRIES_{}_CREDENTIAL_PROVIDER=cargo:token",
            name.environment()
        );
        match (&self.seen.variable, self.examined.auth_required) {
            (Some(variable), Some(true) | None) => {
                let message =
                    format!("cargo ignores {variable}: `{name}` has no credential provider");
                self.find(&codes::TOKEN_IGNORED, message, help);
            }
            (None, Some(true)) => {
                let message = format!("`{name}` wants a token, and has no credential provider");
                self.find(&codes::PROVIDER_MISSING, message, help);
            }
            // Of an open registry cargo takes the token all the same, when it publishes.
            (_, Some(false)) | (None, None) => {}
        }
    }

    fn clock(&mut self, answer: &Answer) {
        let Some(date) = answer.date else { return };
        let ahead = clock::now_unix() - date;
        if ahead.abs() <= SKEW {
            return;
        }
        let way = if ahead > 0 { "ahead of" } else { "behind" };
        let message = format!(
            "the clock here is {} {way} that of `{}`",
            span(ahead.abs()),
            self.name
        );
        let help = "set it (`timedatectl`): certificates and tokens expire by the clock";
        self.find(&codes::CLOCK_SKEW, message, help.to_owned());
    }
}

fn span(seconds: i64) -> String {
    match seconds {
        s if s >= 2 * 86_400 => format!("{} days", s / 86_400),
        s if s >= 2 * 3_600 => format!("{} hours", s / 3_600),
        s => format!("{} minutes", s / 60),
    }
}
