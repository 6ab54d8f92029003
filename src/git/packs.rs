//! The packs of a repository, read in place. Beside what gix does for any one object (it finds
//! out what has changed on disk, and reads all of it), reading a hundred thousand small ones is
//! cheap. What is not found here, or cannot be read, is left to gix.

use std::cmp::Ordering;

use camino::Utf8Path;
use gix::objs::Kind;
use gix::odb::pack::Bundle;
use gix::odb::pack::data::Entry;
use gix::odb::pack::data::entry::Header;
use gix::oid;
use gix::zlib::{Inflate, Status};

use super::bases::Bases;
use super::delta::apply;
use crate::sys;

/// The packs that a repository had when they were opened, those of its alternates included.
pub(super) struct Packs(Vec<Pack>);

struct Pack {
    bundle: Bundle,
    /// How many ids come before each group of them; a group is made up of ids whose first bits
    /// are the same.
    groups: Vec<u32>,
}

impl Packs {
    /// Packs that cannot be opened are left out. A repository with replacements (git-replace(1))
    /// has none here: an id does not say what it stands for there.
    pub(super) fn open(repository: &gix::Repository) -> Self {
        let store = repository.objects.store_ref();
        if store.replacements().next().is_some() {
            return Self(Vec::new());
        }
        let mut folders = store.alternate_db_paths().unwrap_or_default();
        folders.insert(0, store.path().to_owned());
        let folders = folders
            .into_iter()
            .filter_map(|folder| sys::env::utf8(folder).ok());
        let files = folders.filter_map(|folder| sys::fs::list_utf8(&folder.join("pack")).ok());
        let indices = files.flatten().filter(|file| is_index(&file.path));
        let open = |(number, file): (u32, sys::fs::Entry)| {
            let mut bundle = Bundle::at(file.path, repository.object_hash()).ok()?;
            bundle.pack.id = number;
            Some(Pack::new(bundle))
        };
        Self((0..).zip(indices).filter_map(open).collect())
    }

    /// Reads an object into `out`; gives its kind.
    pub(super) fn read(&self, id: &oid, decoder: &mut Decoder, out: &mut Vec<u8>) -> Option<Kind> {
        let (pack, entry) = self.find(id)?;
        pack.read(entry, decoder, out)
    }

    /// Reads the first bytes of an object, as many as `out` holds or as there are; gives its kind
    /// and how many they are. None also for one that is stored as a difference.
    pub(super) fn read_start(
        &self,
        id: &oid,
        decoder: &mut Decoder,
        out: &mut [u8],
    ) -> Option<(Kind, usize)> {
        let (pack, entry) = self.find(id)?;
        let kind = entry.header.as_kind()?;
        decoder.inflate.reset();
        let (_, _, size) = decoder.inflate.prefix(pack.stream(&entry)?, out).ok()?;
        Some((kind, size))
    }

    fn find(&self, id: &oid) -> Option<(&Pack, Entry)> {
        self.0.iter().find_map(|pack| Some((pack, pack.find(id)?)))
    }
}

/// What one thread needs for reading.
#[derive(Default)]
pub(super) struct Decoder {
    inflate: Inflate,
    bases: Bases,
    chain: Vec<Entry>,
    delta: Vec<u8>,
    result: Vec<u8>,
}

impl Decoder {
    /// Inflates all of an entry: an object, or a difference.
    fn inflate(inflate: &mut Inflate, stream: &[u8], size: u64, out: &mut Vec<u8>) -> Option<()> {
        let size = usize::try_from(size).ok()?;
        out.clear();
        out.try_reserve(size).ok()?;
        out.resize(size, 0);
        inflate.reset();
        let (status, _, written) = inflate.once(stream, out).ok()?;
        (status == Status::StreamEnd && written == size).then_some(())
    }
}

fn is_index(path: &Utf8Path) -> bool {
    path.extension() == Some("idx")
}

/// The longest chain of differences that git makes (git-pack-objects(1), `--depth`): a longer one
/// may be a circle.
const LONGEST: usize = 4095;
/// Bits of an id that say its group.
const GROUP_BITS: u32 = 12;

