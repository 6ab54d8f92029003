//! Objects on their way into a repository as one pack file (gitformat-pack(5)): a file for each
//! of thousands of small objects would cost more than all else.

use camino::Utf8Path;
use gix::ObjectId;
use gix::hash;
use gix::hashtable::HashSet;
use gix::objs::{Kind, compute_hash};
use gix::zlib::stream::deflate::{Compress, FlushCompress};
use gix::zlib::{Compression, Status};

use super::GitError;
use super::pack_index::{Entry, checksum, render_index};
use super::repository::objects_dir;
use crate::sys;

/// A pack that is being put together in memory.
pub(super) struct Pack {
    bytes: Vec<u8>,
    objects: HashSet,
    entries: Vec<Entry>,
    // One for all: making one costs more than a small object takes to compress.
    compress: Compress,
}

impl Pack {
    pub(super) fn new() -> Self {
        // The number of objects follows once it is known.
        Self {
            bytes: b"PACK\0\0\0\x02\0\0\0\0".to_vec(),
            objects: HashSet::default(),
            entries: Vec::new(),
            compress: Compress::new(Compression::BEST_SPEED),
        }
    }

    /// Adds an object, unless it is in already; gives its id.
    pub(super) fn add(&mut self, kind: Kind, content: &[u8]) -> ObjectId {
        let id = compute_hash(hash::Kind::Sha1, kind, content)
            .expect("what we write is no collision attack");
        if self.objects.insert(id) {
            let start = self.bytes.len();
            self.bytes
                .extend_from_slice(&entry_header(kind, content.len()));
            match kind {
                // Mostly ids, which do not get smaller.
                Kind::Tree => store_plain(&mut self.bytes, content),
                Kind::Blob | Kind::Commit | Kind::Tag => self.compress(content),
            }
            let mut crc = flate2::Crc::new();
            crc.update(&self.bytes[start..]);
            self.entries.push(Entry {
                id,
                offset: start as u64,
                crc: crc.sum(),
            });
        }
        id
    }

    fn compress(&mut self, content: &[u8]) {
        self.compress.reset();
        let start = self.bytes.len();
        let mut status = Status::Ok;
        while status != Status::StreamEnd {
            let (read, written) = (self.compress.total_in(), self.compress.total_out());
            let at = |count| usize::try_from(count).expect("all of it is in memory");
            let rest = &content[at(read)..];
            let end = start + at(written);
            self.bytes.resize(end + rest.len() + 64, 0);
            let step = self
                .compress
                .compress(rest, &mut self.bytes[end..], FlushCompress::Finish);
            status = step.expect("compressing does not fail");
            self.bytes.truncate(start + at(self.compress.total_out()));
        }
    }

    /// Puts the objects into the repository at `dir`. Nothing is seen of them before the index is
    /// there, which comes last; then both are on the disk.
    pub(super) fn store(mut self, dir: &Utf8Path) -> Result<(), GitError> {
        let count = u32::try_from(self.entries.len()).expect("a pack has fewer than 2^32 objects");
        self.bytes[8..12].copy_from_slice(&count.to_be_bytes());
        let sum = checksum(&self.bytes);
        self.bytes.extend_from_slice(sum.as_slice());
        let path = objects_dir(dir)?.join(format!("pack/pack-{sum}.pack"));
        sys::fs::write(&path, &self.bytes)?;
        let index = render_index(self.entries, &sum);
        sys::durable::write(&path.with_extension("idx"), index)?;
        Ok(())
    }
}

/// The kind in 3 bits, the size in 4 and then 7 bits a byte, lowest first.
fn entry_header(kind: Kind, size: usize) -> Vec<u8> {
    let kind: u8 = match kind {
        Kind::Commit => 1,
        Kind::Tree => 2,
        Kind::Blob => 3,
        Kind::Tag => 4,
    };
    let low = |size: usize, bits: u32| {
        u8::try_from(size & ((1 << bits) - 1)).expect("at most 7 bits are left")
    };
    let mut header = vec![(kind << 4) | low(size, 4)];
    let mut rest = size >> 4;
    while rest > 0 {
        *header.last_mut().expect("it has a first byte") |= 0x80;
        header.push(low(rest, 7));
        rest >>= 7;
    }
    header
}

/// A zlib stream that is not compressed (RFC 1950; RFC 1951, 3.2.4).
fn store_plain(out: &mut Vec<u8>, content: &[u8]) {
    out.extend_from_slice(&[0x78, 0x01]);
    let mut blocks = content.chunks(usize::from(u16::MAX)).peekable();
    if blocks.peek().is_none() {
        out.extend_from_slice(&[1, 0, 0, 0xff, 0xff]);
    }
    while let Some(block) = blocks.next() {
        let size = u16::try_from(block.len()).expect("blocks are cut to this size");
        out.push(u8::from(blocks.peek().is_none()));
        out.extend_from_slice(&size.to_le_bytes());
        out.extend_from_slice(&(!size).to_le_bytes());
        out.extend_from_slice(block);
    }
    out.extend_from_slice(&adler32(content).to_be_bytes());
}

fn adler32(content: &[u8]) -> u32 {
    const MODULUS: u32 = 65521;
    let (mut a, mut b) = (1, 0);
    // As many bytes as the sums can take before they must be reduced.
    for part in content.chunks(5552) {
        for byte in part {
            a += u32::from(*byte);
            b += a;
        }
        a %= MODULUS;
        b %= MODULUS;
    }
    (b << 16) | a
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_streams_are_zlib() {
        use std::io::Read as _;
        for size in [0, 1, 65535, 65536, 200_000] {
            let content: Vec<u8> = (0..size).map(|n: u32| n.to_le_bytes()[0]).collect();
            let mut stream = Vec::new();
            store_plain(&mut stream, &content);
            let mut back = Vec::new();
            let mut decoder = flate2::read::ZlibDecoder::new(&stream[..]);
            decoder.read_to_end(&mut back).unwrap();
            assert_eq!(back, content);
        }
    }

    #[test]
    fn sizes_take_as_many_bytes_as_they_need() {
        assert_eq!(entry_header(Kind::Blob, 15), [0x3f]);
        assert_eq!(entry_header(Kind::Commit, 16), [0x90, 0x01]);
        assert_eq!(entry_header(Kind::Tree, 0x1234), [0xa4, 0xa3, 0x02]);
    }

    #[test]
    fn git_makes_the_same_index() {
        use crate::sys;
        use crate::sys::scratch::Scratch;

        let dir = Scratch::new().unwrap();
        super::super::init_repository(dir.path(), "main").unwrap();
        let mut pack = Pack::new();
        for n in 0..2000 {
            pack.add(
                Kind::Blob,
                format!("content {n}\n").repeat(n % 40).as_bytes(),
            );
        }
        pack.add(Kind::Tree, b"");
        pack.store(dir.path()).unwrap();
        let folder = dir.path().join(".git/objects/pack");
        let files = sys::fs::list(&folder).unwrap();
        let [index, pack] = &files[..] else {
            panic!("{files:?}");
        };
        let other = dir.path().join("other.idx");
        let args = [
            "index-pack",
            "--strict",
            "-o",
            other.as_str(),
            pack.path.as_str(),
        ];
        super::super::program::git(dir.path(), args)
            .stdout()
            .unwrap();
        let read = |path| sys::fs::read(path).unwrap();
        assert_eq!(read(&index.path), read(&other));
    }
}
