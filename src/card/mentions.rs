//! The items that a piece of Markdown names.
//!
//! In code each name counts. In prose only what no English word looks like does: a path, a name
//! with an underscore or with a capital inside, a call. What is told of is compared by the end of
//! its path, for changelogs write `Policy::new` and seldom `acme_retry::Policy::new`.

use std::collections::BTreeSet;

use pulldown_cmark::{Event, Parser, Tag, TagEnd, TextMergeStream};

/// The names in a text, in its order.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Mentions(Vec<String>);

impl Mentions {
    pub(super) fn of(markdown: &str) -> Self {
        let mut names: Vec<String> = Vec::new();
        let mut in_code = false;
        for event in TextMergeStream::new(Parser::new(markdown)) {
            let (text, is_code) = match event {
                Event::Code(text) => (text, true),
                Event::Text(text) => (text, in_code),
                Event::Start(Tag::CodeBlock(_)) => {
                    in_code = true;
                    continue;
                }
                Event::End(TagEnd::CodeBlock) => {
                    in_code = false;
                    continue;
                }
                _ => continue,
            };
            for (name, is_call) in paths(&text) {
                let counts = is_code || is_call || is_code_like(name);
                if counts && !names.iter().any(|known| known == name) {
                    names.push(name.to_owned());
                }
            }
        }
        Self(names)
    }
}

/// The names among `mentions` that mean an item of `used`, or the type that a used item belongs
/// to.
pub(super) fn used_names(mentions: &Mentions, used: &BTreeSet<String>) -> Vec<String> {
    let means = |name: &&String| {
        let named: Vec<&str> = name.split("::").collect();
        used.iter().any(|path| {
            let path: Vec<&str> = path.split("::").collect();
            // The crate's own name says nothing of what is used of it.
            let is_item = path.len() > 1;
            let of_type = || type_of(&path).is_some_and(|it| it.ends_with(&named));
            is_item && (is_meant(&named, &path, mentions) || of_type())
        })
    };
    mentions.0.iter().filter(means).cloned().collect()
}

/// Does a name mean the item at a path? `new` alone may be any type's: then the type must be
/// named, too.
fn is_meant(named: &[&str], path: &[&str], mentions: &Mentions) -> bool {
    if !path.ends_with(named) {
        return false;
    }
    match (named, type_of(path)) {
        ([name], Some(of)) => {
            let of = of.last().copied().unwrap_or_default();
            let names_type = |other: &String| other.split("::").any(|part| part == of);
            is_type(name) || name.contains('_') || mentions.0.iter().any(names_type)
        }
        _ => true,
    }
}

/// The path of the type, if the last part of a path is something of a type's.
fn type_of<'a>(path: &'a [&'a str]) -> Option<&'a [&'a str]> {
    let (_, of) = path.split_last()?;
    of.last().is_some_and(|name| is_type(name)).then_some(of)
}

fn is_type(name: &str) -> bool {
    name.starts_with(char::is_uppercase)
}

/// Has a word a form that no English word has?
fn is_code_like(name: &str) -> bool {
    let letters: Vec<char> = name.chars().collect();
    let hump = letters
        .windows(2)
        .any(|it| it[0].is_lowercase() && it[1].is_uppercase());
    // `HTTPClient`; not the plural of an acronym, `URLs`.
    let acronym = letters.windows(4).any(|it| {
        it[0].is_uppercase() && it[1].is_uppercase() && it[2].is_lowercase() && it[3].is_lowercase()
    });
    name.contains("::") || name.trim_matches('_').contains('_') || hump || acronym
}

/// The names and paths in a text, and whether each is called there.
fn paths(text: &str) -> Vec<(&str, bool)> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = text[at..].find(is_part).map(|skip| at + skip) {
        let mut end = start;
        loop {
            let rest = &text[end..];
            end += rest.find(|c| !is_part(c)).unwrap_or(rest.len());
            let next = text[end..].strip_prefix("::");
            if next.is_some_and(|next| next.starts_with(is_part)) {
                end += 2;
            } else {
                break;
            }
        }
        let rest = &text[end..];
        found.push((
            &text[start..end],
            rest.starts_with("()") || rest.starts_with("!("),
        ));
        at = end;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const USED: [&str; 7] = [
        "acme_retry",
        "acme_retry::Policy",
        "acme_retry::Policy::new",
        "acme_retry::backoff::Exponential::max_delay",
        "acme_retry::times",
        "acme_retry::RetryError::Timeout",
        "acme_retry::retry",
    ];

    fn check(markdown: &str) -> String {
        let used = USED.iter().map(|path| (*path).to_owned()).collect();
        used_names(&Mentions::of(markdown), &used).join(", ")
    }

    #[test]
    fn items_in_code_are_named() {
        assert_eq!(check("`Policy::new` takes a `Duration`"), "Policy::new");
        assert_eq!(check("`Policy` is `Clone`"), "Policy");
        assert_eq!(check("`acme_retry::times()` counts"), "acme_retry::times");
        assert_eq!(check("[`times`](https://a.example) is faster"), "times");
        assert_eq!(check("`max_delay` is a `Duration`"), "max_delay");
        assert_eq!(check("`let p: Vec<Policy> = all();`"), "Policy");
        assert_eq!(check("`retry!` takes a block"), "retry");
        // The type of what is used.
        assert_eq!(
            check("`Exponential` and `RetryError` are `Send`"),
            "Exponential, RetryError"
        );
        assert_eq!(
            check("As here:\n\n```rust\nlet p = Policy::new();\n```"),
            "Policy::new"
        );
    }

    #[test]
    fn others_are_not() {
        assert_eq!(check("`Client::new` and `new` are const"), "");
        assert_eq!(check("`Policy::with_jitter` is new"), "");
        assert_eq!(check("`policy` of `NewPolicy` in `acme_retry`"), "");
        assert_eq!(check("`Policy`: `new` is const"), "Policy, new");
    }

    #[test]
    fn prose_names_only_what_no_english_word_looks_like() {
        assert_eq!(
            check("Policy changes: retry more times, with a Timeout"),
            ""
        );
        assert_eq!(
            check("RetryError says more; so does Policy::new."),
            "RetryError, Policy::new"
        );
        assert_eq!(
            check("The max_delay of times() is real"),
            "max_delay, times"
        );
        assert_eq!(check("Retry! Many times."), "");
        assert!(!is_code_like("URLs") && is_code_like("HTTPClient"));
    }
}
