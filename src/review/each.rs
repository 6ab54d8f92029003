//! Many questions at once.

use std::sync::atomic::{AtomicUsize, Ordering};

/// So many are under way at a time.
const AT_ONCE: usize = 8;

/// The answers to all questions, in their order.
pub(super) fn each<Q: Sync, A: Send>(questions: &[Q], ask: impl Fn(&Q) -> A + Sync) -> Vec<A> {
    let next = AtomicUsize::new(0);
    let answer = || {
        let mut answers = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(question) = questions.get(at) else {
                return answers;
            };
            answers.push((at, ask(question)));
        }
    };
    let mut answers = std::thread::scope(|scope| {
        let workers = AT_ONCE.min(questions.len());
        let workers: Vec<_> = (0..workers).map(|_| scope.spawn(answer)).collect();
        let mut answers = Vec::new();
        for worker in workers {
            match worker.join() {
                Ok(more) => answers.extend(more),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        answers
    });
    answers.sort_by_key(|(at, _)| *at);
    answers.into_iter().map(|(_, answer)| answer).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_have_the_order_of_the_questions() {
        let questions: Vec<usize> = (0..100).collect();
        let answers = each(&questions, |number| number * 2);
        let expected: Vec<usize> = (0..100).map(|number| number * 2).collect();
        assert_eq!(answers, expected);
        assert!(each(&[] as &[usize], |number| *number).is_empty());
    }
}
