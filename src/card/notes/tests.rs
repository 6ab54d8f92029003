use std::fmt::Write as _;

use insta::assert_snapshot;

use super::*;
use crate::registry::{parse_index, unpack_crate};

/// A package with these files beside its manifest.
fn package(files: &[(&str, &[u8])]) -> Vec<PackageFile> {
    let gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let mut tarball = tar::Builder::new(gzip);
    let manifest = ("Cargo.toml", &b"[package]\nname = \"a\"\n"[..]);
    for (name, text) in [manifest].iter().chain(files) {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        let path = format!("a-1.0.0/{name}");
        tarball
            .append_data(&mut header, path, *text)
            .expect("a file");
    }
    let bytes = tarball
        .into_inner()
        .and_then(flate2::write::GzEncoder::finish);
    unpack_crate(&bytes.expect("a tarball")).expect("a package")
}

/// The notes of a package with that changelog, from and to these versions of a registry that has
/// 1.0.0, 1.1.0, 1.2.0 (yanked), 2.0.0-rc.1, 2.0.0 and 3.0.0.
fn check(files: &[(&str, &[u8])], from: &str, to: &str) -> String {
    let line = |version: &str| {
        let yanked = version == "1.2.0";
        format!(
            r#"{{"name":"a","vers":"{version}","deps":[],"features":{{}},"cksum":"","yanked":{yanked}}}"#
        )
    };
    let versions = ["1.0.0", "1.1.0", "1.2.0", "2.0.0-rc.1", "2.0.0", "3.0.0"];
    let entries = parse_index("a", &versions.map(line).join("\n")).expect("an index");
    let version = |text: &str| text.parse::<Version>().expect("a version");
    let used = ["a::Policy", "a::Policy::new", "a::times"];
    let used = used.map(str::to_owned).into();
    let notes = notes(
        &package(files),
        &entries,
        &version(from),
        &version(to),
        &used,
    );
    match notes {
        Part::Known(notes) => shown(&notes),
        Part::Unknown(why) => format!("unknown: {why}"),
    }
}

fn shown(notes: &Notes) -> String {
    let mut out = String::new();
    for section in &notes.sections {
        let date = section
            .date
            .map_or_else(String::new, |date| format!(" {date}"));
        let yanked = if section.yanked { " yanked" } else { "" };
        writeln!(out, "{}{date}{yanked}", section.version).expect("a string");
        for entry in &section.entries {
            let mark = if entry.breaking { "!" } else { " " };
            let names = match entry.names.as_slice() {
                [] => String::new(),
                names => format!(" <- {}", names.join(", ")),
            };
            writeln!(out, " {mark} {}: {:?}{names}", entry.group, entry.text).expect("a string");
        }
    }
    let silent: Vec<String> = notes.unmentioned.iter().map(ToString::to_string).collect();
    writeln!(out, "unmentioned: {}", silent.join(", ")).expect("a string");
    out
}

const CHANGELOG: &[u8] = b"# Changelog

## [Unreleased]

### Added

- Something to come

## [3.0.0]

- Later

## [2.0.0] - 2026-01-31

### Added

- `Policy::with_jitter`
- times() takes any number

### Removed

- `Policy::new`: use `Policy::times`

## 1.2.0 (2025-12-01)

Fixes the policy of retries.

## [1.0.0]

- First
";

#[test]
fn sections_between_are_told_newest_and_breaking_first() {
    let files = [("CHANGELOG.md", CHANGELOG)];
    assert_snapshot!(check(&files, "1.0.0", "2.0.0"), @r#"
    2.0.0 2026-01-31
     ! Removed: "`Policy::new`: use `Policy::times`" <- Policy::new
       Added: "`Policy::with_jitter`"
       Added: "times() takes any number" <- times
    1.2.0 2025-12-01 yanked
       : "Fixes the policy of retries."
    unmentioned: 1.1.0
    "#);
    // A pre-release counts where it is on offer.
    assert_snapshot!(check(&files, "1.1.0", "2.0.0-rc.1"), @r#"
    1.2.0 2025-12-01 yanked
       : "Fixes the policy of retries."
    unmentioned: 2.0.0-rc.1
    "#);
}

#[test]
fn a_yank_may_be_the_changelogs_word() {
    let files = [(
        "Changes.md",
        &b"## [2.0.0] - 2026-01-31 [YANKED]\n\n- It\n"[..],
    )];
    assert_snapshot!(check(&files, "1.2.0", "2.0.0"), @r#"
    2.0.0 2026-01-31 yanked
       : "It"
    unmentioned: 
    "#);
}

#[test]
fn what_is_not_known_is_said() {
    let told = [
        check(&[("docs/CHANGELOG.md", CHANGELOG)], "1.0.0", "2.0.0"),
        check(&[("CHANGELOG.md", b"# News\n\nNone.\n")], "1.0.0", "2.0.0"),
        check(
            &[("Changelog.md", b"# 1.0.0\n\n# 1.0.0\n")],
            "1.0.0",
            "2.0.0",
        ),
        check(&[("CHANGELOG.md", b"\xff\xfe")], "1.0.0", "2.0.0"),
        check(&[("CHANGELOG.md", CHANGELOG)], "2.0.0", "1.0.0"),
    ];
    assert_snapshot!(told.join("\n"), @"
    unknown: the package has no CHANGELOG.md
    unknown: CHANGELOG.md is no changelog: no heading names a version
    unknown: Changelog.md is no changelog: line 3 has `1.0.0` a second time, after line 1
    unknown: CHANGELOG.md is not UTF-8 text
    unknown: 1.0.0 is older than 2.0.0: its changelog does not know what is taken back
    ");
}
