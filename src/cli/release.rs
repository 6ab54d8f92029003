//! `cargo quarry release`: the half of a release that a person does.

use cargo_quarry::check::Checked;
use cargo_quarry::findings::{Code, Finding, Severity, codes};
use cargo_quarry::model::Bump;
use cargo_quarry::release::{
    self, Candidate, Event, Finished, Prepared, ReleasedCrate, Request, Wanted,
};
use cargo_quarry::sys;
use clap::{Args, ValueEnum};
use semver::{Prerelease, Version};

use super::{CliError, FINDINGS, OK, Shell, check};

/// What a check finds and a release looks at itself, in the state that it will make.
static LOOKED_AT: [&Code; 4] = [
    &codes::NO_CHANGELOG,
    &codes::CHANGELOG_EMPTY,
    &codes::CHANGELOG_INVALID,
    &codes::LOCKFILE_STALE,
];

#[derive(Debug, Args)]
#[command(
    long_about = "\
Release a library: version, changelog, commit, tag, push

Looks at all that must be so first, and says everything that stands in the way at once: the \
branch, the files, the remote, the tag, the registry, the changelog, the key that signs. Then \
cargo-release, as release.toml says, makes the commit and the tag in a twin of the repository. \
Without --execute that is shown and thrown away; with it, branch and tag are pushed, all or \
none, and the branch here follows. If something fails, nothing has changed; if it is killed, \
run it again.

CI publishes the tag, with `cargo quarry publish`.",
    after_long_help = "\
Examples:
  cargo quarry release --level minor
  cargo quarry release --level minor --execute
  cargo quarry release --level minor --pre rc --execute   # 1.3.0-rc.1, and again: 1.3.0-rc.2
  cargo quarry release --execute                          # 1.3.0"
)]
pub(super) struct ReleaseArgs {
    /// How far the version moves, by cargo's rules: 0.3.0 is a major step from 0.2.0
    #[arg(long, value_enum, value_name = "LEVEL", conflicts_with = "version")]
    level: Option<Level>,
    /// The version itself
    #[arg(long, value_name = "VERSION", conflicts_with = "pre")]
    version: Option<Version>,
    /// Make it a pre-release: `rc` is followed by a number
    #[arg(long, value_name = "LABEL", value_parser = label)]
    pre: Option<String>,
    /// A crate of the workspace, by name; several are released in the order of their dependencies
    #[arg(short = 'p', long = "package", value_name = "CRATE")]
    packages: Vec<String>,
    /// Make the release; a pushed tag stays
    #[arg(long)]
    execute: bool,
    /// Commit and tag here, and push nothing
    #[arg(long)]
    no_push: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Level {
    /// What users see is the same
    Patch,
    /// Something was added
    Minor,
    /// Something may break
    Major,
}

fn label(text: &str) -> Result<String, String> {
    let is_word = !text.is_empty() && text.chars().all(|c| c.is_ascii_alphabetic());
    match Prerelease::new(&format!("{text}.1")) {
        Ok(_) if is_word => Ok(text.to_owned()),
        _ => Err("a label is a word of letters, such as `rc`".to_owned()),
    }
}

/// Runs it.
pub(super) fn run(shell: &Shell, args: &ReleaseArgs) -> Result<u8, CliError> {
    let request = request(args)?;
    if args.execute {
        if let Some(finished) = release::finish_interrupted(&request.dir)? {
            let what = format!("{}, which was cut off,", finished.tags.join(", "));
            done(shell, &finished, "Completed", &what);
            if shell.json() {
                shell.out(document(args, &[], None, Some(&finished)));
            }
            return Ok(OK);
        }
    } else if release::is_interrupted(&request.dir)? {
        shell.warn("a release was cut off: with --execute it is completed first");
    }
    let progress = shell.spinner();
    let mut listener = |event: Event| match event {
        Event::Stage(verb, what) => shell.status(verb, what),
        Event::Progress(what) => progress.now(what),
        Event::Warning(what) => shell.warn(what),
    };
    let subject = release::load(&request, &mut listener)?;
    let mut checked = Vec::new();
    for Candidate { dir, name, .. } in subject.crates() {
        checked.push(check::of_package(dir, name, &|what| progress.now(what))?);
    }
    let needed = checked
        .iter()
        .filter_map(|it| Some((it.package.clone(), it.bump?)))
        .collect();
    let prepared = release::prepare(subject, &request, &needed, &mut listener)?;
    let document = |finished| document(args, &checked, Some(&prepared), finished);
    // CI checks before it publishes: a tag that it would refuse must not be made.
    let errors = checked.iter().flat_map(|it| check::errors(shell, it));
    let errors = errors.filter(|it| !LOOKED_AT.iter().any(|code| code.name() == it.code));
    let errors = once(errors, &prepared.findings);
    if !errors.is_empty() {
        drop(progress);
        if shell.json() {
            shell.out(document(None));
        }
        refuse(shell, &errors);
        return Ok(FINDINGS);
    }
    let findings = checked.iter().flat_map(|it| &it.findings);
    shell.explain(findings.filter(|it| it.severity == Severity::Warning));
    if !shell.json() {
        show(shell, &prepared);
    }
    if !args.execute {
        let whole = prepared.rehearse(&mut listener)?;
        drop(progress);
        if shell.json() {
            shell.out(document(None));
        }
        shell.status("Planned", &prepared.plan.subject);
        if !whole {
            shell.note("the hook was told that this is a rehearsal, and nothing was compared");
        }
        shell.note("this was a dry run: --execute makes the release, and a pushed tag stays");
        return Ok(OK);
    }
    let shown = shell.json().then(|| document(None));
    let finished = release::apply(&prepared, &request, &mut listener)?;
    drop(progress);
    if let Some(mut shown) = shown {
        shown["finished"] = serde_json::json!(finished);
        shell.out(shown);
    }
    let what = finished.tags.join(", ");
    done(shell, &finished, "Released", &what);
    Ok(OK)
}

fn request(args: &ReleaseArgs) -> Result<Request, CliError> {
    let wanted = match (&args.version, args.level) {
        (Some(version), _) => Wanted::Version(version.clone()),
        (None, Some(Level::Patch)) => Wanted::Level(Bump::Patch),
        (None, Some(Level::Minor)) => Wanted::Level(Bump::Minor),
        (None, Some(Level::Major)) => Wanted::Level(Bump::Major),
        (None, None) => Wanted::Needed,
    };
    Ok(Request {
        dir: sys::env::current_dir()?,
        crates: args.packages.clone(),
        wanted,
        pre: args.pre.clone(),
        push: !args.no_push,
    })
}

fn document(
    args: &ReleaseArgs,
    checked: &[Checked],
    prepared: Option<&Prepared>,
    finished: Option<&Finished>,
) -> serde_json::Value {
    serde_json::json!({
        "version": 1,
        "executed": args.execute,
        "check": check::document::of(checked),
        "crates": prepared.map(|it| &it.crates),
        "findings": prepared.map(|it| &it.findings),
        "plan": prepared.map(|it| &it.plan),
        "finished": finished,
    })
}

/// What a check and the command itself have found. What both have, the command says.
pub(super) fn once<'a>(
    checked: impl Iterator<Item = &'a Finding>,
    own: &'a [Finding],
) -> Vec<&'a Finding> {
    let is_new = |finding: &&Finding| own.iter().all(|it| it.code != finding.code);
    checked.filter(is_new).chain(own).collect()
}

