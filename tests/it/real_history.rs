//! A real monolith without the network beyond crates.io: successive releases of a crate,
//! downloaded by cargo and committed one by one.

use std::fs;
use std::path::{Path, PathBuf};

use crate::sandbox::Sandbox;

/// What cargo adds to a package, and its authors never had.
const OF_CARGO: &[&str] = &[".cargo-ok", ".cargo_vcs_info.json", "Cargo.toml.orig"];

/// The types of HTTP: a dozen modules, three dependencies, MIT or Apache-2.0. `byte_str` is for
/// the crate only, changed with nearly every release, and five other modules use it;
/// `extensions` is public and has tests of its own.
pub const HTTP: RealCrate = RealCrate {
    name: "http",
    releases: &[
        ("0.2.0", "2019-12-02"),
        ("0.2.4", "2021-04-04"),
        ("0.2.9", "2023-02-17"),
        ("1.0.0", "2023-11-15"),
        ("1.1.0", "2024-03-04"),
        ("1.2.0", "2024-12-03"),
        ("1.3.1", "2025-03-11"),
        // 1.3.1 trips over a lint that is denied by now: the last one must build.
        ("1.4.0", "2025-11-24"),
    ],
};

/// A crate, and the releases that make its history, with the day of each.
pub struct RealCrate {
    pub name: &'static str,
    pub releases: &'static [(&'static str, &'static str)],
}

/// Makes a repository of a crate's releases in `folder` of the sandbox.
pub fn real_history(sandbox: &Sandbox, krate: &RealCrate, folder: &str) {
    fs::create_dir_all(sandbox.path(folder)).expect("a folder");
    sandbox.git(&["init", "--quiet", "--initial-branch=main"], folder);
    for (version, day) in krate.releases {
        let package = download(sandbox, krate.name, version);
        empty(&sandbox.path(folder));
        copy(&package, &sandbox.path(folder));
        restore_manifest(sandbox, &package, folder);
        // Forced: a lockfile that is in the package belongs to the release, whatever its
        // authors' .gitignore says.
        sandbox.git(&["add", "--all", "--force"], folder);
        let date = format!("{day}T12:00:00+00:00");
        let mut commit = sandbox.command("git", folder);
        commit
            .args(["commit", "--quiet", "-m", &format!("Release {version}")])
            .env("GIT_AUTHOR_DATE", &date)
            .env("GIT_COMMITTER_DATE", &date);
        assert!(commit.status().expect("git").success(), "commit {version}");
    }
}

/// Where cargo has unpacked a release. A package of its own asks for each: one lockfile takes
/// only one of compatible versions.
fn download(sandbox: &Sandbox, name: &str, version: &str) -> PathBuf {
    let asking = format!("asking/{name}-{version}");
    let manifest = format!(
        "[package]\nname = \"asking\"\nedition = \"2024\"\n[dependencies]\n{name} = \"={version}\"\n"
    );
    sandbox.write(&format!("{asking}/Cargo.toml"), &manifest);
    sandbox.write(&format!("{asking}/src/lib.rs"), "");
    let metadata = sandbox.ok("cargo", &["metadata", "--format-version=1"], &asking);
    let metadata: serde_json::Value = serde_json::from_str(&metadata).expect("JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    let package = packages.iter().find(|package| package["name"] == name);
    let manifest = package.expect("the package")["manifest_path"].as_str();
    let manifest = Path::new(manifest.expect("a path"));
    manifest.parent().expect("a folder").to_owned()
}

/// Removes all but `.git`.
fn empty(folder: &Path) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() && !path.ends_with(".git") {
            fs::remove_dir_all(&path).expect("removed");
        } else if path.is_file() {
            fs::remove_file(&path).expect("removed");
        }
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else if !OF_CARGO.iter().any(|name| entry.file_name() == *name) {
            fs::copy(entry.path(), target).expect("copied");
        }
    }
}

/// The manifest as its authors wrote it, unless it needs what was not packaged: then the one
/// that cargo made of it stays.
fn restore_manifest(sandbox: &Sandbox, package: &Path, folder: &str) {
    let written = fs::read_to_string(package.join("Cargo.toml.orig")).expect("the original");
    let made = sandbox.read(&format!("{folder}/Cargo.toml"));
    sandbox.write(&format!("{folder}/Cargo.toml"), &written);
    let reads = ["metadata", "--no-deps", "--format-version=1"];
    if !sandbox.run("cargo", &reads, folder).status.success() {
        sandbox.write(&format!("{folder}/Cargo.toml"), &made);
    }
}

#[test]
fn a_real_crate_has_a_commit_for_each_release() {
    let sandbox = Sandbox::new();
    real_history(&sandbox, &HTTP, "http");
    let git = |args: &[&str]| sandbox.git(args, "http");

    git(&["fsck", "--strict"]);
    assert_eq!(git(&["status", "--short"]), "");
    let log = git(&["log", "--reverse", "--format=%cs %s"]);
    let expected = HTTP
        .releases
        .iter()
        .map(|(v, day)| format!("{day} Release {v}"));
    assert!(log.lines().eq(expected), "{log}");
    // The module has a history of its own, as long as its crate's.
    let changes = git(&["log", "--format=%s", "--", "src/byte_str.rs"]);
    assert!(changes.lines().count() >= 6, "{changes}");
    for (version, _) in HTTP.releases {
        let at = format!("HEAD^{{/Release {version}}}");
        let manifest = git(&["show", &format!("{at}:Cargo.toml")]);
        assert!(
            manifest.contains(&format!("version = \"{version}\"")),
            "{manifest}"
        );
        let files = git(&["ls-tree", "-r", "--name-only", &at]);
        assert!(files.contains("src/uri/path.rs"), "{files}");
        assert!(!OF_CARGO.iter().any(|name| files.contains(name)), "{files}");
    }
    sandbox.ok("cargo", &["check", "--quiet"], "http");
}
