//! `cargo quarry sync`: the template's changes, and how a repository differs from it.

use std::io::IsTerminal as _;

use camino::Utf8PathBuf;
use cargo_quarry::model::{CrateName, RegistryName};
use cargo_quarry::scaffold::{self, AdoptRequest, Adopted, Drift, Edited, SyncRequest, Synced};
use cargo_quarry::sys;
use cargo_quarry::template::Source;
use clap::Args;

use super::new::tell;
use super::{CliError, FINDINGS, OK, Shell};

/// The arguments of `cargo quarry sync`.
#[derive(Debug, Args)]
#[command(
    long_about = "\
Bring a repository up to date with the template it was made from

The template is rendered again, and git merges what has changed in it with what the repository \
has: hand edits stay, files that were moved are followed, files that were deleted come back, \
conflicts get git's marks. It lands as the branch `quarry/sync`; the checkout is not touched. A \
file that the repository is to do without stands in `without` in .quarry/template.toml.

With --check nothing is written: it ends with 1 if there is something to do, and shows what.",
    after_long_help = "\
Examples:
  cargo quarry sync && git merge quarry/sync
  cargo quarry sync --check
  cargo quarry sync --restore .github/workflows/ci.yml
  cargo quarry sync --adopt"
)]
pub(crate) struct SyncArgs {
    /// Only show what would change; 1 if anything would
    #[arg(long)]
    check: bool,
    /// With --check, hand edits are findings, too
    #[arg(long, requires = "check")]
    strict: bool,
    /// Take this file as the template has it, without its hand edits; may be repeated
    #[arg(long, value_name = "FILE", conflicts_with = "check")]
    restore: Vec<Utf8PathBuf>,
    /// Begin with a repository that was not made from a template
    #[arg(long, conflicts_with_all = ["check", "restore"])]
    adopt: bool,
    /// With --adopt, the bounded context that its crates belong to
    #[arg(long, value_name = "NAME", requires = "adopt")]
    context: Option<CrateName>,
    /// With --adopt, the registry to publish to, where the manifest does not say
    #[arg(long, value_name = "NAME", requires = "adopt")]
    registry: Option<RegistryName>,
    /// Another template from now on: a folder, or a git URL with a branch or tag after `#`
    #[arg(long, value_name = "DIR|GIT-URL")]
    template: Option<String>,
}

/// Runs it.
pub(crate) fn run(shell: &Shell, args: &SyncArgs) -> Result<u8, CliError> {
    let dir = sys::env::current_dir()?;
    let template = args.template.as_deref().map(Source::parse).transpose()?;
    let colour = !shell.json() && is_coloured();
    if args.adopt {
        let request = AdoptRequest {
            dir,
            context: args.context.clone(),
            registry: args.registry.clone(),
            template,
            colour,
        };
        let adopted = scaffold::adopt(&request, &mut |event| tell(shell, event))?;
        show_adopted(shell, &adopted);
        return Ok(OK);
    }
    let request = SyncRequest {
        dir,
        template,
        restore: args.restore.iter().cloned().collect(),
        colour,
    };
    let go = if args.check {
        scaffold::check
    } else {
        scaffold::sync
    };
    let synced = go(&request, &mut |event| tell(shell, event))?;
    let found = if args.check {
        !synced.drift.is_empty() || (args.strict && !synced.drift.edited.is_empty())
    } else {
        !synced.drift.conflicts.is_empty()
    };
    show(shell, args, &synced);
    Ok(if found { FINDINGS } else { OK })
}

/// Where results go: then git's own colours are wanted, too.
fn is_coloured() -> bool {
    match anstream::ColorChoice::global() {
        anstream::ColorChoice::Always | anstream::ColorChoice::AlwaysAnsi => true,
        anstream::ColorChoice::Never => false,
        anstream::ColorChoice::Auto => {
            std::io::stdout().is_terminal() && sys::env::var("NO_COLOR").is_none()
        }
    }
}

