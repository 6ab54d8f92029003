//! Which instance is the best one to begin a library with.
//!
//! In this order: the file that has the most of what is shared; one whose module `extract` can
//! take (no crate root, no build script); the one that most tests of its package name; the one
//! that needs least of the rest of its crate; the one changed last, where dates are known; the
//! first by repository and path.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};

use super::finding::{Finding, Group, Instance, Likeness};
use super::normal::name_symbol;
use super::outline::{Outline, Tokens, is_code, outline};
use super::pairs::Item;
use super::similarity::likeness;
use super::{Corpus, Date, Target, drift, parallel};
use crate::model::ModulePath;

/// The best start, and what was weighed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Start {
    /// An index of the finding's places, and of the candidates.
    pub place: usize,
    /// What speaks for and against each place, in their order.
    pub candidates: Vec<Candidate>,
}

/// What speaks for and against a place as the start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// So many of the finding's groups it has.
    pub groups: usize,
    /// The module that `extract` would take; none if it cannot.
    pub module: Option<ModulePath>,
    /// The tests of its package that name one of its instances.
    pub tests: usize,
    /// What the instances use of the rest of their crate, as it is written.
    pub needs: Vec<String>,
    /// When the file was last changed, if that was asked for and is known.
    pub changed: Option<Date>,
}

/// What is known of files and packages.
#[derive(Debug)]
pub(super) struct Facts<'a> {
    outlines: &'a [Outline],
    /// The tests of each package, by its manifest.
    tests: HashMap<Package, Vec<Vec<u64>>>,
}

/// A repository and a manifest in it.
type Package = (usize, Option<camino::Utf8PathBuf>);

impl<'a> Facts<'a> {
    /// Reads the tests of the packages of some sources.
    pub(super) fn of(corpus: &Corpus, outlines: &'a [Outline], sources: &BTreeSet<usize>) -> Self {
        let package = |source: usize| {
            let source = &corpus.sources[source];
            (source.repository, source.home.manifest.clone())
        };
        let asked: BTreeSet<Package> = sources.iter().map(|source| package(*source)).collect();
        let known: Vec<usize> = (0..corpus.sources.len())
            .filter(|source| asked.contains(&package(*source)))
            .collect();
        let read = parallel::map(&known, |source| {
            let of = &corpus.sources[*source];
            if of.is_test {
                outline(&of.text, true).map_or_else(|_| Vec::new(), |outline| outline.tests)
            } else {
                outlines[*source].tests.clone()
            }
        });
        let mut tests: HashMap<Package, Vec<Vec<u64>>> = HashMap::new();
        for (source, read) in known.into_iter().zip(read) {
            tests.entry(package(source)).or_default().extend(read);
        }
        Self { outlines, tests }
    }

