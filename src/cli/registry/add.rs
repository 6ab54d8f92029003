//! `cargo quarry registry add`: a registry goes into cargo's configuration.

use camino::Utf8PathBuf;
use cargo_quarry::connect::{self, Added, Kind, Outcome, Place};
use cargo_quarry::model::RegistryName;
use cargo_quarry::sys;
use clap::{Args, ValueEnum};

use crate::cli::{CliError, OK, Shell};

#[derive(Debug, Args)]
#[command(
    long_about = "\
Write a registry into cargo's configuration

The index URL is brought into the form that the kind of registry has, and cargo is told where \
it gets the token from; a provider that is configured already stays. It goes into the \
configuration of the repository, which all who build it share, or with --global into your own. \
What else is in the file keeps its form.",
    after_long_help = "\
Examples:
  cargo quarry registry add internal --kind embedded http://127.0.0.1:35467
  cargo quarry registry add internal --kind kellnr https://kellnr.acme.dev
  cargo quarry registry add internal --kind cloudsmith https://cargo.cloudsmith.io/acme/libs
  cargo quarry registry add internal --kind artifactory https://acme.jfrog.io/artifactory/api/cargo/libs"
)]
pub(super) struct AddRegistryArgs {
    /// How manifests and commands name it
    name: RegistryName,
    /// Its address: of the server, the repository, or the index
    url: String,
    /// Who makes it
    #[arg(long, value_enum)]
    kind: KindArg,
    /// Write to your own configuration, in cargo's home
    #[arg(long)]
    global: bool,
    /// Write to the configuration of the repository of this manifest [default: of this folder]
    #[arg(long, value_name = "PATH", conflicts_with = "global")]
    manifest_path: Option<Utf8PathBuf>,
    /// Replace another URL that is there under that name
    #[arg(long)]
    force: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum KindArg {
    /// `cargo quarry registry serve`
    Embedded,
    /// Kellnr
    Kellnr,
    /// Cloudsmith
    Cloudsmith,
    /// Artifactory
    Artifactory,
}

impl From<KindArg> for Kind {
    fn from(kind: KindArg) -> Self {
        match kind {
            KindArg::Embedded => Self::Embedded,
            KindArg::Kellnr => Self::Kellnr,
            KindArg::Cloudsmith => Self::Cloudsmith,
            KindArg::Artifactory => Self::Artifactory,
        }
    }
}

/// Runs it.
pub(super) fn run(shell: &Shell, args: &AddRegistryArgs) -> Result<u8, CliError> {
    let kind = Kind::from(args.kind);
    let place = if args.global {
        Place::User
    } else {
        Place::Repository(folder(args.manifest_path.as_ref())?)
    };
    let added = connect::add(&args.name, kind, &args.url, &place, args.force)?;
    if shell.json() {
        shell.out(serde_json::json!({
            "version": 1, "name": args.name, "kind": kind, "index": added.index,
            "path": added.path, "outcome": verb(added.outcome).to_lowercase(),
            "replaced": added.replaced, "overruled_by": added.overruled_by,
        }));
    } else {
        shell.out(&added.index);
    }
    tell(shell, &args.name, kind, &added);
    Ok(OK)
}

/// The folder of a manifest, or this one.
fn folder(manifest: Option<&Utf8PathBuf>) -> Result<Utf8PathBuf, CliError> {
    let here = sys::env::current_dir()?;
    let Some(manifest) = manifest else {
        return Ok(here);
    };
    let manifest = sys::fs::canonical(manifest)?;
    Ok(match manifest.parent() {
        Some(folder) if manifest.is_file() => folder.to_owned(),
        Some(_) | None => manifest,
    })
}

fn verb(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Added => "Added",
        Outcome::Changed => "Changed",
        Outcome::Unchanged => "Unchanged",
    }
}

fn tell(shell: &Shell, name: &RegistryName, kind: Kind, added: &Added) {
    let path = &added.path;
    shell.status(
        verb(added.outcome),
        format_args!("registry `{name}` in {path}"),
    );
    if let Some(old) = &added.replaced {
        shell.warn(format_args!("lock files may still hold {old}"));
        shell.help(format_args!(
            "mend them with `cargo quarry registry relock --from {old} --to {name} REPOSITORY…`"
        ));
    }
    if let Some(other) = &added.overruled_by {
        shell.warn(format_args!(
            "cargo takes `{name}` from elsewhere, at {other}"
        ));
        shell.help(format_args!(
            "`cargo quarry registry doctor {name}` looks into it"
        ));
    }
    shell.note(format_args!(
        "log in next, with `cargo quarry registry login {name}`; a token comes from {}",
        kind.token_source()
    ));
}
