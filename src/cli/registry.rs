//! `cargo quarry registry …`: the embedded registry, its tokens, its log and its soundness, and what goes with
//! registries.

mod add;
mod copy;
mod doctor;
mod log;
mod login;
mod relock;
mod verify;

use std::io::Write as _;
use std::net::SocketAddr;

use camino::Utf8PathBuf;
use cargo_quarry::model::RegistryName;
use cargo_quarry::serve::{
    self, DEFAULT_LISTEN, Expiry, ForeignDependencies, NewToken, Options, Scope, Token,
};
use clap::{Args, Subcommand, ValueEnum};

use super::shell::LogFormat;
use super::{CliError, OK, Shell};

/// The arguments of `cargo quarry registry`.
#[derive(Debug, Args)]
pub(crate) struct RegistryArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve a private registry from a folder
    #[command(long_about = SERVE_ABOUT, after_long_help = SERVE_EXAMPLE)]
    Serve(ServeArgs),
    /// Make, list and revoke the registry's tokens
    #[command(subcommand)]
    Token(TokenCommand),
    /// Write a registry into cargo's configuration
    Add(add::AddRegistryArgs),
    /// Store a token for a registry, proved against it
    Login(login::LoginArgs),
    /// Find what is wrong between cargo and its registries
    Doctor(doctor::DoctorArgs),
    /// Copy crates from one registry to another
    Copy(copy::CopyArgs),
    /// Mend lock files after a registry has moved
    Relock(relock::RelockArgs),
    /// Show who published, yanked or changed owners
    #[command(
        after_help = "Example: cargo quarry registry log --data ./registry --crate acme-retry"
    )]
    Log(log::LogArgs),
    /// Check the registry's data, and mend what can be mended
    #[command(long_about = verify::ABOUT, after_long_help = verify::EXAMPLE)]
    Verify(verify::VerifyArgs),
}

const SERVE_ABOUT: &str = "\
Serve a private registry from a folder

Cargo can publish to it, add, build, search, yank and manage owners. When it is ready it prints \
its index URL, alone, to standard output. All its data are plain files in one folder; a version \
is there as a whole or not at all, whatever ends the process. Ctrl-C or SIGTERM ends it.

It is closed by default: it listens on this machine only, and reading needs a token, too.";

const SERVE_EXAMPLE: &str = "\
Example:
  cargo quarry registry token add --data ./registry --name ann --scope owner
  cargo quarry registry serve --data ./registry

