//! `registry copy` and `registry relock`: a team moves from one registry to another, and what was
//! locked against the old one builds against the new one.

use std::path::Path;
use std::process::{Command, Output};

use cargo_quarry::model::Digest;
use cargo_quarry::registry::{IndexEntry, unpack_crate};

use crate::registry::{index_lines, library, program, publish};
use crate::registry_protocol::{get, publish_body, put};
use crate::registry_server::{TestRegistry, texts};
use crate::sandbox::{QUARRY, Sandbox};

/// The old registry with crates that build on each other, and a service that uses them.
pub struct Team<'a> {
    pub old: TestRegistry<'a>,
    pub new: TestRegistry<'a>,
    pub sandbox: &'a Sandbox,
}

impl<'a> Team<'a> {
    pub fn start(sandbox: &'a Sandbox, other: &'a Sandbox) -> Self {
        Self::between(TestRegistry::start(sandbox), TestRegistry::start(other))
    }

    pub fn between(old: TestRegistry<'a>, new: TestRegistry<'a>) -> Self {
        let sandbox = old.sandbox;
        let config = |name: &str, registry: &TestRegistry<'_>| {
            format!(
                "[registries.{name}]\nindex = \"{}\"\ncredential-provider = \"cargo:token\"\n",
                registry.index_url
            )
        };
        // Cargo refuses two names for one index: the repositories must not see the second.
        sandbox.write(".cargo/config.toml", &config("internal", &old));
        sandbox.write("admin/.cargo/config.toml", &config("next", &new));
        Self { old, new, sandbox }
    }

    fn publish_all(&self) {
        let uno = "uno = { package = \"acme-base\", version = \"0.1\", registry = \"internal\" }";
        library(
            self.sandbox,
            "acme-base",
            "0.1.0",
            "readme = \"README.md\"",
            "pub fn base() -> u32 { 1 }",
        );
        self.sandbox.write("acme-base/README.md", "# Base\n");
        publish(&self.old, "acme-base");
        library(
            self.sandbox,
            "acme-base",
            "0.1.1",
            "keywords = [\"one\"]",
            "pub fn base() -> u32 { 2 }",
        );
        publish(&self.old, "acme-base");
        let rest = format!(
            "rust-version = \"1.70\"\n[features]\nfast = [\"dep:itoa\"]\n[dependencies]\n{uno}\n\
             itoa = {{ version = \"1\", optional = true }}\n\
             [target.'cfg(unix)'.dev-dependencies]\ncfg-if = \"1\"\n"
        );
        library(
            self.sandbox,
            "acme-above",
            "1.0.0",
            &rest,
            "pub fn above() -> u32 { uno::base() + 10 }",
        );
        publish(&self.old, "acme-above");
        // A program's package has a lockfile of its own.
        let rest = "[dependencies]\nacme-above = { version = \"1\", registry = \"internal\" }\n";
        library(self.sandbox, "acme-tool", "2.0.0", rest, "");
        self.sandbox.write(
            "acme-tool/src/main.rs",
            "fn main() { println!(\"{}\", acme_above::above()); }",
        );
        publish(&self.old, "acme-tool");
        let yank = ["yank", "--registry", "internal", "acme-base@0.1.0"];
        self.old.cargo(&yank, "acme-base");
    }

    pub fn command(&self, program: &str, dir: &str) -> Command {
        let mut command = self.sandbox.command(program, dir);
        command
            .env("CARGO_REGISTRIES_INTERNAL_TOKEN", &self.old.token)
            .env("CARGO_REGISTRIES_NEXT_TOKEN", &self.new.token);
        command
    }

    fn run(&self, program: &str, args: &[&str], dir: &str) -> Output {
        let mut command = self.command(program, dir);
        command.args(args).output().expect("it starts")
    }

    /// The program under test; it must end with `code`. Gives both streams.
    fn quarry(&self, args: &[&str], code: i32) -> (String, String) {
        let output = self.run(QUARRY, args, "admin");
        let (stdout, stderr) = texts(&output);
        assert_eq!(
            output.status.code(),
            Some(code),
            "{args:?}: {stdout}{stderr}"
        );
        for token in [&self.old.token, &self.new.token] {
            assert!(!stdout.contains(token) && !stderr.contains(token));
        }
        (stdout, stderr)
    }

    pub fn copy(&self, more: &[&str], code: i32) -> (String, String) {
        let args = ["registry", "copy", "--from", "internal", "--to", "next"];
        self.quarry(&[&args[..], more].concat(), code)
    }
}

