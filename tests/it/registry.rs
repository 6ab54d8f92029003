//! The embedded registry and real cargo, command by command.

use std::io::Write as _;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::Stdio;

use cargo_quarry::registry::{IndexEntry, parse_index};

use crate::registry_server::{TestRegistry, texts};
use crate::sandbox::Sandbox;

/// A library package in the folder `name`.
pub fn library(sandbox: &Sandbox, name: &str, version: &str, rest: &str, code: &str) {
    let manifest = format!(
        "[package]\nname = \"{name}\"\nversion = \"{version}\"\nedition = \"2021\"\n\
         description = \"The library {name}\"\nlicense = \"MIT\"\npublish = [\"internal\"]\n{rest}\n"
    );
    sandbox.write(&format!("{name}/Cargo.toml"), &manifest);
    sandbox.write(&format!("{name}/src/lib.rs"), code);
}

/// A program in the folder `name` that uses what `main` says.
pub fn program(sandbox: &Sandbox, name: &str, dependencies: &str, main: &str) {
    let manifest = format!(
        "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\
         [dependencies]\n{dependencies}\n"
    );
    sandbox.write(&format!("{name}/Cargo.toml"), &manifest);
    sandbox.write(&format!("{name}/src/main.rs"), main);
}

pub fn publish(registry: &TestRegistry<'_>, dir: &str) {
    registry.cargo(&["publish", "--registry", "internal", "--allow-dirty"], dir);
}

/// The same, where the package is not built before.
pub fn publish_unverified(registry: &TestRegistry<'_>, dir: &str) {
    let args = ["publish", "--registry", "internal", "--allow-dirty"];
    registry.cargo(&[&args[..], &["--no-verify"]].concat(), dir);
}

pub fn index_lines(registry: &TestRegistry<'_>, path: &str) -> Vec<IndexEntry> {
    let text = registry.sandbox.read(&format!("registry/index/{path}"));
    parse_index(path, &text).expect("an index")
}

#[test]
fn cargo_publishes_adds_builds_updates_yanks_and_searches() {
    let sandbox = Sandbox::new();
    let registry = TestRegistry::start(&sandbox);
    goes_through_every_command(&registry);

    // The entry that was published is the one that the package alone would give.
    let mut published = registry.versions("acme-two").remove(0);
    let package = registry.package("acme-two", "1.0.0");
    let mut derived = IndexEntry::from_crate(&package, &registry.index_url).expect("a package");
    derived.pubtime.clone_from(&published.pubtime);
    derived.deps.sort();
    published.deps.sort();
    assert_eq!(published, derived);
    assert_eq!(published.deps.len(), 4);
    // When it was published, and by whom.
    assert_eq!(published.pubtime.as_deref(), Some("2026-01-01T00:00:00Z"));
    let audit = sandbox.read("registry/audit.log");
    let actions: Vec<_> = audit
        .lines()
        .map(|line| {
            let line: serde_json::Value = serde_json::from_str(line).expect("JSON");
            assert_eq!(line["holder"], "ann");
            format!("{} {} {}", line["action"], line["crate"], line["detail"])
        })
        .collect();
    assert_eq!(
        actions.join("\n").replace('"', ""),
        "publish acme-one 0.1.0\npublish acme-two 1.0.0\npublish acme-one 0.1.1\n\
         yank acme-one 0.1.1\nunyank acme-one 0.1.1"
    );
}

