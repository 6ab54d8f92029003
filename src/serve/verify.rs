//! Is all that is published still there, as it was published?
//!
//! Packages are the truth: an index line and metadata follow from them, and can be mended by
//! them. What is lost of a package only a backup brings back.
//!
//! It can be looked at while it is served. All that makes up a version is written before its
//! index line: so the index is read first, and then all else is there that it names. What it
//! does not name may be under way, and is left out then; so are yanks.

mod logged;
mod unlisted;

use std::collections::BTreeMap;

use camino::Utf8Path;
use semver::Version;

use super::ServeError;
use super::catalogue::{Owners, crate_key, index_key, metadata_key, owners_key};
use super::log::{self, Action, LogEntry, NOBODY};
use super::storage::{Files, Storage, is_leftover};
use crate::findings::{Code, Finding, Severity, codes};
use crate::model::Digest;
use crate::registry::{
    IndexEntry, Metadata, PackageName, check_agreement, parse_index, render_index,
};
use crate::sys::{SysError, fs};

/// What was checked, and what is wrong with it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verification {
    /// How many crates there are.
    pub crates: usize,
    /// How many versions the index names.
    pub versions: usize,
    /// What is wrong, crate by crate.
    pub flaws: Vec<Flaw>,
    /// Was it served meanwhile? Then what the index does not name was not looked at.
    pub served: bool,
}

/// Something that is wrong with a registry's data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flaw {
    /// What it is.
    pub finding: Finding,
    /// Was it mended?
    pub mended: bool,
    /// Can it be mended?
    pub mendable: bool,
}

impl Verification {
    /// Does anything stand in the way that was not mended? What is only to know does not.
    pub fn is_sound(&self) -> bool {
        let stands = |flaw: &Flaw| !flaw.mended && flaw.finding.severity > Severity::Note;
        !self.flaws.iter().any(stands)
    }
}

/// Checks every checksum and index line of the registry whose data is in `data` against its
/// packages and their metadata. With `repair`, what can be mended is; then nothing may serve it
/// meanwhile.
pub fn verify(data: &Utf8Path, repair: bool) -> Result<Verification, ServeError> {
    // A folder that is not there is a mistake, and none is made.
    fs::list(data)?;
    match (Files::open(data), repair) {
        (Err(ServeError::InUse { .. }), false) => {
            Ok(check(&Files::open_to_read(data), Mode::Served)?)
        }
        (files, true) => Ok(check(&files?, Mode::Repair)?),
        (files, false) => Ok(check(&files?, Mode::Look)?),
    }
}

/// How a registry is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// Nothing is changed, by anybody.
    Look,
    /// Nothing is changed by us: another process serves it.
    Served,
    /// What can be mended is.
    Repair,
}

fn check(storage: &dyn Storage, mode: Mode) -> Result<Verification, SysError> {
    let mut check = Check {
        storage,
        repair: mode == Mode::Repair,
        log: BTreeMap::new(),
        result: Verification {
            served: mode == Mode::Served,
            ..Verification::default()
        },
    };
    let (index, crates) = check.sort_keys()?;
    let mut names: BTreeMap<PackageName, Shelf> = crates;
    for key in &index {
        check.read_index(key, &mut names)?;
    }
    let unreadable = check.read_log()?;
    check.compare_names(&names);
    for (name, shelf) in &names {
        check.check_crate(name, shelf)?;
    }
    check.check_lost(&names)?;
    for line in unreadable {
        let message = format!("line {line} of `{}` cannot be read", log::KEY);
        check.add(&codes::UNREADABLE_LOG_LINE, message, Mend::Not);
    }
    Ok(check.result)
}

/// What there is of a crate.
#[derive(Debug, Default)]
struct Shelf {
    /// By version, as the files' names say it.
    files: BTreeMap<Version, VersionFiles>,
    /// By the index.
    entries: Vec<IndexEntry>,
    /// Index lines that cannot be read, from 1.
    unreadable: Vec<usize>,
}

#[derive(Debug, Default, Clone, Copy)]
struct VersionFiles {
    package: bool,
    metadata: bool,
}

/// Can it be mended, and was it?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mend {
    /// Not by us.
    Not,
    /// It is, if that is wanted.
    IfWanted,
}

struct Check<'a> {
    storage: &'a dyn Storage,
    repair: bool,
    /// What was done, by crate.
    log: BTreeMap<PackageName, Vec<LogEntry>>,
    result: Verification,
}

