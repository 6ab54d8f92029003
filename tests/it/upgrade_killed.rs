//! Upgrades that are killed: nothing is half-done, and running again does it.

use std::path::Path;

use crate::extract_again::{When, meddle};
use crate::registry_server::{TestRegistry, texts};
use crate::sandbox::{QUARRY, Sandbox};
use crate::upgrade::{BRANCH, api, begin, state, upgrade};

/// Runs the upgrade and kills it when it runs git or cargo with these words.
fn killed(registry: &TestRegistry<'_>, words: &str, when: When) {
    let sandbox = registry.sandbox;
    let mut command = registry.command(QUARRY, "api");
    command.args(["upgrade", "acme-retry", "--breaking", "--verify", "check"]);
    let mut command = meddle(sandbox, command, words, when, "kill -9 $PPID; exit 1");
    let output = command.output().expect("it starts");
    let (stdout, stderr) = texts(&output);
    assert_eq!(output.status.code(), None, "{words}: {stdout}{stderr}");
    std::fs::remove_dir_all(sandbox.path("home/bin")).expect("it was made");
}

/// The copies beside the service.
fn copies(folder: &Path) -> usize {
    let entries = std::fs::read_dir(folder).expect("a folder").flatten();
    let names = entries.map(|entry| entry.file_name());
    names
        .filter(|name| name.to_string_lossy().starts_with(".quarry-"))
        .count()
}

#[test]
fn an_upgrade_that_is_killed_has_not_happened_or_is_whole() {
    let sandbox = Sandbox::new();
    let registry = begin(&sandbox);
    api(&registry);
    let before = state(&sandbox, "api");
    let branches = || sandbox.git(&["branch", "--list", "quarry/*"], "api");
    for (words, when) in [
        ("update --workspace", When::After),
        ("commit-tree", When::After),
        ("update-ref", When::Before),
    ] {
        killed(&registry, words, when);
        assert_eq!(state(&sandbox, "api"), before, "{words}");
        assert_eq!(branches(), "", "{words}");
        sandbox.git(&["fsck", "--strict"], "api");
    }
    // The branch is there, and only nobody has been told.
    killed(&registry, "update-ref", When::After);
    assert_eq!(state(&sandbox, "api"), before);
    assert_eq!(branches().trim(), BRANCH);
    assert_eq!(copies(&sandbox.path("")), 1);

    let (_, stderr) = upgrade(&registry, &["acme-retry", "--breaking"], "api", 0);
    assert!(stderr.contains("nothing to do"), "{stderr}");
    let subject = sandbox.git(&["log", "--format=%s", "-1", BRANCH], "api");
    assert_eq!(subject, "Upgrade acme-retry to 2.0.0\n");
    assert_eq!(state(&sandbox, "api"), before);

    // The next one that works in a copy takes away what is left.
    sandbox.git(&["branch", "-qD", BRANCH], "api");
    let args = ["acme-retry", "--breaking", "--verify", "check"];
    upgrade(&registry, &args, "api", 0);
    assert_eq!(copies(&sandbox.path("")), 0);
}
