//! `cargo quarry outdated`: how old the private crates of a service are.

use std::collections::BTreeSet;

use cargo_quarry::findings::{Finding, Severity};
use cargo_quarry::review::{self, Looked, Outdated, OutdatedOptions, Release, Unanswered};
use cargo_quarry::service::{self, LoadOptions};
use cargo_quarry::sys;
use clap::Args;
use jiff::civil::Date;

use super::{CliError, FAILED, FINDINGS, OK, Shell};

#[derive(Debug, Args)]
#[command(
    long_about = "\
Show how old a service's private crates are

Each crate of a private registry that Cargo.lock pins, the dependencies of other private crates \
among them: when the pinned version was published, the latest compatible version, the latest \
one, and how many came after the pinned one. Yanked versions are no offer, and pre-releases only \
where one is pinned. A crate of crates.io is looked at if it is named.

Ends with 1 if a pinned version is yanked, gone from its registry, or past the day until which \
its library supports it (`cargo quarry deprecate`), or if one of several registries does not \
answer. Changes nothing.",
    after_long_help = "\
Example:
  cargo quarry outdated
  cargo quarry outdated acme-retry serde
  cargo quarry outdated --message-format json | jq '.pins[] | select(.behind > 0).name'"
)]
pub(crate) struct OutdatedArgs {
    /// Only these crates
    #[arg(value_name = "CRATE")]
    crates: Vec<String>,
    /// Leave out what only other crates ask for
    #[arg(long)]
    direct: bool,
}

/// Runs it.
pub(crate) fn run(shell: &Shell, args: &OutdatedArgs) -> Result<u8, CliError> {
    let progress = shell.spinner();
    progress.now("reading Cargo.lock");
    let load = LoadOptions {
        also: args.crates.clone(),
        offline: false,
    };
    let service = service::load(&sys::env::current_dir()?, &load)?;
    let options = OutdatedOptions {
        crates: args.crates.clone(),
        direct: args.direct,
    };
    let on_crate = |name: &str| progress.now(format!("asking for {name}"));
    let looked = review::outdated(&service, &options, &on_crate)?;
    drop(progress);

    let today = today();
    let findings: Vec<Finding> = looked
        .pins
        .iter()
        .flat_map(|pin| pin.findings(today))
        .collect();
    let Looked { pins, unanswered } = looked;
    let code = code(&pins, &findings, &unanswered);
    let unanswered: Vec<Silence> = unanswered.into_iter().map(Silence::from).collect();
    if shell.json() {
        let unanswered: Vec<_> = unanswered.iter().map(Silence::document).collect();
        shell.out(serde_json::json!({
            "version": 1, "pins": pins, "findings": findings, "unanswered": unanswered,
        }));
    } else {
        show(shell, &pins, &findings);
    }
    for silence in &unanswered {
        shell.error(&silence.error);
        shell.note(format_args!("not looked at: {}", silence.crates()));
    }
    shell.status("Compared", summary(&pins));
    shell.explain(&findings);
    Ok(code)
}

fn today() -> Date {
    let today = sys::clock::today();
    today.parse().expect("the clock writes a date")
}

fn code(pins: &[Outdated], findings: &[Finding], unanswered: &[Unanswered]) -> u8 {
    let wrong = findings.iter().any(|it| it.severity == Severity::Error);
    match (pins, unanswered) {
        ([], [_, ..]) => FAILED,
        (_, [_, ..]) => FINDINGS,
        (_, []) if wrong => FINDINGS,
        (_, []) => OK,
    }
}

/// A registry that gives no answer, as it is told.
struct Silence {
    registry: String,
    crates: BTreeSet<String>,
    error: CliError,
}

impl From<Unanswered> for Silence {
    fn from(unanswered: Unanswered) -> Self {
        Self {
            registry: unanswered.registry,
            crates: unanswered.crates,
            error: unanswered.error.into(),
        }
    }
}

impl Silence {
    fn crates(&self) -> String {
        let names: Vec<&str> = self.crates.iter().map(String::as_str).collect();
        names.join(", ")
    }

    fn document(&self) -> serde_json::Value {
        serde_json::json!({
            "registry": self.registry, "crates": self.crates, "error": self.error.chain(),
        })
    }
}

fn show(shell: &Shell, pins: &[Outdated], findings: &[Finding]) {
    if !pins.is_empty() {
        shell.out(table(pins));
    }
    if !pins.is_empty() && !findings.is_empty() {
        shell.out("");
    }
    for finding in findings {
        shell.finding(finding);
    }
    for why in pins.iter().filter_map(|pin| pin.ledger_unread.as_ref()) {
        shell.warn(format_args!("cannot read {why}"));
    }
}

fn table(pins: &[Outdated]) -> String {
    let registries: BTreeSet<&str> = pins.iter().map(|it| it.pin.registry_label()).collect();
    let mut header = vec![
        "crate",
        "pinned",
        "age",
        "compatible",
        "latest",
        "age",
        "behind",
        "asked for by",
    ];
    if registries.len() > 1 {
        header.push("registry");
    }
    let columns = header.len();
    let mut table = comfy_table::Table::new();
    table
        .load_style(comfy_table::presets::NOTHING)
        .set_header(header);
    for it in pins {
        let row = [
            it.pin.name.clone(),
            it.pin.version.to_string(),
            it.release.as_ref().map_or_else(|| "gone".to_owned(), age),
            other(it, it.compatible.as_ref()),
            other(it, it.latest.as_ref()),
            newer(it, it.latest.as_ref()).map_or_else(String::new, age),
            it.behind.to_string(),
            askers(it),
            it.pin.registry_label().to_owned(),
        ];
        table.add_row(row.into_iter().take(columns));
    }
    if let Some(first) = table.column_mut(0) {
        first.set_padding((0, 1));
    }
    table.trim_fmt()
}

/// A version that is not the pinned one.
fn newer<'a>(it: &Outdated, release: Option<&'a Release>) -> Option<&'a Release> {
    release.filter(|release| release.version.cmp_precedence(&it.pin.version).is_ne())
}

fn other(it: &Outdated, release: Option<&Release>) -> String {
    match (release, newer(it, release)) {
        (_, Some(release)) => release.version.to_string(),
        (Some(_), None) => "-".to_owned(),
        (None, _) => "none".to_owned(),
    }
}

/// The service's packages that ask for it, or the private crates that do.
fn askers(it: &Outdated) -> String {
    let members: BTreeSet<&str> = it.pin.uses.iter().map(|it| it.member.as_str()).collect();
    if !members.is_empty() {
        return members.into_iter().collect::<Vec<_>>().join(", ");
    }
    match it.pin.through.as_slice() {
        [] => String::new(),
        through => format!("transitive: {}", through.join(", ")),
    }
}

/// How old a version is, in the largest unit that says enough.
fn age(release: &Release) -> String {
    let Some(days) = release.days else {
        return "unknown".to_owned();
    };
    match days {
        0 => "today".to_owned(),
        1 => "1 day".to_owned(),
        2..60 => format!("{days} days"),
        60..730 => format!("{} months", days / 30),
        _ => format!("{} years", days / 365),
    }
}

fn summary(pins: &[Outdated]) -> String {
    let behind = pins.iter().filter(|it| it.behind > 0).count();
    let crates = match pins.len() {
        1 => "1 crate".to_owned(),
        many => format!("{many} crates"),
    };
    match behind {
        0 => format!("{crates}: none has a later version"),
        1 => format!("{crates}: 1 has later versions"),
        many => format!("{crates}: {many} have later versions"),
    }
}
