//! Keeping the embedded registry: its log, its soundness, tokens that end, what it takes.

use cargo_quarry::registry::{Metadata, encode_publish};

use crate::registry::{library, publish};
use crate::registry_protocol::{get, metadata_length, publish_body, put};
use crate::registry_server::TestRegistry;
use crate::sandbox::{QUARRY, Sandbox};

#[test]
fn the_log_says_who_did_what() {
    let sandbox = Sandbox::new();
    let registry = TestRegistry::start(&sandbox);
    registry.add_token(&["--name", "ci"]);
    library(&sandbox, "acme-one", "0.1.0", "", "");
    publish(&registry, "acme-one");
    for args in [
        &["yank", "acme-one@0.1.0"][..],
        &["yank", "acme-one@0.1.0", "--undo"],
        &["owner", "--add", "ci", "acme-one"],
        &["owner", "--remove", "ann", "acme-one"],
    ] {
        registry.cargo(&[args, &["--registry", "internal"]].concat(), "acme-one");
    }
    assert_eq!(
        put(
            &registry,
            &registry.token,
            &publish_body("other", "1.0.0", "")
        )
        .0,
        200
    );
    // Cut off, as by a power cut, and what comes after is whole.
    let log = ["registry", "log", "--data", "registry"];
    let shown = sandbox.quarry(&log, "");
    let rows: Vec<Vec<&str>> = shown
        .lines()
        .map(|l| l.split_whitespace().collect())
        .collect();
    assert_eq!(
        rows[0],
        ["time", "holder", "token", "action", "crate", "detail"]
    );
    let rows: Vec<String> = rows[1..]
        .iter()
        .map(|row| {
            assert_eq!(
                (row[0], row[1], row[2].len()),
                ("2026-01-01T00:00:00Z", "ann", 8)
            );
            row[3..].join(" ")
        })
        .collect();
    assert_eq!(
        rows,
        [
            "publish acme-one 0.1.0",
            "yank acme-one 0.1.0",
            "unyank acme-one 0.1.0",
            "owners acme-one +ci",
            "owners acme-one -ann",
            "publish other 1.0.0",
        ]
    );
    let json = [&log[..], &["--crate", "other", "--message-format", "json"]].concat();
    let json: serde_json::Value = serde_json::from_str(&sandbox.quarry(&json, "")).expect("JSON");
    assert_eq!(json["version"], 1);
    assert_eq!(json["entries"].as_array().map(Vec::len), Some(1));
    assert_eq!(json["entries"][0]["action"], "publish");
    let missing = sandbox.quarry_fails(&["registry", "log", "--data", "none"], "", 101);
    assert!(missing.contains("cannot list `none`"), "{missing}");
}

