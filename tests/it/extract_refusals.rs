//! Input that cannot be worked with: a clear message, the right exit code, nothing changed.

use std::os::unix::ffi::OsStrExt as _;
use std::process::Command;

use crate::extract_sample::{
    MONOLITH, State, assert_no_scratch, commit, extract, monolith, said, write,
};
use crate::registry_server::TestRegistry;
use crate::sandbox::{QUARRY, Sandbox};

/// The command must end with `code` and say all of `words`, and change nothing.
fn refuses(sandbox: &Sandbox, command: Command, code: i32, words: &[&str]) {
    let before = State::of(sandbox);
    let (found, stdout, stderr) = said(command);
    assert_eq!(found, code, "{stdout}{stderr}");
    for word in words {
        assert!(stderr.contains(word), "{word:?} is not in:\n{stderr}");
    }
    assert_eq!(State::of(sandbox), before);
    std::fs::create_dir_all(sandbox.path("tmp")).expect("a folder");
    assert_no_scratch(sandbox);
}

fn with_monolith() -> Sandbox {
    let sandbox = Sandbox::new();
    monolith(&sandbox);
    sandbox
}

/// The command for another module, name and folder.
fn other(sandbox: &Sandbox, module: &str, name: &str, into: &str) -> Command {
    let mut command = sandbox.command(QUARRY, MONOLITH);
    command.args([
        "extract", module, "-p", "shop", "--name", name, "--into", into,
    ]);
    command
}

#[test]
fn no_git_repository() {
    let sandbox = with_monolith();
    std::fs::rename(
        sandbox.path(&format!("{MONOLITH}/.git")),
        sandbox.path("home/git"),
    )
    .expect("it is there");
    let (code, _, stderr) = said(extract(&sandbox, &[]));
    assert_eq!(code, 101, "{stderr}");
    assert!(stderr.contains("is not in a git repository"), "{stderr}");
    assert!(
        stderr.contains("help: history is taken from git"),
        "{stderr}"
    );
    assert!(!sandbox.path("acme-amount").exists());
    assert!(!sandbox.path(&format!("{MONOLITH}/.git")).exists());
}

#[test]
fn uncommitted_changes_in_the_files_concerned_and_nowhere_else() {
    let sandbox = with_monolith();
    let path = "shop/src/util/amount.rs";
    let text = sandbox.read(&format!("{MONOLITH}/{path}"));
    write(&sandbox, path, &(text + "// more\n"));
    let words = [
        "error: a path is not committed: `shop/src/util/amount.rs`",
        "help: commit or stash them first",
    ];
    refuses(&sandbox, extract(&sandbox, &[]), 101, &words);
    sandbox.git(&["checkout", "--quiet", "--", path], MONOLITH);
    write(&sandbox, "notes.txt", "mine\n");
    let (code, stdout, stderr) = said(extract(&sandbox, &["--dry-run"]));
    assert_eq!(code, 0, "{stdout}{stderr}");
}

#[test]
fn a_monolith_that_does_not_build() {
    let sandbox = with_monolith();
    write(
        &sandbox,
        "shop/src/billing.rs",
        "fn broken() -> u8 { \"\" }\n",
    );
    commit(&sandbox, "Break it", "Ann Author");
    let words = [
        "error: the project does not build with default features",
        "help: see that `cargo check --all-targets` succeeds first",
        "mismatched types",
        "shop/src/billing.rs:1",
    ];
    refuses(&sandbox, extract(&sandbox, &[]), 101, &words);
}