impl Check<'_> {
    fn add(&mut self, code: &'static Code, message: String, mend: Mend) {
        let lost = [
            &codes::MISSING_PACKAGE,
            &codes::WRONG_CHECKSUM,
            &codes::MISSING_METADATA,
            &codes::WRONG_METADATA,
        ];
        let help = if lost.contains(&code) {
            Some("restore it from a backup")
        } else if *code == codes::LOST_VERSION {
            Some("if it was not removed on purpose, restore it from a backup")
        } else if *code == codes::WRONG_YANK {
            Some("`cargo yank` it again, with or without --undo, as it should be")
        } else if *code == codes::COLLIDING_NAMES {
            Some("one of them was not published to this registry: remove it")
        } else {
            None
        };
        let mut finding = code.finding(message);
        finding.help = help.map(str::to_owned);
        self.result.flaws.push(Flaw {
            finding,
            mended: self.repair && mend == Mend::IfWanted,
            mendable: mend == Mend::IfWanted,
        });
    }

    /// The index files, and what stands under `crates`; anything else is named.
    fn sort_keys(&mut self) -> Result<(Vec<String>, BTreeMap<PackageName, Shelf>), SysError> {
        let mut index = Vec::new();
        let mut crates: BTreeMap<PackageName, Shelf> = BTreeMap::new();
        let keys = [self.storage.list("index")?, self.storage.list("crates")?];
        for key in keys.concat() {
            if is_leftover(&key) {
                self.leftover(&key)?;
            } else if let Some(path) = key.strip_prefix("index/") {
                if PackageName::from_index_path(path).is_some() {
                    index.push(key);
                } else {
                    self.unknown(&key);
                }
            } else if let Some((name, file)) = crate_file(&key) {
                let shelf = crates.entry(name).or_default();
                if let Some((version, is_package)) = file {
                    let files = shelf.files.entry(version).or_default();
                    files.package |= is_package;
                    files.metadata |= !is_package;
                }
            } else {
                self.unknown(&key);
            }
        }
        Ok((index, crates))
    }

    fn leftover(&mut self, key: &str) -> Result<(), SysError> {
        if self.result.served {
            // It may be being written.
            return Ok(());
        }
        let message = format!("`{key}` is what a write that was cut off has left");
        self.add(&codes::LEFTOVER_FILE, message, Mend::IfWanted);
        if self.repair {
            self.storage.remove(key)?;
        }
        Ok(())
    }

    fn unknown(&mut self, key: &str) {
        let message = format!("`{key}` is no file of the registry");
        self.add(&codes::UNKNOWN_FILE, message, Mend::Not);
    }

    /// Puts the lines of an index file to the crate that they are of.
    fn read_index(
        &mut self,
        key: &str,
        names: &mut BTreeMap<PackageName, Shelf>,
    ) -> Result<(), SysError> {
        let bytes = self.storage.read(key)?.unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes);
        let mut entries = Vec::new();
        let mut unreadable = Vec::new();
        for (number, line) in (1..).zip(text.lines()).filter(|(_, line)| !line.is_empty()) {
            match parse_index(key, line).map(|mut one| one.pop()) {
                Ok(Some(entry)) if index_key(&entry.name) == key => entries.push(entry),
                _ => unreadable.push(number),
            }
        }
        // With no line left the files say whose index it was.
        let name = entries.first().map(|entry| entry.name.clone());
        let name = name.or_else(|| names.keys().find(|name| index_key(name) == key).cloned());
        let Some(name) = name else {
            self.unknown(key);
            return Ok(());
        };
        let shelf = names.entry(name.clone()).or_default();
        for (entry, other) in entries.iter().map(|entry| (entry, entry.name != name)) {
            if other {
                let message = format!("the index of `{name}` has a line of `{}`", entry.name);
                self.add(&codes::MISPLACED_LINE, message, Mend::Not);
            }
        }
        shelf.entries = entries;
        shelf.unreadable = unreadable;
        Ok(())
    }

    fn compare_names(&mut self, names: &BTreeMap<PackageName, Shelf>) {
        let listed = names.iter().filter(|(_, shelf)| !shelf.entries.is_empty());
        let mut folded: BTreeMap<String, &PackageName> = BTreeMap::new();
        for (name, _) in listed {
            if let Some(other) = folded.insert(name.folded(), name) {
                let message = format!("`{name}` is too like `{other}`");
                self.add(&codes::COLLIDING_NAMES, message, Mend::Not);
            }
        }
    }

    fn check_crate(&mut self, name: &PackageName, shelf: &Shelf) -> Result<(), SysError> {
        let before = shelf.entries.clone();
        let mut entries: Vec<IndexEntry> = Vec::new();
        for entry in &before {
            if entries.contains(entry) {
                let message = format!("the index names `{name}` {} twice", entry.vers);
                self.add(&codes::DUPLICATE_LINE, message, Mend::IfWanted);
            } else if entries.iter().any(|other| other.is_version(&entry.vers)) {
                let message = format!("the index has two lines for `{name}` {}", entry.vers);
                self.add(&codes::DUPLICATE_VERSION, message, Mend::Not);
                entries.push(entry.clone());
            } else {
                entries.push(self.check_entry(entry)?);
                self.check_logged(entry)?;
            }
        }
        let owners = self.check_owners(name, !entries.is_empty())?;
        for (version, files) in &shelf.files {
            if !self.result.served && !entries.iter().any(|entry| entry.is_version(version)) {
                let found = self.check_unlisted(name, version, *files, shelf, owners)?;
                entries.extend(found);
            }
        }
        for line in &shelf.unreadable {
            let message = format!("line {line} of the index of `{name}` cannot be read");
            self.add(&codes::UNREADABLE_LINE, message, Mend::IfWanted);
        }
        if !entries.is_empty() {
            self.result.crates += 1;
            self.result.versions += entries.len();
        }
        if self.repair && (entries != before || !shelf.unreadable.is_empty()) {
            let text = render_index(&entries);
            self.storage.write(&index_key(name), text.as_bytes())?;
        }
        Ok(())
    }

    /// The entry as it should be.
    fn check_entry(&mut self, entry: &IndexEntry) -> Result<IndexEntry, SysError> {
        let id = format!("`{}` {}", entry.name, entry.vers);
        let unchanged = Ok(entry.clone());
        let Some(package) = self.storage.read(&crate_key(&entry.name, &entry.vers))? else {
            let message = format!("the package of {id} is lost");
            self.add(&codes::MISSING_PACKAGE, message, Mend::Not);
            return unchanged;
        };
        if Digest::of(&package) != entry.cksum {
            let message = format!("the package of {id} is not the one that was published");
            self.add(&codes::WRONG_CHECKSUM, message, Mend::Not);
            return unchanged;
        }
        let Some(metadata) = self.metadata(&entry.name, &entry.vers)? else {
            let message = format!("the metadata of {id} are lost");
            self.add(&codes::MISSING_METADATA, message, Mend::Not);
            return unchanged;
        };
        let expected = IndexEntry {
            yanked: entry.yanked,
            pubtime: entry.pubtime.clone(),
            ..IndexEntry::from_publish(&metadata, entry.cksum.clone())
        };
        if let Some(why) = disagreement(&expected, &package) {
            let message = format!("the metadata of {id} are not those of its package: {why}");
            self.add(&codes::WRONG_METADATA, message, Mend::Not);
            return unchanged;
        }
        if expected != *entry {
            let message = format!("the index line of {id} does not say what its package says");
            self.add(&codes::WRONG_LINE, message, Mend::IfWanted);
        }
        Ok(expected)
    }

    /// Has the crate owners? If they are lost, the log knows who published it first.
    fn check_owners(&mut self, name: &PackageName, needed: bool) -> Result<bool, SysError> {
        let bytes = self.storage.read(&owners_key(name))?.unwrap_or_default();
        let known = serde_json::from_slice::<Owners>(&bytes).is_ok();
        if known || !needed {
            return Ok(known);
        }
        let message = format!("the owners of `{name}` are lost");
        let known = |line: &&LogEntry| line.action == Action::Publish && line.holder != NOBODY;
        let first = self.lines(name).iter().find(known);
        let mend = if first.is_some() {
            Mend::IfWanted
        } else {
            Mend::Not
        };
        if let (true, Some(first)) = (self.repair, first) {
            let owners = vec![first.holder.clone()];
            let json = serde_json::to_vec(&Owners { owners }).expect("strings serialise");
            self.storage.write(&owners_key(name), &json)?;
        }
        self.add(&codes::MISSING_OWNERS, message, mend);
        Ok(mend == Mend::IfWanted)
    }

    fn metadata(
        &self,
        name: &PackageName,
        version: &Version,
    ) -> Result<Option<Metadata>, SysError> {
        let bytes = self.storage.read(&metadata_key(name, version))?;
        Ok(bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()))
    }
}

fn disagreement(entry: &IndexEntry, package: &[u8]) -> Option<String> {
    // Under which URL it is served is not known here.
    let packaged = IndexEntry::from_crate(package, "");
    let agreement = packaged.and_then(|packaged| check_agreement(entry, &packaged, true));
    agreement.err().map(|error| error.to_string())
}

/// The crate that a key below `crates` is of; for a version's file also the version, and whether
/// it is the package.
fn crate_file(key: &str) -> Option<(PackageName, Option<(Version, bool)>)> {
    let (folder, file) = key.strip_prefix("crates/")?.split_once('/')?;
    let name = PackageName::new(folder).ok()?;
    if key == owners_key(&name) {
        return Some((name, None));
    }
    let rest = file.strip_prefix(folder)?.strip_prefix('-')?;
    let (version, is_package) = match rest.strip_suffix(".crate") {
        Some(version) => (version, true),
        None => (rest.strip_suffix(".json")?, false),
    };
    let version = Version::parse(version).ok()?;
    Some((name, Some((version, is_package))))
}

#[cfg(test)]
mod tests;
