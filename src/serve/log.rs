//! The audit log: who published, yanked or changed owners, and when. One JSON object a line, in
//! the order in which it happened; lines are appended and synced, never changed.
//!
//! A line comes right before what it says: nothing happens that is not logged. What was cut off
//! between the two has its line, and another when it is done again; of several that published a
//! version, the one with its checksum did.

use std::fmt;

use camino::Utf8Path;
use serde::{Deserialize, Serialize};

use super::{ServeError, Token};
use crate::model::Digest;
use crate::registry::{IndexEntry, PackageName};
use crate::sys::fs;

/// The key of the log in the registry's storage: its file in the data folder.
pub(super) const KEY: &str = "audit.log";

/// Something that somebody did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogEntry {
    /// When, `YYYY-MM-DDThh:mm:ssZ`.
    pub time: String,
    /// The id of the token that was used.
    pub token: String,
    /// Who holds it.
    pub holder: String,
    /// What was done.
    pub action: Action,
    /// To which crate.
    #[serde(rename = "crate")]
    pub krate: PackageName,
    /// The version; or the owners added (`+`) and removed (`-`).
    pub detail: String,
    /// The checksum of the package that was published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checksum: Option<Digest>,
}

/// Stands for the token and its holder where a line was lost, and it is not known who published
/// the version. No token has that name.
pub(super) const NOBODY: &str = "?";

/// What can be done to a crate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// A version was published.
    Publish,
    /// A version was withdrawn.
    Yank,
    /// That was taken back.
    Unyank,
    /// Its owners were changed.
    Owners,
}

/// What a log holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Log {
    /// What was done, oldest first.
    pub entries: Vec<LogEntry>,
    /// The numbers of lines that cannot be read, from 1: one is cut off when the machine stops
    /// while it is written.
    pub unreadable: Vec<usize>,
}

impl LogEntry {
    /// What a token's holder did at `time`.
    pub(super) fn new(
        time: String,
        token: &Token,
        action: Action,
        krate: &PackageName,
        detail: String,
    ) -> Self {
        Self {
            time,
            token: token.id.clone(),
            holder: token.name.clone(),
            action,
            krate: krate.clone(),
            detail,
            checksum: None,
        }
    }

    /// What a version's line in the index says of its publication; by whom is not in it.
    pub(super) fn of_published(entry: &IndexEntry) -> Self {
        Self {
            time: entry.pubtime.clone().unwrap_or_default(),
            token: NOBODY.to_owned(),
            holder: NOBODY.to_owned(),
            action: Action::Publish,
            krate: entry.name.clone(),
            detail: entry.vers.to_string(),
            checksum: Some(entry.cksum.clone()),
        }
    }

    /// Does it say that this version was published?
    pub(super) fn is_publication(&self, entry: &IndexEntry) -> bool {
        self.action == Action::Publish
            && self.krate == entry.name
            && self.detail == entry.vers.to_string()
            && self.checksum.as_ref().is_none_or(|it| *it == entry.cksum)
    }

    /// Its line, without its end.
    pub(super) fn to_line(&self) -> String {
        serde_json::to_string(self).expect("strings serialise")
    }
}

impl Log {
    pub(super) fn parse(text: &str) -> Self {
        let mut log = Self::default();
        for (number, line) in (1..).zip(text.lines()).filter(|(_, line)| !line.is_empty()) {
            match serde_json::from_str(line) {
                Ok(entry) => log.entries.push(entry),
                Err(_) => log.unreadable.push(number),
            }
        }
        log
    }
}

/// Reads the log of the registry whose data is in `data`, which may be served meanwhile.
pub fn load_log(data: &Utf8Path) -> Result<Log, ServeError> {
    // A log that is not there yet is empty; a folder that is not there is a mistake.
    fs::list(data)?;
    match fs::read(&data.join(KEY)) {
        Ok(bytes) => Ok(Log::parse(&String::from_utf8_lossy(&bytes))),
        Err(error) if error.is_not_found() => Ok(Log::default()),
        Err(error) => Err(error.into()),
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Publish => "publish",
            Self::Yank => "yank",
            Self::Unyank => "unyank",
            Self::Owners => "owners",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_cut_off_hides_no_other() {
        let line = r#"{"time":"t","token":"1","holder":"ann","action":"yank","crate":"a","detail":"1.0.0"}"#;
        let log = Log::parse(&format!("{line}\n{}\n\n{line}\n", &line[..40]));
        assert_eq!(log.entries.len(), 2);
        assert_eq!(log.unreadable, [2]);
        assert_eq!(log.entries[0].to_line(), line);
    }
}
