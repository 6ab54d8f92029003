//! One request to the API, one answer.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{Access, ForgeError, RemoteRepository};
use crate::client::{Answer, Http, without_password};
use crate::model::Secret;

const HEADERS: [(&str, &str); 3] = [
    ("Accept", "application/vnd.github+json"),
    ("X-GitHub-Api-Version", "2022-11-28"),
    ("Content-Type", "application/json"),
];

/// What GitHub takes for the text of a pull request or comment, in characters.
const LONGEST: usize = 65_536;

/// A repository on GitHub, ready to be asked.
#[derive(Debug)]
pub struct GitHub {
    http: Http,
    api: String,
    token: Secret,
    repository: RemoteRepository,
}

impl GitHub {
    /// The repository that a remote's URL names. Nothing is asked yet.
    ///
    /// # Errors
    /// If it is not on GitHub, or there is no token.
    pub fn open(remote: &str, access: &Access) -> Result<Self, ForgeError> {
        let repository = RemoteRepository::parse(remote);
        let found = repository
            .as_ref()
            .and_then(|it| Some((it.clone(), access.api(it)?)));
        let Some((repository, api)) = found else {
            return Err(ForgeError::NotGitHub {
                remote: without_password(remote),
                host: repository.map(|it| it.host),
            });
        };
        Ok(Self {
            http: Http::without_redirects(),
            token: access.token(&repository)?,
            api,
            repository,
        })
    }

    /// The repository.
    pub fn repository(&self) -> &RemoteRepository {
        &self.repository
    }

    /// The branch that pull requests are for unless they say otherwise.
    pub fn default_branch(&self) -> Result<String, ForgeError> {
        #[derive(Deserialize)]
        struct Repository {
            default_branch: String,
        }
        let action = "read the default branch";
        let repository: Repository = self.ask(action, "GET", "", None)?;
        Ok(repository.default_branch)
    }

    /// A request below `/repos/OWNER/NAME`. `action` is for errors.
    pub(super) fn ask<T: DeserializeOwned>(
        &self,
        action: &'static str,
        method: &str,
        path: &str,
        body: Option<&serde_json::Value>,
    ) -> Result<T, ForgeError> {
        let url = format!("{}/repos/{}{path}", self.api, self.repository);
        let body = body.map(ToString::to_string).unwrap_or_default();
        let http = &self.http;
        let token = Some(&self.token);
        let answer = http.send_with(method, &url, token, &HEADERS, body.as_bytes())?;
        if !answer.is_ok() {
            return Err(self.refused(action, &answer));
        }
        serde_json::from_slice(&answer.body).map_err(|source| ForgeError::Answer {
            url: answer.url,
            source,
        })
    }

    fn refused(&self, action: &'static str, answer: &Answer) -> ForgeError {
        let repository = self.repository.to_string();
        if matches!(answer.status, 301 | 302 | 307 | 308) {
            return ForgeError::Moved { repository };
        }
        ForgeError::Refused {
            action,
            repository,
            status: answer.status,
            message: message(&answer.body),
        }
    }
}

/// What a body says is wrong: `{"message":…,"errors":[{"message":…}]}`.
fn message(body: &[u8]) -> String {
    #[derive(Deserialize)]
    struct Refusal {
        message: String,
        #[serde(default)]
        errors: Vec<serde_json::Value>,
    }
    let Ok(refusal) = serde_json::from_slice::<Refusal>(body) else {
        return "no reason is given".to_owned();
    };
    let details = refusal.errors.iter().filter_map(|error| {
        let text = |key: &str| error.get(key)?.as_str();
        let field = || Some(format!("{} is {}", text("field")?, text("code")?));
        let plain = error.as_str().or_else(|| text("message"));
        plain.map(str::to_owned).or_else(field)
    });
    let parts: Vec<String> = std::iter::once(refusal.message).chain(details).collect();
    parts.join(": ")
}

/// The text, cut at a line's end where it is longer than GitHub takes.
pub(super) fn fitting(text: &str) -> String {
    const CUT: &str = "\n\n… and more, for which there is no room here.\n";
    if text.chars().count() <= LONGEST {
        return text.to_owned();
    }
    let room = LONGEST - CUT.chars().count();
    let end = text.char_indices().nth(room).map_or(text.len(), |it| it.0);
    let end = text[..end].rfind('\n').unwrap_or(end);
    format!("{}{CUT}", &text[..end])
}

/// A text as part of a query.
pub(super) fn encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let bytes = text.bytes().map(|byte| {
        if plain(byte) {
            char::from(byte).to_string()
        } else {
            format!("%{byte:02X}")
        }
    });
    bytes.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_say_why() {
        let says = |body: &str| message(body.as_bytes());
        assert_eq!(
            says(r#"{"message":"Bad credentials","status":"401"}"#),
            "Bad credentials"
        );
        let custom = r#"{"message":"Validation Failed","errors":[{"resource":"PullRequest","code":"custom","message":"No commits between main and x"}]}"#;
        assert_eq!(
            says(custom),
            "Validation Failed: No commits between main and x"
        );
        let field = r#"{"message":"Validation Failed","errors":[{"resource":"PullRequest","field":"base","code":"invalid"}]}"#;
        assert_eq!(says(field), "Validation Failed: base is invalid");
        assert_eq!(says("<html>"), "no reason is given");
    }

    #[test]
    fn texts_fit() {
        assert_eq!(fitting("short\n"), "short\n");
        let line = "é".repeat(99) + "\n";
        let cut = fitting(&line.repeat(700));
        assert!(cut.chars().count() <= LONGEST);
        assert!(cut.ends_with("é\n\n… and more, for which there is no room here.\n"));
        assert_eq!(encoded("a/b c+é"), "a%2Fb%20c%2B%C3%A9");
    }
}
