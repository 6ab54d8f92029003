//! `sync`: the template goes on, the repository has gone on; both come together.

use std::process::Stdio;

use serde_json::Value;

use crate::new::count;
#[cfg(unix)]
use crate::new::{chmod, executable};
use crate::registry_server::texts;
use crate::sandbox::{QUARRY, Sandbox};

const MANIFEST: &str = "[package]\nname = \"<< name >>\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\
    publish = [\"<< registry >>\"]\n\n[lints.rust]\nunsafe_code = \"forbid\"\n";

const WORKFLOW: &str = "name: CI\n\non: push\n\njobs:\n  check:\n    runs-on: ubuntu-latest\n    \
    timeout-minutes: 30\n    steps:\n      - run: cargo test\n      - run: cargo doc\n";

const SETTINGS: &str =
    "# Settings of << name >>.\none = 1\ntwo = 2\nthree = 3\nfour = 4\nfive = 5\n";

/// A team's template in a bare repository, and a library made from it.
struct Team {
    sandbox: Sandbox,
}

impl Team {
    fn start() -> Self {
        let team = Self {
            sandbox: Sandbox::new(),
        };
        let sandbox = &team.sandbox;
        sandbox.write("work/repository/.gitignore", "/target\n");
        sandbox.write("work/repository/.github/workflows/ci.yml", WORKFLOW);
        sandbox.write("work/repository/settings.toml", SETTINGS);
        sandbox.write("work/crate/Cargo.toml.jinja", MANIFEST);
        sandbox.write("work/crate/src/lib.rs", "//! << description >>.\n");
        sandbox.write("work/crate/README.md", "# << name >>\n\nText.\n");
        sandbox.write("work/README.md", "The template of our libraries.\n");
        sandbox.git(&["init", "-q", "-b", "main"], "work");
        sandbox.git(&["init", "-q", "--bare", "-b", "main", "template.git"], "");
        sandbox.git(&["remote", "add", "origin", "../template.git"], "work");
        team.publish("one");
        let url = team.url();
        sandbox.quarry(&["new", "acme-retry", "--template", &url], "");
        team
    }

    fn url(&self) -> String {
        format!("file://{}", self.sandbox.path("template.git").display())
    }

    /// Commits and pushes the template as it is in its worktree.
    fn publish(&self, message: &str) {
        self.sandbox.git(&["add", "--all"], "work");
        self.sandbox.git(&["commit", "-qm", message], "work");
        self.sandbox.git(&["push", "-q", "origin", "main"], "work");
    }

    /// Replaces in a file below the sandbox, once.
    fn edit(&self, file: &str, from: &str, to: &str) {
        let text = self.sandbox.read(file);
        assert_eq!(text.matches(from).count(), 1, "{file}: {text}");
        self.sandbox.write(file, &text.replace(from, to));
    }

    fn commit(&self) {
        self.sandbox.git(&["add", "--all"], "acme-retry");
        self.sandbox
            .git(&["commit", "-qm", "By hand"], "acme-retry");
    }

    /// `sync …` as JSON, with its exit code.
    fn sync(&self, args: &[&str], code: i32) -> Value {
        let all = [&["sync", "--message-format", "json"][..], args].concat();
        let output = self.sandbox.run(QUARRY, &all, "acme-retry");
        let (stdout, stderr) = texts(&output);
        assert_eq!(
            output.status.code(),
            Some(code),
            "{args:?}: {stdout}{stderr}"
        );
        serde_json::from_str(&stdout).unwrap_or_else(|error| panic!("{error}: {stdout}{stderr}"))
    }

    /// Syncs, and takes the branch.
    fn merge(&self) -> Value {
        let said = self.sync(&[], 0);
        let git = |args: &[&str]| self.sandbox.git(args, "acme-retry");
        assert_eq!(git(&["status", "--porcelain"]), "");
        git(&["merge", "-q", "--ff-only", "quarry/sync"]);
        assert_eq!(self.sync(&["--check"], 0)["status"], "fresh");
        assert_eq!(self.sync(&[], 0)["status"], "fresh");
        said
    }

    fn read(&self, file: &str) -> String {
        self.sandbox.read(&format!("acme-retry/{file}"))
    }
}

