//! A real Kellnr for a test, where `tests/kellnr/install` has built one.

use std::io::Write as _;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use crate::sandbox::Sandbox;

/// Must be the one in `tests/kellnr/install`.
const VERSION: &str = "6.13.0";

/// The program; none, and a word on why, where there is none. CI may insist on one by `KELLNR`,
/// the path of one.
pub fn program() -> Option<PathBuf> {
    if let Some(path) = std::env::var_os("KELLNR") {
        return Some(PathBuf::from(path));
    }
    let cache = std::env::var_os("XDG_CACHE_HOME").map_or_else(
        || PathBuf::from(std::env::var_os("HOME").unwrap_or_default()).join(".cache"),
        PathBuf::from,
    );
    let path = cache.join(format!("cargo-quarry/kellnr-{VERSION}/bin/kellnr"));
    if path.exists() {
        return Some(path);
    }
    // Written past the capture of what tests that pass say.
    let _ = writeln!(
        std::io::stderr(),
        "NOT TESTED: no Kellnr at {}; tests/kellnr/install builds it",
        path.display()
    );
    None
}

/// Serves `kellnr` in the sandbox at `ip`, with `token` for its admin; gives its port when it is
/// ready.
pub fn serve(sandbox: &Sandbox, program: &Path, ip: &str, token: &str) -> (Child, u16) {
    let port = free_port(ip);
    let log = std::fs::File::create(sandbox.path("kellnr.log")).expect("a file");
    let mut command = sandbox.command(program.to_str().expect("UTF-8"), "");
    command
        .arg("start")
        .env("KELLNR_REGISTRY__DATA_DIR", sandbox.path("kellnr"))
        .env("KELLNR_REGISTRY__AUTH_REQUIRED", "true")
        .env("KELLNR_LOCAL__IP", ip)
        .env("KELLNR_LOCAL__PORT", port.to_string())
        .env("KELLNR_ORIGIN__HOSTNAME", ip)
        .env("KELLNR_ORIGIN__PORT", port.to_string())
        .env("KELLNR_SETUP__ADMIN_PWD", "a-test-s-password")
        .env("KELLNR_SETUP__ADMIN_TOKEN", token)
        .stdin(Stdio::null())
        .stdout(log.try_clone().expect("a file"))
        .stderr(log);
    let mut child = command.spawn().expect("Kellnr starts");
    let address = format!("{ip}:{port}");
    let end = Instant::now() + Duration::from_mins(1);
    while TcpStream::connect(&address).is_err() {
        let over = child.try_wait().expect("it can be asked");
        assert!(
            over.is_none() && Instant::now() < end,
            "Kellnr does not start: {over:?}\n{}",
            sandbox.read("kellnr.log")
        );
        std::thread::sleep(Duration::from_millis(50));
    }
    (child, port)
}

fn free_port(ip: &str) -> u16 {
    let listener = TcpListener::bind((ip, 0)).expect("a port");
    listener.local_addr().expect("an address").port()
}
