//! `new`: a library that passes its own checks at once, alone or in a bounded context.

use std::path::Path;
use std::process::Stdio;

use serde_json::Value;

use crate::registry_server::{TestRegistry, texts};
use crate::sandbox::{QUARRY, Sandbox};

/// `new …` with the registry's token; its JSON.
fn new(registry: &TestRegistry<'_>, args: &[&str], dir: &str) -> Value {
    let mut command = registry.command(QUARRY, dir);
    let output = command
        .args(["new", "--message-format", "json"])
        .args(args)
        .output();
    let output = output.expect("it starts");
    let (stdout, stderr) = texts(&output);
    assert!(output.status.success(), "{args:?}: {stderr}");
    serde_json::from_str(&stdout).unwrap_or_else(|error| panic!("{error}: {stdout}"))
}

/// What a library's CI does, and a dry run of publishing.
fn passes_its_checks(registry: &TestRegistry<'_>, packages: &[&str], dir: &str) {
    registry.cargo(&["fmt", "--all", "--check"], dir);
    let clippy = [
        "clippy",
        "--workspace",
        "--all-targets",
        "--all-features",
        "--locked",
    ];
    registry.cargo(&[&clippy[..], &["--", "-D", "warnings"]].concat(), dir);
    let (tested, _) = registry.cargo(&["test", "--workspace", "--locked"], dir);
    assert!(
        tested.contains("test the_version_is_a_semantic_one ... ok"),
        "{tested}"
    );
    let doc = registry.command("cargo", dir);
    let mut doc = doc;
    doc.args(["doc", "--workspace", "--no-deps", "--locked"]);
    let doc = doc
        .env("RUSTDOCFLAGS", "-D warnings")
        .output()
        .expect("it starts");
    assert!(doc.status.success(), "{}", texts(&doc).1);
    for package in packages {
        let publish = [
            "publish",
            "--dry-run",
            "--registry",
            "internal",
            "--locked",
            "-p",
            package,
        ];
        let (_, said) = registry.cargo(&publish, dir);
        // The last line is one: a dry run uploads nothing.
        assert_eq!(said.matches("warning").count(), 1, "{said}");
    }
}

#[test]
fn a_library_passes_its_own_checks_at_once() {
    let sandbox = Sandbox::new();
    let registry = TestRegistry::start(&sandbox);
    let repository = "https://git.example/acme-retry";
    let args = [
        "acme-retry",
        "--description",
        "Retries <of> [calls] with \"backoff\".",
        "--license",
        "MIT OR Apache-2.0",
        "--repository",
        repository,
    ];
    let said = new(&registry, &args, "");
    assert_eq!(said["version"], 1);
    assert_eq!(said["landed"], "repository");
    assert_eq!(said["template"]["kind"], "built-in");

    passes_its_checks(&registry, &["acme-retry"], "acme-retry");
    let git = |args: &[&str]| sandbox.git(args, "acme-retry");
    git(&["fsck", "--strict"]);
    assert_eq!(git(&["status", "--porcelain"]), "");
    assert_eq!(git(&["log", "--format=%s", "main"]), "Begin acme-retry\n");
    assert_eq!(said["commit"], git(&["rev-parse", "HEAD"]).trim());
    let files: Vec<String> = git(&["ls-files"]).lines().map(str::to_owned).collect();
    assert_eq!(said["files"].as_array().map(Vec::len), Some(files.len()));
    let expect = [
        ".cargo/config.toml",
        ".github/workflows/ci.yml",
        ".github/workflows/release.yml",
        ".gitignore",
        ".quarry/base.toml",
        ".quarry/template.toml",
        "CHANGELOG.md",
        "Cargo.lock",
        "Cargo.toml",
        "LICENSE-APACHE",
        "LICENSE-MIT",
        "README.md",
        "clippy.toml",
        "deny.toml",
        "release.toml",
        "rustfmt.toml",
        "src/lib.rs",
        "tests/version.rs",
    ];
    assert_eq!(files, expect);
    let (packaged, _) = registry.cargo(&["package", "--list"], "acme-retry");
    for inner in [".cargo/", ".quarry", ".github", "deny.toml", "release.toml"] {
        assert!(!packaged.contains(inner), "{packaged}");
    }
    let changelog = sandbox.read("acme-retry/CHANGELOG.md");
    let notes = "## [Unreleased]\n\n### Added\n\n- First release.\n";
    assert!(changelog.ends_with(notes), "{changelog}");
    let manifest = sandbox.read("acme-retry/Cargo.toml");
    assert!(
        manifest.contains("\npublish = [\"internal\"]\n"),
        "{manifest}"
    );
    assert!(manifest.contains(repository), "{manifest}");
    let config = sandbox.read("acme-retry/.cargo/config.toml");
    assert!(config.contains(&registry.index_url), "{config}");
}