#[test]
fn changes_of_the_template_arrive_and_hand_edits_stay() {
    let team = Team::start();
    let record = team.read(".quarry/template.toml");
    let first = team.sandbox.git(&["rev-parse", "main"], "template.git");
    assert!(record.contains(first.trim()), "{record}");
    assert_eq!(team.sync(&["--check"], 0)["status"], "fresh");

    // Its author has gone on: with a setting, a version, a dependency, and code.
    team.edit("acme-retry/settings.toml", "one = 1", "one = 11");
    team.edit("acme-retry/Cargo.toml", "0.1.0", "0.2.0");
    team.sandbox
        .write("acme-retry/src/lib.rs", "//! Code.\n\npub mod more;\n");
    team.sandbox.write("acme-retry/src/more.rs", "//! More.\n");
    team.commit();
    let edited = team.sync(&["--check"], 0);
    let paths = edited["edited"].as_array().expect("a list");
    assert_eq!(paths.len(), 2, "{edited}");
    assert_eq!(team.sync(&["--check", "--strict"], 1)["status"], "fresh");

    // And so has the template.
    team.edit("work/repository/settings.toml", "five = 5", "five = 55");
    team.edit(
        "work/crate/Cargo.toml.jinja",
        "\"forbid\"\n",
        "\"forbid\"\nmissing_docs = \"warn\"\n",
    );
    team.sandbox
        .write("work/crate/src/lib.rs", "//! Another beginning.\n");
    team.sandbox
        .write("work/repository/rustfmt.toml", "max_width = 100\n");
    team.publish("two");
    let output = team.sandbox.run(QUARRY, &["sync", "--check"], "acme-retry");
    let (stdout, stderr) = texts(&output);
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stdout.contains("\n-five = 5\n+five = 55\n"), "{stdout}");
    assert!(!stdout.contains(".quarry/"), "{stdout}");
    assert!(!stdout.contains('\u{1b}'), "{stdout}");
    let colour = ["sync", "--check", "--color", "always"];
    let output = team.sandbox.run(QUARRY, &colour, "acme-retry");
    let coloured = texts(&output).0;
    assert!(coloured.contains("\u{1b}[32mfive = 55"), "{coloured}");

    let said = team.merge();
    assert_eq!(said["status"], "synced");
    assert_eq!(said["was"], first.trim());
    let settings = team.read("settings.toml");
    assert!(
        settings.contains("one = 11\n") && settings.contains("five = 55\n"),
        "{settings}"
    );
    let manifest = team.read("Cargo.toml");
    assert!(
        manifest.contains("0.2.0") && manifest.contains("missing_docs"),
        "{manifest}"
    );
    assert_eq!(team.read("src/lib.rs"), "//! Code.\n\npub mod more;\n");
    assert_eq!(team.read("rustfmt.toml"), "max_width = 100\n");
    team.sandbox
        .ok("cargo", &["check", "--locked", "--quiet"], "acme-retry");
    let second = team.sandbox.git(&["rev-parse", "main"], "template.git");
    assert!(team.read(".quarry/template.toml").contains(second.trim()));
}

#[test]
fn what_was_deleted_comes_back_unless_it_is_not_wanted() {
    let team = Team::start();
    std::fs::remove_file(team.sandbox.path("acme-retry/settings.toml")).expect("it is there");
    // It is seen before it is committed, too.
    let said = team.sync(&["--check"], 1);
    assert_eq!(
        said["missing"],
        serde_json::json!(["settings.toml"]),
        "{said}"
    );
    team.commit();
    team.merge();
    assert_eq!(
        team.read("settings.toml"),
        SETTINGS.replace("<< name >>", "acme-retry")
    );

    team.sandbox
        .git(&["rm", "-q", "settings.toml"], "acme-retry");
    team.edit(
        "acme-retry/.quarry/template.toml",
        "without = []",
        "without = [\"settings.toml\"] # we have none",
    );
    team.commit();
    assert_eq!(team.sync(&["--check"], 0)["status"], "fresh");
    // Even where the template moves it; and what is written beside it stays.
    team.sandbox.git(
        &["mv", "repository/settings.toml", "repository/other.toml"],
        "work",
    );
    team.edit("work/crate/README.md", "Text.", "More text.");
    team.publish("two");
    team.merge();
    assert!(!team.sandbox.path("acme-retry/other.toml").exists());
    assert!(team.read("README.md").contains("More text."));
    assert!(
        team.read(".quarry/template.toml")
            .contains("# we have none")
    );
}

