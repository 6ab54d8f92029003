//! `cargo quarry new`: begin a library.

use camino::Utf8PathBuf;
use cargo_quarry::model::{CrateName, RegistryName};
use cargo_quarry::scaffold::{self, Created, Event, Landed, NewRequest};
use cargo_quarry::sys;
use cargo_quarry::template::Source;
use clap::Args;

use super::{CliError, OK, Shell};

/// The arguments of `cargo quarry new`.
#[derive(Debug, Args)]
#[command(
    long_about = "\
Begin a library: a repository of its own, or a crate of a bounded context

A folder with manifest, first code, tests, changelog, release settings, workflows, lints and \
licence, as a git repository with its first commit. It passes its own checks and \
`cargo publish --dry-run` at once.

With --context, the repository is one for several crates that change together, each with its own \
version and changelog; run again for the same context, it adds a crate, as a branch.

A template is a folder or a git repository with `repository/`, what a repository has once, and \
`crate/`, what each crate has: plain files with `<< name >>` and `<% if context %>` in them. What \
it was made from is kept in `.quarry`, for `cargo quarry sync`.",
    after_long_help = "\
Examples:
  cargo quarry new acme-retry --description 'Retries with backoff'
  cargo quarry new acme-money --context payments
  cargo quarry new acme-retry --template https://git.acme.dev/platform/template.git#v2"
)]
pub(crate) struct NewArgs {
    /// The name of the crate
    name: CrateName,
    /// The bounded context whose repository it belongs to
    #[arg(long, value_name = "NAME")]
    context: Option<CrateName>,
    /// The folder of the repository [default: ./NAME, or that of the context]
    #[arg(long, value_name = "DIR")]
    into: Option<Utf8PathBuf>,
    /// The registry to publish to, by its name in cargo's configuration [default: internal]
    #[arg(long, value_name = "NAME")]
    registry: Option<RegistryName>,
    /// A template of your own: a folder, or a git URL with a branch or tag after `#`
    #[arg(long, value_name = "DIR|GIT-URL")]
    template: Option<String>,
    /// One line on what it is
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// Its licence, an SPDX expression [default: all rights reserved]
    #[arg(long, value_name = "SPDX")]
    license: Option<String>,
    /// Where its repository will be
    #[arg(long, value_name = "URL")]
    repository: Option<String>,
    /// The lowest Rust version it builds with [default: the toolchain's]
    #[arg(long, value_name = "VERSION")]
    rust_version: Option<String>,
}

/// Runs it.
pub(crate) fn run(shell: &Shell, args: &NewArgs) -> Result<u8, CliError> {
    let request = NewRequest {
        dir: sys::env::current_dir()?,
        name: args.name.clone(),
        context: args.context.clone(),
        into: args.into.clone(),
        registry: args.registry.clone(),
        template: args.template.as_deref().map(Source::parse).transpose()?,
        description: args.description.clone(),
        license: args.license.clone(),
        repository: args.repository.clone(),
        rust_version: args.rust_version.clone(),
    };
    let created = {
        let progress = shell.spinner();
        scaffold::create(&request, &mut |event| match event {
            Event::Stage(verb, message) => progress.now(format!("{verb} {message}")),
            Event::Note(..) => tell(shell, event),
        })?
    };
    if shell.json() {
        shell.out(document(args, &created));
    } else {
        // Without a slash at its end.
        let path = created.repository.join(&created.folder);
        shell.out(path.components().collect::<Utf8PathBuf>());
    }
    finish(shell, args, &created);
    Ok(OK)
}

/// Tells of an event, each on a line of its own.
pub(super) fn tell(shell: &Shell, event: Event) {
    match event {
        Event::Stage(verb, message) => shell.status(verb, message),
        Event::Note(message, help) => {
            shell.warn(message);
            if let Some(help) = help {
                shell.help(help);
            }
        }
    }
}

fn document(args: &NewArgs, created: &Created) -> serde_json::Value {
    let (landed, branch) = match &created.landed {
        Landed::Repository => ("repository", None),
        Landed::Branch(branch) => ("branch", Some(branch)),
    };
    serde_json::json!({
        "version": 1,
        "name": args.name,
        "context": args.context,
        "repository": created.repository,
        "folder": created.folder,
        "landed": landed,
        "branch": branch,
        "commit": created.commit,
        "template": created.template,
        "files": created.files,
    })
}

fn finish(shell: &Shell, args: &NewArgs, created: &Created) {
    let (name, repository) = (&args.name, &created.repository);
    let files = created.files.len();
    match &created.landed {
        Landed::Repository => {
            shell.status(
                "Created",
                format_args!("{name} in {repository}, {files} files"),
            );
            if args.repository.is_none() {
                shell.note("its manifest has no `repository` yet: add the URL once it has one");
            }
        }
        Landed::Branch(branch) => {
            shell.status(
                "Added",
                format_args!("{name} to {repository}, on the branch `{branch}`"),
            );
            shell.note(format_args!(
                "`git switch {branch}` goes on there, `git merge {branch}` takes it"
            ));
        }
    }
}
