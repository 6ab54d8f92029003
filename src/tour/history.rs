//! The commits of a sample, and what of them git wants to know.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use camino::Utf8Path;
use serde::Deserialize;

use super::TourError;
use super::weave::Woven;

/// The branch that a sample's history ends on.
pub(super) const BRANCH: &str = "main";

/// A history as `history.toml` writes it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct History {
    /// `Name <mail>` by short name.
    authors: BTreeMap<String, String>,
    /// Oldest first.
    commit: Vec<Commit>,
    /// What comes after the history that git is given.
    #[serde(default)]
    pub(super) later: Vec<Later>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Commit {
    id: String,
    /// RFC 3339, with the offset of the author's place.
    at: String,
    by: String,
    message: String,
    /// Its parents; the commit above it if none is named.
    #[serde(default)]
    after: Vec<String>,
}

/// A change that is made to the files later on.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Later {
    pub(super) id: String,
    pub(super) message: String,
    /// Dependencies that nothing uses any more.
    #[serde(default)]
    pub(super) unneeded: Vec<String>,
}

/// Reads a history.
pub(super) fn parse(text: &str) -> Result<History, TourError> {
    Ok(toml_edit::de::from_str(text)?)
}

impl History {
    /// All commits that git is given.
    pub(super) fn commits(&self) -> BTreeSet<&str> {
        self.commit
            .iter()
            .map(|commit| commit.id.as_str())
            .collect()
    }

    /// The history as a stream for `git fast-import`.
    pub(super) fn stream(&self, files: &[Woven<'_>]) -> Result<Vec<u8>, TourError> {
        let mut known = self.commits();
        known.extend(self.later.iter().map(|later| later.id.as_str()));
        for id in files.iter().flat_map(Woven::commits) {
            if !known.contains(id) {
                return Err(TourError::sample(format!("no commit is called `{id}`")));
            }
        }
        let mut stream = Vec::new();
        // The commits up to each one, itself included, and its mark.
        let mut done: BTreeMap<&str, (BTreeSet<&str>, usize)> = BTreeMap::new();
        for (index, commit) in self.commit.iter().enumerate() {
            let mut parents: Vec<&str> = commit.after.iter().map(String::as_str).collect();
            if parents.is_empty() {
                parents.extend(
                    index
                        .checked_sub(1)
                        .map(|above| self.commit[above].id.as_str()),
                );
            }
            let (mut past, mut marks) = (BTreeSet::from([commit.id.as_str()]), Vec::new());
            for parent in parents {
                let (before, mark) = done.get(parent).ok_or_else(|| {
                    TourError::sample(format!("`{}` comes before `{parent}`", commit.id))
                })?;
                past.extend(before);
                marks.push(*mark);
            }
            self.append(&mut stream, commit, index + 1, &marks)?;
            for (path, text) in files.iter().filter_map(|file| file.at(&past)) {
                append_file(&mut stream, path, &text);
            }
            done.insert(&commit.id, (past, index + 1));
        }
        Ok(stream)
    }

    /// The head of a commit; its files follow.
    fn append(
        &self,
        stream: &mut Vec<u8>,
        commit: &Commit,
        mark: usize,
        parents: &[usize],
    ) -> Result<(), TourError> {
        let wrong = |what: &str| TourError::sample(format!("`{}` has no {what}", commit.id));
        let author = self
            .authors
            .get(&commit.by)
            .ok_or_else(|| wrong("author"))?;
        let when = git_date(&commit.at).ok_or_else(|| wrong("date"))?;
        let message = commit.message.trim();
        let mut head = format!(
            "commit refs/heads/{BRANCH}\nmark :{mark}\nauthor {author} {when}\n\
             committer {author} {when}\ndata {}\n{message}\n\n",
            message.len() + 1,
        );
        for (index, parent) in parents.iter().enumerate() {
            let word = if index == 0 { "from" } else { "merge" };
            let _ = writeln!(head, "{word} :{parent}");
        }
        head += "deleteall\n";
        stream.extend(head.into_bytes());
        Ok(())
    }
}

fn append_file(stream: &mut Vec<u8>, path: &Utf8Path, text: &str) {
    let head = format!("M 100644 inline {path}\ndata {}\n", text.len());
    stream.extend(head.into_bytes());
    stream.extend(text.as_bytes());
    stream.push(b'\n');
}

/// `2026-01-13T16:20:00+01:00` as git stores it: seconds since 1970, and the offset.
fn git_date(text: &str) -> Option<String> {
    let instant: jiff::Timestamp = text.parse().ok()?;
    let offset = text.get(text.len().checked_sub(6)?..)?.replace(':', "");
    Some(format!("{} {offset}", instant.as_second()))
}

#[cfg(test)]
mod tests {
    use super::super::weave;
    use super::*;

    const HISTORY: &str = r#"
[authors]
ann = "Ann <ann@example.com>"

[[commit]]
id = "one"
at = "1970-01-01T01:00:01+01:00"
by = "ann"
message = "Begin"

[[commit]]
id = "side"
at = "1970-01-01T00:00:02+00:00"
by = "ann"
message = "Aside"

[[commit]]
id = "two"
at = "1970-01-01T00:00:03+00:00"
by = "ann"
message = "Go on"
after = ["one"]

[[commit]]
id = "both"
at = "1970-01-01T00:00:04+00:00"
by = "ann"
message = "Merge"
after = ["two", "side"]
"#;

    #[test]
    fn branches_do_not_see_each_other() {
        let history = parse(HISTORY).unwrap();
        let file = "@file one a\n@since side\nside\n@end\n@since two\ntwo\n@end\n";
        let stream = history.stream(&[weave::parse(file).unwrap()]).unwrap();
        let stream = String::from_utf8(stream).unwrap();
        let commits: Vec<&str> = stream.split("commit refs/heads/main\n").skip(1).collect();
        assert!(commits[0].contains("author Ann <ann@example.com> 1 +0100\n"));
        assert!(commits[0].contains("data 6\nBegin\n"));
        assert!(commits[1].ends_with("from :1\ndeleteall\nM 100644 inline a\ndata 5\nside\n\n"));
        assert!(commits[2].ends_with("from :1\ndeleteall\nM 100644 inline a\ndata 4\ntwo\n\n"));
        assert!(commits[3].contains("from :3\nmerge :2\n"));
        assert!(commits[3].ends_with("data 9\nside\ntwo\n\n"));
    }

    #[test]
    fn a_commit_that_nobody_knows_is_an_error() {
        let history = parse(HISTORY).unwrap();
        let file = weave::parse("@file three a\n").unwrap();
        let error = history.stream(&[file]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the sample is wrong: no commit is called `three`"
        );
    }
}
