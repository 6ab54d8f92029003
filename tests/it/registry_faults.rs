//! The embedded registry and what goes wrong: killed, in a crowd, told to stop, in the way.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Command, Stdio};

use cargo_quarry::model::Digest;

use crate::registry::index_lines;
use crate::registry_protocol::{get, metadata_length, publish_body, put};
use crate::registry_server::TestRegistry;
use crate::sandbox::Sandbox;

#[test]
fn of_many_publishers_of_one_version_one_wins() {
    let sandbox = Sandbox::new();
    let registry = TestRegistry::start(&sandbox);
    let bodies: Vec<_> = (0..20)
        .map(|n| publish_body("acme-one", "1.0.0", &format!("// {n}")))
        .collect();
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let put = |body| put(&registry, &registry.token, body).0;
        let threads: Vec<_> = bodies.iter().map(|b| scope.spawn(move || put(b))).collect();
        threads
            .into_iter()
            .map(|t| t.join().expect("an answer"))
            .collect()
    });
    let winners: Vec<usize> = (0..20).filter(|&n| statuses[n] == 200).collect();
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
    let stored = sandbox.path("registry/crates/acme-one/acme-one-1.0.0.crate");
    assert_eq!(std::fs::read(stored).expect("it is there"), package);
}

#[test]
fn a_killed_registry_keeps_whole_versions_and_nothing_else() {
    let sandbox = Sandbox::new();
    let mut registry = TestRegistry::start(&sandbox);
    let mut said_ok = Vec::new();
    for round in 0..5 {
        let (publish, published) = std::sync::mpsc::channel();
        std::thread::scope(|scope| {
            let (address, token) = (registry.address().to_owned(), registry.token.clone());
            for publisher in 0..4 {
                let (address, token, publish) = (address.clone(), token.clone(), publish.clone());
                let name = format!("acme-{publisher}");
                scope.spawn(move || {
                    for patch in 0.. {
                        let version = format!("{round}.0.{patch}");
                        let body = publish_body(&name, &version, &"// noise\n".repeat(5000));
                        if raw_put(&address, &token, &body) != Some(200) {
                            break;
                        }
                        publish.send((name.clone(), version)).expect("it is heard");
                    }
                });
            }
            drop(publish);
            // In the middle of it, as soon as some are said to be there.
            said_ok.extend(published.iter().take(6));
            registry.kill();
        });
        said_ok.extend(published);
        registry.restart();
    }
    assert!(said_ok.len() >= 30);
    let mut known = 0;
    for publisher in 0..4 {
        let name = format!("acme-{publisher}");
        for entry in index_lines(&registry, &format!("ac/me/{name}")) {
            let version = entry.vers.to_string();
            let file = format!("registry/crates/{name}/{name}-{version}.crate");
            let package = std::fs::read(sandbox.path(&file)).expect("its package");
            assert_eq!(Digest::of(&package), entry.cksum, "{file}");
            said_ok.retain(|said| *said != (name.clone(), version.clone()));
            known += 1;
        }
        assert_eq!(get(&registry, &format!("/index/ac/me/{name}"), "").0, 200);
    }
    assert!(known >= 30);
    assert_eq!(said_ok, [], "promised and lost");
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