#[test]
fn all_rights_are_reserved_unless_a_licence_is_named() {
    let sandbox = Sandbox::new();
    let registry = TestRegistry::start(&sandbox);
    new(
        &registry,
        &[
            "acme-retry",
            "--into",
            "libs/retry",
            "--rust-version",
            "1.85",
        ],
        "",
    );
    let manifest = sandbox.read("libs/retry/Cargo.toml");
    assert!(
        manifest.contains("license-file = \"LICENSE\"\n"),
        "{manifest}"
    );
    assert!(manifest.contains("rust-version = \"1.85\"\n"), "{manifest}");
    assert!(
        sandbox
            .read("libs/retry/LICENSE")
            .contains("All rights reserved.")
    );
    // Without a URL cargo has one thing to say.
    let (_, said) = registry.cargo(&["package", "--list"], "libs/retry");
    assert!(said.matches("warning").count() <= 1, "{said}");
}

#[test]
fn a_bounded_context_takes_crate_after_crate() {
    let sandbox = Sandbox::new();
    let registry = TestRegistry::start(&sandbox);
    let common = ["--context", "payments"];
    let url = ["--repository", "https://git.example/payments"];
    let first = new(
        &registry,
        &[&["acme-money"][..], &common, &url].concat(),
        "",
    );
    assert_eq!(first["folder"], "crates/acme-money");
    passes_its_checks(&registry, &["acme-money"], "payments");
    sandbox.write(
        "payments/crates/acme-money/src/lib.rs",
        "//! Money, with hand edits.\n",
    );
    sandbox.git(&["rm", "-rq", "crates/acme-money/tests"], "payments");
    sandbox.git(&["commit", "-qam", "Write it"], "payments");
    let head = sandbox.git(&["rev-parse", "HEAD"], "payments");

    // From beside it, and from inside.
    let second = new(&registry, &[&["acme-ledger"][..], &common].concat(), "");
    assert_eq!(second["landed"], "branch");
    assert_eq!(second["branch"], "quarry/add-acme-ledger");
    assert_eq!(sandbox.git(&["rev-parse", "HEAD"], "payments"), head);
    assert_eq!(sandbox.git(&["status", "--porcelain"], "payments"), "");
    let changed = ["diff", "--name-only", "main", "quarry/add-acme-ledger"];
    let changed = sandbox.git(&changed, "payments");
    let others = changed
        .lines()
        .filter(|file| !file.starts_with("crates/acme-ledger/"));
    let expect = [
        ".quarry/base.toml",
        ".quarry/template.toml",
        "Cargo.lock",
        "README.md",
    ];
    assert_eq!(others.collect::<Vec<_>>(), expect);
    sandbox.git(
        &["merge", "--quiet", "--ff-only", "quarry/add-acme-ledger"],
        "payments",
    );
    new(
        &registry,
        &[&["acme-tax"][..], &common].concat(),
        "payments/crates/acme-money",
    );
    sandbox.git(
        &["merge", "--quiet", "--ff-only", "quarry/add-acme-tax"],
        "payments",
    );

    let readme = sandbox.read("payments/README.md");
    assert!(
        readme.contains("| [acme-tax](crates/acme-tax) |"),
        "{readme}"
    );
    registry.cargo(&["test", "--workspace", "--locked"], "payments");
    let publish = ["publish", "--dry-run", "--registry", "internal", "--locked"];
    for name in ["acme-money", "acme-ledger", "acme-tax"] {
        let (_, said) = registry.cargo(&[&publish[..], &["-p", name]].concat(), "payments");
        assert_eq!(said.matches("warning").count(), 1, "{said}");
    }
    let release = sandbox.read("payments/release.toml");
    assert!(
        release.contains("tag-name = \"{{crate_name}}-v{{version}}\""),
        "{release}"
    );
    let check = sandbox.quarry(&["sync", "--check", "--message-format", "json"], "payments");
    let check: Value = serde_json::from_str(&check).expect("JSON");
    assert_eq!(check["status"], "fresh", "{check}");

    // What it refuses.
    let fails = |args: &[&str], words: &str| {
        let said = sandbox.quarry_fails(&[&["new"][..], args, &common].concat(), "", 101);
        assert!(said.contains(words), "{said}");
    };
    fails(&["acme_tax"], "has a crate `acme_tax` already");
    fails(
        &["acme-vat", "--license", "MIT"],
        "differs from what the context `payments` has",
    );
    sandbox.write("payments/README.md", "changed\n");
    fails(&["acme-vat"], "not committed: `README.md`");
}

