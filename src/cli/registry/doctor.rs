//! `cargo quarry registry doctor`: what is wrong, and how to mend it.

use cargo_quarry::connect::{self, Examination, Examined};
use cargo_quarry::model::RegistryName;
use cargo_quarry::sys;
use clap::Args;

use crate::cli::{CliError, FINDINGS, OK, Shell};

#[derive(Debug, Args)]
#[command(
    long_about = "\
Find what is wrong between cargo and its registries

Looks at cargo's configuration for this folder, asks the registries that it names, and reads \
the manifests, lock files, Dockerfiles and cargo configurations of the repository. Changes \
nothing and shows no token. Ends with 1 if something is wrong.",
    after_long_help = "\
Example, in CI before the build:
  cargo quarry registry doctor internal"
)]
pub(super) struct DoctorArgs {
    /// Only this registry [default: all that are configured or named]
    name: Option<RegistryName>,
}

/// Runs it.
pub(super) fn run(shell: &Shell, args: &DoctorArgs) -> Result<u8, CliError> {
    let dir = sys::env::current_dir()?;
    let examination = connect::examine(&dir, args.name.as_ref())?;
    if shell.json() {
        shell.out(serde_json::json!({
            "version": 1,
            "registries": examination.registries,
            "findings": examination.findings,
        }));
    } else {
        show(shell, &examination);
    }
    let wrong = examination.wrong();
    let registries = match examination.registries.len() {
        1 => "1 registry".to_owned(),
        many => format!("{many} registries"),
    };
    let found = match wrong {
        0 => "nothing wrong".to_owned(),
        1 => "1 thing wrong".to_owned(),
        many => format!("{many} things wrong"),
    };
    shell.status("Examined", format_args!("{registries}: {found}"));
    shell.explain(&examination.findings);
    Ok(if wrong == 0 { OK } else { FINDINGS })
}

fn show(shell: &Shell, examination: &Examination) {
    for registry in &examination.registries {
        shell.out(line(registry));
    }
    for finding in &examination.findings {
        shell.finding(finding);
    }
}

fn line(registry: &Examined) -> String {
    let Examined {
        name,
        index,
        auth_required,
        token,
        accepted,
    } = registry;
    let Some(index) = index else {
        return format!("{name}: not configured");
    };
    let reading = match auth_required {
        Some(true) => "reading needs a token",
        Some(false) => "reading is open",
        None => "did not answer as a registry",
    };
    let token = match (token, accepted) {
        (None, _) => "no token".to_owned(),
        (Some(place), Some(true)) => format!("takes the token from {place}"),
        (Some(place), Some(false)) => format!("refuses the token from {place}"),
        (Some(place), None) => format!("token from {place}, not tried"),
    };
    format!("{name}: {index}: {reading}; {token}")
}
