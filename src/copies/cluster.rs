//! Items that are alike as groups, and groups of the same files as findings.

use std::collections::{BTreeSet, HashMap, HashSet};

use camino::Utf8PathBuf;

use super::finding::{Copies, Finding, Group, Instance, Likeness, Place};
use super::outline::{Outline, code_lines, outline};
use super::pairs::{Item, Pair, least_likeness, pairs, says_much, says_together};
use super::similarity::likeness;
use super::start::{self, Facts};
use super::{Corpus, LeftOut, Options, Start, drift, parallel};
use crate::sources::Reason;
use crate::syntax::LexError;

/// Finds what was copied in a corpus.
pub fn find_copies(corpus: &Corpus, options: &Options) -> Copies {
    let read = parallel::map(&corpus.sources, |source| {
        (!source.is_test).then(|| outline(&source.text, false))
    });
    let (outlines, left_out) = sorted_out(corpus, read);
    let tests = test_files(corpus, &outlines);
    let items: Vec<Item<'_>> = outlines
        .iter()
        .enumerate()
        .filter(|(source, _)| !tests.contains(source))
        .flat_map(|(source, outline)| {
            let units = outline.units.iter().enumerate();
            units.map(move |(unit, of)| Item { source, unit, of })
        })
        .filter(|item| {
            item.of.normal.symbols.len() >= options.min_tokens
                && item.of.lines >= options.min_lines
                && (says_much(item.of, options) || says_together(item.of))
        })
        .collect();
    let groups = groups(&items, &pairs(&items, options), options);
    let sources = groups.iter().flatten().map(|item| items[*item].source);
    let facts = Facts::of(corpus, &outlines, &sources.collect());
    let mut findings: Vec<Finding> = together(&items, groups)
        .into_iter()
        .map(|groups| finding(corpus, &items, &groups, &facts))
        .collect();
    findings.sort_by_cached_key(rank);
    Copies {
        findings,
        items: items.len(),
        left_out,
    }
}

/// Over several repositories first, then over several files, then by the lines that would go
/// away.
fn rank(finding: &Finding) -> impl Ord + use<> {
    let first = finding.places.first();
    let place = first.map(|place| (place.repository, place.path.clone()));
    let line = finding.groups.first().and_then(|group| {
        let instance = group.instances.first()?;
        Some(*instance.at.start())
    });
    (
        finding.repositories < 2,
        finding.places.len() < 2,
        std::cmp::Reverse(finding.lines_gone),
        place,
        line,
    )
}

fn sorted_out(
    corpus: &Corpus,
    read: Vec<Option<Result<Outline, LexError>>>,
) -> (Vec<Outline>, Vec<LeftOut>) {
    let mut left_out = Vec::new();
    let mut outlines = Vec::with_capacity(read.len());
    for (source, read) in corpus.sources.iter().zip(read) {
        match read {
            Some(Ok(outline)) => outlines.push(outline),
            Some(Err(_)) => {
                left_out.push(LeftOut {
                    repository: source.repository,
                    path: source.path.clone(),
                    reason: Reason::NotRust,
                });
                outlines.push(Outline::default());
            }
            None => outlines.push(Outline::default()),
        }
    }
    (outlines, left_out)
}

/// The files of modules that are declared under `#[cfg(test)]`, and those below them.
fn test_files(corpus: &Corpus, outlines: &[Outline]) -> HashSet<usize> {
    let mut modules: HashSet<(usize, Utf8PathBuf)> = HashSet::new();
    for (source, outline) in corpus.sources.iter().zip(outlines) {
        let folder = match (source.path.parent(), source.path.file_stem()) {
            (Some(folder), Some("mod" | "lib" | "main")) => folder.to_owned(),
            _ => source.path.with_extension(""),
        };
        for module in &outline.test_modules {
            modules.insert((source.repository, folder.join(module)));
        }
    }
    let is_test = |source: &super::Source| {
        let path = source.path.with_extension("");
        let mut above = path.ancestors();
        above.any(|path| modules.contains(&(source.repository, path.to_owned())))
    };
    let sources = corpus.sources.iter().enumerate();
    sources
        .filter(|(_, source)| is_test(source))
        .map(|(at, _)| at)
        .collect()
}

