//! `publish`: a tag, its version and its changelog become a version in the registry, once.

use crate::library::{LIBRARY, Library, REMOTE, has_cargo_release};
use crate::sandbox::Sandbox;

/// A library whose first version is released and not published.
fn released(sandbox: &Sandbox) -> Library<'_> {
    let library = Library::new(sandbox);
    library.ends(&["release", "--execute"], 0);
    library
}

/// The tag is refused for this reason, and nothing is published.
fn refused(library: &Library<'_>, args: &[&str], code: &str) -> String {
    let args = [&["publish", "--execute"], args].concat();
    let (_, stderr) = library.ends(&args, 1);
    assert!(stderr.contains(&format!("[{code}]")), "{stderr}");
    assert!(!stderr.contains("Published"), "{stderr}");
    stderr
}

#[test]
fn a_tag_is_published_once_and_its_notes_are_written() {
    if !has_cargo_release() {
        return;
    }
    let sandbox = Sandbox::new();
    let library = released(&sandbox);
    // As CI has it: no branch, no history.
    let remote = format!("file://{}", sandbox.path(REMOTE).display());
    let clone = ["clone", "-q", "--depth=1", "--branch=v0.1.0", &remote, "ci"];
    sandbox.git(&clone, "");
    let publish = |args: &[&str]| {
        let mut command = library.registry.command(crate::sandbox::QUARRY, "ci");
        command.args(["publish", "--notes", "notes.md"]).args(args);
        command.env("GITHUB_REF_TYPE", "tag");
        command.env("GITHUB_REF_NAME", "v0.1.0");
        let output = command.output().expect("it starts");
        let (stdout, stderr) = crate::registry_server::texts(&output);
        assert!(output.status.success(), "{args:?}: {stdout}{stderr}");
        (stdout, stderr)
    };
    let (stdout, stderr) = publish(&[]);
    assert!(
        stdout.starts_with("acme-retry 0.1.0 by the tag `v0.1.0`: "),
        "{stdout}"
    );
    assert!(stdout.contains("    src/lib.rs\n"), "{stdout}");
    assert!(!stdout.contains("release.toml"), "{stdout}");
    assert!(stderr.contains("this was a dry run"), "{stderr}");
    assert!(library.registry.versions("acme-retry").is_empty());

    let (_, stderr) = publish(&["--execute"]);
    assert!(stderr.contains("Published acme-retry 0.1.0"), "{stderr}");
    assert_eq!(
        sandbox.read("ci/notes.md"),
        "### Added\n\n- First release.\n"
    );
    let entries = library.registry.versions("acme-retry");
    assert_eq!(entries.len(), 1);

    let (stdout, stderr) = publish(&["--execute", "--message-format", "json"]);
    assert!(
        stderr.contains("Fresh internal has acme-retry 0.1.0 already, with the same checksum"),
        "{stderr}"
    );
    let document: serde_json::Value = serde_json::from_str(&stdout).expect("JSON");
    assert_eq!(document["version"], 1);
    assert_eq!(document["checksum"], entries[0].cksum.as_str());
    assert_eq!(
        document["published_already"],
        serde_json::json!(["internal"])
    );
    assert_eq!(document["plan"]["steps"], serde_json::json!([]));
    let files: Vec<String> = serde_json::from_value(document["files"].clone()).unwrap();
    let package = library.registry.package("acme-retry", "0.1.0");
    let unpacked = cargo_quarry::registry::unpack_crate(&package).expect("a package");
    let mut packed: Vec<_> = unpacked.iter().map(|it| it.name().to_owned()).collect();
    packed.sort();
    assert_eq!(files, packed);
    assert_eq!(library.registry.versions("acme-retry"), entries);
}

#[test]
fn what_does_not_agree_is_not_published() {
    if !has_cargo_release() {
        return;
    }
    let sandbox = Sandbox::new();
    let mut library = released(&sandbox);
    let git = |args: &[&str]| sandbox.git(args, LIBRARY);
    refused(&library, &["--tag", "v0.2.0"], "no-tag");
    let stderr = refused(&library, &["--tag", "v0.2.0"], "tag-mismatch");
    assert!(
        stderr.contains("the tag is `v0.2.0`, and the version in Cargo.toml is 0.1.0"),
        "{stderr}"
    );
    let (_, stderr) = library.ends(&["publish", "--tag", "nightly"], 101);
    assert!(
        stderr.contains("the tag `nightly` names no version of a crate here"),
        "{stderr}"
    );
    library.change("Go on");
    refused(&library, &["--tag", "v0.1.0"], "tag-elsewhere");
    let (_, stderr) = library.ends(&["publish"], 101);
    assert!(
        stderr.contains("has no tag that names a version"),
        "{stderr}"
    );

    git(&["checkout", "-q", "v0.1.0"]);
    let changelog = library.read("CHANGELOG.md");
    let other = changelog.replace("## [0.1.0]", "## [0.0.9]");
    assert_ne!(other, changelog);
    library.write("CHANGELOG.md", &other);
    library.commit("Name another version");
    git(&["tag", "-f", "v0.1.0"]);
    let stderr = refused(&library, &[], "changelog-mismatch");
    assert!(
        stderr.contains("CHANGELOG.md says nothing of 0.1.0"),
        "{stderr}"
    );
    library.write("CHANGELOG.md", &changelog);
    let (_, stderr) = library.ends(&["publish", "--tag", "v0.1.0"], 101);
    assert!(stderr.contains("CHANGELOG.md"), "not committed: {stderr}");
    library.commit("Name it again");
    git(&["tag", "-f", "v0.1.0"]);
    library.registry.kill();
    refused(&library, &[], "registry-unreachable");
}

#[test]
fn a_version_with_another_content_is_told_by_its_files() {
    if !has_cargo_release() {
        return;
    }
    let sandbox = Sandbox::new();
    let library = released(&sandbox);
    library.ends(&["publish", "--execute"], 0);
    let entries = library.registry.versions("acme-retry");
    // The same files from another commit are another package: the commit is in it.
    sandbox.git(&["commit", "-q", "--allow-empty", "-m", "Again"], LIBRARY);
    sandbox.git(&["tag", "-f", "v0.1.0"], LIBRARY);
    let stderr = refused(&library, &[], "version-differs");
    assert!(
        stderr.contains("the same files, from another commit"),
        "{stderr}"
    );
    library.write("src/lib.rs", "//! Other.\n");
    library.commit("Change it");
    sandbox.git(&["tag", "-f", "v0.1.0"], LIBRARY);
    let stderr = refused(&library, &[], "version-differs");
    assert!(
        stderr.contains("with another content: .cargo_vcs_info.json, src/lib.rs"),
        "{stderr}"
    );
    assert!(stderr.contains("help: a version never changes"), "{stderr}");
    assert_eq!(library.registry.versions("acme-retry"), entries);
}

#[test]
fn what_does_not_build_is_not_published() {
    if !has_cargo_release() {
        return;
    }
    let sandbox = Sandbox::new();
    let library = Library::new(&sandbox);
    library.write("src/lib.rs", "pub fn times() -> u32 { \"three\" }\n");
    library.commit("Break it");
    library.ends(&["release", "--execute"], 0);
    for args in [&["publish"][..], &["publish", "--execute"]] {
        let (_, stderr) = library.ends(args, 101);
        assert!(stderr.contains("mismatched types"), "{stderr}");
    }
    assert!(library.registry.versions("acme-retry").is_empty());
}