#[test]
fn a_dependency_that_does_not_build_where_the_build_script_does() {
    let sandbox = with_monolith();
    let manifest = sandbox.read(&format!("{MONOLITH}/shop/Cargo.toml"));
    let manifest = manifest.replace(
        "[dependencies]\n",
        "[dependencies]\nold = { path = \"../old\" }\n",
    );
    write(&sandbox, "shop/Cargo.toml", &manifest);
    write(&sandbox, "shop/build.rs", "fn main() {}\n");
    write(
        &sandbox,
        "old/Cargo.toml",
        "[package]\nname = \"old\"\nversion = \"0.1.0\"\nedition = \"2021\"\n",
    );
    write(&sandbox, "old/src/lib.rs", "pub fn old() -> u8 { \"\" }\n");
    sandbox.ok("cargo", &["generate-lockfile", "--quiet"], MONOLITH);
    commit(&sandbox, "Depend on old code", "Ann Author");
    let words = [
        "error: the project does not build with default features",
        "mismatched types",
        "old/src/lib.rs:1",
    ];
    refuses(&sandbox, extract(&sandbox, &[]), 101, &words);
}

#[test]
fn an_unknown_module() {
    let sandbox = with_monolith();
    let command = other(
        &sandbox,
        "crate::util::amuont",
        "acme-amount",
        "../acme-amount",
    );
    let words = [
        "error: `shop` has no module `crate::util::amuont`",
        "help: did you mean crate::util::amount?",
    ];
    refuses(&sandbox, command, 101, &words);
}

#[test]
fn a_module_whose_file_is_not_committed() {
    let sandbox = with_monolith();
    let util = sandbox.read(&format!("{MONOLITH}/shop/src/util/mod.rs"));
    write(
        &sandbox,
        "shop/src/util/mod.rs",
        &(util + "#[cfg(any())]\npub mod late;\n"),
    );
    commit(&sandbox, "Announce it", "Ann Author");
    let late = || other(&sandbox, "crate::util::late", "acme-late", "../acme-late");
    let words = [
        "error: the file of the module `crate::util::late` is not committed",
        "`shop/src/util/late.rs` or `shop/src/util/late/mod.rs`",
    ];
    refuses(&sandbox, late(), 101, &words);
    write(&sandbox, "shop/src/util/late.rs", "");
    let words = ["error: a path is not committed: `shop/src/util/late.rs`"];
    refuses(&sandbox, late(), 101, &words);
}

#[test]
fn names_that_no_crate_can_have() {
    let sandbox = with_monolith();
    for (name, words) in [
        ("Acme-Amount", "help: use `acme-amount`"),
        ("acme amount", "`acme amount`"),
        ("fn", "keyword"),
        ("3d", "`3d`"),
    ] {
        let command = other(&sandbox, "crate::util::amount", name, "../acme-amount");
        refuses(&sandbox, command, 101, &["error: ", words]);
    }
}

#[test]
fn a_folder_that_is_not_empty() {
    let sandbox = with_monolith();
    sandbox.write("acme-amount/precious.txt", "mine\n");
    let words = [
        "acme-amount` is not empty",
        "help: choose another folder with `--into`",
    ];
    refuses(&sandbox, extract(&sandbox, &[]), 101, &words);
    assert_eq!(sandbox.read("acme-amount/precious.txt"), "mine\n");
}

#[test]
fn registries_that_cannot_be_used() {
    let sandbox = Sandbox::new();
    let mut registry = TestRegistry::start(&sandbox);
    monolith(&sandbox);
    let execute = ["--registry", "internal", "--execute"];
    let words = [
        "error: cargo's configuration has no registry `elsewhere`",
        "[registries.elsewhere]",
    ];
    let command = extract(&sandbox, &["--registry", "elsewhere"]);
    refuses(&sandbox, command, 101, &words);

    let words = [
        "error: cargo has no token for the registry `internal`",
        "cargo login --registry internal",
        "CARGO_REGISTRIES_INTERNAL_TOKEN",
    ];
    refuses(&sandbox, extract(&sandbox, &execute), 101, &words);

    let with_token = |token: &str, args: &[&str]| {
        let mut command = extract(&sandbox, args);
        command.env("CARGO_REGISTRIES_INTERNAL_TOKEN", token).env(
            "CARGO_REGISTRIES_INTERNAL_CREDENTIAL_PROVIDER",
            "cargo:token",
        );
        command
    };
    let words = ["error: the registry `internal` does not let us in"];
    refuses(&sandbox, with_token("wrong", &execute), 101, &words);

    crate::registry::library(&sandbox, "acme-amount", "0.1.0", "", "");
    crate::registry::publish(&registry, "acme-amount");
    std::fs::remove_dir_all(sandbox.path("acme-amount")).expect("it is there");
    let words = [
        "error: the registry `internal` has a crate `acme-amount` already",
        "help: choose another with `--name`",
    ];
    refuses(&sandbox, with_token(&registry.token, &execute), 101, &words);

    registry.kill();
    let words = [
        "error: the registry `internal` does not answer",
        "help: see that it runs",
    ];
    refuses(&sandbox, with_token(&registry.token, &execute), 101, &words);
}

