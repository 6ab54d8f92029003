//! `cargo quarry registry log`: who did what.

use cargo_quarry::serve::{self, LogEntry};
use clap::Args;

use super::{CliError, DataArgs, OK, Shell};

#[derive(Debug, Args)]
pub(super) struct LogArgs {
    #[command(flatten)]
    data: DataArgs,
    /// Only what was done to this crate
    #[arg(long = "crate", value_name = "NAME")]
    krate: Option<String>,
}

/// Runs it.
pub(super) fn run(shell: &Shell, args: &LogArgs) -> Result<u8, CliError> {
    let log = serve::load_log(&args.data.data)?;
    let wanted = |entry: &&LogEntry| match &args.krate {
        Some(krate) => entry.krate.as_str() == krate,
        None => true,
    };
    let entries: Vec<&LogEntry> = log.entries.iter().filter(wanted).collect();
    if !log.unreadable.is_empty() {
        shell.warn(format_args!(
            "the log has lines that cannot be read: {:?}",
            log.unreadable
        ));
    }
    if shell.json() {
        shell.out(serde_json::json!({"version": 1, "entries": entries}));
        return Ok(OK);
    }
    if entries.is_empty() {
        shell.status(
            "Found",
            format_args!("nothing in the log of {}", args.data.data),
        );
        return Ok(OK);
    }
    let mut table = comfy_table::Table::new();
    table
        .load_style(comfy_table::presets::NOTHING)
        .set_header(["time", "holder", "token", "action", "crate", "detail"]);
    for entry in entries {
        table.add_row([
            &entry.time,
            &entry.holder,
            &entry.token,
            &entry.action.to_string(),
            entry.krate.as_str(),
            &entry.detail,
        ]);
    }
    shell.out(table.trim_fmt());
    Ok(OK)
}
