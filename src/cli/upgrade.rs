//! `cargo quarry upgrade`: private crates of a service, upgraded on a branch.

use cargo_quarry::card::{Card, CompilerError, Part};
use cargo_quarry::forge::Access;
use cargo_quarry::report;
use cargo_quarry::service::LoadOptions;
use cargo_quarry::surface::Tools;
use cargo_quarry::sys;
use cargo_quarry::trial::Verify;
use cargo_quarry::upgrade::{
    self, Cards, Event, Landed, Made, Mended, Prepared, Reason, Request, Shared, Texts, Wanted,
};
use clap::{Args, ValueEnum};
use semver::Version;

use super::{CliError, FINDINGS, OK, Shell};

/// So many of the compiler's errors are shown.
const SHOWN: usize = 10;

#[derive(Debug, Args)]
#[command(
    long_about = "\
Upgrade a service's private crates on a branch

Works in a copy of what is committed; the checkout stays as it is. In the copy, the requirements \
move to the new version, each in its own style (`=1.2.3`, `1.2`, inherited from the workspace), and \
so does Cargo.lock; uses of what the crate has named anew are renamed, as its deprecation ledger \
says; and what rustc suggests and calls machine-applicable is applied. Then the service is built \
and tested, as it was and as it is now. All that lands as one commit on the branch \
`quarry/upgrade-CRATE-VERSION`, whose message says what changed and what it touches.

Where the service does not build with the new version, or a test fails that passed, the branch \
stays with what was tried, it is said where it breaks, and the command ends with 1.

