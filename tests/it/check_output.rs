//! `check` and `explain`: what they write, for whom, and how they end.

use std::collections::BTreeMap;
use std::path::Path;

use crate::check::{Seen, check, commit, edit, library, manifest};
use crate::registry_server::texts;
use crate::sandbox::{QUARRY, Sandbox};

fn waiver(fields: &str) -> String {
    format!("\n[[package.metadata.quarry.waivers]]\n{fields}\n")
}

fn with_waivers(sandbox: &Sandbox, waivers: &[&str]) -> Seen {
    let waivers: String = waivers.iter().map(|fields| waiver(fields)).collect();
    let without_lints = manifest(sandbox).replace("[lints.rust]", "[package.metadata.x]");
    sandbox.write("lib/Cargo.toml", &(without_lints + &waivers));
    check(sandbox, &[])
}

#[test]
fn findings_are_waived_until_a_day() {
    let sandbox = Sandbox::new();
    library(&sandbox);
    let waived = "code = \"no-lints\"\nreason = \"generated\"\nuntil = 2026-01-01";
    let seen = with_waivers(&sandbox, &[waived]);
    assert_eq!(seen.codes, ["waived no-lints"], "{}", seen.all());
    assert!(
        seen.stdout
            .contains("  reason: generated (until 2026-01-01)"),
        "{}",
        seen.stdout
    );
    assert!(seen.stderr.contains("1 waived"), "{}", seen.stderr);

    let ended = "code = \"no-lints\"\nreason = \"generated\"\nuntil = \"2025-12-31\"";
    let seen = with_waivers(&sandbox, &[ended]);
    assert_eq!(
        seen.codes,
        ["error waiver-expired", "warning no-lints"],
        "{}",
        seen.all()
    );
    assert_eq!(seen.exit, Some(1));

    let unused = "code = \"no-readme\"\nreason = \"x\"\nuntil = 2026-06-30";
    let seen = with_waivers(&sandbox, &[waived, unused]);
    assert_eq!(
        seen.codes,
        ["warning waiver-unused", "waived no-lints"],
        "{}",
        seen.all()
    );
    assert_eq!(seen.exit, Some(0));

    for (wrong, says) in [
        (
            "code = \"no-lints\"\nreason = \"x\"",
            "a waiver needs a `until`",
        ),
        (
            "code = \"no-lint\"\nreason = \"x\"\nuntil = 2026-06-30",
            "did you mean `no-lints`",
        ),
        (
            "code = \"no-lints\"\nwhy = \"x\"\nuntil = 2026-06-30",
            "a waiver has no `why`",
        ),
        (
            "code = \"waiver-unused\"\nreason = \"x\"\nuntil = 2026-06-30",
            "cannot be waived",
        ),
    ] {
        let seen = with_waivers(&sandbox, &[wrong]);
        assert_eq!(
            seen.codes,
            ["error waiver-invalid", "warning no-lints"],
            "{}",
            seen.all()
        );
        assert!(seen.stdout.contains(says), "{}", seen.stdout);
        assert!(
            seen.stdout.contains("  --> Cargo.toml:16:1"),
            "{}",
            seen.stdout
        );
    }
    sandbox.write(
        "lib/Cargo.toml",
        &(manifest(&sandbox) + "[package.metadata.quarry]\nwaivers = 1\n"),
    );
    let seen = check(&sandbox, &[]);
    assert_eq!(seen.codes, ["error waiver-invalid"], "{}", seen.all());
}

#[test]
fn a_waiver_for_a_part_that_was_skipped_is_not_unused() {
    let sandbox = Sandbox::new();
    library(&sandbox);
    // Nothing says that the advisory is gone: cargo-deny was not run.
    let fields = "code = \"denied-advisory\"\nreason = \"x\"\nuntil = 2026-06-30";
    sandbox.write("lib/Cargo.toml", &(manifest(&sandbox) + &waiver(fields)));
    let seen = check(&sandbox, &[]);
    assert!(seen.codes.is_empty(), "{}", seen.all());
}

