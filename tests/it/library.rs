//! A library repository as this tool makes it, with a bare remote and a registry: what `release`,
//! `publish` and `deprecate` work on.
#![allow(dead_code, reason = "each area uses a part of it")]

use std::io::Write as _;
use std::process::{Command, Output};

use cargo_quarry::model::{CrateName, RegistryName};
use cargo_quarry::template::{CrateInputs, Inputs, Source, load, render};

use crate::registry_server::{TestRegistry, texts};
use crate::sandbox::{QUARRY, Sandbox};

/// Its folder in the sandbox.
pub const LIBRARY: &str = "acme-retry";
/// Its remote.
pub const REMOTE: &str = "remote.git";

const MANIFEST: &str = r#"[package]
name = "acme-retry"
version = "0.1.0"
edition = "2021"
rust-version = "1.85"
license = "MIT"
description = "Retries"
repository = "https://git.example/acme-retry"
publish = ["internal"]
exclude = ["/.cargo/", "/.github/", "/release.toml"]

[lints.rust]
missing_docs = "warn"
"#;

const SOURCE: &str = "//! Retries.\n\n/// How often.\npub fn times() -> u32 {\n    3\n}\n";

/// Is cargo-release there? Where it is not, the tests say so and try nothing; CI must have it.
pub fn has_cargo_release() -> bool {
    let installed = Command::new("cargo-release").arg("--version").output();
    if installed.is_err() {
        assert!(
            std::env::var_os("CI").is_none(),
            "CI must have cargo-release: releases are tried with it"
        );
        // Written past the capture of what tests that pass say.
        let _ = writeln!(
            std::io::stderr(),
            "a test of releases did not run: there is no cargo-release"
        );
        return false;
    }
    true
}

/// A library with a remote and a registry, committed and pushed.
pub struct Library<'a> {
    pub sandbox: &'a Sandbox,
    pub registry: TestRegistry<'a>,
}

impl<'a> Library<'a> {
    pub fn new(sandbox: &'a Sandbox) -> Self {
        let registry = TestRegistry::start(sandbox);
        write_template(sandbox, LIBRARY, &registry.index_url);
        sandbox.write(&format!("{LIBRARY}/Cargo.toml"), MANIFEST);
        sandbox.write(&format!("{LIBRARY}/src/lib.rs"), SOURCE);
        let library = Self { sandbox, registry };
        library.registry.cargo(&["generate-lockfile"], LIBRARY);
        library.begin();
        library
    }

    /// Makes the repository and its remote.
    pub fn begin(&self) {
        self.sandbox
            .git(&["init", "-q", "--bare", "-b", "main", REMOTE], "");
        self.sandbox.git(&["init", "-q", "-b", "main"], LIBRARY);
        self.sandbox
            .git(&["remote", "add", "origin", "../remote.git"], LIBRARY);
        self.commit("Begin");
        self.sandbox.git(&["push", "-q", "origin", "main"], LIBRARY);
    }

    /// Commits all changes.
    pub fn commit(&self, message: &str) {
        self.sandbox.git(&["add", "-A"], LIBRARY);
        self.sandbox.git(&["commit", "-qm", message], LIBRARY);
    }

    /// Writes a file of the library.
    pub fn write(&self, path: &str, text: &str) {
        self.sandbox.write(&format!("{LIBRARY}/{path}"), text);
    }

    /// The text of a file of the library.
    pub fn read(&self, path: &str) -> String {
        self.sandbox.read(&format!("{LIBRARY}/{path}"))
    }

    /// Changes something, tells of it in the changelog of `folder`, and commits both.
    pub fn change_in(&self, folder: &str, note: &str) {
        let path = format!("{folder}CHANGELOG.md");
        let changelog = self.read(&path);
        let heading = "\n## [Unreleased]\n";
        assert!(changelog.contains(heading), "{changelog}");
        let entry = format!("{heading}\n### Fixed\n\n- {note}\n");
        self.write(&path, &changelog.replacen(heading, &entry, 1));
        let path = format!("{folder}src/lib.rs");
        let source = self.read(&path);
        self.write(&path, &format!("{source}// {note}\n"));
        self.commit(note);
    }

