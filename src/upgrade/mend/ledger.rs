//! The renames that the ledgers of the new versions declare, and the uses that they are for.

use std::ops::Range;

use camino::Utf8Path;

use super::Reason;
use super::source::{Fix, Source};
use crate::cargo::{Diagnostic, plain_path};
use crate::manifest::{Deprecated, Deprecation};
use crate::syntax::{Token, TokenKind, lex};

/// The errors that say that a name is not there.
const MISSING: [&str; 11] = [
    "E0026", // a field in a pattern
    "E0405", // a trait
    "E0407", // a function of a trait, in an impl
    "E0412", // a type
    "E0425", // a function, a constant
    "E0432", // an import
    "E0433", // a path
    "E0438", // a constant of a trait, in an impl
    "E0560", // a field in a literal
    "E0599", // a method, an associated function, a variant
    "E0609", // a field
];

/// All renames of an upgrade.
#[derive(Debug, Default)]
pub(in super::super) struct Renames(Vec<OfCrate>);

#[derive(Debug)]
struct OfCrate {
    /// The names that code has for the crate: its own, and those of the service's manifests.
    names: Vec<String>,
    renames: Vec<Rename>,
}

/// An item that has another name now, its path without the crate.
#[derive(Debug, PartialEq, Eq)]
struct Rename {
    /// As the ledger writes it.
    item: String,
    owner: Vec<String>,
    old: String,
    new_owner: Vec<String>,
    new: String,
}

impl Renames {
    /// Adds those of the crate that code knows by `names`, the first being its own.
    pub(in super::super) fn add(&mut self, names: Vec<String>, ledger: &[Deprecation]) {
        let renames = ledger.iter().filter_map(|entry| match &entry.what {
            Deprecated::Item(item) => {
                Rename::read(names.first()?, item, entry.use_instead.as_ref()?)
            }
            Deprecated::Version(_) => None,
        });
        self.0.push(OfCrate {
            renames: renames.collect(),
            names,
        });
    }

    /// Does it say that an item of one of the crates is deprecated?
    pub(super) fn is_of_crates(&self, diagnostic: &Diagnostic) -> bool {
        let path = deprecated_path(diagnostic);
        let krate = path.as_ref().and_then(|path| path.first());
        krate.is_some_and(|krate| self.0.iter().any(|it| it.names.contains(krate)))
    }

    /// The edit at a place that a diagnostic names, if it is a use of an item that has another
    /// name now. `is_renamed` says whether a use of an item was renamed in the file before.
    pub(super) fn fix(
        &self,
        diagnostic: &Diagnostic,
        source: &Source,
        file: &Utf8Path,
        range: Range<usize>,
        is_renamed: &dyn Fn(&str) -> bool,
    ) -> Option<Fix> {
        let written = source.text()[range.clone()].trim_start_matches("r#");
        let mut known = self
            .0
            .iter()
            .flat_map(|of| of.renames.iter().map(move |it| (of, it)));
        let (of, rename) = known.find(|(of, rename)| {
            let is_meant = rename.is_deprecated(of, diagnostic)
                || rename.is_missing(of, diagnostic, &|| is_renamed(&rename.item));
            written == rename.old && is_meant
        })?;
        let (range, text) = rename.edit(of, source.text(), range, is_field(diagnostic))?;
        Some(Fix {
            edits: vec![(file.to_owned(), range, text)],
            reason: Reason::Ledger(rename.item.clone()),
        })
    }
}

impl Rename {
    /// Reads an entry: both sides must be paths. What is used instead may be written from the
    /// type on: `Policy::with`.
    fn read(krate: &str, item: &str, instead: &str) -> Option<Self> {
        let mut owner = path(item)?;
        if owner.len() < 2 || owner.remove(0) != krate {
            return None;
        }
        let old = owner.pop()?;
        let mut new_owner = path(instead)?;
        let new = new_owner.pop()?;
        if new_owner.first().is_some_and(|first| first == krate) {
            new_owner.remove(0);
        } else if !new_owner.is_empty() && owner.ends_with(&new_owner) {
            new_owner.clone_from(&owner);
        } else {
            return None;
        }
        Some(Self {
            item: item.to_owned(),
            owner,
            old,
            new_owner,
            new,
        })
    }

    fn is_deprecated(&self, of: &OfCrate, diagnostic: &Diagnostic) -> bool {
        let Some(path) = deprecated_path(diagnostic) else {
            return false;
        };
        let mut path = path.iter();
        let names_crate = path.next().is_some_and(|name| of.names.contains(name));
        names_crate && path.eq(self.owner.iter().chain([&self.old]))
    }

