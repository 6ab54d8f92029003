//! Tokens: made here, stored as digests, compared in constant time.
//!
//! The file is small and read at each request, so that a token counts, or no longer counts, from
//! the moment the command that made or revoked it returns.

use std::fmt;

use camino::Utf8Path;
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq as _;

use super::{Expiry, ServeError};
use crate::model::Digest;
use crate::registry::PackageName;
use crate::sys::durable::{self, Lock};
use crate::sys::{clock, fs};

const FILE: &str = "tokens.json";

/// What a token allows; each includes those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// Index, downloads and search.
    Read,
    /// Publish new crates, and publish and yank versions of those that it owns.
    Publish,
    /// All of that for every crate, and say who owns them.
    Owner,
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Read => "read",
            Self::Publish => "publish",
            Self::Owner => "owner",
        })
    }
}

/// A token as it is stored: who it is for and what it allows, not the secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    /// Tells tokens apart; shown and logged.
    pub id: String,
    /// Who holds it. Crates are owned by names, so a token that replaces another keeps its
    /// crates if it has the same name.
    pub name: String,
    /// What it allows.
    pub scope: Scope,
    /// The crates that it may change, with `*` for any characters.
    pub crates: Vec<String>,
    /// When it was made, `YYYY-MM-DDThh:mm:ssZ`.
    pub created: String,
    /// When it ends; none is never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Expiry>,
    /// SHA-256 of the secret. It has 256 random bits: nothing slower is needed.
    sha256: Digest,
}

impl Token {
    /// May it change this crate, as far as its patterns go?
    pub(super) fn covers(&self, krate: &PackageName) -> bool {
        let folded = krate.folded();
        let covers = |pattern: &String| {
            let pattern = pattern.to_ascii_lowercase().replace('_', "-");
            glob(pattern.as_bytes(), folded.as_bytes())
        };
        self.crates.iter().any(covers)
    }
}

/// What to make a token of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewToken {
    /// Who holds it.
    pub name: String,
    /// What it allows.
    pub scope: Scope,
    /// The crates that it may change, with `*` for any characters; none is all.
    pub crates: Vec<String>,
    /// When it ends; none is never.
    pub expires: Option<Expiry>,
}

/// A token's secret, which is shown once and never stored.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// The text that a client sends.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct TokenFile {
    version: u32,
    tokens: Vec<Token>,
}

/// Makes a token for the registry whose data is in `data`, and stores its digest.
pub fn add_token(data: &Utf8Path, new: NewToken) -> Result<(Token, Secret), ServeError> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-_.@".contains(c);
    if new.name.is_empty() || new.name.len() > 64 || !new.name.chars().all(allowed) {
        return Err(ServeError::TokenName { name: new.name });
    }
    // A prefix lets scanners recognise a token that ended up where it should not be.
    let secret = Secret(format!("quarry_{}", random_hex::<32>()?));
    let token = Token {
        id: random_hex::<4>()?,
        name: new.name,
        scope: new.scope,
        crates: if new.crates.is_empty() {
            vec!["*".to_owned()]
        } else {
            new.crates
        },
        created: clock::timestamp(),
        expires: new.expires,
        sha256: Digest::of(secret.0.as_bytes()),
    };
    change(data, |tokens| {
        tokens.push(token.clone());
        Ok(())
    })?;
    Ok((token, secret))
}

/// The tokens of the registry whose data is in `data`, oldest first.
pub fn load_tokens(data: &Utf8Path) -> Result<Vec<Token>, ServeError> {
    let path = data.join(FILE);
    let Some(text) = fs::read_text_if_exists(&path)? else {
        return Ok(Vec::new());
    };
    let file: TokenFile =
        serde_json::from_str(&text).map_err(|source| ServeError::Tokens { path, source })?;
    Ok(file.tokens)
}

/// Revokes a token, by its id or by a name that only one has.
pub fn revoke_token(data: &Utf8Path, id_or_name: &str) -> Result<Token, ServeError> {
    change(data, |tokens| {
        let with_id = tokens.iter().position(|t| t.id == id_or_name);
        let named = || {
            tokens
                .iter()
                .enumerate()
                .filter(|(_, t)| t.name == id_or_name)
        };
        let index = match (with_id, named().count()) {
            (Some(index), _) => index,
            (None, 0) => {
                return Err(ServeError::NoToken {
                    token: id_or_name.to_owned(),
                });
            }
            (None, 1) => named().next().map_or(0, |(index, _)| index),
            (None, _) => {
                return Err(ServeError::ManyTokens {
                    name: id_or_name.to_owned(),
                    ids: named().map(|(_, t)| t.id.clone()).collect(),
                });
            }
        };
        Ok(tokens.remove(index))
    })
}