fn metadata(registry: &TestRegistry<'_>, name: &str, version: &str) -> serde_json::Value {
    let path = format!("registry/crates/{name}/{name}-{version}.json");
    let mut metadata: serde_json::Value =
        serde_json::from_str(&registry.sandbox.read(&path)).expect("JSON");
    let deps = metadata["deps"].as_array_mut().expect("a list");
    deps.sort_by_key(|dep| dep["name"].to_string());
    metadata
}

#[test]
fn a_copy_is_what_cargo_would_have_published() {
    let (sandbox, other) = (Sandbox::new(), Sandbox::new());
    let team = Team::start(&sandbox, &other);
    team.publish_all();
    // The plan, and nothing else.
    let (plan, stderr) = team.copy(&[], 0);
    let order: Vec<String> = plan
        .lines()
        .map(|line| {
            line.split("  ")
                .next()
                .unwrap_or_default()
                .trim()
                .to_owned()
        })
        .collect();
    assert_eq!(
        order,
        [
            "acme-base 0.1.0",
            "acme-base 0.1.1",
            "acme-above 1.0.0",
            "acme-tool 2.0.0"
        ]
    );
    assert!(
        stderr.contains("4 of 4 versions to")
            && stderr.contains("2 rewritten")
            && stderr.contains("dry run"),
        "{stderr}"
    );
    assert!(!team.new.data().join("index").join("ac").exists());

    let (_, stderr) = team.copy(&["--execute"], 0);
    assert!(
        stderr.contains("Applying publish acme-above 1.0.0"),
        "{stderr}"
    );
    for (name, versions) in [
        ("acme-base", &["0.1.0", "0.1.1"][..]),
        ("acme-above", &["1.0.0"]),
        ("acme-tool", &["2.0.0"]),
    ] {
        for version in versions {
            // What cargo said of it to the old registry is what the new one was told.
            assert_eq!(
                metadata(&team.new, name, version),
                metadata(&team.old, name, version)
            );
        }
    }
    assert_eq!(
        team.new.package("acme-base", "0.1.1"),
        team.old.package("acme-base", "0.1.1")
    );
    let entries = index_lines(&team.new, "ac/me/acme-base");
    assert_eq!(
        entries.iter().map(|it| it.yanked).collect::<Vec<_>>(),
        [true, false]
    );
    let tool = unpack_crate(&team.new.package("acme-tool", "2.0.0")).expect("a package");
    for file in &tool {
        let mine = matches!(file.name(), "Cargo.toml" | "Cargo.lock");
        let text = file.text().expect("text");
        assert_eq!(text.contains(&team.new.index_url), mine, "{}", file.name());
        assert!(!text.contains(&team.old.index_url), "{}", file.name());
    }
    let above = Digest::of(&team.new.package("acme-above", "1.0.0"));
    let lock = tool
        .iter()
        .find(|file| file.name() == "Cargo.lock")
        .expect("a lockfile");
    assert!(lock.text().expect("text").contains(above.as_str()));

    // Twice is once.
    let (_, stderr) = team.copy(&["--execute"], 0);
    assert!(stderr.contains("Fresh 0 of 4 versions"), "{stderr}");
}

