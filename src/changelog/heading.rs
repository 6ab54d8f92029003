//! Headings that name a version.

use jiff::civil::Date;
use semver::Version;

/// What a section's heading says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Heading {
    /// `None` for "Unreleased".
    pub version: Option<Version>,
    pub date: Option<Date>,
    pub yanked: bool,
}

/// Reads the text of a heading; `None` if it begins no section.
///
/// The version is its first word, or its second after "Version", "Release" or a crate's name.
pub(super) fn read(title: &str) -> Option<Heading> {
    let title = title.trim();
    let mut words = title
        .split(|c: char| c.is_whitespace() || matches!(c, '[' | ']' | '(' | ')' | ',' | '|'))
        .filter(|word| !word.is_empty());
    let first = words.next()?;
    let version = if first.eq_ignore_ascii_case("unreleased") {
        None
    } else {
        let second = words.next();
        Some(version(first).or_else(|| {
            // Prose that happens to name a version ("Migrating to 2.0.0") is no section.
            let introduces = ["version", "release"]
                .iter()
                .any(|word| first.eq_ignore_ascii_case(word))
                || (is_crate_name(first) && title.split_whitespace().count() <= 4);
            second.filter(|_| introduces).and_then(version)
        })?)
    };
    let mut dates = title
        .split(|c: char| !(c.is_ascii_digit() || c == '-'))
        .filter_map(|word| word.trim_matches('-').parse::<Date>().ok());
    Some(Heading {
        version,
        date: dates.next(),
        yanked: title.to_lowercase().contains("[yanked]"),
    })
}

/// `1.2.3`, `v1.2.3`, `name-v1.2.3`, `name-1.2.3`, with what semver allows behind.
fn version(word: &str) -> Option<Version> {
    let word = word.trim_end_matches(':').trim_matches(['`', '*', '_']);
    let plain = word.strip_prefix(['v', 'V']).unwrap_or(word);
    Version::parse(plain).ok().or_else(|| {
        // A crate's name has no dot; what is before a pre-release's hyphen does.
        word.match_indices('-')
            .filter(|(at, _)| is_crate_name(&word[..*at]))
            .find_map(|(at, _)| {
                let rest = &word[at + 1..];
                Version::parse(rest.strip_prefix('v').unwrap_or(rest)).ok()
            })
    })
}

fn is_crate_name(word: &str) -> bool {
    let word = word.trim_matches(['`', '*', '_']);
    let mut letters = word.chars();
    letters.next().is_some_and(char::is_alphabetic)
        && letters.all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn says(title: &str) -> String {
        match read(title) {
            None => "no section".to_owned(),
            Some(Heading {
                version,
                date,
                yanked,
            }) => {
                let version = version.map_or_else(|| "unreleased".to_owned(), |v| v.to_string());
                let date = date.map_or_else(String::new, |d| format!(" on {d}"));
                let yanked = if yanked { ", yanked" } else { "" };
                format!("{version}{date}{yanked}")
            }
        }
    }

    #[test]
    fn headings_name_versions_in_many_ways() {
        for (title, expected) in [
            ("[Unreleased]", "unreleased"),
            ("Unreleased - ReleaseDate", "unreleased"),
            ("[1.2.0] - 2026-01-31", "1.2.0 on 2026-01-31"),
            ("1.2.0 (2026-01-31)", "1.2.0 on 2026-01-31"),
            (
                "[1.2.0](https://a.example/1.2.0) - 2026-01-31",
                "1.2.0 on 2026-01-31",
            ),
            ("v1.2.0", "1.2.0"),
            ("`1.2.0`", "1.2.0"),
            ("Version 1.2.0 (2026-01-31)", "1.2.0 on 2026-01-31"),
            ("acme-retry 1.2.0", "1.2.0"),
            ("acme-retry-v1.2.0-rc.1", "1.2.0-rc.1"),
            ("acme-3d-1.2.0", "1.2.0"),
            (
                "[1.2.0] - 2026-01-31 [YANKED]",
                "1.2.0 on 2026-01-31, yanked",
            ),
            ("1.2.0+build.5", "1.2.0+build.5"),
            ("1.2", "no section"),
            ("Added", "no section"),
            ("Migrating from 1.0.0 to 2.0.0", "no section"),
            ("How to upgrade to 2.0.0 with care", "no section"),
            ("", "no section"),
        ] {
            assert_eq!(says(title), expected, "{title}");
        }
    }
}