/// The token whose secret was presented, if it is one.
pub(super) fn authenticate(data: &Utf8Path, presented: &str) -> Result<Option<Token>, ServeError> {
    let digest = Digest::of(presented.as_bytes());
    let mut found = None;
    // All of them are compared, so that the time taken tells nothing of where one matched.
    for token in load_tokens(data)? {
        let same = token
            .sha256
            .as_str()
            .as_bytes()
            .ct_eq(digest.as_str().as_bytes());
        if bool::from(same) {
            found = Some(token);
        }
    }
    Ok(found)
}

fn change<T>(
    data: &Utf8Path,
    edit: impl FnOnce(&mut Vec<Token>) -> Result<T, ServeError>,
) -> Result<T, ServeError> {
    let _lock = Lock::acquire(&data.join(".tokens.lock"))?;
    let mut tokens = load_tokens(data)?;
    let result = edit(&mut tokens)?;
    let file = TokenFile { version: 1, tokens };
    let text = serde_json::to_string_pretty(&file).expect("strings and lists serialise");
    durable::write(&data.join(FILE), text + "\n")?;
    Ok(result)
}

fn random_hex<const BYTES: usize>() -> Result<String, ServeError> {
    use fmt::Write as _;
    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes).map_err(|source| ServeError::Random { source })?;
    let mut text = String::with_capacity(BYTES * 2);
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    Ok(text)
}

/// `*` stands for any characters, all else for itself.
fn glob(pattern: &[u8], text: &[u8]) -> bool {
    match pattern.split_first() {
        None => text.is_empty(),
        Some((b'*', rest)) => (0..=text.len()).any(|skip| glob(rest, &text[skip..])),
        Some((first, rest)) => text
            .split_first()
            .is_some_and(|(c, text)| c == first && glob(rest, text)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::scratch::Scratch;

    fn new(name: &str, crates: &[&str]) -> NewToken {
        NewToken {
            name: name.to_owned(),
            scope: Scope::Publish,
            crates: crates.iter().map(|&c| c.to_owned()).collect(),
            expires: None,
        }
    }

    #[test]
    fn a_token_lives_from_add_to_revoke_and_its_secret_is_nowhere() {
        let data = Scratch::new().unwrap();
        let (token, secret) = add_token(data.path(), new("ci", &[])).unwrap();
        add_token(data.path(), new("ann", &[])).unwrap();
        let found = authenticate(data.path(), secret.expose()).unwrap();
        assert_eq!(found.as_ref(), Some(&token));
        assert_eq!(authenticate(data.path(), "quarry_").unwrap(), None);
        let stored = fs::read_text(&data.path().join(FILE)).unwrap();
        assert!(!stored.contains(secret.expose()));
        assert!(!format!("{secret:?}{token:?}").contains(secret.expose()));
        assert_eq!(revoke_token(data.path(), "ci").unwrap(), token);
        assert_eq!(authenticate(data.path(), secret.expose()).unwrap(), None);
        assert_eq!(load_tokens(data.path()).unwrap().len(), 1);
    }

    #[test]
    fn a_name_of_many_says_which_there_are() {
        let data = Scratch::new().unwrap();
        let (first, _) = add_token(data.path(), new("ci", &[])).unwrap();
        add_token(data.path(), new("ci", &[])).unwrap();
        let error = revoke_token(data.path(), "ci").unwrap_err();
        assert!(matches!(error, ServeError::ManyTokens { ids, .. } if ids.len() == 2));
        revoke_token(data.path(), &first.id).unwrap();
        assert!(revoke_token(data.path(), "ci").is_ok());
        let error = revoke_token(data.path(), "ci").unwrap_err();
        assert_eq!(error.to_string(), "no token is called `ci`");
        assert!(add_token(data.path(), new("a b", &[])).is_err());
    }

    #[test]
    fn patterns_cover_crates() {
        let data = Scratch::new().unwrap();
        let (token, _) = add_token(data.path(), new("ci", &["acme-*", "retry"])).unwrap();
        let covers = |krate: &str| token.covers(&PackageName::new(krate).unwrap());
        for krate in ["acme-", "acme-retry", "Acme_Retry", "retry"] {
            assert!(covers(krate), "{krate}");
        }
        for krate in ["acme", "retry2", "xacme-a"] {
            assert!(!covers(krate), "{krate}");
        }
    }
}