#[test]
fn files_that_were_moved_are_followed() {
    let team = Team::start();
    // By hand here, with an edit; by the template there.
    let (from, to) = (".github/workflows/ci.yml", ".github/workflows/checks.yml");
    team.sandbox.git(&["mv", from, to], "acme-retry");
    team.edit(
        &format!("acme-retry/{to}"),
        "cargo test",
        "cargo test --locked",
    );
    team.edit("acme-retry/settings.toml", "one = 1", "one = 11");
    team.commit();
    let said = team.sync(&["--check"], 0);
    let moved = serde_json::json!({ "path": to, "template": from });
    assert!(
        said["edited"].as_array().expect("a list").contains(&moved),
        "{said}"
    );

    team.edit(
        &format!("work/repository/{from}"),
        "minutes: 30",
        "minutes: 60",
    );
    team.sandbox.git(
        &["mv", "repository/settings.toml", "repository/config.toml"],
        "work",
    );
    team.edit("work/repository/config.toml", "five = 5", "five = 55");
    team.publish("two");
    team.merge();
    let workflow = team.read(to);
    assert!(workflow.contains("cargo test --locked") && workflow.contains("minutes: 60"));
    assert!(!team.sandbox.path(&format!("acme-retry/{from}")).exists());
    let config = team.read("config.toml");
    assert!(
        config.contains("one = 11\n") && config.contains("five = 55\n"),
        "{config}"
    );
    assert!(!team.sandbox.path("acme-retry/settings.toml").exists());
}

#[test]
fn conflicts_have_marks_and_are_told() {
    let team = Team::start();
    team.edit("acme-retry/settings.toml", "one = 1", "one = 11");
    team.edit("acme-retry/README.md", "Text.", "Our text.");
    team.commit();
    team.edit("work/repository/settings.toml", "one = 1", "one = 111");
    team.sandbox.git(&["rm", "-q", "crate/README.md"], "work");
    team.publish("two");

    let check = team.sync(&["--check"], 1);
    assert_eq!(
        check["conflicts"].as_array().map(Vec::len),
        Some(2),
        "{check}"
    );
    let said = team.sync(&[], 1);
    assert_eq!(said["status"], "conflicts");
    let git = |args: &[&str]| team.sandbox.git(args, "acme-retry");
    assert_eq!(git(&["status", "--porcelain"]), "");
    let settings = git(&["show", "quarry/sync:settings.toml"]);
    let marked = "<<<<<<< repository\none = 11\n=======\none = 111\n>>>>>>> template\ntwo = 2\n";
    assert!(settings.contains(marked), "{settings}");
    // Deleted there, edited here: it is kept, and named.
    assert!(git(&["show", "quarry/sync:README.md"]).contains("Our text."));
    let message = git(&["log", "-1", "--format=%b", "quarry/sync"]);
    assert!(message.contains("- settings.toml\n") && message.contains("- README.md\n"));

    // It was not touched: another sync makes it anew. What was done to it by hand is kept.
    team.sync(&[], 1);
    git(&["switch", "-q", "quarry/sync"]);
    team.sandbox
        .write("acme-retry/settings.toml", "one = 1111\n");
    let on_it = team.sandbox.quarry_fails(&["sync"], "acme-retry", 101);
    assert!(on_it.contains("not committed"), "{on_it}");
    git(&["commit", "-qa", "--amend", "--no-edit"]);
    git(&["switch", "-q", "main"]);
    let said = team.sandbox.quarry_fails(&["sync"], "acme-retry", 101);
    assert!(
        said.contains("has commits that were not made by this command"),
        "{said}"
    );
    git(&["merge", "-q", "--ff-only", "quarry/sync"]);
    assert_eq!(team.sync(&[], 0)["status"], "fresh");

    // The template's text in place of ours.
    eprintln!(
        "{}",
        git(&["log", "--all", "--oneline", "--decorate", "--graph"])
    );
    let restored = team.sync(&["--restore", "settings.toml"], 0);
    assert_eq!(
        restored["changes"][0]["path"], "settings.toml",
        "{restored}"
    );
    let settings = git(&["show", "quarry/sync:settings.toml"]);
    assert!(settings.contains("one = 111\n"), "{settings}");
    let none = team
        .sandbox
        .quarry_fails(&["sync", "--restore", "none"], "acme-retry", 101);
    assert!(none.contains("the template has no file `none`"), "{none}");
}

