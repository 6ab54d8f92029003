//! How many repositories? Groupings of the libraries that there are and could be, each replayed
//! over the history.

use std::collections::{BTreeMap, BTreeSet};

use camino::Utf8PathBuf;
use serde::Serialize;

use super::candidate::{Advice, Candidate};
use super::facts::Facts;
use super::graph::ModuleId;
use super::sets::ratio;
use crate::cochange::{History, Layout, Replay, replay};
use crate::graph::{circles, communities, longest_chain};

/// A candidate below this score is no library of a grouping.
const GOOD: f64 = 40.0;
/// So many candidates become libraries of a grouping.
const LIBRARIES: usize = 24;
/// The newest commits that are replayed.
const COMMITS: usize = 2_000;

/// What a repository costs a year, in changes that span two: its template to keep in step, its
/// toolchain, its dependencies' updates. An estimate; the figures beside it are counted.
const UPKEEP: f64 = 4.0;
/// What it costs a library that another one of its repository changed, in the same unit: a build
/// in vain, a place in the queue.
const NEIGHBOUR: f64 = 0.01;

/// Groupings of the same libraries, compared.
#[derive(Debug, Clone, Serialize)]
pub struct Layouts {
    /// The libraries, and what is left of each package.
    pub units: Vec<Unit>,
    /// What a repository is reckoned to cost a year, in changes that span two.
    pub upkeep: f64,
    /// What a change is reckoned to cost each other unit of its repository, in the same.
    pub neighbour: f64,
    /// The commits that were replayed.
    pub commits: usize,
    /// The years that they span.
    pub years: f64,
    /// The groupings, the one with the least effort first.
    pub groupings: Vec<Grouping>,
}

/// What can be a repository of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unit {
    /// The candidate's modules with their package, or the package.
    pub name: String,
    /// Is it a candidate? Else it is what is left of a package.
    pub candidate: bool,
    /// Lines, tests left out.
    pub lines: usize,
}

/// Units as repositories.
#[derive(Debug, Clone, Serialize)]
pub struct Grouping {
    /// `as-it-is`, `per-library`, `per-context` or `libraries-together`.
    pub name: &'static str,
    /// The repositories.
    pub repositories: Vec<Repository>,
    /// Commits that would have needed more than one repository.
    pub spanning: usize,
    /// The same a year, mass commits by their weight.
    pub spanning_a_year: f64,
    /// Releases of all repositories a year.
    pub releases_a_year: f64,
    /// The most repositories that one commit would have had to be released through, one after
    /// the other.
    pub longest_release: usize,
    /// The longest chain of repositories that depend on each other, each after what it needs.
    pub chain: Vec<String>,
    /// The effort a year, in changes that span two repositories: these, the upkeep of each
    /// repository, and what neighbours in one cost each other.
    pub effort: f64,
}

impl Grouping {
    /// What it is called, for people.
    pub fn title(&self) -> &'static str {
        match self.name {
            "as-it-is" => "one for all, as it is",
            "per-library" => "one per library",
            "per-context" => "one per bounded context",
            _ => "all libraries in one",
        }
    }
}

/// A repository of a grouping.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Repository {
    /// The name of its largest unit.
    pub name: String,
    /// Its units, as indexes.
    pub units: Vec<usize>,
    /// Commits that would have changed it.
    pub changes: usize,
    /// Releases, as changes that are close to each other make one.
    pub releases: usize,
}

