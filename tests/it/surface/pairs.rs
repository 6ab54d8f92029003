//! The pairs of `tests/cases/semver`: a file a subject, each pair with what is expected of it.
//!
//! ```text
//! === name_of_the_pair
//! bump: major
//! codes: parameter-type-changed
//! --- before
//! pub fn f(x: u32) {}
//! --- after
//! pub fn f(x: u64) {}
//! --- consumer
//! fn g(x: u32) { lib::f(x) }
//! ```
//!
//! A consumer compiles with `before`, and with `after` unless the bump is major. `only: lints` or
//! `only: leaks` says that the signatures alone don't show it. Files whose names begin with
//! `manifest` hold manifests.

use std::path::Path;

use cargo_quarry::model::Bump;

/// One change, and what it asks for.
#[derive(Debug)]
pub struct Pair {
    pub name: String,
    pub bump: Bump,
    pub codes: Vec<String>,
    pub only: Option<String>,
    before: String,
    after: String,
    pub consumer: Option<String>,
    manifest: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Before,
    After,
}

impl Side {
    pub fn folder(self) -> &'static str {
        match self {
            Self::Before => "before",
            Self::After => "after",
        }
    }
}

impl Pair {
    pub fn source(&self, side: Side) -> &str {
        match side {
            Side::Before => &self.before,
            Side::After => &self.after,
        }
    }

    pub fn is_manifest(&self) -> bool {
        self.manifest
    }
}

/// All pairs; their names differ.
pub fn load_pairs() -> Vec<Pair> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/semver");
    let mut files: Vec<_> = folder
        .read_dir()
        .expect("a folder")
        .map(|e| e.expect("an entry").path())
        .collect();
    files.sort();
    let mut pairs: Vec<Pair> = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file).expect("a file");
        let manifest = file
            .file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with("manifest"));
        for text in text.split("=== ").skip(1) {
            pairs.push(parse(text, manifest));
        }
    }
    let mut names: Vec<&str> = pairs.iter().map(|pair| pair.name.as_str()).collect();
    names.sort_unstable();
    for two in names.windows(2) {
        assert_ne!(two[0], two[1], "two pairs of one name");
    }
    pairs
}

fn parse(text: &str, manifest: bool) -> Pair {
    let (head, body) = text
        .split_once("\n--- ")
        .unwrap_or_else(|| panic!("no parts: {text}"));
    let name = head.lines().next().expect("a name").trim().to_owned();
    let value = |key: &str| {
        let mut lines = head.lines();
        lines.find_map(|line| Some(line.strip_prefix(key)?.strip_prefix(':')?.trim().to_owned()))
    };
    let part = |name: &str| {
        let mut parts = body.split("\n--- ");
        parts.find_map(|part| {
            Some(format!(
                "{}\n",
                part.strip_prefix(name)?.strip_prefix('\n')?
            ))
        })
    };
    let bump = match value("bump").as_deref() {
        Some("major") => Bump::Major,
        Some("minor") => Bump::Minor,
        Some("patch") => Bump::Patch,
        other => panic!("{name}: {other:?}"),
    };
    let mut codes: Vec<String> = value("codes")
        .iter()
        .flat_map(|codes| codes.split_whitespace().map(str::to_owned))
        .collect();
    codes.sort_unstable();
    Pair {
        bump,
        codes,
        only: value("only"),
        before: part("before").unwrap_or_else(|| panic!("{name}: no before")),
        after: part("after").unwrap_or_else(|| panic!("{name}: no after")),
        consumer: part("consumer"),
        manifest,
        name,
    }
}
