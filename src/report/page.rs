//! What the templates of a page are filled with.

use std::collections::BTreeSet;

use semver::Version;
use serde::Serialize;

use super::diff::{Signatures, compare};
use super::text::{Piece, count, pieces, signatures, visible};
use super::verdict::{Verdict, breaking, sentence, word};
use super::words::{change_at, line_of, stands, unseen};
use crate::card::{
    Api, Broken, Card, CompilerError, Entry, Part, Promise, Pulled, Section, Touch, Touches, Trial,
    Use,
};
use crate::markdown::{Showing, Tags, render_markdown};
use crate::model::{Bump, Change, Place};

/// So many dots are counted at a glance; more become a bar.
const MOST_DOTS: usize = 60;

/// So many versions of a changelog are open from the start.
const OPEN_SECTIONS: usize = 3;

/// The page.
#[derive(Debug, Serialize)]
pub(super) struct Page {
    title: String,
    cards: Vec<CardView>,
}

/// A part, or why it is not known.
#[derive(Debug, Serialize)]
struct Told<T> {
    known: Option<T>,
    unknown: Option<Line>,
}

/// A line of text with code in it.
type Line = Vec<OwnedPiece>;

#[derive(Debug, Serialize)]
struct OwnedPiece {
    text: String,
    code: bool,
}

#[derive(Debug, Serialize)]
struct CardView {
    /// Its anchor.
    id: String,
    krate: String,
    from: Version,
    to: Version,
    sentence: String,
    verdict: Verdict,
    dots: Option<Dots>,
    registry: Option<String>,
    used_by: Vec<String>,
    through: Vec<String>,
    touches: Told<TouchesView>,
    trial: Told<TrialView>,
    notes: Told<NotesView>,
    api: Told<ApiView>,
    pulled: Told<PulledView>,
    unseen: Vec<Line>,
}

/// The breaking changes in a row.
#[derive(Debug, Serialize)]
struct Dots {
    /// One by one, in the order of the changes: `touching`, `untraced` or `other`; empty if there
    /// are too many.
    each: Vec<&'static str>,
    touching: usize,
    untraced: usize,
    other: usize,
}

#[derive(Debug, Serialize)]
struct TouchesView {
    breaking: usize,
    touching: usize,
    touches: Vec<TouchView>,
    untraced: Vec<UntracedView>,
    checked: Vec<String>,
}

#[derive(Debug, Serialize)]
struct TouchView {
    /// The number of its change, from 1; its anchor has it.
    number: usize,
    change: Option<ChangeView>,
    uses: Vec<UseView>,
    errors: Vec<ErrorView>,
}

#[derive(Debug, Serialize)]
struct ChangeView {
    number: usize,
    item: String,
    step: &'static str,
    code: String,
    what: Line,
    signatures: Option<Signatures>,
    before: Option<String>,
    after: Option<String>,
    /// In so many places it touches the service.
    places: usize,
}

#[derive(Debug, Serialize)]
struct UseView {
    of: Option<String>,
    place: String,
    text: String,
    remarks: Vec<Line>,
}

#[derive(Debug, Serialize)]
struct UntracedView {
    item: Option<String>,
    why: Line,
}

#[derive(Debug, Serialize)]
struct TrialView {
    tried: String,
    built: String,
    passed: String,
    broken: Vec<Broken>,
    errors: Vec<ErrorView>,
    deprecated: Vec<ErrorView>,
    broken_already: Vec<String>,
    fixed: Vec<String>,
}

#[derive(Debug, Clone, Serialize)]
struct ErrorView {
    code: Option<String>,
    message: String,
    target: String,
    place: Option<String>,
    rendered: String,
    /// The number of the change that causes it, and the item.
    change: Option<(usize, String)>,
    /// Does that change touch the service by the map, too?
    is_touch: bool,
}

#[derive(Debug, Serialize)]
struct NotesView {
    sections: Vec<SectionView>,
    unmentioned: Vec<Version>,
}

#[derive(Debug, Serialize)]
struct SectionView {
    version: Version,
    date: Option<String>,
    yanked: bool,
    open: bool,
    breaking: usize,
    entries: Vec<EntryView>,
}

#[derive(Debug, Serialize)]
struct EntryView {
    group: String,
    breaking: bool,
    /// HTML.
    text: String,
    names: Vec<String>,
}