fn show(shell: &Shell, args: &SyncArgs, synced: &Synced) {
    let drift = &synced.drift;
    if shell.json() {
        shell.out(document(synced));
    } else if args.check && !drift.diff.is_empty() {
        shell.out(drift.diff.trim_end());
    }
    if !shell.json() {
        for path in &drift.missing {
            shell.status("Missing", format_args!("{path}: it comes back"));
        }
        show_edited(shell, &drift.edited, args.strict);
        for conflict in &drift.conflicts {
            shell.refuse(format_args!("{}", conflict.message));
        }
    }
    summary(shell, synced);
}

fn show_edited(shell: &Shell, edited: &[Edited], strict: bool) {
    for Edited { path, template } in edited {
        let from = template.iter().map(|from| format!(", there {from}"));
        let from: String = from.collect();
        let stays = if strict { "" } else { ": it stays so" };
        shell.status("Edited", format_args!("{path}{from}{stays}"));
    }
}

fn summary(shell: &Shell, synced: &Synced) {
    let drift = &synced.drift;
    let changed = files(drift.changes.len());
    let template = &synced.template;
    match &synced.landed {
        None => {
            if drift.is_empty() {
                shell.status("Fresh", format_args!("nothing to do for {template}"));
                return;
            }
            shell.status("Drifted", format_args!("{changed} from {template}"));
            shell.help("`cargo quarry sync` brings them up to date, as a branch");
        }
        Some((branch, commit)) => {
            let commit = commit.short();
            shell.status(
                "Synced",
                format_args!("{changed}, on the branch `{branch}` ({commit})"),
            );
            if drift.conflicts.is_empty() {
                shell.note(format_args!("`git merge {branch}` takes it"));
            } else {
                shell.help(format_args!(
                    "resolve the conflicts: `git switch {branch}`, edit, `git commit --all --amend`"
                ));
            }
        }
    }
}

fn files(count: usize) -> String {
    match count {
        1 => "1 file".to_owned(),
        many => format!("{many} files"),
    }
}

fn document(synced: &Synced) -> serde_json::Value {
    let Drift {
        changes,
        missing,
        conflicts,
        edited,
        diff,
    } = &synced.drift;
    let status = match (&synced.landed, conflicts.is_empty()) {
        (None, _) if synced.drift.is_empty() => "fresh",
        (None, _) => "drifted",
        (Some(_), true) => "synced",
        (Some(_), false) => "conflicts",
    };
    serde_json::json!({
        "version": 1,
        "status": status,
        "repository": synced.repository,
        "template": synced.template,
        "was": synced.was,
        "now": synced.now,
        "changes": changes,
        "missing": missing,
        "conflicts": conflicts,
        "edited": edited,
        "diff": diff,
        "branch": synced.landed.as_ref().map(|(branch, _)| branch),
        "commit": synced.landed.as_ref().map(|(_, commit)| commit),
    })
}

fn show_adopted(shell: &Shell, adopted: &Adopted) {
    if shell.json() {
        shell.out(serde_json::json!({
            "version": 1,
            "status": "adopted",
            "repository": adopted.repository,
            "template": adopted.template,
            "added": adopted.added,
            "differing": adopted.differing,
            "diff": adopted.diff,
            "branch": adopted.branch,
            "commit": adopted.commit,
        }));
        return;
    }
    if !adopted.diff.is_empty() {
        shell.out(adopted.diff.trim_end());
    }
    for path in &adopted.added {
        shell.status("Added", path);
    }
    show_edited(shell, &adopted.differing, false);
    let branch = &adopted.branch;
    shell.status(
        "Adopted",
        format_args!("{}, on the branch `{branch}`", adopted.repository),
    );
    if !adopted.differing.is_empty() {
        shell.note("what differs stays; `cargo quarry sync --restore FILE` takes the template's");
    }
    shell.note(format_args!("`git merge {branch}` takes it"));
}
