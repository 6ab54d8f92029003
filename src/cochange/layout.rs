//! A history replayed over a layout: had each group of files been a repository of its own, what
//! would its changes have taken?

use std::collections::{BTreeMap, BTreeSet};

use camino::Utf8PathBuf;

use super::history::{YEAR, content_changes};
use super::release::per_year;
use super::{Dated, History, RELEASE_DAYS, releases};
use crate::git::{CommitChanges, FileId};
use crate::graph::{circles, longest_chain};
use crate::model::{Bump, CommitId};

/// Which file is in which group, and which group needs which.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Layout {
    /// The group of each file (by its path at the head), as a number from 0. Files without a group
    /// don't count.
    pub groups: BTreeMap<Utf8PathBuf, usize>,
    /// The first group depends on the second one. Groups that depend on each other in a circle can
    /// only be released together.
    pub depends: BTreeSet<(usize, usize)>,
}

/// What one group would have had to do.
#[derive(Debug, Clone, Copy, Default, PartialEq, serde::Serialize)]
pub struct GroupReplay {
    /// Commits that changed it.
    pub changes: usize,
    /// Releases, by the rule of [`releases`] and [`RELEASE_DAYS`].
    pub releases: usize,
}

/// What a layout would have meant.
#[derive(Debug, Clone, Default, PartialEq, serde::Serialize)]
pub struct Replay {
    /// The years from the oldest of the commits to the newest; at least a day's worth.
    pub years: f64,
    /// Commits that changed a file of any group.
    pub commits: usize,
    /// The same, each by its weight ([`History::weight`]).
    pub weighted_commits: f64,
    /// Commits that changed files of more than one group.
    pub spanning: usize,
    /// The same, each by its weight.
    pub weighted_spanning: f64,
    /// How many commits changed so many groups.
    pub by_groups: BTreeMap<usize, usize>,
    /// Each group, by its number.
    pub groups: Vec<GroupReplay>,
    /// Releases of all groups.
    pub releases: usize,
    /// Releases of all groups a year.
    pub releases_per_year: f64,
    /// The most groups that one commit would have had to be released through, one after the
    /// other: each of them changed by it, and each depending on the one before. Mass commits have
    /// no say here: what they do needs no order.
    pub longest_chain: usize,
    /// The newest commit with such a chain, if it is longer than one.
    pub longest_chain_at: Option<CommitId>,
}

/// Replays the newest `commits` commits that changed a file of any group; all of them if there is
/// no number.
pub fn replay(history: &History<'_>, layout: &Layout, commits: Option<usize>) -> Replay {
    let group_of: BTreeMap<FileId, usize> = layout
        .groups
        .iter()
        .filter_map(|(path, group)| Some((history.file(path)?, *group)))
        .collect();
    let count = layout.groups.values().max().map_or(0, |last| last + 1);
    let known = |(user, used): &(usize, usize)| *user < count && *used < count;
    let depends: Vec<(usize, usize)> = layout.depends.iter().copied().filter(known).collect();
    let circles = circles(count, &depends);
    let mut found = Replay::default();
    let mut dated: Vec<Vec<Dated>> = vec![Vec::new(); count];
    let (mut oldest, mut newest) = (i64::MAX, i64::MIN);
    for (place, commit) in history.commits().iter().enumerate() {
        if commits.is_some_and(|most| found.commits >= most) {
            break;
        }
        let groups = groups_of(commit, &group_of);
        if groups.is_empty() {
            continue;
        }
        let weight = history.weight(place);
        found.commits += 1;
        found.weighted_commits += weight;
        *found.by_groups.entry(groups.len()).or_default() += 1;
        if groups.len() > 1 {
            found.spanning += 1;
            found.weighted_spanning += weight;
        }
        let chain = chain_of(&groups, &layout.depends, &circles);
        // A weight of 1 is that of a commit with a subject of its own.
        if weight >= 1.0 && chain > found.longest_chain {
            found.longest_chain = chain;
            found.longest_chain_at = (chain > 1).then(|| commit.id.clone());
        }
        oldest = oldest.min(commit.committed);
        newest = newest.max(commit.committed);
        for group in groups {
            dated[group].push(Dated {
                time: commit.committed,
                bump: Bump::Patch,
                needed: false,
            });
        }
    }
    found.years = years(oldest, newest);
    found.groups = dated
        .into_iter()
        .map(|changes| GroupReplay {
            changes: changes.len(),
            releases: releases(changes, RELEASE_DAYS).len(),
        })
        .collect();
    found.releases = found.groups.iter().map(|group| group.releases).sum();
    found.releases_per_year = per_year(found.releases, found.years);
    found
}

fn groups_of(commit: &CommitChanges, group_of: &BTreeMap<FileId, usize>) -> BTreeSet<usize> {
    let files = content_changes(commit);
    files
        .filter_map(|change| group_of.get(&change.file).copied())
        .collect()
}

#[expect(
    clippy::cast_precision_loss,
    reason = "seconds of a history are fewer than 2^52"
)]
fn years(oldest: i64, newest: i64) -> f64 {
    let seconds = newest.saturating_sub(oldest).max(86_400);
    seconds as f64 / YEAR
}

/// The length of the longest chain of dependencies among `groups`, a circle being one link.
fn chain_of(
    groups: &BTreeSet<usize>,
    depends: &BTreeSet<(usize, usize)>,
    circles: &[usize],
) -> usize {
    let links: BTreeSet<usize> = groups.iter().map(|group| circles[*group]).collect();
    let number: BTreeMap<usize, usize> = links.into_iter().zip(0..).collect();
    let link = |group: &usize| number[&circles[*group]];
    let edges: Vec<(usize, usize)> = depends
        .iter()
        .filter(|(user, used)| groups.contains(user) && groups.contains(used))
        .map(|(user, used)| (link(user), link(used)))
        .collect();
    longest_chain(number.len(), &edges).length
}
