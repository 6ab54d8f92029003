//! Extractions that were cut off, done twice, or overtaken by the monolith.

use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};

use crate::extract::published;
use crate::extract_sample::{
    MONOLITH, State, assert_no_scratch, commit, extract, monolith, said, succeeds, write,
};
use crate::registry_server::TestRegistry;
use crate::sandbox::Sandbox;

const LIBRARY: &str = "acme-amount";
const QUICK: [&str; 4] = ["--verify", "check", "--scope", "package"];

/// The command with a `git` and a `cargo` that run `then` in a shell before they do what they
/// are asked to, or after, if their arguments have `words` among them. `$PPID` is the program
/// under test.
pub fn meddle(
    sandbox: &Sandbox,
    mut command: Command,
    words: &str,
    when: When,
    then: &str,
) -> Command {
    let path = std::env::var("PATH").expect("it is set");
    for program in ["git", "cargo"] {
        let real = std::env::split_paths(&path)
            .map(|folder| folder.join(program))
            .find(|file| file.is_file())
            .expect("it is installed");
        let (before, after) = match when {
            When::Before => (then, ""),
            When::After => ("", then),
        };
        let script = format!(
            "#!/bin/sh\ncase \"$*\" in *'{words}'*) {before}\n;; esac\n'{}' \"$@\"\ncode=$?\n\
             case \"$*\" in *'{words}'*) {after}\n;; esac\nexit $code\n",
            real.display()
        );
        let file = sandbox.write(&format!("home/bin/{program}"), &script);
        let executable = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(file, executable).expect("it is ours");
    }
    let bin = sandbox.path("home/bin");
    command.env("PATH", format!("{}:{path}", bin.display()));
    command
}

#[derive(Clone, Copy)]
pub enum When {
    Before,
    After,
}

#[test]
fn an_extraction_that_is_killed_between_steps_goes_on() {
    let sandbox = Sandbox::new();
    let registry = TestRegistry::start(&sandbox);
    monolith(&sandbox);
    let args = [&QUICK[..], &["--registry", "internal", "--execute"]].concat();
    let run = || published(&registry, extract(&sandbox, &args));
    let killed = |words: &str, when: When| {
        let command = meddle(&sandbox, run(), words, when, "kill -9 $PPID; exit 1");
        let (code, stdout, stderr) = said(command);
        assert_eq!(code, -1, "{words}: {stdout}{stderr}");
        stderr
    };
    let has_branch = || {
        !sandbox
            .git(&["branch", "--list", "quarry/*"], MONOLITH)
            .is_empty()
    };
    let index = || sandbox.path("registry/index/ac/me/acme-amount").exists();

    killed("-m cargo quarry refs/heads/quarry/", When::Before);
    assert!(sandbox.path(LIBRARY).is_dir() && !has_branch());
    // As if it had been killed before it could note the step.
    let journal = format!("{MONOLITH}/.git/quarry/acme-amount.journal.json");
    let text = sandbox.read(&journal);
    let forgotten = text.replace("\"done\": [\n    \"repository\"\n  ]", "\"done\": []");
    assert_ne!(forgotten, text);
    sandbox.write(&journal, &forgotten);

    let stderr = killed("tag --annotate", When::Before);
    assert!(
        stderr.contains("Resuming what an earlier run left of acme-amount"),
        "{stderr}"
    );
    assert!(!stderr.contains("Mapping"), "{stderr}");
    assert!(has_branch() && sandbox.git(&["tag"], LIBRARY).is_empty());
    killed("publish --no-verify", When::Before);
    assert!(!index());
    killed("publish --no-verify", When::After);
    assert!(index());

    let (code, stdout, stderr) = said(run());
    assert_eq!(code, 0, "{stdout}{stderr}");
    assert!(
        stderr.contains("acme-amount 0.1.0 is in `internal` already"),
        "{stderr}"
    );
    assert!(!stdout.contains("held"), "{stdout}");
    let index = sandbox.read("registry/index/ac/me/acme-amount");
    assert_eq!(index.lines().count(), 1);
    assert_no_scratch(&sandbox);
    let (code, _, stderr) = said(run());
    assert!(code == 0 && stderr.contains("Fresh"), "{stderr}");
}

#[test]
fn what_killed_runs_leave_is_cleared_away() {
    let sandbox = Sandbox::new();
    monolith(&sandbox);
    let before = State::of(&sandbox);
    for stage in ["Mapping", "Packaging", "Verifying acme-amount"] {
        let mut command = extract(&sandbox, &QUICK);
        let mut child = command
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts");
        let stderr = BufReader::new(child.stderr.take().expect("it is piped"));
        let mut lines = stderr.lines().map_while(Result::ok);
        assert!(lines.any(|line| line.contains(stage)), "{stage}");
        child.kill().expect("it runs");
        child.wait().expect("it was killed");
        let now = State::of(&sandbox);
        assert_ne!(now, before, "{stage}: it left scratch folders");
    }
    // Somebody else's folder of a like name.
    sandbox.write(".quarry-others/.quarry-owner", "/elsewhere");
    succeeds(extract(&sandbox, &QUICK));
    std::fs::remove_dir_all(sandbox.path(".quarry-others")).expect("it is still there");
    assert_no_scratch(&sandbox);
}

