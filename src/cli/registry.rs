//! `cargo quarry registry …`: the embedded registry and its tokens.

use clap::Args;

use super::{CliError, OK, Shell};

/// The arguments of `cargo quarry registry`.
#[derive(Debug, Args)]
pub(crate) struct RegistryArgs {}

/// Runs it.
pub(crate) fn run(_shell: &Shell, _args: &RegistryArgs) -> Result<u8, CliError> {
    Ok(OK)
}
