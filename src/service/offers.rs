//! The versions that a registry has beside the one that is pinned.

use semver::{BuildMetadata, Version, VersionReq};

use crate::registry::IndexEntry;

/// The versions that a registry has, seen from the one that is pinned. Yanked ones don't count,
/// and pre-releases only where one is pinned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offers<'a> {
    /// The pinned one; none if it is gone.
    pub pinned: Option<&'a IndexEntry>,
    /// The latest that cargo takes for compatible with it; it may be the pinned one.
    pub compatible: Option<&'a IndexEntry>,
    /// The latest.
    pub latest: Option<&'a IndexEntry>,
    /// The later ones, up to the latest.
    pub later: Vec<&'a IndexEntry>,
}

impl<'a> Offers<'a> {
    /// Those among the entries of an index.
    pub fn among(entries: &'a [IndexEntry], pinned: &Version) -> Self {
        let counts = |entry: &&IndexEntry| {
            !entry.yanked && (entry.vers.pre.is_empty() || !pinned.pre.is_empty())
        };
        let mut offered: Vec<&IndexEntry> = entries.iter().filter(counts).collect();
        offered.sort_by(|a, b| a.vers.cmp(&b.vers));
        let compatible = offered
            .iter()
            .rfind(|entry| is_compatible(pinned, &entry.vers));
        Self {
            pinned: entries.iter().find(|entry| entry.is_version(pinned)),
            compatible: compatible.copied(),
            latest: offered.last().copied(),
            later: offered
                .into_iter()
                .filter(|entry| entry.vers.cmp_precedence(pinned).is_gt())
                .collect(),
        }
    }
}

/// Does cargo take `version` for a requirement of `pinned` (the cargo book, "Caret requirements")?
fn is_compatible(pinned: &Version, version: &Version) -> bool {
    let plain = Version {
        build: BuildMetadata::EMPTY,
        ..pinned.clone()
    };
    let caret = VersionReq::parse(&format!("^{plain}"));
    caret.is_ok_and(|caret| caret.matches(version))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The entries of these versions; `!` marks the yanked ones.
    fn entries(versions: &str) -> Vec<IndexEntry> {
        let line = |version: &str| {
            let (version, yanked) = match version.strip_suffix('!') {
                Some(version) => (version, true),
                None => (version, false),
            };
            format!(
                r#"{{"name":"a","vers":"{version}","deps":[],"features":{{}},"cksum":"","yanked":{yanked}}}"#
            )
        };
        let lines: Vec<String> = versions.split(' ').map(line).collect();
        crate::registry::parse_index("a", &lines.join("\n")).expect("an index")
    }

    fn check(versions: &str, pinned: &str) -> String {
        let entries = entries(versions);
        let offers = Offers::among(&entries, &pinned.parse().expect("a version"));
        let name = |entry: Option<&IndexEntry>| {
            entry.map_or_else(|| "none".to_owned(), |entry| entry.vers.to_string())
        };
        format!(
            "{} {} {} {}",
            name(offers.pinned),
            name(offers.compatible),
            name(offers.latest),
            offers.later.len()
        )
    }

    #[test]
    fn offers_follow_cargos_rules() {
        assert_eq!(
            check("1.0.0 1.2.0 2.0.0 1.3.0", "1.0.0"),
            "1.0.0 1.3.0 2.0.0 3"
        );
        assert_eq!(check("0.1.0 0.1.5 0.2.0", "0.1.0"), "0.1.0 0.1.5 0.2.0 2");
        assert_eq!(check("0.0.1 0.0.2", "0.0.1"), "0.0.1 0.0.1 0.0.2 1");
        assert_eq!(check("1.0.0 1.1.0!", "1.0.0"), "1.0.0 1.0.0 1.0.0 0");
        assert_eq!(check("1.0.0 1.1.0-rc.1", "1.0.0"), "1.0.0 1.0.0 1.0.0 0");
        let pre = "1.0.0 2.0.0-rc.1 2.0.0-rc.2 2.0.0";
        assert_eq!(check(pre, "2.0.0-rc.1"), "2.0.0-rc.1 2.0.0 2.0.0 2");
        // Yanked without a way forward, and gone.
        assert_eq!(check("1.0.0 1.1.0!", "1.1.0"), "1.1.0 none 1.0.0 0");
        assert_eq!(check("1.0.0 1.2.0", "1.1.0"), "none 1.2.0 1.2.0 1");
        assert_eq!(check("1.0.0+a 1.0.1", "1.0.0+b"), "1.0.0+a 1.0.1 1.0.1 1");
    }
}
