//! The kinds of registry: the form of their index URL and of their token.
//!
//! Sources: for Artifactory its help pages, "Configure Cargo Remote Repository" and "Resolve Cargo
//! packages"; for Cloudsmith GitHub's guidance for private registries, "Cargo", which says that it
//! was tried against it. Kellnr's URL is that of its release 6.13.

use serde::Serialize;

use super::ConnectError;

/// Who makes the registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// `cargo quarry registry serve`.
    Embedded,
    /// Kellnr.
    Kellnr,
    /// Cloudsmith.
    Cloudsmith,
    /// `JFrog` Artifactory.
    Artifactory,
}

impl Kind {
    /// The URL of the index as cargo wants it, from the URL that a person knows: that of the
    /// server, of the repository, or of the index itself.
    pub fn index_url(self, url: &str) -> Result<String, ConnectError> {
        let plain = url.strip_prefix("sparse+").unwrap_or(url);
        let base = plain.trim_end_matches('/');
        let refuse = |form| ConnectError::Form {
            kind: self,
            form: form_of(form),
        };
        let rest = base
            .strip_prefix("https://")
            .or(base.strip_prefix("http://"))
            .ok_or_else(|| refuse(self))?;
        let allowed = |c: char| c.is_ascii_graphic() && !"\"'<>?#\\{}".contains(c);
        if rest.is_empty() || !rest.chars().all(allowed) {
            return Err(refuse(self));
        }
        let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
        if host.contains('@') {
            return Err(ConnectError::UserInfo);
        }
        let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        let with = |end: &str| match base.strip_suffix(end) {
            Some(_) => format!("sparse+{base}/"),
            None => format!("sparse+{base}{end}/"),
        };
        match self {
            Self::Embedded => Ok(with("/index")),
            Self::Kellnr => Ok(with("/api/v1/crates")),
            Self::Cloudsmith if parts.len() == 2 => Ok(format!("sparse+{base}/")),
            Self::Cloudsmith => Err(refuse(self)),
            Self::Artifactory => match parts.as_slice() {
                [.., "api", "cargo", _] => Ok(format!("sparse+{base}/index/")),
                [.., "api", "cargo", _, "index"] => Ok(format!("sparse+{base}/")),
                _ => Err(refuse(self)),
            },
        }
    }

    /// What the index URL itself gives away; the embedded registry and Kellnr live anywhere.
    pub fn of_index(index_url: &str) -> Option<Self> {
        if index_url.contains("://cargo.cloudsmith.io/") {
            Some(Self::Cloudsmith)
        } else if index_url.contains("/api/cargo/") {
            Some(Self::Artifactory)
        } else if index_url.ends_with("/api/v1/crates/") {
            Some(Self::Kellnr)
        } else {
            None
        }
    }

    /// The word before the token. Cargo sends what it is given as the whole `Authorization`
    /// header, so that the word is part of what is stored.
    pub fn scheme(self) -> Option<&'static str> {
        match self {
            Self::Embedded | Self::Kellnr => None,
            Self::Cloudsmith => Some("Token"),
            Self::Artifactory => Some("Bearer"),
        }
    }

    /// Where a person gets a token.
    pub fn token_source(self) -> &'static str {
        match self {
            Self::Embedded => "`cargo quarry registry token add`, run where its data are",
            Self::Kellnr => "its web page",
            Self::Cloudsmith => "your account: it is the API key, or that of a service account",
            Self::Artifactory => "Set Me Up, or Edit Profile: it is an identity token",
        }
    }
}

fn form_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Embedded => "http://HOST:PORT, the address that `registry serve` prints",
        Kind::Kellnr => "https://HOST, the address of its web page",
        Kind::Cloudsmith => "https://cargo.cloudsmith.io/ORG/REPOSITORY",
        Kind::Artifactory => "https://HOST/artifactory/api/cargo/REPOSITORY",
    }
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Embedded => "embedded",
            Self::Kellnr => "Kellnr",
            Self::Cloudsmith => "Cloudsmith",
            Self::Artifactory => "Artifactory",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_its_form() {
        let cases = [
            (
                Kind::Embedded,
                "http://127.0.0.1:35467",
                "sparse+http://127.0.0.1:35467/index/",
            ),
            (
                Kind::Embedded,
                "sparse+https://crates.acme.dev/index/",
                "sparse+https://crates.acme.dev/index/",
            ),
            (
                Kind::Kellnr,
                "https://kellnr.acme.dev/",
                "sparse+https://kellnr.acme.dev/api/v1/crates/",
            ),
            (
                Kind::Kellnr,
                "https://kellnr.acme.dev/api/v1/crates",
                "sparse+https://kellnr.acme.dev/api/v1/crates/",
            ),
            (
                Kind::Cloudsmith,
                "https://cargo.cloudsmith.io/acme/libs",
                "sparse+https://cargo.cloudsmith.io/acme/libs/",
            ),
            (
                Kind::Artifactory,
                "https://acme.jfrog.io/artifactory/api/cargo/libs",
                "sparse+https://acme.jfrog.io/artifactory/api/cargo/libs/index/",
            ),
            (
                Kind::Artifactory,
                "https://acme.jfrog.io/artifactory/api/cargo/libs/index",
                "sparse+https://acme.jfrog.io/artifactory/api/cargo/libs/index/",
            ),
        ];
        for (kind, url, index) in cases {
            assert_eq!(kind.index_url(url).unwrap(), index);
            assert_eq!(kind.index_url(index).unwrap(), index);
        }
    }

    #[test]
    fn what_is_no_registry_is_refused_and_a_password_not_repeated() {
        for (kind, url) in [
            (Kind::Embedded, "ssh://x"),
            (Kind::Embedded, "https://"),
            (Kind::Embedded, "http://a b"),
            (Kind::Cloudsmith, "https://cargo.cloudsmith.io/acme"),
            (
                Kind::Cloudsmith,
                "https://dl.cloudsmith.io/public/acme/libs/cargo/index.git",
            ),
            (Kind::Artifactory, "https://acme.jfrog.io/artifactory/libs"),
        ] {
            assert!(
                matches!(kind.index_url(url), Err(ConnectError::Form { .. })),
                "{url}"
            );
        }
        let error = Kind::Kellnr.index_url("https://ann:hunter2@x").unwrap_err();
        assert!(!error.to_string().contains("hunter2"));
    }
}