/// What cargo does with a registry, whatever the registry.
pub fn goes_through_every_command(registry: &TestRegistry<'_>) {
    let sandbox = registry.sandbox;
    library(
        sandbox,
        "acme-one",
        "0.1.0",
        "",
        "pub fn one() -> u32 { 1 }",
    );
    publish(registry, "acme-one");
    // Between two libraries, beside crates.io, renamed, optional, for a target.
    library(
        sandbox,
        "acme-two",
        "1.0.0",
        "rust-version = \"1.70\"\n\
         [features]\nfast = [\"dep:itoa\"]\ndefault = []\n\
         [dependencies]\nuno = { package = \"acme-one\", version = \"0.1\", registry = \"internal\" }\n\
         itoa = { version = \"1\", optional = true }\n\
         [target.'cfg(unix)'.dependencies]\ncfg-if = { version = \"1\", default-features = false }\n\
         [dev-dependencies]\nshlex = \"1\"\n",
        "pub fn two() -> u32 { uno::one() + 1 }",
    );
    publish(registry, "acme-two");
    program(
        sandbox,
        "service",
        "",
        "fn main() { println!(\"{}\", acme_two::two()); }",
    );
    registry.cargo(
        &["add", "--registry", "internal", "acme-two", "-F", "fast"],
        "service",
    );
    let (stdout, _) = registry.cargo(&["run", "--quiet"], "service");
    assert_eq!(stdout, "2\n");

    library(
        sandbox,
        "acme-one",
        "0.1.1",
        "",
        "pub fn one() -> u32 { 10 }",
    );
    publish(registry, "acme-one");
    let (_, stderr) = registry.cargo(&["update"], "service");
    assert!(
        stderr.contains("acme-one v0.1.0 (registry `internal`) -> v0.1.1"),
        "{stderr}"
    );
    assert_eq!(registry.cargo(&["run", "--quiet"], "service").0, "11\n");

    // A yanked version stays for lock files that have it, and is no candidate any more.
    let yank = ["yank", "--registry", "internal", "acme-one@0.1.1"];
    registry.cargo(&yank, "service");
    registry.cargo(&["build", "--locked"], "service");
    std::fs::remove_file(sandbox.path("service/Cargo.lock")).expect("a lock file");
    assert_eq!(registry.cargo(&["run", "--quiet"], "service").0, "2\n");
    registry.cargo(&[&yank[..], &["--undo"]].concat(), "service");
    registry.cargo(&["update"], "service");
    assert_eq!(registry.cargo(&["run", "--quiet"], "service").0, "11\n");

    let (found, _) = registry.cargo(&["search", "--registry", "internal", "acme"], "service");
    assert_eq!(
        found,
        "acme-one = \"0.1.1\"    # The library acme-one\n\
         acme-two = \"1.0.0\"    # The library acme-two\n"
    );
    let (info, _) = registry.cargo(&["info", "--registry", "internal", "acme-two"], "service");
    assert!(
        info.contains("The library acme-two\nversion: 1.0.0"),
        "{info}"
    );
}

#[test]
fn owners_decide_who_publishes() {
    let sandbox = Sandbox::new();
    let registry = TestRegistry::start(&sandbox);
    let ci = registry.add_token(&["--name", "ci", "--crate", "acme-*"]);
    let publish_as_ci = |dir: &str| {
        let output = registry
            .command("cargo", dir)
            .args([
                "publish",
                "--registry",
                "internal",
                "--allow-dirty",
                "--no-verify",
            ])
            .env("CARGO_REGISTRIES_INTERNAL_TOKEN", &ci)
            .output()
            .expect("cargo starts");
        (output.status.success(), texts(&output).1)
    };
    library(&sandbox, "acme-one", "0.1.0", "", "");
    publish(&registry, "acme-one");
    library(&sandbox, "acme-one", "0.1.1", "", "");
    let (ok, stderr) = publish_as_ci("acme-one");
    assert!(
        !ok && stderr.contains("`ci` is no owner of `acme-one`; its owners are `ann`"),
        "{stderr}"
    );

    let owner = ["owner", "--registry", "internal", "acme-one"];
    let owner = |args: &[&str]| registry.run_cargo(&[&owner[..], args].concat(), "acme-one");
    let stranger = texts(&owner(&["--add", "stranger"])).1;
    assert!(
        stranger.contains("no token is called `stranger`"),
        "{stranger}"
    );
    assert!(
        texts(&owner(&["--add", "ci"]))
            .1
            .contains("its owners are now ann, ci")
    );
    assert_eq!(texts(&owner(&["--list"])).0, "ann\nci\n");
    let (ok, stderr) = publish_as_ci("acme-one");
    assert!(ok, "{stderr}");
    assert!(owner(&["--remove", "ann"]).status.success());
    let last = texts(&owner(&["--remove", "ci"])).1;
    assert!(last.contains("`acme-one` must keep an owner"), "{last}");

    library(&sandbox, "other", "0.1.0", "", "");
    let (ok, stderr) = publish_as_ci("other");
    assert!(
        !ok && stderr.contains("the token `ci` is for `acme-*`, not for `other`"),
        "{stderr}"
    );
    library(&sandbox, "acme-two", "0.1.0", "", "");
    assert!(publish_as_ci("acme-two").0);
    sandbox.quarry(
        &["registry", "token", "revoke", "--data", "registry", "ci"],
        "",
    );
    library(&sandbox, "acme-two", "0.1.1", "", "");
    let (ok, stderr) = publish_as_ci("acme-two");
    assert!(!ok && stderr.contains("401"), "{stderr}");
}

