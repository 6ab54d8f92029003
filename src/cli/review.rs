//! `cargo quarry review`: what the upgrades of private crates would mean for this service.

mod document;
mod show;

use camino::Utf8PathBuf;
use cargo_quarry::card::Card;
use cargo_quarry::report;
use cargo_quarry::review::{self, ReviewEvent, ReviewOptions, Reviewed};
use cargo_quarry::service::{self, LoadOptions};
use cargo_quarry::surface::Tools;
use cargo_quarry::sys;
use cargo_quarry::trial::Verify;
use clap::{Args, ValueEnum};
use semver::Version;

use super::{CliError, FAILED, FINDINGS, OK, Shell};

#[derive(Debug, Args)]
#[command(
    long_about = "\
Show what an upgrade of private crates would mean for this service

For each upgrade on offer (or each pin that a branch has changed: `--against`) one card: the \
changelog between the two versions; the changes of the public API and whether the version number \
is right about them; which of these changes touch this service, at which line; whether it still \
builds and passes its tests; and what else would move.

The libraries' packages come from their registry: no access to their repositories is needed. The \
work is done in a copy beside the repository, which goes away; its builds are kept in git's own \
folder. Cargo runs the build scripts and procedural macros of what it compiles, and the tests. A \
crate of crates.io is looked at if it is named.

Ends with 1 if a breaking change touches the service or its build, or something cannot be looked \
at.",
    after_long_help = "\
Examples:
  cargo quarry review
  cargo quarry review acme-retry@2.0.0 --format html --output card.html
  cargo quarry review --against origin/main --format markdown"
)]
pub(crate) struct ReviewArgs {
    /// Only these crates, at that version [default: the latest of each]
    #[arg(value_name = "CRATE[@VERSION]", value_parser = wanted)]
    crates: Vec<Wanted>,
    /// Look at the pins that have changed since what is checked out branched off from this commit
    #[arg(long, value_name = "REV", conflicts_with = "compatible")]
    against: Option<String>,
    /// Offer only versions that cargo takes for compatible
    #[arg(long)]
    compatible: bool,
    /// How far the upgrade is tried
    #[arg(long, value_enum, default_value_t, value_name = "HOW")]
    verify: How,
    /// Make each card anew, also one that is kept from an earlier run of the same files
    #[arg(long)]
    again: bool,
    /// Ask no registry, and download nothing
    #[arg(long)]
    offline: bool,
    /// How the cards are written
    #[arg(
        long,
        value_enum,
        value_name = "FORMAT",
        conflicts_with = "message_format"
    )]
    format: Option<Format>,
    /// Write them to this file [default: standard output]
    #[arg(short, long, value_name = "FILE", requires = "format")]
    output: Option<Utf8PathBuf>,
}

/// A crate that is asked for.
#[derive(Debug, Clone)]
struct Wanted {
    name: String,
    version: Option<Version>,
}

fn wanted(text: &str) -> Result<Wanted, String> {
    let (name, version) = match text.split_once('@') {
        Some((name, version)) => {
            let version = version.parse();
            (name, Some(version.map_err(|error| format!("{error}"))?))
        }
        None => (text, None),
    };
    Ok(Wanted {
        name: name.to_owned(),
        version,
    })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum How {
    /// Not at all: nothing of the service is built with the new version
    No,
    /// All targets compile
    Check,
    /// And their tests pass
    #[default]
    Test,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For a pull request's comment
    Markdown,
    /// One file that stands alone
    Html,
}

/// Runs it.
pub(crate) fn run(shell: &Shell, args: &ReviewArgs) -> Result<u8, CliError> {
    let progress = shell.spinner();
    progress.now("reading Cargo.lock");
    let load = LoadOptions {
        also: args.crates.iter().map(|it| it.name.clone()).collect(),
        offline: args.offline,
    };
    let service = service::load(&sys::env::current_dir()?, &load)?;
    let options = ReviewOptions {
        crates: args
            .crates
            .iter()
            .map(|it| (it.name.clone(), it.version.clone()))
            .collect(),
        compatible: args.compatible,
        verify: match args.verify {
            How::No => None,
            How::Check => Some(Verify::Check),
            How::Test => Some(Verify::Test),
        },
        again: args.again,
        tools: Tools {
            offline: args.offline,
            ..Tools::of_user()
        },
    };
    let mut listener = |event: ReviewEvent<'_>| match event {
        ReviewEvent::Card(name, from, to) => {
            shell.status("Reviewing", format_args!("{name} {from} -> {to}"));
        }
        ReviewEvent::Doing(what) => progress.now(what),
        ReviewEvent::Line(line) => progress.now(line.trim()),
    };
    let reviewed = match &args.against {
        Some(revision) => review::review_against(&service, revision, &options, &mut listener),
        None => review::review(&service, &options, &mut listener),
    }?;
    drop(progress);
    write(shell, args, &reviewed.cards)?;
    Ok(finish(shell, reviewed))
}

fn write(shell: &Shell, args: &ReviewArgs, cards: &[Card]) -> Result<(), CliError> {
    let text = match args.format {
        None if shell.json() => {
            shell.out(document::of(cards));
            return Ok(());
        }
        None => {
            for card in cards {
                show::show(shell, card);
            }
            return Ok(());
        }
        Some(Format::Markdown) => report::markdown(cards),
        Some(Format::Html) => report::html(cards, "Upgrades"),
    };
    match &args.output {
        Some(path) => {
            sys::fs::write(path, text)?;
            shell.status("Wrote", path);
        }
        None => shell.out(text.trim_end()),
    }
    Ok(())
}

fn finish(shell: &Shell, reviewed: Reviewed) -> u8 {
    let Reviewed {
        cards,
        nothing,
        failed,
    } = reviewed;
    for nothing in &nothing {
        shell.note(nothing);
    }
    let touched = cards.iter().any(|card| {
        let touching = card.touches.known().is_some_and(|found| found.touching > 0);
        touching
            || card
                .trial
                .known()
                .is_some_and(|trial| !trial.broken.is_empty())
    });
    let code = match (cards.is_empty(), failed.is_empty()) {
        (true, false) => FAILED,
        (_, false) => FINDINGS,
        (_, true) if touched => FINDINGS,
        (_, true) => OK,
    };
    for (_, error) in failed {
        shell.error(&error.into());
    }
    code
}
