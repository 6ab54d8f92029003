//! Finds what was copied between repositories, and nothing else: what `benches/copies.py`
//! measures.
//!
//! Example: `cargo run --release --example copies -- [--dates] REPOSITORY…`
#![allow(clippy::print_stdout, reason = "a program of its own")]

use std::error::Error;

use camino::{Utf8Path, Utf8PathBuf};
use cargo_quarry::copies::{
    self, Copies, Corpus, Finding, Instance, Options, Origin, Root, extract_arguments,
};

fn main() -> Result<(), Box<dyn Error>> {
    let mut args: Vec<String> = std::env::args().skip(1).collect();
    let dates = args.first().is_some_and(|arg| arg == "--dates");
    if dates {
        args.remove(0);
    }
    let roots: Vec<Root> = args.iter().map(|dir| root(Utf8Path::new(dir))).collect();
    let options = Options::default();
    let corpus = copies::load_corpus(&roots, &options)?;
    let mut found = copies::find_copies(&corpus, &options);
    if dates {
        let shown = found.findings.len().min(50);
        let answers = copies::load_dates(&corpus, &found.findings[..shown])?;
        copies::apply_dates(&corpus, &answers, &mut found.findings[..shown]);
    }
    for (rank, finding) in (1..).zip(&found.findings) {
        show(&corpus, rank, finding);
    }
    summary(&corpus, &found);
    Ok(())
}

fn root(dir: &Utf8Path) -> Root {
    Root {
        name: dir.file_name().unwrap_or("repository").to_owned(),
        dir: Utf8PathBuf::from(dir),
    }
}

fn summary(corpus: &Corpus, found: &Copies) {
    let across = found.findings.iter().filter(|f| f.repositories > 1).count();
    println!(
        "{} bytes, {} files, {} left out, {} items, {} findings, {across} over several repositories",
        corpus.bytes(),
        corpus.sources.len(),
        corpus.left_out.len() + found.left_out.len(),
        found.items,
        found.findings.len(),
    );
}

fn show(corpus: &Corpus, rank: usize, finding: &Finding) {
    println!("{rank}. {} lines would go away", finding.lines_gone);
    for (at, place) in finding.places.iter().enumerate() {
        let start = if at == finding.start.place { "*" } else { " " };
        let candidate = &finding.start.candidates[at];
        println!(
            "  {start} {}/{}: {} of {} lines, {} tests, needs {}",
            corpus.roots[place.repository].name,
            place.path,
            place.lines,
            place.of_lines,
            candidate.tests,
            candidate.needs.join(" ")
        );
    }
    for group in &finding.groups {
        println!(
            "    {} {} ({})",
            group.kind.noun(),
            group.title,
            group.likeness()
        );
        for instance in &group.instances {
            println!("        {}", line(instance));
        }
    }
    if let Some(arguments) = extract_arguments(corpus, finding) {
        println!("    cargo quarry {}", arguments.join(" "));
    }
}

fn line(instance: &Instance) -> String {
    let drift = instance.drift.as_ref().map_or(String::new(), |drift| {
        format!("+{} -{}", drift.lines_here, drift.lines_at_start)
    });
    let origin = match &instance.origin {
        Some(Origin::First(date)) => format!("{} {}", date.commit.short(), date.seconds),
        origin => format!("{origin:?}"),
    };
    let (first, last) = (instance.at.start(), instance.at.end());
    format!(
        "{} {}:{first}-{last} {:?} {} {drift} {origin}",
        instance.place, instance.title, instance.likeness, instance.similarity
    )
}