/// A service in a repository, locked against the old registry.
fn shop(team: &Team<'_>) {
    let sandbox = team.sandbox;
    let dependency = "acme-above = { version = \"1\", registry = \"internal\" }\nitoa = \"1\"";
    program(
        sandbox,
        "shop",
        dependency,
        "fn main() { println!(\"{}\", acme_above::above()); }",
    );
    sandbox.write(
        "shop/.cargo/config.toml",
        &format!(
            "# where our crates are\n[registries.internal]\nindex = \"{}\" # old\n",
            team.old.index_url
        ),
    );
    sandbox.write("shop/.gitignore", "/target\n");
    let run = team.run("cargo", &["run", "--quiet"], "shop");
    assert_eq!(texts(&run).0, "12\n", "{:?}", texts(&run));
    sandbox.git(&["init", "--quiet"], "shop");
    sandbox.git(&["add", "."], "shop");
    sandbox.git(&["commit", "--quiet", "-m", "Shop"], "shop");
}

#[test]
fn what_was_locked_against_the_old_one_builds_against_the_new_one() {
    let (sandbox, other) = (Sandbox::new(), Sandbox::new());
    follows_to_the_new_registry(Team::start(&sandbox, &other));
}

/// A service follows from the old registry to the new one, whatever they are.
pub fn follows_to_the_new_registry(team: Team<'_>) {
    let sandbox = team.sandbox;
    team.publish_all();
    shop(&team);
    team.copy(&["--execute"], 0);
    // The service follows; the old registry is gone.
    let Team { old, new, .. } = team;
    let (old_url, new_url) = (old.index_url.clone(), new.index_url.clone());
    drop(old);
    let lock = sandbox.read("shop/Cargo.lock");
    let mut relock = sandbox.command(QUARRY, "admin");
    relock.env("CARGO_REGISTRIES_NEXT_TOKEN", &new.token);
    // The repository keeps its name for it, and with it, at first, the token for the old one.
    relock.env("CARGO_REGISTRIES_INTERNAL_TOKEN", "the old one");
    let args = [
        "registry", "relock", "--from", &old_url, "--to", "next", "../shop",
    ];
    let output = relock.args(args).output().expect("it starts");
    let (stdout, stderr) = texts(&output);
    assert!(output.status.success(), "{stdout}{stderr}");
    assert!(stdout.contains("shop: 2 packages\n  .cargo/config.toml\n  Cargo.lock\n  acme-above 1.0.0\n  acme-base 0.1.1\n"), "{stdout}");
    let above = Digest::of(&new.package("acme-above", "1.0.0"));
    let base = Digest::of(&new.package("acme-base", "0.1.1"));
    let moved = sandbox.read("shop/Cargo.lock");
    assert!(moved.contains(base.as_str()) && moved.contains(above.as_str()));
    assert_eq!(moved.lines().count(), lock.lines().count());
    assert_eq!(
        sandbox.read("shop/.cargo/config.toml"),
        format!("# where our crates are\n[registries.internal]\nindex = \"{new_url}\" # old\n")
    );
    let build = |args: &[&str]| {
        let mut command = sandbox.command("cargo", "shop");
        command
            .env("CARGO_REGISTRIES_INTERNAL_TOKEN", &new.token)
            .env(
                "CARGO_REGISTRIES_INTERNAL_CREDENTIAL_PROVIDER",
                "cargo:token",
            );
        let output = command.args(args).output().expect("cargo starts");
        assert!(output.status.success(), "{:?}", texts(&output));
        texts(&output).0
    };
    build(&["build", "--locked"]);
    assert_eq!(build(&["run", "--locked", "--quiet"]), "12\n");
    assert!(nothing_left_beside(&sandbox.path("shop")));
    let status = sandbox.git(&["status", "--short"], "shop");
    assert_eq!(status, " M .cargo/config.toml\n M Cargo.lock\n");
}

/// Scratch copies are gone.
fn nothing_left_beside(path: &Path) -> bool {
    let folder = path
        .parent()
        .expect("a parent")
        .read_dir()
        .expect("a folder");
    !folder
        .flatten()
        .any(|entry| entry.file_name().to_string_lossy().starts_with(".quarry-"))
}