#[test]
fn json_has_it_all_and_is_versioned() {
    let sandbox = Sandbox::new();
    library(&sandbox);
    edit(&sandbox, "Cargo.toml", "description = \"Retries\"\n", "");
    let seen = check(&sandbox, &["--message-format", "json", "--github"]);
    assert_eq!(seen.exit, Some(1));
    let document: serde_json::Value = serde_json::from_str(&seen.stdout).expect("JSON");
    assert_eq!(document["version"], 1);
    assert_eq!(document["errors"], 1);
    let package = &document["packages"][0];
    assert_eq!(package["name"], "acme-retry");
    assert_eq!(package["version"], "1.2.0");
    assert_eq!(package["baseline"], serde_json::Value::Null);
    let finding = &package["findings"][0];
    assert_eq!(finding["code"], "no-description");
    assert_eq!(finding["severity"], "error");
    assert_eq!(finding["places"][0]["file"], "Cargo.toml");
    assert_eq!(finding["places"][0]["line"], 2);
    let skipped: Vec<&str> = package["skipped"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|skipped| skipped["part"].as_str())
        .collect();
    assert_eq!(skipped, ["baseline", "licences and advisories"]);
    // Annotations would spoil the document.
    assert!(
        seen.stderr
            .contains("::error file=Cargo.toml,line=2,col=8,title=no-description::")
    );
}

#[test]
fn github_gets_annotations_with_paths_of_the_repository() {
    let sandbox = Sandbox::new();
    library(&sandbox);
    // The package may stand below the top of the repository.
    let inner = manifest(&sandbox).replace("[lints.rust]", "[package.metadata.x]");
    for file in [
        "README.md",
        "LICENSE",
        "CHANGELOG.md",
        "Cargo.lock",
        "src/lib.rs",
    ] {
        let text = sandbox.read(&format!("lib/{file}"));
        sandbox.write(&format!("lib/deep/{file}"), &text);
    }
    sandbox.write("lib/deep/Cargo.toml", &inner);
    let run = |variable: &str| {
        let mut command = sandbox.command(QUARRY, "lib/deep");
        command.env("GITHUB_ACTIONS", variable);
        Seen::of(&command.arg("check").output().expect("it starts"))
    };
    let annotation = "::warning file=deep/Cargo.toml,line=2,col=8,title=no-lints::the manifest has no `[lints]`%0Ahelp: ";
    assert!(
        run("true").stdout.contains(annotation),
        "{}",
        run("true").all()
    );
    let without = run("");
    assert!(!without.stdout.contains("::"), "{}", without.all());
    assert!(
        without.stdout.contains("  --> deep/Cargo.toml:2:8"),
        "{}",
        without.all()
    );
}

#[test]
fn exit_codes_are_what_help_says() {
    let sandbox = Sandbox::new();
    library(&sandbox);
    assert_eq!(check(&sandbox, &["--deny-warnings"]).exit, Some(0));
    edit(
        &sandbox,
        "Cargo.toml",
        "[lints.rust]",
        "[package.metadata.x]",
    );
    assert_eq!(check(&sandbox, &[]).exit, Some(0));
    assert_eq!(check(&sandbox, &["--deny-warnings"]).exit, Some(1));
    assert_eq!(check(&sandbox, &["--no-such-flag"]).exit, Some(2));
    let seen = check(&sandbox, &["-p", "nothing"]);
    assert_eq!(seen.exit, Some(101));
    assert!(
        seen.stderr
            .contains("the workspace has no package `nothing`"),
        "{}",
        seen.stderr
    );
    assert!(
        seen.stderr.contains("help: it has acme-retry"),
        "{}",
        seen.stderr
    );
    std::fs::create_dir(sandbox.path("empty")).expect("a folder");
    let stderr = sandbox.quarry_fails(&["check"], "empty", 101);
    assert!(stderr.contains("there is no `Cargo.toml` in"), "{stderr}");
    let seen = check(&sandbox, &["--baseline", "nonsense"]);
    assert_eq!(seen.exit, Some(101));
    assert!(
        seen.stderr.contains("`nonsense` is no baseline"),
        "{}",
        seen.stderr
    );
}