/// Sets the mode of a file below the sandbox.
#[cfg(unix)]
pub fn chmod(sandbox: &Sandbox, file: &str, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = std::fs::Permissions::from_mode(mode);
    std::fs::set_permissions(sandbox.path(file), mode).expect("it is there");
}

/// The paths of a commit's executable files.
pub fn executable(sandbox: &Sandbox, commit: &str, dir: &str) -> Vec<String> {
    let listed = sandbox.git(&["ls-tree", "-r", commit], dir);
    let lines = listed.lines().filter_map(|line| line.split_once('\t'));
    let found = lines.filter(|(head, _)| head.starts_with("100755 "));
    found.map(|(_, path)| path.to_owned()).collect()
}

#[cfg(unix)]
#[test]
fn what_is_executable_in_a_template_is_so_in_a_library() {
    let sandbox = Sandbox::new();
    let manifest = "[package]\nname = \"<< name >>\"\nversion = \"0.1.0\"\nedition = \"2024\"\n";
    let workspace = "<% if context %>\n[workspace]\nmembers = [\"crates/*\"]\n<% endif %>\n";
    sandbox.write("team/repository/Cargo.toml.jinja", workspace);
    sandbox.write("team/repository/.ci/run", "#!/bin/sh\necho << branch >>\n");
    sandbox.write("team/crate/Cargo.toml.jinja", manifest);
    sandbox.write("team/crate/src/lib.rs", "//! << description >>.\n");
    sandbox.write(
        "team/crate/tests/all.sh.jinja",
        "#!/bin/sh\necho << name >>\n",
    );
    chmod(&sandbox, "team/repository/.ci/run", 0o755);
    chmod(&sandbox, "team/crate/tests/all.sh.jinja", 0o744);
    sandbox.git(&["init", "-q", "-b", "main"], "team");
    sandbox.git(&["add", "--all"], "team");
    sandbox.git(&["commit", "-qm", "One"], "team");
    let url = format!("file://{}", sandbox.path("team").display());
    let both = [".ci/run", "tests/all.sh"];

    for (name, template) in [("acme-a", "team"), ("acme-b", &url)] {
        sandbox.quarry(&["new", name, "--template", template], "");
        assert_eq!(executable(&sandbox, "HEAD", name), both);
        assert_eq!(sandbox.git(&["status", "--porcelain"], name), "");
        let run = sandbox.path(name).join(".ci/run");
        assert_eq!(sandbox.ok(&run.display().to_string(), &[], ""), "main\n");
        let base = sandbox.read(&format!("{name}/.quarry/base.toml"));
        // Tests are their author's from here on.
        assert!(base.contains("executable = [\".ci/run\"]\n"), "{base}");
        sandbox.quarry(&["sync", "--check", "--strict"], name);
    }
    // What a commit says counts, not its checkout; and no file system is needed that has modes.
    let mut new = sandbox.command(QUARRY, "");
    new.env("GIT_CONFIG_COUNT", "1")
        .env("GIT_CONFIG_KEY_0", "core.fileMode")
        .env("GIT_CONFIG_VALUE_0", "false")
        .args(["new", "acme-c", "--template", &url]);
    let output = new.output().expect("it starts");
    assert!(output.status.success(), "{}", texts(&output).1);
    assert_eq!(executable(&sandbox, "HEAD", "acme-c"), both);
    sandbox.git(&["config", "core.fileMode", "false"], "acme-c");
    chmod(&sandbox, "acme-c/.ci/run", 0o644);
    sandbox.quarry(&["sync", "--check", "--strict"], "acme-c");

    let context = ["--context", "payments"];
    let first = ["new", "acme-money", "--template", &url];
    sandbox.quarry(&[&first[..], &context].concat(), "");
    let first = [".ci/run", "crates/acme-money/tests/all.sh"];
    assert_eq!(executable(&sandbox, "HEAD", "payments"), first);
    sandbox.quarry(&[&["new", "acme-tax"][..], &context].concat(), "");
    let added = executable(&sandbox, "quarry/add-acme-tax", "payments");
    assert_eq!(added[..2], first);
    assert_eq!(added[2..], ["crates/acme-tax/tests/all.sh"]);
}

