//! The command line: one file per command, streams, colour, progress, exit codes.
//!
//! Only the binary has this room: the library never talks to the terminal.

mod check;
mod deprecate;
mod error;
mod explain;
mod extract;
mod link;
mod new;
mod outdated;
mod publish;
mod registry;
mod release;
mod renovate;
mod review;
mod shell;
mod survey;
mod sync;
mod tour;
mod unlink;
mod upgrade;

use std::process::ExitCode;

use clap::{Args, CommandFactory as _, Parser, Subcommand, ValueEnum};

pub(crate) use error::CliError;
pub(crate) use shell::Shell;

/// All went well.
pub(crate) const OK: u8 = 0;
/// It ran, and found something that stands in the way.
pub(crate) const FINDINGS: u8 = 1;
/// The command line makes no sense.
pub(crate) const USAGE: u8 = 2;
/// It failed: cargo's own code for that.
pub(crate) const FAILED: u8 = 101;

/// The command line, as cargo calls it: `cargo quarry …` runs `cargo-quarry quarry …`.
#[derive(Debug, Parser)]
#[command(name = "cargo-quarry", bin_name = "cargo quarry", version, styles = clap_cargo::style::CLAP_STYLING)]
#[command(about = "Take shared code out of a Rust monolith into versioned library crates")]
#[command(after_help = "Exit codes: 0 done, 1 something stands in the way, 2 usage, 101 failed.")]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

/// Flags that every command takes.
#[derive(Debug, Clone, Args)]
pub(crate) struct Global {
    /// Say more: -v what is run, -vv everything
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    verbose: u8,
    /// Say only warnings and errors
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    quiet: bool,
    /// How results are written to standard output
    #[arg(long, global = true, value_enum, default_value_t, value_name = "FMT")]
    message_format: MessageFormat,
    /// When to use colour [default: as the terminal can]
    #[arg(long, global = true, value_enum, value_name = "WHEN")]
    color: Option<ColorWhen>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum MessageFormat {
    /// For people
    #[default]
    Human,
    /// One JSON document, versioned by its `version` field
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorWhen {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show what is worth taking out of a monolith, and what stands in the way
    Survey(survey::SurveyArgs),
    /// Take modules out of this repository into a library of their own
    Extract(Box<extract::ExtractArgs>),
    /// Begin a library: a repository of its own, or a crate of a bounded context
    New(new::NewArgs),
    /// Bring a repository up to date with the template it was made from
    Sync(sync::SyncArgs),
    /// Check whether this library may be merged and released
    Check(check::CheckArgs),
    /// Build a local copy of a library in place of the released one
    Link(link::LinkArgs),
    /// Build the released library again
    Unlink(unlink::UnlinkArgs),
    /// Print a Renovate configuration for this repository's private crates
    RenovateConfig(renovate::RenovateArgs),
    /// Explain the code of a finding
    Explain(explain::ExplainArgs),
    /// Release a library: version, changelog, commit, tag, push
    Release(release::ReleaseArgs),
    /// Publish the version that a tag names: what CI does after a release
    Publish(publish::PublishArgs),
    /// Deprecate a version or an item: in the ledger, the changelog, the source
    Deprecate(deprecate::DeprecateArgs),
    /// Show how old a service's private crates are, and which of them should not stay
    Outdated(outdated::OutdatedArgs),
    /// Show what an upgrade of private crates would mean for this service
    Review(review::ReviewArgs),
    /// Upgrade a service's private crates on a branch
    Upgrade(upgrade::UpgradeArgs),
    /// Serve a private registry, and manage its tokens
    Registry(registry::RegistryArgs),
    /// Walk through all of it, on a sample organisation that it makes
    Tour(tour::TourArgs),
    /// Print the completion script of a shell
    #[command(
        after_help = "Example: cargo quarry completions bash > ~/.local/share/bash-completion/completions/cargo-quarry"
    )]
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

/// Parses the command line, runs the command, reports, and gives the exit code.
pub(crate) fn run() -> ExitCode {
    let mut args: Vec<std::ffi::OsString> = std::env::args_os().collect();
    if args.get(1).is_some_and(|arg| arg == "quarry") {
        args.remove(1);
    }
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => {
            let code = if error.use_stderr() { USAGE } else { OK };
            // Nothing is left to say if the stream is gone.
            let _ = error.print();
            return ExitCode::from(code);
        }
    };
    let log_format = match &cli.command {
        Command::Registry(args) => args.log_format(),
        Command::Extract(_)
        | Command::Survey(_)
        | Command::Deprecate(_)
        | Command::New(_)
        | Command::Sync(_)
        | Command::Check(_)
        | Command::Link(_)
        | Command::Unlink(_)
        | Command::RenovateConfig(_)
        | Command::Explain(_)
        | Command::Release(_)
        | Command::Publish(_)
        | Command::Outdated(_)
        | Command::Review(_)
        | Command::Upgrade(_)
        | Command::Tour(_)
        | Command::Completions { .. } => None,
    };
    let shell = Shell::new(&cli.global, log_format);
    let result = match &cli.command {
        Command::Extract(args) => extract::run(&shell, args),
        Command::Survey(args) => survey::run(&shell, args),
        Command::New(args) => new::run(&shell, args),
        Command::Sync(args) => sync::run(&shell, args),
        Command::Check(args) => check::run(&shell, args),
        Command::Link(args) => link::run(&shell, args),
        Command::RenovateConfig(args) => renovate::run(&shell, args),
        Command::Unlink(args) => unlink::run(&shell, args),
        Command::Explain(args) => Ok(explain::run(&shell, args)),
        Command::Release(args) => release::run(&shell, args),
        Command::Publish(args) => publish::run(&shell, args),
        Command::Deprecate(args) => deprecate::run(&shell, args),
        Command::Outdated(args) => outdated::run(&shell, args),
        Command::Review(args) => review::run(&shell, args),
        Command::Upgrade(args) => upgrade::run(&shell, args),
        Command::Registry(args) => registry::run(&shell, args),
        Command::Tour(args) => tour::run(&shell, args),
        Command::Completions { shell } => {
            let mut out = std::io::stdout();
            clap_complete::generate(*shell, &mut Cli::command(), "cargo-quarry", &mut out);
            Ok(OK)
        }
    };
    ExitCode::from(result.unwrap_or_else(|error| {
        shell.error(&error);
        error.code()
    }))
}