#[test]
fn what_is_wrong_is_named_and_mended() {
    let sandbox = Sandbox::new();
    let mut registry = TestRegistry::start(&sandbox);
    for version in ["1.0.0", "1.1.0"] {
        let body = publish_body("acme-one", version, "");
        assert_eq!(put(&registry, &registry.token, &body).0, 200);
    }
    let verify = ["registry", "verify", "--data", "registry"];
    let repair = [&verify[..], &["--repair"]].concat();
    let served = sandbox.quarry_fails(&repair, "", 101);
    assert!(
        served.contains("another process serves the data"),
        "{served}"
    );
    let succeeds = |args: &[&str]| {
        let output = sandbox.run(QUARRY, args, "");
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{stderr}");
        stderr
    };
    let served = succeeds(&verify);
    assert!(served.contains("note: it is being served"), "{served}");
    assert!(served.contains("1 crates, 2 versions"), "{served}");
    registry.kill();
    assert!(!succeeds(&verify).contains("served"));

    let index = sandbox.read("registry/index/ac/me/acme-one");
    let first = index.lines().next().expect("a line").to_owned() + "\n";
    sandbox.write("registry/index/ac/me/acme-one", &first);
    sandbox.write("registry/crates/acme-one/.quarry-x", "half");
    let said = sandbox.quarry_fails(&verify, "", 1);
    assert!(
        said.contains(
            "warning: `acme-one` 1.1.0 is complete, and the index does not name it \
             [unlisted-version]"
        ),
        "{said}"
    );
    assert!(said.contains("[leftover-file]"), "{said}");
    assert!(said.contains("help: --repair mends 2 of 2"), "{said}");
    assert_eq!(said.matches("says more").count(), 1, "{said}");
    assert_eq!(sandbox.read("registry/index/ac/me/acme-one"), first);
    let said = succeeds(&repair);
    assert!(
        said.contains("Mended `acme-one` 1.1.0 is complete"),
        "{said}"
    );
    assert_eq!(sandbox.read("registry/index/ac/me/acme-one"), index);

    let package = "registry/crates/acme-one/acme-one-1.0.0.crate";
    std::fs::write(sandbox.path(package), "other").expect("a file");
    let json = [&verify[..], &["--repair", "--message-format", "json"]].concat();
    let output = sandbox.run(QUARRY, &json, "");
    assert_eq!(output.status.code(), Some(1));
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(
        (&json["version"], &json["sound"]),
        (&1.into(), &false.into())
    );
    assert_eq!(json["findings"][0]["code"], "wrong-checksum");
    assert_eq!(json["findings"][0]["mended"], false);
    registry.restart();
}

#[test]
fn a_token_ends_when_it_was_said_to() {
    let sandbox = Sandbox::new();
    let registry = TestRegistry::start(&sandbox);
    let add = [
        "registry",
        "token",
        "add",
        "--data",
        "registry",
        "--expires",
        "1h",
    ];
    // An hour and a day before the registry's clock.
    for (name, now) in [("now", "1767225600"), ("long-ago", "1767139200")] {
        let output = sandbox
            .command(QUARRY, "")
            .args([&add[..], &["--name", name]].concat())
            .env("CARGO_QUARRY_NOW", now)
            .output()
            .expect("it starts");
        let secret = String::from_utf8(output.stdout).expect("text");
        assert!(
            secret.starts_with("quarry_") && secret.lines().count() == 1,
            "{secret:?}"
        );
        let head = format!("\r\nX-Token: {name}");
        let with = crate::registry_protocol::request(
            &registry,
            &format!(
                "GET /index/config.json HTTP/1.1\r\nAuthorization: {}{head}",
                secret.trim_end()
            ),
            b"",
        );
        if name == "now" {
            assert_eq!(with.0, 200);
        } else {
            assert_eq!(with.0, 401);
            assert!(with.1.contains("the token `long-ago` ("), "{}", with.1);
            assert!(
                with.1.contains("ended at 2025-12-31T01:00:00Z"),
                "{}",
                with.1
            );
        }
    }
    let list = sandbox.quarry(&["registry", "token", "list", "--data", "registry"], "");
    let ends: Vec<_> = list
        .lines()
        .filter_map(|line| line.split_whitespace().next_back())
        .collect();
    assert_eq!(
        ends,
        [
            "ends",
            "never",
            "2026-01-01T01:00:00Z",
            "2025-12-31T01:00:00Z"
        ]
    );
    let past = [&add[..5], &["--expires", "2025-06-30"]].concat();
    let usage = sandbox.quarry_fails(&past, "", 2);
    assert!(
        usage.contains("`2025-06-30` is no time for a token to end"),
        "{usage}"
    );
}

