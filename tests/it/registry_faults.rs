//! The embedded registry and what goes wrong: killed, in a crowd, told to stop, in the way.

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use cargo_quarry::model::Digest;

use crate::registry::index_lines;
use crate::registry_protocol::{get, metadata_length, publish_body};
use crate::registry_server::TestRegistry;
use crate::sandbox::{QUARRY, Sandbox};

/// So many publish at once.
const CROWD: usize = 200;

/// Publishes all bodies at once; gives their statuses, in order.
fn put_at_once(registry: &TestRegistry<'_>, bodies: &[Vec<u8>]) -> Vec<u16> {
    let gate = Barrier::new(bodies.len());
    let put = |body: &Vec<u8>| {
        gate.wait();
        raw_put(registry.address(), &registry.token, body).expect("an answer")
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = bodies.iter().map(|b| scope.spawn(move || put(b))).collect();
        let statuses = threads.into_iter().map(|t| t.join().expect("an answer"));
        statuses.collect()
    })
}

#[test]
fn a_crowd_of_publishers_loses_nothing() {
    let sandbox = Sandbox::new();
    let mut registry = TestRegistry::start(&sandbox);
    let crates: Vec<_> = (0..CROWD)
        .map(|n| publish_body(&format!("many-{n}"), "1.0.0", ""))
        .collect();
    assert_eq!(put_at_once(&registry, &crates), [200; CROWD]);
    let versions: Vec<_> = (0..CROWD)
        .map(|n| publish_body("acme-all", &format!("1.0.{n}"), ""))
        .collect();
    assert_eq!(put_at_once(&registry, &versions), [200; CROWD]);
    assert_eq!(index_lines(&registry, "ac/me/acme-all").len(), CROWD);

    // Of one version one wins, and it is the one that is there.
    let bodies: Vec<_> = (0..CROWD)
        .map(|n| publish_body("acme-one", "1.0.0", &format!("// {n}")))
        .collect();
    let statuses = put_at_once(&registry, &bodies);
    let winners: Vec<usize> = (0..CROWD).filter(|&n| statuses[n] == 200).collect();
    assert_eq!(winners.len(), 1, "{statuses:?}");
    assert!(
        statuses.iter().all(|&s| s == 200 || s == 409),
        "{statuses:?}"
    );
    let entries = index_lines(&registry, "ac/me/acme-one");
    assert_eq!(entries.len(), 1);
    let body = &bodies[winners[0]];
    let package = &body[8 + metadata_length(body)..];
    assert_eq!(entries[0].cksum, Digest::of(package));

    registry.kill();
    let verified = sandbox.quarry(&["registry", "verify", "--data", "registry", JSON], "");
    let verified: serde_json::Value = serde_json::from_str(&verified).expect("JSON");
    assert_eq!(verified["crates"], CROWD + 2);
    assert_eq!(verified["versions"], CROWD * 2 + 1);
    assert_eq!(verified["findings"], serde_json::json!([]));
    registry.restart();
}

const JSON: &str = "--message-format=json";

#[test]
fn what_is_published_meanwhile_is_sound() {
    let sandbox = Sandbox::new();
    let registry = TestRegistry::start(&sandbox);
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for publisher in 0..PUBLISHERS {
            let (registry, done) = (&registry, &done);
            scope.spawn(move || {
                for patch in 0..500 {
                    let name = format!("acme-{publisher}");
                    let body = publish_body(&name, &format!("1.0.{patch}"), "");
                    raw_put(registry.address(), &registry.token, &body);
                    if done.load(Ordering::Relaxed) {
                        break;
                    }
                }
            });
        }
        let mut versions = 0;
        while versions < 200 {
            let verify = ["registry", "verify", "--data", "registry", JSON];
            let output = sandbox.run(QUARRY, &verify, "");
            let found: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
            assert_eq!(found["findings"], serde_json::json!([]));
            assert_eq!(found["served"], true);
            versions = found["versions"].as_u64().expect("a number");
        }
        done.store(true, Ordering::Relaxed);
    });
}

