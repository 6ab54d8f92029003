//! A library repository from the template, and the tools that work on it.

use std::collections::{BTreeMap, BTreeSet};

use cargo_quarry::cargo::{Dirty, package};
use cargo_quarry::manifest::{LibraryInput, Manifest, Pick, derive_library, list_dependencies};
use cargo_quarry::model::{CrateName, RegistryName};
use cargo_quarry::template::{CrateInputs, Inputs, Origin, Source, load, render};

use super::invocation::{cargo, utf8, write};
use super::sandbox::Sandbox;

const MONOLITH: &str = r#"
[package]
name = "shop"
version = "1.0.0"
edition = "2021"
license = "MIT"
rust-version = "1.70"

[features]
default = ["text"]
text = ["dep:itoa"]
unused = []

[dependencies]
itoa = { version = "1", optional = true }
semver = "1"

[dev-dependencies]
semver = { version = "1", features = ["serde"] }
"#;

const SOURCE: &str = r#"//! Versions.

/// The major version.
///
/// ```
/// assert_eq!(acme_version::major("1.2.3"), Some(1));
/// ```
pub fn major(text: &str) -> Option<u64> {
    Some(semver::Version::parse(text).ok()?.major)
}

/// A number as text.
#[cfg(feature = "text")]
pub fn text(number: u64) -> String {
    itoa::Buffer::new().format(number).to_owned()
}

#[cfg(test)]
mod tests {
    #[test]
    #[cfg(feature = "text")]
    fn numbers() {
        assert_eq!(super::text(12), "12");
    }
}
"#;

/// A repository with a library in it, committed, without a registry to build it.
fn library(sandbox: &Sandbox) {
    let shop = Manifest::parse("Cargo.toml".into(), MONOLITH).expect("a manifest");
    let name = CrateName::new("acme-version").expect("a name");
    let registry = RegistryName::new("internal").expect("a name");
    let picks = list_dependencies(&shop, None).expect("dependencies");
    let picks = picks.iter().map(|d| Pick {
        key: d.key.clone(),
        kind: d.kind,
        required: false,
    });
    let library = derive_library(&LibraryInput {
        package: &shop,
        workspace: None,
        name: &name,
        version: &semver::Version::new(0, 1, 0),
        description: Some("Versions as numbers and text"),
        repository: Some("https://git.example/acme-version"),
        registry: Some(&registry),
        dependencies: &picks.collect::<Vec<_>>(),
        features: &BTreeSet::from(["text".to_owned()]),
        siblings: &BTreeMap::new(),
    })
    .expect("a library");
    assert_eq!(library.problems, []);
    let template = load(&Source::BuiltIn, "".into()).expect("it is built in");
    let files = render(
        &template,
        &Inputs {
            context: None,
            registry,
            index: Some("sparse+http://127.0.0.1:9/index/".to_owned()),
            branch: "main".to_owned(),
            license: Some("MIT".to_owned()),
            repository: None,
            rust_version: Some("1.70".to_owned()),
            all_features: true,
            crates: vec![CrateInputs {
                name,
                version: semver::Version::new(0, 1, 0),
                description: "Versions as numbers and text".to_owned(),
                date: "2026-01-01".to_owned(),
                released: true,
                origin: Some(Origin {
                    repository: "https://git.example/shop".to_owned(),
                    modules: vec!["crate::version".to_owned()],
                    package: "shop".to_owned(),
                    commit: "0123456789".to_owned(),
                }),
            }],
        },
    )
    .expect("its files");
    let folder = utf8(sandbox, "library");
    write(&folder, "Cargo.toml", &library.manifest);
    write(&folder, "src/lib.rs", SOURCE);
    let own = ["Cargo.toml", "src/lib.rs", "tests/version.rs"];
    for (path, file) in files {
        if own.contains(&path.as_str()) {
            continue;
        }
        write(&folder, path.as_str(), &file.text);
    }
    sandbox.ok("cargo", &["generate-lockfile"], "library");
    sandbox.git(&["init", "-q", "-b", "main"], "library");
    sandbox.git(&["add", "-A"], "library");
    sandbox.git(&["commit", "-qm", "Take the library out"], "library");
}

#[test]
fn a_library_packages_without_a_warning_and_tests() {
    let sandbox = Sandbox::new();
    library(&sandbox);
    let said = sandbox.run("cargo", &["package", "--no-verify"], "library");
    let said = String::from_utf8_lossy(&said.stderr).into_owned();
    assert!(!said.contains("warning"), "{said}");
    let made = package(
        &cargo(&sandbox, "library"),
        &utf8(&sandbox, "target"),
        Dirty::Refuse,
        &[],
    );
    let made = made.unwrap();
    let listed = sandbox.ok("tar", &["-tzf", made.as_str()], "library");
    let mut files: Vec<&str> = listed.lines().collect();
    files.sort_unstable();
    let expect = [
        ".cargo_vcs_info.json",
        ".gitignore",
        "CHANGELOG.md",
        "Cargo.lock",
        "Cargo.toml",
        "Cargo.toml.orig",
        "README.md",
        "src/lib.rs",
    ];
    assert_eq!(
        files,
        expect.map(|file| format!("acme-version-0.1.0/{file}"))
    );

    // What its CI does.
    sandbox.ok("cargo", &["fmt", "--all", "--", "--check"], "library");
    let tested = sandbox.ok("cargo", &["test", "--locked"], "library");
    assert!(tested.contains("test tests::numbers ... ok"), "{tested}");
    sandbox.ok(
        "cargo",
        &["check", "--no-default-features", "--locked"],
        "library",
    );
    let id = sandbox.ok("cargo", &["pkgid", "--offline"], "library");
    assert!(id.trim().ends_with("0.1.0"), "{id}");
}

#[test]
fn cargo_release_bumps_writes_the_changelog_commits_and_tags() {
    let sandbox = Sandbox::new();
    library(&sandbox);
    let installed = std::process::Command::new("cargo-release")
        .arg("--version")
        .output();
    if installed.is_err() {
        assert!(
            std::env::var_os("CI").is_none(),
            "CI must have cargo-release: what release.toml says is tried with it"
        );
        let config = sandbox.read("library/release.toml");
        assert!(
            config.contains("\nregistry = \"internal\"\npublish = false\n"),
            "{config}"
        );
        return;
    }
    let changelog = sandbox.read("library/CHANGELOG.md");
    let prose = "\n## [Unreleased]\n\n### Fixed\n\n- The words ## [Unreleased] in prose.\n";
    sandbox.write(
        "library/CHANGELOG.md",
        &changelog.replace("\n## [Unreleased]\n", prose),
    );
    sandbox.git(&["commit", "-qam", "Say what is fixed"], "library");
    let args = ["release", "patch", "--execute", "--no-confirm", "--no-push"];
    sandbox.ok("cargo", &args, "library");

    let changelog = sandbox.read("library/CHANGELOG.md");
    assert!(
        changelog.contains("\n## [Unreleased]\n\n## [0.1.1] - 20"),
        "{changelog}"
    );
    assert!(changelog.contains("- The words ## [Unreleased] in prose."));
    assert!(
        sandbox
            .read("library/Cargo.toml")
            .contains("version = \"0.1.1\"")
    );
    let log = sandbox.git(&["log", "-1", "--format=%s", "v0.1.1"], "library");
    assert_eq!(log.trim(), "Release acme-version 0.1.1");
    let dirty = sandbox.git(&["status", "--porcelain"], "library");
    assert_eq!(dirty, "");
}
