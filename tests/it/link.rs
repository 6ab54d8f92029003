//! `link` and `unlink`: a local copy in place of a released library.

use std::process::Output;

use crate::registry::{library, program, publish_unverified};
use crate::registry_server::{TestRegistry, texts};
use crate::sandbox::{QUARRY, Sandbox};

const SERVICE: &str = "service";
const RETRY: &str = "[features]\nextra = []\n[dependencies]\n\
                     acme-core = { version = \"1\", path = \"../acme-core\", registry = \"internal\" }";

/// Three libraries in the registry, each on the one before, and a service on two of them.
struct World<'a> {
    sandbox: &'a Sandbox,
    registry: TestRegistry<'a>,
}

impl<'a> World<'a> {
    fn new(sandbox: &'a Sandbox) -> Self {
        let registry = TestRegistry::start(sandbox);
        let world = Self { sandbox, registry };
        library(
            sandbox,
            "acme-core",
            "1.0.0",
            "",
            "pub const CORE: u32 = 1;",
        );
        world.publish("acme-core");
        world.retry("1.2.3", 3);
        world.publish("acme-retry");
        let on_retry =
            "[dependencies]\nacme-retry = { version = \"1.2\", registry = \"internal\" }";
        let code = "pub fn middle() -> u32 { acme_retry::TIMES }";
        library(sandbox, "acme-middle", "0.4.0", on_retry, code);
        world.publish("acme-middle");
        let dependencies = "acme-retry = { version = \"=1.2.3\", features = [\"extra\"], registry = \"internal\" }\n\
                            acme-middle = { version = \"0.4\", registry = \"internal\" }";
        let main = "fn main() { println!(\"{} {} {}\", acme_retry::TIMES, acme_middle::middle(), \
                    acme_retry::core()); }";
        program(sandbox, SERVICE, dependencies, main);
        sandbox.write(&format!("{SERVICE}/.gitignore"), "/target\n");
        world.registry.cargo(&["generate-lockfile"], SERVICE);
        sandbox.git(&["init", "-q", "-b", "main"], SERVICE);
        world.commit_all();
        world
    }

    fn publish(&self, dir: &str) {
        publish_unverified(&self.registry, dir);
    }

    fn retry(&self, version: &str, times: u32) {
        let code =
            format!("pub const TIMES: u32 = {times};\npub fn core() -> u32 {{ acme_core::CORE }}");
        library(self.sandbox, "acme-retry", version, RETRY, &code);
    }

    fn commit_all(&self) {
        self.sandbox.git(&["add", "-A"], SERVICE);
        self.sandbox.git(&["commit", "-qm", "Go on"], SERVICE);
    }

    /// The program under test in the service; it must end with `code`. Gives both its streams.
    fn ends(&self, args: &[&str], code: i32) -> (String, String) {
        let output = self.registry.command(QUARRY, SERVICE).args(args).output();
        let output = output.expect("it starts");
        let (stdout, stderr) = texts(&output);
        assert_eq!(
            output.status.code(),
            Some(code),
            "{args:?}:\n{stdout}{stderr}"
        );
        (stdout, stderr)
    }

    fn prints(&self) -> String {
        let (stdout, _) = self
            .registry
            .cargo(&["run", "--quiet", "--locked"], SERVICE);
        stdout.trim_end().to_owned()
    }

    /// All that a link may touch, but for the target folder.
    fn files(&self) -> Vec<(String, Vec<u8>, bool)> {
        let root = self.sandbox.path(SERVICE);
        let mut files = Vec::new();
        let mut folders = vec![root.clone()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
                let path = entry.path();
                let name = path
                    .strip_prefix(&root)
                    .expect("it is below")
                    .to_string_lossy();
                let skipped = [
                    "target",
                    ".git/objects",
                    ".git/logs",
                    ".git/index",
                    ".git/quarry",
                ];
                if skipped.contains(&name.as_ref()) {
                    continue;
                }
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let bytes = std::fs::read(&path).expect("a file");
                files.push((name.into_owned(), bytes, is_executable(&path)));
            }
        }
        files.sort();
        files
    }

    fn state(&self) -> std::path::PathBuf {
        self.sandbox.path(SERVICE).join(".git/quarry/link.json")
    }

    fn commit(&self, args: &[&str]) -> Output {
        let mut command = self.sandbox.command("git", SERVICE);
        command
            .arg("commit")
            .args(args)
            .output()
            .expect("git starts")
    }
}