#[test]
fn without_git_it_says_what_it_can() {
    let sandbox = Sandbox::new();
    library(&sandbox);
    std::fs::remove_dir_all(sandbox.path("lib/.git")).expect("it is there");
    let seen = check(&sandbox, &[]);
    assert!(
        seen.codes.is_empty() && seen.exit == Some(0),
        "{}",
        seen.all()
    );
}

#[test]
fn nothing_is_written_but_to_the_target_folder() {
    let sandbox = Sandbox::new();
    library(&sandbox);
    sandbox.git(&["tag", "v1.1.0"], "lib");
    sandbox.write("lib/src/new.rs", "//! New.\n");
    let unchanged = || {
        let before = files(&sandbox.path("lib"));
        for args in [&[][..], &["--offline"], &["--build-package"]] {
            check(&sandbox, args);
            assert_eq!(files(&sandbox.path("lib")), before, "{args:?}");
        }
    };
    unchanged();
    // Cargo would like to write a lock file that is stale, or missing.
    edit(&sandbox, "Cargo.toml", "1.2.0", "1.2.1");
    unchanged();
    std::fs::remove_file(sandbox.path("lib/Cargo.lock")).expect("it is there");
    commit(&sandbox, "Without a lock file");
    unchanged();
}

/// All files but those of the target folder, with their content.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in next.read_dir().expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() && !path.ends_with("target") {
                folders.push(path);
            } else if path.is_file() {
                found.insert(
                    path.display().to_string(),
                    std::fs::read(&path).expect("a file"),
                );
            }
        }
    }
    found
}

#[test]
fn explain_prints_what_a_code_means() {
    let sandbox = Sandbox::new();
    let text = sandbox.quarry(&["explain", "waiver-invalid"], "");
    assert!(
        text.starts_with("error[waiver-invalid]: A waiver cannot be understood\n"),
        "{text}"
    );
    assert!(
        text.contains("[[package.metadata.quarry.waivers]]"),
        "{text}"
    );
    let list = sandbox.quarry(&["explain"], "");
    let (entries, headings): (Vec<&str>, Vec<&str>) = list
        .lines()
        .filter(|line| !line.is_empty())
        .partition(|line| line.starts_with("  "));
    assert_eq!(entries.len(), cargo_quarry::findings::codes::ALL.len());
    assert_eq!(headings.len(), cargo_quarry::findings::codes::GROUPS.len());
    let below = |heading: &str, code: &str| {
        let (_, rest) = list.split_once(&format!("{heading}\n")).expect(heading);
        let part = rest.split("\n\n").next().unwrap_or_default();
        assert!(part.contains(&format!("  {code} ")), "{heading}: {part}");
    };
    below("cargo quarry check", "api-break");
    below("cargo quarry release", "behind-remote");
    below("cargo quarry registry doctor", "token-refused");
    below("cargo quarry registry verify", "wrong-checksum");
    below("cargo quarry extract", "unseen-use");
    let output = sandbox.run(QUARRY, &["explain", "no-licence"], "");
    let (stdout, stderr) = texts(&output);
    assert_eq!((output.status.code(), stdout.as_str()), (Some(2), ""));
    assert!(stderr.contains("did you mean `no-license`"), "{stderr}");
    let json = ["--message-format", "json"];
    let one = sandbox.quarry(&[&["explain", "api-break"], &json[..]].concat(), "");
    let one: serde_json::Value = serde_json::from_str(&one).expect("JSON");
    assert_eq!(
        (&one["version"], &one["command"], &one["severity"]),
        (&1.into(), &"check".into(), &"note".into())
    );
    let all = sandbox.quarry(&[&["explain"], &json[..]].concat(), "");
    let all: serde_json::Value = serde_json::from_str(&all).expect("JSON");
    assert_eq!(
        all["codes"].as_array().expect("a list").len(),
        entries.len()
    );
    assert_eq!(all["codes"][0]["command"], "check");
}