/// Compares groupings. None if nothing is worth a repository of its own.
pub(super) fn layouts(
    facts: &Facts<'_>,
    candidates: &[Candidate],
    history: &History<'_>,
    together: &[(Utf8PathBuf, Utf8PathBuf, f64)],
) -> Option<Layouts> {
    let units = Units::new(facts, candidates);
    if units.list.len() < 2 {
        return None;
    }
    let uses = units.uses(facts);
    let count = units.list.len();
    let each: Vec<usize> = (0..count).collect();
    let libraries: Vec<usize> = units
        .list
        .iter()
        .enumerate()
        .map(|(at, unit)| if unit.candidate { 0 } else { 1 + at })
        .collect();
    let found = communities(count, &units.ties(&uses, together));
    let mut groupings: Vec<Grouping> = [
        ("as-it-is", vec![0; count]),
        ("per-library", each),
        ("per-context", found),
        ("libraries-together", libraries),
    ]
    .into_iter()
    .map(|(name, groups)| units.replayed(name, &without_circles(&groups, &uses), &uses, history))
    .collect();
    groupings.sort_by(|a, b| a.effort.total_cmp(&b.effort));
    let all = replay(
        history,
        &units.layout(&vec![0; count], &uses),
        Some(COMMITS),
    );
    Some(Layouts {
        units: units.list,
        upkeep: UPKEEP,
        neighbour: NEIGHBOUR,
        commits: all.commits,
        years: all.years,
        groupings,
    })
}

/// Groups that depend on each other in a circle cannot be released one after the other: they are
/// one.
fn without_circles(groups: &[usize], uses: &Uses) -> Vec<usize> {
    let groups = dense(groups);
    let count = groups.iter().max().map_or(0, |last| last + 1);
    let depends: Vec<(usize, usize)> = depends(&groups, uses).into_iter().collect();
    let circles = circles(count, &depends);
    groups.iter().map(|group| circles[*group]).collect()
}

/// The groups numbered from 0 without gaps.
fn dense(groups: &[usize]) -> Vec<usize> {
    let known: BTreeSet<usize> = groups.iter().copied().collect();
    let numbers: BTreeMap<usize, usize> = known.into_iter().zip(0..).collect();
    groups.iter().map(|group| numbers[group]).collect()
}

/// The units and the files of each.
struct Units {
    list: Vec<Unit>,
    of_file: BTreeMap<Utf8PathBuf, usize>,
    of_module: Vec<usize>,
    /// The package of each.
    packages: Vec<String>,
}

/// How often one unit uses another one.
type Uses = BTreeMap<(usize, usize), usize>;

impl Units {
    fn new(facts: &Facts<'_>, candidates: &[Candidate]) -> Self {
        let graph = facts.graph;
        let mut list = Vec::new();
        let mut packages = Vec::new();
        let mut of_file: BTreeMap<Utf8PathBuf, usize> = BTreeMap::new();
        for candidate in candidates {
            let can_go = matches!(candidate.advice, Advice::TakeOut | Advice::TakeAlong);
            let taken = candidate
                .files
                .iter()
                .any(|file| of_file.contains_key(file));
            let full = list.len() >= LIBRARIES;
            if !can_go || candidate.score < GOOD || candidate.cost.is_none() || taken || full {
                continue;
            }
            for file in &candidate.files {
                of_file.insert(file.clone(), list.len());
            }
            packages.push(candidate.package.clone());
            list.push(Unit {
                name: format!("{} {}", candidate.package, candidate.name()),
                candidate: true,
                lines: candidate.size.lines,
            });
        }
        let mut of_package: BTreeMap<&str, usize> = BTreeMap::new();
        let mut of_module = Vec::new();
        for (id, module) in graph.modules.iter().enumerate() {
            let package = facts.targets[module.tree].package.as_str();
            let unit = match of_file.get(&module.file) {
                Some(unit) => *unit,
                None => *of_package.entry(package).or_insert_with(|| {
                    packages.push(package.to_owned());
                    list.push(Unit {
                        name: package.to_owned(),
                        candidate: false,
                        lines: 0,
                    });
                    list.len() - 1
                }),
            };
            if !list[unit].candidate {
                list[unit].lines += facts.tallies[id].lines;
                of_file.insert(module.file.clone(), unit);
            }
            of_module.push(unit);
        }
        Self {
            list,
            of_file,
            of_module,
            packages,
        }
    }

