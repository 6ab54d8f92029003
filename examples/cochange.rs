//! Reads what each commit of a repository changed, and nothing else: what `benches/cochange.py`
//! measures. With a module and its users, also what it would cost to part them.
//!
//! Example: `cargo run --release --example cochange -- REPOSITORY`, or
//! `… -- REPOSITORY src/module/ src/user.rs` (a folder ends with `/`).
#![allow(clippy::print_stdout, reason = "a program of its own")]

use std::collections::BTreeSet;
use std::error::Error;

use camino::{Utf8Path, Utf8PathBuf};
use cargo_quarry::cochange::{self, CostOptions, FaceHistory, History, Subject};
use cargo_quarry::git::{self, Blobs, ChangeBounds, FileChangeKind, FileId};

fn main() -> Result<(), Box<dyn Error>> {
    let mut args: Vec<Utf8PathBuf> = std::env::args().skip(1).map(Utf8PathBuf::from).collect();
    if args.is_empty() {
        return Err("usage: cochange REPOSITORY [FILE_OR_FOLDER/ USER…]".into());
    }
    let repository = git::open_bare(&args.remove(0))?;
    let wanted =
        |path: &Utf8Path| path.extension() == Some("rs") || path.file_name() == Some("Cargo.toml");
    let bounds = ChangeBounds::default();
    let changes = git::file_changes(&repository, repository.head(), &wanted, &bounds)?;
    let all = || changes.commits.iter().flat_map(|commit| &commit.files);
    let renamed = all().filter(|change| change.kind == FileChangeKind::Renamed);
    println!(
        "{} commits looked at, {} with changes, {} changes of {} files, {} of them renames; {:?}",
        changes.walked,
        changes.commits.len(),
        all().count(),
        changes.files.len(),
        renamed.count(),
        changes.reach,
    );
    let Some((candidate, users)) = args.split_first() else {
        return Ok(());
    };
    let history = History::new(&changes);
    let below = |path: &Utf8Path, place: &Utf8Path| {
        path == place || (place.as_str().ends_with('/') && path.starts_with(place))
    };
    let find = |places: &[Utf8PathBuf]| -> BTreeSet<FileId> {
        let known = (0..).map(FileId).zip(&changes.files);
        let known = known.filter(|(_, file)| file.at_head);
        known
            .filter(|(_, file)| places.iter().any(|place| below(&file.path, place)))
            .map(|(id, _)| id)
            .collect()
    };
    let subject = Subject {
        files: find(std::slice::from_ref(candidate)),
        users: find(users),
    };
    let mut faces = FaceHistory::default();
    faces.load(&history, &Blobs::open(&repository), &subject.files, &|| {
        false
    })?;
    let cost = cochange::cost(&history, &subject, Some(&faces), &CostOptions::default());
    println!("{}", serde_json::to_string_pretty(&cost)?);
    Ok(())
}
