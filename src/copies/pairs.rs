//! Which items are alike: candidates by shared fingerprints, each compared as a whole.

use std::collections::HashMap;

use rustc_hash::FxHashMap;

use super::normal::is_name;
use super::outline::Unit;
use super::similarity::likeness;
use super::winnow::fingerprints;
use super::{Kind, Options, parallel};

/// An item to compare.
#[derive(Debug, Clone, Copy)]
pub(super) struct Item<'a> {
    /// The file: an index of the corpus's sources.
    pub(super) source: usize,
    /// An index of the file's units.
    pub(super) unit: usize,
    pub(super) of: &'a Unit,
}

/// Two items that are alike, `a` before `b`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Pair {
    pub(super) likeness: usize,
    pub(super) a: usize,
    pub(super) b: usize,
}

/// A fingerprint that more items have says nothing of any.
const COMMON: usize = 60;
/// Of the fingerprints of the smaller item, so many in a hundred are shared by candidates.
const SHARED: usize = 20;
/// The weight of names that two items must share, and the part of all their names' weight.
const LEAST_WEIGHT: f64 = 12.0;
const LEAST_PART: f64 = 0.55;
/// The same for impls of traits and what is in them: the trait gives them their shape.
const LEAST_WEIGHT_OF_TRAIT: f64 = 40.0;
const LEAST_PART_OF_TRAIT: f64 = 0.75;
/// Of the text literals of two items, so many in a hundred must be the same, if there are
/// [`FEW_LITERALS`] or more.
const SAME_LITERALS: usize = 30;
const FEW_LITERALS: usize = 3;

/// Structs, enums, unions and impls of traits must be so alike, in thousandths.
const SHAPED: usize = 850;
/// So alike must items of [`SMALL`] symbols be; those of [`LARGE`] as much as is asked for.
const SMALL_LIKENESS: usize = 900;
const SMALL: usize = 40;
const LARGE: usize = 120;

/// So alike must functions be that decide nothing, and so many in a hundred of their literals must
/// be the same: what declares a command, or builds something, has the shape of its builder.
const STRAIGHT: usize = 950;
const SAME_LITERALS_OF_STRAIGHT: usize = 60;
/// An impl with less in each of its functions sets and gets: it has the shape of its type.
const SHORT_BODY: usize = 20;
/// Items of one file must have so many lines: shorter ones stand side by side there on purpose.
const LINES_IN_ONE_FILE: usize = 10;
/// A program's `main` of fewer lines only begins it.
const LINES_OF_MAIN: usize = 20;

/// In a small corpus, names are as rare as in one of so many items: it is the code that is small,
/// not what its names say.
const LEAST_ITEMS: usize = 1000;

/// How much a name says: the rarer, the more (inverse document frequency).
#[derive(Debug)]
pub(super) struct Weights {
    items: f64,
    having: FxHashMap<u64, u32>,
    called: HashMap<String, u32>,
}

