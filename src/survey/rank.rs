//! The order of candidates.
//!
//! A score is a product of parts, each from 0 to 1, so that what is bad in one respect is not
//! made good by another. The parts stand with each candidate.

use super::candidate::{Advice, Candidate};
use super::sets::ratio;
use crate::cochange::Verdict;

/// Scores candidates and sorts them, the best one first. `lines` are those of the monolith.
pub(super) fn rank(candidates: &mut [Candidate], lines: usize) {
    for candidate in candidates.iter_mut() {
        let parts = parts(candidate, lines);
        candidate.score = 100.0 * parts.iter().map(|(_, part)| part).product::<f64>();
        candidate.parts = parts.into_iter().collect();
    }
    candidates.sort_by(|a, b| {
        let key = |it: &Candidate| (it.package.clone(), it.target.clone(), it.modules.clone());
        b.score
            .total_cmp(&a.score)
            .then_with(|| key(a).cmp(&key(b)))
    });
    for (nth, candidate) in candidates.iter_mut().enumerate() {
        candidate.rank = nth + 1;
    }
}

fn parts(it: &Candidate, lines: usize) -> Vec<(&'static str, f64)> {
    let own = it.size.lines;
    vec![
        ("independence", independence(it)),
        ("reuse", reuse(it)),
        ("size", size(own, lines)),
        (
            "face",
            1.0 - 0.2 * ratio(it.face.used, it.size.items.max(1)).min(1.0),
        ),
        ("siblings", less(it.needs.siblings.len(), 0.1)),
        ("dependencies", less(it.needs.externs.len(), 0.03)),
        ("tests", if it.for_tests { 0.7 } else { 1.0 }),
        ("build", if it.size.reads_generated { 0.6 } else { 1.0 }),
        ("history", history(it)),
        ("modules", less(it.modules.len() - 1, 0.1)),
    ]
}

/// How little it needs: its lines, to those with what must come along. What stands above its
/// crate can depend on that, at the price of one more crate to keep in step with.
fn independence(it: &Candidate) -> f64 {
    let own = it.size.lines;
    let along = it.needs.lines + 2 * it.needs.items;
    let alone = ratio(own, own + 2 * along);
    let above = match it.advice {
        Advice::DependOnTheRest => 0.5,
        Advice::TakeOut | Advice::TakeAlong | Advice::Untangle | Advice::Stay => 0.0,
    };
    alone.max(above) * less(it.obstacles.len(), 0.03)
}

/// What changes with its users is no library yet: each of these changes would be two. In a young
/// project everything does, so that it lowers the score and does not decide it; the advice says
/// what it means.
fn history(it: &Candidate) -> f64 {
    let Some(cost) = &it.cost else {
        return 1.0;
    };
    let confidence = cost.users.confidence.unwrap_or(0.0);
    match cost.verdict {
        Verdict::StaysTogether => 1.0 - 0.1 * confidence,
        Verdict::Coupled => 1.0 - 0.05 * confidence,
        Verdict::Independent | Verdict::TooYoung => 1.0,
    }
}

/// How much each of `count` takes away.
fn less(count: usize, each: f64) -> f64 {
    1.0 / (1.0 + each * ratio(count, 1))
}

/// Who uses it: other packages count twice a module, other repositories three times. What nobody
/// uses may be a library all the same: its users may be elsewhere.
fn reuse(it: &Candidate) -> f64 {
    let weight = it.least_use + 3 * it.users.services.len();
    0.5 + 0.5 * (1.0 - (-ratio(weight, 6)).exp())
}

/// A handful of lines is not worth a library, and half of the monolith is none.
fn size(lines: usize, of: usize) -> f64 {
    let enough = (0.3 + 0.7 * ratio(lines, 30)).min(1.0);
    let share = ratio(lines, of.max(1));
    enough * (1.0 - share * share.sqrt())
}