With --execute the branch is pushed to `origin` and a pull request is opened with the card, or \
the open one is brought up to date. GITHUB_TOKEN or GH_TOKEN has the token for that; a GitHub \
Enterprise is named by GH_HOST or GITHUB_API_URL.",
    after_long_help = "\
Examples:
  cargo quarry upgrade                            # all, to the latest compatible versions
  cargo quarry upgrade acme-retry --breaking      # to the latest
  cargo quarry upgrade acme-retry --to 2.0.0
  cargo quarry upgrade acme-retry --breaking --execute"
)]
pub(super) struct UpgradeArgs {
    /// The crates; all that the service's own packages ask for if none is named
    #[arg(value_name = "CRATE")]
    crates: Vec<String>,
    /// To this version
    #[arg(long, value_name = "VERSION", conflicts_with_all = ["compatible", "breaking"])]
    to: Option<Version>,
    /// To the latest compatible version [default]
    #[arg(long)]
    compatible: bool,
    /// To the latest version
    #[arg(long, conflicts_with = "compatible")]
    breaking: bool,
    /// How far the upgrade is tried
    #[arg(long, value_enum, default_value_t, value_name = "HOW")]
    verify: How,
    /// Push the branch and open the pull request
    #[arg(long)]
    execute: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum How {
    /// All targets compile
    Check,
    /// And their tests pass
    #[default]
    Test,
}

/// Runs it.
pub(super) fn run(shell: &Shell, args: &UpgradeArgs) -> Result<u8, CliError> {
    let request = request(args)?;
    let progress = shell.spinner();
    let mut listener = |event: Event| match event {
        Event::Stage(verb, what) => shell.status(verb, what),
        Event::Progress(what) => progress.now(what),
        Event::Warning(what) => shell.warn(what),
    };
    let prepared = upgrade::prepare(&request, &mut listener)?;
    if !shell.json() {
        show_plan(shell, args, &prepared);
    }
    let tools = Tools::of_user();
    let cards = Cards {
        tools: &tools,
        render: &texts,
    };
    let (landed, made) = match &prepared.landed {
        Some(landed) => (Some(landed.clone()), None),
        None if prepared.moves.is_empty() => (None, None),
        None => {
            let made = upgrade::apply(&prepared, &request, &cards, &mut listener)?;
            (Some(made.landed.clone()), Some(made))
        }
    };
    let builds = landed.as_ref().is_none_or(|it| it.builds);
    let shared = match &landed {
        Some(landed) if builds => upgrade::share(&prepared, landed, &mut listener)?,
        Some(_) | None => None,
    };
    drop(progress);
    if shell.json() {
        shell.out(document(
            args,
            &prepared,
            landed.as_ref(),
            made.as_ref(),
            shared.as_ref(),
        ));
    } else if let Some(made) = &made {
        show(shell, made);
    }
    end(shell, args, landed.as_ref(), made.as_ref(), shared.as_ref());
    Ok(if builds { OK } else { FINDINGS })
}

fn request(args: &UpgradeArgs) -> Result<Request, CliError> {
    let wanted = match &args.to {
        Some(version) => Wanted::Version(version.clone()),
        None if args.breaking => Wanted::Breaking,
        None => Wanted::Compatible,
    };
    Ok(Request {
        dir: sys::env::current_dir()?,
        crates: args.crates.clone(),
        wanted,
        verify: match args.verify {
            How::Check => Verify::Check,
            How::Test => Verify::Test,
        },
        load: LoadOptions {
            also: args.crates.clone(),
            offline: false,
        },
        share: args.execute.then(Access::from_environment),
    })
}

/// The cards for the commit and the pull request.
fn texts(cards: &[Card]) -> Texts {
    let summaries = cards.iter().map(report::summary).collect::<Vec<_>>();
    let summary = match summaries.as_slice() {
        // The commit has a subject of its own.
        [one] => one
            .split_once('\n')
            .map_or(one.as_str(), |(_, body)| body)
            .to_owned(),
        many => many.join("\n"),
    };
    Texts {
        summary,
        markdown: report::markdown(cards),
    }
}

fn document(
    args: &UpgradeArgs,
    prepared: &Prepared,
    landed: Option<&Landed>,
    made: Option<&Made>,
    shared: Option<&Shared>,
) -> serde_json::Value {
    serde_json::json!({
        "version": 1,
        "executed": args.execute,
        "moves": prepared.moves,
        "plan": prepared.plan,
        "landed": landed,
        "mended": made.map(|it| &it.mended),
        "cards": made.map(|it| &it.cards),
        "shared": shared,
    })
}

fn show_plan(shell: &Shell, args: &UpgradeArgs, prepared: &Prepared) {
    let held = |reach| reach > cargo_quarry::plan::Reach::Local && !args.execute;
    let steps = prepared.plan.steps.iter().filter(|step| !held(step.reach));
    for (number, step) in steps.enumerate() {
        shell.out(format_args!("{:>3}. {}", number + 1, step.title));
    }
    let files = &prepared.uncommitted;
    if !prepared.moves.is_empty() && prepared.landed.is_none() && !files.is_empty() {
        let things = match files.len() {
            1 => format!("`{}` is not committed, and is", files[0]),
            many => format!("{many} files are not committed, and are"),
        };
        shell.note(format_args!("{things} not part of it"));
    }
}

fn show(shell: &Shell, made: &Made) {
    for Mended {
        place,
        was,
        is,
        reason,
    } in &made.mended
    {
        let why = match reason {
            Reason::Ledger(item) => format!("by the ledger, for {item}"),
            Reason::Compiler(message) => format!("by rustc: {message}"),
        };
        shell.status("Mended", format_args!("{place}: `{was}` -> `{is}` ({why})"));
    }
    for card in &made.cards {
        shell.out(report::headline(card));
        for line in texts(std::slice::from_ref(card)).summary.trim().lines() {
            shell.out(format_args!("    {line}").to_string().trim_end());
        }
    }
}

/// Says what came of it, and what to do next.
fn end(
    shell: &Shell,
    args: &UpgradeArgs,
    landed: Option<&Landed>,
    made: Option<&Made>,
    shared: Option<&Shared>,
) {
    let Some(landed) = landed else {
        let what = match args.crates.as_slice() {
            [] => "the private crates are".to_owned(),
            [one] => format!("{one} is"),
            many => format!("{} are", many.join(", ")),
        };
        let newer = if args.breaking || args.to.is_some() {
            ""
        } else {
            "; --breaking goes beyond compatible versions"
        };
        shell.status(
            "Finished",
            format_args!("nothing to do: {what} up to date{newer}"),
        );
        return;
    };
    let Landed { branch, commit, .. } = landed;
    let at = commit.short();
    if !landed.builds {
        let cards = made.map_or(&[][..], |it| &it.cards);
        refuse(shell, cards);
        shell.status(
            "Kept",
            format_args!("what was tried, on `{branch}` at {at}"),
        );
        shell.help(format_args!(
            "`git switch {branch}` and go on from there; the checkout is as it was"
        ));
        return;
    }
    match (made, shared) {
        (Some(_), _) => shell.status(
            "Landed",
            format_args!("`{}` on `{branch}` at {at}", landed.title),
        ),
        (None, None) => shell.status(
            "Finished",
            format_args!("nothing to do: `{branch}` has it, at {at}"),
        ),
        (None, Some(_)) => {}
    }
    match (shared, &landed.pull_request) {
        (Some(Shared { pull_request, .. }), _) => {
            let verb = if pull_request.was_open {
                "Updated"
            } else {
                "Opened"
            };
            shell.status(verb, &pull_request.url);
        }
        (None, Some(pull_request)) => {
            shell.note(format_args!("its pull request is {}", pull_request.url));
        }
        (None, None) => shell.note(format_args!(
            "`git switch {branch}` shows it; --execute pushes it and opens a pull request"
        )),
    }
}

/// Says where it breaks.
fn refuse(shell: &Shell, cards: &[Card]) {
    for card in cards {
        let name = format!("{} {}", card.krate, card.to);
        let trial = match &card.trial {
            Part::Known(trial) => trial,
            Part::Unknown(why) => {
                shell.refuse(format_args!("{name} could not be tried: {why}"));
                continue;
            }
        };
        shell.refuse(format_args!("the service does not work with {name}"));
        for CompilerError {
            place,
            message,
            change,
            ..
        } in trial.errors.iter().take(SHOWN)
        {
            match place {
                Some(place) => shell.status("at", format_args!("{place}: {message}")),
                None => shell.status("at", message),
            }
            let changes = card.api.known().map(|api| &api.changes);
            if let Some(change) = changes.and_then(|changes| changes.get((*change)?)) {
                shell.status("for", format_args!("{} [{}]", change.message, change.code));
            }
        }
        if trial.errors.len() > SHOWN {
            shell.status("and", format_args!("{} more", trial.errors.len() - SHOWN));
        }
        for broken in trial.broken.iter().filter(|it| it.test).take(SHOWN) {
            shell.status("fails", &broken.what);
        }
    }
}
