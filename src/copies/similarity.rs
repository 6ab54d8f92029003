//! How much two sequences have in common: their longest common subsequence.

use rustc_hash::FxHashMap;

/// The length of the longest common subsequence of `a` and `b`.
///
/// Bit-parallel (Hyyrö, "Bit-parallel LCS-length computation revisited", 2004): 64 cells of the
/// table at once.
pub(super) fn common_length(a: &[u64], b: &[u64]) -> usize {
    // What both begin and end with is common.
    let head = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let (a, b) = (&a[head..], &b[head..]);
    let tail = a.iter().rev().zip(b.iter().rev());
    let tail = tail.take_while(|(a, b)| a == b).count();
    let (a, b) = (&a[..a.len() - tail], &b[..b.len() - tail]);
    if a.is_empty() || b.is_empty() {
        return head + tail;
    }
    let words = a.len().div_ceil(64);
    let mut places: FxHashMap<u64, Vec<u64>> = FxHashMap::default();
    for (at, symbol) in a.iter().enumerate() {
        places.entry(*symbol).or_insert_with(|| vec![0; words])[at / 64] |= 1 << (at % 64);
    }
    let mut row = vec![u64::MAX; words];
    for symbol in b {
        let Some(matches) = places.get(symbol) else {
            continue;
        };
        let mut carry = false;
        for (cell, matches) in row.iter_mut().zip(matches) {
            let (sum, over) = cell.overflowing_add(*cell & matches);
            let (sum, over_again) = sum.overflowing_add(u64::from(carry));
            carry = over || over_again;
            *cell = sum | (*cell & !matches);
        }
    }
    // Cells past the end stay ones: nothing matches there, but for a carry.
    let used = |at: usize| match a.len() - at * 64 {
        left if left < 64 => (1u64 << left) - 1,
        _ => u64::MAX,
    };
    let zeros = |(at, cell): (usize, &u64)| (!cell & used(at)).count_ones() as usize;
    head + tail + row.iter().enumerate().map(zeros).sum::<usize>()
}

/// How alike two sequences are: twice what is common, of all, in thousandths.
pub(super) fn likeness(a: &[u64], b: &[u64]) -> usize {
    match a.len() + b.len() {
        0 => 1000,
        all => 2000 * common_length(a, b) / all,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The textbook's table.
    fn by_table(a: &[u64], b: &[u64]) -> usize {
        let mut row = vec![0; b.len() + 1];
        for x in a {
            let mut diagonal = 0;
            for (at, y) in b.iter().enumerate() {
                let above = row[at + 1];
                row[at + 1] = if x == y {
                    diagonal + 1
                } else {
                    above.max(row[at])
                };
                diagonal = above;
            }
        }
        row[b.len()]
    }

    proptest! {
        #[test]
        fn is_that_of_the_table(
            a in prop::collection::vec(0u64..6, 0..200),
            b in prop::collection::vec(0u64..6, 0..200),
        ) {
            prop_assert_eq!(common_length(&a, &b), by_table(&a, &b));
        }
    }

    #[test]
    fn likeness_is_of_both() {
        assert_eq!(likeness(&[1, 2, 3, 4], &[1, 2, 3, 4]), 1000);
        assert_eq!(likeness(&[1, 2, 3, 4], &[1, 9, 3, 8]), 500);
        assert_eq!(likeness(&[1, 2, 3, 4], &[1, 2]), 666);
        assert_eq!(likeness(&[], &[]), 1000);
    }
}
