//! `cargo quarry deprecate`: what should be used no longer.

use cargo_quarry::manifest::Deprecated;
use cargo_quarry::release::{self, Deprecating, DeprecationRequest, Ledger};
use cargo_quarry::sys;
use clap::Args;
use jiff::civil::Date;
use semver::Version;

use super::release::refuse;
use super::{CliError, FINDINGS, OK, Shell};

#[derive(Debug, Args)]
#[command(
    long_about = "\
Deprecate a version or an item: in the ledger, the changelog, the source

Writes an entry to the ledger, `[[package.metadata.quarry.deprecations]]` in Cargo.toml, which \
goes into the package: the registry's page shows it. Writes a line under \"Deprecated\" in the \
changelog. With --mark, writes `#[deprecated]` in front of an item that has none, so that the \
compiler tells who uses it. Nothing is committed.",
    after_long_help = "\
Examples:
  cargo quarry deprecate 1.2.0 --reason 'It loses retries' --use-instead 1.2.1
  cargo quarry deprecate acme_retry::Policy::new --reason 'It cannot fail' \\
      --use-instead acme_retry::Policy::fixed --until 2027-01-01 --mark
  cargo quarry deprecate --list"
)]
pub(super) struct DeprecateArgs {
    /// A version, or the path of an item as its users write it
    #[arg(value_name = "VERSION|ITEM", required_unless_present = "list")]
    what: Option<String>,
    /// Why, in a sentence
    #[arg(long, value_name = "TEXT", required_unless_present = "list")]
    reason: Option<String>,
    /// What to use instead: a version, a path, a crate
    #[arg(long, value_name = "X")]
    use_instead: Option<String>,
    /// The day until which it is supported, or there: YYYY-MM-DD
    #[arg(long, value_name = "DATE")]
    until: Option<Date>,
    /// The first version with the deprecated item [default: the next minor one]
    #[arg(long, value_name = "VERSION")]
    since: Option<Version>,
    /// Write `#[deprecated]` in front of the item
    #[arg(long)]
    mark: bool,
    /// The crate of the workspace
    #[arg(short = 'p', long = "package", value_name = "CRATE")]
    package: Option<String>,
    /// List what is deprecated
    #[arg(long, conflicts_with_all = ["what", "reason", "use_instead", "until", "since", "mark"])]
    list: bool,
}

/// Runs it.
pub(super) fn run(shell: &Shell, args: &DeprecateArgs) -> Result<u8, CliError> {
    let dir = sys::env::current_dir()?;
    let (Some(what), Some(reason)) = (&args.what, &args.reason) else {
        let ledgers = release::load_ledgers(&dir, args.package.as_deref())?;
        list(shell, &ledgers);
        return Ok(OK);
    };
    let request = DeprecationRequest {
        dir,
        krate: args.package.clone(),
        what: what.clone(),
        reason: reason.clone(),
        use_instead: args.use_instead.clone(),
        until: args.until,
        since: args.since.clone(),
        mark: args.mark,
    };
    let prepared = release::prepare_deprecation(&request)?;
    if shell.json() {
        shell.out(serde_json::json!({
            "version": 1,
            "deprecation": prepared.deprecating,
            "findings": prepared.findings,
        }));
    }
    if !prepared.findings.is_empty() {
        refuse(shell, &prepared.findings.iter().collect::<Vec<_>>());
        return Ok(FINDINGS);
    }
    release::apply_deprecation(&prepared)?;
    done(shell, &prepared.deprecating);
    Ok(OK)
}

fn done(shell: &Shell, made: &Deprecating) {
    for file in &made.files {
        shell.status("Changed", file);
    }
    shell.status(
        "Deprecated",
        format_args!("{} of {}", made.entry.what, made.name),
    );
    if made.unmarked {
        shell.note("its source has no `#[deprecated]` yet, which is what the compiler tells");
        shell.help("`--mark` would have written it");
    }
}

fn list(shell: &Shell, ledgers: &[Ledger]) {
    if shell.json() {
        shell.out(serde_json::json!({ "version": 1, "crates": ledgers }));
        return;
    }
    let mut count = 0;
    for ledger in ledgers {
        for entry in &ledger.entries {
            count += 1;
            let what = match &entry.what {
                Deprecated::Version(version) => format!("{} {version}", ledger.name),
                Deprecated::Item(path) => path.clone(),
            };
            let text = format!("{what}: {}. {}", entry.reason, entry.advice());
            shell.out(text.trim_end());
        }
    }
    match count {
        0 => shell.status("Listed", "nothing is deprecated"),
        1 => shell.status("Listed", "1 deprecation"),
        many => shell.status("Listed", format_args!("{many} deprecations")),
    }
}
