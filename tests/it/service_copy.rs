//! Copies of a service to try things in: what is in them, where they stand, that they go.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, UNIX_EPOCH};

use cargo_quarry::cargo::{Invocation, check};
use cargo_quarry::git;
use cargo_quarry::service::{Copy, ServiceError};

use super::invocation::{cargo, utf8};
use super::sandbox::Sandbox;

/// A service `svc` that needs the package `../shared` and a file that git ignores.
fn service(sandbox: &Sandbox) {
    let manifest = |name: &str, rest: &str| {
        format!(
            "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\
             [dependencies]\n{rest}"
        )
    };
    sandbox.write("shared/Cargo.toml", &manifest("shared", ""));
    sandbox.write("shared/src/lib.rs", "pub fn one() {}\n");
    let dependency = "shared.path = \"../shared\"\n";
    sandbox.write("svc/Cargo.toml", &manifest("svc", dependency));
    sandbox.write(
        "svc/src/lib.rs",
        "pub const ENV: &str = include_str!(\"../.env\");\npub fn two() { shared::one() }\n",
    );
    sandbox.write("svc/.gitignore", ".env\ntarget\nnode_modules\n");
    sandbox.git(&["init", "-q", "-b", "main"], "svc");
    sandbox.git(&["add", "-A"], "svc");
    sandbox.git(&["commit", "-qm", "Begin"], "svc");
    sandbox.write("svc/.env", "KEY=1\n");
}

fn copy(sandbox: &Sandbox) -> Copy {
    let top = utf8(sandbox, "svc");
    Copy::of_worktree(&top, &top).expect("a copy")
}

/// Checks the copy: which packages were compiled, and what the compiler said.
fn check_copy(sandbox: &Sandbox, copy: &Copy) -> (Vec<String>, Vec<String>) {
    let cargo = Invocation {
        env: cargo(sandbox, "svc").env,
        ..copy.cargo()
    };
    let built = check(&cargo, &[], &mut |_| {}).expect("cargo runs");
    assert!(built.success, "{}", built.stderr);
    let lines = built.stderr.lines().map(str::trim);
    let checked = lines.filter_map(|line| line.strip_prefix("Checking "));
    let names = checked.map(|line| line.split(' ').next().unwrap_or_default().to_owned());
    let said = built.diagnostics.iter().map(|(_, d)| d.message.clone());
    (names.collect(), said.collect())
}

/// The folders beside the service that are not the test's.
fn left_beside(sandbox: &Sandbox) -> Vec<String> {
    let entries = std::fs::read_dir(sandbox.path("")).expect("a folder");
    let names = entries.map(|entry| entry.expect("one").file_name().into_string().expect("text"));
    let mut names: Vec<String> = names.filter(|name| name.starts_with(".quarry")).collect();
    names.sort();
    names
}

#[test]
fn a_copy_holds_what_a_build_may_need() {
    let sandbox = Sandbox::new();
    service(&sandbox);
    sandbox.write("svc/new.txt", "untracked");
    sandbox.write("svc/node_modules/x/index.js", "");
    sandbox.write("svc/web/node_modules/y.js", "");
    sandbox.write("svc/out/.rustc_info.json", "{}");
    sandbox.write("svc/target/CACHEDIR.TAG", "");
    sandbox.write("svc/target/debug/svc", "");
    #[cfg(unix)]
    {
        let link = |to: &Path, name: &str| {
            std::os::unix::fs::symlink(to, sandbox.path(name)).expect("a link");
        };
        link(Path::new("new.txt"), "svc/relative");
        link(Path::new("../shared/Cargo.toml"), "svc/outside");
        link(&sandbox.path("svc/new.txt"), "svc/full");
        link(Path::new("nowhere"), "svc/dangling");
        let made = Command::new("mkfifo")
            .arg(sandbox.path("svc/pipe"))
            .status();
        assert!(made.expect("mkfifo").success());
    }
    let copy = copy(&sandbox);
    assert_eq!(left_beside(&sandbox), [".quarry-svc-1"]);
    let here = |name: &str| copy.top().join(name);
    for name in ["Cargo.toml", "src/lib.rs", ".env", "new.txt"] {
        assert_eq!(
            std::fs::read_to_string(here(name)).expect("it is there"),
            sandbox.read(&format!("svc/{name}"))
        );
    }
    for name in [".git", "node_modules", "target", "out"] {
        assert!(!here(name).exists(), "{name}");
    }
    assert!(here("web").is_dir() && !here("web/node_modules").exists());
    #[cfg(unix)]
    {
        let leads = |name: &str| std::fs::read_link(here(name)).expect("a link");
        assert_eq!(leads("relative"), Path::new("new.txt"));
        assert!(here("outside").exists());
        assert_eq!(leads("full"), here("new.txt"));
        assert_eq!(leads("dangling"), Path::new("nowhere"));
        assert_eq!(copy.left_out(), ["pipe"]);
    }
    assert!(copy.disk_used().copy > 0);
    drop(copy);
    assert_eq!(left_beside(&sandbox), [""; 0]);
    assert!(sandbox.path("svc/.env").exists());
}

