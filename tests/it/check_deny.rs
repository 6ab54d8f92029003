//! `check` hands on what cargo-deny says. A script stands in for it, for it takes a quarter of an
//! hour to build; it writes lines in the form of cargo-deny 0.19 and 0.20.
#![cfg(unix)]

use std::os::unix::fs::PermissionsExt as _;

use crate::check::{Seen, library};
use crate::sandbox::{QUARRY, Sandbox};

const LINES: &str = r#"{"fields":{"graphs":[{"Krate":{"name":"acme-retry","version":"1.2.0"}}],"code":"accepted","labels":[],"message":"license requirements satisfied","severity":"note"},"type":"diagnostic"}
{"fields":{"graphs":[{"Krate":{"name":"copy","version":"0.1.0"},"parents":[]}],"code":"rejected","labels":[{"column":12,"line":4,"message":"license expression","span":"GPL-3.0"}],"message":"failed to satisfy license requirements","severity":"error"},"type":"diagnostic"}
{"fields":{"advisory":{"id":"RUSTSEC-2020-0071","title":"Potential segfault in the time crate"},"graphs":[{"name":"time","version":"0.1.45"}],"code":"vulnerability","message":"Potential segfault in the time crate","severity":"error"},"type":"diagnostic"}
{"fields":{"graphs":[{"name":"syn","version":"1.0.0"}],"code":"duplicate","message":"found 2 duplicate entries for crate 'syn'","severity":"warning"},"type":"diagnostic"}
{"fields":{"graphs":[{"name":"odd","version":"1.0.0"}],"code":"source-not-allowed","message":"detected 'git' source not explicitly allowed","severity":"error"},"type":"diagnostic"}
{"fields":{"code":"license-not-encountered","graphs":[],"labels":[{"column":6,"line":15,"message":"unmatched license allowance","span":"ISC"}],"message":"license was not encountered","severity":"warning"},"type":"diagnostic"}
{"fields":{"advisories":{"errors":1,"helps":0,"notes":0,"warnings":0}},"type":"summary"}
"#;

fn check(sandbox: &Sandbox, script: &str) -> Seen {
    let path = sandbox.write("tools/cargo-deny", script);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("it is ours");
    sandbox.write("deny.jsonl", LINES);
    let paths = std::env::var_os("PATH").unwrap_or_default();
    let paths = std::iter::once(sandbox.path("tools")).chain(std::env::split_paths(&paths));
    let paths = std::env::join_paths(paths).expect("no separator in them");
    let mut command = sandbox.command(QUARRY, "lib");
    command.env("PATH", paths).args(["check", "--offline"]);
    Seen::of(&command.output().expect("it starts"))
}

#[test]
fn what_it_denies_is_a_finding() {
    let sandbox = Sandbox::new();
    library(&sandbox);
    let script = "#!/bin/sh\necho \"$*\" > ../args\ncat ../deny.jsonl >&2\nexit 1\n";
    let seen = check(&sandbox, script);
    assert!(
        seen.codes.is_empty(),
        "there is no deny.toml: {}",
        seen.all()
    );
    sandbox.write("lib/deny.toml", "");
    let seen = check(&sandbox, script);
    let mut codes = seen.codes.clone();
    codes.sort();
    let expected = [
        "error denied-advisory",
        "error denied-licence",
        "error denied-source",
        "warning denied-dependency",
    ];
    assert_eq!(codes, expected, "{}", seen.all());
    assert!(
        seen.stdout.contains("copy 0.1.0: failed to satisfy"),
        "{}",
        seen.stdout
    );
    let args = sandbox.read("args");
    assert!(
        args.contains("--offline") && args.contains("check"),
        "{args}"
    );
    // An advisory is waived by its id.
    let manifest = sandbox.read("lib/Cargo.toml")
        + "[[package.metadata.quarry.waivers]]\ncode = \"denied-advisory\"\n\
           item = \"RUSTSEC-2020-0071\"\nreason = \"no local time\"\nuntil = 2026-06-30\n";
    sandbox.write("lib/Cargo.toml", &manifest);
    let seen = check(&sandbox, script);
    assert!(
        seen.codes.contains(&"waived denied-advisory".to_owned()),
        "{}",
        seen.all()
    );
}

#[test]
fn what_it_could_not_do_is_skipped() {
    let sandbox = Sandbox::new();
    library(&sandbox);
    sandbox.write("lib/deny.toml", "");
    let script = "#!/bin/sh\necho '{\"fields\":{\"level\":\"ERROR\",\"message\":\"failed to fetch\",\"timestamp\":\"\"},\"type\":\"log\"}' >&2\nexit 1\n";
    let seen = check(&sandbox, script);
    assert!(seen.codes.is_empty(), "{}", seen.all());
    let says = "Skipped licences and advisories: cargo-deny: failed to fetch";
    assert!(seen.stderr.contains(says), "{}", seen.stderr);
}

#[test]
fn without_advisories_the_rest_is_looked_at() {
    let sandbox = Sandbox::new();
    library(&sandbox);
    sandbox.write("lib/deny.toml", "");
    let script = "#!/bin/sh\ncase \"$*\" in *licenses*) grep rejected ../deny.jsonl >&2; exit 4;; esac\n\
                  printf '%s\\n' '{\"fields\":{\"level\":\"ERROR\",\"message\":\"failed to fetch\\nmore\",\"timestamp\":\"\"},\"type\":\"log\"}' >&2\n\
                  echo 'fatal: it is not reached' >&2\nexit 1\n";
    let seen = check(&sandbox, script);
    assert_eq!(seen.codes, ["error denied-licence"], "{}", seen.all());
    let says = "Skipped advisories: cargo-deny: failed to fetch\n";
    assert!(seen.stderr.contains(says), "{}", seen.stderr);
}
