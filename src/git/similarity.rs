//! How much of one file is in another, by the measure that git's rename detection uses
//! (gitdiffcore(7)): the share of bytes, in chunks of a line or 64 bytes, that both have.

use std::collections::BTreeMap;

use gix::bstr::ByteSlice as _;

/// The chunks of a file and how many bytes of it each makes up.
#[derive(Debug)]
pub(super) struct Chunks {
    size: u64,
    /// Sorted by hash.
    chunks: Vec<(u64, u64)>,
}

const CHUNK: usize = 64;

/// Cuts `content` into chunks.
pub(super) fn chunks(content: &[u8]) -> Chunks {
    // git looks for a NUL in the first 8000 bytes, too.
    let text = content[..content.len().min(8000)].find_byte(0).is_none();
    let mut counts: BTreeMap<u64, u64> = BTreeMap::new();
    for line in content.lines_with_terminator() {
        for piece in line.chunks(CHUNK) {
            let piece = match piece.strip_suffix(b"\r\n") {
                Some(rest) if text => hash(rest, b"\n"),
                _ => hash(piece, b""),
            };
            *counts.entry(piece.0).or_default() += piece.1;
        }
    }
    Chunks {
        size: content.len() as u64,
        chunks: counts.into_iter().collect(),
    }
}

/// FNV-1a over both parts, and their length.
fn hash(first: &[u8], second: &[u8]) -> (u64, u64) {
    let mut state = 0xcbf2_9ce4_8422_2325_u64;
    for byte in first.iter().chain(second) {
        state = (state ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    }
    (state, (first.len() + second.len()) as u64)
}

/// The bytes both have, in percent of the larger one.
pub(super) fn similarity(a: &Chunks, b: &Chunks) -> u64 {
    let larger = a.size.max(b.size);
    if larger == 0 {
        return 100;
    }
    let mut common = 0;
    let mut others = b.chunks.iter().peekable();
    for (hash, bytes) in &a.chunks {
        while others.next_if(|(other, _)| other < hash).is_some() {}
        if let Some((_, other)) = others.next_if(|(other, _)| other == hash) {
            common += bytes.min(other);
        }
    }
    common * 100 / larger
}

/// Whether files of these sizes (in bytes) can be similar by `percent` at all.
pub(super) fn sizes_allow(a: u64, b: u64, percent: u64) -> bool {
    a.min(b) * 100 >= a.max(b) * percent
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(a: &str, b: &str, percent: u64) {
        let (a, b) = (chunks(a.as_bytes()), chunks(b.as_bytes()));
        assert_eq!(similarity(&a, &b), percent);
        assert_eq!(similarity(&b, &a), percent);
    }

    #[test]
    fn counts_bytes_of_common_lines() {
        check("one\ntwo\n", "one\ntwo\n", 100);
        check("one\ntwo\n", "two\none\n", 100);
        check("one\ntwo\n", "one\nxyz\n", 50);
        check("one\none\n", "one\n", 50);
        check("one\r\n", "one\n", 80);
        check("", "", 100);
        check("", "x", 0);
    }
}
