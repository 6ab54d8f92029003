//! A real registry for a test, the embedded one or Kellnr: a process on a free port, with a token
//! and a cargo that knows it.
#![allow(dead_code, reason = "each area uses a part of it")]

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU8, Ordering};

use cargo_quarry::client::Client;
use cargo_quarry::model::Secret;
use cargo_quarry::registry::{IndexEntry, PackageName};

use crate::kellnr;
use crate::sandbox::{QUARRY, Sandbox};

/// A registry, served from a sandbox until it is dropped: the embedded one from its folder
/// `registry`.
pub struct TestRegistry<'a> {
    pub sandbox: &'a Sandbox,
    /// `sparse+http://…/index/`.
    pub index_url: String,
    /// A token for all that there is, named `ann`.
    pub token: String,
    address: String,
    server: Child,
}

impl<'a> TestRegistry<'a> {
    /// Starts it, and writes a cargo configuration to the sandbox's top folder that knows it as
    /// `internal`.
    pub fn start(sandbox: &'a Sandbox) -> Self {
        let add = ["registry", "token", "add", "--data", "registry"];
        let add = [&add[..], &["--name", "ann", "--scope", "owner"]].concat();
        let token = sandbox.quarry(&add, "").trim_end().to_owned();
        let (server, index_url) = serve(sandbox, &format!("{}:0", loopback()), &[]);
        let address = index_url
            .strip_prefix("sparse+http://")
            .and_then(|url| url.strip_suffix("/index/"))
            .unwrap_or_else(|| panic!("no index URL: {index_url:?}"))
            .to_owned();
        Self::known_to_cargo(sandbox, index_url, token, address, server)
    }

    /// The same for Kellnr, where there is one.
    pub fn start_kellnr(sandbox: &'a Sandbox) -> Option<Self> {
        let program = kellnr::program()?;
        let token = "a-token-for-tests-of-32-letters-".to_owned();
        let ip = loopback();
        let (server, port) = kellnr::serve(sandbox, &program, &ip, &token);
        let address = format!("{ip}:{port}");
        let index_url = format!("sparse+http://{address}/api/v1/crates/");
        Some(Self::known_to_cargo(
            sandbox, index_url, token, address, server,
        ))
    }

    fn known_to_cargo(
        sandbox: &'a Sandbox,
        index_url: String,
        token: String,
        address: String,
        server: Child,
    ) -> Self {
        sandbox.write(
            ".cargo/config.toml",
            &format!("[registries.internal]\nindex = \"{index_url}\"\n"),
        );
        Self {
            sandbox,
            index_url,
            token,
            address,
            server,
        }
    }

    /// Kills it, as `kill -9` does.
    pub fn kill(&mut self) {
        self.server.kill().expect("it runs");
        self.server.wait().expect("it was killed");
    }

    /// Starts it again at the same address.
    pub fn restart(&mut self) {
        self.restart_with(&[]);
    }

    /// The same with other flags; then `registry.log` in the sandbox has its standard error.
    pub fn restart_with(&mut self, flags: &[&str]) {
        let (server, index_url) = serve(self.sandbox, &self.address, flags);
        assert_eq!(index_url, self.index_url);
        self.server = server;
    }

    /// Starts it again as one that is reached at `base_url`.
    pub fn restart_behind(&mut self, base_url: &str) {
        let flags = ["--base-url", base_url];
        let (server, index_url) = serve(self.sandbox, &self.address, &flags);
        let base_url = base_url.trim_end_matches('/');
        assert_eq!(index_url, format!("sparse+{base_url}/index/"));
        self.server = server;
    }

    /// The id of its process.
    pub fn pid(&self) -> u32 {
        self.server.id()
    }

    /// Waits until it has ended by itself.
    pub fn wait(&mut self) -> std::process::ExitStatus {
        self.server.wait().expect("it can be waited for")
    }

    /// `http://…`, without a slash at its end.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// `IP:PORT`.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Another token.
    pub fn add_token(&self, args: &[&str]) -> String {
        let add = ["registry", "token", "add", "--data", "registry"];
        let token = self.sandbox.quarry(&[&add[..], args].concat(), "");
        token.trim_end().to_owned()
    }

    /// A command that may publish to it.
    pub fn command(&self, program: &str, dir: &str) -> Command {
        let mut command = self.sandbox.command(program, dir);
        command
            .env("CARGO_REGISTRIES_INTERNAL_TOKEN", &self.token)
            .env(
                "CARGO_REGISTRIES_INTERNAL_CREDENTIAL_PROVIDER",
                "cargo:token",
            );
        command
    }

