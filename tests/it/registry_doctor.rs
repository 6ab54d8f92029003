//! `registry doctor`: each thing that is wrong has its code and its help.

use crate::registry_server::{TestRegistry, texts};
use crate::sandbox::{QUARRY, Sandbox};
use crate::stub::{DATE, Request, Response, Stub, json};

const SECRET: &str = "s3cret-t0ken";

/// What the doctor says in the folder `repo`: the exit code, and `severity code` of each finding.
fn doctor(sandbox: &Sandbox, env: &[(&str, &str)]) -> (Option<i32>, Vec<String>, String) {
    let mut command = sandbox.command(QUARRY, "repo");
    command.env("CARGO_HOME", sandbox.path("cargo-home"));
    command.env("NO_PROXY", "*");
    command.envs(env.iter().copied());
    let output = command
        .args(["registry", "doctor"])
        .output()
        .expect("it starts");
    let (stdout, stderr) = texts(&output);
    let all = format!("{stdout}{stderr}");
    assert!(!all.contains(SECRET), "{all}");
    let codes = stdout.lines().filter_map(|line| {
        let (severity, rest) = line.split_once('[')?;
        let known = ["error", "warning", "note"].contains(&severity);
        known.then(|| format!("{severity} {}", rest.split(']').next().unwrap_or_default()))
    });
    let codes: Vec<String> = codes.collect();
    let helped = stdout.matches("  help: ").count();
    assert_eq!(
        helped,
        codes
            .iter()
            .filter(|code| !code.contains("index-git"))
            .count(),
        "{all}"
    );
    let hint = stderr.contains("`cargo quarry explain ");
    let wrong = codes.iter().any(|code| !code.starts_with("note"));
    assert_eq!(hint, wrong, "{all}");
    (output.status.code(), codes, all)
}

