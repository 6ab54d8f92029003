//! A card on a terminal: what touches the service first, long lists cut.

use std::fmt::{Display, Write as _};

use anstyle::Style;
use cargo_quarry::card::{
    Api, Card, CompilerError, Entry, Notes, Part, Promise, Pulled, Section, Touch, Touches, Trial,
    Use,
};
use cargo_quarry::model::{Bump, Change, count};
use cargo_quarry::report::{
    change_at, headline, line_of, remarks, signatures, unseen, visible, weight,
};
use clap_cargo::style::{ERROR, GOOD, HEADER, NOTE, WARN};

use crate::cli::Shell;

/// Writes a card to standard output.
pub(crate) fn show(shell: &Shell, card: &Card) {
    shell.out(render(card, shell.is_verbose()));
}

/// Lists are cut there, unless more is wanted.
const FEW: usize = 8;

/// Places of one change.
const FEW_PLACES: usize = 4;

/// Texts of others end there, unless more is wanted: in characters.
const WIDE: usize = 120;

const BOLD: Style = Style::new().bold();

fn render(card: &Card, verbose: bool) -> String {
    let card = visible(card);
    let mut sheet = Sheet {
        text: String::new(),
        verbose,
    };
    sheet.line(format_args!("{BOLD}{}{BOLD:#}", headline(&card)));
    let asked: Vec<String> = [("by", &card.used_by), ("through", &card.through)]
        .into_iter()
        .filter(|(_, who)| !who.is_empty())
        .map(|(word, who)| format!("{word} {}", who.join(", ")))
        .collect();
    if !asked.is_empty() {
        sheet.line(format_args!("  asked for {}", asked.join("; ")));
    }
    sheet.part("touches you", &card.touches, |sheet, touches| {
        sheet.touches(touches, card.api.known());
    });
    sheet.part("build", &card.trial, |sheet, trial| {
        sheet.trial(trial, card.api.known());
    });
    sheet.part("release notes", &card.notes, Sheet::notes);
    sheet.part("API changes", &card.api, |sheet, api| {
        sheet.api(api, card.touches.known());
    });
    sheet.part("moves along", &card.pulled, Sheet::pulled);
    let unseen = unseen(&card);
    if !unseen.is_empty() {
        sheet.title("not looked at");
        sheet.list(FEW, "  ", &unseen, Clone::clone);
    }
    sheet.text
}

struct Sheet {
    text: String,
    verbose: bool,
}

impl Sheet {
    fn line(&mut self, line: impl Display) {
        writeln!(self.text, "{line}").expect("it grows");
    }

    fn title(&mut self, title: &str) {
        self.line(format_args!("{HEADER}{title}{HEADER:#}"));
    }

    fn part<T>(&mut self, title: &str, part: &Part<T>, write: impl FnOnce(&mut Self, &T)) {
        self.title(title);
        match part {
            Part::Known(known) => write(self, known),
            Part::Unknown(why) => self.line(format_args!("  not known: {why}")),
        }
    }

    fn list<T>(&mut self, few: usize, space: &str, items: &[T], write: impl Fn(&T) -> String) {
        let most = if self.verbose { items.len() } else { few };
        for item in items.iter().take(most) {
            self.line(format_args!("{space}{}", write(item)));
        }
        self.more(space, items.len().saturating_sub(most));
    }

    fn more(&mut self, space: &str, more: usize) {
        if more > 0 {
            self.line(format_args!("{space}and {more} more (-v shows them)"));
        }
    }

    fn cut(&self, text: &str) -> String {
        if self.verbose || text.chars().nth(WIDE).is_none() {
            return text.to_owned();
        }
        let kept: String = text.chars().take(WIDE - 1).collect();
        format!("{}…", kept.trim_end())
    }

    fn touches(&mut self, touches: &Touches, api: Option<&Api>) {
        match (touches.breaking, touches.touching) {
            (0, _) => self.line("  no breaking change was found"),
            (breaking, 0) => self.line(format_args!(
                "  of {}, none was met in the code that was compiled",
                count(breaking, "breaking change")
            )),
            _ => {}
        }
        let most = if self.verbose {
            touches.touches.len()
        } else {
            FEW
        };
        for touch in touches.touches.iter().take(most) {
            self.touch(touch, api);
        }
        self.more("  ", touches.touches.len().saturating_sub(most));
        self.list(FEW, "  only a build finds ", &touches.untraced, |it| {
            let item = change_at(api, it.change).map_or("this", |change| &change.item);
            format!("{item}: {}", it.why)
        });
        match touches.checked.as_slice() {
            [] => {}
            checked if self.verbose || checked.len() <= FEW_PLACES => {
                self.line(format_args!("  compiled: {}", checked.join("; ")));
            }
            checked => self.line(format_args!(
                "  compiled: {} (-v shows which)",
                count(checked.len(), "target")
            )),
        }
    }

