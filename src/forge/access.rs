//! Where GitHub's API is, and the token for it.

use super::{ForgeError, RemoteRepository};
use crate::model::Secret;
use crate::sys::env;

/// What the environment says of GitHub. GitHub Actions sets these variables, and `gh` knows them.
#[derive(Debug, Clone, Default)]
pub struct Access {
    /// The root of the API, `GITHUB_API_URL`; by default, that of the remote's host.
    pub api_url: Option<String>,
    /// Hosts, besides GitHub's own, that are GitHub Enterprise: those of `GITHUB_SERVER_URL` and
    /// `GH_HOST`, and of the API's root.
    pub hosts: Vec<String>,
    /// `GITHUB_TOKEN`, else `GH_TOKEN`.
    pub token: Option<Secret>,
}

impl Access {
    /// What the environment of this process says.
    pub fn from_environment() -> Self {
        let api_url = env::var("GITHUB_API_URL");
        let server = env::var("GITHUB_SERVER_URL");
        let urls = [api_url.as_deref(), server.as_deref()];
        let hosts = urls.into_iter().flatten().filter_map(host);
        let token = env::var("GITHUB_TOKEN").or_else(|| env::var("GH_TOKEN"));
        Self {
            hosts: hosts.chain(env::var("GH_HOST")).collect(),
            token: token.map(|token| Secret::new(token.trim())),
            api_url,
        }
    }

    /// The root of the API for a repository. A host that nothing names as GitHub's gets no token.
    pub(super) fn api(&self, repository: &RemoteRepository) -> Option<String> {
        let host = repository.host.as_str();
        let is_own = host == "github.com" || host.ends_with(".ghe.com");
        let is_named = || self.hosts.iter().any(|it| it.eq_ignore_ascii_case(host));
        if !is_own && !is_named() {
            return None;
        }
        let root = match &self.api_url {
            Some(url) => url.trim_end_matches('/').to_owned(),
            None if is_own => format!("https://api.{host}"),
            None => format!("https://{host}/api/v3"),
        };
        Some(root)
    }

    pub(super) fn token(&self, repository: &RemoteRepository) -> Result<Secret, ForgeError> {
        let token = self.token.as_ref().ok_or_else(|| ForgeError::NoToken {
            repository: repository.to_string(),
        })?;
        Ok(Secret::new(format!("Bearer {}", token.expose())))
    }
}

/// The host of a URL, without port and user.
fn host(url: &str) -> Option<String> {
    let authority = url.split_once("://")?.1.split('/').next()?;
    let host = authority.rsplit('@').next()?.split(':').next()?;
    Some(host.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_githubs_has_an_api() {
        let api = |remote: &str, access: &Access| {
            access.api(&RemoteRepository::parse(remote).expect("a repository"))
        };
        let mut access = Access::default();
        let github = "git@github.com:acme/api.git";
        assert_eq!(
            api(github, &access).as_deref(),
            Some("https://api.github.com")
        );
        let resident = "https://acme.ghe.com/acme/api";
        assert_eq!(
            api(resident, &access).as_deref(),
            Some("https://api.acme.ghe.com")
        );
        let enterprise = "https://git.acme.example/acme/api";
        assert_eq!(api(enterprise, &access), None);
        assert_eq!(api("https://github.com.evil.example/a/b", &access), None);
        access.hosts = vec!["git.acme.example".to_owned()];
        assert_eq!(
            api(enterprise, &access).as_deref(),
            Some("https://git.acme.example/api/v3")
        );
        access.api_url = Some("https://git.acme.example/api/v3/".to_owned());
        assert_eq!(
            api(enterprise, &access).as_deref(),
            Some("https://git.acme.example/api/v3")
        );
        assert_eq!(api("https://gitlab.com/acme/api", &access), None);
        assert_eq!(
            host("https://ann@git.acme.example:8443/api/v3").as_deref(),
            Some("git.acme.example")
        );
    }
}