    /// Runs cargo with its token, whatever comes of it.
    pub fn run_cargo(&self, args: &[&str], dir: &str) -> Output {
        let output = self.command("cargo", dir).args(args).output();
        output.expect("cargo starts")
    }

    /// Runs cargo with its token; it must succeed. Gives standard output and error.
    pub fn cargo(&self, args: &[&str], dir: &str) -> (String, String) {
        let output = self.run_cargo(args, dir);
        let (stdout, stderr) = texts(&output);
        assert!(
            output.status.success(),
            "cargo {args:?} in {dir}: {}\n{stdout}{stderr}",
            output.status
        );
        (stdout, stderr)
    }

    /// Runs cargo with its token; it must fail. Gives standard error.
    pub fn cargo_fails(&self, args: &[&str], dir: &str) -> String {
        let output = self.run_cargo(args, dir);
        let (stdout, stderr) = texts(&output);
        assert!(!output.status.success(), "{args:?}: {stdout}{stderr}");
        stderr
    }

    /// It, as a client of ours knows it.
    pub fn client(&self) -> Client {
        Client::connect(&self.index_url, Some(Secret::new(&self.token))).expect("it answers")
    }

    /// The versions of a crate, as its index has them.
    pub fn versions(&self, name: &str) -> Vec<IndexEntry> {
        let name = PackageName::new(name).expect("a name");
        self.client().versions(&name).expect("it answers")
    }

    /// The package of a version.
    pub fn package(&self, name: &str, version: &str) -> Vec<u8> {
        let version = version.parse().expect("a version");
        let entries = self.versions(name);
        let entry = entries.iter().find(|entry| entry.is_version(&version));
        let entry = entry.unwrap_or_else(|| panic!("{name} {version}: {entries:?}"));
        self.client().download(entry).expect("it answers")
    }

    /// The folder of its data.
    pub fn data(&self) -> PathBuf {
        self.sandbox.path("registry")
    }
}

impl Drop for TestRegistry<'_> {
    fn drop(&mut self) {
        // It may have been killed before.
        let _ = self.server.kill();
        let _ = self.server.wait();
        forget(self.address.split(':').next().unwrap_or_default());
    }
}

/// Standard output and error as text.
pub fn texts(output: &Output) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr))
}

fn serve(sandbox: &Sandbox, listen: &str, flags: &[&str]) -> (Child, String) {
    let stderr = if flags.is_empty() {
        Stdio::inherit()
    } else {
        Stdio::from(std::fs::File::create(sandbox.path("registry.log")).expect("a file"))
    };
    let mut server = sandbox
        .command(QUARRY, "")
        .args(["registry", "serve", "--quiet", "--data", "registry"])
        .args(["--listen", listen])
        .args(flags)
        .stdin(Stdio::null())
        .stderr(stderr)
        .stdout(Stdio::piped())
        .spawn()
        .expect("the registry starts");
    let mut url = String::new();
    let stdout = server.stdout.take().expect("it is piped");
    BufReader::new(stdout)
        .read_line(&mut url)
        .expect("it prints its URL");
    (server, url.trim_end().to_owned())
}

/// An address that no other test uses. All tests share a cargo home, in which cargo keeps what
/// it downloaded by the registry's URL, and trusts it: a port that comes up again some day would
/// give a test another's packages.
fn loopback() -> String {
    static NEXT: AtomicU8 = AtomicU8::new(1);
    if cfg!(target_os = "linux") {
        let [_, _, a, b] = std::process::id().to_be_bytes();
        let c = NEXT.fetch_add(1, Ordering::Relaxed);
        let ip = format!("127.{}.{b}.{c}", a.max(1));
        forget(&ip);
        ip
    } else {
        "127.0.0.1".to_owned()
    }
}

/// Removes what cargo keeps of the registries at this address.
fn forget(ip: &str) {
    if !cfg!(target_os = "linux") {
        return;
    }
    let registry = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cargo-home/registry");
    for kind in ["index", "cache", "src"] {
        let Ok(folders) = std::fs::read_dir(registry.join(kind)) else {
            continue;
        };
        for folder in folders.flatten() {
            let name = folder.file_name().to_string_lossy().into_owned();
            if name.starts_with(&format!("{ip}-")) {
                let _ = std::fs::remove_dir_all(folder.path());
            }
        }
    }
}