impl Weights {
    pub(super) fn of(items: &[Item<'_>]) -> Self {
        let mut having: FxHashMap<u64, u32> = FxHashMap::default();
        let mut called: HashMap<String, u32> = HashMap::new();
        for item in items {
            let mut names = names_of(item.of);
            names.dedup();
            for name in names {
                *having.entry(name).or_default() += 1;
            }
            *called.entry(item.of.name.clone()).or_default() += 1;
        }
        Self {
            items: as_f64(items.len().max(LEAST_ITEMS)),
            having,
            called,
        }
    }

    fn of_name(&self, symbol: u64) -> f64 {
        let having = self.having.get(&symbol).copied().unwrap_or(1);
        (1.0 + self.items / f64::from(having)).ln()
    }

    /// What it says that two items have the same name.
    fn of_title(&self, name: &str) -> f64 {
        let called = self.called.get(name).copied().unwrap_or(1);
        (1.0 + self.items / f64::from(called)).ln()
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "counts of items are far below 2^52"
)]
fn as_f64(count: usize) -> f64 {
    count as f64
}

/// The kept names of an item, sorted, as often as they are there.
fn names_of(unit: &Unit) -> Vec<u64> {
    let symbols = unit.normal.symbols.iter().copied();
    let mut names: Vec<u64> = symbols.filter(|symbol| is_name(*symbol)).collect();
    names.sort_unstable();
    names
}

/// The pairs of items that are alike, most alike first.
pub(super) fn pairs(items: &[Item<'_>], options: &Options) -> Vec<Pair> {
    let weights = Weights::of(items);
    let classes = same(items);
    let mut found: Vec<Pair> =
        parallel::map(&classes, |class| within(items, class, &weights, options))
            .into_iter()
            .flatten()
            .collect();
    let first: Vec<usize> = classes.iter().map(|class| class[0]).collect();
    let candidates = candidates(items, &first);
    let compared = parallel::map(&candidates, |&(a, b)| {
        let (of_a, of_b) = (items[a].of, items[b].of);
        let likeness = likeness(&of_a.normal.symbols, &of_b.normal.symbols);
        let real = |a, b| is_real(items, a, b, &weights, options);
        let alike = likeness >= least_likeness(of_a, of_b, options) && real(a, b);
        alike.then_some(Pair { likeness, a, b })
    });
    found.extend(compared.into_iter().flatten());
    found.sort_by_key(|pair| (std::cmp::Reverse(pair.likeness), pair.a, pair.b));
    found
}

/// The items by their symbols: those with the same ones are compared once.
fn same(items: &[Item<'_>]) -> Vec<Vec<usize>> {
    let mut by_symbols: HashMap<&[u64], Vec<usize>> = HashMap::new();
    for (at, item) in items.iter().enumerate() {
        by_symbols
            .entry(&item.of.normal.symbols)
            .or_default()
            .push(at);
    }
    let mut classes: Vec<Vec<usize>> = by_symbols.into_values().collect();
    classes.sort_unstable();
    classes
}

/// The pairs among items with the same symbols: each with the first that it is a copy of.
fn within(items: &[Item<'_>], class: &[usize], weights: &Weights, options: &Options) -> Vec<Pair> {
    let mut heads: Vec<usize> = Vec::new();
    let mut found = Vec::new();
    for &b in class {
        match heads
            .iter()
            .find(|a| is_real(items, **a, b, weights, options))
        {
            Some(&a) => found.push(Pair {
                likeness: 1000,
                a,
                b,
            }),
            None => heads.push(b),
        }
    }
    found
}

/// The pairs of classes that share enough fingerprints, by their first items.
fn candidates(items: &[Item<'_>], first: &[usize]) -> Vec<(usize, usize)> {
    let prints = parallel::map(first, |at| fingerprints(&items[*at].of.normal.symbols));
    let mut having: FxHashMap<u64, Vec<u32>> = FxHashMap::default();
    for (class, prints) in (0u32..).zip(&prints) {
        for print in prints {
            having.entry(*print).or_default().push(class);
        }
    }
    having.retain(|_, classes| (2..=COMMON).contains(&classes.len()));
    let mut found = Vec::new();
    let mut shared: FxHashMap<u32, usize> = FxHashMap::default();
    for (class, own) in (0u32..).zip(&prints) {
        shared.clear();
        for print in own {
            let others = having.get(print).into_iter().flatten();
            for other in others.filter(|other| **other > class) {
                *shared.entry(*other).or_default() += 1;
            }
        }
        let a = first[class as usize];
        for (other, count) in &shared {
            let b = first[*other as usize];
            let fewer = own.len().min(prints[*other as usize].len());
            if count * 100 >= fewer * SHARED && comparable(items[a].of, items[b].of) {
                found.push((a.min(b), a.max(b)));
            }
        }
    }
    found.sort_unstable();
    found
}

/// So alike must two items be, in thousandths. What is small is alike by chance sooner; what only
/// declares something has the shape of its subject, and the impl of a trait that of the trait.
pub(super) fn least_likeness(a: &Unit, b: &Unit, options: &Options) -> usize {
    let least = options.min_likeness;
    if a.straight && b.straight {
        return least.max(STRAIGHT);
    }
    if is_shaped(a) || is_shaped(b) {
        return least.max(SHAPED);
    }
    let length = a.normal.symbols.len().min(b.normal.symbols.len());
    let missing = LARGE.saturating_sub(length).min(LARGE - SMALL);
    least + SMALL_LIKENESS.saturating_sub(least) * missing / (LARGE - SMALL)
}

/// Is its shape given by what it is for?
fn is_shaped(item: &Unit) -> bool {
    let declares = matches!(item.kind, Kind::Struct | Kind::Enum | Kind::Union);
    let sets = item.kind == Kind::Impl && item.body_tokens < item.functions * SHORT_BODY;
    declares || sets || item.of_trait.is_some()
}

/// Do the bodies of an item say something, or is it its signatures that are long?
pub(super) fn says_much(item: &Unit, options: &Options) -> bool {
    let is_main = item.name == "main" && item.parent.is_none() && item.lines < LINES_OF_MAIN;
    item.body_tokens * 4 >= options.min_tokens * 3 && !is_main
}

/// Does an item of small bodies say something as a whole: a type's functions, side by side?
pub(super) fn says_together(item: &Unit) -> bool {
    item.kind == Kind::Impl && item.of_trait.is_none() && item.functions > 1
}

/// Small bodies are alike by chance, and so is what only hands its calls on: they are copies where
/// all else is the same, too.
fn is_more_than_shape(a: &Unit, b: &Unit, options: &Options) -> bool {
    let much = says_much(a, options) && says_much(b, options);
    let delegates = a.delegates || b.delegates;
    (much || a.normal.raw == b.normal.raw) && (!delegates || a.title == b.title)
}

/// Of one kind, and of sizes that can be alike.
fn comparable(a: &Unit, b: &Unit) -> bool {
    let (a_length, b_length) = (a.normal.symbols.len(), b.normal.symbols.len());
    a.kind == b.kind && a_length.min(b_length) * 2 >= a_length.max(b_length)
}

/// Do two items that look alike say the same of the same things? What they name must be the
/// same, and rare enough to say something; their text must not be wholly different.
fn is_real(items: &[Item<'_>], a: usize, b: usize, weights: &Weights, options: &Options) -> bool {
    let one_file = items[a].source == items[b].source;
    let (a, b) = (items[a].of, items[b].of);
    if a.kind != b.kind
        || one_file && a.lines.min(b.lines) < LINES_IN_ONE_FILE
        || !is_more_than_shape(a, b, options)
        || !same_literals(a, b)
    {
        return false;
    }
    let (mut shared, mut all) = (0.0, 0.0);
    let mut distinct = 0.0;
    let mut last = None;
    merge(&names_of(a), &names_of(b), |name, both| {
        let weight = weights.of_name(name);
        all += weight;
        if both {
            shared += weight;
            if last != Some(name) {
                distinct += weight;
                last = Some(name);
            }
        }
    });
    if a.of_trait.is_some() || b.of_trait.is_some() {
        return distinct >= LEAST_WEIGHT_OF_TRAIT && shared >= all * LEAST_PART_OF_TRAIT;
    }
    let own = a.name == b.name && a.kind != Kind::Impl;
    let own = if own { weights.of_title(&a.name) } else { 0.0 };
    distinct + own * 2.0 >= LEAST_WEIGHT && shared >= all * LEAST_PART
}

fn same_literals(a: &Unit, b: &Unit) -> bool {
    let (mut shared, mut all) = (0, 0);
    merge(&a.normal.literals, &b.normal.literals, |_, both| {
        all += 1;
        shared += usize::from(both);
    });
    let same = if a.straight && b.straight {
        SAME_LITERALS_OF_STRAIGHT
    } else {
        SAME_LITERALS
    };
    all < FEW_LITERALS || shared * 100 >= all * same
}

/// Calls `each` with the members of two sorted lists, and whether they are in both.
fn merge(a: &[u64], b: &[u64], mut each: impl FnMut(u64, bool)) {
    let (mut a, mut b) = (a.iter().peekable(), b.iter().peekable());
    loop {
        match (a.peek(), b.peek()) {
            (Some(x), Some(y)) if x == y => {
                each(**x, true);
                a.next();
                b.next();
            }
            (Some(x), Some(y)) if x > y => {
                each(**y, false);
                b.next();
            }
            (Some(x), _) => {
                each(**x, false);
                a.next();
            }
            (None, Some(y)) => {
                each(**y, false);
                b.next();
            }
            (None, None) => return,
        }
    }
}
