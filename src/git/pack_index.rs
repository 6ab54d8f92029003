//! The index of a pack, version 2 (gitformat-pack(5)), for a pack of which we know all already:
//! git would read and hash each object again.

use gix::ObjectId;
use gix::hash;

/// Where an object is in a pack.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Entry {
    pub(super) id: ObjectId,
    pub(super) offset: u64,
    /// The CRC-32 of the entry as it is in the pack.
    pub(super) crc: u32,
}

/// The bit of an offset that says that it is a place in the table of large ones.
const LARGE: u32 = 1 << 31;

/// The index file of a pack that holds `entries` and ends in the checksum `pack`.
pub(super) fn render_index(mut entries: Vec<Entry>, pack: &ObjectId) -> Vec<u8> {
    entries.sort_unstable();
    let mut out = b"\xfftOc\0\0\0\x02".to_vec();
    let number = |out: &mut Vec<u8>, number: u32| out.extend_from_slice(&number.to_be_bytes());
    for byte in 0..=u8::MAX {
        let up_to = entries.partition_point(|entry| entry.id.as_slice()[0] <= byte);
        number(
            &mut out,
            u32::try_from(up_to).expect("a pack has fewer than 2^32 objects"),
        );
    }
    for entry in &entries {
        out.extend_from_slice(entry.id.as_slice());
    }
    for entry in &entries {
        number(&mut out, entry.crc);
    }
    // What does not fit into 31 bits is in a table of its own, and its place there here.
    let mut large = Vec::new();
    for entry in &entries {
        match u32::try_from(entry.offset) {
            Ok(offset) if offset < LARGE => number(&mut out, offset),
            _ => {
                let place = u32::try_from(large.len()).expect("there are fewer than objects");
                number(&mut out, LARGE | place);
                large.push(entry.offset);
            }
        }
    }
    out.extend(large.into_iter().flat_map(u64::to_be_bytes));
    out.extend_from_slice(pack.as_slice());
    let sum = checksum(&out);
    out.extend_from_slice(sum.as_slice());
    out
}

/// What packs and their indices end in.
pub(super) fn checksum(bytes: &[u8]) -> ObjectId {
    let mut hasher = hash::hasher(hash::Kind::Sha1);
    hasher.update(bytes);
    let sum = hasher.try_finalize();
    sum.expect("what we write is no collision attack")
}

#[cfg(test)]
mod tests {
    use gix::odb::pack::index::File;

    use super::*;
    use crate::sys;
    use crate::sys::scratch::Scratch;

    #[test]
    fn offsets_beyond_31_bits_are_found() {
        let offsets = [
            12,
            0x7fff_ffff,
            0x8000_0000,
            0x1_0000_0000,
            13,
            u64::MAX >> 1,
        ];
        let entry = |(n, &offset): (u8, &u64)| Entry {
            // Not in order, and two that share their first byte.
            id: ObjectId::from_bytes_or_panic(&[n.wrapping_mul(128).wrapping_add(n); 20]),
            offset,
            crc: u32::from(n),
        };
        let entries: Vec<Entry> = (0..).zip(&offsets).map(entry).collect();
        let pack = ObjectId::null(hash::Kind::Sha1);
        let dir = Scratch::new().unwrap();
        let path = dir.path().join("pack.idx");
        sys::fs::write(&path, render_index(entries.clone(), &pack)).unwrap();
        let index = File::at(&path, hash::Kind::Sha1).unwrap();
        assert_eq!(index.num_objects(), 6);
        for entry in entries {
            let at = index.lookup(entry.id).unwrap();
            assert_eq!(index.pack_offset_at_index(at), entry.offset);
            assert_eq!(index.crc32_at_index(at), Some(entry.crc));
        }
    }
}
