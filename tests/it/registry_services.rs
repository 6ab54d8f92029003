//! `registry login`, and the services that no test can reach: Artifactory and Cloudsmith, stood
//! for by a stub that behaves as their documentation says (URLs, and what must stand before the
//! token). Real cargo publishes to it and builds from it.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::process::{Output, Stdio};
use std::sync::Mutex;

use cargo_quarry::model::Digest;
use cargo_quarry::registry::{IndexEntry, decode_publish};

use crate::registry::{library, program};
use crate::registry_server::{TestRegistry, texts};
use crate::sandbox::{QUARRY, Sandbox};
use crate::stub::{Request, Response, Stub, json};

/// A registry whose index is below `index` and whose API is at `api`, for who sends `token`.
pub fn service(token: &'static str, index: &'static str, api: &'static str) -> Stub {
    let held: Mutex<BTreeMap<String, (String, Vec<u8>)>> = Mutex::default();
    Stub::start(move |base, request: &Request| -> Response {
        if request.authorization() != token {
            let body = r#"{"errors":[{"status":401,"message":"Authentication is required"}]}"#;
            let challenge = "WWW-Authenticate: Basic realm=\"registry\"\r\n".to_owned();
            return (401, challenge, body.into());
        }
        let base = match request.headers.get("host") {
            Some(host) => format!("http://{host}"),
            None => base.to_owned(),
        };
        let path = request
            .path
            .strip_prefix(base.as_str())
            .unwrap_or(&request.path);
        let mut held = held.lock().expect("no panic");
        if path == format!("{index}/config.json") {
            let dl = format!("{base}{api}/dl");
            return json(
                200,
                &format!(r#"{{"dl":"{dl}","api":"{base}{api}","auth-required":true}}"#),
            );
        }
        if path == format!("{api}/api/v1/crates/new") {
            let published = decode_publish(&request.body).expect("a request");
            let entry =
                IndexEntry::from_publish(&published.metadata, Digest::of(published.package));
            let line = entry.to_line() + "\n";
            held.insert(entry.name.index_path(), (line, published.package.to_vec()));
            return json(
                200,
                r#"{"warnings":{"invalid_categories":[],"invalid_badges":[],"other":[]}}"#,
            );
        }
        let package = |name: &str| path.starts_with(&format!("{api}/dl/{name}/"));
        for (file, (line, bytes)) in &*held {
            if path == format!("{index}/{file}") {
                return json(200, line);
            }
            if package(file.rsplit('/').next().unwrap_or_default()) {
                return (200, String::new(), bytes.clone());
            }
        }
        json(404, "")
    })
}

fn login(sandbox: &Sandbox, env: &[(&str, &str)], token: &str) -> Output {
    let mut command = sandbox.command(QUARRY, "");
    command
        .env("CARGO_HOME", sandbox.path("cargo-home"))
        .envs(env.iter().copied())
        .args(["registry", "login", "internal"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().expect("it starts");
    let mut stdin = child.stdin.take().expect("it is piped");
    stdin
        .write_all(format!("{token}\n").as_bytes())
        .expect("it reads");
    drop(stdin);
    child.wait_with_output().expect("it ends")
}

fn goes_all_the_way(kind: &str, url: &str, env: &[(&str, &str)], raw: &str, sent: &str) {
    let sandbox = Sandbox::new();
    sandbox.quarry(&["registry", "add", "internal", "--kind", kind, url], "");
    let output = login(&sandbox, env, "wrong");
    let (_, stderr) = texts(&output);
    assert_eq!(output.status.code(), Some(101), "{stderr}");
    assert!(
        stderr.contains(
            "`internal` refuses the token (401): Authentication is required; nothing was stored"
        ),
        "{stderr}"
    );
    assert!(!sandbox.path("cargo-home/credentials.toml").exists());
    let output = login(&sandbox, env, raw);
    let (stdout, stderr) = texts(&output);
    assert!(output.status.success(), "{stderr}");
    assert!(!stdout.contains(raw) && !stderr.contains(raw), "{stderr}");
    assert!(
        sandbox
            .read("cargo-home/credentials.toml")
            .contains(&format!("\"{sent}\""))
    );

    library(
        &sandbox,
        "acme-far",
        "0.1.0",
        "",
        "pub fn far() -> u32 { 7 }",
    );
    let dependency = "acme-far = { version = \"0.1\", registry = \"internal\" }";
    program(
        &sandbox,
        "service",
        dependency,
        "fn main() { println!(\"{}\", acme_far::far()); }",
    );
    let cargo = |args: &[&str], dir: &str| {
        let mut command = sandbox.command("cargo", dir);
        command
            .env("CARGO_HOME", sandbox.path("cargo-home"))
            .envs(env.iter().copied());
        let output = command.args(args).output().expect("cargo starts");
        let (stdout, stderr) = texts(&output);
        assert!(output.status.success(), "{args:?}: {stderr}");
        stdout
    };
    cargo(
        &[
            "publish",
            "--registry",
            "internal",
            "--allow-dirty",
            "--no-verify",
        ],
        "acme-far",
    );
    assert_eq!(cargo(&["run", "--quiet"], "service"), "7\n");
}

#[test]
fn artifactory_as_its_documentation_says() {
    let at = "/artifactory/api/cargo/libs";
    let stub = service("Bearer t0ken", "/artifactory/api/cargo/libs/index", at);
    let url = format!("{}{at}", stub.base_url);
    goes_all_the_way("artifactory", &url, &[], "t0ken", "Bearer t0ken");
}

#[test]
fn cloudsmith_as_its_documentation_says() {
    let stub = service("Token k3y", "/acme/libs", "/acme/libs");
    // The stub is the proxy on the way to a host that is not asked.
    let env = [("http_proxy", stub.base_url.as_str())];
    let url = "http://cargo.cloudsmith.io/acme/libs";
    goes_all_the_way("cloudsmith", url, &env, "k3y", "Token k3y");
    let hosts = stub.seen.lock().expect("no panic");
    assert!(
        hosts
            .iter()
            .all(|r| r.headers["host"].starts_with("cargo.cloudsmith.io"))
    );
}

#[test]
fn a_token_of_the_embedded_registry_is_proved_and_stored() {
    let sandbox = Sandbox::new();
    let registry = TestRegistry::start(&sandbox);
    let output = login(&sandbox, &[], &registry.token);
    let (_, stderr) = texts(&output);
    // The embedded one wants a token, so cargo wants to be told where it keeps one.
    assert!(!output.status.success(), "{stderr}");
    assert!(stderr.contains("credential-provider"), "{stderr}");

    let base = registry.base_url();
    sandbox.quarry(
        &["registry", "add", "internal", "--kind", "embedded", &base],
        "",
    );
    let output = login(&sandbox, &[], &registry.token);
    let (_, stderr) = texts(&output);
    assert!(output.status.success(), "{stderr}");
    assert!(
        stderr.contains("Stored token for `internal` in") && stderr.contains("it reads"),
        "{stderr}"
    );
    let other = [("CARGO_REGISTRIES_INTERNAL_TOKEN", "other")];
    let (_, stderr) = texts(&login(&sandbox, &other, &registry.token));
    assert!(
        stderr.contains(
            "warning: cargo takes another token, that from CARGO_REGISTRIES_INTERNAL_TOKEN"
        ),
        "{stderr}"
    );
}