impl Pack {
    fn new(bundle: Bundle) -> Self {
        let mut groups = vec![0; (1 << GROUP_BITS) + 1];
        for at in 0..bundle.index.num_objects() {
            groups[group(bundle.index.oid_at_index(at)) + 1] = at + 1;
        }
        let mut before = 0;
        for group in &mut groups {
            before = before.max(*group);
            *group = before;
        }
        Self { bundle, groups }
    }

    fn find(&self, id: &oid) -> Option<Entry> {
        let offset = self.bundle.index.pack_offset_at_index(self.position(id)?);
        self.bundle.pack.entry(offset).ok()
    }

    /// Reads an object, and keeps all that it is built on: walking back in history, those are
    /// wanted soon.
    fn read(&self, mut entry: Entry, decoder: &mut Decoder, out: &mut Vec<u8>) -> Option<Kind> {
        let Decoder {
            inflate,
            bases,
            chain,
            delta,
            result,
        } = decoder;
        let key = |entry: &Entry| (self.bundle.pack.id, entry.data_offset);
        chain.clear();
        let kind = loop {
            if let Some((kind, content)) = bases.get(key(&entry)) {
                out.clear();
                out.extend_from_slice(content);
                break kind;
            }
            if let Some(kind) = entry.header.as_kind() {
                let stream = self.stream(&entry)?;
                Decoder::inflate(inflate, stream, entry.decompressed_size, out)?;
                bases.put(key(&entry), kind, out);
                break kind;
            }
            let base = self.base(&entry)?;
            chain.push(std::mem::replace(&mut entry, base));
            if chain.len() > LONGEST {
                return None;
            }
        };
        for entry in chain.iter().rev() {
            let stream = self.stream(entry)?;
            Decoder::inflate(inflate, stream, entry.decompressed_size, delta)?;
            apply(out, delta, result)?;
            std::mem::swap(out, result);
            bases.put(key(entry), kind, out);
        }
        Some(kind)
    }

    fn base(&self, entry: &Entry) -> Option<Entry> {
        match entry.header {
            Header::OfsDelta { base_distance } => {
                let offset = entry.checked_base_pack_offset(base_distance)?;
                self.bundle.pack.entry(offset).ok()
            }
            Header::RefDelta { base_id } => self.find(&base_id),
            Header::Commit | Header::Tree | Header::Blob | Header::Tag => None,
        }
    }

    /// What is stored of an entry, and all that follows it.
    fn stream(&self, entry: &Entry) -> Option<&[u8]> {
        let end = u64::try_from(self.bundle.pack.pack_end()).ok()?;
        self.bundle.pack.entry_slice(entry.data_offset..end)
    }

    /// The place of an id in the index. Ids are spread evenly, so that their distance says how
    /// many lie between: a look or two find it where halving needs one for each bit, and most
    /// looks are at memory that is not in the processor's cache.
    fn position(&self, id: &oid) -> Option<u32> {
        const LOOKS: usize = 8;
        let index = &self.bundle.index;
        let count = u128::from(index.num_objects());
        let between = |distance: u64| {
            let share = (u128::from(distance) * count) >> u64::BITS;
            u32::try_from(share).expect("it is less than the count")
        };
        let wanted = first_bytes(id);
        let (mut low, mut high) = (self.groups[group(id)], self.groups[group(id) + 1]);
        let mut at = low + between(wanted << GROUP_BITS >> GROUP_BITS);
        for _ in 0..LOOKS {
            if low >= high {
                return None;
            }
            at = at.clamp(low, high - 1);
            let other = index.oid_at_index(at);
            let there = first_bytes(other);
            match wanted.cmp(&there).then_with(|| id.cmp(other)) {
                Ordering::Equal => return Some(at),
                Ordering::Less => {
                    high = at;
                    at = at.saturating_sub(between(there - wanted));
                }
                Ordering::Greater => {
                    low = at + 1;
                    at = at.saturating_add(between(wanted - there));
                }
            }
        }
        // Not spread evenly: somebody made them so.
        index.lookup(id)
    }
}

fn group(id: &oid) -> usize {
    let bits = first_bytes(id) >> (u64::BITS - GROUP_BITS);
    usize::try_from(bits).expect("it has few bits")
}

fn first_bytes(id: &oid) -> u64 {
    let bytes = id.as_bytes().first_chunk();
    u64::from_be_bytes(*bytes.expect("an id is longer"))
}

#[cfg(test)]
mod tests;
