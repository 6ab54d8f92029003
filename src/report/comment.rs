//! One card in GitHub's Markdown, in as much detail as there is room for.

use std::fmt::{Display, Write as _};

use super::entry::{code, entry, plain, said};
use super::text::{shortened, signatures};
use super::verdict::{breaking, headline, word};
use super::words::{change_at, line_of, remarks, unseen, weight};
use crate::card::{
    Api, Card, CompilerError, Notes, Part, Promise, Pulled, Section, Touch, Touches, Trial, Use,
};
use crate::model::Change;
use crate::model::count;

/// How much of each list is written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Detail {
    /// Changes in the table.
    rows: usize,
    /// Changes that touch the service.
    touches: usize,
    /// Places of each.
    uses: usize,
    /// Entries of changelogs.
    entries: usize,
    /// Characters of an entry, a signature, a line of code.
    text: usize,
    /// Errors of the compiler as it shows them.
    errors: usize,
    /// Lines of any other list.
    items: usize,
}

impl Detail {
    pub(super) const LEVELS: [Self; 5] = [
        Self::new([1000, 1000, 1000, 1000, 4000, 20, 1000]),
        Self::new([100, 40, 10, 60, 1000, 5, 50]),
        Self::new([20, 15, 4, 20, 300, 2, 15]),
        Self::new([0, 5, 1, 0, 150, 0, 5]),
        Self::new([0; 7]),
    ];
    /// Only the headline.
    pub(super) const LEAST: usize = Self::LEVELS.len() - 1;

    const fn new(most: [usize; 7]) -> Self {
        let [rows, touches, uses, entries, text, errors, items] = most;
        Self {
            rows,
            touches,
            uses,
            entries,
            text,
            errors,
            items,
        }
    }
}

/// Writes a card.
pub(super) fn write_card(card: &Card, detail: &Detail) -> String {
    let mut writer = Writer {
        text: format!("### {}\n\n", plain(&headline(card))),
        detail,
    };
    if detail.items > 0 {
        writer.about(card);
        writer.part("Touches you", &card.touches, |writer, touches| {
            writer.touches(touches, card.api.known());
        });
        writer.part("Build", &card.trial, Writer::trial);
        writer.part("Release notes", &card.notes, Writer::notes);
        writer.part("API", &card.api, |writer, api| {
            writer.api(api, &card.touches);
        });
        writer.part("Moves along", &card.pulled, Writer::pulled);
        writer.unseen(card);
    }
    writer.text
}

struct Writer<'d> {
    text: String,
    detail: &'d Detail,
}

