//! From all commits to those that touched the files.
//!
//! A commit that changes nothing goes; so does a merge whose other side adds nothing: one that
//! has no filtered commit of its own, or only such as this side has already.

use super::history::Filtered;
use super::walk::{Visit, Walked};

/// The filtered commits of a walk, parents before children. The walk's first visit is the head;
/// the history's last commit is what the head became.
pub(super) fn simplify(walked: &Walked) -> Vec<Filtered> {
    let mut history = Simplified {
        commits: Vec::new(),
        generations: Vec::new(),
    };
    // What each visit became: itself, or the nearest filtered commit before it.
    let mut became: Vec<Option<usize>> = vec![None; walked.visits.len()];
    for &at in &walked.parents_first {
        let visit = &walked.visits[at];
        let before = walked.parents(visit);
        let mut parents: Vec<usize> = Vec::with_capacity(before.len());
        for parent in before.iter().filter_map(|&parent| became[parent]) {
            if !parents.contains(&parent) {
                parents.push(parent);
            }
        }
        if parents.len() > 1 {
            parents = history.independent(&parents);
        }
        became[at] = history.add(visit, parents);
    }
    history.commits
}

struct Simplified {
    commits: Vec<Filtered>,
    /// The length of the longest way from each commit to a root.
    generations: Vec<usize>,
}

impl Simplified {
    /// Adds the commit if it matters; gives what stands for it.
    fn add(&mut self, visit: &Visit, parents: Vec<usize>) -> Option<usize> {
        match *parents {
            [] if visit.snapshot.is_empty() => return None,
            [parent] if self.commits[parent].files == visit.snapshot => return Some(parent),
            _ => {}
        }
        let generation = parents
            .iter()
            .map(|&parent| self.generations[parent] + 1)
            .max();
        self.generations.push(generation.unwrap_or(0));
        self.commits.push(Filtered {
            original: visit.id,
            parents,
            files: visit.snapshot.clone(),
        });
        Some(self.commits.len() - 1)
    }

    /// The parents that are not ancestors of another one.
    fn independent(&self, parents: &[usize]) -> Vec<usize> {
        let inside = |ancestor: usize| {
            let others = parents.iter().filter(|&&other| other != ancestor);
            self.reaches(others.copied(), ancestor)
        };
        let kept = parents.iter().copied();
        kept.filter(|&parent| !inside(parent)).collect()
    }

    /// Can one come from `from` to `ancestor`? Both are commits of this history.
    fn reaches(&self, from: impl Iterator<Item = usize>, ancestor: usize) -> bool {
        let mut open: Vec<usize> = from.collect();
        let mut seen = std::collections::HashSet::new();
        while let Some(at) = open.pop() {
            if at == ancestor {
                return true;
            }
            if self.generations[at] > self.generations[ancestor] && seen.insert(at) {
                open.extend(&self.commits[at].parents);
            }
        }
        false
    }
}
