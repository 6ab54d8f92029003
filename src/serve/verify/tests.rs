//! Each flaw is found, named, and mended where that can be.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::serve::catalogue::tests::{open, publish, token};
use crate::serve::storage::tests::Memory;
use crate::serve::{Log, Scope};

/// Two versions of `acme-one`, the first of them yanked, and one of `acme-two`.
fn registry() -> Memory {
    let memory = Memory::default();
    let catalogue = open(&memory);
    for (name, version) in [
        ("acme-one", "0.1.0"),
        ("acme-one", "0.2.0"),
        ("acme-two", "1.0.0"),
    ] {
        publish(&catalogue, name, version).unwrap();
    }
    let ann = token("ann", Scope::Publish);
    catalogue
        .set_yanked(&ann, "acme-one", "0.1.0", true)
        .unwrap();
    memory
}

const ONE: &str = "index/ac/me/acme-one";

fn edit(memory: &Memory, key: &str, edit: impl FnOnce(String) -> String) {
    let text = String::from_utf8(memory.read(key).unwrap().unwrap()).unwrap();
    memory.write(key, edit(text).as_bytes()).unwrap();
}

/// What `damage` does is found as `codes`; if it can be mended, it is, and then the registry is
/// as it was.
fn finds(codes: &[&str], mended: bool, damage: impl FnOnce(&Memory)) {
    let memory = registry();
    let before = memory.files.lock().unwrap().clone();
    damage(&memory);
    let damaged = memory.files.lock().unwrap().clone();
    let codes_of = |result: &Verification| {
        let codes = result.flaws.iter().map(|flaw| flaw.finding.code.clone());
        codes.collect::<Vec<_>>()
    };
    let found = check(&memory, Mode::Look).unwrap();
    assert_eq!(codes_of(&found), codes);
    assert!(found.flaws.iter().all(|flaw| !flaw.mended));
    assert_eq!(*memory.files.lock().unwrap(), damaged, "only looked at");
    assert!(!found.is_sound());

    let repaired = check(&memory, Mode::Repair).unwrap();
    assert_eq!(codes_of(&repaired), codes);
    assert_eq!(repaired.is_sound(), mended);
    if mended {
        assert_eq!(*memory.files.lock().unwrap(), before);
        assert_eq!(check(&memory, Mode::Look).unwrap().flaws, []);
    }
}

#[test]
fn a_sound_registry_has_no_flaws() {
    let result = check(&registry(), Mode::Repair).unwrap();
    assert_eq!((result.crates, result.versions), (2, 3));
    assert_eq!(result.flaws, []);
    assert!(check(&Memory::default(), Mode::Look).unwrap().is_sound());
}

#[test]
fn what_was_cut_off_is_removed() {
    finds(&["leftover-file"], true, |memory| {
        memory.write("crates/acme-one/.quarry-x1", b"half").unwrap();
    });
    finds(&["incomplete-version"], true, |memory| {
        let key = "crates/acme-one/acme-one-0.3.0.crate";
        memory.write(key, b"package").unwrap();
    });
}

