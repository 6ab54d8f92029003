//! The embedded registry and clients that are not cargo, well-behaved or not.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use cargo_quarry::registry::{Metadata, encode_publish};

use crate::registry::{index_lines, library, program, publish};
use crate::registry_server::{TestRegistry, texts};
use crate::sandbox::Sandbox;

/// A request, whoever sends it: the status, and all of the answer.
pub fn request(registry: &TestRegistry<'_>, head: &str, body: &[u8]) -> (u16, String) {
    let mut stream = TcpStream::connect(registry.address()).expect("it listens");
    let head = format!(
        "{head}\r\nHost: x\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).expect("it reads");
    // It may answer, and close, before it has read all.
    let _ = stream.write_all(body);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let status = answer.split(' ').nth(1).and_then(|code| code.parse().ok());
    (status.unwrap_or_else(|| panic!("{answer:?}")), answer)
}

pub fn get(registry: &TestRegistry<'_>, path: &str, headers: &str) -> (u16, String) {
    let token = &registry.token;
    let head = format!("GET {path} HTTP/1.1\r\nAuthorization: {token}{headers}");
    request(registry, &head, b"")
}

pub fn put(registry: &TestRegistry<'_>, token: &str, body: &[u8]) -> (u16, String) {
    let head = format!("PUT /api/v1/crates/new HTTP/1.1\r\nAuthorization: {token}");
    request(registry, &head, body)
}

/// The body of a request that publishes a package with `noise` in it.
pub fn publish_body(name: &str, version: &str, noise: &str) -> Vec<u8> {
    let package = package(name, version, "", noise);
    let json = format!(r#"{{"name":"{name}","vers":"{version}"}}"#);
    let metadata: Metadata = serde_json::from_str(&json).expect("metadata");
    encode_publish(&metadata, &package)
}

/// A package whose manifest has `rest` below its name and version.
pub fn package(name: &str, version: &str, rest: &str, code: &str) -> Vec<u8> {
    let gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let mut tarball = tar::Builder::new(gzip);
    let manifest = format!("[package]\nname = \"{name}\"\nversion = \"{version}\"\n{rest}");
    for (file, text) in [("Cargo.toml", manifest.as_str()), ("src/lib.rs", code)] {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        let path = format!("{name}-{version}/{file}");
        tarball
            .append_data(&mut header, path, text.as_bytes())
            .expect("a tarball");
    }
    tarball.into_inner().expect("gzip").finish().expect("bytes")
}

pub fn metadata_length(body: &[u8]) -> usize {
    let length = body.first_chunk::<4>().expect("a length");
    u32::from_le_bytes(*length) as usize
}

#[test]
fn nothing_is_read_or_written_without_a_token() {
    let sandbox = Sandbox::new();
    let registry = TestRegistry::start(&sandbox);
    library(&sandbox, "acme-one", "0.1.0", "", "");
    publish(&registry, "acme-one");
    program(
        &sandbox,
        "service",
        "acme-one = { version = \"0.1\", registry = \"internal\" }",
        "fn main() {}",
    );
    let login = format!("login_url=\"{}/me\"", registry.base_url());
    for path in [
        "/index/config.json",
        "/index/ac/me/acme-one",
        "/api/v1/crates/acme-one/0.1.0/download",
        "/api/v1/crates?q=acme",
        "/api/v1/crates/acme-one/owners",
    ] {
        for token in ["", "\r\nAuthorization: quarry_wrong"] {
            let (status, answer) = request(&registry, &format!("GET {path} HTTP/1.1{token}"), b"");
            assert_eq!(status, 401, "{path}");
            let challenge = format!("www-authenticate: Cargo {login}");
            assert!(
                answer.to_lowercase().contains(&challenge.to_lowercase()),
                "{answer}"
            );
            assert!(answer.contains(r#"{"errors":[{"detail":""#), "{answer}");
        }
        assert_eq!(get(&registry, path, "").0, 200, "{path}");
    }
    let reader = registry.add_token(&["--name", "build", "--scope", "read"]);
    let (status, answer) = put(&registry, &reader, &publish_body("acme-two", "0.1.0", ""));
    assert!(
        status == 403 && answer.contains("the token `build` may only read"),
        "{answer}"
    );
    let (status, _) = put(&registry, "", &publish_body("acme-two", "0.1.0", ""));
    assert_eq!(status, 401);

    // What cargo makes of it: which registry, and how to log in.
    let fetch = |token: &str| {
        let mut cargo = registry.command("cargo", "service");
        cargo.arg("fetch");
        if token.is_empty() {
            cargo.env_remove("CARGO_REGISTRIES_INTERNAL_TOKEN");
        } else {
            cargo.env("CARGO_REGISTRIES_INTERNAL_TOKEN", token);
        }
        texts(&cargo.output().expect("cargo starts")).1
    };
    let stderr = fetch("quarry_wrong");
    assert!(stderr.contains("token rejected for `internal`"), "{stderr}");
    assert!(stderr.contains("does not know the token"), "{stderr}");
    let stderr = fetch("");
    assert!(stderr.contains("no token found for `internal`"), "{stderr}");
    assert!(
        stderr.contains("cargo login --registry internal"),
        "{stderr}"
    );
    assert!(fetch(&reader).contains("Downloaded acme-one v0.1.0"));
}

#[test]
fn the_index_answers_as_the_protocol_says() {
    let sandbox = Sandbox::new();
    let registry = TestRegistry::start(&sandbox);
    assert_eq!(
        put(
            &registry,
            &registry.token,
            &publish_body("Acme_One", "0.1.0+x", "")
        )
        .0,
        200
    );
    let (status, answer) = get(&registry, "/index/ac/me/acme_one", "");
    assert_eq!(status, 200);
    let tag = answer
        .lines()
        .find_map(|line| line.strip_prefix("etag: "))
        .expect("a tag");
    assert!(tag.starts_with('"') && tag.ends_with('"'), "{tag}");
    let again = |tags: &str| {
        get(
            &registry,
            "/index/ac/me/acme_one",
            &format!("\r\nIf-None-Match: {tags}"),
        )
        .0
    };
    assert_eq!(again(tag), 304);
    assert_eq!(again(&format!("\"other\", W/{tag}")), 304);
    assert_eq!(again("\"other\""), 200);
    let (_, config) = get(&registry, "/index/config.json", "");
    let base = registry.base_url();
    let expected =
        format!(r#"{{"dl":"{base}/api/v1/crates","api":"{base}","auth-required":true}}"#);
    assert!(config.ends_with(&expected), "{config}");

    for path in [
        "/index/ac/me/acme-two",
        "/index/ac/me/Acme_One",
        "/index/acme_one",
        "/index/../tokens.json",
        "/index/%2e%2e/tokens.json",
        "/index/",
        "/api/v1/crates/acme-two/0.1.0/download",
        "/api/v1/crates/Acme_One/0.2.0/download",
        "/api/v1/crates/..%2F..%2Ftokens.json/0.1.0/download",
        "/nothing",
    ] {
        let (status, answer) = get(&registry, path, "");
        assert_eq!(status, 404, "{path}");
        assert!(answer.contains(r#"{"errors":[{"detail":""#), "{answer}");
    }
    assert_eq!(
        get(&registry, "/api/v1/crates/Acme_One/0.1.0+x/download", "").0,
        200
    );
    assert_eq!(get(&registry, "/api/v1/crates/new", "").0, 405);
    for open in ["/healthz", "/me"] {
        assert_eq!(
            request(&registry, &format!("GET {open} HTTP/1.1"), b"").0,
            200
        );
    }
}

#[test]
fn what_must_not_be_published_is_refused() {
    let sandbox = Sandbox::new();
    let registry = TestRegistry::start(&sandbox);
    let put = |body: &[u8]| put(&registry, &registry.token, body);
    let first = publish_body("acme-one", "1.0.0", "");
    assert_eq!(put(&first).0, 200);
    let refused = |body: &[u8], status: u16, detail: &str| {
        let (code, answer) = put(body);
        assert_eq!(code, status, "{answer}");
        assert!(answer.contains(detail), "{answer}");
    };
    refused(&first, 409, "`acme-one` 1.0.0 is published already");
    let rebuilt = publish_body("acme-one", "1.0.0+2", "");
    refused(&rebuilt, 409, "`acme-one` 1.0.0 is published already");
    for alike in ["acme_one", "Acme-One"] {
        let detail = format!("`{alike}` is too like `acme-one`");
        refused(&publish_body(alike, "2.0.0", ""), 409, &detail);
    }
    refused(&first[..first.len() - 1], 400, "the package is cut off");
    refused(b"", 400, "the metadata is cut off");
    let other = r#"{"name":"acme-two","vers":"1.0.0"}"#;
    let metadata: Metadata = serde_json::from_str(other).expect("metadata");
    let package = &first[8 + metadata_length(&first)..];
    let lied = encode_publish(&metadata, package);
    refused(
        &lied,
        400,
        "disagree on the name: acme-two there, acme-one here",
    );
    let large = encode_publish(&metadata, &vec![0; (20 << 20) + 1]);
    refused(&large, 413, "a package may have 20971520 bytes");
    assert_eq!(index_lines(&registry, "ac/me/acme-one").len(), 1);
}
