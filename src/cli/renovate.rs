//! `cargo quarry renovate-config`: for who lets Renovate update private crates.

use cargo_quarry::connect::{RenovateRegistry, renovate_config};
use cargo_quarry::sys;
use clap::Args;
use serde_json::json;

use super::{CliError, OK, Shell};

#[derive(Debug, Args)]
#[command(
    long_about = "\
Print a Renovate configuration for this repository's private crates

It names the registries that Cargo.lock has, how requirements are changed (by `pins` in \
`[workspace.metadata.quarry]`), and where each crate's changelog is, which Renovate does not find \
out by itself for a private registry. Compatible updates come together, breaking ones one by one.

No token is in it: `{{ secrets.… }}` stands for it, and the bot has it.",
    after_long_help = "\
Example:
  cargo quarry renovate-config > renovate.json"
)]
pub(crate) struct RenovateArgs {
    /// Ask no registry
    #[arg(long)]
    offline: bool,
}

/// Runs it.
pub(crate) fn run(shell: &Shell, args: &RenovateArgs) -> Result<u8, CliError> {
    let renovate = renovate_config(&sys::env::current_dir()?, args.offline)?;
    if shell.json() {
        let registries = renovate.registries.iter().map(|registry| {
            json!({
                "name": registry.name,
                "index": registry.index,
                "secret": registry.secret,
            })
        });
        shell.out(json!({
            "version": 1,
            "config": renovate.config,
            "registries": registries.collect::<Vec<_>>(),
            "without_repository": renovate.without_repository,
        }));
    } else {
        shell.out(format_args!("{:#}", renovate.config));
    }
    for registry in &renovate.registries {
        tell(shell, registry);
    }
    shell.note("the bot itself needs `allowCustomCrateRegistries: true`");
    if !renovate.without_repository.is_empty() {
        shell.note(format_args!(
            "no changelog for {}: their releases name no `repository`",
            renovate.without_repository.join(", ")
        ));
    }
    Ok(OK)
}

fn tell(shell: &Shell, registry: &RenovateRegistry) {
    let RenovateRegistry {
        name,
        index,
        secret,
    } = registry;
    let called = name.as_deref().unwrap_or(index);
    shell.note(format_args!(
        "give the bot a token of `{called}` that may read, as the secret `{secret}` and, for the \
         cargo that it runs, as a variable of that name (`customEnvVariables`)"
    ));
}