/// A registry that reads need the token for.
fn closed(base: &str, request: &Request) -> Response {
    let dated = |(status, headers, body): Response| (status, format!("{DATE}{headers}"), body);
    if request.authorization() != SECRET {
        return dated(json(401, r#"{"errors":[{"detail":"no such token"}]}"#));
    }
    dated(json(
        200,
        &format!(r#"{{"dl":"{base}/dl","api":"{base}","auth-required":true}}"#),
    ))
}

fn config(sandbox: &Sandbox, text: &str) {
    sandbox.write("repo/.cargo/config.toml", text);
}

/// A configuration, the environment, and what is found.
type Case<'a> = (String, &'a [(&'a str, &'a str)], &'a [&'a str]);

#[test]
fn what_is_wrong_with_the_configuration() {
    let stub = Stub::start(closed);
    let base = &stub.base_url;
    let provider = "credential-provider = \"cargo:token\"\n";
    let variable = ("CARGO_REGISTRIES_INTERNAL_TOKEN", SECRET);
    let index = |url: &str| format!("[registries.internal]\nindex = \"{url}\"\n");
    let good = index(&format!("sparse+{base}/index/"));
    let cases: &[Case<'_>] = &[
        (format!("{good}{provider}"), &[variable], &[]),
        (good.clone(), &[variable], &["error token-ignored"]),
        (good.clone(), &[], &["error provider-missing"]),
        (format!("{good}{provider}"), &[], &["error token-missing"]),
        (
            format!("{good}{provider}"),
            &[("CARGO_REGISTRIES_INTERNAL_TOKEN", "other")],
            &["error token-refused"],
        ),
        (
            format!("{good}credential-provider = \"cargo:libsecret\"\n"),
            &[],
            &["note token-not-tried"],
        ),
        (
            format!(
                "{good}credential-provider = [\"cargo:token-from-stdout\", \"echo\", \"{SECRET}\"]\n"
            ),
            &[],
            &[],
        ),
        (
            format!("{}{provider}", index(&format!("sparse+{base}/index"))),
            &[variable],
            &["error index-no-slash"],
        ),
        (
            format!("{}{provider}", index(&format!("{base}/index/"))),
            &[variable],
            &["error index-not-sparse"],
        ),
        (
            format!("{}{provider}", index("https://ann@127.0.0.1:1/index.git")),
            &[variable],
            &["error unreachable"],
        ),
        (index("ssh://git@x/index.git"), &[], &["note index-git"]),
        (
            format!(
                "{good}{provider}[registries.other]\nindex = \"sparse+{base}/index/\"\n{provider}"
            ),
            &[variable, ("CARGO_REGISTRIES_OTHER_TOKEN", SECRET)],
            &["error index-twice"],
        ),
        (
            format!("{good}{provider}token = \"{SECRET}\"\n"),
            &[],
            &["error token-committed"],
        ),
    ];
    for (text, env, expected) in cases {
        let sandbox = Sandbox::new();
        config(&sandbox, text);
        let (code, codes, all) = doctor(&sandbox, env);
        assert_eq!(codes, *expected, "{text}{all}");
        let wrong = codes.iter().any(|code| !code.starts_with("note"));
        assert_eq!(code, Some(i32::from(wrong)), "{all}");
    }
}

/// A token is there, and the registry that it is for is only named.
#[test]
fn a_token_without_its_registry() {
    let sandbox = Sandbox::new();
    sandbox.write(
        "repo/Cargo.toml",
        "[package]\nname = \"a\"\n[dependencies]\nb = { registry = \"my-team\" }\n",
    );
    let env = [("CARGO_REGISTRIES_MY_TEAM_TOKEN", SECRET)];
    let (code, codes, all) = doctor(&sandbox, &env);
    let expected = ["error registry-missing", "note token-without-registry"];
    assert_eq!(codes, expected, "{all}");
    assert_eq!(code, Some(1));
    assert!(
        all.contains("CARGO_REGISTRIES_MY_TEAM_TOKEN is set for a registry"),
        "{all}"
    );
}

/// A URL without `sparse+`, and nothing at it that a sparse index has.
#[test]
fn a_git_index_over_http() {
    let stub = Stub::start(|_, _| (404, DATE.to_owned(), Vec::new()));
    let sandbox = Sandbox::new();
    let index = format!(
        "[registries.internal]\nindex = \"{}/index.git\"\n",
        stub.base_url
    );
    config(&sandbox, &index);
    let (code, codes, all) = doctor(&sandbox, &[]);
    assert_eq!(codes, ["note index-git"], "{all}");
    assert_eq!(code, Some(0));
    let seen = stub.seen.lock().expect("no panic");
    assert_eq!(seen[0].path, "/index.git/config.json");
}

/// What a service wants before the token is in the help, if that is what is missing.
#[test]
fn a_token_without_its_scheme() {
    let stub = Stub::start(closed);
    let index = format!(
        "[registries.internal]\nindex = \"sparse+{}/api/cargo/ours/index/\"\n\
         credential-provider = \"cargo:token\"\n",
        stub.base_url
    );
    for (token, help) in [
        (
            "other",
            "help: Artifactory wants `Bearer` and a space before it",
        ),
        (
            "Bearer other",
            "help: get a new one, and then `cargo quarry registry login internal`",
        ),
    ] {
        let sandbox = Sandbox::new();
        config(&sandbox, &index);
        let env = [("CARGO_REGISTRIES_INTERNAL_TOKEN", token)];
        let (_, codes, all) = doctor(&sandbox, &env);
        assert_eq!(codes, ["error token-refused"], "{all}");
        assert!(all.contains(help), "{all}");
        assert!(
            all.contains("CARGO_REGISTRIES_INTERNAL_TOKEN: no such token"),
            "{all}"
        );
    }
}

#[test]
fn what_is_wrong_with_the_registry() {
    let cases: &[(u16, &str, &[&str])] = &[
        (200, r#"{"dl":"http://x"}"#, &[]),
        (
            200,
            r#"{"dl":"http://x","api":"http://x/"}"#,
            &["error config-api-slash"],
        ),
        (200, r#"{"api":"http://x"}"#, &["error config-no-dl"]),
        (200, "<html>", &["error config-not-json"]),
        (404, "", &["error config-missing"]),
        (403, "", &["error no-challenge"]),
        (400, "", &["error no-challenge"]),
        (
            200,
            r#"{"dl":"http://x","auth-required":true}"#,
            &["error provider-missing"],
        ),
    ];
    for &(status, body, expected) in cases {
        let stub = Stub::start(move |_, _| (status, DATE.to_owned(), body.as_bytes().to_vec()));
        let sandbox = Sandbox::new();
        let index = format!(
            "[registries.internal]\nindex = \"sparse+{}/\"\n",
            stub.base_url
        );
        config(&sandbox, &index);
        let (_, codes, all) = doctor(&sandbox, &[]);
        assert_eq!(codes, expected, "{all}");
    }
}

#[test]
fn what_is_wrong_with_the_files() {
    let sandbox = Sandbox::new();
    std::fs::create_dir_all(sandbox.path("repo")).expect("a folder");
    sandbox.git(&["init", "--quiet"], "repo");
    sandbox.write("repo/.gitignore", "/private/\n");
    sandbox.write("repo/Cargo.toml", "[package]\nname = \"a\"\npublish = [\"elsewhere\"]\n[dependencies]\nb = { registry = \"internal\" }\n");
    sandbox.write(
        "repo/Dockerfile",
        "FROM rust\nARG CARGO_REGISTRIES_INTERNAL_TOKEN\n",
    );
    sandbox.write(
        "repo/private/.cargo/credentials.toml",
        "[registries.a]\ntoken = \"s3cret-t0ken\"\n",
    );
    sandbox.write(
        "repo/ci/.cargo/credentials.toml",
        "[registries.a]\ntoken = \"s3cret-t0ken\"\n",
    );
    sandbox.write(
        "repo/Cargo.lock",
        "version = 4\n[[package]]\nname = \"b\"\nversion = \"1.0.0\"\nsource = \"sparse+http://old/index/\"\nchecksum = \"0\"\n\
         [[package]]\nname = \"serde\"\nversion = \"1.0.0\"\nsource = \"registry+https://github.com/rust-lang/crates.io-index\"\nchecksum = \"0\"\n",
    );
    let (code, codes, all) = doctor(&sandbox, &[]);
    assert_eq!(
        codes,
        [
            "error registry-missing",
            "error token-in-image",
            "error token-committed",
            "error lock-other-url",
            "warning registry-missing",
        ],
        "{all}"
    );
    assert_eq!(code, Some(1));
    for place in [
        "Cargo.toml:5:18",
        "Dockerfile:2:1",
        "ci/.cargo/credentials.toml:2:9",
        "Cargo.lock:1:1",
        "Cargo.toml:3:12",
    ] {
        assert!(all.contains(&format!("  --> {place}\n")), "{place}: {all}");
    }
}

#[test]
fn the_clock_and_the_embedded_registry() {
    let sandbox = Sandbox::new();
    let registry = TestRegistry::start(&sandbox);
    std::fs::create_dir_all(sandbox.path("repo")).expect("a folder");
    let run = |clock: bool, args: &[&str]| {
        let mut command = registry.command(QUARRY, "repo");
        if !clock {
            command.env_remove("CARGO_QUARRY_NOW");
        }
        let output = command.args(["registry", "doctor"]).args(args).output();
        let output = output.expect("it starts");
        (output.status.code(), texts(&output).0)
    };
    let (code, stdout) = run(false, &[]);
    let expected = format!(
        "internal: {}: reading needs a token; takes the token from CARGO_REGISTRIES_INTERNAL_TOKEN\n",
        registry.index_url
    );
    assert_eq!((code, stdout), (Some(0), expected));
    // The sandbox has a clock of its own.
    let (code, stdout) = run(true, &["internal", "--message-format", "json"]);
    assert_eq!(code, Some(1));
    let document: serde_json::Value = serde_json::from_str(&stdout).expect("JSON");
    assert_eq!(document["version"], 1);
    assert_eq!(document["findings"][0]["code"], "clock-skew");
    assert_eq!(document["registries"][0]["accepted"], true);
    assert!(!stdout.contains(&registry.token));
    let (code, stdout) = run(false, &["other"]);
    assert!(
        code == Some(1) && stdout.contains("no registry `other`"),
        "{stdout}"
    );
}
