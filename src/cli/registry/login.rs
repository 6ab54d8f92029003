//! `cargo quarry registry login`: a token is proved and stored.

use std::io::{BufRead as _, IsTerminal as _};

use cargo_quarry::connect::{self, Proof};
use cargo_quarry::model::{RegistryName, Secret};
use cargo_quarry::sys;
use clap::Args;

use crate::cli::{CliError, OK, Shell};

#[derive(Debug, Args)]
#[command(
    long_about = "\
Store a token for a registry, proved against it

The token is asked for without being shown, or read from standard input; it is never an \
argument. The registry is asked whether it takes it; then `cargo login` stores it where the \
credential provider keeps it. For Artifactory and Cloudsmith the word that they want before it \
is put there.",
    after_long_help = "\
Examples:
  cargo quarry registry login internal
  cargo quarry registry token add --data ./registry | cargo quarry registry login internal"
)]
pub(super) struct LoginArgs {
    /// The registry's name in cargo's configuration
    name: RegistryName,
}

/// Runs it.
pub(super) fn run(shell: &Shell, args: &LoginArgs) -> Result<u8, CliError> {
    let name = &args.name;
    let token = read_token(name)?;
    let dir = sys::env::current_dir()?;
    let login = connect::login(&dir, name, &token)?;
    if shell.json() {
        shell.out(serde_json::json!({
            "version": 1, "name": name, "index": login.index, "scheme": login.scheme,
            "reads": login.proof == Proof::Reads, "stored": login.place,
            "overruled_by": login.overruled_by,
        }));
    }
    if let Some(scheme) = login.scheme {
        shell.status(
            "Prefixed",
            format_args!("the token with `{scheme}`, as that registry wants it"),
        );
    }
    let place = login
        .place
        .map(|place| format!(" in {place}"))
        .unwrap_or_default();
    shell.status("Stored", format_args!("token for `{name}`{place}"));
    let proof = match login.proof {
        Proof::Reads => {
            "it reads: the registry took it. Whether it may publish, only publishing tells"
        }
        Proof::Open => {
            "the registry lets everybody read: whether the token is good, only publishing tells"
        }
        Proof::NotAsked => "the registry has a git index, which was not asked",
    };
    shell.note(proof);
    if let Some(place) = login.overruled_by {
        shell.warn(format_args!("cargo takes another token, that from {place}"));
        shell.help("unset it, or set it to the new one");
    }
    Ok(OK)
}

fn read_token(name: &RegistryName) -> Result<Secret, CliError> {
    let unread = |error: std::io::Error| {
        let help = "type it at the prompt, or pipe it to standard input";
        CliError::failed(
            format!("cannot read the token: {error}"),
            Some(help.to_owned()),
        )
    };
    let text = if std::io::stdin().is_terminal() {
        ask(&format!("token for {name}: ")).map_err(unread)?
    } else {
        let mut line = String::new();
        std::io::stdin()
            .lock()
            .read_line(&mut line)
            .map_err(unread)?;
        line
    };
    let token = text.trim();
    if token.is_empty() {
        return Err(unread(std::io::Error::other("there is none")));
    }
    Ok(Secret::new(token))
}

/// Asks for a line that is not shown. Ctrl-C must not end the program while the terminal shows
/// nothing, for it would stay so: it is an answer here, and an error.
#[cfg(unix)]
fn ask(prompt: &str) -> std::io::Result<String> {
    use tokio::signal::unix::{SignalKind, signal};
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()?;
    let mut interrupt = {
        let _entered = runtime.enter();
        signal(SignalKind::interrupt())?
    };
    let line = rpassword::prompt_password(prompt)?;
    // From here on it ends the program again, as the shell knows it.
    std::thread::spawn(move || {
        runtime.block_on(interrupt.recv());
        sys::process::exit(130)
    });
    Ok(line)
}

#[cfg(not(unix))]
fn ask(prompt: &str) -> std::io::Result<String> {
    rpassword::prompt_password(prompt)
}
