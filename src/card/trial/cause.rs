//! Which change of the API an error comes from.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use camino::Utf8Path;

use crate::model::{Change, Place};

use super::super::facts::Touch;
use super::shown::Shown;

/// The index of the change that causes an error: one that was found to touch the very place, or
/// else one whose item the compiler names. `package` is the folder of the new version's sources,
/// `acme-retry-2.0.0`.
pub(super) fn cause(
    shown: &Shown,
    changes: &[Change],
    touches: &[Touch],
    package: &str,
) -> Option<usize> {
    let words = Words::of(shown);
    let strength = |&index: &usize| {
        let change = changes.get(index);
        let strength = change.map_or(0, |change| words.strength(change, package));
        (strength, Reverse(index))
    };
    let main: Vec<&Place> = shown.error.place.iter().collect();
    let others: Vec<&Place> = shown.others.iter().collect();
    for places in [main, others] {
        for with_column in [true, false] {
            let meets = |touch: &&Touch| is_at(touch, &places, with_column);
            let touching = touches.iter().filter(meets).map(|touch| touch.change);
            if let Some(found) = touching.max_by_key(strength) {
                return Some(found);
            }
        }
    }
    let named = (0..changes.len()).filter(|index| strength(index).0 >= NAMED);
    named.max_by_key(strength)
}

fn is_at(touch: &Touch, places: &[&Place], with_column: bool) -> bool {
    let uses = touch.uses.iter().filter(|it| it.of.is_none());
    uses.map(|it| &it.place).any(|at| {
        let is_it = |place: &&&Place| {
            let same_line = place.file == at.file && place.line == at.line;
            same_line && (!with_column || place.column == at.column)
        };
        places.iter().any(|place| is_it(&place))
    })
}

/// As strong as what names a change must be.
const NAMED: u32 = 3;

/// What a message names.
struct Words<'a> {
    /// Between backticks.
    quoted: BTreeSet<&'a str>,
    /// Anywhere, the code that is shown included.
    all: BTreeSet<&'a str>,
    outside: &'a [Place],
}

