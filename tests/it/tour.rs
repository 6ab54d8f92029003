//! The sample organisation: its history, and that it builds.

use camino::Utf8PathBuf;

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

/// The whole tour; then that each repository is as it was promised, and that the services built
/// before, too.
#[test]
fn the_tour_takes_libraries_out_and_services_drop_their_copies() {
    let sandbox = Sandbox::new();
    let arguments = [
        "tour",
        "tour",
        "--listen",
        "127.0.0.1:0",
        "--message-format",
        "json",
    ];
    let summary: serde_json::Value =
        serde_json::from_str(&sandbox.quarry(&arguments, "")).expect("JSON");
    assert_eq!(
        summary["libraries"].as_array().map(Vec::len),
        Some(2),
        "{summary}"
    );

    for (library, author) in [
        ("acme-retry", "João Ferreira"),
        ("acme-config", "Priya Raman"),
    ] {
        let folder = format!("tour/{library}");
        sandbox.git(&["fsck", "--strict"], &folder);
        assert_eq!(sandbox.git(&["tag"], &folder).trim(), "v0.1.0");
        let authors = sandbox.git(&["log", "--format=%an"], &folder);
        assert!(authors.contains(author), "{authors}");
    }
    let util = sandbox.read("tour/monolith/src/util/mod.rs");
    assert!(util.contains("pub use acme_retry as retry;"), "{util}");
    assert!(!sandbox.path("tour/acme-inventory").exists());
    for service in tour::SERVICES {
        let folder = format!("tour/services/{service}");
        assert_eq!(
            sandbox.git(&["status", "--short"], &folder),
            "",
            "{service}"
        );
        let lock = sandbox.read(&format!("{folder}/Cargo.lock"));
        assert!(lock.contains("name = \"acme-retry\""), "{lock}");
        let files = sandbox.git(&["ls-files"], &folder);
        assert!(!files.contains("src/retry.rs"), "{files}");

        sandbox.git(&["checkout", "--quiet", "HEAD~1"], &folder);
        sandbox.ok("cargo", &["test", "--locked", "--quiet"], &folder);
    }

    let error = sandbox.quarry_fails(&["tour", "tour"], "", 101);
    assert!(error.contains("is not empty"), "{error}");
}
