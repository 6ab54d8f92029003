//! `cargo quarry publish`: CI's half of a release.

use std::time::Duration;

use camino::Utf8PathBuf;
use cargo_quarry::check::Checked;
use cargo_quarry::release::{self, Event, PublishPlan, PublishRequest, Tagged};
use cargo_quarry::sys;
use clap::Args;

use super::release::{once, refuse};
use super::{CliError, FINDINGS, OK, Shell, check};

#[derive(Debug, Args)]
#[command(
    long_about = "\
Publish the version that a tag names: what CI does after a release

The tag, the version in Cargo.toml and the changelog must agree. The package is made and its \
files are shown; cargo builds it and publishes it to the registries in the `publish` list of \
Cargo.toml; and the index must show it, with the same checksum. A version that the registry has \
already with that checksum is success, so a run may be repeated; with another one it is an \
error. Crates of the same repository that it needs are waited for.

Without --execute, cargo builds what it packaged, and nothing is published.",
    after_long_help = "\
Example, in a workflow that a tag starts:
  cargo quarry publish --execute --notes notes.md
  gh release create \"$GITHUB_REF_NAME\" --notes-file notes.md"
)]
pub(super) struct PublishArgs {
    /// The tag [default: the one that started the workflow, or that of the checked out commit]
    #[arg(long, value_name = "TAG")]
    tag: Option<String>,
    /// Write what the changelog says of the version to this file
    #[arg(long, value_name = "FILE")]
    notes: Option<Utf8PathBuf>,
    /// How many seconds to wait for crates of the same repository that it needs
    #[arg(long, value_name = "SECONDS", default_value_t = 600)]
    wait: u64,
    /// Publish; what is published stays
    #[arg(long)]
    execute: bool,
}

/// Runs it.
pub(super) fn run(shell: &Shell, args: &PublishArgs) -> Result<u8, CliError> {
    let request = PublishRequest {
        dir: sys::env::current_dir()?,
        tag: args.tag.clone().or_else(tag_of_workflow),
        patience: Duration::from_secs(if args.execute { args.wait } else { 0 }),
    };
    if let Some(notes) = &args.notes {
        release::clear_notes(&request.dir, notes)?;
    }
    let tagged = release::load_tag(&request)?;
    let progress = shell.spinner();
    let mut listener = |event: Event| match event {
        Event::Stage(verb, what) => shell.status(verb, what),
        Event::Progress(what) => progress.now(what),
        Event::Warning(what) => shell.warn(what),
    };
    let checked = check::of_package(&tagged.dir, &tagged.name, &|what| progress.now(what))?;
    let planned = release::prepare_publish(tagged, &request, &mut listener)?;
    if shell.json() {
        shell.out(document(args, &checked, &planned));
    }
    let errors = once(check::errors(shell, &checked), &planned.findings);
    if !errors.is_empty() {
        refuse(shell, &errors);
        return Ok(FINDINGS);
    }
    shell.explain(&checked.findings);
    if !shell.json() {
        show(shell, &planned);
    }
    if args.execute {
        release::apply_publish(&planned, &mut listener)?;
    } else {
        release::rehearse_publish(&planned, &mut listener)?;
    }
    drop(progress);
    if let Some(notes) = &args.notes {
        planned.tagged.write_notes(notes)?;
        shell.status("Wrote", notes);
    }
    finish(shell, args, &planned);
    Ok(OK)
}

/// GitHub and GitLab name the tag that a workflow was started by.
fn tag_of_workflow() -> Option<String> {
    let is_tag = sys::env::var("GITHUB_REF_TYPE").is_some_and(|kind| kind == "tag");
    let github = sys::env::var("GITHUB_REF_NAME").filter(|_| is_tag);
    github.or_else(|| sys::env::var("CI_COMMIT_TAG"))
}

fn finish(shell: &Shell, args: &PublishArgs, planned: &PublishPlan) {
    let Tagged { name, version, .. } = &planned.tagged;
    for registry in &planned.there {
        shell.status(
            "Fresh",
            format_args!("{registry} has {name} {version} already, with the same checksum"),
        );
    }
    if planned.plan.is_empty() {
        return;
    }
    if args.execute {
        shell.status("Published", format_args!("{name} {version}"));
    } else {
        shell.status("Planned", &planned.plan.subject);
        shell.note("this was a dry run: --execute publishes, and what is published stays");
    }
}

fn show(shell: &Shell, planned: &PublishPlan) {
    let Tagged {
        name, version, tag, ..
    } = &planned.tagged;
    let checksum = planned
        .checksum
        .as_ref()
        .map_or("", |it| &it.as_str()[..12]);
    let size = planned.size;
    shell.out(format_args!(
        "{name} {version} by the tag `{tag}`: {size} bytes, {checksum}"
    ));
    for file in &planned.files {
        shell.out(format_args!("    {file}"));
    }
    for (number, step) in planned.plan.steps.iter().enumerate() {
        shell.out(format_args!("{:>3}. {}", number + 1, step.title));
    }
}

fn document(args: &PublishArgs, checked: &Checked, planned: &PublishPlan) -> serde_json::Value {
    let tagged = &planned.tagged;
    serde_json::json!({
        "version": 1,
        "executed": args.execute,
        "check": check::document::of(std::slice::from_ref(checked)),
        "crate": tagged.name,
        "crate_version": tagged.version,
        "tag": tagged.tag,
        "checksum": planned.checksum,
        "size": planned.size,
        "files": planned.files,
        "published_already": planned.there,
        "findings": planned.findings,
        "plan": planned.plan,
        "notes": tagged.notes,
    })
}