#[test]
fn index_lines_come_back_with_what_the_log_knows() {
    // The yanked one stays yanked.
    finds(&["unlisted-version"; 2], true, |memory| {
        memory.remove(ONE).unwrap();
    });
    finds(&["unlisted-version", "unreadable-line"], true, |memory| {
        edit(memory, ONE, |text| {
            text[..text.len() - 20].to_owned() + "\n"
        });
    });
    finds(&["wrong-line"], true, |memory| {
        edit(memory, ONE, |text| {
            text.replacen(r#""features":{}"#, r#""features":{"a":[]}"#, 1)
        });
    });
    finds(&["duplicate-line"], true, |memory| {
        edit(memory, ONE, |text| {
            let last = text.lines().last().unwrap().to_owned();
            text + &last + "\n"
        });
    });
    finds(&["missing-owners"], true, |memory| {
        memory.remove("crates/acme-one/owners.json").unwrap();
    });
}

/// Without the log's lines that `text` is in.
fn forget(memory: &Memory, text: &str) {
    edit(memory, log::KEY, |log| {
        let kept = log.split_inclusive('\n');
        kept.filter(|line| !line.contains(text)).collect()
    });
}

#[test]
fn what_is_not_logged_is_logged_without_who_did_it() {
    for listed in [true, false] {
        let memory = registry();
        forget(&memory, r#""crate":"acme-two""#);
        let index = memory.read("index/ac/me/acme-two").unwrap();
        if !listed {
            memory.remove("index/ac/me/acme-two").unwrap();
        }
        let result = check(&memory, Mode::Repair).unwrap();
        let expected = if listed {
            "unlogged-version"
        } else {
            "unlisted-version"
        };
        assert_eq!(result.flaws.len(), 1);
        assert_eq!(result.flaws[0].finding.code, expected);
        assert!(result.is_sound());
        assert_eq!(check(&memory, Mode::Look).unwrap().flaws, []);
        if listed {
            assert_eq!(memory.read("index/ac/me/acme-two").unwrap(), index);
        }
        let log = memory.read(log::KEY).unwrap().unwrap();
        let log = Log::parse(&String::from_utf8(log).unwrap());
        let line = log.entries.last().unwrap();
        assert_eq!((line.holder.as_str(), line.detail.as_str()), ("?", "1.0.0"));
        // Nobody owns nothing.
        memory.remove("crates/acme-two/owners.json").unwrap();
        let lost = check(&memory, Mode::Repair).unwrap();
        assert_eq!(lost.flaws[0].finding.code, "missing-owners");
        assert!(!lost.flaws[0].mendable);
    }
}

/// One publisher's publish was cut off after its line; another's did it.
#[test]
fn of_several_publishers_the_one_with_the_checksum_did_it() {
    let memory = registry();
    edit(&memory, log::KEY, |text| {
        let last = text.lines().find(|l| l.contains("acme-two")).unwrap();
        let late = last
            .replace(r#""ann""#, r#""bob""#)
            .replace(r#""checksum":""#, r#""checksum":"0"#)
            .replace(r#""time":""#, r#""time":"9"#);
        text.clone() + &late + "\n"
    });
    assert_eq!(check(&memory, Mode::Look).unwrap().flaws, []);
    let before = memory.read("index/ac/me/acme-two").unwrap();
    memory.remove("index/ac/me/acme-two").unwrap();
    check(&memory, Mode::Repair).unwrap();
    assert_eq!(memory.read("index/ac/me/acme-two").unwrap(), before);
    // And where it was none of them, nobody is named for it.
    forget(&memory, r#""detail":"1.0.0","checksum":"#);
    assert_eq!(check(&memory, Mode::Repair).unwrap().flaws.len(), 1);
}

#[test]
fn the_log_and_the_index_agree_on_yanks() {
    for (from, to) in [("true", "false"), ("false", "true")] {
        finds(&["wrong-yank"], false, |memory| {
            edit(memory, ONE, |text| {
                let yanked = |value: &str| format!(r#""yanked":{value}"#);
                text.replacen(&yanked(from), &yanked(to), 1)
            });
        });
    }
}

#[test]
fn what_only_a_backup_brings_back_is_named() {
    let package = "crates/acme-one/acme-one-0.2.0.crate";
    let metadata = "crates/acme-one/acme-one-0.2.0.json";
    finds(&["missing-package"], false, |memory| {
        memory.remove(package).unwrap();
    });
    finds(&["wrong-checksum"], false, |memory| {
        memory.write(package, b"x").unwrap();
    });
    finds(&["missing-metadata"], false, |memory| {
        memory.remove(metadata).unwrap();
    });
    finds(&["wrong-metadata"], false, |memory| {
        edit(memory, metadata, |text| {
            text.replace(r#""features":{}"#, r#""features":{"a":[]}"#)
        });
    });
    finds(&["duplicate-version"; 2], false, |memory| {
        edit(memory, ONE, |text| {
            text.clone() + &text.replace(r#""links":null"#, r#""links":"z""#)
        });
    });
}

#[test]
fn what_is_only_to_know_leaves_the_registry_sound() {
    let memory = registry();
    memory.write("crates/notes.txt", b"mine").unwrap();
    memory.append("audit.log", "{\"time\":").unwrap();
    let keys = memory.list("crates/acme-two").unwrap();
    for key in keys {
        memory.remove(&key).unwrap();
    }
    memory.remove("index/ac/me/acme-two").unwrap();
    let result = check(&memory, Mode::Repair).unwrap();
    let codes: Vec<_> = result
        .flaws
        .iter()
        .map(|f| f.finding.code.as_str())
        .collect();
    assert_eq!(
        codes,
        ["unknown-file", "lost-version", "unreadable-log-line"]
    );
    assert!(result.is_sound());
}

/// Storage that something happens to before one of the calls that read it.
struct Meddled {
    memory: Memory,
    calls: AtomicUsize,
    before: usize,
    meddle: fn(&Memory),
}

impl Meddled {
    fn call(&self) {
        if self.calls.fetch_add(1, Ordering::Relaxed) == self.before {
            (self.meddle)(&self.memory);
        }
    }
}

impl Storage for Meddled {
    fn read(&self, key: &str) -> Result<Option<Vec<u8>>, SysError> {
        self.call();
        self.memory.read(key)
    }

    fn list(&self, folder: &str) -> Result<Vec<String>, SysError> {
        self.call();
        self.memory.list(folder)
    }

    fn write(&self, key: &str, _: &[u8]) -> Result<(), SysError> {
        panic!("{key} is written")
    }

    fn append(&self, key: &str, _: &str) -> Result<(), SysError> {
        panic!("{key} is appended to")
    }

    fn remove(&self, key: &str) -> Result<(), SysError> {
        panic!("{key} is removed")
    }
}

/// All that a served registry does.
fn go_on(memory: &Memory) {
    let catalogue = open(memory);
    for (name, version) in [
        ("acme-two", "1.1.0"),
        ("acme-new", "1.0.0"),
        ("acme-one", "0.3.0"),
    ] {
        publish(&catalogue, name, version).unwrap();
    }
    let ann = token("ann", Scope::Owner);
    catalogue
        .set_yanked(&ann, "acme-one", "0.2.0", true)
        .unwrap();
    let bob = ["bob".to_owned()];
    catalogue
        .change_owners(&ann, "acme-one", &bob, &[])
        .unwrap();
}

/// Whatever is under way when it begins, and whenever it goes on.
#[test]
fn what_is_done_meanwhile_is_no_flaw() {
    for written in 0..4 {
        let memory = registry();
        let catalogue = open(&memory);
        *memory.writes_left.lock().unwrap() = Some(written);
        publish(&catalogue, "acme-one", "0.3.0").unwrap_err();
        *memory.writes_left.lock().unwrap() = None;
        memory.write("index/ac/me/.quarry-x", b"{").unwrap();
        let log = memory.read(log::KEY).unwrap().unwrap();
        let half = [&log[..], b"{\"time\":"].concat();
        memory.write(log::KEY, &half).unwrap();
        let begun = memory.files.lock().unwrap().clone();
        for before in 0.. {
            *memory.files.lock().unwrap() = begun.clone();
            let meddled = Meddled {
                memory: memory.clone(),
                calls: AtomicUsize::new(0),
                before,
                meddle: |memory| {
                    memory.write(log::KEY, &whole_lines(memory)).unwrap();
                    memory.remove("index/ac/me/.quarry-x").unwrap();
                    go_on(memory);
                },
            };
            let result = check(&meddled, Mode::Served).unwrap();
            assert_eq!(result.flaws, [], "{written} written, before call {before}");
            if meddled.calls.load(Ordering::Relaxed) <= before {
                break;
            }
        }
    }
}

fn whole_lines(memory: &Memory) -> Vec<u8> {
    let mut log = memory.read(log::KEY).unwrap().unwrap();
    let end = log.iter().rposition(|&byte| byte == b'\n').unwrap();
    log.truncate(end + 1);
    log
}

#[test]
fn what_is_wrong_is_seen_while_it_is_served() {
    let memory = registry();
    memory
        .remove("crates/acme-one/acme-one-0.1.0.crate")
        .unwrap();
    forget(&memory, r#""crate":"acme-two""#);
    let result = check(&memory, Mode::Served).unwrap();
    let codes = result.flaws.iter().map(|flaw| flaw.finding.code.as_str());
    let codes: Vec<_> = codes.collect();
    assert_eq!(codes, ["missing-package", "unlogged-version"]);
    assert!(result.served && !result.is_sound());
}