#[cfg(unix)]
fn is_executable(path: &std::path::Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    let metadata = std::fs::metadata(path).expect("a file");
    metadata.permissions().mode() & 0o100 != 0
}

#[cfg(not(unix))]
fn is_executable(_: &std::path::Path) -> bool {
    false
}

#[cfg(unix)]
fn make_executable(path: &std::path::Path) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).expect("a file");
}

#[test]
fn a_local_copy_is_built_everywhere_and_taken_away_again() {
    let sandbox = Sandbox::new();
    let world = World::new(&sandbox);
    let before = world.files();
    // Neither what is pinned nor what the library in between asks for.
    world.retry("2.0.0-dev", 33);
    library(
        &sandbox,
        "acme-core",
        "1.0.0",
        "",
        "pub const CORE: u32 = 11;",
    );
    let (_, stderr) = world.ends(&["link", "../acme-retry"], 0);
    assert!(stderr.contains("Linked acme-retry 2.0.0-dev ("), "{stderr}");
    assert!(stderr.contains("in place of 1.2.3"), "{stderr}");
    let middle =
        "note: acme-middle 0.4.0 asks for `^1.2`, and is built with 2.0.0-dev all the same";
    assert!(stderr.contains(middle), "{stderr}");
    assert!(
        stderr.contains("acme-retry takes acme-core from folders"),
        "{stderr}"
    );
    assert_eq!(world.prints(), "33 33 11");
    world.retry("2.0.0-dev", 34);
    assert_eq!(world.prints(), "34 34 11", "edits are seen");
    assert_eq!(sandbox.git(&["status", "--porcelain"], SERVICE), "");

    let (stdout, _) = world.ends(&["link"], 0);
    assert!(stdout.starts_with("acme-retry 2.0.0-dev ("), "{stdout}");
    world.ends(&["link", "../acme-core"], 0);
    let (json, _) = world.ends(&["link", "--message-format", "json"], 0);
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(json["version"], 1);
    assert_eq!(json["links"][1]["crate"], "acme-core");
    assert_eq!(json["links"][1]["instead_of"], "1.0.0");
    assert_eq!(json["links"][1]["used"], true);

    // Somebody else's change of the configuration stays.
    let config = format!("{SERVICE}/.cargo/config.toml");
    let linked = sandbox.read(&config);
    sandbox.write(&config, &format!("{linked}[net]\nretry = 2\n"));
    world.ends(&["unlink", "acme-core"], 0);
    assert_eq!(world.prints(), "34 34 11");
    world.ends(&["unlink"], 0);
    assert_eq!(sandbox.read(&config), "[net]\nretry = 2\n");
    std::fs::remove_dir_all(sandbox.path(&format!("{SERVICE}/.cargo"))).expect("a folder");
    assert_eq!(world.files(), before);
    assert!(!world.state().exists());
    assert_eq!(world.prints(), "3 3 1");
    let (_, stderr) = world.ends(&["unlink"], 101);
    assert!(stderr.contains("nothing is linked in `"), "{stderr}");
}