#[test]
fn a_shallow_clone() {
    let sandbox = with_monolith();
    let url = format!("file://{}", sandbox.path(MONOLITH).display());
    sandbox.git(&["clone", "--quiet", "--depth=1", &url, "shallow"], "");
    let mut command = extract(&sandbox, &[]);
    command.current_dir(sandbox.path("shallow"));
    let words = [
        "is a shallow clone",
        "help: fetch the rest with `git fetch --unshallow`",
    ];
    refuses(&sandbox, command, 101, &words);
}

#[test]
fn a_module_in_a_submodule() {
    let sandbox = with_monolith();
    sandbox.write("part/amount.rs", "pub fn a() {}\n");
    sandbox.git(&["init", "--quiet"], "part");
    sandbox.git(&["add", "--all"], "part");
    sandbox.git(&["commit", "--quiet", "-m", "A part"], "part");
    let part = sandbox.path("part");
    let add = [
        "-c",
        "protocol.file.allow=always",
        "submodule",
        "--quiet",
        "add",
    ];
    let to = [part.to_str().expect("UTF-8"), "shop/src/part"];
    sandbox.git(&[&add[..], &to].concat(), MONOLITH);
    let lib = sandbox.read(&format!("{MONOLITH}/shop/src/lib.rs"));
    let declared = "#[path = \"part/amount.rs\"]\npub mod part;\n";
    write(&sandbox, "shop/src/lib.rs", &(lib + declared));
    commit(&sandbox, "Use a part", "Ann Author");
    let command = other(&sandbox, "crate::part", "acme-part", "../acme-part");
    let words = [
        "error: a path is in a submodule: `shop/src/part`",
        "help: code in a submodule has its own repository already",
    ];
    refuses(&sandbox, command, 101, &words);
}

#[test]
fn a_module_that_is_a_symbolic_link() {
    let sandbox = with_monolith();
    let link = sandbox.path(&format!("{MONOLITH}/shop/src/util/linked.rs"));
    std::os::unix::fs::symlink("amount.rs", link).expect("a link");
    let util = sandbox.read(&format!("{MONOLITH}/shop/src/util/mod.rs"));
    write(
        &sandbox,
        "shop/src/util/mod.rs",
        &(util + "pub mod linked;\n"),
    );
    commit(&sandbox, "Link it", "Ann Author");
    let command = other(
        &sandbox,
        "crate::util::linked",
        "acme-linked",
        "../acme-linked",
    );
    let words = [
        "error: a path is a symbolic link: `shop/src/util/linked.rs`",
        "help: replace each link by the file it stands for",
    ];
    refuses(&sandbox, command, 101, &words);
}