    fn touch(&mut self, touch: &Touch, api: Option<&Api>) {
        if let Some(change) = change_at(api, touch.change) {
            let (what, both) = signatures(&change.message);
            let item = format_args!("{BOLD}{}{BOLD:#}", change.item).to_string();
            let weight = weight(change, touch).map(|weight| format!(" ({weight})"));
            let weight = weight.unwrap_or_default();
            self.line(format_args!("  {item}: {}{weight}", self.cut(what)));
            if let Some((before, after)) = both {
                let (before, after) = (self.cut(before), self.cut(after));
                self.line(format_args!("    {ERROR}-{ERROR:#} {before}"));
                self.line(format_args!("    {GOOD}+{GOOD:#} {after}"));
            }
        }
        let cut: Vec<String> = touch.uses.iter().map(|used| self.used(used)).collect();
        self.list(FEW_PLACES, "    ", &cut, Clone::clone);
    }

    fn used(&self, used: &Use) -> String {
        let of = used.of.as_deref().map(|of| format!("{of}: "));
        let of = of.unwrap_or_default();
        let remarks = match remarks(used).as_slice() {
            [] => String::new(),
            remarks => format!(" ({})", remarks.join(", ")),
        };
        let text = self.cut(used.text.trim());
        format!(
            "{NOTE}-->{NOTE:#} {of}{}: {text}{remarks}",
            line_of(&used.place)
        )
    }

    fn trial(&mut self, trial: &Trial, api: Option<&Api>) {
        let tests = match trial.passed {
            0 => "no test was run".to_owned(),
            passed => format!("{} passed", count(passed, "test")),
        };
        self.line(format_args!(
            "  {}, before and after: with the new version {} built, {tests}",
            trial.tried,
            count(trial.built, "target")
        ));
        self.list(FEW, "  ", &trial.broken, |broken| {
            let kind = if broken.test { "test " } else { "" };
            format!("{ERROR}broken{ERROR:#} {kind}{}", broken.what)
        });
        let cause = |error: &CompilerError| error_lines(error, "error", ERROR, api);
        self.list(FEW, "  ", &trial.errors, cause);
        let warning = |error: &CompilerError| error_lines(error, "warning", WARN, api);
        self.list(FEW, "  ", &trial.deprecated, warning);
        self.list(
            FEW,
            "  broken before, too: ",
            &trial.broken_already,
            Clone::clone,
        );
        self.list(
            FEW,
            "  broken before, not now: ",
            &trial.fixed,
            Clone::clone,
        );
    }

    fn notes(&mut self, notes: &Notes) {
        if notes.sections.is_empty() {
            self.line("  the changelog has no section of these versions");
        }
        let mut left = if self.verbose { usize::MAX } else { FEW * 2 };
        for section in &notes.sections {
            self.section(section, &mut left);
        }
        if !notes.unmentioned.is_empty() {
            let versions = notes.unmentioned.iter().map(ToString::to_string);
            let versions: Vec<String> = versions.collect();
            let versions = self.cut(&versions.join(", "));
            self.line(format_args!("  the changelog does not mention {versions}"));
        }
    }

    fn section(&mut self, section: &Section, left: &mut usize) {
        let date = section.date.map(|date| format!(" ({date})"));
        let yanked = if section.yanked {
            format!(" {WARN}yanked{WARN:#}")
        } else {
            String::new()
        };
        let Section {
            version, entries, ..
        } = section;
        self.line(format_args!(
            "  {version}{}{yanked}",
            date.unwrap_or_default()
        ));
        if entries.is_empty() {
            self.line("    says nothing");
        }
        for entry in entries.iter().take(*left) {
            let line = self.entry(entry);
            self.line(format_args!("    {line}"));
        }
        self.more("    ", entries.len().saturating_sub(*left));
        *left = left.saturating_sub(entries.len());
    }

