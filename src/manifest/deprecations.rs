//! The ledger of deprecations: `[[package.metadata.quarry.deprecations]]`. It stands in the
//! manifest, so that it travels in the package, and registries and consumers can read it.

use jiff::civil::Date;
use semver::Version;
use serde::{Deserialize, Serialize};

use super::document::{key, quoted};
use super::edit::newline;
use super::{Manifest, ManifestError};

/// Where it stands in a manifest.
const KEY: &str = "package.metadata.quarry.deprecations";

/// A version or an item that should be used no longer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Deprecation {
    /// What.
    #[serde(flatten)]
    pub what: Deprecated,
    /// The first version that says so; for an item.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Version>,
    /// Why, in a sentence.
    pub reason: String,
    /// What to use instead: a version, a path, a crate, or words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub use_instead: Option<String>,
    /// Until when it is there, or supported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
}

/// What is deprecated.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Deprecated {
    /// A version of the crate.
    Version(Version),
    /// An item, by its path as users write it: `acme_retry::Policy::new`.
    Item(String),
}

/// The ledger of a manifest, in its order. None has an empty one.
pub fn deprecations(manifest: &Manifest) -> Result<Vec<Deprecation>, ManifestError> {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Document {
        package: Package,
    }
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Package {
        metadata: Metadata,
    }
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Metadata {
        quarry: Quarry,
    }
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Quarry {
        deprecations: Vec<Deprecation>,
    }
    let document: Document = toml_edit::de::from_str(manifest.text()).map_err(|_| {
        manifest.shape(
            KEY,
            "a list of tables with `version` or `item`, `reason`, `use-instead` and `until`",
        )
    })?;
    Ok(document.package.metadata.quarry.deprecations)
}

/// The text of the manifest with one more entry in its ledger, after the others; all else keeps
/// its form.
pub fn add_deprecation(
    manifest: &Manifest,
    deprecation: &Deprecation,
) -> Result<String, ManifestError> {
    let known = deprecations(manifest)?;
    if known.iter().any(|it| it.what == deprecation.what) {
        let what = match &deprecation.what {
            Deprecated::Version(version) => version.to_string(),
            Deprecated::Item(path) => path.clone(),
        };
        return Err(ManifestError::Exists {
            path: manifest.path().to_owned(),
            key: format!("{KEY}.{what}"),
        });
    }
    let text = manifest.text();
    let end = newline(text);
    let mut edited = text.trim_end().to_owned();
    edited += end;
    edited += end;
    edited += &entry(deprecation).replace('\n', end);
    // An entry under a table that is written inline is no TOML, or another table's.
    let shape = || manifest.shape("package.metadata", "a table of its own");
    let read = Manifest::parse(manifest.path(), edited.as_str()).map_err(|_| shape())?;
    let read = deprecations(&read)?;
    if read.last() == Some(deprecation) && read.len() == known.len() + 1 {
        Ok(edited)
    } else {
        Err(shape())
    }
}

fn entry(deprecation: &Deprecation) -> String {
    let (kind, what) = match &deprecation.what {
        Deprecated::Version(version) => ("version", version.to_string()),
        Deprecated::Item(path) => ("item", path.clone()),
    };
    let since = deprecation.since.as_ref().map(ToString::to_string);
    let until = deprecation.until.map(|day| day.to_string());
    let lines = [
        (kind, Some(what)),
        ("since", since),
        ("reason", Some(deprecation.reason.clone())),
        ("use-instead", deprecation.use_instead.clone()),
        ("until", until),
    ];
    let lines = lines.into_iter().filter_map(|(name, value)| {
        let value = quoted(&value?);
        Some(format!("{} = {value}\n", key(name)))
    });
    format!("[[{KEY}]]\n{}", lines.collect::<String>())
}

impl std::fmt::Display for Deprecated {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Version(version) => write!(f, "{version}"),
            Self::Item(path) => write!(f, "`{path}`"),
        }
    }
}

impl Deprecation {
    /// What to do about it, as one sentence: `Use 0.2.0 instead. Until 2026-06-30.`
    pub fn advice(&self) -> String {
        let instead = self.use_instead.as_ref();
        let instead = instead.map(|what| format!("Use {what} instead."));
        let until = self.until.map(|day| match self.what {
            Deprecated::Version(_) => format!("It is supported until {day}."),
            Deprecated::Item(_) => format!("It stays until {day}."),
        });
        let parts: Vec<String> = instead.into_iter().chain(until).collect();
        parts.join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(text: &str) -> Manifest {
        Manifest::parse("Cargo.toml".into(), text).unwrap()
    }

    fn version() -> Deprecation {
        Deprecation {
            what: Deprecated::Version(Version::new(0, 1, 0)),
            since: None,
            reason: "It loses \"retries\"".to_owned(),
            use_instead: Some("0.1.1".to_owned()),
            until: Some("2026-06-30".parse().unwrap()),
        }
    }

    fn item() -> Deprecation {
        Deprecation {
            what: Deprecated::Item("acme_retry::times".to_owned()),
            since: Some(Version::new(0, 2, 0)),
            reason: "It is fixed".to_owned(),
            use_instead: None,
            until: None,
        }
    }

    #[test]
    fn entries_are_added_and_read_and_all_else_stays() {
        let before = "# A library.\r\n[package] # this\r\nname = \"a\"\r\n\r\n[lints]\r\n";
        let once = add_deprecation(&manifest(before), &version()).unwrap();
        assert_eq!(
            once,
            "# A library.\r\n[package] # this\r\nname = \"a\"\r\n\r\n[lints]\r\n\r\n\
             [[package.metadata.quarry.deprecations]]\r\nversion = \"0.1.0\"\r\n\
             reason = 'It loses \"retries\"'\r\nuse-instead = \"0.1.1\"\r\n\
             until = \"2026-06-30\"\r\n"
        );
        let twice = add_deprecation(&manifest(&once), &item()).unwrap();
        assert!(twice.starts_with(&once));
        assert_eq!(
            deprecations(&manifest(&twice)).unwrap(),
            [version(), item()]
        );
        let error = add_deprecation(&manifest(&twice), &item()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "`Cargo.toml` already has `package.metadata.quarry.deprecations.acme_retry::times`"
        );
    }

    #[test]
    fn what_cannot_take_an_entry_is_told() {
        assert_eq!(
            deprecations(&manifest("[package]\nname = \"a\"\n")).unwrap(),
            []
        );
        let inline = "[package]\nname = \"a\"\nmetadata = { docs = 1 }\n";
        let error = add_deprecation(&manifest(inline), &item()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "`package.metadata` in `Cargo.toml` is not a table of its own"
        );
        let wrong = "[[package.metadata.quarry.deprecations]]\nitem = 3\n";
        let error = deprecations(&manifest(wrong)).unwrap_err();
        assert!(
            error.to_string().contains("is not a list of tables"),
            "{error}"
        );
    }

    #[test]
    fn advice_says_what_to_do_and_until_when() {
        assert_eq!(
            version().advice(),
            "Use 0.1.1 instead. It is supported until 2026-06-30."
        );
        assert_eq!(item().advice(), "");
    }
}
