//! `cargo quarry tour`: everything once, on a sample organisation.

mod guide;

use std::net::SocketAddr;

use camino::Utf8PathBuf;
use cargo_quarry::serve::{self, DEFAULT_LISTEN, NewToken, Running, Scope, ServeError};
use cargo_quarry::tour::{self, Organisation};
use clap::Args;

use super::{CliError, FINDINGS, OK, Shell};
use guide::Guide;

/// The registry's name in cargo's configuration.
const REGISTRY: &str = "internal";

/// What is taken out: the module, and the library that it becomes.
const LIBRARIES: [(&str, &str); 2] = [
    ("crate::util::retry", "acme-retry"),
    ("crate::config", "acme-config"),
];

/// The arguments of `cargo quarry tour`.
#[derive(Debug, Args)]
#[command(long_about = "\
Walk through all of it, on a sample organisation that it makes

A monolith with two years of history, two services that copied its code, and a private registry \
are made in a folder. Two modules leave the monolith, each into a repository of its own with its \
history; the registry gets them as crates; the services drop their copies. Each command is shown \
as it runs. It takes a few minutes, and all of it stays for exploring.")]
#[command(after_long_help = "Example: cargo quarry tour /tmp/acme")]
pub(crate) struct TourArgs {
    /// Where all of it goes; must be empty or not there
    #[arg(default_value = "quarry-tour")]
    dir: Utf8PathBuf,
    /// Where the registry listens: part of its URL, and so of lock files [default: any free port]
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,
}

/// Runs it.
pub(crate) fn run(shell: &Shell, args: &TourArgs) -> Result<u8, CliError> {
    let organisation = tour::create(&args.dir)?;
    let running = serve_registry(&organisation, args.listen)?;
    organisation.configure_cargo(REGISTRY, &running.index_url())?;
    let new = NewToken {
        name: "tour".to_owned(),
        scope: Scope::Owner,
        crates: Vec::new(),
        expires: None,
    };
    let (_, token) = serve::add_token(&organisation.registry_data(), new)?;
    let guide = Guide::new(shell, &organisation, REGISTRY, token)?;

    show_sample(&guide, &organisation, &running)?;
    show_survey(&guide, &organisation)?;
    for (module, library) in LIBRARIES {
        take_out(&guide, &organisation, module, library)?;
    }
    show_refusal(&guide, &organisation)?;
    for service in tour::SERVICES {
        drop_copies(&guide, &organisation, service)?;
    }
    show_what_next(&guide, &organisation, running.address());
    if shell.json() {
        shell.out(summary(&organisation, &running));
    }
    running.stop()?;
    Ok(OK)
}

/// The registry. Cargo keeps what it downloaded by the registry's URL and trusts it, and the
/// libraries of each tour have the same names and versions: hence a port of its own.
fn serve_registry(
    organisation: &Organisation,
    listen: Option<SocketAddr>,
) -> Result<Running, ServeError> {
    let any = SocketAddr::new(DEFAULT_LISTEN.ip(), 0);
    serve::start(&serve::Options {
        listen: listen.unwrap_or(any),
        ..serve::Options::new(organisation.registry_data())
    })
}

fn show_sample(
    guide: &Guide<'_>,
    organisation: &Organisation,
    running: &Running,
) -> Result<(), CliError> {
    let monolith = organisation.monolith();
    let billing = organisation.service("billing");
    guide.chapter(&format!(
        "A shop in one repository, two services that copied its code,\n\
         and a registry of their own at {}",
        running.base_url()
    ));
    let log = ["log", "--oneline", "--follow", "--", "src/util/retry.rs"];
    guide.run(&monolith, "git", log)?;
    let log = ["log", "--oneline", "--", "src/retry.rs", "src/config.rs"];
    guide.run(&billing, "git", log)?;
    let shop = "../../monolith/src/util/retry.rs";
    let diff = ["diff", "--no-index", "--shortstat", "src/retry.rs", shop];
    guide.run_to(1, &billing, "git", diff)
}

fn show_survey(guide: &Guide<'_>, organisation: &Organisation) -> Result<(), CliError> {
    guide.chapter(
        "What is worth taking out? Every module is weighed, by what the compiler says of who uses\n\
         what, and by the history: what changed with its users",
    );
    let monolith = organisation.monolith();
    guide.run(&monolith, "cargo quarry", ["survey", "--top", "5"])
}

