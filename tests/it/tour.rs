//! The sample organisation: its history, and that it builds.

use camino::{Utf8Path, Utf8PathBuf};

use cargo_quarry::serve::{self, NewToken, Scope};
use cargo_quarry::tour;

use crate::sandbox::Sandbox;

fn create(sandbox: &Sandbox) -> tour::Organisation {
    let root = Utf8PathBuf::from_path_buf(sandbox.path("tour")).expect("a UTF-8 path");
    tour::create(&root).expect("a sample organisation")
}

#[test]
fn the_monolith_has_a_believable_history() {
    let sandbox = Sandbox::new();
    let organisation = create(&sandbox);
    let git = |args: &[&str]| sandbox.git(args, "tour/monolith");

    git(&["fsck", "--strict"]);
    assert_eq!(git(&["status", "--short"]), "");
    let count = |args: &[&str]| git(args).lines().count();
    assert_eq!(count(&["log", "--format=%h"]), 42);
    assert_eq!(count(&["log", "--merges", "--format=%h"]), 1);
    assert_eq!(count(&["shortlog", "--summary", "HEAD"]), 4);
    // It was called src/backoff.rs until it was moved.
    let follow = ["log", "--follow", "--format=%s", "--", "src/util/retry.rs"];
    let log = git(&follow);
    assert!(
        log.contains("Retry requests with exponential backoff"),
        "{log}"
    );
    assert!(log.lines().count() >= 10, "{log}");

    let error = tour::create(organisation.root()).unwrap_err();
    assert!(matches!(error, tour::TourError::NotEmpty { .. }));
}

#[test]
fn the_same_sample_gives_the_same_commits() {
    let (one, two) = (Sandbox::new(), Sandbox::new());
    create(&one);
    create(&two);
    for repository in ["monolith", "services/billing", "services/shipping"] {
        let head =
            |sandbox: &Sandbox| sandbox.git(&["rev-parse", "HEAD"], &format!("tour/{repository}"));
        assert_eq!(head(&one), head(&two), "{repository}");
    }
}

/// A library as `extract` would make it, by hand: the module's files, nothing else.
fn library(sandbox: &Sandbox, name: &str, files: &[(&str, &str)], dependencies: &str) {
    let folder = format!("tour/{name}");
    let path = name.replace('-', "_");
    for (from, to) in files {
        let text = sandbox.read(&format!("tour/monolith/{from}"));
        let text = text.replace("acme_shop::util::retry", &path);
        sandbox.write(&format!("{folder}/{to}"), &text);
    }
    let manifest = format!(
        "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n\
         [dependencies]\n{dependencies}"
    );
    sandbox.write(&format!("{folder}/Cargo.toml"), &manifest);
}

fn publisher() -> NewToken {
    NewToken {
        name: "test".to_owned(),
        scope: Scope::Publish,
        crates: Vec::new(),
    }
}

#[test]
fn all_builds_and_services_build_on_the_libraries_without_their_copies() {
    let sandbox = Sandbox::new();
    let organisation = create(&sandbox);
    let registry = serve::start(&serve::Options {
        listen: "127.0.0.1:0".parse().unwrap(),
        ..serve::Options::new(organisation.registry_data())
    })
    .unwrap();
    organisation
        .configure_cargo("internal", &registry.index_url())
        .unwrap();
    let (_, token) = serve::add_token(&organisation.registry_data(), publisher()).unwrap();
    let cargo = |args: &[&str], folder: &str| {
        let mut cargo = sandbox.command("cargo", folder);
        cargo.args(args);
        cargo.env("CARGO_REGISTRIES_INTERNAL_TOKEN", token.expose());
        let output = cargo.output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(
            output.status.success(),
            "cargo {args:?} in {folder}: {stderr}"
        );
    };
    for repository in ["monolith", "services/billing", "services/shipping"] {
        let folder = format!("tour/{repository}");
        cargo(&["test", "--locked", "--workspace", "--quiet"], &folder);
        assert_eq!(
            sandbox.git(&["status", "--short"], &folder),
            "",
            "{repository}"
        );
    }
    library(
        &sandbox,
        "acme-retry",
        &[
            ("src/util/retry.rs", "src/lib.rs"),
            ("tests/retry.rs", "tests/retry.rs"),
        ],
        "thiserror = \"2.0\"\n\
         tracing = { version = \"0.1\", default-features = false, features = [\"std\"] }\n",
    );
    library(
        &sandbox,
        "acme-config",
        &[
            ("src/config/mod.rs", "src/lib.rs"),
            ("src/config/layer.rs", "src/layer.rs"),
            ("src/config/secret.rs", "src/secret.rs"),
        ],
        "thiserror = \"2.0\"\nserde_json = \"1.0\"\n\
         serde = { version = \"1.0\", features = [\"derive\"] }\n",
    );
    for name in ["acme-retry", "acme-config"] {
        let folder = format!("tour/{name}");
        cargo(&["test", "--quiet"], &folder);
        let publish = ["publish", "--quiet", "--no-verify", "--allow-dirty"];
        cargo(
            &[&publish[..], &["--registry", "internal"]].concat(),
            &folder,
        );
    }
    for name in tour::SERVICES {
        let adoption = organisation.adopt_libraries(name).unwrap();
        assert_eq!(
            adoption.removed,
            ["src/config.rs", "src/retry.rs"].map(Utf8Path::new)
        );
        assert!(adoption.changed.contains(&"src/lib.rs".into()));
        let folder = format!("tour/services/{name}");
        let add = ["add", "--quiet", "--registry", "internal", "acme-retry"];
        cargo(&[&add[..], &["acme-config"]].concat(), &folder);
        cargo(&["test", "--quiet"], &folder);
        organisation
            .commit(&organisation.service(name), &adoption.message)
            .unwrap();
        let log = sandbox.git(&["show", "--stat"], &folder);
        assert!(log.contains("Use acme-retry and acme-config"), "{log}");
        assert!(log.contains("src/retry.rs"), "{log}");
    }
}