#[test]
fn the_request_must_say_what_the_package_says() {
    let sandbox = Sandbox::new();
    let registry = TestRegistry::start(&sandbox);
    let body = publish_body("acme-one", "1.0.0", "");
    let package = &body[8 + metadata_length(&body)..];
    for (lie, what) in [
        (
            r#""links":"z""#,
            "disagree on `links`: z there, nothing here",
        ),
        (r#""rust_version":"1.80""#, "disagree on `rust-version`"),
        (r#""features":{"a":[]}"#, "disagree on the feature `a`"),
        (
            r#""deps":[{"name":"serde","version_req":"^1","registry":null}]"#,
            "disagree on the dependency `serde`: `^1`, from this registry there, nothing here",
        ),
    ] {
        let json = format!(r#"{{"name":"acme-one","vers":"1.0.0",{lie}}}"#);
        let metadata: Metadata = serde_json::from_str(&json).expect("metadata");
        let (status, answer) = put(
            &registry,
            &registry.token,
            &encode_publish(&metadata, package),
        );
        assert_eq!(status, 400, "{answer}");
        assert!(answer.contains(what), "{answer}");
    }
    assert_eq!(get(&registry, "/index/ac/me/acme-one", "").0, 404);
}

#[test]
fn dependencies_of_other_registries_are_named_or_refused() {
    let sandbox = Sandbox::new();
    let other = Sandbox::new();
    let elsewhere = TestRegistry::start(&other);
    library(&other, "their-one", "1.0.0", "", "");
    publish(&elsewhere, "their-one");
    let mut registry = TestRegistry::start(&sandbox);
    let config = sandbox.read(".cargo/config.toml");
    let known = format!(
        "{config}[registries.other]\nindex = \"{}\"\n",
        elsewhere.index_url
    );
    sandbox.write(".cargo/config.toml", &known);
    let dependency = "[dependencies]\nitoa = \"1\"\n\
         their-one = { version = \"1\", registry = \"other\" }";
    let attempt = |registry: &TestRegistry<'_>, version: &str| {
        library(&sandbox, "acme-one", version, dependency, "");
        let output = registry
            .command("cargo", "acme-one")
            .args([
                "publish",
                "--registry",
                "internal",
                "--allow-dirty",
                "--no-verify",
            ])
            .env("CARGO_REGISTRIES_OTHER_TOKEN", &elsewhere.token)
            .env("CARGO_REGISTRIES_OTHER_CREDENTIAL_PROVIDER", "cargo:token")
            .output()
            .expect("cargo starts");
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.success(), stderr)
    };
    let named = format!(
        "its dependency `their-one` comes from another registry, `{}`",
        elsewhere.index_url
    );
    let (ok, stderr) = attempt(&registry, "1.0.0");
    assert!(ok && stderr.contains(&named), "{stderr}");
    registry.kill();
    registry.restart_with(&["--foreign-dependencies", "deny"]);
    let (ok, stderr) = attempt(&registry, "1.1.0");
    assert!(!ok && stderr.contains(&named), "{stderr}");
    registry.kill();
    registry.restart_with(&["--foreign-dependencies", "allow"]);
    let (ok, stderr) = attempt(&registry, "1.1.0");
    assert!(ok && !stderr.contains("another registry"), "{stderr}");
}

#[test]
fn requests_are_logged_as_json_and_tokens_are_not() {
    let sandbox = Sandbox::new();
    let mut registry = TestRegistry::start(&sandbox);
    registry.kill();
    registry.restart_with(&["--log-format", "json"]);
    let token = registry.token.clone();
    assert_eq!(
        put(&registry, &token, &publish_body("acme-one", "1.0.0", "")).0,
        200
    );
    assert_eq!(get(&registry, "/index/ac/me/acme-one", "").0, 200);
    registry.kill();
    let log = sandbox.read("registry.log");
    assert!(!log.contains("quarry_"), "{log}");
    let lines: Vec<serde_json::Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}")))
        .collect();
    let done = lines
        .iter()
        .find(|line| line["message"] == "done")
        .expect("the publish");
    assert_eq!(
        (&done["krate"], &done["holder"]),
        (&"acme-one".into(), &"ann".into())
    );
    let request = lines
        .iter()
        .find(|line| line["method"] == "GET")
        .expect("the request");
    assert_eq!(request["path"], "/index/ac/me/acme-one");
    assert_eq!(request["status"], 200);
}