#[test]
fn a_template_in_a_folder_is_followed_too() {
    let team = Team::start();
    team.sandbox.quarry(
        &[
            "new",
            "acme-ids",
            "--template",
            "work",
            "--into",
            "libs/ids",
        ],
        "",
    );
    let record = team.sandbox.read("libs/ids/.quarry/template.toml");
    assert!(record.contains("path = \"../../work\""), "{record}");
    team.edit("work/repository/settings.toml", "two = 2", "two = 22");
    let said = team
        .sandbox
        .run(QUARRY, &["sync", "--check"], "libs/ids/src");
    assert_eq!(said.status.code(), Some(1));
    team.sandbox.quarry(&["sync"], "libs/ids/src");
    let settings = team
        .sandbox
        .git(&["show", "quarry/sync:settings.toml"], "libs/ids");
    assert!(settings.contains("# Settings of acme-ids.\n") && settings.contains("two = 22\n"));

    // A fault in it is told with its file, and nothing is made.
    team.sandbox
        .write("work/repository/settings.toml", "<< nothing >>\n");
    let said = team.sandbox.quarry_fails(&["sync"], "libs/ids", 101);
    assert!(
        said.contains("cannot render the template of `settings.toml`"),
        "{said}"
    );
}

#[cfg(unix)]
#[test]
fn links_in_a_template_are_refused() {
    use std::os::unix::fs::symlink;

    let team = Team::start();
    let new = ["new", "acme-ids", "--template"];
    let refused = |link: &str| {
        for template in ["work", &team.url()] {
            let said = team
                .sandbox
                .quarry_fails(&[&new[..], &[template]].concat(), "", 101);
            let words = format!("the template has `{link}`, which is a symbolic link\nhelp: ");
            assert!(said.contains(&words), "{said}");
        }
    };
    symlink(
        "/etc/passwd",
        team.sandbox.path("work/repository/.github/users"),
    )
    .expect("a link");
    team.publish("two");
    refused("repository/.github/users");
    team.sandbox.quarry_fails(&["sync"], "acme-retry", 101);
    // As a whole part, and where nothing is.
    std::fs::remove_dir_all(team.sandbox.path("work/repository")).expect("it is there");
    for to in ["/etc", "nowhere"] {
        let link = team.sandbox.path("work/repository");
        symlink(to, &link).expect("a link");
        team.publish(to);
        refused("repository");
        std::fs::remove_file(&link).expect("it is there");
    }
    assert!(!team.sandbox.path("acme-ids").exists());
}

#[cfg(unix)]
#[test]
fn modes_are_merged_as_texts_are() {
    let team = Team::start();
    let modes = || executable(&team.sandbox, "HEAD", "acme-retry");
    team.sandbox.write(
        "work/repository/.ci/run",
        "#!/bin/sh\nwc -l one\nwc -l two\n",
    );
    team.publish("two");
    team.merge();
    assert!(modes().is_empty());

    // The template makes a file executable; another its user has, who keeps it so.
    chmod(&team.sandbox, "work/repository/.ci/run", 0o755);
    team.publish("three");
    chmod(&team.sandbox, "acme-retry/settings.toml", 0o755);
    let said = team.sync(&["--check", "--strict"], 1);
    let change = serde_json::json!([{ "change": "changed", "path": ".ci/run" }]);
    assert_eq!(said["changes"], change, "{said}");
    let edited = serde_json::json!([{ "path": "settings.toml" }]);
    assert_eq!(said["edited"], edited, "{said}");
    team.commit();
    let output = team.sandbox.run(QUARRY, &["sync", "--check"], "acme-retry");
    let (stdout, stderr) = texts(&output);
    assert_eq!(
        stdout,
        "diff --git a/.ci/run b/.ci/run\nold mode 100644\nnew mode 100755\n"
    );
    assert!(
        stderr.contains("Edited settings.toml: it stays so"),
        "{stderr}"
    );
    team.edit("work/repository/settings.toml", "five = 5", "five = 55");
    team.publish("four");
    team.merge();
    assert_eq!(modes(), [".ci/run", "settings.toml"]);
    assert!(team.read("settings.toml").contains("five = 55"));
    assert_eq!(team.sync(&["--check"], 0)["edited"], edited);

    // A record of an older version says nothing of modes.
    let base = team.read(".quarry/base.toml");
    let older = base.replace("executable = [\".ci/run\"]\n", "");
    assert_ne!(base, older);
    team.sandbox.write("acme-retry/.quarry/base.toml", &older);
    team.commit();
    team.merge();
    assert_eq!(team.read(".quarry/base.toml"), base);
    assert_eq!(modes(), [".ci/run", "settings.toml"]);

    // It takes the mode back, where the text was edited; ours goes on demand.
    team.edit("acme-retry/.ci/run", "wc -l two", "wc -c two");
    team.commit();
    chmod(&team.sandbox, "work/repository/.ci/run", 0o644);
    team.publish("five");
    team.merge();
    assert_eq!(modes(), ["settings.toml"]);
    assert!(team.read(".ci/run").contains("wc -c two"));
    team.sync(&["--restore", "settings.toml"], 0);
    let restored = executable(&team.sandbox, "quarry/sync", "acme-retry");
    assert!(restored.is_empty(), "{restored:?}");
}