/// Killed in the middle of hundreds of publishes, again and again.
#[test]
fn a_killed_registry_keeps_whole_versions_and_nothing_else() {
    let sandbox = Sandbox::new();
    let mut registry = TestRegistry::start(&sandbox);
    let attempts = AtomicUsize::new(0);
    let mut promised = BTreeSet::new();
    let mut random = std::process::id();
    let mut round = 0;
    while attempts.load(Ordering::Relaxed) < 500 {
        random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let until = 1 + (random >> 16) as usize % 60;
        promised.extend(publish_until_killed(&mut registry, round, until, &attempts));
        let verify = ["registry", "verify", "--data", "registry", JSON];
        let found = sandbox.run(QUARRY, &verify, "");
        let found: serde_json::Value = serde_json::from_slice(&found.stdout).expect("JSON");
        for finding in found["findings"].as_array().expect("a list") {
            let code = finding["code"].as_str().expect("a code");
            let harmless = ["leftover-file", "incomplete-version", "unlisted-version"];
            assert!(harmless.contains(&code), "after {until}: {finding}");
        }
        registry.restart();
        round += 1;
    }
    let log = logged(&sandbox);
    let mut known = BTreeSet::new();
    for publisher in 0..PUBLISHERS {
        let name = format!("acme-{publisher}");
        for entry in index_lines(&registry, &format!("ac/me/{name}")) {
            let version = entry.vers.to_string();
            let file = format!("registry/crates/{name}/{name}-{version}.crate");
            let package = std::fs::read(sandbox.path(&file)).expect("its package");
            assert_eq!(Digest::of(&package), entry.cksum, "{file}");
            let line = (name.clone(), version.clone(), entry.cksum.to_string());
            assert!(log.contains(&line), "{line:?} is not logged");
            known.insert((name.clone(), version));
        }
        assert_eq!(get(&registry, &format!("/index/ac/me/{name}"), "").0, 200);
    }
    let lost: Vec<_> = promised.difference(&known).collect();
    assert!(lost.is_empty(), "promised and lost: {lost:?}");
    registry.kill();
    let verify = ["registry", "verify", "--data", "registry"];
    sandbox.quarry(&[&verify[..], &["--repair"]].concat(), "");
    sandbox.quarry(&verify, "");
    registry.restart();
}

/// Crate, version and checksum of all that the log says was published.
fn logged(sandbox: &Sandbox) -> BTreeSet<(String, String, String)> {
    let log = ["registry", "log", "--data", "registry", JSON];
    let log: serde_json::Value = serde_json::from_str(&sandbox.quarry(&log, "")).expect("JSON");
    let text = |value: &serde_json::Value| value.as_str().expect("a text").to_owned();
    let lines = log["entries"].as_array().expect("a list").iter();
    lines
        .map(|it| {
            (
                text(&it["crate"]),
                text(&it["detail"]),
                text(&it["checksum"]),
            )
        })
        .collect()
}

const PUBLISHERS: usize = 6;

/// Several publish one version after the other; when `until` are said to be there, the registry
/// is killed. Gives those that it said were.
fn publish_until_killed(
    registry: &mut TestRegistry<'_>,
    round: usize,
    until: usize,
    attempts: &AtomicUsize,
) -> Vec<(String, String)> {
    let (publish, published) = std::sync::mpsc::channel();
    let mut promised = Vec::new();
    std::thread::scope(|scope| {
        let (address, token) = (registry.address().to_owned(), registry.token.clone());
        for publisher in 0..PUBLISHERS {
            let (address, token, publish) = (address.clone(), token.clone(), publish.clone());
            let name = format!("acme-{publisher}");
            scope.spawn(move || {
                for patch in 0.. {
                    let version = format!("{round}.0.{patch}");
                    let body = publish_body(&name, &version, &"// noise\n".repeat(400 * publisher));
                    attempts.fetch_add(1, Ordering::Relaxed);
                    if raw_put(&address, &token, &body) != Some(200) {
                        break;
                    }
                    publish.send((name.clone(), version)).expect("it is heard");
                }
            });
        }
        drop(publish);
        promised.extend(published.iter().take(until));
        registry.kill();
    });
    promised.extend(published);
    promised
}

/// The status of a publish; none if the registry went away meanwhile.
fn raw_put(address: &str, token: &str, body: &[u8]) -> Option<u16> {
    let mut stream = TcpStream::connect(address).ok()?;
    let length = body.len();
    let head = format!(
        "PUT /api/v1/crates/new HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\
         Authorization: {token}\r\nContent-Length: {length}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).ok()?;
    stream.write_all(body).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    answer.split(' ').nth(1)?.parse().ok()
}

#[test]
fn it_stops_when_told_and_says_what_stands_in_the_way() {
    let sandbox = Sandbox::new();
    let mut registry = TestRegistry::start(&sandbox);
    let serve = |data: &str, listen: &str| {
        let args = ["registry", "serve", "--data", data, "--listen", listen];
        sandbox.quarry_fails(&args, "", 101)
    };
    let taken = serve("other", registry.address());
    assert!(
        taken.contains(&format!("cannot listen at {}", registry.address())),
        "{taken}"
    );
    assert!(taken.contains("help: port "), "{taken}");
    let in_use = serve("registry", "127.0.0.1:0");
    assert!(
        in_use.contains("another process serves the data in `registry`"),
        "{in_use}"
    );
    let everywhere = serve("other", "0.0.0.0:0");
    assert!(everywhere.contains("--base-url"), "{everywhere}");

    let term = Command::new("kill")
        .args(["-TERM", &registry.pid().to_string()])
        .stdin(Stdio::null())
        .status();
    assert!(term.expect("kill runs").success());
    assert!(registry.wait().success());
    registry.restart();
    assert_eq!(get(&registry, "/healthz", "").0, 200);
}