/// The groups: an item joins one if it is like the first of it, too. Items whose impls or traits
/// are in a group together are known by those.
fn groups(items: &[Item<'_>], pairs: &[Pair], options: &Options) -> Vec<Vec<usize>> {
    let mut group_of: HashMap<usize, usize> = HashMap::new();
    let mut groups: Vec<Vec<usize>> = Vec::new();
    let alike = |a: usize, b: usize| {
        let (a, b) = (items[a].of, items[b].of);
        likeness(&a.normal.symbols, &b.normal.symbols) >= least_likeness(a, b, options)
    };
    for pair in pairs {
        match (
            group_of.get(&pair.a).copied(),
            group_of.get(&pair.b).copied(),
        ) {
            (None, None) => {
                group_of.insert(pair.a, groups.len());
                group_of.insert(pair.b, groups.len());
                groups.push(vec![pair.a, pair.b]);
            }
            (Some(group), None) if alike(groups[group][0], pair.b) => {
                group_of.insert(pair.b, group);
                groups[group].push(pair.b);
            }
            (None, Some(group)) if alike(groups[group][0], pair.a) => {
                group_of.insert(pair.a, group);
                groups[group].push(pair.a);
            }
            (Some(a), Some(b)) if a != b && alike(groups[a][0], groups[b][0]) => {
                let joining = std::mem::take(&mut groups[b]);
                group_of.extend(joining.iter().map(|item| (*item, a)));
                groups[a].extend(joining);
            }
            _ => {}
        }
    }
    let index: HashMap<(usize, usize), usize> = items
        .iter()
        .enumerate()
        .map(|(at, item)| ((item.source, item.unit), at))
        .collect();
    let group_of_parent = |item: usize| {
        let parent = items[item].of.parent?;
        let parent = index.get(&(items[item].source, parent))?;
        group_of.get(parent).copied()
    };
    let is_known = |group: &Vec<usize>| {
        let first = group_of_parent(group[0]);
        first.is_some() && group.iter().all(|item| group_of_parent(*item) == first)
    };
    groups.retain(|group| !group.is_empty());
    let mut groups: Vec<Vec<usize>> = groups
        .iter()
        .filter(|group| !is_known(group))
        .cloned()
        .collect();
    for group in &mut groups {
        group.sort_unstable();
    }
    groups.sort_unstable();
    groups
}

/// The groups of the same files are one thing to know. The largest group says which files it is
/// about; another joins if more than half of the files of both are in both. So nothing is tied
/// together over a third.
fn together(items: &[Item<'_>], groups: Vec<Vec<usize>>) -> Vec<Vec<Vec<usize>>> {
    let lines = |group: &Vec<usize>| {
        let lines = group.iter().map(|item| items[*item].of.lines);
        lines.clone().sum::<usize>() - lines.max().unwrap_or(0)
    };
    let mut groups = groups;
    groups.sort_by_cached_key(|group| (std::cmp::Reverse(lines(group)), group.clone()));
    let mut findings: Vec<Vec<Vec<usize>>> = Vec::new();
    let mut subjects: Vec<BTreeSet<usize>> = Vec::new();
    let mut about: HashMap<usize, Vec<usize>> = HashMap::new();
    for group in groups {
        let files: BTreeSet<usize> = group.iter().map(|item| items[*item].source).collect();
        let near: BTreeSet<usize> = files
            .iter()
            .filter_map(|file| about.get(file))
            .flatten()
            .copied()
            .collect();
        let common = |subject: &BTreeSet<usize>| {
            let both = subject.intersection(&files).count();
            let all = subject.len() + files.len() - both;
            (both * 2 > all).then_some(both * 1000 / all)
        };
        let joined = near
            .into_iter()
            .filter_map(|at| Some((common(&subjects[at])?, std::cmp::Reverse(at))))
            .max();
        if let Some((_, std::cmp::Reverse(at))) = joined {
            findings[at].push(group);
            continue;
        }
        for file in &files {
            about.entry(*file).or_default().push(findings.len());
        }
        subjects.push(files);
        findings.push(vec![group]);
    }
    findings
}

fn finding(
    corpus: &Corpus,
    items: &[Item<'_>],
    groups: &[Vec<usize>],
    facts: &Facts<'_>,
) -> Finding {
    let sources: BTreeSet<usize> = groups
        .iter()
        .flatten()
        .map(|item| items[*item].source)
        .collect();
    let sources: Vec<usize> = sources.into_iter().collect();
    let place_of = |source: usize| sources.binary_search(&source).unwrap_or_default();
    let groups: Vec<Group> = groups
        .iter()
        .map(|group| Group {
            kind: items[group[0]].of.kind,
            title: String::new(),
            instances: group
                .iter()
                .map(|at| instance(corpus, *at, &items[*at], place_of(items[*at].source)))
                .collect(),
            lines_gone: 0,
        })
        .collect();
    let places: Vec<Place> = sources
        .iter()
        .map(|source| place(corpus, *source))
        .collect();
    let repositories: BTreeSet<usize> = places.iter().map(|place| place.repository).collect();
    let mut finding = Finding {
        repositories: repositories.len(),
        start: Start::default(),
        lines_gone: 0,
        places,
        groups,
    };
    for place in 0..finding.places.len() {
        let facts = facts.of_place(corpus, items, &finding, place);
        finding.start.candidates.push(facts);
    }
    start::settle(corpus, &mut finding);
    finding
}

fn place(corpus: &Corpus, source: usize) -> Place {
    let of = &corpus.sources[source];
    Place {
        repository: of.repository,
        source,
        path: of.path.clone(),
        home: of.home.clone(),
        lines: 0,
        of_lines: code_lines(&of.text),
    }
}

fn instance(corpus: &Corpus, at: usize, item: &Item<'_>, place: usize) -> Instance {
    let text = &corpus.sources[item.source].text;
    let unit = item.of;
    Instance {
        place,
        title: unit.title.clone(),
        modules: unit.modules.clone(),
        at: drift::line_of(text, unit.bytes.start)
            ..=drift::line_of(text, unit.bytes.end.max(1) - 1),
        lines: unit.lines,
        likeness: Likeness::Identical,
        similarity: 1000,
        drift: None,
        origin: None,
        bytes: unit.bytes.clone(),
        normal: unit.normal.clone(),
        item: at,
    }
}