#[test]
fn only_what_has_changed_is_built_again() {
    let sandbox = Sandbox::new();
    service(&sandbox);
    let first = copy(&sandbox);
    let (checked, _) = check_copy(&sandbox, &first);
    assert_eq!(checked, ["shared", "svc"]);
    let place = first.top().to_owned();
    drop(first);

    let second = copy(&sandbox);
    assert_eq!(second.top(), place);
    assert_eq!(check_copy(&sandbox, &second).0, [""; 0]);
    // What is tried in a copy is not taken for the service's own in the next.
    let code = "pub fn two() { let tried = (); }\n";
    std::fs::write(second.top().join("src/lib.rs"), code).expect("a file");
    let (checked, said) = check_copy(&sandbox, &second);
    assert_eq!(checked, ["svc"]);
    assert!(said[0].contains("unused variable"), "{said:?}");
    drop(second);

    let third = copy(&sandbox);
    let (checked, said) = check_copy(&sandbox, &third);
    assert_eq!((checked, said), (vec!["svc".to_owned()], vec![]));
    drop(third);

    // An older date is no reason to take a file for the one that was built.
    sandbox.write("svc/src/lib.rs", "pub fn two() { let older = (); }\n");
    let old = UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    let file = std::fs::File::options()
        .write(true)
        .open(sandbox.path("svc/src/lib.rs"));
    file.expect("it is there").set_modified(old).expect("dated");
    let (checked, said) = check_copy(&sandbox, &copy(&sandbox));
    assert_eq!(checked, ["svc"]);
    assert!(said[0].contains("`older`"), "{said:?}");

    // Nor is the committed file.
    let top = utf8(&sandbox, "svc");
    let head = git::commit_of(&top, "HEAD")
        .expect("git")
        .expect("a commit");
    let committed = Copy::of_commit(&top, &top, &head).expect("a copy");
    assert_eq!(committed.top(), place);
    assert!(!committed.top().join(".env").exists());
    std::fs::write(committed.top().join(".env"), "").expect("a file");
    assert_eq!(check_copy(&sandbox, &committed).0, ["svc"]);
}

#[test]
fn copies_at_once_have_places_of_their_own() {
    let sandbox = Sandbox::new();
    service(&sandbox);
    // What is not ours stays.
    sandbox.write(".quarry-svc-2/mine", "");
    let (one, two) = (copy(&sandbox), copy(&sandbox));
    assert_ne!(one.top(), two.top());
    assert_eq!(two.top().file_name(), Some(".quarry-svc-3"));
    drop(one);
    let again = copy(&sandbox);
    assert_eq!(again.top().file_name(), Some(".quarry-svc-1"));
    drop((two, again));
    assert_eq!(left_beside(&sandbox), [".quarry-svc-2"]);
    assert!(sandbox.path(".quarry-svc-2/mine").exists());
}

#[test]
fn the_workspace_must_be_in_the_copy() {
    let sandbox = Sandbox::new();
    service(&sandbox);
    let (svc, shared) = (utf8(&sandbox, "svc"), utf8(&sandbox, "shared"));
    let outside = Copy::of_worktree(&svc, &shared).expect_err("it is outside");
    assert!(matches!(outside, ServiceError::Outside { .. }), "{outside}");
    sandbox.write("svc/later/Cargo.toml", "[workspace]\n");
    let head = git::commit_of(&svc, "HEAD")
        .expect("git")
        .expect("a commit");
    let error = Copy::of_commit(&svc, &svc.join("later"), &head).expect_err("it is not there");
    let message = format!("commit {} has no `later/Cargo.toml`", head.short());
    assert_eq!(error.to_string(), message);
    assert_eq!(left_beside(&sandbox), [""; 0]);
}

/// Says where a copy is, and keeps it until it is killed.
const HOLD: &str = "QUARRY_TEST_HOLDS_A_COPY_OF";

/// No test of its own: what [`a_killed_run_leaves_nothing_for_long`] starts and kills.
#[test]
fn holds_a_copy() {
    let Ok(top) = std::env::var(HOLD) else {
        return;
    };
    let copy = Copy::of_worktree(top.as_str().into(), top.as_str().into()).expect("a copy");
    println!("\ncopy: {}", copy.top());
    let mut line = String::new();
    let _ = std::io::stdin().read_line(&mut line);
}

#[test]
fn a_killed_run_leaves_nothing_for_long() {
    let sandbox = Sandbox::new();
    service(&sandbox);
    let this = std::env::current_exe().expect("this program");
    let mut holder = Command::new(this)
        .args(["--exact", "service_copy::holds_a_copy", "--nocapture"])
        .env(HOLD, sandbox.path("svc"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let said = BufReader::new(holder.stdout.take().expect("it is piped"));
    let mut lines = said.lines().map(|line| line.expect("text"));
    let place = lines.find_map(|line| line.strip_prefix("copy: ").map(str::to_owned));
    let place = place.expect("it has a copy");
    // While it runs, its copy stays.
    let beside = copy(&sandbox);
    assert_ne!(beside.top(), place);
    assert!(Path::new(&place).join("Cargo.toml").exists());
    drop(beside);
    holder.kill().expect("it can be killed");
    holder.wait().expect("it ends");
    assert!(Path::new(&place).join("Cargo.toml").exists());

    let next = copy(&sandbox);
    assert_eq!(next.top(), place);
    drop(next);
    assert_eq!(left_beside(&sandbox), [""; 0]);
}
