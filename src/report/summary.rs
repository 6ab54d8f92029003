//! A card as the message of a commit.

use super::text::visible;
use super::verdict::sentence;
use super::words::{change_at, line_of, unseen};
use crate::card::{Card, Part, Touch};
use crate::model::count;

/// So wide are the lines of a commit's message.
const WIDTH: usize = 72;

/// So many touches, and so many places of each, are named.
const FEW: usize = 5;

/// The card as the message of a commit: a subject, and lines of no more than 72 characters.
/// No line begins with a `#`, which git would take for a remark.
#[must_use]
pub fn summary(card: &Card) -> String {
    let card = visible(card);
    let mut lines = vec![subject(&card), String::new()];
    let sentence = sentence(&card);
    wrap(&mut lines, "", "", &format!("{}.", capitalised(&sentence)));
    if let Part::Known(touches) = &card.touches
        && !touches.touches.is_empty()
    {
        lines.push(String::new());
        for touch in touches.touches.iter().take(FEW) {
            write_touch(&mut lines, &card, touch);
        }
        let more = touches.touches.len().saturating_sub(FEW);
        if more > 0 {
            lines.push(format!("- and {}", count(more, "more change")));
        }
    }
    if let Part::Known(trial) = &card.trial
        && !trial.broken.is_empty()
    {
        lines.push(String::new());
        for broken in trial.broken.iter().take(FEW) {
            wrap(&mut lines, "- ", "  ", &format!("broken: {}", broken.what));
        }
        let more = trial.broken.len().saturating_sub(FEW);
        if more > 0 {
            lines.push(format!("- and {more} more"));
        }
    }
    let unseen = unseen(&card);
    if !unseen.is_empty() {
        lines.push(String::new());
        wrap(
            &mut lines,
            "",
            "",
            &format!("Not looked at: {}.", unseen.join("; ")),
        );
    }
    lines.join("\n") + "\n"
}

/// The subject, in the most words that fit.
fn subject(card: &Card) -> String {
    let Card {
        krate, from, to, ..
    } = card;
    let forms = [
        format!("Upgrade {krate} from {from} to {to}"),
        format!("Upgrade {krate} to {to}"),
        format!("Upgrade {krate}"),
    ];
    let fits = forms.iter().find(|form| form.chars().count() <= WIDTH);
    fits.map_or_else(|| cut(&forms[1]), Clone::clone)
}

fn write_touch(lines: &mut Vec<String>, card: &Card, touch: &Touch) {
    let item = match change_at(card.api.known(), touch.change) {
        Some(change) => format!("{} ({}):", change.item, change.code),
        None => "a change:".to_owned(),
    };
    wrap(lines, "- ", "  ", &item);
    for used in touch.uses.iter().take(FEW) {
        let of = used.of.as_deref().map(|of| format!("in {of}: "));
        let line = format!("{}{}", of.unwrap_or_default(), line_of(&used.place));
        wrap(lines, "    ", "    ", &line);
    }
    let more = touch.uses.len().saturating_sub(FEW);
    if more > 0 {
        lines.push(format!("    and {}", count(more, "more place")));
    }
}

/// Adds a text in lines, the first one indented by `first` and the others by `rest`.
fn wrap(lines: &mut Vec<String>, first: &str, rest: &str, text: &str) {
    let mut line = first.to_owned();
    let mut is_empty = true;
    for word in text.split_whitespace() {
        let gap = usize::from(!is_empty);
        if !is_empty && line.chars().count() + gap + word.chars().count() > WIDTH {
            lines.push(std::mem::replace(&mut line, rest.to_owned()));
            is_empty = true;
        }
        if !is_empty {
            line.push(' ');
        } else if line.is_empty() && word.starts_with('#') {
            line.push('\u{200b}');
        }
        line.push_str(word);
        is_empty = false;
    }
    lines.push(cut(&line));
}

/// A line whose one word is too long: its middle goes, for the end of a path says most.
fn cut(line: &str) -> String {
    let count = line.chars().count();
    if count <= WIDTH {
        return line.to_owned();
    }
    let begin = WIDTH / 3;
    let end = WIDTH - begin - 1;
    let head: String = line.chars().take(begin).collect();
    let tail: String = line.chars().skip(count - end).collect();
    format!("{head}…{tail}")
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(char::to_uppercase);
    first.into_iter().flatten().chain(chars).collect()
}