    pub fn change(&self, note: &str) {
        self.change_in("", note);
    }

    /// Gives the first version its heading in the changelog, and commits it.
    pub fn date_changelog(&self) {
        let changelog = self.read("CHANGELOG.md");
        let dated = "## [Unreleased]\n\n## [0.1.0] - 2026-01-01\n";
        assert!(!changelog.contains(dated), "{changelog}");
        self.write(
            "CHANGELOG.md",
            &changelog.replace("## [Unreleased]\n", dated),
        );
        self.commit("Date it by hand");
    }

    /// The program with these arguments, in the library's folder, with the registry's token.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = self.registry.command(QUARRY, LIBRARY);
        command.args(args);
        if matches!(args.first(), Some(&"release" | &"publish")) {
            // cargo-release writes the day that it is.
            command.env_remove("CARGO_QUARRY_NOW");
        }
        command
    }

    pub fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().expect("it starts")
    }

    /// Runs it; it must end with `code`. Gives standard output and error.
    pub fn ends(&self, args: &[&str], code: i32) -> (String, String) {
        let output = self.run(args);
        let (stdout, stderr) = texts(&output);
        assert_eq!(
            output.status.code(),
            Some(code),
            "{args:?}:\n{stdout}{stderr}"
        );
        (stdout, stderr)
    }

    /// All that a failed release must leave as it was, here and at the remote.
    pub fn state(&self) -> State {
        let here = |args: &[&str]| self.sandbox.git(args, LIBRARY);
        let files = ["Cargo.toml", "Cargo.lock", "CHANGELOG.md"];
        State {
            status: here(&["status", "--porcelain=v1", "--branch", "--ignored"]),
            references: here(&["for-each-ref"]),
            head: here(&["rev-parse", "HEAD"]),
            remote: self.sandbox.git(&["for-each-ref"], REMOTE),
            files: files
                .iter()
                .map(|path| (*path, self.try_read(path)))
                .collect(),
        }
    }

    fn try_read(&self, path: &str) -> Option<String> {
        std::fs::read_to_string(self.sandbox.path(LIBRARY).join(path)).ok()
    }

    /// Publishes what is checked out, as CI would.
    pub fn publish(&self) {
        self.registry
            .cargo(&["publish", "--registry", "internal", "--locked"], LIBRARY);
    }

    /// Nothing is left in the git folder of what a release works with.
    pub fn assert_no_scratch(&self) {
        let place = self.sandbox.path(LIBRARY).join(".git/quarry/release");
        let left: Vec<_> = std::fs::read_dir(&place)
            .map(|entries| entries.flatten().map(|entry| entry.path()).collect())
            .unwrap_or_default();
        assert!(left.is_empty(), "{left:?}");
        assert!(!place.with_extension("json").exists());
    }
}

#[derive(Debug, PartialEq, Eq)]
pub struct State {
    status: String,
    references: String,
    head: String,
    remote: String,
    files: Vec<(&'static str, Option<String>)>,
}

/// The files of the template but for its manifest and code.
pub fn write_template(sandbox: &Sandbox, folder: &str, index: &str) {
    let template = load(&Source::BuiltIn, "".into()).expect("it is built in");
    let krate = CrateInputs {
        name: CrateName::new(folder).expect("a name"),
        version: semver::Version::new(0, 1, 0),
        description: "Retries".to_owned(),
        date: "2026-01-01".to_owned(),
        released: false,
        origin: None,
    };
    let inputs = Inputs {
        context: None,
        registry: RegistryName::new("internal").expect("a name"),
        index: Some(index.to_owned()),
        branch: "main".to_owned(),
        license: Some("MIT".to_owned()),
        repository: None,
        rust_version: None,
        all_features: true,
        crates: vec![krate],
    };
    for (path, file) in render(&template, &inputs).expect("its files") {
        if path == "Cargo.toml" || path.starts_with("src") || path.starts_with("tests") {
            continue;
        }
        sandbox.write(&format!("{folder}/{path}"), &file.text);
    }
}