and where cargo is to use it, in .cargo/config.toml:
  [registries.internal]
  index = \"sparse+http://127.0.0.1:35467/index/\"
  credential-provider = [\"cargo:token\"]

then: cargo login --registry internal";

#[derive(Debug, Args)]
struct ServeArgs {
    /// The folder of the registry's data, made if need be
    #[arg(long, value_name = "DIR")]
    data: Utf8PathBuf,
    /// Where to listen; it becomes part of the URL in lock files. Port 0 is any that is free
    #[arg(long, value_name = "ADDR", default_value_t = DEFAULT_LISTEN)]
    listen: SocketAddr,
    /// The URL that people reach it at, where that is not its address: behind a proxy
    #[arg(long, value_name = "URL")]
    base_url: Option<String>,
    /// What people call it in cargo's configuration: its pages say so
    #[arg(long, value_name = "NAME", default_value = "internal")]
    name: RegistryName,
    /// Let everybody read who can reach it; writing needs a token all the same
    #[arg(long)]
    open_reads: bool,
    /// What becomes of versions that depend on crates of other registries than this and crates.io
    #[arg(long, value_enum, default_value_t = ForeignArg::Warn, value_name = "POLICY")]
    foreign_dependencies: ForeignArg,
    /// Log each request and each change to standard error, in this form
    #[arg(long, value_enum, value_name = "FORM")]
    log_format: Option<LogFormat>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ForeignArg {
    /// Publish them
    Allow,
    /// Publish them, and tell the publisher
    Warn,
    /// Refuse them
    Deny,
}

impl From<ForeignArg> for ForeignDependencies {
    fn from(foreign: ForeignArg) -> Self {
        match foreign {
            ForeignArg::Allow => Self::Allow,
            ForeignArg::Warn => Self::Warn,
            ForeignArg::Deny => Self::Deny,
        }
    }
}

#[derive(Debug, Subcommand)]
enum TokenCommand {
    /// Make a token and print it, once
    #[command(after_help = "\
Example:
  export CARGO_REGISTRIES_INTERNAL_TOKEN=$(cargo quarry registry token add --data ./registry)")]
    Add(AddArgs),
    /// List the tokens, without their secrets
    List(DataArgs),
    /// Revoke a token
    #[command(after_help = "Example: cargo quarry registry token revoke --data ./registry ci")]
    Revoke {
        #[command(flatten)]
        data: DataArgs,
        /// Its id, or its name if no other token has that
        #[arg(value_name = "TOKEN")]
        token: String,
    },
}

#[derive(Debug, Args)]
struct DataArgs {
    /// The folder of the registry's data
    #[arg(long, value_name = "DIR")]
    data: Utf8PathBuf,
}

#[derive(Debug, Args)]
struct AddArgs {
    #[command(flatten)]
    data: DataArgs,
    /// What it allows
    #[arg(long, value_enum, default_value_t = ScopeArg::Publish)]
    scope: ScopeArg,
    /// Only crates of that name may be changed; `*` is any text [default: all]
    #[arg(long = "crate", value_name = "GLOB")]
    crates: Vec<String>,
    /// Who holds it: crates belong to names
    #[arg(long, default_value = "team")]
    name: String,
    /// When it ends: a day (2027-06-30), or a time from now (12h, 90d, 6w) [default: never]
    #[arg(long, value_name = "WHEN")]
    expires: Option<Expiry>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ScopeArg {
    /// Read: index, downloads, search
    Read,
    /// Read; publish new crates; publish and yank versions of crates it owns
    Publish,
    /// Publish and yank every crate, and say who owns it
    Owner,
}

impl From<ScopeArg> for Scope {
    fn from(scope: ScopeArg) -> Self {
        match scope {
            ScopeArg::Read => Self::Read,
            ScopeArg::Publish => Self::Publish,
            ScopeArg::Owner => Self::Owner,
        }
    }
}

impl RegistryArgs {
    /// How a server logs, if it is one that is to log.
    pub(crate) fn log_format(&self) -> Option<LogFormat> {
        match &self.command {
            Command::Serve(args) => args.log_format,
            Command::Token(_)
            | Command::Add(_)
            | Command::Login(_)
            | Command::Doctor(_)
            | Command::Copy(_)
            | Command::Relock(_)
            | Command::Log(_)
            | Command::Verify(_) => None,
        }
    }
}

/// Runs it.
pub(crate) fn run(shell: &Shell, args: &RegistryArgs) -> Result<u8, CliError> {
    match &args.command {
        Command::Serve(args) => run_serve(shell, args),
        Command::Add(args) => add::run(shell, args),
        Command::Copy(args) => copy::run(shell, args),
        Command::Relock(args) => relock::run(shell, args),
        Command::Login(args) => login::run(shell, args),
        Command::Doctor(args) => doctor::run(shell, args),
        Command::Token(TokenCommand::Add(args)) => add_token(shell, args),
        Command::Token(TokenCommand::List(args)) => list_tokens(shell, args),
        Command::Token(TokenCommand::Revoke { data, token }) => {
            let token = serve::revoke_token(&data.data, token)?;
            shell.status("Revoked", described(&token));
            Ok(OK)
        }
        Command::Log(args) => log::run(shell, args),
        Command::Verify(args) => verify::run(shell, args),
    }
}

fn run_serve(shell: &Shell, args: &ServeArgs) -> Result<u8, CliError> {
    let running = serve::start(&Options {
        listen: args.listen,
        base_url: args.base_url.clone(),
        name: args.name.clone(),
        open_reads: args.open_reads,
        foreign_dependencies: args.foreign_dependencies.into(),
        stop_on_signal: true,
        ..Options::new(args.data.clone())
    })?;
    let base_url = running.base_url();
    if !running.address().ip().is_loopback() && !base_url.starts_with("https://") {
        shell.warn(format_args!(
            "others can reach {}, and tokens travel unencrypted to {base_url}",
            running.address()
        ));
        shell.help("put it behind a TLS proxy, and give its URL with --base-url https://…");
    }
    if serve::load_tokens(&args.data)?.is_empty() {
        shell.warn("there is no token yet, so nobody can publish");
        shell.help(format_args!(
            "make one with `cargo quarry registry token add --data {}`",
            args.data
        ));
    }
    shell.status("Serving", format_args!("{} at {base_url}", args.data));
    shell.out(running.index_url());
    // A reader that has closed the pipe does not wait for the URL.
    let _ = std::io::stdout().flush();
    running.wait()?;
    shell.status("Stopped", &args.data);
    Ok(OK)
}

fn add_token(shell: &Shell, args: &AddArgs) -> Result<u8, CliError> {
    let new = NewToken {
        name: args.name.clone(),
        scope: args.scope.into(),
        crates: args.crates.clone(),
        expires: args.expires.clone(),
    };
    let (token, secret) = serve::add_token(&args.data.data, new)?;
    shell.status("Added", described(&token));
    shell.out(secret.expose());
    Ok(OK)
}

fn list_tokens(shell: &Shell, args: &DataArgs) -> Result<u8, CliError> {
    let tokens = serve::load_tokens(&args.data)?;
    if shell.json() {
        let row = |token: &Token| {
            serde_json::json!({
                "id": token.id, "name": token.name, "scope": token.scope,
                "crates": token.crates, "created": token.created, "expires": token.expires,
            })
        };
        let tokens: Vec<_> = tokens.iter().map(row).collect();
        shell.out(serde_json::json!({"version": 1, "tokens": tokens}));
        return Ok(OK);
    }
    if tokens.is_empty() {
        shell.status("Found", format_args!("no tokens in {}", args.data));
        return Ok(OK);
    }
    let mut table = comfy_table::Table::new();
    table
        .load_style(comfy_table::presets::NOTHING)
        .set_header(["id", "name", "scope", "crates", "made", "ends"]);
    for token in tokens {
        let scope = token.scope.to_string();
        let crates = token.crates.join(" ");
        let ends = token
            .expires
            .map_or_else(|| "never".to_owned(), |end| end.to_string());
        table.add_row([token.id, token.name, scope, crates, token.created, ends]);
    }
    shell.out(table.trim_fmt());
    Ok(OK)
}

fn described(token: &Token) -> String {
    let crates = match token.crates.join(" ") {
        all if all == "*" => "all crates".to_owned(),
        some => some,
    };
    let end = token.expires.as_ref();
    let end = end.map_or_else(String::new, |end| format!(", until {end}"));
    format!(
        "token {} for {}: {}, {crates}{end}",
        token.id, token.name, token.scope
    )
}