#[test]
fn a_repository_that_was_not_made_from_it_is_adopted() {
    let team = Team::start();
    let sandbox = &team.sandbox;
    sandbox.write(
        "old/Cargo.toml",
        "[package]\nname = \"acme-old\"\nversion = \"1.2.3\"\n",
    );
    sandbox.write("old/src/lib.rs", "//! Old code.\n");
    sandbox.write("old/settings.toml", "one = 1\n");
    sandbox.git(&["init", "-q", "-b", "trunk"], "old");
    sandbox.git(&["add", "--all"], "old");
    sandbox.git(&["commit", "-qm", "Old"], "old");
    let said = sandbox.quarry_fails(&["sync"], "old", 101);
    assert!(
        said.contains("does not say which template it was made from"),
        "{said}"
    );
    assert!(said.contains("sync --adopt"), "{said}");

    let url = team.url();
    let adopt = ["sync", "--adopt", "--template", &url];
    let json = [&adopt[..], &["--message-format", "json"]].concat();
    let said: Value = serde_json::from_str(&sandbox.quarry(&json, "old")).expect("JSON");
    let added = serde_json::json!([".github/workflows/ci.yml", ".gitignore", "README.md"]);
    assert_eq!(said["added"], added, "{said}");
    let diff = said["diff"].as_str().expect("a text");
    assert!(diff.contains("+two = 2\n"), "{diff}");
    assert_eq!(sandbox.git(&["status", "--porcelain"], "old"), "");
    sandbox.git(&["merge", "-q", "--ff-only", "quarry/sync"], "old");
    assert_eq!(sandbox.read("old/settings.toml"), "one = 1\n");
    let record = sandbox.read("old/.quarry/template.toml");
    assert!(record.contains("version = \"1.2.3\"") && record.contains("branch = \"trunk\""));
    sandbox.quarry(&["sync", "--check"], "old");
    let again = sandbox.quarry_fails(&adopt, "old", 101);
    assert!(
        again.contains("has a record of its template already"),
        "{again}"
    );

    // From here on it follows.
    team.edit(
        "work/repository/.github/workflows/ci.yml",
        "minutes: 30",
        "minutes: 60",
    );
    team.publish("two");
    sandbox.quarry(&["sync"], "old");
    let workflow = ["show", "quarry/sync:.github/workflows/ci.yml"];
    assert!(sandbox.git(&workflow, "old").contains("minutes: 60"));
}

/// Killed at any moment, the checkout is as it was, and the branch is whole or not there.
#[test]
fn a_sync_that_is_killed_leaves_the_checkout_alone() {
    let team = Team::start();
    team.edit("work/repository/settings.toml", "two = 2", "two = 22");
    team.edit("work/crate/Cargo.toml.jinja", "0.1.0", "0.1.1");
    team.publish("two");
    let sandbox = &team.sandbox;
    let git = |args: &[&str]| sandbox.git(args, "acme-retry");
    let (head, mut before) = (git(&["rev-parse", "HEAD"]), 0);
    for entries in (1..200).step_by(7) {
        // Its own for each: git may still write there when we are gone.
        let tmp = sandbox.path(&format!("tmp-{entries}"));
        std::fs::create_dir_all(&tmp).expect("a folder");
        let mut run = sandbox
            .command(QUARRY, "acme-retry")
            .arg("sync")
            .env("TMPDIR", &tmp)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("it starts");
        while run.try_wait().expect("it can be waited for").is_none() && count(&tmp) < entries {
            std::thread::yield_now();
        }
        // It may have ended.
        let _ = run.kill();
        run.wait().expect("it can be waited for");
        git(&["fsck", "--strict", "--no-dangling"]);
        assert_eq!(git(&["rev-parse", "HEAD"]), head);
        assert_eq!(git(&["status", "--porcelain"]), "");
        if git(&["branch", "--list", "quarry/sync"]).is_empty() {
            before += 1;
        } else {
            assert!(git(&["show", "quarry/sync:settings.toml"]).contains("two = 22"));
        }
    }
    assert!(before > 3, "{before}");
    team.merge();
}