#[test]
fn paths_that_are_not_utf_8_matter_only_where_they_are_concerned() {
    let sandbox = with_monolith();
    let name = std::ffi::OsStr::from_bytes(b"caf\xe9.txt");
    for folder in ["", "/shop", "/shop/src/util"] {
        let folder = sandbox.path(&format!("{MONOLITH}{folder}"));
        std::fs::write(folder.join(name), "").expect("a file");
    }
    commit(&sandbox, "Note the café", "Ann Author");
    // The same goes for links.
    let link = sandbox.path(&format!("{MONOLITH}/shop/README.md"));
    std::os::unix::fs::symlink("../README.md", link).expect("a link");
    commit(&sandbox, "Link the readme", "Ann Author");
    let (code, stdout, stderr) = said(extract(&sandbox, &["--verify", "check"]));
    assert_eq!(code, 0, "{stdout}{stderr}");

    let mut command = sandbox.command(QUARRY, MONOLITH);
    command.args([
        "extract",
        "crate::util::tally",
        "-p",
        "shop",
        "--with-needed",
    ]);
    command.args(["--name", "acme-tally"]);
    command.arg("--into").arg(sandbox.path("").join(name));
    let (code, _, stderr) = said(command);
    assert_eq!(code, 2, "{stderr}");
    assert!(stderr.contains("invalid UTF-8"), "{stderr}");
}

#[test]
fn a_proc_macro_crate() {
    let sandbox = with_monolith();
    write(
        &sandbox,
        "derive/Cargo.toml",
        "[package]\nname = \"derive\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\
         [lib]\nproc-macro = true\n",
    );
    write(&sandbox, "derive/src/lib.rs", "mod inner;\n");
    write(&sandbox, "derive/src/inner.rs", "\n");
    write(
        &sandbox,
        "Cargo.toml",
        "[workspace]\nmembers = [\"shop\", \"till\", \"derive\"]\nresolver = \"2\"\n",
    );
    commit(&sandbox, "Derive", "Ann Author");
    let mut command = sandbox.command(QUARRY, MONOLITH);
    command.args([
        "extract",
        "crate::inner",
        "-p",
        "derive",
        "--name",
        "acme-inner",
    ]);
    command.args(["--into", "../acme-inner"]);
    let words = ["error: `derive` is a proc-macro crate"];
    refuses(&sandbox, command, 101, &words);
}

#[test]
fn nobody_to_commit_as() {
    let sandbox = with_monolith();
    let mut command = extract(&sandbox, &[]);
    for name in [
        "GIT_AUTHOR_NAME",
        "GIT_AUTHOR_EMAIL",
        "GIT_COMMITTER_NAME",
        "GIT_COMMITTER_EMAIL",
    ] {
        command.env_remove(name);
    }
    let words = [
        "error: git does not know who you are",
        "help: run `git config user.name NAME`",
    ];
    refuses(&sandbox, command, 101, &words);
}

#[test]
fn a_branch_of_the_users_own() {
    let sandbox = with_monolith();
    sandbox.git(&["branch", "quarry/acme-amount", "HEAD~1"], MONOLITH);
    let words = ["error: the branch `quarry/acme-amount` exists", "--branch"];
    refuses(
        &sandbox,
        extract(&sandbox, &["--verify", "check"]),
        101,
        &words,
    );
}

#[test]
fn an_extraction_that_breaks_a_test() {
    let sandbox = with_monolith();
    let reads = "\
#[test]
fn the_source_is_there() {
    assert!(std::fs::read_to_string(\"src/util/amount.rs\").is_ok());
}
";
    write(&sandbox, "shop/tests/source.rs", reads);
    commit(&sandbox, "Read the source", "Ann Author");
    let words = [
        "error: the extraction breaks something:\n  broken: shop (test \"source\"): \
         the_source_is_there\n",
        "help: nothing was changed",
    ];
    let command = extract(&sandbox, &["--scope", "package"]);
    refuses(&sandbox, command, 101, &words);
}

#[test]
fn a_refusal_is_json_too() {
    let sandbox = with_monolith();
    let mut command = other(
        &sandbox,
        "crate::nothing",
        "acme-nothing",
        "../acme-nothing",
    );
    command.args(["--message-format", "json"]);
    let (code, stdout, stderr) = said(command);
    assert_eq!(code, 101, "{stderr}");
    let document: serde_json::Value = serde_json::from_str(&stdout).expect("one document");
    assert_eq!(document["version"], 1);
    assert_eq!(document["status"], "failed");
    assert_eq!(
        document["error"]["message"],
        "`shop` has no module `crate::nothing`"
    );
}