    fn uses(&self, facts: &Facts<'_>) -> Uses {
        let unit = |module: ModuleId| self.of_module[module];
        let mut uses = Uses::new();
        for (node, users) in &facts.users {
            let used = unit(facts.graph.nodes[*node].module);
            for (user, _, test) in users {
                let user = unit(*user);
                // What a library needs of what is left comes along with it.
                let along = self.list[user].candidate && !self.list[used].candidate;
                let same_package = self.packages[user] == self.packages[used];
                if user != used && !test && !(along && same_package) {
                    *uses.entry((user, used)).or_default() += 1;
                }
            }
        }
        uses
    }

    /// What ties units to each other: uses by the root of their number, for the hundredth use of
    /// a type says little that the tenth did not, and changes in common.
    fn ties(
        &self,
        uses: &Uses,
        together: &[(Utf8PathBuf, Utf8PathBuf, f64)],
    ) -> Vec<(usize, usize, f64)> {
        let by_use = uses
            .iter()
            .map(|((user, used), count)| (*user, *used, ratio(*count, 1).sqrt()));
        let by_change = together.iter().filter_map(|(a, b, weight)| {
            let (a, b) = (self.of_file.get(a)?, self.of_file.get(b)?);
            (a != b).then_some((*a, *b, *weight))
        });
        by_use.chain(by_change).collect()
    }

    fn layout(&self, groups: &[usize], uses: &Uses) -> Layout {
        let files = self.of_file.iter();
        Layout {
            groups: files
                .map(|(file, unit)| (file.clone(), groups[*unit]))
                .collect(),
            depends: depends(groups, uses),
        }
    }

    fn replayed(
        &self,
        name: &'static str,
        groups: &[usize],
        uses: &Uses,
        history: &History<'_>,
    ) -> Grouping {
        let replay = replay(history, &self.layout(groups, uses), Some(COMMITS));
        let repositories = self.repositories(groups, &replay);
        let depends: Vec<(usize, usize)> = depends(groups, uses).into_iter().collect();
        let chain = longest_chain(repositories.len(), &depends);
        let names = chain.nodes.iter().map(|at| repositories[*at].name.clone());
        let spanning_a_year = replay.weighted_spanning / replay.years;
        Grouping {
            name,
            spanning: replay.spanning,
            spanning_a_year,
            releases_a_year: replay.releases_per_year,
            longest_release: replay.longest_chain,
            chain: names.collect(),
            effort: spanning_a_year
                + UPKEEP * ratio(repositories.len(), 1)
                + NEIGHBOUR * neighbours(&repositories) / replay.years,
            repositories,
        }
    }

    fn repositories(&self, groups: &[usize], replay: &Replay) -> Vec<Repository> {
        let count = groups.iter().max().map_or(0, |last| last + 1);
        let members = |group: usize| -> Vec<usize> {
            let all = 0..groups.len();
            all.filter(|unit| groups[*unit] == group).collect()
        };
        (0..count)
            .map(|group| {
                let units = members(group);
                let largest = units.iter().max_by_key(|unit| self.list[**unit].lines);
                let replayed = replay.groups.get(group).copied().unwrap_or_default();
                Repository {
                    name: largest.map_or_else(String::new, |unit| self.list[*unit].name.clone()),
                    units,
                    changes: replayed.changes,
                    releases: replayed.releases,
                }
            })
            .collect()
    }
}

fn depends(groups: &[usize], uses: &Uses) -> BTreeSet<(usize, usize)> {
    uses.keys()
        .map(|(user, used)| (groups[*user], groups[*used]))
        .filter(|(user, used)| user != used)
        .collect()
}

/// How often a unit had a neighbour change in its repository.
fn neighbours(repositories: &[Repository]) -> f64 {
    repositories
        .iter()
        .map(|it| ratio(it.changes * (it.units.len() - 1), 1))
        .sum()
}