/// Says why it goes no further.
pub(super) fn refuse(shell: &Shell, findings: &[&Finding]) {
    for finding in findings {
        shell.refuse(format_args!("{} [{}]", finding.message, finding.code));
        for place in &finding.places {
            shell.status("at", place);
        }
        if let Some(help) = &finding.help {
            shell.help(help);
        }
    }
    let things = match findings.len() {
        1 => "1 thing stands in the way".to_owned(),
        many => format!("{many} things stand in the way"),
    };
    shell.status("Refused", format_args!("{things}; nothing was changed"));
    shell.explain(findings.iter().copied());
}

fn show(shell: &Shell, prepared: &Prepared) {
    for krate in &prepared.crates {
        shell.out(title(krate));
        for line in krate.notes.lines() {
            shell.out(format_args!("    {line}").to_string().trim_end());
        }
        if !krate.registries.is_empty() {
            let registries = krate.registries.join(", ");
            shell.out(format_args!("  to be published by CI to {registries}"));
        }
    }
    for (number, step) in prepared.plan.steps.iter().enumerate() {
        shell.out(format_args!("{:>3}. {}", number + 1, step.title));
    }
}

fn title(krate: &ReleasedCrate) -> String {
    let level = krate.level_line();
    match &krate.latest {
        Some(latest) => format!("{} {latest} -> {} ({level})", krate.name, krate.to),
        None => format!("{} {} ({level})", krate.name, krate.to),
    }
}

fn done(shell: &Shell, finished: &Finished, verb: &str, what: &str) {
    let commit = finished.commit.short();
    let pushed = match &finished.remote {
        Some(remote) => format!("pushed to {remote}"),
        None => "not pushed".to_owned(),
    };
    shell.status(verb, format_args!("{what} at {commit}, {pushed}"));
    if finished.remote.is_none() {
        let (branch, tags) = (&finished.branch, finished.tags.join(" "));
        shell.note(format_args!(
            "`git push --atomic origin {branch} {tags}` pushes it"
        ));
    }
}
