//! Names of crates and registries, by cargo's rules and stricter.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A name that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing was given.
    #[error("the {what} name is empty")]
    Empty {
        /// What was named.
        what: &'static str,
    },
    /// A character that the rules do not allow.
    #[error("`{name}` is not a valid {what} name: it contains `{character}`")]
    Character {
        /// What was named.
        what: &'static str,
        /// The name as given.
        name: String,
        /// The first character that is not allowed.
        character: char,
    },
    /// It must start with a letter.
    #[error("`{name}` is not a valid {what} name: it does not start with a letter")]
    Start {
        /// What was named.
        what: &'static str,
        /// The name as given.
        name: String,
    },
    /// Upper case: registries compare names without case, and some cannot yank such a crate.
    #[error("`{name}` is not a lower-case crate name")]
    Case {
        /// The name as given.
        name: String,
        /// The same name as it would be accepted.
        lower: String,
    },
    /// A Rust keyword or a name that the standard library or cargo takes.
    #[error("`{name}` cannot name a crate: {reason}")]
    Reserved {
        /// The name as given.
        name: String,
        /// Who takes it.
        reason: &'static str,
    },
    /// Longer than the 64 characters that registries accept.
    #[error("the {what} name `{name}` is longer than 64 characters")]
    Long {
        /// What was named.
        what: &'static str,
        /// The name as given.
        name: String,
    },
}

impl NameError {
    /// The way out, for a `help:` line.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Case { lower, .. } => Some(format!("use `{lower}`")),
            Self::Character { .. } | Self::Start { .. } => {
                Some("a name has letters, digits, `-` and `_`, and starts with a letter".to_owned())
            }
            Self::Empty { .. } | Self::Reserved { .. } | Self::Long { .. } => None,
        }
    }
}

const KEYWORDS: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate",
    "do", "dyn", "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl",
    "in", "let", "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref",
    "return", "self", "static", "struct", "super", "trait", "true", "try", "type", "typeof",
    "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];
const STANDARD: &[&str] = &["alloc", "core", "std", "test", "proc_macro", "proc-macro"];
const ARTIFACTS: &[&str] = &["build", "deps", "examples", "incremental"];

/// The name of a library crate that this tool makes: ASCII letters in lower case, digits, `-`
/// and `_`, starting with a letter, at most 64 characters (crates.io's limit), no keyword.
///
/// Source of the rule: the cargo book, "The `name` field" and "Registry index", "Name
/// restrictions"; lower case is our own, for registries differ in how they fold case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CrateName(String);

impl CrateName {
    /// Checks `name` and takes it.
    pub fn new(name: &str) -> Result<Self, NameError> {
        check("crate", name)?;
        if name.chars().any(|c| c.is_ascii_uppercase()) {
            return Err(NameError::Case {
                name: name.to_owned(),
                lower: name.to_ascii_lowercase(),
            });
        }
        let reserved = |reason| NameError::Reserved {
            name: name.to_owned(),
            reason,
        };
        if KEYWORDS.contains(&name) {
            return Err(reserved("it is a Rust keyword"));
        }
        if STANDARD.contains(&name) {
            return Err(reserved("the standard library has a crate of that name"));
        }
        if ARTIFACTS.contains(&name) {
            return Err(reserved("cargo uses it as a folder for build artifacts"));
        }
        Ok(Self(name.to_owned()))
    }

    /// The name as Rust code writes it: `-` becomes `_`.
    pub fn identifier(&self) -> String {
        self.0.replace('-', "_")
    }

    /// The name as cargo writes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The name of a registry in cargo's configuration (`[registries.NAME]`).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RegistryName(String);

impl RegistryName {
    /// Checks `name` and takes it.
    pub fn new(name: &str) -> Result<Self, NameError> {
        check("registry", name)?;
        Ok(Self(name.to_owned()))
    }

    /// The name as cargo's configuration writes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The middle of the environment variables cargo reads for it: `CARGO_REGISTRIES_<this>_…`.
    pub fn environment(&self) -> String {
        self.0.to_ascii_uppercase().replace('-', "_")
    }
}

fn check(what: &'static str, name: &str) -> Result<(), NameError> {
    let Some(first) = name.chars().next() else {
        return Err(NameError::Empty { what });
    };
    let allowed = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if let Some(character) = name.chars().find(|c| !allowed(c)) {
        return Err(NameError::Character {
            what,
            name: name.to_owned(),
            character,
        });
    }
    if !first.is_ascii_alphabetic() {
        return Err(NameError::Start {
            what,
            name: name.to_owned(),
        });
    }
    if name.len() > 64 {
        return Err(NameError::Long {
            what,
            name: name.to_owned(),
        });
    }
    Ok(())
}

macro_rules! string_newtype {
    ($($name:ident),*) => {$(
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
        impl TryFrom<String> for $name {
            type Error = NameError;
            fn try_from(name: String) -> Result<Self, NameError> {
                Self::new(&name)
            }
        }
        impl std::str::FromStr for $name {
            type Err = NameError;
            fn from_str(name: &str) -> Result<Self, NameError> {
                Self::new(name)
            }
        }
        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0
            }
        }
    )*};
}
string_newtype!(CrateName, RegistryName);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crate_names_follow_the_rules() {
        for name in ["acme-retry", "a", "r2d2", "snake_case"] {
            assert_eq!(CrateName::new(name).map(String::from).as_deref(), Ok(name));
        }
        let says = |name: &str| CrateName::new(name).unwrap_err().to_string();
        assert_eq!(says(""), "the crate name is empty");
        assert_eq!(says("Acme"), "`Acme` is not a lower-case crate name");
        assert_eq!(
            says("a/b"),
            "`a/b` is not a valid crate name: it contains `/`"
        );
        assert_eq!(
            says("9a"),
            "`9a` is not a valid crate name: it does not start with a letter"
        );
        assert_eq!(
            says("async"),
            "`async` cannot name a crate: it is a Rust keyword"
        );
    }
}
