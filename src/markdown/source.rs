//! Where the files of a crate are shown on the web: what its readme names beside itself.

/// A folder of a repository, at a host whose URLs are known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The URL of the repository's top folder, with a slash at its end.
    top: String,
    /// The folder in it, empty or with a slash at its end.
    folder: String,
}

impl Source {
    /// The folder `folder` of the repository whose page is at `repository`.
    #[must_use]
    pub fn new(repository: &str, folder: &str) -> Option<Self> {
        let plain = repository.trim_end_matches('/');
        let plain = plain.strip_suffix(".git").unwrap_or(plain);
        let rest = plain
            .strip_prefix("https://")
            .or(plain.strip_prefix("http://"))?;
        let (host, path) = rest.split_once('/')?;
        let is_page = !path.contains("/tree/") && !path.contains("/-/") && !path.contains("/src/");
        if host.contains('@') || !path.contains('/') || path.contains(['?', '#']) || !is_page {
            return None;
        }
        let files = host.split('.').find_map(|label| match label {
            "github" | "gitlab" => Some("blob/HEAD"),
            "codeberg" | "forgejo" | "gitea" => Some("src/branch/HEAD"),
            _ => None,
        })?;
        let folder = folder.trim_matches('/');
        Some(Self {
            top: format!("{plain}/{files}/"),
            folder: if folder.is_empty() {
                String::new()
            } else {
                format!("{folder}/")
            },
        })
    }

    /// Where a relative link leads; none if it is no path.
    #[must_use]
    pub fn link(&self, path: &str) -> Option<String> {
        let top = &self.top;
        if let Some(path) = path.strip_prefix('/') {
            return (!path.starts_with('/')).then(|| format!("{top}{path}"));
        }
        let first = path.split(['/', '?', '#']).next().unwrap_or_default();
        let is_path = !first.is_empty() && !first.contains([':', '\\']);
        is_path.then(|| format!("{top}{}{path}", self.folder))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_leads_into_the_repository() {
        let link = |repository: &str, folder: &str, path: &str| {
            Source::new(repository, folder).and_then(|source| source.link(path))
        };
        let github = "https://github.com/acme/acme-retry";
        for (repository, folder, path, expected) in [
            (github, "", "docs/a.md", "blob/HEAD/docs/a.md"),
            (github, "", "./LICENSE#mit", "blob/HEAD/./LICENSE#mit"),
            (github, "crates/x", "../y", "blob/HEAD/crates/x/../y"),
            (github, "crates/x", "/y", "blob/HEAD/y"),
            ("https://gitlab.acme.dev/a/b/c.git", "", "d", "blob/HEAD/d"),
            ("https://codeberg.org/a/b/", "", "d", "src/branch/HEAD/d"),
        ] {
            let top = repository.trim_end_matches('/').trim_end_matches(".git");
            let expected = Some(format!("{top}/{expected}"));
            assert_eq!(link(repository, folder, path), expected);
        }
        for path in [
            "",
            "#x",
            "?x",
            "//x.dev/y",
            "javascript:x",
            "Retry::new",
            "\\\\x",
        ] {
            assert_eq!(link(github, "", path), None, "{path}");
        }
        for other in [
            "https://example.com/a/b",
            "https://github.com/a",
            "https://ann@github.com/a/b",
            "https://github.com/a/b/tree/main/c",
            "git@github.com:a/b",
        ] {
            assert_eq!(Source::new(other, ""), None, "{other}");
        }
    }
}