    fn entry(&self, entry: &Entry) -> String {
        let group = match entry.group.as_str() {
            "" => String::new(),
            group => format!("{group}: "),
        };
        let text = if self.verbose {
            entry.text.trim().replace('\n', "\n      ")
        } else {
            let mut words = entry.text.split_whitespace();
            let first = words.next().unwrap_or_default().to_owned();
            self.cut(&words.fold(first, |text, word| text + " " + word))
        };
        let breaking = if entry.breaking {
            format!("{WARN}breaking{WARN:#} ")
        } else {
            String::new()
        };
        let names = match entry.names.as_slice() {
            [] => String::new(),
            names => format!(" {NOTE}(you use {}){NOTE:#}", names.join(", ")),
        };
        format!("{breaking}{group}{text}{names}")
    }

    fn api(&mut self, api: &Api, touches: Option<&Touches>) {
        let breaking = api.changes.iter().filter(|it| it.bump == Bump::Major);
        let needs = word(api.needs);
        let promise = match api.promise {
            Promise::Kept => "and the version number says so".to_owned(),
            Promise::Broken => format!("and {WARN}the version number says less{WARN:#}"),
        };
        self.line(format_args!(
            "  {}, {} breaking: they ask for a {needs} step, {promise}",
            count(api.changes.len(), "change"),
            breaking.count()
        ));
        // What touches the service stands above.
        let touched = |at: usize| {
            let mut all = touches.iter().flat_map(|known| &known.touches);
            all.any(|touch| touch.change == at)
        };
        let others = api.changes.iter().enumerate();
        let others = others.filter(|(at, _)| self.verbose || !touched(*at));
        let others: Vec<&Change> = others.map(|(_, change)| change).collect();
        let lines: Vec<String> = others.iter().map(|change| self.change(change)).collect();
        self.list(FEW, "  ", &lines, Clone::clone);
    }

    fn change(&self, change: &Change) -> String {
        let (what, _) = signatures(&change.message);
        let what = if self.verbose { &change.message } else { what };
        let style = match change.bump {
            Bump::Major => WARN,
            Bump::Minor | Bump::Patch => NOTE,
        };
        let bump = word(change.bump);
        format!(
            "{style}{bump:<5}{style:#} {}: {}",
            change.item,
            self.cut(what)
        )
    }

    fn pulled(&mut self, pulled: &Pulled) {
        let Pulled {
            moved,
            duplicates,
            two_majors,
        } = pulled;
        if *pulled == Pulled::default() {
            self.line("  nothing else in Cargo.lock");
        }
        for both in two_majors {
            let krate = &both.krate;
            self.line(format_args!(
                "  {WARN}two incompatible versions{WARN:#} of {krate} in one build"
            ));
            for of in &both.versions {
                self.line(format_args!(
                    "    {} for {}",
                    of.version,
                    of.users.join(", ")
                ));
            }
            self.list(FEW, "    no longer the same: ", &both.types, Clone::clone);
            self.list(FEW, "    to be released first: ", &both.first, Clone::clone);
        }
        self.list(FEW, "  ", moved, |moved| {
            let name = &moved.krate;
            let private = if moved.private { " (private)" } else { "" };
            match (&moved.from, &moved.to) {
                (Some(from), Some(to)) => format!("{name} {from} -> {to}{private}"),
                (None, Some(to)) => format!("{name} {to} comes{private}"),
                (Some(from), None) => format!("{name} {from} goes{private}"),
                (None, None) => name.clone(),
            }
        });
        self.list(FEW, "  in several versions now: ", duplicates, |twice| {
            let versions = twice.versions.iter().map(ToString::to_string);
            format!(
                "{} {}",
                twice.krate,
                versions.collect::<Vec<_>>().join(", ")
            )
        });
    }
}

fn error_lines(error: &CompilerError, label: &str, style: Style, api: Option<&Api>) -> String {
    let code = error.code.as_deref().map(|code| format!("[{code}]"));
    let code = code.unwrap_or_default();
    let mut text = format!("{style}{label}{code}{style:#}: {}", error.message);
    let cause = error.change.and_then(|at| change_at(api, at));
    let cause = cause.map(|change| format!(" (by {})", change.item));
    if let Some(place) = &error.place {
        let cause = cause.unwrap_or_default();
        write!(text, "\n    {NOTE}-->{NOTE:#} {place}{cause}").expect("it grows");
    } else if let Some(cause) = cause {
        text.push_str(&cause);
    }
    text
}