    /// Is it an error that the item is not there, by its own name and that of its type or module?
    fn is_missing(
        &self,
        of: &OfCrate,
        diagnostic: &Diagnostic,
        is_renamed: &dyn Fn() -> bool,
    ) -> bool {
        let code = diagnostic.code.as_ref().map(|it| it.code.as_str());
        if !code.is_some_and(|code| MISSING.contains(&code)) {
            return false;
        }
        let named = quoted_words(&diagnostic.message);
        let is_named = |name: &String| named.contains(&name.as_str());
        if !is_named(&self.old) {
            return false;
        }
        match self.owner.last() {
            // It was imported, and the import was renamed in an earlier round.
            _ if diagnostic.message.contains("in this scope") && named.len() == 1 => is_renamed(),
            Some(owner) => is_named(owner),
            None => of.names.iter().any(is_named),
        }
    }

    /// What comes where. An item that has moved is found only where its whole path is written.
    fn edit(
        &self,
        of: &OfCrate,
        text: &str,
        range: Range<usize>,
        is_field: bool,
    ) -> Option<(Range<usize>, String)> {
        let tokens = lex(text).ok()?;
        let at = tokens.iter().position(|token| token.range == range)?;
        if self.owner == self.new_owner {
            let new = if is_field && is_shorthand(text, &tokens, at) {
                format!("{}: {}", self.new, &text[range.clone()])
            } else {
                self.new.clone()
            };
            return Some((range, new));
        }
        let mut start = at;
        let mut written = vec![&text[range.clone()]];
        while let Some(before) = segment_before(&tokens, start) {
            start = before;
            written.insert(0, &text[tokens[start].range.clone()]);
        }
        let (krate, below) = written.split_first()?;
        let is_whole = of.names.iter().any(|name| name == krate)
            && below.iter().eq(self.owner.iter().chain([&self.old]));
        let path = [krate].into_iter().copied();
        let path = path.chain(self.new_owner.iter().chain([&self.new]).map(String::as_str));
        is_whole.then(|| {
            let path = path.collect::<Vec<_>>().join("::");
            (tokens[start].range.start..range.end, path)
        })
    }
}

/// Is it about a field?
fn is_field(diagnostic: &Diagnostic) -> bool {
    let code = diagnostic.code.as_ref().map(|it| it.code.as_str());
    matches!(code, Some("E0026" | "E0560")) || diagnostic.message.contains("deprecated field")
}

/// Does a field stand in its short form in a literal or pattern: `Policy { times }`?
fn is_shorthand(text: &str, tokens: &[Token], at: usize) -> bool {
    let token = |at: usize| tokens.get(at).map(|token| &text[token.range.clone()]);
    let before = at.checked_sub(1).and_then(token);
    matches!(before, Some("{" | "," | "ref" | "mut")) && matches!(token(at + 1), Some("}" | ","))
}

/// The token of the segment before the one at `at`: `b` before `c` in `a::b::c`.
fn segment_before(tokens: &[Token], at: usize) -> Option<usize> {
    let is_colon = |back: usize| {
        let token = at.checked_sub(back).and_then(|at| tokens.get(at));
        token.is_some_and(|token| matches!(token.kind, TokenKind::Punct(':', _)))
    };
    let before = at.checked_sub(3)?;
    (is_colon(1) && is_colon(2) && tokens[before].kind == TokenKind::Ident).then_some(before)
}

/// The path that a warning of deprecation names, without arguments.
fn deprecated_path(diagnostic: &Diagnostic) -> Option<Vec<String>> {
    let is_it = |code: &str| code == "deprecated";
    if !diagnostic.code.as_ref().is_some_and(|it| is_it(&it.code)) {
        return None;
    }
    let path = diagnostic.message.split('`').nth(1)?;
    let plain = plain_path(path);
    Some(plain.split("::").map(str::to_owned).collect())
}

/// The identifiers that a message has in quotes.
fn quoted_words(message: &str) -> Vec<&str> {
    let quoted = message.split('`').skip(1).step_by(2);
    let is_inside = |c: char| c.is_alphanumeric() || c == '_';
    let words = quoted.flat_map(|text| text.split(move |c| !is_inside(c)));
    words.filter(|word| !word.is_empty()).collect()
}