impl Writer<'_> {
    fn line(&mut self, line: impl Display) {
        writeln!(self.text, "{line}").expect("it grows");
    }

    fn paragraph(&mut self, text: impl Display) {
        writeln!(self.text, "{text}\n").expect("it grows");
    }

    fn part<T>(&mut self, title: &str, part: &Part<T>, write: impl FnOnce(&mut Self, &T)) {
        self.paragraph(format_args!("#### {title}"));
        match part {
            Part::Known(known) => write(self, known),
            Part::Unknown(why) => self.paragraph(format_args!("Not known: {}", said(why))),
        }
    }

    /// The first few of a list, and how many more there are; nothing of an empty one.
    fn list<T>(&mut self, most: usize, items: &[T], write: impl Fn(&T) -> String) {
        if items.is_empty() {
            return;
        }
        for item in items.iter().take(most) {
            self.line(format_args!("- {}", write(item)));
        }
        if items.len() > most {
            self.line(format_args!("- _and {} more_", items.len() - most));
        }
        self.line("");
    }

    fn titled_list<T>(&mut self, title: &str, items: &[T], write: impl Fn(&T) -> String) {
        if !items.is_empty() {
            self.paragraph(format_args!("{title}:"));
            self.list(self.detail.items, items, write);
        }
    }

    fn about(&mut self, card: &Card) {
        let mut about = vec![format!("A {} step by its number", word(card.step))];
        if !card.used_by.is_empty() {
            about.push(format!("asked for by {}", codes(&card.used_by)));
        }
        if !card.through.is_empty() {
            about.push(format!("asked for through {}", codes(&card.through)));
        }
        if let Some(registry) = &card.registry {
            about.push(format!("from the registry {}", code(registry)));
        }
        self.paragraph(format_args!("{}.", about.join("; ")));
    }

    fn touches(&mut self, touches: &Touches, api: Option<&Api>) {
        if touches.breaking == 0 {
            self.paragraph("No breaking change was found.");
        } else if touches.touching == 0 {
            let changes = count(touches.breaking, "breaking change");
            self.paragraph(format_args!(
                "Of {changes}, none was met in the code that was compiled."
            ));
        }
        for touch in touches.touches.iter().take(self.detail.touches) {
            self.touch(touch, api);
        }
        let more = touches.touches.len().saturating_sub(self.detail.touches);
        if more > 0 {
            self.paragraph(format_args!(
                "_And {} that touch you._",
                count(more, "more change")
            ));
        }
        self.titled_list("Only a build finds these", &touches.untraced, |untraced| {
            let item = change_at(api, untraced.change).map(|change| code(&change.item));
            format!("{}: {}", item.unwrap_or_default(), said(&untraced.why))
        });
        if !touches.checked.is_empty() {
            let checked: Vec<String> = touches.checked.iter().map(|what| plain(what)).collect();
            self.paragraph(format_args!(
                "Compiled to find that out: {}.",
                checked.join("; ")
            ));
        }
    }

    fn touch(&mut self, touch: &Touch, api: Option<&Api>) {
        if let Some(change) = change_at(api, touch.change) {
            let (what, both) = signatures(&change.message);
            let weight = weight(change, touch).map(|weight| format!(" ({weight})"));
            let weight = weight.unwrap_or_default();
            let what = said(&shortened(what, self.detail.text));
            self.paragraph(format_args!("**{}**: {what}{weight}", code(&change.item)));
            if let Some((before, after)) = both {
                let [before, after] = [before, after]
                    .map(|side| shortened(side, self.detail.text).replace('\n', " "));
                self.paragraph(format_args!("```diff\n- {before}\n+ {after}\n```"));
            }
        }
        let most = self.detail.text.min(200);
        self.list(self.detail.uses, &touch.uses, |used| used_at(used, most));
    }

    fn trial(&mut self, trial: &Trial) {
        let tests = match trial.passed {
            0 => "no test was run".to_owned(),
            passed => format!("{} passed", count(passed, "test")),
        };
        self.paragraph(format_args!(
            "Tried before and after: {}. With the new version {} built, {tests}.",
            plain(&trial.tried),
            count(trial.built, "target"),
        ));
        self.titled_list("Broken by the upgrade", &trial.broken, |broken| {
            let kind = if broken.test { "test " } else { "" };
            format!("{kind}{}", code(&broken.what))
        });
        self.list(self.detail.items, &trial.errors, error_line);
        let shown: Vec<&str> = trial.errors.iter().map(|e| e.rendered.trim_end()).collect();
        let shown = &shown[..shown.len().min(self.detail.errors)];
        if shown.iter().any(|text| !text.is_empty()) {
            self.details("As the compiler shows it", &fenced(&shown.join("\n\n")));
        }
        self.titled_list("New warnings of deprecation", &trial.deprecated, error_line);
        self.titled_list("Broken before, too", &trial.broken_already, |what| {
            code(what)
        });
        self.titled_list("Broken before, and not now", &trial.fixed, |what| {
            code(what)
        });
    }

    fn notes(&mut self, notes: &Notes) {
        let mut left = self.detail.entries;
        if notes.sections.is_empty() {
            self.paragraph("The changelog has no section of these versions.");
        }
        for section in &notes.sections {
            self.paragraph(format_args!("**{}**", section_title(section)));
            if section.entries.is_empty() {
                self.paragraph("_says nothing_");
            }
            let most = self.detail.text;
            self.list(left, &section.entries, |entry| {
                let mut head = Vec::new();
                if entry.breaking {
                    head.push("**breaking**".to_owned());
                }
                if !entry.names.is_empty() {
                    head.push(format!("you use {}", codes(&entry.names)));
                }
                let group = match entry.group.as_str() {
                    "" => String::new(),
                    group => format!("{}: ", plain(group)),
                };
                let head = match head.join(", ") {
                    head if head.is_empty() => String::new(),
                    head => format!(" ({head})"),
                };
                let text = self::entry(&shortened(entry.text.trim(), most));
                format!("{group}{}{head}", text.replace('\n', "\n  "))
            });
            left = left.saturating_sub(section.entries.len());
        }
        if !notes.unmentioned.is_empty() {
            let versions: Vec<String> = notes.unmentioned.iter().map(ToString::to_string).collect();
            self.paragraph(format_args!(
                "The changelog does not mention {}.",
                versions.join(", ")
            ));
        }
    }

    fn api(&mut self, api: &Api, touches: &Part<Touches>) {
        let promise = match api.promise {
            Promise::Kept => "The version number says so",
            Promise::Broken => "**The version number says less**",
        };
        let needs = word(api.needs);
        self.paragraph(format_args!(
            "The changes ask for a {needs} step. {promise}."
        ));
        if api.changes.is_empty() {
            return self.paragraph("No change was found.");
        }
        let counts = format!(
            "{}, {} breaking",
            count(api.changes.len(), "change"),
            breaking(api)
        );
        let places = |at: usize| {
            let touches = touches.known()?.touches.iter();
            let of_it: usize = touches
                .filter(|t| t.change == at)
                .map(|t| t.uses.len())
                .sum();
            (of_it > 0).then(|| count(of_it, "place"))
        };
        let mut table =
            "| step | item | what changed | touches you |\n|---|---|---|---|\n".to_owned();
        for (at, change) in api.changes.iter().enumerate().take(self.detail.rows) {
            let Change {
                bump,
                item,
                message,
                ..
            } = change;
            let what = said(&shortened(message, self.detail.text));
            let places = places(at).unwrap_or_default();
            let row = [word(*bump), &code(item), &what, &places].join(" | ");
            table.extend(["| ", &row, " |\n"]);
        }
        let more = api.changes.len().saturating_sub(self.detail.rows);
        if more > 0 {
            table.extend(["\n_and ", &count(more, "more change"), "_\n"]);
        }
        self.details(&counts, &table);
    }

    fn pulled(&mut self, pulled: &Pulled) {
        let Pulled {
            moved,
            duplicates,
            two_majors,
        } = pulled;
        if moved.is_empty() && duplicates.is_empty() && two_majors.is_empty() {
            return self.paragraph("Nothing else moves in `Cargo.lock`.");
        }
        for both in two_majors {
            let versions: Vec<String> = both
                .versions
                .iter()
                .map(|of| format!("{} for {}", of.version, codes(&of.users)))
                .collect();
            let mut line = format!(
                "**Two incompatible versions of {} in one build**: {}.",
                code(&both.krate),
                versions.join("; ")
            );
            if !both.types.is_empty() {
                line.extend([" No longer the same: ", &codes(&both.types), "."]);
            }
            if !both.first.is_empty() {
                line.extend([" To be released first: ", &codes(&both.first), "."]);
            }
            self.paragraph(line);
        }
        self.list(self.detail.items, moved, |moved| {
            let name = code(&moved.krate);
            let private = if moved.private { " (private)" } else { "" };
            match (&moved.from, &moved.to) {
                (Some(from), Some(to)) => format!("{name} {from} → {to}{private}"),
                (None, Some(to)) => format!("{name} {to} comes{private}"),
                (Some(from), None) => format!("{name} {from} goes{private}"),
                (None, None) => name,
            }
        });
        self.titled_list("In several versions now", duplicates, |twice| {
            let versions: Vec<String> = twice.versions.iter().map(ToString::to_string).collect();
            format!("{} {}", code(&twice.krate), versions.join(", "))
        });
    }

    /// What was not looked at.
    fn unseen(&mut self, card: &Card) {
        let lines = unseen(card);
        if !lines.is_empty() {
            self.paragraph("#### Not looked at");
            self.list(self.detail.items, &lines, |line| said(line));
        }
    }

    fn details(&mut self, summary: &str, text: &str) {
        self.paragraph(format_args!(
            "<details><summary>{summary}</summary>\n\n{text}\n</details>"
        ));
    }
}