#[test]
fn a_plan_that_was_overtaken_is_not_carried_out() {
    let sandbox = Sandbox::new();
    monolith(&sandbox);
    let meanwhile = format!(
        "git -C '{}' commit --quiet --allow-empty -m Meanwhile",
        sandbox.path(MONOLITH).display()
    );
    let command = extract(&sandbox, &QUICK);
    let command = meddle(
        &sandbox,
        command,
        "package --no-verify",
        When::Before,
        &meanwhile,
    );
    let (code, stdout, stderr) = said(command);
    assert_eq!(code, 101, "{stdout}{stderr}");
    assert!(
        stderr.contains("error: something has changed since the work began: HEAD of"),
        "{stderr}"
    );
    assert!(
        stderr.contains("help: run it again; nothing was changed"),
        "{stderr}"
    );
    assert!(!sandbox.path(LIBRARY).exists());
    assert_eq!(sandbox.git(&["branch", "--list", "quarry/*"], MONOLITH), "");
    assert_no_scratch(&sandbox);
}

/// Two commits after the extraction: one on the moved file, one elsewhere.
fn go_on(sandbox: &Sandbox) {
    let path = "shop/src/util/amount.rs";
    let text = sandbox.read(&format!("{MONOLITH}/{path}"));
    let saturating = text.replace(
        "self.cents + other.cents",
        "self.cents.saturating_add(other.cents)",
    );
    assert_ne!(saturating, text);
    write(sandbox, path, &saturating);
    commit(sandbox, "Saturate amounts", "Bea Builder");
    let path = "shop/src/billing.rs";
    let text = sandbox.read(&format!("{MONOLITH}/{path}"));
    write(
        sandbox,
        path,
        &text.replace("What a bill says", "A line of a bill"),
    );
    commit(sandbox, "Say what a line is", "Ann Author");
}

fn assert_carried_over(sandbox: &Sandbox) {
    let log = sandbox.git(&["log", "--format=%an: %s", "-3"], LIBRARY);
    assert!(log.contains("Bea Builder: Saturate amounts"), "{log}");
    assert!(
        sandbox
            .read("acme-amount/src/lib.rs")
            .contains("saturating_add")
    );
    assert_eq!(sandbox.git(&["status", "--porcelain"], LIBRARY), "");
    sandbox.git(&["fsck", "--strict"], LIBRARY);
    let parent = sandbox.git(&["rev-parse", "quarry/acme-amount^"], MONOLITH);
    assert_eq!(parent, sandbox.git(&["rev-parse", "main"], MONOLITH));
    let billing = sandbox.git(
        &["show", "quarry/acme-amount:shop/src/billing.rs"],
        MONOLITH,
    );
    assert!(billing.contains("A line of a bill"));
}

#[test]
fn later_commits_are_carried_over_and_the_published_version_stays() {
    let sandbox = Sandbox::new();
    let registry = TestRegistry::start(&sandbox);
    monolith(&sandbox);
    let args = [&QUICK[..], &["--registry", "internal", "--execute"]].concat();
    let run = || published(&registry, extract(&sandbox, &args));
    succeeds(run());
    let lock = || sandbox.git(&["show", "quarry/acme-amount:Cargo.lock"], MONOLITH);
    let first_lock = lock();
    go_on(&sandbox);
    let (code, stdout, stderr) = said(run());
    assert_eq!(code, 0, "{stdout}{stderr}");
    assert!(
        stdout.contains("1 commit of its history carried over"),
        "{stdout}"
    );
    assert!(
        stderr.contains("acme-amount has commits that its published version does not have"),
        "{stderr}"
    );
    assert_carried_over(&sandbox);
    assert_eq!(lock(), first_lock);
    assert_ne!(
        sandbox.git(&["rev-parse", "v0.1.0^{commit}"], LIBRARY),
        sandbox.git(&["rev-parse", "main"], LIBRARY)
    );
    let index = sandbox.read("registry/index/ac/me/acme-amount");
    assert_eq!(index.lines().count(), 1);
    assert_no_scratch(&sandbox);

    let fresh = || {
        let (code, stdout, stderr) = said(run());
        assert_eq!(code, 0, "{stdout}{stderr}");
        assert!(stderr.contains("Fresh acme-amount"), "{stderr}");
    };
    fresh();
    sandbox.git(
        &[
            "merge",
            "--quiet",
            "--no-ff",
            "--no-edit",
            "quarry/acme-amount",
        ],
        MONOLITH,
    );
    fresh();
}

#[test]
fn later_commits_are_part_of_a_version_that_is_not_published_yet() {
    let sandbox = Sandbox::new();
    let registry = TestRegistry::start(&sandbox);
    monolith(&sandbox);
    let run = |more: &[&str]| {
        let args = [&QUICK[..], &["--registry", "internal"], more].concat();
        published(&registry, extract(&sandbox, &args))
    };
    let stdout = succeeds(run(&[]));
    assert!(
        stdout.contains("held  publish acme-amount 0.1.0 to `internal`"),
        "{stdout}"
    );
    go_on(&sandbox);
    let (code, stdout, stderr) = said(run(&["--execute"]));
    assert_eq!(code, 0, "{stdout}{stderr}");
    assert!(
        !stderr.contains("published version does not have"),
        "{stderr}"
    );
    assert_carried_over(&sandbox);
    assert_eq!(
        sandbox.git(&["rev-parse", "v0.1.0^{commit}"], LIBRARY),
        sandbox.git(&["rev-parse", "main"], LIBRARY)
    );
}