#[test]
#[cfg(unix)]
fn a_link_is_kept_out_of_commits() {
    let sandbox = Sandbox::new();
    let world = World::new(&sandbox);
    let config = "# ours\n[net]\nretry = 2\n";
    sandbox.write(&format!("{SERVICE}/.cargo/config.toml"), config);
    world.commit_all();
    let hook = sandbox.write(
        &format!("{SERVICE}/.git/hooks/pre-commit"),
        "#!/bin/sh\necho the old hook >&2\n",
    );
    make_executable(&hook);
    let before = world.files();
    world.ends(&["link", "../acme-retry"], 0);

    let refused = |args: &[&str]| {
        let output = world.commit(args);
        let (stdout, stderr) = texts(&output);
        assert!(!output.status.success(), "{args:?}: {stdout}{stderr}");
        stdout + &stderr
    };
    let said = refused(&["-qam", "All"]);
    assert!(said.contains("error[linked-crate]: `"), "{said}");
    assert!(said.contains("--> .cargo/config.toml:2:"), "{said}");
    let said = refused(&["-qm", "One", ".cargo/config.toml"]);
    assert!(said.contains("linked-crate"), "{said}");
    sandbox.write(&format!("{SERVICE}/notes.txt"), "x");
    sandbox.git(&["add", "notes.txt"], SERVICE);
    let output = world.commit(&["-qm", "Another file"]);
    let (_, stderr) = texts(&output);
    assert!(output.status.success(), "{stderr}");
    assert!(stderr.contains("the old hook"), "{stderr}");

    // A lock file as a `[patch]` makes it.
    let lock = sandbox.read(&format!("{SERVICE}/Cargo.lock"));
    let entry = "name = \"acme-retry\"\nversion = \"1.2.3\"\n";
    let at = lock.find(entry).expect("it is pinned") + entry.len();
    let end = at + lock[at..].find("dependencies").expect("it has some");
    let patched = format!("{}{}", &lock[..at], &lock[end..]);
    sandbox.write(&format!("{SERVICE}/Cargo.lock"), &patched);
    let said = refused(&["-qm", "Lock", "Cargo.lock"]);
    assert!(
        said.contains("`Cargo.lock` has `acme-retry` without its registry"),
        "{said}"
    );
    sandbox.write(&format!("{SERVICE}/Cargo.lock"), &lock);

    // Where the program has gone, no commit goes through unlooked at.
    let ours = std::fs::read_to_string(&hook).expect("a hook");
    let gone = ours.replace(QUARRY, "/nowhere/cargo-quarry");
    assert_ne!(gone, ours);
    std::fs::write(&hook, gone).expect("a file");
    sandbox.write(&format!("{SERVICE}/notes.txt"), "y");
    let output = sandbox
        .command("git", SERVICE)
        .env("PATH", "/usr/bin:/bin")
        .args(["commit", "-qm", "More", "notes.txt"])
        .output()
        .expect("git starts");
    let (_, stderr) = texts(&output);
    assert!(!output.status.success(), "{stderr}");
    assert!(
        stderr.contains("`cargo-quarry` is not there to keep them out"),
        "{stderr}"
    );
    sandbox.write(&format!("{SERVICE}/notes.txt"), "x");

    world.ends(&["unlink"], 0);
    let rest = |files: Vec<(String, Vec<u8>, bool)>| {
        let own = |name: &str| !name.starts_with(".git/refs/") && !name.ends_with("_EDITMSG");
        let files = files
            .into_iter()
            .filter(|file| own(&file.0) && file.0 != "notes.txt");
        files.collect::<Vec<_>>()
    };
    assert_eq!(rest(world.files()), rest(before));
}

