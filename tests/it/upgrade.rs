//! `upgrade`: three versions of a library in a real registry, and services that pin it. On one the
//! upgrade lands, to another it explains itself; neither checkout changes.

use std::os::unix::fs::PermissionsExt as _;
use std::process::Output;

use serde_json::Value;

use crate::forge::github;
use crate::registry::{library, publish};
use crate::registry_server::{TestRegistry, texts};
use crate::sandbox::{QUARRY, Sandbox};

const ONE: &str = "\
//! Retries.

/// A policy.
pub struct Policy(u32);

impl Policy {
    /// Makes one.
    pub fn new(times: u32) -> Self {
        Policy(times)
    }
}

/// How often.
pub fn times(policy: Policy) -> u32 {
    policy.0
}

/// How long to wait.
pub fn jitter() -> u32 {
    7
}
";

/// It borrows, has another name for two items, and nothing in place of a third.
const TWO: &str = "\
//! Retries.

/// A policy.
pub struct Policy(u32);

impl Policy {
    /// Makes one.
    pub fn with(times: u32) -> Self {
        Policy(times)
    }

    /// Makes one.
    #[deprecated(since = \"2.0.0\", note = \"use `with`\")]
    pub fn new(times: u32) -> Self {
        Policy(times)
    }
}

/// How often.
pub fn attempts(policy: &Policy) -> u32 {
    policy.0
}
";

const LEDGER: &str = "
[[package.metadata.quarry.deprecations]]
item = \"acme_retry::Policy::new\"
since = \"2.0.0\"
reason = \"It says what it takes\"
use-instead = \"Policy::with\"

[[package.metadata.quarry.deprecations]]
item = \"acme_retry::times\"
since = \"2.0.0\"
reason = \"It counts attempts\"
use-instead = \"acme_retry::attempts\"
";

