//! Versions whose files are there, and which the index does not name.

use semver::Version;

use super::{Check, Mend, Shelf, VersionFiles, disagreement};
use crate::findings::codes;
use crate::model::Digest;
use crate::registry::{IndexEntry, PackageName};
use crate::serve::catalogue::{crate_key, metadata_key};
use crate::sys::{SysError, clock};

impl Check<'_> {
    /// Files of a version that the index does not name. A publish that was cut off leaves them;
    /// what is complete can be listed, what is not is of no use.
    pub(super) fn check_unlisted(
        &mut self,
        name: &PackageName,
        version: &Version,
        files: VersionFiles,
        shelf: &Shelf,
        owners: bool,
    ) -> Result<Option<IndexEntry>, SysError> {
        let id = format!("`{name}` {version}");
        let entry = match files {
            VersionFiles {
                package: true,
                metadata: true,
            } if owners => self.unlisted_entry(name, version)?,
            _ => None,
        };
        if let Some(entry) = entry {
            let message = format!("{id} is complete, and the index does not name it");
            self.add(&codes::UNLISTED_VERSION, message, Mend::IfWanted);
            if !self.repair {
                return Ok(None);
            }
            self.log_unlisted(&entry)?;
            return Ok(Some(entry));
        }
        let message = format!("{id} is not complete, and the index does not name it");
        // A line that cannot be read may have named it: then it is no leftover.
        let mend = if shelf.unreadable.is_empty() {
            Mend::IfWanted
        } else {
            Mend::Not
        };
        self.add(&codes::INCOMPLETE_VERSION, message, mend);
        if self.repair && mend == Mend::IfWanted {
            self.storage.remove(&crate_key(name, version))?;
            self.storage.remove(&metadata_key(name, version))?;
        }
        Ok(None)
    }

    /// The line that a version would have, if its files are whole and agree. When it was
    /// published, and whether it was yanked since, is in the log.
    fn unlisted_entry(
        &self,
        name: &PackageName,
        version: &Version,
    ) -> Result<Option<IndexEntry>, SysError> {
        let package = self.storage.read(&crate_key(name, version))?;
        let (Some(package), Some(metadata)) = (package, self.metadata(name, version)?) else {
            return Ok(None);
        };
        let mut entry = IndexEntry::from_publish(&metadata, Digest::of(&package));
        let is_it = entry.name == *name && entry.vers == *version;
        if !is_it || disagreement(&entry, &package).is_some() {
            return Ok(None);
        }
        let mut lines = self.lines(name).iter().rev();
        let published = lines.find(|line| line.is_publication(&entry));
        let time = published.map_or_else(clock::timestamp, |line| line.time.clone());
        entry.pubtime = Some(time);
        entry.yanked = self.is_yanked(&entry);
        Ok(Some(entry))
    }
}