    /// What speaks for and against a place of a finding.
    pub(super) fn of_place(
        &self,
        corpus: &Corpus,
        items: &[Item<'_>],
        finding: &Finding,
        place: usize,
    ) -> Candidate {
        let of = &finding.places[place];
        let has = |instance: &&Instance| instance.place == place;
        let groups = finding.groups.iter();
        let groups = groups.filter(|group| group.instances.iter().any(|i| i.place == place));
        let all = || finding.groups.iter().flat_map(|group| &group.instances);
        let names: BTreeSet<&str> = all()
            .map(|instance| items[instance.item].of.name.as_str())
            .collect();
        let own: BTreeSet<u64> = all()
            .filter(has)
            .map(|instance| name_symbol(&items[instance.item].of.name))
            .collect();
        let tests = self.tests.get(&(of.repository, of.home.manifest.clone()));
        let tests = tests.into_iter().flatten();
        let text = &corpus.sources[of.source].text;
        let mut needs = BTreeSet::new();
        for instance in all().filter(has) {
            let outline = &self.outlines[of.source];
            needs.extend(needs_of(&text[instance.bytes.clone()], outline, &names));
        }
        Candidate {
            groups: groups.count(),
            module: module_of(finding, place),
            tests: tests
                .filter(|names| own.iter().any(|own| names.binary_search(own).is_ok()))
                .count(),
            needs: needs.into_iter().collect(),
            changed: None,
        }
    }
}

/// The module that has all of a place's instances; none if it is a crate's root, or no crate's.
fn module_of(finding: &Finding, place: usize) -> Option<ModulePath> {
    let home = &finding.places[place].home;
    if home.target == Target::Other || home.package.is_none() {
        return None;
    }
    let all = finding.groups.iter().flat_map(|group| &group.instances);
    let inline = all
        .filter(|instance| instance.place == place)
        .map(|instance| instance.modules.as_slice())
        .reduce(|a, b| {
            let common = a.iter().zip(b).take_while(|(a, b)| a == b).count();
            &a[..common]
        });
    let inline = inline.unwrap_or_default().iter();
    let module = inline.fold(home.module.clone(), |module, name| module.join(name));
    (!module.is_root()).then_some(module)
}

/// What an item uses of its own crate: paths from `crate` and `super`, and what was imported by
/// such a path; but for what has a name that is shared, too.
fn needs_of(text: &str, outline: &Outline, shared: &BTreeSet<&str>) -> BTreeSet<String> {
    let mut needs = BTreeSet::new();
    let Ok(tokens) = Tokens::new(text) else {
        return needs;
    };
    let mut at = 0;
    while at < tokens.len() {
        let Some(name) = tokens.ident(at) else {
            at += 1;
            continue;
        };
        let follows =
            at >= 2 && tokens.is_path_sign(at - 2) || at >= 1 && tokens.is_punct(at - 1, '.');
        if matches!(name, "crate" | "super") && tokens.is_path_sign(at + 1) {
            let mut path = name.to_owned();
            while tokens.is_path_sign(at + 1) {
                let Some(segment) = tokens.ident(at + 3) else {
                    break;
                };
                path = path + "::" + segment;
                at += 3;
            }
            if !path
                .rsplit("::")
                .next()
                .is_some_and(|last| shared.contains(last))
            {
                needs.insert(path);
            }
        } else if !follows && !shared.contains(name) {
            needs.extend(outline.imports.get(name).cloned());
        }
        at += 1;
    }
    needs
}

/// Chooses the start of a finding, and says of all instances how they differ from it.
pub(super) fn settle(corpus: &Corpus, finding: &mut Finding) {
    let candidates = finding.start.candidates.iter().enumerate();
    let best = candidates.min_by_key(|(at, of)| {
        let changed = of.changed.as_ref().map(|date| date.seconds);
        (
            Reverse(of.groups),
            of.module.is_none(),
            Reverse(of.tests),
            of.needs.len(),
            Reverse(changed),
            *at,
        )
    });
    finding.start.place = best.map_or(0, |(at, _)| at);
    let start = finding.start.place;
    let text = |instance: &Instance| {
        let source = finding.places[instance.place].source;
        &corpus.sources[source].text[instance.bytes.clone()]
    };
    for group in &mut finding.groups {
        let base = group.instances[base(group, start)].clone();
        group.title.clone_from(&base.title);
        for instance in &mut group.instances {
            let (here, there) = (&instance.normal, &base.normal);
            instance.similarity = likeness(&there.symbols, &here.symbols);
            instance.likeness = if here.raw == there.raw {
                Likeness::Identical
            } else if here.symbols == there.symbols {
                Likeness::Renamed
            } else {
                Likeness::Drifted
            };
            let differs = instance.likeness != Likeness::Identical;
            instance.drift = differs.then(|| drift::drift(text(&base), text(instance)));
        }
        let all: usize = group.instances.iter().map(|instance| instance.lines).sum();
        group.lines_gone = all - base.lines;
    }
    finding
        .groups
        .sort_by_key(|group| Reverse(group.lines_gone));
    count_lines(corpus, finding);
}

/// Counts the lines that are shared, and those that would go away, each once: of an impl and a
/// method in it, both may be in a group.
fn count_lines(corpus: &Corpus, finding: &mut Finding) {
    let start = finding.start.place;
    finding.lines_gone = 0;
    for (at, place) in finding.places.iter_mut().enumerate() {
        let (mut stay, mut go) = (BTreeSet::new(), BTreeSet::new());
        for group in &finding.groups {
            let base = base(group, start);
            for (number, instance) in group.instances.iter().enumerate() {
                if instance.place == at {
                    let lines = if number == base { &mut stay } else { &mut go };
                    lines.extend(instance.at.clone());
                }
            }
        }
        let text = &corpus.sources[place.source].text;
        let code: Vec<usize> = (1..)
            .zip(text.lines())
            .filter(|(_, line)| is_code(line))
            .map(|(number, _)| number)
            .collect();
        let count = |is: &dyn Fn(&usize) -> bool| code.iter().filter(|line| is(line)).count();
        place.lines = count(&|line| stay.contains(line) || go.contains(line));
        finding.lines_gone += count(&|line| go.contains(line) && !stay.contains(line));
    }
}

/// The instance of a group that stays: the one at the start, or else the first.
fn base(group: &Group, start: usize) -> usize {
    let at_start = group.instances.iter().position(|i| i.place == start);
    at_start.unwrap_or(0)
}

/// The arguments of `cargo quarry` that begin a library with the start of a finding: `extract`,
/// the module, its package and target, a name and a folder beside the repository's. None where
/// the code stands in a crate's root or in no crate: it must become a module first.
pub fn extract_arguments(corpus: &Corpus, finding: &Finding) -> Option<Vec<String>> {
    let place = finding.places.get(finding.start.place)?;
    let module = finding
        .start
        .candidates
        .get(finding.start.place)?
        .module
        .as_ref()?;
    let package = place.home.package.as_ref()?;
    let dir = &corpus.roots.get(place.repository)?.dir;
    let manifest = dir.join(place.home.manifest.as_ref()?);
    let name = format!("{package}-{}", module.name()?);
    let name = name
        .trim_start_matches("r#")
        .replace('_', "-")
        .to_ascii_lowercase();
    let mut arguments = vec!["extract".to_owned(), module.to_string()];
    let mut add = |flag: &str, value: &str| arguments.extend([flag.to_owned(), value.to_owned()]);
    add("--manifest-path", manifest.as_str());
    add("--package", package);
    if let Target::Binary(program) = &place.home.target {
        add("--bin", program);
    }
    add("--name", &name);
    add("--into", dir.parent().unwrap_or(dir).join(&name).as_str());
    Some(arguments)
}
