//! The same for many, on all cores.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// So many are taken at once: one of them may be small.
const CHUNK: usize = 16;

/// What `make` makes of each input, in their order.
pub(super) fn map<I: Sync, O: Send>(inputs: &[I], make: impl Fn(&I) -> O + Sync) -> Vec<O> {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut made = Vec::new();
        loop {
            let from = next.fetch_add(CHUNK, Ordering::Relaxed);
            let Some(rest) = inputs.get(from..) else {
                return made;
            };
            for (at, input) in rest.iter().take(CHUNK).enumerate() {
                made.push((from + at, make(input)));
            }
        }
    };
    let workers = thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let workers = workers.min(inputs.len().div_ceil(CHUNK));
    let mut made = thread::scope(|scope| {
        let workers: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        let mut made = Vec::with_capacity(inputs.len());
        for worker in workers {
            match worker.join() {
                Ok(more) => made.extend(more),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        made
    });
    made.sort_by_key(|(at, _)| *at);
    made.into_iter().map(|(_, output)| output).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outputs_have_the_order_of_the_inputs() {
        let inputs: Vec<usize> = (0..1000).collect();
        let expected: Vec<usize> = inputs.iter().map(|number| number * 2).collect();
        assert_eq!(map(&inputs, |number| number * 2), expected);
        assert!(map(&[] as &[usize], |number| *number).is_empty());
    }
}
