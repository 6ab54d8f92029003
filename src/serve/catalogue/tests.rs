//! The rules, over storage in memory that fails where a test wants it to.

use proptest::prelude::*;

use super::*;
use crate::registry::{decode_publish, encode_publish};
use crate::serve::storage::tests::Memory;
use crate::serve::{NewToken, add_token};
use crate::sys::scratch::Scratch;

pub(in crate::serve) fn token(name: &str, scope: Scope) -> Token {
    let data = Scratch::new().unwrap();
    let new = NewToken {
        name: name.to_owned(),
        scope,
        crates: Vec::new(),
        expires: None,
    };
    add_token(data.path(), new).unwrap().0
}

pub(in crate::serve) fn open(memory: &Memory) -> Catalogue {
    Catalogue::open(Box::new(memory.clone()), Rules::default()).unwrap()
}

fn body(name: &str, version: &str) -> Vec<u8> {
    let gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let mut tarball = tar::Builder::new(gzip);
    let manifest = format!("[package]\nname = \"{name}\"\nversion = \"{version}\"\n");
    let mut header = tar::Header::new_gnu();
    header.set_size(manifest.len() as u64);
    let path = format!("{name}-{version}/Cargo.toml");
    tarball
        .append_data(&mut header, path, manifest.as_bytes())
        .unwrap();
    let package = tarball.into_inner().unwrap().finish().unwrap();
    let json = format!(r#"{{"name":"{name}","vers":"{version}","description":"Of {name}"}}"#);
    encode_publish(&serde_json::from_str(&json).unwrap(), &package)
}

pub(in crate::serve) fn publish(
    catalogue: &Catalogue,
    name: &str,
    version: &str,
) -> Result<Vec<String>, Refusal> {
    let body = body(name, version);
    catalogue.publish(
        &token("ann", Scope::Publish),
        &decode_publish(&body).unwrap(),
    )
}

/// Wherever the disk is full, the version is absent, and publishing it again works.
#[test]
fn a_version_is_there_as_a_whole_or_not_at_all() {
    let mut writes = 0;
    loop {
        let memory = Memory::default();
        publish(&open(&memory), "acme-one", "0.1.0").unwrap();
        *memory.writes_left.lock().unwrap() = Some(writes);
        let result = publish(&open(&memory), "acme-one", "0.2.0");
        *memory.writes_left.lock().unwrap() = None;
        // As after a new start.
        let catalogue = open(&memory);
        let there = catalogue.download("acme-one", "0.2.0").is_ok();
        assert_eq!(there, result.is_ok(), "{writes} writes");
        assert!(catalogue.download("acme-one", "0.1.0").is_ok());
        let index = catalogue.index_file("ac/me/acme-one").unwrap();
        let lines = String::from_utf8_lossy(&index).lines().count();
        assert_eq!(lines, if there { 2 } else { 1 });
        // What is there is logged; what was cut off after its line is, too.
        let log = memory.read(log::KEY).unwrap().unwrap();
        let logged = String::from_utf8_lossy(&log).lines().count() - 1;
        assert_eq!(logged, usize::from(writes >= 3));
        if there {
            break;
        }
        publish(&catalogue, "acme-one", "0.2.0").unwrap();
        writes += 1;
    }
    // Package, metadata, log, index.
    assert_eq!(writes, 4);
}

#[test]
fn yanking_changes_one_field_of_one_line() {
    let memory = Memory::default();
    let catalogue = open(&memory);
    for version in ["0.1.0", "0.2.0+build", "0.3.0"] {
        publish(&catalogue, "acme-one", version).unwrap();
    }
    let index = || String::from_utf8(catalogue.index_file("ac/me/acme-one").unwrap()).unwrap();
    let before = index();
    let ann = token("ann", Scope::Publish);
    catalogue
        .set_yanked(&ann, "acme-one", "0.2.0", true)
        .unwrap();
    let lines: Vec<bool> = index()
        .lines()
        .map(|l| l.contains("\"yanked\":true"))
        .collect();
    assert_eq!(lines, [false, true, false]);
    assert_eq!(
        index().replace("\"yanked\":true", "\"yanked\":false"),
        before
    );
    catalogue
        .set_yanked(&ann, "acme-one", "0.2.0+build", false)
        .unwrap();
    assert_eq!(index(), before);
    let missing = catalogue.set_yanked(&ann, "acme-one", "0.4.0", true);
    assert_eq!(
        missing.unwrap_err().to_string(),
        "`acme-one` has no version `0.4.0`"
    );
    let reader = token("ann", Scope::Read);
    assert!(
        catalogue
            .set_yanked(&reader, "acme-one", "0.1.0", true)
            .is_err()
    );
}

/// On a full disk nothing is changed that could not be logged.
#[test]
fn what_cannot_be_logged_does_not_happen() {
    let memory = Memory::default();
    let catalogue = open(&memory);
    publish(&catalogue, "acme-one", "0.1.0").unwrap();
    let before = memory.files.lock().unwrap().clone();
    let ann = token("ann", Scope::Owner);
    *memory.writes_left.lock().unwrap() = Some(0);
    let yanked = catalogue.set_yanked(&ann, "acme-one", "0.1.0", true);
    assert!(matches!(yanked, Err(Refusal::Failed)));
    let owners = catalogue.change_owners(&ann, "acme-one", &["bob".to_owned()], &[]);
    assert!(matches!(owners, Err(Refusal::Failed)));
    assert_eq!(*memory.files.lock().unwrap(), before);
}

#[test]
fn search_finds_names_first_and_shows_the_best_version() {
    let memory = Memory::default();
    let catalogue = open(&memory);
    for (name, version) in [
        ("retry", "1.0.0"),
        ("acme", "0.1.0"),
        ("acme", "0.2.0"),
        ("acme", "0.3.0-rc.1"),
        ("of-none", "0.1.0"),
    ] {
        publish(&catalogue, name, version).unwrap();
    }
    let ann = token("ann", Scope::Owner);
    let search_from = |query: &str, skip, limit| {
        let (found, total) = catalogue.search(query, skip, limit);
        let names = found
            .into_iter()
            .map(|f| format!("{} {}", f.name, f.max_version));
        (names.collect::<Vec<_>>().join(", "), total)
    };
    let search = |query: &str, limit| search_from(query, 0, limit);
    assert_eq!(search("ACME", 10), ("acme 0.2.0".to_owned(), 1));
    let all = "of-none 0.1.0, acme 0.2.0, retry 1.0.0".to_owned();
    assert_eq!(search("of", 10), (all, 3));
    assert_eq!(search("of", 1), ("of-none 0.1.0".to_owned(), 3));
    assert_eq!(search_from("of", 1, 1), ("acme 0.2.0".to_owned(), 3));
    assert_eq!(search_from("of", 3, 1), (String::new(), 3));
    assert_eq!(search("nothing", 10), (String::new(), 0));
    catalogue.set_yanked(&ann, "acme", "0.2.0", true).unwrap();
    assert_eq!(search("acme", 10).0, "acme 0.1.0");
}

/// A search reads no file, and finds what it would after a new start.
#[test]
fn what_is_kept_in_memory_is_what_is_on_the_disk() {
    let memory = Memory::default();
    let catalogue = open(&memory);
    let ann = token("ann", Scope::Owner);
    for (name, version, yanked) in [
        ("acme", "0.2.0", false),
        ("acme", "0.1.0", false),
        ("acme", "1.0.0-rc.1", false),
        ("retry", "1.0.0", false),
        ("acme", "0.2.0", true),
        ("retry", "1.0.0", true),
        ("acme", "0.3.0", false),
    ] {
        if yanked {
            catalogue.set_yanked(&ann, name, version, true).unwrap();
        } else {
            publish(&catalogue, name, version).unwrap();
        }
        let anew = open(&memory);
        assert_eq!(*read(&catalogue.known), *read(&anew.known));
    }
    let before = catalogue.search("", 0, 10);
    assert_eq!(before.1, 2);
    memory.files.lock().unwrap().clear();
    assert_eq!(catalogue.search("", 0, 10), before);
}

#[test]
fn a_damaged_index_is_named() {
    let memory = Memory::default();
    memory.write("index/ac/me/acme-one", b"{").unwrap();
    let error = Catalogue::open(Box::new(memory), Rules::default())
        .err()
        .unwrap();
    assert_eq!(
        error.to_string(),
        "cannot read line 1 of the index file of `acme-one`"
    );
}

proptest! {
    /// One path finds an index file: that of its name. No other finds anything, were it below the
    /// same storage.
    #[test]
    fn only_its_own_path_finds_an_index_file(
        path in r"(\.\.|ac|me|acme-one|ACME-ONE|owners\.json|tokens\.json|crates|%2e|[a-z/.\\]){0,4}(/(\.\.|ac|me|acme-one)){0,4}"
    ) {
        let memory = Memory::default();
        let catalogue = open(&memory);
        publish(&catalogue, "acme-one", "1.0.0").unwrap();
        memory.write("tokens.json", b"secret").unwrap();
        let found = catalogue.index_file(&path).is_ok();
        prop_assert_eq!(found, path == "ac/me/acme-one");
    }
}