/// A path of identifiers, as a ledger writes it: perhaps in quotes, perhaps with `()`.
fn path(text: &str) -> Option<Vec<String>> {
    let text = text.trim().trim_matches('`');
    let text = text.strip_suffix("()").unwrap_or(text);
    let is_name = |name: &str| {
        let mut chars = name.chars();
        chars.next().is_some_and(|c| c.is_alphabetic() || c == '_')
            && chars.all(|c| c.is_alphanumeric() || c == '_')
    };
    let segments: Vec<&str> = text.split("::").collect();
    let all = segments.iter().all(|segment| is_name(segment));
    all.then(|| segments.into_iter().map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deprecation(item: &str, instead: &str) -> Deprecation {
        Deprecation {
            what: Deprecated::Item(item.to_owned()),
            since: None,
            reason: "It has another name".to_owned(),
            use_instead: Some(instead.to_owned()),
            until: None,
        }
    }

    fn diagnostic(code: &str, message: &str) -> Diagnostic {
        let json = serde_json::json!({
            "message": message, "code": { "code": code, "explanation": null }, "level": "error",
            "spans": [], "children": [], "rendered": null,
        });
        serde_json::from_value(json).unwrap()
    }

    /// The text after the fix at `«…»`, if there is one.
    fn fixed(entry: (&str, &str), code: &str, message: &str, text: &str) -> Option<String> {
        let mut renames = Renames::default();
        let names = vec!["acme_retry".to_owned(), "retry".to_owned()];
        renames.add(names, &[deprecation(entry.0, entry.1)]);
        let start = text.find('«').unwrap();
        let end = text.find('»').unwrap() - '«'.len_utf8();
        let text = text.replace(['«', '»'], "");
        let source = Source::new(text.clone());
        let diagnostic = diagnostic(code, message);
        let fix = renames.fix(
            &diagnostic,
            &source,
            "src/main.rs".into(),
            start..end,
            &|_| false,
        )?;
        let (_, range, new) = fix.edits.into_iter().next().unwrap();
        let mut text = text;
        text.replace_range(range, &new);
        Some(text)
    }

    const NEW: (&str, &str) = ("acme_retry::Policy::new", "acme_retry::Policy::with");
    const TIMES: (&str, &str) = ("acme_retry::times", "`acme_retry::attempts()`");
    const FIELD: (&str, &str) = ("acme_retry::Policy::times", "Policy::attempts");
    const MOVED: (&str, &str) = ("acme_retry::old::Policy", "acme_retry::new::Policy");

    #[test]
    fn uses_of_renamed_items_are_renamed() {
        let deprecated =
            "use of deprecated associated function `acme_retry::Policy::<T>::new`: why";
        let cases = [
            (
                NEW,
                "deprecated",
                deprecated,
                "Policy::«new»(3)",
                "Policy::with(3)",
            ),
            (
                NEW,
                "E0599",
                "no function or associated item named `new` found for struct `Policy<T>` in the current scope",
                "p::Policy::«new»(3)",
                "p::Policy::with(3)",
            ),
            (
                TIMES,
                "E0432",
                "unresolved imports `retry::times`, `retry::gone`",
                "use retry::{«times», gone};",
                "use retry::{attempts, gone};",
            ),
            (
                TIMES,
                "E0425",
                "cannot find function `times` in crate `retry`",
                "retry::«times»()",
                "retry::attempts()",
            ),
            (
                FIELD,
                "E0560",
                "struct `Policy` has no field named `times`",
                "Policy { «times», other: 1 }",
                "Policy { attempts: times, other: 1 }",
            ),
            (
                FIELD,
                "E0609",
                "no field `times` on type `&Policy`",
                "vec![{ p.«times» }, 1]",
                "vec![{ p.attempts }, 1]",
            ),
            (
                MOVED,
                "deprecated",
                "use of deprecated struct `acme_retry::old::Policy`",
                "use retry::old::«Policy»;",
                "use retry::new::Policy;",
            ),
        ];
        for (entry, code, message, before, after) in cases {
            let text = fixed(entry, code, message, before);
            assert_eq!(text.as_deref(), Some(after), "{message}");
        }
    }

    #[test]
    fn what_is_not_surely_meant_stays() {
        let cases = [
            // Another crate's, another type's, another token, another place, no path instead.
            (
                NEW,
                "deprecated",
                "use of deprecated function `other::Policy::new`",
                "Policy::«new»()",
            ),
            (
                NEW,
                "E0599",
                "no method named `new` found for struct `Other`",
                "Other::«new»()",
            ),
            (
                NEW,
                "deprecated",
                "use of deprecated function `acme_retry::Policy::new`",
                "«make»!()",
            ),
            (
                TIMES,
                "E0425",
                "cannot find function `times` in this scope",
                "«times»()",
            ),
            (
                TIMES,
                "E0308",
                "mismatched types `times` `acme_retry`",
                "«times»()",
            ),
            (
                MOVED,
                "deprecated",
                "use of deprecated struct `acme_retry::old::Policy`",
                "use retry::old::{«Policy», B};",
            ),
            (
                ("acme_retry::times", "the field of the policy"),
                "E0425",
                "cannot find function `times` in crate `acme_retry`",
                "acme_retry::«times»()",
            ),
        ];
        for (entry, code, message, text) in cases {
            assert_eq!(fixed(entry, code, message, text), None, "{message}");
        }
    }
}
