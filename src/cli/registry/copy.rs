//! `cargo quarry registry copy`: versions move from one registry to another.

use cargo_quarry::migrate::{self, CopyRequest, Moved, Prepared, State};
use cargo_quarry::model::RegistryName;
use cargo_quarry::registry::PackageName;
use cargo_quarry::sys;
use clap::Args;

use crate::cli::{CliError, OK, Shell};

#[derive(Debug, Args)]
#[command(
    long_about = "\
Copy crates from one registry to another

Every version of the crates, and of what they need of the same registry, in the order of their \
dependencies, yanks included. A package that depends on others of the old registry holds its \
URL: it is rewritten, and gets another checksum, which is shown. Owners are not copied.

Without --execute it reads all and shows the plan. A copy that was cut off is run again: what \
is there is skipped, and a version that is there with another content stops it before anything \
is published.",
    after_long_help = "\
Example:
  cargo quarry registry copy --from internal --to kellnr
  cargo quarry registry copy --from internal --to kellnr --execute
  cargo quarry registry relock --from sparse+http://127.0.0.1:35467/index/ --to kellnr ../shop"
)]
pub(super) struct CopyArgs {
    /// The registry that has them, by its name in cargo's configuration
    #[arg(long, value_name = "NAME")]
    from: RegistryName,
    /// The registry that gets them
    #[arg(long, value_name = "NAME")]
    to: RegistryName,
    /// The crates [default: all that the registry's search names]
    #[arg(value_name = "CRATE", value_parser = package_name)]
    crates: Vec<PackageName>,
    /// Publish; what is published stays
    #[arg(long)]
    execute: bool,
}

fn package_name(text: &str) -> Result<PackageName, String> {
    PackageName::new(text).map_err(|error| error.to_string())
}

/// Runs it.
pub(super) fn run(shell: &Shell, args: &CopyArgs) -> Result<u8, CliError> {
    let request = CopyRequest {
        dir: sys::env::current_dir()?,
        from: args.from.clone(),
        to: args.to.clone(),
        crates: args.crates.clone(),
    };
    shell.status("Reading", format_args!("{} and {}", args.from, args.to));
    let progress = shell.spinner();
    let prepared = migrate::prepare(&request, &mut |version| progress.now(version))?;
    drop(progress);
    if shell.json() {
        let steps = &prepared.plan.steps;
        shell.out(serde_json::json!({
            "version": 1, "from": prepared.from, "to": prepared.to, "executed": args.execute,
            "versions": prepared.versions, "steps": steps,
        }));
    } else {
        show(shell, &prepared);
    }
    let summary = summary(&prepared);
    if prepared.plan.is_empty() {
        shell.status("Fresh", format_args!("{summary}: nothing to do"));
        return Ok(OK);
    }
    if !args.execute {
        shell.status("Planned", &summary);
        shell.note("this was a dry run: --execute publishes, and what is published stays");
        return Ok(OK);
    }
    let from = prepared.from.clone();
    migrate::apply(prepared, &mut |step| shell.status("Applying", step))?;
    shell.status("Copied", &summary);
    shell.note(format_args!(
        "who uses them follows with `cargo quarry registry relock --from {from} --to {} REPOSITORY…`",
        args.to
    ));
    Ok(OK)
}

fn show(shell: &Shell, prepared: &Prepared) {
    let width = prepared.versions.iter().map(|it| title(it).len()).max();
    for moved in &prepared.versions {
        let name = format!("{:width$}", title(moved), width = width.unwrap_or(0));
        let (old, new) = (&moved.old.as_str()[..12], &moved.new.as_str()[..12]);
        let checksum = if moved.old == moved.new {
            format!("{old}, unchanged    ")
        } else {
            format!("{old} -> {new}")
        };
        let mut marks = match moved.state {
            State::New => String::new(),
            State::There => "  there".to_owned(),
        };
        if moved.yanked {
            marks += "  yanked";
        }
        if moved.along {
            marks += "  needed";
        }
        shell.out(format!("{name}  {checksum}{marks}").trim_end());
    }
}

fn title(moved: &Moved) -> String {
    format!("{} {}", moved.name, moved.version)
}

fn summary(prepared: &Prepared) -> String {
    let versions = &prepared.versions;
    let new = versions.iter().filter(|it| it.state == State::New).count();
    let rewritten = versions.iter().filter(|it| it.old != it.new).count();
    format!(
        "{} of {} to {}, {rewritten} rewritten for its URL",
        new,
        match versions.len() {
            1 => "1 version".to_owned(),
            many => format!("{many} versions"),
        },
        prepared.to
    )
}
