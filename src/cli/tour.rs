//! `cargo quarry tour`: everything once, on a sample organisation.

use camino::Utf8PathBuf;
use cargo_quarry::tour;
use clap::Args;

use super::{CliError, OK, Shell};

/// The arguments of `cargo quarry tour`.
#[derive(Debug, Args)]
#[command(after_help = "Example: cargo quarry tour /tmp/acme")]
pub(crate) struct TourArgs {
    /// Where the sample organisation goes; must be empty or not there
    #[arg(default_value = "quarry-tour")]
    dir: Utf8PathBuf,
}

/// Runs it.
pub(crate) fn run(shell: &Shell, args: &TourArgs) -> Result<u8, CliError> {
    let organisation = tour::create(&args.dir)?;
    shell.status("Created", format_args!("{}", organisation.root()));
    Ok(OK)
}
