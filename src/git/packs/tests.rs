//! What is read in place is what gix reads, however git has stored it.
#![allow(clippy::unwrap_used, reason = "a test that panics has said enough")]

use camino::Utf8Path;
use gix::ObjectId;
use gix::objs::{Find as _, Kind};

use super::{Decoder, Packs};
use crate::git::commit::links;
use crate::git::init_repository;
use crate::git::objects::Objects;
use crate::git::program::git;
use crate::git::repository::discover;
use crate::sys;
use crate::sys::scratch::Scratch;

const COMMITS: usize = 120;

/// A history for git-fast-import(1) whose commits, trees and files are alike enough to be stored
/// as differences. Every tenth commit has headers that are longer than what is read at first.
fn history() -> String {
    let mut stream = Vec::new();
    for n in 0..COMMITS {
        let name = if n % 10 == 5 {
            "N".repeat(400)
        } else {
            format!("Name {n}")
        };
        let person = format!("{name} <name@example.com> {} +0100", 1_700_000_000 + n);
        let message = format!("change {n}\n\n{}", "the same words again\n".repeat(40));
        stream.push("commit refs/heads/main\n".to_owned());
        stream.push(format!("author {person}\ncommitter {person}\n"));
        stream.push(format!("data {}\n{message}\n", message.len()));
        for file in 0..30 {
            if n == 0 || file == n % 30 {
                let text = format!("{}{n}\n", "a line of it\n".repeat(file * 20));
                stream.push(format!("M 100644 inline src/file{file}.rs\n"));
                stream.push(format!("data {}\n{text}\n", text.len()));
            }
        }
    }
    stream.concat()
}

fn repository(dir: &Utf8Path) {
    init_repository(dir, "main").unwrap();
    let import = ["-c", "fastimport.unpackLimit=0", "fast-import", "--quiet"];
    git(dir, import).input(history()).stdout().unwrap();
}

fn repack(dir: &Utf8Path, offsets: bool) {
    let offsets = format!("repack.useDeltaBaseOffset={offsets}");
    let args = ["-c", &offsets, "repack", "-adfq", "--window=20"];
    git(dir, args).stdout().unwrap();
}

fn ids(dir: &Utf8Path) -> Vec<ObjectId> {
    let all = [
        "cat-file",
        "--batch-all-objects",
        "--batch-check=%(objectname)",
    ];
    let list = git(dir, all).stdout().unwrap();
    let ids = list.lines().map(|id| ObjectId::from_hex(id.as_bytes()));
    ids.collect::<Result<_, _>>().unwrap()
}

/// How many objects are there whose start alone can not be read.
fn compare(dir: &Utf8Path, ids: impl Iterator<Item = ObjectId>) -> usize {
    let repository = discover(dir).unwrap();
    let packs = Packs::open(&repository);
    let mut decoder = Decoder::default();
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    let mut differences = 0;
    for id in ids {
        let expect = repository.objects.try_find(&id, &mut theirs);
        let expect = expect.unwrap().unwrap();
        assert_eq!(packs.read(&id, &mut decoder, &mut ours), Some(expect.kind));
        assert_eq!(ours, expect.data);
        let mut start = [0; 288];
        match packs.read_start(&id, &mut decoder, &mut start) {
            None => differences += 1,
            Some((kind, size)) => {
                assert_eq!(kind, expect.kind);
                assert_eq!(start[..size], ours[..ours.len().min(start.len())]);
            }
        }
    }
    differences
}

#[test]
fn all_objects_are_read_as_gix_reads_them() {
    let dir = Scratch::new().unwrap();
    repository(dir.path());
    for offsets in [true, false] {
        repack(dir.path(), offsets);
        let ids = ids(dir.path());
        let differences = compare(dir.path(), ids.iter().copied());
        assert!(differences > COMMITS, "{differences} of {}", ids.len());
        compare(dir.path(), ids.into_iter().rev());
    }
}

#[test]
fn the_start_of_a_commit_says_where_it_leads() {
    let dir = Scratch::new().unwrap();
    repository(dir.path());
    let repository = discover(dir.path()).unwrap().into_sync();
    let objects = Objects::new(&repository);
    let (mut whole, mut start) = (Vec::new(), [0; 288]);
    let (mut short, mut long) = (0, 0);
    for id in ids(dir.path()) {
        let Ok(commit) = objects.read(&id, Kind::Commit, &mut whole) else {
            continue;
        };
        let (mut parents, mut all_parents) = (Vec::new(), Vec::new());
        let expect = links(commit, &mut all_parents);
        assert!(expect.is_some());
        let start = objects.read_start(&id, Kind::Commit, &mut start);
        match start.and_then(|start| links(start, &mut parents)) {
            None => long += 1,
            found => {
                assert_eq!((found, parents), (expect, all_parents));
                short += 1;
            }
        }
    }
    assert_eq!(short + long, COMMITS);
    assert!(long >= COMMITS / 10 && short > 0, "{short} {long}");
}

#[test]
fn loose_objects_are_left_to_gix() {
    let dir = Scratch::new().unwrap();
    init_repository(dir.path(), "main").unwrap();
    let id = git(dir.path(), ["hash-object", "-w", "--stdin"]);
    let id = id.input("content").stdout().unwrap();
    let id = ObjectId::from_hex(id.trim().as_bytes()).unwrap();
    let repository = discover(dir.path()).unwrap();
    let (mut decoder, mut buffer) = (Decoder::default(), Vec::new());
    let packs = Packs::open(&repository);
    assert_eq!(packs.read(&id, &mut decoder, &mut buffer), None);
    let objects = Objects::new(&repository.into_sync());
    let content = objects.read(&id, Kind::Blob, &mut buffer).unwrap();
    assert_eq!(content, b"content");
}

#[test]
fn packs_of_alternates_are_read_too() {
    let (source, dir) = (Scratch::new().unwrap(), Scratch::new().unwrap());
    repository(source.path());
    init_repository(dir.path(), "main").unwrap();
    let alternates = dir.path().join(".git/objects/info/alternates");
    let objects = source.path().join(".git/objects");
    sys::fs::write(&alternates, format!("{objects}\n")).unwrap();
    compare(dir.path(), ids(source.path()).into_iter());
}

#[test]
fn replacements_are_what_they_stand_for() {
    let dir = Scratch::new().unwrap();
    repository(dir.path());
    let head = git(dir.path(), ["rev-parse", "HEAD", "HEAD^"]).stdout();
    let head = head.unwrap();
    let (one, other) = head.trim().split_once('\n').unwrap();
    git(dir.path(), ["replace", one, other]).stdout().unwrap();
    let objects = Objects::new(&discover(dir.path()).unwrap().into_sync());
    let id = |hex: &str| ObjectId::from_hex(hex.as_bytes()).unwrap();
    let (mut a, mut b) = (Vec::new(), Vec::new());
    let read = objects.read(&id(one), Kind::Commit, &mut a).unwrap();
    assert_eq!(
        read,
        objects.read(&id(other), Kind::Commit, &mut b).unwrap()
    );
    let mut start = [0; 288];
    assert!(
        objects
            .read_start(&id(one), Kind::Commit, &mut start)
            .is_none()
    );
}
