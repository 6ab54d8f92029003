//! Names of packages as a registry takes them, and where the index keeps them.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::RegistryError;

/// The name of a package in a registry: ASCII letters, digits, `-` and `_`, starting with a
/// letter, at most 64 characters.
///
/// Wider than [`crate::model::CrateName`], which names what this tool makes: a registry also
/// holds what others named, upper case included.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PackageName(String);

impl PackageName {
    /// Checks `name` and takes it.
    pub fn new(name: &str) -> Result<Self, RegistryError> {
        let refuse = |reason| {
            Err(RegistryError::Name {
                name: name.chars().take(80).collect(),
                reason,
            })
        };
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        if !name.chars().all(allowed) {
            return refuse("a character of it is not allowed");
        }
        if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
            return refuse("it does not start with a letter");
        }
        if name.len() > 64 {
            return refuse("it is longer than 64 characters");
        }
        if is_device(name) {
            return refuse("Windows keeps that name for a device");
        }
        Ok(Self(name.to_owned()))
    }

    /// The name as its owner writes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The form in which names are compared: lower case, `_` as `-`. Two packages whose names
    /// fold to the same are too alike for one registry.
    pub fn folded(&self) -> String {
        self.0.to_ascii_lowercase().replace('_', "-")
    }

    /// The path of its file in an index (the cargo book, "Index files"): `1/a`, `2/ab`,
    /// `3/a/abc`, `ab/cd/abcd`, in lower case.
    pub fn index_path(&self) -> String {
        let name = self.0.to_ascii_lowercase();
        match name.len() {
            1 => format!("1/{name}"),
            2 => format!("2/{name}"),
            3 => format!("3/{}/{name}", &name[..1]),
            _ => format!("{}/{}/{name}", &name[..2], &name[2..4]),
        }
    }

    /// The name, in lower case, whose file has this path in an index; `None` if none has.
    #[must_use]
    pub fn from_index_path(path: &str) -> Option<Self> {
        let name = Self::new(path.rsplit('/').next()?).ok()?;
        (name.index_path() == path).then_some(name)
    }

    /// The name of the file that holds a version of it.
    pub fn crate_file(&self, version: &semver::Version) -> String {
        format!("{}-{version}.crate", self.0)
    }
}

/// Reserved on Windows, with any extension (the cargo book, "Name restrictions").
fn is_device(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    if matches!(name.as_str(), "con" | "prn" | "aux" | "nul") {
        return true;
    }
    let rest = name.strip_prefix("com").or(name.strip_prefix("lpt"));
    rest.is_some_and(|rest| rest.len() == 1 && rest.as_bytes()[0].is_ascii_digit())
}

impl fmt::Display for PackageName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for PackageName {
    type Error = RegistryError;
    fn try_from(name: String) -> Result<Self, RegistryError> {
        Self::new(&name)
    }
}

impl From<PackageName> for String {
    fn from(name: PackageName) -> Self {
        name.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_their_place_in_the_index() {
        let path = |name: &str| PackageName::new(name).unwrap().index_path();
        assert_eq!(path("a"), "1/a");
        assert_eq!(path("ab"), "2/ab");
        assert_eq!(path("abc"), "3/a/abc");
        assert_eq!(path("Inflector"), "in/fl/inflector");
        assert_eq!(path("a-_b"), "a-/_b/a-_b");
    }

    #[test]
    fn what_could_leave_the_folder_is_no_name() {
        for name in [
            "", "..", "a/b", "a\\b", "a.b", "9a", "-a", "é", "nul", "COM1",
        ] {
            assert!(PackageName::new(name).is_err(), "{name}");
        }
        assert!(PackageName::new(&"a".repeat(65)).is_err());
        for name in ["com", "command", "nully", "r2d2"] {
            assert!(PackageName::new(name).is_ok(), "{name}");
        }
    }

    #[test]
    fn names_fold_over_dash_underscore_and_case() {
        let folded = |name: &str| PackageName::new(name).unwrap().folded();
        assert_eq!(folded("Acme_Retry"), folded("acme-retry"));
        assert_ne!(folded("acmeretry"), folded("acme-retry"));
    }
}
