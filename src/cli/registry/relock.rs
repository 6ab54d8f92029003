//! `cargo quarry registry relock`: lock files follow a registry that has moved.

use std::collections::BTreeSet;

use camino::Utf8PathBuf;
use cargo_quarry::migrate::{self, Mended, RelockRequest, Target};
use cargo_quarry::model::RegistryName;
use cargo_quarry::sys;
use clap::Args;

use crate::cli::{CliError, OK, Shell};

#[derive(Debug, Args)]
#[command(
    long_about = "\
Mend lock files after a registry has moved

In each repository the packages that are locked to the old index URL are locked to the new one, \
with the checksums that they have there; `.cargo/config.toml` and `registry-index` in manifests \
follow. What else is in these files keeps its form, and no version changes.

The result is proved with `cargo metadata --locked` in a scratch copy beside each repository \
before a file of any of them is written. Files with uncommitted changes are refused.",
    after_long_help = "\
Example:
  cargo quarry registry relock --from sparse+http://127.0.0.1:35467/index/ --to kellnr ../shop ../billing"
)]
pub(super) struct RelockArgs {
    /// The index URL that the lock files hold
    #[arg(long, value_name = "URL")]
    from: String,
    /// Where the registry is now: a name in cargo's configuration, or an index URL
    #[arg(long, value_name = "NAME|URL", value_parser = target)]
    to: Target,
    /// The repositories
    #[arg(value_name = "REPOSITORY", required = true)]
    repositories: Vec<Utf8PathBuf>,
    /// Prove it and write nothing
    #[arg(long)]
    dry_run: bool,
}

fn target(text: &str) -> Result<Target, String> {
    if text.contains("://") {
        return Ok(Target::Url(text.to_owned()));
    }
    let name = RegistryName::new(text).map_err(|error| error.to_string())?;
    Ok(Target::Name(name))
}

/// Runs it.
pub(super) fn run(shell: &Shell, args: &RelockArgs) -> Result<u8, CliError> {
    let request = RelockRequest {
        dir: sys::env::current_dir()?,
        from: args.from.clone(),
        to: args.to.clone(),
        repositories: args.repositories.clone(),
        dry_run: args.dry_run,
    };
    let mut stage = |verb: &'static str, what: &str| shell.status(verb, what);
    let mended = migrate::relock(&request, &mut stage)?;
    if shell.json() {
        shell.out(serde_json::json!({
            "version": 1, "dry_run": args.dry_run, "repositories": mended,
        }));
    } else {
        for mended in &mended {
            show(shell, mended);
        }
    }
    let names: BTreeSet<_> = mended.iter().flat_map(|it| &it.registries).collect();
    let changed = mended
        .iter()
        .filter(|mended| !mended.files.is_empty())
        .count();
    let verb = match (changed, args.dry_run) {
        (0, _) => "Fresh",
        (_, true) => "Planned",
        (_, false) => "Relocked",
    };
    shell.status(
        verb,
        format_args!("{changed} of {} repositories", mended.len()),
    );
    for name in names.into_iter().filter(|_| !args.dry_run) {
        shell.note(format_args!(
            "`{name}` is another registry now: `cargo quarry registry login {name}`, in CI too"
        ));
    }
    Ok(OK)
}

fn show(shell: &Shell, mended: &Mended) {
    let repository = &mended.repository;
    if mended.files.is_empty() {
        shell.out(format_args!("{repository}: nothing to do"));
        return;
    }
    let packages = match mended.packages.len() {
        1 => "1 package".to_owned(),
        many => format!("{many} packages"),
    };
    shell.out(format_args!("{repository}: {packages}"));
    for file in &mended.files {
        shell.out(format_args!("  {file}"));
    }
    for (name, version) in &mended.packages {
        shell.out(format_args!("  {name} {version}"));
    }
}
