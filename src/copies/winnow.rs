//! Fingerprints: winnowing (Schleimer, Wilkerson and Aiken, "Winnowing: local algorithms for
//! document fingerprinting", SIGMOD 2003).
//!
//! Of the hashes of all runs of [`GRAM`] symbols, the least one of each [`WINDOW`] in a row is a
//! fingerprint. So two sequences that share a run of [`GUARANTEED`] symbols share a fingerprint,
//! wherever the run stands in either; and two that share none of [`GRAM`] share none but by
//! chance.

/// Shorter matches are noise.
pub(super) const GRAM: usize = 12;
/// Out of so many hashes in a row, one is kept.
pub(super) const WINDOW: usize = 8;
/// A run of so many symbols that two sequences share is found.
#[cfg(test)]
pub(super) const GUARANTEED: usize = WINDOW + GRAM - 1;

/// An odd number with its bits well spread, for a polynomial that wraps.
const BASE: u64 = 0x9e37_79b9_7f4a_7c15;

/// The fingerprints of `symbols`, sorted, each once. A sequence that is shorter than a window has
/// one; one that is shorter than a gram has none.
pub(super) fn fingerprints(symbols: &[u64]) -> Vec<u64> {
    let hashes = gram_hashes(symbols);
    let window = WINDOW.min(hashes.len().max(1));
    let mut chosen: Vec<u64> = hashes
        .windows(window)
        .filter_map(|window| window.iter().copied().min())
        .collect();
    chosen.sort_unstable();
    chosen.dedup();
    chosen
}

/// The hash of each run of [`GRAM`] symbols, each made of the last one.
fn gram_hashes(symbols: &[u64]) -> Vec<u64> {
    let Some(first) = symbols.get(..GRAM) else {
        return Vec::new();
    };
    let leading = (1..GRAM).fold(1u64, |power, _| power.wrapping_mul(BASE));
    let push = |hash: u64, symbol: u64| hash.wrapping_mul(BASE).wrapping_add(symbol);
    let mut hash = first.iter().fold(0, |hash, symbol| push(hash, *symbol));
    let mut hashes = vec![mixed(hash)];
    for (gone, come) in symbols.iter().zip(&symbols[GRAM..]) {
        hash = push(hash.wrapping_sub(gone.wrapping_mul(leading)), *come);
        hashes.push(mixed(hash));
    }
    hashes
}

/// Spreads a hash, so that the least of some is no matter of what its symbols are.
pub(super) fn mixed(hash: u64) -> u64 {
    let hash = (hash ^ (hash >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93);
    hash ^ (hash >> 32)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shares(a: &[u64], b: &[u64]) -> bool {
        let of_b = fingerprints(b);
        fingerprints(a)
            .iter()
            .any(|one| of_b.binary_search(one).is_ok())
    }

    proptest! {
        #[test]
        fn a_shared_run_of_the_guaranteed_length_is_found(
            run in prop::collection::vec(0u64..50, GUARANTEED),
            before in prop::collection::vec(100u64..200, 0..40),
            after in prop::collection::vec(200u64..300, 0..40),
            around in prop::collection::vec(300u64..400, 0..40),
        ) {
            let a = [&before[..], &run, &after].concat();
            let b = [&around[..], &run].concat();
            prop_assert!(shares(&a, &b));
        }

        #[test]
        fn what_shares_no_gram_shares_no_fingerprint(
            a in prop::collection::vec(0u64..50, 0..60),
            b in prop::collection::vec(100u64..150, 0..60),
        ) {
            prop_assert!(!shares(&a, &b));
        }
    }

    #[test]
    fn a_fifth_of_the_hashes_is_kept() {
        let symbols: Vec<u64> = (0..10_000).map(mixed).collect();
        let kept = fingerprints(&symbols).len();
        // 2 of WINDOW + 1, as the paper has it.
        assert!((2_000..2_500).contains(&kept), "{kept}");
    }

    #[test]
    fn what_is_shorter_than_a_gram_has_none() {
        let symbols: Vec<u64> = (0..GRAM as u64).collect();
        assert!(fingerprints(&symbols[1..]).is_empty());
        assert_eq!(fingerprints(&symbols).len(), 1);
    }
}
