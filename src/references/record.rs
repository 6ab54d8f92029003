//! What cargo saw last of the files that have marks, kept beside what it built from them.
//!
//! Cargo checks a package again if a file of it is younger than what it knows of the package. A
//! file that looks as it did when cargo last ran gets its date of then, so that cargo repeats what
//! the compiler said; any other is as young as it is. What cargo repeats is then true as long as
//! a date is younger than each check that saw another text in its place. For that:
//!
//! - There is one record for each copy's place in each target folder, in that folder: they are
//!   cached, copied and removed together. A map that keeps no record removes it.
//! - It holds the last text only. One that comes back is written anew.
//! - It is written before cargo runs: whenever a run is killed, it says what cargo saw last, or
//!   what it would have seen next, which is as young.
//! - A file that has marks no more is made young: cargo saw it with them.
//! - What is built apart ([`super::apart`]) sees other texts, and has dates of its own.
//!
//! Cargo itself keeps apart what it builds with another compiler, other features, other flags,
//! another program in rustc's place, or none: plain checks in the same folder do no harm.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};

use super::MapRequest;
use super::marks::{Marks, NOTE};
use super::wrapper;
use crate::model::Digest;
use crate::sys::fs::FileDate;
use crate::sys::{self, SysError};

/// Counts what changes the marks, or what is read from the compiler's messages.
const FORMAT: u32 = 2;

/// The record while a map is built.
#[derive(Debug)]
pub(super) struct Record {
    /// The scratch copy.
    root: Utf8PathBuf,
    /// Where it is kept; none if it is not.
    place: Option<Utf8PathBuf>,
    kept: Kept,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Kept {
    /// Of the program that made the record, as far as the compiler's messages depend on it.
    maker: Option<Digest>,
    files: BTreeMap<Utf8PathBuf, Seen>,
    /// Of the same files without marks, for what is built apart.
    #[serde(default)]
    apart: BTreeMap<Utf8PathBuf, Seen>,
    drops: Option<KeptDrops>,
}

/// Who sees a file as it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Builds {
    /// All but what is built apart.
    All,
    /// What is built apart.
    Apart,
}

/// A file as it is written.
#[derive(Debug, Serialize, Deserialize)]
struct Seen {
    digest: Digest,
    date: FileDate,
}

/// The marks that had to be dropped.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct KeptDrops {
    /// Of what was asked: another question may need other ones.
    pub(super) question: Option<Digest>,
    pub(super) drops: Vec<KeptDrop>,
}

/// A mark that had to be dropped.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct KeptDrop {
    pub(super) file: Utf8PathBuf,
    pub(super) ordinal: usize,
    /// Of the file as the user has it: in another one the ordinal may be another item's.
    pub(super) source: Digest,
    /// The package that the error was in.
    pub(super) package: String,
    /// The error.
    pub(super) why: String,
}

impl Record {
    /// Reads the record of the last map, if there is one and its maker was like this one.
    pub(super) fn open(
        request: &MapRequest<'_>,
        root: &Utf8Path,
        marks: &Marks,
    ) -> Result<Self, SysError> {
        let name = Digest::of(root.as_str().as_bytes());
        let place = request.root.join(&request.target_dir).join("quarry-maps");
        let place = place.join(format!("{}.json", &name.as_str()[..16]));
        let text = sys::fs::read_text_if_exists(&place)?;
        let kept = text.and_then(|text| serde_json::from_str(&text).ok());
        let mut kept: Kept = kept.unwrap_or_default();
        let files = kept.files.keys().chain(kept.apart.keys());
        for file in files.filter(|file| !marks.has(file)) {
            make_young(&root.join(file))?;
        }
        kept.files.retain(|file, _| marks.has(file));
        kept.apart.retain(|file, _| marks.has(file));
        let maker = maker(request);
        if !request.keep_record {
            sys::fs::remove_file(&place)?;
        }
        if !request.keep_record || kept.maker.as_ref() != Some(&maker) {
            kept = Kept::default();
        }
        kept.maker = Some(maker);
        Ok(Self {
            root: root.to_owned(),
            place: request.keep_record.then_some(place),
            kept,
        })
    }

    /// Writes a file of the copy, and dates it as it was if cargo knows that text.
    pub(super) fn write(
        &mut self,
        file: &Utf8Path,
        text: &str,
        builds: Builds,
    ) -> Result<(), SysError> {
        let seen_by = match builds {
            Builds::All => &mut self.kept.files,
            Builds::Apart => &mut self.kept.apart,
        };
        let digest = Digest::of(text.as_bytes());
        let path = self.root.join(file);
        sys::fs::write_scratch(&path, text)?;
        match seen_by.get(file) {
            Some(seen) if seen.digest == digest => sys::fs::set_modified(&path, seen.date),
            _ => {
                let date = sys::fs::modified(&path)?;
                let seen = Seen { digest, date };
                seen_by.insert(file.to_owned(), seen);
                Ok(())
            }
        }
    }

    /// Forgets the dates: what is written next is young.
    pub(super) fn forget(&mut self) {
        self.kept.files.clear();
        self.kept.apart.clear();
    }

    /// The marks that the last map had to drop.
    pub(super) fn take_drops(&mut self) -> Option<KeptDrops> {
        self.kept.drops.take()
    }

    /// Keeps it for the next map: before each run of cargo without drops, for what a run that is
    /// killed had still to drop, nobody knows.
    pub(super) fn save(&mut self, drops: Option<KeptDrops>) -> Result<(), SysError> {
        let Some(place) = &self.place else {
            return Ok(());
        };
        self.kept.drops = drops;
        let text = serde_json::to_string(&self.kept).expect("a map of paths is JSON");
        sys::fs::write(place, text)
    }
}

/// What the compiler's messages depend on that cargo does not look at.
fn maker(request: &MapRequest<'_>) -> Digest {
    let version = env!("CARGO_PKG_VERSION");
    let args = wrapper::ARGS.join(" ");
    let packages: Vec<&str> = request.packages.iter().map(|dir| dir.as_str()).collect();
    let packages = packages.join("\n");
    Digest::of(format!("{FORMAT} {version} {NOTE} {args}\n{packages}").as_bytes())
}

fn make_young(path: &Utf8Path) -> Result<(), SysError> {
    if !path.is_file() {
        return Ok(());
    }
    let bytes = sys::fs::read(path)?;
    sys::fs::write_scratch(path, bytes)
}