fn used_at(used: &Use, most: usize) -> String {
    let mut line = code(&line_of(&used.place));
    if let Some(of) = &used.of {
        line = format!("in {}: {line}", code(of));
    }
    let text = code(&shortened(used.text.trim(), most));
    if !text.is_empty() {
        line.extend([" ", &text]);
    }
    let remarks = remarks(used);
    if !remarks.is_empty() {
        line.extend([" (", &remarks.join(", "), ")"]);
    }
    line
}

fn error_line(error: &CompilerError) -> String {
    let code_ = error.code.as_deref().map(|code| format!("[{code}] "));
    let place = error
        .place
        .as_ref()
        .map(|place| format!("{} ", code(&line_of(place))));
    format!(
        "{}{}{}",
        place.unwrap_or_default(),
        code_.map_or_else(String::new, |code| plain(&code)),
        said(&error.message)
    )
}

fn section_title(section: &Section) -> String {
    let date = section.date.map(|date| format!(", {date}"));
    let yanked = if section.yanked { ", yanked" } else { "" };
    format!("{}{}{yanked}", section.version, date.unwrap_or_default())
}

fn codes(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| code(name)).collect();
    names.join(", ")
}

/// A block of text as it is.
fn fenced(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max();
    let fence = "`".repeat(longest.unwrap_or_default().max(2) + 1);
    format!("{fence}text\n{text}\n{fence}\n")
}