#[test]
fn cargo_logs_in_and_out() {
    let sandbox = Sandbox::new();
    let registry = TestRegistry::start(&sandbox);
    library(&sandbox, "acme-one", "0.1.0", "", "");
    publish(&registry, "acme-one");
    let config = sandbox.read(".cargo/config.toml");
    let provider = "credential-provider = [\"cargo:token\"]\n";
    sandbox.write(".cargo/config.toml", &(config + provider));
    // A home of its own: the token is stored there.
    let cargo = |args: &[&str], input: &str| {
        let mut child = sandbox
            .command("cargo", "")
            .args(args)
            .args(["--registry", "internal"])
            .env("CARGO_HOME", sandbox.path("home/.cargo"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("cargo starts");
        let mut stdin = child.stdin.take().expect("it is piped");
        stdin.write_all(input.as_bytes()).expect("it reads");
        drop(stdin);
        let output = child.wait_with_output().expect("it ends");
        let (stdout, stderr) = texts(&output);
        (output.status.success(), stdout + &stderr)
    };
    assert!(!cargo(&["info", "acme-one"], "").0);
    let (ok, said) = cargo(&["login"], &registry.token);
    assert!(ok, "{said}");
    let (ok, said) = cargo(&["info", "acme-one"], "");
    assert!(ok && said.contains("The library acme-one"), "{said}");
    assert!(cargo(&["logout"], "").0);
    assert!(!cargo(&["info", "acme-one"], "").0);
}

/// A second way to the registry, as by another name of its machine; its base URL.
fn detour(registry: &TestRegistry<'_>) -> String {
    let target = registry.address().to_owned();
    let ip = target.split(':').next().expect("an address");
    let listener = TcpListener::bind((ip, 0)).expect("a port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let Ok(server) = TcpStream::connect(&target) else {
                continue;
            };
            for (mut from, mut to) in [(&client, &server), (&server, &client)]
                .map(|(from, to)| (from.try_clone(), to.try_clone()))
                .map(|(from, to)| (from.expect("a handle"), to.expect("a handle")))
            {
                std::thread::spawn(move || {
                    let _ = std::io::copy(&mut from, &mut to);
                    let _ = to.shutdown(Shutdown::Write);
                });
            }
        }
    });
    format!("http://{address}")
}

#[test]
fn who_publishes_by_another_url_is_told_which_one_counts() {
    let sandbox = Sandbox::new();
    let mut registry = TestRegistry::start(&sandbox);
    let other = detour(&registry);
    let config = format!("[registries.internal]\nindex = \"sparse+{other}/index/\"\n");
    sandbox.write(".cargo/config.toml", &config);
    let ours = "[dependencies]\nacme-one = { version = \"0.1\", registry = \"internal\" }";
    library(&sandbox, "acme-one", "0.1.0", "", "");
    publish(&registry, "acme-one");
    library(&sandbox, "acme-two", "0.1.0", ours, "");
    let publish = ["publish", "--registry", "internal", "--allow-dirty"];
    let stderr = registry.cargo_fails(&publish, "acme-two");
    let expected = format!(
        "the package takes `acme-one` from sparse+{other}/index/, and this registry is at {}: \
         publish with that URL in cargo's configuration, or have the registry started with \
         `--base-url {other}`",
        registry.index_url
    );
    assert!(stderr.contains(&expected), "{stderr}");
    registry.kill();
    registry.restart_behind(&other);
    registry.cargo(&publish, "acme-two");
}

#[test]
fn cargo_shows_why_a_package_is_refused() {
    let sandbox = Sandbox::new();
    let registry = TestRegistry::start(&sandbox);
    library(&sandbox, "acme-one", "0.1.0", "", "");
    let publish = [
        "publish",
        "--registry",
        "internal",
        "--allow-dirty",
        "--no-verify",
    ];
    registry.cargo(&publish, "acme-one");
    let stderr = registry.cargo_fails(&publish, "acme-one");
    assert!(stderr.contains("acme-one@0.1.0 already exists"), "{stderr}");
    // More than the server would read at all.
    let noise = (0..25_u32 << 20).scan(1_u32, |state, _| {
        *state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        Some((*state >> 24) as u8)
    });
    library(&sandbox, "acme-two", "0.1.0", "", "");
    let noise: Vec<u8> = noise.collect();
    std::fs::write(sandbox.path("acme-two/noise"), noise).expect("a file");
    let stderr = registry.cargo_fails(&publish, "acme-two");
    assert!(
        stderr.contains("a package may have 20971520 bytes, this has more"),
        "{stderr}"
    );
}
