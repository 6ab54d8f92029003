//! The repository that a remote's URL names (git-clone(1), "GIT URLS").

use std::fmt;

/// A repository of a forge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteRepository {
    /// The host, in lower case.
    pub host: String,
    /// The user or organisation.
    pub owner: String,
    /// Its name.
    pub name: String,
}

impl fmt::Display for RemoteRepository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.owner, self.name)
    }
}

impl RemoteRepository {
    /// Reads the URL of a remote: `https://HOST/OWNER/NAME.git`, `ssh://git@HOST/OWNER/NAME`, or
    /// `git@HOST:OWNER/NAME.git`. None if it is not of that form.
    pub fn parse(url: &str) -> Option<Self> {
        let (authority, path) = match url.split_once("://") {
            Some(("https" | "http" | "ssh" | "git", rest)) => rest.split_once('/')?,
            Some(_) => return None,
            None => url
                .split_once(':')
                // One letter is a drive, and a slash makes it a path.
                .filter(|(host, _)| host.len() > 1 && !host.contains(['/', '\\']))?,
        };
        let host = authority.rsplit('@').next()?;
        let host = host.split(':').next()?.to_ascii_lowercase();
        let path = path.trim_matches('/');
        let (owner, name) = path.strip_suffix(".git").unwrap_or(path).split_once('/')?;
        let is_name = |text: &str| {
            let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
            !text.is_empty() && !text.starts_with('.') && text.chars().all(allowed)
        };
        // ssh over the port of https, and the site's other name.
        let host = match host.as_str() {
            "ssh.github.com" | "www.github.com" => "github.com".to_owned(),
            _ => host,
        };
        (!host.is_empty() && is_name(owner) && is_name(name)).then(|| Self {
            host,
            owner: owner.to_owned(),
            name: name.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_of_remotes() {
        let read = |url: &str| {
            RemoteRepository::parse(url).map(|it| format!("{} {}/{}", it.host, it.owner, it.name))
        };
        for url in [
            "https://github.com/acme/api",
            "https://github.com/acme/api.git",
            "https://GitHub.com/acme/api/",
            "https://ann:hunter2@github.com:443/acme/api.git",
            "ssh://git@github.com/acme/api.git",
            "ssh://git@ssh.github.com:443/acme/api.git",
            "git@github.com:acme/api.git",
            "git@github.com:/acme/api",
            "github.com:acme/api",
        ] {
            assert_eq!(read(url).as_deref(), Some("github.com acme/api"), "{url}");
        }
        let enterprise = read("git@git.acme.example:team_1/api.rs.git");
        assert_eq!(
            enterprise.as_deref(),
            Some("git.acme.example team_1/api.rs")
        );
        for url in [
            "/srv/git/acme/api.git",
            "../acme/api.git",
            "file:///srv/acme/api.git",
            "C:\\acme\\api",
            "C:/acme/api",
            "https://github.com/acme",
            "https://gitlab.com/acme/team/api",
            "https://github.com/acme/a pi",
            "https://github.com/../api",
        ] {
            assert_eq!(read(url), None, "{url}");
        }
    }
}
