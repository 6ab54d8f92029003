//! `cargo quarry unlink`: the released library again.

use cargo_quarry::link::{self, Unlinked};
use cargo_quarry::sys;
use clap::Args;
use serde_json::{Value, json};

use super::{CliError, OK, Shell};

#[derive(Debug, Args)]
#[command(
    long_about = "\
Build the released library again

Takes away what `cargo quarry link` wrote: cargo's configuration and the repository's hooks are as \
they were, byte for byte, but for what somebody else has changed in them since.",
    after_long_help = "\
Example:
  cargo quarry unlink acme-retry"
)]
pub(crate) struct UnlinkArgs {
    /// The crates [default: all that are linked]
    #[arg(value_name = "CRATE")]
    names: Vec<String>,
}

/// Runs it.
pub(crate) fn run(shell: &Shell, args: &UnlinkArgs) -> Result<u8, CliError> {
    let unlinked = link::unlink(&sys::env::current_dir()?, &args.names)?;
    if shell.json() {
        let unlinked: Vec<Value> = unlinked.iter().map(document).collect();
        shell.out(json!({ "version": 1, "unlinked": unlinked }));
    }
    for Unlinked { krate, version, .. } in &unlinked {
        shell.status("Unlinked", format_args!("{krate}: it is {version} again"));
    }
    Ok(OK)
}

fn document(unlinked: &Unlinked) -> Value {
    json!({
        "crate": unlinked.krate,
        "dir": unlinked.dir,
        "version": unlinked.version,
    })
}
