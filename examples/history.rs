//! Filters the history of a file or a folder into a new repository, and nothing else: what
//! `benches/history.py` measures.
//!
//! Example: `cargo run --release --example history -- REPOSITORY src/old NEW_REPOSITORY src/new`
#![allow(clippy::print_stdout, reason = "a program of its own")]

use std::error::Error;

use camino::{Utf8Path, Utf8PathBuf};
use cargo_quarry::git::{self, TrackedFile};

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<Utf8PathBuf> = std::env::args().skip(1).map(Utf8PathBuf::from).collect();
    let [repository, source, dir, target] = &args[..] else {
        return Err("usage: history REPOSITORY PATH NEW_REPOSITORY NEW_PATH".into());
    };
    let repository = git::open_bare(repository)?;
    let tracked: Vec<TrackedFile> = git::files_at(repository.root(), repository.head(), source)?
        .into_iter()
        .map(|file| TrackedFile {
            target: moved(&file.path, source, target),
            source: file.path,
        })
        .collect();
    let history = git::plan_history(&repository, repository.head(), &tracked)?;
    git::init_repository(dir, "main")?;
    let written = git::write_history(&repository, &history, dir, "main")?;
    for rename in history.renames() {
        println!("{} -> {}", rename.from, rename.to);
    }
    println!(
        "{} files, {} of {} commits, {} renames",
        tracked.len(),
        written.commits(),
        history.walked(),
        history.renames().len()
    );
    Ok(())
}

/// The path of a file when the folder (or file) `from` has become `to`.
fn moved(path: &Utf8Path, from: &Utf8Path, to: &Utf8Path) -> Utf8PathBuf {
    match path.strip_prefix(from) {
        Ok(rest) if !rest.as_str().is_empty() => to.join(rest),
        _ => to.to_owned(),
    }
}