fn word(bump: Bump) -> &'static str {
    match bump {
        Bump::Major => "major",
        Bump::Minor => "minor",
        Bump::Patch => "patch",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn card() -> Card {
        let change = |bump: &str, item: &str, message: &str| {
            json!({
                "bump": bump, "code": "x", "item": item, "message": message,
                "before": null, "after": null,
            })
        };
        let mut changes = vec![change(
            "major",
            "acme_retry::Policy::new",
            "parameter `limit` was `u32`, is `Limit`: `fn new(limit: u32)` → `fn new(limit: Limit)`",
        )];
        changes.extend((0..12).map(|nth| {
            change(
                "major",
                &format!("acme_retry::Old{nth}"),
                "the struct was removed",
            )
        }));
        let place = json!({ "file": "api/src/retry.rs", "line": 42, "column": 30 });
        let error = json!({
            "target": "api (lib)", "code": "E0308", "message": "mismatched types",
            "place": place, "rendered": "", "change": 0,
        });
        let used = |of: Option<&str>, stand: &str| {
            json!({
                "of": of, "place": place, "text": "  Policy::new(3)\u{1b}[2J",
                "stand": stand, "in_macro": false, "now": "untold",
            })
        };
        let entry = json!({
            "group": "Changed", "text": "`Policy::new` takes\na `Limit`.", "breaking": true,
            "names": ["Policy::new"],
        });
        let card = json!({
            "crate": "acme-retry", "from": "1.2.0", "to": "2.0.0", "index": "sparse+https://x/",
            "registry": "internal", "used_by": ["api"], "through": ["acme-http 1.4.0"],
            "step": "major",
            "notes": { "known": {
                "sections": [{
                    "version": "2.0.0", "date": "2026-11-20", "yanked": true, "entries": [entry],
                }],
                "unmentioned": ["1.3.0"],
            } },
            "api": { "known": {
                "changes": changes, "skipped": [], "needs": "major", "promise": "kept",
            } },
            "touches": { "known": {
                "breaking": 13, "touching": 1,
                "touches": [{
                    "change": 0, "certainty": "breaks",
                    "uses": [used(None, "use"), used(Some("acme-http 1.4.0"), "match")],
                }],
                "untraced": [], "checked": ["api (lib), default features"],
                "unchecked": ["doc tests"],
            } },
            "trial": { "known": {
                "tried": "check", "broken": [{ "what": "api (lib)", "test": false }],
                "broken_already": [], "fixed": [], "not_tried": [], "built": 0, "passed": 0,
                "errors": [error], "deprecated": [],
            } },
            "pulled": { "unknown": "cargo found no versions that go together" },
        });
        serde_json::from_value(card).unwrap()
    }

    fn plain(card: &Card, verbose: bool) -> String {
        anstream::adapter::strip_str(&render(card, verbose)).to_string()
    }

    #[test]
    fn a_card_is_terse() {
        insta::assert_snapshot!(plain(&card(), false), @r#"
        acme-retry 1.2.0 → 2.0.0: 1 of 13 breaking changes touches you; the build breaks in 1 place
          asked for by api; through acme-http 1.4.0
        touches you
          acme_retry::Policy::new: parameter `limit` was `u32`, is `Limit`
            - fn new(limit: u32)
            + fn new(limit: Limit)
            --> api/src/retry.rs:42: Policy::new(3)\u{1b}[2J
            --> acme-http 1.4.0: api/src/retry.rs:42: Policy::new(3)\u{1b}[2J (a `match` without an arm for all else)
          compiled: api (lib), default features
        build
          check, before and after: with the new version 0 targets built, no test was run
          broken api (lib)
          error[E0308]: mismatched types
            --> api/src/retry.rs:42:30 (by acme_retry::Policy::new)
        release notes
          2.0.0 (2026-11-20) yanked
            breaking Changed: `Policy::new` takes a `Limit`. (you use Policy::new)
          the changelog does not mention 1.3.0
        API changes
          13 changes, 13 breaking: they ask for a major step, and the version number says so
          major acme_retry::Old0: the struct was removed
          major acme_retry::Old1: the struct was removed
          major acme_retry::Old2: the struct was removed
          major acme_retry::Old3: the struct was removed
          major acme_retry::Old4: the struct was removed
          major acme_retry::Old5: the struct was removed
          major acme_retry::Old6: the struct was removed
          major acme_retry::Old7: the struct was removed
          and 4 more (-v shows them)
        moves along
          not known: cargo found no versions that go together
        not looked at
          doc tests
        "#);
    }

    #[test]
    fn all_of_it_is_shown_if_it_is_wanted() {
        let text = plain(&card(), true);
        assert!(
            text.contains("acme_retry::Old11: the struct was removed"),
            "{text}"
        );
        assert!(!text.contains("more"), "{text}");
    }
}
