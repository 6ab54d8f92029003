//! The rooms of `src` use each other as `ARCHITECTURE.md` allows, and in no other way.

mod allowed;
mod source;
mod tokens;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use allowed::Allowed;
use source::Source;

fn allowed() -> Allowed {
    let text = std::fs::read_to_string(root().join("ARCHITECTURE.md")).expect("it is there");
    Allowed::parse(&text).unwrap_or_else(|problem| panic!("ARCHITECTURE.md: {problem}"))
}

#[test]
fn edges_of_the_list_go_down() {
    let problems = allowed().edges_that_go_up();
    assert!(
        problems.is_empty(),
        "ARCHITECTURE.md:\n{}",
        lines(&problems)
    );
}

#[test]
fn every_room_is_in_the_list() {
    let allowed = allowed();
    let rooms = sources().iter().filter_map(|source| source.room.as_deref());
    let unlisted: BTreeSet<&str> = rooms
        .filter(|room| allowed.rooms().all(|listed| listed != *room))
        .collect();
    assert!(unlisted.is_empty(), "not in ARCHITECTURE.md: {unlisted:?}");
}

#[test]
fn rooms_use_what_the_list_allows() {
    let allowed = allowed();
    let mut problems = Vec::new();
    for source in sources() {
        problems.extend(source.forbidden_edges(&allowed));
    }
    assert!(problems.is_empty(), "{}", lines(&problems));
}

#[test]
fn rooms_show_only_what_is_their_own() {
    let problems: Vec<String> = sources().iter().flat_map(Source::re_exports).collect();
    assert!(problems.is_empty(), "{}", lines(&problems));
}

#[test]
fn files_processes_environment_and_clock_are_used_in_sys_only() {
    let problems: Vec<String> = sources()
        .iter()
        .filter(|source| source.room.as_deref() != Some("sys"))
        .flat_map(Source::uses_of_the_system)
        .collect();
    assert!(problems.is_empty(), "{}", lines(&problems));
}

/// The program's own table of commands is the exception.
#[test]
fn mod_files_hold_docs_and_re_exports() {
    let problems: Vec<String> = sources()
        .iter()
        .filter(|source| source.path.ends_with("mod.rs") || source.path == "src/lib.rs")
        .filter(|source| source.path != "src/cli/mod.rs")
        .flat_map(Source::other_than_mod_and_use)
        .collect();
    assert!(problems.is_empty(), "{}", lines(&problems));
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All of `src/**/*.rs`, in order, read once.
fn sources() -> &'static [Source] {
    static SOURCES: LazyLock<Vec<Source>> = LazyLock::new(load_sources);
    &SOURCES
}

fn load_sources() -> Vec<Source> {
    let mut files = Vec::new();
    collect(&root().join("src"), &mut files);
    files.sort();
    let read = |file: PathBuf| {
        let text = std::fs::read_to_string(&file).expect("it is there");
        let path = file.strip_prefix(root()).expect("it is below");
        Source::new(&path.to_string_lossy().replace('\\', "/"), text)
    };
    files.into_iter().map(read).collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in folder.read_dir().expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

fn lines(problems: &[String]) -> String {
    problems.join("\n")
}