impl<'a> Words<'a> {
    fn of(shown: &'a Shown) -> Self {
        let texts = [shown.error.message.as_str(), shown.error.rendered.as_str()];
        let quoted = |text: &'a str| text.split('`').skip(1).step_by(2).flat_map(words);
        Self {
            quoted: texts.into_iter().flat_map(quoted).collect(),
            all: texts.into_iter().flat_map(words).collect(),
            outside: &shown.outside,
        }
    }

    /// How much speaks for a change; from [`NAMED`] on enough to name it.
    fn strength(&self, change: &Change, package: &str) -> u32 {
        let segments: Vec<&str> = words(&change.item).collect();
        let Some((item, above)) = segments.split_last() else {
            return 0;
        };
        let mut strength = 0;
        let is_there = |place: &Place| self.outside.iter().any(|it| is_same(it, place, package));
        if change.after.as_ref().is_some_and(is_there) {
            strength += 8;
        }
        if self.quoted.contains(item) {
            strength += 4;
        } else if self.all.contains(item) {
            strength += 2;
        } else {
            return strength;
        }
        let krate = above.first().is_some_and(|krate| self.all.contains(krate));
        let parent = above.iter().skip(1).next_back();
        let is_type = |name: &&&str| name.starts_with(char::is_uppercase);
        match parent {
            Some(parent) if self.quoted.contains(parent) => strength += 2,
            Some(parent) if self.all.contains(parent) => strength += 1,
            // `new` and `len` are methods of many types.
            Some(parent) if is_type(&parent) && !krate => return 0,
            Some(_) | None => {}
        }
        strength + u32::from(krate)
    }
}

/// Is a place that the compiler shows the one that a change has, in the new version's sources?
fn is_same(shown: &Place, place: &Place, package: &str) -> bool {
    shown.line == place.line
        && shown
            .file
            .ends_with(Utf8Path::new(package).join(&place.file))
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    let parts = text.split(|c: char| !(c.is_alphanumeric() || c == '_'));
    parts.filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::super::super::facts::{Certainty, CompilerError, Now, Stand, Use};
    use super::*;
    use crate::model::Bump;

    const PACKAGE: &str = "acme-retry-2.0.0";

    fn place(text: &str) -> Place {
        let mut parts = text.split(':');
        let number = |part: Option<&str>| part.and_then(|p| p.parse().ok()).unwrap_or(1);
        Place {
            file: parts.next().expect("a file").into(),
            line: number(parts.next()),
            column: number(parts.next()),
        }
    }

    fn change(item: &str) -> Change {
        Change {
            bump: Bump::Major,
            code: "changed".to_owned(),
            item: item.to_owned(),
            message: String::new(),
            before: None,
            after: None,
        }
    }

    fn touch(change: usize, of: Option<&str>, at: &str) -> Touch {
        let it = Use {
            of: of.map(str::to_owned),
            place: place(at),
            text: String::new(),
            stand: Stand::Use,
            in_macro: false,
            now: Now::Untold,
        };
        Touch {
            change,
            certainty: Certainty::Breaks,
            uses: vec![it],
        }
    }

    fn error(at: &str, message: &str, rendered: &str) -> Shown {
        Shown {
            error: CompilerError {
                target: "svc (lib)".to_owned(),
                code: None,
                message: message.to_owned(),
                place: Some(place(at)),
                rendered: rendered.to_owned(),
                change: None,
            },
            others: Vec::new(),
            outside: Vec::new(),
        }
    }

    #[test]
    fn a_touched_place_is_the_cause() {
        let changes = [
            change("acme_retry::once"),
            change("acme_retry::Policy::times"),
        ];
        let by = |touches: &[Touch], shown: &Shown| cause(shown, &changes, touches, PACKAGE);
        let shown = error("src/lib.rs:7:9", "mismatched types", "let n: u8 = f();");
        assert_eq!(by(&[touch(1, None, "src/lib.rs:7:20")], &shown), Some(1));
        assert_eq!(by(&[touch(1, None, "src/lib.rs:8:9")], &shown), None);
        // The place is one of another crate.
        let elsewhere = touch(1, Some("acme-http 1.0.0"), "src/lib.rs:7:9");
        assert_eq!(by(&[elsewhere], &shown), None);
        // Of two at a line, the one at the column; or the one that is named.
        let both = [
            touch(0, None, "src/lib.rs:7:30"),
            touch(1, None, "src/lib.rs:7:9"),
        ];
        assert_eq!(by(&both, &shown), Some(1));
        let both = [
            touch(0, None, "src/lib.rs:7:30"),
            touch(1, None, "src/lib.rs:7:40"),
        ];
        let named = error("src/lib.rs:7:9", "expected `Policy`", "p.times()");
        assert_eq!(by(&both, &named), Some(1));
        assert_eq!(by(&both, &shown), Some(0));
        // Its other places count next.
        let mut shown = error("src/lib.rs:7:9", "mismatched types", "");
        shown.others.push(place("src/lib.rs:3:1"));
        assert_eq!(by(&[touch(0, None, "src/lib.rs:3:5")], &shown), Some(0));
    }

    #[test]
    fn a_named_item_is_the_cause() {
        let changes = [
            change("acme_retry::Error::Timeout"),
            change("acme_retry::Policy::new"),
            change("acme_retry::Policy::jitter"),
            change("acme_retry::backoff::wait"),
        ];
        let by = |message: &str, rendered: &str| {
            cause(
                &error("src/a.rs:1:1", message, rendered),
                &changes,
                &[],
                PACKAGE,
            )
        };
        let message = "non-exhaustive patterns: `acme_retry::Error::Timeout` not covered";
        assert_eq!(by(message, ""), Some(0));
        let message = "missing field `jitter` in initializer of `Policy`";
        assert_eq!(by(message, ""), Some(2));
        let message = "no function or associated item named `new` found for struct `Policy`";
        assert_eq!(by(message, ""), Some(1));
        let message = "cannot find function `wait` in module `acme_retry::backoff`";
        assert_eq!(by(message, ""), Some(3));
        // One that is like it, of another type.
        assert_eq!(by("no method named `new` found for struct `Vec`", ""), None);
        assert_eq!(by("this function takes 1 argument", "Vec::new(1)"), None);
        assert_eq!(
            by("this function takes 1 argument", "Policy::new(1)"),
            Some(1)
        );
    }

    #[test]
    fn a_definition_that_is_shown_is_the_cause() {
        let mut changes = [
            change("acme_retry::Policy::a"),
            change("acme_retry::Policy::b"),
        ];
        changes[1].after = Some(place("src/policy.rs:4:5"));
        let mut shown = error("src/lib.rs:1:1", "mismatched types", "");
        let file = "/home/ann/.cargo/registry/src/internal-0/acme-retry-2.0.0/src/policy.rs:4:12";
        shown.outside.push(place(file));
        assert_eq!(cause(&shown, &changes, &[], PACKAGE), Some(1));
        assert_eq!(cause(&shown, &changes, &[], "acme-retry-2.0.1"), None);
    }
}