fn take_out(
    guide: &Guide<'_>,
    organisation: &Organisation,
    module: &str,
    library: &str,
) -> Result<(), CliError> {
    let monolith = organisation.monolith();
    guide.chapter(&format!(
        "{module} leaves the monolith and becomes the crate {library}:\n\
         its history comes along, both sides are built and tested, 0.1.0 is published"
    ));
    let into = format!("../{library}");
    let extract = ["extract", module, "--name", library, "--into", &into];
    let publish = ["--registry", REGISTRY, "--execute"];
    guide.run(&monolith, "cargo quarry", [&extract[..], &publish].concat())?;
    let branch = format!("quarry/{library}");
    guide.run(&monolith, "git", ["merge", "--ff-only", &branch])?;
    let repository = organisation.root().join(library);
    guide.run(&repository, "git", ["log", "--oneline", "-4"])
}

fn show_refusal(guide: &Guide<'_>, organisation: &Organisation) -> Result<(), CliError> {
    guide.chapter(
        "crate::inventory does not come out by itself: orders and errors need it, and it needs\n\
         them. Nothing is written; what stands in the way is shown instead",
    );
    let extract = ["extract", "crate::inventory", "--name", "acme-inventory"];
    let into = ["--into", "../acme-inventory"];
    let monolith = organisation.monolith();
    guide.run_to(
        FINDINGS,
        &monolith,
        "cargo quarry",
        [&extract[..], &into].concat(),
    )
}

fn drop_copies(
    guide: &Guide<'_>,
    organisation: &Organisation,
    service: &str,
) -> Result<(), CliError> {
    let repository = organisation.service(service);
    guide.chapter(&format!(
        "{service} takes the libraries from the registry and drops its copies"
    ));
    let add = ["add", "--registry", REGISTRY];
    let libraries = LIBRARIES.map(|(_, library)| library);
    guide.run(&repository, "cargo", [&add[..], &libraries].concat())?;
    let adoption = organisation.adopt_libraries(service)?;
    guide.note(&format!(
        "deleted {}; edited {}",
        list(&adoption.removed),
        list(&adoption.changed)
    ));
    if !adoption.unneeded.is_empty() {
        let remove = ["remove".to_owned()].into_iter();
        guide.run(&repository, "cargo", remove.chain(adoption.unneeded))?;
    }
    guide.run(&repository, "cargo", ["test"])?;
    organisation.commit(&repository, &adoption.message)?;
    guide.run(&repository, "git", ["show", "--stat", "--format=%h %s"])
}

fn list(paths: &[Utf8PathBuf]) -> String {
    let paths: Vec<&str> = paths.iter().map(|path| path.as_str()).collect();
    paths.join(", ")
}

fn show_what_next(guide: &Guide<'_>, organisation: &Organisation, address: SocketAddr) {
    let root = organisation.root();
    guide.chapter(&format!("All of it is in {root}. What to try next:"));
    let listen = match address {
        DEFAULT_LISTEN => String::new(),
        other => format!(" --listen {other}"),
    };
    let variable = guide.token_variable();
    guide.tell(&format!(
        "  cd {root}\n\
         \n\
         the registry, for as long as you look around, and a token for this terminal:\n\
         \x20 cargo quarry registry serve --data registry{listen} &\n\
         \x20 export {variable}=$(cargo quarry registry token add --data registry)\n\
         \n\
         whose line is this, from before it was a library?\n\
         \x20 git -C acme-retry blame src/lib.rs\n\
         \n\
         what the monolith lost, and what it kept:\n\
         \x20 git -C monolith show --stat\n\
         \n\
         a module that comes out in one go, and one that does not:\n\
         \x20 cd monolith\n\
         \x20 cargo quarry extract crate::util::ids --name acme-ids --into ../acme-ids\n\
         \x20 cargo quarry extract crate::orders --name acme-orders --into ../acme-orders --dry-run"
    ));
    if let Some(folder) = guide.not_on_path() {
        guide.tell(&format!(
            "\n`cargo quarry` needs its program on PATH:\n  export PATH={folder}:$PATH"
        ));
    }
}

fn summary(organisation: &Organisation, running: &Running) -> serde_json::Value {
    serde_json::json!({
        "version": 1,
        "root": organisation.root(),
        "monolith": organisation.monolith(),
        "services": tour::SERVICES.iter().map(|name| organisation.service(name)).collect::<Vec<_>>(),
        "libraries": LIBRARIES.map(|(_, library)| organisation.root().join(library)),
        "registry": running.index_url(),
    })
}