#[test]
fn a_copy_goes_on_brings_what_is_needed_and_never_overwrites() {
    let (sandbox, other) = (Sandbox::new(), Sandbox::new());
    let team = Team::start(&sandbox, &other);
    team.publish_all();
    // As if it had been cut off: one version is there.
    team.copy(&["acme-base", "--execute"], 0);
    let (plan, stderr) = team.copy(&["acme-tool", "--execute"], 0);
    let line = |name: &str| {
        plan.lines()
            .find(|line| line.starts_with(name))
            .expect("a line")
    };
    assert!(
        line("acme-base 0.1.0").ends_with("there  yanked  needed"),
        "{plan}"
    );
    assert!(line("acme-above 1.0.0").ends_with("  needed"), "{plan}");
    assert!(line("acme-tool 2.0.0").contains(" -> "), "{plan}");
    assert!(stderr.contains("2 of 4 versions to"), "{stderr}");

    let (stdout, _) = team.copy(&["--message-format", "json"], 0);
    let document: serde_json::Value = serde_json::from_str(&stdout).expect("JSON");
    assert_eq!(document["steps"].as_array().map(Vec::len), Some(0));
    assert_eq!(document["versions"][0]["name"], "acme-base");

    // Another package of that name and version, in the new registry alone.
    let theirs = publish_body("acme-late", "0.1.0", "// theirs");
    assert_eq!(put(&team.new, &team.new.token, &theirs).0, 200);
    let ours = publish_body("acme-late", "0.1.0", "// ours");
    assert_eq!(put(&team.old, &team.old.token, &ours).0, 200);
    let early = publish_body("acme-early", "0.1.0", "");
    assert_eq!(put(&team.old, &team.old.token, &early).0, 200);
    let (_, stderr) = team.copy(&["--execute"], 101);
    assert!(
        stderr.contains("`next` has other packages as `acme-late 0.1.0`"),
        "{stderr}"
    );
    assert!(!team.new.data().join("index/ac/me/acme-early").exists());
    let (_, stderr) = team.copy(&["acme-none"], 101);
    assert!(
        stderr.contains("`internal` has no crate `acme-none`"),
        "{stderr}"
    );
    let same = ["registry", "copy", "--from", "next", "--to", "next"];
    assert!(team.quarry(&same, 101).1.contains("both registries are at"));
}

#[test]
fn all_crates_are_found_page_by_page() {
    let (sandbox, other) = (Sandbox::new(), Sandbox::new());
    let team = Team::start(&sandbox, &other);
    let names: Vec<String> = (0..130).map(|n| format!("acme-{n:03}")).collect();
    for name in &names {
        let body = publish_body(name, "1.0.0", "");
        assert_eq!(put(&team.old, &team.old.token, &body).0, 200);
    }
    let (plan, stderr) = team.copy(&[], 0);
    let planned: Vec<&str> = plan
        .lines()
        .filter_map(|line| line.split(' ').next())
        .collect();
    assert_eq!(planned, names);
    assert!(stderr.contains("Planned 130 of 130 versions"), "{stderr}");

    let page = |query: &str| {
        let (status, answer) = get(&team.old, &format!("/api/v1/crates?q=&{query}"), "");
        let body = answer.rsplit("\r\n").next().unwrap_or_default();
        let body: serde_json::Value = serde_json::from_str(body).unwrap_or_default();
        let found = body["crates"].as_array().cloned().unwrap_or_default();
        let found: Vec<String> = found
            .iter()
            .map(|krate| krate["name"].as_str().expect("a name").to_owned())
            .collect();
        (status, found, body["meta"]["total"].clone())
    };
    let total = serde_json::json!(130);
    let last = (200, names[120..].to_vec(), total.clone());
    assert_eq!(page("per_page=30&page=5"), last);
    assert_eq!(page("page=3"), (200, names[20..30].to_vec(), total.clone()));
    assert_eq!(page("page=18446744073709551615"), (200, Vec::new(), total));
    assert_eq!(page("page=0").0, 400);
}