#[test]
fn what_stands_in_the_way_is_told_and_nothing_is_made() {
    let sandbox = Sandbox::new();
    let registry = TestRegistry::start(&sandbox);
    new(&registry, &["acme-retry"], "");
    let publish = ["publish", "--registry", "internal", "--no-verify"];
    registry.cargo(&publish, "acme-retry");
    sandbox.write("empty/readme", "");
    let before = names(&sandbox.path(""));
    let fails = |args: &[&str], code: i32, words: &str| {
        let output = registry.command(QUARRY, "").arg("new").args(args).output();
        let output = output.expect("it starts");
        let (_, said) = texts(&output);
        assert_eq!(output.status.code(), Some(code), "{args:?}: {said}");
        assert!(said.contains(words), "{args:?}: {said}");
    };
    fails(&["acme-retry"], 101, "is there already");
    fails(
        &["acme-retry", "--into", "other"],
        101,
        "has a crate `acme-retry` already",
    );
    fails(
        &["acme-new", "--into", "acme-retry/acme-new"],
        101,
        "is inside the git repository",
    );
    fails(&["Acme"], 2, "not a lower-case crate name");
    fails(&["async"], 2, "it is a Rust keyword");
    fails(&["9a"], 2, "does not start with a letter");
    fails(&["nul"], 101, "Windows");
    fails(
        &["acme-a", "--description", "two\nlines"],
        101,
        "more than a line",
    );
    fails(&["acme-a", "--license", "MIT, ISC"], 101, "SPDX");
    fails(
        &["acme-a", "--rust-version", "new"],
        101,
        "write it as `1.85`",
    );
    fails(&["acme-a", "--template", "nowhere"], 101, "nowhere");
    fails(
        &["acme-a", "--template", "empty"],
        101,
        "neither `repository/` nor `crate/`",
    );
    fails(
        &["acme-a", "--template", "./none.git"],
        101,
        "cannot get the template",
    );
    let secret = "https://ann:secret@git.example/t";
    fails(
        &["acme-a", "--template", secret],
        101,
        "has a password in it",
    );
    let mut nobody = registry.command(QUARRY, "");
    for who in ["AUTHOR", "COMMITTER"] {
        nobody.env_remove(format!("GIT_{who}_NAME"));
        nobody.env_remove(format!("GIT_{who}_EMAIL"));
    }
    let output = nobody.args(["new", "acme-a"]).output().expect("it starts");
    assert!(texts(&output).1.contains("git does not know who you are"));
    assert_eq!(names(&sandbox.path("")), before);
}

#[test]
fn a_registry_that_cannot_be_asked_is_told() {
    let sandbox = Sandbox::new();
    let output = sandbox.run(QUARRY, &["new", "acme-retry"], "");
    let (stdout, stderr) = texts(&output);
    assert!(output.status.success(), "{stderr}");
    assert!(
        stderr.contains("cargo's configuration has no registry `internal`"),
        "{stderr}"
    );
    assert_eq!(Path::new(stdout.trim_end()), sandbox.path("acme-retry"));
    assert!(!sandbox.path("acme-retry/.cargo").exists());
}

/// Killed at any moment, there is a whole repository or none; the next run clears what was left.
#[test]
fn a_run_that_is_killed_leaves_all_or_nothing() {
    let sandbox = Sandbox::new();
    let tmp = sandbox.path("tmp");
    std::fs::create_dir_all(&tmp).expect("a folder");
    let place = sandbox.path("libs");
    std::fs::create_dir_all(&place).expect("a folder");
    let mut killed = 0;
    for files in (1..60).step_by(4) {
        let mut run = sandbox
            .command(QUARRY, "libs")
            .args(["new", "acme-retry"])
            .env("TMPDIR", &tmp)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("it starts");
        while run.try_wait().expect("it can be waited for").is_none() && count(&place) < files {
            std::thread::yield_now();
        }
        // It may have ended.
        let _ = run.kill();
        run.wait().expect("it can be waited for");
        if sandbox.path("libs/acme-retry").exists() {
            sandbox.git(&["fsck", "--strict"], "libs/acme-retry");
            assert_eq!(
                sandbox.git(&["status", "--porcelain"], "libs/acme-retry"),
                ""
            );
            std::fs::remove_dir_all(sandbox.path("libs/acme-retry")).expect("it is there");
        } else {
            killed += 1;
        }
    }
    assert!(killed > 3, "{killed}");
    sandbox.quarry(&["new", "acme-retry"], "libs");
    for name in names(&place).iter().filter(|name| *name != "acme-retry") {
        // Of a run that did not get as far as to say for whom the folder is.
        let left = names(&place.join(name));
        let temporary = |file: &String| file.starts_with(".quarry-");
        assert!(
            name.starts_with(".quarry-") && left.iter().all(temporary),
            "{left:?}"
        );
    }
}

fn names(folder: &Path) -> Vec<String> {
    let entries = folder.read_dir().expect("a folder").flatten();
    let mut names: Vec<String> = entries
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

/// Files and folders below a folder, as far as they stand still.
pub fn count(folder: &Path) -> usize {
    let Ok(entries) = folder.read_dir() else {
        return 0;
    };
    let entries = entries.flatten().map(|entry| entry.path());
    entries.map(|path| 1 + count(&path)).sum()
}
