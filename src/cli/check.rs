//! `cargo quarry check`: may this be merged, may it be released?

mod annotate;
pub(super) mod document;

use camino::Utf8Path;
use cargo_quarry::check::{self, Checked, Kind, Request, Waived};
use cargo_quarry::findings::{Finding, Severity};
use cargo_quarry::model::Bump;
use cargo_quarry::sys;
use clap::Args;

use super::{CliError, FINDINGS, OK, Shell};

#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
#[command(
    long_about = "\
Check whether this library may be merged and released, or what this service takes from where

Compares the package with its latest released version and looks at the manifest, the lock file, \
what would be published, and what cargo-deny says where it is installed. Writes nothing but to \
cargo's target folder. What could not be looked at is named.

A program that is never published is a service: of it, and of the other packages of its workspace \
that are never published, the private crates are looked at. Each is asked for as the policy says, \
comes from its registry and from nowhere else, and is there in one version; Cargo.lock is committed \
and fits.

Each finding has a code; `cargo quarry explain CODE` says what it means and what to do. A \
repository can live with a finding until a day: see `cargo quarry explain waiver-invalid`.

Ends with 1 if there is an error.",
    after_long_help = "\
Example, in CI:
  cargo quarry check --deny-warnings"
)]
pub(crate) struct CheckArgs {
    /// Check this package of the workspace [default: the one of the current directory]
    #[arg(short, long = "package", value_name = "NAME")]
    packages: Vec<String>,
    /// Check all packages of the workspace that are published
    #[arg(long, conflicts_with = "packages")]
    workspace: bool,
    /// What to compare with: a version, a tag, or the folder of an older copy [default: the
    /// latest version in the crate's registry, else its latest tag]
    #[arg(long, value_name = "VERSION|TAG|PATH")]
    baseline: Option<String>,
    /// Ask no registry, and download nothing
    #[arg(long)]
    offline: bool,
    /// Build the package, too, as cargo does before it publishes
    #[arg(long = "build-package")]
    build_package: bool,
    /// Look only whether what is staged for the next commit has local copies in place of released
    /// crates (see `cargo quarry link`)
    #[arg(long, conflicts_with_all = ["packages", "workspace", "baseline", "build_package"])]
    links: bool,
    /// End with 1 if there is a warning, too
    #[arg(long)]
    deny_warnings: bool,
    /// Write GitHub annotations, too [default: where `GITHUB_ACTIONS` is `true`]
    #[arg(long)]
    github: bool,
}

/// Runs it.
pub(crate) fn run(shell: &Shell, args: &CheckArgs) -> Result<u8, CliError> {
    let request = Request {
        dir: sys::env::current_dir()?,
        packages: args.packages.clone(),
        workspace: args.workspace,
        baseline: args.baseline.clone(),
        offline: args.offline,
        package: args.build_package,
    };
    if args.links {
        return links(shell, &request.dir);
    }
    let progress = shell.spinner();
    let checked = check::check(&request, &|what| progress.now(what))?;
    drop(progress);
    if shell.json() {
        shell.out(document::of(&checked));
    } else {
        for package in &checked {
            show(shell, package);
        }
    }
    if args.github || on_github() {
        for package in &checked {
            annotate(shell, &package.findings);
        }
    }
    summarise(shell, &checked);
    shell.explain(checked.iter().flat_map(|package| &package.findings));
    let stopped = checked
        .iter()
        .any(|package| package.stands_in_the_way(args.deny_warnings));
    Ok(if stopped { FINDINGS } else { OK })
}

/// Quick, and silent where there is nothing: a hook runs it before each commit.
fn links(shell: &Shell, dir: &Utf8Path) -> Result<u8, CliError> {
    let checked = [check::check_links(dir)?];
    if shell.json() {
        shell.out(document::of(&checked));
    } else {
        show(shell, &checked[0]);
    }
    shell.explain(&checked[0].findings);
    let stopped = checked[0].stands_in_the_way(false);
    Ok(if stopped { FINDINGS } else { OK })
}

