//! `registry copy` that is killed, again and again, and goes on.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};

use cargo_quarry::registry::{Metadata, encode_publish};

use crate::registry_move::Team;
use crate::registry_protocol::{package, put, request};
use crate::sandbox::{QUARRY, Sandbox};

/// So many crates, each but the first on top of the one before, with two versions each.
const CRATES: usize = 20;

/// Versions, and those of them that are yanked.
const STEPS: usize = CRATES * 2 + CRATES / 4;

#[test]
fn a_copy_that_is_killed_goes_on_to_the_same_end() {
    let (sandbox, other) = (Sandbox::new(), Sandbox::new());
    let mut team = Team::start(&sandbox, &other);
    publish_chain(&team);
    team.copy(&["--execute"], 0);
    let undisturbed = files(&team.new.data());
    assert_eq!(lines(&team), STEPS);

    // The same registry once more, empty.
    team.new.kill();
    for folder in ["index", "crates"] {
        std::fs::remove_dir_all(team.new.data().join(folder)).expect("it was there");
    }
    std::fs::remove_file(team.new.data().join("audit.log")).expect("it was there");
    team.new.restart();
    let mut random = std::process::id();
    let mut rounds = 0;
    while lines(&team) < STEPS {
        random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let steps = 1 + (random >> 16) as usize % 9;
        let copy = start_copy(&team);
        if random >> 31 == 0 {
            kill_as_a_step_starts(copy, steps);
        } else {
            kill_as_a_step_is_made(copy, &team, steps);
        }
        rounds += 1;
        assert!(rounds < 20 * STEPS, "it does not get on");
    }
    assert!(rounds > 4, "{rounds}");
    // What was under way at the last kill has its answer before this one's.
    team.copy(&[], 0);
    team.copy(&["--execute"], 0);
    assert_eq!(files(&team.new.data()), undisturbed, "{rounds} rounds");
    assert!(team.copy(&["--execute"], 0).1.contains("nothing to do"));
}

fn publish_chain(team: &Team<'_>) {
    let name = |n: usize| format!("acme-{n:02}");
    for n in 0..CRATES {
        let rest = match n.checked_sub(1) {
            Some(below) => format!(
                "[dependencies.{}]\nversion = \"1\"\nregistry-index = \"{}\"\n",
                name(below),
                team.old.index_url
            ),
            None => String::new(),
        };
        for version in ["1.0.0", "1.1.0"] {
            let package = package(&name(n), version, &rest, "// code\n");
            let metadata = Metadata::from_crate(&package, &team.old.index_url);
            let body = encode_publish(&metadata.expect("metadata"), &package);
            assert_eq!(put(&team.old, &team.old.token, &body).0, 200);
        }
        if n % 4 == 0 {
            let path = format!("/api/v1/crates/{}/1.0.0/yank", name(n));
            let token = &team.old.token;
            let head = format!("DELETE {path} HTTP/1.1\r\nAuthorization: {token}");
            assert_eq!(request(&team.old, &head, b"").0, 200);
        }
    }
}

fn start_copy(team: &Team<'_>) -> Child {
    // What it leaves when it is killed goes away with the sandbox.
    let tmp = team.sandbox.path("tmp");
    std::fs::create_dir_all(&tmp).expect("a folder");
    let args = ["registry", "copy", "--from", "internal", "--to", "next"];
    team.command(QUARRY, "admin")
        .args(args)
        .arg("--execute")
        .env("TMPDIR", tmp)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts")
}

/// Kills it when it says that it begins with its `steps`-th step, or lets it end.
fn kill_as_a_step_starts(mut copy: Child, steps: usize) {
    let stderr = BufReader::new(copy.stderr.take().expect("it is piped"));
    let said = stderr.lines().map_while(Result::ok);
    let begun = said.filter(|line| line.trim_start().starts_with("Applying"));
    begun.take(steps).for_each(drop);
    // It may have ended.
    let _ = copy.kill();
    copy.wait().expect("it can be waited for");
}

/// Kills it when the registry has written down `steps` more, which it has no answer to yet.
fn kill_as_a_step_is_made(mut copy: Child, team: &Team<'_>, steps: usize) {
    let until = lines(team) + steps;
    while lines(team) < until {
        if copy.try_wait().expect("it can be waited for").is_some() {
            return;
        }
        std::thread::yield_now();
    }
    let _ = copy.kill();
    copy.wait().expect("it can be waited for");
}

/// How much the log of the new registry says was done.
fn lines(team: &Team<'_>) -> usize {
    let log = std::fs::read_to_string(team.new.data().join("audit.log"));
    log.unwrap_or_default().matches('\n').count()
}

/// All files, by their paths; who did what says when, too, but the sandbox's clock stands still.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in folder.read_dir().expect("a folder").flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.path().is_dir() {
            let below = self::files(&entry.path());
            files.extend(below.into_iter().map(|(k, v)| (format!("{name}/{k}"), v)));
        } else {
            files.insert(name, std::fs::read(entry.path()).expect("a file"));
        }
    }
    files
}
