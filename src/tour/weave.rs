//! Woven files: every version of a file in one text, as in SCCS.
//!
//! Lines that begin with `@` direct, all others are content:
//!
//! | directive | meaning |
//! |---|---|
//! | `@file COMMIT PATH` | from this commit on the file lies there (`-`: it is gone) |
//! | `@since COMMIT` … `@end` | these lines are there from this commit on |
//! | `@until COMMIT` … `@end` | these lines are there up to, and not in, this commit |
//!
//! Blocks nest. A version is asked for by the set of commits that it is made of, so that the
//! branches of a history with merges come out right.

use std::collections::BTreeSet;

use camino::Utf8Path;

use super::TourError;

/// A file in all its versions.
#[derive(Debug)]
pub(super) struct Woven<'t> {
    places: Vec<Place<'t>>,
    lines: Vec<Line<'t>>,
}

#[derive(Debug)]
struct Place<'t> {
    since: &'t str,
    path: Option<&'t Utf8Path>,
}

#[derive(Debug)]
struct Line<'t> {
    text: &'t str,
    when: Vec<Condition<'t>>,
}

#[derive(Debug, Clone, Copy)]
enum Condition<'t> {
    Since(&'t str),
    Until(&'t str),
}

impl Condition<'_> {
    fn holds(self, done: &BTreeSet<&str>) -> bool {
        match self {
            Self::Since(commit) => done.contains(commit),
            Self::Until(commit) => !done.contains(commit),
        }
    }
}

/// Reads a woven file.
pub(super) fn parse(text: &str) -> Result<Woven<'_>, TourError> {
    let (mut places, mut lines, mut when) = (Vec::new(), Vec::new(), Vec::new());
    for line in text.lines() {
        let Some(directive) = line.strip_prefix('@') else {
            lines.push(Line {
                text: line,
                when: when.clone(),
            });
            continue;
        };
        let wrong = || TourError::sample(format!("`{line}` in a woven file"));
        match directive.split(' ').collect::<Vec<_>>()[..] {
            ["file", since, path] => places.push(Place {
                since,
                path: (path != "-").then_some(Utf8Path::new(path)),
            }),
            ["since", commit] => when.push(Condition::Since(commit)),
            ["until", commit] => when.push(Condition::Until(commit)),
            ["end"] => {
                when.pop().ok_or_else(wrong)?;
            }
            _ => return Err(wrong()),
        }
    }
    if places.is_empty() || !when.is_empty() {
        let start = text.lines().next().unwrap_or_default();
        return Err(TourError::sample(format!(
            "a block is open at the end, or no path is given, in the file of `{start}`"
        )));
    }
    Ok(Woven { places, lines })
}

impl Woven<'_> {
    /// Path and text once these commits are done; none where the file isn't there.
    pub(super) fn at(&self, done: &BTreeSet<&str>) -> Option<(&Utf8Path, String)> {
        let place = self.places.iter().rfind(|p| done.contains(p.since))?;
        let live = |line: &&Line<'_>| line.when.iter().all(|condition| condition.holds(done));
        let text = self
            .lines
            .iter()
            .filter(live)
            .fold(String::new(), |text, line| text + line.text + "\n");
        Some((place.path?, text))
    }

    /// The commits that it speaks of.
    pub(super) fn commits(&self) -> BTreeSet<&str> {
        let conditions = self.lines.iter().flat_map(|line| &line.when);
        let named = conditions.map(|condition| match condition {
            Condition::Since(commit) | Condition::Until(commit) => *commit,
        });
        named.chain(self.places.iter().map(|p| p.since)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WOVEN: &str = "\
@file one old.rs
@file two new.rs
@file three -
always
@since two
second
@until three
only then
@end
@end
";

    fn check(done: &[&str], expect: Option<(&str, &str)>) {
        let woven = parse(WOVEN).unwrap();
        let done = done.iter().copied().collect();
        let found = woven.at(&done);
        let found = found
            .as_ref()
            .map(|(path, text)| (path.as_str(), text.as_str()));
        assert_eq!(found, expect, "{done:?}");
    }

    #[test]
    fn a_version_has_the_lines_of_its_commits() {
        check(&[], None);
        check(&["one"], Some(("old.rs", "always\n")));
        check(
            &["one", "two"],
            Some(("new.rs", "always\nsecond\nonly then\n")),
        );
        check(&["one", "two", "three"], None);
    }

    #[test]
    fn a_directive_that_makes_no_sense_is_an_error() {
        for text in [
            "@file one a\n@end\n",
            "@file one a\n@since x\n",
            "text\n",
            "@what\n",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn it_names_its_commits() {
        let woven = parse(WOVEN).unwrap();
        assert_eq!(woven.commits(), ["one", "two", "three"].into());
    }
}
