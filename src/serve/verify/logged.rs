//! The log against the index: a line comes before what it says, so what the index names is
//! logged, and what is logged is there, or was cut off right after its line.

use std::collections::{BTreeMap, BTreeSet};

use semver::Version;

use super::{Check, Mend, Shelf};
use crate::findings::codes;
use crate::registry::{IndexEntry, PackageName};
use crate::serve::catalogue::crate_key;
use crate::serve::log::{self, Action, Log, LogEntry};
use crate::sys::SysError;

impl Check<'_> {
    /// Reads the log, after the index; gives the lines that cannot be read.
    pub(super) fn read_log(&mut self) -> Result<Vec<usize>, SysError> {
        let log = self.storage.read(log::KEY)?.unwrap_or_default();
        let mut text = &*String::from_utf8_lossy(&log);
        if self.result.served {
            // The last line may be half written.
            text = &text[..text.rfind('\n').map_or(0, |end| end + 1)];
        }
        let log = Log::parse(text);
        for line in log.entries {
            self.log.entry(line.krate.clone()).or_default().push(line);
        }
        Ok(log.unreadable)
    }

    /// Does the log say that this version was published, and yanked if it is? Who published it
    /// is lost with the line; the rest comes back.
    pub(super) fn check_logged(&mut self, entry: &IndexEntry) -> Result<(), SysError> {
        let id = format!("`{}` {}", entry.name, entry.vers);
        if !self.is_logged(entry) {
            let message = format!("the log does not say who published {id}");
            self.add(&codes::UNLOGGED_VERSION, message, Mend::IfWanted);
            if self.repair {
                self.log_publication(entry)?;
            }
        }
        if !self.result.served && entry.yanked != self.is_yanked(entry) {
            let message = if entry.yanked {
                format!("{id} is yanked, and the log does not say so")
            } else {
                format!("the log says that {id} was yanked, and it is not")
            };
            self.add(&codes::WRONG_YANK, message, Mend::Not);
        }
        Ok(())
    }

    fn is_logged(&self, entry: &IndexEntry) -> bool {
        let mut lines = self.lines(&entry.name).iter();
        lines.any(|line| line.is_publication(entry))
    }

    /// Was it yanked, and that not taken back?
    pub(super) fn is_yanked(&self, entry: &IndexEntry) -> bool {
        let text = entry.vers.to_string();
        let last = self.lines(&entry.name).iter().rev().find(|line| {
            line.detail == text && matches!(line.action, Action::Yank | Action::Unyank)
        });
        last.is_some_and(|line| line.action == Action::Yank)
    }

    /// Logs a version that is about to be listed, if it is not logged.
    pub(super) fn log_unlisted(&mut self, entry: &IndexEntry) -> Result<(), SysError> {
        if self.is_logged(entry) {
            return Ok(());
        }
        self.log_publication(entry)
    }

    fn log_publication(&mut self, entry: &IndexEntry) -> Result<(), SysError> {
        let line = LogEntry::of_published(entry).to_line();
        self.storage.append(log::KEY, &line)
    }

    /// What was done to a crate, oldest first.
    pub(super) fn lines(&self, name: &PackageName) -> &[LogEntry] {
        self.log.get(name).map_or(&[], Vec::as_slice)
    }

    /// Versions that were published, and of which nothing is left.
    pub(super) fn check_lost(
        &mut self,
        names: &BTreeMap<PackageName, Shelf>,
    ) -> Result<(), SysError> {
        let mut lost = BTreeSet::new();
        for line in self.log.values().flatten() {
            let Ok(version) = Version::parse(&line.detail) else {
                continue;
            };
            let there = names.get(&line.krate).is_some_and(|shelf| {
                let mut entries = shelf.entries.iter();
                shelf.files.contains_key(&version) || entries.any(|e| e.is_version(&version))
            });
            if line.action == Action::Publish && !there {
                lost.insert((line.krate.clone(), version));
            }
        }
        for (name, version) in lost {
            // Published since the files were listed?
            if self.storage.read(&crate_key(&name, &version))?.is_some() {
                continue;
            }
            let message = format!(
                "the log says that `{name}` {version} was published, and nothing of it is there"
            );
            self.add(&codes::LOST_VERSION, message, Mend::Not);
        }
        Ok(())
    }
}
