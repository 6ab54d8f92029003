//! `registry add`: what it writes, and that real cargo reads it.

use crate::registry::{library, publish};
use crate::registry_server::TestRegistry;
use crate::sandbox::{QUARRY, Sandbox};

fn add<'a>(kind: &'a str, url: &'a str) -> [&'a str; 6] {
    ["registry", "add", "internal", "--kind", kind, url]
}

#[test]
fn each_kind_has_its_index_url_and_what_was_there_stays() {
    let sandbox = Sandbox::new();
    sandbox.write("repo/.git/HEAD", "ref: refs/heads/main\n");
    let config = "# ours\n[build]\njobs = 2 # few\n";
    let cases = [
        (
            "embedded",
            "http://127.0.0.1:35467",
            "sparse+http://127.0.0.1:35467/index/",
        ),
        (
            "kellnr",
            "https://k.acme.dev",
            "sparse+https://k.acme.dev/api/v1/crates/",
        ),
        (
            "cloudsmith",
            "https://cargo.cloudsmith.io/acme/libs",
            "sparse+https://cargo.cloudsmith.io/acme/libs/",
        ),
        (
            "artifactory",
            "https://acme.jfrog.io/artifactory/api/cargo/libs",
            "sparse+https://acme.jfrog.io/artifactory/api/cargo/libs/index/",
        ),
    ];
    for (kind, url, index) in cases {
        sandbox.write("repo/.cargo/config.toml", config);
        sandbox.write("repo/deep/Cargo.toml", "");
        assert_eq!(
            sandbox.quarry(&add(kind, url), "repo/deep"),
            format!("{index}\n")
        );
        let expected = format!(
            "{config}\n[registries.internal]\n\
             credential-provider = \"cargo:token\"\nindex = \"{index}\"\n"
        );
        assert_eq!(sandbox.read("repo/.cargo/config.toml"), expected);
        // Twice is once.
        sandbox.quarry(&add(kind, url), "repo");
        assert_eq!(sandbox.read("repo/.cargo/config.toml"), expected);
    }
}

#[test]
fn another_url_needs_force_and_a_chosen_provider_stays() {
    let sandbox = Sandbox::new();
    sandbox.write("repo/.git/HEAD", "ref: refs/heads/main\n");
    let old = "[registries.internal]\nindex = \"sparse+http://old/index/\" # since 2024\n\
               credential-provider = [\"cargo:libsecret\"]\n";
    sandbox.write("repo/.cargo/config.toml", old);
    let stderr = sandbox.quarry_fails(&add("embedded", "http://new"), "repo", 101);
    assert!(
        stderr.contains("has `internal` at sparse+http://old/index/"),
        "{stderr}"
    );
    assert!(
        stderr.contains("help: lock files hold that URL"),
        "{stderr}"
    );
    assert_eq!(sandbox.read("repo/.cargo/config.toml"), old);
    let force = [&add("embedded", "http://new")[..], &["--force"]].concat();
    let output = sandbox.run(QUARRY, &force, "repo");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(
        stderr.contains("relock --from sparse+http://old/index/ --to internal"),
        "{stderr}"
    );
    assert_eq!(
        sandbox.read("repo/.cargo/config.toml"),
        old.replace("old", "new")
    );
    let stderr = sandbox.quarry_fails(&add("cloudsmith", "https://cloudsmith.io/x"), "repo", 101);
    assert!(
        stderr.contains("help: it looks like https://cargo.cloudsmith.io/"),
        "{stderr}"
    );
}

#[test]
fn cargo_publishes_to_what_was_added() {
    let sandbox = Sandbox::new();
    let registry = TestRegistry::start(&sandbox);
    std::fs::remove_file(sandbox.path(".cargo/config.toml")).expect("a configuration");
    library(&sandbox, "acme-added", "0.1.0", "", "");
    let manifest = ["--manifest-path", "acme-added/Cargo.toml"];
    let base = registry.base_url();
    let args = [&add("embedded", &base)[..], &manifest].concat();
    assert_eq!(sandbox.quarry(&args, "").trim_end(), registry.index_url);
    publish(&registry, "acme-added");

    // The user's own configuration is in cargo's home.
    sandbox.write("cargo-home/config.toml", "[net]\nretry = 1\n");
    let mut command = sandbox.command(QUARRY, "");
    command.env("CARGO_HOME", sandbox.path("cargo-home"));
    let output = command
        .args(add("embedded", &base))
        .arg("--global")
        .output();
    assert!(output.expect("it starts").status.success());
    let config = sandbox.read("cargo-home/config.toml");
    assert!(
        config.starts_with("[net]\nretry = 1\n\n[registries.internal]\n"),
        "{config}"
    );
}