#[test]
fn relock_changes_all_or_nothing() {
    let (sandbox, other) = (Sandbox::new(), Sandbox::new());
    let team = Team::start(&sandbox, &other);
    team.publish_all();
    let dependency = "acme-above = { version = \"1\", registry = \"internal\" }";
    for name in ["one", "two"] {
        program(&sandbox, name, dependency, "fn main() {}");
        let lock = team.run("cargo", &["generate-lockfile"], name);
        assert!(lock.status.success(), "{:?}", texts(&lock));
        let config = format!(
            "[registries.internal]\nindex = \"{}\"\n",
            team.old.index_url
        );
        sandbox.write(&format!("{name}/.cargo/config.toml"), &config);
        sandbox.git(&["init", "--quiet"], name);
        sandbox.git(&["add", "."], name);
        sandbox.git(&["commit", "--quiet", "-m", "All"], name);
    }
    let files = [
        "one/Cargo.lock",
        "one/.cargo/config.toml",
        "two/Cargo.lock",
        "two/.cargo/config.toml",
    ];
    let texts_of = || files.map(|file| sandbox.read(file));
    let before = texts_of();
    let relock = |code: i32, to: &str, more: &[&str]| {
        let args = [
            "registry",
            "relock",
            "--from",
            &team.old.index_url,
            "--to",
            to,
            "../one",
            "../two",
        ];
        let mut command = sandbox.command(QUARRY, "admin");
        command.env("CARGO_REGISTRIES_NEXT_TOKEN", &team.new.token);
        let output = command.args(args).args(more).output().expect("it starts");
        let (stdout, stderr) = texts(&output);
        assert_eq!(output.status.code(), Some(code), "{stdout}{stderr}");
        stderr
    };
    // Nothing is there yet.
    let stderr = relock(101, "next", &[]);
    assert!(
        stderr.contains("does not have `acme-above 1.0.0`, `acme-base 0.1.1`"),
        "{stderr}"
    );
    assert!(
        stderr.contains("help: `cargo quarry registry copy` brings them there"),
        "{stderr}"
    );
    team.copy(&["acme-above", "--execute"], 0);

    // One file of the second has changes.
    let config = sandbox.read("two/.cargo/config.toml");
    sandbox.write("two/.cargo/config.toml", &format!("{config}# mine\n"));
    let stderr = relock(101, "next", &[]);
    assert!(
        stderr.contains("two has uncommitted changes in `.cargo/config.toml`"),
        "{stderr}"
    );
    sandbox.write("two/.cargo/config.toml", &config);

    // Cargo does not accept it: the second asks for what its lockfile doesn't have.
    let manifest = sandbox.read("two/Cargo.toml");
    sandbox.write("two/Cargo.toml", &manifest.replace("\"1\"", "\"2\""));
    let stderr = relock(101, "next", &[]);
    assert!(
        stderr.contains("two would be; nothing was changed"),
        "{stderr}"
    );
    sandbox.write("two/Cargo.toml", &manifest);
    relock(0, "next", &["--dry-run"]);

    // Seen from the repositories, the new one would have two names.
    let admin = sandbox.read("admin/.cargo/config.toml");
    let top = sandbox.read(".cargo/config.toml");
    sandbox.write(".cargo/config.toml", &format!("{top}{admin}"));
    let stderr = relock(101, "next", &[]);
    assert!(
        stderr.contains("`internal`, `next` would both be at"),
        "{stderr}"
    );
    sandbox.write(".cargo/config.toml", &top);
    assert_eq!(texts_of(), before);

    // By URL, too; the token is found by it.
    let stderr = relock(0, &team.new.index_url, &[]);
    assert!(stderr.contains("Relocked 2 of 2 repositories"), "{stderr}");
    let after = texts_of();
    assert!(after.iter().all(|text| !text.contains(&team.old.index_url)));
    assert!(relock(0, "next", &[]).contains("Fresh 0 of 2 repositories"));
    // As if it had been killed between two files: it goes on.
    sandbox.git(&["checkout", "--quiet", "Cargo.lock"], "two");
    assert!(relock(0, "next", &[]).contains("Relocked 1 of 2 repositories"));
    assert_eq!(texts_of(), after);
    let entry: &IndexEntry = &index_lines(&team.new, "ac/me/acme-above")[0];
    assert!(after[0].contains(entry.cksum.as_str()));
}
