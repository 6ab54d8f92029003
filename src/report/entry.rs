//! Texts of others in GitHub's Markdown: what they say is kept, and nobody is called by it.
//!
//! GitHub turns `@name` into a call of that person and `#12` into a link that the issue 12 shows;
//! neither is meant for the repository that the comment is in. A character without width after
//! the sign keeps both from it.

use std::borrow::Cow;
use std::ops::Range;

use pulldown_cmark::{CowStr, Event, Options, Parser, Tag, TagEnd};

use super::text::pieces;

/// The character without width.
const APART: &str = "&#8203;";

/// An entry of a changelog: its Markdown, without HTML, images and links to other than the web.
/// Its blocks are its own where each of its lines is indented as an item of a list.
pub(super) fn entry(text: &str) -> String {
    let made = edited(text);
    // What escapes undo may have become something: rather show it as it is written.
    if is_harmless(&made) {
        made
    } else {
        plain(text)
    }
}

/// Text that means nothing to Markdown, within a line.
pub(super) fn plain(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '@' => escaped.extend(["@", APART]),
            '#' => escaped.extend(["\\#", APART]),
            '\n' | '\t' => escaped.push(' '),
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '~' | '&' | '$' | '!' => {
                escaped.extend(['\\', c]);
            }
            c => escaped.push(c),
        }
    }
    escaped
}

/// Code within a line, in a table, too.
pub(super) fn code(text: &str) -> String {
    let text = text.trim().replace(['\n', '\t'], " ").replace('|', "\\|");
    if text.is_empty() {
        return String::new();
    }
    let longest = text.split(|c| c != '`').map(str::len).max();
    let fence = "`".repeat(longest.unwrap_or_default() + 1);
    let pad = if fence.len() > 1 { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// A message with code in backticks.
pub(super) fn said(message: &str) -> String {
    let pieces = pieces(message);
    let pieces = pieces.iter().map(|piece| {
        if piece.code {
            code(piece.text)
        } else {
            plain(piece.text)
        }
    });
    pieces.collect()
}

fn parser(text: &str) -> Parser<'_> {
    let options =
        Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS;
    Parser::new_ext(text, options)
}

/// The text with its edits made.
fn edited(text: &str) -> String {
    let mut made = String::with_capacity(text.len());
    let mut done = 0;
    for (range, with) in edits(text) {
        if range.start < done {
            continue;
        }
        made.push_str(&text[done..range.start]);
        made.push_str(&with);
        done = range.end;
    }
    made.push_str(&text[done..]);
    made
}

fn edits(text: &str) -> Vec<(Range<usize>, Cow<'static, str>)> {
    let mut edits = Vec::new();
    let mut in_code = false;
    for (event, range) in parser(text).into_offset_iter() {
        let first = range.start..range.start;
        match event {
            Event::Start(Tag::CodeBlock(_)) => in_code = true,
            Event::End(TagEnd::CodeBlock) => in_code = false,
            Event::Html(_) | Event::InlineHtml(_) => {
                edits.push((range.clone(), literal(&text[range]).into()));
            }
            Event::Text(said) if !in_code => {
                if let Some(apart) = kept_apart(&said, &text[range.clone()]) {
                    edits.push((range, apart.into()));
                }
            }
            // A link to the picture is left.
            Event::Start(Tag::Image { .. }) => {
                edits.push((range.start..range.start + 1, "".into()));
            }
            Event::Start(Tag::Link { dest_url, .. }) if !is_web(&dest_url) => {
                edits.push((first, "\\".into()));
            }
            _ => {}
        }
    }
    edits.sort_by_key(|(range, _)| (range.start, range.end));
    edits
}

/// Text with its signs kept apart from what follows; none if it has none.
fn kept_apart(said: &str, written: &str) -> Option<String> {
    if !said.contains(['@', '#']) {
        return None;
    }
    if said != written {
        return Some(plain(said));
    }
    let mut apart = String::with_capacity(said.len() + APART.len());
    for c in said.chars() {
        apart.push(c);
        if matches!(c, '@' | '#') {
            apart.push_str(APART);
        }
    }
    Some(apart)
}

/// HTML, to be read.
fn literal(html: &str) -> String {
    let mut escaped = String::with_capacity(html.len() * 2);
    let ending = if html.ends_with('\n') { "\n" } else { "" };
    for c in html.trim().chars() {
        match c {
            '@' => escaped.extend(["@", APART]),
            '#' => escaped.extend(["\\#", APART]),
            c if c.is_ascii_punctuation() => escaped.extend(['\\', c]),
            c => escaped.push(c),
        }
    }
    escaped + ending
}

fn is_harmless(text: &str) -> bool {
    let mut in_code = false;
    parser(text).all(|event| match event {
        Event::Html(_) | Event::InlineHtml(_) | Event::Start(Tag::Image { .. }) => false,
        Event::Start(Tag::Link { dest_url, .. }) => is_web(&dest_url),
        Event::Start(Tag::CodeBlock(_)) => {
            in_code = true;
            true
        }
        Event::End(TagEnd::CodeBlock) => {
            in_code = false;
            true
        }
        Event::Text(text) => in_code || !calls(&text),
        _ => true,
    })
}

/// Is there a sign that a word follows?
fn calls(text: &CowStr<'_>) -> bool {
    let mut signs = text.match_indices(['@', '#']);
    signs.any(|(at, sign)| {
        let next = text[at + sign.len()..].chars().next();
        next.is_some_and(char::is_alphanumeric)
    })
}

fn is_web(url: &str) -> bool {
    let url = url.to_ascii_lowercase();
    url.starts_with("https://") || url.starts_with("http://")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_entry_keeps_what_it_says() {
        for (text, expected) in [
            (
                "`Policy::new` takes *a* `Limit`.",
                "`Policy::new` takes *a* `Limit`.",
            ),
            (
                "by @ann in #12, C#",
                "by @&#8203;ann in #&#8203;12, C#&#8203;",
            ),
            ("`@ann` and `#12`", "`@ann` and `#12`"),
            ("&#64;ann", "@&#8203;ann"),
            ("a Vec<T> b", "a Vec\\<T\\> b"),
            ("<!-- x -->", "\\<\\!\\-\\- x \\-\\-\\>"),
            ("<details>\n@x", "\\<details\\>\n@&#8203;x"),
            ("[a](https://x.dev)", "[a](https://x.dev)"),
            ("[a](javascript:x)", "\\[a](javascript:x)"),
            ("![a](https://x.dev/i.png)", "[a](https://x.dev/i.png)"),
            ("```\n<b> @x\n```", "```\n<b> @x\n```"),
        ] {
            assert_eq!(entry(text), expected);
        }
    }

    #[test]
    fn code_is_fenced_by_more_backticks_than_it_has() {
        assert_eq!(code("a"), "`a`");
        assert_eq!(code("a`b"), "`` a`b ``");
        assert_eq!(code("``"), "``` `` ```");
        assert_eq!(code("|a| b"), "`\\|a\\| b`");
        assert_eq!(code(" "), "");
        assert_eq!(said("`a` was <b>"), "`a` was \\<b\\>");
    }

    proptest! {
        #[test]
        fn whatever_an_entry_says_is_harmless(
            text in r#"([<>!"'=`#*\[\]()\n /&;:@\\-]|script|a|12|https://x|javascript:|&#64;|    ){0,40}"#
        ) {
            prop_assert!(is_harmless(&entry(&text)), "{}", entry(&text));
            prop_assert!(is_harmless(&plain(&text)), "{}", plain(&text));
        }
    }
}