/// The check that `release` and `publish` begin with, of one package.
pub(super) fn of_package(
    dir: &Utf8Path,
    name: &str,
    tell: &(dyn Fn(&str) + Sync),
) -> Result<Checked, CliError> {
    let request = Request {
        dir: dir.to_owned(),
        packages: vec![name.to_owned()],
        ..Request::default()
    };
    let mut checked = check::check(&request, tell)?;
    Ok(checked.pop().expect("one package was named"))
}

/// Says what the check found to know, for a command that goes on or stops by it; gives what stands
/// in the way, for the command to say.
pub(super) fn errors<'a>(shell: &Shell, checked: &'a Checked) -> impl Iterator<Item = &'a Finding> {
    for finding in &checked.findings {
        let Finding { message, code, .. } = finding;
        match finding.severity {
            Severity::Error => {}
            Severity::Warning => shell.warn(format_args!("{message} [{code}]")),
            Severity::Note => shell.note(format_args!("{message} [{code}]")),
        }
    }
    for Waived { finding, until, .. } in &checked.waived {
        let Finding { message, code, .. } = finding;
        shell.note(format_args!("waived until {until}: {message} [{code}]"));
    }
    if on_github() {
        annotate(shell, &checked.findings);
    }
    summarise(shell, std::slice::from_ref(checked));
    let is_error = |finding: &&Finding| finding.severity == Severity::Error;
    checked.findings.iter().filter(is_error)
}

fn on_github() -> bool {
    sys::env::var("GITHUB_ACTIONS").as_deref() == Some("true")
}

fn annotate(shell: &Shell, findings: &[Finding]) {
    for finding in findings {
        // A document on standard output has to stay one.
        shell.annotate(annotate::line(finding));
    }
}

fn show(shell: &Shell, package: &Checked) {
    for finding in &package.findings {
        shell.finding(finding);
    }
    for waived in &package.waived {
        let Finding { code, message, .. } = &waived.finding;
        shell.out(format_args!("waived[{code}]: {message}"));
        let (reason, until) = (&waived.reason, &waived.until);
        shell.out(format_args!("  reason: {reason} (until {until})"));
    }
}

fn summarise(shell: &Shell, checked: &[Checked]) {
    for package in checked {
        for skipped in &package.skipped {
            shell.status(
                "Skipped",
                format_args!("{}: {}", skipped.part, skipped.reason),
            );
        }
        let service = match package.kind {
            Kind::Library => {
                shell.status("Compared", compared(package));
                ""
            }
            Kind::Service => " as a service, for it is never published",
        };
        shell.status(
            "Checked",
            format_args!("{}{service}: {}", name(package), counts(package)),
        );
    }
}

fn name(package: &Checked) -> String {
    match &package.version {
        Some(version) => format!("{} {version}", package.package),
        None => package.package.clone(),
    }
}

fn compared(package: &Checked) -> String {
    let Some(baseline) = &package.baseline else {
        return format!(
            "{} with nothing: no version of it was found",
            package.package
        );
    };
    let with = format!(
        "{} with {} from {}",
        package.package, baseline.version, baseline.origin
    );
    let least = match (package.bump, &package.next) {
        (Some(bump), Some(next)) => format!("{}: the next release is at least {next}", word(bump)),
        _ => "no verdict on its public API".to_owned(),
    };
    format!("{with}; {least}")
}

fn word(bump: Bump) -> &'static str {
    match bump {
        Bump::Major => "it breaks the public API",
        Bump::Minor => "it adds to the public API",
        Bump::Patch => "its public API is the same",
    }
}

fn counts(package: &Checked) -> String {
    let count = |number: usize, noun: &str| match number {
        0 => None,
        1 => Some(format!("1 {noun}")),
        many => Some(format!("{many} {noun}s")),
    };
    let waived = match package.waived.len() {
        0 => None,
        waived => Some(format!("{waived} waived")),
    };
    let parts: Vec<String> = [
        count(package.count(Severity::Error), "error"),
        count(package.count(Severity::Warning), "warning"),
        count(package.count(Severity::Note), "note"),
        waived,
    ]
    .into_iter()
    .flatten()
    .collect();
    if parts.is_empty() {
        "nothing stands in the way".to_owned()
    } else {
        parts.join(", ")
    }
}
