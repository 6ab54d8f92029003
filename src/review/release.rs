//! When a version was published.

use jiff::Timestamp;
use semver::Version;
use serde::Serialize;

use crate::registry::IndexEntry;

/// A version, and when it was published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Release {
    /// The version.
    pub version: Version,
    /// When it was published, `YYYY-MM-DDThh:mm:ssZ`; not every registry says.
    pub published: Option<String>,
    /// How many days ago that was.
    pub days: Option<i64>,
}

impl Release {
    /// That of an index's entry, seen at `now` (seconds since 1970).
    pub fn of(entry: &IndexEntry, now: i64) -> Self {
        let published = entry.pubtime.clone();
        let moment = published
            .as_deref()
            .and_then(|text| text.parse::<Timestamp>().ok());
        Self {
            version: entry.vers.clone(),
            days: moment.map(|moment| (now - moment.as_second()).max(0) / (24 * 60 * 60)),
            published,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_whole_days() {
        let line =
            r#"{"name":"a","vers":"1.0.0","deps":[],"features":{},"cksum":"","yanked":false}"#;
        let mut entry = crate::registry::parse_index("a", line)
            .expect("an index")
            .remove(0);
        let days = |entry: &IndexEntry| Release::of(entry, 1_767_225_600).days;
        assert_eq!(days(&entry), None);
        entry.pubtime = Some("2025-12-30T00:00:01Z".to_owned());
        assert_eq!(days(&entry), Some(1));
        // A clock that is ahead.
        entry.pubtime = Some("2026-01-03T00:00:00Z".to_owned());
        assert_eq!(days(&entry), Some(0));
    }
}
