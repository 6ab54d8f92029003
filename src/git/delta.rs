//! Objects that are stored as differences from others (gitformat-pack(5), "Deltified
//! representation").

/// Makes `out` what `delta` says of `base`; none if it is not valid, or not about this base.
pub(super) fn apply(base: &[u8], delta: &[u8], out: &mut Vec<u8>) -> Option<()> {
    let (base_size, delta) = size(delta)?;
    let (size, mut delta) = size(delta)?;
    if base_size != base.len() {
        return None;
    }
    out.clear();
    out.try_reserve(size).ok()?;
    while let Some((&step, rest)) = delta.split_first() {
        let (bytes, rest) = if step & 0x80 == 0 {
            rest.split_at_checked(usize::from(step))
                .filter(|_| step > 0)?
        } else {
            // Of four bytes of offset and three of size, those that are zero are left out.
            let (offset, rest) = number(step & 0xf, rest)?;
            let (length, rest) = number((step >> 4) & 0x7, rest)?;
            let length = if length == 0 { 0x10000 } else { length };
            (base.get(offset..offset.checked_add(length)?)?, rest)
        };
        if bytes.len() > size - out.len() {
            return None;
        }
        out.extend_from_slice(bytes);
        delta = rest;
    }
    (out.len() == size).then_some(())
}

/// A size of 7 bits a byte, lowest first, and what follows it.
fn size(mut bytes: &[u8]) -> Option<(usize, &[u8])> {
    let (mut size, mut shift) = (0, 0);
    loop {
        let (&byte, rest) = bytes.split_first()?;
        if shift + 7 > usize::BITS {
            return None;
        }
        size |= usize::from(byte & 0x7f) << shift;
        shift += 7;
        bytes = rest;
        if byte & 0x80 == 0 {
            return Some((size, bytes));
        }
    }
}

/// A number of whose bytes, lowest first, those are there that `which` has bits for.
fn number(which: u8, mut bytes: &[u8]) -> Option<(usize, &[u8])> {
    let mut number = 0;
    for at in 0..4 {
        if which & (1 << at) != 0 {
            let (&byte, rest) = bytes.split_first()?;
            number |= usize::from(byte) << (8 * at);
            bytes = rest;
        }
    }
    Some((number, bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(delta: &[u8], expect: Option<&str>) {
        let mut out = Vec::new();
        let done = apply(b"0123456789", delta, &mut out);
        let out = done.map(|()| String::from_utf8(out).unwrap());
        assert_eq!(out.as_deref(), expect);
    }

    #[test]
    fn copies_and_inserts() {
        check(&[10, 10, 0x90, 10], Some("0123456789"));
        check(&[10, 5, 0x91, 7, 3, 2, b'a', b'b'], Some("789ab"));
        check(&[10, 4, 1, b'a', 0xb1, 2, 3, 0], Some("a234"));
        check(&[10, 0], Some(""));
    }

    #[test]
    fn nothing_comes_of_what_is_not_valid() {
        for delta in [
            &[][..],
            &[10],
            &[0x8a],
            &[11, 1, 1, b'a'],       // another base
            &[10, 1, 0],             // a step that is not defined
            &[10, 2, 2, b'a'],       // cut off
            &[10, 2, 0x91, 1],       // cut off
            &[10, 2, 1, b'a'],       // too little
            &[10, 1, 2, b'a', b'b'], // too much
            &[10, 4, 0x91, 7, 4],    // beyond the base
            &[10, 4, 0x9f, 255, 255, 255, 255, 4],
            &[255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1],
        ] {
            check(delta, None);
        }
    }

    #[test]
    fn a_size_of_none_means_64_kib() {
        let base: Vec<u8> = (0..70_000_u32).map(|n| n.to_le_bytes()[0]).collect();
        let mut out = Vec::new();
        let delta = [0xf0, 0xa2, 0x04, 0x80, 0x80, 0x04, 0x81, 5];
        assert_eq!(apply(&base, &delta, &mut out), Some(()));
        assert_eq!(out, base[5..5 + 0x10000]);
    }
}
