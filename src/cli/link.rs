//! `cargo quarry link`: a local copy in place of a released library.

use camino::Utf8PathBuf;
use cargo_quarry::link::{self, Hook, Linked, Listed, Request, Standing};
use cargo_quarry::sys;
use clap::Args;
use serde_json::{Value, json};

use super::{CliError, FINDINGS, OK, Shell};

#[derive(Debug, Args)]
#[command(
    long_about = "\
Build a local copy of a library in place of the released one

Work on a library and a service side by side: from now on cargo builds the folder wherever the \
service's packages and their dependencies ask for the library, whatever version the folder has, \
and sees each edit at once. What cargo uses is looked at; if that is not the folder, everywhere, \
nothing changes and the reason is named.

The link is a line in the workspace's .cargo/config.toml. Cargo.toml and Cargo.lock stay as they \
are. A pre-commit hook and `cargo quarry check` keep it out of commits; `cargo quarry unlink` \
takes all of it away again.

Without a folder it lists what is linked, and ends with 1 if cargo does not use one of them.",
    after_long_help = "\
Example:
  cargo quarry link ../acme-retry
  cargo run
  cargo quarry unlink"
)]
pub(crate) struct LinkArgs {
    /// The library's folder, or that of a workspace of libraries [default: list what is linked]
    #[arg(value_name = "FOLDER")]
    library: Option<Utf8PathBuf>,
    /// Ask no registry
    #[arg(long)]
    offline: bool,
}

/// Runs it.
pub(crate) fn run(shell: &Shell, args: &LinkArgs) -> Result<u8, CliError> {
    let dir = sys::env::current_dir()?;
    let Some(library) = &args.library else {
        let listed = link::list(&dir, args.offline)?;
        return Ok(list(shell, &listed));
    };
    let request = Request {
        library: dir.join(library),
        dir,
        program: sys::env::current_exe()?,
        offline: args.offline,
    };
    let progress = shell.spinner();
    progress.now("asking cargo");
    let linked = link::link(&request)?;
    drop(progress);
    if shell.json() {
        let linked: Vec<Value> = linked.iter().map(document).collect();
        shell.out(json!({ "version": 1, "linked": linked }));
    }
    for linked in &linked {
        show(shell, linked);
    }
    if let Some(first) = linked.first() {
        guard(shell, first);
    }
    Ok(OK)
}

fn show(shell: &Shell, linked: &Linked) {
    let Linked {
        krate,
        version,
        dir,
        ..
    } = linked;
    let instead_of = &linked.instead_of;
    shell.status(
        "Linked",
        format_args!("{krate} {version} ({dir}) in place of {instead_of}"),
    );
    for user in linked.users.iter().filter(|user| !user.takes(version)) {
        shell.note(format_args!(
            "{} asks for `{}`, and is built with {version} all the same",
            user.package, user.requirement
        ));
    }
    if !linked.along.is_empty() {
        let along = linked.along.join(", ");
        shell.note(format_args!(
            "{krate} takes {along} from folders: so does everything here now"
        ));
    }
}

fn guard(shell: &Shell, linked: &Linked) {
    match &linked.hook {
        Hook::Installed(path) => shell.status(
            "Guarded",
            format_args!("commits, by {path}: {} has the link", linked.config),
        ),
        Hook::InTheWay(path) => {
            shell.warn(format_args!(
                "{path} is committed, so it was not changed: nothing keeps {} out of commits",
                linked.config
            ));
            shell.help("let that hook run `cargo quarry check --links`");
        }
    }
}

fn document(linked: &Linked) -> Value {
    let users = linked.users.iter().map(|user| {
        json!({
            "package": user.package,
            "requirement": user.requirement,
            "fits": user.takes(&linked.version),
        })
    });
    let hook = match &linked.hook {
        Hook::Installed(path) => Some(path),
        Hook::InTheWay(_) => None,
    };
    json!({
        "crate": linked.krate,
        "dir": linked.dir,
        "version": linked.version,
        "instead_of": linked.instead_of,
        "users": users.collect::<Vec<_>>(),
        "along": linked.along,
        "config": linked.config,
        "hook": hook,
    })
}

fn list(shell: &Shell, listed: &[Listed]) -> u8 {
    if shell.json() {
        let links: Vec<Value> = listed.iter().map(listed_document).collect();
        shell.out(json!({ "version": 1, "links": links }));
    } else {
        for link in listed {
            let Listed {
                krate,
                dir,
                instead_of,
                standing,
            } = link;
            match standing {
                Standing::Used(version) => shell.out(format_args!(
                    "{krate} {version} ({dir}) in place of {instead_of}"
                )),
                Standing::NotUsed(reason) => {
                    shell.out(format_args!("{krate} ({dir}) is not used: {reason}"));
                }
            }
        }
    }
    if listed.is_empty() {
        shell.status("Linked", "nothing");
    }
    let is_unused = |link: &Listed| matches!(link.standing, Standing::NotUsed(_));
    if listed.iter().any(is_unused) {
        shell.help("`cargo quarry unlink` takes it out, `cargo quarry link FOLDER` links it again");
        return FINDINGS;
    }
    OK
}

fn listed_document(link: &Listed) -> Value {
    let (version, reason) = match &link.standing {
        Standing::Used(version) => (Some(version), None),
        Standing::NotUsed(reason) => (None, Some(reason)),
    };
    json!({
        "crate": link.krate,
        "dir": link.dir,
        "instead_of": link.instead_of,
        "used": version.is_some(),
        "version": version,
        "reason": reason,
    })
}