#[derive(Debug, Serialize)]
struct ApiView {
    needs: &'static str,
    step: &'static str,
    kept: bool,
    counts: String,
    changes: Vec<ChangeView>,
}

#[derive(Debug, Serialize)]
struct PulledView {
    #[serde(flatten)]
    pulled: Pulled,
    is_empty: bool,
}

impl Page {
    pub(super) fn new(cards: &[Card], title: &str) -> Self {
        let mut taken = BTreeSet::new();
        let cards = cards.iter().map(|card| {
            let card = visible(card);
            let id = anchor(&card, &mut taken);
            CardView::new(&card, id)
        });
        Self {
            title: title.to_owned(),
            cards: cards.collect(),
        }
    }
}

/// An anchor of its own for each card.
fn anchor(card: &Card, taken: &mut BTreeSet<String>) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let plain = |c: char| if is_plain(c) { c } else { '-' };
    let stem: String = format!("{}-{}", card.krate, card.to)
        .chars()
        .map(plain)
        .collect();
    let numbered = (2..).map(|nth| format!("{stem}-{nth}"));
    let mut names = std::iter::once(stem.clone()).chain(numbered);
    let free = names.find(|name| taken.insert(name.clone()));
    free.expect("there is no end of numbers")
}

fn told<T, V>(part: &Part<T>, view: impl FnOnce(&T) -> V) -> Told<V> {
    match part {
        Part::Known(known) => Told {
            known: Some(view(known)),
            unknown: None,
        },
        Part::Unknown(why) => Told {
            known: None,
            unknown: Some(line(why)),
        },
    }
}

fn line(text: &str) -> Line {
    let owned = |piece: Piece<'_>| OwnedPiece {
        text: piece.text.to_owned(),
        code: piece.code,
    };
    pieces(text).into_iter().map(owned).collect()
}

impl CardView {
    fn new(card: &Card, id: String) -> Self {
        let api = card.api.known();
        let touches = card.touches.known();
        Self {
            id,
            krate: card.krate.clone(),
            from: card.from.clone(),
            to: card.to.clone(),
            sentence: sentence(card),
            verdict: Verdict::of(card),
            dots: touches.and_then(|touches| Dots::new(touches, api)),
            registry: card.registry.clone(),
            used_by: card.used_by.clone(),
            through: card.through.clone(),
            touches: told(&card.touches, |touches| TouchesView::new(touches, card)),
            trial: told(&card.trial, |trial| TrialView::new(trial, card)),
            notes: told(&card.notes, |notes| NotesView {
                sections: sections(&notes.sections),
                unmentioned: notes.unmentioned.clone(),
            }),
            api: told(&card.api, |api| ApiView::new(api, card)),
            pulled: told(&card.pulled, |pulled| PulledView {
                is_empty: pulled.moved.is_empty()
                    && pulled.duplicates.is_empty()
                    && pulled.two_majors.is_empty(),
                pulled: pulled.clone(),
            }),
            unseen: unseen(card).iter().map(|text| line(text)).collect(),
        }
    }
}

impl Dots {
    fn new(touches: &Touches, api: Option<&Api>) -> Option<Self> {
        if touches.breaking == 0 {
            return None;
        }
        let untraced = |at: usize| touches.untraced.iter().any(|of| of.change == at);
        let touched = |at: usize| touches.touches.iter().any(|of| of.change == at);
        let kind = |at: usize| match () {
            () if touched(at) => "touching",
            () if untraced(at) => "untraced",
            () => "other",
        };
        let changes = api.map_or(&[][..], |api| &api.changes);
        let breaking = changes.iter().enumerate();
        let breaking = breaking.filter(|(_, change)| change.bump == Bump::Major);
        let kinds: Vec<&'static str> = breaking.map(|(at, _)| kind(at)).collect();
        let of = |kind: &str| kinds.iter().filter(|of| **of == kind).count();
        Some(Self {
            touching: of("touching"),
            untraced: of("untraced"),
            other: of("other"),
            each: if kinds.len() > MOST_DOTS {
                Vec::new()
            } else {
                kinds
            },
        })
    }
}

impl TouchesView {
    fn new(touches: &Touches, card: &Card) -> Self {
        let api = card.api.known();
        let untraced = touches.untraced.iter().map(|untraced| UntracedView {
            item: change_at(api, untraced.change).map(|change| change.item.clone()),
            why: line(&untraced.why),
        });
        Self {
            breaking: touches.breaking,
            touching: touches.touching,
            touches: touches.touches.iter().map(|t| touch(t, card)).collect(),
            untraced: untraced.collect(),
            checked: touches.checked.clone(),
        }
    }
}

