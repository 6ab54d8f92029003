//! `cargo quarry registry verify`: is all there, as it was published?

use cargo_quarry::findings::Severity;
use cargo_quarry::serve::{self, Flaw, Verification};
use clap::Args;

use super::super::FINDINGS;
use super::{CliError, DataArgs, OK, Shell};

pub(super) const ABOUT: &str = "\
Check the registry's data, and mend what can be mended

Every package is read and compared with its checksum, every index line with its package, \
its metadata and the log. Nothing is changed without --repair, and with it the registry must not be served \
meanwhile. While it is served, what its index does not name is not looked at, for it may just \
be coming.

Exit code 1 says that something is wrong and was not mended.";

pub(super) const EXAMPLE: &str = "\
Example:
  cargo quarry registry verify --data ./registry --repair";

#[derive(Debug, Args)]
pub(super) struct VerifyArgs {
    #[command(flatten)]
    data: DataArgs,
    /// Mend what can be mended
    #[arg(long)]
    repair: bool,
}

/// Runs it.
pub(super) fn run(shell: &Shell, args: &VerifyArgs) -> Result<u8, CliError> {
    let data = &args.data.data;
    let result = serve::verify(data, args.repair)?;
    if shell.json() {
        shell.out(to_json(&result));
    } else {
        for flaw in &result.flaws {
            show(shell, flaw);
        }
        summarise(shell, data.as_str(), &result);
    }
    Ok(if result.is_sound() { OK } else { FINDINGS })
}

fn show(shell: &Shell, flaw: &Flaw) {
    let finding = &flaw.finding;
    let line = format!("{} [{}]", finding.message, finding.code);
    if flaw.mended {
        shell.status("Mended", line);
        return;
    }
    match finding.severity {
        Severity::Error => shell.refuse(line),
        Severity::Warning => shell.warn(line),
        Severity::Note => shell.note(line),
    }
    if let Some(help) = &finding.help {
        shell.help(help);
    }
}

fn summarise(shell: &Shell, data: &str, result: &Verification) {
    let mended = result.flaws.iter().filter(|flaw| flaw.mended).count();
    let mendable = result
        .flaws
        .iter()
        .filter(|flaw| flaw.mendable && !flaw.mended)
        .count();
    if mendable > 0 {
        shell.help(format_args!(
            "--repair mends {mendable} of {}",
            result.flaws.len()
        ));
    }
    let state = match (result.is_sound(), mended) {
        (true, 0) => "all as published".to_owned(),
        (true, mended) => format!("{mended} mended, all as published"),
        (false, _) => "not all is as it was published".to_owned(),
    };
    if result.served {
        shell.note(
            "it is being served: versions that its index does not name, and yanks, were not \
             looked at",
        );
    }
    shell.status(
        "Verified",
        format_args!(
            "{data}: {} crates, {} versions; {state}",
            result.crates, result.versions
        ),
    );
    let left = result.flaws.iter().filter(|flaw| !flaw.mended);
    shell.explain(left.map(|flaw| &flaw.finding));
}

fn to_json(result: &Verification) -> serde_json::Value {
    let flaw = |flaw: &Flaw| {
        let finding = &flaw.finding;
        serde_json::json!({
            "severity": finding.severity, "code": finding.code, "message": finding.message,
            "help": finding.help, "mendable": flaw.mendable, "mended": flaw.mended,
        })
    };
    let findings: Vec<_> = result.flaws.iter().map(flaw).collect();
    serde_json::json!({
        "version": 1, "sound": result.is_sound(), "served": result.served, "crates": result.crates,
        "versions": result.versions, "findings": findings,
    })
}
