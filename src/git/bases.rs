//! Objects that others are stored as differences from.

use gix::objs::Kind;

/// How many are kept. Neighbours in history are built on each other, so that few are enough, and
/// few stay in the processor's cache.
const SLOTS: usize = 1 << 11;
/// Bytes that all of them may take, about.
const LIMIT: usize = 16 << 20;

/// Keeps what was read last. Each object has one slot that it can be in, whose memory is used
/// again: finding and replacing one costs next to nothing.
pub(super) struct Bases {
    slots: Vec<Slot>,
    /// Bytes that the slots take.
    taken: usize,
}

#[derive(Clone, Default)]
struct Slot {
    holds: Option<(Key, Kind)>,
    content: Vec<u8>,
}

/// A pack's number, and an offset in the pack.
pub(super) type Key = (u32, u64);

impl Default for Bases {
    fn default() -> Self {
        Self {
            slots: vec![Slot::default(); SLOTS],
            taken: 0,
        }
    }
}

impl Bases {
    /// Keeps the object at `key`, unless it is too large.
    pub(super) fn put(&mut self, key: Key, kind: Kind, content: &[u8]) {
        if content.len() > LIMIT / 16 {
            return;
        }
        if self.taken > LIMIT {
            *self = Self::default();
        }
        let slot = &mut self.slots[slot(key)];
        self.taken -= slot.content.capacity();
        slot.content.clear();
        slot.content.extend_from_slice(content);
        self.taken += slot.content.capacity();
        slot.holds = Some((key, kind));
    }

    /// The object at `key`, if it is still there.
    pub(super) fn get(&self, key: Key) -> Option<(Kind, &[u8])> {
        let slot = &self.slots[slot(key)];
        match slot.holds {
            Some((held, kind)) if held == key => Some((kind, &slot.content)),
            _ => None,
        }
    }
}

/// Neighbours in a pack are some tens of bytes apart, so that all bits of the offset matter.
fn slot((_, offset): Key) -> usize {
    let mixed = offset.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    usize::try_from(mixed >> (u64::BITS - SLOTS.ilog2())).expect("it is less than SLOTS")
}