#[test]
fn what_cannot_be_linked_is_refused_and_leaves_nothing() {
    let sandbox = Sandbox::new();
    let world = World::new(&sandbox);
    library(&sandbox, "acme-other", "1.0.0", "", "");
    let before = world.files();
    let refused = |args: &[&str], message: &str| {
        let (_, stderr) = world.ends(args, 101);
        assert!(stderr.contains(message), "{args:?}: {stderr}");
        assert_eq!(world.files(), before, "{args:?}");
        assert!(!world.state().exists(), "{args:?}");
        stderr
    };
    let said = refused(&["link", "../acme-other"], "nothing here uses `acme-other`");
    assert!(
        said.contains("it uses acme-core, acme-middle, acme-retry"),
        "{said}"
    );
    refused(&["link", "../nowhere"], "nowhere");
    refused(&["link", "../service"], "holds no library");
    refused(&["unlink", "acme-retry"], "nothing is linked");

    let lacking = RETRY.replace("extra = []", "");
    library(&sandbox, "acme-retry", "1.2.4", &lacking, "");
    let said = refused(
        &["link", "../acme-retry"],
        "cannot use `acme-retry` 1.2.4 from `",
    );
    assert!(
        said.contains("feature `extra`") && said.contains("nothing has changed"),
        "{said}"
    );

    world.retry("1.2.4", 4);
    world.ends(&["link", "../acme-retry"], 0);
    let (_, stderr) = world.ends(&["unlink", "acme-core"], 101);
    assert!(stderr.contains("`acme-core` is not linked"), "{stderr}");
    assert!(stderr.contains("help: linked are acme-retry"), "{stderr}");
    // Somebody has emptied the configuration.
    let config = format!("{SERVICE}/.cargo/config.toml");
    let linked = sandbox.read(&config);
    sandbox.write(&config, "");
    let (stdout, stderr) = world.ends(&["link"], 1);
    assert!(
        stdout.contains("is not used: cargo uses 1.2.3 from sparse+http://"),
        "{stdout}"
    );
    assert!(stderr.contains("cargo quarry unlink"), "{stderr}");
    sandbox.write(&config, &linked);
    world.ends(&["unlink"], 0);
    assert_eq!(world.files(), before);

    // Two versions of it: a folder would stand for both.
    world.retry("2.0.0", 5);
    world.publish("acme-retry");
    let manifest = sandbox.read(&format!("{SERVICE}/Cargo.toml"));
    let manifest = manifest.replace("\"=1.2.3\"", "\"2\"");
    sandbox.write(&format!("{SERVICE}/Cargo.toml"), &manifest);
    world.registry.cargo(&["update", "--workspace"], SERVICE);
    let (_, stderr) = world.ends(&["link", "../acme-retry"], 101);
    assert!(
        stderr.contains("`acme-retry` is used in several versions"),
        "{stderr}"
    );
    assert!(stderr.contains("`^1.2` by acme-middle 0.4.0"), "{stderr}");
    assert!(!world.state().exists());
}

#[test]
fn what_a_killed_run_left_is_undone() {
    let sandbox = Sandbox::new();
    let world = World::new(&sandbox);
    let hook = sandbox.write(&format!("{SERVICE}/.git/hooks/pre-commit"), "#!/bin/sh\n");
    let kept = hook.with_file_name("pre-commit.quarry-kept");
    let config = sandbox.path(&format!("{SERVICE}/.cargo/config.toml"));
    let before = world.files();
    world.ends(&["link", "../acme-retry"], 0);
    let state = std::fs::read_to_string(world.state()).expect("a state");
    let cut_off = state.replace("\"unsettled\": false", "\"unsettled\": true");
    assert_ne!(cut_off, state);

    // After the state, before all else.
    world.ends(&["unlink"], 0);
    std::fs::create_dir_all(world.state().parent().expect("a parent")).expect("a folder");
    std::fs::write(world.state(), &cut_off).expect("a file");
    let (stdout, _) = world.ends(&["link"], 1);
    assert!(stdout.contains("was cut off"), "{stdout}");
    world.ends(&["unlink"], 0);
    assert_eq!(world.files(), before);

    // While the hook that was there is moved aside.
    std::fs::write(world.state(), &cut_off).expect("a file");
    std::fs::rename(&hook, &kept).expect("a file");
    world.ends(&["unlink"], 0);
    assert_eq!(world.files(), before);

    // With all of it written, but not yet asserted: the next link begins anew.
    world.ends(&["link", "../acme-retry"], 0);
    std::fs::write(world.state(), &cut_off).expect("a file");
    world.ends(&["link", "../acme-core"], 0);
    let (stdout, _) = world.ends(&["link"], 0);
    assert!(
        !stdout.contains("acme-retry ") && stdout.contains("acme-core 1.0.0"),
        "{stdout}"
    );

    // An end that was cut off after the configuration had gone.
    let state = std::fs::read_to_string(world.state()).expect("a state");
    let cut_off = state.replace("\"unsettled\": false", "\"unsettled\": true");
    std::fs::write(world.state(), &cut_off).expect("a file");
    std::fs::remove_file(&config).expect("a file");
    world.ends(&["unlink"], 0);
    assert_eq!(world.files(), before);
}