const WORKSPACE: &str = "\
[workspace]
members = [\"api\", \"wait\"]
resolver = \"2\"

[workspace.dependencies]
acme-retry = { version = \"=1.0.0\", registry = \"internal\" } # exactly
";

const API: &str = "\
[package]
name = \"api\"
version = \"0.1.0\"
edition = \"2021\"

[dependencies]
acme-retry.workspace = true
";

const MAIN: &str = "\
use acme_retry::{times, Policy};

fn main() {
    println!(\"{}\", often());
}

fn often() -> u32 {
    times(Policy::new(3))
}

#[test]
fn it_is_often() {
    assert_eq!(often(), 3);
}
";

/// The same as [`MAIN`] with what the ledger and rustc say.
const MENDED: &str = "\
use acme_retry::{attempts, Policy};

fn main() {
    println!(\"{}\", often());
}

fn often() -> u32 {
    attempts(&Policy::with(3))
}

#[test]
fn it_is_often() {
    assert_eq!(often(), 3);
}
";

const WAIT: &str = "\
[package]
name = \"wait\"
version = \"0.1.0\"
edition = \"2021\"

[dependencies.retry]
version = '1.0' # any
registry = \"internal\"
package = \"acme-retry\"
";

/// A registry with the library's versions, and the service `api`.
pub fn begin(sandbox: &Sandbox) -> TestRegistry<'_> {
    let registry = TestRegistry::start(sandbox);
    for (version, rest, code) in [
        ("1.0.0", "", ONE),
        ("1.1.0", "", ONE),
        ("2.0.0", LEDGER, TWO),
    ] {
        library(sandbox, "acme-retry", version, rest, code);
        publish(&registry, "acme-retry");
    }
    registry
}

pub fn api(registry: &TestRegistry<'_>) {
    let sandbox = registry.sandbox;
    for (file, text) in [
        ("Cargo.toml", WORKSPACE),
        ("api/Cargo.toml", API),
        ("api/src/main.rs", MAIN),
        ("wait/Cargo.toml", WAIT),
        (
            "wait/src/lib.rs",
            "pub fn wait() -> u32 {\n    retry::times(retry::Policy::new(1))\n}\n",
        ),
        (".gitignore", "/target\n"),
    ] {
        sandbox.write(&format!("api/{file}"), text);
    }
    commit(registry, "api");
}

/// Locks and commits a service.
fn commit(registry: &TestRegistry<'_>, service: &str) {
    let sandbox = registry.sandbox;
    registry.cargo(&["generate-lockfile"], service);
    sandbox.git(&["init", "-q", "-b", "main"], service);
    sandbox.git(&["add", "-A"], service);
    sandbox.git(&["commit", "-qm", "Begin"], service);
}

/// All of a checkout that must not change.
pub fn state(sandbox: &Sandbox, service: &str) -> (String, String, Vec<u8>) {
    let status = ["--no-optional-locks", "status", "--porcelain", "--ignored"];
    let status = sandbox.git(&status, service);
    let head = sandbox.git(&["log", "--format=%H %D", "-1", "HEAD"], service);
    let index = std::fs::read(sandbox.path(&format!("{service}/.git/index")));
    // The branches at the commit are told elsewhere.
    let head = head.split(',').next().unwrap_or_default().trim().to_owned();
    (status, head, index.expect("an index"))
}

fn run(registry: &TestRegistry<'_>, args: &[&str], service: &str) -> Output {
    let mut command = registry.command(QUARRY, service);
    let output = command.arg("upgrade").args(args).output();
    output.expect("it starts")
}

/// Runs it; it must end with `code`. Gives standard output and error.
pub fn upgrade(
    registry: &TestRegistry<'_>,
    args: &[&str],
    service: &str,
    code: i32,
) -> (String, String) {
    let output = run(registry, args, service);
    let (stdout, stderr) = texts(&output);
    assert_eq!(
        output.status.code(),
        Some(code),
        "{args:?}: {stdout}{stderr}"
    );
    (stdout, stderr)
}

/// A file of a branch.
fn on(sandbox: &Sandbox, branch: &str, file: &str, service: &str) -> String {
    sandbox.git(&["show", &format!("{branch}:{file}")], service)
}

pub const BRANCH: &str = "quarry/upgrade-acme-retry-2.0.0";

#[test]
fn it_lands_with_its_renames_and_leaves_the_checkout_alone() {
    let sandbox = Sandbox::new();
    let registry = begin(&sandbox);
    api(&registry);
    let before = state(&sandbox, "api");

    let (stdout, stderr) = upgrade(&registry, &["acme-retry", "--breaking"], "api", 0);
    assert!(stdout.contains("acme-retry 1.0.0 -> 2.0.0"), "{stdout}");
    assert!(stderr.contains(&format!("on `{BRANCH}`")), "{stderr}");
    assert_eq!(state(&sandbox, "api"), before);

    assert_eq!(on(&sandbox, BRANCH, "api/src/main.rs", "api"), MENDED);
    let wait = on(&sandbox, BRANCH, "wait/src/lib.rs", "api");
    assert!(
        wait.contains("retry::attempts(&retry::Policy::with(1))"),
        "{wait}"
    );
    let root = on(&sandbox, BRANCH, "Cargo.toml", "api");
    assert_eq!(root, WORKSPACE.replace("=1.0.0", "=2.0.0"));
    let manifest = on(&sandbox, BRANCH, "wait/Cargo.toml", "api");
    assert_eq!(manifest, WAIT.replace("1.0'", "2.0'"));
    assert_eq!(on(&sandbox, BRANCH, "api/Cargo.toml", "api"), API);
    let files = sandbox.git(&["diff", "--name-only", "main", BRANCH], "api");
    assert_eq!(
        files,
        "Cargo.lock\nCargo.toml\napi/src/main.rs\nwait/Cargo.toml\nwait/src/lib.rs\n"
    );
    let message = sandbox.git(&["log", "--format=%B", "-1", BRANCH], "api");
    assert!(
        message.starts_with("Upgrade acme-retry to 2.0.0\n\n"),
        "{message}"
    );
    assert!(message.contains("breaking change"), "{message}");
    let parent = sandbox.git(&["rev-parse", &format!("{BRANCH}^")], "api");
    assert_eq!(parent, sandbox.git(&["rev-parse", "main"], "api"));

    // Cargo takes it as it is.
    sandbox.git(&["clone", "-q", "-b", BRANCH, "api", "there"], "");
    registry.cargo(&["test", "-q", "--locked", "--offline"], "there");

    // Done is done.
    let at = sandbox.git(&["rev-parse", BRANCH], "api");
    let (stdout, stderr) = upgrade(&registry, &["acme-retry", "--breaking"], "api", 0);
    assert_eq!(stdout, "");
    assert!(stderr.contains("nothing to do"), "{stderr}");
    assert_eq!(sandbox.git(&["rev-parse", BRANCH], "api"), at);

    // A branch that was gone on with is its owner's.
    sandbox.git(&["branch", "-qf", BRANCH, "main"], "api");
    let (_, stderr) = upgrade(&registry, &["--breaking"], "api", 101);
    assert!(stderr.contains("git branch -m"), "{stderr}");
}

#[test]
fn it_explains_itself_where_the_service_breaks() {
    let sandbox = Sandbox::new();
    let registry = begin(&sandbox);
    sandbox.write("jobs/Cargo.toml", &WAIT.replace("wait", "jobs"));
    let main = "fn main() {\n    println!(\"{}\", retry::jitter());\n}\n";
    sandbox.write("jobs/src/main.rs", main);
    sandbox.write("jobs/.gitignore", "/target\n");
    commit(&registry, "jobs");
    registry.cargo(&["update", "acme-retry", "--precise", "1.0.0"], "jobs");
    sandbox.git(&["commit", "-qam", "Pin"], "jobs");
    // Neither is part of it.
    sandbox.write("jobs/notes.txt", "not committed");
    sandbox.git(&["branch", "quarry/other"], "jobs");
    let before = state(&sandbox, "jobs");

    // A compatible version: the requirement allows it, and the lockfile alone moves.
    let (_, stderr) = upgrade(&registry, &[], "jobs", 0);
    assert!(stderr.contains("`notes.txt` is not committed"), "{stderr}");
    let branch = "quarry/upgrade-acme-retry-1.1.0";
    let files = sandbox.git(&["diff", "--name-only", "main", branch], "jobs");
    assert_eq!(files, "Cargo.lock\n");
    assert!(on(&sandbox, branch, "Cargo.lock", "jobs").contains("version = \"1.1.0\""));

    let args = ["acme-retry", "--to", "2.0.0", "--execute"];
    let (stdout, stderr) = upgrade(&registry, &args, "jobs", 101);
    assert_eq!(stdout, "");
    assert!(stderr.contains("no remote `origin`"), "{stderr}");
    let args = ["acme-retry", "--to", "2.0.0", "--message-format", "json"];
    let (stdout, stderr) = upgrade(&registry, &args, "jobs", 1);
    let document: Value = serde_json::from_str(&stdout).expect("JSON");
    assert_eq!(document["version"], 1);
    assert_eq!(document["landed"]["builds"], false);
    let error = &document["cards"][0]["trial"]["known"]["errors"][0];
    assert_eq!(error["place"]["file"], "src/main.rs");
    assert_eq!(error["place"]["line"], 2);
    assert!(
        stderr.contains("src/main.rs:2:27: cannot find function `jitter`"),
        "{stderr}"
    );
    let subject = sandbox.git(&["log", "--format=%s", "-1", BRANCH], "jobs");
    assert_eq!(subject, "Try acme-retry 2.0.0: does not build yet\n");
    let manifest = on(&sandbox, BRANCH, "Cargo.toml", "jobs");
    assert!(manifest.contains("version = '2.0' # any"), "{manifest}");
    assert_eq!(state(&sandbox, "jobs"), before);

    // What is read must be committed.
    sandbox.write(
        "jobs/Cargo.toml",
        &WAIT.replace("wait", "jobs").replace("any", "some"),
    );
    let (_, stderr) = upgrade(&registry, &[], "jobs", 101);
    assert!(stderr.contains("Cargo.toml"), "{stderr}");
    sandbox.git(&["checkout", "-q", "Cargo.toml"], "jobs");

    let (_, stderr) = upgrade(&registry, &["acme-retry", "--to", "3.0.0"], "jobs", 101);
    assert!(stderr.contains("its latest is 2.0.0"), "{stderr}");
    let (_, stderr) = upgrade(&registry, &["acme-other"], "jobs", 101);
    assert!(stderr.contains("`acme-retry`"), "{stderr}");

    // One that does not build as it is.
    sandbox.write("jobs/src/main.rs", "fn main() {\n    missing();\n}\n");
    sandbox.git(&["commit", "-qam", "Break"], "jobs");
    let (_, stderr) = upgrade(
        &registry,
        &["acme-retry", "--to", "1.1.0", "--verify", "check"],
        "jobs",
        101,
    );
    assert!(
        stderr.contains("does not build before the upgrade"),
        "{stderr}"
    );
    assert!(
        stderr.contains("cannot find function `missing`"),
        "{stderr}"
    );
}

#[test]
fn it_is_pushed_and_opens_one_pull_request() {
    let sandbox = Sandbox::new();
    let registry = begin(&sandbox);
    api(&registry);
    sandbox.git(&["init", "-q", "--bare", "-b", "main", "acme/api.git"], "");
    let remote = ["remote", "add", "origin", "git@github.com:acme/api.git"];
    sandbox.git(&remote, "api");
    // What git runs in place of ssh: the remote's half, in the sandbox.
    let ssh = "#!/bin/sh\nfor command; do :; done\ncd \"$(dirname \"$0\")\" && eval \"$command\"\n";
    let ssh = sandbox.write("ssh", ssh);
    let mode = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(&ssh, mode).expect("it is ours");
    let stub = github();
    let execute = |token: &str, code: i32| {
        let mut command = registry.command(QUARRY, "api");
        command
            .env("GIT_SSH_COMMAND", &ssh)
            .env("GIT_SSH_VARIANT", "simple")
            .env("GITHUB_API_URL", &stub.base_url)
            .env("GITHUB_TOKEN", token)
            .args(["upgrade", "acme-retry", "--breaking", "--execute"]);
        let output = command.output().expect("it starts");
        let (stdout, stderr) = texts(&output);
        assert_eq!(output.status.code(), Some(code), "{stdout}{stderr}");
        (stdout, stderr)
    };
    let push = ["push", "-q", "../acme/api.git", "main"];
    sandbox.git(&push, "api");
    let before = state(&sandbox, "api");

    // Refused at the last step: all before it is done, and not done again.
    let (_, stderr) = execute("ghp_another", 101);
    assert!(stderr.contains("Bad credentials"), "{stderr}");
    assert!(!stderr.contains("ghp_another"), "{stderr}");
    let at = sandbox.git(&["rev-parse", BRANCH], "api");
    assert_eq!(sandbox.git(&["rev-parse", BRANCH], "acme/api.git"), at);
    let (stdout, stderr) = execute("ghp_secret", 0);
    assert!(
        !stdout.contains("in a copy") && stdout.contains("open the pull request"),
        "{stdout}"
    );
    assert!(stderr.contains("/acme/api/pull/1"), "{stderr}");
    assert_eq!(sandbox.git(&["rev-parse", BRANCH], "api"), at);
    assert_eq!(state(&sandbox, "api"), before);
    let (_, stderr) = execute("ghp_secret", 0);
    assert!(stderr.contains("/acme/api/pull/1"), "{stderr}");

    let seen = stub.seen.lock().expect("no panic");
    let opened: Vec<&_> = seen
        .iter()
        .filter(|it| it.path == "/repos/acme/api/pulls")
        .collect();
    assert_eq!(opened.len(), 1);
    let body: Value = serde_json::from_slice(&opened[0].body).expect("JSON");
    assert_eq!(body["title"], "Upgrade acme-retry to 2.0.0");
    assert_eq!(body["head"], BRANCH);
    assert_eq!(body["base"], "main");
    let text = body["body"].as_str().expect("a text");
    assert!(
        text.contains("acme-retry") && text.contains("2.0.0"),
        "{text}"
    );
}