fn touch(touch: &Touch, card: &Card) -> TouchView {
    let errors = card.trial.known().map_or(&[][..], |trial| &trial.errors);
    let caused = errors.iter().filter(|e| e.change == Some(touch.change));
    TouchView {
        number: touch.change + 1,
        change: change_at(card.api.known(), touch.change)
            .map(|change| change_view(touch.change, change, touch.uses.len())),
        uses: touch.uses.iter().map(use_view).collect(),
        errors: caused.map(|e| error_view(e, card)).collect(),
    }
}

fn change_view(at: usize, change: &Change, places: usize) -> ChangeView {
    let (what, both) = signatures(&change.message);
    let place = |place: &Option<Place>| place.as_ref().map(line_of);
    ChangeView {
        number: at + 1,
        item: change.item.clone(),
        step: word(change.bump),
        code: change.code.clone(),
        what: line(what),
        signatures: both.map(|(before, after)| compare(before, after)),
        before: place(&change.before),
        after: place(&change.after),
        places,
    }
}

fn use_view(used: &Use) -> UseView {
    let mut remarks: Vec<Line> = stands(used.stand).into_iter().map(line).collect();
    if used.in_macro {
        remarks.push(line("made by a macro that is called here"));
    }
    UseView {
        of: used.of.clone(),
        place: line_of(&used.place),
        text: used.text.trim().to_owned(),
        remarks,
    }
}

fn error_view(error: &CompilerError, card: &Card) -> ErrorView {
    let touches = card.touches.known().map_or(&[][..], |t| &t.touches);
    let change = error.change.and_then(|at| {
        let change = change_at(card.api.known(), at)?;
        Some((at + 1, change.item.clone()))
    });
    ErrorView {
        code: error.code.clone(),
        message: error.message.clone(),
        target: error.target.clone(),
        place: error.place.as_ref().map(line_of),
        rendered: error.rendered.trim_end().to_owned(),
        is_touch: touches
            .iter()
            .any(|touch| error.change == Some(touch.change)),
        change,
    }
}

impl TrialView {
    fn new(trial: &Trial, card: &Card) -> Self {
        let errors =
            |errors: &[CompilerError]| errors.iter().map(|e| error_view(e, card)).collect();
        Self {
            tried: trial.tried.clone(),
            built: count(trial.built, "target"),
            passed: match trial.passed {
                0 => "no test was run".to_owned(),
                passed => format!("{} passed", count(passed, "test")),
            },
            broken: trial.broken.clone(),
            errors: errors(&trial.errors),
            deprecated: errors(&trial.deprecated),
            broken_already: trial.broken_already.clone(),
            fixed: trial.fixed.clone(),
        }
    }
}

fn sections(sections: &[Section]) -> Vec<SectionView> {
    let views = sections
        .iter()
        .enumerate()
        .map(|(at, section)| SectionView {
            version: section.version.clone(),
            date: section.date.map(|date| date.to_string()),
            yanked: section.yanked,
            open: at < OPEN_SECTIONS,
            breaking: section
                .entries
                .iter()
                .filter(|entry| entry.breaking)
                .count(),
            entries: section.entries.iter().map(entry_view).collect(),
        });
    views.collect()
}

fn entry_view(entry: &Entry) -> EntryView {
    let showing = Showing {
        source: None,
        lowered: 4,
        tags: Tags::Read,
    };
    EntryView {
        group: entry.group.clone(),
        breaking: entry.breaking,
        text: render_markdown(&entry.text, showing),
        names: entry.names.clone(),
    }
}

impl ApiView {
    fn new(api: &Api, card: &Card) -> Self {
        let touches = card.touches.known().map_or(&[][..], |t| &t.touches);
        let places = |at: usize| {
            let of_it = touches.iter().filter(|touch| touch.change == at);
            of_it.map(|touch| touch.uses.len()).sum()
        };
        let changes = api.changes.iter().enumerate();
        Self {
            needs: word(api.needs),
            step: word(card.step),
            kept: api.promise == Promise::Kept,
            counts: format!(
                "{}, {} breaking",
                count(api.changes.len(), "change"),
                breaking(api)
            ),
            changes: changes
                .map(|(at, change)| change_view(at, change, places(at)))
                .collect(),
        }
    }
}
